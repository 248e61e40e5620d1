"""Exercises on the feet, and those that hang from a bar or hold on to two."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from services.simulator.body import KeyPose, Side
from services.simulator.exercises.entry import STANDING, Exercise, there_and_back

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

# Overhead press.
_PRESS_LOW = KeyPose(lean=-2, curl=0, nod=-4, left=Side(hand=(0.142, 0.822, 0.085), arm=(50, 18, 0, 130), roll=-85))
_PRESS_TOP = KeyPose(lean=1, curl=0, nod=-2, left=Side(hand=(0.150, 1.128, 0.0), arm=(165, 25, 0, 5), roll=-85))
_PRESS_HALF = replace(_PRESS_TOP, left=replace(_PRESS_TOP.left, hand=(0.145, 0.975, 0.045), arm=(100, 30, 0, 80)))
_PRESS_LEAN = replace(_PRESS_TOP, lean=-17, hips=(0.0, 0.524, 0.045))

_CURL_LOW = KeyPose(left=Side(arm=(2, 9, -8, 12), roll=75))
_CURL_TOP = KeyPose(left=Side(arm=(16, 9, -10, 138), roll=75))
_CURL_HALF = KeyPose(left=Side(arm=(8, 9, -8, 74), roll=75))
CURL_SWING = KeyPose(lean=-11, hips=(0.0, 0.524, 0.035), left=Side(arm=(42, 9, -10, 128), roll=75))

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

JACK_CLOSED = KeyPose(hips=(0.0, 0.522, 0.0), left=Side(foot=(0.05, 0.039, 0.0), arm=(2, 9, -5, 8)))
JACK_FLIGHT = KeyPose(
    hips=(0.0, 0.545, 0.0), left=Side(foot=(0.125, 0.07, 0.0), heel=22, splay=14, arm=(2, 85, 0, 12)),
)  # fmt: skip
_JACK_OPEN = KeyPose(hips=(0.0, 0.492, 0.0), left=Side(foot=(0.205, 0.039, 0.0), splay=20, arm=(2, 164, 0, 14)))
JACK_LOW_ARMS = replace(_JACK_OPEN, left=replace(_JACK_OPEN.left, arm=(2, 88, 0, 10)))

# Pull-up: hands on a bar 1.30 body heights up.
_BAR_ABOVE = (0.165, 1.245, 0.0)
HANG = KeyPose(
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
UNDER_BAR = KeyPose(
    hips=(0.0, 0.54, 0.0),
    left=Side(foot=(0.06, 0.06, 0.0), heel=25, arm=(165, 25, 0, 10), hand=(0.16, 1.15, 0.0), roll=-85),
)

_RAISE_LOW = KeyPose(left=Side(arm=(4, 10, 0, 14)))
_RAISE_TOP = KeyPose(left=Side(arm=(10, 88, 0, 14)))
_RAISE_HALF = KeyPose(left=Side(arm=(8, 46, 0, 14)))

_FRONT_RAISE_TOP = KeyPose(lean=-2, left=Side(arm=(90, 6, 0, 10), roll=-85))
_ONE_CURL_TOP = KeyPose(left=_CURL_TOP.left, right=_CURL_LOW.left)
_ONE_CURL_HALF = KeyPose(left=_CURL_HALF.left, right=_CURL_LOW.left)
_PUSHDOWN_BENT = KeyPose(lean=10, nod=4, left=Side(arm=(6, 10, -8, 112), roll=-85))
_PUSHDOWN_STRAIGHT = KeyPose(lean=12, nod=4, left=Side(arm=(2, 10, -8, 10), roll=-85))
_PUSHDOWN_HALF = replace(_PUSHDOWN_STRAIGHT, left=replace(_PUSHDOWN_STRAIGHT.left, arm=(4, 10, -8, 70)))

# Dip: hands on two bars 0.62 body heights up.
_DIP_TOP = KeyPose(
    hips=(0.0, 0.650, -0.01), lean=6, curl=0,
    left=Side(foot=(0.05, 0.330, -0.190), heel=50, hand=(0.150, 0.620, 0.0), arm=(-45, 12, 0, 90)),
)  # fmt: skip
_DIP_LOW = KeyPose(
    hips=(0.0, 0.500, -0.055), lean=22, curl=0, nod=-10,
    left=Side(foot=(0.05, 0.180, -0.235), heel=50, hand=(0.150, 0.620, 0.0), arm=(-48, 12, 0, 95)),
)  # fmt: skip
_DIP_HALF = replace(
    _DIP_LOW, hips=(0.0, 0.608, -0.025), lean=11, left=replace(_DIP_LOW.left, foot=(0.05, 0.288, -0.205))
)

_WALL_SIT = KeyPose(
    hips=(0.0, 0.288, -0.243), lean=0, curl=0, left=Side(foot=(0.085, 0.039, 0.0), arm=(30, 8, -8, 30)),
)  # fmt: skip
_WALL_LEAN = KeyPose(
    hips=(0.0, 0.47, -0.17), lean=-4, curl=0, left=Side(foot=(0.085, 0.039, 0.0), arm=(10, 9, -10, 20))
)

EXERCISES: Final[Mapping[str, Exercise]] = MappingProxyType(
    {
        "squat": Exercise(
            there_and_back(_SQUAT_TOP, _SQUAT_LOW),
            prop="barbell",
            faults={
                "half": {1: _SQUAT_SHALLOW, 2: _SQUAT_SHALLOW},
                "knees_in": {1: _SQUAT_KNEES_IN, 2: _SQUAT_KNEES_IN},
                "lean": {1: _SQUAT_LEAN, 2: _SQUAT_LEAN},
            },
        ),
        "overhead_press": Exercise(
            there_and_back(_PRESS_LOW, _PRESS_TOP),
            prop="barbell",
            top=2.45,
            faults={"half": {1: _PRESS_HALF, 2: _PRESS_HALF}, "back_lean": {1: _PRESS_LEAN, 2: _PRESS_LEAN}},
        ),
        "biceps_curl": Exercise(
            there_and_back(_CURL_LOW, _CURL_TOP),
            prop="dumbbells",
            faults={"half": {1: _CURL_HALF, 2: _CURL_HALF}, "swing": {1: CURL_SWING, 2: CURL_SWING}},
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
            far=(2, 3),
            alternating=True,
            back=0.3,
            faults={"half": {2: _LUNGE_SHALLOW, 3: _LUNGE_SHALLOW}},
        ),
        "jumping_jack": Exercise(
            ((0.0, JACK_CLOSED), (0.25, JACK_FLIGHT), (0.5, _JACK_OPEN), (0.75, JACK_FLIGHT), (1.0, JACK_CLOSED)),
            seconds=1.3,
            far=(2, 2),
            top=2.35,
            flowing=True,
            faults={"half": {2: JACK_LOW_ARMS}},
        ),
        "pull_up": Exercise(
            there_and_back(HANG, _CHIN_OVER),
            rest=STANDING,
            way=(UNDER_BAR,),
            prop="pull_up_bar",
            top=2.75,
            faults={"half": {1: _PULL_HALF, 2: _PULL_HALF}},
        ),
        "lateral_raise": Exercise(
            there_and_back(_RAISE_LOW, _RAISE_TOP),
            prop="dumbbells",
            faults={"half": {1: _RAISE_HALF, 2: _RAISE_HALF}},
        ),
        "front_raise": Exercise(there_and_back(_RAISE_LOW, _FRONT_RAISE_TOP), prop="dumbbells"),
        "alternating_curl": Exercise(
            there_and_back(_CURL_LOW, _ONE_CURL_TOP),
            seconds=2.4,
            label="biceps_curl",
            alternating=True,
            prop="dumbbells",
            faults={"half": {1: _ONE_CURL_HALF, 2: _ONE_CURL_HALF}},
        ),
        "tricep": Exercise(
            there_and_back(_PUSHDOWN_BENT, _PUSHDOWN_STRAIGHT),
            seconds=2.4,
            rest=STANDING,
            faults={"half": {1: _PUSHDOWN_HALF, 2: _PUSHDOWN_HALF}},
        ),
        "dip": Exercise(
            there_and_back(_DIP_TOP, _DIP_LOW),
            rest=STANDING,
            top=2.2,
            faults={"half": {1: _DIP_HALF, 2: _DIP_HALF}},
        ),
        "wall_sit": Exercise(
            ((0.0, _WALL_SIT), (1.0, _WALL_SIT)), seconds=5.0, rest=STANDING, way=(_WALL_LEAN,), hold=True
        ),
        "dead_hang": Exercise(
            ((0.0, HANG), (1.0, HANG)),
            seconds=5.0,
            rest=STANDING,
            way=(UNDER_BAR,),
            hold=True,
            prop="pull_up_bar",
            top=2.75,
        ),
    }
)
"""Exercise name -> how it is done."""
