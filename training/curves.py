"""What answers are worth beyond right and wrong: ROC curves, reliability, and what a rejection threshold does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.classifier.manifest import NONE, UNKNOWN
from services.core.geometry import Floats
from training.answers import Answers
from training.metrics import BINS, Labels

KEPT: Final = 0.95
"""Share of the clips of known exercises that a rejection threshold must keep where it is chosen."""


@dataclass(frozen=True, slots=True, eq=False)
class Roc:
    """One label against all others.

    Attributes:
        false, true: rates at falling thresholds, 0-1.
        area: under the curve: how often a clip of the label is likelier to be it than a clip of another.
        n: clips of the label.
    """

    false: Floats
    true: Floats
    area: float
    n: int


def roc(chance: Floats, positive: NDArray[np.bool_]) -> Roc:
    """The curve of one label (Fawcett, An introduction to ROC analysis, 2006).

    Args:
        chance: (N,) that each is of the label.
        positive: (N,) whether it is.
    """
    order = np.argsort(-chance, kind="stable")
    right, level = positive[order], chance[order]
    # A threshold lies between different chances only: equal ones are taken together.
    ends = np.append(np.flatnonzero(np.diff(level)), len(level) - 1)
    true = np.concatenate([[0.0], np.cumsum(right)[ends] / max(right.sum(), 1)])
    false = np.concatenate([[0.0], np.cumsum(~right)[ends] / max((~right).sum(), 1)])
    return Roc(false, true, float(np.trapezoid(true, false)), int(right.sum()))


def reliability(probabilities: Floats, truth: Labels) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """Mean confidence, share of right answers and number of clips in each bin of confidence that has any."""
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == truth
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    some = np.unique(bins)
    means = np.array([confidence[bins == index].mean() for index in some])
    shares = np.array([right[bins == index].mean() for index in some])
    return means, shares, np.bincount(bins, minlength=BINS)[some]


@dataclass(frozen=True, slots=True, eq=False)
class Rejection:
    """What comes of taking an answer for unknown when its exercise is not likely enough.

    Attributes:
        thresholds: one for each split, chosen on all others.
        kept: share of the clips of known exercises that still get an exercise.
        right: share of the clips of known exercises that get the right one.
        refused: share of the clips of unknown or no exercise that get none.
        refused_before: the same without a threshold: "unknown" or "none" was the likeliest.
        right_before: share of the clips of known exercises that got the right one without a threshold.
        curve_kept, curve_refused: the shares at all thresholds, for a picture.
    """

    thresholds: tuple[float, ...]
    kept: float
    right: float
    refused: float
    refused_before: float
    right_before: float
    curve_kept: Floats
    curve_refused: Floats


def rejection(answers: Answers) -> Rejection | None:
    """Choose a threshold for each split on the other splits, and apply it; None where nothing unknown was asked about.

    An answer is refused when its likeliest exercise has less than the threshold, or "unknown" or "none" is likelier.
    The threshold is the greatest that keeps `KEPT` of the clips of known exercises that were kept without one.

    Args:
        answers: calibrated.
    """
    beside = np.array([label in {UNKNOWN, NONE} for label in answers.labels])
    strange = beside[answers.truth]
    if not strange.any() or strange.all():
        return None
    exercise = np.where(beside, -1.0, answers.probabilities)
    likeliest = exercise.max(axis=1)
    said = ~beside[answers.clip_answer]
    right = exercise.argmax(axis=1) == answers.truth
    level = np.where(said, likeliest, -1.0)
    splits = int(answers.split.max(initial=0)) + 1
    thresholds = []
    taken = np.zeros(len(answers), np.bool_)
    for split in range(splits):
        others = (answers.split != split) if splits > 1 else np.ones(len(answers), np.bool_)
        known = level[others & ~strange & said]
        threshold = float(np.quantile(known, 1 - KEPT)) if len(known) else 0.0
        thresholds.append(threshold)
        own = answers.split == split
        taken[own] = level[own] >= threshold
    steps = np.linspace(0, 1, 101)
    return Rejection(
        thresholds=tuple(thresholds),
        kept=float(taken[~strange].mean()),
        right=float((taken & right)[~strange].mean()),
        refused=float((~taken)[strange].mean()),
        refused_before=float((~said)[strange].mean()),
        right_before=float((said & right)[~strange].mean()),
        curve_kept=np.array([(level[~strange] >= step).mean() for step in steps]),
        curve_refused=np.array([(level[strange] < step).mean() for step in steps]),
    )
