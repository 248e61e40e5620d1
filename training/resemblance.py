r"""Who of the people known by keypoints alone may be the same: they are dealt to the same fold.

    sequences   a b c | d e f ...   some were cut from one video, or are of one person on one day
    extremes    A B C D ...         some are of the videos that the sequences are of, under other names

Names do not tell: the same push-ups are `push_up017` in one list and `push_up074.mp4` in another. Poses do. Each is
taken as the sequences come, scaled to 0-1 on each axis of the picture, and compared with all poses of the same
exercise: of known doubles a quarter lies within 0.01 to 0.02 of each other, of strangers hardly any.

A fold learns neither from its own sequences nor from extremes that look most like one of them, whether they are the
same people or not: so its models can be asked about its sequences.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.core.geometry import Floats
from services.core.types import FloatArray
from training.extremes import Extremes
from training.sequences import PoseSequence

ALIKE: Final = 0.036
"""Root of the mean squared difference of coordinates, as a share of the body's extent, within which a quarter of the
poses of two sequences of one person and view lie. Chosen on the safe side: strangers filmed alike are taken for one."""
QUARTILE: Final = 25
_EVERY: Final = 4
"""Every so many of a sequence's frames are compared: neighbours are alike."""


def sequence_folds(sequences: Sequence[PoseSequence], count: int) -> NDArray[np.int64]:
    """(N,) number of each sequence's fold, 0 to ``count`` - 1; those that may be of one person share one.

    The same sequences always give the same folds; each exercise is dealt out evenly.
    """
    kin = _kin(sequences)
    folds = np.zeros(len(sequences), np.int64)
    dealt = np.zeros(count, np.int64)
    for label in sorted({one.label for one in sequences}):
        lots = [lot for lot in kin if sequences[lot[0]].label == label]
        held = np.zeros(count, np.int64)
        for lot in sorted(lots, key=lambda lot: (-len(lot), sequences[lot[0]].name)):
            chosen = min(range(count), key=lambda fold: (held[fold], dealt[fold], fold))
            folds[lot] = chosen
            held[chosen] += len(lot)
            dealt[chosen] += len(lot)
    return folds


def nearest_sequences(extremes: Sequence[Extremes], sequences: Sequence[PoseSequence]) -> NDArray[np.int64]:
    """(N,) index of the sequence that each looks most like among those of its exercise; -1 where there is none."""
    poses = [_flat(one.bodies[one.seen]) for one in sequences]
    nearest = np.full(len(extremes), -1, np.int64)
    for index, one in enumerate(extremes):
        own = _flat(np.concatenate(one.ends))
        apart = {
            other: float(np.median(_apart(own, poses[other])))
            for other, sequence in enumerate(sequences)
            if sequence.label == one.label and len(poses[other])
        }
        if apart:
            nearest[index] = min(apart, key=lambda other: (apart[other], other))
    return nearest


def _kin(sequences: Sequence[PoseSequence]) -> list[list[int]]:
    """Indices of sequences in lots that may be of one person, each in rising order."""
    poses = [_flat(one.bodies[one.seen][::_EVERY]) for one in sequences]
    lot_of = list(range(len(sequences)))
    for one in range(len(sequences)):
        for other in range(len(sequences)):
            if one == other or sequences[one].label != sequences[other].label or lot_of[one] == lot_of[other]:
                continue
            if len(poses[one]) and len(poses[other]):
                quarter = np.percentile(_apart(poses[one], poses[other]), QUARTILE)
                if quarter < ALIKE:
                    kept, left = sorted((lot_of[one], lot_of[other]))
                    lot_of = [kept if lot == left else lot for lot in lot_of]
    return [[index for index, lot in enumerate(lot_of) if lot == number] for number in sorted(set(lot_of))]


def _flat(bodies: FloatArray) -> Floats:
    """(N, 66) x and y of bodies (N, 33, 3), each scaled to 0-1 on each axis."""
    at = bodies[..., :2].astype(float)
    low = at.min(axis=1, keepdims=True)
    extent = np.maximum(np.ptp(at, axis=1, keepdims=True), 1e-9)
    return np.asarray(((at - low) / extent).reshape(len(at), -1))


def _apart(poses: Floats, others: Floats) -> Floats:
    """(N,) of each pose, how far the nearest of others is."""
    squares = (poses**2).sum(1)[:, None] - 2 * poses @ others.T + (others**2).sum(1)
    return np.asarray(np.sqrt(np.maximum(squares.min(axis=1), 0) / poses.shape[1]))
