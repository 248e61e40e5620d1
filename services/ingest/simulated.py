"""Cameras of a made-up gym: ``sim://squat,push_up?seed=3``, or ``sim://demo-1``."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from typing import Final

import numpy as np

from services.core.types import NANOSECONDS
from services.ingest.capture import Capture, Control, RenderedCapture, SourceKind, SourceOptions
from services.simulator import open_scene

SCHEME = "sim://"
NOISE: Final = 3.0
"""Standard deviation of a recorded picture's noise, grey levels: a cheap camera's by artificial light."""
GRAIN: Final = 64
"""The same noise is laid on each picture elsewhere, by up to so many pixels."""


def captures(address: str, options: SourceOptions, control: Control) -> Iterator[Capture]:
    """Pictures of a scene in real time: the scene's second 0 is now, and what is shown depends on its second alone.

    A picture that can't be rendered in time is left out, as by a camera whose frame was lost, and counted.
    """
    scene = open_scene(address.removeprefix(SCHEME))
    control.codec, control.fps = "simulated", options.fps
    period = round(NANOSECONDS / options.fps)
    started_at, started = time.time_ns(), time.monotonic_ns()
    number = 0
    while not control.stop.is_set():
        newest = (time.monotonic_ns() - started) // period
        if newest > number:
            control.drop("late", newest - number)
            number = newest
        wait = started + number * period - time.monotonic_ns()
        if wait > 0 and control.stop.wait(wait / NANOSECONDS):
            return
        yield RenderedCapture(started_at + number * period, scene.render(number * period / NANOSECONDS))
        number += 1


def rendered(address: str, fps: float) -> Iterator[Capture]:
    """Pictures of a scene one after the other without end, as fast as they are taken and none left out: to record.

    Each has the noise of a camera's sensor, without which a codec has too little to do; the scene's second 0 is time 0.
    """
    scene = open_scene(address.removeprefix(SCHEME))
    random = np.random.default_rng(0)
    grain = random.normal(0, NOISE, (scene.height + GRAIN, scene.width + GRAIN, 1)).astype(np.int16)
    for number in itertools.count():
        top, left = random.integers(0, GRAIN, 2)
        noise = grain[top : top + scene.height, left : left + scene.width]
        pixels = np.clip(scene.render(number / fps) + noise, 0, 255).astype(np.uint8)
        yield RenderedCapture(round(number * NANOSECONDS / fps), pixels)


def _check(address: str) -> None:
    open_scene(address.removeprefix(SCHEME))


KIND = SourceKind(
    name="sim",
    live=True,
    example="sim://demo-1",
    claims=lambda address: address.startswith(SCHEME),
    check=_check,
    captures=captures,
)
