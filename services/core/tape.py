"""The tape: what was measured of one person, kept as long as a set may still be judged anew, and who counts on it.

Sets are decided late and corrected backwards, so a counter may be asked for from any moment on: a new one is shown what
was kept since then, and sees what one that had been there would have seen. The same makes a snapshot small: what
counters know is not in it, because the kept measures give it again.

A counter that nobody asks about for a while rests: it is shown what it missed when it is asked about again.

Measures are kept in whole steps (`STEPS`), finer by far than what the pose engine is sure of, so that a snapshot of
them is short. Counters are shown them as they are kept, so that nothing depends on when a counter came.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.core.counting import COUNTERS
from services.core.exercises import UNKNOWN, Exercise
from services.core.gates import StartGate
from services.core.holds import HoldCounter
from services.core.packing import packed, unpacked
from services.core.repetition import Counter
from services.core.rhythm import RhythmCounter
from services.core.signals import Measures, Signal

STEPS: Final = {
    "values": 1e-3, "quality": 1e-2, "body": 2e-3, "seen": 1e-2, "tips": 2e-3, "tips_seen": 1e-2, "place": 1e-4,
}  # fmt: skip
"""What one step of each field of `Measures` is, in its own unit: a millimetre or two, a hundredth of what is sure."""

_SHAPES: Final = {
    field.name: np.shape(getattr(Measures(np.zeros(len(Signal)), np.zeros(len(Signal))), field.name))
    for field in fields(Measures)
}
_SIZES: Final = {name: int(np.prod(shape)) for name, shape in _SHAPES.items()}
_STEP: Final = np.repeat([STEPS[name] for name in _SHAPES], list(_SIZES.values()))
_PARTS: Final = [
    slice(end - size, end) for size, end in zip(_SIZES.values(), np.cumsum(list(_SIZES.values())).tolist(), strict=True)
]

ROW: Final = np.dtype([("at", "<i8"), ("steps", "<i4", len(_STEP))])
"""One pose as it is kept: when it was (ns), and its `Measures` in steps, field by field."""

FARTHEST: Final = 2e9
"""No number is kept as more steps than this: somebody's size was lost."""

RESTING: Final = 4
"""So many counters rest at most, those that were asked about last."""

Watch = tuple[str, int, bool]
"""An exercise's id, the moment from which on it is counted (ns), and whether the clips say something else: a hold that
no model knows is hidden behind other labels."""


@dataclass(frozen=True, slots=True)
class TapeSnapshot:
    """A tape at rest.

    Attributes:
        first: when the person's first pose was, ns; None before any.
        rows: packed rows of `ROW`.
        watches: which counters there are.
    """

    first: int | None
    rows: bytes
    watches: tuple[Watch, ...]


class _Watcher:
    """A counter behind its gate.

    Args:
        entry: what it counts; None for whatever movement there is.
    """

    def __init__(self, entry: Exercise | None) -> None:
        self.counter: Counter = RhythmCounter() if entry is None else COUNTERS["combined"](entry)
        self.shown: int | None = None
        """When the last pose was that it was shown, ns."""
        self.next = 0
        """It has seen all poses from before this moment, ns."""
        self._gate = StartGate(entry) if entry else None

    def update(self, at: int, measures: Measures) -> bool:
        """Show it a pose, if the person is in place; whether that changed what it says."""
        self.next = at + 1
        if self._gate is not None and not self._gate.update(at, measures):
            return False
        before = self.counter.reps, self.counter.halves
        self.counter.update(at, measures)
        self.shown = at
        return (self.counter.reps, self.counter.halves) != before


class Tape:
    """The measures of one person, and the counters that watch them.

    Args:
        catalogue: what may be counted.
    """

    def __init__(self, catalogue: Mapping[str, Exercise]) -> None:
        self.first: int | None = None
        """When the person's first pose was, ns; it may be forgotten since."""
        self._catalogue = catalogue
        self._times: list[int] = []
        self._steps: list[NDArray[np.int32]] = []
        self._counters: dict[Watch, _Watcher] = {}
        self._resting: dict[Watch, _Watcher] = {}
        self._timers: dict[Watch, HoldCounter] = {}

    def __len__(self) -> int:
        return len(self._times)

    @property
    def start(self) -> int:
        """When the oldest pose was that is kept, ns; 0 without any."""
        return self._times[0] if self._times else 0

    @property
    def last(self) -> int | None:
        """When the last pose was, ns."""
        return self._times[-1] if self._times else None

    def record(self, at: int, measures: Measures) -> bool:
        """Keep the next pose's measures; whether any counter says something else now.

        Args:
            at: event time, ns, later than the last one.
            measures: of that pose.
        """
        if self.first is None:
            self.first = at
        steps = _steps(measures)
        self._times.append(at)
        self._steps.append(steps)
        changed = False
        if self._counters or self._timers:
            shown = _measures(steps)
            for watcher in self._counters.values():
                changed |= watcher.update(at, shown)
            for timer in self._timers.values():
                changed |= timer.update(at, shown)
        return changed

    def counter(self, watch: Watch) -> Counter:
        """The counter of an exercise, shown what it missed; a new one all that was kept since it shall count."""
        if watch not in self._counters:
            entry = None if watch[0] == UNKNOWN else self._catalogue[watch[0]]
            watcher = self._resting.pop(watch, None) or _Watcher(entry)
            for at, measures in self._since(max(watch[1], watcher.next)):
                watcher.update(at, measures)
            self._counters[watch] = watcher
        return self._counters[watch].counter

    def shown(self, watch: Watch) -> int:
        """When the last pose was that a counter was shown, ns; 0 before any."""
        return self._counters[watch].shown or 0

    def timer(self, watch: Watch) -> HoldCounter:
        """The same of a hold."""
        if watch not in self._timers:
            timer = HoldCounter(self._catalogue[watch[0]], behind=watch[2])
            for at, measures in self._since(watch[1]):
                timer.update(at, measures)
            self._timers[watch] = timer
        return self._timers[watch]

    def keep(self, watches: Collection[Watch]) -> None:
        """Let all other counters rest, and other timers go."""
        for watch in [one for one in self._counters if one not in watches]:
            self._resting[watch] = self._counters.pop(watch)
        for watch in list(self._resting)[:-RESTING]:
            del self._resting[watch]
        self._timers = {watch: timer for watch, timer in self._timers.items() if watch in watches}

    def between(self, start: int, end: int) -> list[Measures]:
        """The measures from one moment to another, both included."""
        return [
            _measures(steps) for steps in self._steps[bisect_left(self._times, start) : bisect_right(self._times, end)]
        ]

    def forget(self, before: int) -> None:
        """Drop what was before a moment, and the counters that have seen any of it."""
        keep = bisect_left(self._times, before)
        if keep:
            del self._times[:keep], self._steps[:keep]
            self.keep([watch for watch in (*self._counters, *self._timers) if watch[1] >= before])
            self._resting = {watch: watcher for watch, watcher in self._resting.items() if watch[1] >= before}

    def snapshot(self) -> TapeSnapshot:
        """What gives the same tape again."""
        rows = np.zeros(len(self._times), ROW)
        rows["at"] = self._times
        rows["steps"] = np.reshape(self._steps, rows["steps"].shape)
        return TapeSnapshot(self.first, packed(rows), (*self._counters, *self._timers))

    def restore(self, snapshot: TapeSnapshot) -> None:
        """Become the tape of a snapshot.

        Raises:
            ValueError: its rows are not of this kind.
            KeyError: it counts an exercise that is not in the catalogue.
        """
        self.first = snapshot.first
        rows = unpacked(snapshot.rows, ROW)
        self._times = rows["at"].tolist()
        self._steps = list(rows["steps"])
        self._counters, self._resting, self._timers = {}, {}, {}
        for watch in snapshot.watches:
            if watch[0] != UNKNOWN and self._catalogue[watch[0]].hold:
                self.timer(watch)
            else:
                self.counter(watch)

    def _since(self, begin: int) -> Iterator[tuple[int, Measures]]:
        for index in range(bisect_left(self._times, begin), len(self._times)):
            yield self._times[index], _measures(self._steps[index])


def _steps(measures: Measures) -> NDArray[np.int32]:
    numbers = np.concatenate([getattr(measures, name) for name in _SHAPES], axis=None)
    return np.asarray(np.minimum(np.maximum(np.rint(numbers / _STEP), -FARTHEST), FARTHEST), np.int32)


def _measures(steps: NDArray[np.int32]) -> Measures:
    numbers = steps * _STEP
    values, quality, body, seen, tips, tips_seen, place = [numbers[part] for part in _PARTS]
    return Measures(values, quality, body.reshape(-1, 3), seen, tips.reshape(-1, 3), tips_seen, place)
