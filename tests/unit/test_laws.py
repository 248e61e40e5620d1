"""Laws of the house that import-linter cannot say (the others stand in pyproject.toml, under tool.importlinter)."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("services", "proto", "training")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
SERVICES = ("ingest", "pose", "classifier", "gateway")
SHELL = ("service.py", "stage.py", "settings.py", "__main__.py")
NAMELESS = {"utils", "util", "common", "helpers", "helper", "misc", "manager", "tools"}


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def dotted(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@pytest.mark.parametrize("service", SERVICES)
def test_who_knows_one_service_knows_four(service: str) -> None:
    missing = [file for file in SHELL if not (ROOT / "services" / service / file).is_file()]
    assert not missing, f"services/{service} lacks {missing}: every service folder has {SHELL}"


def test_no_module_without_a_noun() -> None:
    paths = [path for package in (*PACKAGES, "tests") for path in (ROOT / package).rglob("*.py")]
    nameless = [name_of(path) for path in paths if NAMELESS & {path.stem, path.parent.name}]
    assert not nameless, f"{nameless}: name what is in it, and put it into the room of that name"


def test_no_settings_object_at_module_level() -> None:
    found = []
    for path in MODULES:
        for statement in ast.parse(path.read_text()).body:
            if not isinstance(statement, ast.Assign | ast.AnnAssign) or not isinstance(statement.value, ast.Call):
                continue
            called = ast.unparse(statement.value.func)
            if called.endswith("Settings"):
                found.append(f"{name_of(path)}:{statement.lineno} {called}()")
    assert not found, f"{found}: settings are built in the composition root and handed down"


WATCH_IMPORTS = r"""
import importlib, json, os, sys, threading

root, modules = sys.argv[1], json.loads(sys.argv[2])
ours = tuple(os.path.join(root, package) + os.sep for package in ("services", "proto", "training"))
watched = ("open", "os.mkdir", "os.listdir", "os.scandir", "os.remove", "os.rename", "socket.", "subprocess.")
seen = []

def watch(event, arguments):
    if not event.startswith(watched):
        return
    # Whose statement is it? The innermost module body on the stack, unless an import is what opened the file.
    frame = sys._getframe(1)
    while frame is not None:
        file = frame.f_code.co_filename
        if "importlib" in file:
            return
        if frame.f_code.co_name == "<module>":
            if file.startswith(ours):
                seen.append(f"{os.path.relpath(file, root)}:{frame.f_lineno} {event} {arguments[:1]}")
            return
        frame = frame.f_back

sys.addaudithook(watch)
absent = []
for module in modules:
    before = set(threading.enumerate())
    try:
        importlib.import_module(module)
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] in ("services", "proto"):
            raise
        absent.append(error.name)
print(json.dumps({"seen": seen, "absent": absent}))
"""


def imported(root: Path, modules: list[str]) -> dict[str, list[str]]:
    """What modules of a folder do to the world while they are imported, in a Python of its own."""
    done = subprocess.run(
        [sys.executable, "-c", WATCH_IMPORTS, str(root), json.dumps(modules)],
        cwd=root, env={**os.environ, "PYTHONPATH": str(root)}, capture_output=True, text=True, check=False, timeout=30,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    answer: dict[str, list[str]] = json.loads(done.stdout.splitlines()[-1])
    return answer


@pytest.mark.parametrize("package", PACKAGES)
def test_nothing_happens_at_import(package: str) -> None:
    names = [dotted(path) for path in MODULES if path.name != "__main__.py"]
    modules = [name for name in names if name.split(".")[0] == package]
    answer = imported(ROOT, modules)
    assert not answer["seen"], f"{answer['seen']}: I/O starts in start() or __aenter__"
    # Libraries of extras may be missing where only the runtime is installed.
    extras = {
        "mediapipe",
        "torch",
        "sklearn",
        "skl2onnx",
        "onnx",
        "onnxscript",
        "ai_edge_litert",
        "matplotlib",
        "tensorboard",
    }
    assert {name.split(".")[0] for name in answer["absent"]} <= extras


def test_the_watch_on_imports_sees_a_file_opened_by_a_module(tmp_path: Path) -> None:
    package = tmp_path / "services"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "quiet.py").write_text("import json, sqlite3, email.message\n")
    (package / "greedy.py").write_text("from pathlib import Path\nTEXT = Path('services/quiet.py').read_text()\n")
    seen = imported(tmp_path, ["services.quiet", "services.greedy"])["seen"]
    assert len(seen) == 1
    assert seen[0].startswith("services/greedy.py:2 open")
