r"""Who is who from frame to frame, with no pixels: people are matched by where they are and how they stand.

            seen                 for long enough                not seen
    (new) ------> doubted ---------------------> believed <-----------------> lost ------> forgotten
                     `--> forgotten, if not seen            seen, alike enough   too long

Doubted is who appears inside or around somebody else (a model may see a second person in a bent back or an arm) or
with a low score; others are believed at once. Only the believed have an id. It stays through a short absence, is
given once and never again.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.core.skeleton import INDEX
from services.core.types import NANOSECONDS

MAX_DISTANCE: Final = 0.7
"""How far, in sizes of the person, keypoints may have moved on average since the track's last frame."""
LOST_REACH: Final = 0.5
"""How much further they may be for each second of absence."""
MAX_ABSENCE_REACH: Final = 1.0
"""Seconds after which that grows no more."""
SURE_SCORE: Final = 0.8
"""Whoever appears with this score, apart from others, is believed at once."""
DOUBT_SECONDS: Final = 0.3
"""How long anybody else is doubted."""
INSIDE_DOUBT_SECONDS: Final = 1.5
"""How long somebody is doubted who stays inside or around another."""
_INSIDE: Final = 0.5
_STOPPING_SECONDS: Final = 0.4
"""A lost person is thought to walk on, but less and less: the time constant of that."""
_SPEED_SECONDS: Final = 0.2
_SAME_DISTANCE: Final = 0.15
_SAME_OVERLAP: Final = 0.4
_SAME_HIPS: Final = 0.1
_HIPS: Final = [INDEX["left_hip"], INDEX["right_hip"]]


@dataclass(frozen=True, slots=True, eq=False)
class Sighting:
    """One person found in one frame, before anybody knows who.

    Attributes:
        keypoints: (33, 2) in a unit that is the same along x and y, for instance picture widths.
        visibility: (33,) 0-1.
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
    def hips(self) -> NDArray[np.float64]:
        """(2,) the middle between the hips."""
        middle: NDArray[np.float64] = self.keypoints[_HIPS].mean(0)
        return middle

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


@dataclass(slots=True, eq=False)
class _Track:
    last: Sighting
    first_at: int
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

    def __init__(self, epoch: int = 0, remember_seconds: float = 3.0) -> None:
        self.epoch = epoch
        self.remember = round(remember_seconds * NANOSECONDS)
        self._believed: dict[str, _Track] = {}
        self._doubted: dict[str, _Track] = {}
        self._given = 0
        self._doubts = 0
        self._at = 0

    def update(self, captured_at: int, sightings: Sequence[Sighting], present: Collection[str] = ()) -> list[str]:
        """Name the people of one frame.

        Args:
            captured_at: event time, ns. After a step back in time only those of the frame before are remembered.
            sightings: one for each person who was looked at.
            present: ids of people who were not looked at in this frame; nobody else gets theirs.

        Returns:
            For each sighting its track id, or while it is doubted a name that `believes` denies and that only serves
            to follow it.
        """
        self._advance(captured_at)
        absent = {name: track for name, track in self._believed.items() if name not in present}
        names = self._matched(captured_at, sightings, absent, [""] * len(sightings))
        names = self._matched(captured_at, sightings, self._doubted, names)
        seen = [sighting for sighting, name in zip(sightings, names, strict=True) if name in self._believed]
        seen += [self._believed[name].last for name in present]
        doubted = {}
        for index, (sighting, name) in enumerate(zip(sightings, names, strict=True)):
            if name in self._believed:
                self._believed[name] = _next(self._believed[name], sighting, captured_at)
                continue
            track = _next(self._doubted.get(name), sighting, captured_at)
            if self._convincing(track, seen):
                names[index] = self._identified(track, sighting, [*names, *present])
                self._believed[names[index]] = track
                seen.append(sighting)
            else:
                if not name:
                    self._doubts += 1
                    names[index] = f"?{self._doubts}"
                doubted[names[index]] = track
        self._doubted = doubted
        return names

    def distinct(self, sightings: Sequence[Sighting], present: Collection[str] = ()) -> list[int]:
        """Indices of the sightings that are different people, in the given order.

        A newcomer who is like somebody `present` (see `update`) is nobody new. Where several show one person, that of
        the oldest track is kept, before a new one; then the better score.
        """

        def rank(index: int) -> tuple[float, float]:
            track = self._believed.get(sightings[index].follows)
            return (track.first_at if track else math.inf, -sightings[index].score)

        others = [self._believed[name].last for name in present]
        kept: list[int] = []
        for index in sorted(range(len(sightings)), key=rank):
            if not sightings[index].follows and any(same(sightings[index], other) for other in others):
                continue
            if not any(same(sightings[index], sightings[other]) for other in kept):
                kept.append(index)
        return sorted(kept)

    def believes(self, name: str) -> bool:
        """Whether a name that `update` gave is a track id."""
        return name in self._believed

    def clear(self) -> None:
        """Forget everybody; ids go on from where they were."""
        self._believed.clear()
        self._doubted.clear()

    def _advance(self, captured_at: int) -> None:
        """Forget whoever was not seen for too long."""
        if captured_at < self._at:
            self._believed = {name: track for name, track in self._believed.items() if track.seen_at == self._at}
            self._doubted.clear()
            for track in self._believed.values():
                track.first_at = track.seen_at = captured_at
        self._at = captured_at
        oldest = captured_at - self.remember
        self._believed = {name: track for name, track in self._believed.items() if track.seen_at >= oldest}

    @staticmethod
    def _convincing(track: _Track, others: Sequence[Sighting]) -> bool:
        box = track.last.box
        within = any(max(inside(box, other.box), inside(other.box, box)) > _INSIDE for other in others)
        if track.last.score >= SURE_SCORE and not within:
            return True
        doubt = INSIDE_DOUBT_SECONDS if within else DOUBT_SECONDS
        return track.seen_at - track.first_at >= round(doubt * NANOSECONDS)

    def _identified(self, track: _Track, sighting: Sighting, taken: Sequence[str]) -> str:
        """The id of somebody lost who is alike enough, or a new one."""
        lost = {name: other for name, other in self._believed.items() if name not in taken}
        name = self._matched(track.seen_at, [sighting], lost, [""])[0]
        if not name:
            self._given += 1
            name = f"{self.epoch}-{self._given}"
        return name

    @staticmethod
    def _matched(
        captured_at: int, sightings: Sequence[Sighting], tracks: Mapping[str, _Track], names: Sequence[str]
    ) -> list[str]:
        """The names, with those that are empty filled in from the tracks, the most alike pairs first."""
        pairs = []
        for name, track in tracks.items():
            elapsed = (captured_at - track.seen_at) / NANOSECONDS
            shift = track.shift(elapsed)
            box = track.last.box + np.tile(shift, 2)
            for index, sighting in enumerate(sightings):
                apart = distance(track.last, sighting, shift)
                led = sighting.follows == name
                if led or apart < MAX_DISTANCE + LOST_REACH * min(elapsed, MAX_ABSENCE_REACH):
                    pairs.append((apart + 0.5 * (1 - overlap(box, sighting.box)) - 0.1 * led, name, index))
        matched = list(names)
        for _, name, index in sorted(pairs):
            if not matched[index] and name not in matched:
                matched[index] = name
        return matched


def _next(track: _Track | None, sighting: Sighting, captured_at: int) -> _Track:
    """The track with one more sighting."""
    if track is None:
        return _Track(sighting, captured_at, captured_at, np.zeros(2))
    velocity = track.velocity
    if captured_at > track.seen_at:
        elapsed = (captured_at - track.seen_at) / NANOSECONDS
        moved = np.median(sighting.keypoints - track.last.keypoints, axis=0) / elapsed
        velocity = velocity + (1 - math.exp(-elapsed / _SPEED_SECONDS)) * (moved - velocity)
    return _Track(sighting, track.first_at, captured_at, velocity)
