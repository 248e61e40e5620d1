"""The virtual environment is made with any recent Python, and says what is missing where there is none."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[3] / "deploy" / "scripts" / "venv.sh"
TOOLS = ("sh", "head", "id", "env")


def call(folder: Path, python: Path | str) -> subprocess.CompletedProcess[str]:
    """With nothing on PATH but the plainest tools, and so without apt-get."""
    tools = folder / "tools"
    tools.mkdir()
    for tool in TOOLS:
        found = shutil.which(tool)
        assert found
        (tools / tool).symlink_to(found)
    env = {"PATH": str(tools), "PYTHON": str(python), "HOME": os.environ.get("HOME", "/")}
    return subprocess.run(
        [str(tools / "sh"), str(SCRIPT), str(folder / "venv")], env=env, capture_output=True, text=True, check=False
    )


def stand_in(folder: Path, *, recent: bool) -> Path:
    """A Python that cannot make environments, recent or not."""
    path = folder / "python"
    path.write_text(
        f"""#!/bin/sh
case "$*" in
*version_info\\ \\<*) exit {0 if recent else 1} ;;
*ensurepip*) exit 1 ;;
*version_info*) echo 3.12 ;;
--version) echo "Python 3.{12 if recent else 9}.1" ;;
esac
"""
    )
    path.chmod(0o755)
    return path


def test_an_environment_is_made(tmp_path: Path) -> None:
    done = call(tmp_path, sys.executable)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "venv" / "bin" / "pip").exists()


def test_an_old_python_is_refused_with_what_to_do(tmp_path: Path) -> None:
    done = call(tmp_path, stand_in(tmp_path, recent=False))
    assert done.returncode == 1
    assert "Python 3.11 or later; found: Python 3.9.1" in done.stderr
    assert "PYTHON=" in done.stderr


def test_no_python_at_all_is_said(tmp_path: Path) -> None:
    done = call(tmp_path, tmp_path / "none")
    assert done.returncode == 1
    assert "needs Python 3.11" in done.stderr


def test_a_python_without_ensurepip_is_said(tmp_path: Path) -> None:
    """As Debian's is, until python3-venv is installed."""
    done = call(tmp_path, stand_in(tmp_path, recent=True))
    assert done.returncode == 1
    assert "apt-get install python3.12-venv" in done.stderr
    assert not (tmp_path / "venv").exists()
