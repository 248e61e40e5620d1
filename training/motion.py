r"""The default model: trees and three kinds of small networks that look at the same clip in different ways.

    (N, T, S + V * C) --signals---> statistics over time --> extremely randomised trees     \
                      --signals---> convolutions over time, several networks                 \ geometric
                      --skeleton--> convolutions over time, several networks, and mirrored   / mean
                      --skeleton--> graph convolution on 17 keypoints in the picture        /

Each errs in its own way on people never seen, so together they err less: trees know how far and how fast, networks in
what order; signals are the same from all sides, the skeleton leaves nothing out, and the graph trusts no depth. All
parts are one ONNX file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Final, TypeVar, cast

import numpy as np
import onnx
import torch
from onnx import ModelProto, TensorProto, compose, helper
from sklearn.decomposition import PCA
from torch import Tensor, nn

from services.classifier.manifest import NONE, UNKNOWN
from services.classifier.model import EMBEDDING, PROBABILITIES
from services.core.features import PERCENTILES, STILL
from services.core.types import FloatArray
from training.examples import Examples
from training.fitting import ASKED_AT_ONCE, Recipe, Watch, exported, fitted
from training.forest import Forest
from training.motion_networks import (
    SIGNALS,
    GraphNetwork,
    SignalNetwork,
    SkeletonNetwork,
    Together,
    mean_of_halves,
)

PRIORS: Final = {NONE: 1.6, UNKNOWN: 1.7}
"""How much likelier a label is in a gym than in what is learnt from: in the footage people rest for five minutes of
ninety, and of the simulated gym's exercises a twentieth is unknown. Chosen on the folds of the evidence (decisions 20,
30, 33, 39 and 40): of clips of no exercise 10 % get an exercise's name instead of 15 %, and of clips of known exercises
72 % are right instead of 74 %."""
NETWORKS: Final = 2
"""Networks of each kind that looks over time; more are steadier, bigger and slower."""
EMBEDDED: Final = 96
"""E: numbers that an embedding has."""
SMALLEST: Final = 1e-3
"""No part's probability counts as less: one that is sure and wrong must not overrule the others."""
TREES: Final = 120
LEAVES: Final = 100

RECIPE: Final = Recipe(
    epochs=40, drawn=6000, batch=256, learning_rate=3e-3, weight_decay=2e-2, smoothing=0.1, mixed=0.3, spliced=0.5
)
"""Of the networks over time: half of their batches are spliced, so that the latest movement decides."""

GRAPH_RECIPE: Final = Recipe(epochs=6, drawn=32_000, batch=64, learning_rate=5e-3, weight_decay=1e-2, smoothing=0.1)
"""Of the graph convolution, which needs more steps of fewer clips."""


class _Statistics(nn.Module):
    """`services.core.features.statistics` of the signals, a clip being the unit of time: (N, 8 S).

    Args:
        samples: T.
    """

    levels: Tensor

    def __init__(self, samples: int) -> None:
        super().__init__()
        # Percentiles by linear interpolation, as numpy has them, are weighted sums of sorted moments.
        at = np.array(PERCENTILES) / 100 * (samples - 1)
        weights = np.maximum(0, 1 - np.abs(at[:, None] - np.arange(samples)))
        self.register_buffer("levels", torch.from_numpy(weights).float())

    def forward(self, features: Tensor) -> Tensor:
        values = features[..., :SIGNALS]
        ordered = torch.topk(values, values.shape[1], dim=1, largest=False).values
        levels = torch.einsum("pt,nts->nps", self.levels, ordered)
        reach = levels[:, -1] - levels[:, 0]
        speed = (values[:, 1:] - values[:, :-1]).abs().sum(1)
        return torch.cat([levels.flatten(1), reach, speed, speed / (reach + STILL)], dim=1)


class _Parts(nn.Module):
    """All networks, what the trees look at, and the embedding.

    Args:
        by_signals: networks of the one kind.
        by_skeleton: of the other.
        by_graph: the one of the third.
        samples: T.
    """

    middle: Tensor
    axes: Tensor

    def __init__(
        self,
        by_signals: Sequence[SignalNetwork],
        by_skeleton: Sequence[SkeletonNetwork],
        by_graph: GraphNetwork,
        samples: int,
    ) -> None:
        super().__init__()
        self.count = len(by_signals) + len(by_skeleton) + 1
        self.by_signals = Together([network.over_time for network in by_signals])
        self.by_skeleton = Together([network.over_time for network in by_skeleton])
        self.by_graph = by_graph
        self.joints = by_skeleton[0].joints
        self.statistics = _Statistics(samples)
        self.embed(torch.zeros(0), torch.zeros(0, 0))

    def embed(self, middle: Tensor, axes: Tensor) -> None:
        """Let it embed clips.

        Args:
            middle: (P,) mean of what networks know of a clip, over clips.
            axes: (P, E) main axes of it, each over the spread along it.
        """
        self.register_buffer("middle", middle)
        self.register_buffer("axes", axes)

    def asked(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Probabilities of all networks (N, K, L), and what those over time know before they decide (N, P)."""
        said, pooled = self.by_signals(features[..., :SIGNALS])
        of_both, pooled_of_both = self.by_skeleton(self.joints(features))
        known = torch.cat([pooled, mean_of_halves(pooled_of_both)], dim=1)
        by_graph = self.by_graph(features)[:, None]
        return torch.cat([said, mean_of_halves(of_both), by_graph], dim=1), known.flatten(1)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Sum of the networks' log probabilities (N, L), statistics (N, 8 S), and the embedding (N, E)."""
        said, known = self.asked(features)
        logs = torch.log(said.clamp(min=SMALLEST)).sum(1)
        return logs, self.statistics(features), (known - self.middle) @ self.axes


Kind = TypeVar("Kind", SignalNetwork, SkeletonNetwork, GraphNetwork)


class Motion:
    """A model that was fitted.

    Args:
        parts: networks, statistics and embedding.
        trees: the fitted ones, on statistics.
        labels: in the order of the answer.
        shape: (T, S + V * C) of a clip's features.
    """

    def __init__(self, parts: _Parts, trees: Forest, labels: tuple[str, ...], shape: tuple[int, int]) -> None:
        self._parts = parts.eval()
        self._trees = trees
        self._priors = np.array([PRIORS.get(label, 1.0) for label in labels], np.float32)
        self._shape = shape

    @classmethod
    def fitted(
        cls,
        examples: Examples,
        *,
        seed: int,
        networks: int = NETWORKS,
        recipe: Recipe = RECIPE,
        graph_recipe: Recipe = GRAPH_RECIPE,
        watch: Watch | None = None,
    ) -> Motion:
        """Fit all parts to the same examples.

        Args:
            examples: what to learn, features (N, T, S + V * C).
            seed: the same seed and examples give the same model on the same machine.
            networks: of each kind that looks over time.
            recipe: how they are fitted.
            graph_recipe: how the graph convolution is.
            watch: who wants to see how it goes.
        """

        def one(kind: type[Kind], recipe: Recipe, seed: int) -> Kind:
            make = partial(kind, len(examples.labels))
            return cast("Kind", fitted(make, examples, recipe, seed=seed, watch=watch).network)

        def several(kind: type[Kind]) -> list[Kind]:
            return [one(kind, recipe, own) for own in range(seed, seed + networks)]

        shape = (examples.features.shape[1], examples.features.shape[2])
        statistics = _in_batches(_Statistics(shape[0]), examples.features)
        trees = Forest.fitted(replace(examples, features=statistics), seed=seed, trees=TREES, leaves=LEAVES)
        by_signals, by_skeleton = several(SignalNetwork), several(SkeletonNetwork)
        by_graph = one(GraphNetwork, graph_recipe, seed)
        parts = _Parts(by_signals, by_skeleton, by_graph, shape[0]).eval()
        known = _in_batches(lambda batch: parts.asked(batch)[1], examples.features)
        # So many examples span one dimension fewer: whitened, the last would be noise of rounding.
        axes = PCA(min(EMBEDDED, len(known) - 1, known.shape[1]), whiten=True, random_state=seed).fit(known)
        whitened = axes.components_.T / np.sqrt(axes.explained_variance_)
        parts.embed(torch.from_numpy(axes.mean_).float(), torch.from_numpy(whitened).float())
        return cls(parts, trees, examples.labels, shape)

    @property
    def parameters(self) -> int:
        """How many numbers were learnt: weights of networks, thresholds and votes of trees."""
        weights: int = sum(part.numel() for part in self._parts.parameters())
        return weights + self._trees.parameters

    def probabilities(self, features: FloatArray) -> FloatArray:
        """(N, L) by torch and scikit-learn themselves, to prove the export by."""
        logs = _in_batches(lambda batch: self._parts(batch)[0], features)
        trees = self._trees.probabilities(_in_batches(self._parts.statistics, features))
        whole = np.exp((logs + np.log(np.maximum(trees, SMALLEST))) / (self._parts.count + 1))
        whole *= self._priors
        return np.asarray(whole / whole.sum(axis=1, keepdims=True), np.float32)

    def onnx(self) -> bytes:
        """All parts as one ONNX file, its input (N, T, S + V * C), its outputs (N, L) and the embedding (N, E)."""
        parts = exported(self._parts, self._shape, ("logs", "statistics", EMBEDDING))
        trees = compose.add_prefix(onnx.load_model_from_string(self._trees.onnx()), "trees_")
        trees.ir_version = parts.ir_version
        mean = _geometric_mean(self._parts.count + 1, self._priors, parts)
        both = compose.merge_models(
            parts,
            trees,
            [("statistics", trees.graph.input[0].name)],
            outputs=["logs", EMBEDDING, f"trees_{PROBABILITIES}"],
        )
        whole = compose.merge_models(both, mean, [("logs", "networks"), (f"trees_{PROBABILITIES}", "trees")])
        return bytes(whole.SerializeToString())


def _in_batches(ask: Callable[[Tensor], Tensor], features: FloatArray) -> FloatArray:
    """What a part says of many clips."""
    with torch.no_grad():
        batches = torch.split(torch.from_numpy(np.ascontiguousarray(features)), ASKED_AT_ONCE)
        return np.concatenate([ask(batch).numpy() for batch in batches])


def _geometric_mean(count: int, priors: FloatArray, beside: ModelProto) -> ModelProto:
    """ONNX: sum of all but one parts' log probabilities, and the last one's probabilities -> their geometric mean.

    Args:
        count: of parts.
        priors: (L,) what each label's mean is multiplied by.
        beside: the model whose versions it takes.
    """
    shape = ("clips", "labels")
    graph = helper.make_graph(
        [
            helper.make_node("Max", ["trees", "mean_smallest"], ["mean_bounded"]),
            helper.make_node("Log", ["mean_bounded"], ["mean_log"]),
            helper.make_node("Add", ["networks", "mean_log"], ["mean_sum"]),
            helper.make_node("Div", ["mean_sum", "mean_count"], ["mean_of_logs"]),
            helper.make_node("Add", ["mean_of_logs", "mean_priors"], ["mean_scores"]),
            helper.make_node("Softmax", ["mean_scores"], [PROBABILITIES], axis=1),
        ],
        "geometric_mean",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in ("networks", "trees")],
        [helper.make_tensor_value_info(PROBABILITIES, TensorProto.FLOAT, shape)],
        [
            helper.make_tensor("mean_smallest", TensorProto.FLOAT, [], [SMALLEST]),
            helper.make_tensor("mean_priors", TensorProto.FLOAT, [len(priors)], np.log(priors)),
            helper.make_tensor("mean_count", TensorProto.FLOAT, [], [float(count)]),
        ],
    )
    return helper.make_model(graph, opset_imports=list(beside.opset_import), ir_version=beside.ir_version)
