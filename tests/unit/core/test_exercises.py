"""The catalogue: every entry can be counted, is told apart from fidgeting, and knows its phases."""

from __future__ import annotations

import numpy as np
import pytest

from services.core.exercises import CATALOGUE, Exercise, Phase
from services.core.reps import RepCounter
from services.core.signals import Measures, Signal
from services.core.types import NANOSECONDS

COUNTED = [entry for entry in CATALOGUE.values() if not entry.hold]
by_name = pytest.mark.parametrize("entry", COUNTED, ids=lambda entry: entry.exercise)


def tempo_of(entry: Exercise) -> float:
    return float(np.clip(2.5, 2 * entry.seconds[0], entry.seconds[1] / 2))


def check_exercise(
    entry: Exercise, *, number: int = 6, fps: float = 15.0, share: float = 1.0, noise: float = 0.03, tempo: float = 1.0
) -> int:
    """Count synthetic repetitions of an entry: a share of its full range, at a multiple of its usual tempo."""
    random = np.random.default_rng(number)
    seconds = tempo_of(entry) * tempo
    way = entry.work - entry.rest
    counter = RepCounter(entry.rule)
    for frame in range(round((number * seconds + 2.0) * fps)):
        at = frame / fps
        phase = (at - 1.0) / seconds
        done = (1 - np.cos(2 * np.pi * phase)) / 2 if 0 <= phase <= number else 0.0
        value = entry.rest + way * share * (done + noise * float(np.clip(random.normal(), -2.5, 2.5)))
        counter.update(round(at * NANOSECONDS), value)
    return len(counter.finish())


@by_name
@pytest.mark.parametrize(
    ("share", "fps", "tempo"),
    [
        pytest.param(1.0, 15.0, 1.0, id="usual"),
        pytest.param(1.0, 8.0, 0.5, id="quick, slow camera"),
        pytest.param(0.6, 30.0, 0.5, id="small range, quick"),
        pytest.param(0.6, 8.0, 2.0, id="small range, slow"),
    ],
)
def test_counts_every_tempo_range_and_rate(entry: Exercise, share: float, fps: float, tempo: float) -> None:
    assert check_exercise(entry, share=share, fps=fps, tempo=tempo) == 6


@by_name
def test_fidgeting_is_no_repetition(entry: Exercise) -> None:
    assert check_exercise(entry, share=0.2) == 0


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


def test_a_hold_is_its_posture() -> None:
    plank = CATALOGUE["plank"]
    straight = np.zeros(len(Signal))
    straight[[Signal.TORSO, Signal.BEND]] = (10.0, 170.0)
    assert plank.fits(Measures(straight, np.ones(len(Signal))))
    assert plank.phase(Measures(straight, np.ones(len(Signal)))) is Phase.HOLD
    standing = straight.copy()
    standing[Signal.TORSO] = 88.0
    assert not plank.fits(Measures(standing, np.ones(len(Signal))))
