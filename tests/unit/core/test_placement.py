"""Who is counted where, and what people are told of where they stand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from services.core.counting import ExerciseCounter
from services.core.exercises import CATALOGUE
from services.core.gates import StartGate, missing
from services.core.placement import AGAIN_SECONDS, Placement
from services.core.signals import Measures, measure
from services.core.types import NANOSECONDS, PlacementHint
from services.simulator import open_scene

WIDTH, HEIGHT = 640, 360


def standing(view: int = 90) -> Measures:
    """Somebody who stands in the middle of the picture."""
    frame = open_scene(f"squat?view={view}&reps=1&seed=2").pose_frame(0.0)
    return measure(frame.people[0], WIDTH, HEIGHT)


def lowered(pose: Measures, metres: float) -> Measures:
    """The same farther down in the picture."""
    return replace(pose, place=pose.place + np.array([0.0, metres * pose.place[2], 0.0]))


def told(spans: list[tuple[float, Measures, str | None]], *, fps: float = 10.0) -> list[PlacementHint]:
    """The hints of somebody who is so for some seconds each, and seems to do an exercise or none."""
    placement, number, events = Placement("front", "0-1"), 0, []
    for seconds, pose, doing in spans:
        for _ in range(round(seconds * fps)):
            exercise = None if doing is None else CATALOGUE[doing]
            at = round(number / fps * NANOSECONDS)
            events += placement.update(at, pose, WIDTH, HEIGHT, exercise)
            number += 1
    return events


def said(events: list[PlacementHint]) -> list[tuple[str, bool]]:
    return [(event.hint, event.active) for event in events]


def test_feet_out_of_the_picture_are_told_and_withdrawn() -> None:
    whole = standing()
    cut = lowered(whole, 0.8)
    assert missing(CATALOGUE["squat"], cut) == "feet"
    assert missing(CATALOGUE["biceps_curl"], cut) is None
    events = told([(2.0, whole, "squat"), (5.0, cut, "squat"), (4.0, whole, "squat")])
    assert said(events) == [("step_back", True), ("step_back", False)]
    first, last = events
    assert "feet" in first.message
    assert (first.event_id, first.revision, last.revision) == (last.event_id, 0, 1)
    assert first.start == 2 * NANOSECONDS
    assert 2.8 <= (first.captured_at - first.start) / NANOSECONDS <= 3.2
    assert 8.3 <= last.captured_at / NANOSECONDS <= 8.7


@pytest.mark.parametrize("fps", [8.0, 30.0])
def test_a_moment_is_not_told(fps: float) -> None:
    whole, cut = standing(), lowered(standing(), 0.8)
    assert told([(2.0, whole, "squat"), (2.0, cut, "squat")] * 3, fps=fps) == []


def test_the_same_is_not_told_again_at_once() -> None:
    whole, cut = standing(), lowered(standing(), 0.8)
    events = told([(4.0, cut, "squat"), (3.0, whole, "squat")] * 6)
    times = [event.captured_at / NANOSECONDS for event in events if event.active]
    assert len(times) == 2
    assert times[1] - times[0] >= AGAIN_SECONDS


def test_who_does_nothing_is_told_nothing() -> None:
    cut = lowered(standing(), 0.8)
    assert told([(10.0, cut, None)]) == []
    assert said(told([(5.0, cut, "squat"), (0.2, cut, None)])) == [("step_back", True), ("step_back", False)]


def test_a_small_person_is_told_to_come_closer() -> None:
    far = replace(standing(), place=np.array([0.9, 0.5, 40 / HEIGHT]))
    assert said(told([(5.0, far, "squat")])) == [("come_closer", True)]


def test_who_is_seen_from_the_front_only_is_told_to_turn() -> None:
    assert said(told([(5.0, standing(0), "deadlift")])) == [("turn_sideways", True)]
    assert told([(5.0, standing(90), "deadlift"), (5.0, standing(0), "jumping_jack")]) == []


def test_another_goes_on_from_a_snapshot() -> None:
    whole, cut = standing(), lowered(standing(), 0.8)
    poses = [whole] * 20 + [cut] * 60 + [whole] * 40 + [cut] * 200
    one, events = Placement("front", "0-1"), []
    two, resumed = Placement("front", "0-1"), []
    for number, pose in enumerate(poses):
        at = number * NANOSECONDS // 10
        events += one.update(at, pose, WIDTH, HEIGHT, CATALOGUE["squat"])
        resumed += two.update(at, pose, WIDTH, HEIGHT, CATALOGUE["squat"])
        if number % 17 == 0:
            snapshot, two = two.snapshot(), Placement("front", "0-1")
            two.restore(snapshot)
    assert resumed == events
    assert len(events) == 3


def gated(exercise: str, spec: str, seconds: float) -> tuple[list[bool], list[str]]:
    """Which poses of a simulated person may count, and what is truly done in each."""
    gate, scene = StartGate(CATALOGUE[exercise]), open_scene(spec)
    shown, labels = [], []
    for frame in scene.pose_frames(seconds, fps=8.0, noise=0.02):
        shown.append(gate.update(frame.captured_at, measure(frame.people[0], frame.width, frame.height)))
        labels.append(scene.truth(frame.captured_at / NANOSECONDS).people[0].label)
    return shown, labels


@pytest.mark.parametrize("exercise", ["push_up", "pull_up", "burpee", "bench_press", "lat_pulldown"])
def test_getting_into_position_counts_for_nothing(exercise: str) -> None:
    """Two sets with the ways in and out, and a rest between them, of which no model says that it is one."""
    entry, scene = CATALOGUE[exercise], open_scene(f"{exercise}?view=70&reps=3&rest=4&seed=4")
    gate, counter = StartGate(entry), ExerciseCounter(entry)
    seconds = 36.0
    for frame in scene.pose_frames(seconds, fps=8.0, noise=0.02):
        measures = measure(frame.people[0], frame.width, frame.height)
        if gate.update(frame.captured_at, measures):
            counter.update(frame.captured_at, measures)
    true = [(rep.start, rep.end) for rep in scene.reps(seconds)]
    middles = [(rep.start + rep.end) / 2 / NANOSECONDS for rep in counter.reps]
    assert len(true) >= 5
    assert len(middles) >= len(true) / 2
    assert [middle for middle in middles if not any(start <= middle <= end for start, end in true)] == []


def test_a_recording_may_begin_in_the_middle_of_a_set() -> None:
    gate = StartGate(CATALOGUE["squat"])
    assert gate.update(0, standing())


def test_who_walks_through_is_not_counted() -> None:
    shown, _ = gated("squat", "walking?view=90&seed=1", 20.0)
    assert sum(shown) <= 0.55 * len(shown)


def test_half_out_of_the_picture_counts_for_nothing() -> None:
    gate = StartGate(CATALOGUE["squat"])
    assert [gate.update(0, standing()), gate.update(1, lowered(standing(), 0.8))] == [True, False]
