"""Exercises that lift a bar or a bell from below: with the back, and from there to the shoulders and over the head."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from services.simulator.body import KeyPose, Side
from services.simulator.exercises.entry import STANDING, Exercise, there_and_back

# Deadlift: a bar of 45 cm discs lifted from the floor, hands shoulder-wide.
DEADLIFT_TOP = KeyPose(
    lean=0, curl=0,
    left=Side(foot=(0.062, 0.039, 0.0), hand=(0.118, 0.487, 0.075), arm=(6, 5, 0, 4), roll=-85),
)  # fmt: skip
_DEADLIFT_LOW = KeyPose(
    hips=(0.0, 0.335, -0.135), lean=62, curl=2, nod=-28,
    left=Side(foot=(0.062, 0.039, 0.0), splay=12, hand=(0.118, 0.155, 0.075), arm=(60, 6, 0, 4), roll=-85),
)  # fmt: skip
DEADLIFT_ROUND = replace(_DEADLIFT_LOW, hips=(0.0, 0.395, -0.14), lean=58, curl=34, nod=10)
_RDL_LOW = KeyPose(
    hips=(0.0, 0.498, -0.125), lean=74, curl=2, nod=-30,
    left=Side(foot=(0.062, 0.039, 0.0), hand=(0.118, 0.265, 0.075), arm=(70, 6, 0, 4), roll=-85),
)  # fmt: skip
_DEADLIFT_HALF = replace(
    _RDL_LOW, lean=36, hips=(0.0, 0.51, -0.06), left=replace(_RDL_LOW.left, hand=(0.118, 0.37, 0.075))
)

_ROW_LOW = KeyPose(
    hips=(0.0, 0.470, -0.11), lean=62, curl=0, nod=-26,
    left=Side(foot=(0.075, 0.039, 0.0), splay=10, hand=(0.130, 0.292, 0.125), arm=(60, 8, 0, 4), roll=-85),
)  # fmt: skip
_ROW_TOP = replace(_ROW_LOW, left=replace(_ROW_LOW.left, hand=(0.130, 0.470, 0.055), arm=(-28, 16, 0, 100)))
_ROW_HALF = replace(_ROW_LOW, left=replace(_ROW_LOW.left, hand=(0.130, 0.375, 0.095), arm=(20, 14, 0, 60)))


# Thruster: a front squat, and from it the bar overhead in one go.
_RACK_HAND = Side(hand=(0.142, 0.008, 0.085), on_chest=True, arm=(50, 18, 0, 130), roll=-85)
_OVER_HAND = Side(hand=(0.150, 0.314, 0.0), on_chest=True, arm=(165, 25, 0, 5), roll=-85)
_RACK_TOP = KeyPose(lean=-2, curl=0, nod=-4, left=replace(_RACK_HAND, foot=(0.095, 0.039, 0.0), toes=22, splay=22))
_RACK_LOW = KeyPose(
    hips=(0.0, 0.262, -0.095), lean=24, curl=-4, nod=-16,
    left=replace(_RACK_HAND, foot=(0.095, 0.039, 0.0), toes=22, splay=32),
)  # fmt: skip
_OVERHEAD_TOP = KeyPose(lean=1, curl=0, nod=-2, left=replace(_OVER_HAND, foot=(0.095, 0.039, 0.0), toes=22, splay=22))
_OVERHEAD_HALF = replace(_OVERHEAD_TOP, left=replace(_OVERHEAD_TOP.left, hand=(0.147, 0.155, 0.045)))

# Clean: from the shoulders down to the floor, and pulled up again under the bar.
_CLEAN_HANG = KeyPose(
    hips=(0.0, 0.515, -0.03), lean=14, curl=0, nod=-6,
    left=Side(foot=(0.085, 0.039, 0.0), toes=16, splay=16, hand=(0.118, 0.46, 0.085), arm=(10, 8, 0, 8), roll=-85),
)  # fmt: skip
_CLEAN_FLOOR = replace(_DEADLIFT_LOW, left=replace(_DEADLIFT_LOW.left, foot=(0.085, 0.039, 0.0), toes=16))
_CLEAN_CATCH = replace(_RACK_LOW, hips=(0.0, 0.42, -0.055), lean=12)

# Kettlebell swing: from behind the knees to the shoulders' height.
_SWING_LOW = KeyPose(
    hips=(0.0, 0.445, -0.145), lean=62, curl=2, nod=-24,
    left=Side(foot=(0.115, 0.039, 0.0), toes=16, splay=14, hand=(0.022, 0.330, -0.090), arm=(40, -4, 0, 8), roll=-85),
)  # fmt: skip
_SWING_HIP = KeyPose(
    hips=(0.0, 0.500, -0.050), lean=20, curl=0, nod=-8,
    left=Side(foot=(0.115, 0.039, 0.0), toes=16, splay=14, hand=(0.022, 0.540, 0.215), arm=(40, -4, 0, 6), roll=-85),
)  # fmt: skip
_SWING_TOP = KeyPose(
    lean=-3, curl=0, nod=-2,
    left=Side(foot=(0.115, 0.039, 0.0), toes=16, splay=14, hand=(0.022, 0.790, 0.300), arm=(85, -4, 0, 6), roll=-85),
)  # fmt: skip
_SWING_GRASP = replace(_SWING_LOW, hips=(0.0, 0.36, -0.145), left=replace(_SWING_LOW.left, hand=(0.022, 0.170, 0.120)))
_SWING_HALF = replace(_SWING_HIP, lean=8, left=replace(_SWING_HIP.left, hand=(0.022, 0.575, 0.235)))

EXERCISES: Final[Mapping[str, Exercise]] = MappingProxyType(
    {
        "deadlift": Exercise(
            there_and_back(DEADLIFT_TOP, _DEADLIFT_LOW),
            seconds=3.4,
            prop="barbell",
            discs=0.19,
            faults={
                "rounded_back": {1: DEADLIFT_ROUND, 2: DEADLIFT_ROUND},
                "half": {1: _DEADLIFT_HALF, 2: _DEADLIFT_HALF},
            },
        ),
        "romanian_deadlift": Exercise(there_and_back(DEADLIFT_TOP, _RDL_LOW), seconds=3.4, prop="barbell"),
        "row": Exercise(
            there_and_back(_ROW_LOW, _ROW_TOP),
            seconds=2.4,
            rest=DEADLIFT_TOP,
            prop="barbell",
            faults={"half": {1: _ROW_HALF, 2: _ROW_HALF}},
        ),
        "thruster": Exercise(
            (
                (0.0, _RACK_TOP),
                (0.32, _RACK_LOW),
                (0.36, _RACK_LOW),
                (0.60, _RACK_TOP),
                (0.76, _OVERHEAD_TOP),
                (0.82, _OVERHEAD_TOP),
                (1.0, _RACK_TOP),
            ),
            seconds=3.8,
            far=(4, 5),
            prop="barbell",
            top=2.45,
            faults={"half": {4: _OVERHEAD_HALF, 5: _OVERHEAD_HALF}},
        ),
        "clean": Exercise(
            (
                (0.0, _RACK_TOP),
                (0.22, _CLEAN_HANG),
                (0.46, _CLEAN_FLOOR),
                (0.52, _CLEAN_FLOOR),
                (0.72, _CLEAN_HANG),
                (0.84, _CLEAN_CATCH),
                (1.0, _RACK_TOP),
            ),
            seconds=4.2,
            far=(2, 3),
            prop="barbell",
            discs=0.19,
        ),
        "kettlebell_swing": Exercise(
            ((0.0, _SWING_LOW), (0.25, _SWING_HIP), (0.5, _SWING_TOP), (0.75, _SWING_HIP), (1.0, _SWING_LOW)),
            seconds=1.7,
            far=(2, 2),
            rest=STANDING,
            way=(_SWING_GRASP,),
            flowing=True,
            faults={"half": {2: _SWING_HALF}},
        ),
    }
)
"""Exercise name -> how it is done."""
