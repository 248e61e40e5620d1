"""One model in detail: each label, the confusion matrix, ROC curves, reliability, and what is unknown to it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from training.answers import Answers
from training.curves import Rejection, Roc, rejection, reliability, roc
from training.figures import crossed, crossed_temperatures
from training.metrics import calibration_error, score
from training.picture import confusion_png, lines_png
from training.report.page import Cell, Section, folded, heading, note, picture, table, text
from training.report.shown import Shown
from training.report.summary import between


def details(one: Shown) -> Section:
    """All of it."""
    soft = crossed(one.answers)
    body = _figures(one) + _labels(one, soft) + _reliability(one.answers, soft)
    refused = rejection(soft)
    if refused is not None:
        body += _rejection(refused)
    return Section(f"model-{one.name}", f"Model: {one.name}", body)


def _figures(one: Shown) -> str:
    rows: list[Sequence[Cell]] = [
        (figure.name, figure.value, between(figure), figure.constant, figure.n) for figure in one.figures
    ]
    return table(("figure", "value", "95 % interval", "best constant answer", "n"), rows)


def _labels(one: Shown, soft: Answers) -> str:
    answers = one.answers
    known = np.flatnonzero(answers.video_truth >= 0)
    videos = score(answers.video_truth[known], answers.video_answer[known], len(answers.labels))
    clips = score(answers.truth, answers.clip_answer, len(answers.labels))
    curves = [roc(soft.probabilities[:, index], soft.truth == index) for index in range(len(answers.labels))]
    rows = [
        _label_row(one, index, videos.confusion, clips.confusion, curves[index])
        for index in range(len(answers.labels))
        if videos.confusion[index].sum()
    ]
    columns = (
        "label", "sources", "videos", "precision", "recall", "F1", "clips", "precision", "recall", "F1", "AUC",
        "taken for (videos)",
    )  # fmt: skip
    some = {
        f"{label} ({curve.area:.2f})": (curve.false, curve.true)
        for label, curve in zip(answers.labels, curves, strict=True)
        if curve.n and label in one.several.labels
    }
    return (
        heading("Each label, by video and by clip")
        + table(columns, rows)
        + picture(
            confusion_png(videos.confusion, answers.labels, f"{one.name}: people and sources never seen"),
            "Confusion by video: rows are what it was, columns what was said.",
        )
        + folded(
            "ROC curves, one label against all others, by clip",
            picture(
                lines_png(some, across="false positive rate", up="true positive rate", diagonal=True),
                "Labels with three sources or more; the area under the curve stands beside each.",
            ),
        )
    )


def _label_row(
    one: Shown, index: int, videos: np.ndarray[tuple[int, int], np.dtype[np.int64]],
    clips: np.ndarray[tuple[int, int], np.dtype[np.int64]], curve: Roc,
) -> Sequence[Cell]:  # fmt: skip
    answers = one.answers
    sources = {video.source for video in answers.videos if video.label == answers.labels[index]}
    wrong = [(int(count), answers.labels[at]) for at, count in enumerate(videos[index]) if at != index and count]
    told = ", ".join(f"{label} {count}" for count, label in sorted(wrong, reverse=True)[:3])
    return (
        answers.labels[index], len(sources), int(videos[index].sum()), *_rates(videos, index),
        int(clips[index].sum()), *_rates(clips, index), round(curve.area, 3), told,
    )  # fmt: skip


def _rates(confusion: np.ndarray[tuple[int, int], np.dtype[np.int64]], index: int) -> tuple[str, str, str]:
    right, said, own = confusion[index, index], confusion[:, index].sum(), confusion[index].sum()
    precision = f"{right / said:.2f}" if said else "never said"
    recall = f"{right / own:.2f}" if own else ""
    return precision, recall, f"{2 * right / max(said + own, 1):.2f}"


def _reliability(answers: Answers, soft: Answers) -> str:
    before, after = reliability(answers.probabilities, answers.truth), reliability(soft.probabilities, soft.truth)
    temperatures = ", ".join(f"{value:.2f}" for value in crossed_temperatures(answers))
    errors = [calibration_error(one.probabilities, one.truth) for one in (answers, soft)]
    told = lines_png(
        {"as it came": before[:2], "with temperature": after[:2]}, across="confidence", up="share right", diagonal=True
    )
    return (
        heading("How far its confidence can be believed")
        + picture(told, f"Expected calibration error {errors[0]:.3f} before, {errors[1]:.3f} after.")
        + note(f"Temperature of each fold, fitted on the other folds' answers only: {temperatures}.")
    )


def _rejection(refused: Rejection) -> str:
    rows: list[Sequence[Cell]] = [
        ("no threshold", None, refused.right_before, refused.refused_before),
        (
            "a threshold of " + ", ".join(f"{value:.2f}" for value in refused.thresholds) + " (by fold)",
            refused.kept,
            refused.right,
            refused.refused,
        ),
    ]
    columns = (
        "", "clips of known exercises that get an exercise", "... and the right one",
        "clips of unknown or no exercise that get none",
    )  # fmt: skip
    curve = lines_png(
        {"by threshold": (refused.curve_refused, refused.curve_kept)},
        across="clips of unknown or no exercise refused",
        up="clips of known exercises kept",
    )
    return (
        heading("What is unknown to it")
        + text(
            "Movement that is none of its exercises must be called unknown or none. An answer whose exercise is less "
            "likely than a threshold is refused; each fold's threshold was chosen on the other folds, as the greatest "
            "that keeps 95 % of the clips of known exercises that got an exercise there."
        )
        + table(columns, rows)
        + picture(curve, "What a higher threshold refuses, and what it costs.")
    )
