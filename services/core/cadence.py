r"""How often to look at one person: as often as the movement needs.

Between two looks a person is interpolated on straight lines. Somebody who speeds up with acceleration a is then off
by a h^2 / 8 in the middle of an interval h, so the longest interval within a tolerance is sqrt(8 tolerance / a).
The acceleration is measured over the last three looks, less what keypoints jitter.

    pose   .--.                           slow or steady: long intervals     x . . x . . x
          /    \          reversal ->     fast, turning: every frame         x x x x x x x
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.core.quantiles import quantile
from services.core.types import NANOSECONDS

TOLERANCE: Final = 0.015
"""Lengths of the trunk: a seventh of what PCK@0.1 counts as right. Who speeds up is looked at before they are off."""
JITTER: Final = 0.01
"""Lengths of the trunk by which keypoints leave a straight line though nobody moves: it is not taken for movement. Over
short intervals it would look like a lot of it."""
LONGEST_SECONDS: Final = 4 / 15
"""Longest interval between two looks at somebody who moves: four frames of 15 a second. Output lags by no more."""
SLOWEST_SECONDS: Final = 6 / 15
"""The same where CPU is short; what is further apart is not interpolated well (`core.interpolation`)."""
_STRICT: Final = 0.95
"""Quantile of the keypoints that the tolerance holds for: hands move most, and a few always jitter."""
_GROWTH: Final = 2.0
"""An interval is at most this many times as long as the one before: movements begin suddenly."""
_EARLY: Final = 0.5
"""A look is due when the next frame would be further from its time: a camera of 25 frames a second is thinned out to 15
with gaps of 40 and 80 ms, and intervals shall come out right on average."""


class Cadence:
    """When one person is to be looked at.

    Args:
        tolerance: how far off interpolation may put a keypoint, in lengths of the trunk; less looks more often.

    Attributes:
        interval: seconds from the last look to the next; 0 for every frame.
    """

    def __init__(self, tolerance: float = TOLERANCE) -> None:
        self.tolerance = tolerance
        self.interval = 0.0
        self._looks: list[tuple[int, NDArray[np.float64]]] = []

    def update(self, captured_at: int, keypoints: NDArray[np.float64], trunk: float) -> None:
        """Take note of a look.

        Args:
            captured_at: event time, ns. One that does not rise starts anew.
            keypoints: (33, 2), pixels.
            trunk: length of the person's trunk, pixels.
        """
        if self._looks and captured_at <= self._looks[-1][0]:
            self._looks.clear()
            self.interval = 0.0
        self._looks = [*self._looks[-2:], (captured_at, keypoints)]
        if len(self._looks) == 3:
            self.interval = self._next_interval(trunk)

    def due(self, captured_at: int, period: int, slack: float = 1.0) -> bool:
        """Whether to look at the person in this frame.

        Args:
            captured_at: event time of the frame, ns.
            period: time between frames, ns: the next chance comes so much later.
            slack: multiplies the interval, up to `SLOWEST_SECONDS`; above 1 where CPU is short.
        """
        if not self._looks:
            return True
        elapsed = captured_at - self._looks[-1][0]
        return elapsed + _EARLY * period >= min(self.interval * slack, SLOWEST_SECONDS) * NANOSECONDS

    def _next_interval(self, trunk: float) -> float:
        (first_at, first), (second_at, second), (third_at, third) = self._looks
        before, after = (second_at - first_at) / NANOSECONDS, (third_at - second_at) / NANOSECONDS
        part = before / (before + after)
        apart = np.hypot(*(second - (first + (third - first) * part)).T)
        beyond = max(quantile(apart, _STRICT) / trunk - JITTER, 0.0)
        acceleration = 2 * beyond / (before * after)
        enough = math.sqrt(8 * self.tolerance / max(acceleration, 1e-6))
        return min(enough, _GROWTH * after, LONGEST_SECONDS)
