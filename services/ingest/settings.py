"""Settings of ingest, from the environment (``SPOTTER_INGEST_*``), and the text that names the cameras."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from proto.subjects import IDENTIFIER
from services.core.errors import SettingsError
from services.ingest.address import redact
from services.ingest.sources import kind_of

EXPECTED = "expected cameras as id=address with a space between, such as: front=rtsp://10.0.0.5/stream bench=0"
ONCE = "#once"


@dataclass(frozen=True, slots=True)
class Camera:
    """One camera to read.

    Attributes:
        camera_id: its name in every message; matches ``[A-Za-z0-9_-]+``.
        address: where it is, of any kind in `services.ingest.sources`; may hold a password, so it is not shown.
        real_time: for files: play at the file's own speed; False gives its frames as fast as they are processed.
        loop: for files: start again at the end; False ends with the frame that ends a stream.
    """

    camera_id: str
    address: str = field(repr=False)
    real_time: bool = True
    loop: bool = True

    def __post_init__(self) -> None:
        """Refuse what can never work.

        Raises:
            SettingsError: a bad id, an empty address, one of no known kind. A file or device that is not there is
                no such case: it may come, and its camera is offline until then.
        """
        if not IDENTIFIER.fullmatch(self.camera_id):
            raise SettingsError(
                f"the camera's id {redact(self.camera_id)!r} has characters other than A-Z a-z 0-9 _ -; {EXPECTED}"
            )
        if not self.address:
            raise SettingsError(f"the camera {self.camera_id!r} has no address; {EXPECTED}")
        kind_of(self.address).check(self.address)


def parse_cameras(text: str) -> tuple[Camera, ...]:
    """Read ``front=rtsp://user:pass@host/stream bench=0 demo="my clip.mp4" test=clip.mp4#once gym=sim://demo-1``.

    ``#once`` after a file's path gives it once, as fast as it is processed; else it plays over and over in real time.

    Raises:
        SettingsError: the text, an id or an address cannot work, or an id comes twice.
    """
    lexer = shlex.shlex(text, posix=True)
    lexer.whitespace_split = True
    # Passwords may hold anything else.
    lexer.commenters, lexer.quotes, lexer.escape = "", '"', ""
    try:
        entries = list(lexer)
    except ValueError:
        entries = None
    if entries is None:
        raise SettingsError(f'a double quote (") in the list of cameras is not closed; {EXPECTED}')
    return distinct([_camera(entry) for entry in entries])


def distinct(cameras: Sequence[Camera]) -> tuple[Camera, ...]:
    """The cameras as they are.

    Raises:
        SettingsError: two have the same id.
    """
    seen: set[str] = set()
    for camera in cameras:
        if camera.camera_id in seen:
            raise SettingsError(f"the camera id {camera.camera_id!r} is given twice; give each camera an id of its own")
        seen.add(camera.camera_id)
    return tuple(cameras)


def _camera(entry: str) -> Camera:
    camera_id, equals, address = entry.partition("=")
    if not equals or "://" in camera_id:
        raise SettingsError(f"{redact(entry)!r} names no camera id; {EXPECTED}")
    once = address.endswith(ONCE)
    return Camera(camera_id, address.removesuffix(ONCE), real_time=not once, loop=not once)


class IngestSettings(BaseSettings):
    """Which cameras are read, and what is made of their pictures."""

    model_config = SettingsConfigDict(env_prefix="SPOTTER_INGEST_", hide_input_in_errors=True, frozen=True)

    cameras: Annotated[tuple[Camera, ...], NoDecode] = Field(
        default=(),
        description='The cameras, as text: front=rtsp://user:password@10.0.0.5/stream bench=0 demo="my clip.mp4".',
    )
    max_fps: float = Field(
        default=15.0,
        gt=0,
        le=240,
        description="Frames a second that are published of each camera at most. More follows fast movement better and "
        "costs CPU in proportion; below 8, quick repetitions blur.",
    )
    longest_side: int = Field(
        default=1280,
        ge=64,
        le=8192,
        description="Pixels on the longer side of a published frame; larger pictures are shrunk. More finds people "
        "farther away and places their keypoints better (a person 80 pixels tall: PCK@0.1 0.84, 130: 0.94), and costs "
        "bandwidth; 720p is given as it is.",
    )
    jpeg_quality: int = Field(
        default=85, ge=1, le=100, description="JPEG quality. Lower saves bandwidth and blurs keypoints."
    )
    max_bytes: int = Field(
        default=1_000_000,
        ge=1_000,
        description="A frame whose JPEG is larger is dropped and counted as oversized; keep it below the bus's "
        "max_payload (NATS: 1 MiB).",
    )
    stall_seconds: float = Field(
        default=3.0, gt=0, description="A live camera that gives no picture for so long is reported as stalled."
    )
    frozen_seconds: float = Field(
        default=10.0,
        ge=1,
        le=600,
        description="A live camera that shows one and the same picture for so long is reported as frozen, and its "
        "frames are held back until it moves. Less finds out sooner that nobody is resting there; more than the time "
        "between two key pictures of the camera (mostly 1 to 4 s) keeps an empty, quiet room from being taken for it.",
    )
    silence_seconds: float = Field(
        default=10.0, gt=0, description="A live camera that gives nothing for so long is closed and opened again."
    )
    open_seconds: float = Field(
        default=5.0, gt=0, description="How long opening a camera may take before it counts as a timeout."
    )
    state_seconds: float = Field(
        default=5.0, gt=0, description="How often each camera's state is published when nothing changes."
    )
    health_port: int = Field(
        default=9101, ge=0, le=65535, description="Port of /healthz, /readyz and /metrics; 0 takes any free one."
    )

    @field_validator("cameras", mode="before")
    @classmethod
    def _parsed(cls, value: object) -> object:
        return parse_cameras(value) if isinstance(value, str) else value

    @field_validator("cameras")
    @classmethod
    def _distinct(cls, value: tuple[Camera, ...]) -> tuple[Camera, ...]:
        return distinct(value)
