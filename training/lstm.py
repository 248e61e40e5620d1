"""A small stacked LSTM on the signals of keypoints over time, exported to ONNX.

    (N, T, S) -> standardise -> linear 64 -> LSTM 64 -> LSTM 64 -> mean and greatest over time -> linear -> softmax

Hochreiter, Schmidhuber: Long short-term memory (1997). Small, because there is little data: a deep stack learns the
sources by heart (`training.deep_lstm`).
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn

from training.examples import Examples
from training.fitting import FittedNetwork, Network, Recipe, Watch, fitted

CELLS: Final = 64
LAYERS: Final = 2
DROPOUT: Final = 0.4
SIGNAL_DROPOUT: Final = 0.15
"""Share of signals that a clip is robbed of in training: no single one may carry an exercise."""
RECIPE: Final = Recipe(epochs=8, batch=512, learning_rate=4e-3, weight_decay=1e-2, smoothing=0.1)


class Lstm(Network):
    """The network.

    Args:
        mean: (S,) of each signal.
        deviation: (S,) standard deviation of each signal.
        labels: how many there are.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, mean: Tensor, deviation: Tensor, labels: int) -> None:
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("deviation", deviation)
        self.rob = nn.Dropout1d(SIGNAL_DROPOUT)
        self.enter = nn.Linear(len(mean), CELLS)
        self.cells = nn.LSTM(CELLS, CELLS, LAYERS, batch_first=True, dropout=DROPOUT)
        self.drop = nn.Dropout(DROPOUT)
        self.leave = nn.Linear(2 * CELLS, labels)

    def scores(self, sequences: Tensor) -> Tensor:
        """(N, L) unbounded scores of (N, T, S)."""
        standard = (sequences - self.mean) / self.deviation
        whole = self.rob(standard.transpose(1, 2)).transpose(1, 2)
        states, _ = self.cells(torch.relu(self.enter(whole)))
        scores: Tensor = self.leave(self.drop(torch.cat([states.mean(1), states.amax(1)], dim=1)))
        return scores


def fitted_lstm(examples: Examples, *, seed: int, recipe: Recipe = RECIPE, watch: Watch | None = None) -> FittedNetwork:
    """Fit the network to examples with features (N, T, S); see `training.fitting.fitted`."""
    deviation, mean = torch.std_mean(torch.from_numpy(examples.features), dim=(0, 1))
    return fitted(
        lambda: Lstm(mean, deviation.clamp(min=0.05), len(examples.labels)),
        examples,
        recipe,
        seed=seed,
        watch=watch,
    )
