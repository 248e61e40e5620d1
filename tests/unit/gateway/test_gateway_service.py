from __future__ import annotations

import asyncio
import socket

import httpx
import pytest

from services.bus import codec
from services.bus.memory import MemoryBus
from services.bus.nats import NatsBus
from services.bus.settings import NatsSettings
from services.core.errors import SettingsError
from services.gateway import service
from services.gateway.service import serve_gateway
from services.gateway.settings import GatewaySettings
from tests.unit.gateway.gateway_messages import (
    camera_state,
    picture,
    pose_frame,
    rep,
    running_gateway,
    set_ended,
    set_started,
    until,
)


async def test_what_is_on_the_bus_is_served() -> None:
    address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    async with MemoryBus() as bus:
        serving = asyncio.create_task(serve_gateway(GatewaySettings(port=0), bus, started=address.set_result))
        async with httpx.AsyncClient(base_url=await address) as client:
            assert (await client.get("/readyz")).status_code == 200

            async def people() -> list[dict[str, object]]:
                answer = await client.get("/api/v1/cameras/front/people")
                return answer.json() if answer.status_code == 200 else []

            # The subscriptions may come after the first messages, as everywhere on a bus.
            async with asyncio.timeout(10):
                while not await people():
                    for message in (camera_state(), picture(1), pose_frame(1, "1-1")):
                        await bus.publish(codec.encode(message))
            for message in (set_started(), rep(1), rep(2)):
                await bus.publish(codec.encode(message))
            async with asyncio.timeout(10):
                while True:
                    current = (await people())[0]["current_set"]
                    if isinstance(current, dict) and current["reps"] == 2:
                        break
        serving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await serving


async def answer(client: httpx.AsyncClient, path: str) -> list[dict[str, object]]:
    """What a path says as soon as it says anything."""
    async with asyncio.timeout(10):
        while not (found := (await client.get(path)).json()):
            pass
    return found


async def test_over_nats_it_shows_what_was_there_before_it_started(nats_settings: NatsSettings) -> None:
    address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    async with NatsBus(nats_settings, name="test") as bus:
        await bus.publish(codec.encode(camera_state(fps=12.0)))
        serving = asyncio.create_task(serve_gateway(GatewaySettings(port=0), bus, started=address.set_result))
        async with httpx.AsyncClient(base_url=await address) as client:
            cameras = await answer(client, "/api/v1/cameras")
            assert (cameras[0]["camera_id"], cameras[0]["fps"]) == ("front", 12.0)
            for event in (set_started(), rep(1), rep(2), set_ended(2)):
                await bus.publish(codec.encode(event))
            sets = await answer(client, "/api/v1/cameras/front/sets")
            assert (sets[0]["exercise"], sets[0]["reps"]) == ("squat", 2)
        serving.cancel()
        await asyncio.wait({serving})


async def test_a_stopped_gateway_gives_its_port_back() -> None:
    async with running_gateway() as gateway:
        port = int(gateway.address.rsplit(":", 1)[1])
    async with running_gateway(port=port) as gateway:
        assert gateway.address.endswith(f":{port}")


async def test_a_taken_port_says_what_to_change() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        async with MemoryBus() as bus:
            with pytest.raises(SettingsError) as error:
                await serve_gateway(GatewaySettings(port=port), bus)
    assert f"port {port}" in str(error.value)
    assert "SPOTTER_GATEWAY_PORT" in str(error.value)


@pytest.mark.parametrize("host", ["192.0.2.1", "no such host"])
async def test_an_address_of_another_machine_says_what_to_change(host: str) -> None:
    async with MemoryBus() as bus:
        with pytest.raises(SettingsError, match="SPOTTER_GATEWAY_HOST"):
            await serve_gateway(GatewaySettings(host=host, port=0), bus)


def test_a_program_that_cannot_start_exits_with_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(service, "configure_logging", lambda: None)
    monkeypatch.setenv("SPOTTER_NATS_URL", "nats://127.0.0.1:9")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setenv("SPOTTER_GATEWAY_PORT", str(taken.getsockname()[1]))
        assert service.main() == 2
    assert "SPOTTER_GATEWAY_PORT" in capsys.readouterr().err
    monkeypatch.setenv("SPOTTER_GATEWAY_PORT", "many")
    assert service.main() == 2


async def test_without_a_bus_it_is_not_ready() -> None:
    class Away(MemoryBus):
        @property
        def connected(self) -> bool:
            return False

    address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    async with Away() as bus:
        serving = asyncio.create_task(serve_gateway(GatewaySettings(port=0), bus, started=address.set_result))
        async with httpx.AsyncClient(base_url=await address) as client:
            assert (await client.get("/readyz")).status_code == 503
            assert (await client.get("/healthz")).status_code == 200
        serving.cancel()
        await until(serving.done)
