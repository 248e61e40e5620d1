"""`spotter ...`: the one command line.

Each command imports what it runs when it runs it: the image of one service has not the libraries of the others.
"""

# ruff: noqa: PLC0415

from __future__ import annotations

import importlib
import importlib.util
import json
import math
import subprocess
import sys
from collections.abc import Iterable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Column, Table

from services.runtime.faults import explained

if TYPE_CHECKING:
    from proto.analysis import AnalysisReport, AnalysisSet
    from services.capacity import Capacity, Row
    from services.classifier.settings import ClassifierSettings

DEMO: Final = "floor=sim://demo-1 rack=sim://demo-2"
"""The simulated gym that `spotter run` shows when no camera is named."""

app = typer.Typer(
    name="spotter",
    help="A live coach from a gym's ordinary IP cameras.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
models = typer.Typer(help="The pose model's files.", no_args_is_help=True)
app.add_typer(models, name="models")
bench = typer.Typer(help="What Spotter costs on this machine.", no_args_is_help=True)
app.add_typer(bench, name="bench")

_out = Console()
_errors = Console(stderr=True)


class Service(StrEnum):
    """What `spotter serve` can run."""

    INGEST = "ingest"
    POSE = "pose"
    CLASSIFIER = "classifier"
    GATEWAY = "gateway"


@app.command()
def run(
    cameras: Annotated[
        list[str] | None,
        typer.Argument(
            help='Cameras as id=address: front=rtsp://user:pass@host/stream bench=0 demo="my clip.mp4". '
            "Without any, SPOTTER_INGEST_CAMERAS, else a simulated gym of two cameras."
        ),
    ] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on; 0.0.0.0 for the whole network.")] = None,
    port: Annotated[int | None, typer.Option(help="Port of the dashboard.")] = None,
    model: Annotated[
        Path | None,
        typer.Option(help="Folder of a model bundle; else SPOTTER_CLASSIFIER_BUNDLE, else the shipped one."),
    ] = None,
) -> None:
    """Run everything in this one process, and show it on a dashboard."""
    import uvloop

    from services.embedded import EmbeddedSettings, run_embedded
    from services.gateway.settings import GatewaySettings
    from services.ingest.settings import IngestSettings, parse_cameras
    from services.runtime import configure_logging
    from services.runtime.program import until_signalled

    configure_logging()
    gateway = GatewaySettings()
    gateway = GatewaySettings(host=host or gateway.host, port=gateway.port if port is None else port)
    ingest = IngestSettings(cameras=parse_cameras(" ".join(f'"{camera}"' for camera in cameras))) if cameras else None
    ingest = ingest or IngestSettings()
    if not ingest.cameras:
        ingest = IngestSettings(cameras=parse_cameras(DEMO))
    settings = EmbeddedSettings(ingest=ingest, gateway=gateway, classifier=_classifier(model))

    def started(address: str) -> None:
        _out.print(f"Spotter is running: [bold]{address}[/]   (Ctrl+C stops it)")

    uvloop.run(until_signalled(run_embedded(settings, started)))
    _out.print("Stopped.")


def _classifier(model: Path | None) -> ClassifierSettings:
    """The environment's settings, but for the bundle that is named."""
    from services.classifier.settings import ClassifierSettings

    return ClassifierSettings() if model is None else ClassifierSettings(bundle=model)


@app.command()
def analyze(
    videos: Annotated[list[Path], typer.Argument(help="Videos or photos.")],
    *,
    json_path: Annotated[
        Path | None, typer.Option("--json", help="Write the report here; several videos give a list.")
    ] = None,
    annotated: Annotated[
        Path | None,
        typer.Option(
            "--annotate", help="Write the video with skeletons, labels and counts here; of several: a folder."
        ),
    ] = None,
    keypoints: Annotated[
        Path | None, typer.Option(help="Write every pose here as .npz; of several videos: a folder.")
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Videos analysed at once.")] = 2,
    model: Annotated[
        Path | None,
        typer.Option(help="Folder of a model bundle; else SPOTTER_CLASSIFIER_BUNDLE, else the shipped one."),
    ] = None,
) -> None:
    """Say who does which exercise, when, and how often, as fast as the machine goes."""
    from services.offline import analyze_videos, outputs_of
    from services.runtime.logs import LogLevel, configure_logging

    configure_logging(LogLevel.WARNING)
    outputs = outputs_of(videos, annotated, keypoints, json_path)
    bar = Progress(
        TextColumn("analysing"),
        BarColumn(),
        TextColumn("{task.completed:.0f} of {task.total:.0f} s of video, {task.fields[rate]:.1f} times real time"),
        TimeRemainingColumn(),
        console=_errors,
        transient=True,
    )
    with bar:
        task = bar.add_task("", total=0.0, rate=0.0)

        def progress(done: float, total: float) -> None:
            rate = done / max(bar.tasks[0].elapsed or 0.0, 1e-3)
            bar.update(task, completed=done, total=total, rate=rate)

        results = analyze_videos(videos, outputs, jobs, progress, _classifier(model))
    for video, result in zip(videos, results, strict=True):
        if result.fault:
            text = f"{video}: {result.fault.cause}: {result.fault.detail}"
            _errors.print(text, style="red", highlight=False, markup=False, soft_wrap=True)
    reports = [result.report for result in results if result.report]
    if reports:
        _out.print(_table(reports))
    if json_path:
        dumped = [report.model_dump(mode="json") for report in reports]
        alone = len(videos) == len(dumped) == 1
        json_path.write_text(json.dumps(dumped[0] if alone else dumped, indent=2) + "\n")
    if any(result.fault for result in results):
        raise typer.Exit(1)


def _table(reports: Iterable[AnalysisReport]) -> Table:
    table = Table(Column("video", overflow="fold"), "person", "from", "to")
    for name in ("exercise", "reps", "sure", "cues"):
        table.add_column(name, no_wrap=name != "cues", ratio=1 if name == "cues" else None)
    for report in reports:
        rows = [(person, one) for person in report.people for one in person.sets]
        marked = {
            person.track_id: f"{person.track_id}{'*' * (person.track_id == report.main.track_id)}"
            for person in report.people
        }
        for person, one in rows:
            cues = ", ".join(sorted({cue.message for cue in one.cues}))
            table.add_row(
                Path(report.video).name,
                marked[person.track_id],
                f"{one.start_s:.1f} s",
                f"{one.end_s:.1f} s",
                one.exercise,
                _done(one),
                f"{one.confidence:.2f}",
                cues,
            )
        for person in report.people:
            if person.resembles:
                like = person.resembles
                table.add_row(
                    Path(report.video).name,
                    marked[person.track_id],
                    "",
                    "",
                    ", ".join(filter(None, (f"like {like.exercise}", like.phase))),
                    "",
                    f"{like.confidence:.2f}",
                    "",
                )
        if not rows and not any(person.resembles for person in report.people):
            table.add_row(Path(report.video).name, "", "", "", "none", "0", "", "")
    return table


@app.command()
def serve(service: Annotated[Service, typer.Argument(help="Which of the four services.")]) -> None:
    """Run one of the four services over NATS; its settings come from the environment."""
    raise typer.Exit(importlib.import_module(f"services.{service}.service").main())


def _done(one: AnalysisSet) -> str:
    """What counts in a set: its repetitions, with the half ones behind, or how long it was held."""
    if one.held_s is not None:
        return f"{one.held_s:.1f} s"
    return f"{one.reps} + {one.halves} half" if one.halves else str(one.reps)


@app.command()
def doctor() -> None:
    """Say what is there, what is missing, and how to mend it."""
    from services.doctor import examine

    raise typer.Exit(examine(_out))


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
)
def dataset(context: typer.Context) -> None:
    """Build what models learn from: videos, annotations and pictures become poses, slices and splits."""
    raise typer.Exit(_training("dataset", "dataset", context.args))


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
)
def train(context: typer.Context) -> None:
    """Add an exercise of your own to the model: spotter train --add kettlebell_swing clips/*.mp4."""
    raise typer.Exit(_training("train", "added", context.args, needs=("onnx", "sklearn")))


def _training(command: str, program: str, words: Sequence[str], *, needs: Sequence[str] = ()) -> int:
    """Run a program of `training` in a Python of its own: what runs in a gym needs nothing of it, and may not have it.

    Args:
        command: of `spotter`, for people.
        program: a module of `training`.
        words: what it is told.
        needs: packages of other people that it cannot do without.

    Returns:
        Its exit status.

    Raises:
        SettingsError: what it needs is not installed.
    """
    from services.core.errors import SettingsError

    missing = [package for package in ("training", *needs) if importlib.util.find_spec(package) is None]
    if missing:
        raise SettingsError(
            f"spotter {command} needs {' and '.join(missing)}, not installed here: run it where the project is checked "
            f"out, after make {'setup-training' if needs else 'setup'}"
        )
    return subprocess.run([sys.executable, "-m", f"training.{program}", *words], check=False).returncode


@models.command()
def fetch(
    wheel: Annotated[
        Path | None, typer.Option(help="The mediapipe 0.10.21 wheel, for machines that reach no package index.")
    ] = None,
) -> None:
    """Fetch the two pose models, check their hashes and convert them; does nothing when they are there."""
    from services.pose.models import fetch_models
    from services.pose.settings import PoseSettings

    settings = PoseSettings()
    fetch_models(settings.models, wheel=wheel or settings.wheel, progress=_out.print)


@bench.callback()
def _bench() -> None:
    """Keeps `capacity` a command of the group though it is the only one."""


@bench.command()
def capacity(
    cameras: Annotated[str, typer.Option(help="Numbers of cameras to measure.")] = "1,2,4,8,16",
    people: Annotated[str | None, typer.Option(help="Numbers of people in view: 1,3,6,10 by default.")] = None,
    seconds: Annotated[
        float, typer.Option(min=1, max=600, help="Time of the stream that each is measured for; more is more exact.")
    ] = 8.0,
    source: Annotated[
        str | None,
        typer.Option(
            help="A clip, or a camera's address, to measure with; else a made-up gym at 720p. Of a camera the first "
            "seconds are kept in a temporary file until the end."
        ),
    ] = None,
    json_path: Annotated[Path | None, typer.Option("--json", help="Write all figures here.")] = None,
) -> None:
    """Measure how many cameras one core holds, by the number of people in view, with the settings as they are."""
    from services.capacity import MOST_CAMERAS, MOST_PEOPLE, TURN_SECONDS, measure, parse_counts
    from services.core.errors import SettingsError
    from services.runtime.logs import LogLevel, configure_logging

    configure_logging(LogLevel.WARNING)
    if source and people:
        raise SettingsError("--people is for the made-up gym: with --source it is measured with those who are seen")
    if json_path and not json_path.parent.is_dir():
        raise SettingsError(f"--json: there is no folder {json_path.parent}; make it first")
    numbers = parse_counts("--cameras", cameras, MOST_CAMERAS)
    crowds = parse_counts("--people", people or "1,3,6,10", MOST_PEOPLE)
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn(), console=_errors, transient=True
    )
    with bar:
        task = bar.add_task("loading", total=None)
        shown = "loading"

        def progress(doing: str, done: float, total: float) -> None:
            nonlocal shown
            if doing != shown:
                bar.reset(task, description=doing)
                shown = doing
            bar.update(task, completed=done, total=total)

        found = measure(numbers, crowds, seconds, source, progress)
    _out.print(f"{found.source}, {found.engine}, {found.machine}", highlight=False, markup=False, soft_wrap=True)
    _out.print("Part of one core that cameras take together:")
    _out.print(_capacity_table(found, numbers))
    for row in found.rows:
        _out.print(_planned(row, found.max_people), highlight=False, soft_wrap=True)
    if found.partial:
        _out.print(
            f"Measured for {found.seconds:g} s: people in the made-up gym exercise and rest in turn, so figures of "
            f"less than {TURN_SECONDS:g} s are those of a moment.",
            style="yellow",
            highlight=False,
            soft_wrap=True,
        )
    if found.disturbed or found.busy:
        _out.print(
            f"Other programs were running (load average {found.load:.1f} before, on {found.cores} cores): the figures "
            "may be too high. Measure again on an idle machine to be sure.",
            style="yellow",
            highlight=False,
            soft_wrap=True,
        )
    if json_path:
        json_path.write_text(json.dumps(found.report(), indent=2) + "\n")


def _capacity_table(found: Capacity, numbers: Sequence[int]) -> Table:
    from services.capacity import FULL

    table = Table("people", Column("found", justify="right"))
    for number in numbers:
        table.add_column(f"{number} camera{'s' * (number > 1)}", justify="right", no_wrap=True)
    for row in found.rows:
        costs = {cell.cameras: cell.cores for cell in row.cells}
        words = [f"{costs[number]:.2f}" if number in costs else "" for number in numbers]
        words = [
            f"[red]{word} full[/]" if costs.get(number, math.inf) > FULL else word
            for number, word in zip(numbers, words, strict=True)
        ]
        table.add_row("filmed" if row.people is None else str(row.people), f"{row.typical.people:.1f}", *words)
    return table


def _planned(row: Row, max_people: int) -> str:
    """What a row means to somebody who plans, in a sentence or two."""
    from services.capacity import ROOMY, holds

    (full, more), (roomy, _) = holds(row.cells), holds(row.cells, ROOMY)
    cell = row.typical
    crowd = "As filmed" if row.people is None else f"{row.people} {'person' if row.people == 1 else 'people'}"
    held = f"{'at least ' * more}{full} camera{'s' * (full != 1)}"
    text = f"{crowd}: one core holds [bold]{held}[/]"
    if not more:
        text += f", {roomy} with a fifth of it left for bursts"
    one = 1000 / cell.cameras
    text += (
        f"; a camera takes {cell.cores * one:.0f} ms of CPU a second (video {cell.ingest * one:.0f}, pose "
        f"{cell.pose * one:.0f}, exercises {cell.classifier * one:.0f}), {cell.cameras} of them "
        f"{cell.memory / 2**20:.0f} MiB."
    )
    if row.people is not None and row.people > max_people:
        text += f" At most {max_people} of a camera are followed (SPOTTER_POSE_MAX_PEOPLE)."
    return text


def main() -> NoReturn:
    """Run the command line; exit codes as `services.runtime.faults` gives them."""
    raise SystemExit(explained("spotter", app))
