"""People known by keypoints alone: who may be the same is in one fold, and no fold learns from its own."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np

from services.core.types import FloatArray
from services.simulator import open_scene
from training.augment import turned
from training.extremes import Extremes
from training.folds import Fold
from training.made_up import MadeUp
from training.resemblance import nearest_sequences, sequence_folds
from training.sequences import PoseSequence


def bodies_of(scene: str, frames: int = 40) -> FloatArray:
    """(T, 33, 3) metres of a simulated person."""
    opened = open_scene(scene)
    return np.stack([opened.truth(2 + frame / 10).frame.people[0].world_keypoints for frame in range(frames)])


def sequence(name: str, label: str, bodies: FloatArray) -> PoseSequence:
    return PoseSequence(name, label, 4, bodies, np.ones(len(bodies), bool))


def squats() -> list[PoseSequence]:
    """Six people, each from a side of their own; the last is the first again, a moment later and a little trembling."""
    people = [
        sequence(f"squat{index}", "squat", bodies_of(f"squat?seed={index}&view={60 * index}")) for index in range(5)
    ]
    noise = np.random.default_rng(1).normal(0, 0.004, people[0].bodies.shape)
    again = (people[0].bodies + noise)[3:].astype(np.float32)
    return [*people, sequence("of_another_name", "squat", again)]


def test_who_may_be_the_same_is_in_one_fold() -> None:
    folds = sequence_folds(squats(), 3)
    assert folds[0] == folds[5]
    assert sorted(Counter(folds.tolist()).values()) == [2, 2, 2]
    assert folds.tolist() == sequence_folds(squats(), 3).tolist()


def test_sequences_of_other_exercises_are_dealt_by_themselves() -> None:
    people = squats()
    lunges = [replace(one, label="lunge") for one in people[:3]]
    folds = sequence_folds([*people, *lunges], 3)
    assert sorted(folds[6:]) == [0, 1, 2]
    assert sorted(Counter(folds[:6].tolist()).values()) == [2, 2, 2]


def test_ends_of_repetitions_follow_the_sequence_that_they_look_like() -> None:
    people = squats()
    random = np.random.default_rng(2)
    ends = (people[2].bodies[:2] * 300 + 7, people[2].bodies[20:22] * 300 + 7)
    own = Extremes("squat", "squat99.mp4", ends)
    stranger = Extremes("yoga", "y", (turned(people[0].bodies[:1], random), people[0].bodies[9:10]))
    assert nearest_sequences([own, stranger], people).tolist() == [2, -1]


def test_a_fold_learns_from_nobody_of_its_own() -> None:
    people = squats()
    ends = Extremes("squat", "squat99.mp4", (people[1].bodies[:2], people[1].bodies[20:22]))
    made_up = MadeUp((ends,), tuple(people), ())
    folds = sequence_folds(people, 3)
    for number in range(3):
        learnt = made_up.learnt_in(Fold((), (), (number, 3)))
        assert {index - 1 for index in learnt if index} == set(np.flatnonzero(folds != number))
        assert (0 in learnt) == (folds[1] != number)
        kept = made_up.only(learnt)
        assert [one.name for one in kept.sequences] == [people[index - 1].name for index in learnt if index]
    assert made_up.learnt_in(Fold((), ())) == tuple(range(7)), "everybody, where there are no folds"
