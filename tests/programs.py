"""Spotter as its user runs it: programs started from the command line, each on ports of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from services.bus.nats_server import NatsServer, free_port

SPOTTER = Path(sys.executable).parent / "spotter"
SERVICES = ("gateway", "classifier", "pose", "ingest")
"""Readers first."""


@dataclass(frozen=True, slots=True)
class Program:
    """One running program.

    Attributes:
        process: it.
        log: where its output goes.
    """

    process: subprocess.Popen[bytes]
    log: Path

    def output(self) -> str:
        """What it has printed so far."""
        return self.log.read_text(errors="replace")

    def stop(self, seconds: float = 15.0) -> int:
        """Ask it to end, and give its exit status."""
        self.process.terminate()
        return self.process.wait(seconds)


def unset() -> dict[str, str]:
    """The environment without any setting of Spotter's."""
    return {key: value for key, value in os.environ.items() if not key.startswith("SPOTTER_")}


@contextmanager
def program(folder: Path, name: str, *words: str, env: Mapping[str, str] | None = None) -> Iterator[Program]:
    """Run ``spotter words...`` until the end of the block, with no setting but those given."""
    log = folder / f"{name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(SPOTTER), *words], stdout=output, stderr=subprocess.STDOUT, env={**unset(), **(env or {})}
        )
    try:
        yield Program(process, log)
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_for(condition: Callable[[], bool], seconds: float, what: str) -> None:
    """Wait until a condition holds.

    Raises:
        AssertionError: it did not in time.
    """
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {seconds:.0f} s")
        time.sleep(0.1)


def answers(url: str) -> bool:
    """Whether a GET gives 200 now."""
    try:
        with urllib.request.urlopen(url, timeout=2) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def wait_until_ready(running: Program, url: str, seconds: float = 40.0) -> None:
    """Wait until a program says that it is ready; its output stands in the error when it ends instead."""

    def ready() -> bool:
        if running.process.poll() is not None:
            raise AssertionError(f"ended with {running.process.returncode}:\n{running.output()[-2000:]}")
        return answers(url)

    wait_for(ready, seconds, f"{url}\n{running.output()[-2000:]}")


@contextmanager
def embedded(folder: Path, *cameras: str, env: Mapping[str, str] | None = None) -> Iterator[tuple[Program, str]]:
    """``spotter run cameras...``, and its dashboard's ``host:port``."""
    port = free_port()
    with program(folder, "run", "run", *cameras, "--port", str(port), env=env) as running:
        wait_until_ready(running, f"http://127.0.0.1:{port}/readyz")
        yield running, f"127.0.0.1:{port}"


@contextmanager
def cluster(
    folder: Path, cameras: str, env: Mapping[str, str] | None = None
) -> Iterator[tuple[dict[str, Program], str, str]]:
    """A NATS server and the four services as processes; the gateway's ``host:port`` and the server's address."""
    ports = {service: free_port() for service in SERVICES}
    with ExitStack() as stack:
        nats = stack.enter_context(NatsServer(folder / "jetstream"))
        env = {**(env or {}), "SPOTTER_NATS_URL": nats.url, "SPOTTER_INGEST_CAMERAS": cameras}
        for service, port in ports.items():
            env[f"SPOTTER_{service.upper()}_{'PORT' if service == 'gateway' else 'HEALTH_PORT'}"] = str(port)
        running: dict[str, Program] = {}
        for service in SERVICES:
            running[service] = stack.enter_context(program(folder, service, "serve", service, env=env))
        for service, port in ports.items():
            wait_until_ready(running[service], f"http://127.0.0.1:{port}/readyz")
        yield running, f"127.0.0.1:{ports['gateway']}", nats.url


def taken_port() -> socket.socket:
    """A listening socket, for what must not share its port."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    return listener
