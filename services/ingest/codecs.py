"""What the video library on this machine can decode."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from av.codec import codecs_available

CAMERA_CODECS: Final = ("h264", "hevc", "mjpeg")
"""What cameras speak: nearly all H.264, newer ones H.265 (hevc) as well, webcams Motion-JPEG."""


def missing_codecs(wanted: Sequence[str] = CAMERA_CODECS) -> tuple[str, ...]:
    """Those of the codecs, by FFmpeg's names, that pictures cannot be decoded from here."""
    return tuple(name for name in wanted if name not in codecs_available)
