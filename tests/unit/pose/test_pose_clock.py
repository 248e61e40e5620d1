"""Clocks that jump, stall, repeat and go back, and pictures that change their size, through the whole stage.

Whatever happens: each frame comes out once and in order, numbers are numbers, nobody is there twice, and a few frames
later the person is found where they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import cv2
import numpy as np
import pytest

from services.core.types import NANOSECONDS, Frame, Pose, PoseFrame
from services.pose.crop import Image
from services.pose.settings import PoseSettings
from services.pose.stage import PoseStage
from services.simulator import Scene, open_scene
from tests.contracts.estimator import error
from tests.pose_models import blazepose

FPS = 15
SPEC = "squat?seed=3&view=35"
BEFORE = 12
"""Frames until something happens."""
RECOVERED = 3
"""Frames after it until the person is found again."""
FRAMES = BEFORE + RECOVERED + 7
STEP = NANOSECONDS // FPS
START = 1_700_000_000 * NANOSECONDS
SECOND, HOUR = NANOSECONDS, 3600 * NANOSECONDS

Clock = Callable[[int], int]
"""Number of a frame -> its captured_at, ns."""


def jump(by: int) -> Clock:
    return lambda number: START + number * STEP + (by if number >= BEFORE else 0)


def stalled(number: int) -> int:
    """Stands still for five frames and then goes on."""
    return START + (number if number < BEFORE else max(BEFORE, number - 5)) * STEP


def repeated(number: int) -> int:
    return START + number // 2 * STEP


def swapped(number: int) -> int:
    """Every pair of frames in the wrong order."""
    return START + (number + (1 if number % 2 == 0 else -1)) * STEP


def crawling(number: int) -> int:
    """A nanosecond a frame from the incident on."""
    return START + min(number, BEFORE) * STEP + max(0, number - BEFORE)


def hasty(number: int) -> int:
    """Two seconds between frames from the incident on."""
    return START + number * STEP + max(0, number - BEFORE) * 2 * SECOND


@dataclass(frozen=True)
class Shown:
    """A picture that was sent, and the person in it."""

    image: Image
    true: Pose


def at_step(scene: Scene, number: int) -> Shown:
    return Shown(scene.render(number / FPS), scene.truth(number / FPS).frame.people[0])


@pytest.fixture(scope="module")
def shown() -> list[Shown]:
    scene = open_scene(SPEC)
    return [at_step(scene, number) for number in range(FRAMES)]


def played(pictures: Iterable[Shown], clock: Clock, *, live: bool = False) -> list[PoseFrame]:
    """What the stage makes of the pictures, the frame that ends the stream left out.

    Frames of a live camera arrive steadily, whatever their time stamps say, and there is time for each.
    """
    arrived = [0.0]
    stage = PoseStage(PoseSettings(), backend=lambda: blazepose().estimator(), clock=lambda: arrived[-1])
    made = []
    for number, one in enumerate(pictures):
        arrived.append(number / FPS)
        height, width = one.image.shape[:2]
        jpeg = cv2.imencode(".jpg", one.image, [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes()
        made += stage.process(Frame("front", number, clock(number), width, height, jpeg, live))
    made += stage.process(Frame("front", FRAMES, clock(FRAMES), 0, 0, b"", end_of_stream=True))
    frames = [one for one in made if isinstance(one, PoseFrame)]
    assert frames.pop().end_of_stream
    for frame in frames:
        for pose in frame.people:
            for values in (pose.box, pose.keypoints, pose.visibility, pose.world_keypoints):
                assert np.isfinite(values).all()
            assert 0 <= pose.visibility.min() <= pose.visibility.max() <= 1
    return [frame for frame in frames if not frame.provisional]


def check(frames: list[PoseFrame], pictures: list[Shown], clock: Clock, *, ids: int) -> None:
    """What holds whatever happens; at most so many ids were given to the one person."""
    assert [frame.frame_id for frame in frames] == list(range(len(pictures)))
    assert [frame.captured_at for frame in frames] == [clock(number) for number in range(len(pictures))]
    for frame, one in zip(frames, pictures, strict=True):
        assert (frame.height, frame.width) == one.image.shape[:2]
        assert len(frame.people) <= 1
        for pose in frame.people:
            assert error(pose, one.true, one.image) < 0.5, f"frame {frame.frame_id}"
        if frame.frame_id < BEFORE or frame.frame_id >= BEFORE + RECOVERED:
            assert len(frame.people) == 1, f"frame {frame.frame_id}"
    assert len({pose.track_id for frame in frames for pose in frame.people}) <= ids


@pytest.mark.parametrize(
    ("clock", "ids"),
    [
        pytest.param(jump(0), 1, id="as it should be"),
        pytest.param(jump(SECOND), 1, id="a second ahead"),
        pytest.param(jump(HOUR), 2, id="an hour ahead"),
        pytest.param(jump(10_000 * HOUR), 2, id="a year ahead"),
        pytest.param(jump(-1), 1, id="a little less ahead"),
        pytest.param(jump(-STEP - 1), 1, id="a nanosecond back"),
        pytest.param(jump(-5 * SECOND), 1, id="five seconds back"),
        pytest.param(jump(-HOUR), 1, id="an hour back"),
        pytest.param(jump(-START), 1, id="back to 1970"),
    ],
)
def test_a_live_clock_that_is_set_is_survived(shown: list[Shown], clock: Clock, ids: int) -> None:
    check(played(shown, clock, live=True), shown, clock, ids=ids)


@pytest.mark.parametrize(
    "clock",
    [
        pytest.param(stalled, id="stalled"),
        pytest.param(repeated, id="every time twice"),
        pytest.param(swapped, id="every pair swapped"),
        pytest.param(crawling, id="crawling"),
        pytest.param(hasty, id="hasty"),
        pytest.param(lambda _: START, id="standing still"),
    ],
)
def test_the_clock_of_a_bad_file_is_survived(shown: list[Shown], clock: Clock) -> None:
    check(played(shown, clock), shown, clock, ids=1)


def resized(one: Shown, size: tuple[int, int]) -> Shown:
    return Shown(np.asarray(cv2.resize(one.image, size, interpolation=cv2.INTER_AREA), np.uint8), one.true)


def turned(one: Shown) -> Shown:
    """As if the camera was put on its side."""
    x, y, z = one.true.keypoints.T
    height, width = one.image.shape[:2]
    keypoints = np.stack([1 - y, x, z * width / height], axis=1)
    image = np.asarray(cv2.rotate(one.image, cv2.ROTATE_90_CLOCKWISE), np.uint8)
    true = Pose("", one.true.box, 1.0, keypoints, one.true.visibility, one.true.world_keypoints)
    return Shown(image, true)


@pytest.mark.parametrize("size", [(320, 180), (1280, 720), (638, 358), (480, 360)])
def test_another_size_in_mid_stream_is_survived(shown: list[Shown], size: tuple[int, int]) -> None:
    pictures = [one if number < BEFORE else resized(one, size) for number, one in enumerate(shown)]
    check(played(pictures, jump(0)), pictures, jump(0), ids=1)


def test_width_and_height_swapped_in_mid_stream_is_survived(shown: list[Shown]) -> None:
    upright = open_scene(SPEC, width=360, height=640)
    pictures = [*shown[:BEFORE], *(at_step(upright, number) for number in range(BEFORE, FRAMES))]
    check(played(pictures, jump(0)), pictures, jump(0), ids=1)


def test_a_camera_turned_on_its_side_is_survived(shown: list[Shown]) -> None:
    pictures = [one if number < BEFORE else turned(one) for number, one in enumerate(shown)]
    check(played(pictures, jump(0)), pictures, jump(0), ids=2)


def test_a_size_that_changes_with_every_frame_is_survived(shown: list[Shown]) -> None:
    pictures = [resized(one, (640 - 32 * (number % 3), 360 - 18 * (number % 3))) for number, one in enumerate(shown)]
    check(played(pictures, jump(0)), pictures, jump(0), ids=1)
