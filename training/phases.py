r"""The network of `services.core.phases`: how far into a repetition a single pose is.

    ends of repetitions       Countix poses, pixels       0 and 1                 (`training.extremes`)
                              single poses, up and down   0 and 1                 five exercises
    simulated gym             every exercise, all sides   what the same movement shows seen from the side, without noise
                              everyday doings             0 of everything, with little weight

Nothing that counters are measured on is among it: no clip of the footage, no sequence, and of the Countix poses no
video whose poses resemble a sequence's (`SHOWN_IN_SEQUENCES`). Run ``python -m training.phases`` to train and to write
`services.core.phase_weights`. Needs torch and SPOTTER_DATA.
"""

from __future__ import annotations

import csv
from base64 import b85encode
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.random import Generator
from rich.console import Console
from torch import nn

from services.core import phase_weights
from services.core.exercises import CATALOGUE, Exercise
from services.core.geometry import length, middle
from services.core.phases import WIDTH, described
from services.core.signals import BODY, Floats, measure
from services.core.skeleton import INDEX
from services.simulator import EXERCISES, open_scene
from training.augment import PITCH, ROLL
from training.extremes import TRUNK_METRES, read_extremes
from training.progress import progress_of
from training.videos import data_directory

LABELS: Final = tuple(name for name, entry in CATALOGUE.items() if not entry.hold)
NOTHING: Final = -1
"""Number of the label of poses that are no exercise."""

HIDDEN: Final = (48, 32)
EPOCHS, POSES, BATCH = 25, 60_000, 512
"""Passes, poses drawn for each, and poses at a time."""
RATE: Final = 4e-3
IDLE_WEIGHT: Final = 0.1
"""Weight of a pose that is no exercise, for the same posture may be part of one."""

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

YAW: Final = 25.0
"""Standard deviation of the camera's turn about the vertical, degrees."""
SHAKE, DEPTH, SIZE = 0.012, 0.2, 0.07
"""Metres by which each joint is off; deviations of the logarithms of depth and size."""
LOST, LOST_METRES = 0.04, 0.15
"""How often a joint is somewhere else, and how far."""

_BODY: Final = np.array([INDEX[name] for name in BODY])
_HIPS: Final = slice(BODY.index("left_hip"), BODY.index("right_hip") + 1)
_TWINS: Final = np.array([index ^ 1 for index in range(len(BODY))])
_TARGET: Final = Path(phase_weights.__file__)


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


def varied(bodies: Floats, random: Generator) -> Floats:
    """Poses (N, len(BODY), 3), each seen from a little elsewhere or in a mirror, of another size, joints off."""
    count = len(bodies)
    bodies = bodies * np.stack([np.ones(count), np.ones(count), np.exp(random.normal(0, DEPTH, count))], -1)[:, None]
    yaw, pitch, roll = np.radians(random.normal(0.0, (YAW, PITCH, ROLL), (count, 3))).T
    bodies = _about(bodies, yaw, 0, 2)
    bodies = _about(bodies, pitch, 1, 2)
    bodies = _about(bodies, roll, 0, 1)
    mirrored = random.random(count) < 0.5
    bodies[mirrored] = bodies[mirrored][:, _TWINS] * (-1.0, 1.0, 1.0)
    bodies = bodies * np.exp(random.normal(0, SIZE, count))[:, None, None]
    bodies = bodies + random.normal(0, SHAKE, bodies.shape)
    lost = random.random(bodies.shape[:2]) < LOST
    bodies = bodies + lost[..., None] * random.normal(0, LOST_METRES, bodies.shape)
    return np.asarray(bodies - bodies[:, _HIPS].mean(axis=1, keepdims=True))


def _about(bodies: Floats, angles: Floats, one: int, other: int) -> Floats:
    """Bodies (N, V, 3), each turned by its angle (N,) in the plane of two axes."""
    cosine, sine = np.cos(angles)[:, None], np.sin(angles)[:, None]
    turned = bodies.copy()
    turned[..., one] = cosine * bodies[..., one] - sine * bodies[..., other]
    turned[..., other] = sine * bodies[..., one] + cosine * bodies[..., other]
    return turned


def _weights(shown: list[Shown]) -> Floats:
    """How often each pose is drawn: exercises alike, within them by origin, there by the root of its take."""
    poses: dict[tuple[int, str], int] = defaultdict(int)
    roots: dict[tuple[int, str], float] = defaultdict(float)
    for take in shown:
        poses[take.label, take.origin] += len(take.bodies)
        roots[take.label, take.origin] += len(take.bodies) ** 0.5
    worth = {group: ORIGINS.get(group[1], 1.0) * min(1.0, number / 300) for group, number in poses.items()}
    of_label: dict[int, float] = defaultdict(float)
    for (label, _), value in worth.items():
        of_label[label] += value
    chances = [
        np.full(
            len(take.bodies),
            worth[take.label, take.origin]
            / of_label[take.label]
            / roots[take.label, take.origin]
            / max(len(take.bodies), 1) ** 0.5,
        )
        for take in shown
    ]
    together = np.concatenate(chances)
    return np.asarray(together / together.sum())


def train(shown: list[Shown], *, seed: int = 0) -> list[tuple[Floats, Floats]]:
    """Fit the network; weights and biases of its layers, as `services.core.phases.PhaseNetwork` takes them."""
    random = np.random.default_rng(seed)
    torch.manual_seed(seed)
    bodies = np.concatenate([take.bodies for take in shown])
    progress = np.concatenate([take.progress for take in shown])
    labels = np.concatenate([np.full(len(take.bodies), take.label) for take in shown])
    chances = _weights(shown)
    plain = described(bodies)
    centre, spread = plain.mean(axis=0), plain.std(axis=0) + 0.05
    sizes = (WIDTH, *HIDDEN, len(LABELS))
    layers = [nn.Linear(inputs, outputs) for inputs, outputs in pairwise(sizes)]
    network = nn.Sequential(*[part for layer in layers for part in (layer, nn.ReLU())][:-1])
    optimizer = torch.optim.AdamW(network.parameters(), RATE / 2, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=EPOCHS * (POSES // BATCH))
    with progress_of("epochs", Console(stderr=True)) as bar:
        task = bar.add_task("", total=EPOCHS)
        for _ in range(EPOCHS):
            drawn = random.choice(len(bodies), POSES, p=chances)
            fed = torch.tensor((described(varied(bodies[drawn], random)) - centre) / spread, dtype=torch.float32)
            aims, shows = torch.tensor(progress[drawn], dtype=torch.float32), torch.tensor(labels[drawn])
            for first in range(0, POSES - BATCH + 1, BATCH):
                part = slice(first, first + BATCH)
                loss = _loss(network(fed[part]), aims[part], shows[part])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                schedule.step()
            bar.advance(task)
    found = [(np.asarray(layer.weight.detach().T, float), np.asarray(layer.bias.detach(), float)) for layer in layers]
    weights, biases = found[0]
    found[0] = (weights / spread[:, None], biases - (centre / spread) @ weights)
    return found


def _loss(odds: torch.Tensor, aims: torch.Tensor, shows: torch.Tensor) -> torch.Tensor:
    """Cross entropy of the exercise that is shown; of those who do nothing, of all exercises."""
    idle = shows == NOTHING
    own = odds.gather(1, shows.clamp(min=0)[:, None])[:, 0]
    loss = (nn.functional.binary_cross_entropy_with_logits(own, aims, reduction="none") * ~idle).sum()
    still = nn.functional.binary_cross_entropy_with_logits(odds, torch.zeros_like(odds), reduction="none").mean(1)
    return (loss + IDLE_WEIGHT * (still * idle).sum()) / BATCH


def source(layers: list[tuple[Floats, Floats]]) -> str:
    """The module `services.core.phase_weights` for a network."""
    numbers = np.concatenate([np.concatenate([weights.ravel(), biases]) for weights, biases in layers])
    text = b85encode(numbers.astype("<f2").tobytes()).decode()
    lines = "\n".join(f'    "{text[first : first + 112]}",' for first in range(0, len(text), 112))
    shapes = ", ".join(str(weights.shape) for weights, _ in layers)
    names = "\n".join(f'    "{name}",' for name in LABELS)
    return (
        '"""What the network of `services.core.phases` learnt; written by `python -m training.phases`."""\n\n'
        "from __future__ import annotations\n\nfrom typing import Final\n\n"
        f"EXERCISES: Final = (\n{names}\n)\n\n"
        f"SHAPES: Final = ({shapes})\n"
        '"""Inputs and outputs of each layer."""\n\n'
        f"NUMBERS: Final = (\n{lines}\n)\n"
        '"""Weights and biases of each layer in turn, 16-bit floats in base 85."""\n'
    )


def main() -> None:
    """Train and write."""
    random = np.random.default_rng(1)
    shown = [*ends_of_repetitions(data_directory()), *simulated(random)]
    print(f"{sum(len(take.bodies) for take in shown)} poses of {len(shown)} takes")
    _TARGET.write_text(source(train(shown)), encoding="utf-8")
    print(f"written to {_TARGET}")


if __name__ == "__main__":
    main()
