"""What is said of a smaller landmark network: how like its teacher it is; and how its crops are cut."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from services.pose.crop import Region
from training.student_crops import around_body, worsened
from training.student_judge import OfSize, Seen, agreement, milliseconds, pooled, with_noise


def standing(frames: int = 4) -> Seen:
    """People with a trunk of length 1."""
    points = np.zeros((frames, 33, 2))
    points[:, [11, 12], 1] = -1.0
    visibility = np.ones((frames, 33))
    visibility[:, 25:] = 0.2
    return Seen(points, visibility, np.zeros((frames, 33, 3)), np.ones(frames))


def moved(seen: Seen, keypoints: slice, by: float) -> Seen:
    points = seen.points.copy()
    points[:, keypoints, 0] += by
    return replace(seen, points=points)


def test_a_network_agrees_with_itself() -> None:
    same = agreement("itself", standing(), standing())
    assert (same.count, same.pck, same.pck_visible, same.world, same.presence) == (4, 1.0, 1.0, 0.0, 1.0)


def test_keypoints_further_than_a_tenth_of_a_trunk_are_missed() -> None:
    assert agreement("near", standing(), moved(standing(), slice(0, 11), 0.09)).pck == 1.0
    assert agreement("far", standing(), moved(standing(), slice(0, 11), 0.11)).pck == pytest.approx(22 / 33)


def test_what_the_teacher_does_not_see_is_not_among_the_visible() -> None:
    hidden = agreement("hidden", standing(), moved(standing(), slice(25, 33), 1.0))
    assert hidden.pck == pytest.approx(25 / 33)
    assert hidden.pck_visible == 1.0


def test_a_person_who_was_lost_is_missed_with_all_keypoints() -> None:
    lost = replace(standing(), presence=np.array([1.0, 1.0, 0.1, 1.0]))
    assert agreement("lost", standing(), lost).pck == 0.75
    assert agreement("lost", standing(), lost).presence == 0.75
    assert agreement("found", lost, standing()).pck == 1.0


def test_clips_are_pooled_by_frames() -> None:
    assert len(pooled([standing(3), standing(4)]).points) == 7


class Fake:
    """A network that remembers the shapes it was asked with."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, ...]] = []

    def run(self, crops: NDArray[np.uint8]) -> tuple[NDArray[np.float32], ...]:
        self.asked.append(crops.shape)
        return (np.zeros((len(crops), 1), np.float32),)


def test_a_student_gets_crops_of_its_size() -> None:
    student = Fake()
    OfSize(student, 192).run(np.zeros((2, 256, 256, 3), np.uint8))
    assert student.asked == [(2, 192, 192, 3)]


def test_networks_are_timed_in_turns() -> None:
    networks: Mapping[str, tuple[Fake, int]] = {"teacher": (Fake(), 256), "student": (Fake(), 192)}
    taken = milliseconds(networks, 3)
    assert set(taken) == {"teacher", "student"}
    assert [network.asked for network, _ in networks.values()] == [[(1, 256, 256, 3)] * 3, [(1, 192, 192, 3)] * 3]


def test_a_region_is_around_the_body_and_upright_along_it() -> None:
    keypoints = np.zeros((33, 3), np.float32)
    keypoints[:, :2] = 0.5
    keypoints[[11, 12], 0] = 0.7  # lying, head to the right
    keypoints[0, 0] = 0.8
    region = around_body(keypoints, 400, 400)
    assert region.angle == pytest.approx(np.pi / 2)
    assert (region.x, region.y) == pytest.approx((200, 200))
    assert region.size == pytest.approx(2 * 0.3 * 400 * 1.25)
    assert isinstance(region, Region)


def test_a_picture_made_worse_keeps_its_shape_and_looks_like_itself() -> None:
    random = np.random.default_rng(5)
    smooth = np.add.outer(np.arange(90), np.arange(120))[..., None].repeat(3, 2).astype(np.uint8)
    kinds = [worsened(smooth, random) for _ in range(40)]
    assert {image.shape for image in kinds} == {smooth.shape}
    assert {image.dtype for image in kinds} == {np.dtype(np.uint8)}
    assert min(np.corrcoef(image.ravel(), smooth.ravel())[0, 1] for image in kinds) > 0.9
    assert any((image != smooth).any() for image in kinds)


def test_noise_is_one_level_at_most() -> None:
    grey = np.full((20, 20, 3), 255, np.uint8)
    noisy = with_noise(grey, np.random.default_rng(1))
    assert set(np.unique(noisy)) == {254, 255}
