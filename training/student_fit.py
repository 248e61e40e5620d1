"""Teaches a landmark network to answer like BlazePose's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from services.pose.landmarks import COUNT, PIXELS
from training.student_crops import LANDMARKS, USED, Crops
from training.student_network import Network

BATCH: Final = 16
LEARNING_RATE: Final = 3e-4
"""Greatest step of a weight, as a part of its tensor's root mean square. With one and the same step for all, the small
weights of a model without normalisation are shaken to pieces: the loss doubled within a hundred steps of 4e-4."""
REGION_WEIGHT: Final = 4.0
"""How much more the two landmarks count that place the next region: an error of theirs is in all the others."""
HEAT_WEIGHT: Final = 10.0
_SURE: Final = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Crops and answers as tensors, with the shapes of `Crops`."""

    image: Tensor
    landmarks: Tensor
    points: Tensor
    presence: Tensor
    world: Tensor
    heat: Tensor

    @classmethod
    def of(cls, crops: Crops, chosen: NDArray[np.int64], pixels: int, device: torch.device) -> Batch:
        """Those with these numbers, in pictures of `pixels` a side, where the network is."""

        def tensor(values: NDArray[Any]) -> Tensor:
            return torch.from_numpy(values[chosen]).to(device)

        return cls(
            image=tensor(crops.pictures(pixels)),
            landmarks=tensor(crops.landmarks),
            points=tensor(crops.points),
            presence=tensor(crops.presence),
            world=tensor(crops.world),
            heat=tensor(crops.heat).float() / 255,
        )


def loss(answer: dict[str, Tensor], batch: Batch) -> Tensor:
    """How unlike the teacher's the answers are; where nobody is, only presence counts."""
    raw = answer["landmarks"].reshape(-1, LANDMARKS, 5)[:, :USED]
    taught = batch.landmarks[:, :USED]
    there = (batch.presence > _SURE).float()[:, None]
    seen = torch.sigmoid(taught[..., 3])
    weight = there * (0.2 + seen)
    weight[:, COUNT:] = there * REGION_WEIGHT
    apart = functional.smooth_l1_loss(raw[..., :2] / PIXELS, batch.points, beta=0.01, reduction="none").sum(-1)
    depth = functional.smooth_l1_loss(raw[..., 2] / PIXELS, taught[..., 2] / PIXELS, beta=0.02, reduction="none")
    world = answer["world"].reshape(-1, LANDMARKS, 3)[:, :COUNT]
    metres = functional.smooth_l1_loss(world, batch.world[:, :COUNT], beta=0.02, reduction="none").sum(-1)
    visible = functional.binary_cross_entropy_with_logits(raw[:, :COUNT, 3], seen[:, :COUNT], reduction="none")
    heat = functional.binary_cross_entropy_with_logits(answer["heatmap"][:, :USED], batch.heat, reduction="none").mean(
        (2, 3)
    )
    present = functional.binary_cross_entropy(answer["presence"].flatten().clamp(1e-6, 1 - 1e-6), batch.presence)
    people = there.sum().clamp(min=1)
    parts = (
        ((10 * apart + 2 * depth + HEAT_WEIGHT * heat) * weight).sum()
        + ((3 * metres) * weight[:, :COUNT]).sum()
        + (0.05 * visible * there).sum()
    )
    return parts / people / USED + 0.1 * present


def fit(network: Network, crops: Crops, views: int, random: Generator, progress: Callable[[int, float], None]) -> None:
    """Train a network in place with Adam, the learning rate rising for a twentieth of the time and then falling.

    Args:
        network: moved to no other device; where its weights are, there it is trained.
        crops: to learn from.
        views: how many crops it sees in all; a crop may be seen several times.
        random: order of crops.
        progress: told after each step how many views are done, and a running mean of the loss.
    """
    device = next(network.parameters()).device
    steps = max(1, views // BATCH)
    trained = [weight for weight in network.parameters() if weight.requires_grad]
    rates = [LEARNING_RATE * max(float(weight.detach().square().mean().sqrt()), 1e-3) for weight in trained]
    groups = [{"params": [weight], "lr": rate} for weight, rate in zip(trained, rates, strict=True)]
    optimizer = torch.optim.Adam(groups)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rates, total_steps=steps, pct_start=0.05)
    mean = 0.0
    order: NDArray[np.int64] = np.empty(0, np.int64)
    for step in range(steps):
        if len(order) < BATCH:
            order = random.permutation(len(crops))
        chosen, order = np.sort(order[:BATCH]), order[BATCH:]
        batch = Batch.of(crops, chosen, network.pixels, device)
        value = loss(network(batch.image), batch)
        optimizer.zero_grad()
        value.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        mean = float(value.detach()) if not step else 0.97 * mean + 0.03 * float(value.detach())
        progress((step + 1) * BATCH, mean)
