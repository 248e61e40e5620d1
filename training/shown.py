"""Poses of which is known how far into a repetition they are; `training.phases` and `training.salient` learn from them.

    ends of repetitions       Countix poses, pixels       0 and 1                 (`training.extremes`)
                              single poses, up and down   0 and 1                 five exercises
    simulated gym             every exercise, all sides   what the same movement shows seen from the side, without noise
                              everyday doings             0 of everything

Nothing that counters are measured on is among it: no clip of the footage, no sequence, and of the Countix poses no
video whose poses resemble a sequence's (`SHOWN_IN_SEQUENCES`).
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.random import Generator

from services.core.exercises import CATALOGUE, Exercise
from services.core.geometry import length, middle
from services.core.signals import BODY, Floats, measure
from services.core.skeleton import INDEX
from services.simulator import EXERCISES, open_scene
from training.extremes import TRUNK_METRES, read_extremes

LABELS: Final = tuple(name for name, entry in CATALOGUE.items() if not entry.hold)
NOTHING: Final = -1
"""Number of the label of poses that are no exercise."""

SHOWN_IN_SEQUENCES: Final = frozenset(
    {"sit_up067.mp4", "sit_up062.mp4", "push_up074.mp4", "pull_up016.mp4", "push_up078.mp4"}
)
"""Videos left out, because their poses, scaled alike, come closest to a sequence of the same exercise."""

ENDS_FIRST: Final = frozenset({"lunge"})
"""Exercises whose first salient pose is the far end."""

ORIGINS: Final = {"countix": 0.7, "single": 0.5, "simulated": 0.7}
"""Weight of each origin within an exercise."""

SINGLE: Final = Path("keypoints/kaggle_multiclass_exercise_poses")
SINGLE_POSES: Final = {
    "squats_up": ("squat", 0.0), "squats_down": ("squat", 1.0), "pushups_up": ("push_up", 0.0),
    "pushups_down": ("push_up", 1.0), "pullups_down": ("pull_up", 0.0), "pullups_up": ("pull_up", 1.0),
    "situp_down": ("sit_up", 0.0), "situp_up": ("sit_up", 1.0), "jumping_jacks_down": ("jumping_jack", 0.0),
    "jumping_jacks_up": ("jumping_jack", 1.0),
}  # fmt: skip
"""Label of the set of single poses -> exercise and how far in it."""

VIEWS, FPS, NOISE = 8, 8.0, 0.02
"""Sides that the simulated are seen from, poses a second, and noise as a share of the trunk."""
IDLERS, IDLE_SECONDS, IDLE_FPS = 24, 40.0, 4.0

_BODY: Final = np.array([INDEX[name] for name in BODY])
TWINS: Final = np.array([index ^ 1 for index in range(len(BODY))])
"""Row of each keypoint of a body on the other side."""


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """Poses of one take.

    Attributes:
        label: number of the exercise in `LABELS`, or `NOTHING`.
        origin: where it is from.
        bodies: (N, len(BODY), 3) metres about the hips.
        progress: (N,) 0-1.
    """

    label: int
    origin: str
    bodies: Floats
    progress: Floats


def ends_of_repetitions(data: Path) -> Iterator[Shown]:
    """The poses at the ends of Countix repetitions, and the single ones."""
    for video in read_extremes(data):
        if video.video not in SHOWN_IN_SEQUENCES:
            for number, poses in enumerate(video.ends):
                far = float(number == (video.label not in ENDS_FIRST))
                bodies = np.asarray(poses[:, _BODY], np.float64)
                yield Shown(LABELS.index(video.label), "countix", bodies, np.full(len(poses), far))
    if not (data / SINGLE / "landmarks.csv").is_file():
        return
    with (data / SINGLE / "labels.csv").open(newline="") as file:
        labels = {row["pose_id"]: row["pose"] for row in csv.DictReader(file)}
    found: dict[str, list[Floats]] = defaultdict(list)
    with (data / SINGLE / "landmarks.csv").open(newline="") as file:
        for row in csv.reader(file):
            if labels.get(row[0]) in SINGLE_POSES:
                found[labels[row[0]]].append(_in_metres(np.array(row[1:100], float).reshape(33, 3)))
    for label, single in sorted(found.items()):
        exercise, far = SINGLE_POSES[label]
        yield Shown(LABELS.index(exercise), "single", np.stack(single)[:, _BODY], np.full(len(single), far))


def _in_metres(pose: Floats) -> Floats:
    """One pose (33, 3) about its hips, scaled by its trunk."""
    hips = middle(pose[INDEX["left_hip"]], pose[INDEX["right_hip"]])
    shoulders = middle(pose[INDEX["left_shoulder"]], pose[INDEX["right_shoulder"]])
    return (pose - hips) * (TRUNK_METRES / max(float(length(shoulders - hips)), 1e-6))


def simulated(random: Generator) -> Iterator[Shown]:
    """Every exercise that the simulator and the catalogue know, from all sides; and everyday doings."""
    for name, exercise in EXERCISES.items():
        entry = CATALOGUE.get(exercise.label or name)
        if entry is None or entry.hold:
            continue
        for view in range(VIEWS):
            seen_from = view * 360 / VIEWS + random.uniform(-22, 22)
            yield _simulated(name, entry, exercise.seconds, seen_from, random)
    for _ in range(IDLERS):
        seed, view, height = int(random.integers(10**6)), int(random.integers(360)), random.uniform(0.8, 2.6)
        scene = open_scene(f"everyday?seed={seed}&view={view}&height={height:.2f}")
        frames = list(scene.pose_frames(IDLE_SECONDS, fps=IDLE_FPS, noise=NOISE))
        bodies = np.stack([measure(frame.people[0], frame.width, frame.height).body for frame in frames])
        yield Shown(NOTHING, "idle", bodies, np.zeros(len(bodies)))


def _simulated(name: str, entry: Exercise, seconds: float, view: float, random: Generator) -> Shown:
    """One person from one side; how far they are is what the exercise's signal says of them seen from the side."""
    same = f"{name}?seed={int(random.integers(10**6))}&reps=3&rest=4"
    whole = 5.0 + 3 * 1.15 * seconds
    scene = open_scene(f"{same}&view={view:.0f}&height={random.uniform(0.8, 2.6):.2f}")
    clear = open_scene(f"{same}&view=90&height=1.0")
    frames = list(scene.pose_frames(whole, fps=FPS, noise=NOISE))
    truth = np.array(
        [
            measure(frame.people[0], frame.width, frame.height).values[entry.signal]
            for frame in clear.pose_frames(whole, fps=FPS)
        ]
    )
    times = np.arange(len(truth)) / FPS
    progress, within = np.zeros(len(truth)), np.zeros(len(truth), bool)
    for rep in clear.reps(whole):
        inside = np.flatnonzero((times >= rep.start - 0.15) & (times <= rep.end + 0.15))
        rest = truth[np.abs(times - rep.start).argmin()]
        far = truth[inside[np.abs(truth[inside] - rest).argmax()]]
        progress[inside] = np.clip((truth[inside] - rest) / (far - rest), 0.0, 1.0)
        within[inside] = True
    bodies = np.stack([measure(frame.people[0], frame.width, frame.height).body for frame in frames])
    return Shown(LABELS.index(entry.exercise), "simulated", bodies[within], progress[within])
