"""JPEG bytes -> picture, with its size checked before anything is unpacked; and back, for display."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from services.core.errors import BadMessage
from services.pose.crop import Image

DISPLAY_QUALITY: Final = 80
"""JPEG quality of what people see."""
MAX_PIXELS: Final = 40_000_000
"""Largest picture that is unpacked: 8K (7680 x 4320) is 33 million. A few bytes can claim 65535 x 65535."""
_ENOUGH: Final = 1920
"""Longest side that is enough for the models: much larger pictures are unpacked at a half, quarter or eighth of it."""
_REDUCED: Final = {
    1: cv2.IMREAD_COLOR,
    2: cv2.IMREAD_REDUCED_COLOR_2,
    4: cv2.IMREAD_REDUCED_COLOR_4,
    8: cv2.IMREAD_REDUCED_COLOR_8,
}
_FRAME_HEADERS: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_WITHOUT_LENGTH: Final = frozenset(range(0xD0, 0xD9)) | {0x01, 0xFF}


def picture_size(jpeg: bytes) -> tuple[int, int]:
    """Width and height as stated in a JPEG's frame header (ITU-T T.81, B.2.2), read without unpacking.

    Raises:
        BadMessage: these are not the bytes of a JPEG.
    """
    if jpeg[:2] != b"\xff\xd8":
        raise BadMessage(
            f"the picture is not a JPEG: expected it to begin with ff d8, got {jpeg[:2].hex(' ') or 'nothing'}"
        )
    at = 2
    while at + 9 <= len(jpeg) and jpeg[at] == 0xFF:
        marker = jpeg[at + 1]
        if marker in _FRAME_HEADERS:
            return int.from_bytes(jpeg[at + 7 : at + 9]), int.from_bytes(jpeg[at + 5 : at + 7])
        at += 1 if marker == 0xFF else 2 if marker in _WITHOUT_LENGTH else 2 + int.from_bytes(jpeg[at + 2 : at + 4])
    raise BadMessage(f"the picture is a broken JPEG: no frame header in its {len(jpeg)} bytes")


def decode(jpeg: bytes, width: int, height: int) -> Image:
    """Unpack a picture whose size was stated beside it.

    Args:
        jpeg: the bytes.
        width, height: the stated size, pixels.

    Returns:
        (H, W, 3) BGR; smaller than stated by a power of two where the picture is much larger than the models need.

    Raises:
        BadMessage: it is no JPEG, is cut off or broken, is not of the stated size, or is too large.
    """
    size = picture_size(jpeg)
    if size != (width, height):
        raise BadMessage(f"the picture is {size[0]}x{size[1]}, but its message says {width}x{height}")
    if width * height > MAX_PIXELS or not width * height:
        raise BadMessage(f"the picture is {width}x{height}: expected 1 to {MAX_PIXELS} pixels")
    if jpeg.rfind(b"\xff\xd9", -64) < 0:
        raise BadMessage(f"the picture is a JPEG that was cut off after {len(jpeg)} bytes")
    divisor = max(divisor for divisor in _REDUCED if divisor == 1 or max(width, height) >= divisor * _ENOUGH)
    try:
        image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), _REDUCED[divisor] | cv2.IMREAD_IGNORE_ORIENTATION)
    except cv2.error as error:
        raise BadMessage(f"the picture is a broken JPEG: {error.err}") from error
    if image is None:
        raise BadMessage(f"the picture is a broken JPEG of {len(jpeg)} bytes")
    return np.asarray(image, np.uint8)


def encode(image: Image) -> bytes:
    """A (H, W, 3) BGR picture as a JPEG for display."""
    _, body = cv2.imencode(".jpg", image, (cv2.IMWRITE_JPEG_QUALITY, DISPLAY_QUALITY))
    return body.tobytes()
