"""What runs a network: one protocol, and the runtimes behind it.

crops (N, H, W, 3) uint8 -> Network.run -> the outputs that the model's `Source` names, in its order
"""

from __future__ import annotations

from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray
from onnxruntime import ExecutionMode, InferenceSession, SessionOptions

from services.pose.models import Source

INPUT: Final = "image"
"""What the conversion calls the one input of every model."""


class Network(Protocol):
    """A loaded model."""

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
    """A model on ONNX Runtime in fp32, which runs on every CPU.

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
        """Answer for a batch; see `Network`."""
        return tuple(self._session.run(self._outputs, {INPUT: crops}))
