"""The networks of `services.core.phases`: how far into a repetition a single pose is.

They learn from the poses of `training.shown`, those of people who do nothing with little weight; each begins from
another seed, and together they err less than the best of them. Run
``python -m training.phases`` to train and to write `services.core.phase_weights`. Needs torch and SPOTTER_DATA.
"""

from __future__ import annotations

from base64 import b85encode
from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.random import Generator
from rich.console import Console
from rich.progress import Progress
from torch import nn

from services.core import phase_weights
from services.core.phases import WIDTH, Layers, described
from services.core.signals import BODY, Floats
from training.augment import PITCH, ROLL
from training.progress import progress_of
from training.shown import LABELS, NOTHING, ORIGINS, TWINS, Shown, ends_of_repetitions, simulated
from training.videos import data_directory

NETWORKS: Final = 3
"""Two that differ in their seed alone differ by 0.04 in the share of takes that they count exactly."""
HIDDEN: Final = (64, 40)
EPOCHS, POSES, BATCH = 40, 60_000, 512
"""Passes, poses drawn for each, and poses at a time."""
RATE: Final = 4e-3
IDLE_WEIGHT: Final = 0.1
"""Weight of a pose that is no exercise, for the same posture may be part of one."""

YAW: Final = 25.0
"""Standard deviation of the camera's turn about the vertical, degrees."""
SHAKE, DEPTH, SIZE = 0.012, 0.2, 0.07
"""Metres by which each joint is off; deviations of the logarithms of depth and size."""
LOST, LOST_METRES = 0.04, 0.15
"""How often a joint is somewhere else, and how far."""

_HIPS: Final = slice(BODY.index("left_hip"), BODY.index("right_hip") + 1)
_TARGET: Final = Path(phase_weights.__file__)


def varied(bodies: Floats, random: Generator) -> Floats:
    """Poses (N, len(BODY), 3), each seen from a little elsewhere or in a mirror, of another size, joints off."""
    count = len(bodies)
    bodies = bodies * np.stack([np.ones(count), np.ones(count), np.exp(random.normal(0, DEPTH, count))], -1)[:, None]
    yaw, pitch, roll = np.radians(random.normal(0.0, (YAW, PITCH, ROLL), (count, 3))).T
    bodies = _about(bodies, yaw, 0, 2)
    bodies = _about(bodies, pitch, 1, 2)
    bodies = _about(bodies, roll, 0, 1)
    mirrored = random.random(count) < 0.5
    bodies[mirrored] = bodies[mirrored][:, TWINS] * (-1.0, 1.0, 1.0)
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


def train(shown: list[Shown], bar: Progress, *, seed: int = 0) -> Layers:
    """Fit a network.

    Args:
        shown: what it learns from.
        bar: shows its epochs.
        seed: of its first weights and of what is drawn.
    """
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


def source(networks: list[Layers]) -> str:
    """The module `services.core.phase_weights` for networks of one shape."""
    numbers = np.concatenate(
        [np.concatenate([weights.ravel(), biases]) for layers in networks for weights, biases in layers]
    )
    text = b85encode(numbers.astype("<f2").tobytes()).decode()
    lines = "\n".join(f'    "{text[first : first + 112]}",' for first in range(0, len(text), 112))
    shapes = ", ".join(str(weights.shape) for weights, _ in networks[0])
    names = "\n".join(f'    "{name}",' for name in LABELS)
    return (
        '"""What the networks of `services.core.phases` learnt; written by `python -m training.phases`."""\n\n'
        "from __future__ import annotations\n\nfrom typing import Final\n\n"
        f"EXERCISES: Final = (\n{names}\n)\n\n"
        f"SHAPES: Final = ({shapes})\n"
        '"""Inputs and outputs of each layer of one network."""\n\n'
        f"NUMBERS: Final = (\n{lines}\n)\n"
        '"""Of one network after the other weights and biases of each layer in turn, 16-bit floats in base 85."""\n'
    )


def main() -> None:
    """Train and write."""
    random = np.random.default_rng(1)
    shown = [*ends_of_repetitions(data_directory()), *simulated(random)]
    print(f"{sum(len(take.bodies) for take in shown)} poses of {len(shown)} takes")
    with progress_of("epochs", Console(stderr=True)) as bar:
        networks = [train(shown, bar, seed=seed) for seed in range(NETWORKS)]
    _TARGET.write_text(source(networks), encoding="utf-8")
    print(f"written to {_TARGET}")


if __name__ == "__main__":
    main()
