"""Medians and quantiles of a few numbers: the same digits as numpy's, which take ten times as long to begin with.

They are asked for at each look at somebody. None of the numbers may be NaN.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray


def median(values: NDArray[np.floating]) -> NDArray[np.floating[Any]]:
    """Median over the first axis; (N, ...) to (...)."""
    ordered = np.sort(values, axis=0)
    half = len(ordered) // 2
    return np.asarray(ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2)


def quantile(values: NDArray[np.floating], part: float) -> float:
    """The number of (N,) that a part of them, 0-1, lies below; on the straight line between two of them."""
    ordered = np.sort(values)
    place = (len(ordered) - 1) * part
    index = math.floor(place)
    low, high = float(ordered[index]), float(ordered[min(index + 1, len(ordered) - 1)])
    beyond = place - index
    # From the nearer of the two, as numpy does, so that digits are the same.
    return low + (high - low) * beyond if beyond < 0.5 else high - (high - low) * (1 - beyond)
