"""Form: what was wrong with one repetition or during a hold, judged by its exercise's faults.

Nothing is said of what was hardly seen, or seen from where it cannot be told: a wrong cue is worse than none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from services.core.alignment import Aligned, Alignment
from services.core.exercises import Exercise
from services.core.faults import ANY_VIEW, Fault, Judged
from services.core.quantiles import median, quantile
from services.core.repetition import Repetition
from services.core.signals import Floats, Measures, Signal
from services.core.types import NANOSECONDS

SEEN: Final = 0.5
"""Keypoints less visible than this judge nobody."""

OUTLIERS: Final = 0.05
"""Such a part of the poses at either end does not make a smallest or largest value: one wrong pose is no fault."""

FREE_FALL: Final = 0.1
"""Seconds; no weight falls most of its way in less, so what seems to was measured wrongly."""

LEAST_POSES: Final = 3
"""Fewer poses judge nobody."""


def faults_of(exercise: Exercise, poses: Sequence[Measures], repetition: Repetition | None = None) -> list[Fault]:
    """The faults of one repetition.

    Args:
        exercise: what was done.
        poses: the measures of its frames, in order.
        repetition: its times, without which its tempo is not judged.
    """
    return _found(exercise, poses, repetition)


def faults_of_hold(exercise: Exercise, poses: Sequence[Measures]) -> list[Fault]:
    """The faults of a hold.

    Args:
        exercise: what is held.
        poses: the measures of its last few seconds, in order; those outside of its posture are left out.
    """
    return _found(exercise, [pose for pose in poses if exercise.fits(pose)], None)


def value_of(
    exercise: Exercise, fault: Fault, poses: Sequence[Measures], repetition: Repetition | None = None
) -> float | None:
    """What a fault judges, in its own unit; None where it was not seen well enough, or from where it cannot be told."""
    return None if len(poses) < LEAST_POSES else _Seen(exercise, poses, repetition).value(fault)


def _found(exercise: Exercise, poses: Sequence[Measures], repetition: Repetition | None) -> list[Fault]:
    if not exercise.faults or len(poses) < LEAST_POSES:
        return []
    seen = _Seen(exercise, poses, repetition)
    return [fault for fault in exercise.faults if seen.shows(fault)]


class _Seen:
    """One repetition, or the last seconds of a hold, as far as it was seen.

    Args:
        exercise: what was done.
        poses: (T) its measures.
        repetition: its times.
    """

    def __init__(self, exercise: Exercise, poses: Sequence[Measures], repetition: Repetition | None) -> None:
        self._exercise = exercise
        self._repetition = repetition
        self._values = np.stack([pose.values for pose in poses])
        self._quality = np.stack([pose.quality for pose in poses])
        self._aligned = Aligned(poses)

    def shows(self, fault: Fault) -> bool:
        """Whether the fault is there; False too where it cannot be seen."""
        value = self.value(fault)
        return value is not None and not fault.right[0] <= value <= fault.right[1]

    def value(self, fault: Fault) -> float | None:
        """What the fault judges; None where it cannot be seen."""
        if not self._viewed(fault.view):
            return None
        match fault.judged:
            case Judged.LOWERING:
                return self._lowering()
            case Judged.AHEAD:
                return self._ahead(fault.signal)
            case _:
                return self._value(fault)

    def _viewed(self, view: tuple[float, float]) -> bool:
        if view == ANY_VIEW:
            return True
        seen = self._of(Alignment.VIEW)
        return seen is not None and view[0] <= float(median(seen)) <= view[1]

    def _of(self, signal: Signal | Alignment) -> Floats | None:
        """A signal's values (N,) where it was seen; None when that was less than half of the time."""
        if isinstance(signal, Signal):
            values, quality = self._values[:, signal], self._quality[:, signal]
        else:
            values, quality = self._aligned.value(signal), self._aligned.seen(signal)
        seen = np.asarray(values[quality >= SEEN], float)
        return None if 2 * len(seen) < len(values) or len(seen) < LEAST_POSES else seen

    def _value(self, fault: Fault) -> float | None:
        """The value that a fault judges."""
        seen = self._of(fault.signal)
        if seen is None:
            return None
        smallest, largest = quantile(seen, OUTLIERS), quantile(seen, 1.0 - OUTLIERS)
        match fault.judged:
            case Judged.SMALLEST:
                return smallest
            case Judged.LARGEST:
                return largest
            case Judged.TYPICAL:
                return float(median(seen))
            case Judged.SPAN:
                return largest - smallest
            case Judged.GAIN:
                return largest - float(median(seen[:LEAST_POSES]))
            case _:
                return self._exercise.range_of_motion(float(np.ptp(seen)))

    def _lowering(self) -> float | None:
        """Seconds in which what does the work gives way: the weight, or the body, goes down."""
        if self._repetition is None:
            return None
        one = self._repetition
        first = not self._exercise.effort_first
        seconds = (one.reached - one.start if first else one.end - one.left) / NANOSECONDS
        return None if seconds < FREE_FALL else seconds

    def _ahead(self, signal: Signal | Alignment) -> float | None:
        """By how much of its own way a signal is ahead of the exercise's on the way back to rest."""
        leading, own = self._of(signal), self._of(self._exercise.signal)
        if leading is None or own is None or not len(leading) == len(own) == len(self._values):
            return None
        far = int(np.abs(own - self._exercise.rest).argmax())
        leading, own = leading[far:], own[far:]
        if len(own) < LEAST_POSES or np.ptp(own) == 0 or np.ptp(leading) == 0:
            return None
        return float(((leading - leading[0]) / np.ptp(leading) - (own - own[0]) / np.ptp(own)).max())
