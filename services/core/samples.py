"""The samples of one movement signal: filtered as they come, and looked at again where a repetition is described.

Turning points are found in what two filters let through, the middle one of a few samples and a low-pass, which answer
late. A repetition is described by the samples themselves, so that its times are not delayed.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import replace
from math import exp, inf
from typing import Final

from services.core.repetition import Repetition, RepRule
from services.core.turns import Turn
from services.core.types import NANOSECONDS

EDGE: Final = 0.15
"""Share of a way that is still rest: a repetition starts and ends where it crosses this."""

MILLISECOND: Final = 1_000_000
"""Nanoseconds in a millisecond."""

MEDIAN_SECONDS: Final = 0.15
"""The middle one of the samples of this time is taken first, so that a pose that jumps for one sample does nothing."""

SMOOTHING_SECONDS: Final = 0.06
"""Time constant of the low-pass before anything is judged; longer hides quick repetitions, shorter lets noise in."""

LAST: Final = 3
"""So many samples are too new for the filters."""

HOLE_SECONDS: Final = 0.4
"""Longer time without a usable sample is a hole."""

SURE: Final = 2.0
"""A repetition whose swing is so many times the exercise's smallest is sure, as far as its swing goes."""


class Samples:
    """The samples of one signal, turned so that rest is high.

    Attributes:
        started: when the first one was taken, forgotten or not, ns; None before any.
        latest: the middle one of the last few.

    Args:
        rule: what a repetition looks like in the signal.
    """

    def __init__(self, rule: RepRule) -> None:
        self.started: int | None = None
        self.latest = 0.0
        self._sign = 1.0 if rule.rest_high else -1.0
        self._sure = SURE * rule.smallest
        self._smooth = 0.0
        self._times: list[int] = []
        self._raw: list[float] = []
        self._steady: list[float] = []
        self._qualities: list[float] = []

    @property
    def last(self) -> int | None:
        """When the last one was taken, ns; None before any."""
        return self._times[-1] if self._times else None

    @property
    def span(self) -> tuple[int, int]:
        """When the first one that is kept and the last one were taken, ns."""
        return self._times[0], self._times[-1]

    def push(self, at: int, value: float, quality: float) -> Turn:
        """Take the next sample; what the filters make of it.

        Args:
            at: event time, ns, later than the last one.
            value: the signal, in its own unit.
            quality: 0-1, how well it was seen.
        """
        times, raw = self._times, self._raw
        times.append(at)
        raw.append(float(value) * self._sign)
        self._steady.append(raw[-1])
        self._qualities.append(quality)
        if len(raw) > 2 and at - times[-3] <= MEDIAN_SECONDS * NANOSECONDS:
            self._steady[-2] = sorted(raw[-3:])[1]
        first = bisect_right(times, at - MEDIAN_SECONDS * NANOSECONDS)
        near = sorted(raw[first:]) if first + 2 < len(raw) else raw[-1:]
        middle = len(near) // 2
        self.latest = near[middle] if len(near) % 2 else (near[middle - 1] + near[middle]) / 2
        if len(times) > 1:
            weight = 1.0 - exp(-(at - times[-2]) / NANOSECONDS / SMOOTHING_SECONDS)
            self._smooth += weight * (self.latest - self._smooth)
        else:
            self.started, self._smooth = at, self.latest
        return Turn(at, self._smooth)

    def newest(self) -> list[Turn]:
        """Those that are too new for the filters."""
        return [Turn(at, value) for at, value in zip(self._times[-LAST:], self._steady[-LAST:], strict=True)]

    def forget(self, before: int) -> None:
        """Drop those from before a moment, ns."""
        first = bisect_left(self._times, before)
        for samples in (self._times, self._raw, self._steady, self._qualities):
            del samples[:first]

    def unseen(self, start: int, end: int) -> int:
        """How much of the time between two samples is holes, ns."""
        first, last = self._index(start), self._index(end)
        steps = (self._times[index + 1] - self._times[index] for index in range(first, last))
        return sum(step for step in steps if step > HOLE_SECONDS * NANOSECONDS)

    def leaves(self, top: Turn, bottom: Turn) -> int:
        """When the signal last left rest on its way from a top to a bottom, ns."""
        return self._times[self._left(top, self._index(bottom.at), top.value - EDGE * (top.value - bottom.value))]

    def repetition(self, top: Turn, bottom: Turn, back: float, *, start: int | None = None,
                   end: int | None = None) -> Repetition:  # fmt: skip
        """A repetition by its samples, without the delay of the filters.

        Args:
            top: where the person rested before it; after it, where its beginning was not seen.
            bottom: its far end.
            back: the signal at rest after it.
            start: when it starts, where it was not seen to leave rest, ns.
            end: when it ends, where it was not seen to reach rest, ns.
        """
        high = max(self._steady[self._before(top.at) : self._index(top.at) + 1])
        near, far = self._before(bottom.at), self._index(bottom.at)
        middle = min(range(near, far + 1), key=self._steady.__getitem__)
        low = self._steady[middle]
        first = self._left(top, middle, high - EDGE * (high - low)) if start is None else self._index(start)
        last = (
            self._index(end) if end is not None else self._above(middle, low + (1.0 - EDGE) * (min(back, high) - low))
        )
        edge = low + EDGE * (high - low)
        reached = next((index for index in range(first, middle) if self._steady[index] <= edge), middle)
        left = next((index for index in range(last, middle, -1) if self._steady[index] <= edge), middle)
        speeds = (
            abs(self._steady[index + 1] - self._steady[index]) / (self._times[index + 1] - self._times[index])
            for index in range(first, last)
        )
        seen = self._qualities[first : last + 1]
        return Repetition(
            start=self._times[first],
            reached=self._times[reached],
            left=self._times[left],
            end=self._times[last],
            bottom_at=self._times[middle],
            top=high * self._sign,
            bottom=low * self._sign,
            peak_speed=max(speeds, default=0.0) * NANOSECONDS,
            confidence=min(1.0, (high - low) / self._sure) * sum(seen) / len(seen),
        )

    def around(self, rep: Repetition) -> Repetition:
        """What these samples show where another signal shows a movement, as `repetition`."""
        late = round((MEDIAN_SECONDS + SMOOTHING_SECONDS) * NANOSECONDS / 2)
        bottom = Turn(min(rep.bottom_at + late, self._times[-1]), 0.0)
        return self.repetition(Turn(rep.start, 0.0), bottom, inf)

    def widened(self, rep: Repetition, after: int = 0, *, cut: bool = False) -> Repetition:
        """A repetition out of these samples, with its phases to where the movement begins and ends.

        `EDGE` is cut off at both ends of either way, for what is there may be rest or noise. The person is in it about
        as long as from there to the middle: of a cosine 1.03 times, of the smoothest movement there is 1.4 times
        (minimum jerk: T. Flash and N. Hogan, J Neurosci 5(7), 1985). So an end is foretold that is not reached yet.

        Args:
            rep: as `repetition` describes it.
            after: when the one before it ended, ns; 0 for none.
            cut: whether nothing comes after the last sample.
        """
        start, reached = self._ends(rep.start, rep)
        end, left = self._ends(rep.end, rep)
        first, last = self.span
        before, behind = self._around(self._index(rep.bottom_at))
        reached, left = min(max(reached, first), before), max(left, behind)
        end = min(max(end, left), last) if cut else max(end, left)
        return replace(
            rep,
            start=min(max(start, after, first), reached),
            reached=reached,
            left=min(left, end),
            end=end,
        )

    def _around(self, index: int) -> tuple[int, int]:
        """Halfway to the samples before and behind one, ns: for so long it is not known to be over."""
        here, last = self._times[index], len(self._times) - 1
        return (self._times[max(index - 1, 0)] + here) // 2, (here + self._times[min(index + 1, last)] + 1) // 2

    def _ends(self, edge: int, rep: Repetition) -> tuple[int, int]:
        """Where a way's two ends are, that at rest and the far one, ns.

        Args:
            edge: the sample next to rest, ns.
            rep: whose way it is.
        """
        first, last = self._index(edge), self._index(rep.bottom_at)
        step = 1 if last > first else -1
        high, low = rep.top * self._sign, rep.bottom * self._sign
        near, middle, far = (
            self._crossed(first, last, step, high - share * (high - low)) for share in (EDGE, 0.5, 1.0 - EDGE)
        )
        part = min(middle - near, far - middle, key=abs)
        return _moment(near - part), _moment(far + part)

    def _crossed(self, first: int, last: int, step: int, level: float) -> float:
        """When the signal comes down to a level on the way from one place to another, ns."""
        index = next((one for one in range(first, last, step) if self._steady[one] <= level), last)
        if index == first or self._steady[index] > level:
            return self._times[index]
        before, here = self._steady[index - step], self._steady[index]
        return self._times[index] + (level - here) / (before - here) * (self._times[index - step] - self._times[index])

    def _index(self, at: int) -> int:
        """The place of a sample."""
        return bisect_left(self._times, at)

    def _before(self, at: int) -> int:
        """The place of the first sample that the filters may have delayed to a moment."""
        return bisect_left(self._times, at - (MEDIAN_SECONDS + SMOOTHING_SECONDS) * NANOSECONDS)

    def _left(self, top: Turn, index: int, level: float) -> int:
        """The place at which the signal last left rest on its way from ``top`` down to a place."""
        first = self._before(top.at)
        while index > first and self._steady[index] < level:
            index -= 1
        return index

    def _above(self, index: int, level: float) -> int:
        """The first place from one on at which the signal is above a level; the last one where it is nowhere."""
        last = len(self._steady) - 1
        while index < last and self._steady[index] < level:
            index += 1
        return index


def _moment(at: float) -> int:
    """A moment between samples in whole milliseconds, so that no last digit of a float is told; ns."""
    return round(at / MILLISECOND) * MILLISECOND
