"""Poses as rows of numbers, so that what is done to all of them is done at once.

    columns    0..3   4..102              103..135     136..234
               box    keypoints, x y z    visibility   world keypoints, x y z

numpy takes longer to begin with a few numbers than to go through hundreds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from services.core.types import FloatArray, Pose

BOX: Final = slice(0, 4)
KEYPOINTS: Final = slice(4, 103)
VISIBILITY: Final = slice(103, 136)
WORLD: Final = slice(136, 235)


def rows_of(poses: Sequence[Pose]) -> FloatArray:
    """(N, 235) of at least one pose."""
    parts: list[FloatArray] = []
    for pose in poses:
        parts += pose.box, pose.keypoints.reshape(-1), pose.visibility, pose.world_keypoints.reshape(-1)
    return np.concatenate(parts).reshape(len(poses), -1)


def pose_of(row: FloatArray, track_id: str, score: float) -> Pose:
    """The pose of a row (235,), whose memory it shares."""
    return Pose(
        track_id=track_id,
        box=row[BOX],
        score=score,
        keypoints=row[KEYPOINTS].reshape(-1, 3),
        visibility=row[VISIBILITY],
        world_keypoints=row[WORLD].reshape(-1, 3),
    )
