"""What holds one person's keypoints still between frames, with MediaPipe's parameters for this model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from services.core.smoothing import LowPass, OneEuroFilter
from services.core.types import FloatArray, Pose


class PoseFilter:
    """Smooths the keypoints of one person.

    Parameters are those of MediaPipe's pose_landmark_filtering graph.
    """

    def __init__(self) -> None:
        self._points = OneEuroFilter(min_cutoff=0.05, beta=80.0)
        self._world = OneEuroFilter(min_cutoff=0.1, beta=40.0)
        self._visibility = LowPass(weight=0.1)

    def update(
        self,
        points: NDArray[np.float64],
        visibility: NDArray[np.float64],
        world: NDArray[np.float64],
        captured_at: int,
        size: float,
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Take one frame's keypoints and return points, visibility and world keypoints, smoothed.

        Args:
            points: (33, 3) pixels.
            visibility: (33,) 0-1.
            world: (33, 3) metres.
            captured_at: event time, ns.
            size: the person's size, pixels.
        """
        return (
            self._points.update(points, captured_at, size),
            self._visibility.update(visibility, captured_at),
            self._world.update(world, captured_at),
        )


def made_pose(
    track_id: str,
    score: float,
    keypoints: NDArray[np.float64],
    visibility: NDArray[np.float64],
    world: NDArray[np.float64],
) -> Pose:
    """One person as everybody else sees them; the box is around what is visible, within the picture.

    Args:
        keypoints: (33, 3) normalised.
        visibility: (33,) 0-1.
        world: (33, 3) metres.
    """
    seen = keypoints[visibility > 0.5, :2]
    if len(seen) < 2:
        seen = keypoints[:, :2]
    corners = np.concatenate([np.minimum.reduce(seen, 0), np.maximum.reduce(seen, 0)])
    box: FloatArray = np.minimum(np.maximum(corners, 0), 1).astype(np.float32)
    return Pose(
        track_id=track_id,
        box=box,
        score=score,
        keypoints=keypoints.astype(np.float32),
        visibility=visibility.astype(np.float32),
        world_keypoints=world.astype(np.float32),
    )


def unseen_pose(pose: Pose, right: float, down: float) -> Pose:
    """The same person elsewhere, half as visible: nobody sees them there.

    Args:
        right, down: how far they moved, normalised.
    """
    by = np.array([right, down, 0.0], np.float32)
    return replace(
        pose,
        box=np.clip(pose.box + np.tile(by[:2], 2), 0, 1),
        keypoints=pose.keypoints + by,
        visibility=pose.visibility * np.float32(0.5),
    )
