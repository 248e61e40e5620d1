"""The pose models for tests: those in the models folder, fetched first where they are missing."""

from __future__ import annotations

import os
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

from services.pose.blazepose import BlazePose
from services.pose.mediapipe_estimator import MediaPipe
from services.pose.models import default_directory, fetch_models
from services.pose.network import Precision
from services.pose.openvino_network import openvino_precision


@cache
def models_directory() -> Path:
    """The folder with the models."""
    wheel = os.environ.get("SPOTTER_POSE_WHEEL")
    fetch_models(wheel=Path(wheel) if wheel else None)
    return default_directory()


@cache
def blazepose() -> BlazePose:
    """The models on ONNX Runtime, loaded once for all tests."""
    return BlazePose(models_directory())


@cache
def mediapipe() -> MediaPipe:
    """The models for MediaPipe, loaded once for all tests."""
    return MediaPipe(models_directory())


def needs_openvino(precision: Precision) -> None:
    """Skip the test that asks where OpenVINO is not installed, or the CPU cannot compute so; both are optional."""
    if not find_spec("openvino"):
        pytest.skip("the extra openvino is not installed")
    if precision == "bf16" and openvino_precision() != "bf16":
        pytest.skip("this CPU has no bf16")
