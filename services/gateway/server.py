"""The web server: uvicorn started and stopped by the program around it, on a socket that this module opens."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
from collections.abc import Iterator
from types import TracebackType
from typing import Final, Self

import structlog
import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from services.core.errors import SettingsError
from services.gateway.protocol import LARGEST_FRAME
from services.gateway.settings import GatewaySettings

PING_SECONDS: Final = 5.0
"""Every client is pinged this often, and cut off when it does not answer for twice as long."""

UNSENT_BYTES: Final = 128 * 1024
"""What the kernel may hold for a client that reads slowly; its own limit, megabytes, is seconds of old pictures."""

_log = structlog.get_logger(__name__)


class GatewayServer:
    """The web server of one application; listens between enter and exit.

    Args:
        app: made by `create_app`.
        settings: host and port.

    Attributes:
        address: where the dashboard is, once entered.
    """

    def __init__(self, app: FastAPI, settings: GatewaySettings, *, ping_seconds: float = PING_SECONDS) -> None:
        self.address = ""
        self._settings = settings
        self._server = _Server(
            uvicorn.Config(
                app,
                loop="none",
                ws=_WebSocket,
                ws_max_size=LARGEST_FRAME,
                ws_ping_interval=ping_seconds,
                ws_ping_timeout=2 * ping_seconds,
                ws_per_message_deflate=False,
                lifespan="off",
                log_config=None,
                # Its log of requests would be a line per picture, and carries query strings.
                log_level="warning",
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=2,
            )
        )
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        listener = _listen(self._settings.host, self._settings.port)
        host, port = listener.getsockname()[:2]
        shown = "localhost" if host in {"127.0.0.1", "::1", "0.0.0.0", "::"} else host  # noqa: S104 (compared, not bound)
        self.address = f"http://{f'[{shown}]' if ':' in shown else shown}:{port}"
        self._task = asyncio.create_task(self._server.serve(sockets=[listener]), name="web server")
        _log.info("gateway listening", address=self.address)
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        if self._task:
            await self._task


class _WebSocket(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket, which also gets rid of clients that read nothing."""

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        # It closed politely, which waits until all is sent: to a client that reads nothing, for ever.
        self.transport.abort()


class _Server(uvicorn.Server):
    """uvicorn's server, leaving signals to the program around it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _listen(host: str, port: int) -> socket.socket:
    """Open the listening socket.

    Raises:
        SettingsError: it cannot be opened.
    """
    wrong_host = "set SPOTTER_GATEWAY_HOST to an address of this machine: 127.0.0.1, or 0.0.0.0 for the whole network"
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except socket.gaierror as error:
        raise SettingsError(f"cannot listen on {host!r}: {error.strerror}; {wrong_host}") from None
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if hasattr(socket, "TCP_NOTSENT_LOWAT"):
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES)
        listener.bind(address)
        listener.listen(128)
    except OSError as error:
        listener.close()
        advice = "stop the program that has it, or set SPOTTER_GATEWAY_PORT to a free one (0 takes any)"
        if error.errno == errno.EADDRNOTAVAIL:
            advice = wrong_host
        raise SettingsError(f"cannot listen on {host} port {port}: {error.strerror}; {advice}") from None
    listener.setblocking(False)
    return listener
