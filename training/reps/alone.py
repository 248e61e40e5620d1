"""One counter alone on one take, the exercise told: what it counts, and when a repetition is known after its end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from services.core.exercises import Exercise
from services.core.repetition import Counter
from services.core.signals import Measures
from services.core.types import NANOSECONDS


@dataclass(frozen=True, slots=True)
class Count:
    """What was counted in a take.

    Attributes:
        reps: repetitions, halves at the edges of the recording considered as the counter does.
        live: those that were known before the end.
        spans: start and end of each repetition, ns.
        delays: seconds from the end of each repetition to the pose at which it was first told.
        under_way: the same of repetitions that ended when the exercise was known already; where it was told, all.
    """

    reps: int
    live: int
    spans: tuple[tuple[int, int], ...] = ()
    delays: tuple[float, ...] = ()
    under_way: tuple[float, ...] = ()


def count(make: Callable[[Exercise], Counter], entry: Exercise, measures: Sequence[tuple[int, Measures]]) -> Count:
    """Let a counter see a person from beginning to end.

    Args:
        make: of `services.core.counting.COUNTERS`.
        entry: the exercise that it is told.
        measures: the person's, by event time.
    """
    counter = make(entry)
    told: dict[int, float] = {}
    seen = counter.reps
    for at, one in measures:
        counter.update(at, one)
        if counter.reps is not seen:
            seen = counter.reps
            for rep in seen:
                told.setdefault(rep.bottom_at, (at - rep.end) / NANOSECONDS)
    live = counter.reps
    delays = tuple(told[rep.bottom_at] for rep in live if rep.bottom_at in told)
    first = measures[0][0] if measures else None
    final = counter.finish(from_start=counter.started == first)
    return Count(len(final), len(live), tuple((rep.start, rep.end) for rep in final), delays, delays)
