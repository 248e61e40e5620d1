"""Form: what was wrong with one repetition, judged by its exercise's faults."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from services.core.exercises import Exercise, Fault, Judged
from services.core.signals import Floats, Measures

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
        low, high = fault.right
        if not low <= _value(exercise, fault, seen) <= high:
            found.append(fault)
    return found


def _value(exercise: Exercise, fault: Fault, seen: Floats) -> float:
    """The value that a fault judges, of a signal's values (N,) in one repetition."""
    match fault.judged:
        case Judged.SMALLEST:
            return float(seen.min())
        case Judged.LARGEST:
            return float(seen.max())
        case Judged.RANGE:
            return exercise.range_of_motion(float(np.ptp(seen)))
