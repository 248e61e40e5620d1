r"""What one person does when: sets of repetitions with rests, as a table of segments that repeats.

    rest   way in   rep rep rep ...   way out   rest   way in  ...
  |------|--------|---|---|---|-----|---------|------|--------|

Who does no exercise at all has a table of another kind (`services.simulator.everyday`). The table is made once from a
seed; the posture at any time is then looked up, so time may go anywhere.
"""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from services.core.types import FloatArray
from services.simulator.body import ARM, CURL, HIPS, LEAN, NOD, SIDES, TILT, TWIST, between, mirrored
from services.simulator.everyday import Everyday
from services.simulator.exercises import DAILY, ERRANDS, MOVEMENTS, Exercise
from services.simulator.exercises.own import own_way
from services.simulator.segments import HOME, Keys, Segment, Spot

_SETS = 6
"""Sets before the table repeats."""
_WAY_SECONDS: Final = 1.1
_PAUSE_SHARE: Final = 0.07
"""The part of a repetition's time that is stood still after it."""
_BOUNCE_SECONDS: Final = 1.2
"""A small way takes this much longer than its share of the whole."""
_PERIODIC: Final = (("idle",), ("walking",))
"""The two that go on evenly when they are all that somebody does."""


@dataclass(frozen=True, slots=True)
class TrueRep:
    """One repetition as it was done.

    Attributes:
        person: which of the scene's people, from 0.
        exercise: the label.
        number: from 1 within its set.
        start, end: seconds at which the movement leaves and is back at its first posture.
        reached, left: seconds at which it arrives at and leaves its far end.
        counted: False for half a repetition.
        fault: what was done wrong, or "".
    """

    person: int
    exercise: str
    number: int
    start: float
    end: float
    counted: bool
    fault: str
    reached: float
    left: float


@dataclass(frozen=True, slots=True)
class Plan:
    """What a person is to do.

    Attributes:
        exercises: names, one per set, taken in turn.
        reps: repetitions a set; for a hold or for none, that many of the exercise's usual durations.
        tempo: seconds a repetition; None for each exercise's own.
        rest: seconds between sets.
        delay: seconds before the first set.
        pause: seconds that they stay at the far end of each repetition, beside what is usual.
        stop: seconds that they stay at its first posture before the next, likewise.
        bounce: share of the way that they come back from the far end, to go there once more before it counts.
        own: whether they do it in their own way (`services.simulator.exercises.own`) instead of the catalogue's.
        fault: a fault's name, or "".
        fault_every: every how manieth repetition has it.
    """

    exercises: tuple[str, ...]
    reps: int = 8
    tempo: float | None = None
    rest: float = 8.0
    delay: float = 1.5
    fault: str = ""
    fault_every: int = 1
    pause: float = 0.0
    stop: float = 0.0
    bounce: float = 0.0
    own: bool = False

    @property
    def even(self) -> bool:
        """Whether nothing interrupts a repetition."""
        return not (self.pause or self.stop or self.bounce)

    @property
    def everyday(self) -> bool:
        """No exercise at all: one thing after another by chance; reps, tempo and rest mean nothing."""
        return set(self.exercises) <= {*DAILY, *ERRANDS} and self.exercises not in _PERIODIC


@dataclass(frozen=True, slots=True)
class Moment:
    """A person at one time.

    Attributes:
        numbers: the posture (`services.simulator.body.solve`).
        name: the catalogue's exercise, at rest the one that was or will be done.
        label: what a perfect classifier would say: "none" between sets.
        phase: 0-1 within the repetition, or None.
        rep: number of the repetition, or None.
        fault: what is done wrong in it, or "".
        walked: seconds spent walking, for the way made.
        spot: where they have gone.
        holding: whether the exercise's prop is in their hands.
        other_hand: it is done with the other hand than the catalogue says.
    """

    numbers: FloatArray
    name: str
    label: str
    phase: float | None = None
    rep: int | None = None
    fault: str = ""
    walked: float = 0.0
    spot: Spot = HOME
    holding: bool = True
    other_hand: bool = False


class Programme:
    """One person's doings over all time.

    Args:
        plan: what to do.
        seed: makes this person's own variation: tempo +-8 %, range 92-100 %, sway.
    """

    def __init__(self, plan: Plan, seed: int) -> None:
        self.plan = plan
        self._random = np.random.default_rng([seed, 7])
        self._sway = self._random.uniform(0, 2 * math.pi, (10, 3))
        self._pace = self._random.uniform(0.95, 1.05)
        ways = np.random.default_rng([seed, 11])
        self._ways = {
            name: own_way(MOVEMENTS[name], ways) if plan.own else MOVEMENTS[name]
            for name in dict.fromkeys(plan.exercises)
        }
        self._segments: list[Segment] = []
        self._build()
        self._starts = [segment.start for segment in self._segments]
        self._period = self._segments[-1].end

    def at(self, seconds: float) -> Moment:
        """The posture and its meaning at one time (from 0; before that the person waits)."""
        time = max(seconds, 0.0) - self.plan.delay
        if time < 0:
            first = self._segments[0]
            numbers = first.keys[0][1]
            return Moment(
                self._with_sway(numbers, seconds), first.name, "none", spot=first.come, holding=first.holds(0.0)
            )
        laps, time = divmod(time, self._period)
        segment = self._segments[max(bisect.bisect_right(self._starts, time) - 1, 0)]
        share = segment.share(time)
        walked = laps * self._period + time if segment.name == "walking" else 0.0
        return Moment(
            self._with_sway(segment.posture(share), seconds),
            segment.name,
            segment.label,
            share if segment.rep is not None else None,
            segment.rep,
            segment.fault,
            walked,
            segment.spot(share),
            segment.holds(share),
            segment.other_hand,
        )

    def reps(self, until: float, person: int) -> Iterator[TrueRep]:
        """Every repetition that has ended by `until` (seconds), in order."""
        lap = 0
        while self.plan.delay + lap * self._period < until:
            offset = self.plan.delay + lap * self._period
            for segment in self._segments:
                if segment.rep is None:
                    continue
                start, end = segment.start + offset, segment.end + offset
                if end > until:
                    return
                counted = segment.fault != "half"
                reached, left = (start + share * (end - start) for share in segment.far)
                yield TrueRep(person, segment.label, segment.rep, start, end, counted, segment.fault, reached, left)
            lap += 1

    def _with_sway(self, numbers: FloatArray, seconds: float) -> FloatArray:
        """Nobody stands still: slow seeded sines on trunk, head and arms; breathing."""
        rates = np.array((0.9, 1.7, 3.1))
        waves = np.sin(self._sway + seconds * rates) @ np.array((0.6, 0.3, 0.15))
        out = numbers.copy()
        out[HIPS] += waves[0:3] * (0.0035, 0.0012, 0.0030)
        out[[LEAN, CURL, TILT, TWIST, NOD]] += waves[3:8] * (0.7, 0.5, 0.5, 1.2, 2.0)
        for wave, side in zip(waves[8:10], SIDES, strict=True):
            out[side + ARM.start : side + ARM.start + 2] += wave * 1.2
        return out

    def _build(self) -> None:
        names = self.plan.exercises
        if self.plan.everyday:
            self._segments = Everyday(names, self._random).segments()
            return
        clock = 0.0
        for number in range(max(_SETS, len(names)) if len(names) == 1 else len(names) * max(1, _SETS // len(names))):
            name, following = names[number % len(names)], names[(number + 1) % len(names)]
            exercise, after = self._ways[name], self._ways[following]
            first, rest = exercise.cycle[0][1].numbers(), _rest(exercise)
            way = [rest, *(pose.numbers() for pose in exercise.way), first]
            clock = self._move(clock, name, way)
            clock = self._set(clock, name)
            clock = self._move(clock, name, way[::-1])
            if self._resting(name) or self._resting(following):
                pause = self.plan.rest * self._random.uniform(0.9, 1.1)
                self._segments.append(Segment(clock, clock + pause, name, ((0.0, rest), (1.0, rest))))
                clock += pause
            clock = self._move(clock, following, [rest, _rest(after)])

    def _resting(self, name: str) -> bool:
        return MOVEMENTS[name].label != "none"

    def _move(self, clock: float, name: str, way: Sequence[FloatArray]) -> float:
        """Go through postures that are not part of the exercise; returns the time afterwards."""
        steps = [way[0]]
        steps += [pose for last, pose in itertools.pairwise(way) if not np.array_equal(last, pose)]
        if len(steps) == 1:
            return clock
        duration = _WAY_SECONDS * (len(steps) - 1)
        keys = tuple((number / (len(steps) - 1), pose) for number, pose in enumerate(steps))
        self._segments.append(Segment(clock, clock + duration, name, keys))
        return clock + duration

    def _set(self, clock: float, name: str) -> float:
        exercise = self._ways[name]
        label = exercise.label or name
        whole = exercise.hold or label == "none"
        for number in range(1, self.plan.reps + 1):
            faulty = bool(self.plan.fault in exercise.faults and number % self.plan.fault_every == 0)
            fault = self.plan.fault if faulty else ""
            keys = self._keys(exercise, fault)
            if exercise.alternating and number % 2 == 0:
                keys = tuple((share, mirrored(pose)) for share, pose in keys)
            seconds = (self.plan.tempo or exercise.seconds) * self._pace
            if not whole:
                seconds *= self._random.uniform(0.92, 1.08)
            flowing = exercise.flowing and (whole or self.plan.even)
            still = 0.0 if whole else self.plan.stop + (0.0 if flowing else seconds * _PAUSE_SHARE)
            moving = seconds if flowing or whole else seconds * (1 - _PAUSE_SHARE)
            rep, far = (None, (0.0, 0.0)) if whole else (number, (keys[exercise.far[0]][0], keys[exercise.far[1]][0]))
            if rep is not None:
                moving, keys, far = self._interrupted(moving, keys, exercise.far)
            end = clock + moving
            self._segments.append(Segment(clock, end, name, keys, label, rep, fault, flowing, far=far))
            if still:
                stays = keys[-1][1]
                self._segments.append(Segment(end, end + still, name, ((0.0, stays), (1.0, stays)), label))
            clock = end + still
        return clock

    def _interrupted(self, seconds: float, keys: Keys, far: tuple[int, int]) -> tuple[float, Keys, tuple[float, float]]:
        """A repetition's seconds and keys with the plan's pause and bounce, and the shares at its far end."""
        reached, left = far
        timed = [(share * seconds, pose) for share, pose in keys]
        here, pose = timed[left]
        added = list[tuple[float, FloatArray]]()
        if self.plan.bounce:
            back = between(pose, timed[reached - 1][1], self.plan.bounce)
            way = (timed[reached][0] - timed[reached - 1][0]) * _BOUNCE_SECONDS * self.plan.bounce
            added = [(here + way, back), (here + 2 * way, pose)]
            here += 2 * way
        if self.plan.pause:
            here += self.plan.pause
            added.append((here, pose))
        later = here - timed[left][0]
        whole = [*timed[: left + 1], *added, *((at + later, pose) for at, pose in timed[left + 1 :])]
        seconds += later
        return (
            seconds,
            tuple((at / seconds, pose) for at, pose in whole),
            (timed[reached][0] / seconds, here / seconds),
        )

    def _keys(self, exercise: Exercise, fault: str) -> Keys:
        """A repetition's key poses, gone a little less far than they could be."""
        changed = exercise.faults.get(fault, {})
        poses = [changed.get(place, pose).numbers() for place, (_, pose) in enumerate(exercise.cycle)]
        share = 1.0 if exercise.label == "none" or exercise.hold else float(self._random.uniform(0.92, 1.0))
        return tuple((at, between(poses[0], pose, share)) for (at, _), pose in zip(exercise.cycle, poses, strict=True))


def _rest(exercise: Exercise) -> FloatArray:
    return (exercise.rest or exercise.cycle[0][1]).numbers()
