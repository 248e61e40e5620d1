r"""Who is who from frame to frame, with no pixels: people are matched by where they are and how they stand.

            seen                      not seen
    (new) ------> followed <----------------------> lost ------> forgotten
                           seen again, alike enough      too long

A track keeps its id through a short absence; an id is given once and never again.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.core.types import NANOSECONDS

MAX_DISTANCE: Final = 0.7
"""How far, in sizes of the person, keypoints may have moved on average since the track's last frame."""
LOST_REACH: Final = 0.5
"""How much further they may be for each second of absence."""
_STOPPING_SECONDS: Final = 0.4
"""A lost person is thought to walk on, but less and less: the time constant of that."""
_SAME_DISTANCE: Final = 0.15
_SAME_OVERLAP: Final = 0.4


@dataclass(frozen=True, slots=True, eq=False)
class Sighting:
    """One person found in one frame, before anybody knows who.

    Attributes:
        keypoints: (V, 2) in a unit that is the same along x and y, for instance picture widths.
        visibility: (V,) 0-1.
        score: confidence; of two sightings of one person the better is kept.
        follows: the track by which the estimator itself came here, or "".
    """

    keypoints: NDArray[np.float64]
    visibility: NDArray[np.float64]
    score: float = 1.0
    follows: str = ""

    @property
    def box(self) -> NDArray[np.float64]:
        """(4,) x0, y0, x1, y1 around the keypoints."""
        return np.concatenate([self.keypoints.min(0), self.keypoints.max(0)])

    @property
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


def distance(a: Sighting, b: Sighting, shift: NDArray[np.float64] | float = 0.0) -> float:
    """Mean distance of the keypoints, in sizes of the larger person; what neither shows counts little.

    Args:
        shift: (2,) added to `a` first.
    """
    weights = np.minimum(a.visibility, b.visibility) + 0.05
    apart = np.hypot(*(a.keypoints + shift - b.keypoints).T)
    return float((apart * weights).sum() / weights.sum() / max(a.size, b.size))


def distinct(sightings: Sequence[Sighting]) -> list[int]:
    """Indices of the sightings that are different people, in the given order.

    Where several show one person, one that a track led to is kept before a new one, then the better score.
    """
    order = sorted(range(len(sightings)), key=lambda index: (not sightings[index].follows, -sightings[index].score))
    kept: list[int] = []
    for index in order:
        if not any(_same(sightings[index], sightings[other]) for other in kept):
            kept.append(index)
    return sorted(kept)


def _same(a: Sighting, b: Sighting) -> bool:
    return overlap(a.box, b.box) > _SAME_OVERLAP and distance(a, b) < _SAME_DISTANCE


@dataclass(slots=True, eq=False)
class _Track:
    last: Sighting
    seen_at: int
    velocity: NDArray[np.float64]

    def shift(self, elapsed: float) -> NDArray[np.float64]:
        """(2,) how far the person is thought to have walked since it was seen."""
        return self.velocity * _STOPPING_SECONDS * (1 - math.exp(-elapsed / _STOPPING_SECONDS))


class Tracker:
    """Gives each person of one camera's view an id that stays.

    Args:
        epoch: first part of every id; another one for each run, so that ids are never given twice.
        remember_seconds: how long after somebody was last seen the same id is given again.
    """

    def __init__(self, epoch: int = 0, remember_seconds: float = 2.0) -> None:
        self.epoch = epoch
        self.remember = round(remember_seconds * NANOSECONDS)
        self._tracks: dict[str, _Track] = {}
        self._given = 0
        self._at = 0

    def update(self, captured_at: int, sightings: Sequence[Sighting]) -> list[str]:
        """Name the people of one frame.

        Args:
            captured_at: event time, ns. After a step back in time only those of the frame before are remembered.
            sightings: one for each person.

        Returns:
            The track id of each sighting.
        """
        self._advance(captured_at)
        ids = [""] * len(sightings)
        for _, track_id, index in self._pairs(captured_at, sightings):
            if not ids[index] and track_id not in ids:
                ids[index] = track_id
        for index, sighting in enumerate(sightings):
            if not ids[index]:
                self._given += 1
                ids[index] = f"{self.epoch}-{self._given}"
            self._follow(ids[index], sighting, captured_at)
        return ids

    def clear(self) -> None:
        """Forget everybody; ids go on from where they were."""
        self._tracks.clear()

    def _advance(self, captured_at: int) -> None:
        if captured_at < self._at:
            self._tracks = {name: track for name, track in self._tracks.items() if track.seen_at == self._at}
            for track in self._tracks.values():
                track.seen_at = captured_at
        self._at = captured_at
        oldest = captured_at - self.remember
        self._tracks = {name: track for name, track in self._tracks.items() if track.seen_at >= oldest}

    def _pairs(self, captured_at: int, sightings: Sequence[Sighting]) -> list[tuple[float, str, int]]:
        """Every pairing that is possible, the most alike first: (cost, track id, index)."""
        pairs = []
        for track_id, track in self._tracks.items():
            elapsed = (captured_at - track.seen_at) / NANOSECONDS
            shift = track.shift(elapsed)
            box = track.last.box + np.tile(shift, 2)
            for index, sighting in enumerate(sightings):
                apart = distance(track.last, sighting, shift)
                led = sighting.follows == track_id
                if apart < MAX_DISTANCE + LOST_REACH * elapsed or led:
                    pairs.append((apart + 0.5 * (1 - overlap(box, sighting.box)) - 0.1 * led, track_id, index))
        return sorted(pairs)

    def _follow(self, track_id: str, sighting: Sighting, captured_at: int) -> None:
        velocity = np.zeros(2)
        track = self._tracks.get(track_id)
        if track is not None and captured_at > track.seen_at:
            elapsed = (captured_at - track.seen_at) / NANOSECONDS
            moved = np.median(sighting.keypoints - track.last.keypoints, axis=0) / elapsed
            velocity = track.velocity + (1 - math.exp(-elapsed / 0.2)) * (moved - track.velocity)
        self._tracks[track_id] = _Track(sighting, captured_at, velocity)
