"""The figures of counts are those that a hand would calculate."""

from __future__ import annotations

import numpy as np
import pytest

from training.intervals import ratio_interval
from training.reps.figures import Accuracy, Between, best_constant


def test_figures_are_the_fields_own() -> None:
    truth, counted = np.array([10, 4, 2, 1]), np.array([9, 4, 4, 1])
    found = Accuracy.of(truth, counted)
    assert (found.n, found.reps) == (4, 17)
    assert found.mae == pytest.approx((0.1 + 0 + 1.0 + 0) / 4)
    assert found.obo == 0.75
    assert found.obz == 0.5
    assert found.total == pytest.approx(3 / 17)


def test_the_best_constant_is_best_at_each_figure() -> None:
    truth = np.array([1, 1, 1, 5, 6])
    found = best_constant(truth)
    assert found.obz == pytest.approx(0.6)
    assert found.obo == pytest.approx(0.6)
    assert found.mae == pytest.approx((0 + 0 + 0 + 0.8 + 5 / 6) / 5)
    assert found.total == pytest.approx((4 + 5) / 14)
    always_two = best_constant(np.array([1, 2, 3]))
    assert always_two.obo == 1.0, "answering 2 is within one of one, two and three"


def test_of_nothing_there_is_no_figure() -> None:
    assert np.isnan(Accuracy.of(np.array([], int), np.array([], int)).mae)
    assert best_constant(np.array([], int)).n == 0
    assert np.isnan(ratio_interval(np.array([]), np.array([]), np.array([], int))).all()


def test_takes_of_one_source_say_no_more_than_one() -> None:
    truth = np.full(400, 5)
    counted = np.where(np.arange(400) < 300, 5, 6)
    each = Between.of(truth, counted, [str(number) for number in range(400)])
    few = Between.of(truth, counted, [str(number // 100) for number in range(400)])
    assert few.obz[1] - few.obz[0] > 4 * (each.obz[1] - each.obz[0])
    assert each.obz[0] < 0.75 < each.obz[1]
    assert each.obo == (1.0, 1.0)
    assert each.total == pytest.approx((each.mae[0], each.mae[1]))
