"""Classifier as a program of its own: poses in, predictions, sets, repetitions and cues out over NATS."""

from __future__ import annotations

import asyncio

from services.bus.settings import NatsSettings
from services.classifier.resumable import ResumableClassifier
from services.classifier.settings import ClassifierSettings
from services.runtime import configure_logging, serve
from services.runtime.faults import explained


async def serve_classifier(settings: ClassifierSettings, nats: NatsSettings) -> None:
    """Say what people do until SIGTERM or SIGINT.

    Raises:
        ModelMismatch: the model bundle is missing, altered or made for something else.
        SettingsError: a setting cannot work.
    """
    await serve(ResumableClassifier(settings), nats=nats, health_port=settings.health_port)


def main() -> int:
    """Run from the environment's settings; the exit status, 2 for settings or models that cannot work."""
    configure_logging()
    return explained("spotter classifier", lambda: asyncio.run(serve_classifier(ClassifierSettings(), NatsSettings())))
