"""The bus within one process: what `spotter run`, offline analysis and most tests use.

Envelopes pass by reference, nothing is copied or serialised here. It keeps the promises of `proto.subjects.DELIVERY`
as NATS does, only "stored" lasts as long as the process.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType, TracebackType
from typing import Final, Self

from proto.subjects import DELIVERY, Delivery, Kind
from services.bus import BusClosed, Envelope, Subscription
from services.bus.mailbox import Backlog, Mailbox

BACKLOG: Final = 256
"""Envelopes that an ordered or durable reader may be behind before senders wait: 8 s of two cameras at 15 fps."""
HELD: Final = {Delivery.ORDERED: 1_000, Delivery.DURABLE: 10_000}
"""Envelopes kept for named readers that come later or come back."""
DUPLICATE_WINDOW: Final = 100_000
"""Message ids that are remembered to recognise a second copy."""


@dataclass(slots=True)
class _Place:
    """How far an ordered reader has come.

    Attributes:
        seen: number of the last message that was given to it, counted by the bus.
        undone: what was given and is not done, in order.
    """

    seen: int
    undone: dict[Envelope, None] = field(default_factory=dict)


class _NewestReader:
    """Reads a kind of which only the newest matters: live, or retained."""

    def __init__(self, bus: MemoryBus, kind: Kind, camera_id: str) -> None:
        self._bus = bus
        self.kind = kind
        self.camera_id = camera_id
        self.mailbox = Mailbox()
        self._unanswered: dict[Envelope, asyncio.Future[bool]] = {}

    @property
    def dropped(self) -> int:
        """Messages that newer ones replaced."""
        return self.mailbox.dropped

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Envelope:
        envelope = await self.mailbox.take()
        if envelope is None:
            raise StopAsyncIteration
        return envelope

    async def offer(self, envelope: Envelope) -> bool:
        """Hand over a waited envelope; True when it was done, False when the reader went without."""
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._unanswered[envelope] = answer
        self.mailbox.put(envelope)
        try:
            return await answer
        finally:
            self._unanswered.pop(envelope, None)

    async def done(self, envelope: Envelope) -> None:
        """Answer the sender that waits, if one does."""
        answer = self._unanswered.get(envelope)
        if answer is not None and not answer.done():
            answer.set_result(True)

    async def close(self) -> None:
        """Go; senders that wait for this reader look for another."""
        self._bus.forget(self)
        self.mailbox.close()
        for answer in self._unanswered.values():
            if not answer.done():
                answer.set_result(False)


class _OrderedReader:
    """Reads a kind of which nothing may be lost; a named one leaves its place behind."""

    def __init__(self, bus: MemoryBus, kind: Kind, camera_id: str, place: _Place) -> None:
        self._bus = bus
        self.kind = kind
        self.camera_id = camera_id
        self.place = place
        self._backlog = Backlog(BACKLOG, place.undone)

    @property
    def dropped(self) -> int:
        """Always 0: senders wait instead."""
        return 0

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Envelope:
        envelope = await self._backlog.take()
        if envelope is None:
            raise StopAsyncIteration
        return envelope

    async def put(self, envelope: Envelope) -> None:
        """Hand over an envelope that is in `place.undone` already, after waiting for room."""
        await self._backlog.put(envelope)

    async def done(self, envelope: Envelope) -> None:
        """Owe this one no longer."""
        self.place.undone.pop(envelope, None)

    async def close(self) -> None:
        """Go; a named reader leaves its place."""
        self._bus.forget(self)
        await self._backlog.close()


def _count_of(place: str) -> int:
    """The number of a place; 0, before all that there is, where it is of another bus."""
    return int(place) if place.isdecimal() else 0


class MemoryBus:
    """A `Bus` in one event loop."""

    within_process = True

    def __init__(self) -> None:
        self._open = False
        self._newest_readers: list[_NewestReader] = []
        self._ordered_readers: list[_OrderedReader] = []
        self._readers_changed = asyncio.Condition()
        self._retained: dict[tuple[Kind, str], Envelope] = {}
        self._held: dict[Kind, deque[tuple[int, Envelope]]] = {
            kind: deque(maxlen=HELD[delivery]) for kind, delivery in DELIVERY.items() if delivery in HELD
        }
        self._count = 0
        self._places: dict[tuple[Kind, str], _Place] = {}
        self._message_ids: dict[tuple[Kind, str], None] = {}

    @property
    def connected(self) -> bool:
        """Whether messages can be published now."""
        return self._open

    @property
    def unsent(self) -> Mapping[Kind, int]:
        """Always empty: this bus is never away."""
        return MappingProxyType({})

    async def publish(self, envelope: Envelope) -> None:
        """Send one message the way its kind is delivered."""
        self._check_open()
        match DELIVERY[envelope.kind]:
            case Delivery.LATEST if envelope.wait:
                await self._publish_and_wait(envelope)
            case Delivery.LATEST:
                self._put_newest(envelope)
            case Delivery.RETAINED:
                self._retained[envelope.kind, envelope.camera_id] = envelope
                self._put_newest(envelope)
            case Delivery.ORDERED:
                await self._put_ordered(envelope)
            case Delivery.DURABLE:
                if (envelope.kind, envelope.message_id) not in self._message_ids:
                    self._remember(envelope)
                    await self._put_ordered(envelope)

    async def subscribe(
        self, kind: Kind, *, camera_id: str = "*", durable: str = "", after: Collection[str] | None = None
    ) -> Subscription:
        """Read a kind, of one camera or of all."""
        self._check_open()
        if DELIVERY[kind] in HELD:
            return self._ordered_reader(kind, camera_id, durable, after)
        reader = _NewestReader(self, kind, camera_id)
        for (retained_kind, _), envelope in self._retained.items():
            if retained_kind is kind and _wants(reader, envelope):
                reader.mailbox.put(envelope)
        async with self._readers_changed:
            self._check_open()
            self._newest_readers.append(reader)
            self._readers_changed.notify_all()
        return reader

    async def retained(self, kind: Kind) -> Sequence[Envelope]:
        """The last message of each camera, of a retained kind."""
        self._check_open()
        return [envelope for (retained_kind, _), envelope in self._retained.items() if retained_kind is kind]

    def forget(self, reader: _NewestReader | _OrderedReader) -> None:
        """Give a reader nothing more; called by the reader itself when it closes."""
        if isinstance(reader, _NewestReader):
            if reader in self._newest_readers:
                self._newest_readers.remove(reader)
        elif reader in self._ordered_readers:
            self._ordered_readers.remove(reader)
            reader.place.seen = self._count

    async def __aenter__(self) -> Self:
        self._open = True
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._open = False
        readers: list[_NewestReader | _OrderedReader] = [*self._newest_readers, *self._ordered_readers]
        for reader in readers:
            await reader.close()
        async with self._readers_changed:
            self._readers_changed.notify_all()

    def _check_open(self) -> None:
        if not self._open:
            raise BusClosed("the in-memory bus is not open: publish and subscribe inside `async with MemoryBus()`")

    def _put_newest(self, envelope: Envelope) -> None:
        for reader in self._newest_readers:
            if _wants(reader, envelope):
                reader.mailbox.put(envelope)

    async def _publish_and_wait(self, envelope: Envelope) -> None:
        answered = False
        while not answered:
            async with self._readers_changed:
                await self._readers_changed.wait_for(lambda: not self._open or bool(self._readers_of(envelope)))
            self._check_open()
            answers = await asyncio.gather(*(reader.offer(envelope) for reader in self._readers_of(envelope)))
            answered = any(answers)

    def _readers_of(self, envelope: Envelope) -> list[_NewestReader]:
        return [reader for reader in self._newest_readers if _wants(reader, envelope)]

    async def _put_ordered(self, envelope: Envelope) -> None:
        self._count += 1
        if DELIVERY[envelope.kind] is Delivery.ORDERED:
            envelope = replace(envelope, place=str(self._count))
        self._held[envelope.kind].append((self._count, envelope))
        readers = [reader for reader in self._ordered_readers if _wants(reader, envelope)]
        # Every reader owes it before the first one makes this sender wait: one that goes in between leaves it behind.
        for reader in readers:
            reader.place.undone[envelope] = None
        for reader in readers:
            await reader.put(envelope)

    def _ordered_reader(
        self, kind: Kind, camera_id: str, durable: str, after: Collection[str] | None
    ) -> _OrderedReader:
        place = _Place(seen=self._count)
        if durable:
            place = self._places.setdefault((kind, durable), _Place(seen=0))
            if any(reader.place is place for reader in self._ordered_readers):
                raise ValueError(f"{durable!r} already reads {kind}: close that reader first or take another name")
        if after is not None and DELIVERY[kind] is Delivery.ORDERED:
            place.seen = min(map(_count_of, after), default=0)
            place.undone.clear()
        for count, envelope in self._held[kind]:
            if count > place.seen and camera_id in ("*", envelope.camera_id):
                place.undone[envelope] = None
        reader = _OrderedReader(self, kind, camera_id, place)
        self._ordered_readers.append(reader)
        return reader

    def _remember(self, envelope: Envelope) -> None:
        if not envelope.message_id:
            return
        self._message_ids[envelope.kind, envelope.message_id] = None
        if len(self._message_ids) > DUPLICATE_WINDOW:
            del self._message_ids[next(iter(self._message_ids))]


def _wants(reader: _NewestReader | _OrderedReader, envelope: Envelope) -> bool:
    return reader.kind is envelope.kind and reader.camera_id in ("*", envelope.camera_id)
