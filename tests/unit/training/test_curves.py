"""Curves are what a hand would calculate; a threshold is chosen without the split that it is applied to."""

from __future__ import annotations

import numpy as np
import pytest

from tests.made_up import video
from training.answers import Answers, Moments
from training.curves import KEPT, rejection, reliability, roc


def test_roc_by_hand() -> None:
    curve = roc(np.array([0.9, 0.8, 0.7, 0.6]), np.array([True, False, True, False]))
    assert curve.true.tolist() == [0, 0.5, 0.5, 1, 1]
    assert curve.false.tolist() == [0, 0, 0.5, 0.5, 1]
    assert curve.area == pytest.approx(0.75), "three of the four pairs are in order"


def test_equal_chances_are_worth_a_half() -> None:
    assert roc(np.full(10, 0.3), np.arange(10) < 4).area == pytest.approx(0.5)


def test_reliability_by_hand() -> None:
    chances = np.array([[0.95, 0.05], [0.92, 0.08], [0.55, 0.45]])
    means, shares, counts = reliability(chances, np.array([0, 1, 0]))
    assert means == pytest.approx([0.55, 0.935])
    assert shares.tolist() == [1.0, 0.5]
    assert counts.tolist() == [1, 2]


def told(confidence: np.ndarray, strange: np.ndarray, split: np.ndarray) -> Answers:
    """Clips that are all answered "squat", with some confidence; the strange ones are "none" in truth."""
    labels = ("squat", "none")
    videos = [video("none" if odd else "squat", f"s/{number}") for number, odd in enumerate(strange)]
    zeros = np.zeros(len(confidence), np.int64)
    said = np.stack([confidence, 1 - confidence], axis=1)
    moments = Moments(zeros, zeros, np.ones(len(confidence)))
    return Answers(labels, said, np.arange(len(confidence)), split, moments, videos)


def test_a_threshold_refuses_what_is_strange_and_keeps_what_is_known() -> None:
    random = np.random.default_rng(0)
    strange = np.arange(4000) % 2 == 1
    confidence = np.where(strange, random.uniform(0.5, 0.8, 4000), random.uniform(0.7, 1.0, 4000))
    split = np.arange(4000) // 2000
    refused = rejection(told(confidence, strange, split))
    assert refused is not None
    assert refused.refused_before == 0
    assert refused.kept == pytest.approx(KEPT, abs=0.02)
    # 5 % of the known lie below 0.715, and so do 0.215 / 0.3 of the strange.
    assert refused.refused == pytest.approx(0.717, abs=0.03)


def test_a_threshold_comes_from_the_other_splits() -> None:
    split = np.arange(200) // 100
    confidence = np.where(split == 0, 0.95, 0.6)
    strange = np.arange(200) % 2 == 1
    refused = rejection(told(confidence, strange, split))
    assert refused is not None
    assert refused.thresholds == pytest.approx((0.6, 0.95))
    assert refused.kept == pytest.approx(0.5), "the second split is held to what the first is sure of"


def test_nothing_strange_needs_no_threshold() -> None:
    nobody = np.zeros(4, bool)
    assert rejection(told(np.full(4, 0.9), nobody, np.zeros(4, np.int64))) is None
