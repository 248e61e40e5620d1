"""Holds of simulated people: how long they were held, by what is told, and by the truth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from services.classifier.settings import ClassifierSettings
from services.classifier.stage import Classifier, ClassifierStage
from services.core.exercises import CATALOGUE
from services.core.holds import HoldCounter
from services.core.signals import measure
from services.core.types import NANOSECONDS, Hold, PoseFrame, Rep
from services.simulator import EXERCISES, open_scene
from services.simulator.estimator import Estimator
from tests.benchmarks.simulated_reps.sets import HEIGHTS, RATES, random_of

HOLDS: Final = tuple(name for name, one in EXERCISES.items() if one.hold and name in CATALOGUE)
VIEWS: Final = (0, 45, 90, 135, 180, 270)
LEAD_OUT: Final = 6.0
STEP: Final = 0.05
"""Seconds between the moments at which the truth is asked."""


@dataclass(frozen=True, slots=True)
class Held:
    """One hold and what was said of it.

    Attributes:
        spec, fps: the scene.
        exercise: the catalogue's name.
        truth: seconds that it was held.
        told: seconds by the events that stand, of this exercise.
        alone: seconds by its counter alone, which is told what is held.
        holds: how many holds were told of it; others: of other exercises.
        reps: repetitions that stand, of whatever.
    """

    spec: str
    fps: int
    exercise: str
    truth: float
    told: float
    alone: float
    holds: int
    others: int
    reps: int


def specs() -> Iterator[tuple[str, str, int]]:
    """Exercise, spec and frames a second of each hold, of 10 to 30 seconds."""
    for name in HOLDS:
        for number, view in enumerate(VIEWS):
            for turn, fps in enumerate(RATES):
                random = random_of("simulated reps", name, view, fps)
                yield (
                    name,
                    f"{name}?seed={int(random.integers(2**31))}&view={view + int(random.integers(-10, 11))}"
                    f"&height={random.uniform(*HEIGHTS):.2f}&reps={2 + (number + turn) % 5}&rest=60",
                    fps,
                )


def held(exercise: str, spec: str, fps: int, model: Classifier) -> Held:
    """What the classifier's stage says of one."""
    scene = open_scene(spec)
    labels = [scene.people[0].programme.at(float(at)).label for at in np.arange(0, 60, STEP)]
    inside = [number * STEP for number, label in enumerate(labels) if label == exercise]
    estimator = Estimator(int(random_of("errors", spec, fps).integers(2**31)))
    frames: list[PoseFrame] = [estimator.update(frame) for frame in scene.pose_frames(inside[-1] + LEAD_OUT, fps=fps)]
    counter = HoldCounter(CATALOGUE[exercise])
    for frame in frames:
        counter.update(frame.captured_at, measure(frame.people[0], frame.width, frame.height))
    stage = ClassifierStage(ClassifierSettings(), model=model)
    last: dict[str, Hold | Rep] = {}
    for event in [event for frame in frames for event in stage.process(frame)] + stage.close():
        if isinstance(event, Hold | Rep):
            last[event.event_id] = event
    holds = [one for one in last.values() if isinstance(one, Hold) and one.end > one.start]
    own = [one for one in holds if one.exercise == exercise]
    return Held(
        spec=spec,
        fps=fps,
        exercise=exercise,
        truth=inside[-1] - inside[0],
        alone=sum(one.held for one in counter.holds) / NANOSECONDS,
        told=sum(one.held_seconds or (one.end - one.start) / NANOSECONDS for one in own),
        holds=len(own),
        others=len(holds) - len(own),
        reps=sum(isinstance(one, Rep) and one.counted for one in last.values()),
    )


def print_held(found: Sequence[Held]) -> None:
    """By exercise: told at all and as one, and by how many seconds the time told differs."""
    columns = f"{'off p50 s':>11}{'p95 s':>8}{'alone p50':>11}{'p95 s':>8}{'other holds':>13}{'reps':>6}"
    print(f"\n{'hold':<14}{'n':>4}{'told':>6}{'once':>6}{columns}")
    for name in dict.fromkeys(one.exercise for one in found):
        rows = [one for one in found if one.exercise == name]
        told = [one for one in rows if one.holds]
        off = np.percentile([abs(one.told - one.truth) for one in told], [50, 95]) if told else (np.nan, np.nan)
        alone = np.percentile([abs(one.alone - one.truth) for one in rows], [50, 95])
        once = sum(one.holds == 1 for one in rows)
        others, reps = (sum(getattr(one, what) for one in rows) for what in ("others", "reps"))
        seconds = f"{off[0]:>11.2f}{off[1]:>8.2f}{alone[0]:>11.2f}{alone[1]:>8.2f}"
        print(f"{name:<14}{len(rows):>4}{len(told):>6}{once:>6}{seconds}{others:>13}{reps:>6}")
    for one in found:
        if one.holds != 1 or one.others or one.reps or abs(one.told - one.truth) > 2.0:
            times = f"true {one.truth:.1f} s, alone {one.alone:.1f} s, told {one.told:.1f} s in {one.holds}"
            print(f"  {one.fps:>3} fps  {one.spec}  {times}, other holds {one.others}, reps {one.reps}")
