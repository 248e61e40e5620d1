"""`python -m training.dataset`: labelled videos -> poses on disk, and what can be learnt from them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from services.core.errors import SpotterError
from training.examples import Cut, clips_of, load_recordings
from training.poses import CACHE, Recording, extract
from training.videos import Video, data_directory, labels_of, read_videos


def main(
    data: Annotated[Path | None, typer.Option(help="Folder with manifest.csv; else SPOTTER_DATA.")] = None,
    poses: Annotated[Path, typer.Option(help="Folder to keep poses in, by content hash.")] = CACHE,
    workers: Annotated[int, typer.Option(help="Videos looked at side by side, a CPU core each.", min=1)] = 1,
) -> None:
    """Extract the poses of all videos with the pose engine, then count the clips that training gets from them.

    Videos that were extracted before are not looked at again, so it can be stopped and started at will. A video that
    cannot be read is named at the end, and the rest goes on; the exit status is then 1.
    """
    console = Console()
    try:
        videos = read_videos(data_directory(data))
    except SpotterError as error:
        console.print(f"[red]{error}")
        raise typer.Exit(2) from error
    faults = _extracted(videos, poses, workers, console)
    sound = [video for video in videos if video.name not in faults]
    console.print(_table(sound, load_recordings(sound, poses)))
    for name, fault in faults.items():
        console.print(f"[red]{name}: {fault}")
    if faults:
        raise typer.Exit(1)


def _extracted(videos: list[Video], poses: Path, workers: int, console: Console) -> dict[str, str]:
    """Extract with a progress bar; what was wrong with which video."""
    faults = {}
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("seconds of video", total=round(sum(video.seconds for video in videos)))
        for video, fault in extract(videos, poses, workers=workers):
            progress.advance(task, round(video.seconds))
            if fault:
                faults[video.name] = fault
    return faults


def _table(videos: list[Video], recordings: list[Recording]) -> Table:
    cut = Cut()
    clips: Counter[str] = Counter()
    silent: Counter[str] = Counter()
    for video, recording in zip(videos, recordings, strict=True):
        number = len(clips_of(video, recording, cut))
        clips[video.label] += number
        silent[video.label] += number == 0
    table = Table("label", "videos", "sources", "people", "seconds", "clips", "videos without a clip")
    for label in labels_of(videos):
        own = [video for video in videos if video.label == label]
        table.add_row(
            label,
            str(len(own)),
            str(len({video.source for video in own})),
            str(len({video.subject_id for video in own})),
            f"{sum(video.seconds for video in own):.0f}",
            str(clips[label]),
            str(silent[label] or ""),
        )
    return table


if __name__ == "__main__":
    typer.run(main)
