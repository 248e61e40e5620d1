"""Ways of rowing, pulling down, pulling up and dipping: grips, seats, cables, benches, one side at a time."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from services.simulator.body import KeyPose, Side, Vector
from services.simulator.exercises import lifts, standing
from services.simulator.exercises.daily import SEATED
from services.simulator.exercises.entry import STANDING, Exercise, there_and_back
from services.simulator.exercises.postures import (
    HALF_KNEELING,
    KNEELING,
    Arm,
    bent_over,
    halves,
    hanging,
    with_arms,
    with_hands,
)

_PULLING: Final[Arm] = (-28, 16, 0, 100)
_STRAIGHT: Final[Arm] = (80, 4, 0, 4)
_KNEE_ON_BENCH: Final = Side(
    foot=(0.07, 0.325, -0.33), knee=-70, splay=4, heel=60, hand=(0.10, 0.30, 0.17), arm=(70, 8, 0, 8), palm=1
)
_HAND_ON_THIGH: Final = Side(foot=(0.08, 0.039, 0.19), hand=(0.09, 0.34, 0.12), arm=(40, 10, 0, 40))
_HAND_ON_BENCH: Final = Side(foot=(0.09, 0.039, 0.06), hand=(0.09, 0.30, 0.24), arm=(60, 8, 0, 15), palm=1)
_BAR_ABOVE: Final = 1.245


def _pulled(pose: KeyPose, x: float = 0.14, y: float = -0.19, z: float = 0.085) -> KeyPose:
    return with_hands(pose, (x, y, z), _PULLING)


def _bent_row(lean: float, knees: float, *, grip: float = 0.13, rise: float = 0.0) -> Exercise:
    low = bent_over(lean, knees)
    top = _pulled(replace(low, lean=lean - rise), grip + 0.01)
    return Exercise(
        there_and_back(hanging(low, grip), top), seconds=2.2, rest=lifts.DEADLIFT_TOP, label="row", prop="barbell"
    )


def _one_arm_row(base: KeyPose, support: Side) -> Exercise:
    low = replace(hanging(base), right=support)
    top = replace(_pulled(base, 0.13, -0.2, 0.03), right=support, twist=8)
    return Exercise(there_and_back(low, top), seconds=2.0, rest=STANDING, label="row", prop="dumbbells")


def _cable_row(
    seat: float, feet: float, knee: float, lean: tuple[float, float], *, grip: float = 0.05, y: float = -0.18
) -> Exercise:
    """Sitting with the legs ahead; lean at both ends, y: how far below the shoulders it is pulled to."""
    legs = Side(foot=(0.075, max(feet, 0.039), 0.40 - seat * 0.3), knee=knee, splay=6)
    base = KeyPose(hips=(0.0, seat, -0.06), lean=lean[0], curl=8, nod=-2, left=legs)
    out = with_hands(base, (grip, -0.10, 0.305), _STRAIGHT, roll=-60)
    back = _pulled(replace(base, lean=lean[1], curl=2), grip + 0.03, y, 0.10)
    return Exercise(there_and_back(out, back), seconds=2.4, rest=replace(base, lean=0), label="row", prop="seat")


def _machine_row(grip: float, height: float, *, in_turn: bool = False) -> Exercise:
    base = replace(SEATED, lean=4, curl=2)
    out = with_hands(base, (grip, height, 0.30), (70, 20, 0, 4), roll=-40)
    back = with_hands(base, (grip + 0.04, height - 0.06, 0.09), (-25, 25, 0, 100), roll=-40)
    return Exercise(
        there_and_back(out, halves(back, out) if in_turn else back),
        seconds=2.4, rest=SEATED, label="row", prop="seat", alternating=in_turn,
    )  # fmt: skip


def _standing_row() -> Exercise:
    base = replace(bent_over(14, 0.09), nod=-4)
    out = with_hands(base, (0.07, -0.12, 0.30), _STRAIGHT)
    return Exercise(
        there_and_back(out, _pulled(replace(base, lean=4), 0.11, -0.18, 0.1)), seconds=2.2, rest=STANDING, label="row"
    )


def _row_in_turn() -> Exercise:
    low = hanging(bent_over(62, 0.15, 0.16), 0.1, 0.02, 0.33)
    top = halves(_pulled(bent_over(60, 0.15, 0.16), 0.13, -0.2, 0.04), low)
    return Exercise(there_and_back(low, top), seconds=1.8, rest=STANDING, label="row", alternating=True)


def _pulldown(base: KeyPose, top: Vector, low: Vector, *, back: float = 0.0, flare: float = 45.0) -> Exercise:
    """back: degrees that the trunk leans back meanwhile; flare: degrees of the elbows outward."""
    up = replace(with_hands(base, top, (150, 40, 0, 10)), nod=-10)
    down = replace(with_hands(base, low, (-10, flare, 0, 130)), nod=-6, lean=base.lean - back)
    return Exercise(there_and_back(up, down), seconds=2.8, rest=base, label="lat_pulldown", prop="seat", top=2.2)


def _one_arm_pulldown(base: KeyPose) -> Exercise:
    quiet = replace(base.right or base.left, arm=(20, 8, 0, 40), hand=None, on_chest=False)
    up, down = (replace(with_arms(base, arm), right=quiet, nod=-6) for arm in ((135, 12, 0, 6), (-15, 14, 0, 128)))
    return Exercise(there_and_back(up, down), seconds=2.6, rest=base, label="lat_pulldown", top=2.2)


def _straight_arm_pulldown() -> Exercise:
    base = KeyPose(hips=(0.0, 0.505, -0.06), lean=22, curl=0, nod=-8, left=Side(foot=(0.08, 0.039, 0.0)))
    up, down = with_arms(base, (128, 8, 0, 12)), with_arms(replace(base, lean=16), (4, 8, 0, 12))
    return Exercise(there_and_back(up, down), seconds=2.4, rest=STANDING, label="lat_pulldown", top=2.2)


def _dip(height: float, grip: float, lean: tuple[float, float], depth: float, feet: tuple[float, float]) -> Exercise:
    """On two bars; feet: how far below and behind the hips."""
    below, behind = feet

    def at(drop: float, lean: float) -> KeyPose:
        hips = (0.0, height + 0.03 - drop, -0.01 - 0.0022 * lean)
        side = Side(
            foot=(0.05, max(hips[1] - below, 0.045), hips[2] - behind), heel=50, knee=20,
            hand=(grip, height, 0.0), arm=(-48, 14, 0, 90),
        )  # fmt: skip
        return KeyPose(hips=hips, lean=lean, curl=4, nod=-6, left=side)

    return Exercise(
        there_and_back(at(0.0, lean[0]), at(depth, lean[1])), seconds=2.4, rest=STANDING, label="dip", top=2.3
    )


def _bench_dip(bench: float, feet: tuple[float, float], depth: float) -> Exercise:
    """Hands on a bench behind; feet: how far ahead and how high."""

    def at(drop: float, lean: float) -> KeyPose:
        side = Side(
            foot=(0.075, feet[1], feet[0]), knee=70, splay=4, heel=-20,
            hand=(0.125, bench, -0.03), arm=(-50, 10, 0, 60), palm=1,
        )  # fmt: skip
        return KeyPose(hips=(0.0, bench + 0.035 - drop, 0.085 + drop * 0.1), lean=lean, curl=4, nod=6, left=side)

    return Exercise(there_and_back(at(0.0, -4), at(depth, -2)), seconds=2.2, rest=SEATED, label="dip", prop="seat")


def _machine_dip() -> Exercise:
    down = with_hands(SEATED, (0.14, -0.315, 0.05), (-20, 10, 0, 8))
    up = with_hands(SEATED, (0.14, -0.16, 0.05), (-45, 12, 0, 110))
    return Exercise(there_and_back(down, up), seconds=2.2, rest=SEATED, label="dip", prop="seat")


def _pull_up(grip: float, feet: tuple[float, float], lean: float, flare: float) -> Exercise:
    """feet: how far below and ahead of the hips."""

    def at(hips: float, lean: float, arm: Arm) -> KeyPose:
        side = Side(
            foot=(0.05, hips - feet[0], feet[1]), heel=30, knee=20, hand=(grip, _BAR_ABOVE, 0.0), arm=arm, roll=-85
        )
        return KeyPose(hips=(0.0, hips, 0.01), lean=lean, curl=0, nod=-8, left=side)

    return Exercise(
        there_and_back(at(0.645, 2, (160, 25, 0, 5)), at(0.90, lean, (20, flare, 0, 140))),
        rest=STANDING, way=(standing.UNDER_BAR,), label="pull_up", prop="pull_up_bar", top=2.75,
    )  # fmt: skip


_PRONE_ON_BENCH: Final = KeyPose(
    hips=(0.0, 0.40, 0.0), lean=88, curl=0, nod=-24, left=Side(foot=(0.06, 0.36, -0.48), heel=80, knee=-80, splay=2)
)
_CHEST_ON_BENCH: Final = KeyPose(
    hips=(0.0, 0.40, -0.10), lean=48, curl=0, nod=-16, left=Side(foot=(0.10, 0.07, -0.36), heel=45, knee=-20, splay=8)
)
_SPLIT_STANCE: Final = replace(
    bent_over(44, 0.07), right=Side(foot=(0.08, 0.05, -0.26), heel=30, arm=(20, 10, 0, 50)), nod=-14
)
_CROUCHED: Final = KeyPose(hips=(0.0, 0.38, -0.10), lean=24, curl=2, left=Side(foot=(0.09, 0.039, 0.0), splay=16))


def _inverted_row(top: float, *, knees: bool = False, grip: float = 0.15) -> Exercise:
    """Hanging under a low bar on straight arms, face up; top: degrees of the body to the floor when pulled up."""

    def at(angle: float, arm: Arm) -> KeyPose:
        rise, ahead = math.sin(math.radians(angle)), math.cos(math.radians(angle))
        foot, heel, knee = ((0.09, 0.039, 0.30), 0.0, 75.0) if knees else ((0.06, 0.05, 0.47), -20.0, 80.0)
        hips = (0.0, 0.05 + 0.491 * rise, 0.47 - 0.491 * ahead)
        side = Side(foot=foot, heel=heel, knee=knee, hand=(grip, 0.60, -0.10), arm=arm, roll=-85)
        return KeyPose(hips=hips, lean=angle - 90, curl=0, nod=10, left=side)

    return Exercise(
        there_and_back(at(20, (90, 10, 0, 6)), at(top, (-20, 30, 0, 110))), seconds=2.2, label="row", lying=True
    )


def _kneeling_row(base: KeyPose, *, one: bool = False) -> Exercise:
    out, back = with_hands(base, (0.07, -0.06, 0.31), _STRAIGHT), _pulled(base, 0.12, -0.17, 0.1)
    if one:
        quiet = replace(base.right or base.left, arm=(16, 10, 0, 50), hand=None, on_chest=False)
        out, back = replace(out, right=quiet), replace(back, right=quiet)
    return Exercise(there_and_back(out, back), seconds=2.2, rest=base, label="row")


def _pulldown_in_turn(base: KeyPose) -> Exercise:
    up = replace(with_hands(base, (0.15, 0.30, 0.05), (150, 40, 0, 10)), nod=-8)
    down = halves(with_hands(base, (0.18, -0.02, 0.08), (-10, 40, 0, 130)), up)
    return Exercise(
        there_and_back(up, down), seconds=2.4, rest=base, label="lat_pulldown", prop="seat", top=2.2, alternating=True
    )


def _straight_arms(base: KeyPose, high: float, low: float) -> Exercise:
    up, down = with_arms(base, (high, 8, 0, 12)), with_arms(replace(base, lean=base.lean - 6), (low, 8, 0, 12))
    return Exercise(there_and_back(up, down), seconds=2.4, rest=base, label="lat_pulldown", top=2.2)


STYLES: Final[Mapping[str, Exercise]] = MappingProxyType(
    {
        "row_bent_low": _bent_row(76, 0.05),
        "row_bent_middle": _bent_row(55, 0.06),
        "row_bent_high": _bent_row(36, 0.05, grip=0.12, rise=6),
        "row_bent_upright": _bent_row(24, 0.06, grip=0.1),
        "row_narrow": _bent_row(48, 0.1, grip=0.05),
        "row_knee_on_bench": _one_arm_row(bent_over(76, 0.03), _KNEE_ON_BENCH),
        "row_hand_on_thigh": _one_arm_row(bent_over(52, 0.09), _HAND_ON_THIGH),
        "row_hand_on_bench": _one_arm_row(bent_over(66, 0.08), _HAND_ON_BENCH),
        "row_cable": _cable_row(0.20, 0.16, 60, (14, -6)),
        "row_cable_low": _cable_row(0.11, 0.09, 60, (18, -8)),
        "row_cable_on_floor": _cable_row(0.065, 0.05, 75, (10, -10)),
        "row_cable_wide": _cable_row(0.18, 0.16, 70, (8, -4), grip=0.17, y=-0.12),
        "row_machine": _machine_row(0.12, -0.1),
        "row_machine_wide": _machine_row(0.2, -0.05),
        "row_machine_in_turn": _machine_row(0.12, -0.08, in_turn=True),
        "row_standing": _standing_row(),
        "row_in_turn": _row_in_turn(),
        "pulldown_wide": _pulldown(SEATED, (0.25, 0.285, 0.02), (0.245, 0.03, 0.06), back=10, flare=55),
        "pulldown_close": _pulldown(SEATED, (0.07, 0.315, 0.06), (0.09, -0.03, 0.10), back=14, flare=15),
        "pulldown_leaning": _pulldown(
            replace(SEATED, lean=-6), (0.18, 0.30, 0.06), (0.18, -0.03, 0.1), back=16, flare=35
        ),
        "pulldown_kneeling": _pulldown(KNEELING, (0.15, 0.30, 0.08), (0.16, -0.02, 0.08), back=6, flare=35),
        "pulldown_standing": _pulldown(STANDING, (0.2, 0.295, 0.05), (0.22, 0.0, 0.07), back=2),
        "pulldown_behind": _pulldown(replace(SEATED, lean=8), (0.24, 0.285, -0.02), (0.24, 0.05, -0.05), flare=60),
        "pulldown_one_half_kneeling": _one_arm_pulldown(HALF_KNEELING),
        "pulldown_one_kneeling": _one_arm_pulldown(KNEELING),
        "pulldown_one_seated": _one_arm_pulldown(SEATED),
        "pulldown_straight_arms": _straight_arm_pulldown(),
        "dip_upright": _dip(0.62, 0.15, (2, 8), 0.13, (0.40, 0.12)),
        "dip_leaning": _dip(0.62, 0.16, (10, 34), 0.15, (0.30, 0.20)),
        "dip_straight": _dip(0.66, 0.14, (4, 16), 0.13, (0.475, 0.04)),
        "dip_knees_up": _dip(0.6, 0.15, (6, 14), 0.13, (0.28, -0.05)),
        "dip_wide": _dip(0.62, 0.2, (6, 22), 0.13, (0.33, 0.18)),
        "dip_bench_straight": _bench_dip(0.25, (0.5, 0.05), 0.13),
        "dip_bench_bent": _bench_dip(0.25, (0.33, 0.039), 0.12),
        "dip_bench_feet_up": _bench_dip(0.25, (0.5, 0.25), 0.13),
        "dip_low_bench": _bench_dip(0.16, (0.40, 0.039), 0.09),
        "dip_machine": _machine_dip(),
        "chin_up": _pull_up(0.09, (0.46, -0.10), -12, 10),
        "pull_up_wide": _pull_up(0.23, (0.44, -0.14), -6, 50),
        "pull_up_knees_up": _pull_up(0.15, (0.30, 0.06), -10, 30),
        "pull_up_straight": _pull_up(0.16, (0.485, -0.01), -4, 30),
        "row_flat": _bent_row(86, 0.10, grip=0.15),
        "row_underhand": _bent_row(44, 0.08, grip=0.1, rise=5),
        "row_wide": _bent_row(62, 0.06, grip=0.2),
        "row_rising": _bent_row(58, 0.05, rise=16),
        "row_prone_on_bench": Exercise(
            there_and_back(hanging(_PRONE_ON_BENCH, 0.15, 0.0), _pulled(_PRONE_ON_BENCH, 0.17, -0.12, 0.07)),
            seconds=2.0,
            label="row",
            prop="dumbbells",
            lying=True,
        ),
        "row_chest_on_bench": Exercise(
            there_and_back(hanging(_CHEST_ON_BENCH, 0.14, 0.0), _pulled(_CHEST_ON_BENCH, 0.15, -0.17, 0.06)),
            seconds=2.0,
            rest=_CHEST_ON_BENCH,
            label="row",
            prop="dumbbells",
        ),
        "row_inverted": _inverted_row(38),
        "row_inverted_wide": _inverted_row(34, grip=0.22),
        "row_inverted_knees": _inverted_row(36, knees=True),
        "row_split_stance": _one_arm_row(_SPLIT_STANCE, replace(_SPLIT_STANCE.left, arm=(30, 10, 0, 60))),
        "row_one_low": _one_arm_row(bent_over(64, 0.1), _HAND_ON_THIGH),
        "row_cable_high": _cable_row(0.2, 0.16, 60, (-2, -12), grip=0.14, y=-0.05),
        "row_band_on_floor": _cable_row(0.065, 0.05, 85, (3, -4), grip=0.06, y=-0.15),
        "row_kneeling": _kneeling_row(KNEELING),
        "row_half_kneeling_one": _kneeling_row(HALF_KNEELING, one=True),
        "row_crouched": _kneeling_row(_CROUCHED),
        "pulldown_machine": _pulldown(replace(SEATED, lean=2), (0.17, 0.29, 0.11), (0.2, -0.02, 0.12), flare=30),
        "pulldown_underhand": _pulldown(SEATED, (0.1, 0.31, 0.07), (0.11, -0.06, 0.12), back=12, flare=8),
        "pulldown_very_wide": _pulldown(SEATED, (0.28, 0.26, 0.0), (0.27, 0.05, 0.04), back=4, flare=65),
        "pulldown_far_back": _pulldown(
            replace(SEATED, lean=-18), (0.16, 0.29, 0.12), (0.15, -0.1, 0.12), back=14, flare=25
        ),
        "pulldown_half": _pulldown(SEATED, (0.22, 0.29, 0.03), (0.23, 0.12, 0.06), back=5),
        "pulldown_crouched": _pulldown(_CROUCHED, (0.14, 0.29, 0.1), (0.16, -0.04, 0.1), back=4, flare=35),
        "pulldown_in_turn": _pulldown_in_turn(SEATED),
        "pulldown_in_turn_kneeling": _pulldown_in_turn(KNEELING),
        "pulldown_straight_arms_low": _straight_arms(bent_over(40, 0.05), 150, 20),
        "pulldown_straight_arms_upright": _straight_arms(STANDING, 105, 8),
        "pulldown_straight_arms_kneeling": _straight_arms(KNEELING, 140, 10),
        "dip_deep": _dip(0.62, 0.17, (4, 26), 0.17, (0.33, 0.16)),
        "dip_shallow": _dip(0.62, 0.15, (2, 10), 0.08, (0.38, 0.10)),
        "dip_bench_weighted": _bench_dip(0.25, (0.42, 0.05), 0.15),
        "pull_up_close": _pull_up(0.05, (0.45, -0.10), -10, 12),
        "pull_up_legs_back": _pull_up(0.16, (0.24, -0.24), -4, 35),
        "pull_up_very_wide": _pull_up(0.27, (0.46, -0.08), -2, 60),
        "pull_up_leaning": _pull_up(0.18, (0.42, 0.12), -22, 40),
    }
)
"""Name -> how it is done; its label says what it is."""
