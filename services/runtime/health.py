"""/healthz, /readyz and /metrics of a service, on a port and a thread of their own.

/healthz   200 while the event loop turns, 503 when it has stood still: restart me
/readyz    200 while messages can be published, 503 with the reason while not: wait for me
/metrics   Prometheus
"""

from __future__ import annotations

import asyncio
import socketserver
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import orjson
from prometheus_client import make_wsgi_app

from services.core.errors import SettingsError

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

BEAT_SECONDS: Final = 1.0
"""How often the event loop shows that it turns."""
STALL_SECONDS: Final = 15.0
"""How long it may stand still before the service calls itself unhealthy."""


class Health:
    """What a service says about itself when asked.

    Args:
        service: its name.
        obstacle: gives why the service is not ready, "" when it is; called on another thread.
    """

    def __init__(self, service: str, obstacle: Callable[[], str]) -> None:
        self._service = service
        self._obstacle = obstacle
        self._beat = time.monotonic()
        self._metrics = make_wsgi_app()

    async def beat(self) -> None:
        """Show for ever that the event loop turns."""
        while True:
            self._beat = time.monotonic()
            await asyncio.sleep(BEAT_SECONDS)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        match environ.get("PATH_INFO"):
            case "/metrics":
                page: Iterable[bytes] = self._metrics(environ, start_response)
                return page
            case "/healthz":
                stalled = time.monotonic() - self._beat
                obstacle = f"the event loop has stood still for {stalled:.0f} s" if stalled > STALL_SECONDS else ""
            case "/readyz":
                obstacle = self._obstacle()
            case _:
                start_response("404 Not Found", [("Content-Type", "text/plain")])
                return [b"expected /healthz, /readyz or /metrics\n"]
        body = {"service": self._service, "status": "unavailable" if obstacle else "ok", "reason": obstacle}
        status = "503 Service Unavailable" if obstacle else "200 OK"
        start_response(status, [("Content-Type", "application/json")])
        return [orjson.dumps(body)]


@asynccontextmanager
async def health_server(health: Health, port: int) -> AsyncIterator[int]:
    """Answer on a port of all interfaces (orchestrators ask from outside) in between; gives the port, also for 0.

    Raises:
        SettingsError: the port is taken.
    """
    try:
        server = _Server(("0.0.0.0", port), _Handler)  # noqa: S104 - asked from outside the container
    except OSError as error:
        raise SettingsError(f"health port {port}: got {error.strerror}, expected a free port: choose another") from None
    server.set_app(health)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, name="health", daemon=True)
    thread.start()
    beat = asyncio.create_task(health.beat(), name="health beat")
    try:
        yield server.server_port
    finally:
        beat.cancel()
        await asyncio.to_thread(server.shutdown)
        server.server_close()


class _Server(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True

    def server_bind(self) -> None:
        # Not HTTPServer's own: that asks the name service who we are, which takes seconds where there is none.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "spotter", self.server_address[1]
        self.setup_environ()


class _Handler(WSGIRequestHandler):
    timeout = 5

    def log_message(self, *_: object) -> None:
        """Say nothing of each request."""
