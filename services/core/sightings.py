"""What is seen of one person in one frame, before anybody knows who, and how alike two of these are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.core.skeleton import INDEX

_SAME_DISTANCE: Final = 0.15
_SAME_OVERLAP: Final = 0.4
_SAME_HIPS: Final = 0.1
_HIPS: Final = [INDEX["left_hip"], INDEX["right_hip"]]


@dataclass(frozen=True, eq=False)
class Sighting:
    """One person found in one frame, before anybody knows who.

    Attributes:
        keypoints: (33, 2) in a unit that is the same along x and y, for instance picture widths.
        visibility: (33,) 0-1.
        score: confidence; of two sightings of one person the better is kept.
        follows: the track by which the estimator itself came here, or "".
        look: (P, C) colours of P parts of the body, in a unit in which `tracking.LOOK_APART` tells two people apart;
            None where they are unknown.
        metre: how long a metre is where this person stands, in the unit of the keypoints; 0 where that is unknown.
        frozen: whether no pixel has changed there since somebody was first seen there; only told of who shows little.
    """

    keypoints: NDArray[np.float64]
    visibility: NDArray[np.float64]
    score: float = 1.0
    follows: str = ""
    look: NDArray[np.float64] | None = None
    metre: float = 0.0
    frozen: bool = False

    @cached_property
    def box(self) -> NDArray[np.float64]:
        """(4,) x0, y0, x1, y1 around the keypoints."""
        return np.concatenate([self.keypoints.min(0), self.keypoints.max(0)])

    @cached_property
    def hips(self) -> NDArray[np.float64]:
        """(2,) the middle between the hips."""
        middle: NDArray[np.float64] = self.keypoints[_HIPS].mean(0)
        return middle

    @cached_property
    def size(self) -> float:
        """The longer side of the box."""
        box = self.box
        return max(float(box[2] - box[0]), float(box[3] - box[1]), 1e-6)


def overlap(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Intersection over union of two boxes (x0, y0, x1, y1)."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return float(shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared))


def distance(a: Sighting, b: Sighting) -> float:
    """Mean distance of the keypoints, in sizes of the larger person; what neither shows counts little."""
    return distances(a, b, np.zeros((1, 2)))[0]


def distances(a: Sighting, b: Sighting, shifts: NDArray[np.float64]) -> list[float]:
    """The same after each of some shifts.

    Args:
        shifts: (S, 2), added to `a` first.
    """
    weights = np.minimum(a.visibility, b.visibility) + 0.05
    offsets = a.keypoints + shifts[:, None] - b.keypoints
    apart = np.hypot(offsets[..., 0], offsets[..., 1])
    mean: list[float] = ((apart * weights).sum(1) / weights.sum() / max(a.size, b.size)).tolist()
    return mean


def same(a: Sighting, b: Sighting) -> bool:
    """Whether two sightings of one frame show one person: they lie on each other, or have their hips in one place."""
    if overlap(a.box, b.box) > _SAME_OVERLAP and distance(a, b) < _SAME_DISTANCE:
        return True
    return float(np.hypot(*(a.hips - b.hips))) < _SAME_HIPS * max(a.size, b.size)


def inside(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """The part of box `a` that lies in box `b`, 0-1."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    return float(width * height / ((a[2] - a[0]) * (a[3] - a[1])))
