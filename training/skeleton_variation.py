"""Variation of keypoints while a network learns: what the same movement could have looked like, anew for every batch.

    mirrored     left and right change places
    rotated      turned a little about the vertical, and in the picture; a little bigger or smaller
    time-warped  a part of the clip, its beginning or end faster than the rest
    dropped      joints lost, and what is told of visibility

For `services.core.features.skeletons`; `training.augment` varies whole tracks for the other models.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor

from services.core.skeleton import MIRROR

YAW, ROLL = 20.0, 6.0
"""Standard deviations of the turn about the vertical and in the picture, degrees."""
SIZE: Final = 0.1
"""Standard deviation of the logarithm of the size."""
PART: Final = 0.7
"""Smallest part of a clip that fills one."""
WARP: Final = 1.3
"""Greatest power by which time is bent."""
DROPPED: Final = 0.1
"""Share of joints that is lost in every second clip."""
UNSEEN: Final = 0.3
"""Share of clips that tell nothing of visibility: made-up people have none."""
TREMBLE: Final = 0.01
"""Standard deviation of noise, metres."""


def vary_skeletons(clips: Tensor) -> Tensor:
    """One random variation of each of (B, T, 33, 6)."""
    return _dropped(_turned(_mirrored(_warped(clips))))


def mirror_skeletons(clips: Tensor) -> Tensor:
    """What a mirror shows of (..., 33, 6)."""
    across = torch.tensor([-1.0, 1.0, 1.0, -1.0, 1.0, 1.0], device=clips.device)
    return clips[..., torch.from_numpy(MIRROR).to(clips.device), :] * across


def _mirrored(clips: Tensor) -> Tensor:
    chosen = torch.rand(len(clips), 1, 1, 1, device=clips.device) < 0.5
    return torch.where(chosen, mirror_skeletons(clips), clips)


def _warped(clips: Tensor) -> Tensor:
    """Moments of each clip at other times, by linear interpolation."""
    count, moments = clips.shape[:2]
    part = 1 - (1 - PART) * torch.rand(count, 1, device=clips.device)
    begin = (1 - part) * torch.rand(count, 1, device=clips.device)
    power = WARP ** (2 * torch.rand(count, 1, device=clips.device) - 1)
    at = (begin + part * torch.linspace(0, 1, moments, device=clips.device) ** power) * (moments - 1)
    low = at.floor().long().clamp(max=moments - 2)
    weight = (at - low)[..., None, None]
    rows = torch.arange(count, device=clips.device)[:, None]
    return clips[rows, low] * (1 - weight) + clips[rows, low + 1] * weight


def _turned(clips: Tensor) -> Tensor:
    count = len(clips)
    yaw, roll, size = (
        torch.randn(count, 1, 1, device=clips.device) * torch.tensor(deviation)
        for deviation in (torch.pi * YAW / 180, torch.pi * ROLL / 180, SIZE)
    )
    x, y, z, right, down, visibility = clips.unbind(-1)
    bigger = size.exp()
    varied = torch.stack(
        [
            (x * yaw.cos() + z * yaw.sin()) * bigger,
            y * bigger,
            (z * yaw.cos() - x * yaw.sin()) * bigger,
            (right * roll.cos() - down * roll.sin()) * bigger,
            (right * roll.sin() + down * roll.cos()) * bigger,
            visibility,
        ],
        dim=-1,
    )
    noise = torch.randn_like(varied) * TREMBLE
    noise[..., 5] = 0
    return varied + noise


def _dropped(clips: Tensor) -> Tensor:
    count, _, joints, _ = clips.shape
    lost = torch.rand(count, 1, joints, 1, device=clips.device) < DROPPED
    lost &= torch.rand(count, 1, 1, 1, device=clips.device) < 0.5
    clips = clips.masked_fill(lost, 0.0)
    unseen = torch.rand(count, 1, 1, device=clips.device) < UNSEEN
    visibility = torch.where(unseen, torch.ones_like(clips[..., 5]), clips[..., 5])
    return torch.cat([clips[..., :5], visibility[..., None]], dim=-1)
