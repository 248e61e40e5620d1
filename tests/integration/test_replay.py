"""The same poses and commands give the same events, to the byte: at once, over the memory bus, over NATS, and again."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from proto.subjects import Kind
from services.bus import Bus, Subscription
from services.bus.codec import encode
from services.bus.memory import MemoryBus
from services.bus.nats import NatsBus
from services.bus.settings import NatsSettings
from services.classifier.settings import ClassifierSettings
from services.classifier.stage import ClassifierStage
from services.core.types import NANOSECONDS, Command, PoseFrame, ResetCount, TellLoad
from services.runtime import run
from services.simulator import open_scene
from tests.fakes import pose_frame

FPS = 15
KNOCK = "knock"
SECONDS = 24


@pytest.fixture(scope="module")
def poses() -> list[PoseFrame]:
    """Two people at work, as true keypoints, to the end of the stream."""
    scene = open_scene("squat,biceps_curl?seed=2&view=30&tempo=2&reps=4&rest=10")
    frames = [scene.pose_frame(number / FPS) for number in range(SECONDS * FPS)]
    return [*frames, PoseFrame(frames[0].camera_id, len(frames), SECONDS * NANOSECONDS, 0, 0, (), end_of_stream=True)]


@pytest.fixture(scope="module")
def commands(poses: list[PoseFrame]) -> list[Command]:
    """Each person's load, and a count begun anew in the middle of both sets."""
    tracks = [pose.track_id for pose in poses[0].people]
    asked: list[Command] = []
    for number, track in enumerate(tracks):
        who = {"camera_id": poses[0].camera_id, "track_id": track}
        load_at, reset_at = poses[30 + number].captured_at, poses[90 + 7 * number].captured_at
        asked.append(TellLoad(**who, command_id=f"load-{number}", captured_at=load_at, kilograms=20.0 + number))
        asked.append(ResetCount(**who, command_id=f"reset-{number}", captured_at=reset_at))
    return asked


@pytest.fixture(scope="module")
def expected(poses: list[PoseFrame], commands: list[Command]) -> list[bytes]:
    """The events that the stage returns when it is simply called, each command after its frame."""
    stage = ClassifierStage(ClassifierSettings())
    bodies = []
    for frame in poses:
        due = [] if frame.end_of_stream else [one for one in commands if one.captured_at == frame.captured_at]
        bodies += [encode(event).body for message in (frame, *due) for event in stage.process(message)]
    return bodies


@contextlib.asynccontextmanager
async def bus_of(kind: str, settings: NatsSettings) -> AsyncIterator[Bus]:
    if kind == "memory":
        async with MemoryBus() as memory:
            yield memory
    else:
        async with NatsBus(settings, name="test") as nats:
            yield nats


async def knock(bus: Bus, answered: asyncio.Event) -> None:
    """Send somebody past a camera of its own until the stage says that they left: then it reads."""
    for number in range(100):
        await bus.publish(encode(pose_frame(2 * number, KNOCK)))
        await bus.publish(encode(replace(pose_frame(2 * number + 1, KNOCK), people=(), end_of_stream=True)))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.2):
                await answered.wait()
                return
    raise AssertionError("the stage does not read")


async def collected(events: Subscription, count: int, answered: asyncio.Event) -> list[bytes]:
    """The first so many events, but for the answers to knocks."""
    bodies: list[bytes] = []
    async for envelope in events:
        await events.done(envelope)
        if envelope.camera_id == KNOCK:
            answered.set()
            continue
        bodies.append(envelope.body)
        if len(bodies) == count:
            break
    return bodies


@pytest.mark.parametrize("kind", ["memory", "nats"])
async def test_events_do_not_depend_on_the_bus(
    kind: str, nats_settings: NatsSettings, poses: list[PoseFrame], commands: list[Command], expected: list[bytes]
) -> None:
    assert any(b'"rep"' in body for body in expected)
    assert sum(b'"set_ended"' in body for body in expected) >= 4
    assert any(b'"load_kg":20.0' in body for body in expected)
    async with bus_of(kind, nats_settings) as bus:
        events = await bus.subscribe(Kind.EVENTS)
        stage = asyncio.create_task(run(ClassifierStage(ClassifierSettings()), bus))
        answered = asyncio.Event()
        heard = asyncio.create_task(collected(events, len(expected), answered))
        await knock(bus, answered)
        # Twice, and before their time: both readers have nothing but event time to go by.
        for command in (*commands, *commands):
            await bus.publish(encode(command))
        for frame in poses:
            await bus.publish(encode(frame))
        async with asyncio.timeout(20):
            got = await heard
        stage.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await stage
    assert got == expected


def test_a_second_run_gives_the_same_events(
    poses: list[PoseFrame], commands: list[Command], expected: list[bytes]
) -> None:
    stage = ClassifierStage(ClassifierSettings())
    replayed = [encode(event).body for message in (*commands, *poses) for event in stage.process(message)]
    assert replayed == expected
