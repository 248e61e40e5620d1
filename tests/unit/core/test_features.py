"""Features see the movement, and not where, how big, or from which side."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.core import features
from services.core.clips import Clip, ClipWindow, cut_clips
from services.core.skeleton import INDEX, MIRROR
from services.core.types import Pose

T = 13


def body() -> np.ndarray:
    """(33, 3) metres: a person standing upright, arms hanging, facing the camera."""
    at = np.zeros((33, 3))
    places = {
        "shoulder": (0.2, -0.5), "elbow": (0.25, -0.22), "wrist": (0.27, 0.05), "pinky": (0.28, 0.12),
        "index": (0.27, 0.13), "thumb": (0.25, 0.1), "hip": (0.12, 0.0), "knee": (0.13, 0.42), "ankle": (0.13, 0.83),
        "heel": (0.13, 0.88), "foot_index": (0.15, 0.9), "ear": (0.08, -0.7), "eye": (0.03, -0.72),
        "eye_inner": (0.02, -0.72), "eye_outer": (0.05, -0.72),
    }  # fmt: skip
    for name, (x, y) in places.items():
        at[INDEX[f"left_{name}"]] = (x, y, 0)
        at[INDEX[f"right_{name}"]] = (-x, y, 0)
    at[INDEX["nose"]] = (0, -0.7, -0.1)
    at[INDEX["mouth_left"]], at[INDEX["mouth_right"]] = (0.03, -0.65, -0.08), (-0.03, -0.65, -0.08)
    return at


def moving(seed: int = 0, lift: float = 0.3) -> Clip:
    """A person who raises the left hand, a little unevenly built."""
    random = np.random.default_rng(seed)
    world = np.repeat(body()[None], T, axis=0) + random.normal(0, 0.02, (1, 33, 3))
    world[:, INDEX["left_wrist"], 1] -= lift * np.sin(np.linspace(0, 2 * np.pi, T)) ** 2
    points = world * 0.4 + np.array([0.8, 0.5, 0.0])
    return Clip(
        0, 2_000_000_000, 2.0, points.astype(np.float32), np.ones((T, 33), np.float32), world.astype(np.float32)
    )


def every_kind(clip: Clip) -> list[np.ndarray]:
    return [features.clip_features(clip), features.sequence_features(clip), features.pose_features(clip)]


def assert_alike(one: Clip, other: Clip, atol: float = 2e-3) -> None:
    for a, b in zip(every_kind(one), every_kind(other), strict=True):
        np.testing.assert_allclose(a, b, atol=atol)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 50), st.floats(0.3, 3), st.floats(-2, 2), st.floats(-2, 2))
def test_place_and_size_in_the_picture_do_not_matter(seed: int, size: float, x: float, y: float) -> None:
    clip = moving(seed)
    moved = replace(clip, points=(clip.points * size + np.array([x, y, 0])).astype(np.float32))
    assert_alike(clip, moved, atol=5e-3)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 50))
def test_the_mirror_image_is_the_same(seed: int) -> None:
    clip = moving(seed)
    across = np.array([-1, 1, 1])
    mirrored = replace(
        clip,
        points=(clip.points * across)[:, MIRROR].astype(np.float32),
        visibility=clip.visibility[:, MIRROR],
        world=(clip.world * across)[:, MIRROR].astype(np.float32),
    )
    assert_alike(clip, mirrored)


def test_how_the_body_lies_to_gravity_does_matter() -> None:
    clip = moving()
    fallen = np.array([[0, 1, 0], [-1, 0, 0], [0, 0, 1]])
    lying = replace(clip, points=clip.points @ fallen, world=clip.world @ fallen)
    trunk = features.signal_names().index("world_trunk_elevation")
    assert features.sequence_features(clip)[0, trunk] == pytest.approx(1, abs=0.1)
    assert features.sequence_features(lying)[0, trunk] == pytest.approx(0, abs=0.1)


def test_signals_say_what_their_names_say() -> None:
    values = dict(zip(features.signal_names(), features.sequence_features(moving()).T, strict=True))
    assert values["world_knee_angle"][0] == pytest.approx(2, abs=0.1), "a straight knee is two right angles"
    assert np.ptp(values["world_wrist_over_hips"]) == pytest.approx(0.15, abs=0.02), (
        "the mean of a raised hand and a still one"
    )
    assert np.ptp(values["picture_wrist_over_hips"]) == pytest.approx(0.15, abs=0.03), "the picture is told in metres"
    assert values["facing"][0] == pytest.approx(1, abs=0.05)
    assert np.ptp(values["hips_risen"]) == pytest.approx(0, abs=1e-3)


def test_names_and_columns_fit_and_are_told_apart() -> None:
    clip, names = moving(), features.signal_names()
    assert len(set(names)) == len(names)
    assert features.sequence_features(clip).shape == (T, len(names))
    assert features.clip_features(clip).shape == (len(names) * (len(features.PERCENTILES) + 3),)


def test_many_clips_at_once_are_as_one_by_one() -> None:
    clips = [moving(seed) for seed in range(3)]
    points, world = np.stack([clip.points for clip in clips]), np.stack([clip.world for clip in clips])
    together = features.statistics(features.signals(points, world), 2.0)
    np.testing.assert_array_equal(together, np.stack([features.clip_features(clip) for clip in clips]))
    shapes = features.shape_features(points[:, T // 2], world[:, T // 2])
    np.testing.assert_array_equal(shapes, np.stack([features.pose_features(clip) for clip in clips]))


@settings(deadline=None, max_examples=25)
@given(
    st.lists(st.sampled_from([33, 66, 67, 100, 125, 400, 1300]), min_size=1, max_size=90),
    st.sampled_from([(2.5, 31, 0.5), (2.0, 21, 0.5), (1.0, 13, 0.3), (0.5, 4, 1.0)]),
    st.integers(0, 2**40),
)
def test_live_clips_share_their_moments_and_are_as_those_cut_afterwards(
    gaps: list[int], cut: tuple[float, int, float], first: int
) -> None:
    times = np.cumsum([first, *(gap * 1_000_000 + index for index, gap in enumerate(gaps * 2))]).astype(np.int64)
    random = np.random.default_rng(len(times))
    world = (body() + np.cumsum(random.normal(0, 0.02, (len(times), 33, 3)), axis=0)).astype(np.float32)
    points = (world * 0.3 + 0.5).astype(np.float32)
    visibility = random.random((len(times), 33)).astype(np.float32)
    seconds, samples, stride = cut
    window = ClipWindow(seconds, samples, stride)
    live = []
    for at, keypoints, seen, own in zip(times, points, visibility, world, strict=True):
        clip = window.update(int(at), Pose("0-1", np.zeros(4, np.float32), 1.0, keypoints, seen, own), 640, 360)
        live += [] if clip is None else [clip]
    last = window.flush()
    live += [] if last is None else [last]
    afterwards = cut_clips(
        times, points, visibility, world,
        width=640, height=360, clip_seconds=seconds, samples=samples, stride_seconds=stride,
    )  # fmt: skip
    assert len(live) == len(afterwards)
    for one, other in zip(live, afterwards, strict=True):
        np.testing.assert_array_equal(features.motion_features(one), features.motion_features(other))
        np.testing.assert_array_equal(features.clip_features(one), features.clip_features(other))


def test_moments_that_clips_share_are_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[int] = []
    moments = features.moments

    def counted(points: np.ndarray, world: np.ndarray) -> np.ndarray:
        told.append(len(points))
        return moments(points, world)

    monkeypatch.setattr(features, "moments", counted)
    one = moving()
    window = ClipWindow(2.5, 31, 0.5)
    for frame in range(60):
        pose = Pose("0-1", np.zeros(4, np.float32), 1.0, one.points[0], one.visibility[0], one.world[0])
        clip = window.update(frame * 66_666_667, pose, 640, 360)
        if clip is not None:
            features.motion_features(clip)
            features.motion_features(clip)
    assert told == [31, 6, 6], "four seconds of poses"


def test_more_movement_gives_more_range_and_speed() -> None:
    names = features.signal_names()
    wrist, size = names.index("wrists_risen"), len(names)
    small, large = (features.clip_features(moving(lift=lift)) for lift in (0.1, 0.4))
    levels = len(features.PERCENTILES)
    for part in (levels, levels + 1):
        assert large[part * size + wrist] > 2 * small[part * size + wrist]


def test_a_broken_pose_gives_numbers_all_the_same() -> None:
    clip = moving()
    collapsed = replace(clip, points=np.zeros_like(clip.points), world=np.zeros_like(clip.world))
    for values in every_kind(collapsed):
        assert np.isfinite(values).all()
        assert values.dtype == np.float32


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 50), st.floats(-180, 180), st.floats(0.3, 3))
def test_a_skeleton_faces_the_camera_wherever_that_stands(seed: int, yaw: float, size: float) -> None:
    clip = moving(seed)
    across, along = np.cos(np.radians(yaw)), np.sin(np.radians(yaw))
    turn = np.array([[across, 0, along], [0, 1, 0], [-along, 0, across]])
    straight = features.skeleton_features(clip)
    turned = features.skeleton_features(replace(clip, world=(clip.world @ turn.T).astype(np.float32)))
    moved = features.skeleton_features(replace(clip, points=clip.points * np.float32(size) + np.float32([1, -2, 0])))
    assert straight.shape == (T, 33, 6)
    np.testing.assert_allclose(turned[..., :3], straight[..., :3], atol=2e-3)
    np.testing.assert_allclose(moved, straight, atol=5e-3)
    assert (turned[:, INDEX["left_shoulder"], 0] > turned[:, INDEX["right_shoulder"], 0]).all()
    assert straight[..., INDEX["left_ankle"], 4].mean() == pytest.approx(0.83, abs=0.15), "body metres"


def test_many_skeletons_are_each_their_own_and_angles_too() -> None:
    clips = [moving(seed) for seed in range(3)]
    points, visibility, world = (
        np.stack([getattr(clip, name) for clip in clips]) for name in ("points", "visibility", "world")
    )
    np.testing.assert_array_equal(
        features.skeletons(points, visibility, world), np.stack([features.skeleton_features(clip) for clip in clips])
    )
    angles = features.turns(points)
    np.testing.assert_array_equal(angles, np.stack([features.angle_features(clip) for clip in clips]))
    assert angles.shape == (3, T, 6)
    assert ((angles >= 0) & (angles <= 360)).all()
