"""Extremely randomised trees on statistics of joint angles and positions, exported to ONNX.

Geurts, Ernst, Wehenkel: Extremely randomized trees (2006). On little data from few sources they generalise better than
forests that search the best threshold.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from onnx import ModelProto
from skl2onnx import to_onnx
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier

from services.classifier.model import PROBABILITIES
from services.core.types import FloatArray
from training.examples import Examples

TREES: Final = 250
LEAVES: Final = 100
"""Leaves of a tree at most: the size of the bundle grows with them, accuracy hardly does."""
SMALLEST_LEAF: Final = 3
"""Clips in a leaf at least: neighbouring clips of one video are alike, so fewer would be learning by heart."""


class Forest:
    """A forest that was fitted.

    Args:
        trees: scikit-learn's.
        width: number of features.
    """

    def __init__(self, trees: ExtraTreesClassifier, width: int) -> None:
        self._trees = trees
        self._width = width

    @classmethod
    def fitted(cls, examples: Examples, *, seed: int, trees: int = TREES, leaves: int = LEAVES) -> Forest:
        """Fit trees to examples.

        Args:
            examples: what to learn; every label has at least one.
            seed: the same seed and examples give the same trees.
            trees: how many; more are steadier and bigger.
            leaves: of each tree at most.
        """
        model = ExtraTreesClassifier(
            trees,
            max_leaf_nodes=leaves,
            min_samples_leaf=SMALLEST_LEAF,
            max_features="sqrt",
            n_jobs=2,
            random_state=seed,
        )
        model.fit(examples.features, examples.label, sample_weight=examples.weights())
        return cls(model, examples.features.shape[1])

    @property
    def parameters(self) -> int:
        """How many numbers were learnt: a threshold at each fork, a vote for each label at each leaf."""
        return sum(tree.tree_.node_count + tree.tree_.n_leaves * tree.tree_.n_classes[0] for tree in self._trees)

    def probabilities(self, features: FloatArray) -> FloatArray:
        """(N, L) by scikit-learn itself, to prove the export by."""
        return np.asarray(self._trees.predict_proba(features), np.float32)

    def onnx(self) -> bytes:
        """The model as ONNX, its input (N, F) and its output (N, L)."""
        return bytes(converted(self._trees, self._width).SerializeToString())


def converted(trees: ExtraTreesClassifier | RandomForestClassifier, width: int) -> ModelProto:
    """A forest of scikit-learn's as ONNX, from (N, width) to `PROBABILITIES` (N, L), with nothing else in it."""
    example = np.zeros((1, width), np.float32)
    model: ModelProto = to_onnx(
        trees, example, options={id(trees): {"zipmap": False}}, target_opset={"": 18, "ai.onnx.ml": 3}
    )
    _keep_output(model, PROBABILITIES)
    _drop_zeros(model)
    return model


def _keep_output(model: ModelProto, name: str) -> None:
    """Drop the other outputs and what only they need; give the kept one its known shape."""
    kept = [output for output in model.graph.output if output.name == name]
    del model.graph.output[:]
    model.graph.output.extend(kept)
    needed = {name}
    nodes = []
    for node in reversed(model.graph.node):
        if needed & set(node.output):
            needed |= set(node.input)
            nodes.append(node)
    del model.graph.node[:]
    model.graph.node.extend(reversed(nodes))
    constants = [constant for constant in model.graph.initializer if constant.name in needed]
    del model.graph.initializer[:]
    model.graph.initializer.extend(constants)


def _drop_zeros(model: ModelProto) -> None:
    """Drop the votes of 0 that the converter writes for every label that a leaf never saw: most of the file."""
    for node in model.graph.node:
        votes = {attribute.name: attribute for attribute in node.attribute if attribute.name.startswith("class_")}
        if not votes:
            continue
        kept = np.flatnonzero(np.array(votes["class_weights"].floats))
        for attribute in votes.values():
            values = attribute.floats if attribute.name == "class_weights" else attribute.ints
            values[:] = np.array(values)[kept].tolist()
