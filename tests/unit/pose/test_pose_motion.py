"""What counts as movement, and what as noise."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from services.pose.motion import MOVED, moved, thumbnail
from services.simulator import open_scene

EVERYWHERE = np.array([0.0, 0.0, 1.0, 1.0])


def test_a_thumbnail_is_small_and_grey() -> None:
    assert thumbnail(np.zeros((540, 960, 3), np.uint8)).shape == (135, 240)
    assert thumbnail(np.zeros((1000, 10, 3), np.uint8)).shape == (240, 2)
    assert thumbnail(np.zeros((1, 1, 3), np.uint8)).shape == (1, 1)


def test_noise_and_compression_are_no_movement() -> None:
    image, rng = open_scene("idle?seed=1").render(0), np.random.default_rng(0)
    first, second = (
        thumbnail(
            cv2.imdecode(
                cv2.imencode(".jpg", np.clip(image + rng.normal(0, 4, image.shape), 0, 255).astype(np.uint8))[1], 1
            )
        )
        for _ in range(2)
    )
    assert not moved(first, second, EVERYWHERE)


@pytest.mark.parametrize("exercise", ["squat", "biceps_curl", "lateral_raise"])
def test_a_third_of_a_second_of_exercise_is_movement(exercise: str) -> None:
    scene = open_scene(f"{exercise}?seed=1&view=20&tempo=3")
    box = scene.truth(1.0).frame.people[0].box
    assert any(
        moved(thumbnail(scene.render(second)), thumbnail(scene.render(second + 1 / 3)), box) for second in (1.0, 1.7)
    )


def test_only_what_happens_in_the_box_counts() -> None:
    before = np.zeros((540, 960, 3), np.uint8)
    after = before.copy()
    after[:200, :200] = 255
    left, right = np.array([0.0, 0.0, 0.3, 0.5]), np.array([0.5, 0.5, 1.0, 1.0])
    assert moved(thumbnail(before), thumbnail(after), left)
    assert not moved(thumbnail(before), thumbnail(after), right)


@pytest.mark.parametrize("box", [(0.5, 0.5, 0.5, 0.5), (-1, -1, -0.5, -0.5), (1.2, 1.2, 1.5, 1.5), (1, 0, 0, 1)])
def test_any_box_will_do(box: tuple[float, ...]) -> None:
    still = thumbnail(np.zeros((9, 16, 3), np.uint8))
    assert not moved(still, still, np.array(box, float))


def test_another_size_is_movement() -> None:
    assert moved(np.zeros((9, 16), np.uint8), np.zeros((16, 9), np.uint8), EVERYWHERE)


def test_movement_is_a_cell_that_changes_on_average() -> None:
    rng = np.random.default_rng(0)
    before = np.full((120, 160), 100, np.uint8)
    for most in (8, 14, 24, 40):
        after = (before + rng.integers(0, most, before.shape)).astype(np.uint8)
        cells = (after - before).reshape(30, 4, 40, 4).mean((1, 3))
        assert moved(before, after, EVERYWHERE) is bool(np.rint(cells).max() > MOVED)
