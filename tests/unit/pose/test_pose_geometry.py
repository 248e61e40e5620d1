"""Crops, anchors, suppression and heatmaps: the maths around the models."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.pose.attention import squares
from services.pose.crop import Region
from services.pose.detector import Detector, anchors, suppressed
from services.pose.landmarks import refined

REGION = st.builds(
    Region,
    x=st.floats(-500, 2500),
    y=st.floats(-500, 2500),
    size=st.floats(1, 4000),
    angle=st.floats(-math.pi, math.pi),
)


@given(REGION)
def test_middle_of_a_crop_is_the_middle_of_its_region(region: Region) -> None:
    assert region.matrix(256) @ (128, 128, 1) == pytest.approx((region.x, region.y), abs=1e-6)


@given(REGION)
def test_sides_of_a_crop_are_the_region_s_size(region: Region) -> None:
    corner, right = region.matrix(256) @ (0, 0, 1), region.matrix(256) @ (256, 0, 1)
    assert math.dist(corner, right) == pytest.approx(region.size)


@given(st.floats(-500, 500), st.floats(-500, 500), st.floats(1, 400), st.floats(-math.pi + 1e-3, math.pi - 1e-3))
def test_a_body_stands_upright_in_its_crop(x: float, y: float, radius: float, turn: float) -> None:
    """Whichever way the person is turned, the top of their circle is straight above the middle of the crop."""
    center = np.array([x, y])
    top = center + radius * np.array([math.sin(turn), -math.cos(turn)])
    region = Region.around(center, top)
    assert region.angle == pytest.approx(turn, abs=1e-6)
    assert region.size == pytest.approx(2.5 * radius)
    assert region.matrix(256) @ (128, 128 - 256 / 2.5, 1) == pytest.approx(top, abs=1e-6)


@given(REGION, REGION)
def test_overlap_is_symmetric_and_full_with_itself(a: Region, b: Region) -> None:
    assert a.overlap(b) == pytest.approx(b.overlap(a))
    assert 0 <= a.overlap(b) <= 1 + 1e-9
    assert a.overlap(a) == pytest.approx(1)


@given(REGION, REGION)
def test_overlap_is_what_both_cover_of_what_either_covers(a: Region, b: Region) -> None:
    sides = [
        max(0.0, min(p + a.size / 2, q + b.size / 2) - max(p - a.size / 2, q - b.size / 2))
        for p, q in ((a.x, b.x), (a.y, b.y))
    ]
    shared = sides[0] * sides[1]
    assert a.overlap(b) == pytest.approx(shared / (a.size**2 + b.size**2 - shared), abs=1e-9)


def test_crop_turns_the_picture_and_its_colours() -> None:
    image = np.zeros((100, 100, 3), np.uint8)
    image[:50] = (255, 0, 0)
    image[50:] = (0, 0, 255)
    crop = np.empty((64, 64, 3), np.uint8)
    Region(50, 50, 80, math.pi / 2).cut(image, 64, cv2.BORDER_REPLICATE, crop)
    # Up in the crop is right in the picture, so its left is the picture's top, which is blue.
    assert crop[32, 8].tolist() == [0, 0, 255]
    assert crop[32, 56].tolist() == [255, 0, 0]


def test_anchors_of_the_detector() -> None:
    places = anchors()
    assert places.shape == (2254, 2)
    assert places[0] == pytest.approx((0.5 / 28, 0.5 / 28))
    assert places[2] == pytest.approx((1.5 / 28, 0.5 / 28))
    assert places[2 * 28 * 28] == pytest.approx((0.5 / 14, 0.5 / 14))
    assert places[-1] == pytest.approx((6.5 / 7, 6.5 / 7))


def test_detections_are_placed_in_the_picture() -> None:
    detector = Detector(network=None)  # type: ignore[arg-type]
    boxes, scores = np.zeros((2254, 12), np.float32), np.full(2254, -100, np.float32)
    middle = 2 * 28 * 28 + 2 * (7 * 14 + 7)  # the anchor right and below of the middle, at (7.5 / 14, 7.5 / 14)
    scores[middle] = 2.0
    boxes[middle] = (-8, -8, 22.4, 44.8, -8, -8, -8, -48, 0, 0, 0, 0)
    [found] = detector.decode(boxes, scores, Region.whole(640, 360))
    assert found.score == pytest.approx(1 / (1 + math.exp(-2)))
    assert found.points[0] == pytest.approx((320, 180))
    assert found.points[1] == pytest.approx((320, 180 - 40 / 224 * 640))
    assert found.box == pytest.approx((320 - 32, 180 - 64, 320 + 32, 180 + 64))
    assert (found.region.x, found.region.y, found.region.angle) == pytest.approx((320, 180, 0), abs=1e-4)


def test_no_detection_below_half_a_score() -> None:
    detector = Detector(network=None)  # type: ignore[arg-type]
    assert (
        detector.decode(np.zeros((2254, 12), np.float32), np.full(2254, -0.01, np.float32), Region.whole(640, 360))
        == []
    )


@given(st.integers(1, 4000), st.integers(1, 4000))
def test_squares_cover_the_picture(width: int, height: int) -> None:
    every = squares(width, height)
    assert every[0] == Region.whole(width, height)
    for size in {view.size for view in every[1:]}:
        for length, middles in (
            (width, sorted({view.x for view in every[1:] if view.size == size})),
            (height, sorted({view.y for view in every[1:] if view.size == size})),
        ):
            assert middles[0] == pytest.approx(size / 2)
            assert middles[-1] == pytest.approx(length - size / 2)
            assert max(np.diff(middles), default=0) < 0.65 * size


def test_suppression_averages_what_overlaps_by_score() -> None:
    boxes = np.array([[0, 0, 10, 10], [0, 0, 10, 12], [100, 0, 110, 10]], float)
    points = np.array([[[0, 0]], [[3, 3]], [[7, 7]]], float)
    groups = suppressed(np.array([0.6, 0.9, 0.7]), boxes, points)
    assert [score for score, _, _ in groups] == [0.9, 0.7]
    assert groups[0][1] == pytest.approx([0, 0, 10, (0.6 * 10 + 0.9 * 12) / 1.5])
    assert groups[0][2] == pytest.approx(np.full((1, 2), 3 * 0.9 / 1.5))
    assert groups[1][2] == pytest.approx(np.full((1, 2), 7))


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 0.5), st.floats(0.01, 1)), max_size=12))
def test_suppression_leaves_each_box_in_one_group(people: list[tuple[float, float, float, float]]) -> None:
    boxes = np.array([[x, y, x + size, y + size] for x, y, size, _ in people]).reshape(-1, 4)
    scores = np.array([score for *_, score in people])
    groups = suppressed(scores, boxes, np.zeros((len(people), 1, 2)))
    kept = [score for score, _, _ in groups]
    assert len(kept) <= len(people)
    assert kept == sorted(kept, reverse=True)
    assert bool(kept) == bool(people)


def heatmap(*hot: tuple[int, int]) -> np.ndarray:
    """One keypoint's heat: logits of -20 with 10 at (column, row)."""
    heat = np.full((1, 1, 64, 64), -20, np.float32)
    for column, row in hot:
        heat[0, 0, row, column] = 10
    return heat


def test_a_point_moves_to_the_heat() -> None:
    point = np.array([[[30.4 / 64, 20.6 / 64, 0.5]]])
    assert refined(point, heatmap((33, 18)))[0, 0] == pytest.approx((33 / 64, 18 / 64, 0.5), abs=1e-6)
    assert refined(point, heatmap((33, 18), (31, 18)))[0, 0, 0] == pytest.approx(32 / 64, abs=1e-6)


@pytest.mark.parametrize("heat", [heatmap(), heatmap((40, 20)), np.full((1, 1, 64, 64), -0.01, np.float32)])
def test_a_point_without_heat_around_it_stays(heat: np.ndarray) -> None:
    point = np.array([[[30.4 / 64, 20.6 / 64, 0.5]]])
    assert refined(point, heat) == pytest.approx(point)


@pytest.mark.parametrize("place", [(-0.2, 0.5), (0.5, 1.0), (1.7, 0.5), (0.5, -3.0)])
def test_a_point_outside_the_crop_stays(place: tuple[float, float]) -> None:
    point = np.array([[[*place, 0.0]]])
    assert refined(point, np.full((1, 1, 64, 64), 10, np.float32)) == pytest.approx(point)


def test_a_point_at_the_edge_uses_what_there_is() -> None:
    point = np.array([[[0.001, 0.001, 0.0]]])
    assert refined(point, heatmap((0, 0), (2, 0)))[0, 0, :2] == pytest.approx((1 / 64, 0), abs=1e-6)
