"""The pose engine's errors on simulated people: as large as measured, the same every time, and no jumps."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from services.core.types import PoseFrame
from services.simulator import open_scene
from services.simulator.estimator import GROUPS, Estimator, side_of


def seen(spec: str, seed: int, seconds: float = 8.0, fps: float = 10.0) -> tuple[list[PoseFrame], list[PoseFrame]]:
    """True frames, and what the estimator makes of them."""
    true = list(open_scene(spec).pose_frames(seconds, fps=fps))
    estimator = Estimator(seed)
    return true, [estimator.update(frame) for frame in true]


def world_errors(spec: str, seeds: range) -> np.ndarray:
    """(N, 33, 3) metres over some people's frames."""
    found = []
    for seed in seeds:
        true, noisy = seen(spec, seed, seconds=2.0)
        found += [b.people[0].world_keypoints - a.people[0].world_keypoints for a, b in zip(true, noisy, strict=True)]
    return np.array(found)


def test_the_same_frames_and_seed_err_the_same() -> None:
    for one, other in zip(seen("squat", 3)[1], seen("squat", 3)[1], strict=True):
        np.testing.assert_array_equal(one.people[0].keypoints, other.people[0].keypoints)
        np.testing.assert_array_equal(one.people[0].visibility, other.people[0].visibility)
    assert not np.array_equal(seen("squat", 3)[1][0].people[0].keypoints, seen("squat", 4)[1][0].people[0].keypoints)


def test_depth_is_guessed_worst_and_hands_worse_than_shoulders() -> None:
    errors = world_errors("idle?view=90", range(12))
    spread = np.sqrt((errors**2).mean(axis=0))
    assert spread[:, 2].mean() > 1.3 * spread[:, :2].mean()
    assert spread[list(GROUPS["hand"])].mean() > 1.3 * spread[list(GROUPS["shoulder"])].mean()
    assert 0.01 < spread.mean() < 0.15


@pytest.mark.parametrize("fps", [8.0, 30.0])
def test_errors_wander_and_do_not_jump(fps: float) -> None:
    true, noisy = seen("idle?view=0", 5, seconds=20.0, fps=fps)
    errors = np.array([
        b.people[0].world_keypoints - a.people[0].world_keypoints for a, b in zip(true, noisy, strict=True)
    ])  # fmt: skip
    step = np.sqrt((np.diff(errors, axis=0) ** 2).mean())
    assert 0.0 < step < errors.std(axis=0).mean()
    second = round(fps)
    alike = np.mean([np.corrcoef(errors[:-second, k, 2], errors[second:, k, 2])[0, 1] for k in range(33)])
    assert alike < 0.7, "after a second it is mostly another one"


def test_frames_without_anybody_stay_so_and_others_are_left_alone() -> None:
    true, noisy = seen("squat,idle", 2, seconds=1.0)
    assert [len(frame.people) for frame in noisy] == [2] * len(true)
    assert [frame.captured_at for frame in noisy] == [frame.captured_at for frame in true]
    empty = PoseFrame("sim", 0, 0, 640, 360)
    assert Estimator(1).update(empty).people == ()


@pytest.mark.parametrize(("view", "side"), [(0, 0), (90, 1), (180, 2), (270, 1)])
def test_the_side_that_is_seen_follows_the_view(view: int, side: int) -> None:
    pose = open_scene(f"idle?view={view}").pose_frame(1.0).people[0]
    assert side_of(pose.world_keypoints) == side


def test_every_keypoint_belongs_to_one_group() -> None:
    assert list(itertools.chain.from_iterable(GROUPS.values())) == list(range(33))
