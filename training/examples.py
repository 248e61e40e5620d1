"""Examples: clips of the footage and what they show, ready for a model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from pathlib import Path
from typing import Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from services.classifier.manifest import NONE, Input
from services.core.clips import Clip, cut_clips
from services.core.errors import SettingsError
from services.core.features import bounded, motions, shape_features, signals, skeletons, statistics, turns
from services.core.geometry import Floats
from services.core.types import NANOSECONDS, FloatArray
from training.augment import varied, varied_poses
from training.people import people_of
from training.poses import Recording, recording_of
from training.videos import Video

BATCH: Final = 512
"""Clips described at a time: more only costs memory."""

EVENNESS: Final = 0.5
"""How far rare labels are lifted: 0 leaves them rare, 1 makes every label weigh the same."""


class Origin(IntEnum):
    """Where an example comes from."""

    RECORDED = 0
    """Footage."""
    EXTREMES = 1
    """Made between the ends of repetitions (`training.extremes`)."""
    SEQUENCES = 2
    """Keypoints alone, of people whose videos we do not have (`training.sequences`)."""
    SIMULATED = 3
    """The simulated gym."""


SHARES: Final = {Origin.RECORDED: 1.0, Origin.EXTREMES: 0.15, Origin.SEQUENCES: 0.25, Origin.SIMULATED: 1.0}
"""Weight of all examples of an origin together, as a share of the footage's."""

IDLE_SHARE: Final = 0.2
"""The same of simulated people who do no exercise, a lot of their own: as one label of thirty of the simulated gym they
would hardly be heard, and there are five minutes of them in the footage."""

PIECE_SECONDS: Final = (0.6, 2.4)
"""Shortest and longest piece of a video that is played to and fro (`pieces_of`)."""
PIECES_APART: Final = 1.2
"""One piece is cut for every so many seconds of somebody, and `MOST_PIECES` of them at most."""
MOST_PIECES: Final = 8


@dataclass(frozen=True, slots=True)
class Cut:
    """How clips are cut; see `services.core.clips.ClipWindow`."""

    clip_seconds: float = 2.5
    samples: int = 31
    stride_seconds: float = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """Clips, or the poses in them, with what they show.

    Attributes:
        features: (N, ...) what the model is fed with.
        label: (N,) index into `labels`.
        video: (N,) index into the videos they were made from.
        labels: names.
        origin: (N,) an `Origin` each.
        videos: the recorded videos; made-up people are numbered after them. Empty where only answers are wanted:
            without them no one can be held out to stop training by.
    """

    features: FloatArray
    label: NDArray[np.int64]
    video: NDArray[np.int64]
    labels: tuple[str, ...]
    origin: NDArray[np.int64]
    videos: tuple[Video, ...] = ()

    def __len__(self) -> int:
        return len(self.label)

    def weights(self) -> FloatArray:
        """(N,) weight of each example, mean 1: long videos and frequent labels are held back.

        A video weighs as the root of its clips, for they resemble each other; a label's total weight is raised
        towards that of the others by `EVENNESS`; each origin has its share of `SHARES`, and simulated people who do no
        exercise have `IDLE_SHARE`.
        """
        weight = np.zeros(len(self))
        none = self.labels.index(NONE) if NONE in self.labels else -1
        idle = (self.origin == Origin.SIMULATED) & (self.label == none)
        lots = [(~idle & (self.origin == origin), share) for origin, share in SHARES.items()]
        for lot, share in (*lots, (idle, IDLE_SHARE)):
            own = self._lifted(lot)
            weight[lot] = own * (share / max(own.sum(), 1e-9))
        return np.asarray(weight / weight.mean(), np.float32)

    def _lifted(self, lot: NDArray[np.bool_]) -> Floats:
        """Weights of some of the examples, in no unit."""
        video, label = self.video[lot], self.label[lot]
        weight = 1 / np.sqrt(np.bincount(video)[video])
        total = np.bincount(label, weight, len(self.labels))
        return np.asarray(weight * np.maximum(total, 1e-9)[label] ** -EVENNESS)

    def of(self, videos: Sequence[int], labels: tuple[str, ...]) -> Examples:
        """Those of some videos that show one of some labels, told in these."""
        renamed = np.array([labels.index(name) if name in labels else -1 for name in self.labels], np.int64)
        kept = np.isin(self.video, np.array(videos, np.int64)) & (renamed[self.label] >= 0)
        return replace(self.at(kept), label=renamed[self.label[kept]], labels=labels)

    def at(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> Examples:
        """Some of them."""
        return replace(
            self,
            features=self.features[rows],
            label=self.label[rows],
            video=self.video[rows],
            origin=self.origin[rows],
        )


def joined(parts: Sequence[Examples]) -> Examples:
    """All examples of several lots, which share labels and videos."""
    return Examples(
        np.concatenate([part.features for part in parts]),
        np.concatenate([part.label for part in parts]),
        np.concatenate([part.video for part in parts]),
        parts[0].labels,
        np.concatenate([part.origin for part in parts]),
        max((part.videos for part in parts), key=len),
    )


def clips_of(video: Video, recording: Recording, cut: Cut, random: Generator | None = None) -> list[Clip]:
    """The clips of whoever a video's label speaks of.

    Args:
        video: which.
        recording: its poses.
        cut: how clips are cut.
        random: varies each track (`training.augment`); None leaves it as it was seen.
    """
    clips = []
    for seen in people_of(recording, video.people):
        track = seen if random is None else varied(seen, recording.width, recording.height, random)
        clips += cut_clips(
            track.captured_at,
            track.keypoints,
            track.visibility,
            track.world,
            width=recording.width,
            height=recording.height,
            clip_seconds=cut.clip_seconds,
            samples=cut.samples,
            stride_seconds=cut.stride_seconds,
        )
    return clips


def pieces(seconds: float, count: int, random: Generator) -> Iterator[tuple[float, float]]:
    """Where some short pieces of somebody begin, and how long they are, seconds.

    Args:
        seconds: how long they are seen.
        count: of pieces.
        random: of both.
    """
    for _ in range(count):
        length = random.uniform(*PIECE_SECONDS)
        yield random.uniform(0, max(seconds - length, 0)), length


def pieces_of(video: Video, recording: Recording, cut: Cut, random: Generator) -> list[Clip]:
    """Clips of short pieces of whoever a video's label speaks of, each varied and played to and fro.

    That is what is seen of people who are in view for less than a clip (`services.core.clips`), and half a repetition
    of something is not nothing.
    """
    clips = []
    for seen in people_of(recording, video.people):
        track = varied(seen, recording.width, recording.height, random)
        first, last = int(track.captured_at[0]), int(track.captured_at[-1])
        seconds = (last - first) / NANOSECONDS
        for after, length in pieces(seconds, min(max(round(seconds / PIECES_APART), 1), MOST_PIECES), random):
            start = first + after * NANOSECONDS
            kept = (track.captured_at >= start) & (track.captured_at <= start + length * NANOSECONDS)
            clips += cut_clips(
                track.captured_at[kept],
                track.keypoints[kept],
                track.visibility[kept],
                track.world[kept],
                width=recording.width,
                height=recording.height,
                clip_seconds=cut.clip_seconds,
                samples=cut.samples,
                stride_seconds=cut.stride_seconds,
            )
    return clips


def examples_of(
    videos: Sequence[Video],
    recordings: Sequence[Recording],
    *,
    labels: tuple[str, ...],
    cut: Cut,
    fed: Input,
    random: Generator | None = None,
) -> Examples:
    """Describe all clips of videos.

    Args:
        videos: which.
        recordings: their poses, in the same order.
        labels: names that labels are told in.
        cut: how clips are cut.
        fed: what the model is fed with; for single poses a few moments of each clip are taken.
        random: varies the tracks; None leaves them as they were seen.
    """
    both = zip(videos, recordings, strict=True)
    lots = [clips_of(video, recording, cut, random) for video, recording in both]
    return _examples(videos, lots, labels=labels, cut=cut, fed=fed, random=random)


def piece_examples(
    videos: Sequence[Video],
    recordings: Sequence[Recording],
    *,
    labels: tuple[str, ...],
    cut: Cut,
    fed: Input,
    random: Generator,
) -> Examples:
    """Describe short pieces of videos (`pieces_of`); arguments as in `examples_of`."""
    both = zip(videos, recordings, strict=True)
    lots = [pieces_of(video, recording, cut, random) for video, recording in both]
    return _examples(videos, lots, labels=labels, cut=cut, fed=fed, random=random)


def _examples(
    videos: Sequence[Video],
    lots: Sequence[list[Clip]],
    *,
    labels: tuple[str, ...],
    cut: Cut,
    fed: Input,
    random: Generator | None,
) -> Examples:
    """Describe the clips of each video."""
    clips = [clip for own in lots for clip in own]
    moments = _moments(cut.samples) if fed is Input.POSE else 1
    video_index = np.repeat(np.arange(len(videos)), [moments * len(own) for own in lots])
    of_label = np.array([labels.index(video.label) for video in videos], np.int64)
    recorded = np.full(len(video_index), Origin.RECORDED, np.int64)
    return Examples(described(clips, fed, random), of_label[video_index], video_index, labels, recorded, tuple(videos))


def described(clips: Sequence[Clip], fed: Input, random: Generator | None = None) -> FloatArray:
    """Features of clips of one cut, (N, ...), for poses several of each clip.

    Args:
        clips: one or more.
        fed: what the model is fed with.
        random: varies single poses each by itself; None leaves them.
    """
    return np.concatenate([_describe(clips[at : at + BATCH], fed, random) for at in range(0, len(clips), BATCH)])


_POSES_IN_CLIP: Final = 3


def _moments(samples: int) -> int:
    return min(_POSES_IN_CLIP, samples)


def _describe(clips: Sequence[Clip], fed: Input, random: Generator | None) -> FloatArray:
    """Features of clips of one cut, (N, ...); for poses (N * moments, P)."""
    points = np.stack([clip.points for clip in clips])
    world = np.stack([clip.world for clip in clips])
    match fed:
        case Input.POSE:
            at = np.linspace(0, points.shape[1] - 1, _moments(points.shape[1])).round().astype(int)
            poses, bodies = points[:, at].reshape(-1, *points.shape[2:]), world[:, at].reshape(-1, *world.shape[2:])
            if random is not None:
                poses, bodies = varied_poses(poses, bodies, random)
            return shape_features(poses, bodies)
        case _:
            return moving_features(points, np.stack([clip.visibility for clip in clips]), world, clips[0].seconds, fed)


def moving_features(
    points: FloatArray, visibility: FloatArray, world: FloatArray, seconds: float, fed: Input
) -> FloatArray:
    """Features of clips of one cut, (N, ...), for all models but those of single poses.

    Args:
        points: (N, T, 33, 3) in picture heights.
        visibility: (N, T, 33) 0-1.
        world: (N, T, 33, 3) metres.
        seconds: time that the T moments span.
        fed: what the model is fed with.
    """
    match fed:
        case Input.CLIP:
            return statistics(signals(points, world), seconds)
        case Input.SEQUENCE:
            return bounded(signals(points, world))
        case Input.MOTION:
            return motions(points, visibility, world)
        case Input.SKELETON:
            return skeletons(points, visibility, world)
        case Input.ANGLES:
            return turns(points)
        case Input.POSE:
            raise ValueError("single poses do not move: they are described by shape_features")


def load_recordings(videos: Sequence[Video], cache: Path) -> list[Recording]:
    """The poses of all videos.

    Raises:
        SettingsError: some were not extracted yet.
    """
    recordings, missing = [], []
    for video in videos:
        try:
            recordings.append(recording_of(video, cache))
        except FileNotFoundError:
            missing.append(video.name)
    if missing:
        raise SettingsError(
            f"{len(missing)} of {len(videos)} videos have no poses yet ({missing[0]} ...): "
            f"run python -m training.dataset"
        )
    return recordings
