"""Counting the repetitions of one exercise of one person: several ways, each usable alone, and what they add up to.

A counter takes measures and leaves out by itself what says nothing: signals whose keypoints are hardly visible, and
poses that cannot belong to the exercise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from services.core.exercises import Exercise
from services.core.reps import Counter, RepCounter, Repetition
from services.core.signals import Measures

SEEN: Final = 0.1
"""A signal whose keypoints are less visible than this is left out of counting."""


class AngleCounter:
    """Counts by the exercise's own signal, with two thresholds that follow the person's range.

    Args:
        entry: the exercise.
    """

    def __init__(self, entry: Exercise) -> None:
        self._entry = entry
        self._counter = RepCounter(entry.rule)

    @property
    def reps(self) -> list[Repetition]:
        """The repetitions so far, in order of time."""
        return self._counter.reps

    @property
    def halves(self) -> list[Repetition]:
        """The half repetitions so far, in order of time."""
        return self._counter.halves

    @property
    def begun(self) -> int | None:
        """When the person left rest for a repetition that is not told yet, ns; None when there is none."""
        return self._counter.begun

    @property
    def started(self) -> int | None:
        """When the first sample since the last long gap was taken, ns; None before any."""
        return self._counter.started

    def update(self, at: int, measures: Measures) -> None:
        """Take the next pose's measures."""
        quality = float(measures.quality[self._entry.signal])
        if quality >= SEEN and self._entry.fits(measures):
            self._counter.update(at, float(measures.values[self._entry.signal]), quality)

    def finish(self, *, from_start: bool = True) -> list[Repetition]:
        """The repetitions of a recording that is over, halves at its edges considered."""
        return self._counter.finish(from_start=from_start)


class ExerciseCounter(AngleCounter):
    """The counter that sets use."""


COUNTERS: Final[Mapping[str, Callable[[Exercise], Counter]]] = MappingProxyType(
    {"angle": AngleCounter, "combined": ExerciseCounter}
)
"""Name -> makes the counter of an exercise."""
