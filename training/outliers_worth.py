"""Tables on outliers: how well joints are predicted with and without them, who they are, what a forest makes of it."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rich.progress import Progress
from rich.table import Table

from services.classifier.manifest import Input
from services.core.types import FloatArray
from training.examples import Cut, Examples, examples_of
from training.figures import BIG_THREE, MAIN
from training.folds import grouped_folds
from training.forest import Forest
from training.metrics import Score, by_video, restricted, score
from training.poses import Recording
from training.videos import Video, labels_of

TREES: Final = 100
"""Fewer than the shipped forest has, and no variations or made-up people: it is the difference that is asked for."""
SHOWN: Final = 12
"""People in the table of those dropped; the rest are in the file."""


def error_table(
    errors: FloatArray, again: FloatArray, median: FloatArray, kept: NDArray[np.bool_], out: float
) -> Table:
    """Errors of prediction, beside those of a guess that learns nothing.

    Args:
        errors: (N, 13) of networks that learnt from every frame.
        again: (N, 13) of networks that learnt from kept frames only.
        median: (N, 13) of guessing the median of the frames before and after.
        kept: (N,) frames that are no outliers.
        out: error from which a joint is out.
    """
    table = Table(
        "asked about", "learnt from", "frames", "mean", "median", "95 of 100 below", f"joints beyond {out}",
        title="error of a joint, in trunk lengths; people and sources never seen",
    )  # fmt: skip
    everything = np.ones(len(kept), np.bool_)
    for asked, rows in (("every frame", everything), ("kept frames", kept), ("dropped frames", ~kept)):
        if not rows.any():
            continue
        for learnt, found in (("every frame", errors), ("kept frames", again), ("nothing: median", median)):
            own = found[rows]
            table.add_row(
                asked, learnt, str(len(own)), f"{own.mean():.4f}", f"{np.median(own):.4f}",
                f"{np.percentile(own, 95):.4f}", f"{(own > out).mean():.4f}",
            )  # fmt: skip
    return table


def dropped_table(
    names: Sequence[tuple[str, str]],
    person: NDArray[np.int64],
    frames: NDArray[np.bool_],
    people: NDArray[np.bool_],
    file: Path,
) -> Table:
    """Who loses most frames; everybody who loses any goes into a CSV file.

    Args:
        names: video and track of each person.
        person: (N,) of each frame.
        frames: (N,) whether it is dropped.
        people: (N,) whether its person is.
        file: the CSV file.
    """
    total, lost = np.bincount(person, minlength=len(names)), np.bincount(person, frames, len(names)).astype(int)
    gone = np.bincount(person, people, len(names)) > 0
    order = [index for index in np.argsort(-lost / np.maximum(total, 1), kind="stable") if lost[index]]
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", newline="", encoding="utf-8") as opened:
        writer = csv.writer(opened)
        writer.writerow(("video", "track", "frames", "dropped", "person_dropped"))
        writer.writerows((*names[index], total[index], lost[index], int(gone[index])) for index in order)
    table = Table(
        "video", "track", "frames", "dropped", "whole person",
        title=f"dropped: {lost.sum()} of {total.sum()} frames; of {len(names)} people {len(order)} lose some, "
        f"{gone.sum()} all",
    )  # fmt: skip
    for index in order[:SHOWN]:
        whole = "yes" if gone[index] else ""
        table.add_row(*names[index], str(total[index]), str(lost[index]), whole)
    return table


def worth_table(
    videos: list[Video],
    recordings: list[Recording],
    cleaned: list[Recording],
    *,
    cut: Cut,
    seed: int,
    progress: Progress,
) -> Table:
    """What it does to the forest: learnt with and without outliers, asked about footage with and without them.

    Args:
        videos: all videos.
        recordings: their poses as they were seen.
        cleaned: the same without outliers.
        cut: how clips are cut.
        seed: of variations and models.
        progress: a bar of folds is added to it.
    """
    table = Table(
        "learnt from", "asked about", "clips", "accuracy by video", "macro F1 by video", "13 main labels, by video",
        "squat, bench press, deadlift, by clip", title="forest, five folds by source; best constant answer in brackets",
    )  # fmt: skip
    lots = {
        name: examples_of(videos, own, labels=labels_of(videos), cut=cut, fed=Input.CLIP)
        for name, own in (("everything", recordings), ("kept frames", cleaned))
    }
    folds = grouped_folds(videos)
    task = progress.add_task("forests", total=len(lots) * len(folds))
    for learnt, lot in lots.items():
        told = {asked: np.zeros((len(other), len(other.labels))) for asked, other in lots.items()}
        for fold in folds:
            labels = labels_of([videos[index] for index in np.unique(lot.video[np.isin(lot.video, fold.train)])])
            fitted = Forest.fitted(lot.of(fold.train, labels), seed=seed, trees=TREES)
            for asked, other in lots.items():
                rows = np.flatnonzero(np.isin(other.video, fold.test))
                columns = np.array([other.labels.index(label) for label in labels])
                told[asked][np.ix_(rows, columns)] = fitted.probabilities(other.features[rows])
            progress.advance(task)
        for asked, other in lots.items():
            table.add_row(learnt, asked, *_figures(told[asked], other, len(videos)))
    return table


def _figures(told: NDArray[np.float64], seen: Examples, videos: int) -> tuple[str, ...]:
    labels = seen.labels
    truth = np.full(videos, -1)
    truth[seen.video] = seen.label
    with_clips = truth >= 0
    answer = np.nan_to_num(by_video(told, seen.video, videos), nan=-np.inf).argmax(axis=1)
    whole = score(truth[with_clips], answer[with_clips], len(labels))
    main = [labels.index(label) for label in MAIN if label in labels]
    three = np.array([labels.index(label) for label in BIG_THREE if label in labels], np.int64)
    rows = np.isin(seen.label, three)
    closed = three[told[rows][:, three].argmax(axis=1)] if len(three) else np.zeros(0, np.int64)
    return (
        str(len(seen)),
        _told(whole),
        f"{whole.macro_f1:.3f} ({whole.constant_f1:.3f})",
        _told(restricted(truth[with_clips], answer[with_clips], main, len(labels))),
        _told(score(seen.label[rows], closed, len(labels))),
    )


def _told(of: Score) -> str:
    return f"{of.accuracy:.3f} ({of.constant:.3f}), n {of.n}"
