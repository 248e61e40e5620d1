"""The locks of deploy/requirements fit pyproject.toml, each other, and what each service imports."""

from __future__ import annotations

import re
import sys
import tomllib
from dataclasses import dataclass
from importlib.metadata import packages_distributions
from pathlib import Path

import grimp
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[3]
REQUIREMENTS = ROOT / "deploy" / "requirements"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LOCKS = sorted(REQUIREMENTS.glob("*.txt"))
EXTRAS = {
    "runtime": (),
    "models": ("models",),
    "dev": ("dev", "models", "openvino"),
    "training": ("training", "dev", "models", "openvino"),
}
"""Lock -> the extras of the project that it covers."""
SERVICES = ("ingest", "pose", "classifier", "gateway")


@dataclass(frozen=True, slots=True)
class Pin:
    """One requirement of a lock."""

    requirement: Requirement
    hashes: int

    @property
    def name(self) -> str:
        return canonicalize_name(self.requirement.name)

    @property
    def version(self) -> Version:
        return Version(str(self.requirement.specifier).removeprefix("=="))


def pins(lock: str) -> dict[str, Pin]:
    text = re.sub(r"\\\n", " ", (REQUIREMENTS / f"{lock}.txt").read_text())
    found = {}
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        requirement, _, hashes = line.partition("--hash=")
        pin = Pin(Requirement(requirement.strip()), len(hashes.split("--hash=")) if hashes else 0)
        found[pin.name] = pin
    return found


def test_locks_are_where_they_are_looked_for() -> None:
    assert {path.stem for path in LOCKS} == {*EXTRAS, *SERVICES, "build", "mediapipe", "nats", "pose-openvino"}


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.stem)
def test_every_package_is_pinned_and_hashed(path: Path) -> None:
    for pin in pins(path.stem).values():
        assert [one.operator for one in pin.requirement.specifier] == ["=="], f"{pin.requirement} is not pinned"
        assert pin.hashes, f"{pin.requirement} has no hash"


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.stem)
def test_locks_name_no_place(path: Path) -> None:
    """A lock holds for every index and every machine."""
    text = path.read_text()
    for pattern in (r"\S*://\S*", r"^--\S*", r"(?:^|\s)/\S+", r"\bfile:\S*", r"^\s*-[ef]\b.*"):
        found = re.search(pattern, text, re.MULTILINE)
        assert found is None, f"{path.name} names {found.group()!r}" if found else ""


@pytest.mark.parametrize("lock", EXTRAS)
def test_locks_cover_the_project(lock: str) -> None:
    locked = pins(lock)
    wanted = [*PROJECT["dependencies"]]
    for extra in EXTRAS[lock]:
        wanted += PROJECT["optional-dependencies"][extra]
    for text in wanted:
        requirement = Requirement(text)
        pin = locked.get(canonicalize_name(requirement.name))
        assert pin, f"{lock}.txt lacks {text}: run `make lock`"
        assert pin.version in requirement.specifier, f"{lock}.txt has {pin.requirement}, wanted {text}: run `make lock`"


def test_every_extra_has_a_lock() -> None:
    assert {extra for extras in EXTRAS.values() for extra in extras} == set(PROJECT["optional-dependencies"])


def test_any_two_locks_agree_on_a_version() -> None:
    versions: dict[str, dict[Version, str]] = {}
    for path in LOCKS:
        for name, pin in pins(path.stem).items():
            versions.setdefault(name, {})[pin.version] = path.name
    torn = {name: found for name, found in versions.items() if len(found) > 1}
    assert not torn, f"{torn}: run `make lock`"


def test_only_one_cv2_is_installed() -> None:
    for path in LOCKS:
        several = [name for name in pins(path.stem) if name.startswith("opencv")]
        assert several in ([], ["opencv-python-headless"]), f"{path.name} would unpack {several} into one cv2/"


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("services", "proto", include_external_packages=True, cache_dir=None)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_image_has_what_the_service_imports(service: str, graph: grimp.ImportGraph) -> None:
    """And nothing that is only there for another service."""
    others = {"services.pose.mediapipe_estimator", "services.pose.openvino_network", "services.pose.conversion"}
    modules = {f"services.{service}.__main__"}
    ahead = list(modules)
    while ahead:
        for module in graph.find_modules_directly_imported_by(ahead.pop()):
            if module not in modules and module not in others:
                modules.add(module)
                ahead.append(module)
    external = {module for module in modules if module.split(".")[0] not in {"services", "proto"}}
    imported = {name for module in external if (name := module.split(".")[0]) not in sys.stdlib_module_names}
    distributions = packages_distributions()
    wanted = {canonicalize_name(distributions[name][0]) for name in imported if name in distributions}
    assert wanted, f"services/{service} imports nothing?"
    missing = wanted - set(pins(service))
    assert not missing, f"deploy/requirements/{service}.in lacks {missing}: add them and run `make lock`"
    named = {
        canonicalize_name(Requirement(line).name)
        for line in (REQUIREMENTS / f"{service}.in").read_text().splitlines()
        if line and not line.startswith("#")
    }
    unused = named - wanted - RUN_BY_NAME
    assert not unused, f"deploy/requirements/{service}.in asks for {unused}, which services/{service} never imports"


def test_the_pose_image_with_openvino_is_the_pose_image_and_openvino() -> None:
    assert set(pins("pose-openvino")) - set(pins("pose")) == {"openvino", "openvino-telemetry"}
    assert not set(pins("pose")) - set(pins("pose-openvino"))


RUN_BY_NAME = {"uvloop", "websockets"}
"""Chosen by a string, so that no import shows them."""
