"""OpenVINO as what runs a network, loaded when it is first wanted; a package that need not be installed."""

from __future__ import annotations

import sys
from functools import cache
from itertools import compress
from math import prod
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from services.core.errors import SettingsError
from services.pose.models import Source
from services.pose.network import Precision

if TYPE_CHECKING:
    from openvino import Core, InferRequest, Model, Node

_REPORTERS: Final = ("openvino_telemetry", "openvino.tools")
"""What reports every import of OpenVINO, with a lasting id, to Google Analytics, and the only part that calls it."""
_PLACES: Final = ("Exception from", "Check '")
"""How the lines of its errors begin that name places in its own source."""
_LAYERS: Final = ("Convolution", "MatMul")
_REMEDY: Final = "set SPOTTER_POSE_RUNTIME to onnxruntime"


class OpenVinoNetwork:
    """A model on OpenVINO, compiled for one crop.

    In bf16 OpenVINO also rounds what comes out, to 8 significant bits: landmarks to whole pixels, world keypoints by 11
    cm. So the layers that make numbers out of the last features run as a network of their own, in fp32 (0.1 % of the
    work).

    A batch is run one by one: compiled for its size it would take a tenth less, but 60 MB and a quarter of a second for
    each number of people that comes up.

    Args:
        model: the ONNX file's content.
        source: says which outputs are wanted.
        threads: threads it may use. They are not pinned to cores: several processes would choose the same one.
        precision: what it multiplies in; crops and outputs are the same in both.

    Raises:
        SettingsError: OpenVINO is missing, or cannot compile the model.
    """

    def __init__(self, model: bytes, source: Source, threads: int, precision: Precision) -> None:
        core = openvino_core()
        try:
            whole = core.read_model(model)
            whole.reshape([1, *whole.inputs[0].partial_shape[1:]])
            parts = _parts(whole) if precision == "bf16" else [(whole, "f32")]
            self._requests = [_request(core, part, hint, threads) for part, hint in parts]
        except RuntimeError as error:
            raise SettingsError(
                f"OpenVINO cannot compile {source.stem} in {precision} ({_said(error)}): {_REMEDY}."
            ) from error
        made = {
            name: request.get_tensor(port)
            for request in self._requests
            for port in request.model_outputs
            for name in port.get_names()
        }
        for request in self._requests[1:]:
            for port in request.model_inputs:
                request.set_tensor(port, made[port.get_any_name()])
        self._tensors = [made[name] for name in source.outputs.values()]

    def run(self, crops: NDArray[np.uint8]) -> tuple[NDArray[np.float32], ...]:
        """Answer for a batch; see `Network`."""
        if len(crops) == 1:
            self._infer(crops)
            return tuple(tensor.data for tensor in self._tensors)
        outputs = tuple(np.empty((len(crops), *tensor.shape[1:]), np.float32) for tensor in self._tensors)
        for index in range(len(crops)):
            self._infer(crops[index : index + 1])
            for output, tensor in zip(outputs, self._tensors, strict=True):
                output[index] = tensor.data[0]
        return outputs

    def _infer(self, crop: NDArray[np.uint8]) -> None:
        first, *rest = self._requests
        first.infer({0: crop}, share_inputs=True, share_outputs=True)
        for request in rest:
            request.infer(share_outputs=True)


def _request(core: Core, model: Model, precision: str, threads: int) -> InferRequest:
    return core.compile_model(
        model,
        "CPU",
        {
            "INFERENCE_PRECISION_HINT": precision,
            "INFERENCE_NUM_THREADS": threads,
            "NUM_STREAMS": 1,
            "ENABLE_CPU_PINNING": False,
        },
    ).create_infer_request()


def _parts(whole: Model) -> list[tuple[Model, str]]:
    """Cut off the last layers of those outputs that are numbers rather than maps; each part with its precision."""
    from openvino import Model, opset1  # noqa: PLC0415 - an optional extra

    results = whole.get_results()
    numbers = [prod(_last(result).get_output_shape(0)[2:]) == 1 for result in results]
    inputs: dict[str, Node] = {}
    between = []
    for result in compress(results, numbers):
        layer = _last(result)
        features = layer.input_value(0)
        name = features.get_any_name()
        if name not in inputs:
            inputs[name] = opset1.parameter(features.get_shape(), np.float32)
            inputs[name].output(0).set_names({name})
            between.append(opset1.result(features))
        layer.input(0).replace_source_output(inputs[name].output(0))
    if not between:
        return [(whole, "bf16")]
    maps = [result for result, number in zip(results, numbers, strict=True) if not number]
    body = Model([*maps, *between], whole.get_parameters(), "body")
    return [(body, "bf16"), (Model([*compress(results, numbers)], [*inputs.values()], "heads"), "f32")]


def _last(result: Node) -> Node:
    """The layer with weights that an output comes from."""
    node = result
    while node.get_type_name() not in _LAYERS and node.get_input_size():
        node = node.input_value(0).get_node()
    return node


@cache
def openvino_core() -> Core:
    """OpenVINO, loaded once for the process, when it is first wanted, and unable to report.

    Raises:
        SettingsError: it is not installed, or cannot be loaded.
    """
    for name in _REPORTERS:
        # Python's way to say that a module cannot be imported; OpenVINO takes that calmly.
        sys.modules[name] = None  # type: ignore[assignment]
    try:
        from openvino import Core  # noqa: PLC0415 - an optional extra, and 20 MB
    except (ImportError, OSError) as error:
        raise SettingsError(
            f"OpenVINO cannot be loaded ({_said(error)}): install it with `pip install 'spotter[openvino]'`, or "
            f"{_REMEDY}."
        ) from error
    return Core()


def openvino_precision() -> Precision:
    """What OpenVINO computes in on this CPU: bf16 where there are instructions for it.

    Raises:
        SettingsError: OpenVINO is not installed, or cannot be loaded.
    """
    return "bf16" if "BF16" in openvino_core().get_property("CPU", "OPTIMIZATION_CAPABILITIES") else "fp32"


def _said(error: Exception) -> str:
    """What a library says in one line, without the places in its own source."""
    lines = [line.strip() for line in str(error).splitlines()]
    return " ".join(line for line in lines if line and not line.startswith(_PLACES))[:300] or type(error).__name__
