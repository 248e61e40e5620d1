"""The examples of `services.core.salient`: which poses stand for rest and for the far end of each exercise.

The poses of each end that `training.shown` has fall into so many clusters (k-means of scikit-learn; Lloyd, 1982), and
the pose nearest to the middle of each is kept. Run
``python -m training.salient`` to choose them and to write `services.core.salient_poses`. Needs SPOTTER_DATA.
"""

from __future__ import annotations

from base64 import b85encode
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from rich.console import Console
from sklearn.cluster import KMeans

from services.core import salient_poses
from services.core.phases import described
from services.core.salient import JOINTS, STEPS
from services.core.signals import Floats
from training.progress import progress_of
from training.shown import LABELS, ORIGINS, TWINS, Shown, ends_of_repetitions, simulated
from training.videos import data_directory

KEPT: Final = 8
"""Poses of each end; twice and four times as many count no better."""

EDGE: Final = 0.05
"""Poses so near to an end are of it."""

_TARGET: Final = Path(salient_poses.__file__)


def chosen(shown: Sequence[Shown], *, seed: int = 0) -> tuple[dict[str, Floats], Floats]:
    """The examples of each exercise, (2, KEPT, F) at rest and at the far end, and the spread (F,) of all poses."""
    spread = np.concatenate([_joints(take.bodies) for take in shown]).std(axis=0) + EDGE
    found = {}
    with progress_of("exercises", Console(stderr=True)) as bar:
        task = bar.add_task("", total=len(LABELS))
        for label, exercise in enumerate(LABELS):
            takes = [take for take in shown if take.label == label]
            found[exercise] = np.stack([_typical(takes, far=far, spread=spread, seed=seed) for far in (False, True)])
            bar.advance(task)
    return found, np.asarray(spread)


def _typical(takes: Sequence[Shown], *, far: bool, spread: Floats, seed: int) -> Floats:
    """(KEPT, F) examples of an end; a take weighs as the root of its poses."""
    poses, weights = [], []
    for take in takes:
        bodies = take.bodies[take.progress >= 1 - EDGE if far else take.progress <= EDGE]
        if len(bodies):
            poses += [_joints(bodies), _joints(bodies[:, TWINS] * (-1.0, 1.0, 1.0))]
            weights.append(np.full(2 * len(bodies), ORIGINS[take.origin] / len(bodies) ** 0.5))
    together = np.concatenate(poses)
    clusters = KMeans(KEPT, n_init=1, random_state=seed).fit(together / spread, sample_weight=np.concatenate(weights))
    nearest = [np.square(together / spread - middle).sum(axis=1).argmin() for middle in clusters.cluster_centers_]
    return together[nearest]


def _joints(bodies: Floats) -> Floats:
    return described(bodies)[..., JOINTS]


def source(ends: Mapping[str, Floats], spread: Floats) -> str:
    """The module `services.core.salient_poses` for examples."""
    steps = np.round(np.stack(list(ends.values())) * STEPS).astype(np.int8)
    text = b85encode(steps.tobytes()).decode()
    lines = "\n".join(f'    "{text[first : first + 112]}",' for first in range(0, len(text), 112))
    names = "\n".join(f'    "{name}",' for name in ends)
    spreads = "\n".join("    " + " ".join(f"{one:.2f}," for one in row) for row in np.array_split(spread, 2))
    return (
        '"""The examples of `services.core.salient`; written by `python -m training.salient`."""\n\n'
        "from __future__ import annotations\n\nfrom typing import Final\n\n"
        f"EXERCISES: Final = (\n{names}\n)\n\n"
        f"SPREAD: Final = (\n{spreads}\n)  # fmt: skip\n"
        '"""By which differences of each cosine and sine are divided."""\n\n'
        f"NUMBERS: Final = (\n{lines}\n)\n"
        '"""Of each exercise its poses at rest and at the far end, steps of 1/127 as bytes in base 85."""\n'
    )


def main() -> None:
    """Choose and write."""
    shown = [*ends_of_repetitions(data_directory()), *simulated(np.random.default_rng(1))]
    ends, spread = chosen(shown)
    _TARGET.write_text(source(ends, spread), encoding="utf-8")
    print(f"{sum(poses.shape[0] * poses.shape[1] for poses in ends.values())} poses, written to {_TARGET}")


if __name__ == "__main__":
    main()
