"""What comes of frames that nobody has the time to look at, through the whole stage, in made-up time."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import cv2
import numpy as np
import pytest
import structlog
from prometheus_client import REGISTRY
from pydantic import ValidationError

from services.classifier.settings import ClassifierSettings
from services.classifier.stage import ClassifierStage
from services.core.types import NANOSECONDS, Frame, Message, Pace, Picture, Pose, PoseFrame, SetEnded, TrackEnded
from services.pose.crop import Image
from services.pose.load import Load
from services.pose.settings import PoseSettings
from services.pose.stage import FORGOTTEN_SECONDS, PoseStage
from tests.fakes import pose

JPEG = cv2.imencode(".jpg", np.full((48, 64, 3), 128, np.uint8))[1].tobytes()
FPS = 15
START = 1_700_000_000


@dataclass
class Clock:
    """Seconds that pass only when a look takes them."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Slow:
    """Sees one person, and takes its time for it.

    Attributes:
        seconds: what a look takes with a slack of 1.
        every: looks at the person in one of so many pictures only.
    """

    clock: Clock
    seconds: float
    every: int = 1
    slack: float = 1.0
    slacks: set[float] = field(default_factory=set)
    pictures: int = 0
    resets: int = 0
    closed: bool = False

    def estimate(self, image: Image, captured_at: int) -> dict[str, Pose | None]:
        self.slacks.add(self.slack)
        self.clock.now += self.seconds / self.slack
        self.pictures += 1
        track_id = f"0-{1 + self.resets}"
        return {track_id: pose(track_id) if self.pictures % self.every == 0 or self.pictures == 1 else None}

    def reset(self) -> None:
        self.resets += 1

    def close(self) -> None:
        self.closed = True


class Worker:
    """A stage, its made-up time, and all that came of it.

    Args:
        seconds: what a look takes.
    """

    def __init__(self, seconds: float, *, priority: tuple[str, ...] = (), every: int = 1) -> None:
        self.clock = Clock()
        self.seconds = seconds
        self.every = every
        self.made: list[Slow] = []
        self.load = Load(priority)
        self.stage = PoseStage(PoseSettings(), backend=self._estimator, load=self.load, clock=self.clock)
        self.numbers: Counter[str] = Counter()
        self.taken: Counter[str] = Counter()
        self.results: list[Message] = []
        self.ages: list[float] = []

    def _estimator(self) -> Slow:
        self.made.append(Slow(self.clock, self.seconds, self.every))
        return self.made[-1]

    def frame(self, camera_id: str, number: int, *, live: bool = True) -> Frame:
        at = START * NANOSECONDS + round(number * NANOSECONDS / FPS)
        return Frame(camera_id, number, at, 64, 48, JPEG, live=live)

    def send(self, cameras: Iterable[str], seconds: float, *, live: bool = True) -> None:
        """Give the newest frame of each camera in turn, as the mailbox does, for some seconds."""
        until, cameras = self.clock.now + seconds, tuple(cameras)
        while self.clock.now < until:
            begin = self.clock.now
            for camera_id in cameras:
                newest = int(self.clock.now * FPS)
                if newest > self.numbers[camera_id]:
                    self.numbers[camera_id] = newest
                    self.give(self.frame(camera_id, newest, live=live))
            if self.clock.now == begin:
                self.clock.now += 0.001

    def give(self, frame: Frame) -> None:
        self.taken[frame.camera_id] += 1
        made = self.stage.process(frame)
        self.results += made
        self.ages += [
            START + self.clock.now - one.captured_at / NANOSECONDS for one in made if isinstance(one, PoseFrame)
        ]

    def frames(self, camera_id: str) -> list[PoseFrame]:
        """The final ones."""
        poses = [one for one in self.results if isinstance(one, PoseFrame) and not one.provisional]
        return [one for one in poses if one.camera_id == camera_id]

    def pictures(self, camera_id: str) -> list[Picture]:
        return [one for one in self.results if isinstance(one, Picture) and one.camera_id == camera_id]


def shed(camera_id: str, cause: str) -> float:
    return REGISTRY.get_sample_value("spotter_pose_shed_total", {"camera": camera_id, "cause": cause}) or 0.0


def test_a_frame_that_is_not_looked_at_comes_out_all_the_same() -> None:
    worker, before = Worker(2 / 60), shed("a", "rate")
    worker.send("abcd", 30)
    assert worker.load.level.slack == 2
    for camera_id in "abcd":
        made = worker.frames(camera_id)
        assert [one.frame_id for one in made] == sorted({one.frame_id for one in made})
        assert len(made) > worker.taken[camera_id] - 6
        assert all(len(one.people) == 1 for one in made)
        assert len(worker.pictures(camera_id)) == worker.taken[camera_id]
    assert sum(one.pictures for one in worker.made) < 0.8 * worker.taken.total()
    assert shed("a", "rate") - before == worker.taken["a"] - worker.made[0].pictures


@pytest.mark.parametrize("every", [1, 3])
def test_results_stay_young(every: int) -> None:
    worker = Worker(2 / 60, every=every)
    worker.send("abcd", 60)
    assert np.quantile(worker.ages, 0.99) < 0.5


def test_a_paused_camera_shows_its_pictures_and_nobody_in_them() -> None:
    worker, before = Worker(8 / 60, priority=("c", "d")), shed("b", "priority")
    worker.send("abcd", 40)
    assert worker.load.level.paused == ("a", "b")
    worker.results.clear()
    worker.taken.clear()
    worker.send("abcd", 10)
    empty = worker.frames("b")
    assert 9 <= len(empty) <= 11
    assert all(one.people == () for one in empty)
    assert len(worker.pictures("b")) == worker.taken["b"] > 50
    assert worker.made[1].resets == 1
    assert shed("b", "priority") > before
    assert all(one.people for one in worker.frames("c"))


def test_a_camera_that_is_resumed_sees_people_again_with_new_ids_and_each_change_is_one_line() -> None:
    worker = Worker(8 / 60)
    with structlog.testing.capture_logs() as lines:
        worker.send("abcd", 20)
        assert worker.load.level.paused == ("c", "d")
        for one in worker.made:
            one.seconds = 0.001
        worker.send("abcd", 80)
    assert worker.load.level[:4] == (0, 1.0, math.inf, ())
    assert worker.frames("d")[-1].people[0].track_id == "0-2"
    assert {one.slack for one in worker.made} == {1.0}
    assert [line["slack"] for line in lines] == [1.5, 2.0, 3.0, 3.0, 3.0, 3.0, 2.0, 1.5, 1.0]
    assert [len(line["paused"]) for line in lines] == [0, 0, 0, 2, 1, 0, 0, 0, 0]
    assert [line["event"] for line in lines[-2:]] == ["load shedding", "load shedding over"]


def test_a_pause_closes_sets_as_when_people_leave() -> None:
    worker, classifier = Worker(8 / 60), ClassifierStage(ClassifierSettings())
    worker.send("abcd", 40)
    events: list[Message] = []
    for one in worker.results:
        if isinstance(one, PoseFrame) and one.camera_id == "d":
            events += classifier.process(one)
    assert worker.load.level.paused == ("c", "d")
    [ended] = [one for one in events if isinstance(one, TrackEnded)]
    assert ended.last == max(one.captured_at for one in worker.frames("d") if one.people)
    assert not [one for one in events if isinstance(one, SetEnded)]


def test_files_are_never_shed_and_never_slowed() -> None:
    worker = Worker(0.5)
    worker.send(("camera", "another"), 30)
    assert worker.load.level.paused == ("camera",)
    for number in range(40):
        worker.give(worker.frame("camera-file", number, live=False))
    assert [one.frame_id for one in worker.frames("camera-file")] == list(range(40))
    assert worker.made[2].slacks == {1.0}


def test_a_file_that_takes_all_the_time_is_no_reason_to_shed() -> None:
    worker = Worker(0.02)
    until = worker.clock.now + 30
    number = 0
    while worker.clock.now < until:
        number += 1
        worker.give(worker.frame("file", number, live=False))
        worker.send(("camera",), 0.001)
    assert worker.load.level.step == 0


def test_a_late_frame_is_dropped_whole() -> None:
    worker, before = Worker(0.01), shed("a", "late")
    worker.send("a", 5)
    count = len(worker.results)
    worker.clock.now += 1
    worker.give(worker.frame("a", worker.numbers["a"] + 1))
    assert len(worker.results) == count
    assert shed("a", "late") == before + 1


def test_what_waits_goes_out_when_its_camera_went_silent() -> None:
    worker = Worker(0.001, every=1000)
    worker.send("a", 1)
    assert len(worker.frames("a")) == 1
    worker.send("b", 3)
    assert [one.frame_id for one in worker.frames("a")] == list(range(1, worker.numbers["a"] + 1))


def test_a_camera_that_is_gone_is_forgotten_and_its_ids_are_not_given_again() -> None:
    epochs = []

    class Epochs(PoseStage):
        def __init__(self) -> None:
            super().__init__(PoseSettings(), epoch=START, backend=lambda: Slow(clock, 0.001), clock=clock)
            made = self._backend
            self._backend = lambda camera, epoch: epochs.append(epoch) or made(camera, epoch)  # type: ignore[func-returns-value]

    clock = Clock()
    stage, worker = Epochs(), Worker(0.0)
    stage.process(worker.frame("gone", 1))
    stage.process(worker.frame("stays", 1))
    gone = stage._cameras["gone"].estimator
    assert isinstance(gone, Slow)
    clock.now += FORGOTTEN_SECONDS / 2
    stage.process(worker.frame("stays", 2))
    assert not gone.closed
    clock.now += FORGOTTEN_SECONDS / 2
    stage.process(worker.frame("stays", 3))
    assert gone.closed
    assert set(stage._cameras) == {"stays"}
    stage.process(worker.frame("gone", 2))
    assert epochs == [START, START, START + round(FORGOTTEN_SECONDS)]


def test_every_frame_says_how_often_its_people_are_looked_at() -> None:
    worker = Worker(1 / 3, priority=("first",))
    worker.send(["first", "last"], 30)
    assert worker.load.level.paused == ("last",)
    first, last = ([one.pace for one in worker.frames(camera_id)] for camera_id in ("first", "last"))
    assert first[0] is last[0] is Pace.FULL
    assert first[-1] is Pace.SLOWED
    assert last[-1] is Pace.PAUSED
    assert Pace.SLOWED in last
    worker.give(worker.frame("file", 1, live=False))
    assert [one.pace for one in worker.frames("file")] == [Pace.FULL]


def test_priority_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPOTTER_POSE_PRIORITY", "rack-1 bench, floor")
    assert PoseSettings().priority == ("rack-1", "bench", "floor")


@pytest.mark.parametrize("value", ["rack rack", "rack=1", "a/b"])
def test_a_priority_that_cannot_work_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("SPOTTER_POSE_PRIORITY", value)
    with pytest.raises(ValidationError, match="priority"):
        PoseSettings()
