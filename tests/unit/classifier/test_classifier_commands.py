"""Commands and poses come over two streams; event time alone says what a command is about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.classifier.commands import REMEMBERED, WAITING, CommandQueue
from services.classifier.settings import ClassifierSettings
from services.classifier.stage import ClassifierStage
from services.core.errors import BadMessage
from services.core.types import (
    NANOSECONDS,
    Command,
    Event,
    Message,
    PoseFrame,
    Rep,
    ResetCount,
    SetEnded,
    SetStarted,
    TellLoad,
)
from tests.golden.replay import Says, recording

SQUATS = list(recording("squat_5"))
TRACK = SQUATS[0].people[0].track_id


def fed(messages: Iterable[Message]) -> list[Event]:
    stage = ClassifierStage(ClassifierSettings(), model=Says("squat"))
    return [event for message in messages for event in stage.process(message)]


def of(kind: type[Event], events: Iterable[Event]) -> list[Event]:
    return [event for event in events if isinstance(event, kind)]


def final(events: Iterable[Event]) -> dict[str, Event]:
    """What a reader knows in the end, who keeps the highest revision of each event, however often it was revised."""
    found: dict[str, Event] = {}
    for event in events:
        if event.event_id not in found or event.revision > found[event.event_id].revision:
            found[event.event_id] = event
    return {
        key: replace(event, revision=0, captured_at=0)
        for key, event in found.items()
        if not (isinstance(event, Rep) and not event.counted)
    }


def reset(index: int, track_id: str = TRACK, command_id: str = "") -> ResetCount:
    """Asked when the frame of that index was the newest."""
    return ResetCount(
        camera_id="sim", track_id=track_id, command_id=command_id or f"reset-{index}",
        captured_at=SQUATS[index].captured_at,
    )  # fmt: skip


def load(index: int, kilograms: float, track_id: str = TRACK) -> TellLoad:
    return TellLoad(
        camera_id="sim", track_id=track_id, command_id=f"load-{index}-{kilograms}",
        captured_at=SQUATS[index].captured_at, kilograms=kilograms,
    )  # fmt: skip


def merged(commands: Sequence[tuple[int, Command]], frames: Sequence[PoseFrame] = SQUATS) -> list[Message]:
    """The frames, with each command after the frame of its index; -1 is before all."""
    messages: list[Message] = [command for place, command in commands if place < 0]
    for index, frame in enumerate(frames):
        messages.append(frame)
        messages += [command for place, command in commands if place == index]
    return messages


def index_of(seconds: float) -> int:
    return next(index for index, frame in enumerate(SQUATS) if frame.captured_at >= seconds * NANOSECONDS)


(WHOLE,) = of(SetEnded, fed(SQUATS))
assert isinstance(WHOLE, SetEnded)
AFTER_TWO = index_of(WHOLE.rep_times[1][1] / NANOSECONDS)
"""The frame between the second repetition and the third."""
assert SQUATS[AFTER_TWO].captured_at <= WHOLE.rep_times[2][0]


def test_a_repetition_that_was_just_told_is_of_the_set_that_a_reset_ends() -> None:
    """It is told before its end is reached, and whoever sees it may ask at once."""
    second = next(event for event in fed(SQUATS) if isinstance(event, Rep) and event.number == 2)
    told = index_of(second.captured_at / NANOSECONDS)
    assert SQUATS[told].captured_at < second.end
    events = fed(merged([(told, reset(told))]))
    assert [event.reps for event in of(SetEnded, events) if isinstance(event, SetEnded)] == [2, 3]
    assert all(event.counted for event in of(Rep, events) if isinstance(event, Rep))


def test_a_reset_ends_the_set_and_the_next_repetition_is_the_first_of_another() -> None:
    events = fed(merged([(AFTER_TWO, reset(AFTER_TWO))]))
    first, second = of(SetEnded, events)
    assert isinstance(first, SetEnded)
    assert isinstance(second, SetEnded)
    assert (first.reps, second.reps) == (2, 3)
    assert [*first.rep_times, *second.rep_times] == list(WHOLE.rep_times)
    assert first.set_id != second.set_id
    last = final(events)
    numbers = sorted((rep.start, rep.number) for rep in last.values() if isinstance(rep, Rep))
    assert [number for _, number in numbers] == [1, 2, 1, 2, 3]


def test_a_reset_is_told_at_once() -> None:
    stage = ClassifierStage(ClassifierSettings(), model=Says("squat"))
    for frame in SQUATS[: AFTER_TWO + 1]:
        stage.process(frame)
    told = stage.process(reset(AFTER_TWO))
    assert len(of(SetEnded, told)) == 1
    assert told[0].captured_at == SQUATS[AFTER_TWO].captured_at


def test_a_command_of_a_moment_between_two_frames_is_obeyed_before_the_second() -> None:
    stage = ClassifierStage(ClassifierSettings(), model=Says("squat"))
    for frame in SQUATS[: AFTER_TWO + 1]:
        stage.process(frame)
    between = replace(reset(AFTER_TWO), captured_at=SQUATS[AFTER_TWO].captured_at + 1)
    assert stage.process(between) == []
    (ended,) = of(SetEnded, stage.process(SQUATS[AFTER_TWO + 1]))
    assert ended.captured_at == between.captured_at


def test_a_reset_between_sets_changes_nothing() -> None:
    assert fed(merged([(-1, reset(0))])) == fed(SQUATS)


def test_a_load_gives_the_volume_of_the_set() -> None:
    (ended,) = of(SetEnded, fed(merged([(AFTER_TWO, load(AFTER_TWO, 62.5))])))
    assert isinstance(ended, SetEnded)
    assert (ended.load_kg, ended.volume_kg) == (62.5, 62.5 * ended.reps)


def test_a_load_holds_for_the_sets_after_it_until_another_is_told() -> None:
    commands = [(3, load(3, 20.0)), (AFTER_TWO, reset(AFTER_TWO)), (AFTER_TWO + 1, load(AFTER_TWO + 1, 30.0))]
    for some, loads in ((commands[:2], [20.0, 20.0]), (commands, [20.0, 30.0])):
        assert [ended.load_kg for ended in final(fed(merged(some))).values() if isinstance(ended, SetEnded)] == loads


def test_of_two_loads_told_at_one_picture_the_later_one_holds() -> None:
    """A camera that gives no new picture stamps all that is asked with its last one."""
    loads = [(AFTER_TWO, load(AFTER_TWO, kilograms)) for kilograms in (60.0, 62.5)]
    (ended,) = of(SetEnded, fed(merged(loads)))
    assert isinstance(ended, SetEnded)
    assert ended.load_kg == 62.5


@pytest.mark.parametrize("early", [1, 3, AFTER_TWO])
def test_a_command_that_comes_before_its_frame_waits_for_it(early: int) -> None:
    commands = [reset(AFTER_TWO), load(AFTER_TWO, 40.0)]
    in_time = fed(merged([(AFTER_TWO, command) for command in commands]))
    assert fed(merged([(AFTER_TWO - early, command) for command in commands])) == in_time


@pytest.mark.parametrize("late", [1, 2, 8, 16])
def test_a_command_that_comes_late_ends_in_the_same(late: int) -> None:
    """8 is a second: repetitions told meanwhile are corrected."""
    commands = [reset(AFTER_TWO), load(AFTER_TWO, 40.0)]
    in_time = fed(merged([(AFTER_TWO, command) for command in commands]))
    assert final(fed(merged([(AFTER_TWO + late, command) for command in commands]))) == final(in_time)


places = st.integers(0, len(SQUATS) - 2)
asked = st.lists(
    st.tuples(places, st.sampled_from(("reset", 0.0, 20.0, 62.5)), st.integers(-200, 0)),
    max_size=5,
    unique_by=lambda one: one[0],
)
"""When each was asked, what, and by how many frames it came before that."""


@settings(max_examples=12, deadline=None)
@given(asked)
def test_a_replay_of_poses_and_commands_gives_the_same_events(some: list[tuple[int, object, int]]) -> None:
    """Whenever each command comes, if it comes in time: the events are the same to the last field."""
    commands = [
        (place, reset(place) if isinstance(what, str) else load(place, float(what)), early)
        for place, what, early in sorted(some, key=lambda one: one[0])
    ]
    live = fed(merged([(max(place + early, -1), command) for place, command, early in commands]))
    assert live == fed(merged([(place, command) for place, command, _ in commands]))
    revisions: dict[str, int] = {}
    for event in live:
        assert event.revision == revisions.get(event.event_id, -1) + 1
        revisions[event.event_id] = event.revision


def test_a_second_copy_changes_nothing() -> None:
    commands = [(AFTER_TWO, load(AFTER_TWO, 40.0)), (AFTER_TWO, reset(AFTER_TWO))]
    again = [(place + wait, command) for wait in (0, 1, 30) for place, command in commands]
    assert fed(merged(again)) == fed(merged(commands))


@pytest.mark.parametrize(
    "command",
    [reset(AFTER_TWO, track_id="0-99"), load(AFTER_TWO, 20.0, track_id="0-99"), replace(reset(3), camera_id="other")],
    ids=["reset of nobody", "load of nobody", "camera of nobody"],
)
def test_what_is_asked_of_somebody_who_is_not_there_changes_nothing(command: Command) -> None:
    assert fed(merged([(AFTER_TWO, command)])) == fed(SQUATS)


def test_commands_of_a_clock_that_was_set_back_are_forgotten() -> None:
    early = [replace(frame, captured_at=frame.captured_at + 1000 * NANOSECONDS) for frame in SQUATS]
    waiting = replace(reset(0), captured_at=early[AFTER_TWO].captured_at)
    # Once its time comes again, long after, there is a set that it would end.
    assert fed([*early[:20], waiting, *SQUATS, *early]) == fed([*early[:20], *SQUATS, *early])


def test_the_loads_of_two_people_are_their_own() -> None:
    both = [
        replace(frame, people=(*frame.people, *(replace(one, track_id="0-9") for one in frame.people)))
        for frame in SQUATS
    ]
    events = fed(merged([(3, load(3, 20.0)), (AFTER_TWO, reset(AFTER_TWO, track_id="0-9"))], both))
    ended = [(one.track_id, one.reps, one.load_kg) for one in events if isinstance(one, SetEnded)]
    assert sorted(ended, key=str) == sorted([(TRACK, 5, 20.0), ("0-9", 2, None), ("0-9", 3, None)], key=str)
    assert len({one.event_id for one in of(SetStarted, events)}) == 3


def test_a_queue_gives_by_event_time_and_then_by_arrival() -> None:
    queue = CommandQueue()
    for command in (load(5, 1.0), load(3, 2.0), load(5, 3.0), load(3, 2.0), load(9, 4.0)):
        queue.push(command)
    at = SQUATS[5].captured_at
    assert [one.kilograms for one in queue.due(at) if isinstance(one, TellLoad)] == [2.0]
    assert [one.kilograms for one in queue.due(at + 1) if isinstance(one, TellLoad)] == [1.0, 3.0]
    assert queue.due(at + 1) == []


def test_a_queue_is_bounded_and_says_so() -> None:
    queue = CommandQueue()
    for number in range(WAITING):
        queue.push(reset(9, command_id=f"c{number}"))
    with pytest.raises(BadMessage, match="wait for frames"):
        queue.push(reset(9, command_id="one more"))
    assert len(queue.due(2**62)) == WAITING
    for number in range(2 * REMEMBERED):
        queue.push(reset(9, command_id=f"d{number}"))
        queue.due(2**62)
    assert len(queue._seen) == REMEMBERED
