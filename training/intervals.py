"""How far a figure could be off, had the footage come from other sources.

Clips of one video resemble each other, and so do videos of one source: resampling clips would give intervals that are
far too narrow. Here whole sources are drawn, with replacement, and the figure is taken again of each draw (Efron and
Tibshirani, An introduction to the bootstrap, 1993; the cluster bootstrap with percentile intervals).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.core.geometry import Floats
from training.metrics import Labels

DRAWS: Final = 1000
LEVEL: Final = 0.95
SEED: Final = 11

Statistic = Callable[[Floats], Floats]
"""(B, L, L) confusion matrices -> (B,) figures; NaN where a figure is of nothing."""


def source_confusions(truth: Labels, answer: Labels, source: Labels, sources: int, labels: int) -> Floats:
    """(S, L, L) confusion matrix of each source, rows are the truth."""
    confusions = np.zeros((sources, labels, labels))
    np.add.at(confusions, (source, truth, answer), 1)
    return confusions


def interval(confusions: Floats, statistic: Statistic) -> tuple[float, float]:
    """The 95 % interval of a figure by resampling sources.

    Args:
        confusions: (S, L, L) of each source; those without a clip are left out.
        statistic: the figure of confusion matrices.
    """
    present = confusions[confusions.sum(axis=(1, 2)) > 0]
    if not len(present):
        return float("nan"), float("nan")
    random = np.random.default_rng(SEED)
    drawn = random.multinomial(len(present), np.full(len(present), 1 / len(present)), DRAWS)
    values = statistic(np.tensordot(drawn.astype(float), present, axes=1))
    low, high = np.nanpercentile(values, [50 * (1 - LEVEL), 50 * (1 + LEVEL)])
    return float(low), float(high)


def accuracy(confusion: Floats) -> Floats:
    """Share of right answers, (...,) of (..., L, L)."""
    total = confusion.sum(axis=(-1, -2))
    right = np.trace(confusion, axis1=-2, axis2=-1)
    return np.asarray(np.where(total > 0, right / np.maximum(total, 1), np.nan))


def macro_f1(confusion: Floats, chosen: NDArray[np.bool_]) -> Floats:
    """Mean F1 of the chosen labels that occur, (...,) of (..., L, L)."""
    right = np.diagonal(confusion, axis1=-2, axis2=-1)
    rows = confusion.sum(axis=-1)
    scores = 2 * right / np.maximum(rows + confusion.sum(axis=-2), 1e-9)
    present = (rows > 0) & chosen
    return np.asarray((scores * present).sum(-1) / np.where(present.any(-1), present.sum(-1), np.nan))


def share_interval(right: NDArray[np.bool_], source: Labels) -> tuple[float, float]:
    """The 95 % interval of a share, sources resampled.

    Args:
        right: (N,) whether each counts.
        source: (N,) where each is from.
    """
    one = np.zeros(len(right), np.int64)
    sources = int(source.max(initial=-1)) + 1
    return interval(
        source_confusions(one, np.where(right, 0, 1), source, sources, 2), lambda of: of[:, 0, 0] / of.sum((1, 2))
    )


def ratio_interval(above: Floats, below: Floats, source: Labels) -> tuple[float, float]:
    """The 95 % interval of sum(above) / sum(below), sources resampled; of nothing, no number.

    Args:
        above: (N,) what is added up over the line; where below is 1 the figure is a mean.
        below: (N,) what is added up under it.
        source: (N,) where each is from.
    """
    if not len(source):
        return float("nan"), float("nan")
    sources = np.unique(source, return_inverse=True)[1]
    sums = np.stack([np.bincount(sources, above), np.bincount(sources, below)])
    count = sums.shape[1]
    drawn = np.random.default_rng(SEED).multinomial(count, np.full(count, 1 / count), DRAWS)
    over, under = sums @ drawn.T
    low, high = np.percentile(over / under, [50 * (1 - LEVEL), 50 * (1 + LEVEL)])
    return float(low), float(high)


def rate_bound(events: int, hours: float) -> float:
    """Upper 95 % bound of a rate per hour when so many events were seen, by Poisson; 3 / hours when none.

    The largest rate at which so few events come with a probability of 5 % (exact, one-sided), found by bisection.
    """
    low, high = float(events), 10.0 + 3.0 * events
    for _ in range(60):
        middle = (low + high) / 2
        terms = np.cumsum(np.concatenate([[0.0], np.log(np.arange(1, events + 1))]))
        few = float(np.exp(-middle + np.arange(events + 1) * np.log(middle) - terms).sum())
        low, high = (middle, high) if few > 0.05 else (low, middle)
    return high / hours
