"""Counting the repetitions of one exercise of one person: several ways, each usable alone, and what they add up to.

    angle       the exercise's own signal                                           exact where it is seen well
    phase       how far a whole pose is (`services.core.phases`)                    holds where a limb is hidden
    blend       the mean of both
    salient     neighbours among poses of both ends (`services.core.salient`)       learns from a handful of poses
    rhythm      what the body does most (`services.core.rhythm`)                    for movement that has no entry
    combined    the way whose repetitions are the most alike                        what sets use

Each is a signal in which `services.core.reps` counts. A counter takes measures and leaves out by itself what says
nothing: what is hardly visible, and poses that cannot belong to the exercise.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from services.core.exercises import Exercise
from services.core.phases import phase_network
from services.core.repetition import Counter, Repetition, RepRule, alike
from services.core.reps import RepCounter
from services.core.rhythm import RhythmCounter
from services.core.salient import SMOOTHING, known_poses
from services.core.signals import Measures
from services.core.smoothing import LowPass
from services.core.types import NANOSECONDS

SEEN: Final = 0.1
"""A signal, or a body, whose keypoints are less visible than this is left out of counting."""

SMALLEST: Final = 0.2
"""Smallest swing of the progress through a repetition that may be one."""

FIRST: Final = 0.03
"""The first way is believed while no other's repetitions are more alike by as much."""

TURNS: Final = 2
"""So many repetitions of either side in turn show that sides take turns: no one does every other repetition by half."""

KEPT_SECONDS: Final = 60.0
"""How long samples are kept, for repetitions that are told late."""

BEYOND: Final = 0.3
"""Part of the full range by which a signal may lie beyond it before it is blended."""


def rule_of(entry: Exercise) -> RepRule:
    """The rule of an exercise, with the way on which its effort is."""
    return replace(entry.rule, done_far=entry.done_far or entry.effort_first)


def progress_rule(entry: Exercise) -> RepRule:
    """The rule of the progress through an exercise's repetitions, 0 at rest and 1 at the far end."""
    return RepRule(rest_high=False, smallest=SMALLEST, seconds=entry.seconds, done_far=rule_of(entry).done_far)


def in_turn(reps: Sequence[Repetition], halves: Sequence[Repetition]) -> tuple[list[Repetition], list[Repetition]]:
    """Repetitions of sides that take turns: what one side does whole may look half, for it is farther from the camera.

    Args:
        reps, halves: in order of time, as they look.

    Returns:
        Repetitions and halves. Where whole and half took turns without exception for `TURNS` of either, all are whole.
    """
    done = sorted([*reps, *halves], key=lambda rep: rep.start)
    half = {rep.bottom_at for rep in halves}
    whole: set[int] = set()
    first = 0
    for index in range(1, len(done) + 1):
        if index == len(done) or (done[index].bottom_at in half) == (done[index - 1].bottom_at in half):
            if index - first >= 2 * TURNS:
                whole |= {rep.bottom_at for rep in done[first:index]}
            first = index
    half -= whole
    return [rep for rep in done if rep.bottom_at not in half], [rep for rep in done if rep.bottom_at in half]


class ExerciseCounter:
    """Counts by several ways at once and believes the one whose repetitions are the most alike.

    Its repetitions' tops, bottoms and speeds are of the exercise's own signal, whichever way found them.

    Args:
        entry: the exercise.
        ways: names of the ways to count by, the first of which is believed when none is better. Of an exercise whose
            poses the other ways don't know only the angle is left.
    """

    def __init__(self, entry: Exercise, ways: Sequence[str] = ("phase", "angle", "blend")) -> None:
        self._entry = entry
        self._known = entry.exercise in phase_network().exercises and entry.exercise in known_poses().exercises
        self._smooth = LowPass(SMOOTHING)
        self._ways = {
            way: RepCounter(rule_of(entry) if way == "angle" else progress_rule(entry))
            for way in (ways if self._known else ("angle",))
        }
        self._believed = next(iter(self._ways))
        self._times: list[int] = []
        self._values: list[float] = []
        self._told: dict[tuple[int, int], Repetition] = {}
        self.reps: list[Repetition] = []
        self.halves: list[Repetition] = []

    @property
    def begun(self) -> int | None:
        """When the person left rest for a repetition that is not told yet, ns; None when there is none."""
        return self._ways[self._believed].begun

    @property
    def started(self) -> int | None:
        """When the first sample since the last long gap was taken, ns; None before any."""
        return min((way.started for way in self._ways.values() if way.started is not None), default=None)

    def update(self, at: int, measures: Measures) -> None:
        """Take the next pose's measures; `reps` and `halves` are other lists whenever they change."""
        entry = self._entry
        if not entry.fits(measures):
            return
        changed = False
        value, quality = float(measures.values[entry.signal]), float(measures.quality[entry.signal])
        seen = measures.visible
        if quality >= SEEN:
            self._keep(at, value)
            if "angle" in self._ways:
                changed |= self._ways["angle"].update(at, value, quality)
        if self._known and seen >= SEEN:
            if "salient" in self._ways:
                nearer = self._smooth.update(known_poses().progress(measures.body, entry.exercise), at)
                changed |= self._ways["salient"].update(at, float(nearer), seen)
            if not self._ways.keys().isdisjoint(("phase", "blend")):
                progress = float(phase_network().progress(measures.body, entry.exercise))
                if "phase" in self._ways:
                    changed |= self._ways["phase"].update(at, progress, seen)
                if "blend" in self._ways and quality >= SEEN:
                    done = min(max((value - entry.rest) / (entry.work - entry.rest), -BEYOND), 1.0 + BEYOND)
                    changed |= self._ways["blend"].update(at, (done + progress) / 2, quality)
        if changed:
            self._hear()

    def _hear(self) -> None:
        """Bring the lists up to date after a way says something else."""
        self._believed = self._most_alike({name: way.reps for name, way in self._ways.items()})
        reps, halves = self._whole_and_half(self._ways[self._believed].reps)
        self.reps = self.reps if reps == self.reps else reps
        self.halves = self.halves if halves == self.halves else halves

    def _whole_and_half(self, found: list[Repetition]) -> tuple[list[Repetition], list[Repetition]]:
        """What the believed way found, and its halves, as told."""
        halves = self._ways[self._believed].halves
        if self._entry.in_turn:
            found, halves = in_turn(found, halves)
        return [self._as_told(rep, self.reps) for rep in found], [self._as_told(half, self.halves) for half in halves]

    def finish(self, *, from_start: bool = True) -> list[Repetition]:
        """The repetitions of a recording that is over, those that it cuts considered."""
        finished = {name: way.finish(from_start=from_start) for name, way in self._ways.items()}
        self._believed = self._most_alike(finished)
        reps, self.halves = self._whole_and_half(finished[self._believed])
        return reps

    def _most_alike(self, found: Mapping[str, list[Repetition]]) -> str:
        """The way to believe."""
        worth = {name: alike(reps) for name, reps in found.items()}
        worth[next(iter(found))] += FIRST
        return max(worth, key=worth.__getitem__)

    def _keep(self, at: int, value: float) -> None:
        """Keep a sample of the exercise's signal, and drop old ones now and then."""
        self._times.append(at)
        self._values.append(value)
        if at - self._times[0] > 2 * KEPT_SECONDS * NANOSECONDS:
            first = bisect_left(self._times, at - round(KEPT_SECONDS * NANOSECONDS))
            del self._times[:first], self._values[:first]

    def _as_told(self, rep: Repetition, told: list[Repetition]) -> Repetition:
        """A repetition in the exercise's own signal; where another way told it before, as that told it."""
        key = (rep.start, rep.end)
        if key not in self._told:
            same = (
                one for one in told if one.start <= rep.bottom_at <= one.end and rep.start <= one.bottom_at <= rep.end
            )
            self._told[key] = next(same, None) or self._in_signal(rep)
        return self._told[key]

    def _in_signal(self, rep: Repetition) -> Repetition:
        if self._believed == "angle":
            return rep
        entry = self._entry
        first, last = bisect_left(self._times, rep.start), bisect_right(self._times, rep.end)
        values, times = self._values[first:last], self._times[first:last]
        if len(values) < 3:
            way = entry.work - entry.rest
            return replace(rep, top=entry.rest + way * rep.top, bottom=entry.rest + way * rep.bottom,
                           peak_speed=rep.peak_speed * abs(way))  # fmt: skip
        steady = [sorted(values[index - 1 : index + 2])[1] for index in range(1, len(values) - 1)]
        high, low = (max, min) if entry.rest > entry.work else (min, max)
        speeds = (
            abs(values[index + 1] - values[index]) / (times[index + 1] - times[index])
            for index in range(len(values) - 1)
        )
        return replace(
            rep, top=high(values[0], values[-1], steady[0]), bottom=low(steady), peak_speed=max(speeds) * NANOSECONDS
        )


def _only(way: str) -> Callable[[Exercise], Counter]:
    """Makes a counter that counts one way."""

    def make(entry: Exercise) -> Counter:
        return ExerciseCounter(entry, (way,))

    return make


COUNTERS: Final[Mapping[str, Callable[[Exercise], Counter]]] = MappingProxyType(
    {
        **{way: _only(way) for way in ("angle", "phase", "blend", "salient")},
        "rhythm": lambda entry: RhythmCounter(),
        "combined": ExerciseCounter,
    }
)
"""Name -> makes the counter of an exercise."""
