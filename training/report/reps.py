"""How well repetitions are counted: what `python -m training.evaluate reps` found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from training.report.page import Cell, Section, folded, heading, note, picture, table, text
from training.reps.bars import FEW, Bar, bars, counts_of
from training.reps.figures import Accuracy, Between, best_constant
from training.reps.findings import PRINCIPAL, WHOLE, Counted, Findings, read_findings
from training.reps.idle import Idle, read_idle

_FIGURES = ("mae", "obo", "obz", "total")
_HEADS = ("takes", "repetitions", "MAE", "OBO", "OBZ", "total error")
_BARS = ("what", "known", "goal", "ours", "95 % interval", "n", "best constant answer", "reached")


def reps_section(folder: Path) -> Section:
    """The section on repetitions.

    Args:
        folder: where findings lie.
    """
    sequences = [
        (file.stem, found)
        for file in sorted(folder.glob("keypoints-*.json"))
        if (found := read_findings(file.stem, folder)) is not None
    ]
    clips, long, idle = read_findings("clips", folder), read_findings("long-sets", folder), read_idle(folder)
    body = text(
        "Counts beside those of people. MAE is the mean of |counted - true| / true, OBO the share within one of the "
        "truth, OBZ the share that is exact, total error the sum of absolute errors over the sum of the truth. The "
        "whole classifier finds the exercise itself, by a model that saw neither the person nor the source; single "
        "counters are told the true exercise (given), or the one that the whole classifier found (predicted). None is "
        "ever told by the truth which answer fits.",
        f"Clips of fewer than {FEW} repetitions count for exactness only: answering 2 to all of them is never far off. "
        f"Long sets are joined from counted clips of one person, with idle footage of the same fold around and "
        f"between, at 8 to 30 frames a second.",
    )
    if not (clips or long or sequences):
        told = "Nothing was counted yet: python -m training.evaluate reps --clips --long-sets."
        return Section("reps", "Repetitions", body + note(told))
    reached = bars(clips, long, sequences[0][1] if sequences else None, idle)
    body += table(_BARS, [_bar(bar) for bar in reached])
    if idle is not None:
        body += heading("Where nobody exercises") + _idle(idle)
    kinds = [("clips", clips), ("long-sets", long), *sequences]
    for name, found in kinds:
        if found is not None:
            body += heading(found.what.capitalize()) + _found(name, found, folder)
    return Section("reps", "Repetitions", body)


def _bar(bar: Bar) -> Sequence[Cell]:
    met = "met" if bar.met else "not met"
    return (bar.what, bar.known, bar.goal, round(bar.value, 3), bar.between, bar.n, bar.constant, met)


def _idle(idle: Idle) -> str:
    rows = [
        (name, count, count / idle.minutes, idle.bound(count))
        for name, count in (
            (f"{WHOLE}: in the end", idle.reps),
            (f"{WHOLE}: shown at any time", idle.ever),
            (PRINCIPAL, idle.peer),
        )
    ]
    where = ", ".join(f"{one.take} {one.reps}" for one in idle.clips if one.reps)
    told = f"{len(idle.clips)} videos, {idle.minutes:.1f} minutes. {f'Counted in {where}.' if where else ''}"
    return table(("counter", "repetitions", "a minute", "95 %: at most, a minute"), rows) + note(told)


def _found(name: str, found: Findings, folder: Path) -> str:
    """Tables and pictures of one kind of takes."""
    body = table(("counter", "exercise", *_HEADS), _counters(found, 1))
    if name == "long-sets":
        body += note(
            "Counted in the idle footage of long sets: "
            + ", ".join(
                f"{sum(one.phantoms for one in own)} by {counter}, exercise {told}"
                for (counter, told), own in found.rows().items()
            )
        )
    if name == "clips":
        body += note(f"Of these, clips of {FEW} repetitions and more:")
        body += table(("counter", "exercise", *_HEADS), _counters(found, FEW))
    if found.model:
        body += note(f"Exercises by the model {found.model}, of each fold the bundle that never saw it.")
    for (counter, told), own in found.rows().items():
        if counter != PRINCIPAL:
            columns = ("exercise", *_HEADS, "best constant: MAE", "OBO", "OBZ", "taken for")
            body += folded(f"By exercise: {counter}, exercise {told}", table(columns, _exercises(own)))
    for kind, caption in (("errors", "How far counts are off."), ("worst", "The takes that are off most.")):
        file = folder / f"{name}-{kind}.png"
        if file.exists():
            body += picture(file.read_bytes(), caption)
    return body


def _counters(found: Findings, least: int) -> list[Sequence[Cell]]:
    rows: list[Sequence[Cell]] = []
    longest: list[Counted] = []
    for (counter, told), every in found.rows().items():
        own = [one for one in every if one.truth >= least]
        if own:
            longest = max(longest, own, key=len)
            rows.append((counter, str(told), *_figures(own)))
    truth, _ = counts_of(longest)
    constant = best_constant(truth)
    return [*rows, ("best constant answer", "", constant.n, constant.reps, *_values(constant))]


def _figures(own: Sequence[Counted]) -> tuple[Cell, ...]:
    truth, counted = counts_of(own)
    accuracy, between = Accuracy.of(truth, counted), Between.of(truth, counted, [one.source for one in own])
    cells = []
    for name in _FIGURES:
        low, high = getattr(between, name)
        cells.append(f"{getattr(accuracy, name):.3f} ({low:.2f}-{high:.2f})")
    return (accuracy.n, accuracy.reps, *cells)


def _values(accuracy: Accuracy) -> tuple[Cell, ...]:
    return tuple(float(getattr(accuracy, name)) for name in _FIGURES)


def _exercises(own: Sequence[Counted]) -> list[Sequence[Cell]]:
    rows: list[Sequence[Cell]] = []
    for exercise, _ in Counter(one.exercise for one in own).most_common():
        part = [one for one in own if one.exercise == exercise]
        truth, counted = counts_of(part)
        accuracy, constant = Accuracy.of(truth, counted), best_constant(truth)
        wrong = Counter(one.answer or "nothing" for one in part if one.answer != exercise).most_common(3)
        others = ", ".join(f"{name} {count}" for name, count in wrong)
        values = (constant.mae, constant.obo, constant.obz)
        rows.append((exercise, accuracy.n, accuracy.reps, *_values(accuracy), *values, others))
    return rows
