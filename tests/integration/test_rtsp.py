"""IP cameras for real: our RTSP source against GStreamer's RTSP server, with its passwords, stalls and restarts."""

from __future__ import annotations

import asyncio
import itertools
import logging
import subprocess
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager
from pathlib import Path
from urllib.parse import quote

import av
import cv2
import numpy as np
import pytest
import structlog

from services.core.errors import Cause
from services.core.types import NANOSECONDS, CameraState, Frame, Message, Status
from services.ingest.capture import Control, SourceOptions
from services.ingest.probe import probe
from services.ingest.settings import Camera, IngestSettings
from services.ingest.sources import open_source
from services.ingest.stage import IngestProducer

CAMERA = Path(__file__).parents[1] / "rtsp_camera.py"
PYTHON = "/usr/bin/python3"
"""GStreamer's bindings are in the system's Python."""
USER, PASSWORD = "cam", "p@ss:w/rd?#%41&x"
FPS = 15

needs_gstreamer = pytest.mark.skipif(
    subprocess.run(
        [PYTHON, "-c", "import gi; gi.require_version('GstRtspServer', '1.0')"], capture_output=True, check=False
    ).returncode
    != 0,
    reason="GStreamer's RTSP server is not installed (apt: python3-gi gir1.2-gst-rtsp-server-1.0)",
)
pytestmark = needs_gstreamer


class RunningCamera:
    """A running test camera."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self.process = process
        self.port = port

    def tell(self, command: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{command}\n")
        self.process.stdin.flush()

    def address(self, path: str = "/front", password: str = PASSWORD) -> str:
        return f"rtsp://{USER}:{quote(password, safe='')}@127.0.0.1:{self.port}{path}"


@contextmanager
def camera_on(clip: Path, *, port: int = 0, auth: str = "digest", loss: float = 0.0) -> Iterator[RunningCamera]:
    command = [PYTHON, str(CAMERA), f"--port={port}", f"--user={USER}", f"--password={PASSWORD}", f"--auth={auth}"]
    with subprocess.Popen(
        [*command, f"--loss={loss}", f"/front={clip}@{FPS}"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            ready = process.stdout.readline().split()
            assert ready[:1] == ["ready"]
            yield RunningCamera(process, int(ready[1]))
        finally:
            process.kill()


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of a white block that walks over a dark picture, a key frame each half second."""
    path = tmp_path_factory.mktemp("rtsp") / "clip.h264"
    options = {
        "x264-params": "aud=1:keyint=8:min-keyint=8:scenecut=0:bframes=0:repeat-headers=1",
        "preset": "ultrafast",
    }
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=FPS, options=options)
        stream.width, stream.height, stream.pix_fmt = 1280, 720, "yuv420p"
        for number in range(2 * FPS):
            image = np.full((720, 1280, 3), 40, np.uint8)
            image[:, number * 40 : number * 40 + 80] = 240
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        container.mux(stream.encode())
    return path


@pytest.fixture(scope="module")
def camera(clip: Path) -> Iterator[RunningCamera]:
    with camera_on(clip) as running:
        yield running


@asynccontextmanager
async def producing(address: str, **settings: float) -> AsyncIterator[AsyncGenerator[Message, None]]:
    cameras = (Camera("front", address),)
    (producer,) = IngestProducer(IngestSettings(cameras=cameras, state_seconds=0.5, **settings)).producers()
    async with aclosing(producer.produce()) as messages:
        yield messages


async def until(messages: AsyncGenerator[Message, None], wanted: Callable[[Message], bool]) -> Message:
    async with asyncio.timeout(15):
        async for message in messages:
            if wanted(message):
                return message
    raise AssertionError("it ended before")


async def state_of(messages: AsyncGenerator[Message, None], status: Status) -> CameraState:
    state = await until(messages, lambda message: isinstance(message, CameraState) and message.status is status)
    assert isinstance(state, CameraState)
    return state


async def test_frames_arrive_in_time_and_order(camera: RunningCamera) -> None:
    async with producing(camera.address()) as messages:
        frames: list[Frame] = []
        await until(
            messages, lambda message: isinstance(message, Frame) and (frames.append(message) or len(frames) == 20)
        )
    assert all(after.captured_at > before.captured_at for before, after in itertools.pairwise(frames))
    passed = (frames[-1].captured_at - frames[0].captured_at) / NANOSECONDS
    assert passed == pytest.approx((frames[-1].frame_id - frames[0].frame_id) / FPS, abs=0.3)
    assert abs(frames[-1].captured_at - time.time_ns()) < 5 * NANOSECONDS
    assert {(frame.width, frame.height, frame.live) for frame in frames} == {(1280, 720, True)}
    image = cv2.imdecode(np.frombuffer(frames[-1].jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    assert image.shape == (720, 1280, 3)
    assert image.max() > 200
    assert image.min() < 60


def test_the_senders_clock_is_read(clip: Path) -> None:
    control = Control()
    # A camera of its own: GStreamer's server answers 503 while the last viewer is just leaving.
    with camera_on(clip) as camera:
        source = open_source(camera.address(), SourceOptions(), control)
        # The camera first reports its clock up to some seconds after its first picture (RFC 3550: at a random moment).
        ages = [(time.time_ns() - capture.captured_at) / NANOSECONDS for capture in itertools.islice(source, 10 * FPS)]
        control.stop.set()
    assert (control.codec, control.fps) == ("h264", FPS)
    # FFmpeg's parser holds one picture, so by the sender's clock each is one period old; by arrival it would be new.
    assert np.median(ages[-15:]) > 0.8 / FPS


async def test_a_wrong_password_is_told_as_such_and_shown_nowhere(
    camera: RunningCamera, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    wrong = "wr@ng/s3cret"
    with structlog.testing.capture_logs() as logs:
        async with producing(camera.address(password=wrong)) as messages:
            state = await state_of(messages, Status.OFFLINE)
    assert state.cause is Cause.AUTH
    shown = "".join([repr(state), repr(logs), caplog.text, *capfd.readouterr()])
    assert "rtsp://***@127.0.0.1" in shown
    for secret in (wrong, quote(wrong, safe=""), "s3cret", USER + ":"):
        assert secret not in shown


async def test_a_path_that_the_camera_does_not_have_is_not_found(camera: RunningCamera) -> None:
    async with producing(camera.address("/nothing")) as messages:
        assert (await state_of(messages, Status.OFFLINE)).cause is Cause.NOT_FOUND


async def test_a_stall_is_noticed_and_survived(camera: RunningCamera) -> None:
    async with producing(camera.address(), stall_seconds=0.5) as messages:
        await state_of(messages, Status.ONLINE)
        camera.tell("stall")
        try:
            assert (await state_of(messages, Status.STALLED)).cause is Cause.TIMEOUT
        finally:
            camera.tell("resume")
        assert (await state_of(messages, Status.ONLINE)).reconnects == 0
        await until(messages, lambda message: isinstance(message, Frame))


async def test_a_camera_that_stays_silent_is_opened_again(camera: RunningCamera) -> None:
    async with producing(camera.address(), stall_seconds=0.5, silence_seconds=1.2) as messages:
        await state_of(messages, Status.ONLINE)
        camera.tell("stall")
        try:
            state = await state_of(messages, Status.OFFLINE)
        finally:
            camera.tell("resume")
        assert state.cause is Cause.TIMEOUT
        assert (await state_of(messages, Status.ONLINE)).reconnects == 1


async def test_a_restarted_camera_is_found_again(clip: Path) -> None:
    with camera_on(clip, auth="basic") as first:
        port = first.port
        async with producing(first.address()) as messages:
            assert isinstance(await until(messages, lambda message: isinstance(message, Frame)), Frame)
            first.process.kill()
            assert (await state_of(messages, Status.OFFLINE)).cause is Cause.NETWORK
            first.process.wait()
            with camera_on(clip, port=port, auth="basic"):
                assert (await state_of(messages, Status.ONLINE)).reconnects == 1
                await until(messages, lambda message: isinstance(message, Frame))


async def test_lost_packets_do_not_end_the_stream(clip: Path) -> None:
    with camera_on(clip, loss=0.05) as lossy:
        async with producing(lossy.address()) as messages:
            frames: list[Frame] = []
            await until(
                messages, lambda message: isinstance(message, Frame) and (frames.append(message) or len(frames) == 20)
            )
            assert all(after.captured_at > before.captured_at for before, after in itertools.pairwise(frames))


async def test_a_stop_while_frames_flow_is_quick(camera: RunningCamera) -> None:
    async with producing(camera.address()) as messages:
        await state_of(messages, Status.ONLINE)
        started = time.monotonic()
    assert time.monotonic() - started < 2


async def test_a_probe_says_what_the_camera_gives(clip: Path) -> None:
    # Of its own as well: it is asked once only.
    with camera_on(clip) as camera:
        found = await probe(camera.address(), 10)
    assert (found.reachable, found.source, found.codec) == (True, "rtsp", "h264"), found
    assert (found.width, found.height, found.fps) == (1280, 720, FPS)


async def test_a_probe_with_a_wrong_password_says_so(camera: RunningCamera) -> None:
    found = await probe(camera.address(password="s3cret"), 10)
    assert (found.reachable, found.cause) == (False, Cause.AUTH)
    assert "s3cret" not in repr(found)


async def test_a_camera_that_freezes_is_told_from_one_that_lives(tmp_path: Path) -> None:
    path = tmp_path / "freezes.h264"
    options = {
        "x264-params": "aud=1:keyint=8:scenecut=0:bframes=0:repeat-headers=1",
        "preset": "ultrafast",
    }
    room = np.random.default_rng(1).integers(30, 220, (9, 16, 3), np.uint8).repeat(40, axis=0).repeat(40, axis=1)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=FPS, options=options)
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        for number in range(8 * FPS):
            image = room.copy()
            left = min(number, 2 * FPS) * 15
            image[200:260, left : left + 20] = 240
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        container.mux(stream.encode())
    with camera_on(path) as freezing:
        async with producing(freezing.address(), frozen_seconds=2) as messages:
            await state_of(messages, Status.ONLINE)
            state = await state_of(messages, Status.STALLED)
            assert state.cause is Cause.FROZEN
            held_back = 0

            def back(message: Message) -> bool:
                nonlocal held_back
                held_back += isinstance(message, Frame)
                return isinstance(message, CameraState) and message.status is Status.ONLINE

            state = await until(messages, back)
            assert held_back == 0
            assert isinstance(state, CameraState)
            assert state.dropped["frozen"] > 0
            await until(messages, lambda message: isinstance(message, Frame))
