r"""Fan-out to many WebSocket clients, none of which can slow the others or fill the memory.

                     one slot per kind and camera: newest wins
      pictures ----> [ front | bench | ... ]  \
      poses    ----> [ front | bench | ... ]   }--> one sender per client --> socket
      events   ----> | | | | | | | | | | | |  /
      cameras  ----> one bounded queue, in order; full: dropped whole, `gap`, then a fresh `state`

A message is made once and shared by all. All of this lives on one event loop: nothing here awaits but `Mailbox.take`.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Iterator
from typing import Final

from proto.subjects import Kind
from services.gateway import protocol

LONGEST_QUEUE: Final = 1000
"""Events and camera states a client may be behind; about a minute of a full gym."""

MOST_REPLIES: Final = 100
"""Answers to a client's own messages that may wait for it."""

LATEST: Final = frozenset({Kind.PICTURES, Kind.POSES})
"""Kinds of which only the newest matters."""

Data = str | bytes
"""Text or binary WebSocket message."""


class Mailbox:
    """What one client has still to be sent.

    Args:
        state: makes the `state` message for these cameras (None = all), called when it is about to be sent.
        longest_queue: events and camera states to hold; more makes slow clients catch up instead of start over.

    Attributes:
        cameras: what the client watches; None is all.
        kinds: which kinds of it.
        replaced: pictures and poses that newer ones replaced before they were sent, by kind.
        lost: events and camera states that were dropped.
    """

    def __init__(self, state: Callable[[frozenset[str] | None], Data], *, longest_queue: int = LONGEST_QUEUE) -> None:
        self.cameras: frozenset[str] | None = frozenset()
        self.kinds: frozenset[Kind] = frozenset()
        self.replaced: Counter[Kind] = Counter()
        self.lost = 0
        self._state = state
        self._longest_queue = longest_queue
        # Whoever asks without reading the answers loses the oldest of them.
        self._replies: deque[Data] = deque(maxlen=MOST_REPLIES)
        self._queue: deque[Data] = deque()
        self._latest: dict[tuple[Kind, str], Data] = {}
        self._start_over = False
        self._lost_now = 0
        self._ready = asyncio.Event()

    def subscribe(self, cameras: frozenset[str] | None, kinds: frozenset[Kind]) -> None:
        """Watch this from now on; what waits is thrown away, the present state comes first."""
        self.cameras, self.kinds = cameras, kinds
        self._queue.clear()
        self._latest.clear()
        self._start_over = True
        self._ready.set()

    def wants(self, kind: Kind, camera_id: str) -> bool:
        """Whether the client watches this."""
        return kind in self.kinds and (self.cameras is None or camera_id in self.cameras)

    def reply(self, data: Data) -> None:
        """Answer the client, before all else."""
        self._replies.append(data)
        self._ready.set()

    def offer(self, kind: Kind, camera_id: str, data: Data) -> None:
        """Put in one message; never waits."""
        if kind in LATEST:
            slot = (kind, camera_id)
            if slot in self._latest:
                self.replaced[kind] += 1
            self._latest[slot] = data
        elif self._start_over:
            # The state that is sent next has this in it already.
            if self._lost_now:
                self._lost_now += 1
        elif len(self._queue) < self._longest_queue:
            self._queue.append(data)
        else:
            self._lost_now = len(self._queue) + 1
            self._queue.clear()
            self._start_over = True
        self._ready.set()

    async def take(self) -> Data:
        """Wait for and give what is to be sent next: answers, events in order, then the newest of each slot."""
        while True:
            if self._replies:
                return self._replies.popleft()
            if self._lost_now:
                lost, self._lost_now = self._lost_now, 0
                self.lost += lost
                return protocol.gap(lost)
            if self._start_over:
                self._start_over = False
                return self._state(self.cameras)
            if self._queue:
                return self._queue.popleft()
            if self._latest:
                return self._latest.pop(next(iter(self._latest)))
            self._ready.clear()
            await self._ready.wait()


class Hub:
    """All clients."""

    def __init__(self) -> None:
        self.sent: Counter[Kind] = Counter()
        """Messages put into mailboxes, by kind."""
        self._mailboxes: set[Mailbox] = set()
        self._replaced: Counter[Kind] = Counter()
        self._lost = 0

    def __len__(self) -> int:
        return len(self._mailboxes)

    def __iter__(self) -> Iterator[Mailbox]:
        return iter(self._mailboxes)

    def join(self, mailbox: Mailbox) -> None:
        """Add a client."""
        self._mailboxes.add(mailbox)

    def leave(self, mailbox: Mailbox) -> None:
        """Remove a client; what it missed stays in the totals."""
        self._mailboxes.discard(mailbox)
        self._replaced.update(mailbox.replaced)
        self._lost += mailbox.lost

    def watched(self, kind: Kind, camera_id: str) -> bool:
        """Whether any client watches this; may be asked from another thread."""
        return any(mailbox.wants(kind, camera_id) for mailbox in tuple(self._mailboxes))

    @property
    def replaced(self) -> Counter[Kind]:
        """Pictures and poses that slow clients skipped, by kind."""
        return sum((mailbox.replaced for mailbox in self._mailboxes), Counter(self._replaced))

    @property
    def lost(self) -> int:
        """Events and camera states that slow clients missed."""
        return self._lost + sum(mailbox.lost for mailbox in self._mailboxes)

    def publish(self, kind: Kind, camera_id: str, make: Callable[[], Data]) -> None:
        """Offer one message to all who watch it; `make` is called once, and only if somebody does."""
        watchers = [mailbox for mailbox in self._mailboxes if mailbox.wants(kind, camera_id)]
        if not watchers:
            return
        data = make()
        self.sent[kind] += len(watchers)
        for mailbox in watchers:
            mailbox.offer(kind, camera_id, data)
