"""A pinhole camera in a room: metres in, pixels and depths out.

The room's axes are x right, y up, z towards the camera; the floor is y = 0. View axes are the camera's own: x right,
y down, z away from it, as `services.core.types.Pose` has them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from services.core.types import FloatArray


@dataclass(frozen=True)
class Camera:
    """Where a camera stands and what it sees.

    Attributes:
        width, height: picture size in pixels.
        position, target: metres in the room; the picture's middle shows the target.
        field_of_view: vertical, degrees; larger makes everything smaller.
    """

    width: int
    height: int
    position: tuple[float, float, float]
    target: tuple[float, float, float]
    field_of_view: float = 42.0

    @cached_property
    def focal_length(self) -> float:
        """Focal length in pixels."""
        return self.height / (2 * math.tan(math.radians(self.field_of_view / 2)))

    @cached_property
    def axes(self) -> FloatArray:
        """(3, 3) rows: the view axes x, y, z in room coordinates."""
        forward = np.subtract(self.target, self.position)
        forward /= np.linalg.norm(forward)
        right = np.cross(forward, (0.0, 1.0, 0.0))
        right /= np.linalg.norm(right)
        return np.stack([right, np.cross(forward, right), forward]).astype(np.float32)

    def view(self, points: FloatArray) -> FloatArray:
        """(N, 3) room metres -> (N, 3) view metres."""
        moved = points - np.asarray(self.position, np.float32)
        return np.asarray(moved @ self.axes.T, np.float32)

    def pixels(self, view: FloatArray) -> FloatArray:
        """(N, 3) view metres -> (N, 2) pixels, which may lie outside the picture."""
        scale = self.focal_length / np.maximum(view[:, 2:3], 0.05)
        centre = np.array([(self.width - 1) / 2, (self.height - 1) / 2], np.float32)
        return np.asarray(view[:, :2] * scale + centre, np.float32)
