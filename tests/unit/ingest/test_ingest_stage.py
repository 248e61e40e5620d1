"""One camera as the runtime drives it: what it publishes, when, and how it ends."""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import numpy as np
import pytest
import structlog
from ingest_samples import cut, noisy, number_of, write_video

from services.core.errors import Cause, SettingsError, SourceLost
from services.core.types import NANOSECONDS, CameraState, Frame, Message, Status
from services.ingest import sources
from services.ingest.capture import Capture, Control, RenderedCapture, SourceKind, SourceOptions
from services.ingest.settings import Camera, IngestSettings
from services.ingest.stage import CameraProducer, IngestProducer

SECRET = "s3cret"


class FakeCamera:
    """A live camera whose pictures and faults the test gives by hand; also the proof that a kind is one line."""

    def __init__(self) -> None:
        self.script: queue.Queue[int | SourceLost | Exception] = queue.Queue()
        self.opened = 0
        self.size = (48, 64)

    def captures(self, address: str, options: SourceOptions, control: Control) -> Iterator[Capture]:
        self.opened += 1
        while not control.stop.is_set():
            try:
                step = self.script.get(timeout=0.02)
            except queue.Empty:
                continue
            if isinstance(step, Exception):
                raise step
            yield RenderedCapture(step, np.random.default_rng(step).integers(0, 255, (*self.size, 3), np.uint8))
            self.script.task_done()

    def give(self, number: int) -> None:
        """The picture of the number-th tenth of a second."""
        self.script.put(number * NANOSECONDS // 10)


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeCamera:
    camera = FakeCamera()
    kind = SourceKind(
        "fake", True, "fake://", lambda text: text.startswith("fake://"), lambda text: None, camera.captures
    )
    monkeypatch.setattr(sources, "KINDS", (kind, *sources.KINDS))
    return camera


def settings_of(address: str, *, once: bool = False, **more: float) -> IngestSettings:
    return IngestSettings(cameras=(Camera("a", address, real_time=not once, loop=not once),), **more)


@asynccontextmanager
async def producing(settings: IngestSettings) -> AsyncIterator[AsyncGenerator[Message, None]]:
    (producer,) = IngestProducer(settings).producers()
    async with aclosing(producer.produce()) as messages:
        yield messages
    assert not [thread.name for thread in threading.enumerate() if thread.name == "camera-a"]


async def until(messages: AsyncGenerator[Message, None], wanted: Callable[[Message], bool]) -> Message:
    async with asyncio.timeout(10):
        async for message in messages:
            if wanted(message):
                return message
    raise AssertionError("it ended before")


def is_status(status: Status) -> Callable[[Message], bool]:
    return lambda message: isinstance(message, CameraState) and message.status is status


def is_frame(message: Message) -> bool:
    return isinstance(message, Frame)


async def every(settings: IngestSettings) -> list[Message]:
    async with producing(settings) as messages:
        return [message async for message in messages]


async def test_frames_for_the_same_process_are_pixels(tmp_path: Path) -> None:
    settings = settings_of(str(write_video(tmp_path / "a.mp4", fps=10, size=(1280, 72))), once=True)
    [camera] = IngestProducer(settings, raw=True).producers()
    frames = [message async for message in camera.produce() if isinstance(message, Frame)]
    assert {frame.jpeg for frame in frames} == {b""}
    assert {frame.pixels.shape for frame in frames[:-1] if frame.pixels is not None} == {(72, 1280, 3)}
    assert len({id(frame.pixels) for frame in frames}) == 21
    assert [number_of(image) for frame in frames[:-1] if (image := frame.image()) is not None] == list(range(20))
    assert frames[-1].pixels is None


async def test_a_file_given_once_is_complete_and_ends_its_stream(tmp_path: Path) -> None:
    messages = await every(settings_of(str(write_video(tmp_path / "a.mp4", fps=10, size=(1280, 72))), once=True))
    frames = [message for message in messages if isinstance(message, Frame)]
    assert [frame.frame_id for frame in frames] == list(range(1, 22))
    assert [frame.captured_at for frame in frames[:-1]] == [number * NANOSECONDS // 10 for number in range(20)]
    assert {(frame.width, frame.height, frame.live) for frame in frames[:-1]} == {(1280, 72, False)}
    last = frames[-1]
    assert (last.width, last.height, last.jpeg, last.live, last.end_of_stream) == (0, 0, b"", False, True)
    assert last.captured_at == frames[-2].captured_at
    states = [message for message in messages if isinstance(message, CameraState)]
    assert [state.status for state in states] == [Status.CONNECTING, Status.ONLINE, Status.OFFLINE]
    assert states[-1].cause is Cause.ENDED
    assert states[-1].source == "file"
    assert messages[-1] is states[-1]


async def test_a_faster_file_is_thinned_out_without_counting_drops(tmp_path: Path) -> None:
    messages = await every(settings_of(str(write_video(tmp_path / "a.mp4", fps=30, frames=30)), once=True))
    frames = [message for message in messages if isinstance(message, Frame) and not message.end_of_stream]
    assert len(frames) == 15
    state = messages[-1]
    assert isinstance(state, CameraState)
    assert state.dropped == {}


async def test_a_file_is_not_read_ahead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    def captures(address: str, options: SourceOptions, control: Control) -> Iterator[Capture]:
        for number in range(50):
            seen.append(number)
            yield RenderedCapture(number * NANOSECONDS // 10, np.zeros((48, 64, 3), np.uint8))

    kind = SourceKind("slow", False, "slow", lambda text: text == "slow", lambda text: None, captures)
    monkeypatch.setattr(sources, "KINDS", (kind, *sources.KINDS))
    async with producing(settings_of("slow", once=True)) as messages:
        for number in range(10):
            await until(messages, is_frame)
            await asyncio.sleep(0.01)
            assert len(seen) <= number + 5


async def test_a_file_cut_off_ends_its_stream_and_says_why(tmp_path: Path) -> None:
    path = cut(write_video(tmp_path / "a.mkv", draw=noisy, size=(160, 120), options={"g": "5"}), 0.6)
    messages = await every(settings_of(str(path), once=True))
    assert sum(isinstance(message, Frame) for message in messages) > 2
    ended, state = messages[-2:]
    assert isinstance(ended, Frame)
    assert ended.end_of_stream
    assert isinstance(state, CameraState)
    assert (state.status, state.cause) == (Status.OFFLINE, Cause.CODEC)
    assert "cut off" in state.detail


async def test_a_file_that_is_not_there_ends_at_once(tmp_path: Path) -> None:
    messages = await every(settings_of(str(tmp_path / "no.mp4"), once=True))
    assert [type(message) for message in messages] == [CameraState, Frame, CameraState]
    state = messages[-1]
    assert isinstance(state, CameraState)
    assert state.cause is Cause.NOT_FOUND


async def test_a_looping_file_that_comes_later_is_found(tmp_path: Path) -> None:
    async with producing(settings_of(str(tmp_path / "a.mp4"))) as messages:
        state = await until(messages, is_status(Status.OFFLINE))
        assert isinstance(state, CameraState)
        assert state.cause is Cause.NOT_FOUND
        write_video(tmp_path / "b.mp4").rename(tmp_path / "a.mp4")
        frame = await until(messages, is_frame)
        assert isinstance(frame, Frame)
        assert not frame.live


async def test_a_live_camera_hands_over_the_newest_and_counts_what_it_replaced(fake: FakeCamera) -> None:
    async with producing(settings_of("fake://", state_seconds=0.05)) as messages:
        fake.give(1)
        await until(messages, is_frame)
        for number in range(2, 7):
            fake.give(number)
        await asyncio.to_thread(fake.script.join)
        await until(messages, lambda message: isinstance(message, Frame) and message.frame_id == 6)
        state = await until(messages, lambda message: isinstance(message, CameraState) and bool(message.dropped))
        assert isinstance(state, CameraState)
        assert set(state.dropped) == {"replaced"}
        assert state.dropped["replaced"] == 4


async def test_a_camera_that_goes_silent_is_stalled_until_it_speaks_again(fake: FakeCamera) -> None:
    async with producing(settings_of("fake://", stall_seconds=0.1)) as messages:
        fake.give(1)
        await until(messages, is_status(Status.ONLINE))
        state = await until(messages, is_status(Status.STALLED))
        assert isinstance(state, CameraState)
        assert state.cause is Cause.TIMEOUT
        fake.give(2)
        state = await until(messages, is_status(Status.ONLINE))
        assert isinstance(state, CameraState)
        assert (state.cause, state.detail, state.reconnects) == (None, "", 0)


async def test_a_lost_camera_is_opened_again_and_keeps_its_cause_meanwhile(fake: FakeCamera) -> None:
    async with producing(settings_of("fake://", state_seconds=0.05)) as messages:
        fake.give(1)
        await until(messages, is_status(Status.ONLINE))
        fake.script.put(SourceLost(Cause.NETWORK, "the cable was pulled"))
        fake.script.put(SourceLost(Cause.NETWORK, "the cable was pulled"))
        fake.give(2)
        seen: list[CameraState] = []

        def back(message: Message) -> bool:
            if isinstance(message, CameraState):
                seen.append(message)
            return isinstance(message, CameraState) and message.reconnects == 1

        await until(messages, back)
        meanwhile = [state for state in seen if state.status is not Status.ONLINE]
        assert {(state.status, state.cause) for state in meanwhile} == {(Status.OFFLINE, Cause.NETWORK)}
        assert meanwhile[0].detail == "the cable was pulled"
        assert fake.opened == 3


async def test_a_fault_nobody_foresaw_takes_the_camera_offline_without_its_text(fake: FakeCamera) -> None:
    with structlog.testing.capture_logs() as logs:
        async with producing(settings_of("fake://")) as messages:
            fake.script.put(ValueError(f"bad things at rtsp://u:{SECRET}@host"))
            state = await until(messages, is_status(Status.OFFLINE))
            assert isinstance(state, CameraState)
            assert state.cause is Cause.CODEC
            assert SECRET not in state.detail
    assert SECRET not in repr(logs)


async def test_a_frame_too_large_for_the_bus_is_dropped_and_counted(fake: FakeCamera) -> None:
    fake.size = (480, 640)
    async with producing(settings_of("fake://", max_bytes=1000, state_seconds=0.05)) as messages:
        fake.give(1)
        state = await until(messages, lambda message: isinstance(message, CameraState) and bool(message.dropped))
        assert isinstance(state, CameraState)
        assert state.dropped == {"oversized": 1}


async def test_the_state_is_said_again_and_again_with_the_rate(fake: FakeCamera) -> None:
    async with producing(settings_of("fake://", state_seconds=0.1)) as messages:

        async def feed() -> None:
            for number in range(1, 200):
                fake.give(number)
                await asyncio.sleep(0.02)

        feeding = asyncio.create_task(feed())
        state = await until(messages, lambda message: isinstance(message, CameraState) and message.fps > 0)
        feeding.cancel()
        assert isinstance(state, CameraState)
        assert 5 < state.fps < 100
        assert (state.width, state.height) == (64, 48)
        assert abs(state.at - time.time_ns()) < NANOSECONDS


async def test_cancelling_ends_the_thread_at_once(fake: FakeCamera) -> None:
    (producer,) = IngestProducer(settings_of("fake://")).producers()

    async def consume() -> None:
        async with aclosing(producer.produce()) as messages:
            async for _ in messages:
                pass

    task = asyncio.create_task(consume())
    fake.give(1)
    await asyncio.to_thread(fake.script.join)
    started = time.monotonic()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert time.monotonic() - started < 1
    assert "camera-a" not in {thread.name for thread in threading.enumerate()}


async def test_a_thread_waiting_for_room_is_let_go(tmp_path: Path) -> None:
    async with producing(settings_of(str(write_video(tmp_path / "a.mp4", frames=100)), once=True)) as messages:
        await until(messages, is_frame)


async def test_each_camera_is_a_producer_of_its_own(fake: FakeCamera, tmp_path: Path) -> None:
    settings = IngestSettings(cameras=(Camera("gone", "97"), Camera("b", "fake://")))
    gone, live = IngestProducer(settings).producers()
    assert isinstance(live, CameraProducer)
    assert (gone.name, live.name) == ("ingest-gone", "ingest-b")
    async with aclosing(gone.produce()) as nothing, aclosing(live.produce()) as messages:
        await until(nothing, is_status(Status.OFFLINE))
        fake.give(1)
        frame = await until(messages, is_frame)
        assert isinstance(frame, Frame)
        assert frame.camera_id == "b"


def test_no_camera_is_refused() -> None:
    with pytest.raises(SettingsError, match="SPOTTER_INGEST_CAMERAS"):
        IngestProducer(IngestSettings())
