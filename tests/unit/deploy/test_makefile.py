"""What the pages promise, the Makefile has; and each script is one that a plain sh can read."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from services.classifier.model import BUNDLES

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "Makefile").read_text()
TARGETS = set(re.findall(r"^([a-z][a-z-]*):", TEXT, re.MULTILINE)) | {"bench-NAME"}
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "services" / "decisions").glob("*.md")])
SCRIPTS = sorted([*(ROOT / "deploy").rglob("*.sh"), ROOT / ".ci" / "run"])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_pages_name_targets_that_exist(page: Path) -> None:
    named = set(re.findall(r"`make ([a-z_-]+)", page.read_text()))
    named |= set(re.findall(r"^make ([a-z_-]+)", page.read_text(), re.MULTILINE))
    benchmarks = {f"bench-{path.stem}" for path in (ROOT / "tests" / "benchmarks").glob("*.py")}
    models = {f"{what}-{model.name}" for what in ("train", "evaluate") for model in BUNDLES.iterdir()}
    known = TARGETS | benchmarks | models | {"bench-", "evaluate-", "train-"}
    assert named <= known, f"{page.name} names {named - known}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_pages_link_to_files_that_exist(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_the_guide_names_places_that_exist() -> None:
    places = re.findall(
        r"`((?:services|proto|tests|training|deploy)/[\w./-]*)`", (ROOT / "CONTRIBUTING.md").read_text()
    )
    assert places
    missing = [place for place in places if not (ROOT / place).exists() and "*" not in place]
    assert not missing


def test_help_lists_every_target_that_people_call() -> None:
    shown = subprocess.run(["make", "-C", str(ROOT), "help"], capture_output=True, text=True, check=True).stdout
    for target in (
        "setup",
        "run",
        "up",
        "down",
        "test",
        "test-training",
        "lint",
        "types",
        "arch",
        "schema",
        "lock",
        "images",
    ):
        assert re.search(rf"^make {target} ", shown, re.MULTILINE), f"`make help` does not show {target}"


def test_the_list_of_benchmarks_has_what_can_be_asked_for_and_nothing_that_only_serves() -> None:
    made = ("make", "-C", str(ROOT), "--old-file=.venv/.installed-dev", "VENV=.venv", "bench")
    shown = subprocess.run(made, capture_output=True, text=True, check=True).stdout
    listed = set(re.findall(r"^make bench-(\w+) +\w", shown, re.MULTILINE))
    assert {"latency", "live_answers", "pose_throughput", "simulated_reps", "soak"} <= listed
    assert not listed & {"machine", "films", "scenes", "composites", "cutouts", "naive_pose", "soak_worker"}
    for page in (ROOT / "README.md", ROOT / "CONTRIBUTING.md"):
        named = set(re.findall(r"make bench-(\w+)", page.read_text()))
        assert named - {"NAME"} <= listed, f"{page.name} names {named - listed}"


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_scripts_can_be_read_by_their_shell_and_be_run(script: Path) -> None:
    shell = "bash" if "bash" in script.read_text().splitlines()[0] else "sh"
    checked = subprocess.run([shell, "-n", str(script)], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    assert script.stat().st_mode & 0o111, f"{script.name} is not executable"
