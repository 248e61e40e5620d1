"""Slices: clips of a fixed number of frames at a stated rate, in the layout that other people's recipes read.

    poses     |  |  |  |  |  |  |  |     as the engine saw them, at most `training.poses.SAMPLE_FPS` a second
    frames    ||||||||||||||||||||||     `fps` a second in event time, by linear interpolation between poses
    slices    [  0  ][  1  ][  2  ]..    `length` frames each, one after another; what is left over is dropped

    data70/squat/angle/<video>_<slice>_angle.npy   (T, 16) degrees: six joints 0-360, ten joints 0-180
    data70/squat/point/<video>_<slice>_point.npy   (T, 33, 4) x, y, z in picture heights, visibility 0-1
    data70/squat/label/<video>_<slice>_label.npy   () index of the label in slices.json
    slices.npz                                     the same of all lengths in one file: `read_slices`

More frames a second than the engine saw add no information; 30 are what the published recipes use (70 frames are
2.3 s). Of raw footage the first slice of each video is dropped: it shows how somebody gets ready. On trimmed footage it
is kept: of 578 trimmed clips 497 give slices of 70 frames, 1,946 in all; without the first ones 313 and 1,443. Models
of our own see `services.core.clips`, which this is cut by.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from services.core.clips import Clip, cut_clips
from services.core.errors import SettingsError
from services.core.geometry import JOINTS, MODEL_JOINTS, joint_angles, joint_turns
from services.core.types import NANOSECONDS, FloatArray
from training.people import people_of
from training.poses import Recording
from training.videos import Video, labels_of

LENGTHS: Final = (70, 100, 120, 150)
"""Frames of a slice."""

FPS: Final = 30.0
"""Frames a second."""

ANGLES: Final = (*(f"{joint}_turn" for joint in MODEL_JOINTS), *JOINTS)
"""Columns of angles: six in the picture's plane and with direction, 0-360; ten of the body in space, 0-180."""

STEP: Final = 1 / 8192
"""Unit of coordinates in the compact file, picture heights or metres: 16 bits then reach to 4 of them. Of the angles of
real clips 99 in 100 move by less than 0.14 degrees; half floats, as small, are eight times as coarse."""

KINDS: Final = ("label", "angle", "point")
INDEX: Final = "slices.json"
COMPACT: Final = "slices.npz"


@dataclass(frozen=True, slots=True)
class Cutting:
    """How slices are cut.

    Attributes:
        lengths: frames of a slice, one data set each.
        fps: frames a second; more make a slice of so many frames shorter in time.
        drop_first: whether the first slice of each video is dropped; None drops it where footage is raw.
    """

    lengths: tuple[int, ...] = LENGTHS
    fps: float = FPS
    drop_first: bool | None = None

    def __post_init__(self) -> None:
        if not self.lengths or min(self.lengths) < 2 or self.fps <= 0:
            raise SettingsError(f"slices need 2 frames or more and a rate above 0; got {self.lengths} and {self.fps:g}")

    def drops_first_of(self, video: Video) -> bool:
        """Whether the first slice of a video is dropped."""
        return video.raw if self.drop_first is None else self.drop_first


@dataclass(frozen=True, slots=True, eq=False)
class Slices:
    """Slices of one length.

    Attributes:
        points: (N, T, 33, 4) x, y, z in picture heights, visibility 0-1.
        world: (N, T, 33, 3) metres about the hips' middle.
        label: (N,) index into `labels`.
        video: (N,) index into `names`.
        number: (N,) which slice of its video, from 0; a dropped first one keeps its number.
        labels: names of labels.
        names: names of videos, each once.
    """

    points: FloatArray
    world: FloatArray
    label: NDArray[np.int64]
    video: NDArray[np.int64]
    number: NDArray[np.int64]
    labels: tuple[str, ...]
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.label)

    @property
    def angles(self) -> FloatArray:
        """(N, T, 16) degrees, the columns of `ANGLES`."""
        return angles_of(self.points[..., :3], self.world)


def angles_of(points: FloatArray, world: FloatArray) -> FloatArray:
    """Angles of joints over time, (..., 16) degrees.

    Args:
        points: (..., 33, 3) in picture heights.
        world: (..., 33, 3) metres.
    """
    return np.concatenate([joint_turns(points), joint_angles(world)], axis=-1).astype(np.float32)


def slices_of(video: Video, recording: Recording, length: int, cutting: Cutting) -> list[tuple[int, Clip]]:
    """The slices of whoever a video's label speaks of, numbered in the order of their time.

    Args:
        video: which.
        recording: its poses.
        length: frames of a slice.
        cutting: how they are cut.
    """
    seconds = (length - 1) / cutting.fps
    clips = [
        clip
        for track in people_of(recording, video.people)
        for clip in cut_clips(
            track.captured_at,
            track.keypoints,
            track.visibility,
            track.world,
            width=recording.width,
            height=recording.height,
            clip_seconds=seconds,
            samples=length,
            stride_seconds=length / cutting.fps,
        )
        # A piece too short for a slice comes played to and fro: that is not how this layout treats it.
        if clip.end - clip.start >= round(seconds * NANOSECONDS)
    ]
    clips.sort(key=lambda clip: clip.start)
    numbered = list(enumerate(clips))
    if numbered and cutting.drops_first_of(video):
        # Of several people in view, whoever else starts within the first slice is getting ready too.
        after = clips[0].start + round(length / cutting.fps * NANOSECONDS)
        return [(number, clip) for number, clip in numbered if clip.start >= after]
    return numbered


def names_of(videos: Iterable[Video]) -> list[str]:
    """A name for each video that no other has: its own, and where several share it a mark of its path."""
    listed = list(videos)
    often = Counter(video.name for video in listed)
    marks = [hashlib.sha256(str(video.path).encode()).hexdigest()[:6] for video in listed]
    return [
        video.name if often[video.name] == 1 else f"{video.name}-{mark}"
        for video, mark in zip(listed, marks, strict=True)
    ]


def write_slices(
    videos: Sequence[Video], recordings: Iterable[Recording], folder: Path, cutting: Cutting
) -> Iterator[dict[int, int]]:
    """Write all slices, and tell after each video how many of each length it gave.

    Args:
        videos: which.
        recordings: their poses, in the same order; taken one at a time.
        folder: where to; slices that were written there before are replaced.
        cutting: how they are cut.

    Raises:
        SettingsError: something else lies in the folder.
    """
    _cleared(folder)
    labels = labels_of(videos)
    names = names_of(videos)
    kept: dict[int, list[_Kept]] = {length: [] for length in cutting.lengths}
    for index, (video, recording) in enumerate(zip(videos, recordings, strict=True)):
        given = {}
        for length in cutting.lengths:
            found = slices_of(video, recording, length, cutting)
            given[length] = len(found)
            for number, clip in found:
                kept[length].append(_Kept(index, number, _packed(clip)))
                stem = f"{names[index]}_{number}"
                _write_one(folder / f"data{length}" / video.label, stem, labels.index(video.label), clip)
        yield given
    counts = {str(length): len(found) for length, found in kept.items()}
    _write_compact(folder / COMPACT, videos, names, labels, kept)
    facts = {
        "labels": labels,
        "angles": ANGLES,
        "fps": cutting.fps,
        "lengths": cutting.lengths,
        "drop_first": "of raw footage" if cutting.drop_first is None else cutting.drop_first,
        "slices": counts,
    }
    (folder / INDEX).write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")


def read_slices(folder: Path, length: int) -> Slices:
    """All slices of one length, from the compact file; coordinates come back to half a `STEP`.

    Raises:
        SettingsError: there are none of this length.
    """
    try:
        with np.load(folder / COMPACT) as arrays:
            rows = arrays[f"{length}_video"]
            return Slices(
                points=arrays[f"{length}_points"].astype(np.float32) * STEP,
                world=arrays[f"{length}_world"].astype(np.float32) * STEP,
                label=arrays["label"][rows],
                video=rows,
                number=arrays[f"{length}_number"],
                labels=tuple(str(name) for name in arrays["labels"]),
                names=tuple(str(name) for name in arrays["names"]),
            )
    except (OSError, KeyError) as error:
        raise SettingsError(
            f"{folder}: no slices of {length} frames; write them with training.dataset slices"
        ) from error


def _cleared(folder: Path) -> None:
    """Make the folder, without what was written there before."""
    ours = (folder / INDEX).is_file() or (folder / COMPACT).is_file()
    if folder.is_dir() and any(folder.iterdir()) and not ours:
        raise SettingsError(f"{folder}: something else than slices lies there; name a folder that is new or empty")
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("data[0-9]*"):
        shutil.rmtree(old)
    # Written first and filled last: a run that was stopped leaves a folder that can be written again.
    (folder / INDEX).write_text("{}\n", encoding="utf-8")
    (folder / COMPACT).unlink(missing_ok=True)


def _write_one(folder: Path, stem: str, label: int, clip: Clip) -> None:
    points = np.concatenate([clip.points, clip.visibility[..., None]], axis=-1).astype(np.float32)
    values: dict[str, NDArray[Any]] = {
        "label": np.array(label, np.int64),
        "angle": angles_of(clip.points, clip.world),
        "point": points,
    }
    for kind in KINDS:
        (folder / kind).mkdir(parents=True, exist_ok=True)
        np.save(folder / kind / f"{stem}_{kind}.npy", values[kind])


@dataclass(frozen=True, slots=True, eq=False)
class _Kept:
    """One slice until it is written; the rows are x, y, z, visibility and world x, y, z, in units of `STEP`."""

    video: int
    number: int
    rows: NDArray[np.int16]


def _packed(clip: Clip) -> NDArray[np.int16]:
    rows = np.concatenate([clip.points, clip.visibility[..., None], clip.world], axis=-1)
    limits = np.iinfo(np.int16)
    return np.clip(np.round(rows / STEP), limits.min, limits.max).astype(np.int16)


def _write_compact(
    file: Path, videos: Sequence[Video], names: Sequence[str], labels: Sequence[str], kept: dict[int, list[_Kept]]
) -> None:
    arrays: dict[str, NDArray[Any]] = {
        "labels": np.array(labels),
        "names": np.array(names),
        "label": np.array([labels.index(video.label) for video in videos], np.int64),
    }
    for length, found in kept.items():
        rows = np.stack([one.rows for one in found]) if found else np.empty((0, length, 33, 7), np.int16)
        arrays[f"{length}_points"], arrays[f"{length}_world"] = rows[..., :4], rows[..., 4:]
        arrays[f"{length}_video"] = np.array([one.video for one in found], np.int64)
        arrays[f"{length}_number"] = np.array([one.number for one in found], np.int64)
        found.clear()
    np.savez_compressed(file, **arrays)  # type: ignore[arg-type]  # numpy types its keyword as bool only
