from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from services.core.quantiles import median, quantile

NUMBERS = st.floats(-1e6, 1e6)


@given(arrays(np.float64, st.tuples(st.integers(1, 40), st.integers(1, 3)), elements=NUMBERS))
def test_a_median_has_the_digits_of_numpy(values: np.ndarray) -> None:
    assert np.array_equal(median(values), np.median(values, axis=0))


@given(arrays(np.float64, st.integers(1, 40), elements=NUMBERS), st.floats(0, 1))
def test_a_quantile_has_the_digits_of_numpy(values: np.ndarray, part: float) -> None:
    assert quantile(values, part) == np.quantile(values, part)
