"""Ways of pressing over the head, from a bench and from the floor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from services.simulator.body import KeyPose, Side, Vector
from services.simulator.exercises import floor
from services.simulator.exercises.daily import SEATED
from services.simulator.exercises.entry import STANDING, Exercise, there_and_back
from services.simulator.exercises.postures import HALF_KNEELING, KNEELING, LEANING_BACK, halves, with_hands

_WIDE_STANCE: Final = replace(STANDING, left=Side(foot=(0.15, 0.039, 0.0), splay=14))
_FEET_BESIDE: Final = Side(foot=(0.1, 0.039, 0.27), knee=75, splay=8)


def _press(base: KeyPose, low: Vector, top: Vector, *, in_turn: bool = False, dipping: bool = False) -> Exercise:
    """From the shoulders over the head; dipping: with a push of the legs."""
    down = with_hands(base, low, (40, 35, 0, 130))
    up = with_hands(base, top, (165, 25, 0, 5))
    up = halves(up, down) if in_turn else up
    cycle = there_and_back(down, up)
    if dipping:
        sunk = replace(down, hips=(0.0, 0.46, -0.03), lean=4, left=replace(down.left, splay=25))
        cycle = ((0.0, down), (0.25, sunk), (0.55, up), (0.62, up), (1.0, down))
    return Exercise(
        cycle, seconds=2.4, far=(2, 3) if dipping else (1, 2), rest=base, label="overhead_press",
        prop="dumbbells", top=2.45, alternating=in_turn,
    )  # fmt: skip


def _bench_press(
    low: Vector, top: Vector, *, lean: float = -90, hips: float = 0.32, feet: Side = floor.BENCH_FEET
) -> Exercise:
    base = KeyPose(hips=(0.0, hips, 0.0), lean=lean, curl=0, nod=4, left=feet)
    up, down = with_hands(base, top, (80, 45, 0, 10)), with_hands(base, low, (5, 58, 0, 95))
    return Exercise(
        there_and_back(up, down), seconds=2.6, label="bench_press", prop="bench+barbell", discs=0.105, top=1.55,
        lying=True,
    )  # fmt: skip


def _push_up(up: KeyPose, down: KeyPose) -> Exercise:
    return Exercise(
        there_and_back(up, down), seconds=2.0, rest=STANDING, way=(floor.CROUCH,), label="push_up", prop="mat",
        lying=True,
    )  # fmt: skip


def _on_feet(height: float, grip: float, elbow: float) -> Exercise:
    """Hands on something of a height; elbow: degrees that the upper arms go outward."""
    side = replace(floor.PLANK_UP.left, hand=(grip, height, 0.27))
    up = replace(floor.PLANK_UP, hips=(0.0, 0.268 + height * 0.45, 0.0), lean=71 - height * 60, left=side)
    down = replace(
        floor.PLANK_DOWN, hips=(0.0, 0.132 + height * 0.45, 0.022), lean=86.5 - height * 60,
        left=replace(side, arm=(-25, elbow, 0, 90)),
    )  # fmt: skip
    return _push_up(up, down)


def _on_knees() -> Exercise:
    side = Side(
        foot=(0.05, 0.12, -0.42), heel=80, toes=0, knee=-80, splay=0, arm=(75, 25, -30, 10),
        hand=(0.135, 0.03, 0.27), palm=1,
    )  # fmt: skip
    up = KeyPose(hips=(0.0, 0.225, -0.02), lean=63, curl=0, nod=-12, left=side)
    down = KeyPose(hips=(0.0, 0.12, 0.02), lean=84, curl=0, nod=-12, left=replace(side, arm=(-25, 48, 0, 90)))
    return _push_up(up, down)


_STRIDE: Final = KeyPose(
    hips=(0.0, 0.50, 0.0), left=Side(foot=(0.07, 0.039, 0.18)), right=Side(foot=(0.07, 0.07, -0.18), heel=28)
)
_FEET_IN_AIR: Final = Side(foot=(0.06, 0.56, 0.10), knee=85, splay=4)
_FEET_ON_BENCH: Final = Side(foot=(0.07, 0.33, 0.26), knee=80, splay=6)
_LEGS_OUT: Final = Side(foot=(0.08, 0.045, 0.47), knee=80, splay=4)
_FEET_UP: Final = replace(
    floor.PLANK_UP, hips=(0.0, 0.33, 0.0), lean=84, left=replace(floor.PLANK_UP.left, foot=(0.05, 0.30, -0.48))
)
_FEET_UP_DOWN: Final = replace(
    floor.PLANK_DOWN, hips=(0.0, 0.21, 0.02), lean=99, left=replace(floor.PLANK_DOWN.left, foot=(0.05, 0.30, -0.47))
)


def _one_arm(base: KeyPose, low: Vector, top: Vector) -> Exercise:
    """Over the head with the left arm, while the right one is quiet."""
    quiet = replace(base.right or base.left, arm=(2, 14, -8, 20), hand=None, on_chest=False)
    whole = _press(base, low, top)
    return replace(whole, cycle=tuple((share, replace(pose, right=quiet)) for share, pose in whole.cycle))


def _bench_in_turn() -> Exercise:
    whole = _bench_press((0.21, -0.07, 0.03), (0.12, -0.03, 0.315))
    up, down = whole.cycle[0][1], whole.cycle[1][1]
    return replace(whole, cycle=there_and_back(up, halves(down, up)), alternating=True)


STYLES: Final[Mapping[str, Exercise]] = MappingProxyType(
    {
        "press_dumbbells": _press(STANDING, (0.20, 0.03, 0.03), (0.12, 0.315, 0.0)),
        "press_seated": _press(LEANING_BACK, (0.20, 0.03, 0.04), (0.12, 0.315, 0.03)),
        "press_machine": _press(LEANING_BACK, (0.19, 0.03, 0.08), (0.17, 0.30, 0.07)),
        "press_seated_bar": _press(LEANING_BACK, (0.16, 0.02, 0.08), (0.16, 0.312, 0.02)),
        "press_behind": _press(STANDING, (0.2, 0.05, -0.04), (0.2, 0.295, -0.01)),
        "press_in_turn": _press(STANDING, (0.17, 0.0, 0.06), (0.1, 0.318, 0.0), in_turn=True),
        "press_pushed": _press(STANDING, (0.142, 0.008, 0.085), (0.15, 0.314, 0.0), dipping=True),
        "press_narrow": _press(STANDING, (0.06, 0.02, 0.09), (0.08, 0.318, 0.02)),
        "press_kneeling": _press(KNEELING, (0.18, 0.02, 0.05), (0.12, 0.315, 0.0)),
        "press_wide": _press(_WIDE_STANCE, (0.24, 0.05, 0.03), (0.22, 0.285, 0.0)),
        "press_seated_upright": _press(SEATED, (0.17, 0.02, 0.05), (0.14, 0.31, 0.0)),
        "bench_dumbbells": _bench_press((0.22, -0.07, 0.03), (0.11, -0.03, 0.32)),
        "bench_close": _bench_press((0.09, -0.14, 0.09), (0.09, -0.06, 0.318)),
        "bench_incline": _bench_press((0.2, -0.03, 0.06), (0.15, 0.08, 0.31), lean=-52, hips=0.30),
        "bench_floor": _bench_press((0.2, -0.08, 0.06), (0.16, -0.03, 0.315), hips=0.065, feet=_FEET_BESIDE),
        "bench_wide": _bench_press((0.24, -0.06, 0.06), (0.23, -0.03, 0.28)),
        "push_up_knees": _on_knees(),
        "push_up_narrow": _on_feet(0.03, 0.09, 20),
        "push_up_wide": _on_feet(0.03, 0.19, 62),
        "push_up_raised": _on_feet(0.22, 0.135, 45),
        "press_turning": _press(STANDING, (0.10, -0.02, 0.12), (0.12, 0.318, 0.0)),
        "press_one": _one_arm(STANDING, (0.18, 0.02, 0.05), (0.10, 0.318, 0.0)),
        "press_one_seated": _one_arm(SEATED, (0.18, 0.02, 0.05), (0.10, 0.318, 0.0)),
        "press_landmine": _one_arm(replace(HALF_KNEELING, lean=10), (0.12, 0.0, 0.10), (0.06, 0.22, 0.23)),
        "press_on_floor": _press(floor.SITTING, (0.18, 0.02, 0.05), (0.12, 0.315, 0.0)),
        "press_leaning_back": _press(replace(STANDING, lean=-10, curl=-6), (0.15, 0.02, 0.08), (0.15, 0.312, 0.03)),
        "press_seated_in_turn": _press(LEANING_BACK, (0.19, 0.02, 0.04), (0.12, 0.315, 0.02), in_turn=True),
        "press_half": _press(STANDING, (0.19, 0.08, 0.04), (0.14, 0.31, 0.0)),
        "press_split_stance": _press(_STRIDE, (0.15, 0.01, 0.08), (0.15, 0.314, 0.0)),
        "press_dipping_dumbbells": _press(STANDING, (0.19, 0.03, 0.05), (0.13, 0.315, 0.0), dipping=True),
        "bench_decline": _bench_press((0.2, -0.12, 0.05), (0.15, -0.10, 0.30), lean=-104, hips=0.36),
        "bench_incline_dumbbells": _bench_press((0.22, -0.02, 0.05), (0.10, 0.08, 0.31), lean=-58, hips=0.30),
        "bench_incline_low": _bench_press((0.2, -0.05, 0.05), (0.15, 0.03, 0.315), lean=-70, hips=0.31),
        "bench_steep": _bench_press((0.19, 0.0, 0.08), (0.14, 0.14, 0.28), lean=-40, hips=0.29),
        "bench_neutral": _bench_press((0.15, -0.13, 0.02), (0.10, -0.04, 0.32)),
        "bench_to_neck": _bench_press((0.21, -0.01, 0.06), (0.17, 0.0, 0.31)),
        "bench_feet_up": _bench_press((0.2, -0.08, 0.05), (0.16, -0.04, 0.31), feet=_FEET_IN_AIR),
        "bench_feet_on_bench": _bench_press((0.19, -0.08, 0.06), (0.15, -0.04, 0.315), feet=_FEET_ON_BENCH),
        "bench_straight_legs": _bench_press((0.19, -0.08, 0.06), (0.14, -0.03, 0.315), hips=0.065, feet=_LEGS_OUT),
        "bench_half": _bench_press((0.19, -0.07, 0.19), (0.16, -0.04, 0.315)),
        "bench_in_turn": _bench_in_turn(),
        "push_up_feet_raised": _push_up(_FEET_UP, _FEET_UP_DOWN),
        "push_up_half": _push_up(floor.PLANK_UP, replace(floor.PLANK_DOWN, hips=(0.0, 0.20, 0.012), lean=79)),
        "push_up_high": _on_feet(0.36, 0.135, 40),
        "push_up_stands": _on_feet(0.09, 0.14, 30),
    }
)
"""Name -> how it is done; its label says what it is."""
