"""Poses of which is known how far into a repetition they are; `training.phases` and `training.salient` learn from them.

    ends of repetitions       Countix poses, pixels       0 and 1                 (`training.extremes`)
                              single poses, up and down   0 and 1                 five exercises
    simulated gym             each exercise in all ways,  what the same person shows seen from the side, without the
                              as the engine sees it       engine's errors
                              the same before and after,  0 of everything
                              everyday doings

Nothing that counters are measured on is among it: no clip of the footage, no sequence, and of the Countix poses no
video whose poses resemble a sequence's (`SHOWN_IN_SEQUENCES`).
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.random import Generator
from rich.console import Console

from services.core.exercises import CATALOGUE
from services.core.geometry import length, middle
from services.core.signals import BODY, Floats, measure
from services.core.skeleton import INDEX
from services.simulator import open_scene
from services.simulator.estimator import Estimator
from services.simulator.exercises import MOVEMENTS
from training.extremes import TRUNK_METRES, read_extremes
from training.progress import progress_of
from training.simulated import FASTEST, SLOWEST, ways

LABELS: Final = tuple(name for name, entry in CATALOGUE.items() if not entry.hold)
NOTHING: Final = -1
"""Number of the label of poses that are no exercise."""

SHOWN_IN_SEQUENCES: Final = frozenset(
    {"sit_up067.mp4", "sit_up062.mp4", "push_up074.mp4", "pull_up016.mp4", "push_up078.mp4"}
)
"""Videos left out, because their poses, scaled alike, come closest to a sequence of the same exercise."""

ENDS_FIRST: Final = frozenset({"lunge"})
"""Exercises whose first salient pose is the far end."""

ORIGINS: Final = {"countix": 0.7, "single": 0.5, "simulated": 1.4, "everyday": 0.2, "before and after": 1.0}
"""Weight of each origin within an exercise, and within what is none."""

SINGLE: Final = Path("keypoints/kaggle_multiclass_exercise_poses")
SINGLE_POSES: Final = {
    "squats_up": ("squat", 0.0), "squats_down": ("squat", 1.0), "pushups_up": ("push_up", 0.0),
    "pushups_down": ("push_up", 1.0), "pullups_down": ("pull_up", 0.0), "pullups_up": ("pull_up", 1.0),
    "situp_down": ("sit_up", 0.0), "situp_up": ("sit_up", 1.0), "jumping_jacks_down": ("jumping_jack", 0.0),
    "jumping_jacks_up": ("jumping_jack", 1.0),
}  # fmt: skip
"""Label of the set of single poses -> exercise and how far in it."""

PEOPLE, FPS = 160, 8.0
"""Simulated people who show each exercise, and poses of theirs a second. With a quarter of them repetitions are counted
worse, simulated and real ones."""
USUAL: Final = 3
"""One in so many does it as the catalogue has it, the others in any way that there is."""
OWN: Final = 0.7
"""Share of them who do it in a way of their own (`services.simulator`)."""
REPS, REST = 3, 4.0
"""Repetitions of each, and seconds of rest after them."""
APART: Final = 0.4
"""Seconds from a repetition beyond which they do nothing: they get into position, rest, leave."""
HEIGHTS: Final = (0.4, 3.1)
"""Lowest and highest camera that sees them, metres."""
ERRORS: Final = (0.5, 1.5)
"""Least and greatest errors of their keypoints, as a multiple of the pose engine's."""
IDLERS, IDLE_SECONDS, IDLE_FPS, IDLE_NOISE = 24, 40.0, 4.0, 0.02
"""People who do everyday things, for how long, how many poses a second, and noise as a share of the trunk."""

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


def simulated(random: Generator, labels: Sequence[str] = LABELS, people: int = PEOPLE) -> Iterator[Shown]:
    """People of the simulated gym who do exercises, from all sides, and who do everyday things.

    Args:
        random: of all that is by chance.
        labels: exercises that are shown.
        people: who show each.
    """
    names: list[tuple[str, str]] = []
    for label in labels:
        known = ways().get(label, (label,))
        names += [
            (label, known[0] if number % USUAL == 0 else known[random.integers(len(known))]) for number in range(people)
        ]
    seeds = random.integers(2**31, size=len(names))
    with progress_of("people", Console(stderr=True)) as bar, ProcessPoolExecutor() as pool:
        task = bar.add_task("", total=len(names))
        for takes in pool.map(_athlete, *zip(*names, strict=True), seeds.tolist(), chunksize=8):
            bar.advance(task)
            yield from (take for take in takes if len(take.bodies))
    for _ in range(IDLERS):
        seed, view, height = int(random.integers(10**6)), int(random.integers(360)), random.uniform(0.8, 2.6)
        scene = open_scene(f"everyday?seed={seed}&view={view}&height={height:.2f}")
        frames = list(scene.pose_frames(IDLE_SECONDS, fps=IDLE_FPS, noise=IDLE_NOISE))
        bodies = np.stack([measure(frame.people[0], frame.width, frame.height).body for frame in frames])
        yield Shown(NOTHING, "everyday", bodies, np.zeros(len(bodies)))


def _athlete(label: str, name: str, seed: int) -> tuple[Shown, Shown]:
    """One person from one side, as the pose engine sees them: what they do, and what is before and after that.

    How far they are is what the exercise's signal says of them seen from the side; repetitions that it hardly shows,
    or the other way round, are left out.
    """
    random = np.random.default_rng(seed)
    entry = CATALOGUE[label]
    tempo = MOVEMENTS[name].seconds * float(np.exp(random.uniform(*np.log((FASTEST, SLOWEST)))))
    same = f"{name}?seed={random.integers(2**31)}&own={int(random.random() < OWN)}"
    same += f"&reps={REPS}&rest={REST}&tempo={tempo:.2f}"
    whole = 1.0 + REST + REPS * 1.15 * tempo
    scene = open_scene(f"{same}&view={random.integers(360)}&height={random.uniform(*HEIGHTS):.2f}")
    engine = Estimator(int(random.integers(2**31)), random.uniform(*ERRORS))
    clear = open_scene(f"{same}&view=90&height=1.0")
    seen = [engine.update(frame) for frame in scene.pose_frames(whole, fps=FPS)]
    bodies = np.stack([measure(frame.people[0], frame.width, frame.height).body for frame in seen])
    truth = np.array(
        [
            measure(frame.people[0], frame.width, frame.height).values[entry.signal]
            for frame in clear.pose_frames(whole, fps=FPS)
        ]
    )
    times = np.arange(len(truth)) / FPS
    progress, within, idle = np.zeros(len(truth)), np.zeros(len(truth), bool), np.ones(len(truth), bool)
    for rep in clear.reps(whole):
        idle &= (times < rep.start - APART) | (times > rep.end + APART)
        inside = np.flatnonzero((times >= rep.start - 0.15) & (times <= rep.end + 0.15))
        rest = truth[np.abs(times - rep.start).argmin()]
        far = truth[inside[np.abs(truth[inside] - rest).argmax()]]
        if (far - rest) * np.sign(entry.work - entry.rest) >= entry.rule.smallest:
            progress[inside] = np.clip((truth[inside] - rest) / (far - rest), 0.0, 1.0)
            within[inside] = True
    return (
        Shown(LABELS.index(label), "simulated", bodies[within], progress[within]),
        Shown(NOTHING, "before and after", bodies[idle], progress[idle]),
    )
