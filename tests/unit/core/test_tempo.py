"""Tempo as coaches write it."""

from __future__ import annotations

import pytest

from services.core.exercises import CATALOGUE
from services.core.repetition import Repetition
from services.core.signals import Signal
from services.core.tempo import speed_unit_of, tempo_of
from services.core.types import NANOSECONDS


def repetition(start: float, reached: float, left: float, end: float) -> Repetition:
    moments = [round(second * NANOSECONDS) for second in (start, reached, left, end)]
    return Repetition(*moments, moments[1], 1.0, 0.0, 1.0, 1.0)


REP = repetition(10.0, 13.0, 14.0, 15.5)


@pytest.mark.parametrize(
    ("exercise", "tempo"),
    [
        pytest.param("squat", (3.0, 1.0, 1.5, 0.5), id="gives way first, far end at the bottom"),
        pytest.param("biceps_curl", (1.5, 0.5, 3.0, 1.0), id="works first, far end at the top"),
        pytest.param("lat_pulldown", (1.5, 0.5, 3.0, 1.0), id="works first although the weight goes down"),
        pytest.param("push_up", (3.0, 1.0, 1.5, 0.5), id="push-up"),
    ],
)
def test_tempo(exercise: str, tempo: tuple[float, ...]) -> None:
    assert tempo_of(CATALOGUE[exercise], REP, round(9.5 * NANOSECONDS)) == tempo


def test_the_pause_before_the_first_is_unknown() -> None:
    assert tempo_of(CATALOGUE["squat"], REP, None) == (3.0, 1.0, 1.5, None)


def test_no_pause_is_negative() -> None:
    assert tempo_of(CATALOGUE["squat"], REP, 11 * NANOSECONDS)[3] == 0.0


def test_heights_move_in_metres_and_joints_in_degrees() -> None:
    assert speed_unit_of(Signal.HIP_HEIGHT) == "m/s"
    assert speed_unit_of(Signal.ELBOW) == "deg/s"
