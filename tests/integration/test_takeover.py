"""A classifier that is killed in the middle of a set, with NATS in between: one set, no repetition lost or doubled."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import pytest

from proto.subjects import Kind
from services.bus import Subscription
from services.bus.codec import decode, encode
from services.bus.memory import MemoryBus
from services.bus.nats import NatsBus
from services.bus.nats_server import free_port
from services.bus.settings import NatsSettings
from services.classifier.resumable import ResumableClassifier
from services.classifier.settings import ClassifierSettings
from services.classifier.stage import ClassifierStage
from services.core.types import Event, PoseFrame, Rep, ResetCount, SetEnded, Snapshot
from services.runtime import run
from tests.golden.replay import recording
from tests.programs import Program, program

FRAMES = list(recording("squat_5"))
CUT = 90
"""So many frames until the kill, in the middle of the third squat of five."""


@pytest.fixture(scope="module")
def expected() -> list[Event]:
    stage = ClassifierStage(ClassifierSettings())
    return [one for frame in FRAMES for one in stage.process(frame) if isinstance(one, Event)]


async def read(events: Subscription, got: list[Event], last: Event) -> None:
    async for envelope in events:
        await events.done(envelope)
        event = decode(envelope)
        assert isinstance(event, Event)
        got.append(event)
        if event == last:
            return


async def next_snapshot(snapshots: Subscription) -> Snapshot:
    envelope = await anext(aiter(snapshots))
    await snapshots.done(envelope)
    snapshot = decode(envelope)
    assert isinstance(snapshot, Snapshot)
    return snapshot


async def seen(snapshots: Subscription, frame: PoseFrame) -> Snapshot:
    """Wait until a snapshot is as new as a frame."""
    while True:
        snapshot = await next_snapshot(snapshots)
        if snapshot.captured_at >= frame.captured_at:
            return snapshot


async def cancelled(running: asyncio.Task[None]) -> None:
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


def started(folder: Path, name: str, settings: NatsSettings) -> contextlib.AbstractContextManager[Program]:
    env = {
        "SPOTTER_NATS_URL": settings.url,
        "SPOTTER_CLASSIFIER_HEALTH_PORT": str(free_port()),
        "SPOTTER_CLASSIFIER_SNAPSHOT_SECONDS": "1",
    }
    return program(folder, name, "serve", "classifier", env=env)


async def test_killed_in_mid_set_it_splits_no_set(
    tmp_path: Path, nats_settings: NatsSettings, expected: list[Event]
) -> None:
    assert [event.reps for event in expected if isinstance(event, SetEnded)] == [5]
    got: list[Event] = []
    async with NatsBus(nats_settings) as bus, asyncio.timeout(25):
        snapshots = await bus.subscribe(Kind.SNAPSHOTS)
        reading = asyncio.create_task(read(await bus.subscribe(Kind.EVENTS), got, expected[-1]))
        for frame in FRAMES[:CUT]:
            await bus.publish(encode(frame))
        with started(tmp_path, "killed", nats_settings) as running:
            # The last snapshot is up to a second before the kill, so some frames come again.
            await seen(snapshots, FRAMES[CUT - 8])
            running.process.kill()
        for frame in FRAMES[CUT:]:
            await bus.publish(encode(frame))
        with started(tmp_path, "successor", nats_settings):
            await reading
    assert {(one.event_id, one.revision): one for one in got} == {(one.event_id, one.revision): one for one in expected}
    assert len(got) == len(expected)
    assert sum(isinstance(one, Rep) for one in got) == 5


async def test_over_the_memory_bus_another_stage_goes_on(expected: list[Event]) -> None:
    got: list[Event] = []
    async with MemoryBus() as bus:
        reading = asyncio.create_task(read(await bus.subscribe(Kind.EVENTS), got, expected[-1]))
        for first, cut in ((0, 70), (70, len(FRAMES))):
            running = asyncio.create_task(run(ResumableClassifier(ClassifierSettings()), bus))
            for frame in FRAMES[first:cut]:
                await bus.publish(encode(frame))
            if cut == len(FRAMES):
                async with asyncio.timeout(15):
                    await reading
            await cancelled(running)
    assert got == expected


async def test_who_goes_on_and_sees_nothing_new_hands_on_the_place() -> None:
    async with MemoryBus() as bus, asyncio.timeout(20):
        snapshots = await bus.subscribe(Kind.SNAPSHOTS)
        running = asyncio.create_task(run(ResumableClassifier(ClassifierSettings()), bus))
        await bus.publish(encode(FRAMES[0]))
        before = await seen(snapshots, FRAMES[0])
        await cancelled(running)
        assert (await next_snapshot(snapshots)).place == before.place != ""
        running = asyncio.create_task(run(ResumableClassifier(ClassifierSettings()), bus))
        who = {"camera_id": before.camera_id, "track_id": "nobody", "captured_at": before.captured_at}
        await bus.publish(encode(ResetCount(**who, command_id="reset")))
        after = await next_snapshot(snapshots)
        assert (after.captured_at, after.place) == (before.captured_at, before.place)
        assert after.state != before.state
        await cancelled(running)
