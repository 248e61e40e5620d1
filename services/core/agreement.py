"""What several ways of counting agree upon, movement by movement.

    blend      R   R   R   R   R         whole (R) and half (h) movements of each way
    phase      R   R   h   R       R
    salient    R       R   R       R
    ----------------------------------
    agreed     R   R   ?   R       R     most ways see a movement; ?: whole, half or neither by how far

A way that misses a repetition, or sees one that is none, is outvoted there and only there. To believe one way as a
whole, that whose repetitions are most alike, is worse: whoever misses the odd one looks the more alike for it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import fmean, median
from typing import Final, NamedTuple

from services.core.repetition import Repetition
from services.core.reps import HALF

WHOLE: Final = 0.67
"""Where ways differ, a movement is whole that goes so far of what is usual, in the mean; each asks for 0.65
(`services.core.turns.BENT`)."""

LEAST: Final = 0.05
"""Where all call it whole, it goes so much farther than half: who has seen few repetitions knows little of what is
usual."""

COARSE: Final = "salient"
"""Neighbours among salient poses call what is between the ends nearer to one than it is: how far it goes they don't
know."""


class Movement(NamedTuple):
    """What one way sees."""

    bottom_at: int
    rep: Repetition
    whole: bool


def agreed(
    reps: Mapping[str, Sequence[Repetition]], halves: Mapping[str, Sequence[Repetition]], half: float = 0.5
) -> tuple[list[Repetition], list[Repetition]]:
    """What more than half of the ways see; what goes less far than a half may is left out.

    Args:
        reps, halves: way -> what it sees, in order of time; a movement is told as the first of them sees it that says
            of it what is agreed, or the first of all where none does.
        half: share of the usual way that half a movement goes.

    Returns:
        Repetitions and halves, in order of time.
    """
    usual = {way: median(rep.swing for rep in found) if found else 0.0 for way, found in reps.items()}
    left = {way: _movements(reps[way], halves[way]) for way in reps}
    told: list[tuple[Repetition, bool]] = []
    while len(left) > len(reps) // 2:
        way = next(iter(left))
        for movement in left.pop(way):
            seen = {way: movement}
            for other, movements in left.items():
                match = _match(movements, movement.rep)
                if match is not None:
                    seen[other] = match
            if 2 * len(seen) > len(reps):
                for other in left.keys() & seen.keys():
                    left[other].remove(seen[other])
                whole = _whole(seen, usual, half)
                if whole is None:
                    continue
                found = [one.rep for one in seen.values() if one.whole == whole] or [one.rep for one in seen.values()]
                told.append((_as_agreed(found), whole))
    told.sort(key=lambda one: one[0].start)
    return [rep for rep, whole in told if whole], [rep for rep, whole in told if not whole]


def same(one: Repetition, other: Repetition) -> bool:
    """Whether two ways, or one at two times, mean the same movement."""
    return other.start <= one.bottom_at <= other.end and one.start <= other.bottom_at <= one.end


def _as_agreed(seen: Sequence[Repetition]) -> Repetition:
    """A movement as the first way sees it; the surest one says how sure it is."""
    surest = max(rep.confidence for rep in seen)
    return seen[0] if surest == seen[0].confidence else replace(seen[0], confidence=surest)


def _movements(reps: Sequence[Repetition], halves: Sequence[Repetition]) -> list[Movement]:
    """What a way sees, in order of the far ends."""
    whole = {rep.bottom_at for rep in reps}
    return sorted(
        [
            *(Movement(rep.bottom_at, rep, whole=True) for rep in reps),
            *(Movement(half.bottom_at, half, whole=False) for half in halves if half.bottom_at not in whole),
        ],
        key=lambda one: one.bottom_at,
    )


def _match(movements: Sequence[Movement], rep: Repetition) -> Movement | None:
    """The one among a way's movements that a repetition is, of which the nearest far ends are looked at."""
    place = bisect_left(movements, rep.bottom_at, key=lambda one: one.bottom_at)
    near = sorted(movements[max(place - 1, 0) : place + 1], key=lambda one: abs(one.bottom_at - rep.bottom_at))
    return next((one for one in near if same(one.rep, rep)), None)


def _whole(seen: Mapping[str, Movement], usual: Mapping[str, float], half: float) -> bool | None:
    """Whether a movement is a whole repetition, or else half of one; None for neither. One way alone says so itself."""
    if len(seen) == 1:
        return next(iter(seen.values())).whole
    knowing = {way: one for way, one in seen.items() if way != COARSE}
    said = {one.whole for one in knowing.values()}
    gone = fmean(min(one.rep.swing / usual[way], 1.0) if usual[way] else half for way, one in knowing.items())
    if True in said and gone >= (WHOLE if False in said else half + LEAST):
        return True
    return False if gone >= HALF else None
