"""What every pose estimator must do, whatever runs the models."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from services.core.skeleton import INDEX
from services.core.types import NANOSECONDS, FloatArray, Pose
from services.pose.crop import Image
from services.pose.estimator import PoseEstimator
from services.simulator import Scene, open_scene

MakeEstimator = Callable[..., "Latest"]
FPS = 15
BODY = [
    INDEX[f"{side}_{joint}"]
    for side in ("left", "right")
    for joint in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
]
TRUNK = [INDEX[name] for name in ("left_shoulder", "right_shoulder", "left_hip", "right_hip")]


class Latest:
    """An estimator of which everybody's latest pose is asked for, looked at in this very picture or not."""

    def __init__(self, estimator: PoseEstimator) -> None:
        self.estimator = estimator
        self.poses: dict[str, Pose] = {}

    def estimate(self, image: Image, captured_at: int) -> list[Pose]:
        people = self.estimator.estimate(image, captured_at)
        self.poses = {track_id: pose or self.poses[track_id] for track_id, pose in people.items()}
        assert all(track_id == pose.track_id for track_id, pose in self.poses.items())
        return list(self.poses.values())

    def reset(self) -> None:
        self.estimator.reset()


def at(seconds: float) -> int:
    return round(seconds * NANOSECONDS)


def pixels(keypoints: FloatArray, image: Image) -> NDArray[np.float64]:
    height, width = image.shape[:2]
    return keypoints[:, :2].astype(np.float64) * (width, height)


def error(found: Pose, true: Pose, image: Image) -> float:
    """Mean distance of the body's joints, in lengths of the true trunk."""
    truth = pixels(true.keypoints, image)
    trunk = truth[TRUNK]
    length = np.hypot(*((trunk[0] + trunk[1] - trunk[2] - trunk[3]) / 2))
    return float(np.hypot(*(pixels(found.keypoints, image) - truth)[BODY].T).mean() / length)


def play(estimator: Latest, scene: Scene, seconds: float, start: float = 0.0) -> list[list[Pose]]:
    times = start + np.arange(0, seconds, 1 / FPS)
    return [estimator.estimate(scene.render(float(time)), at(float(time))) for time in times]


def names(frames: Sequence[Sequence[Pose]]) -> set[str]:
    return {pose.track_id for poses in frames for pose in poses}


def decoded(path: Path, seconds: float) -> Iterator[tuple[Image, int]]:
    """A real clip at 15 frames a second."""
    last = -1.0
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            if frame.time > seconds:
                return
            if frame.time - last >= 0.9 / FPS:
                last = frame.time
                yield frame.to_ndarray(format="bgr24"), at(frame.time)


class EstimatorContract:
    """Inherit, and give the fixture `make`: ``make(epoch=0, max_people=6)`` gives an estimator, closed afterwards."""

    def test_finds_a_person_where_they_are(self, make: MakeEstimator) -> None:
        scene, estimator = open_scene("squat?seed=3&view=35"), make()
        errors = []
        for step in range(2 * FPS):
            image = scene.render(step / FPS)
            poses = estimator.estimate(image, at(step / FPS))
            assert [pose.track_id for pose in poses] == ["0-1"]
            errors.append(error(poses[0], scene.truth(step / FPS).frame.people[0], image))
        assert np.median(errors) < 0.15
        assert np.max(errors) < 0.4

    def test_says_what_the_types_promise(self, make: MakeEstimator) -> None:
        scene, estimator = open_scene("idle?seed=1&view=10"), make()
        pose = play(estimator, scene, 0.5)[-1][0]
        assert re.fullmatch(r"0-\d+", pose.track_id)
        assert pose.keypoints.shape == pose.world_keypoints.shape == (33, 3)
        assert pose.visibility.shape == (33,)
        for values in (pose.box, pose.keypoints, pose.visibility, pose.world_keypoints):
            assert values.dtype == np.float32
            assert np.isfinite(values).all()
        assert 0.5 < pose.score <= 1
        assert 0 <= pose.visibility.min() <= pose.visibility.max() <= 1
        x0, y0, x1, y1 = pose.box
        assert 0 <= x0 < x1 <= 1
        assert 0 <= y0 < y1 <= 1

    def test_world_keypoints_are_metres_and_upright(self, make: MakeEstimator) -> None:
        scene, estimator = open_scene("idle?seed=1&view=10"), make()
        world = play(estimator, scene, 0.5)[-1][0].world_keypoints
        hips = (world[INDEX["left_hip"]] + world[INDEX["right_hip"]]) / 2
        assert np.abs(hips).max() < 0.05
        height = world[INDEX["left_ankle"], 1] - world[INDEX["nose"], 1]
        assert 1.2 < height < 1.9

    def test_several_people_keep_their_ids(self, make: MakeEstimator) -> None:
        scene, estimator = open_scene("squat,jumping_jack?seed=5&view=20"), make()
        owners: dict[str, set[int]] = {}
        frames = 0
        for step in range(2 * FPS):
            image = scene.render(step / FPS)
            poses = estimator.estimate(image, at(step / FPS))
            assert len({pose.track_id for pose in poses}) == len(poses)
            frames += len(poses) == 2
            people = scene.truth(step / FPS).frame.people
            for pose in poses:
                errors = [error(pose, person, image) for person in people]
                owners.setdefault(pose.track_id, set()).add(int(np.argmin(errors)))
        assert sorted(owners.values()) == [{0}, {1}]
        assert frames >= 0.9 * 2 * FPS

    def test_no_more_people_than_asked_for(self, make: MakeEstimator) -> None:
        scene, estimator = open_scene("idle,idle?seed=5&view=20"), make(max_people=1)
        assert {len(poses) for poses in play(estimator, scene, 1.0)} == {1}

    @pytest.mark.parametrize("picture", ["black", "white", "noise", "stripes", "gradient"])
    def test_nobody_in_a_picture_of_nobody(self, make: MakeEstimator, picture: str) -> None:
        estimator = make()
        rng = np.random.default_rng(7)
        across = np.linspace(0, 255, 640, dtype=np.uint8)
        images: dict[str, Callable[[], NDArray[np.uint8]]] = {
            "black": lambda: np.zeros((360, 640, 3), np.uint8),
            "white": lambda: np.full((360, 640, 3), 255, np.uint8),
            "noise": lambda: rng.integers(0, 256, (360, 640, 3), np.uint8),
            "stripes": lambda: np.dstack([np.tile(np.uint8(across % 64 * 3), (360, 1))] * 3),
            "gradient": lambda: np.dstack([np.tile(across, (360, 1))] * 3),
        }
        for step in range(6):
            assert estimator.estimate(images[picture](), at(step / FPS)) == []

    @pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1), (17, 31), (359, 641), (1280, 200), (2160, 3840)])
    def test_any_size_of_picture(self, make: MakeEstimator, size: tuple[int, int]) -> None:
        estimator = make()
        for step in range(2):
            assert estimator.estimate(np.zeros((*size, 3), np.uint8), at(step / FPS)) == []

    def test_somebody_in_a_tall_and_odd_picture(self, make: MakeEstimator) -> None:
        scene, estimator = open_scene("idle?seed=1&view=10", width=333, height=517), make()
        image = scene.render(0)
        poses = estimator.estimate(image, 0)
        assert len(poses) == 1
        assert error(poses[0], scene.truth(0).frame.people[0], image) < 0.3

    def test_size_changes_in_mid_stream(self, make: MakeEstimator) -> None:
        scene, estimator = open_scene("idle?seed=1&view=10"), make()
        before = play(estimator, scene, 0.5)
        large = cv2.resize(scene.render(0.5), (1280, 720))
        after = estimator.estimate(np.asarray(large, np.uint8), at(0.5))
        assert names([after]) == names(before)
        assert np.abs(after[0].keypoints[BODY, :2] - before[-1][0].keypoints[BODY, :2]).max() < 0.05

    @pytest.mark.parametrize("jump", [0.0, -5.0, 3600.0])
    def test_time_may_jump_and_repeat(self, make: MakeEstimator, jump: float) -> None:
        scene, estimator = open_scene("idle?seed=1&view=10"), make()
        start = 4e9
        for step in range(5):
            estimator.estimate(scene.render(step / FPS), at(start + step / FPS))
        frames = [estimator.estimate(scene.render(step / FPS), at(start + 4 / FPS + jump)) for step in range(5)]
        frames += [estimator.estimate(scene.render(step / FPS), at(start + jump + 1 + step / FPS)) for step in range(5)]
        image, true = scene.render(4 / FPS), scene.truth(4 / FPS).frame.people[0]
        assert [len(poses) for poses in frames] == [1] * 10
        assert error(frames[-1][0], true, image) < 0.3

    def test_hidden_for_a_second_and_the_same_person_again(self, make: MakeEstimator) -> None:
        scene, estimator = open_scene("squat?seed=3&view=35"), make()
        before = play(estimator, scene, 1.0)
        dark = np.zeros_like(scene.render(0))
        hidden = [estimator.estimate(dark, at(1 + step / FPS)) for step in range(14)]
        after = play(estimator, scene, 0.5, start=1 + 14 / FPS)
        assert hidden[-1] == []
        assert names(after) == names(before) == {"0-1"}

    def test_gone_for_long_is_somebody_new(self, make: MakeEstimator) -> None:
        scene, estimator = open_scene("idle?seed=1&view=10"), make(epoch=1700000000)
        assert names(play(estimator, scene, 0.3)) == {"1700000000-1"}
        for second in range(1, 9):
            estimator.estimate(np.zeros_like(scene.render(0)), at(second))
        assert names(play(estimator, scene, 0.3, start=9)) == {"1700000000-2"}

    def test_ids_are_not_given_again_after_a_reset(self, make: MakeEstimator) -> None:
        scene, estimator = open_scene("idle?seed=1&view=10"), make()
        before = names(play(estimator, scene, 0.3))
        estimator.reset()
        after = names(play(estimator, scene, 0.3))
        assert before
        assert after
        assert not before & after

    def test_cameras_do_not_mix(self, make: MakeEstimator) -> None:
        scene, one, other = open_scene("idle?seed=1&view=10"), make(), make()
        empty = np.zeros_like(scene.render(0))
        for step in range(4):
            assert len(one.estimate(scene.render(step / FPS), at(step / FPS))) == 1
            assert other.estimate(empty, at(step / FPS)) == []

    @pytest.mark.parametrize(
        ("clip", "people"),
        [("squat/squat_001", 1), ("push_up/push_up_010", 1), ("jumping_jack/jumping_jack_012", 2)],
    )
    def test_real_people(self, make: MakeEstimator, footage: Path, clip: str, people: int) -> None:
        estimator = make()
        frames = [estimator.estimate(*frame) for frame in decoded(footage / "clips" / f"{clip}.mp4", 1.5)]
        assert names(frames) == {f"0-{number}" for number in range(1, people + 1)}
        assert np.mean([len(poses) == people for poses in frames]) > 0.9
