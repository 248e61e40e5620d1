"""What the page shows of one model: its kept answers, the bundles that gave them, and its further trials."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from services.classifier.manifest import MODEL_FILE, Figure
from services.classifier.model import ExerciseModel, load_bundle
from training.answers import Answers, joined
from training.evaluate import LEARNING, LENGTHS, cut_of
from training.examples import Cut
from training.families import Model
from training.figures import Group, figures_of, groups_of, headline
from training.folds import Fold
from training.report.live import Live, Pixels, read_live, read_pixels
from training.trials import Ground, Trials, fold_bundle, learning_fold, source_folds, source_trial


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """One model.

    Attributes:
        name: of its family.
        answers: of all folds.
        figures: the headline.
        bundles: of all folds.
        files: their model files.
        trials: its family's.
        folds: the splits.
        live: what the whole classifier did with it, None when nobody looked.
        pixels: the same of simulated people through the pixels.
    """

    name: str
    answers: Answers
    figures: tuple[Figure, ...]
    bundles: tuple[ExerciseModel, ...]
    files: tuple[Path, ...]
    trials: Trials
    folds: tuple[Fold, ...]
    live: Live | None
    pixels: Pixels | None

    def figure(self, start: str) -> Figure | None:
        """The headline figure whose name starts so."""
        return next((figure for figure in self.figures if figure.name.startswith(start)), None)

    @property
    def several(self) -> Group:
        """The labels with three sources or more."""
        return groups_of(self.answers)[1]

    def worth(self, answers: Answers) -> tuple[Figure, Figure]:
        """Macro F1 and accuracy of other answers by clip, over the labels with three sources or more."""
        _, _, accuracy, f1 = figures_of(answers, self.several)
        return f1, accuracy

    def without_sources(self) -> Answers | None:
        """Full leave-one-source-out; None when a source was not done yet."""
        parts = [
            self.trials.kept(source_trial(source), fold)
            for source, fold in source_folds(self.trials.ground.videos).items()
        ]
        return joined([part for part in parts if part is not None]) if None not in parts else None

    def learning(self) -> dict[float, Answers]:
        """Share of the sources learnt from -> answers; the whole is the headline's own."""
        found = {}
        videos, seed = self.trials.ground.videos, self.trials.ground.seed
        for name, share in LEARNING.items():
            parts = [
                self.trials.kept(f"{name}-fold-{number}", learning_fold(fold, videos, share, seed))
                for number, fold in enumerate(self.folds)
            ]
            if None not in parts:
                found[share] = joined([part for part in parts if part is not None])
        return {**found, 1.0: self.answers} if found else {}

    def lengths(self) -> dict[int, Answers]:
        """Frames at 30 a second -> answers of models that were trained for clips so long."""
        found = {}
        for frames in LENGTHS:
            trials = self.trials.with_cut(cut_of(frames))
            parts = [trials.kept(f"frames-{frames}-fold-{number}", fold) for number, fold in enumerate(self.folds)]
            if None not in parts:
                found[frames] = joined([part for part in parts if part is not None])
        return found


def shown(model: Model, ground: Ground, folds: Sequence[Fold], fingerprint: str) -> Shown | None:
    """What was kept of a model; None when it was not evaluated on this footage, these poses and by this code."""
    trials = Trials(model, ground, Cut(), fingerprint)
    parts = [trials.kept(f"fold-{number}", fold, bundled=number) for number, fold in enumerate(folds)]
    if None in parts:
        return None
    answers = joined([part for part in parts if part is not None])
    folders = [fold_bundle(model, number, ground.folder) for number, _ in enumerate(folds)]
    return Shown(
        name=str(model),
        answers=answers,
        figures=headline(answers),
        bundles=tuple(load_bundle(folder) for folder in folders),
        files=tuple(folder / MODEL_FILE for folder in folders),
        trials=trials,
        folds=tuple(folds),
        live=read_live(model, ground.folder),
        pixels=read_pixels(model, ground.folder),
    )


def columns_of(bundle: ExerciseModel, labels: Sequence[str]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Where a bundle's labels stand among all labels."""
    return np.array([labels.index(label) for label in bundle.labels], np.int64)
