"""The classifier's stage: tracks come and go, streams end, clocks jump, bad frames are refused."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from services.classifier.settings import ClassifierSettings
from services.classifier.stage import ClassifierStage
from services.core.errors import BadMessage, ModelMismatch
from services.core.types import (
    NANOSECONDS,
    CameraState,
    Event,
    Frame,
    PoseFrame,
    Prediction,
    SetEnded,
    SetStarted,
    Status,
    TrackEnded,
)
from tests.golden.replay import Says, recording

SQUATS = list(recording("squat_5"))
SEEN = SQUATS[:-1]
START = 1_700_000_000 * NANOSECONDS


def stage(**settings: object) -> ClassifierStage:
    return ClassifierStage(ClassifierSettings(**settings), model=Says("squat"))


def fed(worker: ClassifierStage, frames: Iterable[PoseFrame]) -> list[Event]:
    return [event for frame in frames for event in worker.process(frame)]


def of(kind: type[Event], events: Iterable[Event]) -> list[Event]:
    return [event for event in events if isinstance(event, kind)]


def moved(frames: Iterable[PoseFrame], seconds: float) -> list[PoseFrame]:
    return [replace(frame, captured_at=frame.captured_at + round(seconds * NANOSECONDS)) for frame in frames]


def empty(seconds: float) -> PoseFrame:
    return PoseFrame("sim", 0, round(seconds * NANOSECONDS), 640, 360)


def test_the_end_of_a_stream_closes_everything() -> None:
    events = fed(stage(), [*SEEN[:100], SQUATS[-1]])
    assert [type(event) for event in events[-2:]] == [SetEnded, TrackEnded]
    assert len(of(SetEnded, events)) == 1


def test_closing_the_stage_closes_everything() -> None:
    worker = stage()
    fed(worker, SEEN[:100])
    closing = list(worker.close())
    assert [type(event) for event in closing][-2:] == [SetEnded, TrackEnded]
    assert list(worker.close()) == []


def test_somebody_who_leaves_is_gone_after_a_while_and_their_set_ends() -> None:
    worker = stage(gone_seconds=3.0)
    events = fed(worker, SEEN[:100])
    last = SEEN[99].captured_at / NANOSECONDS
    assert fed(worker, [empty(last + 2.9)]) == []
    left = fed(worker, [empty(last + 3.1)])
    assert [type(event) for event in left] == [SetEnded, TrackEnded]
    ended = left[-1]
    assert isinstance(ended, TrackEnded)
    assert (ended.first, ended.last) == (0, SEEN[99].captured_at)
    assert len(of(SetStarted, events)) == 1


def test_somebody_who_comes_back_in_time_goes_on() -> None:
    without = [frame for frame in SEEN if not 4.0 < frame.captured_at / NANOSECONDS < 4.8]
    events = fed(stage(), [*without, SQUATS[-1]])
    (end,) = of(SetEnded, events)
    assert isinstance(end, SetEnded)
    assert end.reps == 5


def told(seconds: float, camera_id: str = "sim", status: Status = Status.OFFLINE) -> CameraState:
    """A camera's state, by a clock that has nothing to do with event time."""
    return CameraState(camera_id=camera_id, source="rtsp", status=status, at=START + round(seconds * NANOSECONDS))


@pytest.mark.parametrize("teller", ["sim", "other"])
def test_the_sets_of_a_camera_that_vanishes_are_closed_while_any_camera_tells_its_state(teller: str) -> None:
    worker, unplugged = stage(silent_seconds=15.0), stage()
    opened = fed(worker, SEEN[:100])
    fed(unplugged, SEEN[:100])
    late = [(second, event) for second in range(0, 40, 5) for event in worker.process(told(second, teller))]
    assert {second for second, _ in late} == {20}
    assert [type(event) for _, event in late] == [SetEnded, TrackEnded]
    assert [event for _, event in late] == list(unplugged.close())
    assert late[-1][1].captured_at == SEEN[99].captured_at
    assert len(of(SetStarted, opened)) == 1


def test_a_camera_that_vanished_gives_the_same_events_without_any_state() -> None:
    back = moved(SEEN, 100)
    with_states, without = stage(), stage()
    events = fed(with_states, SEEN[:100])
    events += [event for second in range(0, 60, 5) for event in with_states.process(told(second))]
    assert of(TrackEnded, events)
    events += fed(with_states, back)
    assert events == fed(without, [*SEEN[:100], *back])
    assert len(of(SetStarted, events)) == 2


def test_a_camera_that_is_seen_is_never_closed_by_states() -> None:
    worker = stage()
    events: list[Event] = []
    for number, frame in enumerate(SEEN):
        events += worker.process(frame)
        events += worker.process(told(10 * number, status=Status.STALLED))
    assert not of(TrackEnded, events)


def test_states_far_apart_or_of_clocks_that_differ_close_nothing() -> None:
    worker = stage()
    fed(worker, SEEN[:100])
    for state in (told(0), told(3600), told(-30, "other"), told(7200), told(6000), told(6010), told(40, "other")):
        assert list(worker.process(state)) == []
    assert list(worker.process(told(6016)))


def test_a_track_shorter_than_a_clip_is_classified_at_its_end() -> None:
    short = [frame for frame in SEEN if 1.0 <= frame.captured_at / NANOSECONDS < 3.4]
    events = fed(stage(), [*short, SQUATS[-1]])
    assert len(of(Prediction, events)) == 1
    (end,) = of(SetEnded, events)
    assert isinstance(end, SetEnded)
    assert (end.exercise, end.reps) == ("squat", 1)


def test_predictions_name_the_likeliest_few() -> None:
    prediction = of(Prediction, fed(stage(), SEEN[:40]))[0]
    assert isinstance(prediction, Prediction)
    assert prediction.label == "squat"
    assert prediction.confidence == pytest.approx(0.8)
    assert next(iter(prediction.probabilities)) == "squat"
    assert len(prediction.probabilities) == 5
    assert prediction.end - prediction.start == round(2.5 * NANOSECONDS)


def test_all_ids_are_different_and_revisions_rise() -> None:
    seen: dict[str, int] = {}
    for event in fed(stage(), SQUATS):
        assert event.revision == seen.get(event.event_id, -1) + 1
        seen[event.event_id] = event.revision


def test_a_frame_out_of_order_is_refused_and_changes_nothing() -> None:
    worker = stage()
    events = fed(worker, SEEN[:50])
    for late in (SEEN[49], SEEN[30]):
        with pytest.raises(BadMessage, match="older"):
            worker.process(late)
    events += fed(worker, SQUATS[50:])
    assert events == fed(stage(), SQUATS)


def test_a_clock_that_is_set_back_starts_anew() -> None:
    worker = stage()
    fed(worker, moved(SEEN[:100], 1000.0))
    jump = worker.process(SEEN[0])
    assert [type(event) for event in jump][-2:] == [SetEnded, TrackEnded]
    events = fed(worker, SQUATS[1:])
    (end,) = of(SetEnded, events)
    assert isinstance(end, SetEnded)
    assert end.reps == 5


def test_a_jump_forward_ends_the_track() -> None:
    worker = stage()
    fed(worker, SEEN[:100])
    events = fed(worker, moved(SEEN[100:101], 3600.0))
    assert [type(event) for event in events] == [SetEnded, TrackEnded]
    later = fed(worker, [*moved(SEEN[101:], 3600.0), replace(SQUATS[-1], captured_at=2**62)])
    assert len(of(TrackEnded, later)) == 1


def with_person(frame: PoseFrame, **changes: object) -> PoseFrame:
    return replace(frame, people=(replace(frame.people[0], **changes),))


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param(Frame("sim", 0, 0, 640, 360, b"\xff\xd8"), id="a picture"),
        pytest.param(replace(SEEN[0], width=0), id="no size"),
        pytest.param(with_person(SEEN[0], keypoints=np.full((33, 3), np.nan, np.float32)), id="NaN keypoints"),
        pytest.param(with_person(SEEN[0], world_keypoints=np.full((33, 3), np.inf, np.float32)), id="endless world"),
        pytest.param(with_person(SEEN[0], visibility=np.full(33, np.nan, np.float32)), id="NaN visibility"),
    ],
)
def test_unusable_messages_are_refused(frame: PoseFrame) -> None:
    worker = stage()
    with pytest.raises(BadMessage):
        worker.process(frame)
    assert fed(worker, SQUATS) == fed(stage(), SQUATS)


def test_provisional_frames_are_left_out() -> None:
    twice = [one for frame in SQUATS for one in (replace(frame, people=(), provisional=True), frame)]
    assert fed(stage(), twice) == fed(stage(), SQUATS)


def test_an_empty_gym_says_nothing() -> None:
    worker = stage()
    assert fed(worker, [empty(second / 10) for second in range(100)]) == []
    assert fed(worker, [PoseFrame("sim", 100, 0, 0, 0, (), end_of_stream=True)]) == []


def test_a_missing_bundle_stops_the_program(tmp_path: Path) -> None:
    with pytest.raises(ModelMismatch):
        ClassifierStage(ClassifierSettings(bundle=tmp_path / "nothing"))


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPOTTER_CLASSIFIER_GONE_SECONDS", "5.5")
    assert ClassifierSettings().gone_seconds == 5.5
    monkeypatch.setenv("SPOTTER_CLASSIFIER_GONE_SECONDS", "0")
    with pytest.raises(ValidationError):
        ClassifierSettings()


def test_every_setting_says_what_it_changes() -> None:
    assert all(field.description for field in ClassifierSettings.model_fields.values())
