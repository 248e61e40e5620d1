"""Nothing that we run reports to anybody."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RUN_A_MODEL = """
import sys
import {module}
import onnxruntime
from services.pose.models import model_file, default_directory, LANDMARKS
model = model_file({directory}, LANDMARKS)
onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
# Its uploader is a thread of its own, and makes its files when it starts.
onnxruntime.disable_telemetry_events()
"""
SUPPRESSES = ("CI", "TF_BUILD", "GITHUB_ACTIONS", "ORT_RUNNING_UNIT_TESTS", "ORT_DISABLE_TELEMETRY")
"""Variables that would keep ONNX Runtime quiet without us."""


@pytest.mark.parametrize("module", ["services.classifier.model", "services.pose.blazepose", "training"])
def test_onnx_runtime_makes_no_device_id_and_no_store_for_reports(module: str, tmp_path: Path) -> None:
    from services.pose.models import default_directory

    clean = {name: value for name, value in os.environ.items() if name not in SUPPRESSES}
    clean |= {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache"), "TMPDIR": str(tmp_path)}
    program = RUN_A_MODEL.format(module=module, directory=f"__import__('pathlib').Path({str(default_directory())!r})")
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=clean, capture_output=True, text=True, check=False, timeout=25
    )
    assert done.returncode == 0, done.stderr
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not written, written
