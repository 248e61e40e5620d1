"""`python -m training.report`: the evidence on one page, from what was kept; it trains nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from services.classifier.manifest import Input
from services.core.errors import SettingsError, SpotterError
from services.core.features import FEATURES_VERSION
from training.answers import Answers
from training.evaluate import ground_of
from training.evidence import EVIDENCE
from training.examples import Cut, clips_of, described
from training.families import Model
from training.folds import FOLDS, grouped_folds
from training.poses import CACHE
from training.report.breakdown import breakdown, feature_map
from training.report.conditions import asked_again, conditions
from training.report.costs import cost_of
from training.report.details import details
from training.report.machine import live_section, quantisation
from training.report.page import Section, page
from training.report.reps import reps_section
from training.report.shown import Shown, shown
from training.report.summary import best_of, sample, side_by_side, summary
from training.reps.findings import FOLDER
from training.train import SEED
from training.trials import Ground


def sections_of(ground: Ground, progress: Progress, folds: int = FOLDS) -> list[Section]:
    """All parts of the page.

    Args:
        ground: all footage.
        progress: shows how far it is.
        folds: number of splits.

    Raises:
        SettingsError: no model was evaluated.
    """
    splits = grouped_folds(ground.videos, folds)
    changes = conditions()
    task = progress.add_task("kept answers", total=len(changes) + 5)

    def done(then: str) -> None:
        progress.update(task, advance=1, description=then)

    fingerprint = ground.fingerprint()
    found = {model: shown(model, ground, splits, fingerprint) for model in Model}
    models = [one for one in found.values() if one is not None]
    skipped = [str(model) for model, one in found.items() if one is None]
    if not models:
        raise SettingsError(
            f"nothing to report: no answers are kept in {ground.folder / 'answers'} for this footage, these poses and "
            f"this code; run python -m training.evaluate --model forest"
        )
    moving = [one for one in models if one.bundles[0].manifest.input is not Input.POSE]
    done("features of all clips")
    clips = [
        clip
        for video, recording in zip(ground.videos, ground.recordings, strict=True)
        for clip in clips_of(video, recording, Cut())
    ]
    features = {fed: described(clips, fed) for fed in {one.bundles[0].manifest.input for one in moving}}
    done("cost of a clip")
    costs = {one.name: cost_of(one.bundles[0], one.files[0], clips[:: max(1, len(clips) // 200)]) for one in models}
    told: dict[str, dict[str, Answers]] = {}
    for name, change in changes.items():
        done(name)
        told[name] = asked_again(moving, name, change)
    done("eight bits")
    small = quantisation(moving, costs, features)
    done("map of features")
    mapped = feature_map(ground, models[0].answers)
    done("page")
    leaky = {one.name: answers for one in models if (answers := one.trials.kept_leaky()) is not None}
    alone = {one.name: answers for one in models if (answers := one.without_sources()) is not None}
    best = best_of(moving or models)
    others: list[Shown] = sorted(models, key=lambda one: one is not best)
    return [
        summary(best, len(models)),
        side_by_side(others, costs, leaky, alone, skipped),
        reps_section(ground.folder / FOLDER.name),
        sample(ground.videos, best.answers),
        live_section(moving),
        *breakdown(moving, told),
        small,
        mapped,
        *(details(one) for one in others),
    ]


def main(  # noqa: PLR0917 - typer names them
    data: Annotated[Path | None, typer.Option(help="Folder with manifest.csv; else SPOTTER_DATA.")] = None,
    poses: Annotated[Path, typer.Option(help="Where training.dataset keeps poses.")] = CACHE,
    kept: Annotated[Path, typer.Option(help="Where training.evaluate keeps answers and bundles.")] = EVIDENCE,
    out: Annotated[Path, typer.Option(help="Folder for the page.")] = EVIDENCE / "report",
    folds: Annotated[int, typer.Option(help="Number of splits that were evaluated.", min=2)] = FOLDS,
    seed: Annotated[int, typer.Option(help="That was evaluated with.")] = SEED,
) -> None:
    """Write one page with all figures and pictures of the models that were evaluated.

    Everything is taken from what training.evaluate and tests.benchmarks.live_answers kept. A model, a learning curve or
    another length that was not made yet is left out, and the page says so.
    """
    console = Console()
    try:
        with console.status("reading poses"):
            ground = ground_of(data, poses, kept, seed)
        columns = (TextColumn("{task.completed:.0f} of {task.total:.0f}  {task.description}"), BarColumn())
        with Progress(*columns, TimeElapsedColumn(), console=console) as progress:
            sections = sections_of(ground, progress, folds)
    except SpotterError as error:
        console.print(f"[red]{error}")
        raise typer.Exit(2) from error
    out.mkdir(parents=True, exist_ok=True)
    file = out / "index.html"
    lead = (
        f"How well Spotter's models tell exercises of people they never saw. Made {datetime.now(UTC):%d %B %Y}, seed "
        f"{seed}, features version {FEATURES_VERSION}."
    )
    file.write_text(page("Spotter: the evidence", lead, sections), encoding="utf-8")
    console.print(f"written {file}, {file.stat().st_size / 2**20:.1f} MiB")


if __name__ == "__main__":
    typer.run(main)
