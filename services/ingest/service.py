"""Ingest as a program of its own: cameras in, frames and camera states out over NATS."""

from __future__ import annotations

import asyncio
import sys

from pydantic import ValidationError

from services.bus.settings import NatsSettings
from services.core.errors import SettingsError
from services.ingest.settings import IngestSettings
from services.ingest.stage import IngestProducer
from services.runtime import configure_logging, serve


async def serve_ingest(settings: IngestSettings, nats: NatsSettings) -> None:
    """Read the cameras until SIGTERM or SIGINT.

    Raises:
        SettingsError: a setting cannot work, or no camera is named.
    """
    await serve(IngestProducer(settings), nats=nats, health_port=settings.health_port)


def main() -> int:
    """Run from the environment's settings; the exit status, 2 for settings that cannot work."""
    configure_logging()
    try:
        asyncio.run(serve_ingest(IngestSettings(), NatsSettings()))
    except (SettingsError, ValidationError) as error:
        sys.stderr.write(f"spotter ingest: {error}\n")
        return 2
    return 0
