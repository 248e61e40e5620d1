"""The headline figures of answers: accuracy and macro F1 of groups of labels, each with all it must be read beside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.classifier.manifest import NONE, Figure
from services.core.geometry import Floats
from training.answers import Answers
from training.intervals import accuracy, interval, macro_f1, source_confusions
from training.metrics import Labels, by_video, calibrated_temperature, calibration_error, softened
from training.videos import Video

BIG_THREE: Final = ("squat", "bench_press", "deadlift")
MAIN: Final = (
    "squat", "push_up", "deadlift", "pull_up", "bench_press", "biceps_curl", "overhead_press", "lunge", "sit_up",
    "jumping_jack", "plank", "row", NONE,
)  # fmt: skip
"""The thirteen labels of the known baselines."""

SEVERAL: Final = 3
"""Sources that a label must have for the headline macro F1."""


@dataclass(frozen=True, slots=True)
class Group:
    """Labels that a figure is of.

    Attributes:
        name: for people.
        labels: which.
        closed: only these may be answered.
        alarms: a clip of another label that is taken for one of these counts against it; else only clips of these
            labels are looked at.
    """

    name: str
    labels: tuple[str, ...]
    closed: bool = False
    alarms: bool = False


def several_sources(videos: Sequence[Video]) -> tuple[str, ...]:
    """Labels with `SEVERAL` sources or more."""
    sources: dict[str, set[str]] = {}
    for video in videos:
        sources.setdefault(video.label, set()).add(video.source)
    return tuple(sorted(label for label, own in sources.items() if len(own) >= SEVERAL))


def groups_of(answers: Answers) -> tuple[Group, ...]:
    """The groups that figures are taken of."""
    several = several_sources(answers.videos)
    return (
        Group(f"all {len(answers.labels)} labels", answers.labels, alarms=True),
        Group(f"the {len(several)} labels with three sources or more", several, alarms=True),
        Group("13 main labels", MAIN),
        Group("13 main labels, answering one of them", MAIN, closed=True),
        Group("squat, bench press and deadlift, answering any label", BIG_THREE),
        Group("squat, bench press and deadlift, answering one of the three", BIG_THREE, closed=True),
    )


def figures_of(answers: Answers, group: Group) -> tuple[Figure, ...]:
    """Accuracy and macro F1 by video and by clip, each with its interval and the best constant answer."""
    videos, clips = _by_video(answers, group), _by_clip(answers, group)
    return (*_pair(f"{group.name}, by video", videos, group), *_pair(f"{group.name}, by clip", clips, group))


def headline(answers: Answers) -> tuple[Figure, ...]:
    """The figures of all groups."""
    figures = [figure for group in groups_of(answers) if _some(answers, group) for figure in figures_of(answers, group)]
    soft = crossed(answers)
    error = calibration_error(soft.probabilities, soft.truth)
    return (*figures, Figure(name="calibration error, by clip", value=_short(error), n=len(answers)))


def crossed(answers: Answers) -> Answers:
    """The same at a temperature that was fitted without the split that it is applied to."""
    soft = answers.probabilities.copy()
    for split, temperature in enumerate(crossed_temperatures(answers)):
        own = answers.split == split
        soft[own] = softened(soft[own], temperature)
    return answers.told(soft)


def crossed_temperatures(answers: Answers) -> list[float]:
    """For each split the temperature that suits the answers of all others; with a single split its own."""
    splits = int(answers.split.max(initial=0)) + 1
    return [
        temperature_of(answers.at(np.flatnonzero(answers.split != split)) if splits > 1 else answers)
        for split in range(splits)
    ]


def temperature_of(answers: Answers) -> float:
    """The temperature at which the truth is likeliest; every video weighs as the root of its clips."""
    weight = 1 / np.sqrt(np.bincount(answers.video)[answers.video])
    return calibrated_temperature(answers.probabilities, answers.truth, weight)


@dataclass(frozen=True, slots=True, eq=False)
class _Told:
    """Confusion matrices by source, (S, L, L), and the labels that figures are of, (L,)."""

    confusions: Floats
    chosen: NDArray[np.bool_]


def _some(answers: Answers, group: Group) -> bool:
    return bool(_chosen(answers, group)[answers.video_truth[answers.video_truth >= 0]].any())


def _chosen(answers: Answers, group: Group) -> NDArray[np.bool_]:
    return np.array([label in group.labels for label in answers.labels])


def _by_clip(answers: Answers, group: Group) -> _Told:
    answer = _closed(answers.probabilities, _chosen(answers, group)) if group.closed else answers.clip_answer
    return _told(answers, group, answers.truth, answer, answers.source)


def _by_video(answers: Answers, group: Group) -> _Told:
    answer = answers.video_answer
    if group.closed:
        evidence = by_video(answers.probabilities, answers.video, len(answers.videos))
        answer = _closed(np.nan_to_num(np.exp(evidence)), _chosen(answers, group))
    known = np.flatnonzero(answers.video_truth >= 0)
    return _told(answers, group, answers.video_truth[known], answer[known], answers.video_source[known])


def _closed(probabilities: Floats, chosen: NDArray[np.bool_]) -> Labels:
    return np.asarray(np.where(chosen, probabilities, -1.0).argmax(axis=1), np.int64)


def _told(answers: Answers, group: Group, truth: Labels, answer: Labels, source: Labels) -> _Told:
    chosen = _chosen(answers, group)
    confusions = source_confusions(truth, answer, source, len(answers.sources), len(answers.labels))
    if not group.alarms:
        confusions[:, ~chosen] = 0
    return _Told(confusions, chosen)


def _pair(name: str, told: _Told, group: Group) -> tuple[Figure, Figure]:
    own = told.confusions.copy()
    own[:, ~told.chosen] = 0
    counts = own.sum(axis=(0, 2))
    share = float(counts.max() / max(counts.sum(), 1))
    # Always the same answer is right for a label's own, and an alarm for all others that are looked at.
    seen = told.confusions.sum(axis=(0, 2))
    best = 2 * counts.max() / max(counts.max() + seen.sum(), 1) / max((counts > 0).sum(), 1)
    n = int(counts.sum())

    def f1(confusion: Floats) -> Floats:
        return macro_f1(confusion, told.chosen)

    return (
        _figure(f"accuracy, {name}", float(accuracy(own.sum(0))), interval(own, accuracy), share, n),
        _figure(f"macro F1, {name}", float(f1(told.confusions.sum(0))), interval(told.confusions, f1), float(best), n),
    )


def _figure(name: str, value: float, between: tuple[float, float], constant: float, n: int) -> Figure:
    return Figure(
        name=name, value=_short(value), constant=_short(constant), n=n, low=_short(between[0]), high=_short(between[1])
    )


def _short(value: float) -> float:
    return round(value, 3)
