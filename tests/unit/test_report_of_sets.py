"""What `spotter analyze --json` tells of sets, from their events."""

from __future__ import annotations

from dataclasses import replace

import jsonschema
import numpy as np
import pytest

from proto import export
from services.core.summary import nearness
from services.core.types import NANOSECONDS, Event, Hold, Pose, PoseFrame, Prediction, Rep, SetEnded, SetStarted
from services.report import Analysis, report
from tests.fakes import pose
from training.reps.whole import heard

BASE = {"camera_id": "video", "track_id": "0-0"}
SCHEMA = export.DOCUMENTS["analysis_report"].json_schema()


def at(seconds: float) -> int:
    return round(seconds * NANOSECONDS)


def rep(number: int, **more: object) -> Rep:
    values = {
        "event_id": f"rep-{number}", "captured_at": at(number + 1), "set_id": "set", "exercise": "squat",
        "number": number, "start": at(number), "end": at(number + 0.9), "range_of_motion": 0.8, **more,
    }  # fmt: skip
    return Rep(**BASE, **values)


def ended(**more: object) -> SetEnded:
    values = {
        "event_id": "end", "captured_at": at(9), "set_id": "set", "exercise": "squat", "start": at(1), "end": at(8),
        "reps": 0, "confidence": 0.9, "rep_times": (), **more,
    }  # fmt: skip
    return SetEnded(**BASE, **values)


def sets_of(*events: Event) -> list[dict[str, object]]:
    frames = tuple(PoseFrame("video", number, at(number), 640, 360, (pose("0-0"),)) for number in range(10))
    told = report("clip.mp4", Analysis(frames, events)).model_dump(mode="json")
    jsonschema.validate(told, SCHEMA)
    return told["people"][0]["sets"]


def test_each_repetition_is_told_as_its_last_revision_has_it() -> None:
    how = {"tempo": (1.0, 0.2, 0.9, None), "peak_speed": 0.7, "speed_unit": "m/s", "confidence": 0.95, "side": "right"}
    started = SetStarted(**BASE, event_id="set", captured_at=at(2), exercise="squat", start=at(1))
    taken_back = rep(4, counted=False, revision=1)
    (one,) = sets_of(
        started, rep(1), rep(1, revision=1, **how), rep(2, counted=False, half=True), rep(4), taken_back,
        rep(5, set_id="another"),
        ended(reps=1, rep_times=((at(1), at(1.9)),), halves=1, rest_before_seconds=42.5, corrected_from="lunge"),
    )  # fmt: skip
    whole, half = one["repetitions"]
    assert (whole["tempo_s"], whole["peak_speed"], whole["speed_unit"]) == ([1.0, 0.2, 0.9, None], 0.7, "m/s")
    assert (whole["start_s"], whole["end_s"], whole["confidence"], whole["half"]) == (1.0, 1.9, 0.95, False)
    assert (half["number"], half["half"], half["tempo_s"]) == (2, True, None)
    assert (whole["side"], half["side"]) == ("right", None)
    assert (one["reps"], one["halves"], one["rest_before_s"], one["corrected_from"]) == (1, 1, 42.5, "lunge")
    assert (one["held_s"], one["breaks"]) == (None, 0)


@pytest.mark.parametrize("breaks", [0, 2])
def test_a_hold_is_told_with_its_breaks(breaks: int) -> None:
    hold = Hold(
        **BASE, event_id="hold", captured_at=at(5), set_id="set", exercise="plank", start=at(1), end=at(5),
        held_seconds=3.5,
    )  # fmt: skip
    (one,) = sets_of(
        hold,
        replace(hold, revision=1, end=at(8), held_seconds=6.0, breaks=breaks),
        ended(exercise="plank", held_seconds=6.0),
    )
    assert (one["held_s"], one["breaks"], one["reps"], one["repetitions"]) == (6.0, breaks, 0, [])


def test_what_was_counted_or_timed_comes_before_movement_that_lasted_longer() -> None:
    moved = ended(event_id="moved", set_id="moved", exercise="unknown", start=at(0), end=at(6))
    few = ended(event_id="few", set_id="few", start=at(6), end=at(8), reps=1, rep_times=((at(6), at(8)),))
    held = ended(event_id="held", set_id="held", exercise="plank", start=at(6), end=at(8), held_seconds=2.0)
    frames = tuple(PoseFrame("video", number, at(number), 640, 360, (pose("0-0"),)) for number in range(10))
    for events, main in (((moved, few), ("squat", 1)), ((moved, held), ("plank", 0)), ((moved,), ("unknown", 0))):
        told = report("clip.mp4", Analysis(frames, events))
        assert (told.main.exercise, told.main.reps) == main
        whole = heard(events, nearness(frames))
        assert (whole.exercise, whole.reps) == main


def smaller(one: Pose, times: float) -> Pose:
    """The same person, farther away."""
    return replace(one, keypoints=np.asarray(one.keypoints / times, np.float32), box=one.box / times)


def two_people(times: float) -> tuple[PoseFrame, ...]:
    """Ten seconds of somebody ("0-0") and of another ("0-1") who is so many times as far away."""
    people = pose("0-0"), smaller(pose("0-1"), times)
    return tuple(PoseFrame("video", number, at(number), 640, 360, people) for number in range(10))


@pytest.mark.parametrize(("times", "longest"), [(1.0, "lunge"), (1.5, "lunge"), (3.0, "squat")])
def test_whom_a_video_shows_is_the_nearer_one_unless_another_exercises_much_longer(times: float, longest: str) -> None:
    near = ended(start=at(0), end=at(4), reps=2)
    far = replace(ended(event_id="far", set_id="far", exercise="lunge", start=at(0), end=at(8), reps=5), track_id="0-1")
    frames = two_people(times)
    assert report("clip.mp4", Analysis(frames, (near, far))).main.exercise == longest
    assert heard((near, far), nearness(frames)).exercise == longest


def clip_of(track_id: str, number: int, **probabilities: float) -> Prediction:
    return Prediction(
        camera_id="video", track_id=track_id, event_id=f"clip-{track_id}-{number}", captured_at=at(number + 2),
        label=max(probabilities, key=lambda label: probabilities[label]), confidence=max(probabilities.values()),
        probabilities=probabilities, start=at(number), end=at(number + 2),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("probabilities", "like"),
    [
        ({"push_up": 0.7, "none": 0.3}, "push_up"),
        ({"unknown": 0.6, "none": 0.4}, "unknown"),
        ({"push_up": 0.45, "plank": 0.4, "none": 0.15}, None),
        ({"push_up": 0.3, "none": 0.7}, None),
    ],
)
def test_of_whoever_finished_nothing_is_told_what_the_clips_agree_on(
    probabilities: dict[str, float], like: str | None
) -> None:
    clips = [clip_of("0-0", number, **probabilities) for number in range(3)]
    told = report("clip.mp4", Analysis(two_people(2.0), tuple(clips)))
    first, second = told.people
    assert (first.resembles.exercise if first.resembles else None) == like
    assert second.resembles is None
    assert (told.main.exercise, told.main.reps) == (like or "none", 0)
    assert told.main.track_id == ("0-0" if like else None)
    jsonschema.validate(told.model_dump(mode="json"), SCHEMA)


def test_a_far_one_who_seems_to_do_something_is_not_what_a_video_shows() -> None:
    clips = tuple(clip_of("0-1", number, push_up=0.9, none=0.1) for number in range(3))
    told = report("clip.mp4", Analysis(two_people(2.0), clips))
    assert told.people[1].resembles is not None
    assert (told.main.exercise, told.main.track_id) == ("none", None)


def test_whoever_did_a_set_is_not_likened_to_anything() -> None:
    clips = tuple(clip_of("0-0", number, push_up=0.9, none=0.1) for number in range(3))
    (first, _) = report("clip.mp4", Analysis(two_people(2.0), (*clips, ended(reps=2)))).people
    assert first.sets
    assert first.resembles is None
