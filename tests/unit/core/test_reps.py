"""The repetition counter: the laws at the top of `services.core.reps`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.core.repetition import RepRule
from services.core.reps import RepCounter
from services.core.types import NANOSECONDS

KNEE = RepRule(rest_high=True, smallest=25.0)
TOP, BOTTOM = 170.0, 80.0

Curve = Callable[[float], float]


def samples(curve: Curve, seconds: float, *, fps: float = 15.0, start: float = 0.0) -> list[tuple[int, float]]:
    return [
        (round((start + number / fps) * NANOSECONDS), curve(start + number / fps))
        for number in range(round(seconds * fps))
    ]


def squats(number: int, *, tempo: float = 3.0, rest: float = 1.0, top: float = TOP, bottom: float = BOTTOM) -> Curve:
    """Standing for `rest` seconds, then so many repetitions, then standing."""

    def knee(at: float) -> float:
        phase = (at - rest) / tempo
        if not 0 <= phase <= number:
            return top
        return top - (top - bottom) * (1 - np.cos(2 * np.pi * phase)) / 2

    return knee


def counted(rule: RepRule, fed: list[tuple[int, float]]) -> RepCounter:
    counter = RepCounter(rule)
    for at, value in fed:
        counter.update(at, value)
    return counter


@settings(max_examples=60, deadline=None)
@given(
    number=st.integers(1, 12),
    tempo=st.floats(0.8, 6.0),
    fps=st.floats(8.0, 30.0),
    swing=st.floats(45.0, 120.0),
    noise=st.floats(0.0, 0.06),
    rest_high=st.booleans(),
    seed=st.integers(0, 1000),
)
def test_counts_any_tempo_range_rate_and_noise(  # noqa: PLR0917
    number: int, tempo: float, fps: float, swing: float, noise: float, rest_high: bool, seed: int
) -> None:
    random = np.random.default_rng(seed)
    curve = squats(number, tempo=tempo, top=TOP, bottom=TOP - swing)
    fed = [
        (at, value + noise * swing * float(np.clip(random.normal(), -2.5, 2.5)))
        for at, value in samples(curve, number * tempo + 2.0, fps=fps)
    ]
    if not rest_high:
        fed = [(at, -value) for at, value in fed]
    counter = counted(RepRule(rest_high, smallest=25.0), fed)
    assert len(counter.reps) == number
    assert counter.finish() == counter.reps


@settings(max_examples=40, deadline=None)
@given(fps=st.floats(8.0, 30.0), seed=st.integers(0, 1000), level=st.floats(60.0, 180.0))
def test_noise_is_no_repetition(fps: float, seed: int, level: float) -> None:
    random = np.random.default_rng(seed)
    fed = [(at, level + float(random.normal(0, KNEE.smallest / 8))) for at, _ in samples(squats(0), 30.0, fps=fps)]
    counter = counted(KNEE, fed)
    assert counter.reps == []
    assert counter.finish() == []


def test_times_are_those_of_leaving_and_reaching_rest() -> None:
    counter = counted(KNEE, samples(squats(3, tempo=3.0), 12.0, fps=30.0))
    for number, rep in enumerate(counter.reps):
        begins, ends = 1.0 + 3.0 * number, 4.0 + 3.0 * number
        assert begins <= rep.start / NANOSECONDS <= begins + 0.1
        assert ends - 0.1 <= rep.end / NANOSECONDS <= ends + 0.1
        assert rep.swing == pytest.approx(TOP - BOTTOM, abs=3)
        assert rep.bottom_at / NANOSECONDS == pytest.approx(begins + 1.5, abs=0.15)


@pytest.mark.parametrize("fps", [8.0, 15.0, 30.0])
def test_a_repetition_is_told_within_300_ms_of_its_end(fps: float) -> None:
    counter = RepCounter(KNEE)
    told = {}
    for at, value in samples(squats(4, tempo=2.0), 12.0, fps=fps):
        counter.update(at, value)
        for rep in counter.reps:
            told.setdefault(rep.bottom_at, at - rep.end)
    assert len(told) == 4
    assert max(told.values()) <= 0.3 * NANOSECONDS


def test_what_was_told_keeps_its_times() -> None:
    counter = RepCounter(KNEE)
    seen: dict[int, tuple[int, int]] = {}
    for at, value in samples(squats(6, tempo=2.0), 16.0):
        counter.update(at, value)
        for rep in counter.reps:
            assert seen.setdefault(rep.bottom_at, (rep.start, rep.end)) == (rep.start, rep.end)
    assert len(seen) == 6


def test_half_repetitions_do_not_count() -> None:
    whole = samples(squats(4), 14.0)
    half = samples(lambda at: squats(2, bottom=TOP - 40)(at - 14.0), 7.0, start=14.0)
    counter = counted(KNEE, whole + half)
    assert len(counter.reps) == 4
    assert len(counter.halves) == 2
    assert all(15.0 <= half.start / NANOSECONDS < half.bottom_at / NANOSECONDS < half.end / NANOSECONDS <= 21.0
               for half in counter.halves)  # fmt: skip


def test_whole_repetitions_have_no_halves() -> None:
    assert counted(KNEE, samples(squats(5), 18.0)).halves == []


def _stepped(ease: Callable[[float], float], seconds: float, pause: float) -> Curve:
    """Down, a pause, and up again, from second 1 on."""

    def knee(at: float) -> float:
        since = at - 1.0
        down = since / seconds if since < seconds + pause / 2 else (2 * seconds + pause - since) / seconds
        return TOP - (TOP - BOTTOM) * ease(min(max(down, 0.0), 1.0))

    return knee


@pytest.mark.parametrize("fps", [8.0, 15.0, 30.0])
@pytest.mark.parametrize("seconds", [0.5, 1.0, 2.5])
@pytest.mark.parametrize(
    ("ease", "off"),
    [
        (lambda part: (1 - np.cos(np.pi * part)) / 2, 0.02),
        (lambda part: part**3 * (10 - 15 * part + 6 * part**2), 0.10),  # minimum jerk
        (lambda part: part, 0.23),
    ],
    ids=["cosine", "minimum jerk", "one speed"],
)
def test_phases_begin_and_end_where_the_movement_does(
    ease: Callable[[float], float], off: float, seconds: float, fps: float
) -> None:
    pause = 0.8
    (rep,) = counted(KNEE, samples(_stepped(ease, seconds, pause), 2 * seconds + pause + 3.0, fps=fps)).reps
    truth = (1.0, 1.0 + seconds, 1.0 + seconds + pause, 1.0 + 2 * seconds + pause)
    told = [at / NANOSECONDS for at in (rep.start, rep.reached, rep.left, rep.end)]
    # So much of a way's time, and what the median filter rounds off at this rate.
    assert told == pytest.approx(truth, abs=off * seconds + 0.5 / fps)


def test_a_repetition_is_told_before_its_end_is_reached() -> None:
    fed = samples(squats(1, tempo=4.0), 8.0, fps=30.0)
    counter = RepCounter(KNEE)
    told = next(at for at, value in fed if counter.update(at, value))
    assert told < 4.8 * NANOSECONDS
    assert counter.reps[0].end == pytest.approx(5.0 * NANOSECONDS, abs=0.06 * NANOSECONDS)


@pytest.mark.parametrize("off", [-0.1, 0.0, 0.1])
def test_what_another_counter_sees_is_described_by_ones_own_samples(off: float) -> None:
    counter = counted(KNEE, samples(squats(1), 5.0))
    [own] = counter.reps
    shift = round(off * NANOSECONDS)
    other = replace(
        own, start=own.start + shift, bottom_at=own.bottom_at + shift, end=own.end + shift, top=1.0, bottom=0.0
    )
    shown = counter.described(other)
    assert shown is not None
    assert abs(shown.start - own.start) < 0.07 * NANOSECONDS
    assert abs(shown.end - own.end) < 0.07 * NANOSECONDS
    assert shown.bottom == own.bottom


def test_what_ones_own_samples_do_not_show_is_not_described() -> None:
    still = counted(KNEE, samples(lambda at: TOP, 5.0))
    [other] = counted(KNEE, samples(squats(1), 5.0)).reps
    assert still.described(other) is None
    assert RepCounter(KNEE).described(other) is None
    later = counted(KNEE, samples(lambda at: TOP, 5.0, start=2.0))
    assert later.described(other) is None


def test_repetitions_that_touch_do_not_overlap() -> None:
    reps = counted(KNEE, samples(lambda at: BOTTOM + (TOP - BOTTOM) * abs(1 - (at % 2.0)), 21.0)).reps
    assert len(reps) > 8
    assert all(one.end <= other.start for one, other in pairwise(reps))


def test_moments_within_a_repetition_are_in_order() -> None:
    rep = counted(KNEE, samples(squats(2, tempo=3.0), 8.0, fps=30.0)).reps[0]
    assert rep.start < rep.reached < rep.bottom_at < rep.left < rep.end
    # A cosine turns round at its far end without a stop.
    assert (rep.left - rep.reached) / NANOSECONDS == pytest.approx(0.0, abs=0.12)
    assert rep.peak_speed == pytest.approx(np.pi * (TOP - BOTTOM) / 3.0, rel=0.1)
    assert rep.confidence == pytest.approx(1.0)


def test_a_bounce_at_the_bottom_is_no_second_repetition() -> None:
    def bouncing(at: float) -> float:
        bounce = 30.0 * max(0.0, 1.0 - abs(at - 2.5) / 0.25)
        return squats(3)(at) + bounce

    assert len(counted(KNEE, samples(bouncing, 12.0)).reps) == 3


def test_shrinking_range_still_counts() -> None:
    """A tired person who no longer locks out, after standing straight before the set."""

    def tired(at: float) -> float:
        return TOP if at < 2.0 else 105.0 + 30.0 * np.cos(2 * np.pi * (at - 2.0) / 1.5)

    assert len(counted(KNEE, samples(tired, 2.0 + 8 * 1.5)).finish()) == 8


def test_a_growing_range_takes_back_what_was_fidgeting() -> None:
    """Small movements count while nothing else was seen, and no more once the real ones come."""

    def curve(at: float) -> float:
        return squats(2, tempo=2.0, bottom=TOP - 32)(at) if at < 5.0 else squats(4, tempo=3.0)(at - 5.0)

    fed = samples(curve, 19.0)
    counter = RepCounter(KNEE)
    most = 0
    for at, value in fed:
        counter.update(at, value)
        if at < 5 * NANOSECONDS:
            most = max(most, len(counter.reps))
    assert most == 2
    assert len(counter.reps) == 4


def test_a_hole_in_the_middle_of_a_repetition_is_survived() -> None:
    fed = [(at, value) for at, value in samples(squats(3), 12.0) if not 5.0 < at / NANOSECONDS < 6.0]
    assert len(counted(KNEE, fed).reps) == 3


def test_nothing_is_joined_across_a_long_gap() -> None:
    """Gone at the bottom, back at the top five seconds later: that is no repetition."""
    before = samples(squats(2), 5.5)
    after = samples(lambda at: TOP, 4.0, start=10.5)
    counter = counted(KNEE, before + after)
    assert len(counter.reps) == 1


def test_counting_goes_on_after_a_gap() -> None:
    later = samples(lambda at: squats(3)(at - 20.0), 12.0, start=20.0)
    assert len(counted(KNEE, samples(squats(2), 8.0) + later).reps) == 5


@pytest.mark.parametrize(
    ("first", "last", "whole"),
    [
        pytest.param(1.0, 11.0, 3, id="whole ones"),
        pytest.param(2.5, 11.0, 3, id="begins at the bottom: the effort of the first was seen"),
        pytest.param(1.0, 8.5, 2, id="ends at the bottom: the effort of the last was not"),
        pytest.param(2.5, 8.5, 2, id="two halves at the edges make one"),
        pytest.param(1.0, 9.2, 2, id="less than most of the way back"),
        pytest.param(1.0, 9.7, 3, id="most of the way back"),
        pytest.param(2.5, 4.2, 1, id="one half, and nothing else"),
    ],
)
def test_edges_of_a_recording(first: float, last: float, whole: int) -> None:
    fed = [(at, value) for at, value in samples(squats(3), 12.0) if first <= at / NANOSECONDS <= last]
    assert len(counted(KNEE, fed).finish()) == whole


def test_a_half_at_the_start_counts_only_where_the_recording_starts() -> None:
    fed = [(at, value) for at, value in samples(squats(3), 12.0) if 2.5 <= at / NANOSECONDS <= 8.5]
    assert len(counted(KNEE, fed).finish(from_start=False)) == 1


def test_what_is_done_at_the_far_end_counts_when_the_recording_ends_there() -> None:
    fed = [(at, value) for at, value in samples(squats(3), 12.0) if at / NANOSECONDS <= 8.6]
    assert len(counted(RepRule(rest_high=True, smallest=25.0, done_far=True), fed).finish()) == 3


@pytest.mark.parametrize(
    ("stays", "pause", "whole"),
    [
        pytest.param(0.5, 0.0, 3, id="cut"),
        pytest.param(3.0, 0.0, 2, id="arms that hang after pushdowns"),
        pytest.param(3.0, 2.0, 3, id="the person pauses there each time"),
    ],
)
def test_who_stays_at_the_far_end_has_finished_there(stays: float, pause: float, whole: int) -> None:
    def knee(at: float) -> float:
        part = (at - 1.0) % (3.0 + pause)
        part = part if part < 1.5 else max(part - pause, 1.5)
        return float(TOP - (TOP - BOTTOM) * (1 - np.cos(2 * np.pi * part / 3.0)) / 2) if at > 1.0 else TOP

    last = 1.0 + 2 * (3.0 + pause) + 1.5
    fed = [(at, knee(min(at / NANOSECONDS, last))) for at, _ in samples(knee, last + stays)]
    assert len(counted(RepRule(rest_high=True, smallest=25.0, done_far=True), fed).finish()) == whole


@pytest.mark.parametrize(("tempo", "counts"), [(0.3, 0), (1.0, 3), (40.0, 0)])
def test_too_quick_and_too_slow_is_no_repetition(tempo: float, counts: int) -> None:
    curve = squats(3, tempo=tempo)
    assert len(counted(KNEE, samples(curve, 3 * tempo + 3.0, fps=30.0)).reps) == counts
