"""How far into a repetition a pose is, by its nearest neighbours among the salient poses of an exercise.

Every repetition goes between two salient poses, rest and the far end. Of each a few examples are kept
(`services.core.salient_poses`, chosen by `training.salient`), described by what looks alike from all sides: the angles
of joints, in the picture and in space, and how steep limbs stand. Whoever is nearer to the one than to the other is
nearer to that end.

    pose --angles, elevations (26)--> distance to the nearest of rest, of the far end --> progress 0-1 --> smoothed

After the two-stage neighbours of MediaPipe's ML Kit (Google, 2020) and the salient poses of PoseRAC (Yao, Cheng, Zou,
2023): votes of neighbours there, the relation of both distances here, which moves on between the ends.
"""

from __future__ import annotations

from base64 import b85decode
from collections.abc import Mapping
from functools import cache
from math import sqrt
from types import MappingProxyType
from typing import Final

import numpy as np

from services.core import salient_poses
from services.core.phases import described
from services.core.signals import BODY, Floats

JOINTS: Final = slice(3 * len(BODY), None)
"""Of a description (`services.core.phases.described`), all but coordinates: cosines and sines, -1 to 1."""

STEPS: Final = 127
"""A cosine or a sine is kept in so many steps from 0 to 1."""

NEAREST: Final = 3
"""The mean distance to so many neighbours decides."""

POWER: Final = 4
"""Of distances before they are compared: a pose at an end is as good as there, though no two people stand alike."""

SMOOTHING: Final = 0.5
"""Weight of a new pose at 30 a second, as `services.core.smoothing.LowPass` takes it."""

TINY: Final = 1e-300
"""Keeps a pose that is at both ends from a division by zero."""


class SalientPoses:
    """Examples of the two salient poses of exercises.

    Args:
        ends: exercise -> (2, K, F) descriptions at rest and at the far end, without coordinates.
        spread: (F,) by which differences are divided.
    """

    def __init__(self, ends: Mapping[str, Floats], spread: Floats) -> None:
        self.exercises = tuple(ends)
        self._scale = 1.0 / spread
        self._ends = {exercise: (poses * self._scale).reshape(-1, len(spread)) for exercise, poses in ends.items()}
        self._squares = {exercise: np.square(poses).sum(axis=-1) for exercise, poses in self._ends.items()}

    def progress(self, bodies: Floats, exercise: str) -> Floats:
        """How far poses are in an exercise that is known.

        Args:
            bodies: (..., len(BODY), 3) metres about the hips, as in `services.core.signals.Measures`.
            exercise: one of `exercises`.

        Returns:
            (...) 0 at rest, 1 at the far end.
        """
        poses = described(bodies)
        told = [self.told(pose, exercise) for pose in poses.reshape(-1, poses.shape[-1])]
        return np.reshape(told, poses.shape[:-1])

    def told(self, description: Floats, exercise: str) -> float:
        """The same of one pose.

        Args:
            description: (WIDTH,) of `services.core.phases.described`.
            exercise: one of `exercises`.
        """
        pose = description[JOINTS] * self._scale
        ends = self._ends[exercise]
        # Squares of distances, of which few are needed: numbers one by one are quicker here than small arrays.
        squares = (self._squares[exercise] - 2.0 * (ends @ pose)).tolist()
        own, half = float(pose @ pose), len(squares) // 2
        rest, far = (
            sum(sqrt(max(one + own, 0.0)) for one in sorted(some)[:NEAREST]) ** POWER
            for some in (squares[:half], squares[half:])
        )
        return rest / max(rest + far, TINY)


@cache
def known_poses() -> SalientPoses:
    """The examples that the program comes with."""
    numbers = np.frombuffer(b85decode("".join(salient_poses.NUMBERS)), np.int8) / STEPS
    ends = numbers.reshape(len(salient_poses.EXERCISES), 2, -1, len(salient_poses.SPREAD))
    by_exercise = dict(zip(salient_poses.EXERCISES, ends, strict=True))
    return SalientPoses(MappingProxyType(by_exercise), np.array(salient_poses.SPREAD))
