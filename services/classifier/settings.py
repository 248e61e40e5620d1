"""Settings of the classifier service, from the environment (``SPOTTER_CLASSIFIER_*``)."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.classifier.model import DEFAULT_BUNDLE


class ClassifierSettings(BaseSettings):
    """Which model says what people do, and when somebody is gone."""

    model_config = SettingsConfigDict(env_prefix="SPOTTER_CLASSIFIER_")

    bundle: Path = Field(
        DEFAULT_BUNDLE,
        description="Folder with model.onnx and manifest.json. Another bundle knows other exercises and other clips.",
    )
    gone_seconds: float = Field(
        3.0,
        gt=0,
        le=60,
        description="A person unseen for so long is gone, and their set is closed. Shorter closes sets when somebody "
        "walks through the picture; longer closes them late.",
    )
    silent_seconds: float = Field(
        15.0,
        gt=0,
        le=600,
        description="A camera of which nothing is seen for so long is over for its people: their sets are closed. "
        "Shorter closes them sooner when a camera is unplugged; longer carries a set over a longer interruption.",
    )
    snapshot_seconds: float = Field(
        5.0,
        gt=0,
        le=30,
        description="How often what is known of a camera's people is kept, so that a restarted classifier goes on in "
        "the middle of a set. Shorter leaves less to do again; longer costs less. The bus keeps poses for a minute.",
    )
    health_port: int = Field(
        9103, ge=0, le=65535, description="TCP port of /healthz, /readyz and /metrics when it runs as a service."
    )
