r"""Take a message, process it, publish what comes out.

    bus --Envelope--> decode --Message--> stage.process --Messages--> encode --Envelope--> bus
                        |                     |                                             |
                        '---- BadMessage -----'---> counted, logged once a minute, dropped  '--> done(): the next one

A stage processes one message at a time, in order. A blocking one does so on a thread of its own, so the event loop
stays free. A message is done only when all that came of it is published: what a crash interrupts is given again.
A producer is asked for its next message only when the last one is published, so newest-wins begins at the source: while
the bus is slow, a live camera keeps replacing its newest frame, and a file stands still.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Coroutine, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, aclosing
from dataclasses import replace
from typing import Final

import structlog

from services.bus import Bus, Envelope, Kind, Subscription
from services.bus.codec import decode, encode, kinds_of
from services.core.errors import BadMessage
from services.core.stage import Producer, Producers, Resumable, Stage
from services.core.types import NANOSECONDS, Message, Snapshot
from services.runtime.metrics import Metrics, process_metrics

DRAIN_SECONDS: Final = 5.0
"""How long the message in hand, and what is still open, may take to be published once the loop is cancelled."""
BAD_LOG_SECONDS: Final = 60.0
"""At most one line per kind in this time says that messages are bad; the counter counts all."""
OLDEST_LIVE_SECONDS: Final = 3600.0
"""An age beyond this is a file's presentation time, not that of a live camera."""

_log = structlog.get_logger(__name__)


async def run(worker: Stage | Producer | Producers, bus: Bus) -> None:
    """Drive a stage or a producer until it is cancelled, the bus is closed, or the producer has no more.

    When a stage is cancelled it drains: the message in hand is finished, what `Stage.close` returns is published, and
    only then its subscriptions are given up.
    """
    publisher = _Publisher(worker.name, bus, process_metrics())
    match worker:
        case Stage():
            await _StageLoop(worker, bus, publisher).run()
        case Producers():
            await _together([(producer.name, _run_producer(producer, publisher)) for producer in worker.producers()])
        case Producer():
            await _run_producer(worker, publisher)
        case _:
            raise TypeError(f"got a {type(worker).__name__}, expected a Stage, a Producer or Producers, all of it")


async def _run_producer(producer: Producer, publisher: _Publisher) -> None:
    messages = producer.produce()
    async with AsyncExitStack() as stack:
        if isinstance(messages, AsyncGenerator):
            await stack.enter_async_context(aclosing(messages))
        async for message in messages:
            await publisher.publish(message)


class _Publisher:
    """Encodes and publishes the messages of one worker, and counts them."""

    def __init__(self, service: str, bus: Bus, metrics: Metrics) -> None:
        self._service = service
        self._bus = bus
        self.metrics = metrics
        self._bad_logged: dict[Kind, float] = {}
        self._unsent: dict[Kind, int] = {}

    async def publish(self, message: Message) -> None:
        envelope = encode(message, within_process=self._bus.within_process)
        try:
            await self._bus.publish(envelope)
        except BadMessage as error:
            self.count_bad(envelope.kind, error)
            return
        self.metrics.published.labels(self._service, envelope.kind).inc()
        unsent = self._bus.unsent.get(envelope.kind, 0)
        self.count_dropped(envelope.kind, "bus away", unsent - self._unsent.get(envelope.kind, 0))
        self._unsent[envelope.kind] = unsent

    def count_bad(self, kind: Kind, error: BadMessage) -> None:
        self.metrics.bad.labels(self._service, kind).inc()
        now = time.monotonic()
        if now - self._bad_logged.get(kind, -BAD_LOG_SECONDS) >= BAD_LOG_SECONDS:
            self._bad_logged[kind] = now
            _log.warning("bad message dropped", service=self._service, kind=kind, reason=str(error))

    def count_dropped(self, kind: Kind, cause: str, count: int) -> None:
        if count > 0:
            self.metrics.dropped.labels(self._service, kind, cause).inc(count)


class _StageLoop:
    """One stage, its subscriptions and its thread."""

    def __init__(self, stage: Stage, bus: Bus, publisher: _Publisher) -> None:
        self._stage = stage
        self._bus = bus
        self._publisher = publisher
        self._metrics = publisher.metrics
        self._kinds = tuple(dict.fromkeys(kind for consumed in stage.consumes for kind in kinds_of(consumed)))
        self._one_at_a_time = asyncio.Lock()
        self._places: dict[str, str] = {}
        self._thread: ThreadPoolExecutor | None = None

    async def run(self) -> None:
        async with AsyncExitStack() as stack:
            if self._stage.blocking:
                self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=self._stage.name)
                stack.callback(self._thread.shutdown, wait=False)
            subscriptions = []
            after = await self._resume(self._stage) if isinstance(self._stage, Resumable) else None
            for kind in self._kinds:
                subscription = await self._bus.subscribe(kind, durable=self._stage.name, after=after)
                stack.push_async_callback(subscription.close)
                subscriptions.append((kind, subscription))
            readers = [(f"{self._stage.name} reads {kind}", self._read(kind, one)) for kind, one in subscriptions]
            try:
                await _together(readers)
            except asyncio.CancelledError:
                try:
                    # Nobody cancels a second time: while the bus is away, events would wait for it for ever.
                    async with asyncio.timeout(DRAIN_SECONDS):
                        await self._close()
                except TimeoutError:
                    _gave_up()
                raise
            await self._close()

    async def _resume(self, stage: Resumable) -> list[str]:
        """Give a stage what is kept of it; the places in the stream of poses from which it goes on."""
        for envelope in await self._bus.retained(Kind.SNAPSHOTS):
            try:
                snapshot = decode(envelope)
                if isinstance(snapshot, Snapshot) and stage.resume(snapshot):
                    # Kept for a snapshot that is given before the first frame of the camera.
                    self._places[snapshot.camera_id] = snapshot.place
            except BadMessage as error:
                self._publisher.count_bad(envelope.kind, error)
        return list(self._places.values())

    async def _read(self, kind: Kind, subscription: Subscription) -> None:
        dropped = 0
        async for envelope in subscription:
            self._publisher.count_dropped(kind, "newer frame", subscription.dropped - dropped)
            dropped = subscription.dropped
            await _within_drain_time(self._handle(subscription, envelope))

    async def _handle(self, subscription: Subscription, envelope: Envelope) -> None:
        self._metrics.taken.labels(self._stage.name, envelope.kind).inc()
        try:
            message = decode(envelope)
            if isinstance(message, self._stage.consumes):
                async with self._one_at_a_time:
                    results = await self._process(envelope.kind, message)
                    if envelope.place:
                        self._places[envelope.camera_id] = envelope.place
                    await self._publish(results)
        except BadMessage as error:
            self._publisher.count_bad(envelope.kind, error)
        await subscription.done(envelope)

    async def _process(self, kind: Kind, message: Message) -> Iterable[Message]:
        captured_at = getattr(message, "captured_at", 0)
        age = time.time() - captured_at / NANOSECONDS
        if abs(age) < OLDEST_LIVE_SECONDS:
            self._metrics.age.labels(self._stage.name, kind).observe(max(age, 0.0))
        with self._metrics.seconds.labels(self._stage.name, kind).time():
            if self._thread is None:
                return list(self._stage.process(message))
            # A generator's body must run on the thread too, hence the list.
            return await asyncio.get_running_loop().run_in_executor(
                self._thread, lambda: list(self._stage.process(message))
            )

    async def _close(self) -> None:
        async with self._one_at_a_time:
            if self._thread is None:
                last = list(self._stage.close())
            else:
                last = await asyncio.get_running_loop().run_in_executor(self._thread, lambda: list(self._stage.close()))
            await self._publish(last)

    async def _publish(self, results: Iterable[Message]) -> None:
        for result in results:
            await self._publisher.publish(self._placed(result) if isinstance(result, Snapshot) else result)

    def _placed(self, snapshot: Snapshot) -> Snapshot:
        return replace(snapshot, place=self._places.get(snapshot.camera_id, ""))


async def _together(loops: Iterable[tuple[str, Coroutine[None, None, None]]]) -> None:
    """Run loops side by side, each as a task of its name; the first error ends them all and is raised as it is."""
    try:
        async with asyncio.TaskGroup() as group:
            for name, loop in loops:
                group.create_task(loop, name=name)
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None


async def _within_drain_time(work: Coroutine[None, None, None]) -> None:
    """Await work that a cancellation may not tear in two: it has `DRAIN_SECONDS` more from then on."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        _, late = await asyncio.wait({task}, timeout=DRAIN_SECONDS)
        if late:
            task.cancel()
            await asyncio.wait({task})
            _gave_up()
        elif not task.cancelled():
            task.result()
        raise


def _gave_up() -> None:
    _log.warning("gave up what was in hand", drain_seconds=DRAIN_SECONDS)
