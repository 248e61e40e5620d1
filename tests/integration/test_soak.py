"""Memory over minutes; `make soak` does it over an hour."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.long
@pytest.mark.timeout(600)
def test_the_memory_of_pose_stays_flat() -> None:
    command = [sys.executable, "-m", "tests.benchmarks.soak", "--minutes", "5"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 0, done.stdout
