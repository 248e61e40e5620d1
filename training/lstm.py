"""A small stacked LSTM on the signals of keypoints over time, exported to ONNX.

    (N, T, S) -> standardise -> linear 64 -> LSTM 64 -> LSTM 64 -> mean and greatest over time -> linear -> softmax

Hochreiter, Schmidhuber: Long short-term memory (1997). Small, because there is little data: a deep stack learns the
sources by heart.
"""

from __future__ import annotations

import warnings
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn

from services.classifier.model import PROBABILITIES
from services.core.types import FloatArray
from training.examples import Examples

CELLS: Final = 64
LAYERS: Final = 2
DROPOUT: Final = 0.4
SIGNAL_DROPOUT: Final = 0.15
"""Share of signals that a clip is robbed of in training: no single one may carry an exercise."""
EPOCHS: Final = 8
BATCH: Final = 512
LEARNING_RATE: Final = 4e-3
WEIGHT_DECAY: Final = 1e-2
SMOOTHING: Final = 0.1
"""Probability that is spread over the other labels in training: some labels of the footage are wrong."""
OPSET: Final = 18


class Network(nn.Module):
    """The network; its input needs no scaling by the caller.

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

    def forward(self, sequences: Tensor) -> Tensor:
        """(N, L) probabilities of (N, T, S)."""
        return torch.softmax(self.scores(sequences), dim=1)


class Lstm:
    """An LSTM that was fitted.

    Args:
        network: in evaluation mode.
        shape: (T, S) of a clip's signals.
    """

    def __init__(self, network: Network, shape: tuple[int, int]) -> None:
        self._network = network
        self._shape = shape

    @classmethod
    def fitted(cls, examples: Examples, *, seed: int, epochs: int = EPOCHS) -> Lstm:
        """Fit the network to examples.

        Args:
            examples: what to learn, features (N, T, S).
            seed: the same seed and examples give the same network on the same machine.
            epochs: times it sees each example.
        """
        torch.manual_seed(seed)
        torch.set_num_threads(1)
        sequences = torch.from_numpy(examples.features)
        labels = torch.from_numpy(examples.label)
        weights = torch.from_numpy(examples.weights())
        deviation, mean = torch.std_mean(sequences, dim=(0, 1))
        network = Network(mean, deviation.clamp(min=0.05), len(examples.labels))
        steps = epochs * -(-len(labels) // BATCH)
        optimizer = torch.optim.AdamW(network.parameters(), LEARNING_RATE, weight_decay=WEIGHT_DECAY)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, total_steps=steps)
        loss_of = nn.CrossEntropyLoss(reduction="none", label_smoothing=SMOOTHING)
        for _ in range(epochs):
            for batch in torch.split(torch.randperm(len(labels)), BATCH):
                loss = (loss_of(network.scores(sequences[batch]), labels[batch]) * weights[batch]).mean()
                optimizer.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(network.parameters(), 1.0)
                optimizer.step()
                schedule.step()
        return cls(network.eval(), (int(sequences.shape[1]), int(sequences.shape[2])))

    def probabilities(self, features: FloatArray) -> FloatArray:
        """(N, L) by torch itself, to prove the export by."""
        with torch.no_grad():
            return np.asarray(self._network(torch.from_numpy(np.ascontiguousarray(features))).numpy(), np.float32)

    def onnx(self) -> bytes:
        """The model as ONNX, its weights inside, its input (N, T, S) and its output (N, L)."""
        with warnings.catch_warnings():
            # torch warns of its own deprecated internals.
            warnings.simplefilter("ignore")
            program = torch.onnx.export(
                self._network,
                (torch.zeros(2, *self._shape),),
                input_names=["sequences"],
                output_names=[PROBABILITIES],
                opset_version=OPSET,
                dynamic_shapes=({0: torch.export.Dim("clips")},),
                dynamo=True,
                verbose=False,
            )
        if program is None:
            raise RuntimeError("torch.onnx.export gave no program")
        # Weights beside the file would be outside its hash.
        return bytes(program.model_proto.SerializeToString())
