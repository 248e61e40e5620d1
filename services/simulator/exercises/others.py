"""Exercises that models have no name for, so that they learn what is an exercise and yet none of theirs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from services.simulator.body import KeyPose, Side
from services.simulator.exercises import floor, lifts, standing
from services.simulator.exercises.daily import SEATED
from services.simulator.exercises.entry import STANDING, Exercise, there_and_back
from services.simulator.exercises.postures import (
    ARM_HANGS,
    BEHIND_HEAD,
    CLASPED,
    LEANING_BACK,
    ON_ALL_FOURS,
    ON_HIPS,
    ON_THE_BACK,
    PRONE,
    Arm,
    bent_over,
    halves,
    swapped,
    with_arms,
    with_feet,
    with_hands,
)

UNNAMED: Final = "unknown"
"""The label of what no model has a name for."""

_FLAT: Final = with_arms(ON_THE_BACK, (6, 14, 0, 6))
_ON_BENCH: Final = replace(floor.BENCH_TOP, left=floor.BENCH_FEET)
_BENT: Final = replace(bent_over(66, 0.06), nod=-20)
_HANDS_ON_HIPS: Final = with_arms(STANDING, ON_HIPS)
_V_SEAT: Final = KeyPose(
    hips=(0.0, 0.066, 0.0), lean=-32, curl=14, left=Side(foot=(0.06, 0.09, 0.29), knee=75, arm=(50, 0, -30, 90))
)
_OVER_BENCH: Final = KeyPose(
    hips=(0.0, 0.45, 0.0), lean=130, left=Side(foot=(0.06, 0.12, -0.34), heel=30, knee=-40, arm=(50, 0, -40, 120))
)
_LEG_PRESS: Final = replace(
    SEATED, hips=(0.0, 0.16, -0.1), lean=-40, left=Side(foot=(0.10, 0.36, 0.22), knee=75, arm=(20, 14, 0, 30))
)
_RUNNING: Final[Arm] = (30, 8, 0, 80)
_RUNNING_BACK: Final[Arm] = (-20, 8, 0, 80)
_GUARD: Final[Arm] = (40, 10, -30, 130)


def unnamed(first: KeyPose, last: KeyPose, seconds: float = 2.2, *, rest: KeyPose | None = None) -> Exercise:
    """From one posture to another and back."""
    lying = abs(first.lean) > 50 and first.hips[1] < 0.35
    return Exercise(there_and_back(first, last), seconds=seconds, rest=rest, label=UNNAMED, lying=lying, top=2.3)


def through(
    *poses: tuple[float, KeyPose], seconds: float, far: tuple[int, int], rest: KeyPose | None = None
) -> Exercise:
    """From the first posture through others and back to it."""
    return Exercise((*poses, (1.0, poses[0][1])), seconds=seconds, far=far, rest=rest, label=UNNAMED, top=2.4)


def to_and_fro(first: KeyPose, seconds: float) -> Exercise:
    """From a posture to its mirror image and back."""
    return unnamed(first, swapped(halves(first, first)), seconds)


def held(pose: KeyPose) -> Exercise:
    """A posture that is held."""
    return Exercise(((0.0, pose), (1.0, pose)), seconds=5.0, rest=STANDING, label=UNNAMED, hold=True, top=2.3)


def _crouched(y: float, lean: float, arm: Arm) -> KeyPose:
    legs = Side(foot=(0.095, 0.039, 0.0), splay=24, toes=16, arm=arm)
    return KeyPose(hips=(0.0, y, -0.06 - 0.0016 * lean), lean=lean, left=legs)


def _side_lunge() -> Exercise:
    low = KeyPose(
        hips=(0.20, 0.33, -0.08), lean=34, left=Side(foot=(0.32, 0.039, 0.0), splay=26, arm=CLASPED),
        right=Side(foot=(0.30, 0.039, 0.0), splay=10, arm=CLASPED),
    )  # fmt: skip
    stand = KeyPose(left=Side(foot=(0.12, 0.039, 0.0)))
    return replace(unnamed(stand, low), alternating=True)


def _skating() -> KeyPose:
    side = Side(foot=(0.10, 0.039, 0.0), arm=(40, 10, 0, 40))
    behind = Side(foot=(-0.10, 0.14, -0.22), heel=40, arm=(-20, 10, 0, 40))
    return KeyPose(hips=(0.10, 0.40, -0.08), lean=30, tilt=12, left=side, right=behind)


def _step_up() -> Exercise:
    up = KeyPose(hips=(0.0, 0.75, 0.20), left=Side(foot=(0.07, 0.26, 0.20), arm=ARM_HANGS))
    below = Side(foot=(0.07, 0.039, -0.02), arm=ARM_HANGS)
    low = KeyPose(hips=(0.0, 0.50, 0.02), lean=10, left=up.left, right=below)
    return unnamed(low, up)


def _named(exercises: Mapping[str, Exercise], *names: str) -> dict[str, Exercise]:
    """Those that the simulator has a name for and models have none."""
    return {f"unnamed_{name}": replace(exercises[name], label=UNNAMED) for name in names}


def _on_the_back() -> dict[str, Exercise]:
    legs_out = with_feet(_FLAT, (0.05, 0.06, 0.48), knee=80)
    high, low = (with_feet(_FLAT, (0.05, y, z), knee=80) for y, z in ((0.20, 0.46), (0.08, 0.48)))
    crunched = replace(with_arms(ON_THE_BACK, BEHIND_HEAD), lean=-72, curl=24, twist=20)
    bicycle = halves(with_feet(crunched, (0.05, 0.22, 0.16), knee=85), with_feet(crunched, (0.05, 0.12, 0.46), knee=80))
    overhead = with_arms(legs_out, (165, 10, 0, 8))
    folded = with_feet(replace(with_arms(_FLAT, (80, 8, 0, 8)), lean=-38, curl=14), (0.05, 0.34, 0.34), knee=80)
    bridge = replace(_FLAT, hips=(0.0, 0.20, 0.03), lean=-112)
    one_leg_low = halves(_FLAT, with_feet(_FLAT, (0.05, 0.36, 0.36), knee=80))
    one_leg_high = halves(bridge, with_feet(_FLAT, (0.05, 0.50, 0.38), knee=80))
    return {
        "leg_raise": unnamed(legs_out, with_feet(_FLAT, (0.05, 0.50, 0.12), knee=80), 2.6),
        "knee_raise_lying": unnamed(
            with_feet(_FLAT, (0.05, 0.10, 0.40), knee=80), with_feet(_FLAT, (0.05, 0.30, 0.14), knee=85)
        ),
        "flutter_kick": to_and_fro(halves(high, low), 0.9),
        "bicycle_crunch": to_and_fro(bicycle, 1.6),
        "v_up": unnamed(overhead, folded),
        "glute_bridge": unnamed(_FLAT, bridge, 2.0),
        "glute_bridge_one_leg": unnamed(one_leg_low, one_leg_high, 2.0),
        "twist_seated": to_and_fro(replace(_V_SEAT, twist=35), 1.8),
    }


def _on_hands() -> dict[str, Exercise]:
    plank = floor.PLANK_UP
    stepped = with_feet(plank, (0.05, 0.09, -0.10), knee=20, heel=50)
    near = with_feet(ON_ALL_FOURS, (0.07, 0.08, -0.10), knee=-40, heel=60)
    far = with_feet(ON_ALL_FOURS, (0.07, 0.08, -0.24), knee=-50, heel=60)
    reaching = halves(with_arms(ON_ALL_FOURS, (165, 10, 0, 8)), with_feet(ON_ALL_FOURS, (0.05, 0.29, -0.52), knee=-60))
    return {
        "superman": unnamed(PRONE, replace(with_feet(PRONE, (0.05, 0.14, -0.47), knee=-80), lean=74, curl=-14)),
        "mountain_climber": to_and_fro(halves(stepped, plank), 1.0),
        "bear_crawl": to_and_fro(halves(far, near), 1.2),
        "bird_dog": unnamed(ON_ALL_FOURS, reaching, 2.4),
        "donkey_kick": unnamed(
            ON_ALL_FOURS, halves(with_feet(ON_ALL_FOURS, (0.06, 0.42, -0.34), knee=-60), ON_ALL_FOURS), 1.8
        ),
        "fire_hydrant": unnamed(
            ON_ALL_FOURS, halves(with_feet(ON_ALL_FOURS, (0.30, 0.22, -0.28), knee=-40, splay=60), ON_ALL_FOURS), 1.8
        ),
        "cat_cow": unnamed(replace(ON_ALL_FOURS, curl=24, nod=20), replace(ON_ALL_FOURS, curl=-20, nod=-40), 2.8),
        "down_dog": unnamed(plank, replace(plank, hips=(0.0, 0.46, -0.16), lean=118, curl=-6), 3.0),
        "shoulder_taps": to_and_fro(halves(with_arms(plank, (70, -20, -40, 130)), plank), 1.4),
        "leg_curl": unnamed(
            with_arms(PRONE, (60, 30, 0, 120)),
            with_feet(with_arms(PRONE, (60, 30, 0, 120)), (0.05, 0.28, -0.20), knee=-80),
        ),
        "back_extension": unnamed(_OVER_BENCH, replace(_OVER_BENCH, lean=52), 2.6),
    }


def _with_the_arms() -> dict[str, Exercise]:
    def moved(base: KeyPose, first: Arm, last: Arm, seconds: float = 2.2) -> Exercise:
        return unnamed(with_arms(base, first), with_arms(base, last), seconds, rest=base)

    turning = replace(with_arms(STANDING, (80, 20, 0, 90)), twist=40)
    punch = halves(replace(with_arms(STANDING, (80, 4, 0, 8)), lean=8, twist=-14), with_arms(STANDING, _GUARD))
    crouch = _crouched(0.44, 30, ARM_HANGS)
    return {
        "shrug": moved(STANDING, (4, 8, 0, 6), (4, 10, 0, 16), 1.8),
        "upright_row": moved(STANDING, (8, 4, -10, 12), (20, 72, 30, 125), 2.0),
        "face_pull": moved(STANDING, (85, 6, 0, 8), (50, 75, 20, 120), 2.0),
        "reverse_fly": moved(_BENT, (70, 8, 0, 14), (60, 84, 0, 20), 2.0),
        "fly_lying": moved(_ON_BENCH, (88, 8, 0, 14), (60, 82, 0, 24), 2.6),
        "fly_seated": moved(SEATED, (85, 4, 0, 20), (40, 82, 0, 30), 2.4),
        "fly_standing": moved(replace(STANDING, lean=12), (70, -4, 0, 20), (30, 80, 0, 30), 2.4),
        "chest_machine": moved(LEANING_BACK, (70, 6, 0, 8), (-10, 52, 0, 110), 2.4),
        "pullover": moved(_ON_BENCH, (90, 4, 0, 14), (168, 6, 0, 20), 2.8),
        "elbows_together": moved(STANDING, (86, 40, 0, 90), (86, 0, -20, 90), 1.8),
        "hug": moved(STANDING, (70, 70, 0, 6), (85, -28, 0, 60), 2.4),
        "trunk_twist": to_and_fro(turning, 1.8),
        "woodchop": unnamed(
            replace(with_arms(STANDING, (140, 0, 0, 14)), twist=35),
            replace(with_arms(bent_over(40, 0.1), (50, 0, 0, 14)), twist=-35), 2.0,
        ),
        "punches": to_and_fro(punch, 0.9),
        "ropes": to_and_fro(halves(with_arms(crouch, (80, 4, 0, 20)), with_arms(crouch, (30, 4, 0, 40))), 0.7),
        "arm_circles": Exercise(
            tuple(
                (share, with_arms(STANDING, (swing, lift, 0, 6)))
                for share, swing, lift in ((0.0, 0, 80), (0.25, 30, 95), (0.5, 0, 108), (0.75, -28, 92), (1.0, 0, 80))
            ),
            seconds=1.4, far=(2, 2), flowing=True, label=UNNAMED, top=2.3,
        ),
        "side_bend": to_and_fro(replace(STANDING, tilt=-22), 2.6),
        "toe_touch": unnamed(
            with_arms(STANDING, (165, 10, 0, 6)),
            replace(with_arms(replace(STANDING, hips=(0.0, 0.515, -0.10)), (80, 4, 0, 6)), lean=96, curl=20), 2.4,
        ),
    }  # fmt: skip


def _with_the_legs() -> dict[str, Exercise]:
    bar = ((0.15, -0.012, -0.03), (-14.0, 30.0, -40.0, 130.0))
    knee_up = with_feet(with_arms(STANDING, _RUNNING), (0.06, 0.36, 0.10), knee=10, heel=30)
    heel_up = with_feet(STANDING, (0.06, 0.30, -0.24), knee=-70, heel=80)
    skipping = with_arms(STANDING, (4, 18, 10, 70))
    hopped = replace(with_feet(skipping, (0.06, 0.09, 0.0), knee=0, heel=30), hips=(0.0, 0.575, 0.0))
    leaping = replace(
        with_feet(with_arms(STANDING, (-20, 10, 0, 10)), (0.09, 0.12, 0.0), knee=0, heel=38), hips=(0.0, 0.60, 0.0)
    )
    swung = with_feet(_HANDS_ON_HIPS, (0.06, 0.12, 0.30), knee=0)
    swung_back = with_feet(_HANDS_ON_HIPS, (0.06, 0.12, -0.24), knee=0, heel=30)
    sitting = with_arms(LEANING_BACK, (6, 12, 0, 30))
    return {
        "good_morning": unnamed(with_hands(STANDING, *bar), with_hands(bent_over(66, 0.05), *bar), 2.6),
        "calf_raise": unnamed(
            STANDING, replace(with_feet(STANDING, (0.072, 0.085, 0.0), knee=0, heel=32), hips=(0.0, 0.572, 0.01)), 1.8
        ),
        "high_knees": to_and_fro(halves(knee_up, with_arms(STANDING, _RUNNING_BACK)), 0.9),
        "butt_kicks": to_and_fro(halves(heel_up, STANDING), 0.9),
        "step_up": _step_up(),
        "side_lunge": _side_lunge(),
        "skater_jump": to_and_fro(_skating(), 1.6),
        "jump_rope": unnamed(skipping, hopped, 0.6),
        "jump_squat": unnamed(_crouched(0.33, 36, (20, 8, 0, 20)), leaping, 1.3),
        "leg_swing": unnamed(halves(swung, _HANDS_ON_HIPS), halves(swung_back, _HANDS_ON_HIPS), 1.6),
        "leg_aside": unnamed(
            _HANDS_ON_HIPS, halves(with_feet(_HANDS_ON_HIPS, (0.36, 0.10, 0.0), knee=0), _HANDS_ON_HIPS), 1.8
        ),
        "leg_extension": unnamed(sitting, with_feet(sitting, (0.085, 0.26, 0.27), knee=60), rest=SEATED),
        "leg_press": unnamed(_LEG_PRESS, with_feet(_LEG_PRESS, (0.10, 0.46, 0.30), knee=75, splay=8), 2.4),
        "abduction": unnamed(
            sitting, with_feet(sitting, (0.24, 0.039, 0.04), knee=35, splay=36), 2.0, rest=SEATED
        ),
        "hanging_raise": replace(
            unnamed(
                standing.HANG, with_feet(replace(standing.HANG, lean=-12), (0.05, 0.60, 0.34), knee=60), 2.4
            ),
            prop="pull_up_bar", top=2.75,
        ),
        "get_up": unnamed(
            STANDING, KeyPose(hips=(0.0, 0.12, -0.1), lean=20, left=Side(foot=(0.09, 0.039, 0.2), knee=60)), 3.2
        ),
        "squat_held": held(_crouched(0.30, 26, (80, 4, 0, 8))),
        "one_leg_held": held(
            halves(
                with_feet(with_arms(STANDING, (168, 8, 0, 10)), (0.02, 0.30, 0.03), knee=10, splay=70),
                with_arms(STANDING, (168, 8, 0, 10)),
            )
        ),
        "side_bend_held": held(replace(with_arms(STANDING, (160, 30, 0, 20)), tilt=24)),
    }  # fmt: skip


STYLES: Final[Mapping[str, Exercise]] = MappingProxyType(
    {
        **_on_the_back(),
        **_on_hands(),
        **_with_the_arms(),
        **_with_the_legs(),
        **_named(standing.EXERCISES, "wall_sit", "dead_hang"),
        **_named(lifts.EXERCISES, "clean", "thruster", "kettlebell_swing"),
        **_named(floor.EXERCISES, "hip_thrust", "side_plank"),
    }
)
"""Name -> how it is done."""
