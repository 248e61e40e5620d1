r"""Spatial-temporal graph convolution on keypoints, exported to ONNX.

    (N, T, V, C) -> chosen joints and channels of every second moment, their velocity -> standardise
                 -> [over bones: itself, its neighbours nearer to the hips, those farther]  \  three times,
                    [over time: five moments, every second kept]                            /  residual
                 -> mean over joints and moments -> linear -> softmax

After Yan, Xiong, Lin: Spatial temporal graph convolutional networks for skeleton-based action recognition (2018), with
its spatial partition, and small, for there is little data. The same network on COCO's 17 keypoints and only the
picture's x and y shows what the other sixteen keypoints and depth are worth.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from services.core.skeleton import BONES, INDEX
from services.core.types import FloatArray
from training.examples import Examples
from training.fitting import FittedNetwork, Network, Recipe, Watch, fitted
from training.skeleton_variation import vary_skeletons

WIDTHS: Final = (24, 32, 48)
"""Channels of the blocks."""
MOMENTS: Final = 5
"""Moments that a convolution over time sees."""
DROPOUT: Final = 0.3
RECIPE: Final = Recipe(epochs=6, batch=64, learning_rate=5e-3, weight_decay=1e-2, smoothing=0.1, patience=3)

_NECK: Final = ((0, 11), (0, 12), (0, 9), (0, 10))
"""Bones that are not drawn, but hold the head and the mouth on."""
_COCO: Final = ("nose", *(f"{side}_{name}" for name in (
    "eye", "ear", "shoulder", "elbow", "wrist", "hip", "knee", "ankle") for side in ("left", "right")))  # fmt: skip
_COCO_BONES: Final = (
    ("nose", "eye"), ("eye", "ear"), ("ear", "shoulder"), ("shoulder", "elbow"), ("elbow", "wrist"),
    ("shoulder", "hip"), ("hip", "knee"), ("knee", "ankle"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Skeleton:
    """What of `services.core.features.skeletons` a network sees.

    Attributes:
        joints: indices of keypoints.
        bones: pairs of indices of keypoints.
        channels: indices of channels.
    """

    joints: tuple[int, ...]
    bones: tuple[tuple[int, int], ...]
    channels: tuple[int, ...]

    def adjacency(self) -> FloatArray:
        """(3, V, V): each joint from itself, from neighbours nearer to the hips, and from those not nearer.

        Each column sums to 1 where it is not empty.
        """
        place = {joint: index for index, joint in enumerate(self.joints)}
        joined = np.zeros((len(place), len(place)), bool)
        for a, b in self.bones:
            joined[place[a], place[b]] = joined[place[b], place[a]] = True
        hops = _hops(joined, [place[INDEX["left_hip"]], place[INDEX["right_hip"]]])
        nearer = joined & (hops[:, None] < hops[None, :])
        parts = np.stack([np.eye(len(place), dtype=bool), nearer, joined & ~nearer]).astype(float)
        return np.asarray(parts / np.maximum(parts.sum(axis=1, keepdims=True), 1), np.float32)


def _hops(joined: NDArray[np.bool_], start: list[int]) -> NDArray[np.int64]:
    """(V,) bones from each joint to the nearest of some; V where none leads there."""
    hops = np.full(len(joined), len(joined))
    hops[start] = 0
    for distance in range(1, len(joined)):
        reached = joined[hops == distance - 1].any(axis=0) & (hops > distance)
        hops[reached] = distance
    return hops


def _sides(a: str, b: str) -> tuple[tuple[int, int], ...]:
    left, right = ((INDEX.get(f"{side}_{a}", INDEX["nose"]), INDEX[f"{side}_{b}"]) for side in ("left", "right"))
    return left, right


BLAZEPOSE: Final = Skeleton(tuple(range(len(INDEX))), BONES + _NECK, tuple(range(6)))
"""All 33 keypoints, in space and in the picture."""

COCO: Final = Skeleton(
    tuple(INDEX[name] for name in _COCO),
    (
        *(bone for pair in _COCO_BONES for bone in _sides(*pair)),
        (INDEX["left_shoulder"], INDEX["right_shoulder"]),
        (INDEX["left_hip"], INDEX["right_hip"]),
    ),
    (3, 4, 5),
)
"""The 17 keypoints of COCO, in the picture alone."""


class _Block(nn.Module):
    """Over bones, then over time."""

    def __init__(self, into: int, out: int, adjacency: Tensor) -> None:
        super().__init__()
        self.register_buffer("adjacency", adjacency)
        self.importance = nn.Parameter(torch.ones_like(adjacency))
        self.spread = nn.Conv2d(into, len(adjacency) * out, 1)
        self.settle = nn.BatchNorm2d(out)
        self.time = nn.Conv2d(out, out, (MOMENTS, 1), stride=(2, 1), padding=(MOMENTS // 2, 0))
        self.calm = nn.BatchNorm2d(out)
        self.past = nn.Conv2d(into, out, 1, stride=(2, 1))
        self.drop = nn.Dropout(DROPOUT)

    def forward(self, at: Tensor) -> Tensor:
        """(N, out, T / 2, V) of (N, into, T, V)."""
        whole = self.adjacency * self.importance
        parts = self.spread(at).chunk(len(whole), dim=1)
        gathered = sum(torch.matmul(part, whole[index]) for index, part in enumerate(parts))
        moved = self.calm(self.time(torch.relu(self.settle(gathered))))
        passed: Tensor = torch.relu(self.drop(moved) + self.past(at))
        return passed


class Gcn(Network):
    """The network.

    Args:
        skeleton: what it sees.
        labels: how many there are.
    """

    joints: Tensor
    channels: Tensor

    def __init__(self, skeleton: Skeleton, labels: int) -> None:
        super().__init__()
        self.register_buffer("joints", torch.tensor(skeleton.joints))
        self.register_buffer("channels", torch.tensor(skeleton.channels))
        adjacency = torch.from_numpy(skeleton.adjacency())
        widths = (2 * len(skeleton.channels), *WIDTHS)
        self.standard = nn.BatchNorm1d(widths[0] * len(skeleton.joints))
        self.blocks = nn.Sequential(*(_Block(into, out, adjacency) for into, out in pairwise(widths)))
        self.leave = nn.Linear(widths[-1], labels)

    def scores(self, clips: Tensor) -> Tensor:
        """(N, L) unbounded scores of (N, T, 33, 6)."""
        at = clips[:, ::2].index_select(2, self.joints).index_select(3, self.channels)
        speed = torch.cat([torch.zeros_like(at[:, :1]), at[:, 1:] - at[:, :-1]], dim=1)
        whole = torch.cat([at, speed], dim=3)
        moments, joints, channels = whole.shape[1:]
        flat = self.standard(whole.flatten(2).transpose(1, 2))
        over = self.blocks(flat.reshape(-1, joints, channels, moments).permute(0, 2, 3, 1))
        scores: Tensor = self.leave(over.mean((2, 3)))
        return scores


def fitted_gcn(
    examples: Examples, skeleton: Skeleton, *, seed: int, recipe: Recipe = RECIPE, watch: Watch | None = None
) -> FittedNetwork:
    """Fit the network to examples with features (N, T, 33, 6); see `training.fitting.fitted`."""
    return fitted(
        lambda: Gcn(skeleton, len(examples.labels)), examples, recipe, seed=seed, vary=vary_skeletons, watch=watch
    )
