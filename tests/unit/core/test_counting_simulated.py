"""Sets of simulated people with the pose engine's errors: counted exactly, the same however they are watched."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from services.classifier.manifest import read_manifest
from services.classifier.model import DEFAULT_BUNDLE
from services.classifier.settings import ClassifierSettings
from services.classifier.stage import ClassifierStage
from services.core.types import Event, PoseFrame
from services.simulator.estimator import Estimator
from tests.benchmarks.simulated_reps.answers import Perfect, alone, measured, phase_errors, within_sets
from tests.benchmarks.simulated_reps.damage import damaged
from tests.benchmarks.simulated_reps.sets import Trial, hard_trials, plain_trials, seconds_of, truth_of

SEED = 7


def frames_of(trial: Trial) -> list[PoseFrame]:
    """The set as a camera with the pose engine sees it."""
    estimator = Estimator(SEED)
    return damaged(trial, [estimator.update(one) for one in trial.scene.pose_frames(seconds_of(trial), fps=trial.fps)])


def known(frames: list[PoseFrame]) -> list[tuple[int, PoseFrame]]:
    """Frames that are known at once."""
    return [(frame.captured_at, frame) for frame in frames]


def trial_of(exercise: str, condition: str, fps: int) -> Trial:
    """The first of such trials."""
    trials = plain_trials() if condition == "plain" else hard_trials()
    return next(one for one in trials if (one.exercise, one.condition, one.fps) == (exercise, condition, fps))


CASES = [
    ("squat", "plain", 8),
    ("burpee", "plain", 15),
    ("bench_press", "plain", 30),
    ("jumping_jack", "fast", 30),
    ("deadlift", "grinder", 15),
    ("lunge", "frames dropped", 15),
    ("overhead_press", "occluded a second", 15),
    ("squat", "mirrored", 15),
]


@pytest.mark.parametrize(("exercise", "condition", "fps"), CASES)
def test_sets_are_counted_exactly(exercise: str, condition: str, fps: int) -> None:
    trial = trial_of(exercise, condition, fps)
    answer = alone(trial, measured(known(frames_of(trial))), "combined")
    assert len(answer.reps) == trial.reps
    late = np.abs(phase_errors(trial, answer))
    assert len(late) == trial.reps
    lasting = 1000 * (truth_of(trial)[0].end - truth_of(trial)[0].start)
    assert np.median(late[:, :4]) < 0.2 * lasting, "people leave and reach their postures gently"


def events_of(trial: Trial, frames: list[PoseFrame], *, beside: list[PoseFrame] | None = None) -> list[Event]:
    """Everything that is said of the frames' camera; frames of another one may come in between."""
    stage = ClassifierStage(ClassifierSettings(), model=Perfect(trial, read_manifest(DEFAULT_BUNDLE)))
    camera = frames[0].camera_id
    others = iter(beside or [])
    said: list[object] = []
    for frame in frames:
        said += stage.process(frame)
        other = next(others, None)
        said += stage.process(other) if other else []
    said += stage.close()
    return [event for event in said if isinstance(event, Event) and event.camera_id == camera]


def test_the_same_poses_give_the_same_events_alone_and_beside_another_camera() -> None:
    trial, other = trial_of("squat", "plain", 8), trial_of("lunge", "plain", 8)
    frames = frames_of(trial)
    beside = [replace(frame, camera_id="other") for frame in frames_of(other)]
    first = events_of(trial, frames)
    assert first == events_of(trial, frames)
    assert first == events_of(trial, frames, beside=beside)
    assert len({(event.event_id, event.revision) for event in first}) == len(first)


def test_a_set_is_one_set_of_all_its_repetitions() -> None:
    trial = trial_of("squat", "plain", 8)
    answer = within_sets(known(frames_of(trial)), Perfect(trial, read_manifest(DEFAULT_BUNDLE)))
    assert (answer.sets, len(answer.reps), answer.named) == (1, trial.reps, "squat")


@pytest.mark.parametrize(
    ("exercise", "view", "fps"),
    [("push_up", 157, 30), ("lat_pulldown", 98, 30), ("pull_up", 6, 30), ("sit_up", 64, 30)],
)
def test_a_set_that_is_soon_over_stands_and_its_end_is_no_repetition(exercise: str, view: int, fps: int) -> None:
    """Four or five quick ones, then rest: fewer clips agree on them than on rest, and leaving moves the body, too."""
    trial = next(
        one
        for one in hard_trials()
        if (one.exercise, one.condition, round(one.view), one.fps) == (exercise, "fast", view, fps)
    )
    answer = within_sets(known(frames_of(trial)), Perfect(trial, read_manifest(DEFAULT_BUNDLE)))
    assert (answer.sets, len(answer.reps), answer.named) == (1, trial.reps, trial.label)


def test_damage_hides_swaps_and_drops() -> None:
    whole = trial_of("squat", "plain", 15)
    frames = list(whole.scene.pose_frames(seconds_of(whole), fps=15))
    occluded = trial_of("squat", "occluded a second", 15)
    hidden = damaged(occluded, list(occluded.scene.pose_frames(seconds_of(occluded), fps=15)))
    gone = sum(not frame.people for frame in hidden) / 15
    assert gone == pytest.approx(len(truth_of(occluded)[1::3]), abs=0.3)
    mirrored = trial_of("squat", "mirrored", 15)
    (pose,) = damaged(mirrored, [mirrored.scene.pose_frame(1.0)])[0].people
    (true,) = mirrored.scene.pose_frame(1.0).people
    assert pose.keypoints[11, 0] == pytest.approx(1 - true.keypoints[12, 0])
    assert pose.keypoints[11, 1] == pytest.approx(true.keypoints[12, 1])
    assert damaged(whole, frames) == frames
