"""The benchmark of false sets: what it counts, whom it blames, and how sure zero is."""

from __future__ import annotations

import pytest

from services.core.types import NANOSECONDS, Event, Hold, Rep, SetEnded, SetStarted
from services.simulator import open_scene
from tests.benchmarks.false_sets import SEED, FalseSet, Nothing, most_likely_up_to, movements, specs

END = 20 * NANOSECONDS


def _ended(track: str, end: int, revision: int = 0) -> SetEnded:
    return SetEnded(
        camera_id="live", track_id=track, event_id=f"{track} set", captured_at=end, revision=revision, set_id="1",
        exercise="squat", start=0, end=end, reps=2, confidence=0.9, rep_times=(),
    )  # fmt: skip


def test_no_event_in_an_hour_still_allows_one_in_twenty_minutes() -> None:
    assert most_likely_up_to(0, 60.0) == pytest.approx(3.0 / 60, abs=1e-3)
    assert most_likely_up_to(3, 60.0) == pytest.approx(7.754 / 60, abs=1e-3)


def test_what_was_taken_back_was_begun_but_does_not_stand() -> None:
    base = {"camera_id": "live", "captured_at": 0, "set_id": "1", "exercise": "squat"}
    events: list[Event] = [
        SetStarted(camera_id="live", track_id="1", event_id="a", captured_at=0, exercise="squat", start=0),
        SetStarted(camera_id="live", track_id="2", event_id="b", captured_at=0, exercise="squat", start=0),
        Rep(track_id="1", event_id="r", number=1, start=0, end=1, range_of_motion=1.0, **base),
        Rep(
            track_id="1", event_id="r", number=1, start=0, end=1, range_of_motion=1.0, counted=False, revision=1, **base
        ),
        Hold(track_id="2", event_id="h", start=0, end=5, **base),
        _ended("1", END),
        _ended("1", 0, revision=1),
        _ended("2", END),
    ]
    nothing = Nothing("test")
    nothing.add("here", events, lambda one: (one.track_id,))
    assert (nothing.begun, nothing.reps, nothing.holds) == (2, 0, 1)
    assert nothing.sets == [FalseSet("here", "squat", 2, 0.0, 20.0, ("2",))]


def test_a_false_set_is_blamed_on_the_person_who_was_there() -> None:
    scene = open_scene("idle,walking")
    frames = [scene.pose_frame(number * 2.0) for number in range(5)]
    assert movements(scene, frames, _ended("0-0", END)) == ("idle",)
    assert movements(scene, frames, _ended("0-1", END)) == ("walking",)
    assert movements(scene, frames, _ended("gone", END)) == ()


def test_the_cameras_differ_and_can_be_opened() -> None:
    assert len(set(specs(SEED))) == 20
    assert len(open_scene(specs(SEED)[0]).people) == 3
