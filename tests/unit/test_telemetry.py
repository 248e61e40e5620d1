"""Nothing that we run reports to anybody."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.pose_models import needs_openvino

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
RUN_ON_OPENVINO = """
import sys
from services.pose.backends import Engine
from services.pose.models import LANDMARKS, default_directory
from services.pose.settings import Runtime
Engine(Runtime.OPENVINO, "fp32").load({directory}, LANDMARKS, 1)
assert "openvino" in sys.modules
print([name for name, module in sys.modules.items() if module and name.startswith("openvino_telemetry")])
"""
SUPPRESSES = ("CI", "TF_BUILD", "GITHUB_ACTIONS", "ORT_RUNNING_UNIT_TESTS", "ORT_DISABLE_TELEMETRY")
"""Variables that would keep ONNX Runtime quiet without us."""


def run(program: str, home: Path, **named: str) -> tuple[str, list[Path]]:
    """Run a program at an empty home, as if not in CI; what it printed, and what files it made."""
    from services.pose.models import default_directory

    clean = {name: value for name, value in os.environ.items() if name not in SUPPRESSES}
    clean |= {"HOME": str(home), "XDG_CACHE_HOME": str(home / "cache"), "TMPDIR": str(home)}
    program = program.format(directory=f"__import__('pathlib').Path({str(default_directory())!r})", **named)
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=clean, capture_output=True, text=True, check=False, timeout=25
    )
    assert done.returncode == 0, done.stderr
    return done.stdout, [path for path in home.rglob("*") if path.is_file()]


@pytest.mark.parametrize("module", ["services.classifier.model", "services.pose.blazepose", "training"])
def test_onnx_runtime_makes_no_device_id_and_no_store_for_reports(module: str, tmp_path: Path) -> None:
    _, written = run(RUN_A_MODEL, tmp_path, module=module)
    assert not written, written


def test_openvino_cannot_load_what_reports_its_use(tmp_path: Path) -> None:
    """Left alone it makes a lasting id in the home folder and tells Google Analytics of every import."""
    needs_openvino("fp32")
    printed, written = run(RUN_ON_OPENVINO, tmp_path)
    assert printed.strip() == "[]"
    assert not written, written
