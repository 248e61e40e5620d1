"""How far into a repetition a whole pose is, by three small networks over the keypoints.

One angle is lost when its limb points at the camera or hides behind the body; a whole pose seldom is. The networks were
trained (`training.phases`) on poses at the two ends of repetitions and on the simulated gym, seen from all sides, and
answer for each exercise they know; what they know is a constant of the program (`services.core.phase_weights`).

                                                                          .->  64  ->  40  -.
    body (12, 3) -> coordinates, cosines of joints, elevations of limbs (62) ->  64  ->  40 ->  mean, one per exercise
                                                                          '->  64  ->  40  -'
"""

from __future__ import annotations

from base64 import b85decode
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from services.core import phase_weights
from services.core.geometry import EPSILON
from services.core.signals import BODY, Floats

FARTHEST: Final = 4.0
"""Log odds at which a pose is at an end of the repetition; beyond, the network only says how sure it is."""

_SEGMENTS: Final = (
    ("shoulder", "elbow"), ("elbow", "wrist"), ("hip", "shoulder"), ("hip", "knee"), ("knee", "ankle"),
)  # fmt: skip
"""Limbs, of either side."""

_JOINTS: Final = ((0, 1), (0, 2), (2, 3), (3, 4))
"""Elbow, shoulder, hip and knee as pairs of limbs."""

_FROM: Final = np.array([BODY.index(f"{side}_{one}") for one, _ in _SEGMENTS for side in ("left", "right")])
_TO: Final = np.array([BODY.index(f"{side}_{other}") for _, other in _SEGMENTS for side in ("left", "right")])
_ONE: Final = np.array([2 * one + side for one, _ in _JOINTS for side in (0, 1)])
_OTHER: Final = np.array([2 * other + side for _, other in _JOINTS for side in (0, 1)])

WIDTH: Final = 3 * len(BODY) + 2 * len(_ONE) + len(_FROM)
"""Length of a description."""


def described(bodies: Floats) -> Floats:
    """Poses as the network is fed with them.

    Args:
        bodies: (..., len(BODY), 3) metres about the hips, as in `services.core.signals.Measures`.

    Returns:
        (..., WIDTH) coordinates, cosines between the limbs of each joint in the picture and in space, and sines of the
        limbs' elevations.
    """
    limbs = bodies.take(_TO, axis=-2) - bodies.take(_FROM, axis=-2)
    squares, products = limbs * limbs, limbs.take(_ONE, axis=-2) * limbs.take(_OTHER, axis=-2)
    flat, across = squares[..., 0] + squares[..., 1], products[..., 0] + products[..., 1]
    # In the picture, and in space.
    lengths = np.sqrt(np.array([flat, flat + squares[..., 2]])) + EPSILON
    both = lengths.take(_ONE, axis=-1) * lengths.take(_OTHER, axis=-1)
    in_picture, in_space = np.array([across, across + products[..., 2]]) / both
    rises = -limbs[..., 1] / lengths[1]
    return np.concatenate([bodies.reshape(*bodies.shape[:-2], -1), in_picture, in_space, rises], axis=-1)


Layers = list[tuple[Floats, Floats]]
"""Weights (I, O) and biases (O,) of each layer of a network."""


@dataclass(frozen=True, slots=True, eq=False)
class PhaseNetwork:
    """A network that tells how far into a repetition poses are.

    Attributes:
        exercises: what it knows.
        layers: weights (I, O) and biases (O,) of each layer; the first takes descriptions as they are, between layers
            nothing below 0 goes on.
    """

    exercises: tuple[str, ...]
    layers: tuple[tuple[Floats, Floats], ...]

    def progress(self, bodies: Floats, exercise: str) -> Floats:
        """How far poses are in an exercise that it knows.

        Args:
            bodies: (..., len(BODY), 3) as in `described`.
            exercise: one of `exercises`.

        Returns:
            (...) 0 at rest, 1 at the far end.
        """
        odds = self._odds(self.hidden(described(bodies)), exercise)
        return np.asarray((np.minimum(np.maximum(odds, -FARTHEST), FARTHEST) + FARTHEST) / (2 * FARTHEST))

    def told(self, hidden: Floats, exercise: str) -> float:
        """The same of one pose, without the detours of arrays.

        Args:
            hidden: (H,) of `hidden`.
            exercise: one of `exercises`.
        """
        odds = float(self._odds(hidden, exercise))
        return (min(max(odds, -FARTHEST), FARTHEST) + FARTHEST) / (2 * FARTHEST)

    def hidden(self, values: Floats) -> Floats:
        """What all exercises share.

        Args:
            values: (..., WIDTH) of `described`.

        Returns:
            (..., H) values of the last layer but one.
        """
        for weights, biases in self.layers[:-1]:
            values = np.maximum(values @ weights + biases, 0.0)
        return values

    def _odds(self, hidden: Floats, exercise: str) -> Floats:
        weights, biases = self.layers[-1]
        column = self.exercises.index(exercise)
        return np.asarray(hidden @ weights[:, column] + biases[column])


def side_by_side(networks: Sequence[Layers]) -> Layers:
    """Networks of one shape as one, which gives the mean of what they give."""
    first, *others, last = zip(*networks, strict=True)
    layers = [(np.concatenate([weights for weights, _ in first], axis=1), _end_to_end(first))]
    for layer in others:
        inputs, outputs = layer[0][0].shape
        whole = np.zeros((len(layer), inputs, len(layer), outputs))
        for place, (weights, _) in enumerate(layer):
            whole[place, :, place] = weights
        layers.append((whole.reshape(len(layer) * inputs, -1), _end_to_end(layer)))
    share = 1 / len(networks)
    mean = np.sum([biases for _, biases in last], axis=0) * share
    return [*layers, (np.concatenate([weights for weights, _ in last]) * share, mean)]


def _end_to_end(layer: Sequence[tuple[Floats, Floats]]) -> Floats:
    """The biases of a layer of all networks."""
    return np.concatenate([biases for _, biases in layer])


@cache
def phase_network() -> PhaseNetwork:
    """The networks that the program comes with, as one."""
    numbers = np.frombuffer(b85decode("".join(phase_weights.NUMBERS)), "<f2").astype(np.float64)
    networks: list[Layers] = []
    first = 0
    while first < len(numbers):
        layers = []
        for inputs, outputs in phase_weights.SHAPES:
            middle, last = first + inputs * outputs, first + (inputs + 1) * outputs
            layers.append((numbers[first:middle].reshape(inputs, outputs), numbers[middle:last]))
            first = last
        networks.append(layers)
    return PhaseNetwork(phase_weights.EXERCISES, tuple(side_by_side(networks)))
