"""The stage: what goes in, what comes out, and that nobody's ids or pictures mix."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from pydantic import ValidationError

from services.bus.codec import decode, encode
from services.core.errors import BadMessage, ModelMismatch, SettingsError
from services.core.stations import Station
from services.core.types import Frame, Picture, Pose, PoseFrame
from services.pose.blazepose import BlazePose
from services.pose.crop import Image
from services.pose.settings import Backend, PoseSettings
from services.pose.stage import PoseStage, rounded
from tests.pose_models import models_directory

JPEG = cv2.imencode(".jpg", np.full((48, 64, 3), 128, np.uint8))[1].tobytes()


def frame(camera_id: str = "front", frame_id: int = 1, jpeg: bytes = JPEG) -> Frame:
    return Frame(camera_id, frame_id, 1000 * frame_id, 64, 48, jpeg)


def a_pose(track_id: str, seed: int = 0) -> Pose:
    rng = np.random.default_rng(seed)
    keypoints, world = rng.random((2, 33, 3), np.float32)
    return Pose(track_id, rng.random(4, np.float32), 0.98765, keypoints, rng.random(33, np.float32), world)


class OnePerson:
    """Sees one person in every picture, but for those of which it is told that nobody is looked at."""

    def __init__(self) -> None:
        self.slack = 1.0
        self.not_looked_at: set[int] = set()
        self.pictures: list[tuple[tuple[int, ...], int]] = []
        self.resets = 0
        self.closed = False

    def estimate(self, image: Image, captured_at: int) -> dict[str, Pose | None]:
        self.pictures.append((image.shape, captured_at))
        track_id = f"0-{1 + self.resets}"
        return {track_id: None if captured_at in self.not_looked_at else a_pose(track_id, captured_at)}

    def reset(self) -> None:
        self.resets += 1

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def made() -> list[OnePerson]:
    return []


@pytest.fixture
def stage(made: list[OnePerson]) -> PoseStage:
    def backend() -> OnePerson:
        made.append(OnePerson())
        return made[-1]

    return PoseStage(PoseSettings(), backend=backend, clock=lambda: 0.0)


def test_a_frame_gives_its_picture_and_its_people(stage: PoseStage, made: list[OnePerson]) -> None:
    picture, poses = stage.process(frame())
    assert isinstance(picture, Picture)
    assert (picture.camera_id, picture.frame_id, picture.captured_at) == ("front", 1, 1000)
    assert (picture.width, picture.height, picture.jpeg) == (64, 48, JPEG)
    assert isinstance(poses, PoseFrame)
    assert (poses.camera_id, poses.frame_id, poses.captured_at) == ("front", 1, 1000)
    assert (poses.width, poses.height, poses.end_of_stream) == (64, 48, False)
    assert [pose.track_id for pose in poses.people] == ["0-1"]
    assert made[0].pictures == [((48, 64, 3), 1000)]


def test_each_camera_has_an_estimator_of_its_own(stage: PoseStage, made: list[OnePerson]) -> None:
    for camera_id in ("front", "back", "front"):
        stage.process(frame(camera_id))
    assert [len(one.pictures) for one in made] == [2, 1]


def test_a_frame_waits_for_who_was_not_looked_at(stage: PoseStage, made: list[OnePerson]) -> None:
    stage.process(frame(frame_id=1))
    made[0].not_looked_at = {2000, 3000}
    for frame_id in (2, 3):
        picture, first = stage.process(frame(frame_id=frame_id))
        assert isinstance(picture, Picture)
        assert isinstance(first, PoseFrame)
        assert (first.frame_id, first.provisional, len(first.people)) == (frame_id, True, 1)
    picture, *poses = stage.process(frame(frame_id=4))
    assert isinstance(picture, Picture)
    assert picture.frame_id == 4
    frames = [one for one in poses if isinstance(one, PoseFrame)]
    assert [(one.frame_id, one.captured_at) for one in frames] == [(2, 2000), (3, 3000), (4, 4000)]
    assert not any(one.provisional for one in frames)
    first, last = a_pose("0-1", 1000), a_pose("0-1", 4000)
    middle = first.keypoints + (last.keypoints - first.keypoints) / 3
    assert frames[0].people[0].keypoints == pytest.approx(middle, abs=1e-4)


def raw(frame_id: int) -> Frame:
    return Frame("front", frame_id, frame_id * 100_000_000, 64, 48, b"", pixels=np.full((48, 64, 3), 128, np.uint8))


def test_pixels_become_a_picture_for_display(stage: PoseStage) -> None:
    picture, poses = stage.process(raw(1))
    assert isinstance(picture, Picture)
    assert cv2.imdecode(np.frombuffer(picture.jpeg, np.uint8), 1).shape == (48, 64, 3)
    assert isinstance(poses, PoseFrame)


def test_while_nobody_watches_one_picture_a_second_is_made() -> None:
    asked = []
    stage = PoseStage(PoseSettings(), backend=OnePerson, watched=lambda camera_id: bool(asked.append(camera_id)))
    made = [one for frame_id in range(35) for one in stage.process(raw(frame_id))]
    assert [one.frame_id for one in made if isinstance(one, Picture)] == [0, 10, 20, 30]
    assert len([one for one in made if isinstance(one, PoseFrame)]) == 35
    assert set(asked) == {"front"}


def test_nothing_is_provisional_in_a_file_nor_while_nobody_watches(made: list[OnePerson]) -> None:
    def backend() -> OnePerson:
        made.append(OnePerson())
        made[-1].not_looked_at = {200_000_000, 300_000_000}
        return made[-1]

    stage = PoseStage(PoseSettings(), backend=backend, watched=lambda camera_id: False)
    out = [one for frame_id in range(5) for one in stage.process(raw(frame_id))]
    assert [one.frame_id for one in out if isinstance(one, PoseFrame)] == [0, 1, 2, 3, 4]
    stage = PoseStage(PoseSettings(), backend=backend)
    out = [one for frame_id in range(5) for one in stage.process(replace(raw(frame_id), live=False))]
    assert [one.frame_id for one in out if isinstance(one, PoseFrame)] == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("how", ["end of stream", "close"])
def test_frames_that_wait_are_given_at_the_end(stage: PoseStage, made: list[OnePerson], how: str) -> None:
    stage.process(frame(frame_id=1))
    made[0].not_looked_at = {2000}
    stage.process(frame(frame_id=2))
    end = Frame("front", 3, 3000, 0, 0, b"", live=False, end_of_stream=True)
    last = stage.close() if how == "close" else stage.process(end)
    frames = [one for one in last if isinstance(one, PoseFrame)]
    assert [one.frame_id for one in frames] == ([2] if how == "close" else [2, 3])
    assert [len(one.people) for one in frames] == ([1] if how == "close" else [1, 0])


@pytest.mark.parametrize("jpeg", [b"", JPEG[:50], JPEG[:-4], b"\xff\xd8\xff\xd9"])
def test_a_bad_picture_costs_one_frame_only(stage: PoseStage, made: list[OnePerson], jpeg: bytes) -> None:
    with pytest.raises(BadMessage):
        stage.process(frame(jpeg=jpeg))
    assert len(stage.process(frame(frame_id=2))) == 2
    assert len(made) == 1


def test_only_frames_are_read(stage: PoseStage) -> None:
    with pytest.raises(BadMessage, match="PoseFrame"):
        stage.process(PoseFrame("front", 1, 1, 64, 48))


def test_the_end_of_a_file_passes_and_forgets_its_people(stage: PoseStage, made: list[OnePerson]) -> None:
    stage.process(frame())
    [end] = stage.process(Frame("front", 2, 2000, 0, 0, b"", live=False, end_of_stream=True))
    assert isinstance(end, PoseFrame)
    assert (end.camera_id, end.captured_at, end.people, end.end_of_stream) == ("front", 2000, (), True)
    assert made[0].resets == 1


def test_the_end_of_a_file_that_never_began(stage: PoseStage, made: list[OnePerson]) -> None:
    [end] = stage.process(Frame("front", 0, 0, 0, 0, b"", live=False, end_of_stream=True))
    assert isinstance(end, PoseFrame)
    assert end.end_of_stream
    assert made == []


def test_closing_gives_everything_back(stage: PoseStage, made: list[OnePerson]) -> None:
    stage.process(frame("front"))
    stage.process(frame("back"))
    assert stage.close() == []
    assert [one.closed for one in made] == [True, True]


def test_what_is_published_reads_back_bit_for_bit(stage: PoseStage) -> None:
    poses = stage.process(frame())[1]
    assert isinstance(poses, PoseFrame)
    again = decode(encode(poses))
    assert isinstance(again, PoseFrame)
    for name in ("box", "keypoints", "visibility", "world_keypoints"):
        assert np.array_equal(getattr(poses.people[0], name), getattr(again.people[0], name))
    assert poses.people[0].score == again.people[0].score


def test_rounding_is_below_what_can_be_seen() -> None:
    pose = a_pose("0-1")
    [short] = rounded([pose])
    assert np.abs(short.keypoints[:, :2] - pose.keypoints[:, :2]).max() * 3840 < 0.05
    assert np.abs(short.world_keypoints - pose.world_keypoints).max() < 1e-4
    assert np.abs(short.visibility - pose.visibility).max() < 1e-3
    assert rounded([short])[0].keypoints.tobytes() == short.keypoints.tobytes()


def test_rounding_many_poses_at_once_is_rounding_each_to_its_decimal_places() -> None:
    rng = np.random.default_rng(0)
    poses = [
        Pose(
            f"0-{number}",
            rng.uniform(0, 1, 4).astype(np.float32),
            rng.uniform(),
            rng.uniform(-1, 2, (33, 3)).astype(np.float32),
            rng.uniform(0, 1, 33).astype(np.float32),
            rng.uniform(-2, 2, (33, 3)).astype(np.float32),
        )
        for number in range(3)
    ]
    assert rounded([]) == []
    for pose, short in zip(poses, rounded(poses), strict=True):
        assert (short.track_id, short.score) == (pose.track_id, round(pose.score, 3))
        for got, given, places in (
            (short.box, pose.box, [5] * 4),
            (short.keypoints, pose.keypoints, [5, 5, 4]),
            (short.visibility, pose.visibility, [3] * 33),
            (short.world_keypoints, pose.world_keypoints, [4, 4, 4]),
        ):
            columns = zip(np.atleast_2d(given).astype(np.float64).T, places, strict=True)
            expected = np.stack([np.round(column, decimals) for column, decimals in columns], -1).astype(np.float32)
            assert got.tobytes() == expected.tobytes()
            assert got.shape == given.shape
            assert got.flags.c_contiguous


def test_without_models_it_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(ModelMismatch, match="spotter models fetch"):
        PoseStage(PoseSettings(models=tmp_path))


def test_without_mediapipe_it_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "services.pose.mediapipe_estimator", raising=False)
    monkeypatch.setitem(sys.modules, "mediapipe", None)
    with pytest.raises(SettingsError, match=r"pip install --no-deps -r deploy/requirements/mediapipe.txt"):
        PoseStage(PoseSettings(backend=Backend.MEDIAPIPE))


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPOTTER_POSE_BACKEND", "mediapipe")
    monkeypatch.setenv("SPOTTER_POSE_MAX_PEOPLE", "3")
    monkeypatch.setenv("SPOTTER_POSE_MODELS", "/srv/models")
    settings = PoseSettings()
    assert (settings.backend, settings.max_people, settings.models) == (Backend.MEDIAPIPE, 3, Path("/srv/models"))


def test_each_camera_is_told_its_own_stations(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[list[str]] = []
    monkeypatch.setenv("SPOTTER_POSE_STATIONS", "a/bench=0,0;1,0;1,1 a/rack=0,0;0.5,0;0.5,0.5 b/bench=0,0;1,0;1,1")
    monkeypatch.setenv("SPOTTER_POSE_RUNTIME", "onnxruntime")
    stage = PoseStage(PoseSettings(models=models_directory()))

    def estimator(_: BlazePose, epoch: int, max_people: int, stations: Sequence[Station]) -> OnePerson:
        told.append([station.station_id for station in stations])
        return OnePerson()

    monkeypatch.setattr(BlazePose, "estimator", estimator)
    for camera_id in "abc":
        stage.process(frame(camera_id))
    assert told == [["bench", "rack"], ["bench"], []]


@pytest.mark.parametrize("setting", ["backend", "max_people", "threads"])
def test_settings_that_cannot_work_are_refused(setting: str) -> None:
    with pytest.raises(ValidationError, match=setting):
        PoseSettings.model_validate({setting: "-1"})
