"""The labelled footage: what `manifest.csv` says of each video, and which label a model learns it under."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable
from dataclasses import dataclass
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
nothing can be measured on people never seen."""

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
        seconds: its length.
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

    @property
    def name(self) -> str:
        """File name without its ending."""
        return self.path.stem


def data_directory(given: Path | None = None) -> Path:
    """Where the footage lies: as given, or as the environment says.

    Raises:
        SettingsError: nobody said, or there is no manifest.csv.
    """
    text = str(given) if given else os.environ.get(DATA_VARIABLE, "")
    if not text:
        raise SettingsError(f"nobody said where the footage is: set {DATA_VARIABLE} or give --data a folder")
    if not (Path(text) / "manifest.csv").is_file():
        raise SettingsError(f"{text} has no manifest.csv: point {DATA_VARIABLE} or --data to the folder that has")
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
    return videos


def _video(data: Path, row: dict[str, str]) -> Video:
    label = row["label"]
    return Video(
        path=data / row["path"],
        label=FOLDED[label][0] if label in FOLDED else label,
        footage_label=label,
        reps=int(row["reps"]) if row["reps"] else None,
        reps_trusted=row["reps_confidence"] in COUNT_TRUSTED,
        subject_id=row["subject_id"],
        source=row["source_repo"],
        licence=row["licence"],
        view=row["view"],
        people=int(row["people"]),
        seconds=float(row["seconds"]),
    )


def labels_of(videos: Iterable[Video]) -> tuple[str, ...]:
    """The labels that are learnt from these videos, exercises first, then "unknown" and "none"."""
    found = {video.label for video in videos}
    return (*sorted(found - {UNKNOWN, NONE}), *(label for label in (UNKNOWN, NONE) if label in found))
