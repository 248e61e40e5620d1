"""People keep their ids, whatever order they are seen in, through short absences, and never share one."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from services.core.cadence import LONGEST_SECONDS
from services.core.sightings import Sighting, inside, overlap
from services.core.skeleton import INDEX
from services.core.tracking import STILL_SECONDS, Tracker
from services.core.types import NANOSECONDS

STEP = NANOSECONDS // 15
RNG = np.random.default_rng(11)
STANDING = RNG.uniform((-0.05, -0.25), (0.05, 0.25), (len(INDEX), 2))
"""Some figure half a picture high."""


RED = np.array([[50.0, 60, 40], [30, 0, 0]])
BLUE = np.array([[40.0, 10, -50], [85, 0, 0]])


def person(
    x: float,
    y: float = 0.4,
    size: float = 1.0,
    *,
    score: float = 0.95,
    follows: str = "",
    look: NDArray[np.float64] | None = None,
) -> Sighting:
    return Sighting(STANDING * size + (x, y), np.ones(len(INDEX)), score, follows, look, 0.28 * size)


def run(tracker: Tracker, frames: list[list[Sighting]], start: int = 0) -> list[list[str]]:
    return [tracker.update(start + step * STEP, frame) for step, frame in enumerate(frames)]


def test_one_person_one_id() -> None:
    assert run(Tracker(7), [[person(0.2 + 0.01 * step)] for step in range(20)]) == [["7-1"]] * 20


@given(st.permutations(range(4)), st.lists(st.permutations(range(4)), min_size=1, max_size=6))
def test_ids_do_not_depend_on_the_order_of_sightings(first: list[int], later: list[list[int]]) -> None:
    tracker = Tracker()
    places = [0.1, 0.35, 0.6, 0.85]
    owner = dict(zip(tracker.update(0, [person(places[index]) for index in first]), first, strict=True))
    for step, order in enumerate(later, 1):
        ids = tracker.update(step * STEP, [person(places[index] + 0.004 * step) for index in order])
        assert [owner[track_id] for track_id in ids] == list(order)


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.integers(-(10**12), 10**12),
            st.lists(st.tuples(st.floats(-1, 2), st.floats(-1, 2), st.floats(0.01, 3), st.floats(0, 1)), max_size=6),
        ),
        max_size=12,
    )
)
def test_names_are_unique_and_never_come_back_to_another(
    frames: list[tuple[int, list[tuple[float, float, float, float]]]],
) -> None:
    tracker = Tracker(3)
    for captured_at, people in frames:
        names = tracker.update(captured_at, [person(x, y, size, score=score) for x, y, size, score in people])
        assert len(set(names)) == len(names) == len(people)
        assert all(tracker.believes(name) == name.startswith("3-") for name in names)


def test_short_absence_keeps_the_id() -> None:
    tracker = Tracker()
    run(tracker, [[person(0.3)]] * 5)
    tracker.update(10 * STEP, [])
    assert tracker.update(5 * STEP + NANOSECONDS, [person(0.32)]) == ["0-1"]


def test_walking_on_behind_a_pillar_keeps_the_id() -> None:
    tracker = Tracker()
    run(tracker, [[person(0.2 + 0.02 * step)] for step in range(10)])
    assert tracker.update(22 * STEP, [person(0.2 + 0.02 * 22)]) == ["0-1"]


def test_long_absence_is_somebody_new() -> None:
    tracker = Tracker(remember_seconds=2.0)
    tracker.update(0, [person(0.3)])
    assert tracker.update(3 * NANOSECONDS, [person(0.3)]) == ["0-2"]


def test_somebody_elsewhere_is_somebody_new() -> None:
    tracker = Tracker()
    tracker.update(0, [person(0.2, size=0.5)])
    assert tracker.update(STEP, [person(0.9, size=0.5)]) == ["0-2"]


def test_whoever_was_hidden_gets_their_own_id_back() -> None:
    tracker = Tracker()
    run(tracker, [[person(0.3), person(0.6, size=0.9)]] * 3)
    assert tracker.update(3 * STEP, [person(0.6, size=0.9)]) == ["0-2"]
    assert tracker.update(6 * STEP, [person(0.6, size=0.9), person(0.3)]) == ["0-2", "0-1"]


def test_somebody_within_anothers_outline_is_doubted_until_they_stay() -> None:
    tracker = Tracker()
    tracker.update(0, [person(0.3)])
    for step in range(1, 23):
        names = tracker.update(step * STEP, [person(0.3), person(0.32, size=0.4)])
        assert names[0] == "0-1"
        assert not tracker.believes(names[1])
    names = tracker.update(24 * STEP, [person(0.3), person(0.32, size=0.4)])
    assert names == ["0-1", "0-2"]


def test_a_doubted_sighting_that_goes_leaves_nothing() -> None:
    tracker = Tracker()
    tracker.update(0, [person(0.3)])
    tracker.update(STEP, [person(0.3), person(0.32, size=0.4)])
    tracker.update(2 * STEP, [person(0.3)])
    assert tracker.update(60 * STEP, [person(0.8)]) == ["0-2"]


def test_somebody_doubted_takes_the_place_of_the_lost_one() -> None:
    """When a model has slid off a person and found them anew, they keep their id."""
    tracker = Tracker()
    tracker.update(0, [person(0.3)])
    for step in range(1, 10):
        tracker.update(step * STEP, [person(0.3), person(0.32, size=0.8)])
    assert tracker.update(10 * STEP, [person(0.32, size=0.8)]) == ["0-1"]


def test_a_low_score_is_doubted_for_a_moment() -> None:
    tracker = Tracker()
    names = run(tracker, [[person(0.3, score=0.6)] for _ in range(7)])
    believed = [tracker.believes(name[0]) for name in names[-1:]]
    assert not names[0][0].startswith("0-")
    assert (names[-1], believed) == (["0-1"], [True])


def test_a_step_back_in_time_forgets_the_lost_only() -> None:
    tracker = Tracker()
    run(tracker, [[person(0.2), person(0.8)], [person(0.2)]], start=100 * NANOSECONDS)
    assert tracker.update(0, [person(0.2), person(0.8)]) == ["0-1", "0-3"]


def test_clearing_never_gives_an_id_again() -> None:
    tracker = Tracker()
    tracker.update(0, [person(0.3)])
    tracker.clear()
    assert tracker.update(STEP, [person(0.3)]) == ["0-2"]


def test_two_sightings_of_one_person_are_one() -> None:
    one, again = person(0.3, score=0.9), person(0.305, score=0.7)
    assert Tracker().distinct(STEP, [again, one, person(0.8)]) == [1, 2]


def test_two_sightings_with_their_hips_in_one_place_are_one() -> None:
    whole, part = person(0.3), person(0.3, size=0.5)
    part = Sighting(part.keypoints + whole.hips - part.hips, part.visibility, 0.9)
    assert Tracker().distinct(STEP, [whole, part]) == [0]


def test_of_two_tracks_on_one_person_the_older_is_kept() -> None:
    tracker = Tracker()
    run(tracker, [[person(0.3)]] * 15)
    tracker.update(15 * STEP, [person(0.3), person(0.6)])
    fallen = [person(0.45, follows="0-2", score=0.99), person(0.452, follows="0-1", score=0.7)]
    assert tracker.distinct(16 * STEP, fallen) == [1]


def test_whom_a_track_led_to_is_kept() -> None:
    tracker = Tracker()
    tracker.update(0, [person(0.3)])
    assert tracker.distinct(STEP, [person(0.3, score=0.99), person(0.305, score=0.6, follows="0-1")]) == [1]


def test_neighbours_are_distinct() -> None:
    assert Tracker().distinct(STEP, [person(0.3), person(0.42), person(0.54)]) == [0, 1, 2]


BOX = st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0.01, 1), st.floats(0.01, 1)).map(
    lambda box: np.array([box[0], box[1], box[0] + box[2], box[1] + box[3]])
)


@given(BOX, BOX)
def test_overlap_and_inside(a: NDArray[np.float64], b: NDArray[np.float64]) -> None:
    assert overlap(a, b) == overlap(b, a)
    assert 0 <= overlap(a, b) <= min(inside(a, b), inside(b, a)) + 1e-9 <= 1 + 2e-9
    assert overlap(a, a) == 1
    assert inside(a, a) == 1


def test_ids_of_a_crossing() -> None:
    """Two people walk past each other, never hidden; the figures differ in size."""
    tracker = Tracker()
    frames = [[person(0.1 + 0.04 * step), person(0.9 - 0.04 * step, size=0.7)] for step in range(21)]
    assert set(itertools.chain.from_iterable(run(tracker, frames))) == {"0-1", "0-2"}
    assert tracker.update(21 * STEP, [person(0.94), person(0.06, size=0.7)]) == ["0-1", "0-2"]


def test_ten_people_keep_their_ids_while_they_exercise() -> None:
    tracker = Tracker()
    for step in range(60):
        frame = [person(0.08 + 0.09 * number, 0.4 + 0.03 * np.sin(step / 5 + number), 0.4) for number in range(10)]
        assert tracker.update(step * STEP, frame) == [f"0-{number}" for number in range(1, 11)]


def test_walking_past_behind_somebody_for_a_second_and_a_half_keeps_both_ids() -> None:
    tracker = Tracker()
    names = []
    for step in range(60):
        walker = person(0.1 + 0.012 * step, look=RED)
        hidden = 0.38 < 0.1 + 0.012 * step < 0.65
        names = tracker.update(step * STEP, [person(0.5, look=BLUE)] + ([] if hidden else [walker]))
    assert names == ["0-1", "0-2"]


def test_whoever_was_hidden_and_turned_back_keeps_the_id() -> None:
    tracker = Tracker()
    run(tracker, [[person(0.2 + 0.012 * step, look=RED)] for step in range(20)])
    assert tracker.update(38 * STEP, [person(0.42, look=RED)]) == ["0-1"]


def test_somebody_in_other_colours_at_the_place_of_the_lost_is_doubted_then_new() -> None:
    tracker = Tracker()
    run(tracker, [[person(0.3, look=RED)]] * 15)
    [name] = tracker.update(30 * STEP, [person(0.35, look=BLUE)])
    assert not tracker.believes(name)
    for step in range(31, 44):
        [name] = tracker.update(step * STEP, [person(0.35, look=BLUE)])
    assert name == "0-2"


def test_the_only_person_is_the_one_who_is_seen_again_within_a_moment_in_whatever_light() -> None:
    tracker = Tracker()
    run(tracker, [[person(0.3, look=RED)]] * 15)
    assert tracker.update(19 * STEP, [person(0.4, look=BLUE)]) == ["0-1"]


def test_of_two_people_one_who_is_seen_again_in_other_colours_is_doubted() -> None:
    tracker = Tracker()
    run(tracker, [[person(0.3, look=RED), person(0.8)]] * 15)
    names = tracker.update(19 * STEP, [person(0.4, look=BLUE), person(0.8)])
    assert [tracker.believes(name) for name in names] == [False, True]


def test_a_change_of_light_changes_nobodys_id() -> None:
    tracker = Tracker()
    run(tracker, [[person(0.3, look=RED), person(0.7, look=BLUE)]] * 15)
    grey = [person(0.301, look=RED * 0.2, follows="0-1"), person(0.7, look=BLUE * 0.2, follows="0-2")]
    assert tracker.distinct(15 * STEP, grey) == [0, 1]
    assert tracker.update(15 * STEP, grey) == ["0-1", "0-2"]


def test_of_two_regions_on_one_body_the_one_whose_person_it_is_stays() -> None:
    """The older of two people is hidden, and their region has slid on to the younger."""
    tracker = Tracker()
    tracker.update(0, [person(0.45, look=RED)])
    for step in range(1, 30):
        tracker.update(step * STEP, [person(0.45, look=RED), person(0.55, look=BLUE)])
    slid = person(0.551, look=BLUE, follows="0-1")
    assert tracker.distinct(30 * STEP, [slid, person(0.55, look=BLUE, follows="0-2")]) == [1]


def test_whoever_jumps_beside_somebody_else_and_looks_otherwise_has_slid_off() -> None:
    """Half of what they wear is as before: not enough for a jump, but for a step, and where nobody else is."""
    trousers = RED + np.array([[0.0, 0, 0], [30, 0, 0]])
    tracker = Tracker()
    run(tracker, [[person(0.3, look=RED), person(0.8, look=BLUE)]] * 15)
    other = person(0.8, look=BLUE, follows="0-2")
    assert tracker.distinct(15 * STEP, [person(0.37, look=trousers, follows="0-1"), other]) == [1]
    assert tracker.distinct(15 * STEP, [person(0.37, look=RED, follows="0-1"), other]) == [0, 1]
    assert tracker.distinct(15 * STEP, [person(0.33, look=trousers, follows="0-1"), other]) == [0, 1]
    alone = Tracker()
    run(alone, [[person(0.3, look=RED)]] * 15)
    assert alone.distinct(15 * STEP, [person(0.37, look=trousers, follows="0-1")]) == [0]


def test_whoever_is_not_seen_beside_somebody_else_is_hidden_for_as_long_as_output_may_wait() -> None:
    tracker = Tracker()
    run(tracker, [[person(0.3), person(0.8)]] * 15)
    tracker.update(15 * STEP, [person(0.8)])
    assert [set(tracker.hidden((14 + steps) * STEP)) for steps in (1, 4, 5)] == [{"0-1"}, {"0-1"}, set()]
    assert LONGEST_SECONDS == 4 / 15
    tracker.update(16 * STEP, [])
    assert tracker.hidden(16 * STEP) == {}, "nobody is there to hide them"


def test_whoever_walks_is_thought_to_walk_on_while_hidden() -> None:
    tracker = Tracker()
    run(tracker, [[person(0.3 + 0.01 * step), person(0.8)] for step in range(15)])
    tracker.update(15 * STEP, [person(0.8)])
    right, down = tracker.hidden(18 * STEP)["0-1"]
    assert 0.02 < right < 0.05
    assert abs(down) < 1e-6


def test_whoever_came_just_now_is_not_hidden_but_gone() -> None:
    tracker = Tracker()
    run(tracker, [[person(0.8)]] * 10 + [[person(0.8), person(0.3)]] * 5 + [[person(0.8)]])
    assert tracker.believes("0-2")
    assert tracker.hidden(16 * STEP) == {}


def test_what_is_suddenly_a_smaller_half_hidden_figure_is_not_the_person_that_was_followed() -> None:
    tracker = Tracker()
    run(tracker, [[person(0.5)]] * 15)
    assert (
        tracker.distinct(
            15 * STEP, [Sighting(STANDING * 0.6 + (0.5, 0.4), np.full(len(INDEX), 0.5), 0.95, "0-1", None, 0.168)]
        )
        == []
    )


def test_says_where_whoever_was_lost_should_be_by_now() -> None:
    tracker = Tracker()
    run(tracker, [[person(0.2 + 0.01 * step), person(0.8)] for step in range(20)])
    tracker.update(20 * STEP, [person(0.8)])
    tracker.update(29 * STEP, [person(0.8)])
    lost = tracker.lost(29 * STEP)
    assert list(lost) == ["0-1"]
    assert abs(lost["0-1"][[0, 2]].mean() - person(0.2 + 0.01 * 29).box[[0, 2]].mean()) < 0.04


def test_who_only_bends_their_arms_is_no_poster() -> None:
    hands = [INDEX[f"{side}_{part}"] for side in ("left", "right") for part in ("wrist", "pinky", "index", "thumb")]
    noise = np.random.default_rng(4)

    def sightings(step: int) -> list[Sighting]:
        keypoints = STANDING + noise.normal((0.2, 0.4), 0.002, STANDING.shape)
        keypoints[hands, 1] -= 0.15 * abs(np.sin(step / 5)) * np.ptp(STANDING[:, 1])
        return [Sighting(keypoints, np.ones(len(INDEX)))]

    tracker = Tracker()
    for step in range(round(1.2 * STILL_SECONDS * NANOSECONDS / STEP)):
        tracker.update(step * STEP, sightings(step))
    assert not tracker.still("0-1")


def test_a_poster_is_nobody_until_it_moves_and_a_person_at_rest_is_somebody() -> None:
    tracker = Tracker()
    noise = np.random.default_rng(3)

    def frame(step: int, moved: float = 0.0) -> list[Sighting]:
        poster = Sighting(STANDING + noise.normal((0.2 + moved, 0.4), 0.003, STANDING.shape), np.ones(len(INDEX)))
        return [poster, person(0.7 if step < 30 else 0.78)]

    steps = round((STILL_SECONDS + 2) * 15)
    for step in range(steps):
        names = tracker.update(step * STEP, frame(step))
        assert tracker.still("0-1") == (step * STEP >= STILL_SECONDS * NANOSECONDS)
        assert not tracker.still("0-2")
    assert names == ["0-1", "0-2"]
    tracker.update(steps * STEP, frame(steps, moved=0.05))
    assert not tracker.still("0-1")


def test_what_shows_little_and_never_moves_is_nobody() -> None:
    tracker = Tracker()
    tracker.update(-STEP, [])
    for step in range(40):
        shape = Sighting(STANDING, np.full(len(INDEX), 0.5), 0.99, frozen=step < 30)
        [name] = tracker.update(step * STEP, [shape])
        assert tracker.believes(name) == (step >= 30)


def test_whoever_shows_little_in_the_very_first_frame_is_believed_since_it_may_be_a_photo() -> None:
    tracker = Tracker()
    assert tracker.update(0, [Sighting(STANDING, np.full(len(INDEX), 0.6), 0.85, frozen=True)]) == ["0-1"]
