"""The forest of the known baselines: 100 trees on six joint angles, by moment or by clip, exported to ONNX.

    by moment   (N, T, 6) -> N * T moments -> trees -> mean over the clip's moments
    by clip     (N, T, 6) -> (N, T * 6)    -> trees

Breiman: Random forests (2001). Angles are 0-360 degrees in the picture, of shoulders, elbows and knees.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from onnx import ModelProto, TensorProto, helper, numpy_helper
from sklearn.ensemble import RandomForestClassifier

from services.classifier.model import PROBABILITIES
from services.core.types import FloatArray
from training.examples import Examples
from training.forest import converted

TREES: Final = 100
LEAVES: Final = 220
"""Leaves of a tree at most: without a bound a forest on moments grows to 72-222 MB, with 300 to 5.8 MB."""

APART: Final = 5
"""One moment in so many is learnt from, where trees see moments: the others are nearly the same."""


class AngleForest:
    """A forest that was fitted.

    Args:
        trees: scikit-learn's.
        shape: (T, 6).
        by_moment: whether the trees see single moments.
    """

    def __init__(self, trees: RandomForestClassifier, shape: tuple[int, int], *, by_moment: bool) -> None:
        self._trees, self._shape, self._by_moment = trees, shape, by_moment

    @classmethod
    def fitted(
        cls, examples: Examples, *, by_moment: bool, seed: int, trees: int = TREES, leaves: int = LEAVES
    ) -> AngleForest:
        """Fit trees to examples with features (N, T, 6).

        Args:
            examples: what to learn; every label has at least one.
            by_moment: whether trees see single moments; else whole clips.
            seed: the same seed and examples give the same trees.
            trees: how many.
            leaves: of each tree at most.
        """
        shape = examples.features.shape[1:]
        learnt = examples.features[:, ::APART] if by_moment else examples.features
        moments = learnt.shape[1] if by_moment else 1
        model = RandomForestClassifier(trees, max_leaf_nodes=leaves, n_jobs=2, random_state=seed)
        model.fit(
            learnt.reshape(len(examples) * moments, -1),
            np.repeat(examples.label, moments),
            sample_weight=np.repeat(examples.weights(), moments),
        )
        return cls(model, (shape[0], shape[1]), by_moment=by_moment)

    def probabilities(self, features: FloatArray) -> FloatArray:
        """(N, L) by scikit-learn itself, to prove the export by."""
        moments = self._shape[0] if self._by_moment else 1
        told = self._trees.predict_proba(features.reshape(len(features) * moments, -1))
        return np.asarray(told.reshape(len(features), moments, -1).mean(axis=1), np.float32)

    def onnx(self) -> bytes:
        """The model as ONNX, its input (N, T, 6) and its output (N, L)."""
        moments, joints = self._shape
        width = joints if self._by_moment else moments * joints
        model = converted(self._trees, width)
        _take_clips(model, self._shape, width, moments if self._by_moment else 1)
        return bytes(model.SerializeToString())


def _take_clips(model: ModelProto, shape: tuple[int, int], width: int, moments: int) -> None:
    """Make a model of rows one of clips: each clip becomes so many rows, whose answers are averaged."""
    graph = model.graph
    rows, labels = graph.input[0].name, graph.output[0].type.tensor_type.shape.dim[1].dim_value
    for node in graph.node:
        node.output[:] = ["of_rows" if name == PROBABILITIES else name for name in node.output]
    constants = {"row_shape": [-1, width], "clip_shape": [-1, moments, labels], "over_moments": [1]}
    graph.initializer.extend(numpy_helper.from_array(np.array(value), name) for name, value in constants.items())
    graph.node.insert(0, helper.make_node("Reshape", ["angles", "row_shape"], [rows]))
    graph.node.append(helper.make_node("Reshape", ["of_rows", "clip_shape"], ["of_moments"]))
    graph.node.append(helper.make_node("ReduceMean", ["of_moments", "over_moments"], [PROBABILITIES], keepdims=0))
    del graph.input[:], graph.output[:]
    graph.input.append(helper.make_tensor_value_info("angles", TensorProto.FLOAT, [None, *shape]))
    graph.output.append(helper.make_tensor_value_info(PROBABILITIES, TensorProto.FLOAT, [None, labels]))
