"""Bouts: sets before they are told.

Repetitions of one exercise within a stretch of clips that show it, with no long rest between them; or a hold, or
movement that no exercise fits. `services.core.judge` says which there are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from services.core.belief import RHYTHM
from services.core.exercises import Exercise
from services.core.holds import Held
from services.core.repetition import Repetition
from services.core.rhythm import SECONDS
from services.core.types import NANOSECONDS

RHYTHM_REST: Final = 3 * NANOSECONDS
"""A pause longer than this ends a set that is only known by its rhythm, ns."""

FORETOLD: Final = 0.3
"""Share of the way back that may be left when a repetition is told (of a cosine 0.25)."""


@dataclass(frozen=True, slots=True)
class Bout:
    """What a set is now believed to be.

    Attributes:
        exercise: its entry of the catalogue; None for movement that no exercise fits, or whose counter sees none of it.
        label: the exercise's id, or "unknown".
        start, end: of its first and last repetition, or of the hold, ns.
        reps: its repetitions; none in a hold or unknown movement.
        halves: its half repetitions.
        confidence: 0-1, mean probability of the label over its clips.
        going: whether its clips still go on.
        begun: when a further repetition was begun, ns; None when none is under way.
        held: of a hold, its first and last moment, and the time held without breaks.
        rhythm: whether it is only known by its rhythm: then no entry says what its repetitions are like.
    """

    exercise: Exercise | None
    label: str
    start: int
    end: int
    reps: tuple[Repetition, ...] = ()
    halves: tuple[Repetition, ...] = ()
    confidence: float = 0.0
    going: bool = False
    begun: int | None = None
    held: Held | None = None
    rhythm: bool = False

    @property
    def regular(self) -> bool:
        """Whether its repetitions are an exercise's, or a rhythm: to get up and down again is no such thing."""
        return self.exercise is not None or len(self.reps) >= RHYTHM

    @property
    def over(self) -> int:
        """When the last movement of it was over, half a repetition too, ns."""
        return max([self.end, *(half.end for half in self.halves)])

    @property
    def rest(self) -> int:
        """The rest that ends it, ns."""
        if self.exercise is None:
            return RHYTHM_REST if self.rhythm else NANOSECONDS
        return round(self.exercise.rest_seconds * NANOSECONDS)

    @property
    def rest_over(self) -> int:
        """Until when it waits for another repetition, ns: half as long when the clips say that it is over.

        One that was begun in time may be finished.
        """
        if self.exercise is None and not self.rhythm:
            return self.end + (self.rest if self.going else 0)
        over = self.end + (self.rest if self.going else self.rest // 2)
        if self.begun is not None and self.begun < over:
            longest = self.exercise.seconds[1] if self.exercise else SECONDS[1]
            return max(over, self.begun + round(longest * NANOSECONDS))
        return over

    def until(self, at: int) -> Bout | None:
        """What of it was before a moment, ns; None for nothing."""
        reps = tuple(rep for rep in self.reps if _nearly_over(rep) <= at)
        halves = tuple(half for half in self.halves if _nearly_over(half) <= at)
        if self.reps and self.exercise:
            return replace(self, end=reps[-1].end, reps=reps, halves=halves, begun=None) if reps else None
        if self.start >= at:
            return None
        cut = max(self.end - at, 0)
        held = self.held and replace(self.held, end=self.end - cut, held=max(self.held.held - cut, 0))
        return replace(self, end=self.end - cut, reps=reps, held=held)


def _nearly_over(repetition: Repetition) -> int:
    """The moment from which on a repetition may have been told, ns: its end is foretold."""
    return repetition.end - round(FORETOLD * (repetition.end - repetition.left))


def middle_of(repetition: Repetition) -> int:
    """The moment that says to which set a repetition belongs, ns."""
    return (repetition.start + repetition.end) // 2


def meet(one: Bout, other: Bout) -> bool:
    """Whether two bouts are of the same time."""
    return one.start < other.end and other.start < one.end
