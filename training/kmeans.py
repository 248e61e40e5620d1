"""`python -m training.kmeans`: how far exercises fall apart by themselves, by joint angles, when nobody names them.

    angles of a clip (T * 6)                                   -> k-means, k = number of labels
    the same, standardised, the components with most variance  -> k-means

Each cluster is then called by the label that it fits best, no two alike (Kuhn: The Hungarian method, 1955); how well
clusters are parted is told by the silhouette (Rousseeuw 1987; 1 far apart, 0 touching).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from scipy.optimize import linear_sum_assignment
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.metrics import silhouette_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from services.classifier.manifest import Input
from services.core.errors import SpotterError
from training.examples import Cut, Examples, examples_of, load_recordings
from training.folds import Fold, grouped_folds
from training.poses import CACHE
from training.train import SEED
from training.videos import data_directory, labels_of, read_videos

COMPONENTS: Final = 12
"""Principal components that are kept."""
STARTS: Final = 4
"""Times that k-means starts anew; the best is kept."""
SAMPLE: Final = 2000
"""Clips whose silhouette is taken."""


@dataclass(frozen=True, slots=True)
class Clusters:
    """What one way of clustering gives.

    Attributes:
        name: of the way.
        k: number of clusters.
        silhouette: mean over clips, -1 to 1.
        matched: accuracy when clusters are named by the same clips.
        strangers: accuracy on people and sources that neither clusters nor their names were made from.
        constant: accuracy of always giving the most frequent label.
        n: clips.
    """

    name: str
    k: int
    silhouette: float
    matched: float
    strangers: float
    constant: float
    n: int


def clusters_of(examples: Examples, folds: Sequence[Fold], *, seed: int) -> list[Clusters]:
    """Cluster clips by angles, raw and prepared.

    Args:
        examples: features (N, T, 6).
        folds: splits of the videos.
        seed: of where k-means starts.
    """
    angles = examples.features.reshape(len(examples), -1)
    return [
        _clusters(name, prepared, angles, examples, folds, seed)
        for name, prepared in (
            ("angles", []),
            (f"angles, standardised, {COMPONENTS} principal components", [StandardScaler(), PCA(COMPONENTS)]),
        )
    ]


def _clusters(  # noqa: PLR0917 - all of one call
    name: str,
    prepared: list[StandardScaler | PCA],
    angles: NDArray[np.float32],
    examples: Examples,
    folds: Sequence[Fold],
    seed: int,
) -> Clusters:
    labels = len(examples.labels)
    k = len(np.unique(examples.label))

    def fitted(rows: NDArray[np.int64]) -> Pipeline:
        return make_pipeline(*prepared, KMeans(k, n_init=STARTS, random_state=seed)).fit(angles[rows])

    whole = fitted(np.arange(len(examples)))
    answer = whole.predict(angles)
    right = 0
    for fold in folds:
        learnt = np.flatnonzero(np.isin(examples.video, fold.train))
        asked = np.flatnonzero(np.isin(examples.video, fold.test))
        if not len(asked) or len(learnt) < k:
            continue
        own = fitted(learnt)
        names = matched(own.predict(angles[learnt]), examples.label[learnt], k, labels)
        right += int((names[own.predict(angles[asked])] == examples.label[asked]).sum())
    return Clusters(
        name=name,
        k=k,
        silhouette=float(
            silhouette_score(
                whole[:-1].transform(angles) if prepared else angles,
                answer,
                sample_size=min(SAMPLE, len(examples)),
                random_state=seed,
            )
        ),
        matched=float((matched(answer, examples.label, k, labels)[answer] == examples.label).mean()),
        strangers=right / max(len(examples), 1),
        constant=float(np.bincount(examples.label).max() / max(len(examples), 1)),
        n=len(examples),
    )


def matched(cluster: NDArray[np.int64], label: NDArray[np.int64], k: int, labels: int) -> NDArray[np.int64]:
    """(k,) the label of each cluster, so that most clips are right and no two clusters have the same; -1 for none.

    Args:
        cluster: (N,) of each clip.
        label: (N,) of each clip.
        k: number of clusters.
        labels: number of labels.
    """
    together = np.zeros((k, labels), np.int64)
    np.add.at(together, (cluster, label), 1)
    names = np.full(k, -1, np.int64)
    rows, columns = linear_sum_assignment(together, maximize=True)
    names[rows] = columns
    return names


def main(
    data: Annotated[Path | None, typer.Option(help="Folder with manifest.csv; else SPOTTER_DATA.")] = None,
    poses: Annotated[Path, typer.Option(help="Where training.dataset keeps poses.")] = CACHE,
    seed: Annotated[int, typer.Option(help="Of where k-means starts.")] = SEED,
) -> None:
    """Cluster all clips by joint angles, and say how well clusters fit the labels."""
    console = Console()
    try:
        videos = read_videos(data_directory(data))
        with console.status("clustering"):
            recordings = load_recordings(videos, poses)
            examples = examples_of(videos, recordings, labels=labels_of(videos), cut=Cut(), fed=Input.ANGLES)
            found = clusters_of(examples, grouped_folds(videos), seed=seed)
    except SpotterError as error:
        console.print(f"[red]{error}")
        raise typer.Exit(2) from error
    table = Table(
        "clustered by", "k", "silhouette", "accuracy, matched on the same", "accuracy, never seen", "constant", "clips"
    )
    for one in found:
        table.add_row(
            one.name, str(one.k), f"{one.silhouette:.3f}", f"{one.matched:.3f}", f"{one.strangers:.3f}",
            f"{one.constant:.3f}", str(one.n),
        )  # fmt: skip
    console.print(table)


if __name__ == "__main__":
    typer.run(main)
