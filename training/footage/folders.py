"""Footage of one's own: folders of labelled videos, and videos with annotations beside them.

    folder/squat/anna/monday.mp4     label squat, person anna
    folder/squat/monday.mp4          label squat, nobody knows whom: all such videos count as one person

Accuracy is measured on people never seen, so it has to be known who is who: name a person by a folder, or say with
``one_person_each`` that every video shows somebody else. Of annotated videos the folder that they lie in is the person.
"""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Final

import av
import av.error

from services.core.errors import SettingsError
from services.core.exercises import CATALOGUE, NONE, UNKNOWN
from services.core.types import NANOSECONDS
from training.footage.annotations import Annotation, read_annotations, spelled
from training.footage.corrections import corrected, read_corrections
from training.poses import pictures_of
from training.videos import FOLDED, Video, data_directory, folded, read_videos

VIDEOS: Final = frozenset(
    {".mp4", ".mov", ".m4v", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".ts", ".wmv", ".flv", ".3gp", ".gif"}
)
"""Endings of files that are taken for videos."""

BEYOND: Final = 0.5
"""Seconds by which an annotation may end after its video: tools round, and count frames that are not shown."""

SHOWN: Final = 8
"""Faults that one error names; the others are only counted."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How footage is read.

    Attributes:
        annotations: files or folders that cut the videos; without any, folders or the manifest tell the labels.
        corrections: the CSV that overrides labels and counts; None for none.
        one_person_each: whether every video of which nobody says who is in it shows somebody else.
        raw: whether videos begin with set-up movement; None takes whole videos of folders to be raw, parts and
            whatever a manifest doesn't call raw not.
        annotation_fps: rate that the annotations' frames are counted at; 0 for what they say, else the video's own.
        picture_fps: pictures a second of folders of pictures; 0 where there are none.
    """

    annotations: tuple[Path, ...] = ()
    corrections: Path | None = None
    one_person_each: bool = False
    raw: bool | None = None
    annotation_fps: float = 0.0
    picture_fps: float = 0.0


def read_footage(given: Path | None, reading: Reading) -> list[Video]:
    """The videos of a folder, however they are labelled, corrections applied.

    Args:
        given: the folder; None for the environment's SPOTTER_DATA.
        reading: how.

    Raises:
        SettingsError: there are none, or an annotation or correction cannot be used.
    """
    if given and not given.is_dir():
        raise SettingsError(f"{given}: no such folder; expected one with manifest.csv or with <label>/[<person>/]*.mp4")
    if reading.annotations:
        folder = given or data_directory(given)
        marks = [mark for path in reading.annotations for mark in read_annotations(path)]
        videos = annotated_videos(folder, marks, reading)
    elif given and not (given / "manifest.csv").is_file():
        videos = labelled_folders(given, reading)
    else:
        videos = read_videos(data_directory(given))
    if reading.raw is not None:
        videos = [replace(video, raw=reading.raw) for video in videos]
    if reading.corrections:
        videos = corrected(videos, read_corrections(reading.corrections), given or data_directory(given))
    return folded(videos)


def labelled_folders(folder: Path, reading: Reading) -> list[Video]:
    """The videos of ``folder/<label>/[<person>/...]``, in the order of their paths.

    Raises:
        SettingsError: there are none.
    """
    videos = []
    for path in footage_in(folder):
        label, *between = path.relative_to(folder).parts[:-1] or ("",)
        if label:
            person = _person(folder, "/".join(between), path, reading)
            videos.append(_video(path, spelled(label), person, reading, raw=True))
    if not videos:
        raise SettingsError(
            f"{folder}: neither a manifest.csv nor folders of labelled videos; expected {folder.name}/squat/anna/1.mp4"
        )
    return videos


def annotated_videos(folder: Path, marks: Sequence[Annotation], reading: Reading) -> list[Video]:
    """The parts that annotations tell of, in their order.

    Args:
        folder: where the videos lie, at any depth.
        marks: the annotations.
        reading: how people and rates are told where the annotations don't.

    Raises:
        SettingsError: a video is not there, or a part cannot be; the text names each.
    """
    index = _Index(folder)
    videos, faults = [], []
    lengths: dict[Path, tuple[float, float]] = {}
    for mark in marks:
        try:
            path = index.find(mark.video)
            if path not in lengths:
                lengths[path] = length_of(path)
            videos.append(_part(folder, path, mark, lengths[path], reading))
        except SettingsError as error:
            faults.append(f"{mark.where} ({mark.video}, {mark.label}): {error}")
    refuse(faults, f"{len(faults)} of {len(marks)} annotations cannot be used")
    # Two exports may tell of the same part.
    return list({(video.path, video.start, video.end, video.label): video for video in videos}.values())


def refuse(faults: Sequence[str], headline: str) -> None:
    """Raise one error for all faults, if there are any."""
    if faults:
        more = f"\n  and {len(faults) - SHOWN} more" if len(faults) > SHOWN else ""
        raise SettingsError(headline + ":" + "".join(f"\n  {fault}" for fault in faults[:SHOWN]) + more)


def footage_in(folder: Path) -> list[Path]:
    """Videos and folders of pictures in a folder, at any depth, in the order of their paths."""
    found = {path for path in folder.rglob("*") if path.suffix.lower() in VIDEOS and path.is_file()}
    found |= {path for path in folder.rglob("*") if path.is_dir() and pictures_of(path)}
    return sorted(found)


def length_of(path: Path) -> tuple[float, float]:
    """Seconds and pictures a second that a video states; 0 for what it doesn't, or where it can't be read."""
    if path.is_dir():
        return 0.0, 0.0
    try:
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            fps = float(stream.average_rate or 0)
            if stream.duration and stream.time_base:
                return float(stream.duration * stream.time_base), fps
            return (container.duration or 0) / 1e6, fps
    except (av.error.FFmpegError, OSError, IndexError):
        # What is wrong with it is said by whoever extracts its poses, which is sure to try.
        return 0.0, 0.0


def new_labels(videos: Iterable[Video]) -> dict[str, str]:
    """Labels that are not in the catalogue -> the exercise that was perhaps meant, or ""."""
    known = {*CATALOGUE, *FOLDED, NONE, UNKNOWN}
    strange = sorted({video.footage_label for video in videos} - known)
    return {label: next(iter(difflib.get_close_matches(label, known, 1, 0.75)), "") for label in strange}


def contradictions(videos: Sequence[Video]) -> list[tuple[Video, Video]]:
    """Parts of one video that overlap and say different things, where only one person exercises."""
    parts: dict[Path, list[Video]] = defaultdict(list)
    for video in videos:
        if video.end is not None and video.people == 1:
            parts[video.path].append(video)
    found = []
    for own in parts.values():
        own.sort(key=lambda video: video.start)
        for number, one in enumerate(own):
            for other in own[number + 1 :]:
                if other.start >= (one.end or 0.0):
                    break
                if other.label != one.label:
                    found.append((one, other))
    return found


class _Index:
    """Finds the videos of a folder by what annotations call them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._names: dict[str, list[Path]] = defaultdict(list)
        self._paths = frozenset(footage_in(folder))
        for path in sorted(self._paths):
            self._names[path.name].append(path)

    def find(self, name: str) -> Path:
        """A video by its path, its path from the folder, the end of its path, or its name alone.

        Raises:
            SettingsError: there is none, or several.
        """
        parts = PurePosixPath(name.replace("\\", "/")).parts
        exact = self._folder.joinpath(*parts)
        if exact in self._paths:
            return exact
        found = self._names.get(parts[-1], []) if parts else []
        for depth in range(2, len(parts) + 1):
            closer = [path for path in found if path.parts[-depth:] == parts[-depth:]]
            found = closer or found
        if len(found) == 1:
            return found[0]
        if found:
            raise SettingsError(f"{len(found)} videos in {self._folder} have this name: give the path from there")
        near = difflib.get_close_matches(parts[-1] if parts else name, self._names, 1)
        hint = f"; there is {near[0]}" if near else ""
        raise SettingsError(f"no such video in {self._folder}{hint}")


def _person(folder: Path, between: str, path: Path, reading: Reading) -> str:
    if between:
        return between
    return str(path.relative_to(folder).with_suffix("")) if reading.one_person_each else folder.name


def _video(path: Path, label: str, person: str, reading: Reading, *, raw: bool) -> Video:
    seconds, _ = length_of(path)
    if path.is_dir() and reading.picture_fps > 0:
        seconds = len(pictures_of(path)) / reading.picture_fps
    return Video(
        path=path,
        label=label,
        footage_label=label,
        reps=None,
        reps_trusted=False,
        subject_id=person,
        source=person,
        licence="",
        view="other",
        people=1,
        seconds=seconds,
        raw=raw,
        picture_fps=reading.picture_fps if path.is_dir() else 0.0,
    )


def _part(folder: Path, path: Path, mark: Annotation, length: tuple[float, float], reading: Reading) -> Video:
    between = path.relative_to(folder).parent.as_posix()
    person = mark.person or _person(folder, "" if between == "." else between, path, reading)
    video = replace(
        _video(path, mark.label, person, reading, raw=mark.part is None),
        source=mark.source or person,
        view=mark.view or "other",
        people=mark.people,
        reps=mark.reps,
        reps_trusted=mark.reps is not None,
    )
    if mark.part is None:
        return video
    fps = reading.annotation_fps or mark.part.fps or (reading.picture_fps if path.is_dir() else length[1])
    start, end = mark.part.start.seconds(fps), mark.part.end.seconds(fps)
    if end - start < 1 / NANOSECONDS:
        raise SettingsError(f"from {start:g} to {end:g} s: the end must lie after the start")
    if video.seconds and end > video.seconds + BEYOND:
        raise SettingsError(
            f"ends at {end:g} s, and the video has {video.seconds:.1f} s: are these frames, or frames of another rate?"
        )
    return replace(video, start=start, end=end, seconds=end - start)
