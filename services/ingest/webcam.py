"""Webcams: Video4Linux devices, named by their number or their path."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from services.core.errors import Cause, SourceLost
from services.ingest import live
from services.ingest.capture import Capture, Control, SourceKind, SourceOptions
from services.ingest.decoding import opened

ADDRESS = re.compile(r"\d+|/dev/video\d+")
MODE = {"video_size": "1280x720", "framerate": "30"}
"""What is asked of the device; it takes the nearest that it can."""


def captures(address: str, options: SourceOptions, control: Control) -> Iterator[Capture]:
    """The pictures of a webcam, by their time of arrival.

    Raises:
        SourceLost: not-found (no such device), auth (not allowed), codec, timeout.
    """
    device = f"/dev/video{address}" if address.isdigit() else address
    if not Path(device).exists():
        raise SourceLost(Cause.NOT_FOUND, f"{device}: no such device; see what `ls /dev/video*` shows")
    yield from device_captures(device, "v4l2", MODE, options, control)


def device_captures(
    device: str, format_name: str, mode: Mapping[str, str], options: SourceOptions, control: Control
) -> Iterator[Capture]:
    """The pictures of a device that FFmpeg reads (``v4l2``, or ``lavfi`` for a made-up one)."""
    with opened(
        device,
        device,
        format_name=format_name,
        options=mode,
        open_seconds=options.open_seconds,
        read_seconds=live.READ_SECONDS,
    ) as container:
        yield from live.read(container, device, options, control)


KIND = SourceKind(
    name="webcam",
    live=True,
    example="0 or /dev/video0",
    claims=lambda address: ADDRESS.fullmatch(address) is not None,
    check=lambda address: None,
    captures=captures,
)
