"""The one way messages move: a bus carries envelopes, and knows nothing of what is in them.

`MemoryBus` (one process) and `NatsBus` (a cluster) pass the same `BusContract` suite. `codec` turns core types into
envelopes and back.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Protocol, Self

from proto.subjects import Kind
from services.core.errors import SpotterError
from services.core.types import Frame, PoseFrame

__all__ = ["Bus", "BusClosed", "BusUnavailable", "Envelope", "Kind", "Subscription"]


class BusUnavailable(SpotterError):
    """The bus cannot be reached, or cannot do what Spotter needs; worth trying again later."""


class BusClosed(SpotterError):
    """Something was published on a bus, or read from one, that is not open."""


@dataclass(frozen=True, slots=True, eq=False)
class Envelope:
    """One message as it travels.

    Attributes:
        kind, camera_id: make its subject.
        body: the payload.
        headers: text beside the payload.
        message_id: identity for de-duplication (durable kinds only); "" for none.
        place: where in its stream it was, to go on after it (`Bus.subscribe`); given to readers of ordered kinds.
        frame, poses: a frame with its pixels, or the people of one, in place of headers and body between two stages of
            one process: only `MemoryBus` takes them.
        wait: True when `publish` must not return before the reader is done with it (frames of files).
    """

    kind: Kind
    camera_id: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    message_id: str = ""
    place: str = ""
    wait: bool = False
    frame: Frame | None = None
    poses: PoseFrame | None = None


class Subscription(Protocol):
    """What one reader gets of one kind, as an async iterator that ends when it or the bus is closed."""

    @property
    def dropped(self) -> int:
        """Messages that were replaced by newer ones before this reader took them."""
        ...

    def __aiter__(self) -> AsyncIterator[Envelope]: ...

    async def done(self, envelope: Envelope) -> None:
        """Say that an envelope was dealt with: answers a waiting sender, acknowledges a durable message.

        Owed for every envelope that was taken, bad ones too. What is not done when the reader goes is given again: a
        waited one to whoever reads next, one of a named durable reader to the next reader of that name.
        """
        ...

    async def close(self) -> None:
        """Go: take no more, and let others have what is not done."""
        ...


class Bus(Protocol):
    """Publish and subscribe; an async context manager, connected between enter and exit.

    Attributes:
        within_process: whether all readers are in this very process, so that bodies need not be written out.
    """

    within_process: bool

    @property
    def connected(self) -> bool:
        """Whether messages can be published now."""
        ...

    @property
    def unsent(self) -> Mapping[Kind, int]:
        """Live messages given up since the start because the bus was not connected when they were made."""
        ...

    async def publish(self, envelope: Envelope) -> None:
        """Send one message the way its kind is delivered (`proto.subjects.DELIVERY`).

        With ``envelope.wait`` it returns when a reader has called `Subscription.done`, and waits for a reader
        while there is none: this is the flow control of files. Ordered and durable kinds push back: a slow reader of
        them (in memory) or a bus that is away (NATS) makes the sender wait.

        Raises:
            BusClosed: the bus is not open.
            BadMessage: the message is longer than the bus can carry.
        """
        ...

    async def subscribe(
        self, kind: Kind, *, camera_id: str = "*", durable: str = "", after: Collection[str] | None = None
    ) -> Subscription:
        """Read a kind, of one camera or of all.

        Args:
            durable: for ordered and durable kinds, the name under which the reader's place is remembered (one reader
                at a time); a new name starts with all that the bus still holds. "" starts with what is published from
                now on.
            after: for ordered kinds, starts after the earliest of these places, whatever the name remembers; with all
                that the bus still holds where one of them is of another stream, or there is none.

        Raises:
            BusClosed: the bus is not open.
        """
        ...

    async def retained(self, kind: Kind) -> Sequence[Envelope]:
        """The last message of each camera, of a retained kind, as it is now.

        Raises:
            BusClosed: the bus is not open.
        """
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None: ...
