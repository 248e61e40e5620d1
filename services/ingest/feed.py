r"""One camera's thread: opens its source, thins it out, encodes it, and opens it again when it is lost.

                  picture              no picture for stall_seconds
CONNECTING -----------------> ONLINE --------------------------------> STALLED
     \                        ^    \   ^                               /     |
      \ SourceLost    picture |     \   `------------- picture -------'      |
       \                      |      \ SourceLost                            | SourceLost
        `-----------------> OFFLINE(cause) <---------------------------------'
                             |        ^
                             `--------'  opened again after a back-off, and lost again
                                         (a file that was given once stays there, with the cause "ended")

A live camera is STALLED as well while its pictures come but are of no use (`services.ingest.sight`). Of a frozen
picture nothing is published but one end of the stream, so that whoever is in it is gone and not a person at rest; of a
black or blank one a frame a second, so that the people who were in view are seen to be gone. A file shows what it
shows.
"""

from __future__ import annotations

import random
import threading
import time
from collections import deque
from collections.abc import Callable

import av.error
import cv2
import structlog

from services.core.errors import BadMessage, Cause, SourceLost, SpotterError
from services.core.types import CameraState, Frame, LatePixels, Status
from services.ingest.backoff import Backoff
from services.ingest.capture import Capture, Control, Image, SourceOptions
from services.ingest.jpeg import encode
from services.ingest.outbox import Outbox
from services.ingest.pacing import Pacer
from services.ingest.settings import Camera, IngestSettings
from services.ingest.sight import Sight, View
from services.ingest.sources import kind_of, open_source

RATE_SECONDS = 5.0
"""Span over which `CameraState.fps` is measured."""

BLIND_FPS = 1.0
"""Frames a second that are published while nothing can be seen in them."""

DETAIL = 400
"""Characters of `CameraState.detail` at most; the wire takes 500."""

FAULTS = frozenset({Cause.DARK, Cause.BLANK, Cause.FROZEN})
"""Causes that only a picture can have."""

FAILURES = (av.error.FFmpegError, cv2.error, OSError, ValueError, RuntimeError, MemoryError)
"""Whatever a codec may come up with: one camera's fault, so not the end of the others."""

log = structlog.get_logger()


def _status(view: View) -> Status:
    return Status.STALLED if view.cause else Status.ONLINE


def _unhandled(error: Exception) -> str:
    # The error's own text may hold the address.
    return f"a picture could not be handled: {type(error).__name__}"


def _pixels(capture: Capture, longest_side: int) -> Image:
    """A picture's pixels, in the thread of whoever looks at it."""
    try:
        return capture.image(longest_side)
    except FAILURES as error:
        fault = BadMessage(_unhandled(error))
    raise fault


class Feed:
    """Runs one camera on a thread of its own, and keeps what it gives until the event loop takes it.

    Args:
        camera: what to read.
        settings: how to read it.
        notify: called from the thread whenever there is something to take.
        raw: give pixels as they are, for a reader in the same process, instead of JPEG.
    """

    def __init__(
        self, camera: Camera, settings: IngestSettings, notify: Callable[[], None], *, raw: bool = False
    ) -> None:
        self._camera = camera
        self._settings = settings
        self._notify = notify
        self._raw = raw
        self._kind = kind_of(camera.address)
        self._pacer = Pacer(settings.max_fps)
        self._sight = Sight(settings.frozen_seconds)
        self._blind = Pacer(BLIND_FPS)
        self._view = View()
        self._backoff = Backoff(random.Random())  # noqa: S311 - spreads tries in time, guards nothing
        self._control = Control(self._pacer)
        self._outbox = Outbox(notify)
        self._thread = threading.Thread(target=self._run, name=f"camera-{camera.camera_id}", daemon=True)
        self._finished = threading.Event()
        self._lock = threading.Lock()
        self._status = Status.CONNECTING
        self._cause: Cause | None = None
        self._detail = ""
        self._size = (0, 0)
        self._reconnects = 0
        self._heard_at = 0.0
        self._said_at = 0.0
        self._taken: deque[float] = deque()
        self._frames = 0
        self._captured_at = 0

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Ask the thread to end; it does so within about a second."""
        self._control.stop.set()
        self._outbox.close()

    @property
    def finished(self) -> bool:
        """Whether all that there will ever be has been put."""
        return self._finished.is_set()

    @property
    def running(self) -> bool:
        """Whether the thread is still there."""
        return self._thread.is_alive()

    def take(self) -> Frame | CameraState | None:
        """What is to be published next; None when there is nothing."""
        self._look()
        message = self._outbox.take()
        if isinstance(message, Frame) and not message.end_of_stream:
            now = time.monotonic()
            with self._lock:
                self._taken.append(now)
                while now - self._taken[0] > RATE_SECONDS:
                    self._taken.popleft()
        return message

    def _look(self) -> None:
        """See whether the camera went silent, and whether it is time to say again how it is."""
        now = time.monotonic()
        with self._lock:
            silent = now - self._heard_at
            stalled = (
                self._kind.live
                and (self._status is Status.ONLINE or self._cause in FAULTS)
                and silent > self._settings.stall_seconds
            )
            if stalled:
                self._set(Status.STALLED, Cause.TIMEOUT, f"no picture for {silent:.1f} s")
            due = now - self._said_at > self._settings.state_seconds
        if stalled:
            self._log()
        if stalled or (due and not self.finished):
            self._say()

    def _run(self) -> None:
        try:
            self._turn(Status.CONNECTING)
            while not self._control.stop.is_set():
                lost = self._read()
                if self._control.stop.is_set():
                    return
                if self._kind.live or self._camera.loop:
                    self._turn(Status.OFFLINE, lost.cause, lost.detail)
                    self._control.stop.wait(self._backoff.delay(lost.cause))
                else:
                    self._end()
                    self._turn(Status.OFFLINE, lost.cause, lost.detail)
                    return
        finally:
            self._finished.set()
            self._notify()

    def _read(self) -> SourceLost:
        """Read the source until it is lost, and say why it was."""
        options = SourceOptions(
            real_time=self._camera.real_time,
            loop=self._camera.loop,
            fps=self._settings.max_fps,
            open_seconds=self._settings.open_seconds,
            silence_seconds=self._settings.silence_seconds,
        )
        try:
            for capture in open_source(self._camera.address, options, self._control):
                self._heard()
                if self._pacer.keeps(capture.captured_at):
                    self._push(capture)
                if self._control.stop.is_set():
                    break
        except SourceLost as lost:
            return lost
        except BadMessage as error:
            return SourceLost(Cause.CODEC, str(error))
        except SpotterError as error:
            return SourceLost(Cause.NOT_FOUND, str(error))
        except FAILURES as error:
            return SourceLost(Cause.CODEC, _unhandled(error))
        return SourceLost(Cause.ENDED, "given to its end")

    def _heard(self) -> None:
        with self._lock:
            self._heard_at = time.monotonic()
            status, cause = self._status, self._cause
        if status is Status.ONLINE or cause in FAULTS:
            return
        if status is Status.OFFLINE and self._frames:
            self._reconnects += 1
        self._backoff.reset()
        self._show(self._view)

    def _show(self, view: View) -> None:
        """Say what is seen, if that is news."""
        with self._lock:
            news = self._set(_status(view), view.cause, view.detail) or self._view.night != view.night
            self._view = view
        if news:
            self._log()
            self._say()

    def _push(self, capture: Capture) -> None:
        width, height = capture.size(self._settings.longest_side)
        pixels = LatePixels((height, width, 3), lambda: _pixels(capture, self._settings.longest_side))
        if (width, height) != self._size:
            # A source whose pictures cannot be handled is known by the first of them.
            pixels.image()
        if self._kind.live:
            due = self._sight.due(capture.captured_at)
            view = self._sight.look(pixels.image(), capture.captured_at) if due else self._sight.view
            if view.cause is Cause.FROZEN and self._view.cause is not Cause.FROZEN:
                self._end()
            self._show(view)
            if view.cause and (view.cause is Cause.FROZEN or not self._blind.keeps(capture.captured_at)):
                self._control.drop(view.cause.value)
                return
        jpeg = b"" if self._raw else encode(pixels.image(), self._settings.jpeg_quality)
        self._frames += 1
        self._captured_at = capture.captured_at
        if len(jpeg) > self._settings.max_bytes:
            self._control.drop("oversized")
            return
        with self._lock:
            self._size = (width, height)
        frame = Frame(
            self._camera.camera_id,
            self._frames,
            capture.captured_at,
            width,
            height,
            jpeg,
            live=self._kind.live,
            pixels=pixels if self._raw else None,
        )
        if replaced := self._outbox.put(frame):
            self._control.drop("replaced", replaced)

    def _end(self) -> None:
        """Say that no more frames come, or none before something moves, so that what is open downstream is closed."""
        self._frames += 1
        ended = Frame(
            self._camera.camera_id,
            self._frames,
            self._captured_at,
            0,
            0,
            b"",
            live=self._kind.live,
            end_of_stream=True,
        )
        if replaced := self._outbox.put(ended):
            self._control.drop("replaced", replaced)

    def _turn(self, status: Status, cause: Cause | None = None, detail: str = "") -> None:
        with self._lock:
            changed = self._set(status, cause, detail)
        if changed:
            self._log()
        self._say()

    def _set(self, status: Status, cause: Cause | None, detail: str) -> bool:
        """Change the status, under the lock; whether it is another, or has another cause."""
        before = (self._status, self._cause)
        self._status, self._cause, self._detail = status, cause, detail[:DETAIL]
        return before != (status, cause)

    def _log(self) -> None:
        log.info(
            "camera",
            camera_id=self._camera.camera_id,
            status=self._status.value,
            cause=self._cause.value if self._cause else None,
            detail=self._detail,
            night=self._view.night,
        )

    def _say(self) -> None:
        now = time.monotonic()
        with self._lock:
            self._said_at = now
            width, height = self._size
            state = CameraState(
                camera_id=self._camera.camera_id,
                source=self._kind.name,
                status=self._status,
                at=time.time_ns(),
                cause=self._cause,
                detail=self._detail,
                fps=self._rate(now) if self._status is Status.ONLINE else 0.0,
                width=width,
                height=height,
                dropped=self._control.dropped(),
                reconnects=self._reconnects,
                night=self._view.night,
            )
        self._outbox.put(state)

    def _rate(self, now: float) -> float:
        """Frames a second that were taken lately; under the lock."""
        recent = [at for at in self._taken if now - at <= RATE_SECONDS]
        if len(recent) < 2:
            return 0.0
        return round((len(recent) - 1) / (recent[-1] - recent[0]), 1)
