r"""Repetition counting: two thresholds (hysteresis) over one movement signal, in event time.

       top               top                  top
    -----.      .-----------.      .-----------       person's own top
          \    /             \    /         - - - -    rest above: `REST` of the way up
           \  /               \  /          - - - -    bent below: `BENT`
            \/                 \/                      person's own bottom
          bottom             bottom
         <------ one Rep ----->

    state    leaves when the signal is     then
    rest     below "bent below"            the highest point since was a top
    bent     above "rest above"            the lowest point since was a bottom

Laws:
    1. A repetition is top, bottom, top. It is told once the way back has come within `EDGE` of rest, or a moment
       (`SETTLE_SECONDS`) after it passed the upper threshold; its times are then fixed.
    2. The thresholds follow the person's own bottom and top (the middle ones of those seen), which lie at least the
       exercise's smallest swing apart. When they move, everything since the start is judged again: a repetition may be
       taken back, and readers are told by revision.
    3. Doubtful samples are left out. After a gap of `GAP_SECONDS` counting goes on, but nothing is joined across it.
    4. Only the end of a track (`finish`) looks at halves: a recording that begins on the way up and ends on the way
       down shows one repetition more than was seen whole; one that shows a single half shows that repetition.
    5. Times are the samples' own; the same samples give the same repetitions, however they were cut into calls.
    6. Who leaves rest and comes back without having been far enough did half a repetition: reported, never counted.

To judge again is cheap, because it is done on turning points: a fine hysteresis runs sample by sample and keeps only
these (`RepCounter._turn`); the two thresholds then run over a few dozen points (`RepCounter._coarse`).
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from itertools import pairwise
from math import exp
from typing import Final, Protocol

from services.core.signals import Measures
from services.core.types import NANOSECONDS

BENT: Final = 0.35
REST: Final = 0.65
"""Thresholds as shares of the way from the person's own bottom to their own top; measured best on real clips."""

CUT_RETURN: Final = 0.8
"""Share of the way back that makes a repetition of one that the end of the recording cuts."""

NEAR: Final = 0.8
"""While few are seen, the person's own bottom and top lie at least this share of the way to the extremes."""

FEW: Final = 4
"""From so many tops (or bottoms) on, the middle one is trusted by itself, and a single outlier does nothing."""

EDGE: Final = 0.15
"""Share of a way that is still rest: a repetition starts and ends where it crosses this."""

SHARE: Final = 0.45
"""Share of the person's typical swing below which a movement is no repetition."""

OUTLIER: Final = 0.6
"""The typical swing is at least this share of the largest, so that small fidgeting cannot lower it further."""

HALF: Final = 0.35
"""Share of the way from rest to the far end from which on a movement is half a repetition."""

FINE: Final = 0.5
"""Share of the exercise's smallest swing at which turning points are kept."""

SMOOTHING_SECONDS: Final = 0.06
"""Time constant of the low-pass before anything is judged; longer hides quick repetitions, shorter lets noise in."""

GAP_SECONDS: Final = 2.0
"""Longest time without a usable sample that a repetition may span."""

SETTLE_SECONDS: Final = 0.25
"""A repetition is told at the latest this long after it counted, should the way back never reach its edge."""

CUT_SECONDS: Final = 2.5
"""A half repetition belongs to the edge of a recording when it starts or ends this close to it."""


@dataclass(frozen=True, slots=True)
class RepRule:
    """How one exercise's repetitions show in its signal.

    Attributes:
        rest_high: True when the person rests where the signal is high (a squat's knee angle), False when low.
        smallest: smallest swing that may be a repetition, in the signal's unit.
        seconds: shortest and longest duration of a repetition.
        done_far: True when it is done at the far end (a pull-up's chin over the bar): a recording that ends there
            shows the repetition.
    """

    rest_high: bool
    smallest: float
    seconds: tuple[float, float] = (0.4, 10.0)
    done_far: bool = False


@dataclass(frozen=True, slots=True)
class Repetition:
    """One repetition as its counter sees it.

    Attributes:
        start, end: where the signal leaves and reaches rest, ns.
        reached, left: where it enters and leaves its far end, ns; ``start <= reached <= bottom_at <= left <= end``.
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


@dataclass(frozen=True, slots=True)
class _Turn:
    """A turning point of the signal, which is high at rest here."""

    at: int
    value: float


class RepCounter:
    """Counts the repetitions in one signal of one person; the state machine at the top of this file."""

    def __init__(self, rule: RepRule) -> None:
        self.rule = rule
        self.reps: list[Repetition] = []
        self.halves: list[Repetition] = []
        self._sign = 1.0 if rule.rest_high else -1.0
        self._fine = FINE * rule.smallest
        self._before: list[Repetition] = []
        self._halves_before: list[Repetition] = []
        self._restart()

    def _restart(self) -> None:
        self._times: list[int] = []
        self._values: list[float] = []
        self._qualities: list[float] = []
        self._turns: list[_Turn] = []
        self._rising: bool | None = None
        self._lowest = self._highest = _Turn(0, 0.0)
        self._kept: dict[int, Repetition] = {}

    @property
    def started(self) -> int | None:
        """When the first sample since the last gap was taken, ns; None before any."""
        return self._times[0] if self._times else None

    @property
    def begun(self) -> int | None:
        """When the person left rest for a repetition that is not told yet, ns; None when there is none."""
        points = self._coarse()
        if len(points) > 2 and points[-1].value > points[-2].value and points[-2].at not in self._kept:
            return self._leave(points[-3], points[-2])
        if len(points) > 1 and points[-1].value < points[-2].value:
            return self._leave(points[-2], points[-1])
        return None

    def update(self, at: int, value: float, quality: float = 1.0) -> None:
        """Take the next sample; `reps` is up to date afterwards.

        Args:
            at: event time, ns, later than the last one.
            value: the signal, in its own unit; leave doubtful samples out.
            quality: 0-1, how well it was seen; poor ones make a repetition less sure.
        """
        value *= self._sign
        if self._times:
            elapsed = (at - self._times[-1]) / NANOSECONDS
            if elapsed > GAP_SECONDS:
                self._before, self._halves_before = self.reps, self.halves
                self._restart()
            else:
                value = self._values[-1] + (1.0 - exp(-elapsed / SMOOTHING_SECONDS)) * (value - self._values[-1])
        self._times.append(at)
        self._values.append(value)
        self._qualities.append(quality)
        self._turn(_Turn(at, value))
        points = self._coarse()
        self.reps = self._judge(points, finished=False)
        self.halves = [*self._halves_before, *self._half_ways(points)]

    def finish(self, *, from_start: bool = True) -> list[Repetition]:
        """The repetitions of a recording that is over, halves at its edges considered (law 4).

        Args:
            from_start: whether the first sample was the recording's first; a half at its start counts only then.
        """
        points = self._coarse()
        if len(points) < 2:
            return self.reps
        reps = self._judge(points, finished=True)
        bottom_level, top_level = self._references(self._points())
        enough = REST * (top_level - bottom_level)
        first, last = points[:2], points[-2:]
        edge = CUT_SECONDS * NANOSECONDS
        leading = from_start and first[1].value - first[0].value >= enough and first[0].at - self._times[0] < edge
        trailing = last[0].value - last[1].value >= enough and self._times[-1] - last[1].at < edge
        alone = len(points) == 2 and not reps
        if not (trailing and (leading or self.rule.done_far)) and not ((leading or trailing) and alone):
            return reps
        top, bottom = last if trailing else reversed(first)
        start = self._leave(top, bottom) if trailing else self._times[0]
        return [*reps, self._described(start, self._times[-1], top, bottom)]

    def _turn(self, now: _Turn) -> None:
        """The fine state machine: keep the turning points that `_fine` proves."""
        if len(self._times) == 1:
            self._lowest = self._highest = now
            return
        if now.value > self._highest.value:
            self._highest = now
        if now.value < self._lowest.value:
            self._lowest = now
        if self._rising is not True and now.value - self._lowest.value >= self._fine:
            self._turns.append(self._lowest)
            self._rising, self._highest = True, now
        elif self._rising is not False and self._highest.value - now.value >= self._fine:
            self._turns.append(self._highest)
            self._rising, self._lowest = False, now

    def _points(self) -> list[_Turn]:
        """All fine turning points, the present extreme last."""
        if self._rising is None:
            return []
        return [*self._turns, self._highest if self._rising else self._lowest]

    def _references(self, points: list[_Turn]) -> tuple[float, float]:
        """The person's own bottom and top: the middle ones of those seen, held near the extremes while few are."""
        ways = sorted((abs(b.value - a.value) for a, b in pairwise(points)), reverse=True)
        typical = max(ways[min(2, len(ways) - 1)], OUTLIER * ways[0])
        turns = _zigzag(points, max(self.rule.smallest, SHARE * typical))
        if len(turns) < 2:
            return 0.0, 0.0
        rising = turns[1].value > turns[0].value
        bottoms = sorted(turn.value for turn in (turns[0::2] if rising else turns[1::2]))
        tops = sorted(turn.value for turn in (turns[1::2] if rising else turns[0::2]))
        bottom, top = bottoms[(len(bottoms) - 1) // 2], tops[len(tops) // 2]
        if len(tops) < FEW:
            top = max(top, bottom + NEAR * (tops[-1] - bottom))
        if len(bottoms) < FEW:
            bottom = min(bottom, top - NEAR * (top - bottoms[0]))
        return bottom, top

    def _coarse(self) -> list[_Turn]:
        """Tops and bottoms by the person's own thresholds, in turn, the present extreme last."""
        points = self._points()
        if not points:
            return []
        bottom, top = self._references(points)
        if top - bottom < self.rule.smallest:
            return []
        bent_below, rest_above = bottom + BENT * (top - bottom), bottom + REST * (top - bottom)
        kept: list[_Turn] = []
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

    def _judge(self, points: list[_Turn], *, finished: bool) -> list[Repetition]:
        """The repetitions among tops and bottoms; those told before keep their times."""
        reps = list(self._before)
        for index in range(1, len(points) - 1):
            top, bottom, back = points[index - 1 : index + 2]
            if bottom.value > top.value:
                continue
            rep = self._kept.get(bottom.at)
            if rep is None:
                if index + 2 == len(points) and not self._returned(top, bottom, back, finished=finished):
                    continue
                rep = self._repetition(top, bottom, back)
                self._kept[bottom.at] = rep
            shortest, longest = self.rule.seconds
            if shortest <= (rep.end - rep.start) / NANOSECONDS <= longest:
                reps.append(rep)
        return reps

    def _returned(self, top: _Turn, bottom: _Turn, back: _Turn, *, finished: bool) -> bool:
        """Whether the way back, still under way, is far enough to tell the repetition."""
        way = top.value - bottom.value
        if finished:
            return back.value - bottom.value >= CUT_RETURN * way
        if back.value >= bottom.value + (1.0 - EDGE) * way:
            return True
        counted = self._first_above(bottom, bottom.value + REST * way)
        return counted is not None and self._times[-1] - counted >= SETTLE_SECONDS * NANOSECONDS

    def _repetition(self, top: _Turn, bottom: _Turn, back: _Turn) -> Repetition:
        reached = bottom.value + (1.0 - EDGE) * (min(back.value, top.value) - bottom.value)
        end = self._first_above(bottom, reached)
        return self._described(self._leave(top, bottom), back.at if end is None else end, top, bottom)

    def _described(self, start: int, end: int, top: _Turn, bottom: _Turn) -> Repetition:
        """A repetition between two moments, by its samples."""
        first, last = bisect_left(self._times, start), bisect_left(self._times, end)
        middle = bisect_left(self._times, bottom.at)
        near = bottom.value + EDGE * (top.value - bottom.value)
        reached = next((index for index in range(first, middle) if self._values[index] <= near), middle)
        left = next((index for index in range(last, middle, -1) if self._values[index] <= near), middle)
        speed = max(
            (
                abs(self._values[index + 1] - self._values[index]) / (self._times[index + 1] - self._times[index])
                for index in range(first, last)
            ),
            default=0.0,
        )
        seen = self._qualities[first : last + 1]
        return Repetition(
            start=start,
            reached=self._times[reached],
            left=self._times[left],
            end=end,
            bottom_at=bottom.at,
            top=top.value * self._sign,
            bottom=bottom.value * self._sign,
            peak_speed=speed * NANOSECONDS,
            confidence=min(1.0, (top.value - bottom.value) / (2 * self.rule.smallest)) * sum(seen) / len(seen),
        )

    def _half_ways(self, points: list[_Turn]) -> list[Repetition]:
        """Movements that left rest and came back without having been bent."""
        if len(points) < 2:
            return []
        bottom_level, top_level = self._references(self._points())
        way = top_level - bottom_level
        deep, back = top_level - HALF * way, top_level - EDGE * way
        found: list[Repetition] = []
        turns = self._points()
        for index in range(1, len(turns) - 1):
            before, turn, after = turns[index - 1 : index + 2]
            resting = before.value >= back and after.value >= back
            if resting and bottom_level + BENT * way < turn.value <= deep:
                end = self._first_above(turn, min(before.value, after.value) - EDGE * (before.value - turn.value))
                start = self._leave(before, turn)
                found.append(self._described(start, after.at if end is None else end, before, turn))
        return found

    def _leave(self, top: _Turn, bottom: _Turn) -> int:
        """When the signal last left rest on its way from ``top`` to ``bottom``."""
        level = top.value - EDGE * (top.value - bottom.value)
        index = bisect_left(self._times, bottom.at)
        while index > 0 and self._times[index] > top.at and self._values[index] < level:
            index -= 1
        return self._times[index]

    def _first_above(self, bottom: _Turn, level: float) -> int | None:
        """When the signal first came up to a level after a bottom."""
        for index in range(bisect_left(self._times, bottom.at), len(self._times)):
            if self._values[index] >= level:
                return self._times[index]
        return None


def _zigzag(points: list[_Turn], swing: float) -> list[_Turn]:
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
