"""How far counts are off, in the words of the field, each figure beside the best answer that never looks.

MAE      mean of |counted - true| / true
OBO      share within one of the truth ("off by one")
OBZ      share that is exact ("off by zero")
total    sum of absolute errors over the sum of the truth
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.core.geometry import Floats
from training.intervals import ratio_interval

Counts = NDArray[np.int64]
"""(N,) repetitions."""


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How far the counts of some takes are off.

    Attributes:
        n: takes.
        reps: repetitions in them.
        mae, obo, obz, total: as at the top of this file; NaN of no take.
    """

    n: int
    reps: int
    mae: float
    obo: float
    obz: float
    total: float

    @classmethod
    def of(cls, truth: Counts, counted: Counts) -> Accuracy:
        """The figures of counts beside the truth, which is 1 or more."""
        if not len(truth):
            return cls(0, 0, *[float("nan")] * 4)
        error = np.abs(counted - truth)
        return cls(
            n=len(truth),
            reps=int(truth.sum()),
            mae=float((error / truth).mean()),
            obo=float((error <= 1).mean()),
            obz=float((error == 0).mean()),
            total=float(error.sum() / truth.sum()),
        )


def best_constant(truth: Counts) -> Accuracy:
    """The best that always answering the same could reach, each figure with the answer that suits it."""
    if not len(truth):
        return Accuracy.of(truth, truth)
    tried = [Accuracy.of(truth, np.full_like(truth, answer)) for answer in range(int(truth.max()) + 1)]
    return Accuracy(
        n=len(truth),
        reps=int(truth.sum()),
        mae=min(one.mae for one in tried),
        obo=max(one.obo for one in tried),
        obz=max(one.obz for one in tried),
        total=min(one.total for one in tried),
    )


@dataclass(frozen=True, slots=True)
class Between:
    """95 % intervals of the figures, whole sources resampled; each is (low, high)."""

    mae: tuple[float, float]
    obo: tuple[float, float]
    obz: tuple[float, float]
    total: tuple[float, float]

    @classmethod
    def of(cls, truth: Counts, counted: Counts, sources: Sequence[str]) -> Between:
        """The intervals of counts.

        Args:
            truth: by people.
            counted: by a counter.
            sources: where each take is from.
        """
        names = sorted(set(sources))
        source = np.array([names.index(name) for name in sources], np.int64)
        error = np.abs(counted - truth)
        one = np.ones(len(truth))

        def between(above: Floats, below: Floats) -> tuple[float, float]:
            return ratio_interval(above, below, source)

        return cls(
            mae=between(error / truth, one),
            obo=between((error <= 1).astype(float), one),
            obz=between((error == 0).astype(float), one),
            total=between(error.astype(float), truth.astype(float)),
        )
