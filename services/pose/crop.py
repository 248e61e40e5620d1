"""Square, turned regions of a picture, and the crops that models see of them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
"""(H, W, 3) BGR."""


@dataclass(frozen=True, slots=True)
class Region:
    """A turned square in a picture.

    Attributes:
        x, y: its centre, pixels.
        size: its side, pixels.
        angle: radians clockwise on the screen; 0 is upright.
    """

    x: float
    y: float
    size: float
    angle: float = 0.0

    @classmethod
    def around(cls, center: NDArray[np.float64], top: NDArray[np.float64], scale: float = 1.25) -> Region:
        """The square around a body, turned so that it stands upright.

        As MediaPipe's AlignmentPointsRectsCalculator with its target angle of 90 degrees.

        Args:
            center: (2,) between the hips.
            top: (2,) the point straight above it on the circle around the whole body.
            scale: side of the square over the diameter of the circle.
        """
        right, down = float(top[0] - center[0]), float(top[1] - center[1])
        angle = math.pi / 2 - math.atan2(-down, right)
        angle -= 2 * math.pi * math.floor((angle + math.pi) / (2 * math.pi))
        return cls(float(center[0]), float(center[1]), 2 * math.hypot(right, down) * scale, angle)

    @classmethod
    def whole(cls, width: int, height: int) -> Region:
        """The upright square around a whole picture."""
        return cls(width / 2, height / 2, max(width, height))

    def matrix(self, pixels: int) -> NDArray[np.float64]:
        """(2, 3) from a pixel of a crop with `pixels` a side to a pixel of the picture."""
        scale = self.size / pixels
        cos, sin, half = math.cos(self.angle) * scale, math.sin(self.angle) * scale, pixels / 2
        return np.array([
            [cos, -sin, self.x - cos * half + sin * half],
            [sin, cos, self.y - sin * half - cos * half],
        ])  # fmt: skip

    def cut(self, image: Image, pixels: int, border: int, out: Image) -> None:
        """Cut the region out of a BGR picture as RGB.

        Args:
            image: (H, W, 3) BGR.
            pixels: side of the crop.
            border: OpenCV's border mode for what lies outside the picture.
            out: (pixels, pixels, 3), written to.
        """
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        crop = cv2.warpAffine(image, self.matrix(pixels), (pixels, pixels), flags=flags, borderMode=border)
        cv2.cvtColor(crop, cv2.COLOR_BGR2RGB, dst=out)

    def overlap(self, other: Region) -> float:
        """Intersection over union of the two squares as if neither was turned (as MediaPipe compares regions)."""
        half, others = self.size / 2, other.size / 2
        # Everybody is compared with everybody in each picture, and most are apart.
        if abs(self.x - other.x) >= half + others or abs(self.y - other.y) >= half + others:
            return 0.0
        width = min(self.x + half, other.x + others) - max(self.x - half, other.x - others)
        height = min(self.y + half, other.y + others) - max(self.y - half, other.y - others)
        shared = max(width, 0.0) * max(height, 0.0)
        return shared / max(self.size**2 + other.size**2 - shared, 1e-9)
