"""Poses as rows of numbers, there and back."""

from __future__ import annotations

import numpy as np

from services.core.pose_rows import BOX, KEYPOINTS, VISIBILITY, WORLD, pose_of, rows_of
from services.core.types import Pose


def pose(number: int) -> Pose:
    rng = np.random.default_rng(number)
    return Pose(
        f"0-{number}",
        rng.normal(size=4).astype(np.float32),
        0.5,
        rng.normal(size=(33, 3)).astype(np.float32),
        rng.normal(size=33).astype(np.float32),
        rng.normal(size=(33, 3)).astype(np.float32),
    )


def test_a_pose_comes_back_from_its_row_as_it_was() -> None:
    poses = [pose(number) for number in range(3)]
    rows = rows_of(poses)
    assert (rows.shape, rows.dtype) == ((3, 235), np.float32)
    for one, row in zip(poses, rows, strict=True):
        again = pose_of(row, one.track_id, one.score)
        assert (again.track_id, again.score) == (one.track_id, one.score)
        for name in ("box", "keypoints", "visibility", "world_keypoints"):
            np.testing.assert_array_equal(getattr(again, name), getattr(one, name), strict=True)
            assert getattr(again, name).flags.c_contiguous


def test_every_number_has_one_column() -> None:
    columns = [*range(235)]
    assert columns[BOX] + columns[KEYPOINTS] + columns[VISIBILITY] + columns[WORLD] == columns
