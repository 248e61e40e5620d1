"""Sides: which arm or leg did a repetition, where people take turns or train one at a time.

An arm did it whose wrist moved about its shoulder while the other's hardly did. A leg did it that stood in front: its
thigh comes level while the other's points down, from wherever one looks, so its knee is the higher one.

Signals are the mean of both arms. What one arm does alone is half of it there, so its way is told anew (`farther`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from services.core.alignment import Aligned, Alignment
from services.core.exercises import Exercise, Limb
from services.core.geometry import angle
from services.core.quantiles import median
from services.core.signals import Floats, Measures, Signal
from services.core.types import Side

LESS: Final = 0.55
"""An arm that moves less than this share of the other's way did not take part. Of both arms at work on real clips the
one moves 0.6 of it at least, of one by itself mostly less than 0.3."""

HIDDEN_LESS: Final = 0.25
"""The same where one wrist is hidden, and a guess that copies the other one by halves: down to 0.3 on real clips."""

MOST: Final = 90.0
"""Percentile of the way that stands for all of it, so that a pose that jumps does nothing."""

LEAST: Final = 100.0 - MOST
"""Percentile of where a way begins, for the same reason."""

SEEN: Final = 0.5
"""A wrist less visible than this in the middle one of its poses is hidden."""

HIGHER: Final = 0.06
"""Metres by which one knee is higher than the other; 0.08 at least in a simulated lunge of any depth and view."""

DEEP: Final = 0.65
"""Share of a repetition's way from which on legs are looked at."""


def side_of(exercise: Exercise, poses: Sequence[Measures]) -> Side | None:
    """The side that did a repetition; None where both did the same, or it cannot be told.

    Args:
        exercise: what was done.
        poses: of the repetition, in order.
    """
    if exercise.limb is None or not poses:
        return None
    return _arm(Aligned(poses)) if exercise.limb is Limb.ARM else _leg(exercise, poses)


def farther(exercise: Exercise, side: Side | None, poses: Sequence[Measures]) -> float:
    """How many times as far the arm that did a repetition went as the exercise's signal says, 1 to 2.

    Args:
        exercise: what was done.
        side: that did it, by `side_of`; 1 for both, and for legs, whose signals are one for both.
        poses: of the repetition, in order.
    """
    if side is None or exercise.limb is not Limb.ARM:
        return 1.0
    arms = _signal_of_arms(exercise.signal, Aligned(poses))
    own, both = (
        np.ptp(np.percentile(values, (LEAST, MOST))) for values in (arms[:, int(side == "right")], arms.mean(1))
    )
    return min(max(float(own / max(both, 1e-9)), 1.0), 2.0)


def _signal_of_arms(signal: Signal, poses: Aligned) -> Floats:
    """(T, 2) a signal of the left and of the right arm, in its own unit."""
    shoulder, elbow, wrist = (poses.of(part) for part in ("shoulder", "elbow", "wrist"))
    if signal is Signal.WRIST_HEIGHT:
        # y points down.
        return np.asarray((shoulder - wrist)[..., 1])
    flat = angle(shoulder[..., :2], elbow[..., :2], wrist[..., :2])
    deep = flat if signal is Signal.ELBOW else angle(shoulder, elbow, wrist)
    return np.asarray((flat + deep) / 2)


def _arm(poses: Aligned) -> Side | None:
    less = LESS if median(poses.seen(Alignment.UNEVEN)) >= SEEN else HIDDEN_LESS
    # In the picture only: depth, which is a guess, moves by as much as an arm at rest may.
    reach = (poses.of("wrist") - poses.of("shoulder"))[..., :2]
    left, right = np.percentile(np.linalg.norm(reach - reach[0], axis=2), MOST, axis=0).tolist()
    if min(left, right) >= less * max(left, right):
        return None
    return "left" if left > right else "right"


def _leg(exercise: Exercise, poses: Sequence[Measures]) -> Side | None:
    way: Floats = np.array([pose.values[exercise.signal] for pose in poses]) * (
        1 if exercise.work > exercise.rest else -1
    )
    deep = way >= way.min() + DEEP * (way.max() - way.min())
    higher = median(
        -Aligned([pose for pose, looked in zip(poses, deep, strict=True) if looked]).difference("knee")[:, 1]
    )
    if abs(higher) < HIGHER:
        return None
    return "left" if higher > 0 else "right"
