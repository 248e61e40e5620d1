"""What a source of pictures is, whatever its kind, and what it gives."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from services.ingest.pacing import Pacer

Image = NDArray[np.uint8]
"""(H, W, 3) BGR."""


class Capture(Protocol):
    """One picture as its source gave it; turned into pixels only when somebody wants them."""

    @property
    def captured_at(self) -> int:
        """Event time, ns; rises strictly from one capture of a source to the next."""
        ...

    def size(self, longest_side: int = 0) -> tuple[int, int]:
        """Width and height of the picture that `image` gives."""
        ...

    def image(self, longest_side: int = 0) -> Image:
        """The upright picture. Any thread may ask for it.

        Args:
            longest_side: shrinks the picture to this many pixels on its longer side; never enlarges; 0 leaves it
                as it is.
        """
        ...


@dataclass(frozen=True, slots=True, eq=False)
class RenderedCapture:
    """A capture that is pixels already."""

    captured_at: int
    pixels: Image

    def size(self, longest_side: int = 0) -> tuple[int, int]:
        """Width and height of the picture."""
        height, width = self.pixels.shape[:2]
        return fitted(width, height, longest_side)

    def image(self, longest_side: int = 0) -> Image:
        """The picture, shrunk by area averaging."""
        size = self.size(longest_side)
        if size == self.pixels.shape[1::-1]:
            return self.pixels
        return np.asarray(cv2.resize(self.pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """How a source is read.

    Attributes:
        real_time: plays a file at its own speed; False gives its pictures as fast as they are taken. Live sources
            take no notice.
        loop: starts a file again at its end.
        fps: pictures a second that a simulated camera makes.
        open_seconds: how long opening may take before it counts as a timeout.
        silence_seconds: how long an open source may give nothing before it counts as lost.
    """

    real_time: bool = False
    loop: bool = False
    fps: float = 15.0
    open_seconds: float = 5.0
    silence_seconds: float = 10.0


class Control:
    """What a running source and its owner tell one another, from thread to thread.

    Args:
        pacer: what thins the pictures out behind the source; None where all are wanted. The owner asks it of each
            picture as it comes. A source need not decode what it will not keep, and then asks it in the owner's place.

    Attributes:
        stop: set by the owner; the source ends within about a second.
        codec: set by the source when it is open: the name of the codec, "" before.
        fps: pictures a second that the source states; 0 when it doesn't.
    """

    def __init__(self, pacer: Pacer | None = None) -> None:
        self.pacer = pacer
        self.stop = threading.Event()
        self.codec = ""
        self.fps = 0.0
        self._lock = threading.Lock()
        self._dropped: Counter[str] = Counter()

    def drop(self, cause: str, frames: int = 1) -> None:
        """Count frames that are lost, and why."""
        with self._lock:
            self._dropped[cause] += frames

    def dropped(self) -> dict[str, int]:
        """Cause of drop -> frames so far."""
        with self._lock:
            return dict(self._dropped)


@dataclass(frozen=True, slots=True)
class SourceKind:
    """One kind of source.

    Attributes:
        name: what `CameraState.source` says.
        live: True when only the newest picture matters.
        example: an address, for messages to people.
        claims: whether an address is of this kind.
        check: raises SettingsError for an address of this kind that can never work; does no I/O.
        captures: opens the address and gives its pictures, blocking, until it ends or is stopped.
            Raises SourceLost, with no credentials in it.
    """

    name: str
    live: bool
    example: str
    claims: Callable[[str], bool]
    check: Callable[[str], None]
    captures: Callable[[str, SourceOptions, Control], Iterator[Capture]]


def fitted(width: int, height: int, longest_side: int) -> tuple[int, int]:
    """(width, height) with the longer side at most `longest_side` (0: no limit), in proportion, at least one pixel."""
    longest = max(width, height)
    if not longest_side or longest <= longest_side:
        return width, height
    scale = longest_side / longest
    return max(1, round(width * scale)), max(1, round(height * scale))
