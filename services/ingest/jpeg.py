"""JPEG, the form in which a frame travels."""

from __future__ import annotations

import cv2

from services.ingest.capture import Image


def encode(image: Image, quality: int) -> bytes:
    """A (H, W, 3) BGR picture as JPEG.

    Args:
        quality: 1-100; higher is larger and sharper. 85 keeps keypoints within a hundredth of a torso.
    """
    _, body = cv2.imencode(".jpg", image, (cv2.IMWRITE_JPEG_QUALITY, quality))
    return body.tobytes()
