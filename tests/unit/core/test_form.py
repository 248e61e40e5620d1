"""Faults of a repetition."""

from __future__ import annotations

import numpy as np
import pytest

from services.core.exercises import CATALOGUE
from services.core.form import faults_of
from services.core.signals import Measures, Signal


def repetition(signal: Signal, values: list[float], *, quality: float = 1.0) -> list[Measures]:
    rows = []
    for value in values:
        row = np.full(len(Signal), 170.0)
        row[signal] = value
        rows.append(Measures(row, np.full(len(Signal), quality)))
    return rows


@pytest.mark.parametrize(
    ("exercise", "signal", "values", "faults"),
    [
        pytest.param("squat", Signal.HIP_HEIGHT, [0.8, 0.6, 0.4, 0.6, 0.8], [], id="deep squat"),
        pytest.param("squat", Signal.HIP_HEIGHT, [0.8, 0.7, 0.65, 0.7, 0.8], ["shallow"], id="shallow squat"),
        pytest.param("push_up", Signal.ELBOW, [165, 120, 75, 120, 165], [], id="whole push-up"),
        pytest.param("push_up", Signal.ELBOW, [165, 145, 130, 145, 165], ["shallow"], id="half a push-up"),
        pytest.param("pull_up", Signal.ELBOW, [160, 90, 50, 90, 155], [], id="pull-up from the hang"),
        pytest.param("pull_up", Signal.ELBOW, [120, 90, 50, 90, 120], ["no_hang"], id="pull-up from bent arms"),
        pytest.param("biceps_curl", Signal.REACH, [160, 60, 160], [], id="whole curl"),
        pytest.param("biceps_curl", Signal.REACH, [140, 100, 140], ["half"], id="half a curl"),
        pytest.param("jumping_jack", Signal.WRIST_HEIGHT, [0.0, 0.0], [], id="an exercise without faults"),
        pytest.param("squat", Signal.HIP_HEIGHT, [], [], id="nothing seen"),
    ],
)
def test_faults(exercise: str, signal: Signal, values: list[float], faults: list[str]) -> None:
    found = faults_of(CATALOGUE[exercise], repetition(signal, values))
    assert [fault.fault for fault in found] == faults


def test_what_is_hardly_seen_is_not_judged() -> None:
    hidden = repetition(Signal.HIP_HEIGHT, [0.8, 0.7, 0.65, 0.7, 0.8], quality=0.4)
    assert faults_of(CATALOGUE["squat"], hidden) == []
