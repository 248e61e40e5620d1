"""`make up` and `make down`, with stand-ins for the services that answer on their ports and do nothing else."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from services.bus.nats_server import NatsServer, free_port

ROOT = Path(__file__).parents[3]
SERVICES = ("ingest", "pose", "classifier", "gateway")
VARIABLES = {
    "ingest": "SPOTTER_INGEST_HEALTH_PORT",
    "pose": "SPOTTER_POSE_HEALTH_PORT",
    "classifier": "SPOTTER_CLASSIFIER_HEALTH_PORT",
    "gateway": "SPOTTER_GATEWAY_PORT",
}
STAND_IN = f"""#!{sys.executable}
import http.server, os, sys

variables = {VARIABLES!r}
service = sys.argv[2]
print("cameras:", os.environ["SPOTTER_INGEST_CAMERAS"], flush=True)
if service == os.environ.get("BROKEN"):
    sys.exit("a setting cannot work")

class Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass

http.server.HTTPServer(("127.0.0.1", int(os.environ[variables[service]])), Answers).serve_forever()
"""


@dataclass(frozen=True, slots=True)
class House:
    """A checkout with the scripts only, and a `spotter` that is none."""

    folder: Path
    env: dict[str, str]

    def call(self, script: str, **env: str) -> subprocess.CompletedProcess[str]:
        path = self.folder / "deploy" / "scripts" / script
        return subprocess.run(
            [str(path)], env={**self.env, **env}, capture_output=True, text=True, timeout=25, check=False
        )

    def running(self) -> set[str]:
        """Services whose process is there."""
        found = set()
        for file in (self.folder / "var" / "run").glob("*.pid"):
            pid = int(file.read_text())
            if psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
                found.add(file.stem)
        return found

    def log(self, service: str) -> str:
        return (self.folder / "var" / "log" / f"{service}.log").read_text()


@pytest.fixture
def house(tmp_path: Path, nats_server: NatsServer) -> Iterator[House]:
    shutil.copytree(ROOT / "deploy" / "scripts", tmp_path / "deploy" / "scripts")
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "spotter").write_text(STAND_IN)
    (programs / "spotter").chmod(0o755)
    clean = {key: value for key, value in os.environ.items() if not key.startswith("SPOTTER_") and key != "CAMERAS"}
    made = House(
        tmp_path,
        {
            **clean,
            **{variable: str(free_port()) for variable in VARIABLES.values()},
            "PATH": f"{programs}:{Path(sys.executable).parent}:{os.environ['PATH']}",
            "SPOTTER_NATS_URL": nats_server.url,
        },
    )
    yield made
    made.call("down.sh")
    assert not made.running()


def test_up_starts_all_and_says_where_and_down_stops_all(house: House) -> None:
    up = house.call("up.sh", CAMERAS="front=rtsp://me:secret@host/a?b=1&c=2 bench=0")
    assert up.returncode == 0, up.stderr
    assert house.running() == set(SERVICES)
    assert f"http://localhost:{house.env['SPOTTER_GATEWAY_PORT']}" in up.stdout
    assert "secret" not in up.stdout + up.stderr
    assert "cameras: front=rtsp://me:secret@host/a?b=1&c=2 bench=0" in house.log("ingest")

    again = house.call("up.sh")
    assert again.returncode == 1
    assert "make down" in again.stderr

    down = house.call("down.sh")
    assert down.returncode == 0
    assert [line.split()[0] for line in down.stdout.splitlines()] == ["ingest", "pose", "classifier", "gateway"]
    assert house.running() == set()
    assert house.call("down.sh").returncode == 0


def test_up_shows_the_simulated_gym_when_no_camera_is_named(house: House) -> None:
    assert house.call("up.sh").returncode == 0
    assert house.log("ingest").startswith("cameras: floor=sim://demo-1 rack=sim://demo-2")


def test_a_service_that_ends_at_once_stops_everything_and_shows_its_last_words(house: House) -> None:
    up = house.call("up.sh", BROKEN="pose")
    assert up.returncode == 1
    assert "a setting cannot work" in up.stderr
    assert house.running() == set()


def test_up_does_not_take_another_program_for_a_service(house: House) -> None:
    with socket.create_server(("127.0.0.1", int(house.env["SPOTTER_GATEWAY_PORT"]))) as taken:
        taken.settimeout(20)
        up = subprocess.Popen(
            [str(house.folder / "deploy" / "scripts" / "up.sh")], env=house.env, stderr=subprocess.PIPE, text=True
        )
        connection, _ = taken.accept()
        connection.recv(1024)
        connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n")
        connection.close()
        _, said = up.communicate(timeout=20)
    assert up.returncode == 1
    assert "Another program" in said
    assert house.running() == set()


def test_down_leaves_a_process_alone_that_is_not_ours(house: House) -> None:
    stranger = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    try:
        (house.folder / "var" / "run").mkdir(parents=True)
        (house.folder / "var" / "run" / "pose.pid").write_text(str(stranger.pid))
        assert house.call("down.sh").returncode == 0
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()
