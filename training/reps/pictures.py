"""Pictures of counts: by how much they are off, and the signals of the takes that are off most."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from matplotlib.figure import Figure

from services.core.exercises import CATALOGUE
from services.core.types import NANOSECONDS
from training.reps.findings import Counted, Findings
from training.reps.takes import Take, counted_entry

FARTHEST: Final = 6
"""Counts that are off by more are put to these."""
WORST: Final = 10
"""So many takes are drawn."""


def draw_errors(findings: Findings, file: Path) -> None:
    """Draw how many takes are off by how much, for every counter.

    Args:
        findings: of one kind of takes.
        file: the PNG to write.
    """
    rows = findings.rows()
    figure = Figure(figsize=(9, 4.2), layout="constrained")
    axes = figure.add_subplot()
    at = np.arange(-FARTHEST, FARTHEST + 1)
    width = 0.85 / max(len(rows), 1)
    for number, ((counter, told), own) in enumerate(rows.items()):
        errors = np.clip([one.counted - one.truth for one in own], -FARTHEST, FARTHEST)
        heights = np.bincount(errors + FARTHEST, minlength=len(at)) / len(own)
        offset = (number - (len(rows) - 1) / 2) * width
        axes.bar(at + offset, heights, width, label=f"{counter}, exercise {told}")
    names = [f"{value:+d}" if value else "exact" for value in at]
    names[0], names[-1] = f"{-FARTHEST} or less", f"+{FARTHEST} or more"
    axes.set_xticks(at, names, rotation=30, ha="right", fontsize=8)
    axes.set_ylabel("share of takes")
    axes.set_title(f"{findings.what}: repetitions counted too few or too many")
    axes.grid(axis="y", alpha=0.3)
    axes.legend(fontsize=8)
    figure.savefig(file, format="png", dpi=100)


def draw_worst(counted: Sequence[Counted], takes: Sequence[Take], title: str, file: Path) -> list[Counted]:
    """Draw the takes that one counter got most wrong, with what it counted; those that are drawn.

    Args:
        counted: by one counter.
        takes: all of the kind.
        title: above them.
        file: the PNG to write.
    """
    by_name = {take.name: take for take in takes}
    wrong = [one for one in counted if one.counted != one.truth and one.take in by_name]
    shown = sorted(wrong, key=lambda one: (-abs(one.counted - one.truth) / one.truth, one.take))[:WORST]
    figure = Figure(figsize=(12, 1.7 * max(len(shown), 1) + 0.6), layout="constrained")
    figure.suptitle(title)
    for number, one in enumerate(shown):
        take = by_name[one.take]
        # Where no exercise is known the hands' height stands in.
        entry = counted_entry(one.answer) or take.entry or CATALOGUE["front_raise"]
        measures = take.measures()
        axes = figure.add_subplot(len(shown), 1, number + 1)
        seconds = [at / NANOSECONDS for at, _ in measures]
        axes.plot(seconds, [float(every.values[entry.signal]) for _, every in measures], linewidth=1)
        for start, end in one.spans:
            axes.axvspan(start / NANOSECONDS, end / NANOSECONDS, ymax=0.1, color="#2a8a4a", alpha=0.7)
            axes.axvline(end / NANOSECONDS, color="#2a8a4a", linewidth=0.6)
        for start, end in take.rests:
            axes.axvspan(start / NANOSECONDS, end / NANOSECONDS, color="#d8dce0")
        told = one.answer or "no exercise"
        name = f"{one.take}: {one.counted} counted, {one.truth} true; {one.exercise}"
        axes.set_title(f"{name}, taken for {told}" if told != one.exercise else name, fontsize=8, loc="left")
        axes.set_ylabel(entry.signal.name.lower().replace("_", " "), fontsize=7)
        axes.tick_params(labelsize=7)
    figure.savefig(file, format="png", dpi=90)
    return shown
