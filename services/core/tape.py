"""The tape: what was measured of one person, kept as long as a set may still be judged anew, and who counts on it.

Sets are decided late and corrected backwards, so a counter may be asked for from any moment on: a new one is shown what
was kept since then, and sees what one that had been there would have seen. The same makes a snapshot small: what
counters know is not in it, because the kept measures give it again.

Measures are kept in fewer bits than they come in (`ROW`): keypoints to a millimetre, a tenth of what the pose engine is
sure of. Counters are shown them as they are kept, so that nothing depends on when a counter came.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.core.counting import COUNTERS
from services.core.exercises import Exercise
from services.core.holds import HoldTimer
from services.core.reps import Counter
from services.core.signals import BODY, TIPS, Measures, Signal

SEEN: Final = 0.1
"""A hold is not judged where the keypoints of its signal are less visible than this."""

ROW: Final = np.dtype([
    ("at", "<i8"),
    ("values", "<f4", len(Signal)),
    ("quality", "<f2", len(Signal)),
    ("body", "<f2", (len(BODY), 3)),
    ("seen", "<f2", len(BODY)),
    ("tips", "<f2", (len(TIPS), 3)),
    ("tips_seen", "<f2", len(TIPS)),
    ("place", "<f4", 3),
])  # fmt: skip
"""One pose as it is kept: when it was (ns), and its `Measures`, field by field."""

FARTHEST: Final = 1000.0
"""Keypoints farther from the hips, metres, are where nobody's are: somebody's size was lost."""

_FIELDS: Final = tuple(field.name for field in fields(Measures))

Watch = tuple[str, int]
"""An exercise's id, and the moment from which on it is counted, ns."""


@dataclass(frozen=True, slots=True)
class TapeSnapshot:
    """A tape at rest.

    Attributes:
        first: when the person's first pose was, ns; None before any.
        rows: (N,) of `ROW`.
        watches: which counters there are.
    """

    first: int | None
    rows: bytes
    watches: tuple[Watch, ...]


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
        self._rows: list[NDArray[np.void]] = []
        self._counters: dict[Watch, Counter | HoldTimer] = {}

    def __len__(self) -> int:
        return len(self._times)

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
        row = _row(at, measures)
        self._times.append(at)
        self._rows.append(row)
        changed = False
        if self._counters:
            shown = _measures(row)
            for (exercise, _), counter in self._counters.items():
                changed |= _count(counter, self._catalogue[exercise], at, shown)
        return changed

    def counter(self, entry: Exercise, begin: int) -> Counter | HoldTimer:
        """The exercise's counter from a moment on; a new one is shown what was kept since then."""
        watch = (entry.exercise, begin)
        if watch not in self._counters:
            counter = HoldTimer() if entry.hold else COUNTERS["combined"](entry)
            for index in range(bisect_left(self._times, begin), len(self._times)):
                _count(counter, entry, self._times[index], _measures(self._rows[index]))
            self._counters[watch] = counter
        return self._counters[watch]

    def keep(self, watches: Collection[Watch]) -> None:
        """Let all other counters go."""
        self._counters = {watch: counter for watch, counter in self._counters.items() if watch in watches}

    def between(self, start: int, end: int) -> list[Measures]:
        """The measures from one moment to another, both included."""
        return list(self._shown(bisect_left(self._times, start), bisect_right(self._times, end)))

    def forget(self, before: int) -> None:
        """Drop what was before a moment, and the counters that have seen any of it."""
        keep = bisect_left(self._times, before)
        if keep:
            del self._times[:keep], self._rows[:keep]
            self.keep([watch for watch in self._counters if watch[1] >= before])

    def snapshot(self) -> TapeSnapshot:
        """What gives the same tape again."""
        return TapeSnapshot(self.first, b"".join(row.tobytes() for row in self._rows), tuple(self._counters))

    def restore(self, snapshot: TapeSnapshot) -> None:
        """Become the tape of a snapshot.

        Raises:
            ValueError: its rows are not of this kind.
            KeyError: it counts an exercise that is not in the catalogue.
        """
        self.first = snapshot.first
        rows = np.frombuffer(snapshot.rows, ROW)
        self._times = rows["at"].tolist()
        self._rows = list(rows)
        self._counters = {}
        for exercise, begin in snapshot.watches:
            self.counter(self._catalogue[exercise], begin)

    def _shown(self, first: int, after: int) -> Iterator[Measures]:
        return (_measures(row) for row in self._rows[first:after])


def _row(at: int, measures: Measures) -> NDArray[np.void]:
    body, tips = (np.clip(points, -FARTHEST, FARTHEST) for points in (measures.body, measures.tips))
    kept = replace(measures, body=body, tips=tips)
    return np.array((at, *(getattr(kept, name) for name in _FIELDS)), ROW)


def _measures(row: NDArray[np.void]) -> Measures:
    return Measures(**{name: row[name].astype(float) for name in _FIELDS})


def _count(counter: Counter | HoldTimer, entry: Exercise, at: int, measures: Measures) -> bool:
    """Show a pose to a counter; whether that changed what it says."""
    if isinstance(counter, HoldTimer):
        return bool(measures.quality[entry.signal] >= SEEN) and counter.update(at, held=entry.fits(measures))
    before = counter.reps, counter.halves
    counter.update(at, measures)
    return (counter.reps, counter.halves) != before
