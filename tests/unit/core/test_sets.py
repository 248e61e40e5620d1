"""Sets from measures and predictions: the laws at the top of `services.core.sets`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

import numpy as np
import pytest

from services.core.exercises import CATALOGUE
from services.core.scorebook import event_id
from services.core.sets import SetTracker
from services.core.signals import Measures, Signal
from services.core.types import NANOSECONDS, Event, FormCue, Hold, Prediction, Rep, SetEnded, SetStarted

FPS = 10
CLIP, STRIDE = 2.5, 0.5

E = TypeVar("E", bound=Event)
Part = tuple[str, float, str]
"""What is done, for how many seconds, and what the clips say of it."""


def measures_of(doing: str, at: float) -> Measures:
    """Somebody who does an exercise at one repetition in 2 seconds, holds a plank, or stands."""
    values = np.zeros(len(Signal))
    values[[Signal.ELBOW, Signal.REACH, Signal.HIP, Signal.BEND, Signal.KNEE]] = 170.0
    values[[Signal.WRIST_HEIGHT, Signal.HIP_HEIGHT, Signal.SHOULDER_HEIGHT]] = (-0.5, 0.8, 1.3)
    values[Signal.TORSO] = 88.0
    if doing in {"plank", "push_up"}:
        values[Signal.TORSO] = 5.0
    if doing in CATALOGUE and doing != "plank":
        entry = CATALOGUE[doing]
        share = (1 - np.cos(np.pi * at)) / 2
        values[entry.signal] = entry.rest + (entry.work - entry.rest) * share
        if entry.signal is Signal.HIP_HEIGHT:
            values[Signal.KNEE] = 175.0 - 100.0 * share
    return Measures(values, np.ones(len(Signal)))


def prediction(end: float, label: str, chance: float = 0.8, **others: float) -> Prediction:
    at = round(end * NANOSECONDS)
    return Prediction(
        camera_id="gym", track_id="0-1", event_id=event_id("gym", "0-1", "prediction", at), captured_at=at, label=label,
        confidence=chance, probabilities={label: chance} | others, start=round((end - CLIP) * NANOSECONDS), end=at,
    )  # fmt: skip


def told(parts: Iterable[Part], *, seen: Callable[[float], bool] = lambda at: True, close: bool = True) -> list[Event]:
    """The events of a day: parts one after the other, clips labelled by what was done in their middle."""
    timeline: list[tuple[float, float, str, str, float]] = []
    clock = 0.0
    begun, last = 0.0, ""
    for doing, seconds, label in parts:
        begun = begun if doing == last else clock
        timeline.append((clock, clock + seconds, doing, label, begun))
        clock, last = clock + seconds, doing
    tracker, events, next_clip = SetTracker("gym", "0-1"), [], CLIP
    for frame in range(round(clock * FPS)):
        at = frame / FPS
        _, _, doing, _, start = next(part for part in timeline if part[0] <= at < part[1])
        if seen(at):
            events += tracker.update(round(at * NANOSECONDS), measures_of(doing, at - start))
        if at >= next_clip - 1e-9:
            middle = at - CLIP / 2
            label = next(part[3] for part in timeline if part[0] <= middle < part[1])
            events += tracker.push(prediction(at, label))
            next_clip += STRIDE
    if close:
        events += tracker.close(round(clock * NANOSECONDS))
    return events


def of(kind: type[E], events: Iterable[Event]) -> list[E]:
    return [event for event in events if isinstance(event, kind)]


def latest_reps(events: Iterable[Event]) -> list[Rep]:
    """The repetitions that stand, each at its highest revision."""
    newest: dict[str, Rep] = {}
    for rep in of(Rep, events):
        assert rep.event_id not in newest or rep.revision > newest[rep.event_id].revision
        newest[rep.event_id] = rep
    return [rep for rep in newest.values() if rep.counted]


def sets_of(events: list[Event]) -> list[tuple[str, int]]:
    """Exercise and repetitions of each set that ended, after the rules that hold for all events."""
    standing = latest_reps(events)
    ended = of(SetEnded, events)
    for end in ended:
        within = sorted((rep for rep in standing if rep.set_id == end.set_id), key=lambda rep: rep.start)
        assert tuple((rep.start, rep.end) for rep in within) == end.rep_times
        assert [rep.number for rep in within] == list(range(1, end.reps + 1))
        assert {rep.exercise for rep in within} <= {end.exercise}
        assert any(started.event_id == end.set_id for started in of(SetStarted, events))
    return [(end.exercise, end.reps) for end in ended]


STAND, IDLE = ("stand", 4.0, "none"), ("stand", 20.0, "none")


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        pytest.param([IDLE], [], id="nobody exercises"),
        pytest.param([STAND, ("squat", 10.0, "squat"), IDLE], [("squat", 5)], id="one set"),
        pytest.param([("squat", 6.0, "squat")], [("squat", 3)], id="nothing but a set"),
        pytest.param(
            [STAND, ("squat", 10.0, "squat"), IDLE, ("squat", 8.0, "squat"), STAND],
            [("squat", 5), ("squat", 4)],
            id="two sets and a rest",
        ),
        pytest.param(
            [STAND, ("squat", 10.0, "squat"), IDLE, ("push_up", 8.0, "push_up"), IDLE],
            [("squat", 5), ("push_up", 4)],
            id="two exercises",
        ),
        pytest.param(
            [("squat", 10.0, "squat"), ("push_up", 10.0, "push_up"), IDLE],
            [("squat", 5), ("push_up", 5)],
            id="two exercises without a rest",
        ),
        pytest.param(
            [("squat", 8.0, "squat"), ("squat", 1.0, "deadlift"), ("squat", 7.0, "squat"), IDLE],
            [("squat", 8)],
            id="a few wrong clips split nothing",
        ),
        pytest.param(
            [("squat", 6.0, "squat"), ("stand", 3.0, "none"), ("squat", 6.0, "squat"), IDLE],
            [("squat", 6)],
            id="a short rest ends nothing",
        ),
        pytest.param([("squat", 20.0, "none")], [], id="movement that no clip takes for exercise"),
        pytest.param([("stand", 20.0, "squat")], [], id="an exercise that nobody does"),
        pytest.param([IDLE, ("stand", 6.0, "unknown"), IDLE], [("unknown", 0)], id="unknown movement"),
        pytest.param([IDLE, ("plank", 8.0, "plank"), IDLE], [("plank", 0)], id="a hold"),
        pytest.param([IDLE, ("stand", 8.0, "plank"), IDLE], [], id="no hold without its posture"),
    ],
)
def test_sets(parts: list[Part], expected: list[tuple[str, int]]) -> None:
    assert sets_of(told(parts)) == expected


def test_a_set_ends_after_its_rest_and_not_before() -> None:
    events = told([("squat", 10.0, "squat"), ("stand", 30.0, "squat")], close=False)
    (end,) = of(SetEnded, events)
    rest = (end.captured_at - end.end) / NANOSECONDS
    assert rest == pytest.approx(CATALOGUE["squat"].rest_seconds, abs=0.3)


def test_the_rest_is_shorter_when_the_clips_see_that_it_is_over() -> None:
    events = told([("squat", 10.0, "squat"), ("stand", 30.0, "none")], close=False)
    (end,) = of(SetEnded, events)
    assert (end.captured_at - end.end) / NANOSECONDS < CATALOGUE["squat"].rest_seconds * 0.75


def test_a_set_known_late_has_all_its_repetitions() -> None:
    """The first clips know nothing; the set begins with the first repetition all the same."""
    events = told([("squat", 3.0, "none"), ("squat", 9.0, "squat"), IDLE])
    assert sets_of(events)[0][1] >= 5
    assert of(SetStarted, events)[0].start < 3.5 * NANOSECONDS


def test_a_wrong_first_label_is_corrected_by_revision() -> None:
    """It looked like a thruster for a while; then it is clear that it is a jumping jack."""
    events = told([("jumping_jack", 6.0, "thruster"), ("jumping_jack", 14.0, "jumping_jack"), IDLE])
    assert len({event.event_id for event in of(SetStarted, events)}) <= 2
    assert sum(reps for exercise, reps in sets_of(events)) == 10
    tracker, both = SetTracker("gym", "0-1"), []
    for frame in range(120):
        both += tracker.update(frame * NANOSECONDS // FPS, measures_of("jumping_jack", frame / FPS))
        if frame in {30, 35}:
            both += tracker.push(prediction(frame / FPS, "thruster", 0.7, jumping_jack=0.2))
        if frame in {40, 45, 50, 55, 60, 65, 70}:
            both += tracker.push(prediction(frame / FPS, "jumping_jack", 0.95))
    both += tracker.close(12 * NANOSECONDS)
    first, second = of(SetStarted, both)
    assert (first.exercise, second.exercise) == ("thruster", "jumping_jack")
    assert (first.event_id, first.revision, second.revision) == (second.event_id, 0, 1)
    assert sets_of(both) == [("jumping_jack", 6)]


def test_repetitions_are_told_one_by_one_as_they_happen() -> None:
    events = told([STAND, ("squat", 10.0, "squat"), IDLE])
    delays = [(rep.captured_at - rep.end) / NANOSECONDS for rep in of(Rep, events)]
    assert [rep.number for rep in of(Rep, events)] == [1, 2, 3, 4, 5]
    assert max(delays[1:]) <= 0.3
    assert all(rep.range_of_motion > 0.9 for rep in of(Rep, events))


def test_a_hold_grows_by_revision() -> None:
    holds = of(Hold, told([("plank", 6.0, "plank"), IDLE]))
    assert len({hold.event_id for hold in holds}) == 1
    assert [hold.revision for hold in holds] == list(range(len(holds)))
    lengths = [(hold.end - hold.start) / NANOSECONDS for hold in holds]
    assert lengths == sorted(lengths)
    assert lengths[-1] == pytest.approx(6.0, abs=0.2)


def test_a_shallow_squat_is_told_so_once() -> None:
    class Shallow(SetTracker):
        def update(self, at: int, measures: Measures) -> list[Event]:
            values = measures.values.copy()
            values[Signal.HIP_HEIGHT] = max(values[Signal.HIP_HEIGHT], 0.62)
            return super().update(at, Measures(values, measures.quality))

    def cues(kind: type[SetTracker]) -> list[FormCue]:
        tracker, events = kind("gym", "0-1"), []
        for frame in range(100):
            events += tracker.update(frame * NANOSECONDS // FPS, measures_of("squat", frame / FPS))
            if frame in {30, 60, 90}:
                events += tracker.push(prediction(frame / FPS, "squat"))
        return of(FormCue, events)

    assert cues(SetTracker) == []
    told_off = cues(Shallow)
    assert [cue.rep for cue in told_off if cue.fault == "shallow"] == [1, 2, 3, 4, 5]
    assert len({(cue.fault, cue.rep) for cue in told_off}) == len(told_off)


def test_somebody_unseen_for_a_second_goes_on() -> None:
    events = told([("squat", 12.0, "squat"), IDLE], seen=lambda at: not 4.2 < at < 5.2)
    assert sets_of(events) == [("squat", 6)]


def test_doubtful_keypoints_do_not_count() -> None:
    tracker, events = SetTracker("gym", "0-1"), []
    for frame in range(100):
        measures = measures_of("squat", frame / FPS)
        events += tracker.update(frame * NANOSECONDS // FPS, Measures(measures.values, np.full(len(Signal), 0.05)))
        if frame % 5 == 0 and frame >= 25:
            events += tracker.push(prediction(frame / FPS, "squat"))
    assert events == []


def test_the_same_in_gives_the_same_out() -> None:
    parts: list[Part] = [STAND, ("squat", 10.0, "squat"), IDLE, ("plank", 5.0, "plank"), IDLE]
    assert told(parts) == told(parts)


def test_one_repetition_makes_a_set_only_where_the_clips_are_sure() -> None:
    def one_squat(chance: float, idle: float, began: int | None = None) -> list[tuple[str, int]]:
        tracker, events = SetTracker("gym", "0-1", began=began), []
        for frame in range(round((2.0 + 2 * idle) * FPS)):
            at = frame / FPS
            doing, phase = ("squat", at - idle) if idle <= at < idle + 2.0 else ("stand", 0.0)
            events += tracker.update(round(at * NANOSECONDS), measures_of(doing, phase))
            if frame % 5 == 0 and at >= CLIP:
                events += tracker.push(prediction(at, "squat", chance))
        return sets_of([*events, *tracker.close(round((2.0 + 2 * idle) * NANOSECONDS))])

    assert one_squat(0.8, idle=10.0) == [("squat", 1)]
    assert one_squat(0.25, idle=10.0) == []
    assert one_squat(0.25, idle=1.0) == [("squat", 1)]
    # Who passes through a recording is no short recording.
    assert one_squat(0.25, idle=1.0, began=-60 * NANOSECONDS) == []
    assert one_squat(0.8, idle=1.0, began=-60 * NANOSECONDS) == [("squat", 1)]


def test_memory_stays_bounded_while_nothing_is_done() -> None:
    tracker = SetTracker("gym", "0-1")
    for frame in range(3000):
        tracker.update(frame * NANOSECONDS // FPS, measures_of("stand", 0.0))
        if frame % 5 == 0:
            tracker.push(prediction(max(frame / FPS, CLIP), "none"))
    assert len(tracker._tape) <= 61 * FPS
    assert len(tracker._evidence.clips) < 130


def test_what_never_ends_is_ended_and_begun_again() -> None:
    tracker, events = SetTracker("gym", "0-1"), []
    for frame in range(1300 * 2):
        events += tracker.update(frame * NANOSECONDS // 2, measures_of("stand", 0.0))
        if frame % 2 == 0 and frame > 5:
            events += tracker.push(prediction(frame / 2, "unknown"))
    assert sets_of(events) == [("unknown", 0)] * 2
    assert len(tracker._tape) < 1300
    assert len(tracker._evidence.clips) < 650


@pytest.mark.parametrize("other", [("gym2", "0-1", "rep", 5), ("gym", "0-2", "rep", 5), ("gym", "0-1", "set", 5)])
def test_ids_differ_by_all_they_are_made_of(other: tuple[str, str, str, int]) -> None:
    assert event_id("gym", "0-1", "rep", 5) == event_id("gym", "0-1", "rep", 5)
    assert event_id("gym", "0-1", "rep", 5) != event_id(*other)
    assert event_id("gym", "0-1", "rep", 5) != event_id("gym", "0-1", "rep", 5_000_000)


@pytest.mark.parametrize(
    ("doing", "chance", "expected"),
    [
        ("squat", 0.2, [("squat", 8)]),
        ("squat", 0.1, []),
        ("standing", 0.2, []),
    ],
)
def test_alike_repetitions_of_what_clips_hold_for_possible_make_a_set(
    doing: str, chance: float, expected: list[tuple[str, int]]
) -> None:
    tracker, events, next_clip = SetTracker("gym", "0-1"), [], CLIP
    for frame in range(24 * FPS):
        at = frame / FPS
        events += tracker.update(round(at * NANOSECONDS), measures_of(doing if 4 <= at < 20 else "standing", at))
        if at >= next_clip:
            events += tracker.push(prediction(at, "none", 0.5, squat=chance if 4 <= at < 20 else 0.0))
            next_clip += STRIDE
    events += tracker.close(24 * NANOSECONDS)
    assert sets_of(events) == expected


def test_who_is_seen_no_more_has_done_what_the_end_of_a_recording_would_count() -> None:
    """A track ends seconds after its last pose."""
    doing = [("stand", 4.0, "none"), ("tricep", 8.0, "tricep")]
    for gone in (0.0, 3.0):
        parts = [*doing, ("tricep", gone, "tricep")] if gone else doing
        events = told(parts, seen=lambda at: at < 11.25)
        assert sets_of(events) == [("tricep", 4)], gone
