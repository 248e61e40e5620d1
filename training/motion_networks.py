r"""The networks of the default model (`training.motion`): two look over time, one along the bones.

    (N, T, S + V * C) -> values and their change -> blocks over time, each added to what came in
                      -> mean, greatest and spread over time -> linear

The one along the bones is `training.gcn`'s, on the keypoints of a 2-D pose model.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from services.core.features import signal_names
from services.core.skeleton import INDEX, MIRROR
from training.fitting import Network
from training.gcn import COCO, Gcn
from training.skeleton_variation import vary_skeletons

SIGNALS: Final = len(signal_names())
CHANNELS: Final = 6
"""Of a keypoint in `services.core.features.skeletons`; networks leave out visibility: made-up people have none."""

WIDTH: Final = 64
"""Channels of the networks."""
DILATIONS: Final = (1, 2, 4)
"""Moments between those that a convolution over time looks at, block by block."""
DROPOUT: Final = 0.3
FEATURE_DROPOUT: Final = 0.1
"""Share of signals that a clip is robbed of in training: no single one may carry an exercise."""
JOINT_DROPOUT: Final = 0.2
"""Greatest share of joints that a clip is robbed of."""
FASTEST: Final = 3.0
"""Bound of what changes, per `_PER_SECOND` of a clip's moments."""
_PER_SECOND: Final = 3.0
"""Factor that makes the change between two moments of one size with the values themselves."""

_FACE: Final = {
    f"{side}{name}" for side in ("left_", "right_")
    for name in ("eye_inner", "eye", "eye_outer", "pinky", "thumb")
} | {"mouth_left", "mouth_right"}  # fmt: skip
JOINTS: Final = tuple(index for name, index in INDEX.items() if name not in _FACE)
"""Keypoints that the skeleton networks look at: the rest only repeats them."""
_MIRROR: Final = tuple(JOINTS.index(int(MIRROR[joint])) for joint in JOINTS)


class _Block(nn.Module):
    """One step over time, added to what came in."""

    def __init__(self, dilation: int) -> None:
        super().__init__()
        self.steps = nn.Sequential(
            nn.Conv1d(WIDTH, WIDTH, 3, padding=dilation, dilation=dilation),
            nn.BatchNorm1d(WIDTH),
            nn.ReLU(),
            nn.Dropout(DROPOUT / 2),
            nn.Conv1d(WIDTH, WIDTH, 1),
            nn.BatchNorm1d(WIDTH),
        )

    def forward(self, values: Tensor) -> Tensor:
        return torch.relu(values + self.steps(values))


class _OverTime(nn.Module):
    """Unbounded scores (N, L) of (N, T, F): values and their change, blocks, mean, greatest and spread over time.

    Args:
        features: F.
        labels: L.
    """

    def __init__(self, features: int, labels: int) -> None:
        super().__init__()
        self.enter = nn.Conv1d(2 * features, WIDTH, 1)
        self.norm = nn.BatchNorm1d(WIDTH)
        self.blocks = nn.Sequential(*(_Block(dilation) for dilation in DILATIONS))
        self.drop = nn.Dropout(DROPOUT)
        self.leave = nn.Linear(3 * WIDTH, labels)

    def forward(self, values: Tensor) -> Tensor:
        states = self.blocks(torch.relu(self.norm(self.enter(_with_change(values)))))
        scores: Tensor = self.leave(self.drop(_over_time(states).flatten(1)))
        return scores


def _with_change(values: Tensor) -> Tensor:
    """(N, 2 * F, T) of (N, T, F): values and how they change."""
    inner = (values[:, 2:] - values[:, :-2]) * _PER_SECOND
    change = nn.functional.pad(inner.clamp(-FASTEST, FASTEST), (0, 0, 1, 1))
    return torch.cat([values.clamp(-FASTEST, FASTEST), change], dim=2).transpose(1, 2)


def _over_time(states: Tensor) -> Tensor:
    """(..., 3, C) of (..., C, T): mean, greatest and spread."""
    spread = (states.var(dim=-1, unbiased=False) + 1e-5).sqrt()
    return torch.stack([states.mean(-1), states.amax(-1), spread], dim=-2)


class SignalNetwork(Network):
    """Looks at the signals of a clip."""

    def __init__(self, labels: int) -> None:
        super().__init__()
        self.over_time = _OverTime(SIGNALS, labels)

    def scores(self, features: Tensor) -> Tensor:
        """(N, L) of (N, T, S + V * C)."""
        values = features[..., :SIGNALS]
        if self.training:
            values = values * (torch.rand(len(values), 1, SIGNALS, device=values.device) >= FEATURE_DROPOUT)
        scores: Tensor = self.over_time(values)
        return scores


def _skeletons(features: Tensor) -> Tensor:
    """(N, T, V, C) of (N, T, S + V * C)."""
    return features[..., SIGNALS:].unflatten(2, (len(INDEX), CHANNELS))


class _Joints(nn.Module):
    """The keypoints of clips, and their mirror images."""

    across: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("across", torch.tensor([-1.0, 1.0, 1.0, -1.0, 1.0]))

    def seen(self, features: Tensor) -> Tensor:
        """(N, T, V, C - 1) of (N, T, S + V * C)."""
        return _skeletons(features)[:, :, list(JOINTS), : CHANNELS - 1]

    def mirrored(self, joints: Tensor) -> Tensor:
        """The same of the mirror image."""
        return joints[:, :, list(_MIRROR)] * self.across

    def forward(self, features: Tensor) -> Tensor:
        """(2 * N, T, V * (C - 1)) of (N, T, S + V * C): all clips and then all mirror images."""
        joints = self.seen(features)
        return torch.cat([joints, self.mirrored(joints)]).flatten(2)


def mean_of_halves(values: Tensor) -> Tensor:
    """(N, ...) of (2 * N, ...): what is said of clips and of their mirror images."""
    return (values[: values.shape[0] // 2] + values[values.shape[0] // 2 :]) / 2


class SkeletonNetwork(Network):
    """Looks at the keypoints of a clip; its answer is that to the clip and to its mirror image."""

    def __init__(self, labels: int) -> None:
        super().__init__()
        self.joints = _Joints()
        self.over_time = _OverTime(len(JOINTS) * (CHANNELS - 1), labels)

    def scores(self, features: Tensor) -> Tensor:
        """(N, L) of (N, T, S + V * C); in training of the clip or its mirror image, some joints lost."""
        if not self.training:
            return torch.log(self(features))
        joints = self.joints.seen(features)
        count, device = len(joints), joints.device
        joints = torch.where(torch.rand(count, 1, 1, 1, device=device) < 0.5, self.joints.mirrored(joints), joints)
        lost = JOINT_DROPOUT * torch.rand(count, 1, 1, 1, device=device)
        joints = joints * (torch.rand(count, 1, len(JOINTS), 1, device=device) >= lost)
        scores: Tensor = self.over_time(joints.flatten(2))
        return scores

    def forward(self, features: Tensor) -> Tensor:
        """(N, L) probabilities."""
        return mean_of_halves(torch.softmax(self.over_time(self.joints(features)), dim=1))


class GraphNetwork(Network):
    """Looks at the bones of a clip (`training.gcn`), as a camera without depth sees them."""

    def __init__(self, labels: int) -> None:
        super().__init__()
        self.graph = Gcn(COCO, labels)

    def scores(self, features: Tensor) -> Tensor:
        """(N, L) of (N, T, S + V * C); in training of the clip as it could have been as well."""
        skeletons = _skeletons(features)
        return self.graph.scores(vary_skeletons(skeletons) if self.training else skeletons)


class Together(nn.Module):
    """Fitted networks of one kind side by side: the same layer of all is one, their norms are part of it.

    It says what they say, and is faster: at this size what costs is the number of steps.

    Args:
        networks: K of one kind.
    """

    def __init__(self, networks: Sequence[_OverTime]) -> None:
        super().__init__()
        self.count = len(networks)
        self.enter = _side_by_side([(one.enter, one.norm) for one in networks], shared=True)
        self.blocks = nn.ModuleList()
        for steps in zip(*([block.steps for block in one.blocks] for one in networks), strict=True):
            wide, narrow = ([(own[at], own[at + 1]) for own in steps] for at in (0, 4))
            self.blocks.append(nn.Sequential(_side_by_side(wide), nn.ReLU(), _side_by_side(narrow)))
        self.weight = nn.Parameter(torch.stack([one.leave.weight.detach().T for one in networks]))
        self.bias = nn.Parameter(torch.stack([one.leave.bias.detach() for one in networks])[:, None])

    def forward(self, values: Tensor) -> tuple[Tensor, Tensor]:
        """Probabilities (N, K, L) of (N, T, F), and (N, K, 3 * WIDTH), what they know of a clip before they decide."""
        states = torch.relu(self.enter(_with_change(values)))
        for block in self.blocks:
            states = torch.relu(states + block(states))
        pooled = _over_time(states.unflatten(1, (self.count, WIDTH))).flatten(2)
        scores = pooled.transpose(0, 1) @ self.weight + self.bias
        return torch.softmax(scores, dim=2).transpose(0, 1), pooled


def _side_by_side(layers: Sequence[tuple[nn.Conv1d, nn.BatchNorm1d]], *, shared: bool = False) -> nn.Conv1d:
    """Convolutions with the norms behind them as one convolution.

    Args:
        layers: all of one shape.
        shared: whether all look at the same channels, or each at its own.
    """
    first = layers[0][0]
    fused = [fuse_conv_bn_eval(layer.eval(), norm.eval()) for layer, norm in layers]
    inputs = first.in_channels if shared else first.in_channels * len(layers)
    one = nn.Conv1d(
        inputs,
        first.out_channels * len(layers),
        first.kernel_size,
        padding=first.padding,
        dilation=first.dilation,
        groups=1 if shared else len(layers),
    )
    one.weight = nn.Parameter(torch.cat([layer.weight.detach() for layer in fused]))
    one.bias = nn.Parameter(torch.cat([layer.bias.detach() for layer in fused if layer.bias is not None]))
    return one
