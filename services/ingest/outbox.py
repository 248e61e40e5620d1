"""Between a camera's thread and the event loop: what is waiting to be published, and what gives way to what."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from services.core.types import CameraState, Frame

AHEAD = 3
"""Frames of a file that are decoded before somebody asks for them, one after the other: the next ones when all are
taken. Who takes turns with the decoder less often finds the processor's caches as they were left."""
STATES = 16
"""States that wait at most; beyond that the oldest goes."""


class Outbox:
    """Messages of one camera in order, put by its thread and taken by the event loop.

    A live `Frame` takes the place of the one that nobody took yet. A file's waits until there is room.

    Args:
        notify: called after each put, from the thread that puts.
    """

    def __init__(self, notify: Callable[[], None]) -> None:
        self._notify = notify
        self._messages: deque[Frame | CameraState] = deque()
        self._changed = threading.Condition()
        self._closed = False

    def put(self, message: Frame | CameraState) -> int:
        """Add a message; for a file's frame, block until there is room. Gives the number of frames replaced."""
        replaced = 0
        with self._changed:
            match message:
                case CameraState():
                    if self._count(CameraState) >= STATES:
                        self._messages.remove(next(m for m in self._messages if isinstance(m, CameraState)))
                case Frame(live=True):
                    replaced = self._count(Frame)
                    self._messages = deque(m for m in self._messages if not isinstance(m, Frame))
                case Frame():
                    if self._count(Frame) >= AHEAD:
                        self._changed.wait_for(lambda: self._closed or not self._count(Frame))
            if not self._closed:
                self._messages.append(message)
        self._notify()
        return replaced

    def take(self) -> Frame | CameraState | None:
        """The oldest message; None when there is none."""
        with self._changed:
            message = self._messages.popleft() if self._messages else None
            if not self._count(Frame):
                self._changed.notify()
            return message

    def close(self) -> None:
        """Take nothing more, and let go a thread that waits for room."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _count(self, kind: type[Frame | CameraState]) -> int:
        return sum(isinstance(message, kind) for message in self._messages)
