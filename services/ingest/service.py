"""Ingest as a program of its own: cameras in, frames and camera states out over NATS."""

from __future__ import annotations

import asyncio

from services.bus.settings import NatsSettings
from services.ingest.settings import IngestSettings
from services.ingest.stage import IngestProducer
from services.runtime import configure_logging, serve
from services.runtime.faults import explained


async def serve_ingest(settings: IngestSettings, nats: NatsSettings) -> None:
    """Read the cameras until SIGTERM or SIGINT.

    Raises:
        SettingsError: a setting cannot work, or no camera is named.
    """
    await serve(IngestProducer(settings), nats=nats, health_port=settings.health_port)


def main() -> int:
    """Run from the environment's settings; the exit status, 2 for settings that cannot work."""
    configure_logging()
    return explained("spotter ingest", lambda: asyncio.run(serve_ingest(IngestSettings(), NatsSettings())))
