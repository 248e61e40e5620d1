"""Form: what was wrong with one repetition, judged by its exercise's faults."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from services.core.exercises import Exercise, Extreme, Fault
from services.core.signals import Measures

SEEN: Final = 0.5
"""Keypoints less visible than this judge nobody: a wrong cue is worse than none."""


def faults_of(exercise: Exercise, repetition: Sequence[Measures]) -> list[Fault]:
    """The faults of one repetition.

    Args:
        exercise: what was done.
        repetition: the measures of its frames, in order.
    """
    if not exercise.faults or not repetition:
        return []
    values = np.stack([measures.values for measures in repetition])
    quality = np.stack([measures.quality for measures in repetition])
    found = []
    for fault in exercise.faults:
        seen = values[quality[:, fault.signal] >= SEEN, fault.signal]
        if 2 * len(seen) < len(values):
            continue
        worst = seen.min() if fault.extreme is Extreme.SMALLEST else seen.max()
        low, high = fault.right
        if not low <= worst <= high:
            found.append(fault)
    return found
