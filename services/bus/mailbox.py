r"""Where messages lie between their arrival and the reader.

Mailbox   one slot per camera, newest wins     A1 B1 A2  ->  take: A2, B1     (A1 dropped and counted)
Backlog   bounded, in order, none lost         A1 B1 A2  ->  take: A1, B1, A2 (a full one makes the sender wait)
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable

from services.bus import Envelope


class Mailbox:
    """The newest envelope of each camera, and every one that waits for an answer.

    A camera keeps its turn when its envelope is replaced, so a fast camera cannot starve a slow one.
    """

    def __init__(self) -> None:
        self.dropped = 0
        self._newest: dict[str, Envelope] = {}
        self._turns: deque[str | Envelope] = deque()
        self._arrived = asyncio.Event()
        self._closed = False

    def put(self, envelope: Envelope) -> None:
        """Lay an envelope in; an older live one of the same camera goes and is counted."""
        if envelope.wait:
            self._turns.append(envelope)
        elif envelope.camera_id in self._newest:
            self._newest[envelope.camera_id] = envelope
            self.dropped += 1
        else:
            self._newest[envelope.camera_id] = envelope
            self._turns.append(envelope.camera_id)
        self._arrived.set()

    async def take(self) -> Envelope | None:
        """The next envelope, or None once the mailbox is closed."""
        while not self._turns and not self._closed:
            self._arrived.clear()
            await self._arrived.wait()
        if self._closed:
            return None
        turn = self._turns.popleft()
        return self._newest.pop(turn) if isinstance(turn, str) else turn

    def close(self) -> None:
        """End the reader's iteration; what still lies here is not given out."""
        self._closed = True
        self._arrived.set()


class Backlog:
    """Envelopes in order.

    Args:
        limit: how many may lie here before a sender has to wait; more smooths longer pauses of the reader and costs
            memory.
        first: what lies here from the start, beyond the limit too.
    """

    def __init__(self, limit: int, first: Iterable[Envelope] = ()) -> None:
        self._limit = limit
        self._waiting: deque[Envelope] = deque(first)
        self._changed = asyncio.Condition()
        self._closed = False

    def __len__(self) -> int:
        return len(self._waiting)

    async def put(self, envelope: Envelope) -> None:
        """Append an envelope, after waiting for room; does nothing once the backlog is closed."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._closed or len(self._waiting) < self._limit)
            if not self._closed:
                self._waiting.append(envelope)
                self._changed.notify_all()

    async def room(self, wanted: int) -> None:
        """Wait until this many more fit, or until it is closed."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._closed or len(self._waiting) + wanted <= self._limit)

    async def take(self) -> Envelope | None:
        """The next envelope, or None once the backlog is closed."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._closed or bool(self._waiting))
            if self._closed:
                return None
            envelope = self._waiting.popleft()
            self._changed.notify_all()
            return envelope

    async def close(self) -> None:
        """End the reader's iteration; what still lies here is not given out."""
        async with self._changed:
            self._closed = True
            self._changed.notify_all()
