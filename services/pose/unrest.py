"""Where something moves that belongs to nobody known, and how long ago it was looked at."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from services.core.types import NANOSECONDS
from services.pose.crop import Region
from services.pose.motion import MOVED, Thumbnail

JITTER: Final = 5_000_000
"""Times of capture jitter (ns); a look is not put off by a frame for that."""
_PATIENCE: Final = (0.3, 8.0)
"""Seconds before a place in which nobody was found is looked at again: at first, and at most."""
_COMPARED_SECONDS: Final = 0.25
"""Pictures so far apart are compared: slow movement shows."""
_CELL: Final = 4


class Unrest:
    """Where something moves that belongs to nobody known.

    Args:
        shape: height and width of the pictures.
    """

    def __init__(self, shape: tuple[int, int]) -> None:
        self.shape = shape
        self._compared: Thumbnail | None = None
        self._compared_at = 0
        self._map = np.zeros((1, 1), np.uint8)
        self._tries = np.zeros((1, 1), np.int64)
        self._until = np.zeros((1, 1), np.int64)

    def update(self, captured_at: int, now: Thumbnail, known: Sequence[NDArray[np.floating]]) -> None:
        """Take note of what moved since the picture compared with last."""
        if self._compared is None:
            self._compared, self._compared_at = now, captured_at
            cells = max(1, now.shape[0] // _CELL), max(1, now.shape[1] // _CELL)
            self._map = np.zeros(cells, np.uint8)
            self._tries, self._until = np.zeros(cells, np.int64), np.full(cells, captured_at)
        if captured_at - self._compared_at + JITTER >= _COMPARED_SECONDS * NANOSECONDS:
            apart = cv2.resize(cv2.absdiff(self._compared, now), self._map.shape[::-1], interpolation=cv2.INTER_AREA)
            self._compared, self._compared_at = now, captured_at
            self._map = (apart > MOVED).astype(np.uint8)
        for box in known:
            left, top, right, bottom = box.tolist()
            aside = 0.1 * max(right - left, bottom - top) + 1e-9
            part = self._part(left - aside, top - aside, right + aside, bottom + aside)
            self._map[part] = 0
            self._tries[part] = 0

    def place(self, captured_at: int) -> tuple[NDArray[np.float64], int] | None:
        """Box (4,) in pixels of the largest restless place, and how often nobody was found there; or None."""
        restless = self._map * (self._until <= captured_at)
        if not restless.any():
            return None
        joined = cv2.dilate(restless.astype(np.uint8), np.ones((3, 3), np.uint8))
        _, labels, stats, _ = cv2.connectedComponentsWithStats(joined)
        largest = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
        rows, columns = np.nonzero((labels == largest) & (restless > 0))
        across, down = self._cell()
        cells = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])
        box = cells * np.array([across, down, across, down])
        return box, int(self._tries[rows, columns].max())

    def looked(self, captured_at: int, views: Sequence[Region]) -> None:
        """Leave places alone for a while that are looked at now; whoever is found there is known from then on."""
        for view in views:
            half = view.size / 2
            part = self._part(view.x - half, view.y - half, view.x + half, view.y + half)
            restless = self._map[part] > 0
            tries = self._tries[part]
            first, most = _PATIENCE
            wait = np.minimum(first * 2.0 ** np.minimum(tries, 30), most) * NANOSECONDS
            self._until[part] = np.where(restless, captured_at + wait.astype(np.int64), self._until[part])
            self._tries[part] = tries + restless

    def _cell(self) -> tuple[float, float]:
        """Width and height of a cell, pixels of the picture."""
        return self.shape[1] / self._map.shape[1], self.shape[0] / self._map.shape[0]

    def _part(self, left: float, top: float, right: float, bottom: float) -> tuple[slice, slice]:
        """The cells of a box in pixels."""
        # On plain numbers: this is asked of everybody in every picture.
        across, down = self._cell()
        return (
            slice(max(0, math.floor(top / down)), max(0, math.ceil(bottom / down))),
            slice(max(0, math.floor(left / across)), max(0, math.ceil(right / across))),
        )
