"""Figures are what a hand would calculate."""

from __future__ import annotations

import numpy as np
import pytest

from training import metrics


def test_score_by_hand() -> None:
    truth, answer = np.array([0, 0, 0, 1, 1, 2]), np.array([0, 0, 1, 1, 1, 0])
    got = metrics.score(truth, answer, 4)
    assert got.accuracy == pytest.approx(4 / 6)
    assert got.constant == pytest.approx(3 / 6)
    assert got.macro_f1 == pytest.approx((2 * 2 / 6 + 2 * 2 / 5 + 0) / 3), "the label that never occurs is left out"
    assert got.constant_f1 == pytest.approx((2 * 3 / 9) / 3)
    assert got.confusion.tolist() == [[2, 1, 0, 0], [0, 2, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]]


def test_restricted_counts_only_chosen_truths() -> None:
    got = metrics.restricted(np.array([0, 1, 2]), np.array([0, 2, 2]), [0, 1], 3)
    assert (got.n, got.accuracy) == (2, 0.5)


def test_a_video_is_decided_by_all_of_its_clips() -> None:
    chances = np.array([[0.9, 0.1], [0.3, 0.7], [0.2, 0.8], [0.45, 0.55]])
    evidence = metrics.by_video(chances, np.array([0, 0, 2, 2]), 3)
    assert np.isnan(evidence[1]).all()
    assert evidence[[0, 2]].argmax(axis=1).tolist() == [0, 1]


def test_calibration_finds_the_temperature_that_was_hidden() -> None:
    random = np.random.default_rng(0)
    honest = random.dirichlet([1, 1, 1], 5000)
    truth = np.array([random.choice(3, p=row) for row in honest])
    bold = metrics.softened(honest, 0.5)
    found = metrics.calibrated_temperature(bold, truth, np.ones(5000))
    assert found == pytest.approx(2.0, rel=0.1)
    before, after = (metrics.calibration_error(at, truth) for at in (bold, metrics.softened(bold, found)))
    assert after < before / 3
