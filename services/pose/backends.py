"""Which runtime runs the models, and how exactly.

ONNX Runtime computes in fp32 on every CPU. OpenVINO, an optional extra, also computes in bf16 where the CPU can, which
takes little more than half the time; `services.pose.probe` chooses.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from services.pose.models import Source, model_file
from services.pose.network import Network, OnnxRuntimeNetwork, Precision
from services.pose.settings import Runtime


@dataclass(frozen=True, slots=True)
class Engine:
    """What runs the models, and how exactly.

    Attributes:
        runtime: onnxruntime or openvino.
        precision: what it multiplies in. bf16 has 8 significant bits; what that costs stands in
            services/decisions/0009-runtime-by-probe.md.
    """

    runtime: Runtime
    precision: Precision

    def load(self, directory: Path, source: Source, threads: int) -> Network:
        """Load one model.

        Args:
            directory: the models folder.
            source: which model.
            threads: threads that one run may use.

        Raises:
            ModelMismatch: the model is missing or was altered.
            SettingsError: OpenVINO is to run it and is missing, or cannot.
        """
        model = model_file(directory, source)
        if self.runtime is Runtime.OPENVINO:
            from services.pose.openvino_network import OpenVinoNetwork  # noqa: PLC0415 - an optional extra

            return OpenVinoNetwork(model, source, threads, self.precision)
        return OnnxRuntimeNetwork(model, source, threads)


EVERYWHERE: Final = Engine(Runtime.ONNXRUNTIME, "fp32")
"""What every CPU can, and what all others are compared with."""
