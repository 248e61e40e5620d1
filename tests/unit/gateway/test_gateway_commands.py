"""What is asked of a person's counting over REST: taken, stamped with event time, published, told; or refused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import httpx
import pytest

from proto.subjects import Kind
from services.bus import BusClosed, codec
from services.bus.memory import MemoryBus
from services.bus.nats import NatsBus
from services.bus.settings import NatsSettings
from services.core.types import Command, ResetCount, TellLoad
from services.gateway import commands
from services.gateway.app import LONGEST_BODY, create_app
from services.gateway.service import serve_gateway
from services.gateway.settings import GatewaySettings
from services.gateway.stage import GatewayStage
from tests.unit.gateway.gateway_messages import (
    camera_state,
    pose_frame,
    rep,
    running_gateway,
    set_ended,
    set_started,
    told,
    track_ended,
    until,
)

TRACK = "/api/v1/cameras/front/tracks/1-1"
TOKEN = "a-long-enough-token"


@dataclass
class Bus:
    """Where commands go.

    Attributes:
        connected: whether the gateway thinks that it works.
        fault: what happens to a command instead of being stored.
        stored: the commands that were taken.
    """

    connected: bool = True
    fault: Exception | None = None
    hangs: bool = False
    stored: list[Command] = field(default_factory=list)

    async def publish(self, command: Command) -> None:
        if self.fault:
            raise self.fault
        if self.hangs:
            await asyncio.Event().wait()
        self.stored.append(command)


@pytest.fixture
def bus() -> Bus:
    return Bus()


@pytest.fixture
def stage() -> GatewayStage:
    stage = GatewayStage()
    for message in (camera_state(), pose_frame(30, "1-1", "1-2"), pose_frame(29, "1-1"), set_started(), rep(1), rep(2)):
        stage.process(message)
    return stage


@pytest.fixture
async def client(stage: GatewayStage, bus: Bus) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(stage, GatewaySettings(), ready=lambda: bus.connected, publish=bus.publish)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gym") as client:
        yield client


async def test_a_reset_is_stamped_with_the_newest_frame(client: httpx.AsyncClient, bus: Bus) -> None:
    answer = await client.post(f"{TRACK}/reset")
    assert answer.status_code == 202
    [command] = bus.stored
    assert isinstance(command, ResetCount)
    assert (command.camera_id, command.track_id, command.captured_at) == ("front", "1-1", pose_frame(30).captured_at)
    assert answer.json() == {"command_id": command.command_id, "captured_at": command.captured_at}


async def test_every_command_has_an_id_of_its_own(client: httpx.AsyncClient, bus: Bus) -> None:
    for _ in range(3):
        await client.post(f"{TRACK}/reset")
    assert len({command.command_id for command in bus.stored}) == 3


@pytest.mark.parametrize("kilograms", [0, 62.5, 1000])
async def test_a_load_is_told(client: httpx.AsyncClient, bus: Bus, kilograms: float) -> None:
    assert (await client.post(f"{TRACK}/load", json={"kilograms": kilograms})).status_code == 202
    [command] = bus.stored
    assert isinstance(command, TellLoad)
    assert command.kilograms == kilograms


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ('{"kilograms": -5}', "a load of -5.0 kg cannot be: expected 0 to 1000 kg"),
        ('{"kilograms": 5000}', "a load of 5000.0 kg cannot be: expected 0 to 1000 kg"),
        ('{"kilograms": NaN}', "expected 0 to 1000 kg"),
        ('{"kilograms": 1e999}', "expected 0 to 1000 kg"),
        ('{"kilograms": "heavy"}', "valid number"),
        ('{"kilograms": "60"}', "valid number"),
        ('{"kilograms": true}', "valid number"),
        ('{"kilograms": null}', "valid number"),
        ("{}", "required"),
        ("rubbish", "JSON"),
    ],
)
async def test_a_load_that_nobody_lifts_is_refused(client: httpx.AsyncClient, bus: Bus, body: str, reason: str) -> None:
    answer = await client.post(f"{TRACK}/load", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert reason in answer.text
    assert bus.stored == []


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("nowhere/tracks/1-1", "No camera is called nowhere; there are: front."),
        ("front/tracks/1-9", "Nobody in view of the camera front has the track 1-9; there are: 1-1."),
        ("front/tracks/1-2", "Nobody in view of the camera front has the track 1-2; there are: 1-1."),
    ],
)
async def test_who_is_not_there_is_not_counted_anew(
    client: httpx.AsyncClient, stage: GatewayStage, bus: Bus, path: str, reason: str
) -> None:
    stage.process(track_ended(track="1-2"))
    for command, body in (("reset", None), ("load", {"kilograms": 20})):
        answer = await client.post(f"/api/v1/cameras/{path}/{command}", json=body)
        assert (answer.status_code, answer.json()["detail"]) == (404, reason)
    assert bus.stored == []


async def test_a_body_without_end_is_not_read(client: httpx.AsyncClient, bus: Bus) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 100 * LONGEST_BODY:
            sent += 1024
            yield b" " * 1024

    answer = await client.post(f"{TRACK}/load", content=endless(), headers={"Content-Type": "application/json"})
    assert answer.status_code == 413
    assert sent < 3 * LONGEST_BODY
    assert bus.stored == []


async def test_what_is_no_track_is_refused(client: httpx.AsyncClient) -> None:
    assert (await client.post("/api/v1/cameras/front/tracks/a b/reset")).status_code == 422


async def test_without_a_bus_nothing_is_promised(
    client: httpx.AsyncClient, bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "SEND_SECONDS", 0.01)
    for away in (Bus(connected=False), Bus(fault=BusClosed("gone")), Bus(hangs=True)):
        bus.connected, bus.fault, bus.hangs = away.connected, away.fault, away.hangs
        answer = await client.post(f"{TRACK}/reset")
        assert answer.status_code == 503
        assert "bus" in answer.json()["detail"]


async def test_who_may_ask() -> None:
    async with running_gateway(access_token=TOKEN) as gateway, httpx.AsyncClient(base_url=gateway.address) as client:
        gateway.stage.process(pose_frame(1, "1-1"))
        for headers in ({}, {"Authorization": "Bearer wrong"}):
            assert (await client.post(f"{TRACK}/reset", headers=headers)).status_code == 401
        assert gateway.commands == []
        allowed = {"Authorization": f"Bearer {TOKEN}"}
        assert (await client.post(f"{TRACK}/reset", headers=allowed)).status_code == 202
        await client.post("/api/v1/session", json={"token": TOKEN})
        assert (await client.post(f"{TRACK}/reset")).status_code == 202


@pytest.mark.parametrize(
    ("allowed", "origin", "status"),
    [
        ("", None, 202),
        ("", "same", 202),
        ("", "https://evil.example", 403),
        ("", "null", 403),
        ("", "http://[::1", 403),
        ("https://screen.example", "https://screen.example", 202),
        ("https://screen.example", "https://evil.example", 403),
    ],
)
async def test_a_web_page_of_elsewhere_changes_nothing(allowed: str, origin: str | None, status: int) -> None:
    async with (
        running_gateway(allowed_origins=allowed) as gateway,
        httpx.AsyncClient(base_url=gateway.address) as client,
    ):
        gateway.stage.process(pose_frame(1, "1-1"))
        headers = {} if origin is None else {"Origin": gateway.address if origin == "same" else origin}
        assert (await client.post(f"{TRACK}/reset", headers=headers)).status_code == status
        assert len(gateway.commands) == (status == 202)
        asked = {
            "Origin": origin or "",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization, content-type",
        }
        preflight = await client.options(f"{TRACK}/load", headers=asked)
        assert ("access-control-allow-origin" in preflight.headers) == (origin == "https://screen.example")
        assert (preflight.status_code == 200) == (origin == "https://screen.example")


async def test_everybody_who_watches_hears_of_the_load() -> None:
    async with (
        running_gateway() as gateway,
        gateway.subscribed("events") as socket,
        httpx.AsyncClient(base_url=gateway.address) as client,
    ):
        for message in (pose_frame(1, "1-1"), set_started(), rep(1), rep(2)):
            gateway.stage.process(message)
        heard = [await told(socket) for _ in range(3)]
        assert heard[-1]["set"]["volume_kg"] is None
        await client.post(f"{TRACK}/load", json={"kilograms": 62.5})
        message = await told(socket)
        assert (message["type"], message["command"]["type"]) == ("command", "tell_load")
        assert message["person"]["load_kg"] == 62.5
        current = message["person"]["current_set"]
        assert (current["load_kg"], current["volume_kg"]) == (62.5, 125.0)
        gateway.stage.process(rep(3))
        assert (await told(socket))["set"]["volume_kg"] == 187.5
        gateway.stage.process(set_ended(3, load_kg=62.5, volume_kg=187.5))
        await told(socket)
        await client.post(f"{TRACK}/load", json={"kilograms": 10})
        await told(socket)
        [done] = (await client.get("/api/v1/cameras/front/sets")).json()
        assert (done["load_kg"], done["volume_kg"]) == (62.5, 187.5)


@pytest.mark.parametrize("over", ["memory", "nats"])
async def test_a_command_is_kept_on_the_bus_for_who_reads_later(over: str, nats_settings: NatsSettings) -> None:
    address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    async with MemoryBus() if over == "memory" else NatsBus(nats_settings) as bus:
        stage = GatewayStage()
        serving = asyncio.create_task(
            serve_gateway(GatewaySettings(port=0), bus, stage=stage, started=address.set_result)
        )
        async with httpx.AsyncClient(base_url=await address) as client:
            stage.process(pose_frame(1, "1-1"))
            loaded = (await client.post(f"{TRACK}/load", json={"kilograms": 40})).json()
            reset = (await client.post(f"{TRACK}/reset")).json()
        reader = await bus.subscribe(Kind.COMMANDS, durable="classifier")
        found = []
        async with asyncio.timeout(10):
            for _ in range(2):
                envelope = await anext(aiter(reader))
                await reader.done(envelope)
                found.append(codec.decode(envelope))
        assert [type(one) for one in found] == [TellLoad, ResetCount]
        assert [one.command_id for one in found if isinstance(one, Command)] == [
            loaded["command_id"],
            reset["command_id"],
        ]
        # The gateway hears its own commands as any other would.
        await until(lambda: stage.gym.board("front").persons["1-1"].load is not None)
        serving.cancel()
        await asyncio.wait({serving})
