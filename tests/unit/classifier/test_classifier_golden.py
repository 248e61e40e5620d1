"""Golden recordings give their events to the last digit, however they are fed."""

from __future__ import annotations

import pytest

from services.bus.codec import decode, encode
from services.classifier.settings import ClassifierSettings
from services.classifier.stage import ClassifierStage
from services.core.exercises import CATALOGUE
from services.core.types import Event, PoseFrame, SetEnded
from tests.golden.replay import RECORDINGS, Says, events_of, exercise_of, golden_events, recording

by_name = pytest.mark.parametrize("name", RECORDINGS)


@by_name
def test_a_recording_gives_its_events(name: str) -> None:
    assert events_of(recording(name), exercise_of(name)) == golden_events(name)


@by_name
def test_the_events_are_what_the_name_says(name: str) -> None:
    exercise, _, number = name.rpartition("_")
    (ended,) = (event for event in golden_events(name) if event["type"] == "set_ended")
    assert ended["exercise"] == exercise
    if CATALOGUE[exercise].hold:
        # Getting into the posture and out of it may be counted in.
        assert 0 <= ended["held_seconds"] - int(number) <= 2.5
    else:
        assert ended["reps"] == int(number)
        latest = {event["event_id"]: event for event in golden_events(name) if event["type"] == "rep"}
        assert sum(rep["counted"] for rep in latest.values()) == int(number)


def test_a_replay_gives_the_same_events_after_the_wire() -> None:
    """The second run reads poses that were encoded and decoded once more."""
    stage = ClassifierStage(ClassifierSettings(), model=Says("squat"))
    frames = list(recording("squat_5"))
    first = [event for frame in frames for event in stage.process(frame)]
    again = ClassifierStage(ClassifierSettings(), model=Says("squat"))
    second = [event for frame in frames for event in again.process(decode(encode(frame)))]
    assert first == second


def test_cameras_do_not_meet() -> None:
    """Two recordings through one stage, frame by frame in turn, give what each gives alone."""

    def as_camera(name: str, camera_id: str) -> list[PoseFrame]:
        return [
            PoseFrame(
                camera_id, frame.frame_id, frame.captured_at, frame.width, frame.height, frame.people,
                frame.end_of_stream,
            )
            for frame in recording(name)
        ]  # fmt: skip

    def sets(events: list[Event]) -> list[SetEnded]:
        return [event for event in events if isinstance(event, SetEnded)]

    both = ClassifierStage(ClassifierSettings(), model=Says("squat"))
    mixed: list[Event] = []
    one, other = as_camera("squat_5", "a"), as_camera("squat_5", "b")
    for left, right in zip(one, other, strict=True):
        mixed += [*both.process(left), *both.process(right)]
    alone = ClassifierStage(ClassifierSettings(), model=Says("squat"))
    expected = [event for frame in one for event in alone.process(frame)]
    assert [event for event in mixed if event.camera_id == "a"] == expected
    assert [(end.reps, end.rep_times) for end in sets(mixed)] == [(5, end.rep_times) for end in sets(expected) * 2]
    assert len({event.event_id for event in mixed if isinstance(event, SetEnded)}) == 2
