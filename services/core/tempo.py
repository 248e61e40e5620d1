"""Tempo: the phases of a repetition as coaches write them, four durations such as 3-1-1-0.

The first is the eccentric part, in which the muscles that do the work give way; then the pause where they are longest,
"the bottom"; the concentric part; and the pause where they are shortest, "the top". Of a movement that begins with the
effort (a curl, a pull-up, a pulldown) the far end is the top, whichever way the weight goes.
"""

from __future__ import annotations

from services.core.exercises import Exercise
from services.core.repetition import Repetition
from services.core.signals import Signal
from services.core.types import NANOSECONDS, Tempo

_METRES = frozenset({Signal.WRIST_HEIGHT, Signal.HIP_HEIGHT, Signal.SHOULDER_HEIGHT, Signal.STRIDE})


def tempo_of(exercise: Exercise, repetition: Repetition, rested: int | None) -> Tempo:
    """The tempo of one repetition, seconds.

    Args:
        exercise: what was done.
        repetition: its phases.
        rested: when the one before it ended, ns; None for the first of a set, whose pause before it is unknown.
    """
    away = _seconds(repetition.start, repetition.reached)
    far = _seconds(repetition.reached, repetition.left)
    back = _seconds(repetition.left, repetition.end)
    rest = None if rested is None else max(_seconds(rested, repetition.start), 0.0)
    if exercise.effort_first:
        return back, rest, away, far
    return away, far, back, rest


def speed_unit_of(signal: Signal) -> str:
    """The unit of a signal's speed."""
    return "m/s" if signal in _METRES else "deg/s"


def _seconds(start: int, end: int) -> float:
    return round((end - start) / NANOSECONDS, 3)
