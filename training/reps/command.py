"""`python -m training.evaluate reps`: counts beside the truth, in clips, sequences of keypoints and long sets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from services.core.errors import SettingsError, SpotterError
from training.evidence import EVIDENCE
from training.footage.corrections import corrected, read_corrections
from training.poses import CACHE
from training.progress import progress_of
from training.reps.bars import FEW, bars
from training.reps.evaluation import Models, findings_of
from training.reps.findings import FOLDER, WHOLE, Findings, Told, write_findings
from training.reps.idle import idle_of
from training.reps.keypoints import Format, read_keypoints, with_folds
from training.reps.long_sets import long_sets
from training.reps.pictures import draw_errors, draw_worst
from training.reps.tables import bars_table, counters_table, delays_table, exercises_table, idle_table
from training.reps.takes import Take, counted_clips, idle_clips
from training.sequences import FPS, read_sequences
from training.train import SEED
from training.videos import Video, data_directory, read_videos

WIDTH: Final = 132
"""Columns that the tables need; a terminal that has fewer breaks their lines."""


@dataclass(frozen=True, slots=True)
class Job:
    """Takes of one kind.

    Attributes:
        name: of the files that are written.
        what: they are, for people.
        takes: makes them.
        least: the fewest repetitions of takes by which errors are judged; the others count for exactness only.
    """

    name: str
    what: str
    takes: Callable[[], list[Take]]
    least: int = 1


def reps(  # noqa: PLR0917 - typer names them
    clips: Annotated[bool, typer.Option("--clips", help="Clips that people counted, and footage of none.")] = False,
    long: Annotated[
        bool, typer.Option("--long-sets", help="Sets of 8 to 20, joined from clips of one person.")
    ] = False,
    keypoints: Annotated[Path | None, typer.Option(help="Sequences: an .npz, or a folder of .npy.")] = None,
    index: Annotated[Path | None, typer.Option(help="CSV with file, label, reps of each; else beside it.")] = None,
    form: Annotated[Format, typer.Option("--format", help="How they are scaled.")] = Format.MINMAX33,
    fps: Annotated[float, typer.Option(help="Frames a second of the sequences.", min=1.0)] = FPS,
    model: Annotated[str, typer.Option(help="Whose folds are asked for the exercise.")] = "motion",
    given: Annotated[bool, typer.Option("--given", help="Ask no model: the exercise is told.")] = False,
    corrections: Annotated[Path | None, typer.Option(help="CSV with video, label, reps: better counts.")] = None,
    data: Annotated[Path | None, typer.Option(help="Folder with manifest.csv; else SPOTTER_DATA.")] = None,
    poses: Annotated[Path, typer.Option(help="Where training.dataset keeps poses.")] = CACHE,
    bundles: Annotated[Path, typer.Option(help="Where training.evaluate keeps the folds' bundles.")] = EVIDENCE,
    out: Annotated[Path, typer.Option(help="Folder for what is found.")] = FOLDER,
    seed: Annotated[int, typer.Option(help="Of the long sets.")] = SEED,
) -> None:
    """Measure how well repetitions are counted: MAE, within one, exact, total error; each counter alone, and the whole.

    With clips also repetitions that are counted where there are none. What was counted is kept, so that a stopped
    evaluation goes on where it was; training.report shows it.
    """
    console = Console(width=max(WIDTH, Console().width))
    models = None if given else Models(model, bundles)

    def footage() -> list[Video]:
        folder = data_directory(data)
        videos = read_videos(folder)
        return corrected(videos, read_corrections(corrections), folder) if corrections else videos

    jobs: list[Job] = []
    if clips:
        jobs.append(Job("clips", "counted clips", lambda: counted_clips(footage(), poses), FEW))
    if long:
        jobs.append(Job("long-sets", "long sets", lambda: _long_sets(footage(), poses, seed)))
    if keypoints is not None:
        file, beside = keypoints, index or keypoints.with_suffix(".csv")
        jobs.append(
            Job(
                f"keypoints-{file.stem}",
                file.name,
                lambda: _strangers(read_keypoints(file, beside, form, fps), data, console),
            )
        )
    try:
        if not jobs:
            raise SettingsError(
                "nothing to count in: give --clips, --long-sets, or --keypoints FILE.npz with --index FILE.csv"
            )
        found = {job.name: _done(job, models, out, console) for job in jobs}
        idle = None
        if clips and models is not None:
            idle = idle_of(idle_clips(footage(), poses), models)
            idle.write(out)
            console.print(idle_table(idle))
        if models is not None:
            sequences = next((one for name, one in found.items() if name.startswith("keypoints")), None)
            console.print(bars_table(bars(found.get("clips"), found.get("long-sets"), sequences, idle)))
        console.print(f"written to {out}")
    except SpotterError as error:
        console.print(f"[red]{error}")
        raise typer.Exit(2) from error


def _strangers(takes: list[Take], data: Path | None, console: Console) -> list[Take]:
    """Sequences with the fold that never learnt from them; those that no model learns from have none."""
    try:
        known = read_sequences(data_directory(data))
    except SettingsError as error:
        console.print(f"[yellow]whether models learnt from these sequences cannot be told: {error}")
        return takes
    return with_folds(takes, known)


def _long_sets(videos: list[Video], poses: Path, seed: int) -> list[Take]:
    return long_sets(counted_clips(videos, poses), idle_clips(videos, poses), seed)


def _done(job: Job, models: Models | None, out: Path, console: Console) -> Findings:
    """Count in takes of one kind, write what was found, and tell."""
    with console.status(f"reading {job.what}"):
        takes = job.takes()
    with progress_of("takes", console) as progress:
        task = progress.add_task(job.what, total=len(takes))
        kept = out / "kept" / f"{job.name}{'-given' if models is None else ''}.jsonl"
        found = findings_of(takes, job.what, models, kept, lambda: progress.advance(task))
    console.print(counters_table(found, f"{job.what}: all"))
    if job.least > 1:
        console.print(counters_table(found, f"{job.what}: {job.least} repetitions and more", job.least))
    write_findings(found, job.name, out)
    draw_errors(found, out / f"{job.name}-errors.png")
    best = (WHOLE, Told.PREDICTED) if models else ("combined", Told.GIVEN)
    title = f"{job.what}: {best[0]}, exercise {best[1]}"
    draw_worst(found.rows().get(best, []), takes, title, out / f"{job.name}-worst.png")
    console.print(exercises_table(found.rows().get(best, []), title))
    console.print(delays_table(found, f"{job.what}: seconds from the end of a repetition to its event"))
    return found
