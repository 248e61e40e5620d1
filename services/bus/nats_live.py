"""Reading live kinds from core NATS: newest wins, and waited messages are answered."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Self

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error

from proto.subjects import Kind, subject
from services.bus import Envelope
from services.bus.mailbox import Mailbox

WAIT_HEADER: Final = "wait"
"""Header of a waited message: its id, the same each time it is sent."""
PENDING_BYTES: Final = 256 << 20
"""Room between the socket and the mailbox; never filled, because the callback only fills a slot."""
ANSWER_SECONDS: Final = 3.0
"""How long the server may take to answer a question."""


@dataclass(slots=True)
class _Waited:
    """A waited message that a reader has: its id, where the answer goes, whether it can be given."""

    message_id: str
    reply: str
    answered: bool = False


class LiveReader:
    """Reads a kind of which only the newest matters, from core NATS."""

    def __init__(self, client: Client, kind: Kind, camera_id: str) -> None:
        self._client = client
        self._kind = kind
        self._subject = subject(kind, camera_id)
        self._mailbox = Mailbox()
        self._waited: dict[str, _Waited] = {}
        self._owed: dict[Envelope, _Waited] = {}
        self._unsubscribe = client.close

    @property
    def dropped(self) -> int:
        """Messages that newer ones replaced."""
        return self._mailbox.dropped

    async def start(self) -> None:
        """Subscribe, and be sure that the server knows before this returns."""
        subscription = await self._client.subscribe(self._subject, cb=self._arrived, pending_bytes_limit=PENDING_BYTES)
        self._unsubscribe = subscription.unsubscribe
        with suppress(TimeoutError, Error):
            # Any question and its answer will do: the client's own flush overtakes what it has yet to send. With the
            # server away there is none, and the client subscribes again when it is back.
            await self._client.jetstream(timeout=ANSWER_SECONDS).account_info()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Envelope:
        envelope = await self._mailbox.take()
        if envelope is None:
            raise StopAsyncIteration
        return envelope

    async def _arrived(self, message: Msg) -> None:
        headers = dict(message.headers or {})
        camera_id = message.subject.rsplit(".", 1)[-1]
        message_id = headers.pop(WAIT_HEADER, "")
        waits = bool(message_id and message.reply)
        if waits:
            last = self._waited.get(camera_id)
            if last is not None and last.message_id == message_id:
                # The sender has waited too long and asks again: the answer, now or later, goes to its new request.
                last.reply = message.reply
                if last.answered:
                    await self._client.publish(message.reply)
                return
        envelope = Envelope(self._kind, camera_id, message.data, headers, wait=waits)
        if waits:
            self._waited[camera_id] = self._owed[envelope] = _Waited(message_id, message.reply)
        self._mailbox.put(envelope)

    async def done(self, envelope: Envelope) -> None:
        """Answer the sender that waits, if one does."""
        waited = self._owed.pop(envelope, None)
        if waited is not None:
            waited.answered = True
            if self._client.is_connected:
                await self._client.publish(waited.reply)

    async def close(self) -> None:
        """Go; senders that wait for this reader will ask again."""
        self._mailbox.close()
        with suppress(Error):
            # Closed already, or by the client itself.
            await self._unsubscribe()
