"""More exercises that models have no name for: on the floor, and stretching."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from services.simulator.body import KeyPose, Side
from services.simulator.exercises import floor
from services.simulator.exercises.entry import STANDING, Exercise
from services.simulator.exercises.others import held, through, to_and_fro, unnamed
from services.simulator.exercises.postures import (
    HALF_KNEELING,
    KNEELING,
    ON_ALL_FOURS,
    ON_THE_BACK,
    PRONE,
    bent_over,
    halves,
    with_arms,
    with_feet,
)


def _floor() -> dict[str, Exercise]:
    plank, flat = floor.PLANK_UP, with_arms(ON_THE_BACK, (6, 14, 0, 6))
    crouched = replace(floor.CROUCH, left=replace(floor.CROUCH.left, hand=(0.135, 0.03, 0.27)))
    wide = with_feet(plank, (0.20, 0.105, -0.44), knee=-60, heel=72)
    piked = replace(plank, hips=(0.0, 0.44, -0.14), lean=122)
    low_piked = replace(piked, hips=(0.0, 0.40, -0.10), lean=136, left=replace(piked.left, arm=(20, 50, 0, 100)))
    forearms = KeyPose(
        hips=(0.0, 0.185, 0.0),
        lean=81,
        curl=2,
        nod=-10,
        left=Side(
            foot=(0.05, 0.105, -0.48), heel=72, knee=-60, arm=(70, 10, -20, 90), hand=(0.075, 0.028, 0.425), palm=1
        ),
    )
    bent_up = with_feet(flat, (0.06, 0.30, 0.14), knee=85)
    dead_bug = with_arms(bent_up, (90, 6, 0, 6))
    reached = halves(
        with_feet(with_arms(dead_bug, (165, 6, 0, 6)), (0.06, 0.30, 0.14), knee=85),
        with_feet(dead_bug, (0.06, 0.10, 0.46), knee=80),
    )
    wheel = with_arms(replace(KNEELING, lean=40, hips=(0.0, 0.28, 0.0)), (60, 6, 0, 8))
    rolled = with_arms(replace(KNEELING, lean=80, hips=(0.0, 0.22, 0.10)), (150, 6, 0, 8))
    crab = KeyPose(
        hips=(0.0, 0.17, 0.0),
        lean=-48,
        left=Side(foot=(0.09, 0.039, 0.26), knee=75, hand=(0.14, 0.03, -0.24), arm=(-50, 10, 0, 10), palm=1),
    )
    hollow = with_feet(with_arms(replace(ON_THE_BACK, lean=-72, curl=8), (160, 8, 0, 8)), (0.05, 0.14, 0.46), knee=80)
    up_legs = with_feet(flat, (0.05, 0.52, 0.06), knee=80)
    toes = with_feet(with_arms(replace(ON_THE_BACK, lean=-62, curl=24), (100, 4, 0, 8)), (0.05, 0.52, 0.06), knee=80)
    thrust_low = KeyPose(
        hips=(0.0, 0.13, 0.0),
        lean=-56,
        nod=24,
        left=Side(foot=(0.085, 0.039, 0.29), knee=75, hand=(0.125, 0.235, 0.045), arm=(30, 20, 0, 40)),
    )
    thrust_top = replace(
        thrust_low, hips=(0.0, 0.29, 0.05), lean=-90, nod=30, left=replace(thrust_low.left, hand=(0.125, 0.395, 0.03))
    )
    free_low, free_top = with_arms(thrust_low, (10, 50, 0, 40)), with_arms(thrust_top, (10, 50, 0, 40))
    return {
        "squat_thrust": unnamed(crouched, plank, 1.6),
        "plank_jack": unnamed(plank, wide, 1.0),
        "inchworm": through(
            (0.0, STANDING),
            (0.3, replace(bent_over(100, 0.02), left=replace(crouched.left, foot=(0.08, 0.039, 0.0)))),
            (0.5, plank),
            (0.6, plank),
            seconds=5.0,
            far=(2, 3),
        ),
        "pike_push_up": unnamed(piked, low_piked, 2.2),
        "plank_up_down": to_and_fro(halves(plank, forearms), 2.4),
        "plank_hip_dips": to_and_fro(replace(forearms, twist=26, tilt=6), 2.0),
        "plank_reach": to_and_fro(halves(with_arms(plank, (160, 10, 0, 8)), plank), 2.2),
        "spider_climber": to_and_fro(halves(with_feet(plank, (0.20, 0.16, -0.06), knee=10, splay=60), plank), 2.0),
        "bear_held": held(replace(ON_ALL_FOURS, left=replace(ON_ALL_FOURS.left, foot=(0.07, 0.08, -0.22), heel=60))),
        "dead_bug": to_and_fro(reached, 2.4),
        "wheel": unnamed(wheel, rolled, 3.0, rest=KNEELING),
        "crab_dip": unnamed(crab, replace(crab, hips=(0.0, 0.09, -0.02)), 1.6),
        "crab_reach": to_and_fro(
            halves(replace(crab, hips=(0.0, 0.24, 0.0), lean=-70), with_arms(crab, (130, 10, 0, 8))), 2.4
        ),
        "hollow_held": held(hollow),
        "hollow_rock": unnamed(hollow, replace(hollow, lean=-62), 1.4),
        "reverse_crunch": unnamed(
            bent_up, with_feet(replace(flat, hips=(0.0, 0.11, 0.0), lean=-98), (0.06, 0.36, -0.06), knee=85), 1.8
        ),
        "toe_touch_lying": unnamed(with_arms(up_legs, (90, 4, 0, 8)), toes, 1.6),
        "scissors": to_and_fro(halves(up_legs, with_feet(flat, (0.05, 0.14, 0.46), knee=80)), 1.2),
        "leg_aside_lying": unnamed(
            KeyPose(
                hips=(0.0, 0.09, 0.0),
                lean=0,
                tilt=86,
                left=Side(foot=(-0.48, 0.05, 0.0), arm=(160, 10, 0, 30)),
                right=Side(foot=(0.48, 0.06, 0.0), arm=(20, 0, -30, 60)),
            ),
            KeyPose(
                hips=(0.0, 0.09, 0.0),
                lean=0,
                tilt=86,
                left=Side(foot=(-0.48, 0.05, 0.0), arm=(160, 10, 0, 30)),
                right=Side(foot=(0.36, 0.36, 0.0), arm=(20, 0, -30, 60)),
            ),
            1.8,
        ),
        "swimmer": to_and_fro(
            halves(with_arms(replace(PRONE, lean=78), (172, 8, 0, 6)), with_feet(PRONE, (0.05, 0.13, -0.47), knee=-80)),
            1.2,
        ),
        "prone_w": unnamed(
            with_arms(replace(PRONE, lean=80), (165, 16, 0, 6)),
            with_arms(replace(PRONE, lean=80), (60, 60, 0, 110)),
            2.0,
        ),
        "hip_thrust_free": unnamed(free_low, free_top, 2.0, rest=free_low),
        "hip_thrust_slow": unnamed(thrust_low, thrust_top, 3.4, rest=thrust_low),
        "hip_thrust_half": unnamed(
            replace(thrust_low, hips=(0.0, 0.20, 0.03), lean=-70), thrust_top, 1.6, rest=thrust_low
        ),
        "hip_thrust_one_leg": unnamed(
            halves(free_low, with_feet(free_low, (0.06, 0.34, 0.30), knee=80)),
            halves(free_top, with_feet(free_top, (0.06, 0.46, 0.36), knee=80)),
            2.2,
            rest=free_low,
        ),
        "l_sit_held": held(
            KeyPose(
                hips=(0.0, 0.14, 0.0),
                lean=6,
                left=Side(foot=(0.05, 0.16, 0.48), knee=85, hand=(0.12, 0.06, 0.02), arm=(0, 10, 0, 6)),
            )
        ),
        "cobra": unnamed(PRONE, replace(PRONE, lean=40, curl=-34, left=replace(PRONE.left, arm=(40, 12, 0, 30))), 4.0),
        "child_held": held(
            KeyPose(
                hips=(0.0, 0.19, -0.16),
                lean=82,
                curl=16,
                left=Side(foot=(0.06, 0.07, -0.30), heel=80, knee=-80, arm=(172, 14, 0, 14)),
            )
        ),
        "warrior_held": held(
            KeyPose(
                hips=(0.0, 0.36, 0.0),
                twist=60,
                left=Side(foot=(0.05, 0.039, 0.30), arm=(0, 88, 0, 6)),
                right=Side(foot=(0.05, 0.039, -0.34), arm=(0, 88, 0, 6)),
            )
        ),
        "lunge_stretch_held": held(with_arms(replace(HALF_KNEELING, hips=(0.0, 0.25, 0.08)), (150, 14, 0, 10))),
        "forward_fold_held": held(
            replace(with_arms(replace(STANDING, hips=(0.0, 0.515, -0.10)), (80, 4, 0, 6)), lean=110, curl=30)
        ),
        "pistol": unnamed(
            halves(
                with_arms(STANDING, (86, 6, 0, 8)),
                with_feet(with_arms(STANDING, (86, 6, 0, 8)), (0.05, 0.14, 0.20), knee=20),
            ),
            halves(
                with_arms(KeyPose(hips=(0.03, 0.24, -0.08), lean=34), (86, 6, 0, 8)),
                with_feet(with_arms(STANDING, (86, 6, 0, 8)), (0.05, 0.18, 0.42), knee=60),
            ),
            3.2,
        ),
        "sissy_squat": unnamed(
            STANDING,
            KeyPose(hips=(0.0, 0.36, 0.14), lean=-34, left=Side(foot=(0.07, 0.08, 0.0), heel=45, knee=-10)),
            2.6,
        ),
        "get_up_from_back": through(
            (0.0, with_arms(flat, (88, 4, 0, 6))),
            (0.35, with_arms(floor.SITTING, (140, 8, 0, 6))),
            (0.6, with_arms(HALF_KNEELING, (170, 8, 0, 6))),
            (0.8, with_arms(STANDING, (172, 8, 0, 6))),
            (0.88, with_arms(STANDING, (172, 8, 0, 6))),
            seconds=7.0,
            far=(3, 4),
        ),
    }


STYLES: Final[Mapping[str, Exercise]] = MappingProxyType({**_floor()})
"""Name -> how it is done."""
