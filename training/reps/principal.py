"""The known baseline, which knows no exercise: principal component, band-pass, peaks; a peer in every table."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.signal import butter, find_peaks, sosfiltfilt

from services.core.geometry import Floats
from services.core.types import NANOSECONDS
from training.poses import Track
from training.reps.alone import Count

FPS: Final = 15.0
"""Moments a second that are looked at."""
BAND: Final = (0.1, 1.5)
"""Repetitions a second that pass."""
PROMINENCE: Final = 0.8
"""How far a peak stands out, in standard deviations of what passed."""
APART: Final = 0.5
"""Seconds between two peaks, at least."""
SHORTEST: Final = 1.5
"""Seconds below which there is nothing to filter."""


def principal_count(track: Track) -> Count:
    """Peaks of a person's first principal component; nothing is known before the end.

    Args:
        track: the person; moments without them are bridged by straight lines.
    """
    signal = first_component(track)
    if signal is None:
        return Count(0, 0)
    passed = sosfiltfilt(butter(2, BAND, "bandpass", fs=FPS, output="sos"), signal)
    peaks, _ = find_peaks(passed, prominence=PROMINENCE * passed.std(), distance=round(APART * FPS))
    tops = tuple(int(track.captured_at[0]) + round(peak / FPS * NANOSECONDS) for peak in peaks)
    return Count(len(peaks), 0, tuple((top, top) for top in tops))


def first_component(track: Track) -> Floats | None:
    """The direction in which the body moves most, `FPS` times a second; None when there is too little of it."""
    at = (track.captured_at - track.captured_at[0]) / NANOSECONDS
    if at[-1] < SHORTEST:
        return None
    moments = np.arange(0.0, at[-1], 1 / FPS)
    body = track.world.reshape(len(at), -1)
    even = np.stack([np.interp(moments, at, body[:, column]) for column in range(body.shape[1])], axis=1)
    even -= even.mean(axis=0)
    _, _, directions = np.linalg.svd(even, full_matrices=False)
    return np.asarray(even @ directions[0])
