"""How well answers fit the truth, always beside the best answer that never looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.core.geometry import Floats

Labels = NDArray[np.int64]
"""(N,) indices of labels."""

SMALLEST: Final = 1e-4
"""A probability is taken as at least this before its logarithm: one sure mistake must not decide a video."""

BINS: Final = 10
"""Bins of confidence in the calibration error."""


@dataclass(frozen=True, slots=True, eq=False)
class Score:
    """What a set of answers is worth.

    Attributes:
        n: number of answers.
        accuracy: share that is right.
        macro_f1: F1 averaged over the labels that occur, each alike.
        constant: accuracy of always giving the most frequent label.
        constant_f1: macro F1 of the same.
        confusion: (L, L) counts; rows are the truth.
    """

    n: int
    accuracy: float
    macro_f1: float
    constant: float
    constant_f1: float
    confusion: NDArray[np.int64]


def score(truth: Labels, answer: Labels, labels: int) -> Score:
    """Compare answers with the truth; ``labels`` is how many there are."""
    confusion = np.zeros((labels, labels), np.int64)
    np.add.at(confusion, (truth, answer), 1)
    counts = confusion.sum(axis=1)
    share = counts.max() / max(len(truth), 1)
    present = counts > 0
    return Score(
        n=len(truth),
        accuracy=float(np.trace(confusion) / max(len(truth), 1)),
        macro_f1=float(f1_of(confusion)[present].mean()) if present.any() else 0.0,
        constant=float(share),
        constant_f1=float(2 * share / (1 + share) / max(present.sum(), 1)),
        confusion=confusion,
    )


def f1_of(confusion: NDArray[np.int64]) -> Floats:
    """(L,) F1 of each label; 0 for labels that neither occur nor are answered."""
    right = np.diag(confusion)
    return np.asarray(2 * right / np.maximum(confusion.sum(0) + confusion.sum(1), 1))


def restricted(truth: Labels, answer: Labels, chosen: Sequence[int], labels: int) -> Score:
    """The score on those whose truth is among the chosen labels; any answer may be given."""
    kept = np.isin(truth, np.array(chosen, np.int64))
    return score(truth[kept], answer[kept], labels)


def by_video(probabilities: Floats, video: Labels, videos: int) -> Floats:
    """One answer a video: (V, L) mean logarithm of its clips' probabilities, NaN for videos without clips."""
    logs = np.log(np.maximum(probabilities, SMALLEST))
    total = np.zeros((videos, probabilities.shape[1]))
    np.add.at(total, video, logs)
    clips = np.bincount(video, minlength=videos)[:, None]
    return np.asarray(np.where(clips > 0, total / np.maximum(clips, 1), np.nan))


def softened(probabilities: Floats, temperature: float) -> Floats:
    """Probabilities at another temperature; see `services.classifier.manifest.Manifest`."""
    logs = np.log(np.maximum(probabilities, 1e-6)) / temperature
    powers = np.exp(logs - logs.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def calibrated_temperature(probabilities: Floats, truth: Labels, weight: Floats) -> float:
    """The temperature at which the truth is likeliest (Guo et al., On calibration of modern neural networks, 2017).

    Args:
        probabilities: (N, L) on examples that were not trained on.
        truth: (N,) their labels.
        weight: (N,) of each example.
    """
    candidates = np.geomspace(0.2, 5.0, 60)
    losses = [
        -(weight * np.log(np.maximum(softened(probabilities, value)[np.arange(len(truth)), truth], 1e-6))).sum()
        for value in candidates
    ]
    return float(candidates[int(np.argmin(losses))])


def calibration_error(probabilities: Floats, truth: Labels) -> float:
    """Expected calibration error: mean gap between confidence and accuracy, over `BINS` bins of confidence."""
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == truth
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    gaps = [
        abs(confidence[bins == index].mean() - right[bins == index].mean()) * (bins == index).mean()
        for index in np.unique(bins)
    ]
    return float(sum(gaps))
