from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from services.core.types import Hold
from services.gateway.state import FORGET_AFTER, RECENT_EVENTS, RECENT_SETS, CameraBoard
from tests.unit.gateway.gateway_messages import (
    TRACK,
    at,
    form_cue,
    pose_frame,
    prediction,
    rep,
    set_ended,
    set_started,
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
        one.exercise, one.reps, one.rep_times, one.start, one.end, [cue.event_id for cue in one.cues],
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
        board.update(
            Hold(
                camera_id="front",
                track_id=TRACK,
                event_id="hold",
                captured_at=at(seconds),
                revision=revision,
                set_id="set1",
                exercise="plank",
                start=at(1),
                end=at(seconds),
            )
        )
    assert board.sets["set1"].hold_seconds == 7.0


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
