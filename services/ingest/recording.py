"""A stretch of any source as an H.264 file such as an IP camera streams it: to run the same pictures again and again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import numpy as np
from av.video.stream import VideoStream

from services.core.errors import Cause, SourceLost
from services.core.types import NANOSECONDS
from services.ingest import simulated
from services.ingest.address import redact
from services.ingest.capture import Capture, Control
from services.ingest.sources import kind_of, open_source

FPS: Final = 25
"""Pictures a second of a made-up gym, as most IP cameras are set."""
KEY_SECONDS: Final = 2
"""Time between two key pictures, as most IP cameras are set."""
TIME_BASE: Final = Fraction(1, 90_000)


def record(address: str, path: Path, seconds: float, progress: Callable[[float], None]) -> None:
    """Write a source's next pictures into a file; one that exists is replaced, and never left half written.

    Args:
        address: any that `open_source` knows. A made-up gym is recorded as fast as it can be drawn, from its second 0.
        path: the file; its ending chooses the container.
        seconds: how much, event time; less where the source ends before.
        progress: told the seconds that are done.

    Raises:
        SettingsError: the address is of no known kind, or can never work.
        SourceLost: it can't be opened, or breaks off.
    """
    partial = path.with_name(f"{path.stem}.part{path.suffix}")
    control = Control()
    try:
        with closing(_captures(address, control)) as captures, av.open(str(partial), "w") as container:
            _write(container, captures, seconds, progress, address)
        partial.replace(path)
    finally:
        control.stop.set()
        partial.unlink(missing_ok=True)


def _captures(address: str, control: Control) -> Iterator[Capture]:
    if kind_of(address) is simulated.KIND:
        return simulated.rendered(address, FPS)
    return open_source(address, control=control)
