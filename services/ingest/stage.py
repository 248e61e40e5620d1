"""The head of the data path: each camera becomes a producer of frames and of its own state."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Iterable

import structlog

from services.core.errors import SettingsError
from services.core.types import Message
from services.ingest.feed import Feed
from services.ingest.settings import Camera, IngestSettings

TICK = 0.25
"""Seconds between looks at a camera that says nothing; a stall is noticed this late at most."""
PARTING_SECONDS = 2.0
"""How long the end waits for the camera's thread."""

log = structlog.get_logger()


class IngestProducer:
    """All configured cameras, none of which waits for another.

    Args:
        settings: which cameras, and how they are read.
        raw: give pixels as they are instead of JPEG: for readers in the same process.

    Raises:
        SettingsError: no camera is named.
    """

    name = "ingest"

    def __init__(self, settings: IngestSettings, *, raw: bool = False) -> None:
        if not settings.cameras:
            raise SettingsError(
                "no camera is named; set SPOTTER_INGEST_CAMERAS, for instance to "
                "front=rtsp://10.0.0.5/stream or gym=sim://demo-1"
            )
        self._settings = settings
        self._raw = raw

    def producers(self) -> Iterable[CameraProducer]:
        """One producer for each camera."""
        return [CameraProducer(camera, self._settings, raw=self._raw) for camera in self._settings.cameras]


class CameraProducer:
    """One camera: `Frame`s, newest first and live or complete and in order, and a `CameraState` at each change.

    Args:
        camera: what to read.
        settings: how to read it.
        raw: give pixels as they are instead of JPEG.
    """

    def __init__(self, camera: Camera, settings: IngestSettings, *, raw: bool = False) -> None:
        self.name = f"ingest-{camera.camera_id}"
        self._camera = camera
        self._settings = settings
        self._raw = raw

    async def produce(self) -> AsyncGenerator[Message, None]:
        """Yield what is newest whenever it is asked, until the file ends or the generator is closed.

        Closing it ends the camera's thread. One that is caught in opening a camera which answers slowly can be left
        behind for the rest of ``open_seconds``; it gives nothing more.
        """
        changed = asyncio.Event()
        loop = asyncio.get_running_loop()

        def notify() -> None:
            # A thread that was left behind may outlive the loop.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(changed.set)

        feed = Feed(self._camera, self._settings, notify, raw=self._raw)
        feed.start()
        try:
            while True:
                changed.clear()
                finished = feed.finished
                while (message := feed.take()) is not None:
                    yield message
                if finished:
                    return
                await _either(changed, TICK)
        finally:
            feed.stop()
            await _parted(feed, changed)
            if feed.running:
                log.warning("camera thread left behind", camera_id=self._camera.camera_id)


async def _either(changed: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await changed.wait()


async def _parted(feed: Feed, changed: asyncio.Event) -> None:
    """Wait until the feed's thread has ended, within reason."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PARTING_SECONDS):
            while feed.running:
                changed.clear()
                # The thread speaks last just before it ends, so a short wait remains.
                await _either(changed, 0.01)
