"""What people in a gym do that is no exercise; all of it is labelled "none".

Each entry says what is done once; how often, how fast, how far, on which side and with what pauses is up to chance
(`services.simulator.everyday`), for nobody drinks or scratches their head in time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from services.simulator.body import KeyPose, Side
from services.simulator.exercises.entry import STANDING, Exercise

NONE: Final = "none"

# Walking, after the joint angles of normal gait (Winter 2009, chapter 5), by where the feet are.
_STRIDE = 0.19


def _gait(left: Side, right: Side, *, drop: float, twist: float) -> KeyPose:
    return KeyPose(hips=(0.0, 0.522 - drop, 0.0), lean=3, twist=twist, left=left, right=right)


_SWING_FORE, _SWING_BACK, _SWING_MID = (24.0, 8.0, -10.0, 30.0), (-22.0, 9.0, -10.0, 10.0), (2.0, 9.0, -10.0, 18.0)
_LEFT_AHEAD = _gait(
    Side(foot=(0.045, 0.048, _STRIDE), heel=-16, arm=_SWING_BACK, toes=5, splay=3),
    Side(foot=(0.045, 0.078, -_STRIDE), heel=32, arm=_SWING_FORE, toes=5, splay=3),
    drop=0.012, twist=-5,
)  # fmt: skip
_RIGHT_PASSES = _gait(
    Side(foot=(0.045, 0.039, 0.0), arm=_SWING_MID, toes=5, splay=3),
    Side(foot=(0.045, 0.105, -0.02), heel=28, arm=_SWING_MID, toes=5, splay=3),
    drop=0.0, twist=0,
)  # fmt: skip


def _swapped(pose: KeyPose) -> KeyPose:
    right = pose.right or pose.left
    return replace(pose, left=right, right=pose.left, twist=-pose.twist)


STRIDE_LENGTH: Final = 4 * _STRIDE
"""Body heights walked in one cycle of two steps."""

_LOOK_ABOUT = KeyPose(
    hips=(0.018, 0.524, 0.0), lean=1, tilt=-2, twist=9, nod=4,
    left=Side(arm=(8, 10, -10, 24)), right=Side(foot=(0.075, 0.039, 0.02), arm=(2, 12, -10, 18), splay=14),
)  # fmt: skip
_WIPE_BROW = KeyPose(
    hips=(-0.02, 0.524, 0.0), lean=3, tilt=2, twist=-6, nod=10,
    left=Side(arm=(4, 8, -10, 14)), right=Side(arm=(52, 22, -30, 96)),
)  # fmt: skip

# Standing about.
_FOLDED = KeyPose(curl=4, left=Side(hand=(-0.055, -0.115, 0.095), on_chest=True, arm=(14, 8, -20, 100)))
_FOLDED_SHIFTED = replace(_FOLDED, hips=(0.022, 0.522, 0.0), tilt=-2, twist=10, nod=6)
_ON_HIPS = KeyPose(left=Side(arm=(-24, 36, -65, 92)))
_ON_HIPS_TURNED = replace(_ON_HIPS, hips=(-0.02, 0.523, 0.0), tilt=2, twist=-14, nod=-4)

# Drinking, telephone, talking.
_BOTTLE_LOW = KeyPose(right=Side(hand=(0.075, -0.10, 0.155), on_chest=True, arm=(30, 14, -25, 110)))
_BOTTLE_UP = KeyPose(nod=-10, lean=-1, right=Side(hand=(0.035, 0.035, 0.150), on_chest=True, arm=(62, 34, -30, 140)))
_BOTTLE_TILTED = KeyPose(
    nod=-24, lean=-1, curl=-4, right=Side(hand=(0.04, 0.07, 0.15), on_chest=True, arm=(62, 34, -30, 140)),
)  # fmt: skip
_PHONE = KeyPose(
    nod=26, curl=6,
    left=Side(hand=(0.020, -0.125, 0.185), on_chest=True, arm=(22, 10, -30, 110)),
    right=Side(hand=(0.035, -0.105, 0.190), on_chest=True, arm=(24, 12, -25, 110)),
)  # fmt: skip
_PHONE_TAP = replace(
    _PHONE, nod=22, twist=4, right=Side(hand=(0.05, -0.14, 0.170), on_chest=True, arm=(20, 12, -25, 105))
)
_PHONE_HIGH = KeyPose(nod=12, curl=6, right=Side(hand=(0.05, -0.03, 0.21), on_chest=True, arm=(40, 16, -20, 110)))
_CALL = KeyPose(nod=4, tilt=-3, right=Side(hand=(0.075, 0.085, 0.055), on_chest=True, arm=(48, 42, -20, 142)))
_CALL_PACED = replace(_CALL, twist=12, hips=(0.02, 0.523, 0.0), left=Side(arm=(20, 18, -10, 62)))
_PALMS = KeyPose(nod=0, left=Side(arm=(22, 14, -5, 78), roll=40))
_POINT = KeyPose(twist=-10, left=Side(arm=(8, 10, -10, 30)), right=Side(arm=(62, 26, 0, 34), roll=30))
_WIDE = KeyPose(curl=-2, left=Side(arm=(28, 46, 10, 48), roll=50), right=Side(arm=(20, 38, 5, 62), roll=45))
_SHRUG = KeyPose(twist=8, nod=8, left=Side(arm=(12, 22, 10, 96), roll=60), right=Side(arm=(6, 10, -10, 22)))

# Scratching, putting in order.
_HEAD_SCRATCH = KeyPose(nod=8, tilt=3, right=Side(hand=(0.065, 0.130, 0.015), on_chest=True, arm=(84, 62, -10, 142)))
_HEAD_SCRATCH_ON = KeyPose(nod=11, tilt=3, right=Side(hand=(0.07, 0.115, -0.02), on_chest=True, arm=(80, 66, -5, 142)))
_NECK = KeyPose(nod=14, right=Side(hand=(0.03, 0.045, -0.065), on_chest=True, arm=(96, 58, 0, 144)))
_HAND_LOW = KeyPose(right=Side(hand=(0.085, -0.080, 0.150), on_chest=True, arm=(34, 18, -20, 120)))
_ARM_SCRATCH = KeyPose(
    nod=16, left=Side(arm=(20, 6, -30, 74)),
    right=Side(hand=(-0.070, -0.185, 0.120), on_chest=True, arm=(18, 8, -30, 90)),
)  # fmt: skip
_ARM_SCRATCH_ON = replace(_ARM_SCRATCH, right=Side(hand=(-0.085, -0.135, 0.085), on_chest=True, arm=(18, 8, -30, 90)))
_HAIR = KeyPose(nod=10, curl=-2, left=Side(hand=(0.03, 0.11, -0.075), on_chest=True, arm=(112, 60, 0, 140)))
_FACE = KeyPose(nod=12, left=Side(hand=(0.025, 0.060, 0.115), on_chest=True, arm=(52, 26, -30, 140)))
_WAISTBAND = KeyPose(nod=20, curl=4, left=Side(hand=(0.075, -0.265, 0.095), on_chest=True, arm=(-6, 20, -30, 70)))

# Light stretching.
_OVERHEAD = KeyPose(curl=-6, nod=-12, left=Side(arm=(165, 22, 0, 16)))
_OVERHEAD_ASIDE = replace(_OVERHEAD, tilt=18, curl=-2)
_ACROSS = KeyPose(
    twist=12, left=Side(hand=(-0.030, -0.030, 0.150), on_chest=True, arm=(60, 0, -30, 120)),
    right=Side(hand=(-0.165, -0.020, 0.125), on_chest=True, arm=(76, -20, 0, 20)),
)  # fmt: skip
_ELBOW_BEHIND = KeyPose(
    tilt=6, nod=8, left=Side(hand=(0.05, 0.115, -0.06), on_chest=True, arm=(150, 30, 0, 130)),
    right=Side(hand=(0.01, -0.02, -0.09), on_chest=True, arm=(165, 15, 0, 145)),
)  # fmt: skip
_HEEL_TO_SEAT = KeyPose(
    hips=(0.035, 0.522, 0.0), lean=6, left=Side(foot=(0.045, 0.039, 0.0), arm=(24, 42, 0, 16)),
    right=Side(foot=(0.062, 0.345, -0.225), heel=95, knee=-88, splay=4, hand=(0.085, 0.385, -0.205),
               arm=(-40, 14, 0, 20)),
)  # fmt: skip
_HEEL_LIFTED = replace(
    _HEEL_TO_SEAT, lean=3, right=Side(foot=(0.06, 0.20, -0.16), heel=60, knee=-70, splay=4, arm=(-20, 12, 0, 20))
)
_HAMSTRING = KeyPose(
    hips=(0.0, 0.500, -0.090), lean=40, curl=4, nod=-6,
    left=Side(foot=(0.06, 0.050, 0.185), heel=-22, knee=40, arm=(46, 10, 0, 12)),
    right=Side(foot=(0.07, 0.039, -0.06), arm=(44, 8, -10, 24)),
)  # fmt: skip
_FOLD_DOWN = KeyPose(hips=(0.0, 0.500, -0.115), lean=78, curl=26, nod=14, left=Side(arm=(94, 4, 0, 8)))

# Down to the floor.
_BEND_HALF = KeyPose(hips=(0.0, 0.450, -0.105), lean=42, curl=8, nod=6, left=Side(arm=(40, 8, -5, 16)))
_PICK_UP = KeyPose(
    hips=(0.0, 0.345, -0.145), lean=72, curl=14, nod=4,
    left=Side(foot=(0.075, 0.039, 0.02), splay=14, hand=(0.085, 0.275, 0.060), arm=(40, 14, 0, 50)),
    right=Side(foot=(0.085, 0.050, -0.05), heel=12, splay=12, hand=(0.070, 0.080, 0.185), arm=(70, 6, 0, 10)),
)  # fmt: skip
_LACE_STEP = KeyPose(
    hips=(0.0, 0.430, -0.03), lean=30, curl=10, nod=14,
    left=Side(foot=(0.065, 0.039, 0.165), toes=6, arm=(40, 8, -10, 24)),
    right=Side(foot=(0.065, 0.075, -0.17), heel=38, toes=2, arm=(36, 8, -10, 24)),
)  # fmt: skip
_LACES = KeyPose(
    hips=(0.0, 0.285, -0.025), lean=62, curl=22, nod=12,
    left=Side(foot=(0.065, 0.039, 0.190), toes=6, splay=14, hand=(0.105, 0.105, 0.215), arm=(62, 8, 0, 30)),
    right=Side(foot=(0.065, 0.112, -0.235), heel=64, toes=0, knee=-30, hand=(-0.030, 0.105, 0.215),
               arm=(60, 4, -20, 30)),
)  # fmt: skip
_LACES_PULLED = replace(
    _LACES, lean=57, left=replace(_LACES.left, hand=(0.135, 0.145, 0.205)),
    right=replace(_LACES.right or Side(), hand=(0.005, 0.145, 0.205)),
)  # fmt: skip

# A plate from the floor to a bar.
_PLATE_GRASP = KeyPose(
    hips=(0.0, 0.335, -0.140), lean=64, curl=12, nod=-6,
    left=Side(foot=(0.085, 0.039, 0.0), splay=16, hand=(0.095, 0.150, 0.185), arm=(60, 8, 0, 10), roll=-20),
)  # fmt: skip
_PLATE_CARRY = KeyPose(
    lean=-4, curl=0, nod=8, left=Side(hand=(0.092, -0.205, 0.150), on_chest=True, arm=(2, 12, -10, 80), roll=-20)
)
_PLATE_ON_HIP = KeyPose(
    hips=(0.0, 0.505, -0.040), lean=24, curl=6, nod=6,
    left=Side(foot=(0.075, 0.039, 0.05), hand=(0.085, 0.560, 0.300), arm=(40, 10, 0, 40), roll=-20),
    right=Side(foot=(0.075, 0.045, -0.06), heel=8, hand=(0.085, 0.560, 0.300), arm=(40, 10, 0, 40), roll=-20),
)  # fmt: skip
_PLATE_ON_SHOULDER = replace(
    _PLATE_ON_HIP, hips=(0.0, 0.518, 0.0), lean=8, curl=2, nod=-4,
    left=replace(_PLATE_ON_HIP.left, hand=(0.085, 0.800, 0.255)),
    right=replace(_PLATE_ON_HIP.right or Side(), hand=(0.085, 0.800, 0.255)),
)  # fmt: skip

# At the bench behind them, turned to it.
_WIPE = KeyPose(
    hips=(0.0, 0.420, -0.110), lean=62, curl=12, nod=2,
    left=Side(foot=(0.075, 0.039, 0.01), splay=12, hand=(0.085, 0.315, 0.090), arm=(50, 12, 0, 30)),
    right=Side(foot=(0.080, 0.045, -0.05), heel=8, splay=10, hand=(0.060, 0.275, 0.250), arm=(60, 8, 0, 16), palm=1),
)  # fmt: skip


def _wiping(x: float, z: float, twist: float) -> KeyPose:
    return replace(_WIPE, twist=twist, right=replace(_WIPE.right or Side(), hand=(x, 0.275, z)))


# Sitting on the bench behind them.
_LEGS = Side(foot=(0.085, 0.039, 0.045), knee=35, splay=10, toes=12)
SITTING_DOWN: Final = KeyPose(
    hips=(0.0, 0.405, -0.150), lean=38, curl=8, nod=4,
    left=Side(foot=(0.078, 0.039, 0.02), splay=10, arm=(34, 10, -10, 24)),
)  # fmt: skip
SEATED: Final = KeyPose(
    hips=(0.0, 0.305, -0.215), lean=4, curl=8, nod=4, left=replace(_LEGS, arm=(34, 8, -10, 42)),
)  # fmt: skip
_ELBOWS_ON_KNEES = replace(SEATED, lean=36, curl=18, nod=6, left=replace(_LEGS, arm=(20, 4, -20, 76)))
_BACK_ON_HANDS = replace(SEATED, lean=-14, curl=2, left=replace(_LEGS, arm=(-38, 20, 10, 8)))
_SEATED_ASIDE = replace(SEATED, twist=22, nod=-2, tilt=3)


def _seated(pose: KeyPose) -> KeyPose:
    """The same with trunk, head and arms, sitting."""
    right = _sitting(pose.right) if pose.right else None
    return replace(pose, hips=SEATED.hips, curl=pose.curl + 6, left=_sitting(pose.left), right=right)


def _sitting(side: Side) -> Side:
    """The same arm, over the leg of somebody who sits."""
    return replace(side, foot=_LEGS.foot, heel=0.0, knee=_LEGS.knee, splay=_LEGS.splay, toes=_LEGS.toes)


def _visit(*poses: KeyPose, seconds: float, prop: str = "", held: tuple[float, float] = (0.0, 1.0)) -> Exercise:
    """From standing through postures that are each stayed in for a moment, and back."""
    step = 1 / (len(poses) + 1)
    keys = [(0.0, STANDING)]
    for number, pose in enumerate(poses):
        keys += [(step * (number + 0.7), pose), (step * (number + 1.25), pose)]
    return Exercise((*keys, (1.0, STANDING)), seconds=seconds, label=NONE, prop=prop, held=held)


def _visit_seated(*poses: KeyPose, seconds: float, prop: str = "") -> Exercise:
    """The same on a bench, to which they sit down first."""
    made = _visit(*poses, seconds=seconds)
    cycle = ((0.0, SEATED), *made.cycle[1:-1], (1.0, SEATED))
    return replace(made, cycle=cycle, prop=f"seat+{prop}" if prop else "seat", rest=STANDING, way=(SITTING_DOWN,))


_DRINK: Final = (_BOTTLE_LOW, _BOTTLE_UP, _BOTTLE_TILTED, _BOTTLE_LOW)
_READ: Final = (_PHONE, _PHONE_TAP, _PHONE, _PHONE_HIGH, _PHONE)
_TALK: Final = (_PALMS, _POINT, _WIDE, _SHRUG)
_SCRATCH: Final = (_HEAD_SCRATCH, _HEAD_SCRATCH_ON, _HEAD_SCRATCH, _NECK, _HAND_LOW)

DAILY: Final[Mapping[str, Exercise]] = MappingProxyType(
    {
        "idle": Exercise(
            (
                (0.0, STANDING),
                (0.2, _LOOK_ABOUT),
                (0.45, _LOOK_ABOUT),
                (0.6, STANDING),
                (0.72, _WIPE_BROW),
                (0.84, _WIPE_BROW),
                (1.0, STANDING),
            ),
            seconds=9.0,
            label=NONE,
        ),
        "walking": Exercise(
            (
                (0.0, _LEFT_AHEAD),
                (0.25, _RIGHT_PASSES),
                (0.5, _swapped(_LEFT_AHEAD)),
                (0.75, _swapped(_RIGHT_PASSES)),
                (1.0, _LEFT_AHEAD),
            ),
            seconds=1.15,
            label=NONE,
            flowing=True,
            back=1.0,
        ),
        "fold_arms": _visit(_FOLDED, _FOLDED_SHIFTED, _FOLDED, seconds=9.0),
        "hands_on_hips": _visit(_ON_HIPS, _ON_HIPS_TURNED, _ON_HIPS, seconds=8.0),
        "drink": _visit(*_DRINK, seconds=6.0, prop="bottle"),
        "read_phone": _visit(*_READ, seconds=14.0, prop="phone"),
        "call": _visit(_CALL, _CALL_PACED, _CALL, seconds=10.0, prop="phone"),
        "talk": _visit(*_TALK, seconds=6.5),
        "scratch": _visit(*_SCRATCH, seconds=6.5),
        "scratch_arm": _visit(_ARM_SCRATCH, _ARM_SCRATCH_ON, _ARM_SCRATCH, _ARM_SCRATCH_ON, seconds=3.5),
        "do_hair": _visit(_HAIR, _HAIR, seconds=6.0),
        "dry_face": _visit(_FACE, _NECK, _FACE, seconds=8.0, prop="towel"),
        "straighten_clothes": _visit(_WAISTBAND, _WAISTBAND, seconds=3.5),
        "stretch_arms": _visit(_OVERHEAD, _OVERHEAD_ASIDE, _ACROSS, _ELBOW_BEHIND, seconds=16.0),
        "stretch_legs": _visit(_HEEL_LIFTED, _HEEL_TO_SEAT, _HEEL_LIFTED, seconds=11.0),
        "stretch_back": _visit(_HAMSTRING, _BEND_HALF, _FOLD_DOWN, _BEND_HALF, seconds=14.0),
        "pick_up_towel": _visit(_BEND_HALF, _PICK_UP, _BEND_HALF, seconds=4.0, prop="towel", held=(0.5, 1.0)),
        "tie_shoe": _visit(_LACE_STEP, _LACES, _LACES_PULLED, _LACES, _LACE_STEP, seconds=12.0),
        "load_plate": replace(
            _visit(_PLATE_GRASP, _PLATE_CARRY, _PLATE_ON_HIP, seconds=9.0, prop="plate", held=(0.3, 0.8)), carried=4
        ),
        "rack_plate": replace(
            _visit(_PLATE_GRASP, _PLATE_CARRY, _PLATE_ON_SHOULDER, seconds=9.0, prop="plate", held=(0.3, 0.8)),
            carried=4,
        ),
        "wipe_bench": replace(
            _visit(
                _wiping(0.06, 0.25, 0), _wiping(0.19, 0.25, -8), _wiping(-0.03, 0.27, 6), _wiping(0.15, 0.21, -4),
                seconds=7.0, prop="seat+towel",
            ),
            turned=180.0,
        ),
        "rest_seated": _visit_seated(SEATED, _ELBOWS_ON_KNEES, _BACK_ON_HANDS, _SEATED_ASIDE, seconds=18.0),
        "drink_seated": _visit_seated(*map(_seated, _DRINK), seconds=7.0, prop="bottle"),
        "read_phone_seated": _visit_seated(*map(_seated, _READ), seconds=14.0, prop="phone"),
        "talk_seated": _visit_seated(*map(_seated, _TALK), seconds=7.0),
        "scratch_seated": _visit_seated(*map(_seated, _SCRATCH), seconds=6.5),
        "dry_face_seated": _visit_seated(*map(_seated, (_FACE, _NECK)), seconds=5.0, prop="towel"),
    }
)  # fmt: skip
"""Movement name -> how it is done."""
