"""The bars: what is known, what is wanted, what is reached, with the best constant answer and the sample beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from training.reps.figures import Accuracy, Between, Counts, best_constant
from training.reps.findings import WHOLE, Counted, Findings, Told
from training.reps.idle import Idle

FEW: Final = 3
"""Clips with fewer repetitions count for exactness only: answering "2" to them always gives a fine OBO."""

DELAY: Final = 0.3
"""Seconds after its end within which a repetition is to be told, 95 of 100."""

_ROW: Final = (WHOLE, Told.PREDICTED)


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure that is wanted.

    Attributes:
        figure: field of `Accuracy`.
        name: for people.
        known: from elsewhere.
        wanted: the goal.
        most: whether more is worse.
    """

    figure: str
    name: str
    known: str
    wanted: float
    most: bool


@dataclass(frozen=True, slots=True)
class Bar:
    """One goal beside what is reached.

    Attributes:
        what: is measured, and in what.
        known: from elsewhere.
        goal: that is wanted, for people.
        value: reached.
        between: the 95 % interval, sources resampled, or an upper bound; "" where there is none.
        n: the sample, for people.
        constant: the best answer that never looks; None where there is none.
        met: whether the goal is reached.
    """

    what: str
    known: str
    goal: str
    value: float
    between: str
    n: str
    constant: float | None
    met: bool


SEQUENCES: Final = (
    Goal("mae", "MAE", "0.346, ten lines (principal component, band-pass, peaks)", 0.12, True),
    Goal("obo", "OBO", "0.574, the same; published on such videos 0.56-0.60", 0.82, False),
)
CLIPS: Final = (
    Goal("mae", "MAE", "0.118, one angle with hysteresis, exercise given, many clips of one or two", 0.05, True),
    Goal("obo", "OBO", "0.93, the same", 0.97, False),
    Goal("obz", "exact", "0.83, the same", 0.90, False),
    Goal("total", "total error", "0.136, the same; 0.025 optical flow on its author's own videos", 0.025, True),
)


def counts_of(own: Sequence[Counted]) -> tuple[Counts, Counts]:
    """Truth and counts, (N,) each."""
    return np.array([one.truth for one in own], np.int64), np.array([one.counted for one in own], np.int64)


def bars(clips: Findings | None, long: Findings | None, sequences: Findings | None, idle: Idle | None) -> list[Bar]:
    """All goals of what was measured, by the whole classifier with nobody telling the exercise.

    Args:
        clips: counted clips.
        long: long sets.
        sequences: of keypoints.
        idle: footage in which nobody exercises.
    """
    found: list[Bar] = []
    if sequences is not None:
        found += _bars(SEQUENCES, _own(sequences), _own(sequences), f"sequences of keypoints ({sequences.what})")
    short, joined = _own(clips), _own(long)
    if short and joined:
        judged = [one for one in short if one.truth >= FEW] + joined
        found += _bars(CLIPS, judged, short + joined, f"clips of {FEW} repetitions and more, and long sets")
    if idle is not None:
        limit = f"at most {idle.bound(idle.reps):.2f} a minute"
        clips_of = f"{len(idle.clips)} clips, {idle.minutes:.1f} min"
        what = "repetitions counted where nobody exercises"
        found.append(Bar(what, "-", "0", idle.reps, limit, clips_of, 0.0, idle.reps == 0))
    found += _delays(joined)
    return found


def _own(findings: Findings | None) -> list[Counted]:
    return findings.rows().get(_ROW, []) if findings else []


def _bars(goals: Sequence[Goal], judged: Sequence[Counted], every: Sequence[Counted], what: str) -> Iterator[Bar]:
    for goal in goals:
        exact = goal.figure == "obz"
        own = every if exact else judged
        if not own:
            continue
        truth, counted = counts_of(own)
        value = float(getattr(Accuracy.of(truth, counted), goal.figure))
        low, high = getattr(Between.of(truth, counted, [one.source for one in own]), goal.figure)
        yield Bar(
            what=f"{goal.name}, {'all clips and long sets' if exact else what}",
            known=goal.known,
            goal=f"{goal.wanted:g}",
            value=value,
            between=f"{low:.3f} - {high:.3f}",
            n=f"{len(own)} ({truth.sum()} repetitions)",
            constant=float(getattr(best_constant(truth), goal.figure)),
            met=value <= goal.wanted if goal.most else value >= goal.wanted,
        )


def _delays(joined: Sequence[Counted]) -> Iterator[Bar]:
    for what, told in (
        ("all in long sets", [delay for one in joined for delay in one.delays]),
        ("those that end after their set was told", [delay for one in joined for delay in one.under_way]),
    ):
        if told:
            p50, p95 = np.percentile(told, [50, 95])
            name = f"seconds from a repetition's end to its event, p95, {what}"
            yield Bar(name, "-", f"{DELAY:g}", float(p95), f"p50 {p50:.2f}", str(len(told)), None, p95 <= DELAY)
