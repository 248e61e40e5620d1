"""More exercises that models have no name for: lifts in one go, and jumps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from services.simulator.body import KeyPose, Side
from services.simulator.exercises.entry import STANDING, Exercise
from services.simulator.exercises.others import through, to_and_fro, unnamed
from services.simulator.exercises.postures import (
    CLASPED,
    ON_HIPS,
    bent_over,
    halves,
    with_arms,
    with_feet,
    with_hands,
)

_RACK: Final = with_hands(STANDING, (0.142, 0.008, 0.085), (50, 18, 0, 130))
_DUMBBELLS_UP: Final = with_hands(STANDING, (0.13, 0.03, 0.06), (40, 18, 0, 135))
_TOP: Final = with_hands(STANDING, (0.15, 0.314, 0.0), (165, 25, 0, 5))
_WIDE_TOP: Final = with_hands(STANDING, (0.24, 0.27, 0.0), (160, 45, 0, 5))
_STANCE: Final = Side(foot=(0.10, 0.039, 0.0), toes=18, splay=22)


def _low(pose: KeyPose, depth: float, lean: float = 22) -> KeyPose:
    """The same arms in a squat."""
    legs = replace(pose.left, foot=_STANCE.foot, toes=_STANCE.toes, splay=30)
    return replace(pose, hips=(0.0, depth, -0.05 - 0.0018 * lean), lean=lean, nod=-lean * 0.4, left=legs)


def _at_floor(x: float, low: float, depth: float = 0.32, lean: float = 58) -> KeyPose:
    """Bent over something that is grasped at a height."""
    side = replace(_STANCE, hand=(x, low, 0.07), arm=(60, 6, 0, 4), roll=-85)
    return KeyPose(hips=(0.0, depth, -0.02 - 0.0018 * lean), lean=lean, curl=3, nod=-lean * 0.4, left=side)


def _hang(x: float, height: float = 0.40) -> KeyPose:
    """The same at the knees."""
    return replace(_at_floor(x, height), hips=(0.0, 0.47, -0.09), lean=40)


def _high_pull(x: float) -> KeyPose:
    return with_hands(replace(STANDING, hips=(0.0, 0.56, 0.0)), (x, -0.02, 0.09), (20, 75, 30, 120))


def _one(pose: KeyPose, other: KeyPose = STANDING) -> KeyPose:
    """Its left side, the right arm hanging or as in another posture."""
    return halves(pose, replace(pose, left=replace(pose.left, arm=other.left.arm, hand=None, on_chest=False)))


def _lifts() -> dict[str, Exercise]:
    floor_low, knees, bells_knees = _at_floor(0.118, 0.155), _hang(0.118), _hang(0.15, 0.33)
    wide, kettle = _at_floor(0.24, 0.155, 0.30, 60), _at_floor(0.03, 0.16, 0.33, 56)
    swing_low = replace(
        _at_floor(0.022, 0.33, 0.445, 62), left=replace(_at_floor(0.022, 0.33).left, hand=(0.022, 0.33, -0.09))
    )
    swing_top = with_arms(replace(STANDING, left=_STANCE), (86, -4, 0, 8))
    over = with_arms(replace(STANDING, left=_STANCE), (160, -2, 0, 8))
    dip = _low(_RACK, 0.46, 6)
    split = replace(
        _TOP,
        hips=(0.0, 0.40, 0.0),
        left=replace(_TOP.left, foot=(0.07, 0.039, 0.20)),
        right=replace(_TOP.left, foot=(0.07, 0.08, -0.22), heel=40),
    )
    return {
        "clean_from_floor": through(
            (0.0, floor_low),
            (0.22, knees),
            (0.36, _high_pull(0.14)),
            (0.5, _low(_RACK, 0.38)),
            (0.62, _RACK),
            (0.7, _RACK),
            (0.85, knees),
            seconds=4.0,
            far=(4, 5),
        ),
        "clean_hang": through(
            (0.0, knees), (0.24, _high_pull(0.14)), (0.42, dip), (0.55, _RACK), (0.65, _RACK), seconds=3.0, far=(3, 4)
        ),
        "clean_dumbbells": through(
            (0.0, bells_knees),
            (0.3, _high_pull(0.14)),
            (0.48, _low(_DUMBBELLS_UP, 0.45, 8)),
            (0.6, _DUMBBELLS_UP),
            (0.7, _DUMBBELLS_UP),
            seconds=2.6,
            far=(3, 4),
        ),
        "clean_and_press": through(
            (0.0, floor_low),
            (0.16, knees),
            (0.28, _low(_RACK, 0.44, 8)),
            (0.38, _RACK),
            (0.44, dip),
            (0.54, _TOP),
            (0.62, _TOP),
            (0.74, _RACK),
            (0.88, knees),
            seconds=5.0,
            far=(5, 6),
        ),
        "clean_one_kettlebell": through(
            (0.0, _one(swing_low)),
            (0.35, _one(_high_pull(0.06))),
            (0.5, _one(_DUMBBELLS_UP)),
            (0.62, _one(_DUMBBELLS_UP)),
            seconds=2.4,
            far=(2, 3),
            rest=STANDING,
        ),
        "snatch": through(
            (0.0, wide),
            (0.22, replace(_hang(0.24), lean=44)),
            (0.36, _high_pull(0.22)),
            (0.5, _low(_WIDE_TOP, 0.34)),
            (0.64, _WIDE_TOP),
            (0.72, _WIDE_TOP),
            seconds=4.4,
            far=(4, 5),
        ),
        "snatch_one_dumbbell": through(
            (0.0, _one(_at_floor(0.02, 0.12))),
            (0.3, _one(_high_pull(0.06))),
            (0.46, _one(_TOP)),
            (0.58, _one(_TOP)),
            seconds=2.8,
            far=(2, 3),
            rest=STANDING,
        ),
        "high_pull": unnamed(_hang(0.13), _high_pull(0.16), 1.8, rest=STANDING),
        "high_pull_kettlebell": unnamed(kettle, _high_pull(0.04), 1.8, rest=STANDING),
        "jerk_split": through(
            (0.0, _RACK), (0.3, dip), (0.5, split), (0.62, split), (0.8, _TOP), seconds=3.2, far=(2, 3)
        ),
        "thruster_dumbbells": through(
            (0.0, _DUMBBELLS_UP),
            (0.34, _low(_DUMBBELLS_UP, 0.29)),
            (0.4, _low(_DUMBBELLS_UP, 0.29)),
            (0.7, _TOP),
            (0.76, _TOP),
            seconds=3.0,
            far=(3, 4),
        ),
        "thruster_deep": through(
            (0.0, _RACK),
            (0.34, _low(_RACK, 0.24, 18)),
            (0.38, _low(_RACK, 0.24, 18)),
            (0.68, _TOP),
            (0.72, _TOP),
            seconds=2.6,
            far=(3, 4),
        ),
        "thruster_one": through(
            (0.0, _one(_DUMBBELLS_UP)),
            (0.36, _one(_low(_DUMBBELLS_UP, 0.29))),
            (0.7, _one(_TOP)),
            (0.76, _one(_TOP)),
            seconds=2.8,
            far=(2, 3),
        ),
        "wall_ball": through(
            (0.0, with_hands(STANDING, (0.08, -0.02, 0.14), (40, 10, -10, 130))),
            (0.4, _low(with_hands(STANDING, (0.08, -0.02, 0.14), (40, 10, -10, 130)), 0.28)),
            (0.68, with_arms(STANDING, (150, 4, 0, 8))),
            (0.78, with_arms(STANDING, (150, 4, 0, 12))),
            seconds=2.2,
            far=(2, 3),
        ),
        "swing_overhead": unnamed(swing_low, over, 1.9, rest=STANDING),
        "swing_low": unnamed(swing_low, with_arms(replace(STANDING, left=_STANCE), (62, -4, 0, 8)), 1.5, rest=STANDING),
        "swing_one": unnamed(_one(swing_low), _one(swing_top), 1.7, rest=STANDING),
        "swing_squatting": unnamed(replace(swing_low, hips=(0.0, 0.36, -0.11), lean=44), swing_top, 1.7, rest=STANDING),
        "slam": unnamed(over, replace(_at_floor(0.06, 0.16, 0.34, 66), curl=14), 1.8),
        "tire_flip": unnamed(
            _at_floor(0.14, 0.14, 0.25, 60), with_arms(replace(STANDING, lean=14), (80, 6, 0, 40)), 3.0
        ),
    }


def _jumps() -> dict[str, Exercise]:
    arms_back, crouch = (-40, 12, 0, 12), _low(with_arms(STANDING, (-40, 12, 0, 12)), 0.38, 34)
    flying = with_feet(
        replace(with_arms(STANDING, (110, 10, 0, 20)), hips=(0.0, 0.63, 0.0)), (0.07, 0.14, 0.0), knee=0, heel=36
    )
    tucked = with_feet(replace(flying, hips=(0.0, 0.66, 0.0), lean=16), (0.07, 0.40, 0.08), knee=30)
    on_box = _low(with_arms(STANDING, (40, 10, 0, 40)), 0.62, 20)
    on_box = replace(on_box, hips=(0.0, 0.66, 0.18), left=replace(on_box.left, foot=(0.09, 0.28, 0.22)))
    star = with_feet(
        replace(with_arms(STANDING, (20, 120, 0, 8)), hips=(0.0, 0.60, 0.0)), (0.26, 0.10, 0.0), knee=0, heel=20
    )
    lunged = KeyPose(
        hips=(0.0, 0.34, 0.0),
        left=Side(foot=(0.06, 0.039, 0.20), arm=(30, 8, 0, 70)),
        right=Side(foot=(0.06, 0.10, -0.24), heel=55, arm=(-20, 8, 0, 70)),
    )
    aside = KeyPose(
        hips=(0.10, 0.42, -0.06),
        lean=20,
        tilt=6,
        left=Side(foot=(0.22, 0.039, 0.0), arm=CLASPED),
        right=Side(foot=(0.06, 0.039, 0.0), arm=CLASPED),
    )
    tap = halves(STANDING, with_feet(with_arms(STANDING, (30, 8, 0, 80)), (0.06, 0.18, 0.20), knee=20))
    cross = with_arms(STANDING, (80, -20, -20, 10))
    return {
        "tuck_jump": through((0.0, STANDING), (0.3, crouch), (0.55, tucked), (0.8, crouch), seconds=1.5, far=(2, 2)),
        "broad_jump": through((0.0, STANDING), (0.4, crouch), (0.6, flying), (0.8, crouch), seconds=1.9, far=(1, 1)),
        "box_jump": through(
            (0.0, STANDING), (0.25, crouch), (0.42, tucked), (0.55, on_box), (0.7, on_box), seconds=3.0, far=(3, 4)
        ),
        "star_jump": through((0.0, crouch), (0.5, star), seconds=1.4, far=(1, 1)),
        "lunge_jump": to_and_fro(lunged, 1.3),
        "side_shuffle": to_and_fro(aside, 1.4),
        "toe_taps": to_and_fro(tap, 0.8),
        "squat_jacks": unnamed(
            _low(with_arms(STANDING, CLASPED), 0.40, 24), _low(with_arms(STANDING, CLASPED), 0.36, 30), 1.0
        ),
        "seal_jack": unnamed(cross, with_feet(with_arms(STANDING, (10, 84, 0, 8)), (0.18, 0.039, 0.0), knee=0), 1.0),
        "half_jack": unnamed(
            with_arms(STANDING, ON_HIPS), with_feet(with_arms(STANDING, ON_HIPS), (0.2, 0.039, 0.0), knee=0), 0.9
        ),
        "step_jack": to_and_fro(
            halves(with_feet(with_arms(STANDING, (10, 120, 0, 10)), (0.24, 0.039, 0.0), knee=0), STANDING), 1.6
        ),
        "uppercuts": to_and_fro(
            halves(replace(with_arms(STANDING, (70, 0, 0, 80)), twist=-20), with_arms(STANDING, (30, 8, -20, 125))), 1.0
        ),
        "hooks": to_and_fro(
            halves(replace(with_arms(STANDING, (60, 60, -40, 90)), twist=-30), with_arms(STANDING, (40, 8, -30, 130))),
            1.1,
        ),
        "front_kick": to_and_fro(
            halves(
                with_arms(STANDING, (40, 8, -30, 130)),
                with_feet(with_arms(STANDING, (40, 8, -30, 130)), (0.05, 0.44, 0.38), knee=30),
            ),
            1.8,
        ),
        "sprint_start": unnamed(
            with_arms(bent_over(20, 0.12), arms_back), with_arms(bent_over(8, 0.05), (60, 8, 0, 90)), 0.9
        ),
    }


STYLES: Final[Mapping[str, Exercise]] = MappingProxyType({**_lifts(), **_jumps()})
"""Name -> how it is done."""
