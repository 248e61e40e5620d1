"""How well a model does on people and sources it never saw, and how well repetitions are counted.

python -m training.evaluate --model forest     a model, trained without the people and sources that it is asked about
python -m training.evaluate reps --clips       repetitions (`training.reps`)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Final

import numpy as np
import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from services.classifier.manifest import NONE, UNKNOWN, Figure
from services.core.errors import SpotterError
from training.answers import Answers, joined
from training.bundle import set_temperature
from training.curves import rejection
from training.evidence import EVIDENCE, Evidence, evidence_file
from training.examples import Cut, load_recordings
from training.families import Model
from training.figures import crossed, crossed_temperatures, headline, temperature_of
from training.folds import FOLDS, Fold, grouped_folds
from training.made_up import MadeUp
from training.metrics import f1_of, score
from training.picture import draw_confusion
from training.poses import CACHE
from training.reps.command import reps
from training.train import SEED
from training.trials import Ground, Trials, fold_bundle, learning_fold, source_folds, source_trial
from training.videos import Video, data_directory, read_videos

app = typer.Typer(pretty_exceptions_enable=False, add_completion=False)

LEARNING: Final = {"quarter": 0.25, "half": 0.5, "three-quarters": 0.75}
"""Parts of the sources that are learnt from for the learning curve; all of them is what the folds are."""

LENGTHS: Final = (70, 100, 120, 150)
"""Frames at `LENGTH_FPS` that the known clips have."""
LENGTH_FPS: Final = 30


def cut_of(frames: int) -> Cut:
    """Clips as long as so many frames at 30 a second, with as many samples a second as ours have."""
    seconds, ours = frames / LENGTH_FPS, Cut()
    samples = round((ours.samples - 1) * seconds / ours.clip_seconds) + 1
    return Cut(round(seconds, 3), samples, ours.stride_seconds)


def asked(trials: Trials, folds: Sequence[Fold], told: Callable[[], None] = lambda: None) -> Answers:
    """The answers of all folds; their bundles are kept, each with the temperature that suits the other folds.

    Args:
        trials: of one family.
        folds: the splits.
        told: called after each fold.
    """
    parts = []
    for number, fold in enumerate(folds):
        parts.append(trials.made(f"fold-{number}", fold, bundled=number))
        told()
    answers = joined(parts)
    for number, temperature in enumerate(crossed_temperatures(answers)):
        set_temperature(fold_bundle(trials.model, number, trials.ground.folder), temperature)
    return answers


def evidence_of(model: Model, answers: Answers) -> Evidence:
    """The figures that go into the data card."""
    known = np.flatnonzero(answers.video_truth >= 0)
    whole = score(answers.video_truth[known], answers.video_answer[known], len(answers.labels))
    return Evidence(
        model=str(model),
        temperature=temperature_of(answers),
        figures=(*headline(answers), *_refusals(answers)),
        labels=answers.labels,
        confusion=tuple(tuple(int(count) for count in row) for row in whole.confusion),
    )


def _refusals(answers: Answers) -> tuple[Figure, ...]:
    """What a rejection threshold does, each fold's chosen on the others."""
    refused = rejection(crossed(answers))
    if refused is None:
        return ()
    strange = sum(answers.labels[index] in {UNKNOWN, NONE} for index in answers.truth)
    known = len(answers) - strange
    told = (
        ("clips of unknown or no exercise that get none, as it is", refused.refused_before, strange),
        ("clips of known exercises that get the right one, as it is", refused.right_before, known),
        ("rejection threshold, mean of the folds", float(np.mean(refused.thresholds)), known),
        ("clips of unknown or no exercise that get none, at that threshold", refused.refused, strange),
        ("clips of known exercises that get the right one, at that threshold", refused.right, known),
    )
    return tuple(Figure(name=name, value=round(value, 3), n=n) for name, value, n in told)


def _further(
    trials: Trials, folds: Sequence[Fold], *, sources: bool, leaky: bool, learning: bool, lengths: bool
) -> list[tuple[str, Callable[[], object]]]:
    """What is to be made besides the folds: what it is, and what makes it."""
    ground = trials.ground
    jobs: list[tuple[str, Callable[[], object]]] = []
    if leaky:
        jobs.append(("leaky split", trials.leaky))
    if sources:
        for source, fold in source_folds(ground.videos).items():
            jobs.append((f"without {source}", _job(trials, source_trial(source), fold)))
    if learning:
        for name, share in LEARNING.items():
            for number, fold in enumerate(folds):
                part = learning_fold(fold, ground.videos, share, ground.seed)
                jobs.append((f"{name} of the sources, fold {number}", _job(trials, f"{name}-fold-{number}", part)))
    if lengths:
        for frames in LENGTHS:
            others = trials.with_cut(cut_of(frames))
            for number, fold in enumerate(folds):
                jobs.append((f"{frames} frames, fold {number}", _job(others, f"frames-{frames}-fold-{number}", fold)))
    return jobs


def _job(trials: Trials, name: str, fold: Fold) -> Callable[[], object]:
    return lambda: trials.made(name, fold)


def _figures_table(evidence: Evidence) -> Table:
    table = Table("figure", "value", "95 %", "best constant answer", "n", title="people and sources never seen")
    for figure in evidence.figures:
        constant = "" if figure.constant is None else f"{figure.constant:.3f}"
        between = "" if figure.low is None else f"{figure.low:.2f}-{figure.high:.2f}"
        table.add_row(figure.name, f"{figure.value:.3f}", between, constant, str(figure.n))
    return table


def _labels_table(evidence: Evidence, videos: list[Video]) -> Table:
    table = Table("label", "videos", "sources", "right", "F1", "taken for", title="by label, by video")
    confusion = np.array(evidence.confusion)
    scores = f1_of(confusion)
    for index, label in enumerate(evidence.labels):
        wrong = [(int(count), evidence.labels[other]) for other, count in enumerate(confusion[index]) if other != index]
        table.add_row(
            label,
            str(confusion[index].sum()),
            str(len({video.source for video in videos if video.label == label})),
            str(confusion[index, index]),
            f"{scores[index]:.2f}",
            ", ".join(f"{other} {count}" for count, other in sorted(wrong, reverse=True)[:3] if count),
        )
    return table


def ground_of(data: Path | None, poses: Path, out: Path, seed: int) -> Ground:
    """All footage and its poses.

    Raises:
        SettingsError: there is none, or some has no poses yet.
    """
    footage = data_directory(data)
    videos = read_videos(footage)
    made_up = MadeUp.beside(footage, seed)
    return Ground(videos, load_recordings(videos, poses), made_up, seed, out)


@app.callback(invoke_without_command=True)
def main(  # noqa: PLR0917 - typer names them
    context: typer.Context,
    model: Annotated[
        Model | None, typer.Option(help="Which family; still sees single poses (photos), the others clips.")
    ] = None,
    data: Annotated[Path | None, typer.Option(help="Folder with manifest.csv; else SPOTTER_DATA.")] = None,
    poses: Annotated[Path, typer.Option(help="Where training.dataset keeps poses.")] = CACHE,
    out: Annotated[Path, typer.Option(help="Folder for the answers, the figures and the folds' bundles.")] = EVIDENCE,
    folds: Annotated[int, typer.Option(help="Number of splits, at least 2.", min=2)] = FOLDS,
    seed: Annotated[int, typer.Option(help="Of the variations and the models.")] = SEED,
    leave_one_source_out: Annotated[bool, typer.Option(help="Also without one source at a time.")] = False,
    leaky: Annotated[bool, typer.Option(help="Also split by clip, to show how much that flatters.")] = False,
    learning_curve: Annotated[bool, typer.Option(help="Also with a part of the sources to learn from.")] = False,
    lengths: Annotated[bool, typer.Option(help="Also with clips of 70, 100, 120 and 150 frames.")] = False,
) -> None:
    """Measure a model on people and sources that it never saw: split by source, people of the tested sources left out.

    What it answers is kept, so that a stopped evaluation goes on where it was, and one that is asked again for the
    same footage, poses, code and settings trains nothing. training.report makes a page of it. The bundle of every
    fold is kept too, for repetitions and tests.benchmarks.live_answers.
    """
    if context.invoked_subcommand is not None:
        return
    console = Console()
    if model is None:
        console.print(f"[red]--model is missing: name one of {', '.join(Model)}, or ask for reps")
        raise typer.Exit(2)
    try:
        with console.status("reading poses"):
            ground = ground_of(data, poses, out, seed)
            trials = Trials(model, ground, Cut())
        splits = grouped_folds(ground.videos, folds)
        jobs = _further(
            trials, splits, sources=leave_one_source_out, leaky=leaky, learning=learning_curve, lengths=lengths
        )
        with Progress(console=console) as progress:
            task = progress.add_task(f"{model}, fold", total=folds)
            answers = asked(trials, splits, lambda: progress.advance(task))
            if jobs:
                others = progress.add_task("", total=len(jobs))
                for what, job in jobs:
                    progress.update(others, description=f"{model}, {what}")
                    job()
                    progress.advance(others)
    except SpotterError as error:
        console.print(f"[red]{error}")
        raise typer.Exit(2) from error
    evidence = evidence_of(model, answers)
    file = evidence_file(model, out)
    file.write_text(evidence.model_dump_json(indent=2) + "\n", encoding="utf-8")
    picture = file.with_suffix(".png")
    draw_confusion(np.array(evidence.confusion), evidence.labels, f"{model}: people and sources never seen", picture)
    console.print(_figures_table(evidence), _labels_table(evidence, ground.videos))
    console.print(f"temperature {evidence.temperature:.2f}; written {file}, {picture}")


app.command()(reps)

if __name__ == "__main__":
    app()
