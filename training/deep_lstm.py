"""The deep stacked LSTM of the known baselines on keypoints over time, exported to ONNX: slow, and for comparison.

    (N, T, 33, 6) -> (N, T, 198) -> LSTM 256 -> ten LSTMs of 16 -> LSTM 32, its last state -> 64 -> 32 -> labels

The recipe says "12 layers 256, then 16s, then 32, dense 64-32-n, Adam 1e-4, batch 20, 200 epochs". It is read as twelve
LSTM layers in all: one of 256 cells, ten of 16, one of 32; then two dense layers with ReLU and one for the labels, and
200 epochs at most at an unchanging learning rate. What is added: it stops when people held out are answered no better
for `RECIPE.patience` epochs, an epoch is as many clips as real footage gives in a fold, drawn from those and from the
made-up ones (all of them five times over would take a day), and its keypoints are turned and scaled as for our other
networks, where the original took them as the picture had them.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import torch
from torch import Tensor, nn

from training.examples import Examples
from training.fitting import FittedNetwork, Network, Recipe, Watch, fitted

CELLS: Final = (256, *(16,) * 10, 32)
DENSE: Final = (64, 32)
RECIPE: Final = Recipe(epochs=200, batch=20, learning_rate=1e-4, one_cycle=False, clip=0.0, drawn=6_000, patience=20)


class DeepLstm(Network):
    """The network.

    Args:
        signals: numbers a moment.
        labels: how many there are.
        cells: of each LSTM layer.
    """

    def __init__(self, signals: int, labels: int, cells: tuple[int, ...] = CELLS) -> None:
        super().__init__()
        widths = (signals, *cells)
        self.layers = nn.ModuleList(nn.LSTM(into, out, batch_first=True) for into, out in pairwise(widths))
        first, second = DENSE
        self.leave = nn.Sequential(
            nn.Linear(cells[-1], first), nn.ReLU(), nn.Linear(first, second), nn.ReLU(), nn.Linear(second, labels)
        )

    def scores(self, clips: Tensor) -> Tensor:
        """(N, L) unbounded scores of (N, T, ...)."""
        states = clips.flatten(2)
        for layer in self.layers:
            states, _ = layer(states)
        scores: Tensor = self.leave(states[:, -1])
        return scores


def fitted_deep_lstm(
    examples: Examples,
    *,
    seed: int,
    cells: tuple[int, ...] = CELLS,
    recipe: Recipe = RECIPE,
    watch: Watch | None = None,
) -> FittedNetwork:
    """Fit the network to examples with features (N, T, ...); see `training.fitting.fitted`."""
    signals = int(torch.tensor(examples.features.shape[2:]).prod())
    return fitted(lambda: DeepLstm(signals, len(examples.labels), cells), examples, recipe, seed=seed, watch=watch)
