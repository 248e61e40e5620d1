"""Pictures from outside: any bytes are either a picture of the stated size or a BadMessage."""

from __future__ import annotations

import contextlib
import struct

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.core.errors import BadMessage
from services.pose.jpeg import decode, picture_size


def jpeg(width: int, height: int, *flags: int) -> bytes:
    image = np.full((height, width, 3), (10, 128, 250), np.uint8)
    return cv2.imencode(".jpg", image, flags)[1].tobytes()


GOOD = jpeg(64, 48)


def test_a_picture_comes_out_as_bgr() -> None:
    image = decode(GOOD, 64, 48)
    assert image.shape == (48, 64, 3)
    assert np.abs(image[20, 20].astype(int) - (10, 128, 250)).max() < 8


@pytest.mark.parametrize("flags", [(), (cv2.IMWRITE_JPEG_PROGRESSIVE, 1), (cv2.IMWRITE_JPEG_RST_INTERVAL, 2)])
def test_the_stated_size_is_read_from_any_kind(flags: tuple[int, ...]) -> None:
    assert picture_size(jpeg(31, 17, *flags)) == (31, 17)


def test_the_smallest_picture() -> None:
    assert decode(jpeg(1, 1), 1, 1).shape == (1, 1, 3)


def test_an_8k_picture_is_unpacked_smaller() -> None:
    assert decode(jpeg(7680, 4320), 7680, 4320).shape == (1080, 1920, 3)


def test_a_4k_picture_is_unpacked_at_half() -> None:
    assert decode(jpeg(3840, 2160), 3840, 2160).shape == (1080, 1920, 3)


def test_grey_pictures_become_bgr() -> None:
    grey = cv2.imencode(".jpg", np.full((20, 30), 77, np.uint8))[1].tobytes()
    assert decode(grey, 30, 20).shape == (20, 30, 3)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"\xff\xd8",
        b"\xff\xd8\xff",
        b"\xff\xd8" + b"\xff" * 99,
        b"\xff\xd8" + b"\xff\xe0\x00\x00" * 50,
        b"GIF89a",
        cv2.imencode(".png", np.zeros((48, 64, 3), np.uint8))[1].tobytes(),
        GOOD[:100],
        GOOD[: len(GOOD) // 2],
        GOOD[:-2],
    ],
)
def test_what_is_no_picture_is_refused(body: bytes) -> None:
    with pytest.raises(BadMessage, match="JPEG"):
        decode(body, 64, 48)


def test_another_size_than_stated_is_refused() -> None:
    with pytest.raises(BadMessage, match=r"64x48.*message says 48x64"):
        decode(GOOD, 48, 64)


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    at = GOOD.index(b"\xff\xc0")
    bomb = GOOD[: at + 5] + struct.pack(">HH", 65000, 65000) + GOOD[at + 9 :]
    with pytest.raises(BadMessage, match="65000x65000"):
        decode(bomb, 65000, 65000)


@given(st.data())
def test_damaged_bytes_never_crash(data: st.DataObject) -> None:
    body = bytearray(GOOD)
    for _ in range(data.draw(st.integers(1, 8))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(BadMessage):
        assert decode(bytes(body), 64, 48).shape == (48, 64, 3)


@given(st.binary(max_size=300))
def test_rubbish_is_refused(body: bytes) -> None:
    with pytest.raises(BadMessage):
        decode(b"\xff\xd8" + body, 64, 48)
