"""A stretch of any source as an H.264 file, as an IP camera would stream it: to run the same pictures again."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Final

import av

from services.core.types import NANOSECONDS
from services.ingest import simulated
from services.ingest.capture import Capture, Control
from services.ingest.sources import kind_of, open_source

FPS: Final = 25
"""Pictures a second of a made-up gym, as IP cameras are mostly set."""
KEY_PICTURES: Final = 2 * FPS
"""Pictures from one key picture to the next, as IP cameras are mostly set."""
TIME_BASE: Final = Fraction(1, 90_000)
BITS: Final = 0.087
"""Bits of a pixel: 2 Mbit/s at 720p and 25 pictures a second, which is what makers of cameras recommend."""
LIKE_A_CAMERA: Final = {"preset": "veryfast", "bf": "0", "g": str(KEY_PICTURES), "sc_threshold": "0"}
"""Options of x264: no picture refers to a later one, since a camera cannot wait for it."""


def record(address: str, path: Path, seconds: float, progress: Callable[[float], None]) -> None:
    """Write a source's next pictures into a file, which is there afterwards as a whole or not at all.

    Args:
        address: any that `open_source` knows. A made-up gym is recorded as fast as it can be drawn, from its second 0.
        path: the file; its ending chooses the container.
        seconds: how much, event time; less where the source ends before.
        progress: told the seconds that are done.

    Raises:
        SettingsError: the address is of no known kind, or can never work.
        SourceLost: it can't be opened, or breaks off.
    """
    partial = path.with_name(f"{path.stem}.{os.getpid()}{path.suffix}")
    control = Control()
    try:
        _write(partial, _captures(address, control), seconds, progress)
        partial.replace(path)
    finally:
        control.stop.set()
        partial.unlink(missing_ok=True)


def _captures(address: str, control: Control) -> Iterator[Capture]:
    if kind_of(address) is simulated.KIND:
        return simulated.rendered(address, FPS)
    return open_source(address, control=control)


def _write(path: Path, captures: Iterator[Capture], seconds: float, progress: Callable[[float], None]) -> None:
    first = next(captures)
    image = first.image()
    # H.264 with colours at half the size has even sides.
    height, width = image.shape[0] // 2 * 2, image.shape[1] // 2 * 2
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=FPS, options=LIKE_A_CAMERA)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.bit_rate = round(BITS * width * height * FPS)
        stream.codec_context.time_base = TIME_BASE
        capture: Capture | None = first
        while capture is not None:
            passed = (capture.captured_at - first.captured_at) / NANOSECONDS
            if passed >= seconds:
                break
            image = capture.image()
            if image.shape[0] >= height and image.shape[1] >= width:
                frame = av.VideoFrame.from_ndarray(image[:height, :width].copy(), format="bgr24")
                frame.pts, frame.time_base = round(passed / TIME_BASE), TIME_BASE
                container.mux(stream.encode(frame))
            progress(passed)
            capture = next(captures, None)
        container.mux(stream.encode())
