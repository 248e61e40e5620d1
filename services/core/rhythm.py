"""Counting what nobody trained: a movement is what the whole body does most of, back and forth.

No exercise is known here. Once somebody moves, the direction in which their keypoints vary the most (the first
principal component of the body over the last seconds, Pearson, 1901) is the movement; how far they are along it is the
signal in which `services.core.reps` counts. It stays the direction until it is hardly any of what they do, as after
getting down on the floor. Rest is where they were first.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from services.core.repetition import Repetition, RepRule
from services.core.reps import RepCounter
from services.core.signals import Floats, Measures
from services.core.types import NANOSECONDS

SEEN: Final = 0.1
"""A body whose keypoints are on average less visible than this is left out."""

LEARN_SECONDS: Final = 6.0
"""So much of the latest movement decides on its direction; a whole repetition should fit in."""

MOVING: Final = 0.12
"""Standard deviation along the direction, metres over all keypoints together, from which on somebody moves."""

ASK_EVERY: Final = 8
"""Directions are looked for at every so manieth pose."""

FAITHFUL: Final = 0.4
"""Share of the most that can vary along one direction; a direction with less is given up for that one."""

SMALLEST: Final = 0.3
"""Smallest swing along the direction that may be a repetition, metres over all keypoints together."""

SECONDS: Final = (0.4, 10.0)
"""Shortest repetition, and the longest of its two ways."""


_RULE: Final = RepRule(rest_high=False, smallest=SMALLEST, seconds=SECONDS)


class RhythmCounter:
    """Counts the repetitions of any movement; the first ones are told when the movement is known.

    Attributes:
        reps, halves: so far, in order of time; other lists whenever they change.
    """

    def __init__(self) -> None:
        self.reps: list[Repetition] = []
        self.halves: list[Repetition] = []
        self._counter = RepCounter(_RULE)
        self._before: list[Repetition] = []
        self._poses = 0
        self._direction: Floats | None = None
        self._kept: list[tuple[int, Floats, float]] = []

    @property
    def begun(self) -> int | None:
        """When the person left rest for a repetition that is not told yet, ns; None when there is none."""
        return self._counter.begun

    @property
    def started(self) -> int | None:
        """When the first pose that is counted was, ns; None before the movement is known."""
        return self._counter.started

    def update(self, at: int, measures: Measures) -> None:
        """Take the next pose's measures.

        Args:
            at: event time, ns, later than the last one.
            measures: of that pose.
        """
        seen = measures.visible
        if seen < SEEN:
            return
        body = measures.body.ravel()
        self._kept.append((at, body, seen))
        self._poses += 1
        if self._direction is not None:
            self._counter.update(at, float(body @ self._direction), seen)
        if self._poses % ASK_EVERY == 0:
            self._learn(at)
        self._tell()

    def finish(self, *, from_start: bool = True) -> list[Repetition]:
        """The repetitions of a recording that is over, those that it cuts considered.

        Args:
            from_start: whether the first pose was the recording's first.
        """
        if self._direction is None and self._kept:
            self._learn(self._kept[-1][0], whole=False)
            self._tell()
        return [*self._before, *self._counter.finish(from_start=from_start and not self._before)]

    def _learn(self, at: int, *, whole: bool = True) -> None:
        """Look for the direction, and count what was kept along it.

        Args:
            at: now, ns.
            whole: whether as much must have been seen as is learnt from.
        """
        if whole and at - self._kept[0][0] < LEARN_SECONDS * NANOSECONDS:
            return
        earliest = at - LEARN_SECONDS * NANOSECONDS
        self._kept = [one for one in self._kept if one[0] >= earliest]
        bodies = np.array([body for _, body, _ in self._kept])
        centred = bodies - bodies.mean(axis=0)
        # All directions together have more than any: where that is enough for an answer, none is looked for.
        if not self._asks(centred, float(np.square(centred).sum())):
            return
        most, directions = np.linalg.eigh(centred.T @ centred)
        if not self._asks(centred, float(most[-1])):
            return
        along = bodies @ directions[:, -1]
        # Rest is where the movement begins: what comes after it lies on the positive side.
        away = np.median(along) - along[: max(len(along) // ASK_EVERY, 1)].mean()
        self._direction = directions[:, -1] * (1.0 if away >= 0 else -1.0)
        self._before = [rep for rep in self.reps if rep.end < self._kept[0][0]]
        self._counter = RepCounter(_RULE)
        for when, body, seen in self._kept:
            self._counter.update(when, float(body @ self._direction), seen)

    def _asks(self, centred: Floats, most: float) -> bool:
        """Whether somebody moves, and no longer along the direction that is known.

        Args:
            centred: (N, 3 * len(BODY)) bodies about their mean.
            most: the most that they vary along any direction, metres squared over all of them.
        """
        if len(centred) < ASK_EVERY or np.sqrt(most / len(centred)) < MOVING:
            return False
        return self._direction is None or float(np.square(centred @ self._direction).sum()) < FAITHFUL * most

    def _tell(self) -> None:
        """Bring the lists up to date."""
        reps = [*self._before, *self._counter.reps]
        self.reps = self.reps if reps == self.reps else reps
        self.halves = self._counter.halves
