"""Ways of squatting, lunging and lifting from the floor, and those on the floor with the trunk or the whole body."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from services.simulator.body import KeyPose, Side, Vector
from services.simulator.exercises import floor, lifts, standing
from services.simulator.exercises.entry import STANDING, Exercise, there_and_back
from services.simulator.exercises.postures import (
    ARM_HANGS,
    BEHIND_HEAD,
    CLASPED,
    ON_HIPS,
    WEIGHTS_HANG,
    Arm,
    with_arms,
    with_hands,
)

_LYING_LEGS: Final = Side(foot=(0.07, 0.039, 0.285), knee=75, splay=4)
_FRONT_RACK: Final[tuple[Vector, Arm]] = ((0.142, 0.008, 0.085), (50, 18, 0, 130))
_GOBLET: Final[tuple[Vector, Arm]] = ((0.04, -0.05, 0.11), (30, 0, -20, 130))


def _squat(
    low_arm: Arm | tuple[Vector, Arm],
    top_arm: Arm | None = None,
    *,
    lean: float = 30,
    depth: float = 0.262,
    width: float = 0.095,
    toes: float = 22,
) -> Exercise:
    """Arms by their angles, or hands at the chest; width: half the feet's distance."""
    feet = Side(foot=(width, 0.039, 0.0), toes=toes, splay=toes + 2)
    stand = KeyPose(lean=2, curl=0, nod=-2, left=feet)
    low = KeyPose(
        hips=(0.0, depth, -0.05 - 0.0018 * lean), lean=lean, curl=2, nod=-lean * 0.4,
        left=replace(feet, splay=toes + 12),
    )  # fmt: skip
    if len(low_arm) == 2:
        return Exercise(there_and_back(with_hands(stand, *low_arm), with_hands(low, *low_arm)), label="squat")
    return Exercise(there_and_back(with_arms(stand, top_arm or low_arm), with_arms(low, low_arm)), label="squat")


def _lunge(arm: Arm, front: float, *, depth: float = 0.30) -> Exercise:
    """A step ahead from standing and back; front: how far, in body heights."""
    low = _split(arm, front, depth=depth)
    stand = KeyPose(left=Side(arm=arm))
    return Exercise(there_and_back(stand, low), seconds=2.8, label="lunge", alternating=True, back=0.3)


def _split_squat(
    arm: Arm, front: float, *, depth: float = 0.30, rear: tuple[float, float] = (0.112, -0.035), lean: float = 5
) -> Exercise:
    """The feet stay; rear: how high and far back the foot behind is."""
    low = _split(arm, front, depth=depth, rear=rear, lean=lean)
    behind = replace(low.right or low.left, knee=-10, heel=45)
    high = replace(low, hips=(0.0, depth + 0.155, low.hips[2] + 0.02), right=behind)
    rest = KeyPose(left=Side(arm=arm))
    return Exercise(there_and_back(high, low), seconds=2.2, rest=rest, label="lunge", back=0.3)


def _split(
    arm: Arm, front: float, *, depth: float, rear: tuple[float, float] = (0.112, -0.035), lean: float = 5
) -> KeyPose:
    behind = Side(foot=(0.06, *rear), heel=64, toes=0, splay=2, knee=-30, arm=arm)
    ahead = Side(foot=(0.06, 0.039, front), toes=4, splay=2, arm=arm)
    return KeyPose(hips=(0.0, depth, front / 2 - 0.02), lean=lean, left=ahead, right=behind)


def _reverse_lunge() -> Exercise:
    low = replace(_split(ARM_HANGS, 0.0, depth=0.30, rear=(0.112, -0.42), lean=6), hips=(0.0, 0.30, -0.19))
    stand = KeyPose(left=Side(arm=ARM_HANGS))
    return Exercise(there_and_back(stand, low), seconds=2.8, label="lunge", alternating=True)


def _lift(
    feet: tuple[float, float],
    hand: tuple[float, float],
    depth: float,
    lean: float,
    *,
    low: float,
    label: str = "deadlift",
) -> Exercise:
    """feet: x and toes; hand: x and z, and low: how high at the lower end."""
    width, toes = feet
    side = Side(
        foot=(width, 0.039, 0.0), toes=toes, splay=toes, hand=(hand[0], 0.487, hand[1]), arm=(6, 5, 0, 4), roll=-85
    )
    bent = replace(side, splay=toes + 6, hand=(hand[0], low, hand[1]), arm=(60, 6, 0, 4))
    return Exercise(
        there_and_back(
            KeyPose(lean=0, curl=0, left=side),
            KeyPose(hips=(0.0, depth, -0.02 - 0.0018 * lean), lean=lean, curl=3, nod=-lean * 0.4, left=bent),
        ),
        seconds=3.0, label=label, prop="barbell",
    )  # fmt: skip


def _on_one_leg() -> Exercise:
    arm, low_arm = (10, 6, 0, 6), (74, 6, 0, 6)
    stand = KeyPose(left=Side(foot=(0.05, 0.039, 0.0), arm=arm), right=Side(foot=(0.05, 0.06, -0.06), heel=30, arm=arm))
    low = KeyPose(
        hips=(0.0, 0.50, -0.07), lean=74, nod=-24, left=Side(foot=(0.05, 0.039, 0.0), arm=low_arm),
        right=Side(foot=(0.05, 0.36, -0.52), heel=70, arm=low_arm, knee=-60),
    )  # fmt: skip
    return Exercise(there_and_back(stand, low), seconds=3.0, label="romanian_deadlift")


def _sit_up(arm: Arm, lean: float, curl: float, *, start: float = -88, legs: Side = _LYING_LEGS) -> Exercise:
    low = KeyPose(hips=(0.0, 0.062, 0.0), lean=start, curl=2, nod=12, left=replace(legs, arm=arm))
    return Exercise(
        there_and_back(low, replace(low, lean=lean, curl=curl, nod=18)),
        seconds=2.2, rest=floor.SITTING, label="sit_up", prop="mat", lying=True,
    )  # fmt: skip


def _burpee(cycle: tuple[tuple[float, KeyPose], ...]) -> Exercise:
    return Exercise(cycle, seconds=4.2, far=(2, 3), label="burpee", lying=True, top=2.45)


_BURPEE_DOWN: Final = replace(
    floor.PLANK_DOWN,
    hips=(0.0, 0.132, -0.03),
    left=replace(floor.PLANK_DOWN.left, foot=(0.05, 0.105, -0.515), hand=(0.13, 0.03, 0.22)),
)

_BAR_ON_BACK: Final[tuple[Vector, Arm]] = ((0.15, -0.012, -0.03), (-14, 30, -40, 130))
_OVERHEAD: Final[tuple[Vector, Arm]] = ((0.2, 0.295, 0.0), (165, 25, 0, 5))
_ANCHORED: Final = Side(foot=(0.09, 0.16, 0.34), knee=80, splay=6)
_KNEES_APART: Final = Side(foot=(0.03, 0.045, 0.24), knee=30, splay=64)


def _from_floor(
    feet: tuple[float, float],
    hand: tuple[float, float],
    depth: float,
    lean: float,
    *,
    low: float,
    hips_first: float = 0.0,
) -> Exercise:
    """Beginning and ending bent over the bar; hips_first: degrees that the trunk leans further on the way."""
    whole = _lift(feet, hand, depth, lean, low=low)
    top, bent = whole.cycle[0][1], whole.cycle[1][1]
    if not hips_first:
        return replace(whole, cycle=there_and_back(bent, top), rest=bent)
    x, y, z = bent.hips
    middle = replace(
        bent, hips=(x, y + 0.12, z - 0.01), lean=lean + hips_first,
        left=replace(bent.left, hand=(hand[0], low + 0.09, hand[1])),
    )  # fmt: skip
    cycle = ((0.0, bent), (0.22, middle), (0.48, top), (0.55, top), (0.8, middle), (1.0, bent))
    return replace(whole, cycle=cycle, far=(2, 3), rest=bent)


def _one_side(exercise: Exercise) -> Exercise:
    """The weight in the left hand only."""
    quiet = (8, 14, -8, 16)
    cycle = tuple(
        (share, replace(pose, right=replace(pose.left, hand=None, on_chest=False, arm=quiet)))
        for share, pose in exercise.cycle
    )
    return replace(exercise, cycle=cycle)


def _held_in_lunge(exercise: Exercise, hand: Vector, arm: Arm) -> Exercise:
    """The same with the hands at a place of the chest."""
    return replace(
        exercise, cycle=tuple((share, _on_chest(pose, hand, arm)) for share, pose in exercise.cycle),
        rest=None if exercise.rest is None else _on_chest(exercise.rest, hand, arm),
    )  # fmt: skip


def _on_chest(pose: KeyPose, hand: Vector, arm: Arm) -> KeyPose:
    left, right = (replace(side, hand=hand, on_chest=True, arm=arm) for side in (pose.left, pose.right or pose.left))
    return replace(pose, left=left, right=right)


STYLES: Final[Mapping[str, Exercise]] = MappingProxyType(
    {
        "squat_air": _squat((85, 4, 0, 8), ARM_HANGS),
        "squat_front": _squat(_FRONT_RACK, lean=22),
        "squat_goblet": _squat(_GOBLET, lean=20),
        "squat_clasped": _squat(CLASPED),
        "squat_hands_on_hips": _squat(ON_HIPS, lean=32),
        "squat_dumbbells": _squat((14, 8, 0, 8), lean=28),
        "squat_wide": _squat((24, -4, 0, 8), lean=14, width=0.19, toes=42, depth=0.29),
        "squat_high": _squat((80, 4, 0, 8), ARM_HANGS, lean=32, depth=0.34),
        "squat_hands_behind_head": _squat((118, 50, -30, 138), lean=26),
        "lunge_free": _lunge(ARM_HANGS, 0.41),
        "lunge_weights": _lunge(WEIGHTS_HANG, 0.37, depth=0.31),
        "lunge_clasped": _lunge(CLASPED, 0.40),
        "lunge_split": _split_squat(ON_HIPS, 0.42),
        "lunge_split_free": _split_squat(ARM_HANGS, 0.40, lean=12),
        "lunge_foot_on_bench": _split_squat(WEIGHTS_HANG, 0.30, depth=0.33, rear=(0.27, -0.24), lean=14),
        "lunge_reverse": _reverse_lunge(),
        "deadlift_wide": _lift((0.20, 42), (0.075, 0.05), 0.32, 44, low=0.155),
        "deadlift_hexagonal_bar": _lift((0.07, 8), (0.165, 0.02), 0.32, 46, low=0.16),
        "deadlift_kettlebell": _lift((0.12, 20), (0.035, 0.03), 0.36, 56, low=0.17),
        "deadlift_blocks": _lift((0.065, 10), (0.12, 0.075), 0.40, 54, low=0.23),
        "deadlift_flat": _lift((0.062, 10), (0.118, 0.07), 0.42, 80, low=0.155),
        "deadlift_upright": _lift((0.075, 14), (0.125, 0.08), 0.30, 50, low=0.155),
        "deadlift_rounded": Exercise(
            there_and_back(lifts.DEADLIFT_TOP, lifts.DEADLIFT_ROUND), seconds=3.4, label="deadlift", prop="barbell"
        ),
        "romanian_deadlift_dumbbells": _lift((0.07, 10), (0.13, 0.06), 0.50, 70, low=0.28, label="romanian_deadlift"),
        "romanian_deadlift_high": _lift((0.07, 10), (0.12, 0.07), 0.505, 56, low=0.33, label="romanian_deadlift"),
        "romanian_deadlift_one_leg": _on_one_leg(),
        "sit_up_arms_crossed": _sit_up((50, 0, -50, 130), -4, 26),
        "sit_up_arms_ahead": _sit_up((70, 6, 0, 10), 6, 28),
        "sit_up_arms_overhead": _sit_up((165, 12, 0, 10), -2, 20),
        "sit_up_straight_legs": _sit_up(
            (40, 6, 0, 10), 4, 24, legs=Side(foot=(0.06, 0.045, 0.47), knee=80, splay=4)
        ),
        "sit_up_upper_half": _sit_up(BEHIND_HEAD, -5, 24, start=-50),
        "crunch": _sit_up(BEHIND_HEAD, -70, 30),
        "crunch_legs_up": _sit_up((60, 10, 0, 20), -68, 30, legs=Side(foot=(0.06, 0.28, 0.22), knee=80, splay=4)),
        "plank_straight_arms": Exercise(
            ((0.0, floor.PLANK_UP), (1.0, floor.PLANK_UP)), seconds=5.0, rest=STANDING, way=(floor.CROUCH,),
            hold=True, label="plank", prop="mat", lying=True,
        ),
        "burpee_without_jump": _burpee(
            ((0.0, STANDING), (0.25, floor.BRACE), (0.42, floor.BURPEE_PLANK), (0.5, floor.BURPEE_PLANK),
             (0.72, floor.BRACE), (1.0, STANDING))
        ),
        "burpee_with_push_up": _burpee(
            ((0.0, STANDING), (0.18, floor.BRACE), (0.32, floor.BURPEE_PLANK), (0.44, _BURPEE_DOWN),
             (0.56, floor.BURPEE_PLANK), (0.7, floor.BRACE), (0.87, floor.JUMP), (1.0, STANDING))
        ),
        "jumping_jack_low_arms": replace(
            standing.EXERCISES["jumping_jack"],
            cycle=((0.0, standing.JACK_CLOSED), (0.25, standing.JACK_FLIGHT), (0.5, standing.JACK_LOW_ARMS),
                   (0.75, standing.JACK_FLIGHT), (1.0, standing.JACK_CLOSED)),
            label="jumping_jack", faults=MappingProxyType({}),
        ),
        "squat_bar_low": _squat(_BAR_ON_BACK, lean=42, depth=0.28),
        "squat_bar_upright": _squat(_BAR_ON_BACK, lean=16, depth=0.25),
        "squat_overhead": _squat(_OVERHEAD, lean=16, depth=0.27, width=0.12),
        "squat_parallel": _squat(_BAR_ON_BACK, lean=34, depth=0.32),
        "squat_quarter": _squat(_BAR_ON_BACK, lean=20, depth=0.40),
        "squat_narrow": _squat(CLASPED, lean=36, width=0.05, toes=8),
        "squat_wide_bar": _squat(_BAR_ON_BACK, lean=30, width=0.17, toes=34, depth=0.30),
        "squat_arms_crossed": _squat(((-0.05, -0.03, 0.10), (70, 0, -40, 110)), lean=22),
        "squat_arms_ahead": _squat((88, 6, 0, 8), (88, 6, 0, 8), lean=26),
        "squat_deep": _squat(_GOBLET, lean=18, depth=0.20, width=0.12, toes=32),
        "squat_to_bench": _squat((60, 6, 0, 20), ARM_HANGS, lean=38, depth=0.34, width=0.11),
        "lunge_bar": _held_in_lunge(_lunge(ARM_HANGS, 0.40), *_BAR_ON_BACK),
        "lunge_goblet": _held_in_lunge(_lunge(ARM_HANGS, 0.36, depth=0.31), *_GOBLET),
        "lunge_overhead": _held_in_lunge(_lunge(ARM_HANGS, 0.38), *_OVERHEAD),
        "lunge_short": _lunge(ON_HIPS, 0.30, depth=0.33),
        "lunge_long": _lunge(ARM_HANGS, 0.48, depth=0.29),
        "lunge_shallow": _lunge(WEIGHTS_HANG, 0.36, depth=0.38),
        "lunge_split_bar": _held_in_lunge(_split_squat(ARM_HANGS, 0.42), *_BAR_ON_BACK),
        "lunge_split_weights": _split_squat(WEIGHTS_HANG, 0.36, lean=16),
        "lunge_split_shallow": _split_squat(ON_HIPS, 0.38, depth=0.36),
        "lunge_bench_goblet": _held_in_lunge(
            _split_squat(ARM_HANGS, 0.28, depth=0.34, rear=(0.27, -0.26), lean=20), *_GOBLET
        ),
        "lunge_bench_deep": _split_squat(ON_HIPS, 0.34, depth=0.30, rear=(0.25, -0.22), lean=8),
        "lunge_reverse_goblet": _held_in_lunge(_reverse_lunge(), *_GOBLET),
        "lunge_reverse_bar": _held_in_lunge(_reverse_lunge(), *_BAR_ON_BACK),
        "deadlift_from_floor": _from_floor((0.065, 10), (0.12, 0.075), 0.335, 62, low=0.155),
        "deadlift_from_floor_flat": _from_floor((0.065, 10), (0.12, 0.07), 0.40, 76, low=0.155),
        "deadlift_from_floor_wide": _from_floor((0.20, 42), (0.075, 0.05), 0.32, 46, low=0.155),
        "deadlift_hips_first": _from_floor((0.065, 10), (0.12, 0.075), 0.33, 60, low=0.155, hips_first=14),
        "deadlift_hips_first_low": _from_floor((0.07, 12), (0.125, 0.07), 0.30, 54, low=0.155, hips_first=22),
        "deadlift_dumbbells": _lift((0.07, 10), (0.16, 0.03), 0.35, 56, low=0.19),
        "deadlift_hexagonal_from_floor": _from_floor((0.07, 8), (0.165, 0.02), 0.31, 44, low=0.16),
        "deadlift_snatch_grip": _lift((0.07, 12), (0.21, 0.075), 0.31, 62, low=0.155),
        "deadlift_high_blocks": _lift((0.065, 10), (0.12, 0.075), 0.44, 42, low=0.31),
        "deadlift_one_side": _one_side(_lift((0.08, 12), (0.15, 0.01), 0.33, 46, low=0.18)),
        "deadlift_straight_legs": _lift((0.062, 8), (0.118, 0.06), 0.47, 88, low=0.165),
        "romanian_deadlift_shallow": _lift((0.07, 10), (0.12, 0.07), 0.51, 46, low=0.37, label="romanian_deadlift"),
        "romanian_deadlift_deep": _lift((0.07, 10), (0.12, 0.065), 0.485, 84, low=0.22, label="romanian_deadlift"),
        "romanian_deadlift_wide": _lift((0.13, 24), (0.10, 0.06), 0.48, 72, low=0.26, label="romanian_deadlift"),
        "romanian_deadlift_one_side": _one_side(
            _lift((0.07, 10), (0.13, 0.05), 0.50, 68, low=0.29, label="romanian_deadlift")
        ),
        "sit_up_anchored": _sit_up(CLASPED, 4, 24, legs=_ANCHORED),
        "sit_up_knees_apart": _sit_up((165, 12, 0, 10), 20, 26, legs=_KNEES_APART),
        "sit_up_hands_at_temples": _sit_up((120, 50, -30, 140), -8, 28),
        "sit_up_plate": _sit_up((60, -4, -40, 125), -6, 22),
        "sit_up_swinging": Exercise(
            there_and_back(
                KeyPose(hips=(0.0, 0.062, 0.0), lean=-88, nod=12, left=replace(_LYING_LEGS, arm=(165, 12, 0, 10))),
                KeyPose(hips=(0.0, 0.062, 0.0), lean=6, curl=26, nod=14, left=replace(_LYING_LEGS, arm=(60, 8, 0, 10))),
            ), seconds=2.0, rest=floor.SITTING, label="sit_up", prop="mat", lying=True,
        ),
        "sit_up_lower_half": _sit_up(BEHIND_HEAD, -46, 28),
        "sit_up_twisting": Exercise(
            there_and_back(
                KeyPose(hips=(0.0, 0.062, 0.0), lean=-88, curl=2, nod=12, left=replace(_LYING_LEGS, arm=BEHIND_HEAD)),
                KeyPose(
                    hips=(0.0, 0.062, 0.0), lean=-6, curl=26, nod=14, twist=32,
                    left=replace(_LYING_LEGS, arm=BEHIND_HEAD),
                ),
            ), seconds=2.4, rest=floor.SITTING, label="sit_up", prop="mat", lying=True, alternating=True,
        ),
        "sit_up_declined": _sit_up((50, 0, -50, 130), -20, 24, start=-100, legs=Side(foot=(0.07, 0.24, 0.28), knee=85)),
    }
)  # fmt: skip
"""Name -> how it is done; its label says what it is."""
