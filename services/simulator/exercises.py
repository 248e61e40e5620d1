"""How people move, as data: an exercise is a cycle of key poses with the times at which they are reached.

Lengths are in body heights from the middle between the feet (or the body, lying), x outward, y up, z forward; see
`services.simulator.body`. A new exercise is an entry here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from services.simulator.body import KeyPose, Side

STANDING: Final = KeyPose()
_CROUCH: Final = KeyPose(
    hips=(0.0, 0.24, -0.16), lean=62, curl=12, nod=-20,
    left=Side(foot=(0.09, 0.055, 0.0), heel=15, splay=25, arm=(80, 12, 0, 10), hand=(0.13, 0.03, 0.22), palm=1),
)  # fmt: skip
_PLANK_UP: Final = KeyPose(
    hips=(0.0, 0.268, 0.0), lean=71, curl=0, nod=-12,
    left=Side(foot=(0.05, 0.105, -0.465), heel=72, toes=0, knee=-60, splay=0, arm=(75, 25, -30, 10),
              hand=(0.135, 0.03, 0.27), palm=1),
)  # fmt: skip
_PLANK_DOWN: Final = KeyPose(
    hips=(0.0, 0.132, 0.022), lean=86.5, curl=0, nod=-14,
    left=Side(foot=(0.05, 0.105, -0.465), heel=72, toes=0, knee=-60, splay=0, arm=(-25, 48, 0, 90),
              hand=(0.135, 0.03, 0.27), palm=1),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Exercise:
    """One entry of the catalogue.

    Attributes:
        cycle: (share of a repetition, key pose reached then), from 0 to 1; first and last are the same posture.
        seconds: a repetition's usual duration.
        rest: the posture between sets; None for the cycle's first.
        way: postures passed through from rest to the first key pose, and back the other way round.
        label: the manifest's label; "" for its own name.
        hold: no repetitions: the whole set is one hold.
        flowing: no stop at the key poses (walking).
        alternating: every other repetition is the mirror image.
        prop: barbell, dumbbells or "" in the hands; bench, mat or pull_up_bar ("bench+barbell") in the room.
        discs: radius of a barbell's discs, metres.
        lying: needs its length on the floor.
        top: metres of height that a camera must see.
        back: metres that a person stands back from the others, for what comes forward.
        faults: name -> key poses that replace those of the cycle, by their place in it.
    """

    cycle: tuple[tuple[float, KeyPose], ...]
    seconds: float = 3.0
    rest: KeyPose | None = None
    way: tuple[KeyPose, ...] = ()
    label: str = ""
    hold: bool = False
    flowing: bool = False
    alternating: bool = False
    prop: str = ""
    discs: float = 0.15
    lying: bool = False
    top: float = 2.0
    back: float = 0.0
    faults: Mapping[str, Mapping[int, KeyPose]] = field(default_factory=lambda: MappingProxyType({}))


def _there_and_back(top: KeyPose, turn: KeyPose, *, pause: float = 0.06) -> tuple[tuple[float, KeyPose], ...]:
    return ((0.0, top), (0.5 - pause / 2, turn), (0.5 + pause / 2, turn), (1.0, top))


# Squat, bar on the back.
_BAR_HAND = Side(hand=(0.150, -0.012, -0.030), on_chest=True, arm=(-14, 30, -40, 130), roll=-70)
_SQUAT_TOP = KeyPose(lean=4, curl=0, nod=-2, left=replace(_BAR_HAND, foot=(0.095, 0.039, 0.0), toes=22, splay=22))
_SQUAT_LOW = KeyPose(
    hips=(0.0, 0.262, -0.115), lean=38, curl=-2, nod=-22,
    left=replace(_BAR_HAND, foot=(0.095, 0.039, 0.0), toes=22, splay=32),
)  # fmt: skip
_SQUAT_SHALLOW = replace(_SQUAT_LOW, hips=(0.0, 0.395, -0.085), lean=26, nod=-12)
_SQUAT_KNEES_IN = replace(_SQUAT_LOW, hips=(0.0, 0.28, -0.115), left=replace(_SQUAT_LOW.left, splay=-14))
_SQUAT_LEAN = replace(_SQUAT_LOW, lean=60, hips=(0.0, 0.29, -0.17), nod=-30)

# Deadlift: a bar of 45 cm discs lifted from the floor, hands shoulder-wide.
_DEADLIFT_TOP = KeyPose(
    lean=0, curl=0,
    left=Side(foot=(0.062, 0.039, 0.0), hand=(0.118, 0.487, 0.075), arm=(6, 5, 0, 4), roll=-85),
)  # fmt: skip
_DEADLIFT_LOW = KeyPose(
    hips=(0.0, 0.335, -0.135), lean=62, curl=2, nod=-28,
    left=Side(foot=(0.062, 0.039, 0.0), splay=12, hand=(0.118, 0.155, 0.075), arm=(60, 6, 0, 4), roll=-85),
)  # fmt: skip
_DEADLIFT_ROUND = replace(_DEADLIFT_LOW, hips=(0.0, 0.395, -0.14), lean=58, curl=34, nod=10)
_RDL_LOW = KeyPose(
    hips=(0.0, 0.498, -0.125), lean=74, curl=2, nod=-30,
    left=Side(foot=(0.062, 0.039, 0.0), hand=(0.118, 0.265, 0.075), arm=(70, 6, 0, 4), roll=-85),
)  # fmt: skip
_DEADLIFT_HALF = replace(
    _RDL_LOW, lean=36, hips=(0.0, 0.51, -0.06), left=replace(_RDL_LOW.left, hand=(0.118, 0.37, 0.075))
)

# Bench press: on the back, hips at the bench's edge, head away from the feet.
_BENCH_FEET = Side(foot=(0.135, 0.039, 0.215), knee=55, splay=14, toes=12)
_BENCH_TOP = KeyPose(
    hips=(0.0, 0.320, 0.0), lean=-90, curl=0, nod=4,
    left=replace(_BENCH_FEET, hand=(0.165, 0.640, -0.262), arm=(80, 45, 0, 10), roll=-85),
)  # fmt: skip
_BENCH_LOW = KeyPose(
    hips=(0.0, 0.320, 0.0), lean=-90, curl=0, nod=4,
    left=replace(_BENCH_FEET, hand=(0.165, 0.420, -0.205), arm=(5, 58, 0, 95), roll=-85),
)  # fmt: skip
_BENCH_HALF = replace(_BENCH_LOW, left=replace(_BENCH_LOW.left, hand=(0.165, 0.545, -0.238)))

_PUSH_UP_HALF = KeyPose(
    hips=(0.0, 0.218, 0.008), lean=77, curl=0, nod=-12, left=replace(_PLANK_DOWN.left, arm=(20, 45, 0, 60)),
)  # fmt: skip
_SAG_UP = replace(_PLANK_UP, hips=(0.0, 0.185, 0.01), lean=58, curl=-6)
_SAG_DOWN = replace(_PLANK_DOWN, hips=(0.0, 0.072, 0.02), lean=76, curl=-4)
_PIKE_UP = replace(_PLANK_UP, hips=(0.0, 0.40, -0.06), lean=96, curl=0)
_PIKE_DOWN = replace(_PLANK_DOWN, hips=(0.0, 0.27, -0.02), lean=110, curl=0)

# Overhead press.
_PRESS_LOW = KeyPose(lean=-2, curl=0, nod=-4, left=Side(hand=(0.142, 0.822, 0.085), arm=(50, 18, 0, 130), roll=-85))
_PRESS_TOP = KeyPose(lean=1, curl=0, nod=-2, left=Side(hand=(0.150, 1.128, 0.0), arm=(165, 25, 0, 5), roll=-85))
_PRESS_HALF = replace(_PRESS_TOP, left=replace(_PRESS_TOP.left, hand=(0.145, 0.975, 0.045), arm=(100, 30, 0, 80)))
_PRESS_LEAN = replace(_PRESS_TOP, lean=-17, hips=(0.0, 0.524, 0.045))

_CURL_LOW = KeyPose(left=Side(arm=(2, 9, -8, 12), roll=75))
_CURL_TOP = KeyPose(left=Side(arm=(16, 9, -10, 138), roll=75))
_CURL_HALF = KeyPose(left=Side(arm=(8, 9, -8, 74), roll=75))
_CURL_SWING = KeyPose(lean=-11, hips=(0.0, 0.524, 0.035), left=Side(arm=(42, 9, -10, 128), roll=75))

# Lunge: a long step with the left foot and back.
_HIPS_ARM = (-24.0, 36.0, -65.0, 92.0)
_LUNGE_STAND = KeyPose(left=Side(arm=_HIPS_ARM))
_LUNGE_STEP = KeyPose(
    hips=(0.0, 0.485, 0.13), lean=3,
    left=Side(foot=(0.06, 0.095, 0.27), heel=-8, arm=_HIPS_ARM),
    right=Side(foot=(0.06, 0.060, -0.01), heel=25, toes=2, arm=_HIPS_ARM),
)  # fmt: skip
_LUNGE_LOW = KeyPose(
    hips=(0.0, 0.300, 0.185), lean=5,
    left=Side(foot=(0.06, 0.039, 0.410), toes=4, splay=2, arm=_HIPS_ARM),
    right=Side(foot=(0.06, 0.112, -0.035), heel=64, toes=0, splay=2, knee=-30, arm=_HIPS_ARM),
)  # fmt: skip
_LUNGE_SHALLOW = replace(_LUNGE_LOW, hips=(0.0, 0.405, 0.185))

_JACK_CLOSED = KeyPose(hips=(0.0, 0.522, 0.0), left=Side(foot=(0.05, 0.039, 0.0), arm=(2, 9, -5, 8)))
_JACK_FLIGHT = KeyPose(
    hips=(0.0, 0.545, 0.0), left=Side(foot=(0.125, 0.07, 0.0), heel=22, splay=14, arm=(2, 85, 0, 12)),
)  # fmt: skip
_JACK_OPEN = KeyPose(hips=(0.0, 0.492, 0.0), left=Side(foot=(0.205, 0.039, 0.0), splay=20, arm=(2, 164, 0, 14)))
_JACK_LOW_ARMS = replace(_JACK_OPEN, left=replace(_JACK_OPEN.left, arm=(2, 88, 0, 10)))

_SUPINE = KeyPose(
    hips=(0.0, 0.062, 0.0), lean=-88, curl=2, nod=12,
    left=Side(foot=(0.07, 0.039, 0.285), knee=75, splay=4, arm=(118, 40, -30, 138)),
)  # fmt: skip
_SAT_UP = KeyPose(
    hips=(0.0, 0.066, 0.0), lean=-2, curl=28, nod=14,
    left=Side(foot=(0.07, 0.039, 0.285), knee=75, splay=4, arm=(118, 40, -30, 138)),
)  # fmt: skip
_SIT_HALF = replace(_SAT_UP, lean=-48, curl=26)
_SITTING = KeyPose(
    hips=(0.0, 0.066, 0.0), lean=-8, curl=14, nod=4,
    left=Side(foot=(0.07, 0.039, 0.285), knee=75, splay=6, hand=(0.085, 0.25, 0.20), arm=(40, 20, 0, 40)),
)  # fmt: skip

_FOREARM_PLANK = KeyPose(
    hips=(0.0, 0.185, 0.0), lean=81, curl=2, nod=-10,
    left=Side(foot=(0.05, 0.105, -0.480), heel=72, toes=0, knee=-60, splay=0, arm=(70, 10, -20, 90),
              hand=(0.075, 0.028, 0.425), palm=1),
)  # fmt: skip
_PLANK_SAG = replace(_FOREARM_PLANK, hips=(0.0, 0.10, 0.0), lean=68)

# Pull-up: hands on a bar 1.30 body heights up.
_BAR_ABOVE = (0.165, 1.245, 0.0)
_HANG = KeyPose(
    hips=(0.0, 0.645, 0.0), lean=2, curl=0, nod=-8,
    left=Side(foot=(0.05, 0.185, -0.10), heel=35, hand=_BAR_ABOVE, arm=(160, 25, 0, 5), roll=-85),
)  # fmt: skip
_CHIN_OVER = KeyPose(
    hips=(0.0, 0.905, 0.03), lean=-9, curl=0, nod=-6,
    left=Side(foot=(0.05, 0.445, -0.10), heel=35, hand=_BAR_ABOVE, arm=(20, 30, 0, 140), roll=-85),
)  # fmt: skip
_PULL_HALF = replace(
    _CHIN_OVER, hips=(0.0, 0.765, 0.01), lean=-4, left=replace(_CHIN_OVER.left, foot=(0.05, 0.305, -0.1))
)
_UNDER_BAR = KeyPose(
    hips=(0.0, 0.54, 0.0),
    left=Side(foot=(0.06, 0.06, 0.0), heel=25, arm=(165, 25, 0, 10), hand=(0.16, 1.15, 0.0), roll=-85),
)

_ROW_LOW = KeyPose(
    hips=(0.0, 0.470, -0.11), lean=62, curl=0, nod=-26,
    left=Side(foot=(0.075, 0.039, 0.0), splay=10, hand=(0.130, 0.292, 0.125), arm=(60, 8, 0, 4), roll=-85),
)  # fmt: skip
_ROW_TOP = replace(_ROW_LOW, left=replace(_ROW_LOW.left, hand=(0.130, 0.470, 0.055), arm=(-28, 16, 0, 100)))
_ROW_HALF = replace(_ROW_LOW, left=replace(_ROW_LOW.left, hand=(0.130, 0.375, 0.095), arm=(20, 14, 0, 60)))

_RAISE_LOW = KeyPose(left=Side(arm=(4, 10, 0, 14)))
_RAISE_TOP = KeyPose(left=Side(arm=(10, 88, 0, 14)))
_RAISE_HALF = KeyPose(left=Side(arm=(8, 46, 0, 14)))

_JUMP = KeyPose(
    hips=(0.0, 0.605, 0.0), nod=-8, left=Side(foot=(0.06, 0.125, -0.01), heel=38, arm=(158, 18, 0, 15)),
)  # fmt: skip
_BRACE = replace(_CROUCH, lean=66, left=replace(_CROUCH.left, hand=(0.13, 0.03, 0.22)))
_BURPEE_PLANK = replace(
    _PLANK_UP,
    hips=(0.0, 0.268, -0.05),
    left=replace(_PLANK_UP.left, foot=(0.05, 0.105, -0.515), hand=(0.13, 0.03, 0.22)),
)

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

EXERCISES: Final[Mapping[str, Exercise]] = MappingProxyType(
    {
        "squat": Exercise(
            _there_and_back(_SQUAT_TOP, _SQUAT_LOW),
            prop="barbell",
            faults={
                "half": {1: _SQUAT_SHALLOW, 2: _SQUAT_SHALLOW},
                "knees_in": {1: _SQUAT_KNEES_IN, 2: _SQUAT_KNEES_IN},
                "lean": {1: _SQUAT_LEAN, 2: _SQUAT_LEAN},
            },
        ),
        "deadlift": Exercise(
            _there_and_back(_DEADLIFT_TOP, _DEADLIFT_LOW),
            seconds=3.4,
            prop="barbell",
            discs=0.19,
            faults={
                "rounded_back": {1: _DEADLIFT_ROUND, 2: _DEADLIFT_ROUND},
                "half": {1: _DEADLIFT_HALF, 2: _DEADLIFT_HALF},
            },
        ),
        "romanian_deadlift": Exercise(_there_and_back(_DEADLIFT_TOP, _RDL_LOW), seconds=3.4, prop="barbell"),
        "bench_press": Exercise(
            _there_and_back(_BENCH_TOP, _BENCH_LOW),
            prop="bench+barbell",
            discs=0.105,
            top=1.55,
            lying=True,
            faults={"half": {1: _BENCH_HALF, 2: _BENCH_HALF}},
        ),
        "push_up": Exercise(
            _there_and_back(_PLANK_UP, _PLANK_DOWN),
            seconds=2.4,
            rest=STANDING,
            way=(_CROUCH,),
            prop="mat",
            lying=True,
            faults={
                "half": {1: _PUSH_UP_HALF, 2: _PUSH_UP_HALF},
                "hips_sag": {0: _SAG_UP, 1: _SAG_DOWN, 2: _SAG_DOWN, 3: _SAG_UP},
                "hips_high": {0: _PIKE_UP, 1: _PIKE_DOWN, 2: _PIKE_DOWN, 3: _PIKE_UP},
            },
        ),
        "overhead_press": Exercise(
            _there_and_back(_PRESS_LOW, _PRESS_TOP),
            prop="barbell",
            top=2.45,
            faults={"half": {1: _PRESS_HALF, 2: _PRESS_HALF}, "back_lean": {1: _PRESS_LEAN, 2: _PRESS_LEAN}},
        ),
        "biceps_curl": Exercise(
            _there_and_back(_CURL_LOW, _CURL_TOP),
            prop="dumbbells",
            faults={"half": {1: _CURL_HALF, 2: _CURL_HALF}, "swing": {1: _CURL_SWING, 2: _CURL_SWING}},
        ),
        "lunge": Exercise(
            (
                (0.0, _LUNGE_STAND),
                (0.22, _LUNGE_STEP),
                (0.47, _LUNGE_LOW),
                (0.53, _LUNGE_LOW),
                (0.78, _LUNGE_STEP),
                (1.0, _LUNGE_STAND),
            ),
            seconds=3.0,
            alternating=True,
            back=0.3,
            faults={"half": {2: _LUNGE_SHALLOW, 3: _LUNGE_SHALLOW}},
        ),
        "jumping_jack": Exercise(
            ((0.0, _JACK_CLOSED), (0.25, _JACK_FLIGHT), (0.5, _JACK_OPEN), (0.75, _JACK_FLIGHT), (1.0, _JACK_CLOSED)),
            seconds=1.3,
            top=2.35,
            flowing=True,
            faults={"half": {2: _JACK_LOW_ARMS}},
        ),
        "sit_up": Exercise(
            _there_and_back(_SUPINE, _SAT_UP),
            rest=_SITTING,
            prop="mat",
            lying=True,
            faults={"half": {1: _SIT_HALF, 2: _SIT_HALF}},
        ),
        "plank": Exercise(
            ((0.0, _FOREARM_PLANK), (1.0, _FOREARM_PLANK)),
            seconds=5.0,
            rest=STANDING,
            way=(_CROUCH,),
            hold=True,
            prop="mat",
            lying=True,
            faults={
                "hips_sag": {0: _PLANK_SAG, 1: _PLANK_SAG},
            },
        ),
        "pull_up": Exercise(
            _there_and_back(_HANG, _CHIN_OVER),
            rest=STANDING,
            way=(_UNDER_BAR,),
            prop="pull_up_bar",
            top=2.75,
            faults={"half": {1: _PULL_HALF, 2: _PULL_HALF}},
        ),
        "row": Exercise(
            _there_and_back(_ROW_LOW, _ROW_TOP),
            seconds=2.4,
            rest=_DEADLIFT_TOP,
            prop="barbell",
            faults={"half": {1: _ROW_HALF, 2: _ROW_HALF}},
        ),
        "lateral_raise": Exercise(
            _there_and_back(_RAISE_LOW, _RAISE_TOP),
            prop="dumbbells",
            faults={"half": {1: _RAISE_HALF, 2: _RAISE_HALF}},
        ),
        "burpee": Exercise(
            (
                (0.0, STANDING),
                (0.22, _BRACE),
                (0.38, _BURPEE_PLANK),
                (0.46, _BURPEE_PLANK),
                (0.62, _BRACE),
                (0.84, _JUMP),
                (1.0, STANDING),
            ),
            seconds=4.0,
            lying=True,
            top=2.45,
        ),
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
            label="none",
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
            label="none",
            flowing=True,
            back=1.0,
        ),
    }
)
"""Exercise name -> how it is done."""
