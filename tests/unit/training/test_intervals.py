"""Intervals and bounds are what a hand would calculate, and as wide as they must be."""

from __future__ import annotations

import numpy as np
import pytest

from training import intervals
from training.metrics import score


def test_statistics_are_those_of_a_score() -> None:
    random = np.random.default_rng(0)
    truth, answer = random.integers(0, 3, 200), random.integers(0, 3, 200)
    expected = score(truth, answer, 4)
    confusion = expected.confusion.astype(float)
    assert intervals.accuracy(confusion) == pytest.approx(expected.accuracy)
    assert intervals.macro_f1(confusion, np.ones(4, bool)) == pytest.approx(expected.macro_f1)


def test_clips_of_one_source_say_no_more_than_one() -> None:
    right = np.repeat([True, True, True, False], 100)
    narrow = intervals.share_interval(right, np.arange(400))
    wide = intervals.share_interval(right, np.repeat(np.arange(4), 100))
    assert wide[1] - wide[0] > 4 * (narrow[1] - narrow[0])
    assert narrow[0] < 0.75 < narrow[1]


def test_many_independent_sources_give_the_binomial_interval() -> None:
    right = np.arange(1000) < 800
    low, high = intervals.share_interval(right, np.arange(1000))
    assert (low, high) == pytest.approx((0.8 - 1.96 * 0.01265, 0.8 + 1.96 * 0.01265), abs=0.006)


@pytest.mark.parametrize(("events", "mean"), [(0, 2.9957), (1, 4.7439), (3, 7.7537)])
def test_the_bound_of_a_rate_is_that_of_the_tables(events: int, mean: float) -> None:
    assert intervals.rate_bound(events, 1.0) == pytest.approx(mean, abs=1e-3)
    assert intervals.rate_bound(events, 2.0) == pytest.approx(mean / 2, abs=1e-3)
