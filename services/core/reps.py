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
       still for a moment (`SETTLE_SECONDS`) above the upper threshold; its times are then fixed, its end foretold.
    2. The thresholds follow the person's own bottom and top (the middle ones of the last `TURNS` turning points), which
       lie at least the exercise's smallest swing apart. When they move, all since then is judged again: a repetition
       may be taken back, and readers are told by revision. What lies further back is settled.
    3. Doubtful samples are left out. After a gap of `GAP_SECONDS` counting goes on with the same thresholds, but
       nothing is joined across it.
    4. Only the end of a track (`finish`) looks at repetitions that the recording cuts. One counts when its effort was
       seen: the way to the far end of what is done there (a pull-up), the way back of the rest (a squat). A beginning
       and an end that are cut make one together, and a single half is a repetition when there is nothing else. Who
       stays at the far end for `STAYED_SECONDS` is not cut: after sit-ups people get up, after pushdowns arms hang.
    5. Times follow from the samples' own; the same samples give the same repetitions, however they were cut into calls.
    6. Who leaves rest and comes back without having been far enough did half a repetition: reported, never counted.

To judge is cheap, however long a set lasts: a fine hysteresis runs sample by sample and keeps only turning points
(`RepCounter._turn`); the two thresholds run over the last few dozen of these (`RepCounter._coarse`), and only when
there is a new one or a repetition under way comes back to rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import inf
from statistics import median
from typing import Final

from services.core.repetition import Repetition, RepRule
from services.core.samples import EDGE, Samples
from services.core.turns import BENT, FEW, REST, Turn, coarse, references
from services.core.types import NANOSECONDS

CUT_RETURN: Final = 0.8
"""Share of the way back that makes a repetition of one that the end of the recording cuts."""

TURNS: Final = 40
"""So many turning points are judged together; more make a tired or drifting person's thresholds slower."""

KEPT_TURNS: Final = 24
"""So many of them are left when older ones are settled."""

EDGELESS: Final = 0.7
"""The part of a repetition's time that is left when `EDGE` is cut off at both ends (of a cosine, 0.75)."""

UNSEEN: Final = 0.75
"""A repetition of which holes take a larger share was not seen."""

QUICK: Final = 0.4
"""Share of the typical repetition's time below which a movement is none, as soon as `FEW` were seen."""

PAUSE: Final = 2.0
"""A repetition with a pause in it may last this many times as long as each of its ways may."""

HALF: Final = 0.35
"""Share of the way from rest to the far end from which on a movement is half a repetition."""

FINE: Final = 0.5
"""Share of the exercise's smallest swing at which turning points are kept."""

GAP_SECONDS: Final = 2.0
"""Longest time without a usable sample that a repetition may span."""

SETTLE_SECONDS: Final = 0.15
"""A repetition is told when the way back has stood still for so long, should it never reach its edge."""

CUT_SECONDS: Final = 2.5
"""A half repetition belongs to the edge of a recording when it starts or ends this close to it."""

STAYED_SECONDS: Final = 2.0
"""Who is at the far end for longer than this, and than `PAUSE` times what is usual, has finished there."""


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
        self._fine = FINE * rule.smallest
        self._known: tuple[float, float] | None = None
        self._restart()

    def _restart(self) -> None:
        self._settled, self._settled_halves = self.reps, self.halves
        self._samples = Samples(self.rule)
        self._turns: list[Turn] = []
        self._rising: bool | None = None
        self._lowest = self._highest = Turn(0, 0.0)
        self._kept: dict[int, Repetition | None] = {}
        """Where a repetition is deepest -> what was told of it; None where it lasts too long or too short."""
        self._kept_halves: dict[int, Repetition] = {}
        self._waiting: tuple[float, float] | None = None
        self._half_above: float | None = None
        self._came_back: int | None = None

    @property
    def started(self) -> int | None:
        """When the first sample since the last gap was taken, ns; None before any."""
        return self._samples.started

    @property
    def begun(self) -> int | None:
        """When the person left rest for a repetition that is not told yet, ns; None when there is none."""
        points = self._coarse(self._points())
        if len(points) > 2 and points[-1].value > points[-2].value and points[-2].at not in self._kept:
            return self._samples.leaves(points[-3], points[-2])
        if len(points) > 1 and points[-1].value < points[-2].value:
            return self._samples.leaves(points[-2], points[-1])
        return None

    def update(self, at: int, value: float, quality: float = 1.0) -> bool:
        """Take the next sample; whether `reps` or `halves` say something else now.

        Args:
            at: event time, ns, later than the last one.
            value: the signal, in its own unit; leave doubtful samples out.
            quality: 0-1, how well it was seen; poor ones make a repetition less sure.
        """
        last = self._samples.last
        if last is not None and at - last > GAP_SECONDS * NANOSECONDS:
            if len(self.reps) >= len(self._settled) + 2:
                self._known = self._levels(self._points())
            self._restart()
        now = self._samples.push(at, value, quality)
        return (self._turn(now) or self._back(now)) and self._review()

    def finish(self, *, from_start: bool = True) -> list[Repetition]:
        """The repetitions of a recording that is over, those that it cuts considered (law 4).

        Args:
            from_start: whether the first sample was the recording's first; a half at its start counts only then.
        """
        seen = self._lowest, self._highest
        # The filters' delay would hide the last moments.
        steady = self._samples.newest()
        self._lowest = min([seen[0], *steady], key=lambda turn: turn.value)
        self._highest = max([seen[1], *steady], key=lambda turn: turn.value)
        try:
            return self._finished(from_start=from_start)
        finally:
            self._lowest, self._highest = seen

    def described(self, rep: Repetition) -> Repetition | None:
        """A movement that another counter sees, by these samples; None where they don't show it."""
        last = self._samples.last
        if last is None or not self._samples.span[0] <= rep.start <= rep.bottom_at <= last:
            return None
        found = self._samples.around(rep)
        return self._samples.widened(found) if found.swing >= self.rule.smallest else None

    def _finished(self, *, from_start: bool) -> list[Repetition]:
        """The repetitions, no further samples being expected."""
        fine = self._points()
        points = self._coarse(fine)
        if len(points) < 2:
            return self.reps
        reps = self._judge(points, finished=True)
        bottom_level, top_level = self._levels(fine)
        began, now = self._samples.span
        way = top_level - bottom_level
        first, last, far = points[:2], points[-2:], points[-3:]
        edge = CUT_SECONDS * NANOSECONDS
        begins = first[1].value - first[0].value if from_start and first[0].at - began < edge else 0.0
        ends = last[0].value - last[1].value if now - last[1].at < edge else 0.0
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
            cut = self._samples.repetition(top, bottom, top.value, end=now)
            return reps if _stayed(cut, reps) else [*reps, cut]
        bottom, top = first
        cut = self._samples.repetition(top, bottom, top.value, start=began)
        return [*self._settled, cut, *reps[len(self._settled) :]]

    def _turn(self, now: Turn) -> bool:
        """The fine state machine: keep the turning points that `_fine` proves; whether there is a new one."""
        if self._samples.started == now.at:
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

    def _back(self, now: Turn) -> bool:
        """Whether the repetition that is under way has come back far enough, or for long enough, to be judged."""
        if self._half_above is not None and now.value >= self._half_above:
            return True
        if self._waiting is None:
            return False
        counts_above, done_above = self._waiting
        if self._came_back is None:
            if now.value >= counts_above:
                self._came_back = now.at
                return True
            return False
        still = now.at - self._highest.at
        return max(now.value, self._samples.latest) >= done_above or still >= SETTLE_SECONDS * NANOSECONDS

    def _review(self) -> bool:
        """Judge again what is not settled; whether that says something else."""
        before = self.reps, self.halves
        fine = self._points()
        levels = self._levels(fine)
        points = self._coarse(fine, levels)
        reps = self._judge(points, finished=False)
        halves = [*self._settled_halves, *self._half_ways(fine, levels)]
        if reps != self.reps:
            self.reps = reps
        if halves != self.halves:
            self.halves = halves
        self._half_above = self._halfway(levels)
        self._await(points)
        if len(self._turns) > TURNS:
            self._settle(points)
        return self.reps is not before[0] or self.halves is not before[1]

    def _halfway(self, levels: tuple[float, float]) -> float | None:
        """What half a repetition that is under way has to come back to; None where there is none."""
        bottom, top = levels
        way = top - bottom
        back = top - EDGE * way
        if not self._rising or len(self._turns) < 2 or way < self.rule.smallest or self._highest.value >= back:
            return None
        return back if bottom + BENT * way < self._turns[-1].value <= top - HALF * way else None

    def _await(self, points: list[Turn]) -> None:
        """Note what the repetition that is under way has to come back to."""
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
            self._came_back = self._samples.last

    def _settle(self, points: list[Turn]) -> None:
        """Let go of what lies far back: what was told of it holds."""
        latest = self._turns[-KEPT_TURNS].at
        cut = max(
            (top.at for top, bottom in pairwise(points) if top.value > bottom.value and top.at <= latest), default=0
        )
        cut = cut or latest
        self._settled = [rep for rep in self.reps if rep.bottom_at <= cut or rep in self._settled]
        self._settled_halves = [half for half in self.halves if half.bottom_at <= cut or half in self._settled_halves]
        self._turns = [turn for turn in self._turns if turn.at >= cut]
        self._kept = {at: rep for at, rep in self._kept.items() if at > cut}
        self._samples.forget(cut)

    def _points(self) -> list[Turn]:
        """All fine turning points, the present extreme last."""
        if self._rising is None:
            return []
        return [*self._turns, self._highest if self._rising else self._lowest]

    def _levels(self, points: list[Turn]) -> tuple[float, float]:
        """The person's own bottom and top by fine turning points."""
        return references(points, self.rule.smallest, self._known)

    def _coarse(self, points: list[Turn], levels: tuple[float, float] | None = None) -> list[Turn]:
        """Tops and bottoms by the person's own thresholds, in turn, the present extreme last.

        Args:
            points: fine turning points.
            levels: the person's own bottom and top, where they are known already.
        """
        if not points:
            return []
        bottom, top = levels or self._levels(points)
        return [] if top - bottom < self.rule.smallest else coarse(points, bottom, top)

    def _judge(self, points: list[Turn], *, finished: bool) -> list[Repetition]:
        """The repetitions among tops and bottoms; those told before keep their times."""
        reps = list(self._settled)
        for index in range(1, len(points) - 1):
            top, bottom, back = points[index - 1 : index + 2]
            if bottom.value > top.value:
                continue
            last = index + 2 == len(points)
            if bottom.at in self._kept:
                rep = self._kept[bottom.at]
            elif last and not self._returned(top, bottom, back, finished=finished):
                continue
            else:
                done = self._samples.latest >= bottom.value + (1.0 - EDGE) * (top.value - bottom.value)
                found = self._samples.repetition(top, bottom, top.value if done and last else back.value)
                ended = reps[-1].end if reps else 0
                rep = self._samples.widened(found, ended, cut=finished) if self._lasts(found) else None
                if not finished:
                    self._kept[bottom.at] = rep
            if rep is not None:
                reps.append(rep)
        return self._alike(reps)

    def _lasts(self, rep: Repetition) -> bool:
        """Whether it lasts as long as a repetition may, and was seen for enough of that."""
        shortest, longest = self.rule.seconds
        lasted, ways = rep.end - rep.start, max(rep.reached - rep.start, rep.end - rep.left)
        if not (ways <= longest * NANOSECONDS and EDGELESS * shortest <= lasted / NANOSECONDS <= PAUSE * longest):
            return False
        return self._samples.unseen(rep.start, rep.end) <= UNSEEN * lasted

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
        if max(back.value, self._samples.latest) >= bottom.value + (1.0 - EDGE) * way:
            return True
        _, now = self._samples.span
        return self._came_back is not None and now - self._highest.at >= SETTLE_SECONDS * NANOSECONDS

    def _half_ways(self, points: list[Turn], levels: tuple[float, float]) -> list[Repetition]:
        """Movements that left rest and came back without having been bent."""
        bottom, top = levels
        way = top - bottom
        if way < self.rule.smallest:
            return []
        deep, back = top - HALF * way, top - EDGE * way
        found: list[Repetition] = []
        for before, turn, after in zip(points, points[1:], points[2:], strict=False):
            if bottom + BENT * way < turn.value <= deep and min(before.value, after.value) >= back:
                if turn.at not in self._kept_halves:
                    half = self._samples.repetition(before, turn, after.value)
                    self._kept_halves[turn.at] = self._samples.widened(half)
                found.append(self._kept_halves[turn.at])
        return found


def _stayed(cut: Repetition, reps: Sequence[Repetition]) -> bool:
    """Whether the person has been at the far end for too long to be in the middle of a repetition."""
    usual = median(rep.left - rep.reached for rep in reps) if reps else inf
    return cut.left - cut.reached > max(STAYED_SECONDS * NANOSECONDS, PAUSE * usual)
