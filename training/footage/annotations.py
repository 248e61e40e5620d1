"""Annotations: which part of which video shows what; our own CSV and JSON, and the seam for exports of other tools.

Our own format has one row, or one object of a list, for each part:

    video        path from the footage's folder, or a file name that is there only once
    label        what is done in it
    start, end   seconds (12.5), a clock (00:01:02.500, 1:02.5) or a frame (375f); both missing: the whole video
    start_frame, end_frame   instead of them: first and last frame, counted from 0
    person, source, view, people, reps   known or not, see `training.videos.Video`

Create ML's annotated videos (video, label, start, end) are the same.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from services.core.errors import SettingsError
from training.footage.exports import TOOLS, Entry, entries_of_json, entries_of_xml
from training.footage.moments import Moment, Moments

NOT_ANNOTATIONS: Final = frozenset({"meta.json", "key_id_map.json", "obj_class_to_machine_color.json"})
"""Files of a Supervisely project that describe the project itself."""


@dataclass(frozen=True, slots=True)
class Annotation:
    """A part of a video and what it shows.

    Attributes:
        video: the video as the file names it.
        label: as the file says, spelled our way (`spelled`).
        part: from where to where; None for the whole video.
        where: file and entry, for errors.
        person, source, view: "" where the file doesn't say.
        people: how many exercise.
        reps: counted by people; None where nobody did.
    """

    video: str
    label: str
    part: Moments | None
    where: str
    person: str = ""
    source: str = ""
    view: str = ""
    people: int = 1
    reps: int | None = None


def spelled(label: str) -> str:
    """A label as the catalogue spells ids: "Push-Up" and "push up" are push_up."""
    return re.sub(r"[\s\-/]+", "_", label.strip()).strip("_").lower()


def read_annotations(path: Path) -> list[Annotation]:
    """All annotations of a file, or of every file of a folder (a Supervisely project, AI-Hub's labels).

    Args:
        path: a CSV, JSON or XML file, whose format is told by what is in it, or a folder of such files.

    Raises:
        SettingsError: there are none, or some cannot be used; the text says where and what was expected.
    """
    if path.is_dir():
        files = sorted(
            file
            for file in path.rglob("*")
            if file.suffix.lower() in (".json", ".xml", ".csv") and file.name not in NOT_ANNOTATIONS
        )
    elif path.is_file():
        files = [path]
    else:
        raise SettingsError(f"{path}: no such annotations; expected a CSV, JSON or XML file, or a folder of them")
    found = [annotation for file in files for annotation in _of_file(file)]
    if not found:
        raise SettingsError(f"{path}: nothing is annotated in it; expected parts of videos with labels")
    return found


def _of_file(file: Path) -> Iterator[Annotation]:
    try:
        match file.suffix.lower():
            case ".csv":
                yield from _of_csv(file)
            case ".json":
                content = json.loads(file.read_text(encoding="utf-8-sig"))
                if isinstance(content, list) and all(isinstance(row, dict) and "label" in row for row in content):
                    for number, row in enumerate(content, start=1):
                        yield _annotation(file, f"{file.name} entry {number}", row)
                else:
                    yield from _of_entries(file, entries_of_json(content, file.name))
            case ".xml":
                yield from _of_entries(file, entries_of_xml(file.read_text(encoding="utf-8-sig")))
            case _:
                raise SettingsError(f"{file}: annotations are CSV, JSON or XML, not {file.suffix or 'without ending'}")
    except (json.JSONDecodeError, UnicodeDecodeError, csv.Error) as error:
        raise SettingsError(f"{file}: cannot be read: {error}") from error


def _of_csv(file: Path) -> Iterator[Annotation]:
    with file.open(newline="", encoding="utf-8-sig") as opened:
        reader = csv.DictReader(opened)
        missing = {"video", "label"} - set(reader.fieldnames or ())
        if missing:
            raise SettingsError(
                f"{file}: no column {', '.join(sorted(missing))}; expected video,label,start,end and perhaps "
                f"person,source,view,people,reps; got {','.join(reader.fieldnames or ('nothing',))}"
            )
        for line, row in enumerate(reader, start=2):
            yield _annotation(file, f"{file.name} line {line}", row)


def _annotation(file: Path, where: str, row: Mapping[str, object]) -> Annotation:
    def text(name: str) -> str:
        value = row.get(name)
        return "" if value is None else str(value).strip()

    try:
        frames = text("start_frame"), text("end_frame")
        if any(frames):
            part: Moments | None = Moments.of_frames(int(frames[0]), int(frames[1]))
        elif text("start") or text("end"):
            part = Moments(Moment.parse(text("start") or "0"), Moment.parse(text("end")))
        else:
            part = None
        if not text("video") or not text("label"):
            raise ValueError("video or label is empty")
        return Annotation(
            video=text("video"),
            label=spelled(text("label")),
            part=part,
            where=where,
            person=text("person"),
            source=text("source"),
            view=text("view"),
            people=int(text("people") or 1),
            reps=int(text("reps")) if text("reps") else None,
        )
    except ValueError as error:
        raise SettingsError(f"{file.parent / where}: {error}") from error


def _of_entries(file: Path, entries: Iterator[Entry]) -> Iterator[Annotation]:
    try:
        for entry in entries:
            if not entry.video or not spelled(entry.label):
                raise ValueError(f"{entry.where}: video or label is empty")
            yield Annotation(
                video=entry.video,
                label=spelled(entry.label),
                part=entry.part,
                where=f"{file.name} {entry.where}",
                person=entry.person,
                source=entry.source,
                view=entry.view,
                reps=entry.reps,
            )
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        known = ", ".join(TOOLS)
        raise SettingsError(f"{file}: not as {known} write it: {error!r}") from error
