"""Costs of models: their numbers are counted, and eight bits say nearly the same, however the model was joined."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from services.classifier.model import PROBABILITIES
from training.report.costs import parameters, quantised

WIDTH = 64


@pytest.fixture
def joined(tmp_path: Path) -> Path:
    """A network that uses one matrix twice and names its operators' version twice, as joined models do."""
    random = np.random.default_rng(0)
    matrix = random.normal(0, 0.1, (WIDTH, WIDTH)).astype(np.float32)
    bias = np.zeros(WIDTH, np.float32)
    graph = helper.make_graph(
        [
            helper.make_node("Gemm", ["x", "w", "b"], ["a"], transB=1),
            helper.make_node("Relu", ["a"], ["r"]),
            helper.make_node("Gemm", ["r", "w", "b"], ["c"], transB=1),
            helper.make_node("Softmax", ["c"], [PROBABILITIES], axis=1),
        ],
        "joined",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", WIDTH])],
        [helper.make_tensor_value_info(PROBABILITIES, TensorProto.FLOAT, ["N", WIDTH])],
        [numpy_helper.from_array(matrix, "w"), numpy_helper.from_array(bias, "b")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    model.opset_import.extend([helper.make_opsetid("", 18)])
    onnx.save(model, tmp_path / "model.onnx")
    return tmp_path / "model.onnx"


def test_the_numbers_of_a_network_are_counted(joined: Path) -> None:
    assert parameters(joined) == WIDTH * WIDTH + WIDTH


@pytest.mark.parametrize("static", [False, True])
def test_eight_bits_say_nearly_the_same(joined: Path, *, static: bool) -> None:
    asked = np.random.default_rng(1).normal(0, 1, (60, WIDTH)).astype(np.float32)
    made = quantised(joined, asked, asked, static=static)
    weights = {one.name: numpy_helper.to_array(one) for one in onnx.load(joined).graph.initializer}
    hidden = np.maximum(asked @ weights["w"].T, 0) @ weights["w"].T
    expected = np.exp(hidden) / np.exp(hidden).sum(axis=1, keepdims=True)
    assert made.probabilities is not None
    assert made.probabilities.shape == expected.shape
    assert np.abs(made.probabilities - expected).max() < 0.1 * expected.max()
    assert not np.allclose(made.probabilities, expected, atol=1e-7), "it is in eight bits indeed"
    assert made.model_ms > 0
