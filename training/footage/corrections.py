"""Corrections of labels and counts, kept apart from what they correct.

A CSV of four columns: which video, the right label, the right count, and a note for people. An empty label or count
stays as it is. The video is told by its path from the footage's folder, by its name (`training.videos.Video.name`: a
part of a video has a name of its own), or by the SHA-256 of its file, of which twelve digits are enough: a correction
by content holds wherever the file is moved.
"""

from __future__ import annotations

import csv
import difflib
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from services.core.errors import SettingsError
from training.footage.annotations import spelled
from training.poses import content_hash
from training.videos import Video

COLUMNS: Final = ("video", "label", "reps", "note")
_HASH: Final = re.compile(r"[0-9a-f]{12,64}")


@dataclass(frozen=True, slots=True)
class Correction:
    """One row.

    Attributes:
        video: path, name or hash.
        label: the right one; "" when it was right.
        reps: the right count; None when it was right, or nobody counted.
        note: for people.
        where: file and line, for errors.
    """

    video: str
    label: str
    reps: int | None
    note: str
    where: str


def read_corrections(file: Path) -> list[Correction]:
    """All rows of a file.

    Raises:
        SettingsError: it is not there, has not the columns, or a count is none.
    """
    try:
        with file.open(newline="", encoding="utf-8-sig") as opened:
            reader = csv.DictReader(opened)
            missing = [name for name in COLUMNS[:3] if name not in (reader.fieldnames or ())]
            if missing:
                raise SettingsError(f"{file}: no column {', '.join(missing)}; expected {','.join(COLUMNS)}")
            return [_correction(f"{file.name} line {line}", row) for line, row in enumerate(reader, start=2)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SettingsError(f"corrections {file}: cannot be read: {error}") from error


def _correction(where: str, row: dict[str, str]) -> Correction:
    video, label, reps = ((row[name] or "").strip() for name in COLUMNS[:3])
    if not video or not (label or reps):
        raise SettingsError(f"{where}: expected a video and a label or a count; got {video!r}, {label!r} and {reps!r}")
    if reps and not reps.isdecimal():
        raise SettingsError(f"{where}: {reps!r} repetitions; expected a whole number, or nothing")
    return Correction(video, spelled(label), int(reps) if reps else None, (row.get("note") or "").strip(), where)


def corrected(videos: Sequence[Video], corrections: Sequence[Correction], folder: Path) -> list[Video]:
    """The same videos with corrections applied; later rows win.

    Args:
        videos: to correct.
        corrections: what is right.
        folder: where paths are told from.

    Raises:
        SettingsError: a correction is of none of the videos; all such are named.
    """
    keys: dict[str, list[int]] = {}
    for index, video in enumerate(videos):
        for key in _keys(video, folder):
            keys.setdefault(key, []).append(index)
    if any(_HASH.fullmatch(correction.video) and correction.video not in keys for correction in corrections):
        for index, video in enumerate(videos):
            if video.path.is_file():
                keys.setdefault(content_hash(video.path), []).append(index)
    right = list(videos)
    unknown = []
    for correction in corrections:
        found = _found(keys, correction.video)
        if not found:
            near = difflib.get_close_matches(correction.video, keys, 1)
            unknown.append(f"{correction.where}: {correction.video}" + (f" (is it {near[0]}?)" if near else ""))
        for index in found:
            right[index] = _right(right[index], correction)
    if unknown:
        raise SettingsError(
            f"{len(unknown)} corrections are of no video of {folder}: {'; '.join(unknown[:8])}. Give the path from "
            f"that folder, the name, or the file's SHA-256"
        )
    return right


def _keys(video: Video, folder: Path) -> Iterator[str]:
    yield from dict.fromkeys((str(video.path), Path(os.path.relpath(video.path, folder)).as_posix(), video.name))


def _found(keys: dict[str, list[int]], video: str) -> list[int]:
    if video in keys:
        return keys[video]
    if _HASH.fullmatch(video):
        return [index for key, own in keys.items() if key.startswith(video) for index in own]
    return []


def _right(video: Video, correction: Correction) -> Video:
    label = correction.label or video.footage_label
    reps, trusted = (video.reps, video.reps_trusted) if correction.reps is None else (correction.reps, True)
    return replace(video, label=label, footage_label=label, reps=reps, reps_trusted=trusted, corrected=True)
