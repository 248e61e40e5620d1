"""Findings as tables: a row for each counter, and for each exercise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from rich.table import Table

from training.reps.bars import Bar, counts_of
from training.reps.figures import Accuracy, Between, best_constant
from training.reps.findings import PRINCIPAL, WHOLE, Counted, Findings
from training.reps.idle import Idle

_FIGURES = ("mae", "obo", "obz", "total")
_HEADS = ("n", "reps", "MAE", "OBO", "OBZ", "total error")


def bars_table(reached: Sequence[Bar]) -> Table:
    """Goals beside what is reached."""
    table = Table("what", "goal", "ours", "95 %", "n", "best constant answer", "reached", title="the bars")
    for bar in reached:
        constant = "" if bar.constant is None else f"{bar.constant:.3f}"
        met = "met" if bar.met else "[red]not met"
        table.add_row(bar.what, bar.goal, f"{bar.value:.3f}", bar.between, bar.n, constant, met)
    return table


def counters_table(findings: Findings, title: str, least: int = 1) -> Table:
    """One row a counter, with intervals, and the best constant answer of the same takes.

    Args:
        findings: of one kind of takes.
        title: above it.
        least: takes with fewer repetitions are left out.
    """
    idle = any(one.phantoms for one in findings.counted)
    table = Table("counter", "exercise", *_HEADS, *(["in idle footage"] if idle else []), title=title)
    shown: dict[tuple[str, ...], Accuracy] = {}
    for (counter, told), rows in findings.rows().items():
        own = [one for one in rows if one.truth >= least]
        if not own:
            continue
        truth, counted = counts_of(own)
        between = Between.of(truth, counted, [one.source for one in own])
        table.add_row(counter, str(told), *_cells(Accuracy.of(truth, counted), between), *_idle(own, idle=idle))
        shown.setdefault(tuple(one.take for one in own), best_constant(truth))
    for constant in shown.values():
        table.add_row("best constant answer", "", *_cells(constant, None), style="dim")
    return table


def exercises_table(rows: Sequence[Counted], title: str, least: int = 1) -> Table:
    """One row an exercise, of one counter; beside each figure the best constant answer."""
    table = Table("exercise", *_HEADS, "best constant: MAE", "OBO", "OBZ", "taken for", title=title)
    own = [one for one in rows if one.truth >= least]
    for exercise, _ in Counter(one.exercise for one in own).most_common():
        part = [one for one in own if one.exercise == exercise]
        truth, counted = counts_of(part)
        constant = best_constant(truth)
        wrong = Counter(one.answer or "nothing" for one in part if one.answer != exercise).most_common(3)
        table.add_row(
            exercise,
            *_cells(Accuracy.of(truth, counted), None),
            *(f"{value:.2f}" for value in (constant.mae, constant.obo, constant.obz)),
            ", ".join(f"{name} {count}" for name, count in wrong),
        )
    return table


def _idle(own: Sequence[Counted], *, idle: bool) -> list[str]:
    return [str(sum(one.phantoms for one in own))] if idle else []


def _cells(accuracy: Accuracy, between: Between | None) -> list[str]:
    told = [str(accuracy.n), str(accuracy.reps)]
    for name in _FIGURES:
        value = getattr(accuracy, name)
        low, high = getattr(between, name) if between else (float("nan"), float("nan"))
        told.append(f"{value:.3f}" + ("" if np.isnan(low) else f" ({low:.2f}-{high:.2f})"))
    return told


def delays_table(findings: Findings, title: str) -> Table:
    """How long after its end a repetition is told, by counter.

    Args:
        findings: of one kind of takes.
        title: above it.
    """
    table = Table("counter", "exercise", "n", "p50", "p95", "once the exercise is known: n", "p50", "p95", title=title)
    for (counter, told), rows in findings.rows().items():
        every = [delay for one in rows for delay in one.delays]
        known = [delay for one in rows for delay in one.under_way]
        if every:
            table.add_row(counter, str(told), *_delays(every), *_delays(known))
    return table


def idle_table(idle: Idle) -> Table:
    """Repetitions where there are none.

    Args:
        idle: what was found.
    """
    title = f"{len(idle.clips)} clips, {idle.minutes:.1f} minutes in which nobody exercises ({idle.model})"
    table = Table("", "repetitions", "a minute", "95 %: at most, a minute", "in", title=title)
    for name, events in (
        (f"{WHOLE}: in the end", idle.reps),
        (f"{WHOLE}: shown at any time", idle.ever),
        (PRINCIPAL, idle.peer),
    ):
        where = [f"{one.take} ({', '.join(name for name, _ in one.exercises)})" for one in idle.clips if one.reps]
        told = ", ".join(where) if events == idle.reps and name.endswith("end") else ""
        table.add_row(name, str(events), f"{events / idle.minutes:.2f}", f"{idle.bound(events):.2f}", told)
    return table


def _delays(seconds: Sequence[float]) -> list[str]:
    if not seconds:
        return ["0", "", ""]
    return [str(len(seconds)), *(f"{value:.2f}" for value in np.percentile(seconds, [50, 95]))]
