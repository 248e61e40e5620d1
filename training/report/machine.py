"""What the machine has to do: eight bits instead of thirty-two, and the whole classifier on whole videos."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from services.classifier.manifest import Input
from services.core.types import FloatArray
from training.answers import Answers
from training.intervals import rate_bound
from training.report.costs import Cost, Quantised, quantised
from training.report.live import Idle, Live
from training.report.page import Cell, Section, heading, note, table, text
from training.report.shown import Shown, columns_of

MODES = {"dynamic": False, "static": True}


def quantisation(models: Sequence[Shown], costs: Mapping[str, Cost], features: Mapping[Input, FloatArray]) -> Section:
    """Every fold's bundle in eight bits, asked about the clips that it never saw.

    Args:
        models: that see clips.
        costs: of each as it is.
        features: of all clips, for each way to describe them; in the order of the recordings.
    """
    rows: list[Sequence[Cell]] = []
    for one in models:
        f1, accuracy = one.worth(one.answers)
        cost = costs[one.name]
        rows.append((one.name, "as it is", f1.value, accuracy.value, f1.n, round(cost.kilobytes), cost.model_ms))
        for mode, static in MODES.items():
            rows.append(_row(one, mode, _asked(one, features[one.bundles[0].manifest.input], static=static)))
    body = text(
        "Weights in eight bits; static quantisation fixes the ranges of what flows between them beforehand, by clips "
        "of people that were learnt from, dynamic finds them in each clip. Trees hold no matrices, so nothing of them "
        "becomes smaller."
    )
    columns = ("model", "form", "macro F1 by clip", "accuracy", "clips", "KB", "model, ms a clip")
    return Section("quantisation", "Eight bits", body + table(columns, rows))


def _row(one: Shown, mode: str, made: tuple[Quantised, Answers | None]) -> Sequence[Cell]:
    form, answers = made
    if answers is None:
        return (one.name, f"{mode}: nothing in it to quantise", None, None, None, round(form.kilobytes), None)
    f1, accuracy = one.worth(answers)
    return (one.name, mode, f1.value, accuracy.value, f1.n, round(form.kilobytes), form.model_ms)


def _asked(one: Shown, features: FloatArray, *, static: bool) -> tuple[Quantised, Answers | None]:
    answers = one.answers
    said = np.zeros_like(answers.probabilities)
    # Answers are in the order of folds, features in that of videos.
    order = np.lexsort((np.arange(len(answers)), answers.video))
    row_of = np.empty(len(answers), np.int64)
    row_of[order] = np.arange(len(answers))
    for number, file in enumerate(one.files):
        own = answers.split == number
        others = row_of[~own]
        known = features[np.random.default_rng(number).permutation(others)]
        form = quantised(file, known, features[row_of[own]], static=static)
        if form.probabilities is None:
            return form, None
        said[np.ix_(np.flatnonzero(own), columns_of(one.bundles[number], answers.labels))] = form.probabilities
    return form, answers.told(said)


def live_section(models: Sequence[Shown]) -> Section:
    """Sets, changes and cost of the classifier's own stage."""
    body = text(
        "The whole classifier, as it runs in a gym, on whole videos of people that its model never saw: clips, "
        "predictions, sets, repetitions. A false set is one that nobody did. Five minutes of real footage without "
        "exercise are little: the bound says what rate they still allow. The simulated people are others than those "
        "that models learn from, but they move by the same rules, so they are no strangers in full."
    )
    rows: list[Sequence[Cell]] = []
    delays: list[Sequence[Cell]] = []
    told = ""
    for one in models:
        if one.live is None:
            told += note(f"{one.name}: not looked at yet (tests.benchmarks.live_answers --model {one.name}).")
            continue
        rows += [_idle_row(one.name, idle) for idle in (one.live.real, one.live.simulated)]
        delays.append(_delay_row(one.name, one.live))
    if rows:
        body += table(
            (
                "model",
                "footage",
                "minutes",
                "pieces",
                "false sets",
                "which",
                "95 % bound, an hour",
                "what is done in it",
            ),
            rows,
        )
        body += heading("After a change of exercise")
        body += text(
            "Two videos of different exercises of one fold, joined as if one person went from one to the other; places "
            "and sizes are left as they were, which makes the clip across the seam harder than in life. The time runs "
            "until the first prediction of the right label; labels are drawn alike, however many videos they have."
        )
        columns = ("model", "changes", "never right", "p50, s", "p90, s", "hardest", "CPU, ms a person and second")
        body += table(columns, delays)
    return Section("live", "The whole classifier", body + told)


def _idle_row(model: str, idle: Idle) -> Sequence[Cell]:
    kinds = Counter(one.exercise for one in idle.sets)
    told = ", ".join(f"{exercise} {count}" for exercise, count in kinds.most_common())
    count = len(idle.sets)
    bound = f"{rate_bound(count, idle.seconds / 3600):.1f}"
    what = idle.what if not idle.movements else f"simulated people, {idle.what}"
    return (model, what, f"{idle.seconds / 60:.1f}", idle.pieces, count, told, bound, ", ".join(idle.movements))


def _delay_row(model: str, live: Live) -> Sequence[Cell]:
    right = [change.seconds for change in live.changes if change.seconds is not None]
    never = Counter(change.after for change in live.changes if change.seconds is None)
    told = ", ".join(f"{label} {count}" for label, count in never.most_common(4))
    p50, p90 = np.percentile(right, [50, 90]) if right else (np.nan, np.nan)
    return (model, len(live.changes), sum(never.values()), f"{p50:.1f}", f"{p90:.1f}", told, round(live.cost_ms, 2))
