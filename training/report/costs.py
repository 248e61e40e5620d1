"""What a model costs: parameters, bytes, milliseconds; and what becomes of it in eight bits."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
import onnx
import onnxruntime as ort
from onnxruntime.quantization import CalibrationDataReader, QuantType, quantize_dynamic, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from services.classifier.model import FEATURES, PROBABILITIES, ExerciseModel, asked
from services.core.clips import Clip
from services.core.geometry import Floats
from services.core.types import FloatArray

TIMED: Final = 200
"""Clips of which the median time is taken."""

CALIBRATED: Final = 200
"""Clips by which the ranges of static quantisation are found."""

MATRICES: Final = frozenset({"MatMul", "Gemm", "Conv", "LSTM"})
"""Nodes that can calculate in eight bits; a model without any has nothing to quantise."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one clip costs.

    Attributes:
        parameters: numbers in the model that were learnt.
        kilobytes: of the ONNX file.
        features_ms, model_ms: median CPU time of a clip on one thread.
    """

    parameters: int
    kilobytes: float
    features_ms: float
    model_ms: float


def cost_of(bundle: ExerciseModel, file: Path, clips: Sequence[Clip]) -> Cost:
    """Time clips one by one, as the running system asks about them."""
    describe = FEATURES[bundle.manifest.input]
    features, model = [], []
    for clip in clips[:TIMED]:
        start = time.process_time()
        told = describe(clip)[None]
        middle = time.process_time()
        bundle.predict_features(told)
        features.append(middle - start)
        model.append(time.process_time() - middle)
    return Cost(
        parameters(file), file.stat().st_size / 1024, 1e3 * float(np.median(features)), 1e3 * float(np.median(model))
    )


def parameters(file: Path) -> int:
    """Numbers of an ONNX model: weights of networks, thresholds and votes of trees."""
    graph = onnx.load(file).graph
    weights = sum(int(np.prod(constant.dims)) for constant in graph.initializer if constant.data_type == 1)
    trees = sum(
        len(attribute.floats)
        for node in graph.node
        for attribute in node.attribute
        if attribute.name in {"nodes_values", "class_weights", "target_weights"}
    )
    return weights + trees


class _Clips(CalibrationDataReader):  # type: ignore[misc]  # onnxruntime gives no types
    """Hands out features in batches."""

    def __init__(self, name: str, features: FloatArray) -> None:
        self._batches: Iterator[dict[str, FloatArray]] = iter(
            [{name: features[at : at + 20]} for at in range(0, len(features), 20)]
        )

    def get_next(self) -> dict[str, FloatArray] | None:
        """The next batch."""
        return next(self._batches, None)


@dataclass(frozen=True, slots=True, eq=False)
class Quantised:
    """A model in eight bits.

    Attributes:
        kilobytes: of its file.
        model_ms: median CPU time of a clip.
        probabilities: (N, L) of the clips that it was asked about; None where it has nothing to quantise.
    """

    kilobytes: float
    model_ms: float
    probabilities: Floats | None


def quantised(file: Path, known: FloatArray, clips: FloatArray, *, static: bool) -> Quantised:
    """Quantise a model and ask it.

    Args:
        file: the model.
        known: features by which ranges are found; of people that it learnt from.
        clips: features of those that it is asked about.
        static: ranges are fixed beforehand; else they are found clip by clip.
    """
    if not {node.op_type for node in onnx.load(file).graph.node} & MATRICES:
        return Quantised(file.stat().st_size / 1024, float("nan"), None)
    with TemporaryDirectory() as scratch:
        prepared, target = Path(scratch) / "prepared.onnx", Path(scratch) / "small.onnx"
        model = onnx.load(file)
        _plain(model)
        onnx.save(model, prepared)
        quant_pre_process(str(prepared), str(prepared), skip_symbolic_shape=True)
        model = onnx.load(prepared)
        # Shapes that were noted inside no longer hold when the quantiser turns a weight's matrix round.
        del model.graph.value_info[:]
        onnx.save(model, prepared)
        if static:
            name = model.graph.input[0].name
            quantize_static(str(prepared), str(target), _Clips(name, known[:CALIBRATED]), weight_type=QuantType.QInt8)
        else:
            # Trees beside the networks hide from it of which type what they give is.
            told = {"DefaultTensorType": onnx.TensorProto.FLOAT}
            quantize_dynamic(str(prepared), str(target), weight_type=QuantType.QInt8, extra_options=told)
        kilobytes = target.stat().st_size / 1024
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        # It warns of the copied weights, which are what they should be.
        options.log_severity_level = 3
        session = ort.InferenceSession(target, options, providers=["CPUExecutionProvider"])
    return Quantised(kilobytes, _median_ms(session, clips), asked(session, PROBABILITIES, clips).astype(float))


def _plain(model: onnx.ModelProto) -> None:
    """Undo what the quantiser cannot take in a model that was joined of several.

    That names its operators' versions more than once, and uses weights in two places, which would be turned twice.
    """
    versions = {one.domain: one.version for one in model.opset_import}
    del model.opset_import[:]
    model.opset_import.extend(onnx.helper.make_opsetid(domain, version) for domain, version in versions.items())
    weights = {weight.name: weight for weight in model.graph.initializer}
    used: set[str] = set()
    for node in model.graph.node:
        for index, name in enumerate(node.input):
            if name in used and name in weights and node.op_type in MATRICES:
                copied = model.graph.initializer.add()
                copied.CopyFrom(weights[name])
                copied.name = node.input[index] = f"{name}_of_{node.output[0]}_{index}"
            used.add(name)


def _median_ms(session: ort.InferenceSession, clips: FloatArray) -> float:
    name = session.get_inputs()[0].name
    spent = []
    for row in range(min(TIMED, len(clips))):
        start = time.process_time()
        session.run([PROBABILITIES], {name: clips[row : row + 1]})
        spent.append(time.process_time() - start)
    return 1e3 * float(np.median(spent))
