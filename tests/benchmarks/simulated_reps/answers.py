"""What counters and sets say of a simulated set: how many, when each was told, and where its phases begin."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from services.classifier.manifest import Manifest
from services.classifier.settings import ClassifierSettings
from services.classifier.stage import Classifier, ClassifierStage
from services.core.clips import Clip
from services.core.counting import COUNTERS
from services.core.exercises import CATALOGUE, NONE
from services.core.signals import Measures, measure
from services.core.types import NANOSECONDS, FloatArray, PoseFrame, Rep, SetEnded
from tests.benchmarks.simulated_reps.sets import Trial, truth_of

Known = Sequence[tuple[int, PoseFrame]]
"""When a frame's people were known (event time of the newest frame then, ns), and the frame."""

MILLISECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Seen:
    """A repetition that was counted; all in ns of event time, `told` when that became known."""

    start: int
    reached: int
    left: int
    end: int
    told: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said of one set in the end.

    Attributes:
        reps: the repetitions that stand.
        halves: how many half repetitions.
        sets: how many sets; 0 from a counter alone.
        named: the exercise of the set with the most repetitions; "" from a counter alone.
    """

    reps: tuple[Seen, ...]
    halves: int
    sets: int = 0
    named: str = ""


Measured = Sequence[tuple[int, int, Measures]]
"""Event time of a pose, when it was known (ns), and its measures."""


def measured(frames: Known) -> Measured:
    """The measures of the one person in view."""
    return [
        (frame.captured_at, known, measure(frame.people[0], frame.width, frame.height))
        for known, frame in frames
        if frame.people
    ]


def alone(trial: Trial, poses: Measured, counter: str) -> Answer:
    """A counter by itself, which is told the exercise and sees all: how the person gets ready, and leaves, too."""
    counting = COUNTERS[counter](CATALOGUE[trial.label])
    told: dict[int, int] = {}
    for at, known, measures in poses:
        counting.update(at, measures)
        for rep in counting.reps[-2:]:
            told.setdefault(rep.bottom_at, known)
    end = poses[-1][1]
    reps = [Seen(rep.start, rep.reached, rep.left, rep.end, told.get(rep.bottom_at, end)) for rep in counting.reps]
    return Answer(tuple(reps), len(counting.halves))


def within_sets(frames: Known, model: Classifier) -> Answer:
    """Everything together: the classifier's stage with a model."""
    stage = ClassifierStage(ClassifierSettings(), model=model)
    last: dict[str, Rep] = {}
    told: dict[str, int] = {}
    sets: dict[str, SetEnded] = {}

    def take(messages: Iterable[object], known: int) -> None:
        for event in messages:
            if isinstance(event, Rep):
                last[event.event_id] = event
                if event.counted:
                    told.setdefault(event.event_id, known)
            if isinstance(event, SetEnded):
                sets[event.event_id] = event

    for known, frame in frames:
        take(stage.process(frame), known)
    take(stage.close(), frames[-1][0])
    reps = sorted((rep for rep in last.values() if rep.counted), key=lambda rep: rep.start)
    kept = [one for one in sets.values() if one.reps]
    return Answer(
        tuple(Seen(rep.start, rep.reached or 0, rep.left or 0, rep.end, told[rep.event_id]) for rep in reps),
        sum(rep.half for rep in last.values()),
        len(kept),
        max(kept, key=lambda one: one.reps).exercise if kept else "",
    )


class Perfect:
    """A model that says what is so: how much of a clip lies within the set, or of the set within the clip.

    Args:
        trial: the set.
        manifest: how clips are cut.
    """

    def __init__(self, trial: Trial, manifest: Manifest) -> None:
        self.manifest = manifest
        self.labels = (trial.label, NONE)
        truth = truth_of(trial)
        self._set = truth[0].start * NANOSECONDS, truth[-1].end * NANOSECONDS

    def predict(self, clip: Clip) -> FloatArray:
        """(2,) of the exercise and none."""
        inside = min(clip.end, self._set[1]) - max(clip.start, self._set[0])
        shorter = min(clip.end - clip.start, round(self._set[1] - self._set[0]))
        share = min(max(inside / max(shorter, 1), 0.01), 0.99)
        return np.array([share, 1 - share], np.float32)


def phase_errors(trial: Trial, answer: Answer) -> list[tuple[float, float, float, float, float]]:
    """Of each counted repetition that a true one overlaps most: how late start, reached, left, end and telling are, ms.

    The last is the telling after the true end; early is negative.
    """
    errors = []
    for true in truth_of(trial):
        begin, end = true.start * NANOSECONDS, true.end * NANOSECONDS
        overlaps = [min(rep.end, end) - max(rep.start, begin) for rep in answer.reps]
        if not true.counted or not overlaps or max(overlaps) < 0.3 * (end - begin):
            continue
        rep = answer.reps[int(np.argmax(overlaps))]
        moments = (true.start, true.reached, true.left, true.end, true.end)
        said = (rep.start, rep.reached, rep.left, rep.end, rep.told)
        late = [(at - moment * NANOSECONDS) / MILLISECOND for at, moment in zip(said, moments, strict=True)]
        errors.append((late[0], late[1], late[2], late[3], late[4]))
    return errors
