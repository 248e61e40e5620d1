"""The gateway as a program of its own: what is on NATS, shown to people; and the same on a bus in this process."""

from __future__ import annotations

from collections.abc import Callable

import uvloop

from services.bus import Bus, BusUnavailable, codec
from services.bus.nats import NatsBus
from services.bus.settings import NatsSettings
from services.core.types import Command
from services.gateway.app import create_app
from services.gateway.server import GatewayServer
from services.gateway.settings import GatewaySettings
from services.gateway.stage import GatewayStage
from services.runtime import configure_logging, run
from services.runtime.faults import explained
from services.runtime.program import until_signalled


async def serve_gateway(
    settings: GatewaySettings,
    bus: Bus,
    *,
    stage: GatewayStage | None = None,
    started: Callable[[str], None] = lambda address: None,
) -> None:
    """Serve what comes over a bus until cancelled, or until the bus is closed.

    Args:
        settings: where to listen, whom to let in.
        bus: an entered bus, in this process or over NATS.
        stage: what is shown; None for a new one.
        started: told the dashboard's address as soon as it can be opened.

    Raises:
        SettingsError: the port is taken, or the address is not one of this machine's.
    """
    stage = stage or GatewayStage()

    async def publish(command: Command) -> None:
        await bus.publish(codec.encode(command))

    app = create_app(stage, settings, ready=lambda: bus.connected, publish=publish)
    async with GatewayServer(app, settings) as server:
        started(server.address)
        await run(stage, bus)


async def serve_gateway_on_nats(settings: GatewaySettings, nats: NatsSettings) -> None:
    """Serve what comes over NATS until SIGTERM or SIGINT; without a server the dashboard is there and waits for one.

    Raises:
        SettingsError: the port is taken, or a setting cannot work.
        BusUnavailable: NATS closed the connection for good.
    """
    async with NatsBus(nats, name=GatewayStage.name, patient=True) as bus:
        await until_signalled(_serve_while_open(settings, bus))


async def _serve_while_open(settings: GatewaySettings, bus: NatsBus) -> None:
    await serve_gateway(settings, bus)
    raise BusUnavailable("NATS closed the connection for good: look at the server's log for the reason")


def main() -> int:
    """Run from the environment's settings; the exit status, 2 for settings that cannot work."""
    configure_logging()
    return explained("spotter gateway", lambda: uvloop.run(serve_gateway_on_nats(GatewaySettings(), NatsSettings())))
