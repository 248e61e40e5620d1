"""Counting without an exercise: whatever the body does most, back and forth."""

from __future__ import annotations

import pytest

from services.core.rhythm import RhythmCounter
from services.core.signals import measure
from services.simulator import open_scene


def counted(spec: str, seconds: float, fps: float = 10.0) -> RhythmCounter:
    counter = RhythmCounter()
    for frame in open_scene(spec).pose_frames(seconds, fps=fps, noise=0.02):
        counter.update(frame.captured_at, measure(frame.people[0], frame.width, frame.height))
    return counter


@pytest.mark.parametrize("exercise", ["squat", "biceps_curl", "jumping_jack", "push_up", "kettlebell_swing"])
def test_counts_what_it_was_never_told(exercise: str) -> None:
    scene = open_scene(f"{exercise}?view=50&reps=6&rest=30&seed=4")
    truth = len([rep for rep in scene.reps(20.0) if rep.end < 19.5])
    assert len(counted(f"{exercise}?view=50&reps=6&rest=30&seed=4", 20.0).reps) == pytest.approx(truth, abs=1)


def test_somebody_who_stands_does_nothing() -> None:
    counter = counted("idle?view=30&seed=2", 3.0)
    assert counter.reps == []
    assert counter.started is None
