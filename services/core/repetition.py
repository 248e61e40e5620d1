"""What a repetition is, how one shows in a signal, and what counts them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import Final, Protocol

from services.core.signals import Measures

FEW: Final = 3
"""Fewer repetitions say nothing of how alike they are."""


@dataclass(frozen=True, slots=True)
class RepRule:
    """How one exercise's repetitions show in its signal.

    Attributes:
        rest_high: True when the person rests where the signal is high (a squat's knee angle), False when low.
        smallest: smallest swing that may be a repetition, in the signal's unit.
        seconds: shortest duration of a repetition, and the longest of its way to the far end and of that back.
        done_far: True when its effort is the way to the far end (a pull-up's chin over the bar): a recording that ends
            there shows the repetition. Otherwise one that begins there does.
    """

    rest_high: bool
    smallest: float
    seconds: tuple[float, float] = (0.4, 10.0)
    done_far: bool = False


@dataclass(frozen=True, slots=True)
class Repetition:
    """One repetition as its counter sees it.

    Attributes:
        start, end: when the movement begins and is over, ns; the end may lie a moment ahead.
        reached, left: when it comes to its far end and leaves it, ns; ``start <= reached <= bottom_at <= left <= end``.
        bottom_at: its farthest point from rest, ns; identifies it within its counter.
        top, bottom: the signal at rest before it and at its farthest point, in the signal's unit.
        peak_speed: the quickest it moved, in the signal's unit a second.
        confidence: 0-1, how sure the counter is of it.
    """

    start: int
    reached: int
    left: int
    end: int
    bottom_at: int
    top: float
    bottom: float
    peak_speed: float
    confidence: float

    @property
    def swing(self) -> float:
        """How far the signal moved."""
        return abs(self.top - self.bottom)


def alike(reps: Sequence[Repetition]) -> float:
    """How alike repetitions are, 0-2 by how long they last and how far they go; -1 where there are none."""
    if len(reps) < FEW:
        return 2.0 if reps else -1.0
    lasting, swings = [rep.end - rep.start for rep in reps], [rep.swing for rep in reps]
    usual, far = max(median(lasting), 1.0), max(median(swings), 1e-9)
    return fmean(min(one / usual, usual / max(one, 1)) for one in lasting) + fmean(
        min(one / far, 1.0) for one in swings
    )


class Counter(Protocol):
    """What counts the repetitions of one person; `services.core.counting` has several."""

    @property
    def reps(self) -> list[Repetition]:
        """The repetitions so far, in order of time; one that was told may be taken back."""

    @property
    def halves(self) -> list[Repetition]:
        """What left rest and came back without having been far enough, in order of time; none is in `reps`."""

    @property
    def begun(self) -> int | None:
        """When the person left rest for a repetition that is not told yet, ns; None when there is none."""

    @property
    def started(self) -> int | None:
        """When the first sample since the last long gap was taken, ns; None before any."""

    def update(self, at: int, measures: Measures) -> None:
        """Take the next pose's measures; poses that say nothing are left out by the counter itself.

        Args:
            at: event time, ns, later than the last one.
            measures: of that pose.
        """

    def finish(self, *, from_start: bool = True) -> list[Repetition]:
        """The repetitions of a recording that is over, halves at its edges considered.

        Args:
            from_start: whether the first sample was the recording's first; a half at its start counts only then.
        """
