"""The tape: counters that come late see what those saw that were there, and a snapshot gives the same tape."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.core.exercises import CATALOGUE
from services.core.packing import packed, unpacked
from services.core.signals import Measures, Signal
from services.core.tape import FARTHEST, RESTING, ROW, STEPS, Tape
from services.core.types import NANOSECONDS

FPS = 10
SQUAT = ("squat", 0, False)
COUNTED = [name for name, entry in CATALOGUE.items() if not entry.hold]


def squatting(at: float) -> Measures:
    values = np.zeros(len(Signal))
    values[Signal.TORSO], values[Signal.HIP_HEIGHT] = 88.0, 0.8 - 0.2 * (1 - np.cos(np.pi * at))
    return Measures(values, np.ones(len(Signal)))


def recorded(tape: Tape, first: int, after: int) -> None:
    for frame in range(first, after):
        tape.record(frame * NANOSECONDS // FPS, squatting(frame / FPS))


def test_every_field_of_measures_is_kept() -> None:
    random = np.random.default_rng(5)
    shown = squatting(0.0)
    there = Measures(**{field.name: random.normal(size=getattr(shown, field.name).shape) for field in fields(Measures)})
    tape = Tape(CATALOGUE)
    tape.record(7, there)
    (kept,) = tape.between(0, 10)
    assert set(STEPS) == {field.name for field in fields(Measures)}
    for name, step in STEPS.items():
        np.testing.assert_allclose(getattr(kept, name), getattr(there, name), atol=step / 2 + 1e-9)


def test_a_lost_size_does_no_harm() -> None:
    tape = Tape(CATALOGUE)
    measures = squatting(0.0)
    measures.values[Signal.WRIST_HEIGHT] = 1e30
    tape.record(0, measures)
    assert tape.between(0, 0)[0].values[Signal.WRIST_HEIGHT] == pytest.approx(FARTHEST * STEPS["values"])


def test_a_counter_that_comes_late_says_what_one_says_that_was_there() -> None:
    early, late = Tape(CATALOGUE), Tape(CATALOGUE)
    early.counter(SQUAT)
    recorded(early, 0, 95)
    recorded(late, 0, 95)
    assert late.counter(SQUAT).reps == early.counter(SQUAT).reps
    assert len(early.counter(SQUAT).reps) == 4


def test_a_counter_that_rested_says_what_one_says_that_did_not() -> None:
    asked, rested = Tape(CATALOGUE), Tape(CATALOGUE)
    counter = rested.counter(SQUAT)
    asked.counter(SQUAT)
    for first in range(0, 90, 30):
        rested.keep(())
        for tape in (asked, rested):
            recorded(tape, first, first + 30)
        assert rested.counter(SQUAT) is counter
        assert counter.reps == asked.counter(SQUAT).reps
    assert rested.snapshot() == asked.snapshot()


def test_few_counters_rest() -> None:
    tape = Tape(CATALOGUE)
    recorded(tape, 0, 10)
    first, *_, last = (tape.counter((exercise, 0, False)) for exercise in COUNTED[: RESTING + 1])
    tape.keep(())
    assert tape.counter((COUNTED[RESTING], 0, False)) is last
    assert tape.counter((COUNTED[0], 0, False)) is not first


def test_recording_says_when_a_counter_says_something_new() -> None:
    tape = Tape(CATALOGUE)
    tape.counter(SQUAT)
    news = [frame for frame in range(100) if tape.record(frame * NANOSECONDS // FPS, squatting(frame / FPS))]
    assert len(news) >= 4
    assert len(news) < 20


@pytest.mark.parametrize("cut", [1, 37, 60])
def test_a_snapshot_gives_the_same_tape(cut: int) -> None:
    whole, again = Tape(CATALOGUE), Tape(CATALOGUE)
    whole.counter(SQUAT)
    whole.timer(("wall_sit", 0, True))
    recorded(whole, 0, cut)
    again.restore(whole.snapshot())
    assert again.snapshot() == whole.snapshot()
    recorded(whole, cut, 100)
    recorded(again, cut, 100)
    assert again.snapshot() == whole.snapshot()
    assert again.counter(SQUAT).reps == whole.counter(SQUAT).reps
    assert (again.first, again.start, again.last, len(again)) == (whole.first, whole.start, whole.last, len(whole))


def test_who_saw_what_is_forgotten_is_forgotten_too() -> None:
    tape = Tape(CATALOGUE)
    old, new = tape.counter(SQUAT), tape.counter(("squat", 3 * NANOSECONDS, False))
    recorded(tape, 0, 60)
    tape.forget(2 * NANOSECONDS)
    assert tape.start == 2 * NANOSECONDS
    assert tape.first == 0
    assert tape.counter(("squat", 3 * NANOSECONDS, False)) is new
    assert tape.counter(SQUAT) is not old


def test_what_is_no_tape_is_refused() -> None:
    tape = Tape(CATALOGUE)
    recorded(tape, 0, 5)
    rows = tape.snapshot().rows
    for torn in (b"", b"rubbish", rows[:-8], packed(np.zeros(3, [("at", "<i8")]))):
        with pytest.raises(ValueError, match="rows"):
            unpacked(torn, ROW)


@given(bits=st.binary(min_size=33, max_size=330))
def test_rows_come_back_to_the_bit(bits: bytes) -> None:
    kind = np.dtype([("at", "<i8"), ("few", "<f4", (2, 3)), ("one", "u1")])
    rows = np.frombuffer(bits[: len(bits) // kind.itemsize * kind.itemsize], kind)
    assert unpacked(packed(rows), kind).tobytes() == rows.tobytes()


def test_what_changes_little_takes_few_bytes() -> None:
    tape = Tape(CATALOGUE)
    recorded(tape, 0, 600)
    assert len(tape.snapshot().rows) < 600 * ROW.itemsize / 20
