"""The labelled footage: what `manifest.csv` says of each video, and which label a model learns it under.

A gym's own footage comes as folders or with annotations (`training.footage`); `python -m training.dataset manifest`
turns either into a manifest, which is what everything else here reads.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from services.classifier.manifest import NONE, UNKNOWN
from services.core.errors import SettingsError

DATA_VARIABLE: Final = "SPOTTER_DATA"
"""Environment variable that says where the footage lies."""

FOLDED: Final[dict[str, tuple[str, str]]] = {
    "other_exercise": (UNKNOWN, "exercise that is none of the labels"),
    "non_exercise": (NONE, "no exercise"),
    "thruster": (UNKNOWN, "one source only"),
    "clean": (UNKNOWN, "one source only"),
    "kettlebell_swing": (UNKNOWN, "one source only"),
    "hip_thrust": (UNKNOWN, "one source only"),
}
"""Label of the footage -> (label that is learnt, why). A label with one source teaches the source, not the exercise:
nothing can be measured on people never seen. Where such a label has two sources or more, it is learnt as itself."""

_RARE: Final = frozenset(label for label, (learnt, _) in FOLDED.items() if learnt == UNKNOWN) - {"other_exercise"}

COLUMNS: Final = (
    "path", "label", "reps", "reps_confidence", "subject_id", "view", "people", "seconds", "source_repo", "licence",
    "start", "end", "raw", "picture_fps", "corrected",
)  # fmt: skip
"""Columns that `write_videos` writes. Others may stand in a manifest; the last five may be missing from it."""

COUNT_TRUSTED: Final = frozenset({"high", "repo_label"})
"""Values of `reps_confidence` that can be measured against."""


@dataclass(frozen=True, slots=True)
class Video:
    """One labelled video.

    Attributes:
        path: the file.
        label: what is learnt: an exercise id, "unknown" or "none".
        footage_label: what the footage says.
        reps: repetitions counted by people, None when nobody did.
        reps_trusted: whether that count is good enough to measure against.
        subject_id: the same person or the same shoot.
        source: the repository it came from.
        licence: as the source states it.
        view: side, front, diag, back or other.
        people: how many exercise or are in view.
        seconds: its length; of a part, the part's.
        start, end: the part of the file that is meant, in seconds; the whole file by default.
        raw: whether it begins with set-up movement: nobody has trimmed it.
        picture_fps: pictures a second of a folder of pictures; 0 for a video, which knows its own.
        corrected: whether a person has corrected its label or count.
    """

    path: Path
    label: str
    footage_label: str
    reps: int | None
    reps_trusted: bool
    subject_id: str
    source: str
    licence: str
    view: str
    people: int
    seconds: float
    start: float = 0.0
    end: float | None = None
    raw: bool = False
    picture_fps: float = 0.0
    corrected: bool = False

    @property
    def name(self) -> str:
        """File name without its ending, and where a part of it begins."""
        return self.path.stem if self.end is None else f"{self.path.stem}-{round(self.start * 1000)}ms"


def data_directory(given: Path | None = None) -> Path:
    """Where the footage lies: as given, or as the environment says.

    Raises:
        SettingsError: nobody said, or there is no manifest.csv.
    """
    text = str(given) if given else os.environ.get(DATA_VARIABLE, "")
    if not text:
        raise SettingsError(f"nobody said where the footage is: set {DATA_VARIABLE} or give --data a folder")
    if not (Path(text) / "manifest.csv").is_file():
        raise SettingsError(
            f"{text} has no manifest.csv: point {DATA_VARIABLE} or --data to the folder that has; for folders of "
            f"labelled videos or annotations, python -m training.dataset manifest writes one"
        )
    return Path(text)


def read_videos(data: Path) -> list[Video]:
    """The videos of `manifest.csv`, in its order.

    Raises:
        SettingsError: a column is missing or a value cannot be used; the text says which line.
    """
    videos = []
    with (data / "manifest.csv").open(newline="", encoding="utf-8") as file:
        for line, row in enumerate(csv.DictReader(file), start=2):
            try:
                videos.append(_video(data, row))
            except (KeyError, ValueError) as error:
                raise SettingsError(f"{data / 'manifest.csv'} line {line}: {error!r}") from error
    return folded(videos)


def _video(data: Path, row: dict[str, str]) -> Video:
    start, end = float(row.get("start") or 0.0), float(row["end"]) if row.get("end") else None
    if end is not None and end <= start:
        raise ValueError(f"a part from {start:g} to {end:g} s: its end must lie after its start")
    return Video(
        path=data / row["path"],
        label=row["label"],
        footage_label=row["label"],
        reps=int(row["reps"]) if row["reps"] else None,
        reps_trusted=row["reps_confidence"] in COUNT_TRUSTED,
        subject_id=row["subject_id"],
        source=row["source_repo"],
        licence=row["licence"],
        view=row["view"],
        people=int(row["people"]),
        seconds=float(row["seconds"]),
        start=start,
        end=end,
        raw=row.get("raw") == "yes",
        picture_fps=float(row.get("picture_fps") or 0.0),
        corrected=row.get("corrected") == "yes",
    )


def folded(videos: Sequence[Video]) -> list[Video]:
    """The same videos under the labels that are learnt (`FOLDED`), told by the labels of the footage."""
    sources: dict[str, set[str]] = {}
    for video in videos:
        sources.setdefault(video.footage_label, set()).add(video.source)
    learnt = {
        label: FOLDED[label][0] if label in FOLDED and not (label in _RARE and len(own) > 1) else label
        for label, own in sources.items()
    }
    return [replace(video, label=learnt[video.footage_label]) for video in videos]


def write_videos(videos: Sequence[Video], folder: Path) -> Path:
    """Write the manifest of videos, which `read_videos` reads; where they lie is told from that folder.

    Args:
        videos: to write.
        folder: where `manifest.csv` is written; made when missing.

    Raises:
        SettingsError: there is a manifest already.
    """
    file = folder / "manifest.csv"
    if file.exists():
        raise SettingsError(f"{file} is there already and is not overwritten: name another folder, or remove it first")
    folder.mkdir(parents=True, exist_ok=True)
    with file.open("w", newline="", encoding="utf-8") as opened:
        writer = csv.DictWriter(opened, COLUMNS)
        writer.writeheader()
        writer.writerows(_row(video, folder) for video in videos)
    return file


def _row(video: Video, folder: Path) -> dict[str, str]:
    return {
        "path": os.path.relpath(video.path, folder),
        "label": video.footage_label,
        "reps": "" if video.reps is None else str(video.reps),
        "reps_confidence": "high" if video.reps_trusted else "",
        "subject_id": video.subject_id,
        "view": video.view,
        "people": str(video.people),
        "seconds": f"{video.seconds:.3f}",
        "source_repo": video.source,
        "licence": video.licence,
        "start": f"{video.start:.3f}" if video.end is not None else "",
        "end": f"{video.end:.3f}" if video.end is not None else "",
        "raw": "yes" if video.raw else "",
        "picture_fps": f"{video.picture_fps:g}" if video.picture_fps else "",
        "corrected": "yes" if video.corrected else "",
    }


def labels_of(videos: Iterable[Video]) -> tuple[str, ...]:
    """The labels that are learnt from these videos, exercises first, then "unknown" and "none"."""
    found = {video.label for video in videos}
    return (*sorted(found - {UNKNOWN, NONE}), *(label for label in (UNKNOWN, NONE) if label in found))
