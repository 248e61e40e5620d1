"""Turning points of a movement signal that is high at rest: from fine ones to a person's own tops and bottoms."""

from __future__ import annotations

from itertools import pairwise
from typing import Final, NamedTuple

BENT: Final = 0.35
REST: Final = 0.65
"""Thresholds as shares of the way from the person's own bottom to their own top; measured best on real clips."""

NEAR: Final = 0.8
"""While few are seen, the person's own bottom and top lie at least this share of the way to the extremes."""

FEW: Final = 4
"""From so many tops (or bottoms) on, the middle one is trusted by itself, and a single outlier does nothing."""

SHARE: Final = 0.45
"""Share of the person's typical swing below which a movement is no repetition."""

OUTLIER: Final = 0.6
"""The typical swing is at least this share of the largest, so that small fidgeting cannot lower it further."""


class Turn(NamedTuple):
    """A turning point of the signal, which is high at rest here."""

    at: int
    value: float


def references(points: list[Turn], smallest: float, known: tuple[float, float] | None = None) -> tuple[float, float]:
    """The person's own bottom and top: the middle ones of those seen, held near the extremes while few are.

    Args:
        points: fine turning points, in order of time, two at least.
        smallest: smallest swing that may be a repetition, in the signal's unit.
        known: bottom and top of an earlier part of the same set, which count while few are seen.

    Returns:
        Bottom and top, in the signal's unit; both 0 where no two points lie far enough apart.
    """
    ways = sorted((abs(b.value - a.value) for a, b in pairwise(points)), reverse=True)
    typical = max(ways[min(2, len(ways) - 1)], OUTLIER * ways[0])
    turns = zigzag(points, max(smallest, SHARE * typical))
    if len(turns) < 2:
        return 0.0, 0.0
    rising = turns[1].value > turns[0].value
    bottoms = sorted(turn.value for turn in (turns[0::2] if rising else turns[1::2]))
    tops = sorted(turn.value for turn in (turns[1::2] if rising else turns[0::2]))
    if known is not None and min(len(bottoms), len(tops)) < FEW:
        bottoms, tops = sorted([known[0]] * 2 + bottoms), sorted([known[1]] * 2 + tops)
    bottom, top = bottoms[(len(bottoms) - 1) // 2], tops[len(tops) // 2]
    if len(tops) < FEW:
        top = max(top, bottom + NEAR * (tops[-1] - bottom))
    if len(bottoms) < FEW:
        bottom = min(bottom, top - NEAR * (top - bottoms[0]))
    return bottom, top


def coarse(points: list[Turn], bottom: float, top: float) -> list[Turn]:
    """Tops and bottoms by the person's own thresholds, in turn, the present extreme last.

    Args:
        points: fine turning points, in order of time.
        bottom, top: the person's own, as `references` gives them.
    """
    bent_below, rest_above = bottom + BENT * (top - bottom), bottom + REST * (top - bottom)
    kept: list[Turn] = []
    resting: bool | None = None
    for point in points:
        if point.value >= rest_above and resting is not True:
            kept.append(point)
            resting = True
        elif point.value <= bent_below and resting is not False:
            kept.append(point)
            resting = False
        elif resting is not None and (point.value > kept[-1].value) == resting:
            kept[-1] = point
    return kept


def zigzag(points: list[Turn], swing: float) -> list[Turn]:
    """Turning points that lie at least ``swing`` apart, low and high in turn, from finer ones."""
    kept = [points[0]]
    for point in points[1:]:
        if len(kept) > 1 and (point.value > kept[-1].value) == (kept[-1].value > kept[-2].value):
            kept[-1] = point
        elif abs(point.value - kept[-1].value) >= swing:
            kept.append(point)
        elif len(kept) == 1 and (points[1].value > points[0].value) == (point.value < kept[0].value):
            kept[0] = point
    return kept
