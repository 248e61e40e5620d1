"""Exercises on the floor or on a bench, or that go down to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from services.simulator.body import KeyPose, Side
from services.simulator.exercises.daily import SEATED, SITTING_DOWN
from services.simulator.exercises.entry import STANDING, Exercise, there_and_back

CROUCH: Final = KeyPose(
    hips=(0.0, 0.24, -0.16), lean=62, curl=12, nod=-20,
    left=Side(foot=(0.09, 0.055, 0.0), heel=15, splay=25, arm=(80, 12, 0, 10), hand=(0.13, 0.03, 0.22), palm=1),
)  # fmt: skip
PLANK_UP: Final = KeyPose(
    hips=(0.0, 0.268, 0.0), lean=71, curl=0, nod=-12,
    left=Side(foot=(0.05, 0.105, -0.465), heel=72, toes=0, knee=-60, splay=0, arm=(75, 25, -30, 10),
              hand=(0.135, 0.03, 0.27), palm=1),
)  # fmt: skip
PLANK_DOWN: Final = KeyPose(
    hips=(0.0, 0.132, 0.022), lean=86.5, curl=0, nod=-14,
    left=Side(foot=(0.05, 0.105, -0.465), heel=72, toes=0, knee=-60, splay=0, arm=(-25, 48, 0, 90),
              hand=(0.135, 0.03, 0.27), palm=1),
)  # fmt: skip

# Bench press: on the back, hips at the bench's edge, head away from the feet.
BENCH_FEET = Side(foot=(0.135, 0.039, 0.215), knee=55, splay=14, toes=12)
BENCH_TOP = KeyPose(
    hips=(0.0, 0.320, 0.0), lean=-90, curl=0, nod=4,
    left=replace(BENCH_FEET, hand=(0.165, 0.640, -0.262), arm=(80, 45, 0, 10), roll=-85),
)  # fmt: skip
_BENCH_LOW = KeyPose(
    hips=(0.0, 0.320, 0.0), lean=-90, curl=0, nod=4,
    left=replace(BENCH_FEET, hand=(0.165, 0.420, -0.205), arm=(5, 58, 0, 95), roll=-85),
)  # fmt: skip
_BENCH_HALF = replace(_BENCH_LOW, left=replace(_BENCH_LOW.left, hand=(0.165, 0.545, -0.238)))

_PUSH_UP_HALF = KeyPose(
    hips=(0.0, 0.218, 0.008), lean=77, curl=0, nod=-12, left=replace(PLANK_DOWN.left, arm=(20, 45, 0, 60)),
)  # fmt: skip
_SAG_UP = replace(PLANK_UP, hips=(0.0, 0.185, 0.01), lean=58, curl=-6)
_SAG_DOWN = replace(PLANK_DOWN, hips=(0.0, 0.072, 0.02), lean=76, curl=-4)
_PIKE_UP = replace(PLANK_UP, hips=(0.0, 0.40, -0.06), lean=96, curl=0)
_PIKE_DOWN = replace(PLANK_DOWN, hips=(0.0, 0.27, -0.02), lean=110, curl=0)

_SUPINE = KeyPose(
    hips=(0.0, 0.062, 0.0), lean=-88, curl=2, nod=12,
    left=Side(foot=(0.07, 0.039, 0.285), knee=75, splay=4, arm=(118, 40, -30, 138)),
)  # fmt: skip
_SAT_UP = KeyPose(
    hips=(0.0, 0.066, 0.0), lean=-2, curl=28, nod=14,
    left=Side(foot=(0.07, 0.039, 0.285), knee=75, splay=4, arm=(118, 40, -30, 138)),
)  # fmt: skip
_SIT_HALF = replace(_SAT_UP, lean=-48, curl=26)
SITTING = KeyPose(
    hips=(0.0, 0.066, 0.0), lean=-8, curl=14, nod=4,
    left=Side(foot=(0.07, 0.039, 0.285), knee=75, splay=6, hand=(0.085, 0.25, 0.20), arm=(40, 20, 0, 40)),
)  # fmt: skip

_FOREARM_PLANK = KeyPose(
    hips=(0.0, 0.185, 0.0), lean=81, curl=2, nod=-10,
    left=Side(foot=(0.05, 0.105, -0.480), heel=72, toes=0, knee=-60, splay=0, arm=(70, 10, -20, 90),
              hand=(0.075, 0.028, 0.425), palm=1),
)  # fmt: skip
_SIDE_PLANK = KeyPose(
    hips=(0.0, 0.19, 0.0), lean=0, curl=0, tilt=74, nod=0,
    left=Side(foot=(-0.475, 0.045, 0.0), toes=0, splay=0, arm=(5, 60, 0, 90), hand=(0.30, 0.03, 0.13), palm=1),
    right=Side(foot=(0.475, 0.085, 0.0), toes=0, splay=0, arm=(0, 4, -10, 8)),
)  # fmt: skip
_PLANK_SAG = replace(_FOREARM_PLANK, hips=(0.0, 0.10, 0.0), lean=68)

JUMP = KeyPose(
    hips=(0.0, 0.605, 0.0), nod=-8, left=Side(foot=(0.06, 0.125, -0.01), heel=38, arm=(158, 18, 0, 15)),
)  # fmt: skip
BRACE = replace(CROUCH, lean=66, left=replace(CROUCH.left, hand=(0.13, 0.03, 0.22)))
BURPEE_PLANK = replace(
    PLANK_UP,
    hips=(0.0, 0.268, -0.05),
    left=replace(PLANK_UP.left, foot=(0.05, 0.105, -0.515), hand=(0.13, 0.03, 0.22)),
)

# Hip thrust: shoulders on the seat behind.
_THRUST_LEGS: Final = Side(foot=(0.085, 0.039, 0.290), knee=75, splay=6, toes=10)
_THRUST_LOW: Final = KeyPose(
    hips=(0.0, 0.130, 0.0), lean=-56, curl=0, nod=24,
    left=replace(_THRUST_LEGS, hand=(0.125, 0.235, 0.045), arm=(30, 20, 0, 40)),
)  # fmt: skip
_THRUST_TOP: Final = KeyPose(
    hips=(0.0, 0.290, 0.050), lean=-90, curl=0, nod=30,
    left=replace(_THRUST_LEGS, hand=(0.125, 0.395, 0.030), arm=(30, 20, 0, 40)),
)  # fmt: skip
_THRUST_HALF: Final = replace(
    _THRUST_LOW, hips=(0.0, 0.200, 0.028), lean=-70, left=replace(_THRUST_LOW.left, hand=(0.125, 0.305, 0.045))
)

# Lat pulldown: the bar is taken standing, and brought down to the seat with straight arms.
_ARMS_UP: Final = KeyPose(nod=-12, left=Side(arm=(158, 20, 0, 10), roll=-85))
_REACHSITTING: Final = replace(SITTING_DOWN, nod=-12, left=replace(SITTING_DOWN.left, arm=_ARMS_UP.left.arm, roll=-85))
_PULLDOWN_UP: Final = replace(
    SEATED,
    nod=-10,
    left=replace(SEATED.left, hand=(0.215, 0.300, 0.030), on_chest=True, arm=(150, 40, 0, 10), roll=-85),
)
_PULLDOWN_LOW: Final = replace(
    SEATED, lean=-8, nod=-4,
    left=replace(SEATED.left, hand=(0.225, 0.010, 0.080), on_chest=True, arm=(-10, 45, 0, 130), roll=-85),
)  # fmt: skip
_PULLDOWN_HALF: Final = replace(_PULLDOWN_UP, left=replace(_PULLDOWN_UP.left, hand=(0.230, 0.170, 0.055)))

EXERCISES: Final[Mapping[str, Exercise]] = MappingProxyType(
    {
        "bench_press": Exercise(
            there_and_back(BENCH_TOP, _BENCH_LOW),
            prop="bench+barbell",
            discs=0.105,
            top=1.55,
            lying=True,
            faults={"half": {1: _BENCH_HALF, 2: _BENCH_HALF}},
        ),
        "push_up": Exercise(
            there_and_back(PLANK_UP, PLANK_DOWN),
            seconds=2.4,
            rest=STANDING,
            way=(CROUCH,),
            prop="mat",
            lying=True,
            faults={
                "half": {1: _PUSH_UP_HALF, 2: _PUSH_UP_HALF},
                "hips_sag": {0: _SAG_UP, 1: _SAG_DOWN, 2: _SAG_DOWN, 3: _SAG_UP},
                "hips_high": {0: _PIKE_UP, 1: _PIKE_DOWN, 2: _PIKE_DOWN, 3: _PIKE_UP},
            },
        ),
        "sit_up": Exercise(
            there_and_back(_SUPINE, _SAT_UP),
            rest=SITTING,
            prop="mat",
            lying=True,
            faults={"half": {1: _SIT_HALF, 2: _SIT_HALF}},
        ),
        "plank": Exercise(
            ((0.0, _FOREARM_PLANK), (1.0, _FOREARM_PLANK)),
            seconds=5.0,
            rest=STANDING,
            way=(CROUCH,),
            hold=True,
            prop="mat",
            lying=True,
            faults={
                "hips_sag": {0: _PLANK_SAG, 1: _PLANK_SAG},
            },
        ),
        "side_plank": Exercise(
            ((0.0, _SIDE_PLANK), (1.0, _SIDE_PLANK)),
            seconds=5.0,
            rest=STANDING,
            way=(CROUCH,),
            hold=True,
            prop="mat",
            lying=True,
        ),
        "burpee": Exercise(
            (
                (0.0, STANDING),
                (0.22, BRACE),
                (0.38, BURPEE_PLANK),
                (0.46, BURPEE_PLANK),
                (0.62, BRACE),
                (0.84, JUMP),
                (1.0, STANDING),
            ),
            seconds=4.0,
            far=(2, 3),
            lying=True,
            top=2.45,
        ),
        "hip_thrust": Exercise(
            there_and_back(_THRUST_LOW, _THRUST_TOP),
            seconds=2.6,
            rest=_THRUST_LOW,
            prop="seat",
            lying=True,
            faults={"half": {1: _THRUST_HALF, 2: _THRUST_HALF}},
        ),
        "lat_pulldown": Exercise(
            there_and_back(_PULLDOWN_UP, _PULLDOWN_LOW),
            rest=STANDING,
            way=(_ARMS_UP, _REACHSITTING),
            prop="seat",
            top=2.2,
            faults={"half": {1: _PULLDOWN_HALF, 2: _PULLDOWN_HALF}},
        ),
    }
)
"""Exercise name -> how it is done."""
