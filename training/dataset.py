"""`python -m training.dataset`, also `spotter dataset`: from raw footage to what models learn from.

download   links -> folders of videos
manifest   folders, annotations, corrections -> manifest.csv, which training and evaluation read
(nothing)  videos -> poses on disk; `make dataset`
slices     poses -> clips of 70, 100, 120 and 150 frames in the layout of other people's recipes
split      videos -> training, validation and test, by person and source
pictures   pictures of the ends of repetitions -> keypoints as CSV, outliers listed
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, TypeVar

import typer
from rich.console import Console

from services.core.errors import SettingsError, SpotterError
from services.pose.blazepose import BlazePose
from training.footage.downloads import YtDlp, download, read_links
from training.footage.folders import Reading, contradictions, length_of, new_labels, read_footage
from training.photos import outliers_of, read_photos, sightings_of, write_photos
from training.poses import CACHE, Recording, cache_file, extract, recording_of
from training.progress import progress_of
from training.slice_files import write_slices
from training.slices import FPS, LENGTHS, Cutting
from training.splits import lacking, three_way, write_split
from training.tables import footage_table, leaks, slices_table, split_table
from training.videos import FOLDED, Video, data_directory, labels_of, write_videos

SLICES: Final = Path("var/training/slices")
SPLIT: Final = Path("var/training/split.csv")

app = typer.Typer(pretty_exceptions_enable=False, add_completion=False)


@dataclass(frozen=True, slots=True)
class Footage:
    """What every command is told about the footage.

    Attributes:
        data: its folder; None for the environment's SPOTTER_DATA.
        reading: how its labels are told.
        poses: folder that keeps poses.
        console: where people are told.
    """

    data: Path | None
    reading: Reading
    poses: Path
    console: Console

    @property
    def folder(self) -> Path:
        """Where paths are told from."""
        return self.data or data_directory(self.data)

    def videos(self) -> list[Video]:
        """The videos; what about their labels a person should know is said."""
        videos = read_footage(self.data, self.reading)
        for label, meant in new_labels(videos).items():
            hint = f"; or is it {meant}?" if meant else ""
            self.console.print(f"[yellow]{label} is not in the catalogue: taken as a new exercise{hint}")
        for label in sorted({video.footage_label for video in videos if video.label != video.footage_label}):
            learnt, why = FOLDED[label]
            self.console.print(f"{label} is learnt as {learnt}: {why}", style="dim")
        for one, other in contradictions(videos):
            said = f"{one.label} until {one.end:g} s, {other.label} from {other.start:g} s"
            self.console.print(f"[yellow]{one.path} says two things of one person: {said}", soft_wrap=True)
        if changed := sum(video.corrected for video in videos):
            self.console.print(f"{changed} of {len(videos)} videos are corrected")
        return videos

    def recordings(self, videos: Sequence[Video], faults: dict[str, str]) -> tuple[list[Video], list[Recording]]:
        """Videos whose poses can be used, and the poses; the faults of the others are added."""
        sound, recordings = [], []
        for video in videos:
            if place(video) in faults:
                continue
            try:
                recordings.append(recording_of(video, self.poses))
                sound.append(video)
            except FileNotFoundError:
                missing = "no poses yet: run training.dataset without a command"
                faults[place(video)] = missing if video.path.exists() else "no such video"
            except SettingsError as error:
                faults[place(video)] = str(error)
        return sound, recordings


def place(video: Video) -> str:
    """Which video, or part of one, for people."""
    return str(video.path) if video.end is None else f"{video.path} from {video.start:g} s"


@app.callback(invoke_without_command=True)
def main(
    context: typer.Context,
    *,
    data: Annotated[
        Path | None,
        typer.Option(help="Folder with manifest.csv, or with <label>/[<person>/]*.mp4; else SPOTTER_DATA."),
    ] = None,
    annotations: Annotated[
        list[Path] | None,
        typer.Option(
            help="Cuts the videos: CSV or JSON of video,label,start,end; or an export of Label Studio, CVAT, "
            "Supervisely or AI-Hub. A folder takes all files in it. May be given several times."
        ),
    ] = None,
    corrections: Annotated[
        Path | None,
        typer.Option(help="CSV of video,label,reps,note: overrides labels and counts, the originals stay as they are."),
    ] = None,
    one_person_each: Annotated[
        bool, typer.Option("--one-person-each", help="Every video shows somebody else, unless a folder names who.")
    ] = False,
    raw: Annotated[
        bool | None,
        typer.Option(
            "--raw/--trimmed",
            help="Whether videos begin with getting ready, so that the first slice of each is dropped. By default "
            "whole videos in folders are raw; annotated parts and what a manifest doesn't call raw are trimmed.",
        ),
    ] = None,
    annotation_fps: Annotated[
        float,
        typer.Option(min=0, help="Rate that annotations count frames at; 0: as they say, else the video's own."),
    ] = 0.0,
    picture_fps: Annotated[float, typer.Option(min=0, help="Pictures a second of folders of pictures.")] = 0.0,
    poses: Annotated[Path, typer.Option(help="Folder to keep poses in, by content hash.")] = CACHE,
    workers: Annotated[int, typer.Option(help="Videos looked at side by side, a CPU core each.", min=1)] = 1,
) -> None:
    """Build what models learn from. The options here come before the command and say which footage is meant.

    Without a command: extract the poses of all videos, then count the clips that training gets from them. Videos that
    were extracted before are not looked at again, so it can be stopped and started at will. A video that cannot be
    read is named at the end, and the rest goes on; the exit status is then 1.
    """
    reading = Reading(tuple(annotations or ()), corrections, one_person_each, raw, annotation_fps, picture_fps)
    footage = context.obj = Footage(data, reading, poses, Console())
    if context.invoked_subcommand is None:
        _extract(footage, workers)


@app.command()
def manifest(
    context: typer.Context,
    *,
    out: Annotated[Path, typer.Option(help="Folder to write manifest.csv into; everything else takes it as --data.")],
) -> None:
    """Write folders, annotations and corrections as one manifest.csv, which training and evaluation read.

    Annotations of one's own are a CSV with the header video,label,start,end and perhaps person,source,view,people,reps,
    or a JSON list of the same. Moments are seconds (12.5), a clock (00:01:02.5) or a frame (375f); without them the
    whole video is meant. Corrections are a CSV with the header video,label,reps,note; the video is its path, its name,
    or the SHA-256 of its file.
    """
    footage: Footage = context.obj
    videos = _explained(footage.console, footage.videos)
    file = _explained(footage.console, lambda: write_videos(videos, out))
    text = f"{file}: {len(videos)} videos or parts of {len(labels_of(videos))} labels"
    footage.console.print(text, soft_wrap=True)


@app.command()
def slices(
    context: typer.Context,
    *,
    out: Annotated[Path, typer.Option(help="Folder to write; what was written there before is replaced.")] = SLICES,
    length: Annotated[
        list[int] | None, typer.Option(help="Frames of a slice; may be given several times. 70, 100, 120 and 150.")
    ] = None,
    fps: Annotated[
        float, typer.Option(help="Frames a second. Poses are seen at 15 at most and interpolated in event time.")
    ] = FPS,
    drop_first: Annotated[
        bool | None,
        typer.Option(
            "--drop-first/--keep-first", help="Whether each video's first slice is dropped; by default of raw footage."
        ),
    ] = None,
) -> None:
    """Cut poses into slices: .npy files as other recipes read them, and all in one .npz. Extract poses first."""
    footage: Footage = context.obj
    videos = _explained(footage.console, footage.videos)
    cutting = _explained(footage.console, lambda: Cutting(tuple(length or LENGTHS), fps, drop_first))
    faults: dict[str, str] = {}
    sound, recordings = footage.recordings(videos, faults)
    given: dict[int, Counter[str]] = {each: Counter() for each in cutting.lengths}

    def work() -> None:
        with progress_of("videos", footage.console) as bar:
            task = bar.add_task("", total=len(sound))
            for number, video in zip(write_slices(sound, recordings, out, cutting), sound, strict=True):
                bar.advance(task)
                for each in cutting.lengths:
                    given[each][video.label] += number[each]

    _explained(footage.console, work)
    footage.console.print(slices_table(sound, given, fps))
    dropped = sum(cutting.drops_first_of(video) for video in sound)
    footage.console.print(
        f"{out}: {fps:g} frames a second; of {dropped} of {len(sound)} videos the first slice was dropped",
        soft_wrap=True,
    )
    _finish(footage.console, faults)


@app.command()
def split(
    context: typer.Context,
    *,
    out: Annotated[Path, typer.Option(help="CSV to write: which video is in which part.")] = SPLIT,
    one_source_trains: Annotated[
        bool, typer.Option("--one-source-trains", help="Take labels of one source into training instead of refusing.")
    ] = False,
    leaky: Annotated[
        bool,
        typer.Option(
            "--leaky-by-clip",
            help="Only to compare: say how many clips of a split by clip are of videos on both sides; write nothing.",
        ),
    ] = False,
) -> None:
    """Split 80/10/10 into training, validation and test by person and source, never by clip; always the same way."""
    footage: Footage = context.obj
    videos = _explained(footage.console, footage.videos)
    if leaky:
        faults: dict[str, str] = {}
        footage.console.print(leaks(*footage.recordings(videos, faults)), soft_wrap=True)
        _finish(footage.console, faults)
        return
    parts = _explained(footage.console, lambda: three_way(videos, one_source_trains=one_source_trains))
    write_split(videos, parts, out, footage.folder)
    footage.console.print(split_table(videos, parts))
    for label, missing in lacking(videos, parts).items():
        footage.console.print(f"[yellow]{label}: too few people and sources to be in {' and '.join(missing)}")
    footage.console.print(str(out), soft_wrap=True)


@app.command()
def pictures(
    context: typer.Context,
    *,
    folder: Annotated[Path, typer.Argument(help="Holds folders such as squat_up and squat_down with pictures.")],
    out: Annotated[Path, typer.Option(help="Folder for world.csv, picture.csv and outliers.csv.")],
) -> None:
    """Turn pictures of the two ends of repetitions into keypoints, and list those that are better deleted."""
    console: Console = context.obj.console
    photos = _explained(console, lambda: read_photos(folder))
    models = _explained(console, BlazePose)
    sightings = []
    with progress_of("pictures", console) as bar:
        task = bar.add_task("", total=len(photos))
        for sighting in sightings_of(photos, models):
            sightings.append(sighting)
            bar.advance(task)
    outliers = outliers_of(sightings)
    write_photos(sightings, outliers, out)
    for outlier in outliers:
        console.print(f"{outlier.photo.name}: {outlier.why}", markup=False, highlight=False, soft_wrap=True)
    kept = sum(sighting.pose is not None for sighting in sightings)
    text = f"{out}: keypoints of {kept} of {len(photos)} pictures; {len(outliers)} are better deleted (outliers.csv)"
    console.print(text, soft_wrap=True)


@app.command("download")
def fetch(
    context: typer.Context,
    *,
    links: Annotated[Path, typer.Argument(help="CSV of url,label and perhaps person.")],
    out: Annotated[Path, typer.Option(help="Folder to fill: <label>/[<person>/]<id>.mp4; give it as --data.")],
) -> None:
    """Fetch footage from a list of links, where yt-dlp is installed. What is there already is not fetched again."""
    console: Console = context.obj.console
    wanted = _explained(console, lambda: read_links(links))
    downloader = _explained(console, YtDlp)
    faults: dict[str, str] = {}
    with progress_of("videos", console) as bar:
        task = bar.add_task("", total=len(wanted))
        for number, (link, fault) in enumerate(download(wanted, out, downloader), start=2):
            bar.advance(task)
            if fault:
                faults[f"{links.name} line {number} ({link.label})"] = fault
    console.print(f"{out}: {len(wanted) - len(faults)} of {len(wanted)} videos are there", soft_wrap=True)
    _finish(console, faults)


def _extract(footage: Footage, workers: int) -> None:
    """Extract with a progress bar, then tell what there is."""
    videos = _explained(footage.console, footage.videos)
    seconds: dict[Path, float] = {}
    for video in videos:
        if video.path not in seconds:
            # Of a part the whole is looked at.
            seconds[video.path] = video.seconds if video.end is None else length_of(video.path)[0]
    there = {video.path for video in videos if _known(video, footage.poses)}
    total = max(sum(seconds.values()), 0.1)
    faults: dict[str, str] = {}
    with progress_of("seconds of video", footage.console) as bar:
        task = bar.add_task("", total=total)
        bar.update(task, completed=sum(seconds[path] for path in there))
        for video, fault in extract(
            videos, footage.poses, workers=workers, progress=lambda more: bar.advance(task, more)
        ):
            if fault:
                faults[place(video)] = fault
        bar.update(task, completed=total)
    if there:
        footage.console.print(f"{len(there)} of {len(seconds)} files were extracted before", style="dim")
    footage.console.print(footage_table(*footage.recordings(videos, faults)))
    _finish(footage.console, faults)


def _known(video: Video, poses: Path) -> bool:
    try:
        return cache_file(video, poses).is_file()
    except OSError:
        return False


Value = TypeVar("Value")


def _explained(console: Console, work: Callable[[], Value]) -> Value:
    """Do the work; what a person can mend ends the program with status 2 and its text."""
    try:
        return work()
    except SpotterError as error:
        console.print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(2) from error


def _finish(console: Console, faults: dict[str, str]) -> None:
    """Name what did not work; the exit status is then 1."""
    for name, fault in faults.items():
        console.print(f"{name}: {fault}", style="red", markup=False, highlight=False, soft_wrap=True)
    if faults:
        raise typer.Exit(1)


if __name__ == "__main__":
    app()
