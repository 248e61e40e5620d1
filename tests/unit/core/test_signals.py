"""Measures of a pose: the same whatever the picture's size, the person's place and side."""

from __future__ import annotations

import numpy as np
import pytest

from services.core.signals import BODY, Signal, measure
from services.core.skeleton import INDEX, MIRROR
from services.core.types import Pose

PLACES = {
    "nose": (0.0, -0.65), "shoulder": (0.20, -0.50), "elbow": (0.22, -0.22), "wrist": (0.24, 0.05),
    "hip": (0.12, 0.0), "knee": (0.12, 0.42), "ankle": (0.12, 0.84),
}  # fmt: skip
"""Metres right of and below the hips, of the person's left side seen from the front."""


def person(
    width: int, height: int, *, metre: float = 0.3, at: tuple[float, float] = (0.5, 0.5), **moved: tuple[float, float]
) -> Pose:
    """Somebody who faces the camera, arms hanging; `metre` is in picture heights."""
    world = np.zeros((33, 3), np.float32)
    for name, index in INDEX.items():
        side, _, part = name.partition("_")
        x, y = moved.get(part) or PLACES.get(part) or PLACES.get(name) or PLACES["nose"]
        world[index] = (x if side == "left" else -x if side == "right" else 0.0, y, 0.0)
    keypoints = world * metre + np.array([at[0] * width / height, at[1], 0.0], np.float32)
    keypoints[:, 0] *= height / width
    return Pose(
        "0-1", np.array([0, 0, 1, 1], np.float32), 1.0, keypoints.astype(np.float32), np.ones(33, np.float32), world
    )


def test_somebody_who_stands_with_hanging_arms() -> None:
    values = measure(person(640, 360), 640, 360).values
    assert values[Signal.ELBOW] == pytest.approx(180, abs=3)
    assert values[Signal.SHOULDER] < 20
    assert values[Signal.KNEE] == pytest.approx(180, abs=1)
    assert values[Signal.HIP] == pytest.approx(171, abs=3)
    assert values[Signal.WRIST_HEIGHT] == pytest.approx(-0.55, abs=0.01)
    assert values[Signal.HIP_HEIGHT] == pytest.approx(0.84, abs=0.01)
    assert values[Signal.SHOULDER_HEIGHT] == pytest.approx(1.34, abs=0.01)
    assert values[Signal.TORSO] == pytest.approx(90, abs=0.1)
    assert values[Signal.STRIDE] == pytest.approx(0.24, abs=0.01)


def test_the_body_is_about_its_hips_in_metres() -> None:
    pose = person(640, 360, at=(0.7, 0.4))
    body = measure(pose, 640, 360).body
    assert body.shape == (len(BODY), 3)
    assert body == pytest.approx(pose.world_keypoints[[INDEX[name] for name in BODY]], abs=0.01)


def test_raised_arms_and_bent_knees_show() -> None:
    values = measure(person(640, 360, elbow=(0.25, -0.75), wrist=(0.25, -1.0)), 640, 360).values
    assert values[Signal.WRIST_HEIGHT] == pytest.approx(0.5, abs=0.01)
    assert values[Signal.SHOULDER] > 150
    crouching = measure(person(640, 360, knee=(0.42, 0.2), ankle=(0.12, 0.45)), 640, 360).values
    assert crouching[Signal.KNEE] < 120
    assert crouching[Signal.HIP_HEIGHT] == pytest.approx(0.45, abs=0.01)


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (360, 640), (100, 100)])
@pytest.mark.parametrize("metre", [0.1, 0.5])
def test_picture_size_distance_and_place_do_not_matter(width: int, height: int, metre: float) -> None:
    expected = measure(person(640, 360), 640, 360).values
    got = measure(person(width, height, metre=metre, at=(0.3, 0.6)), width, height).values
    np.testing.assert_allclose(got, expected, atol=0.02, rtol=1e-3)


def test_left_and_right_count_the_same() -> None:
    pose = person(640, 360, elbow=(0.4, -0.4), wrist=(0.3, -0.7))
    mirrored = Pose(
        pose.track_id, pose.box, pose.score, pose.keypoints[MIRROR], pose.visibility, pose.world_keypoints[MIRROR]
    )
    np.testing.assert_allclose(measure(mirrored, 640, 360).values, measure(pose, 640, 360).values, atol=1e-4)


def test_quality_is_that_of_the_better_side() -> None:
    pose = person(640, 360)
    visibility = np.ones(33, np.float32)
    visibility[INDEX["left_elbow"]] = 0.1
    seen = measure(Pose("0-1", pose.box, 1.0, pose.keypoints, visibility, pose.world_keypoints), 640, 360).quality
    assert seen[Signal.ELBOW] == 1.0
    visibility[INDEX["right_wrist"]] = 0.2
    seen = measure(Pose("0-1", pose.box, 1.0, pose.keypoints, visibility, pose.world_keypoints), 640, 360).quality
    assert seen[Signal.ELBOW] == pytest.approx(0.2)
    assert seen[Signal.KNEE] == 1.0


def test_a_pose_in_one_point_gives_numbers() -> None:
    """An estimator's collapsed pose must not become NaN, which would stay in every filter."""
    pose = Pose(
        "0-1",
        np.zeros(4, np.float32),
        0.1,
        np.zeros((33, 3), np.float32),
        np.zeros(33, np.float32),
        np.zeros((33, 3), np.float32),
    )
    assert np.isfinite(measure(pose, 1, 1).values).all()
