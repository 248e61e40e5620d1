"""Small videos and pictures for the tests of ingest, made on the spot."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.stream import Disposition
from numpy.typing import NDArray

LEVEL = 10
"""Step of brightness from one picture of a sample to the next: tells them apart after lossy coding."""


def brightness(number: int) -> int:
    return 20 + LEVEL * (number % 20)


def plain(number: int, width: int, height: int) -> NDArray[np.uint8]:
    return np.full((height, width, 3), brightness(number), np.uint8)


def noisy(number: int, width: int, height: int) -> NDArray[np.uint8]:
    """Does not compress, so that a cut file loses pictures in proportion."""
    return np.random.default_rng(number).integers(0, 255, (height, width, 3), np.uint8)


def number_of(image: NDArray[np.uint8]) -> int:
    """Which picture of a sample this is (of its first 20)."""
    return round((float(image.mean()) - 20) / LEVEL)


def write_video(
    path: Path,
    *,
    frames: int = 20,
    fps: int = 20,
    size: tuple[int, int] = (64, 48),
    codec: str = "libx264",
    pixels: str = "yuv420p",
    rotation: int = 0,
    aspect: Fraction | None = None,
    options: dict[str, str] | None = None,
    container_options: dict[str, str] | None = None,
    draw: Callable[[int, int, int], NDArray[np.uint8]] = plain,
) -> Path:
    with av.open(str(path), "w", options=container_options or {}) as container:
        stream = container.add_stream(codec, rate=fps, options=options or {})
        stream.width, stream.height = size
        stream.pix_fmt = pixels
        if aspect:
            stream.codec_context.sample_aspect_ratio = aspect
        if rotation:
            stream.set_display_rotation(rotation)
        for number in range(frames):
            frame = av.VideoFrame.from_ndarray(draw(number, *size), format="bgr24")
            frame.pts = number
            container.mux(stream.encode(frame.reformat(format=pixels)))
        container.mux(stream.encode())
    return path


def write_sound(path: Path, *, cover: bool = False) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=8000, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 8000
        if cover:
            picture = container.add_stream("mjpeg", rate=1)
            picture.width, picture.height, picture.pix_fmt = 64, 48, "yuvj420p"
            picture.disposition = Disposition.attached_pic
            container.mux(picture.encode(av.VideoFrame(64, 48, "yuvj420p")))
            container.mux(picture.encode())
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def cut(path: Path, share: float) -> Path:
    """Leave only the first part of a file's bytes."""
    body = path.read_bytes()
    path.write_bytes(body[: int(len(body) * share)])
    return path
