"""`python -m training.student crops|fit|judge`: a smaller landmark network that learns from BlazePose's own.

    crops   clips and simulated gym -> crops and the teacher's answers, under var/student (one CPU core)
    fit     crops -> a student as ONNX, with the teacher's inputs and outputs (a GPU where PyTorch finds one)
    judge   how like the teacher it is, on people and sources that it never saw, and what it costs

What was tried and what came of it is in services/decisions/0010-smaller-landmark-networks.md.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Final

import numpy as np
import torch
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from services.core.errors import SpotterError
from services.pose.backends import EVERYWHERE
from services.pose.landmarks import PIXELS
from services.pose.models import LANDMARKS, default_directory, model_file
from services.pose.network import Network, OnnxRuntimeNetwork
from training import student_network
from training.folds import Fold, grouped_folds
from training.poses import CACHE, recording_of
from training.student_crops import SIZES, Crops, CropWriter, clip_crops, simulated_crops
from training.student_fit import fit
from training.student_judge import FLOOR, Agreement, OfSize, Seen, agreement, in_loop, milliseconds, on_crops, pooled
from training.videos import Video, data_directory, read_videos

FOLDER: Final = Path("var/student")
A_SECOND: Final = 3.0
"""Crops of a second of footage ..."""
FEWEST: Final = 8
MOST: Final = 120
"""... but so many of a clip at least and at most."""
SIMULATED: Final = {"train": 2500, "test": 300}
SIMULATED_SLACK: Final = 64
"""The last simulated scene may show more people than were asked for."""
CLIPS: Final = 12
"""Clips that are followed in a closed loop."""
LONG: Final = 3.0
"""Seconds that such a clip has at least."""
ROUNDS: Final = 60

app = typer.Typer(add_completion=False, no_args_is_help=True, help=__doc__)
_Data = Annotated[Path | None, typer.Option(help="Folder with manifest.csv; else SPOTTER_DATA.")]
_Folder = Annotated[Path, typer.Option(help="Where crops and students are kept; crops take 8 GB.")]
_Poses = Annotated[Path, typer.Option(help="Where training.dataset keeps poses.")]


@app.command()
def crops(data: _Data = None, folder: _Folder = FOLDER, poses: _Poses = CACHE, seed: int = 1) -> None:
    """Cut crops and ask the teacher about each; ten minutes of one core. Run training.dataset first."""
    console = Console()
    videos, fold = _split(data, console)
    teacher = EVERYWHERE.load(default_directory(), LANDMARKS, 1)
    random = np.random.default_rng(seed)
    with _progress(console) as progress:
        for name, numbers in (("test", fold.test), ("train", fold.train)):
            wanted = [round(min(max(videos[index].seconds * A_SECOND, FEWEST), MOST)) for index in numbers]
            writer = CropWriter(folder / name, sum(wanted) + SIMULATED[name] + SIMULATED_SLACK)
            task = progress.add_task(f"crops to {name} with", total=sum(wanted) + SIMULATED[name])
            for index, count in zip(numbers, wanted, strict=True):
                for crop in clip_crops(teacher, videos[index].path, recording_of(videos[index], poses), count, random):
                    writer.add(index, *crop)
                progress.advance(task, count)
            for crop in simulated_crops(teacher, SIMULATED[name], random):
                writer.add(-1, *crop)
                progress.advance(task)
            writer.close()


@app.command(name="fit")
def fit_student(
    folder: _Folder = FOLDER,
    pixels: Annotated[int, typer.Option(help=f"Side of its crops: one of {SIZES}.")] = SIZES[0],
    views: Annotated[int, typer.Option(help="Crops seen in training; a CPU core sees 25 a second.")] = 2_000_000,
    start: Annotated[Path | None, typer.Option(help="A student to go on from, instead of the teacher.")] = None,
    seed: int = 1,
) -> None:
    """Train a student, starting from the teacher's own weights, and write it as <folder>/<pixels>.onnx."""
    console = Console()
    if pixels not in SIZES:
        raise typer.BadParameter(f"there are crops of {SIZES} pixels a side, none of {pixels}")
    given = start.read_bytes() if start else _shrunk_teacher(console, pixels)
    network = student_network.Network(given).to("cuda" if torch.cuda.is_available() else "cpu")
    with _progress(console) as progress:
        task = progress.add_task("crops seen", total=views)
        fit(
            network,
            Crops.at(folder / "train"),
            views,
            np.random.default_rng(seed),
            lambda done, loss: progress.update(task, completed=done, description=f"crops seen, loss {loss:.3f}"),
        )
    target = folder / f"{network.pixels}.onnx"
    target.write_bytes(network.onnx())
    console.print(f"{target}: {target.stat().st_size / 2**20:.1f} MiB")


@app.command()
def judge(
    student: Annotated[Path, typer.Argument(help="Its ONNX file.")],
    data: _Data = None,
    folder: _Folder = FOLDER,
    poses: _Poses = CACHE,
    clips: Annotated[int, typer.Option(help="Clips followed in a closed loop.")] = CLIPS,
) -> None:
    """Compare a student with the teacher on what it never saw: crop by crop, following people, and in CPU time."""
    console = Console()
    videos, fold = _split(data, console)
    content = student.read_bytes()
    pixels = student_network.Network(content).pixels
    teacher, other = EVERYWHERE.load(default_directory(), LANDMARKS, 1), OnnxRuntimeNetwork(content, LANDMARKS, 1)
    cost = milliseconds({"teacher": (teacher, PIXELS), "student": (other, pixels)}, ROUNDS)
    rows = [("crops", on_crops("student", other, pixels, Crops.at(folder / "test")))]
    alone = [videos[index] for index in fold.test if videos[index].people == 1 and videos[index].seconds >= LONG]
    chosen = alone[:: max(1, len(alone) // clips)][:clips]
    shown = other if pixels == PIXELS else OfSize(other, pixels)
    rows += [("closed loop", row) for row in _followed(chosen, poses, teacher, shown, console)]
    table = Table("on", "network", "people seen", "PCK@0.1", "of visible", "world, mm", "presence")
    for kind, row in rows:
        figures = (f"{row.pck:.4f}", f"{row.pck_visible:.4f}", f"{1e3 * row.world:.1f}", f"{row.presence:.4f}")
        table.add_row(kind, row.name, str(row.count), *figures)
    console.print(table)
    console.print(f"CPU a crop: teacher {cost['teacher']:.2f} ms, student {cost['student']:.2f} ms")
    _save(folder / f"{student.stem}.json", cost, rows)


def _followed(
    videos: list[Video], poses: Path, teacher: Network, student: Network, console: Console
) -> list[Agreement]:
    random = np.random.default_rng(0)
    pairs: dict[str, list[tuple[Seen, Seen]]] = {FLOOR: [], "student": []}
    with _progress(console) as progress:
        for video in progress.track(videos, description="clips followed"):
            for name, taught, seen in in_loop(video, recording_of(video, poses), teacher, {"student": student}, random):
                pairs[name].append((taught, seen))
    return [
        agreement(name, pooled([taught for taught, _ in parts]), pooled([seen for _, seen in parts]))
        for name, parts in pairs.items()
    ]


def _save(target: Path, cost: dict[str, float], rows: list[tuple[str, Agreement]]) -> None:
    figures = [{"on": kind, **asdict(row)} for kind, row in rows]
    target.write_text(json.dumps({"milliseconds": cost, "agreement": figures}, indent=1) + "\n")


def _split(data: Path | None, console: Console) -> tuple[list[Video], Fold]:
    """The labelled videos, and the first fold: what it tests is never learnt from, neither source nor person."""
    try:
        videos = read_videos(data_directory(data))
        return videos, grouped_folds(videos)[0]
    except SpotterError as error:
        console.print(f"[red]{error}")
        raise typer.Exit(2) from error


def _shrunk_teacher(console: Console, pixels: int) -> bytes:
    try:
        return student_network.shrunk(model_file(default_directory(), LANDMARKS), pixels)
    except SpotterError as error:
        console.print(f"[red]{error}")
        raise typer.Exit(2) from error


def _progress(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console)


if __name__ == "__main__":
    app()
