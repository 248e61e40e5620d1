"""What is told of sets beside their count: halves, phases, loads, rests, corrections, counting anew."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest

from services.core.exercises import CATALOGUE
from services.core.sets import SetTracker
from services.core.signals import BODY, Measures, Signal
from services.core.types import NANOSECONDS, Event, Prediction, Rep, SetEnded, SetStarted
from tests.benchmarks.simulated_reps.answers import measured
from tests.benchmarks.simulated_reps.sets import Trial
from tests.benchmarks.simulated_reps.sides import with_errors
from tests.unit.core.test_sets import CLIP, FPS, STRIDE, latest_reps, measures_of, of, prediction, sets_of, told

STAND = ("stand", 4.0, "none")


def squats(tracker: SetTracker, first: float, last: float, *, label: str = "squat", depth: float = 1.0) -> list[Event]:
    """Events of a squat every 2 seconds from one second to another, with a clip every half."""
    events: list[Event] = []
    for frame in range(round(first * FPS), round(last * FPS)):
        at = frame / FPS
        measures = measures_of("squat", at)
        values = measures.values.copy()
        values[Signal.HIP_HEIGHT] = 0.8 - (0.8 - values[Signal.HIP_HEIGHT]) * depth
        events += tracker.update(round(at * NANOSECONDS), Measures(values, measures.quality))
        if at >= CLIP and frame % round(STRIDE * FPS) == 0:
            events += tracker.push(prediction(at, label))
    return events


def standing(tracker: SetTracker, first: float, last: float) -> list[Event]:
    events: list[Event] = []
    for frame in range(round(first * FPS), round(last * FPS)):
        at = frame / FPS
        events += tracker.update(round(at * NANOSECONDS), measures_of("stand", at))
        if frame % round(STRIDE * FPS) == 0:
            events += tracker.push(prediction(at, "none"))
    return events


def told_by(at: float, chances: dict[str, float]) -> Prediction:
    """A clip's answer that ends at a moment, seconds."""
    label = max(chances, key=lambda one: chances[one])
    return replace(prediction(at, label), confidence=chances[label], probabilities=chances)


def last_of(events: Iterable[Event]) -> dict[str, Event]:
    newest: dict[str, Event] = {}
    for event in events:
        if event.event_id not in newest or event.revision > newest[event.event_id].revision:
            newest[event.event_id] = event
    return newest


def test_each_repetition_is_told_with_its_phases() -> None:
    reps = of(Rep, told([STAND, ("squat", 10.0, "squat"), ("stand", 20.0, "none")]))
    assert len(reps) == 5
    for rep in reps:
        assert rep.reached is not None
        assert rep.left is not None
        assert rep.start < rep.reached <= rep.left < rep.end
        assert rep.tempo is not None
        assert sum(part or 0.0 for part in rep.tempo[:3]) == pytest.approx((rep.end - rep.start) / NANOSECONDS)
        assert rep.peak_speed is not None
        # Half a metre up and down a cosine of 2 s: 0.63 m/s at the quickest, less what is smoothed.
        assert 0.4 < rep.peak_speed < 0.7
        assert rep.speed_unit == "m/s"
        assert rep.confidence is not None
        assert rep.confidence > 0.8
    assert reps[0].tempo is not None
    assert reps[0].tempo[3] is None
    assert all(rep.tempo and rep.tempo[3] is not None and rep.tempo[3] < 1.5 for rep in reps[1:])


def test_half_a_repetition_is_told_and_never_counted() -> None:
    tracker = SetTracker("gym", "0-1")
    events = squats(tracker, 0.0, 6.0)
    events += squats(tracker, 6.0, 8.0, depth=0.5)
    events += squats(tracker, 8.0, 12.0)
    events += standing(tracker, 12.0, 30.0)
    halves = [rep for rep in last_of(events).values() if isinstance(rep, Rep) and rep.half]
    (half,) = halves
    assert not half.counted
    assert half.number == 4
    assert 0.3 < half.range_of_motion < 0.6
    (ended,) = of(SetEnded, events)
    assert (ended.reps, ended.halves) == (5, 1)
    assert [rep.number for rep in latest_reps(events)] == [1, 2, 3, 4, 5]


def test_volume_is_the_load_times_the_repetitions() -> None:
    tracker = SetTracker("gym", "0-1")
    events = squats(tracker, 0.0, 8.0)
    assert tracker.load(80.0, 8 * NANOSECONDS) == []
    events += standing(tracker, 8.0, 30.0)
    (ended,) = of(SetEnded, events)
    assert (ended.load_kg, ended.volume_kg) == (80.0, 320.0)


def test_a_load_stays_until_another_is_told() -> None:
    tracker = SetTracker("gym", "0-1")
    tracker.load(80.0, 0)
    events = [*squats(tracker, 0.0, 8.0), *standing(tracker, 8.0, 30.0)]
    tracker.load(60.0, 25 * NANOSECONDS)
    events += [*squats(tracker, 30.0, 36.0), *standing(tracker, 36.0, 60.0)]
    assert [(one.load_kg, one.volume_kg) for one in of(SetEnded, events)] == [(80.0, 320.0), (60.0, 180.0)]


def test_nothing_is_said_of_volume_where_nobody_told_a_load() -> None:
    tracker = SetTracker("gym", "0-1")
    (ended,) = of(SetEnded, [*squats(tracker, 0.0, 8.0), *standing(tracker, 8.0, 30.0)])
    assert (ended.load_kg, ended.volume_kg) == (None, None)


def test_a_load_that_comes_late_mends_the_set_that_was_open_then() -> None:
    tracker = SetTracker("gym", "0-1")
    events = [*squats(tracker, 0.0, 8.0), *standing(tracker, 8.0, 30.0)]
    (before,) = of(SetEnded, events)
    (mended,) = of(SetEnded, tracker.load(80.0, 7 * NANOSECONDS))
    assert (mended.event_id, mended.revision) == (before.event_id, before.revision + 1)
    assert (mended.reps, mended.volume_kg) == (4, 320.0)
    assert mended.captured_at >= before.captured_at
    assert tracker.load(80.0, 7 * NANOSECONDS) == []
    assert tracker.load(20.0, 6 * NANOSECONDS) == []


def test_a_load_told_after_the_set_is_for_the_next() -> None:
    tracker = SetTracker("gym", "0-1")
    events = [*squats(tracker, 0.0, 8.0), *standing(tracker, 8.0, 30.0)]
    assert of(SetEnded, events)
    assert tracker.load(80.0, 29 * NANOSECONDS) == []


def test_the_rest_since_the_last_set_is_told() -> None:
    events = told([STAND, ("squat", 10.0, "squat"), ("stand", 20.0, "none"), ("squat", 8.0, "squat"), STAND])
    first, second = of(SetEnded, events)
    assert first.rest_before_seconds is None
    assert second.rest_before_seconds == pytest.approx((second.start - first.end) / NANOSECONDS, abs=1e-3)
    assert second.rest_before_seconds == pytest.approx(20.0, abs=1.5)
    starts = of(SetStarted, events)
    assert [one.rest_before_seconds for one in starts] == [None, second.rest_before_seconds]


def test_a_correction_says_so_and_from_what() -> None:
    tracker = SetTracker("gym", "0-1")
    events = squats(tracker, 0.0, 5.0, label="thruster")
    assert [one.exercise for one in of(SetStarted, events)] == []
    tracker = SetTracker("gym", "0-1")
    events = squats(tracker, 0.0, 5.0, label="deadlift")
    events += squats(tracker, 5.0, 14.0)
    events += standing(tracker, 14.0, 40.0)
    for started in of(SetStarted, events):
        assert (started.corrected_from is not None) == (started.revision > 0)
    for ended in of(SetEnded, events):
        own = [one for one in of(SetStarted, events) if one.event_id == ended.set_id]
        first = own[0].exercise
        assert ended.corrected_from == (first if first != ended.exercise else None)
    sets_of(events)


@pytest.mark.parametrize("late", [0.0, 1.5])
def test_counting_anew_ends_the_set_and_begins_another(late: float) -> None:
    tracker, asked = SetTracker("gym", "0-1"), 7.0
    events = squats(tracker, 0.0, asked + late + 0.1)
    events += tracker.reset(round(asked * NANOSECONDS))
    assert tracker.reset(round(asked * NANOSECONDS)) == []
    events += squats(tracker, asked + late + 0.1, 14.0)
    events += standing(tracker, 14.0, 40.0)
    ended = [(one.exercise, one.reps) for one in of(SetEnded, events)]
    assert ended == [("squat", 3), ("squat", 3)]
    first, second = of(SetEnded, events)
    assert first.end <= asked * NANOSECONDS <= second.start
    newest = [event for event in last_of(events).values() if isinstance(event, Rep) and event.counted]
    assert sorted((rep.set_id == first.set_id, rep.number) for rep in newest) == [
        (False, 1), (False, 2), (False, 3), (True, 1), (True, 2), (True, 3),
    ]  # fmt: skip


def test_counting_anew_while_nothing_is_counted_only_forgets() -> None:
    tracker = SetTracker("gym", "0-1")
    events = squats(tracker, 0.0, 2.0)
    assert tracker.reset(2 * NANOSECONDS) == []
    events += squats(tracker, 2.0, 8.0)
    events += standing(tracker, 8.0, 30.0)
    assert [(one.exercise, one.reps) for one in of(SetEnded, events)] == [("squat", 3)]
    assert of(SetEnded, events)[0].start >= 2 * NANOSECONDS


def test_what_the_person_seems_to_do_is_known_before_any_set() -> None:
    tracker = SetTracker("gym", "0-1")
    assert tracker.exercise is None
    tracker.push(prediction(3.0, "squat"))
    assert tracker.exercise is not None
    assert tracker.exercise.exercise == "squat"
    tracker.push(prediction(3.5, "none", 0.99))
    tracker.push(prediction(6.0, "none", 0.99))
    assert tracker.exercise is None


def swinging(at: float) -> Measures:
    """Somebody whose arms go up and down every 2 seconds, which is no exercise's own signal."""
    measures = measures_of("stand", at)
    body = measures.body.copy()
    body[:4, 1] = -0.3 * (1 - np.cos(np.pi * at)) / 2
    return replace(measures, body=body)


def test_movement_that_nobody_trained_is_counted_by_its_rhythm() -> None:
    tracker, events = SetTracker("gym", "0-1"), []
    for frame in range(20 * FPS):
        at = frame / FPS
        events += tracker.update(round(at * NANOSECONDS), swinging(at))
        if at >= CLIP and frame % round(STRIDE * FPS) == 0:
            events += tracker.push(prediction(at, "unknown"))
    events += tracker.close(20 * NANOSECONDS)
    (ended,) = of(SetEnded, events)
    assert ended.exercise == "unknown"
    assert 8 <= ended.reps <= 10
    assert sets_of(events) == [("unknown", ended.reps)]
    assert all(rep.tempo is None and rep.peak_speed is None for rep in of(Rep, events))


@pytest.mark.parametrize(
    ("moves", "clips", "expected"),
    [
        pytest.param(True, {"none": 0.3, "unknown": 0.25, "jumping_jack": 0.2}, "unknown", id="clips that waver"),
        pytest.param(True, {"none": 0.3, "unknown": 0.2, "front_raise": 0.25}, "front_raise", id="a likely name"),
        pytest.param(True, {"none": 0.3, "plank": 0.28, "unknown": 0.2}, "unknown", id="nobody holds still in rhythm"),
        pytest.param(True, {"none": 0.6, "unknown": 0.3}, None, id="clips that see a rest"),
        pytest.param(False, {"none": 0.3, "unknown": 0.25, "jumping_jack": 0.2}, None, id="nothing moves"),
    ],
)
def test_a_rhythm_makes_a_set_that_no_clip_is_sure_of(
    moves: bool, clips: dict[str, float], expected: str | None
) -> None:
    tracker, events = SetTracker("gym", "0-1"), []
    for frame in range(44 * FPS):
        at = frame / FPS
        busy = moves and 4 <= at < 24
        events += tracker.update(round(at * NANOSECONDS), swinging(at - 4) if busy else measures_of("stand", at))
        if at >= CLIP and frame % round(STRIDE * FPS) == 0:
            seen = clips if 4 <= at < 24 else {"none": 0.9}
            events += tracker.push(told_by(at, seen))
    told_sets = sets_of([*events, *tracker.close(44 * NANOSECONDS)])
    if expected is None:
        assert told_sets == []
        return
    ((exercise, reps),) = told_sets
    assert exercise == expected
    assert 9 <= reps <= 10
    assert all(rep.tempo is None and rep.range_of_motion == 0.0 for rep in of(Rep, events))
    first = of(SetStarted, events)[0]
    assert first.captured_at < 20 * NANOSECONDS


@pytest.mark.parametrize(
    ("seconds", "chances", "expected"),
    [
        pytest.param(8.0, {"unknown": 0.5, "none": 0.3}, True, id="sure"),
        pytest.param(8.0, {"unknown": 0.3, "none": 0.1}, True, id="unsure, but no rest"),
        pytest.param(8.0, {"unknown": 0.3, "none": 0.2}, False, id="unsure, and perhaps a rest"),
        pytest.param(4.0, {"unknown": 0.3, "none": 0.1}, False, id="unsure and soon over"),
        pytest.param(4.0, {"unknown": 0.5, "none": 0.3}, True, id="all that was ever seen"),
    ],
)
def test_movement_without_a_name_is_a_set_where_it_is_no_rest(
    seconds: float, chances: dict[str, float], expected: bool
) -> None:
    tracker, events = SetTracker("gym", "0-1"), []
    for frame in range(round(seconds * FPS)):
        at = frame / FPS
        events += tracker.update(round(at * NANOSECONDS), measures_of("stand", at))
        if at >= CLIP and frame % round(STRIDE * FPS) == 0:
            events += tracker.push(told_by(at, chances))
    events += tracker.close(round(seconds * NANOSECONDS))
    assert sets_of(events) == ([("unknown", 0)] if expected else [])


def test_a_slow_push_up_that_begins_like_a_plank_is_no_plank() -> None:
    """The clips of the way down show a plank; counting begins there all the same."""
    tracker, events = SetTracker("gym", "0-1"), []
    for frame in range(10 * FPS):
        at = frame / FPS
        measures = measures_of("plank", at)
        values = measures.values.copy()
        values[Signal.ELBOW] = 165.0 - 95.0 * (1 - np.cos(2 * np.pi * min(max(at - 0.5, 0.0) / 8.0, 1.0))) / 2
        events += tracker.update(round(at * NANOSECONDS), Measures(values, measures.quality))
        if at >= CLIP and frame % round(STRIDE * FPS) == 0:
            events += tracker.push(prediction(at, "plank" if at < 4.5 else "push_up", 0.9))
    events += tracker.close(10 * NANOSECONDS)
    assert [one for one in sets_of(events) if one[1]] == [("push_up", 1)]
    standing = [one for one in last_of(events).values() if isinstance(one, SetEnded) and one.end > one.start]
    assert [one.exercise for one in standing] == ["push_up"]


def test_to_get_into_a_hold_and_out_of_it_is_no_rhythm() -> None:
    """What the arms do twice on the way was taken for repetitions of something, and hid the hold."""
    entry = CATALOGUE["side_plank"]
    measures = measures_of("stand", 0.0)
    values = measures.values.copy()
    values[[Signal.TORSO, Signal.BEND]] = 20.0, 170.0
    body = measures.body.copy()
    for part, (x, y) in {"shoulder": (0.5, -0.2), "hip": (0.0, 0.0), "ankle": (-0.9, 0.1)}.items():
        for side, up in (("left", -0.15), ("right", 0.15)):
            body[BODY.index(f"{side}_{part}")] = x, y + up, 0.0
    tracker, events = SetTracker("gym", "0-1"), []
    for frame in range(30 * FPS):
        at = frame / FPS
        arms = body.copy()
        arms[2:6, 1] -= 0.5 * (1 - np.cos(2 * np.pi * min(max((at - 0.5) / 2, 0), 2))) / 2
        held = 5 <= at < 25
        events += tracker.update(
            round(at * NANOSECONDS), replace(measures, values=values if held else measures.values, body=arms)
        )
        if at >= CLIP and frame % round(STRIDE * FPS) == 0:
            events += tracker.push(told_by(at, {"unknown": 0.6, "none": 0.2}))
    assert entry.fits(replace(measures, values=values, body=body))
    assert ("side_plank", 0) in sets_of([*events, *tracker.close(30 * NANOSECONDS)])


def test_an_arm_that_curls_alone_is_told_how_far_it_went_itself() -> None:
    trial = Trial("alternating_curl", "plain", 0.0, FPS, height=1.4, seed=3, reps=4)
    tracker, events = SetTracker("gym", "0-1"), []
    for number, (at, _, measures) in enumerate(measured(with_errors(trial))):
        events += tracker.update(at, measures)
        if at >= CLIP * NANOSECONDS and number % round(STRIDE * FPS) == 0:
            events += tracker.push(prediction(at / NANOSECONDS, "biceps_curl"))
    events += tracker.close(at)
    counted = [one for one in last_of(events).values() if isinstance(one, Rep) and one.counted]
    assert [one.side for one in counted] == ["left", "right", "left", "right"]
    assert all(one.range_of_motion > 0.85 and (one.peak_speed or 0.0) > 250.0 for one in counted)
