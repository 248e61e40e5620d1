"""What models said of clips that they had never seen, kept on disk, so that every figure after is cheap.

    var/training/answers/<model>/fold-0.npz      one split: trained without its test videos, asked about them
    var/training/answers/<model>/source-....npz  the same without one source

A file says what it was made from by a key; other footage, poses, code or settings give another key, and it is made
again.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.classifier.manifest import NONE
from services.core.clips import Clip, Times
from services.core.geometry import Floats
from services.core.skeleton import INDEX
from training.metrics import Labels, by_video
from training.videos import Video

_BODY: Final = slice(INDEX["left_shoulder"], INDEX["right_ankle"] + 1)
"""Keypoints whose visibility tells how well somebody is seen: no face."""


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """When clips are, and how well people are seen in them.

    Attributes:
        start, end: (N,) event time, ns.
        visibility: (N,) mean of shoulders to ankles, 0-1.
    """

    start: Times
    end: Times
    visibility: Floats

    @classmethod
    def of(cls, clips: Sequence[Clip]) -> Moments:
        """Those of clips."""
        return cls(
            np.array([clip.start for clip in clips], np.int64),
            np.array([clip.end for clip in clips], np.int64),
            np.array([float(clip.visibility[:, _BODY].mean()) for clip in clips]),
        )

    def at(self, rows: NDArray[np.int64]) -> Moments:
        """Some of them."""
        return Moments(self.start[rows], self.end[rows], self.visibility[rows])


@dataclass(frozen=True, eq=False)
class Answers:
    """What models said of the clips that each never saw.

    Attributes:
        labels: names, in the order of the columns.
        probabilities: (N, L) at temperature 1.
        video: (N,) index into `videos`.
        split: (N,) number of the split whose model answered.
        moments: of the clips.
        videos: all videos.
    """

    labels: tuple[str, ...]
    probabilities: Floats
    video: Labels
    split: Labels
    moments: Moments
    videos: Sequence[Video]

    def __len__(self) -> int:
        return len(self.video)

    @cached_property
    def truth(self) -> Labels:
        """(N,) index into `labels`."""
        return self.video_truth[self.video]

    @cached_property
    def video_truth(self) -> Labels:
        """(V,) index into `labels`; -1 for a video whose label nobody was asked about."""
        return np.array([self.labels.index(one.label) if one.label in self.labels else -1 for one in self.videos])

    @cached_property
    def sources(self) -> tuple[str, ...]:
        """Names of all sources."""
        return tuple(sorted({video.source for video in self.videos}))

    @cached_property
    def video_source(self) -> Labels:
        """(V,) index into `sources`."""
        return np.array([self.sources.index(video.source) for video in self.videos])

    @cached_property
    def source(self) -> Labels:
        """(N,) index into `sources`."""
        return self.video_source[self.video]

    @cached_property
    def clip_answer(self) -> Labels:
        """(N,) the likeliest label of each clip."""
        return np.asarray(self.probabilities.argmax(axis=1), np.int64)

    @cached_property
    def video_answer(self) -> Labels:
        """(V,) answer for every video; one without a clip counts as "none", for that is what is shown."""
        evidence = by_video(self.probabilities, self.video, len(self.videos))
        silent = np.isnan(evidence).any(axis=1)
        answer = np.nan_to_num(evidence, nan=-np.inf).argmax(axis=1)
        return np.asarray(np.where(silent, self.labels.index(NONE), answer) if NONE in self.labels else answer)

    def told(self, probabilities: Floats) -> Answers:
        """The same clips with other answers."""
        return Answers(self.labels, probabilities, self.video, self.split, self.moments, self.videos)

    def at(self, rows: NDArray[np.int64]) -> Answers:
        """Some of the clips."""
        return Answers(
            self.labels,
            self.probabilities[rows],
            self.video[rows],
            self.split[rows],
            self.moments.at(rows),
            self.videos,
        )


def joined(parts: Sequence[Answers]) -> Answers:
    """The answers of several splits; they are numbered in this order."""
    return Answers(
        parts[0].labels,
        np.concatenate([part.probabilities for part in parts]),
        np.concatenate([part.video for part in parts]),
        np.repeat(np.arange(len(parts)), [len(part) for part in parts]),
        Moments(
            np.concatenate([part.moments.start for part in parts]),
            np.concatenate([part.moments.end for part in parts]),
            np.concatenate([part.moments.visibility for part in parts]),
        ),
        parts[0].videos,
    )


def keep(file: Path, answers: Answers, key: str, bundle: str = "") -> None:
    """Write answers aside and rename, so that a stopped evaluation leaves no half file.

    Args:
        file: where.
        answers: of one split.
        key: what they were made from.
        bundle: SHA-256 of the model that answered, where it is kept.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    aside = file.with_suffix(".part.npz")
    np.savez_compressed(
        aside,
        key=np.array(key),
        bundle=np.array(bundle),
        labels=np.array(answers.labels),
        probabilities=answers.probabilities.astype(np.float32),
        video=answers.video,
        start=answers.moments.start,
        end=answers.moments.end,
        visibility=answers.moments.visibility.astype(np.float32),
        # Told by name as well, for whoever opens the file without the footage.
        name=np.array([answers.videos[index].name for index in answers.video]),
        truth=np.array([answers.videos[index].label for index in answers.video]),
        view=np.array([answers.videos[index].view for index in answers.video]),
        source=np.array([answers.videos[index].source for index in answers.video]),
    )
    aside.rename(file)


def kept(file: Path, videos: Sequence[Video], key: str, bundle: str = "") -> Answers | None:
    """Answers that were kept under this key; None where there are none, or they are of something else.

    Args:
        file: where.
        videos: that were asked about; the key stands for them.
        key: what the answers must have been made from.
        bundle: SHA-256 of the model that must have answered, "" for any.
    """
    try:
        with np.load(file) as arrays:
            if str(arrays["key"]) != key or str(arrays["bundle"]) != bundle:
                return None
            video = arrays["video"]
            return Answers(
                tuple(str(label) for label in arrays["labels"]),
                arrays["probabilities"].astype(float),
                video,
                np.zeros(len(video), np.int64),
                Moments(arrays["start"], arrays["end"], arrays["visibility"].astype(float)),
                videos,
            )
    except (FileNotFoundError, zipfile.BadZipFile, KeyError, ValueError, EOFError):
        # A file that was damaged, or is of another version of this program, is made again.
        return None
