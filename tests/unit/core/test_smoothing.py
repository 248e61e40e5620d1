"""The filters hold still what rests, follow what moves, and live through any clock."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.core.smoothing import LowPass, OneEuroFilter
from services.core.types import NANOSECONDS


def at(seconds: float) -> int:
    return round(seconds * NANOSECONDS)


def one_euro() -> OneEuroFilter:
    return OneEuroFilter(min_cutoff=0.05, beta=80.0)


def test_first_value_passes() -> None:
    value = np.array([[3.0, 4.0]])
    assert (one_euro().update(value, at(1)) == value).all()


def test_jitter_at_rest_is_damped() -> None:
    rng = np.random.default_rng(1)
    raw = 100 + rng.normal(0, 0.3, (150, 1))
    smooth_filter = OneEuroFilter(min_cutoff=0.05, beta=0.5)
    smooth = np.array([smooth_filter.update(value, at(step / 15), 200.0) for step, value in enumerate(raw)])
    assert smooth[30:].std() < 0.3 * raw[30:].std()


def test_fast_movement_is_followed_with_little_lag() -> None:
    smooth_filter = one_euro()
    for step in range(30):
        smooth = smooth_filter.update(np.array([step * 20.0]), at(step / 15), 200.0)
    assert abs(smooth[0] - 29 * 20) < 20


def test_same_movement_at_twice_the_size_is_smoothed_the_same() -> None:
    near, far = one_euro(), one_euro()
    rng = np.random.default_rng(2)
    for step in range(40):
        value = rng.normal(0, 1, 3)
        small = far.update(value, at(step / 15), 100.0)
        large = near.update(2 * value, at(step / 15), 200.0)
    assert large == pytest.approx(2 * small)


def test_derivation_from_the_paper() -> None:
    """One step by hand, Casiez et al. 2012, with r = 2 pi fc Te and alpha = r / (r + 1)."""
    smooth_filter = OneEuroFilter(min_cutoff=1.0, beta=0.5)
    smooth_filter.update(np.array([0.0]), 0)
    smoothed = smooth_filter.update(np.array([1.0]), at(0.1))
    speed_weight = 2 * np.pi * 0.1 / (2 * np.pi * 0.1 + 1)
    cutoff = 1.0 + 0.5 * speed_weight * 10.0
    rate = 2 * np.pi * cutoff * 0.1
    assert smoothed[0] == pytest.approx(rate / (rate + 1))


@pytest.mark.parametrize("second", [0.0, -1.0, -1e6])
def test_time_that_does_not_rise_starts_again(second: float) -> None:
    smooth_filter = one_euro()
    smooth_filter.update(np.array([0.0]), at(10))
    smooth_filter.update(np.array([0.1]), at(10.1))
    assert smooth_filter.update(np.array([50.0]), at(10.1 + second))[0] == 50.0
    assert smooth_filter.update(np.array([50.0]), at(10.2 + second))[0] == 50.0


@given(
    st.lists(
        st.tuples(st.floats(-1e4, 1e4), st.integers(-(10**18), 10**18), st.floats(0, 1e4)), min_size=1, max_size=30
    )
)
def test_stays_within_what_it_saw(steps: list[tuple[float, int, float]]) -> None:
    smooth_filter, low_pass = one_euro(), LowPass(0.1)
    seen = []
    for value, captured_at, size in steps:
        seen.append(value)
        for smooth in (
            smooth_filter.update(np.array([value]), captured_at, size),
            low_pass.update(np.array([value]), captured_at),
        ):
            assert min(seen) - 1e-6 <= smooth[0] <= max(seen) + 1e-6


def test_low_pass_does_not_depend_on_the_frame_rate() -> None:
    slow, fast = LowPass(0.1), LowPass(0.1)
    for smooth_filter, fps in ((slow, 8), (fast, 30)):
        smooth_filter.update(np.array([0.0]), 0)
        for step in range(1, fps + 1):
            answer = smooth_filter.update(np.array([1.0]), at(step / fps))
        assert answer[0] == pytest.approx(1 - 0.9**30)
