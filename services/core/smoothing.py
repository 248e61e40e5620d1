"""Smoothing in event time: what jitters is held still, what moves is followed at once.

The one-euro filter of Casiez, Roussel and Vogel ("1 Euro Filter: a simple speed-based low-pass filter for noisy input
in interactive systems", CHI 2012), in the form that MediaPipe gives it: speed is measured in sizes of the object per
second, so that somebody far from the camera is smoothed like somebody near.
"""

from __future__ import annotations

import math
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from services.core.types import NANOSECONDS

_REFERENCE_FPS: Final = 30.0

Number = TypeVar("Number", float, NDArray[np.float64])


class OneEuroFilter:
    """One-euro filter over an array of numbers that share an object.

    Args:
        min_cutoff: cut-off frequency at rest, Hz; lower takes out more jitter and lags more.
        beta: how much the cut-off rises with speed, Hz per (size / s); higher lags less in fast movement.
        derivative_cutoff: cut-off frequency of the speed estimate, Hz.
    """

    def __init__(self, min_cutoff: float, beta: float, derivative_cutoff: float = 1.0) -> None:
        self.min_cutoff = min_cutoff
        self.beta = beta
        self.derivative_cutoff = derivative_cutoff
        self._at = 0
        self._raw: NDArray[np.float64] | None = None
        self._smooth: NDArray[np.float64] = np.zeros(0)
        self._speed: NDArray[np.float64] = np.zeros(0)

    def update(self, value: NDArray[np.float64], captured_at: int, size: float = 1.0) -> NDArray[np.float64]:
        """Take the next measurement and return it smoothed.

        Time that does not rise, and a shape that changed, start the filter again from this value.

        Args:
            value: any shape, the same at each call.
            captured_at: event time, ns.
            size: the object's size in the unit of `value`.
        """
        elapsed = (captured_at - self._at) / NANOSECONDS
        self._at = captured_at
        if self._raw is None or elapsed <= 0 or self._raw.shape != value.shape:
            self._raw, self._smooth, self._speed = value, value, np.zeros_like(value)
            return value
        speed = (value - self._raw) / (elapsed * max(size, 1e-9))
        self._speed = self._speed + _weight(self.derivative_cutoff, elapsed) * (speed - self._speed)
        cutoff = self.min_cutoff + self.beta * np.abs(self._speed)
        self._smooth = self._smooth + _weight(cutoff, elapsed) * (value - self._smooth)
        self._raw = value
        return self._smooth


class LowPass:
    """Exponential smoothing in event time.

    Args:
        weight: weight of a new value, 0-1, when values come 30 times a second; at other rates it is adapted so that the
            answer after a second is the same.
    """

    def __init__(self, weight: float) -> None:
        self.weight = weight
        self._at = 0
        self._smooth: NDArray[np.float64] | None = None

    def update(self, value: NDArray[np.float64], captured_at: int) -> NDArray[np.float64]:
        """Take the next measurement and return it smoothed; time that does not rise starts again from it."""
        elapsed = (captured_at - self._at) / NANOSECONDS
        self._at = captured_at
        if self._smooth is None or elapsed <= 0:
            self._smooth = value
        else:
            kept = math.pow(1 - self.weight, elapsed * _REFERENCE_FPS)
            self._smooth = kept * self._smooth + (1 - kept) * value
        return self._smooth


def _weight(cutoff: Number, elapsed: float) -> Number:
    """Weight of a new value in a first-order low-pass with this cut-off (Hz) after `elapsed` seconds."""
    return 1.0 / (1.0 + 1.0 / (2 * math.pi * cutoff * elapsed))
