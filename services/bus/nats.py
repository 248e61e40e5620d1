"""The bus between processes, on NATS; coded to the features of server 2.9.

    LATEST     core NATS. A callback lays each message into a one-slot mailbox, so a slow reader sees the newest.
               Live ones are sent only while connected: what the client buffers would arrive seconds old.
               Waited ones are requests, repeated until a reader answers.
    ORDERED    stream in memory, one minute long; every message numbered, gaps noticed (`nats_stream`).
    DURABLE    stream in files, duplicates dropped by message id, explicit acknowledgement.
    RETAINED   stream in files with one message per subject. This is what a NATS key-value bucket is underneath; a
               stream of our own keeps the subject ``gym.v1.cameras.<camera>``: a plain subscription sees changes too.

Streams are made when the bus starts, and again when a restarted server has lost them. Their settings are read back:
an old server drops those that it does not know without a word.
"""

from __future__ import annotations

import asyncio
import secrets
import ssl
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

import structlog
from nats.aio.client import Client
from nats.errors import ConnectionClosedError, Error, NoRespondersError
from nats.js import JetStreamContext
from nats.js.errors import APIError, NoStreamResponseError, NotFoundError

from proto.subjects import DELIVERY, Delivery, Kind, subject
from services.bus import BusClosed, BusUnavailable, Envelope, Subscription
from services.bus.nats_layout import make_streams
from services.bus.nats_live import WAIT_HEADER, LiveReader
from services.bus.nats_stream import StreamReader, last_of_each
from services.bus.settings import NatsSettings
from services.core.errors import BadMessage, SettingsError

CONNECT_SECONDS: Final = 4.0
"""How long the first connection may take before the server counts as away."""
REQUEST_SECONDS: Final = 3.0
"""How long JetStream may take to answer."""
LONGEST_PAUSE_SECONDS: Final = 15.0
"""Longest pause between two tries to find a server."""
RETRY_SECONDS: Final = 0.2
"""Pause between two tries to publish, or to find a reader of a waited message."""

_log = structlog.get_logger(__name__)


class NatsBus:
    """A `Bus` on a NATS server.

    Once connected it reconnects by itself for ever, and carries on where it was.

    Args:
        settings: where the server is, and how to be let in.
        name: the connection's name in the server's own monitoring.
        patient: what to do when there is no server, or one that is not fit. False: entering raises `BusUnavailable`.
            True, for services: entering returns at once, and the bus tries again with growing pauses, up to
            `LONGEST_PAUSE_SECONDS`, and says why in the log; until then it is not `connected`, live messages are
            dropped and counted, all else waits.
    """

    within_process = False

    def __init__(self, settings: NatsSettings, *, name: str = "spotter", patient: bool = False) -> None:
        self._settings = settings
        self._name = name
        self._patient = patient
        self._client = Client()
        self._jetstream: JetStreamContext = self._client.jetstream(timeout=REQUEST_SECONDS)
        self._tls: ssl.SSLContext | None = None
        self._connector: asyncio.Task[None] | None = None
        self._online = asyncio.Event()
        self._open = False
        self._dialled = False
        self._established = False
        self._readers: list[LiveReader | StreamReader] = []
        self._unsent: Counter[Kind] = Counter()
        self._publisher_id = secrets.token_hex(8)
        self._published = 0
        self._failures = 0
        self._all_failed = asyncio.Event()
        self._last_error: BaseException | None = None

    @property
    def connected(self) -> bool:
        """Whether messages can be published now."""
        return self._open and self._online.is_set() and self._client.is_connected

    @property
    def unsent(self) -> Mapping[Kind, int]:
        """Live messages given up because the server was away when they were made."""
        return self._unsent

    async def publish(self, envelope: Envelope) -> None:
        """Send one message the way its kind is delivered."""
        self._check_open()
        if envelope.frame is not None:
            raise ValueError("pixels are for readers in the same process: a frame that leaves it has to be a JPEG")
        if envelope.poses is not None:
            raise ValueError(
                "poses not written out are for readers in the same process: those that leave it have to be JSON"
            )
        match DELIVERY[envelope.kind]:
            case Delivery.LATEST if envelope.wait:
                await self._request_until_answered(envelope)
            case Delivery.LATEST:
                await self._send_live(envelope)
            case _:
                await self._store(envelope)

    async def subscribe(
        self, kind: Kind, *, camera_id: str = "*", durable: str = "", after: Collection[str] | None = None
    ) -> Subscription:
        """Read a kind, of one camera or of all."""
        await self._until_online()
        reader: LiveReader | StreamReader
        if DELIVERY[kind] is Delivery.LATEST:
            reader = LiveReader(self._client, kind, camera_id)
        else:
            reader = StreamReader(
                self._client,
                self._online,
                kind,
                camera_id,
                durable,
                ack_seconds=self._settings.ack_seconds,
                after=after,
            )
        try:
            await reader.start()
        except ConnectionClosedError:
            self._open = False
        if not self._open:
            # Closed in the meantime, when this reader was not yet among those that are told.
            await reader.close()
        self._check_open()
        self._readers.append(reader)
        return reader

    async def retained(self, kind: Kind) -> Sequence[Envelope]:
        """The last message of each camera, of a retained kind."""
        while True:
            await self._until_online()
            try:
                return await last_of_each(self._jetstream, kind)
            except NotFoundError:
                await self._make_streams_again()
            except ConnectionClosedError:
                raise BusClosed("the NATS connection was closed while retained messages were read") from None
            except (TimeoutError, Error):
                await asyncio.sleep(RETRY_SECONDS)

    async def __aenter__(self) -> Self:
        # What no patience mends comes first.
        self._tls = _tls_context(self._settings)
        if self._patient:
            self._open = True
            self._connector = asyncio.create_task(self._connect_patiently(), name=f"{self._name} looks for NATS")
        else:
            await self._connect()
            self._open = True
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._open = False
        # Wakes those that wait for a connection: they find the bus closed.
        self._online.set()
        if self._connector is not None:
            self._connector.cancel()
            await asyncio.wait({self._connector})
        for reader in self._readers:
            await reader.close()
        await self._close_client()

    async def _connect_patiently(self) -> None:
        pause, said = 1.0, ""
        while True:
            try:
                await self._connect()
            except BusUnavailable as error:
                if str(error) != said:
                    said = str(error)
                    _log.warning("waiting for NATS", reason=said)
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
            else:
                _log.info("NATS connected", name=self._name)
                return

    async def _connect(self) -> None:
        # A client that failed once cannot be used again.
        self._client, self._dialled = Client(), False
        self._jetstream = self._client.jetstream(timeout=REQUEST_SECONDS)
        try:
            await self._dial()
            await make_streams(self._jetstream)
        except (OSError, TimeoutError, Error) as error:
            await self._close_client()
            raise self._unavailable(await self._reason(self._last_error or error)) from None
        except BaseException:
            await self._close_client()
            raise
        self._established = True
        self._online.set()

    async def _dial(self) -> None:
        """Connect, or fail once every named server has: the client itself would try for ever."""
        self._failures, self._all_failed, self._last_error = 0, asyncio.Event(), None
        dialling = asyncio.create_task(self._connect_client(), name="dials NATS")
        failing = asyncio.create_task(self._all_failed.wait(), name="hears of failures")
        try:
            await asyncio.wait({dialling, failing}, timeout=CONNECT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if not dialling.done():
                raise TimeoutError
            await dialling
        finally:
            for task in (dialling, failing):
                task.cancel()
            await asyncio.gather(dialling, failing, return_exceptions=True)

    async def _connect_client(self, *, verbose: bool = False) -> None:
        """Connect, trying for as long as it takes; verbose: once, each line answered."""
        settings = self._settings
        self._dialled = True
        await self._client.connect(
            servers=self._addresses(),
            name=self._name,
            user=settings.user or None,
            password=settings.password.get_secret_value() or None,
            tls=self._tls,
            verbose=verbose,
            allow_reconnect=not verbose,
            max_reconnect_attempts=-1,
            reconnect_time_wait=1,
            connect_timeout=2,
            ping_interval=10,
            error_cb=self._errored,
            disconnected_cb=self._disconnected,
            reconnected_cb=self._reconnected,
            closed_cb=self._closed,
        )

    async def _reason(self, error: BaseException) -> BaseException:
        """Why no connection came about, asked once more of a server that hung up.

        It says why before it does, but what we send meanwhile can make the system throw that away. A verbose client
        waits for the answer to each line.
        """
        if not isinstance(error, ConnectionError) or isinstance(error, ConnectionRefusedError):
            return error
        self._client = Client()
        try:
            await self._connect_client(verbose=True)
        except Error as reason:
            return reason
        except (OSError, TimeoutError):
            return error
        finally:
            await self._close_client()
        return error

    def _addresses(self) -> list[str]:
        return [address.strip() for address in self._settings.url.split(",")]

    async def _close_client(self) -> None:
        if not self._dialled:
            # It cannot be closed before.
            return
        # In a task of its own: closed in the middle of a reconnection, the client raises CancelledError although nobody
        # cancelled anything.
        closing = asyncio.create_task(self._client.close(), name="closes NATS")
        await asyncio.wait({closing})
        if not closing.cancelled():
            closing.result()

    async def _errored(self, error: BaseException) -> None:
        self._last_error = error
        self._failures += 1
        if self._failures >= len(self._addresses()):
            self._all_failed.set()

    async def _disconnected(self) -> None:
        if self._open and self._established:
            self._online.clear()
            _log.warning("NATS lost, reconnecting")

    async def _reconnected(self) -> None:
        self._online.set()
        _log.info("NATS back", live_messages_unsent=sum(self._unsent.values()))

    async def _closed(self) -> None:
        """The client gave up for good, for instance because it is no longer let in: end all readers and senders."""
        if self._open and self._established:
            _log.error("NATS closed the connection", reason=str(self._last_error))
            self._open = False
            self._online.set()
            for reader in self._readers:
                await reader.close()

    def _unavailable(self, cause: BaseException) -> BusUnavailable:
        where = ", ".join(address.rsplit("@", 1)[-1].split("://")[-1] for address in self._addresses())
        return BusUnavailable(
            f"no NATS server at {where} ({str(cause) or 'no answer'}): start one with JetStream (`make up`, or "
            "`nats-server -js`), or set SPOTTER_NATS_URL, SPOTTER_NATS_USER and SPOTTER_NATS_PASSWORD"
        )

    async def _until_online(self) -> None:
        await self._online.wait()
        self._check_open()

    def _check_open(self) -> None:
        if not self._open:
            raise BusClosed("the NATS bus is not open: publish and subscribe inside `async with NatsBus(...)`")

    def _check_size(self, envelope: Envelope) -> None:
        headers = sum(len(name) + len(value) + 4 for name, value in envelope.headers.items())
        # 200 bytes for the headers that are added here and by the protocol.
        size = len(envelope.body) + headers + 200
        if size > self._client.max_payload:
            raise BadMessage(
                f"{envelope.kind} message of camera {envelope.camera_id}: got {size} bytes, expected at most "
                f"{self._client.max_payload}: send smaller pictures (size, JPEG quality) or raise max_payload of NATS"
            )

    def _next_id(self) -> str:
        self._published += 1
        return f"{self._publisher_id}-{self._published}"

    async def _send_live(self, envelope: Envelope) -> None:
        if self.connected:
            self._check_size(envelope)
            with suppress(Error):
                await self._client.publish(
                    subject(envelope.kind, envelope.camera_id), envelope.body, headers=dict(envelope.headers)
                )
                return
        self._unsent[envelope.kind] += 1

    async def _request_until_answered(self, envelope: Envelope) -> None:
        headers = {**envelope.headers, WAIT_HEADER: self._next_id()}
        where = subject(envelope.kind, envelope.camera_id)
        while True:
            await self._until_online()
            self._check_size(envelope)
            try:
                await self._client.request(
                    where, envelope.body, timeout=self._settings.resend_seconds, headers=dict(headers)
                )
            except NoRespondersError:
                await asyncio.sleep(RETRY_SECONDS)
            except ConnectionClosedError:
                raise BusClosed("the NATS connection was closed while a message waited for its answer") from None
            except (TimeoutError, Error):
                # Slow reader, dead reader or lost connection: ask again, the reader knows the message by its id.
                await asyncio.sleep(0)
            else:
                return

    async def _store(self, envelope: Envelope) -> None:
        """Publish to a stream until the server says that it has it."""
        headers = {**envelope.headers, "Nats-Msg-Id": envelope.message_id or self._next_id()}
        where = subject(envelope.kind, envelope.camera_id)
        while True:
            await self._until_online()
            self._check_size(envelope)
            try:
                await self._jetstream.publish(where, envelope.body, timeout=REQUEST_SECONDS, headers=dict(headers))
            except NoStreamResponseError:
                await self._make_streams_again()
            except ConnectionClosedError:
                raise BusClosed("the NATS connection was closed while a message was published") from None
            except APIError as error:
                _log.error("NATS stores nothing", kind=envelope.kind, reason=error.description)
                await asyncio.sleep(1.0)
            except (TimeoutError, Error):
                await asyncio.sleep(RETRY_SECONDS)
            else:
                return

    async def _make_streams_again(self) -> None:
        try:
            await make_streams(self._jetstream)
        except (TimeoutError, Error):
            await asyncio.sleep(RETRY_SECONDS)


def _tls_context(settings: NatsSettings) -> ssl.SSLContext | None:
    if not (settings.tls_ca or settings.tls_certificate or settings.url.startswith("tls://")):
        return None
    try:
        context = ssl.create_default_context(cafile=str(settings.tls_ca) if settings.tls_ca else None)
        if settings.tls_certificate:
            context.load_cert_chain(settings.tls_certificate, settings.tls_key)
    except OSError as error:
        raise SettingsError(
            f"SPOTTER_NATS_TLS_CA, _CERTIFICATE and _KEY: got files that cannot be used ({error}), expected PEM, and a "
            "key that belongs to the certificate and has no password"
        ) from None
    return context
