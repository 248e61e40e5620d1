"""`python -m training.evaluate --model forest|lstm|still`: how well a model does on people and sources it never saw."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import numpy as np
import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from services.classifier.manifest import NONE, Figure
from services.core.errors import SpotterError
from services.core.geometry import Floats
from training.bundle import data_card, set_temperature, write_bundle
from training.evidence import EVIDENCE, Evidence, evidence_file
from training.examples import Cut, Examples, load_recordings
from training.families import Model, family_of, material
from training.folds import FOLDS, Fold, grouped_folds
from training.made_up import MadeUp
from training.metrics import (
    Score,
    by_video,
    calibrated_temperature,
    calibration_error,
    f1_of,
    restricted,
    score,
    softened,
)
from training.picture import draw_confusion
from training.poses import CACHE, Recording
from training.train import SEED
from training.videos import Video, data_directory, labels_of, read_videos

BIG_THREE: Final = ("squat", "bench_press", "deadlift")
MAIN: Final = (
    "squat", "push_up", "deadlift", "pull_up", "bench_press", "biceps_curl", "overhead_press", "lunge", "sit_up",
    "jumping_jack", "plank", "row", NONE,
)  # fmt: skip
"""The thirteen labels of the known baselines."""


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """What the models of all folds said of the clips that each never saw.

    Attributes:
        probabilities: (N, L) at temperature 1.
        examples: the clips; their features are not needed any more.
        videos: all videos.
    """

    probabilities: Floats
    examples: Examples
    videos: list[Video]

    @property
    def videos_answered(
        self,
    ) -> tuple[np.ndarray[tuple[int], np.dtype[np.int64]], np.ndarray[tuple[int], np.dtype[np.int64]]]:
        """(V,) truth and answer of every video; one without a clip counts as "none", for that is what is shown."""
        labels = self.examples.labels
        evidence = by_video(self.probabilities, self.examples.video, len(self.videos))
        silent = np.isnan(evidence).any(axis=1)
        answer = np.where(silent, labels.index(NONE), np.nan_to_num(evidence, nan=-np.inf).argmax(axis=1))
        return np.array([labels.index(video.label) for video in self.videos]), answer


def fold_bundle(model: str, fold: int, folder: Path = EVIDENCE) -> Path:
    """Where the bundle lies that was trained without a fold's people and sources."""
    return folder / "folds" / model / str(fold)


def answers_of(
    model: Model,
    videos: list[Video],
    recordings: list[Recording],
    folds: list[Fold],
    made_up: MadeUp,
    *,
    cut: Cut,
    seed: int,
    folder: Path,
    progress: Progress,
) -> Answers:
    """Train one bundle for each fold, load it as the running system does, and ask it about the fold's videos.

    Args:
        model: which family.
        videos: all videos.
        recordings: their poses, in the same order.
        folds: the splits.
        made_up: further people, who are learnt from in every fold.
        cut: how clips are cut.
        seed: of variations and models.
        folder: the folds' bundles are kept in it.
        progress: shows how far it is.
    """
    family = family_of(model)
    task = progress.add_task(f"{model}, fold", total=len(folds))
    footage = material(family, videos, recordings, made_up, cut=cut, seed=seed)
    seen = footage.seen
    probabilities = np.zeros((len(seen), len(seen.labels)))
    for number, fold in enumerate(folds):
        trained_on = [videos[index] for index in fold.train]
        learnt = footage.labels_with(labels_of(trained_on))
        examples = footage.learnt.of((*fold.train, *footage.made_up), learnt)
        bundle = write_bundle(
            fold_bundle(model, number, folder),
            family.fit(examples, seed),
            name=f"{model}-without-fold-{number}",
            kind=family.kind,
            fed=family.fed,
            labels=learnt,
            cut=cut,
            card=data_card(trained_on, made_up.sources, (), (f"For measuring only: trained without fold {number}.",)),
            temperature=1.0,
            proof=examples.features[:: max(1, len(examples) // 100)],
        )
        held_out = np.flatnonzero(np.isin(seen.video, np.array(fold.test)))
        columns = np.array([seen.labels.index(label) for label in learnt])
        probabilities[np.ix_(held_out, columns)] = bundle.raw(seen.features[held_out])
        progress.advance(task)
    return Answers(probabilities, seen, videos)


def evidence_of(model: Model, answers: Answers) -> Evidence:
    """The figures that go into the data card."""
    examples, labels = answers.examples, answers.examples.labels
    weight = np.asarray(examples.weights(), float)
    temperature = calibrated_temperature(answers.probabilities, examples.label, weight)
    soft = softened(answers.probabilities, temperature)
    truth, answer = answers.videos_answered
    whole = score(truth, answer, len(labels))
    clips = score(examples.label, answers.probabilities.argmax(axis=1), len(labels))
    thirteen = restricted(truth, answer, [labels.index(label) for label in MAIN if label in labels], len(labels))
    three = restricted(truth, answer, [labels.index(label) for label in BIG_THREE if label in labels], len(labels))
    figures = [
        *_pair(f"all {len(labels)} labels, by video", whole),
        *_pair(f"all {len(labels)} labels, by clip", clips),
        *_pair("13 main labels, by video", thirteen),
        *_pair("squat, bench press and deadlift, answering any label, by video", three),
        *_pair("squat, bench press and deadlift, answering one of the three, by clip", _among(answers, BIG_THREE)),
        Figure(name="calibration error, by clip", value=_short(calibration_error(soft, examples.label)), n=clips.n),
    ]
    return Evidence(
        model=str(model),
        temperature=temperature,
        figures=tuple(figures),
        labels=labels,
        confusion=tuple(tuple(int(count) for count in row) for row in whole.confusion),
    )


def _among(answers: Answers, names: tuple[str, ...]) -> Score:
    """Clips of some labels, when only these may be answered: how the known figures were measured."""
    labels = answers.examples.labels
    chosen = np.array([labels.index(name) for name in names if name in labels], np.int64)
    kept = np.isin(answers.examples.label, chosen)
    answer = chosen[answers.probabilities[kept][:, chosen].argmax(axis=1)] if len(chosen) else chosen
    return score(answers.examples.label[kept], answer, len(labels))


def _pair(name: str, of: Score) -> tuple[Figure, Figure]:
    return (
        Figure(name=f"accuracy, {name}", value=_short(of.accuracy), constant=_short(of.constant), n=of.n),
        Figure(name=f"macro F1, {name}", value=_short(of.macro_f1), constant=_short(of.constant_f1), n=of.n),
    )


def _short(value: float) -> float:
    return round(value, 3)


def _figures_table(evidence: Evidence) -> Table:
    table = Table("figure", "value", "best constant answer", "n", title="people and sources never seen")
    for figure in evidence.figures:
        constant = "" if figure.constant is None else f"{figure.constant:.3f}"
        table.add_row(figure.name, f"{figure.value:.3f}", constant, str(figure.n))
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


def main(  # noqa: PLR0917 - typer names them
    model: Annotated[Model, typer.Option(help="forest and lstm see clips, still sees single poses (photos).")],
    data: Annotated[Path | None, typer.Option(help="Folder with manifest.csv; else SPOTTER_DATA.")] = None,
    poses: Annotated[Path, typer.Option(help="Where training.dataset keeps poses.")] = CACHE,
    out: Annotated[Path, typer.Option(help="Folder for the figures, the picture and the folds' bundles.")] = EVIDENCE,
    folds: Annotated[int, typer.Option(help="Number of splits, at least 2.", min=2)] = FOLDS,
    seed: Annotated[int, typer.Option(help="Of the variations and the models.")] = SEED,
) -> None:
    """Measure a model on people and sources that it never saw: split by source, people of the tested sources left out.

    Prints the figures beside the best answer that never looks, each label, and writes the confusion matrix as a
    picture. The bundle of every fold is kept, for tests.benchmarks.real_clips.
    """
    console = Console()
    try:
        footage = data_directory(data)
        videos = read_videos(footage)
        recordings = load_recordings(videos, poses)
        with Progress(console=console) as progress:
            answers = answers_of(
                model,
                videos,
                recordings,
                grouped_folds(videos, folds),
                MadeUp.beside(footage, np.random.default_rng(seed)),
                cut=Cut(),
                seed=seed,
                folder=out,
                progress=progress,
            )
    except SpotterError as error:
        console.print(f"[red]{error}")
        raise typer.Exit(2) from error
    evidence = evidence_of(model, answers)
    for number in range(folds):
        set_temperature(fold_bundle(model, number, out), evidence.temperature)
    file = evidence_file(model, out)
    file.write_text(evidence.model_dump_json(indent=2) + "\n", encoding="utf-8")
    picture = file.with_suffix(".png")
    draw_confusion(np.array(evidence.confusion), evidence.labels, f"{model}: people and sources never seen", picture)
    console.print(_figures_table(evidence), _labels_table(evidence, videos))
    console.print(f"temperature {evidence.temperature:.2f}; written {file}, {picture}")


if __name__ == "__main__":
    typer.run(main)
