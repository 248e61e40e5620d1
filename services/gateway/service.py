"""The gateway as a running service: the web server beside the loop that feeds its stage."""

from __future__ import annotations

from collections.abc import Callable

from services.bus import Bus
from services.gateway.app import create_app
from services.gateway.server import GatewayServer
from services.gateway.settings import GatewaySettings
from services.gateway.stage import GatewayStage
from services.runtime import run


async def serve_gateway(
    settings: GatewaySettings, bus: Bus, *, started: Callable[[str], None] = lambda address: None
) -> None:
    """Serve what comes over a bus until cancelled.

    Args:
        settings: where to listen, whom to let in.
        bus: a connected bus, in this process or over NATS.
        started: told the dashboard's address once it can be opened.

    Raises:
        SettingsError: the port is taken, or the address is not one of this machine's.
    """
    stage = GatewayStage()
    app = create_app(stage, settings, ready=lambda: bus.connected)
    async with GatewayServer(app, settings) as server:
        started(server.address)
        await run(stage, bus)
