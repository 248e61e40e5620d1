"""Event time of live streams, and devices, for which FFmpeg's test picture stands in."""

from __future__ import annotations

import itertools
import random
import time
from pathlib import Path

import numpy as np
import pytest
from ingest_samples import number_of, write_video

from services.core.errors import Cause, SourceLost
from services.core.types import NANOSECONDS
from services.ingest.capture import Control, SourceOptions
from services.ingest.live import EventClock
from services.ingest.sources import open_source
from services.ingest.webcam import device_captures

MILLISECOND = 1_000_000
START = 1_795_000_000 * NANOSECONDS


def test_the_senders_time_is_believed() -> None:
    clock = EventClock()
    sent = [START + number * 66 * MILLISECOND for number in range(10)]
    assert [clock.stamp(number * 66 * MILLISECOND, at + 80 * MILLISECOND, at) for number, at in enumerate(sent)] == sent


def test_a_picture_without_the_senders_time_is_placed_by_the_others() -> None:
    clock = EventClock()
    clock.stamp(0, START + 80 * MILLISECOND, START)
    assert clock.stamp(66 * MILLISECOND, START + 300 * MILLISECOND, None) == START + 66 * MILLISECOND


def test_a_senders_clock_that_was_never_set_is_not_believed() -> None:
    assert EventClock().stamp(0, START, 5 * NANOSECONDS) == START


def test_jitter_of_the_network_is_taken_out() -> None:
    clock, chance = EventClock(), random.Random(3)
    arrivals = [(n * 66 * MILLISECOND, START + (n * 66 + chance.randint(0, 60)) * MILLISECOND) for n in range(300)]
    stamps = [clock.stamp(presented, arrived, None) for presented, arrived in arrivals]
    steps = [(after - before) / MILLISECOND for before, after in itertools.pairwise(stamps[100:])]
    assert max(steps) - min(steps) < 6
    assert all(stamp <= arrived for stamp, (_, arrived) in zip(stamps, arrivals, strict=True))


def test_a_camera_whose_clock_runs_slow_is_followed() -> None:
    clock = EventClock()
    for number in range(20_000):
        arrived = START + number * 66 * MILLISECOND
        stamp = clock.stamp(round(number * 66 * MILLISECOND * 0.9999), arrived, None)
    assert arrived - stamp < 5 * MILLISECOND


@pytest.mark.parametrize("leap", [-3600 * NANOSECONDS, 3600 * NANOSECONDS])
def test_a_leap_of_the_streams_own_time_is_a_new_start(leap: int) -> None:
    clock = EventClock()
    clock.stamp(7200 * NANOSECONDS, START, None)
    assert clock.stamp(7200 * NANOSECONDS + leap, START + 66 * MILLISECOND, None) == START + 66 * MILLISECOND


def test_time_rises_strictly_whatever_comes() -> None:
    clock, chance = EventClock(), random.Random(4)
    stamps = [
        clock.stamp(
            chance.choice([None, chance.randint(0, 10**12)]),
            START + chance.randint(0, 10**11),
            chance.choice([None, START + chance.randint(0, 10**11)]),
        )
        for _ in range(500)
    ]
    assert all(after > before for before, after in itertools.pairwise(stamps))


def test_a_device_gives_pictures_with_unix_time_and_stops() -> None:
    control = Control()
    started = time.time_ns()
    source = device_captures("testsrc2=size=320x240:rate=30,realtime", "lavfi", {}, SourceOptions(), control)
    captures = list(itertools.islice(source, 5))
    assert captures[0].image(longest_side=160).shape == (120, 160, 3)
    assert all(after.captured_at > before.captured_at for before, after in itertools.pairwise(captures))
    assert abs(captures[-1].captured_at - started) < 10 * NANOSECONDS
    assert (control.codec, control.fps) == ("wrapped_avframe", 30)
    control.stop.set()
    assert len(list(source)) <= 1


@pytest.mark.parametrize("pixels", ["yuyv422", "uyvy422", "yuvj422p", "nv12", "yuv420p", "rgb24", "gray"])
def test_a_webcams_pixels_of_any_kind_become_the_same_picture(pixels: str) -> None:
    control = Control()
    device = f"color=c=0xC08040:size=320x240:rate=30,format={pixels},realtime"
    capture = next(device_captures(device, "lavfi", {}, SourceOptions(), control))
    expected = [0.114 * 64 + 0.587 * 128 + 0.299 * 192] * 3 if pixels == "gray" else [64, 128, 192]
    assert np.abs(capture.image().mean(axis=(0, 1)) - expected).max() <= 4


def test_a_webcam_that_sends_motion_jpeg(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mjpeg", codec="mjpeg", pixels="yuvj422p", frames=6)
    captures = device_captures(str(path), "mjpeg", {"framerate": "30"}, SourceOptions(), Control())
    assert [number_of(capture.image()) for capture in itertools.islice(captures, 5)] == list(range(5))


def test_a_device_that_goes_away_is_lost() -> None:
    source = device_captures("testsrc2=size=32x24:rate=30:duration=0.2", "lavfi", {}, SourceOptions(), Control())
    captures = []
    with pytest.raises(SourceLost) as lost:
        captures.extend(source)
    assert lost.value.cause is Cause.NETWORK


@pytest.mark.parametrize("address", ["97", "/dev/video97"])
def test_a_webcam_that_is_not_there_is_not_found(address: str) -> None:
    with pytest.raises(SourceLost, match="/dev/video97: no such device") as lost:
        next(open_source(address))
    assert lost.value.cause is Cause.NOT_FOUND
