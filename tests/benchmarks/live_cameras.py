"""Live cameras that cost next to nothing: pictures of real people (or simulated ones), encoded beforehand.

Each camera plays the same few seconds to and fro, so that nobody ever jumps, and begins somewhere else in them.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from services.bus.codec import encode
from services.bus.memory import MemoryBus
from services.core.types import NANOSECONDS, Frame

FPS = 15.0
"""What ingest lets through of each camera."""


@dataclass(frozen=True)
class Film:
    """Encoded pictures, evenly spaced.

    Attributes:
        jpegs: in the order in which they are shown.
        width, height: pixels.
    """

    jpegs: tuple[bytes, ...]
    width: int
    height: int

    def save(self, path: Path) -> None:
        """Write it for another process."""
        bounds = np.cumsum([len(jpeg) for jpeg in self.jpegs])
        body = np.frombuffer(b"".join(self.jpegs), np.uint8)
        np.savez(path, body=body, bounds=bounds, size=(self.width, self.height))

    @classmethod
    def load(cls, path: Path) -> Film:
        """Read what was saved, and play it to and fro."""
        with np.load(path) as stored:
            body, bounds, size = stored["body"].tobytes(), stored["bounds"].tolist(), stored["size"].tolist()
        jpegs = [body[begin:end] for begin, end in pairwise([0, *bounds])]
        return cls((*jpegs, *jpegs[-2:0:-1]), *size)


@dataclass
class LiveCamera:
    """One camera.

    Attributes:
        camera_id: its name.
        film: what it shows.
        begin: with which picture it begins.
        fps: frames a second.
        sent: frames so far.
    """

    camera_id: str
    film: Film
    begin: int = 0
    fps: float = FPS
    sent: int = 0

    def frame(self, *, live: bool = True) -> Frame:
        """The picture of this moment."""
        self.sent += 1
        jpeg = self.film.jpegs[(self.begin + self.sent) % len(self.film.jpegs)]
        return Frame(self.camera_id, self.sent, time.time_ns(), self.film.width, self.film.height, jpeg, live=live)


async def send(bus: MemoryBus, cameras: Sequence[LiveCamera]) -> None:
    """Publish every camera's frames at their rates, evenly spread, until cancelled."""
    start = time.monotonic()
    due = {index: start + index / len(cameras) / camera.fps for index, camera in enumerate(cameras)}
    while True:
        index = min(due, key=lambda one: due[one])
        await asyncio.sleep(max(0.0, due[index] - time.monotonic()))
        await bus.publish(encode(cameras[index].frame()))
        due[index] += 1 / cameras[index].fps


def seconds_per_frame(
    process: Callable[[Frame], object], cameras: Sequence[LiveCamera], seconds: float = 4.0
) -> tuple[float, float]:
    """What a frame costs a stage that is given every one of them, in event time, one camera after the other.

    Args:
        process: a stage's.
        cameras: those.
        seconds: of each camera.

    Returns:
        Seconds of CPU, and seconds.
    """
    frames = round(seconds * FPS)
    begin = (0.0, 0.0)
    for number in range(frames + round(FPS)):
        if number == round(FPS):  # the first second warms up
            begin = (time.process_time(), time.monotonic())
        for camera in cameras:
            frame = camera.frame()
            at = number * round(NANOSECONDS / FPS)
            process(Frame(frame.camera_id, frame.frame_id, at, frame.width, frame.height, frame.jpeg, live=False))
    count = frames * len(cameras)
    return (time.process_time() - begin[0]) / count, (time.monotonic() - begin[1]) / count
