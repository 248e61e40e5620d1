"""Classifier as a program of its own: poses in, predictions, sets, repetitions and cues out over NATS."""

from __future__ import annotations

import asyncio
import sys

from pydantic import ValidationError

from services.bus import BusUnavailable
from services.bus.settings import NatsSettings
from services.classifier.settings import ClassifierSettings
from services.classifier.stage import ClassifierStage
from services.core.errors import ModelMismatch, SettingsError
from services.runtime import configure_logging, serve


async def serve_classifier(settings: ClassifierSettings, nats: NatsSettings) -> None:
    """Say what people do until SIGTERM or SIGINT.

    Raises:
        ModelMismatch: the model bundle is missing, altered or made for something else.
        SettingsError: a setting cannot work.
    """
    await serve(ClassifierStage(settings), nats=nats, health_port=settings.health_port)


def main() -> int:
    """Run from the environment's settings; the exit status, 2 for settings or models that cannot work."""
    configure_logging()
    try:
        asyncio.run(serve_classifier(ClassifierSettings(), NatsSettings()))
    except (SettingsError, ModelMismatch, ValidationError) as error:
        sys.stderr.write(f"spotter classifier: {error}\n")
        return 2
    except BusUnavailable as error:
        sys.stderr.write(f"spotter classifier: {error}\n")
        return 1
    return 0
