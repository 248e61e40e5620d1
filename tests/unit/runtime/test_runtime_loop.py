"""The loop: order, back-pressure, bad messages, drain."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
import structlog
from prometheus_client import REGISTRY

from proto.subjects import Kind
from services.bus import Envelope
from services.bus.codec import decode, encode
from services.bus.memory import MemoryBus
from services.core.errors import BadMessage, SettingsError
from services.core.types import CameraState, Event, Frame, Message, Picture, PoseFrame, Rep, SetStarted
from services.runtime import loop, run
from tests.fakes import FakeProducer, FakeProducers, FakeStage, end_of_stream, frame, pose_frame, rep, until


@pytest_asyncio.fixture
async def bus() -> AsyncIterator[MemoryBus]:
    async with MemoryBus() as bus:
        yield bus


async def cancelled(task: asyncio.Task[None]) -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def gives_up(task: asyncio.Task[None]) -> None:
    """Cancelled once: `asyncio.wait_for` would cancel a second time what goes on for too long."""
    task.cancel()
    ended, _ = await asyncio.wait({task}, timeout=5)
    assert ended
    assert task.cancelled()


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def poses_of(message: Message) -> list[Message]:
    assert isinstance(message, Frame)
    return [
        Picture(message.camera_id, message.frame_id, message.captured_at, 640, 360, b"\xff\xd8"),
        PoseFrame(message.camera_id, message.frame_id, message.captured_at, 640, 360),
    ]


@pytest.mark.parametrize("blocking", [False, True])
async def test_file_goes_through_two_stages_in_order_and_complete(bus: MemoryBus, blocking: bool) -> None:
    pose = FakeStage((Frame,), poses_of, blocking=blocking, name="pose")
    counter = FakeStage((PoseFrame,), lambda message: [rep(message.frame_id + 1)], name="classifier")
    events = await bus.subscribe(Kind.EVENTS)
    async with asyncio.TaskGroup() as group:
        readers = [group.create_task(run(counter, bus)), group.create_task(run(pose, bus))]
        await run(FakeProducer(tuple(frame(number, live=False) for number in range(100))), bus)
        await until(lambda: len(counter.seen) == 100)
        for reader in readers:
            await cancelled(reader)
    assert [message.frame_id for message in counter.seen] == list(range(100))
    numbers = []
    while len(numbers) < 100:
        event = decode(await anext(aiter(events)))
        assert isinstance(event, Rep)
        numbers.append(event.number)
    assert numbers == list(range(1, 101))


async def test_blocking_stage_keeps_off_the_event_loop_and_to_one_thread(bus: MemoryBus) -> None:
    release, threads = threading.Event(), []

    def wait(message: Message) -> list[Message]:
        threads.append(threading.current_thread())
        assert release.wait(10)
        return []

    stage = FakeStage((Frame,), wait, blocking=True)
    running = asyncio.create_task(run(stage, bus))
    sending = asyncio.create_task(run(FakeProducer((frame(0, live=False), frame(1, live=False))), bus))
    await until(lambda: stage.seen)
    # The loop turns while the stage is busy.
    release.set()
    await sending
    await cancelled(running)
    assert threads[0] is threads[1] is not threading.main_thread()


async def test_stage_gets_only_the_types_it_consumes(bus: MemoryBus) -> None:
    stage, all_events = FakeStage((SetStarted,)), FakeStage((Event,), name="all")
    tasks = [asyncio.create_task(run(one, bus)) for one in (stage, all_events)]
    await asyncio.sleep(0)
    started = SetStarted(camera_id="front", track_id="0-1", event_id="set-1", captured_at=1, exercise="squat", start=1)
    await run(FakeProducer((rep(1), started)), bus)
    await until(lambda: len(all_events.seen) == 2)
    for task in tasks:
        await cancelled(task)
    assert stage.seen == [started]


async def test_live_camera_is_asked_for_the_next_frame_only_when_the_last_is_published(bus: MemoryBus) -> None:
    producer = FakeProducer(tuple(frame(number, live=False) for number in range(3)))
    sending = asyncio.create_task(run(producer, bus))
    await asyncio.sleep(0.01)
    assert producer.given == 1
    await cancelled(sending)
    assert producer.closed


async def test_file_does_not_hold_up_a_live_camera(bus: MemoryBus) -> None:
    file = FakeProducer((frame(0, "file", live=False),), name="file")
    live = FakeProducer(tuple(frame(number, "live") for number in range(5)), name="live")
    sending = asyncio.create_task(run(FakeProducers((file, live)), bus))
    # Nobody reads, so the file waits for ever.
    await until(lambda: live.closed)
    assert not sending.done()
    await cancelled(sending)
    assert file.closed


async def test_error_of_one_producer_ends_all_and_is_raised_as_it_is(bus: MemoryBus) -> None:
    class Broken(FakeProducer):
        async def produce(self) -> AsyncIterator[Message]:
            raise SettingsError("the address cannot work")
            yield

    camera = FakeProducer((), forever=True)
    with pytest.raises(SettingsError, match="cannot work"):
        await run(FakeProducers((camera, Broken(()))), bus)
    assert camera.closed


RUBBISH = [
    pytest.param(b"\x00\xfe rubbish", id="bytes"),
    pytest.param(b"", id="nothing"),
    pytest.param(b'{"hello": "world"}', id="other schema"),
    pytest.param(b'{"camera_id": "front", "frame_id": NaN}', id="NaN"),
    pytest.param(b"[" * 200_000, id="deep"),
    pytest.param(b'{"camera_id": "front", "pad": "' + b"x" * (1 << 20) + b'"}', id="1 MB"),
]


@pytest.mark.parametrize("body", RUBBISH)
@pytest.mark.parametrize(
    ("kind", "good"),
    [
        (Kind.FRAMES, frame(live=False)),
        (Kind.PICTURES, Picture("front", 1, 1, 2, 2, b"\xff\xd8")),
        (Kind.POSES, pose_frame()),
        (Kind.EVENTS, rep()),
        (Kind.CAMERAS, CameraState(camera_id="front", source="sim", status="online", at=1)),
    ],
)
async def test_malformed_message_is_counted_and_dropped_and_the_stage_lives_on(
    bus: MemoryBus, kind: Kind, good: Message, body: bytes
) -> None:
    stage = FakeStage((type(good),), name="robust")
    before = counted("spotter_messages_bad_total", service="robust", kind=kind)
    running = asyncio.create_task(run(stage, bus))
    await asyncio.sleep(0)
    with structlog.testing.capture_logs() as lines:
        for _ in range(3):
            # A waited one must be answered too: its sender would stand still.
            await asyncio.wait_for(bus.publish(Envelope(kind, "front", body, wait=kind is Kind.FRAMES)), 5)
        await bus.publish(encode(good))
        await until(lambda: stage.seen)
    await cancelled(running)
    assert len(stage.seen) == 1
    bad = counted("spotter_messages_bad_total", service="robust", kind=kind) - before
    # A slot holds one: of a kind where the newest wins, earlier ones may have been replaced unread.
    assert bad == 3 or (kind in (Kind.PICTURES, Kind.CAMERAS) and bad < 3)
    assert len([line for line in lines if line["event"] == "bad message dropped"]) == min(bad, 1)


async def test_message_that_the_stage_refuses_is_counted_and_dropped(bus: MemoryBus) -> None:
    def refuse(message: Message) -> list[Message]:
        raise BadMessage("JPEG: got 3 bytes, expected a picture")

    stage = FakeStage((Frame,), refuse, name="picky", blocking=True)
    running = asyncio.create_task(run(stage, bus))
    before = counted("spotter_messages_bad_total", service="picky", kind=Kind.FRAMES)
    await run(FakeProducer((frame(0, live=False), frame(1, live=False))), bus)
    await cancelled(running)
    assert len(stage.seen) == 2
    assert counted("spotter_messages_bad_total", service="picky", kind=Kind.FRAMES) == before + 2


async def test_bug_in_a_stage_is_not_swallowed(bus: MemoryBus) -> None:
    def fail(message: Message) -> list[Message]:
        raise ZeroDivisionError("a bug")

    stage = FakeStage((PoseFrame,), fail)
    running = asyncio.create_task(run(stage, bus))
    await asyncio.sleep(0)
    await run(FakeProducer((pose_frame(),)), bus)
    with pytest.raises(ZeroDivisionError, match="a bug"):
        await running
    assert stage.closed == 0


async def test_drain_finishes_what_is_in_hand_and_publishes_what_close_gives(bus: MemoryBus) -> None:
    release = threading.Event()

    def slow(message: Message) -> list[Message]:
        assert release.wait(10)
        return [rep(1)]

    events = await bus.subscribe(Kind.EVENTS)
    stage = FakeStage((Frame,), slow, (rep(2),), blocking=True)
    running = asyncio.create_task(run(stage, bus))
    sending = asyncio.create_task(run(FakeProducer((frame(live=False),)), bus))
    await until(lambda: stage.seen)
    running.cancel()
    await asyncio.sleep(0)
    release.set()
    with pytest.raises(asyncio.CancelledError):
        await running
    # It was done, so its sender goes on.
    await asyncio.wait_for(sending, 5)
    assert [(await anext(aiter(events))).message_id for _ in range(2)] == ["rep-front-1-0", "rep-front-2-0"]
    assert stage.closed == 1


async def test_drain_gives_up_after_its_time(bus: MemoryBus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "DRAIN_SECONDS", 0.05)
    # Nobody reads frames, so what this stage publishes is never done.
    stage = FakeStage((PoseFrame,), lambda message: [frame(live=False)])
    running = asyncio.create_task(run(stage, bus))
    await asyncio.sleep(0)
    await run(FakeProducer((pose_frame(),)), bus)
    await until(lambda: stage.seen)
    await gives_up(running)


async def test_what_is_open_is_given_up_after_that_time_too(bus: MemoryBus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "DRAIN_SECONDS", 0.05)
    # Nobody reads frames, so what closing gives is never done, as events are while NATS is away.
    stage = FakeStage((PoseFrame,), lambda message: [], (frame(live=False),))
    running = asyncio.create_task(run(stage, bus))
    await asyncio.sleep(0)
    await gives_up(running)
    assert stage.closed == 1


async def test_closed_bus_ends_the_stage(bus: MemoryBus) -> None:
    stage = FakeStage((Frame,))
    running = asyncio.create_task(run(stage, bus))
    await asyncio.sleep(0)
    await bus.__aexit__(None, None, None)
    await asyncio.wait_for(running, 5)
    assert stage.closed == 1


async def test_dropped_frames_are_counted_by_cause(bus: MemoryBus) -> None:
    stage = FakeStage((Frame,), name="slow")
    labels = {"service": "slow", "kind": Kind.FRAMES, "cause": "newer frame"}
    before = counted("spotter_messages_dropped_total", **labels)
    running = asyncio.create_task(run(stage, bus))
    await asyncio.sleep(0)
    # All of these are published before the stage has its turn.
    for number in range(5):
        await bus.publish(encode(frame(number)))
    await bus.publish(encode(end_of_stream(5)))
    await until(lambda: len(stage.seen) == 2)
    await cancelled(running)
    assert [message.frame_id for message in stage.seen] == [4, 5]
    assert counted("spotter_messages_dropped_total", **labels) == before + 4
