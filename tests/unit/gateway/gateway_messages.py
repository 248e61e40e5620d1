"""Messages and a running gateway for the gateway's tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import orjson
from websockets.asyncio.client import ClientConnection, connect

from services.core.errors import Cause
from services.core.types import (
    NANOSECONDS,
    CameraState,
    Command,
    FormCue,
    Hold,
    Picture,
    PlacementHint,
    Pose,
    PoseFrame,
    Prediction,
    Rep,
    SetEnded,
    SetStarted,
    Status,
    TellLoad,
    TrackEnded,
)
from services.gateway.app import create_app
from services.gateway.server import GatewayServer
from services.gateway.settings import GatewaySettings
from services.gateway.stage import GatewayStage

START = 1_700_000_000 * NANOSECONDS
TRACK = "1-1"


def at(seconds: float) -> int:
    return START + round(seconds * NANOSECONDS)


def picture(frame_id: int = 0, *, camera_id: str = "front", jpeg: bytes = b"\xff\xd8jpeg\xff\xd9") -> Picture:
    return Picture(camera_id, frame_id, at(frame_id / 15), 640, 360, jpeg)


def pose_frame(frame_id: int = 0, *tracks: str, camera_id: str = "front") -> PoseFrame:
    people = tuple(
        Pose(
            track,
            np.array([0.25, 0.125, 0.5, 0.875], np.float32),
            0.9,
            np.full((33, 3), 0.5, np.float32),
            np.ones(33, np.float32),
            np.zeros((33, 3), np.float32),
        )
        for track in tracks
    )
    return PoseFrame(camera_id, frame_id, at(frame_id / 15), 640, 360, people)


def camera_state(status: Status = Status.ONLINE, *, camera_id: str = "front", seconds: float = 0, **more: Any) -> Any:
    if status is Status.OFFLINE:
        more = {"cause": Cause.AUTH, "detail": "the camera answered 401", "reconnects": 3, **more}
    more = {"fps": 15.0, "dropped": {"stale": 2}, **more}
    return CameraState(camera_id=camera_id, source="rtsp", status=status, at=at(seconds), **more)


def _base(seconds: float, event_id: str, track_id: str, revision: int) -> dict[str, Any]:
    return {
        "camera_id": "front",
        "track_id": track_id,
        "event_id": event_id,
        "captured_at": at(seconds),
        "revision": revision,
    }


def set_started(
    seconds: float = 1, *, exercise: str = "squat", set_id: str = "set1", track: str = TRACK, revision: int = 0
):
    return SetStarted(**_base(seconds, set_id, track, revision), exercise=exercise, start=at(seconds))


def rep(
    number: int,
    *,
    set_id: str = "set1",
    exercise: str = "squat",
    counted: bool = True,
    track: str = TRACK,
    revision: int = 0,
    **more: Any,
):
    return Rep(
        **_base(2 + number, f"{set_id}-rep{number}", track, revision),
        set_id=set_id,
        exercise=exercise,
        number=number,
        start=at(1 + number),
        end=at(2 + number),
        range_of_motion=0.9,
        counted=counted,
        **more,
    )


def hold(seconds: float, *, held: float | None = None, breaks: int = 0, revision: int = 0, set_id: str = "set1"):
    """A hold that began at 1 s and has lasted until now."""
    return Hold(
        **_base(seconds, f"{set_id}-hold", TRACK, revision), set_id=set_id, exercise="plank", start=at(1),
        end=at(seconds), held_seconds=held, breaks=breaks,
    )  # fmt: skip


def placement_hint(seconds: float = 2, *, hint: str = "turn_sideways", active: bool = True, revision: int = 0):
    return PlacementHint(
        **_base(seconds, f"hint-{hint}", TRACK, revision), exercise="squat", hint=hint, message="Turn sideways",
        start=at(2), active=active,
    )  # fmt: skip


def tell_load(kilograms: float, seconds: float = 1, *, track: str = TRACK):
    return TellLoad(
        camera_id="front", track_id=track, command_id=f"load-{seconds}-{kilograms}", captured_at=at(seconds),
        kilograms=kilograms,
    )  # fmt: skip


def form_cue(number: int = 1, *, set_id: str = "set1", message: str = "Go a little deeper", track: str = TRACK):
    return FormCue(
        **_base(2 + number, f"{set_id}-cue{number}", track, 0),
        set_id=set_id,
        exercise="squat",
        fault="depth",
        severity="medium",
        message=message,
        rep=number,
        at=at(2 + number),
    )


def set_ended(
    reps: int, *, exercise: str = "squat", set_id: str = "set1", track: str = TRACK, revision: int = 0, **more: Any
):
    return SetEnded(
        **_base(30, f"{set_id}-end", track, revision),
        set_id=set_id,
        exercise=exercise,
        start=at(1),
        end=at(2 + reps),
        reps=reps,
        confidence=0.93,
        rep_times=tuple((at(1 + n), at(2 + n)) for n in range(1, reps + 1)),
        **more,
    )


def prediction(seconds: float, label: str = "squat", confidence: float = 0.9, *, track: str = TRACK):
    return Prediction(
        **_base(seconds, f"{track}-prediction{seconds}", track, 0),
        label=label,
        confidence=confidence,
        probabilities={label: confidence},
        start=at(seconds - 2),
        end=at(seconds),
    )


def track_ended(seconds: float = 40, track: str = TRACK):
    return TrackEnded(**_base(seconds, f"{track}-gone", track, 0), first=at(0), last=at(seconds))


@dataclass(frozen=True)
class Running:
    """A gateway that listens on a free port, on a bus that gives it its own commands and keeps them for the test."""

    stage: GatewayStage
    server: GatewayServer
    commands: list[Command] = field(default_factory=list)

    @property
    def address(self) -> str:
        return self.server.address

    @asynccontextmanager
    async def socket(self, **options: Any) -> AsyncIterator[ClientConnection]:
        """A connected client that has heard the greeting."""
        async with connect(self.address.replace("http", "ws") + "/ws", **options) as socket:
            assert (await told(socket))["type"] == "hello"
            yield socket

    @asynccontextmanager
    async def subscribed(self, *kinds: str, cameras: Any = "*", **options: Any) -> AsyncIterator[ClientConnection]:
        """A subscribed client that has heard the state."""
        async with self.socket(**options) as socket:
            await say(socket, type="subscribe", cameras=cameras, kinds=list(kinds))
            assert (await told(socket))["type"] == "state"
            yield socket


@asynccontextmanager
async def running_gateway(
    *, port: int = 0, ping_seconds: float = 5.0, ready: Callable[[], bool] = lambda: True, **settings: Any
) -> AsyncIterator[Running]:
    stage = GatewayStage()
    commands: list[Command] = []

    async def publish(command: Command) -> None:
        commands.append(command)
        stage.process(command)

    options = GatewaySettings(port=port, **settings)
    app = create_app(stage, options, ready=ready, publish=publish)
    async with GatewayServer(app, options, ping_seconds=ping_seconds) as server:
        yield Running(stage, server, commands)


async def say(socket: ClientConnection, **message: Any) -> None:
    await socket.send(orjson.dumps(message).decode())


async def told(socket: ClientConnection) -> Any:
    """The next message: a dict, or bytes of a picture."""
    message = await asyncio.wait_for(socket.recv(), 10)
    return orjson.loads(message) if isinstance(message, str) else message


async def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    """Wait for a condition of the server's side."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 (what is waited for has no event)
            await asyncio.sleep(0.01)
