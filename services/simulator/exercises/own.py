"""Everybody's own way of doing an exercise: stance, grip, posture, how far, in what rhythm.

Standard deviations are a guess at what trainers see in one gym in one evening, not a measurement.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Final

from numpy.random import Generator

from services.simulator.body import KeyPose, Side, Vector
from services.simulator.exercises.entry import Exercise

_LEAN, _LEAN_LYING, _CURL, _NOD, _TILT, _TWIST = 6.0, 2.0, 4.0, 8.0, 1.5, 3.0
"""Degrees."""
_ARM: Final = (6.0, 5.0, 8.0, 7.0)
"""Degrees, as `Side.arm`."""
_ARM_UNEVEN: Final = (3.0, 3.0, 4.0, 4.0)
"""The same between left and right."""
_TOES, _SPLAY = 6.0, 6.0
_STANCE, _GRIP = 0.12, 0.10
"""Of the logarithm of widths."""
_PLACE, _STEP = 0.012, 0.02
"""Body heights by which hands and hips are elsewhere, and one foot ahead of the other."""
_SOONEST, _LATEST = 0.25, 0.68
"""Share of a repetition after which its far end is reached."""
_STAYS: Final = (0.02, 0.06, 0.2)
"""Shares of a repetition that somebody stays there."""
_STAYS_OFTEN: Final = (0.4, 0.4, 0.2)
_STRAIGHT, _FOLDED = 2.0, 148.0
"""Degrees between which elbows bend."""


class _Habits:
    """What one person does differently from the catalogue, always in the same way."""

    def __init__(self, random: Generator, *, lying: bool) -> None:
        self._lean = random.normal(0, _LEAN_LYING if lying else _LEAN)
        self._curl, self._nod = random.normal(0, _CURL), random.normal(0, _NOD)
        self._tilt, self._twist = random.normal(0, _TILT), random.normal(0, _TWIST)
        self._toes, self._splay = random.normal(0, _TOES), random.normal(0, _SPLAY)
        self._stance, self._grip = math.exp(random.normal(0, _STANCE)), math.exp(random.normal(0, _GRIP))
        self._back, self._up, self._ahead = (random.normal(0, _PLACE) for _ in range(3))
        self._step = 0.0 if lying else random.normal(0, _STEP)
        self._arm = [random.normal(0, deviation) for deviation in _ARM]
        self._uneven = [random.normal(0, deviation) for deviation in _ARM_UNEVEN]

    def pose(self, pose: KeyPose) -> KeyPose:
        """A posture as this person takes it."""
        x, y, z = pose.hips
        return replace(
            pose,
            hips=(x, y, z + self._back),
            lean=pose.lean + self._lean,
            curl=pose.curl + self._curl,
            tilt=pose.tilt + self._tilt,
            twist=pose.twist + self._twist,
            nod=pose.nod + self._nod,
            left=self._side(pose.left, 1),
            right=self._side(pose.right or pose.left, -1),
        )

    def _side(self, side: Side, sign: int) -> Side:
        x, y, z = side.foot
        swing, lift, turn, bend = (
            angle + own + sign * uneven / 2
            for angle, own, uneven in zip(side.arm, self._arm, self._uneven, strict=True)
        )
        return replace(
            side,
            foot=(x * self._stance, y, z + sign * self._step),
            toes=side.toes + self._toes,
            splay=side.splay + self._splay,
            arm=(swing, lift, turn, min(max(bend, _STRAIGHT), _FOLDED)),
            hand=None if side.hand is None else self._hand(side.hand, on_chest=side.on_chest),
        )

    def _hand(self, hand: Vector, *, on_chest: bool) -> Vector:
        x, y, z = hand
        return (x * self._grip, y + self._up if on_chest else y, z + self._ahead)


def own_way(exercise: Exercise, random: Generator) -> Exercise:
    """An exercise as one person does it."""
    habits = _Habits(random, lying=exercise.lying)
    cycle = tuple((share, habits.pose(pose)) for share, pose in exercise.cycle)
    if len(cycle) == 4 and not exercise.flowing:
        reached = random.uniform(_SOONEST, _LATEST)
        left = reached + float(random.choice(_STAYS, p=_STAYS_OFTEN))
        cycle = (cycle[0], (reached, cycle[1][1]), (left, cycle[2][1]), cycle[3])
    return replace(
        exercise,
        cycle=cycle,
        rest=None if exercise.rest is None else habits.pose(exercise.rest),
        way=tuple(habits.pose(pose) for pose in exercise.way),
    )
