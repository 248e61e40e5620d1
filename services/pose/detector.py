"""Finds people in a whole picture: BlazePose's detector with its anchors and weighted non-maximum suppression.

The detector boxes the face, which is seldom hidden in a crowd, and places four points: between the hips, on the circle
around the whole body, between the shoulders, on the circle around the upper body (Bazarevsky et al., "BlazePose:
on-device real-time body pose tracking", 2020). The first two say where a person is, how big and how turned.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from services.pose.crop import Image, Region
from services.pose.network import Network

PIXELS: Final = 224
MIN_SCORE: Final = 0.5
"""MediaPipe's min_pose_detection_confidence."""
_CUT: Final = 0.08
"""Part of a square, at its sides, in which people are not looked for."""
_SUPPRESSION_OVERLAP: Final = 0.3
_STRIDES: Final = ((8, 2), (16, 2), (32, 6))
"""(pixels between anchors, anchors at each place), as MediaPipe's SsdAnchorsCalculator makes them for this model."""


def anchors() -> NDArray[np.float32]:
    """(2254, 2) centre of each anchor, 0-1 of the model's square."""
    layers = []
    for stride, count in _STRIDES:
        cells = PIXELS // stride
        y, x = np.mgrid[0:cells, 0:cells]
        layers.append(np.repeat(((np.stack([x, y], -1) + 0.5) / cells).reshape(-1, 2), count, axis=0))
    return np.concatenate(layers).astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Detection:
    """Somebody found.

    Attributes:
        score: 0-1.
        box: (4,) x0, y0, x1, y1 of the face, pixels.
        points: (4, 2) the model's points, pixels.
    """

    score: float
    box: NDArray[np.float64]
    points: NDArray[np.float64]

    @property
    def region(self) -> Region:
        """Where the whole body is."""
        return Region.around(self.points[0], self.points[1])


class Detector:
    """The detection model behind its pre- and post-processing; keeps no state between pictures.

    Args:
        network: the loaded model.
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        self._anchors = anchors()

    def detect(self, image: Image, view: Region) -> list[Detection]:
        """The people in an upright square of a BGR picture, the surest first.

        Whoever is at a side of the square at which the picture goes on is left out: only a part of them may be seen.
        """
        height, width = image.shape[:2]
        square = np.empty((1, PIXELS, PIXELS, 3), np.uint8)
        view.cut(image, PIXELS, cv2.BORDER_CONSTANT, square[0])
        boxes, scores = self.network.run(square)
        low = np.array([view.x, view.y]) - view.size * (0.5 - _CUT)
        high = np.array([view.x, view.y]) + view.size * (0.5 - _CUT)
        low[low < view.size * 2 * _CUT] = -np.inf
        high[high > np.array([width, height]) - view.size * 2 * _CUT] = np.inf
        found = self.decode(boxes[0], scores[0, :, 0], view)
        return [one for one in found if ((low < one.points[0]) & (one.points[0] < high)).all()]

    def decode(self, boxes: NDArray[np.float32], scores: NDArray[np.float32], view: Region) -> list[Detection]:
        """Turn the model's answer into people.

        Args:
            boxes: (2254, 12) centre, size and four points relative to each anchor, pixels of the model's square.
            scores: (2254,) logits.
            view: the part of the picture that the model saw.
        """
        found = np.flatnonzero(scores > math.log(MIN_SCORE / (1 - MIN_SCORE)))
        if not len(found):
            return []
        sure = 1 / (1 + np.exp(-np.clip(scores[found].astype(np.float64), -80, 80)))
        values = boxes[found].astype(np.float64) / PIXELS
        origin = self._anchors[found].astype(np.float64)
        center, half = values[:, :2] + origin, values[:, 2:4] / 2
        points = values[:, 4:].reshape(-1, 4, 2) + origin[:, None]
        square = np.concatenate([center - half, center + half], axis=1)
        corner = np.array([view.x, view.y]) - view.size / 2
        return [
            Detection(score, box * view.size + np.tile(corner, 2), four * view.size + corner)
            for score, box, four in suppressed(sure, square, points)
        ]


def suppressed(
    scores: NDArray[np.float64], boxes: NDArray[np.float64], points: NDArray[np.float64]
) -> list[tuple[float, NDArray[np.float64], NDArray[np.float64]]]:
    """Weighted non-maximum suppression: what overlaps the best is averaged with it, by score.

    As MediaPipe's NonMaxSuppressionCalculator with its WEIGHTED algorithm and a threshold of 0.3.

    Args:
        scores: (N,).
        boxes: (N, 4) x0, y0, x1, y1.
        points: (N, K, 2).

    Returns:
        (score of the best, box (4,), points (K, 2)) of each group, the best first.
    """
    groups = []
    rest = np.argsort(-scores, kind="stable")
    while len(rest):
        best, others = boxes[rest[0]], boxes[rest]
        sides = np.clip(np.minimum(others[:, 2:], best[2:]) - np.maximum(others[:, :2], best[:2]), 0, None)
        shared = sides.prod(1)
        areas = (others[:, 2:] - others[:, :2]).prod(1)
        joined = shared / np.maximum(areas + areas[0] - shared, 1e-12) > _SUPPRESSION_OVERLAP
        joined[0] = True
        group = rest[joined]
        weights = scores[group] / scores[group].sum()
        groups.append((float(scores[rest[0]]), weights @ boxes[group], np.tensordot(weights, points[group], 1)))
        rest = rest[~joined]
    return groups
