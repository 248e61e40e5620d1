"""TFLite -> ONNX for the two BlazePose models, exact to float rounding.

It knows the 13 operators that those two files use and refuses any other. General converters were looked at first:
they want TensorFlow beside them or stop at sparse weights (``DENSIFY``), and none folds the picture's scaling in.
Needs the extra ``models`` (ai-edge-litert, onnx); nothing needs it once the models are stored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from numpy.typing import ArrayLike, NDArray
from onnx import ModelProto, TensorProto, checker, helper, numpy_helper

Operator = Any
"""A TFLite operator; the flatbuffers classes are untyped."""
Options = Any
"""Its options."""

Attribute = Any
"""What ONNX takes as the value of a node's attribute."""

OPSET: Final = 17
IR_VERSION: Final = 9
_TO_NCHW: Final = (0, 3, 1, 2)
_TO_NHWC: Final = (0, 2, 3, 1)
_OPERATORS: Final = {code: name for name, code in vars(schema.BuiltinOperator).items() if isinstance(code, int)}


def convert(source: bytes, *, outputs: Mapping[int, str], scale: float, offset: float) -> bytes:
    """Turn one model into ONNX with any batch size and a uint8 picture as its input.

    Args:
        source: a TFLite file with float weights (float16 and sparse ones are unpacked).
        outputs: index of an output -> its new name; what only feeds the others is cut off. Outputs with four
            dimensions come out as (N, C, H, W).
        scale, offset: the model sees ``pixel * scale + offset``; the input is named ``image``, (N, H, W, 3) RGB.

    Returns:
        The ONNX file; the same source and library versions give the same bytes.
    """
    graph = _Graph(source, scale, offset)
    graph.add_operators()
    return bytes(graph.model(outputs).SerializeToString(deterministic=True))


class _Graph:
    """ONNX nodes made from one TFLite subgraph; four-dimensional values are (N, C, H, W) inside."""

    def __init__(self, source: bytes, scale: float, offset: float) -> None:
        self.source = schema.ModelT.InitFromObj(schema.Model.GetRootAs(source, 0))
        self.tflite = self.source.subgraphs[0]
        self.constants = _Constants(source, self.shape(self.tflite.inputs[0]))
        self.nodes: list[Any] = []
        self.weights: list[Any] = []
        image = self.node("Cast", ["image"], to=TensorProto.FLOAT)
        image = self.node("Transpose", [image], perm=_TO_NCHW)
        image = self.node("Mul", [image, self.weight(np.float32(scale))])
        if offset:
            image = self.node("Add", [image, self.weight(np.float32(offset))])
        self.names: dict[int, str] = {self.tflite.inputs[0]: image}

    def shape(self, tensor: int) -> list[int]:
        return [int(size) for size in self.tflite.tensors[tensor].shape]

    def weight(self, value: ArrayLike) -> str:
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(value).reshape(np.shape(value)), name))
        return name

    def node(self, operator: str, inputs: list[str], **attributes: Attribute) -> str:
        name = f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, inputs, [name], name=f"{operator}_{name}", **attributes))
        return name

    def value(self, tensor: int) -> str:
        """The ONNX name of a tensor that was computed, or of a constant."""
        return self.names[tensor] if tensor in self.names else self.weight(self.constants[tensor])

    def activated(self, value: str, activation: int) -> str:
        kinds = schema.ActivationFunctionType
        if activation == kinds.NONE:
            return value
        if activation == kinds.RELU:
            return self.node("Relu", [value])
        if activation == kinds.RELU6:
            return self.node("Clip", [value, self.weight(np.float32(0)), self.weight(np.float32(6))])
        raise ValueError(f"activation {activation} is not known to this converter")

    def pads(self, options: Options, kernel: tuple[int, int], given: list[int], wanted: list[int]) -> list[int]:
        """TFLite's SAME padding: what is odd goes to the end (top, left, bottom, right)."""
        if options.padding == schema.Padding.VALID:
            return [0, 0, 0, 0]
        down = max((wanted[1] - 1) * options.strideH + kernel[0] - given[1], 0)
        right = max((wanted[2] - 1) * options.strideW + kernel[1] - given[2], 0)
        return [down // 2, right // 2, down - down // 2, right - right // 2]

    def add_operators(self) -> None:
        for operator in self.tflite.operators:
            code = self.source.operatorCodes[operator.opcodeIndex]
            name = _OPERATORS[max(code.builtinCode, code.deprecatedBuiltinCode)]
            if name in ("DEQUANTIZE", "DENSIFY"):  # only ever unpack weights, which `constants` gives unpacked
                continue
            if name not in _BUILDERS:
                raise ValueError(f"operator {name} is not known to this converter")
            self.names[operator.outputs[0]] = _BUILDERS[name](self, operator)

    def model(self, outputs: Mapping[int, str]) -> ModelProto:
        shape = self.shape(self.tflite.inputs[0])
        results = []
        for index, name in outputs.items():
            tensor = self.tflite.outputs[index]
            sizes = self.shape(tensor)
            if len(sizes) == 4:
                sizes = [sizes[axis] for axis in _TO_NCHW]
            self.nodes.append(helper.make_node("Identity", [self.names[tensor]], [name], name=name))
            results.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", *sizes[1:]]))
        needed = set(outputs.values())
        kept = []
        for node in reversed(self.nodes):
            if needed.intersection(node.output):
                kept.append(node)
                needed.update(node.input)
        picture = helper.make_tensor_value_info("image", TensorProto.UINT8, ["N", *shape[1:]])
        weights = [weight for weight in self.weights if weight.name in needed]
        graph = helper.make_graph(kept[::-1], "pose", [picture], results, weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
        checker.check_model(model)
        return model


class _Constants:
    """Weights by tensor index, unpacked to float32 by the TFLite runtime itself."""

    def __init__(self, source: bytes, shape: list[int]) -> None:
        self.runtime = Interpreter(
            model_content=source,
            experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
            experimental_preserve_all_tensors=True,
        )
        self.runtime.allocate_tensors()
        self.runtime.set_tensor(self.runtime.get_input_details()[0]["index"], np.zeros(shape, np.float32))
        self.runtime.invoke()  # weights are unpacked by operators of the graph

    def __getitem__(self, tensor: int) -> NDArray[Any]:
        return np.asarray(self.runtime.get_tensor(tensor))


def _convolution(graph: _Graph, operator: Operator, *, depthwise: bool) -> str:
    options = operator.builtinOptions
    weights = graph.constants[operator.inputs[1]].astype(np.float32)
    kernel = (int(weights.shape[1]), int(weights.shape[2]))
    given, wanted = graph.shape(operator.inputs[0]), graph.shape(operator.outputs[0])
    if (options.dilationHFactor, options.dilationWFactor) != (1, 1):
        raise ValueError("dilated convolutions are not known to this converter")
    inputs = [
        graph.names[operator.inputs[0]],
        graph.weight(weights.transpose(3, 0, 1, 2) if depthwise else weights.transpose(_TO_NCHW)),
    ]
    if len(operator.inputs) > 2 and operator.inputs[2] >= 0:
        inputs.append(graph.weight(graph.constants[operator.inputs[2]].astype(np.float32)))
    value = graph.node(
        "Conv",
        inputs,
        kernel_shape=kernel,
        strides=[options.strideH, options.strideW],
        group=given[3] if depthwise else 1,
        pads=graph.pads(options, kernel, given, wanted),
    )
    return graph.activated(value, options.fusedActivationFunction)


def _add(graph: _Graph, operator: Operator) -> str:
    value = graph.node("Add", [graph.value(tensor) for tensor in operator.inputs])
    return graph.activated(value, operator.builtinOptions.fusedActivationFunction)


def _pad(graph: _Graph, operator: Operator) -> str:
    pads = graph.constants[operator.inputs[1]][list(_TO_NCHW)].astype(np.int64)
    return graph.node("Pad", [graph.names[operator.inputs[0]], graph.weight(pads.T.reshape(-1))], mode="constant")


def _max_pool(graph: _Graph, operator: Operator) -> str:
    options = operator.builtinOptions
    kernel = (options.filterHeight, options.filterWidth)
    pads = graph.pads(options, kernel, graph.shape(operator.inputs[0]), graph.shape(operator.outputs[0]))
    strides = [options.strideH, options.strideW]
    value = graph.node("MaxPool", [graph.names[operator.inputs[0]]], kernel_shape=kernel, strides=strides, pads=pads)
    return graph.activated(value, options.fusedActivationFunction)


def _resize(graph: _Graph, operator: Operator) -> str:
    options = operator.builtinOptions
    given, wanted = graph.shape(operator.inputs[0]), graph.shape(operator.outputs[0])
    scales = graph.weight(np.array([1, 1, wanted[1] / given[1], wanted[2] / given[2]], np.float32))
    mode = "align_corners" if options.alignCorners else "half_pixel" if options.halfPixelCenters else "asymmetric"
    inputs = [graph.names[operator.inputs[0]], "", scales]
    return graph.node("Resize", inputs, mode="linear", coordinate_transformation_mode=mode)


def _depth_to_space(graph: _Graph, operator: Operator) -> str:
    block = operator.builtinOptions.blockSize
    return graph.node("DepthToSpace", [graph.names[operator.inputs[0]]], blocksize=block, mode="DCR")


def _sigmoid(graph: _Graph, operator: Operator) -> str:
    return graph.node("Sigmoid", [graph.names[operator.inputs[0]]])


def _reshape(graph: _Graph, operator: Operator) -> str:
    value = graph.names[operator.inputs[0]]
    given, wanted = graph.shape(operator.inputs[0]), graph.shape(operator.outputs[0])
    if len(wanted) == 4 or wanted[0] != given[0]:
        raise ValueError(f"reshape from {given} to {wanted} is not known to this converter")
    if len(given) == 4 and given[1:3] != [1, 1]:
        value = graph.node("Transpose", [value], perm=_TO_NHWC)
    return graph.node("Reshape", [value, graph.weight(np.array([0, *wanted[1:]], np.int64))])


def _concatenation(graph: _Graph, operator: Operator) -> str:
    dimensions = len(graph.shape(operator.outputs[0]))
    axis = operator.builtinOptions.axis % dimensions
    if dimensions == 4:
        axis = _TO_NCHW.index(axis)
    return graph.node("Concat", [graph.names[tensor] for tensor in operator.inputs], axis=axis)


_BUILDERS: Final[dict[str, Callable[[_Graph, Operator], str]]] = {
    "CONV_2D": lambda graph, operator: _convolution(graph, operator, depthwise=False),
    "DEPTHWISE_CONV_2D": lambda graph, operator: _convolution(graph, operator, depthwise=True),
    "ADD": _add,
    "PAD": _pad,
    "MAX_POOL_2D": _max_pool,
    "RESIZE_BILINEAR": _resize,
    "DEPTH_TO_SPACE": _depth_to_space,
    "LOGISTIC": _sigmoid,
    "RESHAPE": _reshape,
    "CONCATENATION": _concatenation,
}
