"""The pose models for tests: those in the models folder, fetched first where they are missing."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from services.pose.blazepose import BlazePose
from services.pose.mediapipe_estimator import MediaPipe
from services.pose.models import default_directory, fetch_models


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
