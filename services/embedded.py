"""Every stage in one process over `MemoryBus`: the whole of Spotter on a laptop. Read this first.

    IngestProducer --Frame--> PoseStage --PoseFrame--> ClassifierStage --events--> GatewayStage --> browser
                                        |                             <-commands--
                                        `--Picture--------------------------------^

The same stages run as four services over NATS (`services/*/service.py`). Two things differ: the bus, and that frames
are pixels here and JPEG there.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from services.bus import Kind
from services.bus.memory import MemoryBus
from services.classifier.settings import ClassifierSettings
from services.classifier.stage import ClassifierStage
from services.gateway.service import serve_gateway
from services.gateway.settings import GatewaySettings
from services.gateway.stage import GatewayStage
from services.ingest.settings import IngestSettings
from services.ingest.stage import IngestProducer
from services.pose.process import limit_threads
from services.pose.settings import PoseSettings
from services.pose.stage import PoseStage
from services.runtime import run


@dataclass(frozen=True, slots=True)
class EmbeddedSettings:
    """The settings of all four services, each as when it runs alone."""

    ingest: IngestSettings = field(default_factory=IngestSettings)
    pose: PoseSettings = field(default_factory=PoseSettings)
    classifier: ClassifierSettings = field(default_factory=ClassifierSettings)
    gateway: GatewaySettings = field(default_factory=GatewaySettings)


async def run_embedded(settings: EmbeddedSettings, started: Callable[[str], None]) -> None:
    """Run until cancelled.

    Args:
        settings: of all four services.
        started: told the dashboard's address once it can be opened.

    Raises:
        SettingsError: a setting cannot work (a taken port, a bad camera).
        ModelMismatch: a model file is missing or altered.
    """
    limit_threads(settings.pose.threads)
    gateway = GatewayStage()
    pose = PoseStage(
        settings.pose,
        epoch=int(time.time()),
        watched=lambda camera_id: gateway.hub.watched(Kind.PICTURES, camera_id),
    )
    classifier = ClassifierStage(settings.classifier)
    ingest = IngestProducer(settings.ingest, raw=True)
    async with MemoryBus() as bus, asyncio.TaskGroup() as group:
        # Readers first, so that the first frame already finds them.
        group.create_task(serve_gateway(settings.gateway, bus, stage=gateway, started=started), name="gateway")
        group.create_task(run(classifier, bus), name="classifier")
        group.create_task(run(pose, bus), name="pose")
        group.create_task(run(ingest, bus), name="ingest")
