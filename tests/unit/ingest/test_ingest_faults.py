"""Cameras that go black, white, grey or stand still, as H.264 through a whole feed."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterator
from contextlib import aclosing
from pathlib import Path

import av
import numpy as np
import pytest
import structlog
from numpy.typing import NDArray

from services.core.errors import Cause
from services.core.types import NANOSECONDS, CameraState, Frame, Status
from services.ingest import sources
from services.ingest.capture import Capture, Control, SourceKind, SourceOptions
from services.ingest.settings import Camera, IngestSettings
from services.ingest.sources import open_source
from services.ingest.stage import CameraProducer

FPS = 15
SIZE = (320, 180)

Picture = NDArray[np.float32]
Scene = Callable[[int], Picture]
"""Number of a picture -> (H, W, 3) BGR levels."""


def room() -> Picture:
    """Something to see: patches of all kinds of colours."""
    patches = np.random.default_rng(5).uniform(30, 220, (9, 16, 3)).astype(np.float32)
    return np.kron(patches, np.ones((20, 20, 1), np.float32))


ROOM = room()


def noise(number: int, sigma: float) -> Picture:
    return np.random.default_rng(number).normal(0, sigma, (SIZE[1], SIZE[0], 1)).astype(np.float32)


def live(number: int) -> Picture:
    """Somebody, a tenth of the picture high, walks to and fro before a camera with some noise."""
    image: Picture = ROOM + noise(number, 1.5)
    left = abs(number * 2 % 600 - 300)
    image[100:118, left : left + 8] = (40, 60, 200)
    return image


def quiet(number: int) -> Picture:
    """Nobody there, and hardly any noise: what an encoder skips nearly all of."""
    return ROOM + noise(number, 1.0)


def stuck(number: int) -> Picture:
    return live(0)


def black(number: int) -> Picture:
    return np.full_like(ROOM, 6) + noise(number, 3)


def white(number: int) -> Picture:
    return np.full_like(ROOM, 252)


def infrared(number: int) -> Picture:
    grey = live(number).mean(axis=2, keepdims=True, dtype=np.float32)
    return np.repeat(grey, 3, axis=2) * np.float32(0.6) + 20


def film(path: Path, *parts: tuple[Scene, int], **options: str) -> Path:
    """A video of so many seconds of one scene after the other."""
    given = {"preset": "ultrafast", "crf": "26", "x264-params": "bframes=0:keyint=30:scenecut=0", **options}
    scenes = [scene for scene, seconds in parts for _ in range(seconds * FPS)]
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=FPS, options=given)
        stream.width, stream.height = SIZE
        stream.pix_fmt = "yuv420p"
        for number, scene in enumerate(scenes):
            pixels = np.clip(scene(number) + 0.5, 0, 255).astype(np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="bgr24")))
        container.mux(stream.encode())
    return path


@pytest.fixture
def cinema(monkeypatch: pytest.MonkeyPatch) -> None:
    """A live camera that plays a film faster than it was taken, and then waits."""

    def captures(address: str, options: SourceOptions, control: Control) -> Iterator[Capture]:
        yield from open_source(address.removeprefix("film:"), None, control)
        control.stop.wait()

    kind = SourceKind("film", True, "film:", lambda text: text.startswith("film:"), lambda text: None, captures)
    monkeypatch.setattr(sources, "KINDS", (kind, *sources.KINDS))


class Shown:
    """What one camera said of a film, and the frames that it gave."""

    def __init__(self) -> None:
        self.states: list[CameraState] = []
        self.frames: list[Frame] = []

    @property
    def story(self) -> list[tuple[str, str | None, bool]]:
        said = [(state.status.value, state.cause and state.cause.value, state.night) for state in self.states]
        return [key for key, _ in itertools.groupby(said)]

    def frames_between(self, start: float, end: float) -> int:
        return sum(start <= frame.captured_at / NANOSECONDS < end for frame in self.frames)


async def shown(path: Path, last: Callable[[Shown], bool]) -> Shown:
    """Play a film until it has been told to its end."""
    settings = IngestSettings(cameras=(Camera("a", f"film:{path}"),), state_seconds=0.1)
    seen = Shown()
    async with asyncio.timeout(20), aclosing(CameraProducer(settings.cameras[0], settings).produce()) as messages:
        async for message in messages:
            if isinstance(message, CameraState):
                seen.states.append(message)
            elif isinstance(message, Frame):
                seen.frames.append(message)
            if last(seen):
                return seen
    raise AssertionError("it ended before")


def given_up_to(seconds: float) -> Callable[[Shown], bool]:
    """The frame of this second has come, and a state after it."""

    def last(seen: Shown) -> bool:
        late = [frame for frame in seen.frames if frame.captured_at >= seconds * NANOSECONDS]
        return bool(late) and bool(seen.states) and sum(seen.states[-1].dropped.values()) > 0

    return last


@pytest.mark.usefixtures("cinema")
async def test_a_frozen_camera_is_said_to_be_and_gives_nothing_until_it_moves(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", (live, 4), (stuck, 20), (live, 3))
    with structlog.testing.capture_logs() as logs:
        seen = await shown(path, given_up_to(26.5))
    assert seen.story == [
        ("connecting", None, False),
        ("online", None, False),
        ("stalled", "frozen", False),
        ("online", None, False),
    ]
    frozen = next(state for state in seen.states if state.cause)
    assert "one and the same picture" in frozen.detail
    assert frozen.fps == 0
    # Whoever was in view is gone, and no person at rest.
    [ended] = [frame for frame in seen.frames if frame.end_of_stream]
    assert (ended.live, ended.jpeg) == (True, b"")
    before, after = (seen.frames[seen.frames.index(ended) + step] for step in (-1, 1))
    assert before.frame_id < ended.frame_id < after.frame_id
    assert before.captured_at <= ended.captured_at < 24 * NANOSECONDS <= after.captured_at
    # The wait, after the first few key pictures of what is frozen, each of which looks a little different.
    assert seen.frames_between(4 + 10 + 3 * 30 / FPS, 24) == 0
    assert seen.frames_between(24, 27) > 0
    assert 4 * FPS <= seen.states[-1].dropped["frozen"] <= 10 * FPS
    assert [line["status"] for line in logs if line["event"] == "camera"] == ["online", "stalled", "online"]


@pytest.mark.parametrize(
    ("name", "scene", "options"),
    [
        ("moving", live, {}),
        ("hardly any bits", quiet, {"crf": "34"}),
        ("constant quality", quiet, {}),
        ("constant rate", quiet, {"b": "400k", "crf": "0", "x264-params": "bframes=0:keyint=30:bitrate=400:crf=-1"}),
    ],
)
@pytest.mark.usefixtures("cinema")
async def test_a_quiet_room_is_not_frozen(tmp_path: Path, name: str, scene: Scene, options: dict[str, str]) -> None:
    path = film(tmp_path / "a.mp4", (scene, 30), (black, 4), (scene, 1), **options)
    seen = await shown(path, given_up_to(34.5))
    assert [cause for _, cause, _ in seen.story] == [None, None, "dark", None]


@pytest.mark.parametrize(("scene", "cause"), [(black, Cause.DARK), (white, Cause.BLANK)])
@pytest.mark.usefixtures("cinema")
async def test_a_camera_that_sees_nothing_says_so_and_gives_a_frame_a_second(
    tmp_path: Path, scene: Scene, cause: Cause
) -> None:
    path = film(tmp_path / "a.mp4", (live, 2), (scene, 14), (live, 2))
    seen = await shown(path, given_up_to(17.5))
    assert [(status, told) for status, told, _ in seen.story] == [
        ("connecting", None),
        ("online", None),
        ("stalled", cause.value),
        ("online", None),
    ]
    assert seen.frames_between(5, 16) <= 11
    assert seen.states[-1].dropped[cause.value] == pytest.approx(12 * (FPS - 1), abs=2 * FPS)


@pytest.mark.usefixtures("cinema")
async def test_a_moment_of_black_is_no_fault(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", (live, 2), (black, 1), (live, 2), (black, 4), (live, 1))
    seen = await shown(path, given_up_to(9.5))
    assert [cause for _, cause, _ in seen.story] == [None, None, "dark", None]


@pytest.mark.usefixtures("cinema")
async def test_a_change_to_infrared_and_back_is_survived_and_said(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", (live, 4), (infrared, 8), (live, 5), (black, 4), (live, 1))
    seen = await shown(path, given_up_to(21.5))
    story = [(status, night) for status, cause, night in seen.story if cause is None]
    assert story == [
        ("connecting", False),
        ("online", False),
        ("online", True),
        ("online", False),
        ("online", False),
    ]
    assert {state.status for state in seen.states if state.night} == {Status.ONLINE}
    assert seen.frames_between(4, 12) > 0
