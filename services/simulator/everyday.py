r"""What somebody does who does no exercise: one thing after another, by chance.

      +--> stand a moment --> go somewhere? --> do it, one to three times --> stand a moment --+
      |                                                                                        |
      +----------------------------- until everything was done a few times --------------------+

    on the bench    sit down, several things with pauses between them, stand up
    with a plate    pick it up, carry it somewhere, put it down

Nothing has a period: what, where, which hand, how often, how fast and how far are all drawn, every time anew.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.random import Generator

from services.core.types import FloatArray
from services.simulator.body import ARM, FOOT, SIDE_END, SIDES, between, mirrored
from services.simulator.exercises import DAILY, MOVEMENTS, STANDING, STRIDE_LENGTH, Exercise
from services.simulator.segments import HOME, Keys, Segment, Spot

LENGTH: Final = 600.0
"""Seconds after which it may begin again, about."""
_REACH: Final = (0.55, 0.6)
"""Body heights gone to either side and forward, at most."""
_STILL: Final = (0.4, 4.0)
"""Shortest and longest pause between two things, seconds; most are short."""
_WAY_SECONDS: Final = (0.7, 1.6)
_STEP_SECONDS: Final = (0.95, 1.5)
"""For a cycle of two steps."""
_SHORT: Final = 7.0
"""What takes less, seconds, may be done several times over."""
_WALKING: Final = "walking"
_STANDING: Final = "idle"


class Everyday:
    """Makes the table of segments.

    Args:
        names: of the catalogue's daily movements; each is done in turn, in an order drawn every time.
        random: where chance comes from.
    """

    def __init__(self, names: Sequence[str], random: Generator) -> None:
        self._names = list(dict.fromkeys(names))
        self._random = random
        self._segments: list[Segment] = []
        self._clock = 0.0
        self._spot = HOME

    def segments(self) -> list[Segment]:
        """Everything in order, from home and back to it."""
        while self._clock < LENGTH:
            for name in self._random.permutation(self._names).tolist():
                self._do(str(name))
                self._stand(self._pause())
        self._go(HOME)
        return self._segments

    def _do(self, name: str) -> None:
        exercise = MOVEMENTS[name]
        if name == _WALKING:
            for _ in range(int(self._random.integers(1, 4))):
                self._stroll()
        elif "seat" in exercise.prop:
            self._go(HOME._replace(turned=exercise.turned))
            self._sit(name) if exercise.rest else self._act(name)
        else:
            if _WALKING in self._names and self._random.random() < 0.35:
                self._stroll()
            self._act(name)

    def _act(self, name: str) -> None:
        """Do something once or, when it is short, several times."""
        exercise = MOVEMENTS[name]
        often = 1 if exercise.seconds > _SHORT else int(self._random.integers(1, 4))
        for number in range(often):
            if number:
                self._stand(self._pause() / 2)
            other_hand = bool(self._random.random() < 0.4)
            keys = self._keys(exercise, other_hand=other_hand)
            if exercise.carried:
                self._carry(name, keys, other_hand=other_hand)
            else:
                self._add(name, self._seconds(exercise), keys, held=exercise.held, other_hand=other_hand)

    def _sit(self, name: str) -> None:
        """Sit down, do this and perhaps other things, stand up."""
        seated = [other for other in self._names if MOVEMENTS[other].rest is not None]
        names = [name, *self._random.choice(seated, int(self._random.integers(0, 3))).tolist()]
        first = MOVEMENTS[name].cycle[0][1].numbers()
        way = [STANDING.numbers(), *(pose.numbers() for pose in MOVEMENTS[name].way), first]
        steps = np.linspace(0, 1, len(way)).tolist()
        empty = (2.0, 2.0)
        down = self._random.uniform(*_WAY_SECONDS) * (len(way) - 1)
        self._add(name, down, tuple(zip(steps, way, strict=True)), held=empty)
        for one in names:
            self._add(one, self._pause(), ((0.0, first), (1.0, first)), held=empty)
            exercise, other_hand = MOVEMENTS[one], bool(self._random.random() < 0.4)
            keys = self._keys(exercise, other_hand=other_hand)
            self._add(one, self._seconds(exercise), keys, held=exercise.held, other_hand=other_hand)
        up = self._random.uniform(*_WAY_SECONDS) * (len(way) - 1)
        self._add(name, up, tuple(zip(steps, way[::-1], strict=True)), held=empty)

    def _carry(self, name: str, keys: Keys, *, other_hand: bool) -> None:
        """Pick it up, go somewhere with it, put it down."""
        exercise = MOVEMENTS[name]
        at, carried = keys[exercise.carried]
        seconds = self._seconds(exercise)
        taken, left = exercise.held
        lifting = tuple((share / at, pose) for share, pose in keys[: exercise.carried + 1])
        self._add(name, seconds * at, lifting, held=(taken / at, 1.0), other_hand=other_hand)
        if _WALKING in self._names:
            self._stroll(carried, name)
        rest = 1 - at
        placing = tuple(((share - at) / rest, pose) for share, pose in keys[exercise.carried :])
        self._add(name, seconds * rest, placing, held=(0.0, (left - at) / rest), other_hand=other_hand)

    def _keys(self, exercise: Exercise, *, other_hand: bool) -> Keys:
        """Its key poses, gone more or less far and reached sooner or later."""
        poses = [pose.numbers() for _, pose in exercise.cycle]
        shares = np.array([share for share, _ in exercise.cycle])
        gaps = np.diff(shares) * self._random.uniform(0.6, 1.4, len(shares) - 1)
        shares = np.concatenate([[0.0], np.cumsum(gaps) / gaps.sum()])
        far = self._random.uniform(0.8, 1.0)
        poses = [between(poses[0], pose, far) for pose in poses]
        if other_hand:
            poses = [mirrored(pose) for pose in poses]
        return tuple(zip(shares.tolist(), poses, strict=True))

    def _stroll(self, carried: FloatArray | None = None, name: str = _WALKING) -> None:
        """Go to some place nearby and look somewhere."""
        aside, ahead = _REACH
        while True:
            x, z = self._random.uniform(-aside, aside), self._random.uniform(0, ahead)
            if math.hypot(x - self._spot.x, z - self._spot.z) > STRIDE_LENGTH / 2:
                break
        turned = float(self._random.uniform(-180, 180)) if self._random.random() < 0.5 else None
        self._walk(float(x), float(z), carried, name)
        if turned is not None:
            self._turn(turned, carried, name)

    def _go(self, spot: Spot) -> None:
        """Walk to a place; a step is always taken there, however short."""
        if math.hypot(spot.x - self._spot.x, spot.z - self._spot.z) > 0.01:
            self._walk(spot.x, spot.z, None, _WALKING)
        self._turn(spot.turned, None, _WALKING)

    def _walk(self, x: float, z: float, carried: FloatArray | None, name: str) -> None:
        here = self._spot
        way = math.hypot(x - here.x, z - here.z)
        self._turn(math.degrees(math.atan2(x - here.x, z - here.z)), carried, name)
        halves = max(round(2 * way / STRIDE_LENGTH), 1)
        stride = way / (halves * STRIDE_LENGTH / 2)
        gait = tuple((share, _stepped(pose.numbers(), stride, carried)) for share, pose in DAILY[_WALKING].cycle)
        standing = STANDING.numbers() if carried is None else carried
        # A quarter into the cycle one foot passes the other: there it is easy to start and to stop.
        passing, stopping = gait[1][1], gait[1 + 2 * (halves % 2)][1]
        self._add(name, 0.3, ((0.0, standing), (1.0, passing)))
        cycles = halves / 2
        seconds = cycles * self._random.uniform(*_STEP_SECONDS)
        start, end = self._clock, self._clock + seconds
        there = Spot(x, z, self._spot.turned)
        self._segments.append(
            Segment(start, end, name, gait, flowing=True, cycles=cycles, first=0.25, come=self._spot, gone=there)
        )
        self._clock, self._spot = end, there
        self._add(name, 0.3, ((0.0, stopping), (1.0, standing)))

    def _turn(self, turned: float, carried: FloatArray | None, name: str) -> None:
        """Turn on the spot, the shorter way round, lifting one foot and the other."""
        by = (turned - self._spot.turned + 180) % 360 - 180
        if abs(by) < 1:
            return
        standing = STANDING.numbers() if carried is None else carried
        step = _stepped(DAILY[_WALKING].cycle[1][1].numbers(), 1.0, carried)
        keys = ((0.0, standing), (0.35, step), (0.7, mirrored(step)), (1.0, standing))
        there = self._spot._replace(turned=self._spot.turned + by)
        self._add(name, 0.7 + abs(by) / 180 * self._random.uniform(0.8, 1.5), keys, gone=there)
        self._spot = there

    def _stand(self, seconds: float) -> None:
        standing = STANDING.numbers()
        self._add(_STANDING, seconds, ((0.0, standing), (1.0, standing)))

    def _pause(self) -> float:
        shortest, longest = _STILL
        return shortest + (longest - shortest) * float(self._random.random()) ** 2

    def _seconds(self, exercise: Exercise) -> float:
        return exercise.seconds * float(self._random.uniform(0.6, 1.6))

    def _add(
        self,
        name: str,
        seconds: float,
        keys: Keys,
        *,
        gone: Spot | None = None,
        held: tuple[float, float] = (0.0, 1.0),
        other_hand: bool = False,
    ) -> None:
        end = self._clock + seconds
        self._segments.append(
            Segment(
                self._clock, end, name, keys, come=self._spot, gone=gone or self._spot, held=held, other_hand=other_hand
            )
        )
        self._clock = end


def _stepped(gait: FloatArray, stride: float, carried: FloatArray | None) -> FloatArray:
    """A posture of walking with steps longer or shorter, the arms as they carry something."""
    out = gait.copy()
    for side in SIDES:
        out[side + FOOT.start + 2] *= stride
        if carried is not None:
            out[side + ARM.start : side + SIDE_END] = carried[side + ARM.start : side + SIDE_END]
    return out
