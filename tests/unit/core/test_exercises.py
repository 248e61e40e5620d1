"""The catalogue: every entry stands all trials, has its recording, is no fidgeting, and knows its phases."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from services.core.counting import ExerciseCounter
from services.core.exercises import CATALOGUE, NONE, UNKNOWN, Exercise, Phase
from services.core.faults import Judged
from services.core.signals import Measures, Signal
from tests.golden.replay import FOLDER, RECORDINGS, exercise_of
from tests.unit.core.exercise_trials import check_exercise, waves

COUNTED = [entry for entry in CATALOGUE.values() if not entry.hold]
by_name = pytest.mark.parametrize("entry", COUNTED, ids=lambda entry: entry.exercise)


@pytest.mark.parametrize("entry", CATALOGUE.values(), ids=lambda entry: entry.exercise)
def test_every_entry_stands_all_trials(entry: Exercise) -> None:
    assert check_exercise(entry) == []


@pytest.mark.parametrize("exercise", CATALOGUE)
def test_every_entry_has_a_golden_recording(exercise: str) -> None:
    names = [name for name in RECORDINGS if exercise_of(name) == exercise]
    assert names, f"record {exercise}: one line in RECORDINGS of tests/golden/replay.py, then --record NAME"
    assert all((FOLDER / f"{name}.{end}").is_file() for name in names for end in ("jsonl", "events.json"))


@by_name
def test_an_entry_that_the_simulator_lacks_is_tried_by_its_signal(entry: Exercise) -> None:
    assert check_exercise(replace(entry, exercise=f"new_{entry.exercise}")) == []


@by_name
def test_fidgeting_is_no_repetition(entry: Exercise) -> None:
    counter = ExerciseCounter(entry)
    for at, measures in waves(entry, number=6, fps=15.0, share=0.2):
        counter.update(at, measures)
    assert counter.reps == []


def pose_at(entry: Exercise, value: float) -> Measures:
    values = np.zeros(len(Signal))
    values[entry.signal] = value
    return Measures(values, np.ones(len(Signal)))


@by_name
def test_a_single_pose_has_a_phase(entry: Exercise) -> None:
    rest_phase = Phase.TOP if entry.work_phase is Phase.BOTTOM else Phase.BOTTOM
    assert entry.phase(pose_at(entry, entry.rest)) is rest_phase
    assert entry.phase(pose_at(entry, entry.work)) is entry.work_phase
    assert entry.phase(pose_at(entry, (entry.rest + entry.work) / 2)) is Phase.MIDDLE


@by_name
def test_range_of_motion_is_a_share_of_the_full_range(entry: Exercise) -> None:
    full = abs(entry.rest - entry.work)
    assert entry.range_of_motion(full / 2) == pytest.approx(0.5)
    assert entry.range_of_motion(2 * full) == 1.0


def test_every_entry_is_filed_under_its_id() -> None:
    assert all(exercise == entry.exercise for exercise, entry in CATALOGUE.items())


def test_bounds_are_anatomical() -> None:
    """Angles lie between folded and straight; heights are no more than a body has."""
    for entry in COUNTED:
        low, high = sorted((entry.rest, entry.work))
        if entry.signal in {Signal.WRIST_HEIGHT, Signal.HIP_HEIGHT, Signal.SHOULDER_HEIGHT}:
            assert -1.0 <= low < high <= 1.6
        else:
            assert 0 <= low < high <= 180


def test_faults_can_be_made_and_avoided() -> None:
    for entry in CATALOGUE.values():
        for fault in entry.faults:
            low, high = fault.right
            assert low < high
            assert fault.message.endswith(".")
            assert fault.view[0] < fault.view[1]
            assert entry.hold <= (fault.judged is Judged.TYPICAL)


def test_holds_are_heard_as_what_models_know() -> None:
    for entry in CATALOGUE.values():
        assert set(entry.heard_as) <= {*CATALOGUE, NONE, UNKNOWN} - {entry.exercise}
        assert entry.hold or not entry.heard_as


def test_a_hold_is_its_posture() -> None:
    plank = CATALOGUE["plank"]
    straight = np.zeros(len(Signal))
    straight[[Signal.TORSO, Signal.BEND]] = (10.0, 170.0)
    assert plank.fits(Measures(straight, np.ones(len(Signal))))
    assert plank.phase(Measures(straight, np.ones(len(Signal)))) is Phase.HOLD
    standing = straight.copy()
    standing[Signal.TORSO] = 88.0
    assert not plank.fits(Measures(standing, np.ones(len(Signal))))
