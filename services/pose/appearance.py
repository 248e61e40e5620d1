"""What colours somebody wears, coarsely: it tells two people apart who pass each other, and is kept nowhere."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from services.core.quantiles import median
from services.core.skeleton import INDEX
from services.pose.crop import Image

_CORNERS: Final = np.array([INDEX[name] for name in ("left_shoulder", "right_shoulder", "left_hip", "right_hip")])
_THIGHS: Final = np.array([[INDEX[f"{side}_{joint}"] for side in ("left", "right")] for joint in ("hip", "knee")])
_INNER: Final = np.linspace(0.2, 0.8, 5)
_GRID: Final = np.stack(np.meshgrid(_INNER, _INNER), -1).reshape(-1, 2)
_RIGHT, _DOWN = _GRID.T
_WEIGHTS: Final = np.stack([(1 - _RIGHT) * (1 - _DOWN), _RIGHT * (1 - _DOWN), (1 - _RIGHT) * _DOWN, _RIGHT * _DOWN], 1)
"""(25, 4) of the trunk's corners, at points within."""
_ALONG: Final = np.linspace(0.2, 0.8, 6)[:, None, None]


def colours(image: Image, points: NDArray[np.floating]) -> NDArray[np.float64]:
    """(2, 3) median colour of the trunk and of the thighs, CIE L*a*b*.

    Args:
        image: BGR.
        points: (33, 2) pixels; what lies outside the picture is taken from its side.
    """
    trunk = _WEIGHTS @ points[_CORNERS]
    hips, knees = points[_THIGHS]
    thighs = (hips + _ALONG * (knees - hips)).transpose(1, 0, 2).reshape(-1, 2)
    height, width = image.shape[:2]
    places = np.minimum(np.maximum(np.concatenate([trunk, thighs]), 0), (width - 1, height - 1)).astype(int)
    pixels = image[places[:, 1], places[:, 0]].astype(np.float32)[None] / 255
    lab = cv2.cvtColor(pixels, cv2.COLOR_BGR2LAB)[0]
    return np.array([median(lab[: len(trunk)]), median(lab[len(trunk) :])], np.float64)
