"""Ways of bending and stretching elbows, and of raising straight arms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from services.simulator.body import KeyPose, Side
from services.simulator.exercises import floor, standing
from services.simulator.exercises.daily import SEATED
from services.simulator.exercises.entry import STANDING, Exercise, there_and_back
from services.simulator.exercises.postures import (
    KNEELING,
    ON_HIPS,
    ON_THE_BACK,
    QUIET,
    Arm,
    arms_moved,
    bent_over,
)

_HANG: Final[Arm] = (2, 9, -8, 12)
_BENT: Final[Arm] = (14, 9, -10, 138)
_SEATED_HANG: Final[Arm] = (6, 9, -8, 14)
_SEATED_BENT: Final[Arm] = (18, 9, -10, 135)
_ON_BENCH: Final = replace(floor.BENCH_TOP, left=floor.BENCH_FEET)
_ELBOW_ON_THIGH: Final = replace(SEATED, lean=42, curl=14)
_BENT_OVER: Final = replace(bent_over(66, 0.06), nod=-20)


def _curl(base: KeyPose, low: Arm, top: Arm, *, in_turn: bool = False, other: Side | None = None) -> Exercise:
    return arms_moved("biceps_curl", base, low, top, in_turn=in_turn, other=other)


def _stretch(base: KeyPose, low: Arm, top: Arm, *, other: Side | None = None) -> Exercise:
    return arms_moved("tricep", base, low, top, other=other)


def _aside(base: KeyPose, low: Arm, top: Arm, *, other: Side | None = None) -> Exercise:
    return arms_moved("lateral_raise", base, low, top, other=other)


def _ahead(base: KeyPose, low: Arm, top: Arm, *, in_turn: bool = False, other: Side | None = None) -> Exercise:
    return arms_moved("front_raise", base, low, top, in_turn=in_turn, other=other)


_HAND_ON_KNEE: Final = replace(_BENT_OVER.left, arm=(40, 10, 0, 40))

STYLES: Final[Mapping[str, Exercise]] = MappingProxyType(
    {
        "curl_seated": _curl(SEATED, _SEATED_HANG, _SEATED_BENT),
        "curl_seated_in_turn": _curl(SEATED, _SEATED_HANG, _SEATED_BENT, in_turn=True),
        "curl_incline": _curl(replace(SEATED, lean=-28, curl=0), (-24, 9, -8, 10), (-10, 9, -10, 130)),
        "curl_preacher": _curl(replace(SEATED, lean=10), (48, 4, -6, 14), (48, 4, -6, 120)),
        "curl_elbow_on_thigh": _curl(
            _ELBOW_ON_THIGH, (42, -4, -10, 14), (38, -4, -20, 130), other=replace(SEATED.left, arm=(30, 10, -20, 70))
        ),
        "curl_one": _curl(STANDING, _HANG, _BENT, other=QUIET),
        "curl_narrow": _curl(STANDING, (8, 2, -16, 14), (22, 2, -20, 135)),
        "curl_wide": _curl(STANDING, (2, 20, 4, 12), (12, 22, 10, 135)),
        "curl_swinging": Exercise(
            there_and_back(standing.EXERCISES["biceps_curl"].cycle[0][1], standing.CURL_SWING),
            label="biceps_curl", prop="dumbbells",
        ),
        "pushdown_leaning": _stretch(
            replace(STANDING, lean=28, hips=(0.0, 0.515, -0.05)), (-6, 10, -8, 115), (-8, 10, -8, 10)
        ),
        "pushdown_upright": _stretch(STANDING, (4, 6, -8, 105), (2, 10, -4, 8)),
        "tricep_overhead": _stretch(STANDING, (168, 10, 0, 125), (170, 8, 0, 12)),
        "tricep_overhead_seated": _stretch(SEATED, (166, 10, 0, 125), (170, 8, 0, 12)),
        "tricep_overhead_one": _stretch(STANDING, (172, 6, 0, 125), (172, 6, 0, 12), other=QUIET),
        "tricep_kickback": _stretch(_BENT_OVER, (-6, 8, 0, 95), (-10, 8, 0, 8)),
        "tricep_on_bench": arms_moved("tricep", _ON_BENCH, (96, 6, 0, 110), (90, 6, 0, 10), prop="bench+barbell"),
        "tricep_on_floor": _stretch(ON_THE_BACK, (100, 6, 0, 110), (92, 6, 0, 10)),
        "tricep_cable_overhead": _stretch(replace(bent_over(36, 0.05), nod=0), (150, 8, 0, 110), (150, 8, 0, 14)),
        "lateral_raise_bent": _aside(STANDING, (6, 9, 0, 40), (14, 86, 0, 42)),
        "lateral_raise_seated": _aside(SEATED, (4, 10, 0, 16), (10, 86, 0, 18)),
        "lateral_raise_one": _aside(STANDING, (8, 4, 0, 14), (12, 86, 0, 16), other=QUIET),
        "lateral_raise_leaning": _aside(replace(STANDING, lean=14), (8, 8, 0, 20), (14, 84, 0, 24)),
        "lateral_raise_across": _aside(
            STANDING, (20, -14, 0, 16), (14, 80, 0, 20), other=replace(QUIET, arm=ON_HIPS)
        ),
        "lateral_raise_low": _aside(STANDING, (4, 10, 0, 16), (10, 62, 0, 22)),
        "front_raise_in_turn": _ahead(STANDING, (6, 6, 0, 12), (90, 5, 0, 10), in_turn=True),
        "front_raise_one": _ahead(STANDING, (6, 6, 0, 12), (92, 4, 0, 10), other=QUIET),
        "front_raise_high": _ahead(STANDING, (8, 4, 0, 10), (125, 4, 0, 10)),
        "front_raise_plate": _ahead(STANDING, (14, -6, 0, 16), (92, -6, 0, 16)),
        "front_raise_seated": _ahead(SEATED, (10, 6, 0, 12), (92, 5, 0, 10)),
        "curl_in_turn": _curl(STANDING, _HANG, _BENT, in_turn=True),
        "curl_across": _curl(STANDING, (6, 6, -20, 14), (18, 0, -50, 132), in_turn=True),
        "curl_dragged": _curl(STANDING, (4, 12, -6, 14), (-28, 14, -6, 118)),
        "curl_elbows_ahead": _curl(STANDING, (16, 6, -8, 14), (48, 6, -10, 138)),
        "curl_arms_aside": _curl(STANDING, (10, 82, 0, 12), (10, 86, 0, 130)),
        "curl_prone_on_bench": _curl(replace(_BENT_OVER, lean=50), (52, 6, -6, 14), (56, 6, -8, 128)),
        "curl_half": _curl(STANDING, (4, 9, -8, 70), _BENT),
        "curl_low_half": _curl(STANDING, _HANG, (8, 9, -8, 88)),
        "curl_kneeling": _curl(KNEELING, _HANG, _BENT),
        "curl_leaning_back": _curl(replace(STANDING, lean=-8), (-6, 9, -8, 14), (12, 9, -10, 136)),
        "curl_one_seated": _curl(SEATED, _SEATED_HANG, _SEATED_BENT, other=replace(SEATED.left, arm=(20, 10, -10, 50))),
        "curl_cable_lying": _curl(ON_THE_BACK, (10, 6, -8, 12), (14, 6, -10, 130)),
        "pushdown_one": _stretch(STANDING, (4, 8, -8, 112), (0, 10, -4, 8), other=QUIET),
        "pushdown_wide": _stretch(replace(STANDING, lean=12), (0, 12, 0, 110), (-4, 22, 6, 8)),
        "pushdown_kneeling": _stretch(KNEELING, (10, 8, -8, 115), (2, 10, -4, 10)),
        "pushdown_high": _stretch(replace(STANDING, lean=10), (30, 8, -8, 125), (4, 10, -4, 10)),
        "pushdown_half": _stretch(STANDING, (4, 8, -8, 95), (2, 10, -4, 40)),
        "tricep_overhead_leaning": _stretch(replace(STANDING, lean=20), (158, 8, 0, 118), (160, 8, 0, 10)),
        "tricep_overhead_one_seated": _stretch(
            SEATED, (172, 6, 0, 125), (172, 6, 0, 12), other=replace(SEATED.left, arm=(20, 10, -10, 50))
        ),
        "tricep_overhead_kneeling": _stretch(KNEELING, (166, 10, 0, 122), (170, 8, 0, 12)),
        "tricep_kickback_one": _stretch(_BENT_OVER, (-6, 8, 0, 95), (-14, 8, 0, 8), other=_HAND_ON_KNEE),
        "tricep_kickback_high": _stretch(replace(_BENT_OVER, lean=44), (-16, 8, 0, 95), (-22, 8, 0, 8)),
        "tricep_behind_head_lying": arms_moved(
            "tricep", _ON_BENCH, (125, 6, 0, 112), (118, 6, 0, 12), prop="bench+barbell"
        ),
        "tricep_on_incline": _stretch(replace(SEATED, lean=-40), (122, 8, 0, 115), (124, 8, 0, 12)),
        "lateral_raise_high": _aside(STANDING, (4, 9, 0, 14), (8, 122, 0, 14)),
        "lateral_raise_swinging": _aside(replace(STANDING, lean=8), (14, 4, 0, 24), (8, 84, 0, 30)),
        "lateral_raise_ahead": _aside(STANDING, (14, 6, 0, 14), (42, 72, 0, 18)),
        "lateral_raise_in_turn": arms_moved("lateral_raise", STANDING, (4, 9, 0, 14), (10, 86, 0, 16), in_turn=True),
        "lateral_raise_kneeling": _aside(KNEELING, (4, 9, 0, 16), (10, 84, 0, 18)),
        "lateral_raise_right_angles": _aside(STANDING, (10, 9, 0, 88), (10, 86, 0, 88)),
        "front_raise_low": _ahead(STANDING, (6, 6, 0, 12), (66, 5, 0, 10)),
        "front_raise_apart": _ahead(STANDING, (6, 12, 0, 12), (88, 22, 0, 10)),
        "front_raise_leaning_back": _ahead(replace(STANDING, lean=-9), (14, 5, 0, 12), (92, 5, 0, 10)),
        "front_raise_bent": _ahead(STANDING, (8, 6, 0, 40), (88, 5, 0, 36)),
        "front_raise_incline": _ahead(replace(SEATED, lean=-28), (-10, 8, 0, 12), (80, 6, 0, 10)),
        "front_raise_to_the_top": _ahead(STANDING, (6, 6, 0, 10), (165, 8, 0, 10)),
    }
)  # fmt: skip
"""Name -> how it is done; its label says what it is."""
