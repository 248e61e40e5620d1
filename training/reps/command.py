"""`python -m training.evaluate reps`: counts beside the truth, in clips, sequences of keypoints and long sets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from services.core.counting import COUNTERS
from services.core.errors import SettingsError, SpotterError
from training.poses import CACHE
from training.progress import progress_of
from training.reps.alone import count
from training.reps.findings import FOLDER, PRINCIPAL, Counted, Findings, Told, write_findings
from training.reps.keypoints import Format, read_keypoints
from training.reps.principal import principal_count
from training.reps.tables import counters_table, exercises_table
from training.reps.takes import Take, counted_clips
from training.sequences import FPS
from training.videos import data_directory, read_videos

FEW = 3
"""Clips with fewer repetitions count for exactness only: answering "2" to them always gives a fine OBO."""

WIDTH = 132
"""Columns that the tables need; a terminal that has fewer breaks their lines."""


def counted_in(take: Take) -> Iterator[Counted]:
    """What each counter alone says of a take."""

    def said(counter: str, told: Told, answer: str, reps: int, **more: object) -> Counted:
        facts = {"take": take.name, "exercise": take.exercise, "source": take.source, "truth": take.reps}
        return Counted.model_validate(
            {**facts, "counter": counter, "told": told, "answer": answer, "counted": reps, "live": reps, **more}
        )

    if take.entry is not None:
        measures = take.measures()
        for name, make in COUNTERS.items():
            found = count(make, take.entry, measures)
            yield said(
                name, Told.GIVEN, take.exercise, found.reps, live=found.live, spans=found.spans, delays=found.delays
            )
    person = take.person()
    yield said(PRINCIPAL, Told.NOBODY, take.exercise, principal_count(person) if person else 0)


def findings_of(takes: Sequence[Take], what: str, progress: Progress) -> Findings:
    """What everybody counts in takes."""
    task = progress.add_task(what, total=len(takes))
    counted: list[Counted] = []
    for take in takes:
        counted += counted_in(take)
        progress.advance(task)
    return Findings(what=what, counted=tuple(counted))


def reps(  # noqa: PLR0917 - typer names them
    clips: Annotated[bool, typer.Option("--clips", help="Every clip of the footage that people counted.")] = False,
    keypoints: Annotated[Path | None, typer.Option(help="Sequences: an .npz, or a folder of .npy.")] = None,
    index: Annotated[Path | None, typer.Option(help="CSV with file, label, reps of each; else beside it.")] = None,
    form: Annotated[Format, typer.Option("--format", help="How they are scaled.")] = Format.MINMAX33,
    fps: Annotated[float, typer.Option(help="Frames a second of the sequences.", min=1.0)] = FPS,
    data: Annotated[Path | None, typer.Option(help="Folder with manifest.csv; else SPOTTER_DATA.")] = None,
    poses: Annotated[Path, typer.Option(help="Where training.dataset keeps poses.")] = CACHE,
    out: Annotated[Path, typer.Option(help="Folder for what is found.")] = FOLDER,
) -> None:
    """Measure how well repetitions are counted: MAE, within one, exact, total error; each counter alone, and all."""
    console = Console(width=max(WIDTH, Console().width))
    try:
        jobs: list[tuple[str, str, list[Take], int]] = []
        if clips:
            jobs.append(("clips", "counted clips", counted_clips(read_videos(data_directory(data)), poses), FEW))
        if keypoints is not None:
            beside = index or keypoints.with_suffix(".csv")
            jobs.append(
                (f"keypoints-{keypoints.stem}", keypoints.name, read_keypoints(keypoints, beside, form, fps), 1)
            )
        if not jobs:
            raise SettingsError("nothing to count in: give --clips, or --keypoints FILE.npz with --index FILE.csv")
        for name, what, takes, least in jobs:
            with progress_of("takes", console) as progress:
                found = findings_of(takes, what, progress)
            console.print(counters_table(found, f"{what}: all"))
            if least > 1:
                console.print(counters_table(found, f"{what}: {least} repetitions and more", least))
            for (counter, told), rows in found.rows().items():
                if counter == "combined":
                    console.print(exercises_table(rows, f"{what}: {counter}, exercise {told}"))
            console.print(f"written {write_findings(found, name, out)}")
    except SpotterError as error:
        console.print(f"[red]{error}")
        raise typer.Exit(2) from error
