"""Which exercise when: one label for each stretch of time, decided over all of a person's clips together.

Clips answer one by one and some answer wrongly. The likeliest path through their probabilities, at a price for each
change of label (Viterbi, 1967), ignores a few odd ones and moves the change to where the clips really turned.
Later clips may correct earlier stretches; whoever reads them tells the difference by revision.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from services.core.exercises import NONE, UNKNOWN
from services.core.types import Prediction

FLOOR: Final = 0.02
"""No label is ever less likely than this: one clip alone must not forbid a path."""

START_STOP_COST: Final = 1.5
"""Price, in natural log odds of one whole clip, of starting or stopping to exercise."""

SWITCH_COST: Final = 3.0
"""The same, of going from one exercise straight to another, which people seldom do."""


POSSIBLE: Final = 0.15
"""A clip holds an exercise for possible that is as likely ..."""

OFTEN: Final = 3
"""... and so many clips make it worth a look at its repetitions."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Time of one label.

    Attributes:
        label: exercise id, "unknown" or "none".
        start: when it begins, ns; where nothing was done before, half a clip early, as the first clip to show an
            exercise clearly is seldom the first to contain it.
        end: ns; None for the last one, which goes on.
        confidence: 0-1, mean probability of the label over its clips.
    """

    label: str
    start: int
    end: int | None
    confidence: float


class Evidence:
    """The clips of one person, and the stretches they add up to.

    Args:
        exercises: ids that may be decided for; other labels of a model are not considered.
    """

    def __init__(self, exercises: Sequence[str]) -> None:
        self._exercises = frozenset(exercises)
        self._labels = (NONE, UNKNOWN, *exercises)
        exercise = np.arange(len(self._labels)) > 1
        between = np.where(exercise[:, None] & exercise[None, :], SWITCH_COST, START_STOP_COST)
        self._cost = np.where(np.eye(len(self._labels), dtype=bool), 0.0, between)
        self._clips: list[Prediction] = []
        self._scores = np.zeros(len(self._labels))
        self._back: list[np.ndarray[tuple[int], np.dtype[np.int64]]] = []

    @property
    def clips(self) -> tuple[Prediction, ...]:
        """All that it goes by; pushed into another one they give the same stretches."""
        return tuple(self._clips)

    @property
    def latest(self) -> str | None:
        """The label of the stretch that goes on; None before any clip."""
        return self._labels[int(self._scores.argmax())] if self._clips else None

    def push(self, prediction: Prediction) -> None:
        """Take the next clip's answer."""
        chances = np.array([prediction.probabilities.get(label, 0.0) for label in self._labels])
        if self._clips:
            step = self._scores[:, None] - self._cost
            came_from = step.argmax(axis=0)
            news = (prediction.end - self._clips[-1].end) / max(prediction.end - prediction.start, 1)
            weight = min(max(news, 0.0), 1.0)
            self._scores = step[came_from, np.arange(len(self._labels))]
        else:
            came_from = np.arange(len(self._labels))
            weight = 1.0
            self._scores = np.zeros(len(self._labels))
        self._scores = self._scores + weight * np.log(np.maximum(chances, FLOOR))
        self._back.append(came_from)
        self._clips.append(prediction)

    def forget(self, before: int) -> None:
        """Drop the clips that end by a moment, ns; what is left is judged as if it began there."""
        self._keep([clip for clip in self._clips if clip.end > before])

    def begin(self, at: int) -> None:
        """Drop the clips that begin before a moment, ns: they show what was before it, too."""
        self._keep([clip for clip in self._clips if clip.start >= at])

    def _keep(self, left: Sequence[Prediction]) -> None:
        if len(left) == len(self._clips):
            return
        self._clips, self._back = [], []
        for clip in left:
            self.push(clip)

    def stretches(self) -> list[Stretch]:
        """The likeliest labels over all clips, in order of time."""
        if not self._clips:
            return []
        path = [int(self._scores.argmax())]
        for came_from in reversed(self._back[1:]):
            path.append(int(came_from[path[-1]]))
        path.reverse()
        found = []
        first = 0
        for index in range(1, len(path) + 1):
            if index == len(path) or path[index] != path[first]:
                found.append(self._stretch(path, first, index))
                first = index
        return found

    def likeliest(self, spans: Sequence[tuple[int, int]]) -> list[str]:
        """Exercises that clips outside of some times (start and end, ns) hold for possible, the likeliest first."""
        total: dict[str, float] = {}
        times: dict[str, int] = {}
        for clip in self._clips:
            middle = (clip.start + clip.end) // 2
            if any(start <= middle <= end for start, end in spans):
                continue
            for label, chance in clip.probabilities.items():
                if label in self._exercises and chance >= POSSIBLE:
                    total[label] = total.get(label, 0.0) + chance
                    times[label] = times.get(label, 0) + 1
        often = [label for label in total if times[label] >= OFTEN]
        return sorted(often, key=lambda label: (-total[label], label))

    def moving(self, spans: Sequence[tuple[int, int]], idle: float) -> int:
        """How many clips outside of some times (start and end, ns) hold rest for less likely than that."""
        middles = ((clip.start + clip.end) // 2 for clip in self._clips if clip.probabilities.get(NONE, 0.0) < idle)
        return sum(not any(start <= middle <= end for start, end in spans) for middle in middles)

    def means(self, start: int, end: int) -> dict[str, float]:
        """Mean probability of each label that was told of the clips of a time, ns."""
        clips = self._during(start, end)
        total: dict[str, float] = {}
        for clip in clips:
            for label, chance in clip.probabilities.items():
                if label in self._labels:
                    total[label] = total.get(label, 0.0) + chance / len(clips)
        return total

    def count(self, start: int, end: int) -> int:
        """How many clips there are of a time, ns."""
        return len(self._during(start, end))

    def mean(self, label: str, start: int, end: int) -> float:
        """Mean probability of a label over the clips of a time, ns; 0 without any."""
        found = [clip.probabilities.get(label, 0.0) for clip in self._during(start, end)]
        return float(np.mean(found)) if found else 0.0

    def _during(self, start: int, end: int) -> list[Prediction]:
        """The clips whose middles lie between two moments, ns."""
        return [clip for clip in self._clips if start <= (clip.start + clip.end) // 2 <= end]

    def _stretch(self, path: list[int], first: int, after: int) -> Stretch:
        """The stretch of clips ``first`` to ``after`` - 1, which share a label."""
        label = self._labels[path[first]]
        clips = self._clips[first:after]
        confidence = float(np.mean([clip.probabilities.get(label, 0.0) for clip in clips]))
        start = clips[0].start
        if first > 0 and label != NONE:
            before = self._labels[path[first - 1]]
            start = self._border(first) if before not in {NONE, UNKNOWN} else start - (clips[0].end - start) // 2
        end = None
        if after < len(path):
            end = self._border(after) if self._labels[path[after]] != NONE else clips[-1].end
        return Stretch(label, start, end, confidence)

    def _border(self, index: int) -> int:
        """Halfway between the middles of a clip and the one before it, ns."""
        before, clip = self._clips[index - 1], self._clips[index]
        return (before.start + before.end + clip.start + clip.end) // 4
