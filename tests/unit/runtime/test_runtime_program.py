"""A service as a program: signals, health, logs."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import urllib.error
import urllib.request
from pathlib import Path
from typing import Self

import nats
import pytest
import structlog
from prometheus_client import REGISTRY

from proto.subjects import Kind
from services.bus import BusUnavailable
from services.bus.codec import encode
from services.bus.nats import NatsBus
from services.bus.nats_server import NatsServer, free_port
from services.bus.settings import NatsSettings
from services.core.errors import SettingsError
from services.core.types import CameraState, Command, Event, Frame, Picture, PoseFrame, Snapshot
from services.runtime import configure_logging, health, program, serve
from services.runtime.health import Health, health_server
from services.runtime.logs import redacted
from tests.fakes import FakeProducer, FakeStage, frame, pose_frame, rep, until


def ask(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


async def test_service_works_answers_for_its_health_and_drains_on_sigterm(nats_settings: NatsSettings) -> None:
    port = free_port()
    stage = FakeStage((PoseFrame,), lambda message: [rep(1)], (rep(2),), name="classifier")
    serving = asyncio.create_task(serve(stage, nats=nats_settings, health_port=port))
    async with NatsBus(nats_settings) as bus:
        events = await bus.subscribe(Kind.EVENTS)
        await until(lambda: answers(port, "/readyz"))
        await bus.publish(encode(pose_frame()))
        assert (await anext(aiter(events))).message_id == "rep-front-1-0"
        status, body = await asyncio.to_thread(ask, port, "/healthz")
        assert (status, json.loads(body)) == (200, {"service": "classifier", "status": "ok", "reason": ""})
        _, metrics = await asyncio.to_thread(ask, port, "/metrics")
        assert 'spotter_messages_in_total{kind="poses",service="classifier"}' in metrics
        assert 'spotter_process_seconds_bucket{kind="poses"' in metrics
        assert (await asyncio.to_thread(ask, port, "/elsewhere"))[0] == 404
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(serving, 10)
        assert (await anext(aiter(events))).message_id == "rep-front-2-0"
    assert stage.closed == 1


def answers(port: int, path: str) -> bool:
    try:
        return ask(port, path)[0] == 200
    except OSError:
        return False


async def test_service_without_nats_is_alive_and_not_ready_until_there_is_one(tmp_path: Path) -> None:
    server = NatsServer(tmp_path)
    port = free_port()
    stage = FakeStage((Frame,), name="pose")
    serving = asyncio.create_task(serve(stage, nats=NatsSettings(url=server.url), health_port=port))
    await until(lambda: answers(port, "/healthz"))
    status, body = await asyncio.to_thread(ask, port, "/readyz")
    assert (status, json.loads(body)["reason"]) == (503, "NATS is away")
    await asyncio.to_thread(server.start)
    try:
        await until(lambda: answers(port, "/readyz"))
        async with NatsBus(NatsSettings(url=server.url)) as bus:
            await asyncio.wait_for(bus.publish(encode(frame(live=False))), 10)
        assert len(stage.seen) == 1
        serving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await serving
    finally:
        await asyncio.to_thread(server.stop)


async def test_rubbish_from_another_program_is_counted_and_the_service_lives_on(nats_settings: NatsSettings) -> None:
    stage = FakeStage((Frame, Picture, PoseFrame, Event, Command, CameraState, Snapshot), name="besieged")
    serving = asyncio.create_task(serve(stage, nats=nats_settings, health_port=0))
    client = await nats.connect(nats_settings.url)
    rubbish = (b"", b"\x00\xff", b"{}", b'{"camera_id": "front", "at": NaN}', b"x" * (1 << 20))

    def refused() -> float:
        labels = [{"service": "besieged", "kind": kind} for kind in Kind]
        return sum(REGISTRY.get_sample_value("spotter_messages_bad_total", one) or 0 for one in labels)

    async with NatsBus(nats_settings) as bus:
        await asyncio.wait_for(bus.publish(encode(frame(live=False))), 10)
        for kind in Kind:
            for number, body in enumerate(rubbish):
                await client.publish(f"gym.v1.{kind}.camera-{number}", body, headers={"frame_id": "NaN"})
            await client.publish(f"gym.v1.{kind}.no!camera", b"{}")
        await until(lambda: refused() == len(Kind) * (len(rubbish) + 1))
        for good in (frame(1, live=False), pose_frame(), rep()):
            await bus.publish(encode(good))
        await until(lambda: len(stage.seen) == 4)
    await client.close()
    serving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await serving


async def test_producer_that_has_no_more_ends_its_service(nats_settings: NatsSettings) -> None:
    await asyncio.wait_for(serve(FakeProducer((frame(),)), nats=nats_settings, health_port=0), 10)


@pytest.mark.parametrize("worker", [FakeStage((Frame,)), FakeProducer((frame(live=False),))])
async def test_connection_closed_for_good_ends_the_service_with_an_error(
    nats_settings: NatsSettings, monkeypatch: pytest.MonkeyPatch, worker: FakeStage | FakeProducer
) -> None:
    buses: list[NatsBus] = []

    class Noted(NatsBus):
        async def __aenter__(self) -> Self:
            buses.append(self)
            return await super().__aenter__()

    monkeypatch.setattr(program, "NatsBus", Noted)
    serving = asyncio.create_task(serve(worker, nats=nats_settings, health_port=0))
    await until(lambda: buses and buses[0].connected)
    # As the client does when it is no longer let in.
    await buses[0]._client.close()
    with pytest.raises(BusUnavailable, match="for good"):
        await asyncio.wait_for(serving, 10)


async def test_taken_health_port_is_told(nats_settings: NatsSettings) -> None:
    async with health_server(Health("first", lambda: ""), 0) as port:
        with pytest.raises(SettingsError, match=f"health port {port}: got .*, expected a free port"):
            await serve(FakeStage((Frame,)), nats=nats_settings, health_port=port)


async def test_event_loop_that_stands_still_is_unhealthy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "STALL_SECONDS", -1.0)
    async with health_server(Health("pose", lambda: ""), 0) as port:
        status, body = await asyncio.to_thread(ask, port, "/healthz")
    assert status == 503
    assert "stood still" in json.loads(body)["reason"]


@pytest.mark.parametrize("form", ["json", "console"])
def test_no_log_line_has_credentials(
    form: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    address = "rtsp://admin:hunter2@10.0.0.7/stream"
    monkeypatch.setenv("SPOTTER_LOG_FORMAT", form)
    try:
        configure_logging()
        structlog.get_logger("ours").warning("camera lost", address=address, nested={"cameras": [address]})
        logging.getLogger("theirs").error("cannot open %s", address)
        try:
            raise ValueError(address)
        except ValueError:
            structlog.get_logger("ours").exception("failed")
    finally:
        structlog.reset_defaults()
        logging.basicConfig(force=True)
    text = capsys.readouterr().err
    assert "hunter2" not in text
    assert text.count("rtsp://***@10.0.0.7/stream") >= 4
    if form == "json":
        ours, theirs, failed = (json.loads(line) for line in text.splitlines())
        assert (ours["event"], ours["level"]) == ("camera lost", "warning")
        assert ours["address"] == "rtsp://***@10.0.0.7/stream"
        assert theirs["event"] == "cannot open rtsp://***@10.0.0.7/stream"
        assert "ValueError" in failed["exception"]


def test_unknown_log_level_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPOTTER_LOG_LEVEL", "loud")
    with pytest.raises(SettingsError, match="SPOTTER_LOG_LEVEL: got 'loud'"):
        configure_logging()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("rtsp://a:b@host/x", "rtsp://***@host/x"),
        ("two: nats://u:p@h1,nats://u:p@h2", "two: nats://***@h2"),
        ("two: nats://u:p@h1 nats://u:p@h2", "two: nats://***@h1 nats://***@h2"),
        ("'rtsp://a:p/a?s@s@host/x'", "'rtsp://***@host/x'"),
        ('{"url": "rtsp://a:b@host/x", "to": "c@d"}', '{"url": "rtsp://***@host/x", "to": "c@d"}'),
        ("rtsp://host/x is away", "rtsp://host/x is away"),
        ("mail a@b.example", "mail a@b.example"),
    ],
)
def test_redaction(text: str, shown: str) -> None:
    assert redacted(text) == shown
