"""One more exercise for a model that was trained without it: a small head on what the model knows of a clip.

                     .--probabilities of L labels-- x (1 - new) --.
    clip --model----<                                              >-- probabilities of L + 1 labels
                     `--embedding--head (logistic)-- new ---------'

The head learns from clips of the new exercise, and from what the model remembers of clips that are something else. The
model itself stays as it is, so what it knew it still knows; all is one ONNX file again, to which more can be added.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import ModelProto, TensorProto, compose, helper
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from services.classifier.manifest import MODEL_FILE
from services.classifier.model import EMBEDDING, PROBABILITIES, ExerciseModel
from services.core.geometry import Floats
from services.core.types import FloatArray
from training.memory import Memory

SHARE: Final = 0.25
"""Weight of the new exercise's clips together, as a share of the others': more finds more of them, and more that are
none. In a gym that adds an exercise, it is done more often than one in so many."""
STRENGTH: Final = 0.1
"""Inverse of how strongly the head's weights are pulled towards 0: few people are a poor sample of all."""
FOLDS: Final = 5
SMALLEST: Final = 1e-6
"""A probability of 0 is taken as this, so that its logarithm is finite; as in `services.classifier.model`."""


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """Says of embeddings how likely the new exercise is.

    Attributes:
        weights: (E,) by number of the embedding.
        bias: what is added.
    """

    weights: Floats
    bias: float

    def chance(self, embedding: FloatArray) -> Floats:
        """(N,) of embeddings (N, E)."""
        return np.asarray(1 / (1 + np.exp(-(embedding @ self.weights + self.bias))))


def fit_head(new: FloatArray, group: NDArray[np.int64], other: Memory) -> Head:
    """Logistic regression of the new exercise against anything else; a video weighs as the root of its clips.

    Args:
        new: (P, E) of the new exercise.
        group: (P,) video or person of each.
        other: what the model remembers.
    """
    weights = np.concatenate([SHARE * _even(group), _even(other.video)])
    shown = np.concatenate([np.ones(len(new), int), np.zeros(len(other), int)])
    found = LogisticRegression(C=STRENGTH, max_iter=2000).fit(
        np.concatenate([new, other.embedding]), shown, weights * len(other)
    )
    return Head(np.asarray(found.coef_[0], float), float(found.intercept_[0]))


def _even(group: NDArray[np.int64]) -> Floats:
    """(N,) weight of each clip, sum 1: clips of one video resemble each other."""
    weight = 1 / np.sqrt(np.unique(group, return_counts=True)[1])[np.unique(group, return_inverse=True)[1]]
    return np.asarray(weight / weight.sum())


def with_new(base: FloatArray, new: Floats) -> FloatArray:
    """Probabilities (N, L + 1) from those of the L labels (N, L) and of the new one (N,)."""
    return np.concatenate([base * (1 - new[:, None]), new[:, None]], axis=1).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Judged:
    """How the new exercise is told on videos that the head did not learn from.

    Attributes:
        found: share of the new exercise's clips that are told as it.
        taken: share of remembered clips of other things that are told as it.
        new, other: clips.
        groups: videos or people that were left out in turn.
    """

    found: float
    taken: float
    new: int
    other: int
    groups: int


def cross_validated(new: Memory, group: NDArray[np.int64], other: Memory, seen: int) -> Judged | None:
    """Fit heads without some of the videos or people, and ask them about those; None where there is only one.

    Args:
        new: clips of the new exercise, as they were seen and after them varied.
        group: (P,) video or person of each.
        other: what the model remembers.
        seen: how many of the new clips are as they were seen: only these are asked about.
    """
    groups = len(np.unique(group))
    if groups < 2:
        return None
    folds = min(FOLDS, groups)
    new_parts = GroupKFold(folds).split(new.embedding, groups=group)
    other_parts = GroupKFold(folds).split(other.embedding, groups=other.video)
    found, taken = np.zeros(len(new), bool), np.zeros(len(other), bool)
    for (learnt, held), (others_learnt, others_held) in zip(new_parts, other_parts, strict=True):
        head = fit_head(new.embedding[learnt], group[learnt], other.at(others_learnt))
        found[held] = told_as_new(new.at(held), head)
        taken[others_held] = told_as_new(other.at(others_held), head)
    return Judged(float(found[:seen].mean()), float(taken.mean()), seen, len(other), groups)


def told_as_new(clips: Memory, head: Head) -> NDArray[np.bool_]:
    """Which clips are told as the new exercise rather than as any other label."""
    chance = head.chance(clips.embedding)
    return np.asarray(chance > clips.probabilities.max(axis=1) * (1 - chance))


class Extended:
    """A model and its head, for `training.bundle`.

    Args:
        folder: of the model's bundle.
        model: loaded from it.
        head: of the new exercise.
        label: the new exercise.
    """

    def __init__(self, folder: Path, model: ExerciseModel, head: Head, label: str) -> None:
        self._folder, self._model, self._head, self._label = folder, model, head, label

    def probabilities(self, features: FloatArray) -> FloatArray:
        """(N, L + 1), the base's temperature applied."""
        return with_new(self._model.predict_features(features), self._head.chance(self._model.embedding(features)))

    def onnx(self) -> bytes:
        """Both as one ONNX file."""
        prefix = f"before_{self._label}_"
        base = compose.add_prefix(onnx.load(self._folder / MODEL_FILE), prefix)
        head = _head_model(self._head, self._model, base)
        joints = [(prefix + PROBABILITIES, "base"), (prefix + EMBEDDING, "known")]
        whole = compose.merge_models(base, head, joints)
        return bytes(whole.SerializeToString())


def _head_model(head: Head, model: ExerciseModel, beside: ModelProto) -> ModelProto:
    """ONNX: probabilities and embedding of the base -> those with the new exercise, and the embedding as it is.

    The base's temperature is applied here, for the head has none.
    """
    labels, size = len(model.labels), len(head.weights)
    constants = [
        helper.make_tensor("head_weights", TensorProto.FLOAT, [size, 1], head.weights.astype(np.float32)),
        helper.make_tensor("head_bias", TensorProto.FLOAT, [1], [head.bias]),
        helper.make_tensor("head_smallest", TensorProto.FLOAT, [], [SMALLEST]),
        helper.make_tensor("head_temperature", TensorProto.FLOAT, [], [model.manifest.temperature]),
        helper.make_tensor("head_one", TensorProto.FLOAT, [], [1.0]),
    ]
    steps: Sequence[tuple[str, list[str], str]] = (
        ("MatMul", ["known", "head_weights"], "head_weighted"),
        ("Add", ["head_weighted", "head_bias"], "head_score"),
        ("Sigmoid", ["head_score"], "head_new"),
        ("Sub", ["head_one", "head_new"], "head_rest"),
        ("Max", ["base", "head_smallest"], "head_bounded"),
        ("Log", ["head_bounded"], "head_log"),
        ("Div", ["head_log", "head_temperature"], "head_cooled"),
        ("Softmax", ["head_cooled"], "head_base"),
        ("Mul", ["head_base", "head_rest"], "head_others"),
        ("Concat", ["head_others", "head_new"], PROBABILITIES),
        ("Identity", ["known"], EMBEDDING),
    )
    nodes = [
        helper.make_node(kind, inputs, [output], axis=1)
        if kind in {"Softmax", "Concat"}
        else helper.make_node(kind, inputs, [output])
        for kind, inputs, output in steps
    ]
    shaped = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes,
        "head",
        [
            shaped("base", TensorProto.FLOAT, ("clips", labels)),
            shaped("known", TensorProto.FLOAT, ("clips", size)),
        ],
        [
            shaped(PROBABILITIES, TensorProto.FLOAT, ("clips", labels + 1)),
            shaped(EMBEDDING, TensorProto.FLOAT, ("clips", size)),
        ],
        constants,
    )
    return helper.make_model(graph, opset_imports=list(beside.opset_import), ir_version=beside.ir_version)
