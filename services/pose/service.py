"""Pose as a program of its own: frames in, display pictures and people out over NATS."""

from __future__ import annotations

import asyncio
import time

from services.bus.settings import NatsSettings
from services.pose.process import limit_threads
from services.pose.settings import PoseSettings
from services.pose.stage import PoseStage
from services.runtime import configure_logging, serve
from services.runtime.faults import explained


async def serve_pose(settings: PoseSettings, nats: NatsSettings) -> None:
    """Estimate poses until SIGTERM or SIGINT.

    Raises:
        ModelMismatch: a model is missing or was altered.
        SettingsError: a setting cannot work.
    """
    limit_threads(settings.threads)
    stage = PoseStage(settings, epoch=int(time.time()))
    await serve(stage, nats=nats, health_port=settings.health_port)


def main() -> int:
    """Run from the environment's settings; the exit status, 2 for settings that cannot work."""
    configure_logging()
    return explained("spotter pose", lambda: asyncio.run(serve_pose(PoseSettings(), NatsSettings())))
