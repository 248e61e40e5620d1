"""Mixing examples while a network is fitted: two at once, or a clip that begins as another does.

mixed      AAAAAAAAAA * 0.7 + BBBBBBBBBB * 0.3     shows A by 0.7 and B by 0.3
spliced    BBBBBAAAAA                              shows what it ends with, the more the longer that lasts
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor

OWN: Final = (0.2, 0.9)
"""Smallest and largest share of a clip that it has to itself when it begins as another does."""
UNHEARD: Final = 0.25
HEARD: Final = 0.6
"""Shares of a clip that is its own: up to the one it shows what it began as, from the other on nothing but itself."""


class Mixing:
    """Gives examples something of others.

    Args:
        mixed: parameter of the beta distribution of the shares of two examples (Zhang et al., mixup, 2018).
        spliced: share of the batches whose clips begin as others do instead.
        rest: label of those that are spliced with nobody: who pauses for a second has not stopped, and who moves for a
            second does not exercise yet. -1 for none.
    """

    def __init__(self, mixed: float, spliced: float, rest: int) -> None:
        self._beta = torch.distributions.Beta(max(mixed, 1e-3), max(mixed, 1e-3))
        self._spliced = spliced
        self._rest = rest

    def __call__(self, batch: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The examples as they are shown; (B,) whose each has something of; by what part each shows its own label.

        Args:
            batch: (B, ...) examples, clips (B, T, ...) where any are spliced.
            labels: (B,) what they show.
        """
        if self._spliced and float(torch.rand(1)) < self._spliced:
            other = torch.randperm(len(batch), device=batch.device)
            own = torch.empty(len(batch), device=batch.device).uniform_(*OWN)
            own[(labels == self._rest) | (labels[other] == self._rest)] = 1.0
            return begun_as(batch, other, own), other, ((own - UNHEARD) / (HEARD - UNHEARD)).clamp(0.0, 1.0)
        part = self._beta.sample().to(batch.device)
        other = torch.randperm(len(batch), device=batch.device)
        return part * batch + (1 - part) * batch[other], other, part


def begun_as(batch: Tensor, other: Tensor, own: Tensor) -> Tensor:
    """Clips that are cut where one movement ends and another begins (after Yun et al., CutMix, 2019).

    Args:
        batch: (B, T, ...) clips of one movement each.
        other: (B,) which of them each begins as.
        own: (B,) share of each that it has to itself, its end.
    """
    moments = batch.shape[1]
    cut = ((1.0 - own) * moments).round()
    itself = torch.arange(moments, device=batch.device) >= cut[:, None]
    return torch.where(itself.reshape(*itself.shape, *(1,) * (batch.ndim - 2)), batch, batch[other])
