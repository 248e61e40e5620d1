"""Nearest neighbours of single poses, smoothed over time, exported to ONNX.

    moment -> 21 lines between keypoints, in trunk lengths
           -> the 30 known poses whose worst line differs least      (one wrong line rules a pose out)
           -> of these, the 10 whose lines differ least on average   vote, the nearer the more
    clip   -> votes of its moments, the latest counting most

After the pose classification of MediaPipe's ML Kit (Google, 2020), which embeds a pose as 23 such lines (two of them
twice), chooses by greatest and then by mean difference, compares with the mirror image too, weighs depth less, and
smooths exponentially. Ours differs in that the body is turned to the camera first, and in that neighbours fade to
nothing towards the farthest, by both differences (after Dudani, The distance-weighted k-nearest-neighbor rule, 1976).
"""

from __future__ import annotations

from functools import reduce
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn

from services.core.skeleton import INDEX
from services.core.types import FloatArray
from training.examples import Examples
from training.fitting import FittedNetwork
from training.skeleton_variation import mirror_skeletons

PROTOTYPES: Final = 2000
"""Known poses that are kept: more are a little better, slower and bigger."""
FIRST: Final = 30
"""Neighbours by the greatest difference."""
SECOND: Final = 10
"""Of these, neighbours by the mean difference."""
DEPTH: Final = 0.5
"""Weight of depth: it is guessed."""
MOMENTS: Final = 8
"""Moments of a clip that are looked up."""
LATEST: Final = 0.2
"""Weight of the latest moment; that of earlier ones falls by so much from each to the one before."""
SHORTEST_TRUNK: Final = 0.1
"""Metres that a trunk is taken to have at least."""

_SIDES: Final = ("left", "right")
_LINES: Final = (
    *((f"{side}_{a}", f"{side}_{b}") for a, b in (
        ("shoulder", "elbow"), ("elbow", "wrist"), ("hip", "knee"), ("knee", "ankle"),
        ("shoulder", "wrist"), ("hip", "ankle"), ("hip", "wrist"), ("shoulder", "ankle"),
    ) for side in _SIDES),
    *((f"left_{name}", f"right_{name}") for name in ("elbow", "knee", "wrist", "ankle")),
)  # fmt: skip


def _lines() -> FloatArray:
    """(21, 33): which keypoints make each line, the trunk first."""
    lines = np.zeros((1 + len(_LINES), len(INDEX)), np.float32)
    for side in _SIDES:
        lines[0, INDEX[f"{side}_shoulder"]], lines[0, INDEX[f"{side}_hip"]] = 0.5, -0.5
    for row, (start, end) in enumerate(_LINES, start=1):
        lines[row, INDEX[start]], lines[row, INDEX[end]] = -1.0, 1.0
    return lines


class Embedding(nn.Module):
    """Lines of poses."""

    lines: Tensor
    weights: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("lines", torch.from_numpy(_lines()))
        self.register_buffer("weights", torch.tensor([1.0, 1.0, DEPTH]))

    def forward(self, poses: Tensor) -> Tensor:
        """(M, 63) of poses (M, 33, 3 or more)."""
        lines = torch.matmul(self.lines, poses[..., :3])
        trunk = lines[:, :1].square().sum(2, keepdim=True).sqrt().clamp(min=SHORTEST_TRUNK)
        return (lines / trunk * self.weights).flatten(1)


class Neighbours(nn.Module):
    """The known poses and how they vote.

    Args:
        known: (P, 63) embedded.
        labels: (P,) indices of labels.
        names: how many labels there are.
        moments: of a clip.
    """

    known: Tensor
    votes: Tensor
    at: Tensor
    fading: Tensor

    def __init__(self, known: Tensor, labels: Tensor, names: int, moments: int) -> None:
        super().__init__()
        self.embedding = Embedding()
        self.register_buffer("known", known)
        self.register_buffer("votes", nn.functional.one_hot(labels, names).float())
        self.register_buffer("at", torch.linspace(0, moments - 1, min(MOMENTS, moments)).round().long())
        fading = (1 - LATEST) ** torch.arange(len(self.at) - 1, -1, -1, dtype=torch.float32)
        self.register_buffer("fading", fading / fading.sum())

    def forward(self, clips: Tensor) -> Tensor:
        """(N, L) probabilities of (N, T, 33, 6)."""
        poses = clips.index_select(1, self.at).flatten(0, 1)
        here, there = self.embedding(poses), self.embedding(mirror_skeletons(poses))
        worst = torch.minimum(self._worst(here), self._worst(there))
        nearest = torch.topk(worst, min(FIRST + 1, len(self.known)), dim=1, largest=False)
        first = nearest.indices[:, :-1]
        near = self.known[first]
        means = torch.minimum((near - here[:, None]).abs().mean(2), (near - there[:, None]).abs().mean(2))
        # Whoever is only just among the first must not matter, or rounding would decide who votes.
        barely = 1 - nearest.values[:, :-1] / nearest.values[:, -1:].clamp(min=1e-6)
        second = torch.topk(means / (barely + 1e-6), min(SECOND + 1, FIRST, len(self.known) - 1), dim=1, largest=False)
        fade = second.values[:, -1:] - second.values[:, :-1] + 1e-6
        chosen = torch.gather(first, 1, second.indices[:, :-1])
        told = (self.votes[chosen] * (fade / fade.sum(1, keepdim=True))[..., None]).sum(1)
        return (told.reshape(-1, len(self.at), told.shape[1]) * self.fading[:, None]).sum(1)

    def _worst(self, poses: Tensor) -> Tensor:
        """(M, P) greatest difference of any line; line by line, or memory would not do."""
        differences = (
            (poses[:, None, at : at + 3] - self.known[:, at : at + 3]).abs().amax(2)
            for at in range(0, self.known.shape[1], 3)
        )
        worst: Tensor = reduce(torch.maximum, differences)
        return worst


def fitted_neighbours(examples: Examples, *, seed: int, prototypes: int = PROTOTYPES) -> FittedNetwork:
    """Choose known poses among examples with features (N, T, 33, 6).

    Args:
        examples: what to learn; an example is chosen the likelier, the more it weighs.
        seed: the same seed and examples give the same poses.
        prototypes: how many at most.
    """
    random = np.random.default_rng(seed)
    torch.set_num_threads(1)
    weights = examples.weights().astype(float)
    moments = examples.features.shape[1]
    chosen = random.choice(
        len(examples), min(prototypes, int(np.count_nonzero(weights))), replace=False, p=weights / weights.sum()
    )
    poses = torch.from_numpy(examples.features[chosen, random.integers(moments, size=len(chosen))])
    known = Embedding()(poses)
    labels = torch.from_numpy(examples.label[chosen])
    return FittedNetwork(Neighbours(known, labels, len(examples.labels), moments), examples.features.shape[1:])
