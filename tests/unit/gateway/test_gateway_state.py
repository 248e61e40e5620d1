from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from services.core.types import NANOSECONDS
from services.gateway.state import FORGET_AFTER, RECENT_EVENTS, RECENT_SETS, CameraBoard
from tests.unit.gateway.gateway_messages import (
    START,
    TRACK,
    at,
    form_cue,
    hold,
    pose_frame,
    prediction,
    rep,
    set_ended,
    set_started,
    tell_load,
    track_ended,
)

SET = [
    set_started(1, exercise="lunge"),
    set_started(1, exercise="squat", revision=1),
    rep(1, exercise="lunge"),
    rep(1, exercise="squat", revision=1),
    rep(2),
    rep(3),
    rep(3, counted=False, revision=1),
    rep(4),
    rep(5, counted=False, half=True),
    form_cue(2),
    prediction(3),
    prediction(5, confidence=0.7),
]


def board_after(*events):
    board = CameraBoard("front")
    for event in events:
        board.update(event)
    return board


def told(board: CameraBoard):
    one = board.sets["set1"]
    person = board.persons[TRACK]
    return (
        one.exercise, one.reps, one.halves, one.rep_times, one.repetitions, one.start, one.end,
        [cue.event_id for cue in one.cues],
        person.label, person.confidence, person.set_id, person.ended, board.confidence_of(one),
    )  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.permutations(SET))
def test_any_order_ends_in_the_same_open_set(events) -> None:
    assert told(board_after(*events)) == told(board_after(*SET))
    assert told(board_after(*SET))[:2] == ("squat", 3)


@settings(max_examples=60, deadline=None)
@given(st.permutations([*SET, set_ended(3), track_ended()]))
def test_any_order_ends_in_the_same_finished_set(events) -> None:
    board = board_after(*events)
    assert told(board) == told(board_after(*SET, set_ended(3), track_ended()))
    assert board.sets["set1"].reps == 3
    assert board.current_set(board.persons[TRACK]) is None


def test_a_repeated_event_changes_nothing_and_says_so() -> None:
    board = board_after(set_started(), rep(1))
    assert board.update(rep(1)) is False
    assert board.sets["set1"].reps == 1


def test_an_older_revision_that_comes_late_is_ignored() -> None:
    board = board_after(set_started(exercise="squat", revision=2))
    assert board.update(set_started(exercise="lunge", revision=1)) is False
    assert board.sets["set1"].exercise == "squat"


def test_a_repetition_is_taken_back_and_given_again() -> None:
    board = board_after(set_started(), rep(1), rep(2))
    board.update(rep(2, counted=False, revision=1))
    assert board.sets["set1"].reps == 1
    board.update(rep(2, counted=True, revision=2))
    assert board.sets["set1"].reps == 2


def test_who_starts_in_the_middle_of_a_set_knows_its_count() -> None:
    board = board_after(rep(7))
    assert board.sets["set1"].reps == 7
    board.update(rep(8))
    board.update(rep(8, counted=False, revision=1))
    assert board.sets["set1"].reps == 7


def test_the_end_of_a_set_decides_and_can_be_corrected() -> None:
    board = board_after(set_started(exercise="lunge"), rep(1), rep(2), set_ended(5, exercise="squat"))
    one = board.sets["set1"]
    assert (one.exercise, one.reps, one.confidence) == ("squat", 5, 0.93)
    board.update(rep(3))
    assert one.reps == 5
    board.update(set_ended(4, exercise="squat", revision=1))
    assert one.reps == 4
    assert board.finished_sets == [one]


def test_a_set_that_was_taken_back_is_not_among_the_finished() -> None:
    taken_back = set_ended(0)
    board = board_after(set_started(), rep(1), replace(taken_back, end=taken_back.start))
    assert board.finished_sets == []


def test_a_set_is_as_sure_as_what_was_predicted_during_it() -> None:
    board = board_after(prediction(0.5, confidence=0.1), set_started(1), prediction(2, confidence=0.9))
    one = board.sets["set1"]
    assert board.confidence_of(one) == 0.9
    board.update(prediction(3, label="lunge", confidence=0.8))
    assert board.confidence_of(one) == 0.45
    board.update(set_started(1, exercise="lunge", revision=1))
    assert board.confidence_of(one) == 0.4
    board.update(set_ended(1))
    assert board.confidence_of(one) == 0.93


def test_a_hold_grows_with_its_revisions() -> None:
    board = board_after(set_started(exercise="plank"))
    for revision, seconds in enumerate((3, 5, 8)):
        board.update(hold(seconds, revision=revision))
    assert board.sets["set1"].hold_seconds == 7.0


HOLD = [
    set_started(exercise="plank"),
    hold(3),
    hold(6, held=4.5, breaks=1, revision=1),
    hold(8, held=5.5, breaks=2, revision=2),
    set_ended(0, exercise="plank", held_seconds=5.5),
]


@settings(max_examples=30, deadline=None)
@given(st.permutations(HOLD))
def test_any_order_ends_in_the_same_hold(events) -> None:
    one = board_after(*events).sets["set1"]
    assert one.hold is not None
    assert (one.exercise, one.hold_seconds, one.hold.breaks, one.hold.end) == ("plank", 5.5, 2, at(8))


def test_halves_are_told_and_never_counted() -> None:
    board = board_after(set_started(), rep(1), rep(2, counted=False, half=True), rep(3, counted=False, half=True))
    one = board.sets["set1"]
    assert (one.reps, one.halves, [told.number for told in one.repetitions]) == (1, 2, [1, 2, 3])
    board.update(rep(2, revision=1))
    board.update(rep(3, counted=False, revision=1))
    assert (one.reps, one.halves, [told.number for told in one.repetitions]) == (2, 0, [1, 2])


def test_of_a_finished_set_only_what_its_end_confirmed_is_told() -> None:
    one = board_after(set_started(), rep(1), rep(2), rep(3, counted=False, half=True), set_ended(1)).sets["set1"]
    assert [told.number for told in one.repetitions] == [1, 3]


def test_the_load_is_that_told_last_in_event_time() -> None:
    board = board_after(set_started())
    person = board.persons[TRACK]
    for command, holds in ((tell_load(60, 5), 60), (tell_load(20, 2), 60), (tell_load(62.5, 5), 62.5)):
        assert board.told(command) is person
        assert person.load is not None
        assert person.load.kilograms == holds
    assert board.told(tell_load(60, 6, track="1-9")) is None


def test_the_time_of_frames_follows_a_clock_that_is_set_back() -> None:
    board = board_after(set_started(40))
    assert board.frame_time == at(40)
    times = []
    # A final frame after provisional ones is a little older; half a minute is another clock.
    for seconds in (50, 49.8, 51, 20, 21):
        board.see(pose_frame(round(15 * seconds), TRACK))
        times.append((board.frame_time - START) / NANOSECONDS)
    assert times == [50, 50, 51, 20, 21]
    assert board.now == at(51)


def test_the_second_set_of_a_person_follows_the_first() -> None:
    board = board_after(set_started(), rep(1), set_ended(1), set_started(50, set_id="set2", exercise="push_up"))
    assert board.persons[TRACK].set_id == "set2"
    assert [one.set_id for one in board.finished_sets] == ["set1"]


def test_people_are_those_of_the_newest_picture() -> None:
    board = CameraBoard("front")
    board.see(pose_frame(0, "1-1", "1-2"))
    board.see(pose_frame(1, "1-2"))
    assert [person.track_id for person in board.people] == ["1-2"]
    board.update(track_ended(track="1-2"))
    assert board.people == []


def test_a_track_that_ended_stays_ended() -> None:
    board = board_after(set_started(), track_ended())
    board.see(pose_frame(2, TRACK))
    board.update(rep(1))
    assert board.people == []
    assert board.persons[TRACK].set_id is None


def test_who_left_without_a_word_is_forgotten_with_the_open_set() -> None:
    board = board_after(set_started())
    late = pose_frame(round(15 * (FORGET_AFTER / 1e9 + 10)), "1-9")
    board.see(late)
    assert list(board.persons) == ["1-9"]
    assert not board.sets


def test_memory_is_bounded() -> None:
    board = CameraBoard("front")
    for number in range(RECENT_SETS + 40):
        board.update(set_started(set_id=f"s{number}"))
        for turn in range(8):
            board.update(rep(turn + 1, set_id=f"s{number}"))
        board.update(set_ended(8, set_id=f"s{number}"))
    assert len(board.events) == RECENT_EVENTS
    assert len(board.sets) <= RECENT_SETS + 1
