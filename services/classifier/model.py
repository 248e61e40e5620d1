"""A trained model bundle, ready to say what a clip shows."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime as ort
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

from services.classifier.manifest import MODEL_FILE, Input, Manifest, read_manifest
from services.core.clips import Clip
from services.core.errors import ModelMismatch
from services.core.features import (
    angle_features,
    clip_features,
    motion_features,
    pose_features,
    sequence_features,
    skeleton_features,
)
from services.core.types import FloatArray

BUNDLES: Final = Path(__file__).parent / "models"
"""Where the shipped bundles lie; only training writes them."""

DEFAULT_BUNDLE: Final = BUNDLES / "motion"
"""The bundle for people in motion."""

STILL_BUNDLE: Final = BUNDLES / "still"
"""The bundle for photos: fed with `services.core.clips.still`."""

PROBABILITIES: Final = "probabilities"
"""Name of the model's output of shape (N, L)."""

EMBEDDING: Final = "embedding"
"""Name of the output of shape (N, E), of models that have one: what they know of clips before they decide."""

AT_ONCE: Final = 64
"""Examples that a model is asked about at a time: what it needs meanwhile grows with them, nearest neighbours' by some
4 MB each."""

_SMALLEST: Final = 1e-6
"""A probability of 0 is taken as this before the temperature is applied, so that its logarithm is finite."""

FEATURES: Final = {
    Input.CLIP: clip_features,
    Input.SEQUENCE: sequence_features,
    Input.POSE: pose_features,
    Input.SKELETON: skeleton_features,
    Input.MOTION: motion_features,
    Input.ANGLES: angle_features,
}
"""What a model is fed with -> the function of a clip that makes it."""


class ExerciseModel:
    """Says how likely each exercise is in a clip; stateless, so tracks and threads may share it.

    Args:
        session: the loaded ONNX model: one float input (N, ...) and an output `PROBABILITIES` (N, L).
        manifest: of its bundle.
    """

    def __init__(self, session: ort.InferenceSession, manifest: Manifest) -> None:
        self._session = session
        self.manifest = manifest

    @property
    def labels(self) -> tuple[str, ...]:
        """Exercise ids, "unknown" and "none", in the order of the probabilities."""
        return self.manifest.labels

    def predict(self, clip: Clip) -> FloatArray:
        """Probability of each label, (L,) float32, sum 1.

        Args:
            clip: cut as the manifest says; any clip for models of single poses, which look at its middle moment.
        """
        return np.asarray(self.predict_features(FEATURES[self.manifest.input](clip)[None])[0], np.float32)

    def predict_features(self, features: FloatArray) -> FloatArray:
        """Probabilities (N, L) of features that were computed before, (N, F), (N, T, S) or (N, T, V, C)."""
        logs = np.log(np.maximum(self.raw(features).astype(float), _SMALLEST)) / self.manifest.temperature
        powers = np.exp(logs - logs.max(axis=1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)

    def raw(self, features: FloatArray) -> FloatArray:
        """The same before the temperature is applied: the ONNX model's own output."""
        return asked(self._session, PROBABILITIES, features)

    @property
    def embeds(self) -> bool:
        """Whether it gives out what it knows of a clip before it decides."""
        return any(output.name == EMBEDDING for output in self._session.get_outputs())

    def embedding(self, features: FloatArray) -> FloatArray:
        """What it knows of clips before it decides, (N, E), of models that give it out."""
        return asked(self._session, EMBEDDING, features)


def asked(session: ort.InferenceSession, output: str, features: FloatArray) -> FloatArray:
    """(N, W) float32, one output of a loaded model for features (N, ...), asked about `AT_ONCE` of them at a time.

    Args:
        session: the model, with one input.
        output: its name.
        features: of any number of examples, none included.
    """
    fed = session.get_inputs()[0].name
    width = next(one.shape[-1] for one in session.get_outputs() if one.name == output)
    said = np.empty((len(features), width), np.float32)
    # Asked about nothing at all, ONNX Runtime 1.31 divides by zero in our models and takes the process with it.
    for at in range(0, len(features), AT_ONCE):
        said[at : at + AT_ONCE] = session.run([output], {fed: features[at : at + AT_ONCE]})[0]
    return said


def load_bundle(path: Path | str = DEFAULT_BUNDLE) -> ExerciseModel:
    """Load a bundle; the model runs on the calling thread alone.

    Args:
        path: folder with `model.onnx` and `manifest.json`.

    Raises:
        ModelMismatch: it is missing, altered, or made for something else; the text says what to change.
    """
    bundle = Path(path)
    manifest = read_manifest(bundle)
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    try:
        session = ort.InferenceSession(bundle / MODEL_FILE, options, providers=["CPUExecutionProvider"])
    except (ort_errors.Fail, ort_errors.InvalidProtobuf, ort_errors.InvalidGraph, ort_errors.NotImplemented) as error:
        raise ModelMismatch(f"{bundle / MODEL_FILE} is no usable ONNX model: train the bundle again") from error
    _check_shapes(session, manifest, bundle)
    return ExerciseModel(session, manifest)


def _check_shapes(session: ort.InferenceSession, manifest: Manifest, bundle: Path) -> None:
    """The model takes the features and gives the labels that its manifest names."""
    width = session.get_inputs()[0].shape[-1]
    outputs = {output.name: output.shape[-1] for output in session.get_outputs()}
    if PROBABILITIES not in outputs:
        raise ModelMismatch(f"{bundle / MODEL_FILE} has no output {PROBABILITIES!r}: train the bundle again")
    if (width, outputs[PROBABILITIES]) != (manifest.features, len(manifest.labels)):
        raise ModelMismatch(
            f"{bundle / MODEL_FILE} takes {width} features and gives {outputs[PROBABILITIES]} probabilities, its "
            f"manifest says {manifest.features} and {len(manifest.labels)}: train the bundle again"
        )
