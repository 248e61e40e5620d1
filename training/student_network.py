"""BlazePose's landmark model as a network that can be trained, and made to see less.

    ONNX -> surgery on the graph (`shrunk`) -> torch (`Network`) -> trained -> the same graph with other weights

The graph is run as it stands, node by node, and its trained weights are put back into it: what is exported differs
from what was read in nothing else, and its inputs and outputs keep their names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, helper, numpy_helper
from torch import Tensor, nn
from torch.nn import functional

from services.pose.landmarks import PIXELS

Attributes = Mapping[str, Any]
"""What an ONNX node says about itself."""
OUTPUTS: Final = ("landmarks", "presence", "heatmap", "world")
_BODY_STRIDE: Final = 32


def shrunk(teacher: bytes, pixels: int) -> bytes:
    """The model for smaller crops, with unchanged outputs.

    It is made of convolutions up to its heads. Those that regress landmarks want 8 x 8 cells: what they read is
    stretched to that, and so is the heatmap to its 64 x 64, which the engine reads.

    Args:
        teacher: the landmark model as `services.pose.models` stores it.
        pixels: side of the crops, a multiple of 32.

    Raises:
        ValueError: it is none.
    """
    if pixels % _BODY_STRIDE:
        raise ValueError(f"crops of {pixels} pixels a side: expected a multiple of {_BODY_STRIDE}")
    model = onnx.load_from_string(teacher)
    graph = model.graph
    for axis in (1, 2):
        graph.input[0].type.tensor_type.shape.dim[axis].dim_value = pixels
    scale = np.array([1, 1, PIXELS / pixels, PIXELS / pixels], np.float32)
    graph.initializer.append(numpy_helper.from_array(scale, "stretch"))
    _stretch(graph, _body_end(graph, pixels), "body")
    _stretch(graph, next(node.input[0] for node in graph.node if node.output[0] == "heatmap"), "heat")
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def _body_end(graph: onnx.GraphProto, pixels: int) -> str:
    """The value at an eighth of the teacher's side where the regression leaves the rest: before its first stride."""
    model = helper.make_model(graph)
    known = onnx.shape_inference.infer_shapes(model).graph.value_info
    sides = {value.name: value.type.tensor_type.shape.dim[-1].dim_value for value in known}
    body = pixels // _BODY_STRIDE
    pool = next(
        node for node in graph.node if node.op_type == "MaxPool" and sides.get(node.input[0]) == body
    )  # the regression is the only part that pools
    return str(pool.input[0])


def _stretch(graph: onnx.GraphProto, value: str, name: str) -> None:
    """Make whatever reads a value read it stretched by `stretch`."""
    for node in graph.node:
        for place, read in enumerate(node.input):
            if read == value:
                node.input[place] = name
    made = next(place for place, node in enumerate(graph.node) if value in node.output)
    resize = helper.make_node(
        "Resize", [value, "", "stretch"], [name], mode="linear", coordinate_transformation_mode="half_pixel"
    )
    graph.node.insert(made + 1, resize)


class Network(nn.Module):
    """A landmark model in torch; gives float outputs by name for (N, P, P, 3) uint8 pictures.

    Args:
        model: the ONNX file; its convolutions are trained.

    Raises:
        ValueError: it has an operator that this network does not know.
    """

    def __init__(self, model: bytes) -> None:
        super().__init__()
        self._model = onnx.load_from_string(model)
        trained = {name for node in self._model.graph.node if node.op_type == "Conv" for name in node.input[1:]}
        self.weights = nn.ParameterDict()
        self._constants: dict[str, NDArray[Any]] = {}
        for tensor in self._model.graph.initializer:
            array = numpy_helper.to_array(tensor)
            if tensor.name in trained:
                self.weights[tensor.name] = nn.Parameter(torch.from_numpy(array.copy()))
            else:
                self._constants[tensor.name] = array
        self._steps = [(_known(node), node, _attributes(node)) for node in self._model.graph.node]

    @property
    def pixels(self) -> int:
        """Side of the crops that it sees."""
        return int(self._model.graph.input[0].type.tensor_type.shape.dim[1].dim_value)

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """The outputs by name, as ONNX Runtime gives them."""
        values: dict[str, Tensor] = {"image": image}
        for operator, node, attributes in self._steps:
            values[node.output[0]] = operator(self, node, attributes, values)
        return {name: values[name] for name in OUTPUTS}

    def constant(self, name: str) -> NDArray[Any]:
        """A value of the graph that is not trained."""
        return self._constants[name]

    def onnx(self) -> bytes:
        """The ONNX file with the weights as they are now."""
        model = ModelProto()
        model.CopyFrom(self._model)
        for tensor in model.graph.initializer:
            if tensor.name in self.weights:
                now = self.weights[tensor.name].detach().cpu().numpy()
                tensor.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(now), tensor.name))
        return bytes(model.SerializeToString())


Values = Mapping[str, Tensor]
Operator = Callable[[Network, NodeProto, Attributes, Values], Tensor]


def _attributes(node: NodeProto) -> Attributes:
    return {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}


def _known(node: NodeProto) -> Operator:
    if node.op_type not in _OPERATORS:
        raise ValueError(f"operator {node.op_type} is not known to the student's network")
    return _OPERATORS[node.op_type]


def _convolution(network: Network, node: NodeProto, attributes: Attributes, values: Values) -> Tensor:
    top, left, bottom, right = attributes["pads"]
    given = values[node.input[0]]
    if (top, left) != (bottom, right):  # PyTorch pads both sides alike; what is odd is padded before
        given = functional.pad(given, (0, right - left, 0, bottom - top))
    weight, bias = network.weights[node.input[1]], network.weights[node.input[2]]
    return functional.conv2d(given, weight, bias, attributes["strides"], (top, left), groups=attributes["group"])


def _clip(network: Network, node: NodeProto, _: Attributes, values: Values) -> Tensor:
    low, high = (float(network.constant(name)) for name in node.input[1:])
    return functional.hardtanh(values[node.input[0]], low, high)


def _pad(network: Network, node: NodeProto, _: Attributes, values: Values) -> Tensor:
    starts, ends = np.split(network.constant(node.input[1]), 2)
    sides = [int(side) for start, end in zip(starts[::-1], ends[::-1], strict=True) for side in (start, end)]
    return functional.pad(values[node.input[0]], sides)


def _resize(network: Network, node: NodeProto, _: Attributes, values: Values) -> Tensor:
    given = values[node.input[0]]
    scale = network.constant(node.input[2])[2:]
    size = [round(side * float(by)) for side, by in zip(given.shape[2:], scale, strict=True)]
    return functional.interpolate(given, size=size, mode="bilinear")


_OPERATORS: Final[dict[str, Operator]] = {
    "Conv": _convolution,
    "Clip": _clip,
    "Pad": _pad,
    "Resize": _resize,
    "Add": lambda network, node, attributes, values: values[node.input[0]] + values[node.input[1]],
    "MaxPool": lambda network, node, attributes, values: functional.max_pool2d(
        values[node.input[0]], attributes["kernel_shape"], attributes["strides"]
    ),
    "Sigmoid": lambda network, node, attributes, values: torch.sigmoid(values[node.input[0]]),
    "Reshape": lambda network, node, attributes, values: values[node.input[0]].flatten(1),
    "Identity": lambda network, node, attributes, values: values[node.input[0]],
    "Cast": lambda network, node, attributes, values: values[node.input[0]].float(),
    "Transpose": lambda network, node, attributes, values: values[node.input[0]].permute(*attributes["perm"]),
    "Mul": lambda network, node, attributes, values: values[node.input[0]] * float(network.constant(node.input[1])),
}
