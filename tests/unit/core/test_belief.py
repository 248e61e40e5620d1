"""What makes a set: `services.core.belief`."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.core.belief import SHORT, SLOW, believed, brief, longest_short, regular, rhythmic
from services.core.exercises import CATALOGUE
from services.core.repetition import Repetition
from services.core.types import NANOSECONDS

SQUAT = CATALOGUE["squat"]


def reps(
    count: int, *, swing: float = 1.0, confidence: float = 0.9, uneven: float = 0.0, seconds: float = 2.0
) -> list[Repetition]:
    """Repetitions of so many seconds; uneven ones last so much longer and shorter in turn."""
    found, at = [], 0
    for number in range(count):
        length = round(seconds * NANOSECONDS * (1 + uneven * (-1) ** number))
        middle, end = at + length // 2, at + length
        found.append(Repetition(at, middle, middle, end, middle, 0.0, swing, 1.0, confidence))
        at = end
    return found


@pytest.mark.parametrize(
    ("some", "idle", "short", "expected"),
    [
        pytest.param(reps(4), 0.3, False, True, id="four alike ones"),
        pytest.param(reps(3), 0.3, False, False, id="three are too few"),
        pytest.param(reps(4), 0.6, False, False, id="clips see somebody at rest"),
        pytest.param(reps(4, uneven=0.4), 0.3, False, False, id="not alike"),
        pytest.param(reps(4, uneven=0.4), 0.1, False, True, id="less alike, but it is no rest"),
        pytest.param(reps(4, confidence=0.5), 0.1, False, False, id="hardly seen"),
        pytest.param(reps(8, swing=0.35), 0.1, False, False, id="hardly anything moves"),
        pytest.param(reps(3), 0.1, True, True, id="three in a recording of them"),
        pytest.param(reps(3), 0.3, True, False, id="three in one that may be of rest"),
        pytest.param(reps(2), 0.1, True, False, id="two have no rhythm"),
        pytest.param(reps(6, seconds=6.0), 0.1, False, False, id="slow ones are no rhythm"),
    ],
)
def test_any_movement_over_and_over_makes_a_set(
    some: list[Repetition], idle: float, short: bool, expected: bool
) -> None:
    assert rhythmic(some, idle, short=short) is expected


@pytest.mark.parametrize(
    ("count", "confidence", "short", "expected"),
    [(1, 0.7, False, True), (1, 0.6, False, False), (1, 0.3, True, True), (1, 0.2, True, False),
     (4, 0.45, False, True), (4, 0.35, False, False), (5, 0.2, False, True), (2, 0.2, True, True)],
)  # fmt: skip
def test_the_fewer_the_surer(count: int, confidence: float, short: bool, expected: bool) -> None:
    assert believed(reps(count), confidence, short=short) is expected


@pytest.mark.parametrize(
    ("some", "confidence", "short", "expected"),
    [
        pytest.param(reps(3, seconds=6.0), 0.75, False, False, id="more unlikely than a single quick one"),
        pytest.param(reps(3, seconds=6.0), 0.85, False, True, id="surer"),
        pytest.param([*reps(1), *reps(2, seconds=6.0)], 0.75, False, False, id="one quick among slow ones"),
        pytest.param([*reps(1), *reps(1, seconds=6.0)], 0.7, False, True, id="one quick and a slow one are one"),
        pytest.param([*reps(2), *reps(1, seconds=6.0)], 0.6, False, True, id="two quick and a slow one are two"),
        pytest.param(reps(5, seconds=8.0), 0.3, False, True, id="so many grinders are no rest"),
        pytest.param(reps(2, seconds=6.0), 0.3, True, True, id="a recording of them"),
    ],
)
def test_slow_ones_add_nothing_to_belief(
    some: list[Repetition], confidence: float, short: bool, expected: bool
) -> None:
    assert believed(some, confidence, short=short) is expected


@pytest.mark.parametrize(
    ("some", "longest"),
    [
        pytest.param(reps(2, seconds=2.0), SHORT, id="two"),
        pytest.param(reps(10, seconds=3.0), 90 * NANOSECONDS, id="as much again before and after them"),
        pytest.param(reps(3, seconds=9.0), 9 * SLOW, id="three slow ones fill no minute"),
    ],
)
def test_how_long_a_recording_of_some_repetitions_is(some: list[Repetition], longest: int) -> None:
    assert longest_short(some) == longest


@pytest.mark.parametrize(
    ("some", "likely", "expected"),
    [
        pytest.param(reps(3), 0.6, True, id="three that clips show"),
        pytest.param(reps(3), 0.4, False, id="three that they are less sure of"),
        pytest.param(reps(5), 0.45, True, id="five"),
        pytest.param(reps(5), 0.35, False, id="five that are hardly possible"),
        pytest.param(reps(2), 0.9, False, id="two are what somebody at rest may do"),
        pytest.param(reps(3, confidence=0.4), 0.6, False, id="hardly seen"),
    ],
)
def test_what_is_soon_over_needs_more_than_one_and_clips_that_show_it(
    some: list[Repetition], likely: float, expected: bool
) -> None:
    assert brief(some, likely) is expected


@pytest.mark.parametrize(
    ("some", "expected"),
    [(reps(3, swing=0.4), True), (reps(3, swing=0.4, seconds=6.0), False), (reps(8, swing=0.4, seconds=6.0), True),
     (reps(2, swing=0.4), False), (reps(3, swing=0.1), False), (reps(8, swing=0.1), True),
     (reps(8, swing=0.4, confidence=0.7), False), (reps(8, swing=0.4, uneven=0.5), False)],
)  # fmt: skip
def test_what_is_only_possible_has_to_be_regular(some: list[Repetition], expected: bool) -> None:
    assert regular(some, SQUAT) is expected


def test_arms_that_take_turns_need_go_only_half_as_far_in_their_mean() -> None:
    curl = CATALOGUE["biceps_curl"]
    whole = abs(curl.work - curl.rest)
    assert regular(reps(4, swing=0.4 * whole), curl)
    assert not regular(reps(4, swing=0.2 * whole), curl)
    assert not regular(reps(4, swing=0.4 * whole), replace(curl, in_turn=False))
