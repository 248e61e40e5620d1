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
    1. A repetition is top, bottom, top. It is told once the way back has come within `EDGE` of rest, or stands
       still for a moment (`SETTLE_SECONDS`) above the upper threshold; its times are then fixed.
    2. The thresholds follow the person's own bottom and top (the middle ones of the last `TURNS` turning points), which
       lie at least the exercise's smallest swing apart. When they move, all since then is judged again: a repetition
       may be taken back, and readers are told by revision. What lies further back is settled.
    3. Doubtful samples are left out. After a gap of `GAP_SECONDS` counting goes on with the same thresholds, but
       nothing is joined across it.
    4. Only the end of a track (`finish`) looks at repetitions that the recording cuts. One counts when its effort was
       seen: the way to the far end of what is done there (a pull-up), the way back of the rest (a squat). A beginning
       and an end that are cut make one together, and a single half is a repetition when there is nothing else.
    5. Times are the samples' own; the same samples give the same repetitions, however they were cut into calls.
    6. Who leaves rest and comes back without having been far enough did half a repetition: reported, never counted.

To judge is cheap, however long a set lasts: a fine hysteresis runs sample by sample and keeps only turning points
(`RepCounter._turn`); the two thresholds run over the last few dozen of these (`RepCounter._coarse`), and only when
there is a new one or a repetition under way comes back to rest.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import pairwise
from math import exp
from statistics import median
from typing import Final

from services.core.repetition import Repetition, RepRule
from services.core.turns import BENT, FEW, REST, Turn, coarse, references
from services.core.types import NANOSECONDS

CUT_RETURN: Final = 0.8
"""Share of the way back that makes a repetition of one that the end of the recording cuts."""

EDGE: Final = 0.15
"""Share of a way that is still rest: a repetition starts and ends where it crosses this."""

MEDIAN_SECONDS: Final = 0.15
"""The middle one of the samples of this time is taken first, so that a pose that jumps for one sample does nothing."""

TURNS: Final = 40
"""So many turning points are judged together; more make a tired or drifting person's thresholds slower."""

KEPT_TURNS: Final = 24
"""So many of them are left when older ones are settled."""

LAST: Final = 3
"""So many samples are too new for the filters."""

EDGELESS: Final = 0.7
"""The part of a repetition's time that is left when `EDGE` is cut off at both ends (of a cosine, 0.75)."""

HOLE_SECONDS: Final = 0.4
"""Longer time without a usable sample is a hole."""

UNSEEN: Final = 0.75
"""A repetition of which holes take a larger share was not seen."""

QUICK: Final = 0.4
"""Share of the typical repetition's time below which a movement is none, as soon as `FEW` were seen."""

PAUSE: Final = 2.0
"""A repetition with a pause in it may last this many times as long as each of its ways may."""

SURE: Final = 2.0
"""A repetition whose swing is so many times the exercise's smallest is sure, as far as its swing goes."""

HALF: Final = 0.35
"""Share of the way from rest to the far end from which on a movement is half a repetition."""

FINE: Final = 0.5
"""Share of the exercise's smallest swing at which turning points are kept."""

SMOOTHING_SECONDS: Final = 0.06
"""Time constant of the low-pass before anything is judged; longer hides quick repetitions, shorter lets noise in."""

GAP_SECONDS: Final = 2.0
"""Longest time without a usable sample that a repetition may span."""

SETTLE_SECONDS: Final = 0.15
"""A repetition is told when the way back has stood still for so long, should it never reach its edge."""

CUT_SECONDS: Final = 2.5
"""A half repetition belongs to the edge of a recording when it starts or ends this close to it."""


class RepCounter:
    """Counts the repetitions in one signal of one person; the state machine at the top of this file.

    Attributes:
        rule: what a repetition looks like in the signal.
        reps, halves: so far, in order of time; other lists whenever they change.
    """

    def __init__(self, rule: RepRule) -> None:
        self.rule = rule
        self.reps: list[Repetition] = []
        self.halves: list[Repetition] = []
        self._sign = 1.0 if rule.rest_high else -1.0
        self._fine = FINE * rule.smallest
        self._known: tuple[float, float] | None = None
        self._restart()

    def _restart(self) -> None:
        self._settled, self._settled_halves = self.reps, self.halves
        self._times: list[int] = []
        self._raw: list[float] = []
        self._steady: list[float] = []
        self._values: list[float] = []
        self._qualities: list[float] = []
        self._turns: list[Turn] = []
        self._rising: bool | None = None
        self._lowest = self._highest = Turn(0, 0.0)
        self._kept: dict[int, Repetition] = {}
        self._kept_halves: dict[int, Repetition] = {}
        self._waiting: tuple[float, float] | None = None
        self._half_above: float | None = None
        self._came_back: int | None = None
        self._latest = 0.0
        self._since: int | None = None

    @property
    def started(self) -> int | None:
        """When the first sample since the last gap was taken, ns; None before any."""
        return self._since

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
        if self._times and at - self._times[-1] > GAP_SECONDS * NANOSECONDS:
            if len(self.reps) >= len(self._settled) + 2:
                self._known = self._levels()
            self._restart()
        elapsed = (at - self._times[-1]) / NANOSECONDS if self._times else 0.0
        self._times.append(at)
        self._raw.append(float(value) * self._sign)
        self._steady.append(float(value) * self._sign)
        if len(self._raw) > 2 and at - self._times[-3] <= MEDIAN_SECONDS * NANOSECONDS:
            self._steady[-2] = sorted(self._raw[-3:])[1]
        self._qualities.append(quality)
        first = bisect_right(self._times, at - MEDIAN_SECONDS * NANOSECONDS)
        middle = median(self._raw[first:]) if first + 2 < len(self._raw) else self._raw[-1]
        self._latest = middle
        if elapsed:
            middle = self._values[-1] + (1.0 - exp(-elapsed / SMOOTHING_SECONDS)) * (middle - self._values[-1])
        else:
            self._since = at
        self._values.append(middle)
        if self._turn(Turn(at, middle)) or self._back(at, middle):
            self._review()

    def finish(self, *, from_start: bool = True) -> list[Repetition]:
        """The repetitions of a recording that is over, those that it cuts considered (law 4).

        Args:
            from_start: whether the first sample was the recording's first; a half at its start counts only then.
        """
        seen = self._lowest, self._highest
        # The filters' delay would hide the last moments.
        steady = [Turn(at, value) for at, value in zip(self._times[-LAST:], self._steady[-LAST:], strict=True)]
        self._lowest = min([seen[0], *steady], key=lambda turn: turn.value)
        self._highest = max([seen[1], *steady], key=lambda turn: turn.value)
        try:
            return self._finished(from_start=from_start)
        finally:
            self._lowest, self._highest = seen

    def _finished(self, *, from_start: bool) -> list[Repetition]:
        """The repetitions, no further samples being expected."""
        points = self._coarse()
        if len(points) < 2:
            return self.reps
        reps = self._judge(points, finished=True)
        bottom_level, top_level = self._levels()
        way = top_level - bottom_level
        first, last, far = points[:2], points[-2:], points[-3:]
        edge = CUT_SECONDS * NANOSECONDS
        begins = first[1].value - first[0].value if from_start and first[0].at - self._times[0] < edge else 0.0
        ends = last[0].value - last[1].value if self._times[-1] - last[1].at < edge else 0.0
        leading, trailing = begins >= REST * way, ends >= REST * way
        coming = len(far) == 3 and far[2].value > far[1].value and far[1].at not in self._kept
        counts = leading and trailing
        if self.rule.done_far:
            counts |= ends >= (1.0 - EDGE) * way or (coming and far[0].value - far[1].value >= (1.0 - EDGE) * way)
        else:
            counts |= begins >= (1.0 - EDGE) * way
        counts |= len(points) == 2 and not reps and (leading or trailing)
        if not counts:
            return reps
        if trailing or coming:
            top, bottom = last if trailing else far[:2]
            return [*reps, self._described(top, bottom, top.value, end=self._times[-1])]
        bottom, top = first
        cut = self._described(top, bottom, top.value, start=self._times[0])
        return [*self._settled, cut, *reps[len(self._settled) :]]

    def _turn(self, now: Turn) -> bool:
        """The fine state machine: keep the turning points that `_fine` proves; whether there is a new one."""
        if len(self._times) == 1:
            self._lowest = self._highest = now
            return False
        if now.value > self._highest.value:
            self._highest = now
        if now.value < self._lowest.value:
            self._lowest = now
        if self._rising is not True and now.value - self._lowest.value >= self._fine:
            self._turns.append(self._lowest)
            self._rising, self._highest = True, now
            return True
        if self._rising is not False and self._highest.value - now.value >= self._fine:
            self._turns.append(self._highest)
            self._rising, self._lowest = False, now
            return True
        return False

    def _back(self, at: int, value: float) -> bool:
        """Whether the repetition that is under way has come back far enough, or for long enough, to be judged."""
        if self._half_above is not None and value >= self._half_above:
            return True
        if self._waiting is None:
            return False
        counts_above, done_above = self._waiting
        if self._came_back is None:
            if value >= counts_above:
                self._came_back = at
                return True
            return False
        return max(value, self._latest) >= done_above or at - self._highest.at >= SETTLE_SECONDS * NANOSECONDS

    def _review(self) -> None:
        """Judge again what is not settled."""
        points = self._coarse()
        reps = self._judge(points, finished=False)
        halves = [*self._settled_halves, *self._half_ways()]
        if reps != self.reps:
            self.reps = reps
        if halves != self.halves:
            self.halves = halves
        self._await(points)
        if len(self._turns) > TURNS:
            self._settle(points)

    def _await(self, points: list[Turn]) -> None:
        """Note what the repetition, or half of one, that is under way has to come back to."""
        bottom_level, top_level = self._levels() if len(self._turns) > 1 else (0.0, 0.0)
        way = top_level - bottom_level
        back = top_level - EDGE * way
        halfway = bool(self._rising) and len(self._turns) > 1 and way >= self.rule.smallest
        halfway = halfway and bottom_level + BENT * way < self._turns[-1].value <= top_level - HALF * way
        self._half_above = back if halfway and self._highest.value < back else None
        before, self._waiting = self._waiting, None
        rising = len(points) > 2 and points[-1].value > points[-2].value
        if len(points) > 1 and not (rising and points[-2].at in self._kept):
            top, bottom = points[-3:-1] if rising else points[-2:]
            way = top.value - bottom.value
            if way > 0.0:
                self._waiting = (bottom.value + REST * way, bottom.value + (1.0 - EDGE) * way)
        if self._waiting is None or not rising:
            self._came_back = None
        elif before is None or self._came_back is None:
            self._came_back = self._times[-1]

    def _settle(self, points: list[Turn]) -> None:
        """Let go of what lies far back: what was told of it holds."""
        latest = self._turns[-KEPT_TURNS].at
        cut = max(
            (top.at for top, bottom in pairwise(points) if top.value > bottom.value and top.at <= latest), default=0
        )
        cut = cut or latest
        self._settled = [rep for rep in self.reps if rep.end <= cut or rep in self._settled]
        self._settled_halves = [half for half in self.halves if half.end <= cut or half in self._settled_halves]
        self._turns = [turn for turn in self._turns if turn.at >= cut]
        self._kept = {at: rep for at, rep in self._kept.items() if at > cut}
        first = bisect_left(self._times, cut)
        for samples in (self._times, self._raw, self._steady, self._values, self._qualities):
            del samples[:first]

    def _points(self) -> list[Turn]:
        """All fine turning points, the present extreme last."""
        if self._rising is None:
            return []
        return [*self._turns, self._highest if self._rising else self._lowest]

    def _levels(self) -> tuple[float, float]:
        """The person's own bottom and top so far."""
        return references(self._points(), self.rule.smallest, self._known)

    def _coarse(self) -> list[Turn]:
        """Tops and bottoms by the person's own thresholds, in turn, the present extreme last."""
        points = self._points()
        if not points:
            return []
        bottom, top = references(points, self.rule.smallest, self._known)
        return [] if top - bottom < self.rule.smallest else coarse(points, bottom, top)

    def _judge(self, points: list[Turn], *, finished: bool) -> list[Repetition]:
        """The repetitions among tops and bottoms; those told before keep their times."""
        reps = list(self._settled)
        for index in range(1, len(points) - 1):
            top, bottom, back = points[index - 1 : index + 2]
            if bottom.value > top.value:
                continue
            rep = self._kept.get(bottom.at)
            if rep is None:
                if index + 2 == len(points) and not self._returned(top, bottom, back, finished=finished):
                    continue
                done = self._latest >= bottom.value + (1.0 - EDGE) * (top.value - bottom.value)
                rep = self._described(top, bottom, top.value if done and index + 2 == len(points) else back.value)
                if not finished:
                    self._kept[bottom.at] = rep
            if self._lasts(rep):
                reps.append(rep)
        return self._alike(reps)

    def _lasts(self, rep: Repetition) -> bool:
        """Whether it lasts as long as a repetition may, and was seen for enough of that."""
        shortest, longest = self.rule.seconds
        lasted, ways = rep.end - rep.start, max(rep.reached - rep.start, rep.end - rep.left)
        if not (ways <= longest * NANOSECONDS and EDGELESS * shortest <= lasted / NANOSECONDS <= PAUSE * longest):
            return False
        first, last = self._index(rep.start), self._index(rep.end)
        steps = (self._times[index + 1] - self._times[index] for index in range(first, last))
        return sum(step for step in steps if step > HOLE_SECONDS * NANOSECONDS) <= UNSEEN * lasted

    def _alike(self, reps: list[Repetition]) -> list[Repetition]:
        """Without those that are far too quick for what the person does otherwise."""
        latest = reps[len(self._settled) :]
        typical = median(rep.end - rep.start for rep in reps[-TURNS // 2 :]) if len(reps) >= FEW else 0.0
        return [*self._settled, *(rep for rep in latest if rep.end - rep.start >= QUICK * typical)]

    def _returned(self, top: Turn, bottom: Turn, back: Turn, *, finished: bool) -> bool:
        """Whether the way back, still under way, is far enough to tell the repetition."""
        way = top.value - bottom.value
        if finished:
            return back.value - bottom.value >= CUT_RETURN * way
        if max(back.value, self._latest) >= bottom.value + (1.0 - EDGE) * way:
            return True
        return self._came_back is not None and self._times[-1] - self._highest.at >= SETTLE_SECONDS * NANOSECONDS

    def _described(self, top: Turn, bottom: Turn, back: float, *, start: int | None = None,
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
            confidence=min(1.0, (high - low) / (SURE * self.rule.smallest)) * sum(seen) / len(seen),
        )

    def _half_ways(self) -> list[Repetition]:
        """Movements that left rest and came back without having been bent."""
        turns = self._points()
        bottom_level, top_level = references(turns, self.rule.smallest, self._known) if len(turns) > 2 else (0.0, 0.0)
        way = top_level - bottom_level
        if way < self.rule.smallest:
            return []
        deep, back = top_level - HALF * way, top_level - EDGE * way
        found: list[Repetition] = []
        for before, turn, after in zip(turns, turns[1:], turns[2:], strict=False):
            if bottom_level + BENT * way < turn.value <= deep and min(before.value, after.value) >= back:
                if turn.at not in self._kept_halves:
                    self._kept_halves[turn.at] = self._described(before, turn, after.value)
                found.append(self._kept_halves[turn.at])
        return found

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

    def _leave(self, top: Turn, bottom: Turn) -> int:
        """When the signal last left rest on its way from ``top`` to ``bottom``, ns."""
        return self._times[self._left(top, self._index(bottom.at), top.value - EDGE * (top.value - bottom.value))]
