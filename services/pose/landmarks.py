"""Landmarks of people whose regions are known: BlazePose's landmark model, one batch for all people of a picture.

They are refined with the model's heatmap as MediaPipe's RefineLandmarksFromHeatmapCalculator does; without that they
are 3 % of a torso off.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from services.pose.crop import Image, Region
from services.pose.network import Network

PIXELS: Final = 256
COUNT: Final = 33
_OUTPUTS: Final = 39
_USED: Final = 35
"""The 33 of the skeleton and two that only place the next region: between the hips, and on the body's circle."""
_GRID: Final = 64
_KERNEL: Final = 9
"""Side of the heatmap window; 9 in MediaPipe's graph for this model, 7 in its newer tasks."""
_MIN_HEAT: Final = 0.5
_WINDOW: Final = np.arange(_KERNEL) - (_KERNEL - 1) // 2
_MIDDLE: Final = np.array([0.5, 0.5, 0.0])


@dataclass(frozen=True, slots=True, eq=False)
class Landmarks:
    """The model's answer for N regions.

    Attributes:
        presence: (N,) 0-1, that there is a person.
        points: (N, 35, 3) x, y, z, pixels of the picture.
        visibility: (N, 33) 0-1.
        world: (N, 33, 3) metres, turned back to the picture's upright.
    """

    presence: NDArray[np.float64]
    points: NDArray[np.float64]
    visibility: NDArray[np.float64]
    world: NDArray[np.float64]


class Landmarker:
    """The landmark model behind its pre- and post-processing; keeps no state between pictures.

    Args:
        network: the loaded model.
    """

    def __init__(self, network: Network) -> None:
        self.network = network

    def find(self, image: Image, regions: Sequence[Region]) -> Landmarks:
        """The landmarks in each region of a BGR picture."""
        count = len(regions)
        if not count:
            return Landmarks(np.zeros(0), np.zeros((0, _USED, 3)), np.zeros((0, COUNT)), np.zeros((0, COUNT, 3)))
        crops = np.empty((count, PIXELS, PIXELS, 3), np.uint8)
        for region, crop in zip(regions, crops, strict=True):
            region.cut(image, PIXELS, cv2.BORDER_REPLICATE, crop)
        landmarks, presence, heatmap, world = self.network.run(crops)
        raw = landmarks.reshape(count, _OUTPUTS, 5)[:, :_USED].astype(np.float64)
        inside = refined(raw[..., :3] / PIXELS, heatmap)
        turned = world.reshape(count, _OUTPUTS, 3)[:, :COUNT].astype(np.float64)
        angles = np.array([[region.angle] for region in regions])
        turns = np.cos(angles), np.sin(angles)
        return Landmarks(
            presence=presence.reshape(count).astype(np.float64),
            points=_placed(inside, regions, turns),
            visibility=_sigmoid(raw[:, :COUNT, 3]),
            world=_rotated(turned, turns),
        )


def refined(points: NDArray[np.float64], heatmap: NDArray[np.float32]) -> NDArray[np.float64]:
    """Move each point to the centre of heat around it, where there is enough heat.

    Args:
        points: (N, K, 3) x, y, z, 0-1 of the crop.
        heatmap: (N, K or more, 64, 64) logits.

    Returns:
        (N, K, 3), a copy with x and y moved.
    """
    people, count, channels = *points.shape[:2], heatmap.shape[1]
    cells = (points[..., :2] * _GRID).astype(np.int64)
    around = cells[..., None] + _WINDOW
    nearest = np.minimum(np.maximum(around, 0), _GRID - 1)
    # All in one flat list of places, which numpy takes ten times as fast as along four axes.
    maps = (np.arange(people)[:, None] * channels + np.arange(count))[..., None] * _GRID**2
    rows = maps + nearest[..., 1, :] * _GRID
    heat = _sigmoid(heatmap.reshape(-1).take(rows[..., None] + nearest[..., 0, None, :]).astype(np.float64))
    valid = around == nearest
    if not valid.all():
        heat = np.where(valid[..., 1, :, None] & valid[..., 0, None, :], heat, 0.0)
    total = np.add.reduce(heat, (2, 3))
    inside = (cells.view(np.uint64) < _GRID).all(-1)
    moved = inside & (np.maximum.reduce(heat, (2, 3)) >= _MIN_HEAT)
    total = np.where(moved, total, 1.0)
    result = points.copy()
    at = around.astype(np.float64)
    for axis, place in enumerate((at[..., 0, None, :], at[..., 1, :, None])):
        result[..., axis] = np.where(moved, np.add.reduce(heat * place, (2, 3)) / total / _GRID, points[..., axis])
    return result


def _placed(
    points: NDArray[np.float64], regions: Sequence[Region], turns: tuple[NDArray[np.float64], NDArray[np.float64]]
) -> NDArray[np.float64]:
    """From 0-1 of each crop to pixels of the picture; z on the scale of x."""
    placed = _rotated(points - _MIDDLE, turns)
    placed *= np.array([region.size for region in regions])[:, None, None]
    placed[..., :2] += np.array([[[region.x, region.y]] for region in regions])
    return placed


def _rotated(
    points: NDArray[np.float64], turns: tuple[NDArray[np.float64], NDArray[np.float64]]
) -> NDArray[np.float64]:
    """Turn (N, K, 3) about z; (N, 1) cosines and sines of the angles."""
    cos, sin = turns
    x, y = points[..., 0], points[..., 1]
    rotated = np.empty_like(points)
    rotated[..., 0] = cos * x - sin * y
    rotated[..., 1] = sin * x + cos * y
    rotated[..., 2] = points[..., 2]
    return rotated


def _sigmoid(values: NDArray[np.float64]) -> NDArray[np.float64]:
    sigmoid = np.maximum(values, -80)
    np.minimum(sigmoid, 80, out=sigmoid)
    np.negative(sigmoid, out=sigmoid)
    np.exp(sigmoid, out=sigmoid)
    sigmoid += 1
    np.divide(1, sigmoid, out=sigmoid)
    return sigmoid
