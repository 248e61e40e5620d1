"""What runs a network: one protocol, and ONNX Runtime behind it; OpenVINO is in `services.pose.openvino_network`.

crops (N, H, W, 3) uint8 -> Network.run -> the outputs that the model's `Source` names, in its order
"""

from __future__ import annotations

from typing import Final, Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from onnxruntime import ExecutionMode, InferenceSession, SessionOptions

from services.pose.models import Source

INPUT: Final = "image"
"""What the conversion calls the one input of every model."""
Precision = Literal["fp32", "bf16"]


class Network(Protocol):
    """A loaded model, for one thread at a time."""

    def run(self, crops: NDArray[np.uint8]) -> tuple[NDArray[np.float32], ...]:
        """Answer for a batch.

        Args:
            crops: (N, H, W, 3) RGB.

        Returns:
            The model's outputs, each (N, ...), in the order of `Source.outputs`. They may be overwritten by the next
            run: copy what is to be kept.
        """
        ...


class OnnxRuntimeNetwork:
    """A model on ONNX Runtime, in fp32.

    Args:
        model: the ONNX file's content.
        source: says which outputs are wanted.
        threads: threads it may use. They sleep between runs instead of spinning: a gym has more cameras than cores.
    """

    def __init__(self, model: bytes, source: Source, threads: int) -> None:
        options = SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.execution_mode = ExecutionMode.ORT_SEQUENTIAL
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self._outputs = list(source.outputs.values())

    def run(self, crops: NDArray[np.uint8]) -> tuple[NDArray[np.float32], ...]:
        """Answer for a batch, one crop after the other; see `Network`.

        ONNX Runtime never gives back the room that its largest batch took: 40 MB more for three crops at once, which
        saves 3 % of the time of a run, and with ten costs 2 %. The digits are the same.
        """
        if len(crops) == 1:
            return tuple(self._session.run(self._outputs, {INPUT: crops}))
        answers: tuple[NDArray[np.float32], ...] = ()
        for index in range(len(crops)):
            parts = self._session.run(self._outputs, {INPUT: crops[index : index + 1]})
            answers = answers or tuple(np.empty((len(crops), *part.shape[1:]), np.float32) for part in parts)
            for answer, part in zip(answers, parts, strict=True):
                answer[index] = part[0]
        return answers
