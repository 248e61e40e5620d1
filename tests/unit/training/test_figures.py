"""Headline figures: what counts against a group of labels, and what is fitted without what it is applied to."""

from __future__ import annotations

import numpy as np
import pytest

from tests.made_up import video
from training.answers import Answers, Moments
from training.figures import BIG_THREE, Group, crossed, crossed_temperatures, figures_of, several_sources
from training.metrics import softened

LABELS = ("bench_press", "deadlift", "plank", "squat", "none")


def answers(rows: list[tuple[str, str]], split: list[int] | None = None) -> Answers:
    """One clip a video, each from a source of its own: (truth, answer)."""
    videos = [video(truth, f"s/{number}", f"p{number}", number) for number, (truth, _) in enumerate(rows)]
    said = np.full((len(rows), len(LABELS)), 0.1)
    said[np.arange(len(rows)), [LABELS.index(answer) for _, answer in rows]] = 0.6
    zeros = np.zeros(len(rows), np.int64)
    moments = Moments(zeros, zeros, np.ones(len(rows)))
    return Answers(LABELS, said, np.arange(len(rows)), zeros if split is None else np.array(split), moments, videos)


def test_false_alarms_count_against_a_group_only_where_it_says_so() -> None:
    made = answers([("squat", "squat"), ("deadlift", "deadlift"), ("plank", "squat")])
    strict, mild = (figures_of(made, Group("g", BIG_THREE, alarms=alarms))[1] for alarms in (True, False))
    assert mild.value == 1.0
    assert strict.value == pytest.approx((2 / 3 + 1) / 2, abs=1e-3)


def test_a_closed_group_answers_only_its_own() -> None:
    made = answers([("squat", "none"), ("deadlift", "deadlift"), ("plank", "plank")])
    either = figures_of(made, Group("g", BIG_THREE))[0]
    closed = figures_of(made, Group("g", BIG_THREE, closed=True))[0]
    assert (either.n, closed.n) == (2, 2)
    assert either.value == 0.5
    assert either.constant == 0.5
    # All three are as likely: the first of them is answered, which is neither.
    assert closed.value == 0.5


def test_a_video_without_a_clip_counts_as_none() -> None:
    made = answers([("squat", "squat"), ("squat", "squat")])
    one = made.at(np.array([0]))
    accuracy = figures_of(one, Group("g", ("squat",)))[0]
    assert (accuracy.name, accuracy.n, accuracy.value) == ("accuracy, g, by video", 2, 0.5)


def test_labels_of_two_sources_are_rare() -> None:
    videos = [video("squat", f"s/{number}") for number in range(3)] + [
        video("dip", f"s/{number % 2}") for number in range(3)
    ]
    assert several_sources(videos) == ("squat",)


def test_a_split_does_not_help_to_find_its_own_temperature() -> None:
    random = np.random.default_rng(1)
    honest = random.dirichlet(np.ones(len(LABELS)), 4000)
    truth = [LABELS[random.choice(len(LABELS), p=row)] for row in honest]
    made = answers([(label, label) for label in truth], split=[0] * 2000 + [1] * 2000)
    # The second half is told too boldly: whoever looks at it finds 2, the first half by itself finds 1.
    told = np.concatenate([honest[:2000], softened(honest[2000:], 0.5)])
    made = made.told(told)
    first, second = crossed_temperatures(made)
    assert first == pytest.approx(2, rel=0.12)
    assert second == pytest.approx(1, rel=0.12)
    assert np.allclose(crossed(made).probabilities[2000:], softened(told[2000:], second))
