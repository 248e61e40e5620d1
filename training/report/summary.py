"""The top of the page: the bars, the models side by side, and what was measured on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from services.classifier.manifest import Figure
from training.answers import Answers
from training.figures import SEVERAL, crossed, several_sources
from training.intervals import rate_bound
from training.metrics import calibration_error
from training.report.costs import Cost
from training.report.live import Idle, Live, Pixels
from training.report.page import Cell, Section, note, table, text
from training.report.shown import Shown
from training.videos import Video, labels_of

THREE: Final = "squat, bench press and deadlift"
COLUMNS: Final = ("what", "known", "goal", "ours", "95 % interval", "n", "best constant answer", "reached")


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure that is to be reached.

    Attributes:
        what: is measured.
        start: beginning of the figure's name.
        known: from elsewhere.
        least: that is wanted.
    """

    what: str
    start: str
    known: str
    least: float


GOALS: Final = (
    Goal(
        f"{THREE}: accuracy by clip, answering one of the three",
        f"accuracy, {THREE}, answering one of the three, by clip",
        "0.805 LSTM, 0.883 forest (46 videos, split by clip, which flatters); 0.776 the same forest, strangers",
        0.98,
    ),
    Goal(
        f"{THREE}: accuracy by video, answering any label",
        f"accuracy, {THREE}, answering any label, by video",
        "0.862 trees on clip statistics, strangers",
        0.98,
    ),
    Goal("labels with three sources or more: macro F1 by video", "macro F1, the ", "0.69 (13 labels)", 0.92),
)


def best_of(models: Sequence[Shown]) -> Shown:
    """The model that the summary is about: the greatest macro F1 by video over labels with three sources or more."""

    def worth(one: Shown) -> float:
        figure = one.figure("macro F1, the ")
        return figure.value if figure else 0.0

    return max(models, key=worth)


def summary(best: Shown, chosen_of: int) -> Section:
    """The bars."""
    rows: list[Sequence[Cell]] = []
    for goal in GOALS:
        figure = best.figure(goal.start)
        if figure is not None:
            rows.append(_row(goal, figure))
    rows += _live_rows(best.live, best.pixels) if best.live else []
    words = [
        f"Everything here is about people and sources that the model never saw: the footage is split by source, five "
        f"times, and whoever is in a tested source is left out of training. The model is {best.name}"
        + (
            f", the best of {chosen_of} on these very figures, so its own are slightly too good."
            if chosen_of > 1
            else "."
        ),
        "The interval says how far the figure could be off had the footage come from other sources: whole sources are "
        "resampled, not clips, since clips of one video are alike. Read n with it: several labels have few videos.",
    ]
    missing = (
        "" if best.live else note("False sets, delay and cost were not measured yet: tests.benchmarks.live_answers.")
    )
    return Section("summary", "Summary", text(*words) + table(COLUMNS, rows) + missing)


def _row(goal: Goal, figure: Figure) -> Sequence[Cell]:
    met = "met" if figure.value >= goal.least else "not met"
    return (goal.what, goal.known, f"{goal.least:.2f}", figure.value, between(figure), figure.n, figure.constant, met)


def _live_rows(live: Live, pixels: Pixels | None) -> list[Sequence[Cell]]:
    rows = [
        _idle_row(live.real, "false sets on all real footage of no exercise", 0.0, per_minute=False),
        _idle_row(
            live.simulated,
            f"false sets a minute of simulated people who don't exercise ({live.simulated.what})",
            0.1,
            per_minute=True,
        ),
    ]
    if pixels is not None:
        rate = pixels.sets / pixels.minutes
        rows.append((
            "false sets a minute of simulated people who don't exercise (through the pixels, the shipped bundle)",
            "-",
            "under 0.1",
            round(rate, 3),
            f"at most {rate_bound(pixels.sets, pixels.minutes / 60) / 60:.3f} a minute",
            f"{pixels.minutes:.1f} min",
            None if pixels.constant is None else round(pixels.constant / pixels.minutes, 3),
            "met" if rate < 0.1 else "not met",
        ))  # fmt: skip
    right = [change.seconds for change in live.changes if change.seconds is not None]
    if right:
        p90 = float(np.percentile(right, 90))
        never = len(live.changes) - len(right)
        rows.append((
            "seconds from a change of exercise to the right label, p90 of those that get it",
            "-",
            "under 3",
            round(p90, 2),
            f"p50 {np.percentile(right, 50):.1f}; never right: {never}",
            len(live.changes),
            None,
            "met" if p90 < 3 else "not met",
        ))  # fmt: skip
    rows.append((
        "CPU of the whole classifier, ms a person and second",
        "-",
        "under 1",
        round(live.cost_ms, 2),
        "",
        f"{live.cost_seconds:.0f} s",
        None,
        "met" if live.cost_ms < 1 else "not met",
    ))  # fmt: skip
    return rows


def _idle_row(idle: Idle, what: str, goal: float, *, per_minute: bool) -> Sequence[Cell]:
    minutes = idle.seconds / 60
    count = len(idle.sets)
    bound = rate_bound(count, idle.seconds / 3600)
    value = count / minutes if per_minute else count
    limit = f"at most {bound / 60:.3f} a minute" if per_minute else f"at most {bound:.0f} an hour"
    met = "met" if value <= goal else "not met"
    goal_told = f"under {goal:g}" if per_minute else "zero"
    return (what, "-", goal_told, round(value, 3) if per_minute else count, limit, f"{minutes:.1f} min", 0, met)


def between(figure: Figure) -> str:
    """A figure's interval."""
    return "" if figure.low is None or figure.high is None else f"{figure.low:.2f} - {figure.high:.2f}"


def side_by_side(
    models: Sequence[Shown],
    costs: Mapping[str, Cost],
    leaky: Mapping[str, Answers],
    alone: Mapping[str, Answers],
    skipped: Sequence[str],
) -> Section:
    """All models in one table, and what other splits say of them.

    Args:
        models: that were evaluated.
        costs: of each.
        leaky: what each says when clips of one video are on both sides.
        alone: what each says when one source at a time is left out.
        skipped: models without answers.
    """
    body = text(
        "One row a model, each trained without the people and sources that it is asked about. The known ways are among "
        "them, trained on the same footage."
    )
    body += table(
        ("model", "macro F1, labels of 3 sources or more, by video", "by clip", "13 labels, accuracy by video", "three "
         "lifts, by clip, one of three", "any answer", "ECE before", "after", "parameters", "ONNX, KB",
         "features, ms a clip", "model, ms a clip"),
        [_model_row(one, costs[one.name]) for one in models],
    )  # fmt: skip
    body += note(
        "ECE: gap between confidence and accuracy, before and after a temperature that was fitted on the other folds. "
        "Times are medians of CPU time of one clip on one thread. Parameters: weights of networks, thresholds and "
        "votes of trees, known examples of neighbours."
    )
    if leaky:
        body += "<h3>How much a split by clip flatters</h3>" + text(
            "The usual split puts clips of one video into training and test. The same model then looks far better, "
            "though it has only seen the same people, room and camera before. No claim here rests on it."
        )
        body += table(
            (
                "model",
                "what is split",
                "n",
                "accuracy, all labels, that split",
                "strangers",
                "macro F1, that split",
                "strangers",
            ),
            [_leaky_row(one, leaky[one.name]) for one in models if one.name in leaky],
        )
    if alone:
        body += "<h3>Leaving out one source at a time</h3>" + text(
            "More to learn from each time than with five folds, and every source asked about once."
        )
        body += table(
            ("model", "macro F1 by clip, 3 sources or more", "95 % interval", "accuracy", "95 % interval", "n",
             "five folds: macro F1", "accuracy"),
            [_alone_row(one, alone[one.name]) for one in models if one.name in alone],
        )  # fmt: skip
    if skipped:
        body += note(
            f"Not here, for no answers are kept for this footage, these poses and their code: {', '.join(skipped)}."
        )
    return Section("models", "The models side by side", body)


def _model_row(one: Shown, cost: Cost) -> Sequence[Cell]:
    starts = (
        "macro F1, the ",
        f"macro F1, {one.several.name}, by clip",
        "accuracy, 13 main labels, by video",
        f"accuracy, {THREE}, answering one of the three, by clip",
        f"accuracy, {THREE}, answering any label, by clip",
    )
    told = [one.figure(start) for start in starts]
    cells = [f"{figure.value:.3f} ({between(figure)})" if figure else "" for figure in told]
    answers = one.answers
    before = calibration_error(answers.probabilities, answers.truth)
    after = calibration_error(crossed(answers).probabilities, answers.truth)
    return (
        one.name, *cells, before, after, cost.parameters, round(cost.kilobytes), cost.features_ms, cost.model_ms,
    )  # fmt: skip


def _leaky_row(one: Shown, leaky: Answers) -> Sequence[Cell]:
    by_pose = one.bundles[0].manifest.input.value == "pose"
    honest = one.answers
    f1, _ = one.worth(leaky)
    own, _ = one.worth(honest)
    return (
        one.name,
        "single poses" if by_pose else "clips",
        len(leaky),
        float((leaky.clip_answer == leaky.truth).mean()),
        float((honest.clip_answer == honest.truth).mean()),
        f1.value,
        own.value,
    )


def _alone_row(one: Shown, answers: Answers) -> Sequence[Cell]:
    f1, accuracy = one.worth(answers)
    own_f1, own_accuracy = one.worth(one.answers)
    return (
        one.name, f1.value, between(f1), accuracy.value, between(accuracy), f1.n, own_f1.value, own_accuracy.value,
    )  # fmt: skip


def sample(videos: Sequence[Video], clips: Answers) -> Section:
    """How much footage there is of what."""
    several = several_sources(videos)
    rows: list[Sequence[Cell]] = []
    for label in labels_of(videos):
        own = [index for index, video in enumerate(videos) if video.label == label]
        rows.append((
            label,
            len(own),
            len({videos[index].source for index in own}),
            len({videos[index].subject_id for index in own}),
            int(np.isin(clips.video, own).sum()),
            f"{sum(videos[index].seconds for index in own) / 60:.1f}",
            "yes" if label in several else "no",
        ))  # fmt: skip
    words = (
        f"{len(videos)} videos of {len({video.source for video in videos})} sources, "
        f"{sum(video.seconds for video in videos) / 60:.0f} minutes. A label of fewer than {SEVERAL} sources is too "
        f"rare for a claim: it is learnt, asked about and told, but no part of the headline."
    )
    columns = ("label", "videos", "sources", "people", "clips", "minutes", "in the headline")
    return Section("sample", "What was measured on", text(words) + table(columns, rows))
