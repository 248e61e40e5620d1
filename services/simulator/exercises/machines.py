"""More exercises that models have no name for: on machines and cables, for endurance and for single muscles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from services.simulator.body import KeyPose, Side
from services.simulator.exercises.daily import SEATED
from services.simulator.exercises.entry import STANDING, Exercise
from services.simulator.exercises.others import through, to_and_fro, unnamed
from services.simulator.exercises.postures import (
    CLASPED,
    KNEELING,
    LEANING_BACK,
    bent_over,
    halves,
    with_arms,
    with_feet,
    with_hands,
)


def _machines() -> dict[str, Exercise]:
    def rowing(seat: float, lean: float, hand: float, back: float, arm: tuple[float, float, float, float]) -> KeyPose:
        side = Side(foot=(0.06, 0.10, 0.30), knee=80, splay=6, hand=(0.06, back, hand), on_chest=True, arm=arm)
        return KeyPose(hips=(0.0, 0.17, seat), lean=lean, curl=8, left=side)

    catch = rowing(0.10, 24, 0.31, -0.10, (80, 4, 0, 4))
    drive = rowing(-0.12, -4, 0.31, -0.12, (80, 4, 0, 4))
    finish = rowing(-0.12, -18, 0.10, -0.16, (-28, 16, 0, 100))
    saddle = KeyPose(
        hips=(0.0, 0.55, -0.05),
        lean=38,
        left=Side(foot=(0.05, 0.12, 0.10), knee=10, hand=(0.10, 0.62, 0.34), arm=(60, 10, 0, 20)),
    )
    pedal = halves(saddle, with_feet(saddle, (0.05, 0.30, 0.10), knee=10))
    upright = with_arms(replace(saddle, lean=10), (10, 10, 0, 20))
    stride = KeyPose(
        lean=4,
        left=Side(foot=(0.06, 0.06, 0.17), arm=(-10, 10, 0, 80)),
        right=Side(foot=(0.06, 0.10, -0.17), heel=20, arm=(50, 10, 0, 30)),
    )
    climb = halves(
        with_arms(replace(STANDING, lean=10), (40, 10, 0, 60)),
        with_feet(with_arms(STANDING, (40, 10, 0, 60)), (0.06, 0.22, 0.12), knee=10),
    )
    sitting = with_arms(LEANING_BACK, (6, 12, 0, 30))
    curled_legs = with_feet(sitting, (0.085, 0.06, -0.16), knee=40, heel=10)
    crunch = with_arms(SEATED, (110, 30, -30, 138))
    cable_low, cable_high = (
        with_arms(replace(STANDING, lean=-2), (120, 5, 0, 12)),
        with_arms(replace(bent_over(52, 0.08), curl=14), (40, 5, 0, 20)),
    )
    kneeling_crunch = with_arms(KNEELING, (120, 10, -20, 135))
    pressed = with_hands(STANDING, (0.0, -0.06, 0.31), (80, 0, -10, 6))
    near = with_hands(STANDING, (0.0, -0.08, 0.12), (20, 10, -30, 120))
    glute = halves(
        with_arms(replace(STANDING, lean=20), (60, 10, 0, 40)),
        with_feet(STANDING, (0.06, 0.16, -0.30), knee=-20, heel=40),
    )
    return {
        "rowing_machine": through(
            (0.0, catch), (0.25, drive), (0.4, finish), (0.48, finish), (0.62, drive), seconds=2.4, far=(2, 3)
        ),
        "cycling": to_and_fro(pedal, 0.8),
        "cycling_upright": to_and_fro(halves(upright, with_feet(upright, (0.05, 0.30, 0.10), knee=10)), 0.9),
        "elliptical": to_and_fro(stride, 1.2),
        "stairs": to_and_fro(climb, 1.3),
        "leg_curl_seated": unnamed(with_feet(sitting, (0.085, 0.22, 0.26), knee=60), curled_legs, 2.2, rest=SEATED),
        "leg_curl_standing": unnamed(
            with_arms(STANDING, (50, 8, 0, 40)),
            halves(with_arms(STANDING, (50, 8, 0, 40)), with_feet(STANDING, (0.06, 0.30, -0.20), knee=-70)),
            2.0,
        ),
        "crunch_machine": unnamed(crunch, replace(crunch, lean=38, curl=24), 2.2, rest=SEATED),
        "back_machine": unnamed(
            with_arms(replace(SEATED, lean=30), CLASPED),
            with_arms(replace(SEATED, lean=-24), CLASPED),
            2.6,
            rest=SEATED,
        ),
        "cable_crunch": unnamed(kneeling_crunch, replace(kneeling_crunch, lean=66, curl=30), 2.4, rest=KNEELING),
        "ski_machine": unnamed(cable_low, cable_high, 1.5),
        "pallof_press": unnamed(near, pressed, 2.4),
        "cable_turn": to_and_fro(replace(pressed, twist=38), 2.6),
        "calf_raise_seated": unnamed(
            SEATED, with_feet(SEATED, (0.085, 0.085, 0.045), knee=35, heel=32), 1.6, rest=SEATED
        ),
        "cable_kickback": unnamed(halves(with_arms(replace(STANDING, lean=20), (60, 10, 0, 40)), STANDING), glute, 1.8),
        "hack_press": unnamed(
            with_arms(
                replace(LEANING_BACK, hips=(0.0, 0.42, -0.1), lean=-24, left=Side(foot=(0.1, 0.039, 0.12))),
                (30, 40, 0, 120),
            ),
            with_arms(
                replace(STANDING, hips=(0.0, 0.50, -0.06), lean=-24, left=Side(foot=(0.1, 0.039, 0.12))),
                (30, 40, 0, 120),
            ),
            2.6,
        ),
        "band_apart": unnamed(with_arms(STANDING, (86, 4, 0, 8)), with_arms(STANDING, (30, 84, 0, 8)), 1.8),
        "rotation_out": unnamed(with_arms(STANDING, (4, 4, -70, 90)), with_arms(STANDING, (4, 6, 40, 90)), 1.8),
        "halo": through(
            (0.0, with_hands(STANDING, (0.0, 0.06, 0.16), (80, 30, -20, 130))),
            (0.25, with_hands(replace(STANDING, tilt=4), (-0.09, 0.16, 0.02), (110, 40, 0, 135))),
            (0.5, with_hands(STANDING, (0.0, 0.12, -0.1), (130, 40, 0, 135))),
            (0.75, with_hands(replace(STANDING, tilt=-4), (0.12, 0.16, 0.02), (110, 40, 0, 135))),
            seconds=2.6,
            far=(2, 2),
        ),
        "wrist_curl": unnamed(with_arms(SEATED, (30, 8, 0, 70)), with_arms(SEATED, (32, 8, 0, 84)), 1.4, rest=SEATED),
        "sled_push": to_and_fro(
            KeyPose(
                hips=(0.0, 0.42, -0.10),
                lean=56,
                left=Side(foot=(0.06, 0.039, 0.06), hand=(0.12, 0.60, 0.40), arm=(80, 10, 0, 20)),
                right=Side(foot=(0.06, 0.07, -0.36), heel=40, hand=(0.12, 0.60, 0.40), arm=(80, 10, 0, 20)),
            ),
            1.0,
        ),
    }


STYLES: Final[Mapping[str, Exercise]] = MappingProxyType({**_machines()})
"""Name -> how it is done."""
