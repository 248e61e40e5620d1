"""What the code's settings are called and what they default to, for the tests of what sets them."""

from __future__ import annotations

from typing import Any

from pydantic_settings import BaseSettings

from services.bus.settings import NatsSettings
from services.classifier.settings import ClassifierSettings
from services.gateway.settings import GatewaySettings
from services.ingest.settings import IngestSettings
from services.pose.settings import PoseSettings
from services.runtime.logs import LogSettings

KINDS: tuple[type[BaseSettings], ...] = (
    IngestSettings,
    PoseSettings,
    ClassifierSettings,
    GatewaySettings,
    NatsSettings,
    LogSettings,
)

DEFAULTS: dict[str, Any] = {
    f"{kind.model_config['env_prefix']}{name}".upper(): field.default
    for kind in KINDS
    for name, field in kind.model_fields.items()
}
"""Environment variable -> what it is when unset."""

OTHERS = {
    "SPOTTER_SERVICE": "which service an image runs",
    "SPOTTER_DATA": "where tests find real footage",
    "SPOTTER_CAMERAS": "compose: the cameras",
    "SPOTTER_PORT": "compose: the dashboard's port on this machine",
    "SPOTTER_ACCESS_TOKEN": "compose: the dashboard's token",
}
"""Variables that are no setting of a service."""

PORTS = {
    "ingest": DEFAULTS["SPOTTER_INGEST_HEALTH_PORT"],
    "pose": DEFAULTS["SPOTTER_POSE_HEALTH_PORT"],
    "classifier": DEFAULTS["SPOTTER_CLASSIFIER_HEALTH_PORT"],
    "gateway": DEFAULTS["SPOTTER_GATEWAY_PORT"],
}
"""Service -> the port on which it answers /healthz."""
