"""Whether anything moves in a part of the picture, at a small part of the cost of a pose."""

from __future__ import annotations

import math
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from services.pose.crop import Image

SIDE: Final = 240
"""Pixels on the longer side of a thumbnail; somebody 80 pixels tall in 960 is 20 tall in it."""
MOVED: Final = 10.0
"""Grey levels by which a cell must differ: sensor noise and compression stay below, an arm that moves does not."""
_CELL: Final = 4
_MARGIN: Final = 0.03

Thumbnail = NDArray[np.uint8]
"""(h, w) grey."""


def thumbnail(image: Image) -> Thumbnail:
    """A small grey copy of a BGR picture."""
    height, width = image.shape[:2]
    scale = min(1.0, SIDE / max(width, height))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(image, size, interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), np.uint8)


def moved(before: Thumbnail, now: Thumbnail, box: NDArray[np.floating]) -> bool:
    """Whether two thumbnails of one size differ in a box: whether any cell of 4 x 4 pixels does, on average.

    Args:
        before, now: of the same camera.
        box: (4,) x0, y0, x1, y1, normalised; what lies just outside counts too.
    """
    if before.shape != now.shape:
        return True
    height, width = now.shape
    # On plain numbers: this is asked of everybody in every picture, and numpy takes 50 us for four of them.
    left, top = (box[:2] - _MARGIN).tolist()
    right, bottom = (box[2:] + _MARGIN).tolist()
    x0, y0 = min(max(math.floor(left * width), 0), width - 1), min(max(math.floor(top * height), 0), height - 1)
    x1, y1 = min(max(math.ceil(right * width), x0 + 1), width), min(max(math.ceil(bottom * height), y0 + 1), height)
    one, other = before[y0:y1, x0:x1], now[y0:y1, x0:x1]
    # No mean is above the most: of people at rest it need not be asked.
    if cv2.norm(one, other, cv2.NORM_INF) <= MOVED:
        return False
    cells = (max(1, (x1 - x0) // _CELL), max(1, (y1 - y0) // _CELL))
    return cv2.norm(cv2.resize(cv2.absdiff(one, other), cells, interpolation=cv2.INTER_AREA), cv2.NORM_INF) > MOVED
