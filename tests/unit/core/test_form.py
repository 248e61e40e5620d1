"""Faults of a repetition."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from services.core.exercises import CATALOGUE
from services.core.form import faults_of, faults_of_hold
from services.core.repetition import Repetition
from services.core.signals import Measures, Signal, measure
from services.core.types import NANOSECONDS
from services.simulator import open_scene


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
        pytest.param("pull_up", Signal.ELBOW, [110, 90, 50, 90, 110], ["no_hang"], id="pull-up from bent arms"),
        pytest.param("biceps_curl", Signal.REACH, [160, 60, 160], [], id="whole curl"),
        pytest.param("biceps_curl", Signal.REACH, [140, 120, 140], ["half"], id="half a curl"),
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


def simulated(exercise: str, view: int, fault: str = "") -> list[list[Measures]]:
    """The measures of each repetition of a simulated person, or of a whole hold."""
    scene = open_scene(f"{exercise}?view={view}&reps=2&rest=20&seed=7" + (f"&fault={fault}" if fault else ""))
    frames = list(scene.pose_frames(12.0, fps=8.0, noise=0.02))
    seen = [(frame.captured_at / NANOSECONDS, measure(frame.people[0], frame.width, frame.height)) for frame in frames]
    if CATALOGUE[exercise].hold:
        return [[one for _, one in seen]]
    return [[one for at, one in seen if rep.start <= at <= rep.end] for rep in scene.reps(12.0)]


@pytest.mark.parametrize(
    ("exercise", "view", "made", "fault"),
    [
        pytest.param("plank", 90, "hips_sag", "hips_low", id="sagging plank"),
        pytest.param("push_up", 90, "hips_sag", "hips_low", id="sagging push-up"),
        pytest.param("push_up", 60, "hips_high", "hips_high", id="piked push-up"),
        pytest.param("pull_up", 30, "half", "chin", id="chin under the bar"),
        pytest.param("jumping_jack", 0, "half", "low_arms", id="arms not overhead"),
        pytest.param("bench_press", 150, "half", "half", id="half a press"),
        pytest.param("overhead_press", 60, "back_lean", "lean_back", id="leaning back"),
    ],
)
def test_faults_of_simulated_people(exercise: str, view: int, made: str, fault: str) -> None:
    """Each is told of those who have it, and of nobody else."""
    entry = CATALOGUE[exercise]
    judge = faults_of_hold if entry.hold else faults_of
    wrong = [[one.fault for one in judge(entry, poses)] for poses in simulated(exercise, view, made)]
    right = [[one.fault for one in judge(entry, poses)] for poses in simulated(exercise, view)]
    assert all(fault in faults for faults in wrong)
    assert wrong
    assert not any(right)


def test_what_cannot_be_seen_from_there_is_not_said() -> None:
    (sagging,) = simulated("plank", 20, "hips_sag")
    assert faults_of_hold(CATALOGUE["plank"], sagging) == []


def test_a_dropped_weight_is_told_and_a_jump_of_the_measures_is_not() -> None:
    entry, poses = CATALOGUE["bench_press"], repetition(Signal.WRIST_HEIGHT, [0.5, 0.3, 0.1, 0.1, 0.3, 0.5])

    def told(seconds: float) -> list[str]:
        reached = round(seconds * NANOSECONDS)
        rep = Repetition(0, reached, reached, 2 * NANOSECONDS, reached, 0.8, 0.4, 1.0, 1.0)
        return [fault.fault for fault in faults_of(entry, poses, rep)]

    assert [told(seconds) for seconds in (0.05, 0.13, 0.5)] == [[], ["dropped"], []]
    assert faults_of(entry, poses) == []


def test_one_wrong_pose_is_no_fault() -> None:
    good = repetition(Signal.ELBOW, [165.0] * 8 + [120.0] * 8 + [75.0] * 8 + [120.0] * 8)
    wrong = replace(good[0], body=good[0].body + np.random.default_rng(0).normal(0, 1, good[0].body.shape))
    assert faults_of(CATALOGUE["push_up"], [*good, wrong]) == []
