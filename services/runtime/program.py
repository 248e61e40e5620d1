"""A stage or a producer as a program: on NATS, asked for its health, stopped by a signal."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from contextlib import suppress
from typing import Final

import structlog

from services.bus import BusClosed, BusUnavailable
from services.bus.nats import NatsBus
from services.bus.settings import NatsSettings
from services.core.stage import Producer, Producers, Stage
from services.runtime.health import Health, health_server
from services.runtime.loop import run

SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
"""What ends a service: the orchestrator's word, and Ctrl-C."""

_log = structlog.get_logger(__name__)


async def serve(worker: Stage | Producer | Producers, *, nats: NatsSettings, health_port: int) -> None:
    """Run a worker on NATS until a signal, and drain; or until a producer has no more.

    Without a server it keeps looking for one and says in the log, and at /readyz, that it is not ready.

    Args:
        worker: what this service does.
        nats: where the server is.
        health_port: where /healthz, /readyz and /metrics answer; 0 takes any free port.

    Raises:
        SettingsError: the health port is taken.
        BusUnavailable: NATS closed the connection for good, for instance because we are no longer let in.
    """
    async with NatsBus(nats, name=worker.name, patient=True) as bus:
        health = Health(worker.name, lambda: "" if bus.connected else "NATS is away")
        async with health_server(health, health_port) as port:
            _log.info("started", service=worker.name, health_port=port)
            await until_signalled(_run_while_open(worker, bus))
            _log.info("stopped", service=worker.name)


async def until_signalled(work: Coroutine[None, None, None]) -> None:
    """Await work, and cancel it at SIGTERM or SIGINT; being cancelled so counts as a normal end."""
    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(work)
    signalled = False

    def stop(number: signal.Signals) -> None:
        nonlocal signalled
        signalled = True
        _log.info("stopping", signal=number.name)
        task.cancel()

    for number in SIGNALS:
        loop.add_signal_handler(number, stop, number)
    try:
        await task
    except asyncio.CancelledError:
        if not signalled:
            raise
    finally:
        for number in SIGNALS:
            loop.remove_signal_handler(number)


async def _run_while_open(worker: Stage | Producer | Producers, bus: NatsBus) -> None:
    """Run the worker; a stage has no end of its own, so when it ends, or something could not be sent, the bus did."""
    with suppress(BusClosed):
        await run(worker, bus)
        if not isinstance(worker, Stage):
            return
    raise BusUnavailable("NATS closed the connection for good: look at the server's log for the reason")
