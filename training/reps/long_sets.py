r"""Long sets, joined from counted clips of one person: what a gym has and the footage has not.

    idle   | nobody |  clip ~ clip ~ clip  | pause or idle |  clip ~ clip  | nobody |  idle
    4-12 s    1 s     blended in 0.4 s                                        1 s      4-12 s

Laws:
    1. All clips of a set are of one person, one exercise and one view; the person and all idle footage belong to the
       same fold, so that one model has seen neither.
    2. Only clips that begin and end at rest are joined (by the exercise's signal; the counters and the true count have
       no say): half a repetition at a seam would make a count that nobody can know. The truth is the sum.
    3. Two clips are joined by moving from the last pose to the first in `BLEND` seconds, as people shift their feet
       between repetitions; no joint jumps. Between two people, and so two bodies, lies a second with nobody, as when
       somebody walks through the picture: the tracker keeps the name over such a gap, and no counter sees a jump that
       it could not meet in life. Sizes and places are brought together.
    4. The camera's rate is drawn anew for each set. Poses between those that were seen are interpolated, as the pose
       stage does.
    5. The same footage and seed give the same sets.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from services.core.exercises import Exercise
from services.core.geometry import Floats, isotropic
from services.core.skeleton import INDEX
from services.core.types import NANOSECONDS
from training.augment import TREMBLE, tremble
from training.poses import Recording, Track
from training.reps.takes import Take

REPS: Final = (8, 20)
"""Fewest and most repetitions of a long set."""
SETS: Final = 4
"""Sets made of each person, exercise and view."""
KNOWN: Final = 3
"""Repetitions that the clips of a person must have together, so that a set is not one movement over and over."""
OFTEN: Final = 4
"""One clip comes no more often in a set."""
RATES: Final = (8.0, 10.0, 12.0, 15.0, 20.0, 25.0, 30.0)
"""Frames a second of the cameras."""
BLEND: Final = 0.4
"""Seconds from one clip's last pose to the next one's first."""
NOBODY: Final = 1.0
"""Seconds without anybody where the body changes."""
IDLE: Final = (4.0, 12.0)
"""Shortest and longest idle footage, seconds; shorter where there is no more."""
PAUSE: Final = (1.5, 4.0)
"""Shortest and longest pause, seconds, that belongs to the set."""
SHORTEST_IDLE: Final = 2.5
"""Idle footage of somebody who is seen for less, seconds, is left out."""
AT_REST: Final = 0.6
"""Share of the way from the far end of a clip's movement to rest, beyond which a clip begins or ends at rest."""
SEEN: Final = 0.9
"""Share of its frames in which a clip's person must be seen."""
APART: Final = 0.35
"""Seconds between two poses, at most, that are interpolated."""
WIDTH, HEIGHT = 1600, 900
"""Of the made-up picture, pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """One person for a while.

    Attributes:
        at: (N,) seconds.
        points: (N, 33, 3) picture heights.
        visibility: (N, 33) 0-1.
        world: (N, 33, 3) metres.
    """

    at: Floats
    points: Floats
    visibility: Floats
    world: Floats

    @classmethod
    def of(cls, take: Take, track: Track) -> Stretch:
        """A track as it was seen."""
        return cls(
            (track.captured_at - track.captured_at[0]) / NANOSECONDS,
            isotropic(track.keypoints, take.recording.width, take.recording.height),
            track.visibility.astype(float),
            track.world.astype(float),
        )

    def at_rows(self, rows: NDArray[np.bool_]) -> Stretch:
        """Some of its poses, time beginning at 0 again."""
        return Stretch(self.at[rows] - self.at[rows][0], self.points[rows], self.visibility[rows], self.world[rows])

    def brought(self, middle: Floats, trunk: float) -> Stretch:
        """The same, with the hips where they are to be and the trunk as long.

        Args:
            middle: (3,) of the hips over time, picture heights.
            trunk: length in picture heights.
        """
        size = trunk / max(_trunk(self), 1e-6)
        return replace(self, points=(self.points - _middle(self)) * size + middle)


@dataclass(frozen=True, slots=True)
class _Group:
    """Clips of which sets are made."""

    takes: tuple[Take, ...]
    stretches: tuple[Stretch, ...]


def long_sets(clips: Sequence[Take], idle: Sequence[Take], seed: int) -> list[Take]:
    """All long sets that counted clips give.

    Args:
        clips: counted.
        idle: footage in which nobody exercises.
        seed: of what is drawn.
    """
    by_fold: dict[int | None, list[Stretch]] = {}
    for one in idle:
        by_fold.setdefault(one.fold, []).extend(_idle(one))
    made = []
    for number, group in enumerate(_groups(clips)):
        for again in range(SETS):
            random = np.random.default_rng((seed, number, again))
            found = _long_set(group, by_fold.get(group.takes[0].fold, []), again, random)
            if found is not None:
                made.append(found)
    return made


def at_rest(signal: Floats, entry: Exercise) -> tuple[bool, bool]:
    """Whether a movement begins and ends at rest.

    Args:
        signal: (N,) the exercise's, in its unit.
        entry: the exercise.
    """
    low, high = np.percentile(signal, [5, 95])
    way = (signal - low) / max(high - low, 1e-9)
    if entry.rest < entry.work:
        way = 1.0 - way
    return bool(np.median(way[:3]) > AT_REST), bool(np.median(way[-3:]) > AT_REST)


def _groups(clips: Sequence[Take]) -> list[_Group]:
    """Clips of one person, exercise and view that can be joined, in order of the footage."""
    found: dict[tuple[str, str, str], list[tuple[Take, Stretch]]] = {}
    for take in clips:
        stretch = _whole(take)
        if stretch is not None:
            found.setdefault((take.subject, take.exercise, take.view), []).append((take, stretch))
    return [
        _Group(tuple(take for take, _ in own), tuple(stretch for _, stretch in own))
        for own in found.values()
        if sum(take.reps for take, _ in own) >= KNOWN
    ]


def _whole(take: Take) -> Stretch | None:
    """The person of a clip that begins and ends at rest."""
    track, entry = take.person(), take.entry
    if track is None or entry is None or take.people > 1 or take.reps > REPS[1]:
        return None
    if len(track.frame) < SEEN * len(take.recording.captured_at):
        return None
    signal = np.array([float(one.values[entry.signal]) for _, one in take.measures()])
    return Stretch.of(take, track) if all(at_rest(signal, entry)) else None


def _idle(take: Take) -> Iterator[Stretch]:
    """Everybody in idle footage who is seen for long enough."""
    for track in take.recording.tracks:
        if track.captured_at[-1] - track.captured_at[0] >= SHORTEST_IDLE * NANOSECONDS:
            yield Stretch.of(take, track)


def _long_set(group: _Group, idle: Sequence[Stretch], again: int, random: Generator) -> Take | None:
    chosen = _chosen([take.reps for take in group.takes], random)
    if not chosen:
        return None
    middle, trunk = _place([group.stretches[index] for index in chosen])
    timeline = _Timeline()
    _rest(timeline, idle, middle, trunk, random)
    parted = int(random.integers(1, len(chosen))) if len(chosen) > 1 else 0
    for number, index in enumerate(chosen):
        stretch = group.stretches[index].brought(middle, trunk)
        if number and number == parted and not (random.random() < 0.5 and _rest(timeline, idle, middle, trunk, random)):
            timeline.pause(random.uniform(*PAUSE), random)
        timeline.add(stretch, blend=number > 0)
    _rest(timeline, idle, middle, trunk, random)
    take = group.takes[chosen[0]]
    rate = float(random.choice(RATES))
    return Take(
        name=f"{take.subject}-{take.exercise}-{take.view}-{again}-{rate:g}fps",
        exercise=take.exercise,
        reps=sum(group.takes[index].reps for index in chosen),
        source=take.source,
        fold=take.fold,
        recording=timeline.recording(rate),
        subject=take.subject,
        view=take.view,
        rests=tuple(timeline.rests),
    )


def _chosen(reps: Sequence[int], random: Generator) -> list[int]:
    """Clips of a set, in order, each about as often as the others; none when they cannot make one."""
    least, most = REPS
    target = int(random.integers(least, most + 1))
    chosen: list[int] = []
    total = 0
    for _ in range(OFTEN):
        for index in random.permutation(len(reps)):
            if total < target and total + reps[index] <= most:
                chosen.append(int(index))
                total += reps[index]
    return chosen if total >= least else []


def _place(stretches: Sequence[Stretch]) -> tuple[Floats, float]:
    """Where the hips are and how long the trunk is: as first filmed, but what was in its picture stays in this one."""
    own, trunk = _middle(stretches[0])[1], _trunk(stretches[0])
    # Of what was in the picture, how far it is above (below 0) and below the hips.
    beyond = np.concatenate(
        [
            (one.points[..., 1] - _middle(one)[1])[(one.points[..., 1] >= 0) & (one.points[..., 1] <= 1)]
            * (trunk / max(_trunk(one), 1e-6))
            for one in stretches
        ]
    )
    low, high = float(beyond.min()), float(beyond.max())
    size = min(1.0, 1.0 / (high - low))
    return np.array([0.5 * WIDTH / HEIGHT, np.clip(own, -low * size, 1 - high * size), 0.0]), trunk * size


def _rest(timeline: _Timeline, idle: Sequence[Stretch], middle: Floats, trunk: float, random: Generator) -> bool:
    """Put idle footage in, with nobody before and after it; whether there is any."""
    if not idle:
        return False
    # Whoever is seen for longer is drawn more often, or a minute of one person would count as little as a few seconds.
    spans = np.array([one.at[-1] for one in idle])
    whole = idle[int(random.choice(len(idle), p=spans / spans.sum()))]
    seconds = min(float(random.uniform(*IDLE)), float(whole.at[-1]))
    start = random.uniform(0.0, whole.at[-1] - seconds)
    part = whole.at_rows((whole.at >= start) & (whole.at <= start + seconds))
    timeline.nobody(NOBODY)
    timeline.add(part.brought(middle, trunk), blend=False, rest=True)
    timeline.nobody(NOBODY)
    return True


class _Timeline:
    """What is put one behind the other."""

    def __init__(self) -> None:
        self._parts: list[Stretch] = []
        self._now = 0.0
        self.rests: list[tuple[int, int]] = []

    def nobody(self, seconds: float) -> None:
        """Let time pass; not before anything happened."""
        if self._parts:
            self._now += seconds

    def pause(self, seconds: float, random: Generator) -> None:
        """Let the person stay as they are, trembling as a pose model's joints do."""
        last = self._parts[-1]
        at = np.arange(0.0, seconds, 1 / 15)
        still = np.repeat(last.points[-1:], len(at), axis=0)
        body = max(float(np.ptp(last.points[-1, :, 1])), 1e-3)
        self.add(
            Stretch(
                at,
                tremble(still, TREMBLE * body, random),
                np.repeat(last.visibility[-1:], len(at), axis=0),
                tremble(np.repeat(last.world[-1:], len(at), axis=0), TREMBLE, random),
            ),
            blend=True,
        )

    def add(self, stretch: Stretch, *, blend: bool, rest: bool = False) -> None:
        """Put a stretch behind what is there."""
        if blend and self._parts:
            self._now += BLEND
        elif self._parts:
            self._now = max(self._now, float(self._parts[-1].at[-1]) + APART + 0.05)
        placed = replace(stretch, at=stretch.at + self._now)
        self._parts.append(placed)
        self._now = float(placed.at[-1])
        if rest:
            self.rests.append((round(placed.at[0] * NANOSECONDS), round(placed.at[-1] * NANOSECONDS)))

    def recording(self, rate: float) -> Recording:
        """All of it, as a camera of that many frames a second would have given it."""
        known = np.concatenate([part.at for part in self._parts])
        blends = np.diff(known) <= BLEND + 1e-6
        frames = np.arange(0.0, known[-1], 1 / rate)
        before = np.clip(np.searchsorted(known, frames, side="right") - 1, 0, len(known) - 2)
        part = np.clip((frames - known[before]) / np.maximum(known[before + 1] - known[before], 1e-9), 0.0, 1.0)
        seen = blends[before] | (part < 1e-6)
        rows, weight = before[seen], part[seen][:, None, None]

        def between(name: str) -> Floats:
            values = np.concatenate([getattr(one, name) for one in self._parts])
            share = weight if values.ndim == 3 else weight[..., 0]
            return np.asarray(values[rows] * (1 - share) + values[rows + 1] * share)

        points, captured_at = between("points"), np.round(frames * NANOSECONDS).astype(np.int64)
        keypoints = points / isotropic(np.ones(3), WIDTH, HEIGHT)
        frame = np.flatnonzero(seen)
        low, high = keypoints[..., :2].min(axis=1), keypoints[..., :2].max(axis=1)
        track = Track(
            track_id="1-1",
            frame=frame,
            captured_at=captured_at[frame],
            box=np.concatenate([low, high], axis=1).astype(np.float32),
            score=np.ones(len(frame), np.float32),
            keypoints=keypoints.astype(np.float32),
            visibility=between("visibility").astype(np.float32),
            world=between("world").astype(np.float32),
        )
        return Recording(WIDTH, HEIGHT, captured_at, (track,))


def _middle(stretch: Stretch) -> Floats:
    """(3,) where the hips are on average."""
    hips = stretch.points[:, [INDEX["left_hip"], INDEX["right_hip"]]]
    return np.asarray(np.median(hips.mean(axis=1), axis=0))


def _trunk(stretch: Stretch) -> float:
    """Median length of the trunk in the picture."""
    ends = [[INDEX[f"{side}_{part}"] for side in ("left", "right")] for part in ("shoulder", "hip")]
    shoulders, hips = (stretch.points[:, end, :2].mean(axis=1) for end in ends)
    return float(np.median(np.linalg.norm(shoulders - hips, axis=-1)))
