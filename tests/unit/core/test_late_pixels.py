from __future__ import annotations

import numpy as np

from services.core.types import Frame, LatePixels


def test_pixels_are_made_when_somebody_looks_and_only_once() -> None:
    made: list[np.ndarray] = []

    def make() -> np.ndarray:
        made.append(np.zeros((3, 4, 3), np.uint8))
        return made[-1]

    frame = Frame("front", 1, 1, 4, 3, b"", pixels=LatePixels((3, 4, 3), make))
    assert not made
    assert frame.image() is frame.image() is made[0]
    assert len(made) == 1


def test_a_frame_with_pixels_or_a_jpeg_says_so() -> None:
    pixels = np.zeros((3, 4, 3), np.uint8)
    assert Frame("front", 1, 1, 4, 3, b"", pixels=pixels).image() is pixels
    assert Frame("front", 1, 1, 4, 3, b"jpeg").image() is None
