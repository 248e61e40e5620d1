"""Slices on disk: the layout that other people's recipes read, and one compact file for ourselves.

    data70/squat/angle/<video>_<slice>_angle.npy   (T, 16) degrees: six joints 0-360, ten joints 0-180
    data70/squat/point/<video>_<slice>_point.npy   (T, 33, 4) x, y, z in picture heights, visibility 0-1
    data70/squat/label/<video>_<slice>_label.npy   () index of the label in slices.json
    slices.npz                                     the same of all lengths: each frame once, and an index
    slices.json                                    labels, columns, rate, what was dropped

Slices of all lengths begin on the same frames, so the compact file keeps those, as whole numbers of `STEP` and as
differences from frame to frame, which compress well.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from services.core.errors import SettingsError
from services.core.types import FloatArray
from training.poses import Recording
from training.slices import ANGLES, Cutting, Slice, Stretch, angles_of, slices_of, stretches_of
from training.videos import Video, labels_of

STEP: Final = 1 / 8192
"""Unit of coordinates in the compact file, picture heights or metres: 16 bits then reach to 4 of them. Of the angles of
real clips 99 in 100 move by less than 0.14 degrees; half floats, as small, are eight times as coarse."""

KINDS: Final = ("label", "angle", "point")
INDEX: Final = "slices.json"
COMPACT: Final = "slices.npz"


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


def names_of(videos: Iterable[Video]) -> list[str]:
    """A name for each video that no other has: its own, and where several share it a mark of its path and a number."""
    listed = list(videos)
    often = Counter(video.name for video in listed)
    given: Counter[str] = Counter()
    names = []
    for video in listed:
        name = video.name
        if often[name] > 1:
            name = f"{name}-{hashlib.sha256(str(video.path).encode()).hexdigest()[:6]}"
        given[name] += 1
        names.append(name if given[name] == 1 else f"{name}-{given[name]}")
    return names


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
    compact = _Compact({length: [] for length in cutting.lengths})
    for index, (video, recording) in enumerate(zip(videos, recordings, strict=True)):
        stretches = [one for one in stretches_of(video, recording, cutting.fps) if len(one) >= min(cutting.lengths)]
        given = {}
        for length in cutting.lengths:
            found = slices_of(stretches, length, cutting.fps, drop_first=cutting.drops_first_of(video))
            given[length] = len(found)
            for one in found:
                compact.rows[length].append((compact.length + one.row, index, one.number))
                stem = f"{names[index]}_{one.number}"
                _write_one(folder / f"data{length}" / video.label, stem, labels.index(video.label), one)
        compact.add(stretches)
        yield given
    compact.write(folder / COMPACT, labels, names, [labels.index(video.label) for video in videos])
    facts = {
        "labels": labels,
        "angles": ANGLES,
        "fps": cutting.fps,
        "lengths": cutting.lengths,
        "drop_first": "of raw footage" if cutting.drop_first is None else cutting.drop_first,
        "slices": {str(length): len(rows) for length, rows in compact.rows.items()},
    }
    (folder / INDEX).write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")


def read_slices(folder: Path, length: int) -> Slices:
    """All slices of one length, from the compact file; coordinates come back to half a `STEP`.

    Raises:
        SettingsError: there are none of this length.
    """
    try:
        with np.load(folder / COMPACT) as arrays:
            first, video, number = arrays[f"slices_{length}"].T
            frames = np.cumsum(arrays["frames"], axis=0, dtype=np.int16)
            rows = frames[first[:, None] + np.arange(length)].astype(np.float32) * np.float32(STEP)
            return Slices(
                points=rows[..., :4],
                world=rows[..., 4:],
                label=arrays["label"][video],
                video=video,
                number=number,
                labels=tuple(str(name) for name in arrays["labels"]),
                names=tuple(str(name) for name in arrays["names"]),
            )
    except (OSError, KeyError) as error:
        raise SettingsError(f"{folder}: no slices of {length} frames: run training.dataset slices") from error


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


def _write_one(folder: Path, stem: str, label: int, one: Slice) -> None:
    points = np.concatenate([one.points, one.visibility[..., None]], axis=-1).astype(np.float32)
    values: dict[str, NDArray[Any]] = {
        "label": np.array(label, np.int64),
        "angle": angles_of(one.points, one.world),
        "point": points,
    }
    for kind in KINDS:
        (folder / kind).mkdir(parents=True, exist_ok=True)
        np.save(folder / kind / f"{stem}_{kind}.npy", values[kind])


@dataclass(slots=True, eq=False)
class _Compact:
    """What the compact file is made of.

    Attributes:
        rows: length -> (first frame, video, number) of each slice.
        length: frames so far.
        frames: x, y, z, visibility and world x, y, z of frames, in units of `STEP`.
    """

    rows: dict[int, list[tuple[int, int, int]]]
    length: int = 0
    frames: list[NDArray[np.int16]] = field(default_factory=list)

    def add(self, stretches: Sequence[Stretch]) -> None:
        """Take the stretches of the next video, laid end to end."""
        limits = np.iinfo(np.int16)
        for one in stretches:
            rows = np.concatenate([one.points, one.visibility[..., None], one.world], axis=-1)
            self.frames.append(np.clip(np.round(rows / STEP), limits.min, limits.max).astype(np.int16))
            self.length += len(one)

    def write(self, file: Path, labels: Sequence[str], names: Sequence[str], label: Sequence[int]) -> None:
        """Write the file.

        Args:
            file: which.
            labels: their names.
            names: of the videos.
            label: of each video, an index into labels.
        """
        frames = np.concatenate([np.zeros((1, 33, 7), np.int16), *self.frames])
        # Differences that overflow come back right, for so do their sums.
        arrays: dict[str, NDArray[Any]] = {
            "labels": np.array(labels, np.str_),
            "names": np.array(names, np.str_),
            "label": np.array(label, np.int64),
            "frames": np.diff(frames, axis=0),
        }
        for length, rows in self.rows.items():
            arrays[f"slices_{length}"] = np.array(rows, np.int64).reshape(-1, 3)
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type]  # numpy types its keyword as bool only
