"""Settings of the pose service, from the environment (``SPOTTER_POSE_*``)."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from proto.subjects import IDENTIFIER
from services.core.errors import SettingsError
from services.core.stations import Station, parse_stations
from services.core.stations import distinct as distinct_stations


class Backend(StrEnum):
    """What estimates poses."""

    BLAZEPOSE = "blazepose"
    MEDIAPIPE = "mediapipe"


class Runtime(StrEnum):
    """What runs BlazePose's models."""

    AUTO = "auto"
    ONNXRUNTIME = "onnxruntime"
    OPENVINO = "openvino"


class PoseSettings(BaseSettings):
    """How people are found and followed."""

    model_config = SettingsConfigDict(env_prefix="SPOTTER_POSE_", hide_input_in_errors=True, frozen=True)

    backend: Backend = Field(
        Backend.BLAZEPOSE,
        description="blazepose (ONNX Runtime) or mediapipe (Google's library, to compare with; installed separately). "
        "They run the same models; mediapipe takes about twice the CPU and memory.",
    )
    runtime: Runtime = Field(
        Runtime.AUTO,
        description="What runs blazepose's models. auto: OpenVINO in bf16 where it is installed, the CPU has bf16, and "
        "measuring at start-up finds it faster (1.6 times as many people, keypoints less exact), else ONNX Runtime in "
        "fp32. onnxruntime: that in fp32 wherever it runs. openvino: that or no start; bf16 where the CPU has it, else "
        "fp32.",
    )
    models: Path | None = Field(
        None,
        description="Folder with the fetched pose models. Unset: ~/.cache/spotter/models.",
    )
    wheel: Path | None = Field(
        None,
        description="The mediapipe 0.10.21 wheel as a file, from which `spotter models fetch` takes the models on a "
        "machine without a package index. Unset: pip downloads it.",
    )
    max_people: int = Field(
        10,
        ge=1,
        le=20,
        description="How many people of one camera are followed at once. Each look at one costs about 6 ms of CPU; the "
        "surest are kept.",
    )
    priority: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Camera ids with spaces between, the most important first, for when there is too little CPU: after "
        "everybody is looked at less often, the least important cameras are paused one by one. Their pictures are "
        "shown, their people are not seen. Cameras not named here come after these, by name.",
    )
    stations: Annotated[tuple[Station, ...], NoDecode] = Field(
        (),
        description="Places where people exercise, as camera/station=x,y;x,y;x,y with spaces between, each corner 0-1 "
        "of the picture's width and height: front/bench-1=0.10,0.20;0.40,0.20;0.40,0.90;0.10,0.90. Drawn closely "
        "around where somebody stands or lies, it finds people there who are too small to be found elsewhere, and "
        "everybody sooner; all of them together take a third of the looks or more from the rest of the picture. "
        "For blazepose only.",
    )
    threads: int = Field(
        1,
        ge=1,
        le=64,
        description="Threads for each model. More answer a single camera sooner and cost about half as much CPU "
        "again; for more cameras run more processes instead.",
    )
    health_port: int = Field(
        9102, ge=0, le=65535, description="TCP port of /healthz, /readyz and /metrics when it runs as a service."
    )

    @field_validator("stations", mode="before")
    @classmethod
    def _parsed(cls, value: object) -> object:
        try:
            return parse_stations(value) if isinstance(value, str) else value
        except SettingsError as error:
            raise SettingsError(f"SPOTTER_POSE_STATIONS: {error}") from error

    @field_validator("stations")
    @classmethod
    def _distinct_stations(cls, value: tuple[Station, ...]) -> tuple[Station, ...]:
        return distinct_stations(value)

    @field_validator("priority", mode="before")
    @classmethod
    def _ids(cls, value: object) -> object:
        return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value

    @field_validator("priority")
    @classmethod
    def _distinct(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for camera_id in value:
            if not IDENTIFIER.fullmatch(camera_id) or value.count(camera_id) > 1:
                raise ValueError(f"got {camera_id!r}; expected camera ids, each once, such as: rack-1 bench floor")
        return value
