r"""Reading NATS streams: pulled in batches, so that a slow reader never has more than it asked for.

    ask for N --> N messages, or fewer and "408" after PULL_SECONDS --> ask again, once there is room
                  a heartbeat each HEARTBEAT_SECONDS in between
                  silence, "404", "409" or a gap --> make the consumer anew

A named reader of events or commands has a durable consumer and acknowledges. All others have a short-lived consumer
without acknowledgement that starts where this reader is, and which is made anew at the next number whenever something
is odd (what NATS calls an ordered consumer). The place of a named reader of poses is kept in a key-value bucket.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection
from contextlib import suppress
from typing import Final, Self

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError

from proto.subjects import DELIVERY, Delivery, Kind, subject
from services.bus import BusUnavailable, Envelope
from services.bus.mailbox import Backlog
from services.bus.nats_layout import PLACES, STREAMS, make_streams

BATCH: Final = 64
"""Messages asked for at once: enough to keep the line busy, few enough to be worked off within the ack time."""
PULL_SECONDS: Final = 2.0
"""How long a request for messages stands at the server, and how late a reader's place may be kept."""
HEARTBEAT_SECONDS: Final = 1.0
"""How often the server says that a standing request is alive."""
SILENCE_SECONDS: Final = 3.0
"""After how much silence a request, or its consumer, counts as lost."""
RETRY_SECONDS: Final = 0.2
"""Pause before a consumer is made anew."""
IDLE_SECONDS: Final = 60.0
"""When the server forgets the consumer of a reader that went without a word."""

_log = structlog.get_logger(__name__)


class StreamReader:
    """Reads a stored kind of one camera or of all.

    Args:
        client: the connection.
        online: set while the connection stands.
        kind, camera_id: what to read; ``*`` for all cameras.
        durable: the name under which the place is kept; "" for none.
        ack_seconds: after how long the server gives an event again that is not done.
        after: places of an ordered kind to start after, the earliest of them; None for where the name left off.
    """

    def __init__(
        self,
        client: Client,
        online: asyncio.Event,
        kind: Kind,
        camera_id: str,
        durable: str,
        *,
        ack_seconds: float,
        after: Collection[str] | None = None,
    ) -> None:
        self._client = client
        self._jetstream: JetStreamContext = client.jetstream(timeout=SILENCE_SECONDS)
        self._online = online
        self._kind = kind
        self._stream = str(STREAMS[kind].name)
        self._filter = subject(kind, camera_id)
        self._delivery = DELIVERY[kind]
        # Every new reader of a retained kind gets what is retained, whatever it read before.
        self._durable = "" if self._delivery is Delivery.RETAINED else durable
        self._acknowledges = bool(self._durable) and self._delivery is Delivery.DURABLE
        self._ack_seconds = ack_seconds
        self._after = after if self._delivery is Delivery.ORDERED else None
        self._backlog = Backlog(2 * BATCH)
        self._dropped = 0
        self._closed = False

        self._inbox = client.new_inbox()
        self._subscription: Subscription | None = None
        self._puller: asyncio.Task[None] | None = None
        self._request = 0
        self._owed = 0
        self._lost = False
        self._heard = asyncio.Event()

        self._consumer = ""
        self._consumer_sequence = 0
        self._stream_created = ""
        self._placed = False
        self._taken = 0
        """Stream sequence of the last message received."""
        self._done = 0
        self._saved = 0
        self._sequences: dict[Envelope, int] = {}
        """Stream sequence of each message that is here and not done."""
        self._acks: dict[int, str] = {}
        """Where each of these is acknowledged, by stream sequence."""

    @property
    def dropped(self) -> int:
        """Messages that the stream let go before this reader asked for them."""
        return self._dropped

    async def start(self) -> None:
        """Find the place to start from, and begin to pull."""
        self._subscription = await self._client.subscribe(f"{self._inbox}.*", cb=self._arrived)
        with suppress(TimeoutError, Error, BusUnavailable):
            # Now, if it can be, so that nothing published from here on is missed; else the puller tries again.
            await self._make_consumer()
        self._puller = asyncio.create_task(self._pull(), name=f"pulls {self._filter}")

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Envelope:
        envelope = await self._backlog.take()
        if envelope is None:
            raise StopAsyncIteration
        return envelope

    async def done(self, envelope: Envelope) -> None:
        """Acknowledge an event, or remember the place."""
        sequence = self._sequences.pop(envelope, 0)
        self._done = max(self._done, sequence)
        ack = self._acks.pop(sequence, "")
        if ack:
            # What cannot be acknowledged is given again.
            with suppress(Error):
                await self._client.publish(ack, b"+ACK")

    async def close(self) -> None:
        """Go; what is not done is given to the next reader of this name."""
        if self._closed:
            return
        self._closed = True
        await self._backlog.close()
        if self._puller is not None:
            self._puller.cancel()
            with suppress(asyncio.CancelledError):
                await self._puller
        if self._subscription is None or not self._client.is_connected:
            return
        with suppress(TimeoutError, Error):
            await self._subscription.unsubscribe()
            for ack in self._acks.values():
                await self._client.publish(ack, b"-NAK")
            if self._acknowledges:
                # A question and its answer: from here on the server sends nothing more to a reader that is not there.
                await self._jetstream.account_info()
            else:
                await self._save_place()
                await self._jetstream.delete_consumer(self._stream, self._consumer)

    # Pulling.

    async def _pull(self) -> None:
        while True:
            try:
                await self._online.wait()
                if not self._consumer:
                    await self._make_consumer()
                await self._backlog.room(BATCH)
                await self._pull_batch()
                await self._save_place()
            except (TimeoutError, Error, BusUnavailable) as error:
                if not self._lost:
                    _log.warning("stream cannot be read", stream=self._stream, reason=str(error) or "no answer")
                self._lost = True
                self._consumer = ""
                await asyncio.sleep(RETRY_SECONDS)

    async def _pull_batch(self) -> None:
        self._request += 1
        self._owed = BATCH
        request = {"batch": BATCH, "expires": int(PULL_SECONDS * 1e9), "idle_heartbeat": int(HEARTBEAT_SECONDS * 1e9)}
        await self._client.publish(
            f"$JS.API.CONSUMER.MSG.NEXT.{self._stream}.{self._consumer}",
            json.dumps(request).encode(),
            reply=f"{self._inbox}.{self._request}",
        )
        while self._owed > 0:
            self._heard.clear()
            async with asyncio.timeout(SILENCE_SECONDS):
                await self._heard.wait()
        if not self._consumer:
            raise BusUnavailable("the consumer has to be made anew")

    async def _arrived(self, message: Msg) -> None:
        self._heard.set()
        status = (message.headers or {}).get("Status")
        if status is not None and not message.data:
            self._status(message.subject, status)
            return
        metadata = message.metadata
        if metadata.consumer != self._consumer:
            # Still from the consumer before this one, which gives it again.
            return
        self._owed -= 1
        sequence = metadata.sequence.stream
        if self._acknowledges:
            here = sequence in self._acks
            self._acks[sequence] = message.reply
            if here:
                # The ack time passed while it lay here: once is enough, and the later acknowledgement counts.
                return
        else:
            self._consumer_sequence += 1
            if metadata.sequence.consumer != self._consumer_sequence:
                self._consumer, self._owed = "", 0
                return
            if self._delivery is Delivery.ORDERED and self._filter.endswith("*") and self._taken:
                self._dropped += max(0, sequence - self._taken - 1)
            self._taken = sequence
        headers = {name: value for name, value in (message.headers or {}).items() if not name.startswith("Nats-")}
        envelope = Envelope(
            self._kind,
            message.subject.rsplit(".", 1)[-1],
            message.data,
            headers,
            message_id=(message.headers or {}).get("Nats-Msg-Id", ""),
            place=f"{self._stream_created} {sequence}" if self._delivery is Delivery.ORDERED else "",
        )
        self._sequences[envelope] = sequence
        await self._backlog.put(envelope)

    def _status(self, where: str, status: str) -> None:
        if where != f"{self._inbox}.{self._request}" or status == "100":
            return
        self._owed = 0
        if status != "408":
            self._consumer = ""

    # Consumers and places.

    async def _make_consumer(self) -> None:
        created, last_sequence = await self._look_at_stream()
        if created != self._stream_created:
            # The first one, or another of the same name: all that it holds came after what was seen, and what is still
            # in hand has no place in it.
            self._stream_created = created
            self._taken = self._done = self._saved = 0
            self._sequences.clear()
            self._acks.clear()
        if self._acknowledges:
            config = ConsumerConfig(
                durable_name=self._durable,
                filter_subject=self._filter,
                ack_policy=AckPolicy.EXPLICIT,
                ack_wait=self._ack_seconds,
                max_ack_pending=4 * BATCH,
            )
        else:
            await self._find_place(last_sequence)
            config = ConsumerConfig(
                deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
                opt_start_seq=self._taken + 1,
                filter_subject=self._filter,
                ack_policy=AckPolicy.NONE,
                inactive_threshold=IDLE_SECONDS,
                mem_storage=True,
            )
        info = await self._jetstream.add_consumer(self._stream, config)
        self._consumer_sequence = 0
        self._consumer = info.name
        self._lost = False

    async def _look_at_stream(self) -> tuple[str, int]:
        """When the stream was made, and the number of its last message."""
        try:
            info = await self._jetstream.stream_info(self._stream)
        except NotFoundError:
            # A restarted server has lost it.
            await make_streams(self._jetstream)
            info = await self._jetstream.stream_info(self._stream)
        return str(info.created), info.state.last_seq

    async def _find_place(self, last_sequence: int) -> None:
        if self._placed:
            return
        if self._after is not None:
            self._taken = min(map(self._sequence_of, self._after), default=0)
        elif self._durable:
            self._taken = await self._saved_place()
        elif self._delivery is not Delivery.RETAINED:
            self._taken = last_sequence
        self._placed = True

    async def _saved_place(self) -> int:
        bucket = await self._jetstream.key_value(PLACES)
        try:
            entry = await bucket.get(f"{self._durable}.{self._kind}")
        except NotFoundError:
            return 0
        return self._sequence_of((entry.value or b"").decode())

    def _sequence_of(self, place: str) -> int:
        """The number of a place; 0, before all that there is, where it is of another stream."""
        created, _, sequence = place.rpartition(" ")
        return int(sequence) if created == self._stream_created and sequence.isdigit() else 0

    async def _save_place(self) -> None:
        if not self._durable or self._acknowledges or self._done == self._saved:
            return
        bucket = await self._jetstream.key_value(PLACES)
        await bucket.put(f"{self._durable}.{self._kind}", f"{self._stream_created} {self._done}".encode())
        self._saved = self._done


async def last_of_each(jetstream: JetStreamContext, kind: Kind) -> list[Envelope]:
    """The last message of each camera that a stream holds.

    Raises:
        NotFoundError: the stream is gone.
        Error: the server does not answer.
    """
    stream = str(STREAMS[kind].name)
    info = await jetstream.stream_info(stream, subjects_filter=subject(kind))
    found = []
    for where in info.state.subjects or {}:
        with suppress(NotFoundError):
            message = await jetstream.get_last_msg(stream, where)
            found.append(Envelope(kind, where.rsplit(".", 1)[-1], message.data or b"", dict(message.headers or {})))
    return found
