"""BlazePose's 33 keypoints: their names, order, mirror twins and bones.

Order and names as in Google's BlazePose GHUM (MediaPipe Pose landmarks).
"""

from __future__ import annotations

from typing import Final

import numpy as np

KEYPOINTS: Final[tuple[str, ...]] = (
    "nose",
    "left_eye_inner", "left_eye", "left_eye_outer", "right_eye_inner", "right_eye", "right_eye_outer",
    "left_ear", "right_ear", "mouth_left", "mouth_right",
    "left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist",
    "left_pinky", "right_pinky", "left_index", "right_index", "left_thumb", "right_thumb",
    "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle",
    "left_heel", "right_heel", "left_foot_index", "right_foot_index",
)  # fmt: skip
"""Name of each keypoint, by index; left and right are the person's own."""

INDEX: Final[dict[str, int]] = {name: index for index, name in enumerate(KEYPOINTS)}
"""Keypoint name -> index."""


def _twin(name: str) -> str:
    if "left" in name:
        return name.replace("left", "right")
    return name.replace("right", "left")


MIRROR: Final = np.array([INDEX[_twin(name)] for name in KEYPOINTS])
"""(33,) index of each keypoint's twin on the other side of the body."""

BONES: Final[tuple[tuple[int, int], ...]] = (
    (11, 12), (11, 23), (12, 24), (23, 24),
    (11, 13), (13, 15), (15, 17), (15, 19), (15, 21), (17, 19),
    (12, 14), (14, 16), (16, 18), (16, 20), (16, 22), (18, 20),
    (23, 25), (25, 27), (27, 29), (27, 31), (29, 31),
    (24, 26), (26, 28), (28, 30), (28, 32), (30, 32),
    (0, 1), (1, 2), (2, 3), (3, 7), (0, 4), (4, 5), (5, 6), (6, 8), (9, 10),
)  # fmt: skip
"""Pairs of keypoints that a drawn skeleton joins."""
