"""Counting the repetitions of one exercise of one person: several ways, each usable alone, and what they add up to.

    angle       the exercise's own signal                                           exact where it is seen well
    phase       how far a whole pose is (`services.core.phases`)                    holds where a limb is hidden
    blend       a third of the angle, the rest the phase                            exact and steady
    salient     neighbours among poses of both ends (`services.core.salient`)       learns from a handful of poses
    rhythm      what the body does most (`services.core.rhythm`)                    for movement that has no entry
    combined    what most of phase, blend and salient agree upon                    what sets use

Each is a signal in which `services.core.reps` counts. A counter takes measures and leaves out by itself what says
nothing: what is hardly visible, and poses that cannot belong to the exercise.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType
from typing import Final

import numpy as np

from services.core.agreement import agreed, same
from services.core.exercises import Exercise
from services.core.phases import described, phase_network
from services.core.repetition import Counter, Repetition, RepRule
from services.core.reps import RepCounter
from services.core.rhythm import RhythmCounter
from services.core.salient import SMOOTHING, known_poses
from services.core.signals import Floats, Measures
from services.core.smoothing import LowPass
from services.core.types import NANOSECONDS

SEEN: Final = 0.1
"""A signal, or a body, whose keypoints are less visible than this is left out of counting."""

SMALLEST: Final = 0.2
"""Smallest swing of the progress through a repetition that may be one."""

TURNS: Final = 2
"""So many repetitions of either side in turn show that sides take turns: no one does every other repetition by half."""

KEPT_SECONDS: Final = 60.0
"""How long samples are kept, for repetitions that are told late."""

BEYOND: Final = 0.3
"""Part of the full range by which a signal may lie beyond it before it is blended ..."""

ANGLE: Final = 1 / 3
"""... and its share in the blend; the rest is the phase's."""


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


@lru_cache(maxsize=1)
def _whole_pose(measures: Measures) -> tuple[Floats, Floats]:
    """A pose's description and what the phase network makes of it for all exercises: several counters ask in turn."""
    pose = described(measures.body)
    return pose, phase_network().hidden(pose)


class ExerciseCounter:
    """Counts by several ways at once and tells what most of them see (`services.core.agreement`).

    Its repetitions' tops, bottoms and speeds are of the exercise's own signal, whichever way found them.

    Args:
        entry: the exercise.
        ways: names of the ways to count by, of which the first tells when a movement was that it sees as others do;
            "angle" only by itself. It is also what is left of an exercise whose poses the other ways don't know.
    """

    def __init__(self, entry: Exercise, ways: Sequence[str] = ("blend", "phase", "salient")) -> None:
        self._entry = entry
        known = entry.exercise in phase_network().exercises and entry.exercise in known_poses().exercises
        self._smooth = LowPass(SMOOTHING)
        self._ways = {way: RepCounter(progress_rule(entry)) for way in ways if known and way != "angle"}
        self._bodily = False
        self._alone = {"angle": RepCounter(rule_of(entry))}
        self._times: list[int] = []
        self._values: list[float] = []
        self._told: dict[tuple[int, int], Repetition] = {}
        self.reps: list[Repetition] = []
        self.halves: list[Repetition] = []

    @property
    def begun(self) -> int | None:
        """When the person left rest for a repetition that is not told yet, ns; None when most ways see none."""
        heard = self._heard
        begun = sorted(at for at in (way.begun for way in heard.values()) if at is not None)
        return begun[len(begun) // 2] if 2 * len(begun) > len(heard) else None

    @property
    def started(self) -> int | None:
        """When the first sample since the last long gap was taken, ns; None before any."""
        return min((way.started for way in self._heard.values() if way.started is not None), default=None)

    @property
    def _heard(self) -> dict[str, RepCounter]:
        """Ways that have a say: those that saw anything, and the angle alone where no body was ever seen."""
        return {name: way for name, way in self._ways.items() if way.started is not None} or self._alone

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
            if not self._bodily:
                changed |= self._alone["angle"].update(at, value, quality)
        if self._ways and seen >= SEEN:
            self._bodily = True
            pose, hidden = _whole_pose(measures)
            if "salient" in self._ways:
                nearer = self._smooth.update(np.asarray(known_poses().told(pose, entry.exercise)), at)
                changed |= self._ways["salient"].update(at, float(nearer), seen)
            if not self._ways.keys().isdisjoint(("phase", "blend")):
                progress = phase_network().told(hidden, entry.exercise)
                if "phase" in self._ways:
                    changed |= self._ways["phase"].update(at, progress, seen)
                if "blend" in self._ways and quality >= SEEN:
                    done = min(max((value - entry.rest) / (entry.work - entry.rest), -BEYOND), 1.0 + BEYOND)
                    changed |= self._ways["blend"].update(at, ANGLE * done + (1.0 - ANGLE) * progress, quality)
        if changed:
            self._hear()

    def _hear(self) -> None:
        """Bring the lists up to date after a way says something else."""
        reps, halves = self._agreed({name: way.reps for name, way in self._heard.items()})
        self.reps = self.reps if reps == self.reps else reps
        self.halves = self.halves if halves == self.halves else halves

    def _agreed(self, found: Mapping[str, list[Repetition]]) -> tuple[list[Repetition], list[Repetition]]:
        """Repetitions and halves of all ways together, as told."""
        reps, halves = agreed(found, {name: way.halves for name, way in self._heard.items()}, self._entry.half)
        if self._entry.in_turn:
            reps, halves = in_turn(reps, halves)
        half = {one.bottom_at for one in halves}
        told: tuple[list[Repetition], list[Repetition]] = ([], [])
        ended = 0
        for rep in sorted([*reps, *halves], key=lambda one: one.bottom_at):
            kind = rep.bottom_at in half
            told[kind].append(self._as_told(rep, self.halves if kind else self.reps, ended))
            ended = told[kind][-1].end
        return told

    def finish(self, *, from_start: bool = True) -> list[Repetition]:
        """The repetitions of a recording that is over, those that it cuts considered."""
        reps, self.halves = self._agreed({name: way.finish(from_start=from_start) for name, way in self._heard.items()})
        return reps

    def _keep(self, at: int, value: float) -> None:
        """Keep a sample of the exercise's signal, and drop old ones now and then."""
        self._times.append(at)
        self._values.append(value)
        if at - self._times[0] > 2 * KEPT_SECONDS * NANOSECONDS:
            first = bisect_left(self._times, at - round(KEPT_SECONDS * NANOSECONDS))
            del self._times[:first], self._values[:first]

    def _as_told(self, rep: Repetition, told: list[Repetition], ended: int) -> Repetition:
        """A repetition in the exercise's own signal, after the end of the one before it (ns).

        Where another way told it before, it is as that told it.
        """
        key = (rep.start, rep.end)
        if key not in self._told:
            new = self._by_first(rep)
            new = replace(new, start=max(new.start, min(ended, new.reached)))
            self._told[key] = next((one for one in told if same(one, rep)), None) or self._in_signal(new)
        return self._told[key]

    def _by_first(self, rep: Repetition) -> Repetition:
        """A repetition as the first way's samples show it, though others told it before that way did.

        Else its times would hang on which ways were a picture earlier.
        """
        first = next(iter(self._heard.values()))
        if any(rep.bottom_at == own.bottom_at and rep.start == own.start for own in (*first.reps, *first.halves)):
            return rep
        shown = first.described(rep)
        return replace(shown, confidence=rep.confidence) if shown is not None and same(shown, rep) else rep

    def _in_signal(self, rep: Repetition) -> Repetition:
        if self._heard.keys() == {"angle"}:
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
