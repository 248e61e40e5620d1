"""What holds for sources of every kind."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from ingest_samples import write_video

from services.core.errors import SettingsError
from services.ingest.capture import Capture, Control, SourceOptions, fitted
from services.ingest.sources import KINDS, kind_of, open_source
from services.ingest.webcam import device_captures

Opener = Callable[[SourceOptions, Control], Iterator[Capture]]


def _file(path: Path) -> Opener:
    return lambda options, control: open_source(str(write_video(path / "a.mp4")), options, control)


def _simulated(path: Path) -> Opener:
    return lambda options, control: open_source("sim://idle", options, control)


def _device(path: Path) -> Opener:
    return lambda options, control: device_captures("testsrc2=rate=30,realtime", "lavfi", {}, options, control)


@pytest.fixture(params=[_file, _simulated, _device], ids=["file", "sim", "device"])
def opener(request: pytest.FixtureRequest, tmp_path: Path) -> Opener:
    made: Opener = request.param(tmp_path)
    return made


def test_pictures_are_bgr_and_their_time_rises(opener: Opener) -> None:
    captures = list(itertools.islice(opener(SourceOptions(loop=True), Control()), 5))
    assert all(after.captured_at > before.captured_at for before, after in itertools.pairwise(captures))
    for capture in captures:
        image = capture.image(longest_side=50)
        assert image.dtype == np.uint8
        assert image.ndim == 3
        assert image.shape[2] == 3
        assert max(image.shape) == 50


def test_a_stop_from_outside_ends_it_soon(opener: Opener) -> None:
    control = Control()
    source = opener(SourceOptions(loop=True, real_time=True), control)
    next(source)
    control.stop.set()
    started = time.monotonic()
    assert len(list(source)) <= 1
    assert time.monotonic() - started < 2


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_nothing_is_opened_before_the_first_picture_is_asked_for(kind: object) -> None:
    addresses = {"rtsp": "rtsp://127.0.0.1:1/x", "webcam": "99", "file": "/nowhere.mp4", "sim": "sim://idle"}
    open_source(addresses[getattr(kind, "name", "")])


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("rtsp://u:p@host/stream", "rtsp"),
        ("rtsps://host/stream", "rtsp"),
        ("0", "webcam"),
        ("12", "webcam"),
        ("/dev/video2", "webcam"),
        ("sim://demo-1", "sim"),
        ("clip.mp4", "file"),
        ("/dev/video2.mp4", "file"),
        ("C:\\clips\\1.mp4", "file"),
        ("1.mp4", "file"),
    ],
)
def test_the_address_tells_the_kind(address: str, name: str) -> None:
    assert kind_of(address).name == name


def test_an_address_of_no_kind_is_refused_with_those_there_are() -> None:
    with pytest.raises(SettingsError) as refused:
        open_source("http://user:s3cret@host/video.mjpg")
    assert "s3cret" not in str(refused.value)
    assert all(kind.example in str(refused.value) for kind in KINDS)


@pytest.mark.parametrize(
    ("size", "longest", "expected"),
    [
        ((1920, 1080), 960, (960, 540)),
        ((1080, 1920), 960, (540, 960)),
        ((640, 360), 960, (640, 360)),
        ((1920, 1080), 0, (1920, 1080)),
        ((10_000, 1), 960, (960, 1)),
        ((1, 1), 960, (1, 1)),
    ],
)
def test_sizes_keep_their_proportion(size: tuple[int, int], longest: int, expected: tuple[int, int]) -> None:
    assert fitted(*size, longest) == expected


@pytest.mark.skipif("SPOTTER_DATA" not in os.environ, reason="SPOTTER_DATA is not set: no real footage here")
@pytest.mark.parametrize("label", ["squat", "push_up", "deadlift"])
def test_real_footage_is_read_whole(label: str) -> None:
    path = min(Path(os.environ["SPOTTER_DATA"], "clips", label).glob("*.mp4"), key=lambda one: one.stat().st_size)
    control = Control()
    moments = [capture.captured_at for capture in open_source(str(path), None, control)]
    assert len(moments) > 10
    assert moments[0] == 0
    assert all(after > before for before, after in itertools.pairwise(moments))
    assert control.dropped() == {}
