"""More that people in a gym do that is no exercise: lifting things once, loading bars, leaning, resting, lying down.

Much of it begins like an exercise, and only models learn from it: the everyday people on whom false sets are counted
do what `services.simulator.exercises.daily` says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from services.simulator.body import KeyPose, Side
from services.simulator.exercises import floor
from services.simulator.exercises.daily import NONE, SEATED, SITTING_DOWN
from services.simulator.exercises.entry import STANDING, Exercise
from services.simulator.exercises.postures import (
    HALF_KNEELING,
    KNEELING,
    ON_ALL_FOURS,
    ON_HIPS,
    ON_THE_BACK,
    bent_over,
    with_arms,
    with_feet,
    with_hands,
)

_REACHING_DOWN: Final = KeyPose(
    hips=(0.0, 0.50, -0.11), lean=84, curl=20, nod=10,
    left=Side(foot=(0.07, 0.039, 0.0), arm=(60, 10, 0, 20)),
    right=Side(foot=(0.075, 0.039, -0.03), hand=(0.05, 0.09, 0.14), arm=(80, 4, 0, 8)),
)  # fmt: skip
_CROUCHED: Final = KeyPose(
    hips=(0.0, 0.19, -0.11),
    lean=38,
    curl=16,
    nod=6,
    left=Side(foot=(0.09, 0.075, 0.0), heel=22, splay=24, arm=(50, 10, -10, 60)),
)
_CROUCHED_REACHING: Final = replace(
    _CROUCHED, lean=46, right=replace(_CROUCHED.left, hand=(0.10, 0.12, 0.24), arm=(70, 8, 0, 12))
)
_BOTH_GRASP: Final = KeyPose(
    hips=(0.0, 0.29, -0.14), lean=58, curl=10, nod=-4,
    left=Side(foot=(0.09, 0.039, 0.0), splay=16, hand=(0.15, 0.085, 0.04), arm=(50, 10, 0, 8), roll=-20),
)  # fmt: skip
_BOTH_HELD: Final = KeyPose(left=Side(arm=(4, 10, -4, 8), roll=-20))
_AT_RACK: Final = KeyPose(
    hips=(0.0, 0.46, -0.10), lean=46, curl=8, nod=2,
    left=Side(foot=(0.08, 0.039, 0.05), hand=(0.10, 0.38, 0.22), arm=(60, 8, 0, 20)),
    right=Side(foot=(0.08, 0.05, -0.08), heel=12, hand=(0.10, 0.38, 0.22), arm=(60, 8, 0, 20)),
)  # fmt: skip
_LOW_BAR: Final = KeyPose(
    hips=(0.0, 0.27, -0.10), lean=50, curl=14, nod=0,
    left=Side(foot=(0.085, 0.05, 0.08), splay=16, hand=(0.02, 0.20, 0.28), arm=(62, 6, 0, 20)),
    right=Side(foot=(0.08, 0.09, -0.16), heel=45, knee=-10, hand=(0.02, 0.20, 0.28), arm=(62, 6, 0, 20)),
)  # fmt: skip
_HANDS_ON_KNEES: Final = KeyPose(
    hips=(0.0, 0.47, -0.12), lean=52, curl=12, nod=-8,
    left=Side(foot=(0.10, 0.039, 0.0), splay=10, hand=(0.10, 0.34, 0.07), arm=(40, 10, 0, 20)),
)  # fmt: skip
_HEAD_DOWN: Final = replace(_HANDS_ON_KNEES, lean=62, nod=18)
_ELBOWS_ON_BAR: Final = KeyPose(
    hips=(0.0, 0.51, -0.08), lean=24, curl=8, nod=8,
    left=Side(foot=(0.08, 0.039, -0.02), hand=(-0.03, -0.06, 0.17), on_chest=True, arm=(50, 14, -40, 90)),
)  # fmt: skip
_WIPING_HIGH: Final = KeyPose(twist=-8, right=Side(hand=(0.10, -0.02, 0.28), on_chest=True, arm=(70, 10, 0, 30)))
_WIPING_HIGHER: Final = KeyPose(twist=8, right=Side(hand=(-0.04, 0.05, 0.28), on_chest=True, arm=(80, 4, 0, 30)))
_WIPING_LOW: Final = replace(_CROUCHED_REACHING, twist=10, right=replace(_CROUCHED.left, hand=(0.0, 0.24, 0.26)))
_OVER_HEAD: Final = with_arms(STANDING, (160, 16, 0, 20))
_SHIRT: Final = with_hands(replace(STANDING, nod=14), (0.06, 0.06, 0.08), (90, 40, -20, 130))
_SHIRT_OFF: Final = with_hands(replace(STANDING, nod=8), (0.08, 0.20, 0.06), (140, 40, -10, 110))
_AT_BAR: Final = with_hands(STANDING, (0.17, 0.0, 0.14), (30, 30, -10, 120))
_UNDER_BAR: Final = with_hands(
    replace(STANDING, hips=(0.0, 0.47, -0.03), lean=14), (0.15, -0.012, -0.03), (-14, 30, -40, 130)
)
_WAVING: Final = KeyPose(right=Side(arm=(40, 70, 20, 80)))
_WAVING_ON: Final = KeyPose(right=Side(arm=(40, 84, 20, 50)))
_HIGH_FIVE: Final = KeyPose(twist=12, right=Side(arm=(110, 20, 0, 50)))
_SWUNG: Final = with_arms(replace(STANDING, twist=22), (20, 40, 0, 30))
_SWUNG_BACK: Final = with_arms(replace(STANDING, twist=-22), (10, 44, 0, 30))
_SHAKEN: Final = with_arms(STANDING, (14, 22, 10, 30))
_SHAKEN_ON: Final = with_arms(STANDING, (4, 26, -10, 50))
_OPENED: Final = with_arms(replace(STANDING, curl=-6), (-10, 70, 20, 20))
_CLOSED: Final = with_arms(replace(STANDING, curl=10), (70, -10, -20, 40))
_KNEE_HUGGED: Final = KeyPose(
    left=Side(foot=(0.045, 0.039, 0.0), hand=(0.03, 0.50, 0.20), arm=(30, 10, -20, 80)),
    right=Side(foot=(0.06, 0.36, 0.10), knee=60, heel=20, hand=(0.06, 0.52, 0.21), arm=(30, 10, -20, 80)),
)  # fmt: skip
_FOOT_UP: Final = KeyPose(
    lean=16, curl=8, left=Side(foot=(0.05, 0.039, -0.02)),
    right=Side(foot=(0.07, 0.30, 0.28), knee=40, hand=(0.06, 0.36, 0.24), arm=(60, 8, 0, 20)),
)  # fmt: skip
_FLOOR: Final = floor.SITTING
_FLOOR_LEGS_OUT: Final = KeyPose(
    hips=(0.0, 0.066, 0.0),
    lean=2,
    curl=14,
    nod=6,
    left=Side(foot=(0.08, 0.045, 0.48), knee=85, splay=8, arm=(30, 14, 0, 30)),
)
_FLOOR_REACHING: Final = replace(
    _FLOOR_LEGS_OUT, lean=48, curl=24, left=replace(_FLOOR_LEGS_OUT.left, arm=(90, 6, 0, 10))
)
_FLOOR_LEANING: Final = replace(
    _FLOOR_LEGS_OUT, lean=-26, curl=0, left=replace(_FLOOR_LEGS_OUT.left, arm=(-40, 16, 10, 8))
)
_LYING: Final = with_arms(ON_THE_BACK, (10, 24, 0, 12))
_LYING_ARM_UP: Final = with_arms(ON_THE_BACK, (60, 10, -20, 120))
_LYING_OUT: Final = with_feet(_LYING, (0.10, 0.05, 0.48), knee=80)
_BENCH_BACK: Final = replace(floor.BENCH_TOP, left=replace(floor.BENCH_FEET, arm=(14, 18, -10, 80)))
_BENCH_REACH: Final = replace(floor.BENCH_TOP, left=replace(floor.BENCH_FEET, arm=(96, 26, 0, 30)))
_BENCH_SAT: Final = replace(SEATED, hips=(0.0, 0.32, 0.0), left=replace(floor.BENCH_FEET, arm=(30, 8, -10, 42)))
_RISING: Final = KeyPose(
    hips=(0.0, 0.24, -0.06), lean=30, curl=10, left=Side(foot=(0.09, 0.039, 0.14), splay=12, arm=(10, 16, 0, 20))
)
_CHILD: Final = KeyPose(
    hips=(0.0, 0.14, -0.16), lean=92, curl=24, nod=0,
    left=Side(foot=(0.06, 0.05, -0.30), heel=80, knee=-80, splay=6, arm=(160, 12, 0, 8)),
)  # fmt: skip


def _done(*poses: KeyPose, seconds: float, prop: str = "", held: tuple[float, float] = (0.0, 1.0)) -> Exercise:
    """From standing through postures, each stayed in for a moment, and back."""
    step = 1 / (len(poses) + 1)
    keys = [(0.0, STANDING)]
    for number, pose in enumerate(poses):
        keys += [(step * (number + 0.75), pose), (step * (number + 1.2), pose)]
    return Exercise((*keys, (1.0, STANDING)), seconds=seconds, label=NONE, prop=prop, held=held)


def _carried(*poses: KeyPose, at: int, seconds: float, held: tuple[float, float]) -> Exercise:
    """The same, with something in the hands that may be carried elsewhere; at: in which of the postures."""
    return replace(_done(*poses, seconds=seconds, prop="dumbbells", held=held), carried=2 * at)


_BENT: Final = bent_over(44, 0.05)
_HALF_DOWN: Final = KeyPose(hips=(0.0, 0.40, -0.12), lean=40, curl=8, nod=0, left=Side(arm=(40, 8, -5, 16)))

ERRANDS: Final[Mapping[str, Exercise]] = MappingProxyType(
    {
        "pick_up_with_straight_legs": _done(_BENT, _REACHING_DOWN, _BENT, seconds=3.6, prop="bottle", held=(0.5, 1.0)),
        "pick_up_crouching": _done(_CROUCHED_REACHING, _CROUCHED, seconds=4.0, prop="bottle", held=(0.4, 1.0)),
        "look_into_bag": _done(_CROUCHED_REACHING, _CROUCHED, _CROUCHED_REACHING, _CROUCHED, seconds=11.0),
        "look_into_bag_bending": _done(_REACHING_DOWN, _BENT, _REACHING_DOWN, seconds=8.0),
        "move_dumbbells": _carried(_BOTH_GRASP, _BOTH_HELD, _BOTH_GRASP, at=2, seconds=8.0, held=(0.25, 0.75)),
        "fetch_dumbbells": _carried(_AT_RACK, _BOTH_HELD, _AT_RACK, at=2, seconds=8.0, held=(0.25, 0.75)),
        "put_dumbbells_down": _done(_BOTH_GRASP, seconds=3.5, prop="dumbbells", held=(0.0, 0.4)),
        "lift_dumbbells": _done(_BOTH_GRASP, seconds=3.5, prop="dumbbells", held=(0.5, 1.0)),
        "load_low_bar": _carried(_BOTH_GRASP, _BOTH_HELD, _LOW_BAR, at=2, seconds=9.0, held=(0.25, 0.8)),
        "at_low_bar": _done(_LOW_BAR, replace(_LOW_BAR, lean=44, twist=8), _LOW_BAR, seconds=6.0),
        "straighten_bar": _done(_BOTH_GRASP, replace(_BOTH_GRASP, twist=6, lean=54), seconds=4.0),
        "set_seat": _done(_AT_RACK, replace(_AT_RACK, hips=(0.0, 0.43, -0.10)), _AT_RACK, seconds=5.0),
        "set_pin": _done(_CROUCHED_REACHING, replace(_CROUCHED_REACHING, twist=-8), seconds=5.0),
        "set_pin_bending": _done(_BENT, replace(_REACHING_DOWN, hips=(0.0, 0.47, -0.11), lean=66), seconds=4.5),
        "wipe_machine": _done(_WIPING_HIGH, _WIPING_HIGHER, _WIPING_HIGH, _WIPING_HIGHER, seconds=6.0, prop="towel"),
        "wipe_low": _done(_WIPING_LOW, _CROUCHED_REACHING, _WIPING_LOW, _CROUCHED_REACHING, seconds=6.5, prop="towel"),
        "rest_on_knees": _done(_HANDS_ON_KNEES, _HEAD_DOWN, _HANDS_ON_KNEES, seconds=10.0),
        "rest_bent_over": _done(_HEAD_DOWN, seconds=6.0),
        "lean_on_bar": _done(_ELBOWS_ON_BAR, replace(_ELBOWS_ON_BAR, twist=14), _ELBOWS_ON_BAR, seconds=12.0),
        "stand_at_bar": _done(_AT_BAR, _UNDER_BAR, _AT_BAR, seconds=8.0),
        "reach_for_bar": _done(_OVER_HEAD, with_arms(STANDING, (140, 30, 0, 40)), seconds=5.0),
        "pull_shirt_off": _done(_SHIRT, _SHIRT_OFF, _OVER_HEAD, seconds=4.0),
        "put_shirt_on": _done(_OVER_HEAD, _SHIRT_OFF, _SHIRT, seconds=5.0),
        "wave": _done(_WAVING, _WAVING_ON, _WAVING, _WAVING_ON, seconds=3.5),
        "high_five": _done(_HIGH_FIVE, seconds=2.0),
        "swing_arms": _done(_SWUNG, _SWUNG_BACK, _SWUNG, _SWUNG_BACK, seconds=5.0),
        "shake_arms": _done(_SHAKEN, _SHAKEN_ON, _SHAKEN, _SHAKEN_ON, seconds=3.0),
        "open_chest": _done(_OPENED, _CLOSED, _OPENED, seconds=6.0),
        "hug_knee": _done(_KNEE_HUGGED, seconds=5.0),
        "foot_on_bench": _done(_FOOT_UP, replace(_FOOT_UP, lean=40), seconds=8.0),
        "turn_aside": _done(with_arms(replace(STANDING, twist=40, nod=-4), ON_HIPS), seconds=6.0),
        "crouch_and_rest": _done(_CROUCHED, replace(_CROUCHED, nod=24), _CROUCHED, seconds=12.0),
        "kneel_and_rest": _done(_HALF_DOWN, KNEELING, replace(KNEELING, twist=12, nod=14), seconds=10.0),
        "half_kneel": _done(HALF_KNEELING, replace(HALF_KNEELING, lean=24, nod=10), seconds=9.0),
        "sit_on_floor": _done(_RISING, _FLOOR, _FLOOR_LEANING, _FLOOR, _RISING, seconds=16.0),
        "stretch_on_floor": _done(_RISING, _FLOOR_LEGS_OUT, _FLOOR_REACHING, _FLOOR_LEGS_OUT, _RISING, seconds=18.0),
        "lie_on_floor": _done(_RISING, _FLOOR, _LYING, _LYING_OUT, _LYING_ARM_UP, _FLOOR, _RISING, seconds=22.0),
        "rest_on_all_fours": _done(_CROUCHED, ON_ALL_FOURS, _CHILD, ON_ALL_FOURS, _CROUCHED, seconds=16.0),
        "lie_on_bench": replace(
            _done(_BENCH_SAT, _BENCH_BACK, _BENCH_REACH, _BENCH_BACK, _BENCH_SAT, seconds=16.0), prop="bench"
        ),
        "sit_and_stand": _done(SITTING_DOWN, SEATED, SITTING_DOWN, seconds=7.0),
    }
)
"""Movement name -> how it is done."""
