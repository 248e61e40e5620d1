"""Exact shares by exercise, view, rate and condition, beside the best constant answer; as lines and as a picture."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from matplotlib.figure import Figure
from scipy.stats import binomtest

from tests.benchmarks.simulated_reps.answers import Answer, phase_errors
from tests.benchmarks.simulated_reps.sets import RATES, VIEWS, Trial, truth_of
from training.reps.figures import Accuracy, best_constant

PHASES: Final = ("start", "reached", "left", "end")


@dataclass(frozen=True, slots=True)
class Row:
    """One set and what was said of it.

    Attributes:
        trial: the set.
        truth, halves: whole and half repetitions that were done.
        counted: way of asking -> repetitions that were counted.
        half: way -> halves told.
        sets: way -> how many sets; named: way -> the exercise that was said.
        late: way -> of each repetition that was found, start, reached, left, end and telling, ms.
    """

    trial: Trial
    truth: int
    halves: int
    counted: dict[str, int]
    half: dict[str, int]
    sets: dict[str, int]
    named: dict[str, str]
    late: dict[str, list[tuple[float, float, float, float, float]]]


def row_of(trial: Trial, answers: dict[str, Answer]) -> Row:
    """A row of the table."""
    counted = sum(rep.counted for rep in truth_of(trial))
    return Row(
        trial,
        counted,
        trial.reps - counted,
        {way: len(answer.reps) for way, answer in answers.items()},
        {way: answer.halves for way, answer in answers.items()},
        {way: answer.sets for way, answer in answers.items()},
        {way: answer.named for way, answer in answers.items()},
        {way: phase_errors(trial, answer) for way, answer in answers.items()},
    )


def by_group(rows: Sequence[Row], key: Callable[[Row], str]) -> dict[str, list[Row]]:
    """Rows by a name, in order of appearance."""
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return dict(groups)


def exact(rows: Sequence[Row], way: str) -> float:
    """Share of sets that were counted exactly."""
    return float(np.mean([row.counted[way] == row.truth for row in rows])) if rows else float("nan")


def print_counts(title: str, groups: dict[str, list[Row]], ways: Sequence[str]) -> None:
    """One line for each group: sets, exact share each way, too few and too many, and the best constant."""
    print(f"\n{title:<24}{'n':>5}" + "".join(f"{way:>12}" for way in ways) + f"{'constant':>12}{'-/+ ' + ways[0]:>18}")
    for name, rows in groups.items():
        truth = np.array([row.truth for row in rows])
        few = sum(row.counted[ways[0]] < row.truth for row in rows)
        many = sum(row.counted[ways[0]] > row.truth for row in rows)
        shares = "".join(f"{exact(rows, way):>12.3f}" for way in ways)
        print(f"{name:<24}{len(rows):>5}{shares}{best_constant(truth).obz:>12.3f}{few:>13} {many:>4}")


def print_all(rows: Sequence[Row], ways: Sequence[str]) -> None:
    """All figures over all sets, each way."""
    truth = np.array([row.truth for row in rows])
    print(f"\n{'over all':<16}{'n':>6}{'exact':>8}{'+-1':>8}{'MAE':>8}{'total':>8}")
    said = {way: Accuracy.of(truth, np.array([row.counted[way] for row in rows])) for way in ways}
    sure = binomtest(round(said[ways[0]].obz * len(truth)), len(truth)).proportion_ci(0.95, "exact")
    for name, one in (*said.items(), ("best constant", best_constant(truth))):
        print(f"{name:<16}{one.n:>6}{one.obz:>8.3f}{one.obo:>8.3f}{one.mae:>8.3f}{one.total:>8.3f}")
    print(f"exact share of {ways[0]}, 95 % interval (Clopper and Pearson): {sure.low:.3f}-{sure.high:.3f}")


def print_phases(title: str, groups: dict[str, list[Row]], way: str) -> None:
    """Phase boundary errors and delay of telling, ms: p50 and p95 without their sign, the delay's with it."""
    print(f"\n{title:<24}{'reps':>6}" + "".join(f"{name + ' p50/95':>16}" for name in PHASES) + f"{'told p50/p95':>16}")
    for name, rows in groups.items():
        late = np.array([one for row in rows for one in row.late[way]])
        if not len(late):
            print(f"{name:<24}{0:>6}")
            continue
        middle, most = np.percentile(np.abs(late[:, :4]), [50, 95], axis=0)
        told = np.percentile(late[:, 4], [50, 95])
        cells = "".join(f"{a:>10.0f} /{b:>4.0f}" for a, b in zip(middle, most, strict=True))
        print(f"{name:<24}{len(late):>6}{cells}{told[0]:>10.0f} /{told[1]:>4.0f}")


def draw(rows: Sequence[Row], way: str, target: Path) -> Path:
    """Heat maps of the exact share: exercise by view, and by frame rate."""
    exercises = sorted({row.trial.exercise for row in rows})
    figure = Figure(figsize=(13, 0.36 * len(exercises) + 2.2), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=[len(VIEWS), len(RATES) + 0.5], sharey=True)
    views = [min(VIEWS, key=lambda view: abs((row.trial.view - view + 180) % 360 - 180)) for row in rows]
    for axes, columns, own, title in (
        (left, VIEWS, views, "degrees from the front (0 front, 90 left side, 180 rear)"),
        (right, RATES, [row.trial.fps for row in rows], "frames a second"),
    ):
        cells = [
            [[row for row, at in zip(rows, own, strict=True) if row.trial.exercise == name and at == column]
             for column in columns]
            for name in exercises
        ]  # fmt: skip
        shares = np.array([[exact(cell, way) for cell in line] for line in cells])
        picture = axes.imshow(shares, cmap="RdYlGn", vmin=0, vmax=1, aspect="auto")
        for y, line in enumerate(cells):
            for x, cell in enumerate(line):
                if cell and shares[y, x] < 1:
                    axes.text(x, y, f"{shares[y, x]:.2f}", ha="center", va="center", fontsize=7)
        axes.set_xticks(range(len(columns)), [str(column) for column in columns])
        axes.set_xlabel(title)
    left.set_yticks(range(len(exercises)), exercises)
    figure.suptitle(f"Sets of simulated people counted exactly: {exact(rows, way):.3f} of {len(rows)} ({way})")
    figure.colorbar(picture, ax=right, label="share of sets")
    target.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(target, dpi=110)
    return target
