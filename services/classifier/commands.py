r"""The commands of one camera, each held back until its moment of event time.

      frames     1     2     3     4     5        A command that was stamped with frame 3 is obeyed
      command          stamped: 3 ^               between frames 3 and 4, whenever it arrives: one that is early
                                                  waits here; one that is late is obeyed at once, as of frame 3.

Poses and commands are two streams, and nothing says which of the two is read first. Event time does, so that a replay
of both gives what was told live.
"""

from __future__ import annotations

from bisect import insort
from collections import OrderedDict
from collections.abc import Iterable
from typing import Final

from services.core.errors import BadMessage
from services.core.types import Command

WAITING: Final = 1000
"""Commands that may wait for their frame; more come of a clock that is wrong."""

REMEMBERED: Final = 1000
"""Ids of commands that are remembered to know a second copy."""


class CommandQueue:
    """Gives each command once, in the order of event time, and of arrival where that is the same.

    Args:
        waiting: those that wait already.
        seen: ids of those that are known already, oldest first.
    """

    def __init__(self, waiting: Iterable[Command] = (), seen: Iterable[str] = ()) -> None:
        self._waiting = list(waiting)
        self._seen = OrderedDict.fromkeys(seen)

    @property
    def waiting(self) -> tuple[Command, ...]:
        """Those that wait for their frame, in order."""
        return tuple(self._waiting)

    @property
    def seen(self) -> tuple[str, ...]:
        """Ids of those that are known, oldest first."""
        return tuple(self._seen)

    def push(self, command: Command) -> None:
        """Take a command; a second copy is left out.

        Raises:
            BadMessage: too many wait already.
        """
        if command.command_id in self._seen:
            return
        if len(self._waiting) == WAITING:
            raise BadMessage(
                f"command {command.command_id} of camera {command.camera_id}: {WAITING} commands wait for frames of "
                "their time already; captured_at must be that of a frame of the camera"
            )
        self._seen[command.command_id] = None
        if len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        insort(self._waiting, command, key=lambda one: one.captured_at)

    def due(self, before: int) -> list[Command]:
        """Give those whose frame is over.

        Args:
            before: event time of the next frame, ns; what was stamped earlier is due.
        """
        count = sum(command.captured_at < before for command in self._waiting)
        given, self._waiting = self._waiting[:count], self._waiting[count:]
        return given
