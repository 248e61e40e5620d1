"""Sequences of keypoints from files: an index says what each shows and how often; of the people no video is needed.

    FILE.npz or a folder of FILE.npy      name -> (T, 99) or (T, 33, 3), x, y, z of BlazePose's 33 keypoints
    INDEX.csv                             file, label, reps: a row for each

A frame in which nobody was found is all 0, or no number.
"""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.core.errors import SettingsError
from services.core.skeleton import INDEX
from services.core.types import NANOSECONDS, FloatArray
from training.extremes import LABELS
from training.folds import FOLDS
from training.placed import about_hips
from training.poses import Recording, Track
from training.reps.takes import Take, counted_entry
from training.resemblance import sequence_folds
from training.sequences import LENGTHS, PoseSequence, unscaled

UNKNOWN_EXERCISE: Final = "other_exercise"
"""The label of movement that is no exercise of the catalogue; counters that need one cannot count it."""

ALSO: Final = {**LABELS, "bench_pressing": "bench_press", "jump_jack": "jumping_jack", "situp": "sit_up",
               "pullup": "pull_up", "pushup": "push_up", "squant": "squat"}  # fmt: skip
"""Labels of public sets -> ours."""

COLUMNS: Final = ("file", "label", "reps")

SIDE: Final = 1000
"""Width and height of the made-up picture, pixels."""
METRE: Final = 0.25
"""Size of a metre in it, in picture heights."""
FLOOR: Final = 0.75
"""How far down the picture the floor is, in picture heights."""
FARTHEST: Final = 0.02
"""So far beyond 0 and 1 may rounding put what was scaled to them."""

_TRUNK: Final = ("left_shoulder", "left_hip")
_STANDS_ON: Final = slice(INDEX["left_shoulder"], INDEX["right_foot_index"] + 1)
"""From the shoulders down: what may lie on the floor."""


class Format(StrEnum):
    """How keypoints were scaled.

    ``minmax33``: each axis of each frame to 0-1 by its own extent, so that shape and place are lost.
    ``plain33``: not at all: all axes in the same unit, pixels or metres, y down.
    """

    MINMAX33 = "minmax33"
    PLAIN33 = "plain33"


def read_keypoints(keypoints: Path, index: Path, form: Format, fps: float) -> list[Take]:
    """The sequences that an index names, in its order.

    Args:
        keypoints: an .npz file, or a folder of .npy files.
        index: which file shows what.
        form: how they were scaled.
        fps: frames a second; event time is made of it.

    Raises:
        SettingsError: a file is missing or damaged, or says something that cannot be used; the text says which and how
            to mend it.
    """
    rows = _rows(index)
    takes = []
    for name, frames in _arrays(keypoints, index, rows):
        line, label, reps = rows[name]
        checked = _checked(frames, f"{keypoints}: {name} (line {line} of {index.name})", form)
        bodies, seen = BODIES[form](checked)
        takes.append(Take(name, label, reps, name, None, recording_of_bodies(bodies, seen, fps)))
    return takes


def with_folds(takes: Sequence[Take], learnt: Sequence[PoseSequence]) -> list[Take]:
    """The same takes; those that models learn from with the number of the fold whose model does not.

    A sequence is known by its name and length.

    Args:
        takes: sequences.
        learnt: those that models learn from.
    """
    folds = sequence_folds(learnt, FOLDS)
    fold_of = {(one.name, len(one.bodies)): int(fold) for one, fold in zip(learnt, folds, strict=True)}
    return [replace(take, fold=fold_of.get((take.name, len(take.recording.captured_at)))) for take in takes]


def recording_of_bodies(bodies: FloatArray, seen: NDArray[np.bool_], fps: float) -> Recording:
    """Bodies as if the pose engine had seen them, on the floor: where they were in their pictures is lost.

    Nobody floats, so the lowest keypoint of every moment is put on the floor. That is wrong for who hangs from a bar,
    but nothing is known here of what somebody does; with the hips in one place, a squat's feet would rise and fall.

    Args:
        bodies: (T, 33, 3) metres about the hips.
        seen: (T,) whether there is somebody.
        fps: frames a second.
    """
    captured_at = np.round(np.arange(len(bodies)) * NANOSECONDS / fps).astype(np.int64)
    frame = np.flatnonzero(seen)
    world = bodies[frame].astype(np.float32)
    points = world * METRE
    points[..., 1] -= points[:, _STANDS_ON, 1].max(axis=1, initial=-np.inf, keepdims=True)
    points[..., :2] += (0.5, FLOOR)
    low, high = points[..., :2].min(axis=1, initial=1.0), points[..., :2].max(axis=1, initial=0.0)
    track = Track(
        track_id="1-1",
        frame=frame,
        captured_at=captured_at[frame],
        box=np.concatenate([low, high], axis=1).astype(np.float32),
        score=np.ones(len(frame), np.float32),
        keypoints=points.astype(np.float32),
        visibility=np.ones((len(frame), 33), np.float32),
        world=world,
    )
    return Recording(SIDE, SIDE, captured_at, (track,) if len(frame) else ())


def _plain(frames: FloatArray) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Bodies of frames whose axes share a unit, and which of them show somebody."""
    seen = np.isfinite(frames).all(axis=(1, 2)) & (np.abs(frames).sum(axis=(1, 2)) > 0)
    bodies = about_hips(np.where(seen[:, None, None], frames, 0.0))
    shoulder, hip = (INDEX[name] for name in _TRUNK)
    trunk = np.linalg.norm(bodies[seen, shoulder] - bodies[seen, hip], axis=-1)
    unit = float(np.median(trunk)) if seen.any() else 0.0
    return (bodies * (LENGTHS[_TRUNK] / max(unit, 1e-9))).astype(np.float32), seen


def _minmax(frames: FloatArray) -> tuple[FloatArray, NDArray[np.bool_]]:
    return unscaled(np.nan_to_num(frames))


BODIES: Final[Mapping[Format, Callable[[FloatArray], tuple[FloatArray, NDArray[np.bool_]]]]] = {
    Format.MINMAX33: _minmax,
    Format.PLAIN33: _plain,
}
"""How bodies in metres are found again."""


def _rows(index: Path) -> dict[str, tuple[int, str, int]]:
    """Name -> line, exercise and repetitions."""
    if not index.is_file():
        raise SettingsError(f"--index {index}: there is no such file; expected a CSV with the columns {_and(COLUMNS)}")
    with index.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
        if missing:
            raise SettingsError(
                f"{index}: no column {_and(missing)}; got {_and(reader.fieldnames or ['an empty file'])}, expected at "
                f"least {_and(COLUMNS)} in its first line"
            )
        rows: dict[str, tuple[int, str, int]] = {}
        for line, row in enumerate(reader, start=2):
            name = (row["file"] or "").removesuffix(".npy")
            if name in rows:
                raise SettingsError(
                    f"{index} line {line}: {name} was named in line {rows[name][0]} already; remove one"
                )
            rows[name] = (line, _label(row["label"] or "", index, line), _reps(row["reps"] or "", index, line))
    if not rows:
        raise SettingsError(f"{index}: it names no sequence; expected a row with {_and(COLUMNS)} for each")
    return rows


def _label(told: str, index: Path, line: int) -> str:
    label = ALSO.get(told, told)
    if counted_entry(label) is None and label != UNKNOWN_EXERCISE:
        raise SettingsError(
            f"{index} line {line}: label {told!r} is no exercise that is counted; expected an id of the catalogue such "
            f"as squat or push_up, or {UNKNOWN_EXERCISE} for movement that the catalogue does not have"
        )
    return label


def _reps(told: str, index: Path, line: int) -> int:
    try:
        reps = int(float(told))
    except ValueError:
        reps = 0
    if reps < 1:
        raise SettingsError(f"{index} line {line}: reps is {told!r}; expected a whole number, 1 or more")
    return reps


def _arrays(keypoints: Path, index: Path, rows: Mapping[str, object]) -> Iterator[tuple[str, FloatArray]]:
    """Each array that the index names, in its order."""
    if keypoints.is_dir():
        present = {file.stem for file in keypoints.glob("*.npy")}
        _all_there(keypoints, index, rows, present)
        for name in rows:
            yield name, _loaded(keypoints / f"{name}.npy")
        return
    if not keypoints.is_file():
        raise SettingsError(f"--keypoints {keypoints}: there is no such file; expected an .npz, or a folder of .npy")
    try:
        opened = np.load(keypoints)
        if not isinstance(opened, np.lib.npyio.NpzFile):
            raise SettingsError(
                f"--keypoints {keypoints}: one array; expected an .npz of several, or the folder in which .npy lie"
            )
        with opened as arrays:
            _all_there(keypoints, index, rows, set(arrays.files))
            for name in rows:
                yield name, arrays[name]
    except (zipfile.BadZipFile, ValueError, EOFError) as error:
        raise SettingsError(f"--keypoints {keypoints}: no whole .npz ({error}); write it again") from error


def _loaded(file: Path) -> FloatArray:
    try:
        return np.asarray(np.load(file))
    except (ValueError, EOFError) as error:
        raise SettingsError(f"{file}: no whole .npy of numbers ({error}); write it again") from error


def _all_there(keypoints: Path, index: Path, rows: Mapping[str, object], present: set[str]) -> None:
    absent, unnamed = [name for name in rows if name not in present], sorted(present - rows.keys())
    if absent:
        raise SettingsError(
            f"{len(absent)} of the {len(rows)} sequences that {index} names are not in {keypoints} ({absent[0]} ...); "
            f"add them, or remove their rows"
        )
    if unnamed:
        raise SettingsError(
            f"{len(unnamed)} of the {len(present)} sequences in {keypoints} have no row in {index} ({unnamed[0]} ...); "
            f"add a row with {_and(COLUMNS)} for each, or remove them"
        )


def _checked(frames: FloatArray, where: str, form: Format) -> FloatArray:
    """(T, 33, 3) of whatever shape they come in."""
    flat = frames.ndim == 2 and frames.shape[1] == 99
    if not (flat or (frames.ndim == 3 and frames.shape[1:] == (33, 3))) or not len(frames):
        raise SettingsError(
            f"{where}: shape {frames.shape}; expected (T, 99) or (T, 33, 3), x, y, z of 33 keypoints in every frame"
        )
    if not np.issubdtype(frames.dtype, np.number):
        raise SettingsError(f"{where}: holds {frames.dtype}; expected numbers")
    points = np.asarray(frames, np.float32).reshape(-1, 33, 3)
    if form is Format.MINMAX33:
        low, high = float(np.nanmin(points, initial=0.0)), float(np.nanmax(points, initial=1.0))
        if low < -FARTHEST or high > 1.0 + FARTHEST:
            raise SettingsError(
                f"{where}: values from {low:.3g} to {high:.3g}; {Format.MINMAX33} expects each axis of each frame "
                f"scaled to 0-1. For keypoints in pixels or metres give --format {Format.PLAIN33}"
            )
    return points


def _and(names: object) -> str:
    return ", ".join(map(str, names)) if isinstance(names, (list, tuple)) else str(names)
