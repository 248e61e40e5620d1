"""Every exercise that the simulator knows is counted from its true keypoints, with an estimator's noise."""

from __future__ import annotations

import pytest

from services.core.exercises import CATALOGUE
from services.core.reps import RepCounter
from services.core.signals import measure
from services.simulator import EXERCISES, open_scene

REPS = 4
KNOWN = sorted(name for name, entry in EXERCISES.items() if name in CATALOGUE and not entry.hold)


def counted(name: str, *, view: int, fps: float) -> tuple[int, int]:
    """What is counted, and the truth, of one set and a little more."""
    entry = CATALOGUE[name]
    scene = open_scene(f"{name}?view={view}&reps={REPS}&rest=30&seed=5")
    seconds = REPS * EXERCISES[name].seconds * 1.25 + 3.0
    counter = RepCounter(entry.rule)
    for frame in scene.pose_frames(seconds, fps=fps, noise=0.02):
        measures = measure(frame.people[0], frame.width, frame.height)
        if entry.fits(measures):
            counter.update(frame.captured_at, float(measures.values[entry.signal]))
    return len(counter.reps), len(scene.reps(seconds))


@pytest.mark.parametrize(("view", "fps"), [(40, 8.0), (90, 15.0)])
@pytest.mark.parametrize("name", KNOWN)
def test_simulated_people_are_counted(name: str, view: int, fps: float) -> None:
    count, truth = counted(name, view=view, fps=fps)
    assert truth == REPS
    assert count == truth


def test_the_first_exercises_are_there() -> None:
    assert {"squat", "deadlift", "bench_press", "push_up", "overhead_press", "biceps_curl", "lunge"} <= set(KNOWN)
