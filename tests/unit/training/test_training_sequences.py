"""Sequences that lost their shape get it back, and become clips like any others."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from services.classifier.manifest import Input
from services.core.geometry import length
from services.core.skeleton import INDEX
from services.core.types import FloatArray
from services.simulator import open_scene
from training.examples import Cut, Origin
from training.placed import RESTS_ON, placed
from training.sequences import FILE, FPS, INDEX_FILE, PoseSequence, read_sequences, sequence_examples, unscaled

CUT = Cut(clip_seconds=2.0, samples=11, stride_seconds=1.0)


def squats(frames: int = 140) -> FloatArray:
    """(T, 33, 3) metres: a simulated person's world keypoints."""
    scene = open_scene("squat?seed=3&view=40&rest=3&reps=4")
    return np.stack([scene.truth(frame / FPS).frame.people[0].world_keypoints for frame in range(frames)])


def scaled(bodies: FloatArray) -> FloatArray:
    """Each frame by its own extent, as the public set has it."""
    low, high = bodies.min(axis=1, keepdims=True), bodies.max(axis=1, keepdims=True)
    return np.asarray((bodies - low) / (high - low), np.float32)


def test_the_shape_of_a_body_comes_back() -> None:
    bodies = squats()
    found, seen = unscaled(scaled(bodies))
    assert seen.mean() > 0.95
    hips = bodies[:, [INDEX["left_hip"], INDEX["right_hip"]]].mean(axis=1, keepdims=True)
    error = np.median(length((found - (bodies - hips))[seen]))
    squashed = np.median(length((scaled(bodies) - 0.5 - (bodies - hips))[seen]))
    assert error < 0.1, "metres; the simulated person is no average one"
    assert error < squashed / 3


def test_frames_without_anybody_are_not_seen() -> None:
    frames = scaled(squats(20))
    frames[5:9] = 0
    frames[12, 3:] = frames[12, 3:][np.random.default_rng(1).permutation(30)]
    _, seen = unscaled(frames)
    assert not seen[5:9].any()
    assert not seen[12], "joints in each other's places are nobody's limbs"
    assert seen.sum() >= 12


def test_what_an_exercise_rests_on_stays_in_place() -> None:
    bodies = squats(60)
    feet = [INDEX[name] for name in RESTS_ON["squat"]]
    np.testing.assert_allclose(np.ptp(placed(bodies, "squat")[:, feet].mean(axis=1), axis=0), 0, atol=1e-5)


def test_sequences_become_clips_of_their_exercise() -> None:
    bodies, seen = unscaled(scaled(squats(280)))
    sequences = [PoseSequence("one", "squat", 4, bodies, seen), PoseSequence("two", "lunge", 4, bodies, seen)]
    random = np.random.default_rng(2)
    found = sequence_examples(sequences, 7, ("squat", "none"), cut=CUT, fed=Input.SKELETON, copies=5, random=random)
    assert found is not None
    assert found.features.shape == (5, 11, 33, 6)
    assert set(found.video) == {7}
    assert set(found.label) == {0}
    assert set(found.origin) == {Origin.SEQUENCES}
    assert sequence_examples(sequences, 7, ("row",), cut=CUT, fed=Input.CLIP, copies=5, random=random) is None
    nobody = [PoseSequence("none", "squat", 4, bodies, np.zeros_like(seen))]
    assert sequence_examples(nobody, 0, ("squat",), cut=CUT, fed=Input.CLIP, copies=5, random=random) is None


def test_the_set_is_read_by_its_index(tmp_path: Path) -> None:
    assert read_sequences(tmp_path) == []
    (tmp_path / FILE).parent.mkdir()
    np.savez(tmp_path / FILE, squat1=scaled(squats(30)).reshape(30, 99), other=np.zeros((3, 99)))
    with (tmp_path / INDEX_FILE).open("w", newline="") as file:
        csv.writer(file).writerows(
            [["file", "label", "reps"], ["squat1.npy", "squat", 2], ["other.npy", "juggling", 1]]
        )
    (only,) = read_sequences(tmp_path)
    assert (only.name, only.label, only.reps, len(only.bodies)) == ("squat1", "squat", 2, 30)
    assert only.seen.mean() == pytest.approx(1, abs=0.1)
