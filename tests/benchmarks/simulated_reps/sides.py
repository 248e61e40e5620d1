"""Which side did a repetition: simulated people who take turns, and ones who do the same on both sides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from services.core.exercises import CATALOGUE, Limb
from services.core.sides import side_of
from services.core.types import NANOSECONDS, PoseFrame, Side
from services.simulator import EXERCISES
from services.simulator.estimator import Estimator
from tests.benchmarks.simulated_reps.answers import Known, measured
from tests.benchmarks.simulated_reps.sets import COUNTED, Trial, plain_trials, random_of, seconds_of, truth_of

FIRST: Final[Side] = "left"
"""The side with which the simulator's people begin."""

ONE_SIDED: Final = tuple(name for name in COUNTED if CATALOGUE[EXERCISES[name].label or name].limb)
"""Exercises of which each repetition tells the side, where it is one."""


def true_side(exercise: str, number: int) -> Side | None:
    """The side of a repetition, from 1; None where both do the same."""
    if not EXERCISES[exercise].alternating:
        return None
    return FIRST if number % 2 else "right"


def told(trial: Trial, known: Known) -> Iterator[tuple[Side | None, Side | None]]:
    """The true side of each repetition, and what is told of it."""
    entry, poses = CATALOGUE[trial.label], measured(known)
    first = poses[0][0]
    for number, rep in enumerate(truth_of(trial), 1):
        start, end = (first + round(moment * NANOSECONDS) for moment in (rep.start, rep.end))
        yield true_side(trial.exercise, number), side_of(entry, [m for at, _, m in poses if start <= at <= end])


def with_errors(trial: Trial) -> Known:
    """A set from its true keypoints with the pose engine's errors."""
    estimator = Estimator(int(random_of("errors", trial.key).integers(2**31)), trial.errors)
    frames: Sequence[PoseFrame] = list(trial.scene.pose_frames(seconds_of(trial), fps=trial.fps))
    return [(frame.captured_at, estimator.update(frame)) for frame in frames]


def main() -> None:
    """Print how many repetitions are told right, by exercise."""
    print(f"{'exercise':<20}{'limb':<6}{'n':>5}{'right':>7}{'wrong':>7}{'not told':>10}")
    for exercise in ONE_SIDED:
        found: Counter[str] = Counter()
        for trial in plain_trials():
            if trial.exercise == exercise:
                found.update(_verdict(true, said) for true, said in told(trial, with_errors(trial)))
        limb = CATALOGUE[EXERCISES[exercise].label or exercise].limb
        assert limb is not None
        row = [found[name] for name in ("right", "wrong", "not told")]
        print(f"{exercise:<20}{Limb(limb):<6}{sum(row):>5}{row[0]:>7}{row[1]:>7}{row[2]:>10}")
    print("right: the side where there is one, none where both do the same")


def _verdict(true: Side | None, said: Side | None) -> str:
    if said == true:
        return "right"
    return "not told" if said is None else "wrong"
