"""Both buses keep one contract; what only a bus between processes can get wrong follows."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator
from pathlib import Path

import nats
import numpy as np
import pytest
import pytest_asyncio
from nats.js.api import StorageType, StreamConfig
from pydantic import SecretStr

from proto.subjects import Kind
from services.bus import BusClosed, BusUnavailable
from services.bus.codec import decode, encode
from services.bus.memory import BACKLOG, MemoryBus
from services.bus.nats import NatsBus
from services.bus.nats_server import NatsServer, free_port
from services.bus.settings import NatsSettings
from services.core.errors import BadMessage, SettingsError
from services.core.types import Frame, PoseFrame
from tests.contracts.bus import BusContract, envelope, next_of, take


async def until(condition, seconds: float = 10.0) -> None:
    """Wait until a condition holds."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - the condition is in another thread or process
            await asyncio.sleep(0.01)


class TestMemoryBus(BusContract):
    @pytest_asyncio.fixture
    async def bus(self) -> AsyncIterator[MemoryBus]:
        async with MemoryBus() as bus:
            yield bus

    @pytest.fixture
    def other(self, bus: MemoryBus) -> MemoryBus:
        return bus

    async def test_frames_without_reader_are_gone(self, bus: MemoryBus) -> None:
        await bus.publish(envelope(Kind.FRAMES, "nobody sees this"))
        subscription = await bus.subscribe(Kind.FRAMES)
        await bus.publish(envelope(Kind.FRAMES, "seen"))
        assert await take(subscription, 1) == ["seen"]

    async def test_slow_reader_of_poses_makes_the_sender_wait(self, bus: MemoryBus) -> None:
        subscription = await bus.subscribe(Kind.POSES)
        for number in range(BACKLOG):
            await bus.publish(envelope(Kind.POSES, number))
        sending = asyncio.create_task(bus.publish(envelope(Kind.POSES, "one more")))
        await asyncio.sleep(0.01)
        assert not sending.done()
        await take(subscription, 1)
        await asyncio.wait_for(sending, 5)

    async def test_reader_that_goes_lets_its_sender_go_on(self, bus: MemoryBus) -> None:
        subscription = await bus.subscribe(Kind.EVENTS, durable="gateway")
        for number in range(BACKLOG):
            await bus.publish(envelope(Kind.EVENTS, number, message_id=str(number)))
        sending = asyncio.create_task(bus.publish(envelope(Kind.EVENTS, "one more", message_id="more")))
        await asyncio.sleep(0.01)
        await subscription.close()
        await asyncio.wait_for(sending, 5)
        again = await bus.subscribe(Kind.EVENTS, durable="gateway")
        assert (await take(again, BACKLOG + 1))[-1] == "one more"

    async def test_name_has_one_reader_at_a_time(self, bus: MemoryBus) -> None:
        await bus.subscribe(Kind.EVENTS, durable="gateway")
        with pytest.raises(ValueError, match="already reads events"):
            await bus.subscribe(Kind.EVENTS, durable="gateway")


class TestNatsBus(BusContract):
    @pytest_asyncio.fixture
    async def bus(self, nats_settings: NatsSettings) -> AsyncIterator[NatsBus]:
        async with NatsBus(nats_settings, name="publisher") as bus:
            yield bus

    @pytest_asyncio.fixture
    async def other(self, nats_settings: NatsSettings) -> AsyncIterator[NatsBus]:
        async with NatsBus(nats_settings, name="reader") as bus:
            yield bus


@pytest_asyncio.fixture
async def bus(nats_settings: NatsSettings) -> AsyncIterator[NatsBus]:
    async with NatsBus(nats_settings) as bus:
        yield bus


async def test_pixels_do_not_leave_the_process(bus: NatsBus) -> None:
    frame = Frame("front", 1, 1, 4, 3, b"", pixels=np.zeros((3, 4, 3), np.uint8))
    with pytest.raises(ValueError, match="JPEG"):
        await bus.publish(encode(frame))


async def test_poses_leave_the_process_as_json_only(bus: NatsBus) -> None:
    frame = PoseFrame("front", 1, 1, 4, 3)
    assert not bus.within_process
    with pytest.raises(ValueError, match="JSON"):
        await bus.publish(encode(frame, within_process=True))


async def test_in_memory_poses_pass_as_they_are() -> None:
    frame = PoseFrame("front", 1, 1, 4, 3)
    async with MemoryBus() as bus:
        subscription = await bus.subscribe(Kind.POSES)
        await bus.publish(encode(frame, within_process=bus.within_process))
        assert decode(await anext(aiter(subscription))) is frame


async def restart(server: NatsServer, *buses: NatsBus) -> None:
    await asyncio.to_thread(server.stop)
    await until(lambda: not any(bus.connected for bus in buses))
    await asyncio.to_thread(server.start)
    await until(lambda: all(bus.connected for bus in buses))


async def test_restarted_server_loses_no_event_and_no_later_pose(bus: NatsBus, nats_server: NatsServer) -> None:
    events = await bus.subscribe(Kind.EVENTS, durable="gateway")
    poses = await bus.subscribe(Kind.POSES, durable="classifier")
    cameras = await bus.subscribe(Kind.CAMERAS)
    await bus.publish(envelope(Kind.EVENTS, "rep 1", message_id="1-0"))
    await bus.publish(envelope(Kind.EVENTS, "rep 2", message_id="2-0"))
    await bus.publish(envelope(Kind.POSES, "pose 1"))
    await bus.publish(envelope(Kind.CAMERAS, "online"))
    assert await take(events, 1) == ["rep 1"]
    assert await take(poses, 1) == ["pose 1"]
    assert await take(cameras, 1) == ["online"]
    await asyncio.to_thread(nats_server.stop)
    await until(lambda: not bus.connected)
    # Stored kinds wait for the server; what was made while it was away comes too.
    sending = asyncio.gather(
        bus.publish(envelope(Kind.EVENTS, "rep 3", message_id="3-0")), bus.publish(envelope(Kind.POSES, "pose 2"))
    )
    await asyncio.to_thread(nats_server.start)
    await asyncio.wait_for(sending, 15)
    await bus.publish(envelope(Kind.POSES, "pose 3"))
    await bus.publish(envelope(Kind.CAMERAS, "stalled"))
    assert await take(poses, 2) == ["pose 2", "pose 3"]
    assert await take(events, 2) == ["rep 2", "rep 3"]
    assert await take(cameras, 1) == ["stalled"]


async def test_live_frames_made_while_the_server_is_away_are_counted_not_kept(
    bus: NatsBus, nats_server: NatsServer
) -> None:
    frames = await bus.subscribe(Kind.FRAMES)
    await asyncio.to_thread(nats_server.stop)
    await until(lambda: not bus.connected)
    for number in range(3):
        await bus.publish(envelope(Kind.FRAMES, f"stale {number}"))
    assert bus.unsent == {Kind.FRAMES: 3}
    await asyncio.to_thread(nats_server.start)
    await until(lambda: bus.connected)
    await bus.publish(envelope(Kind.FRAMES, "fresh"))
    assert await take(frames, 1) == ["fresh"]


async def test_waited_frame_outlives_a_restart(bus: NatsBus, nats_server: NatsServer) -> None:
    frames = await bus.subscribe(Kind.FRAMES)
    sending = asyncio.create_task(bus.publish(envelope(Kind.FRAMES, "1", wait=True)))
    got = await next_of(frames)
    await restart(nats_server, bus)
    await frames.done(got)
    await asyncio.wait_for(sending, 15)


async def test_slow_reader_gets_a_waited_frame_once(bus: NatsBus, nats_settings: NatsSettings) -> None:
    frames = await bus.subscribe(Kind.FRAMES)
    sending = asyncio.create_task(bus.publish(envelope(Kind.FRAMES, "1", wait=True)))
    got = await next_of(frames)
    await asyncio.sleep(2.5 * nats_settings.resend_seconds)
    assert not sending.done()
    await frames.done(got)
    await asyncio.wait_for(sending, 5)
    sending = asyncio.create_task(bus.publish(envelope(Kind.FRAMES, "2", wait=True)))
    assert await take(frames, 1) == ["2"]
    await asyncio.wait_for(sending, 5)


async def test_slow_reader_gets_an_event_once(bus: NatsBus, nats_settings: NatsSettings) -> None:
    events = await bus.subscribe(Kind.EVENTS, durable="gateway")
    await bus.publish(envelope(Kind.EVENTS, "rep", message_id="1-0"))
    got = await next_of(events)
    await asyncio.sleep(2.5 * nats_settings.ack_seconds)
    await events.done(got)
    await bus.publish(envelope(Kind.EVENTS, "next", message_id="2-0"))
    assert await take(events, 1) == ["next"]


async def test_event_of_a_reader_that_died_is_given_to_the_next(nats_settings: NatsSettings) -> None:
    async with NatsBus(nats_settings) as bus:
        dying = NatsBus(nats_settings)
        await dying.__aenter__()
        events = await dying.subscribe(Kind.EVENTS, durable="gateway")
        await bus.publish(envelope(Kind.EVENTS, "rep", message_id="1-0"))
        assert await take(events, 1, done=False) == ["rep"]
        # The connection is cut before anything can be said.
        await dying._client.close()
        again = await bus.subscribe(Kind.EVENTS, durable="gateway")
        assert await take(again, 1) == ["rep"]


async def test_lost_consumer_is_made_again(bus: NatsBus, nats_url: str) -> None:
    poses = await bus.subscribe(Kind.POSES)
    await bus.publish(envelope(Kind.POSES, "1"))
    assert await take(poses, 1) == ["1"]
    client = await nats.connect(nats_url)
    for info in await client.jetstream().consumers_info("SPOTTER_POSES"):
        await client.jetstream().delete_consumer("SPOTTER_POSES", info.name)
    await client.close()
    await bus.publish(envelope(Kind.POSES, "2"))
    assert await take(poses, 1) == ["2"]


async def test_of_a_stream_that_was_deleted_nothing_is_retained(bus: NatsBus, nats_url: str) -> None:
    await bus.publish(envelope(Kind.SNAPSHOTS, "gone"))
    client = await nats.connect(nats_url)
    await client.jetstream().delete_stream("SPOTTER_SNAPSHOTS")
    await client.close()
    assert list(await asyncio.wait_for(bus.retained(Kind.SNAPSHOTS), 15)) == []


async def test_plain_subscription_sees_the_subjects_of_the_contract(bus: NatsBus, nats_url: str) -> None:
    client = await nats.connect(nats_url)
    subscription = await client.subscribe("gym.v1.>")
    # A question and its answer: the client's flush may overtake what it has yet to send.
    await client.jetstream().account_info()
    for kind in Kind:
        await bus.publish(envelope(kind, kind.value, "rack-2", message_id="1-0"))
    got = {message.subject: message.data.decode() for message in [await subscription.next_msg() for _ in Kind]}
    await client.close()
    assert got == {f"gym.v1.{kind}.rack-2": kind.value for kind in Kind}


async def test_message_longer_than_the_server_takes_is_refused(bus: NatsBus) -> None:
    huge = envelope(Kind.FRAMES, "x" * (5 << 20))
    with pytest.raises(BadMessage, match=r"frames message of camera front: got \d+ bytes, expected at most \d+"):
        await bus.publish(huge)
    for kind in (Kind.FRAMES, Kind.EVENTS):
        with pytest.raises(BadMessage, match="smaller pictures"):
            await bus.publish(envelope(kind, "x" * (5 << 20), wait=kind is Kind.FRAMES))


async def test_connection_closed_for_good_ends_readers_and_senders(bus: NatsBus) -> None:
    readings = [asyncio.create_task(take(await bus.subscribe(kind), 1)) for kind in Kind]
    sending = asyncio.create_task(bus.publish(envelope(Kind.FRAMES, "1", "nobody", wait=True)))
    assert (await readings[0]) == ["1"]
    # As the client does when it is no longer let in.
    await bus._client.close()
    assert await asyncio.gather(*readings[1:]) == [[]] * (len(Kind) - 1)
    await asyncio.wait({sending}, timeout=5)
    with pytest.raises(BusClosed):
        await bus.publish(envelope(Kind.EVENTS, "rep", message_id="1-0"))
    assert not bus.connected


async def test_waiting_sender_ends_with_the_bus(nats_settings: NatsSettings) -> None:
    async with NatsBus(nats_settings) as bus:
        sending = asyncio.create_task(bus.publish(envelope(Kind.FRAMES, "1", wait=True)))
        await asyncio.sleep(0.01)
    with pytest.raises(Exception, match=r"bus is not open|connection was closed"):
        await asyncio.wait_for(sending, 5)


# The way in.


async def test_no_server_says_what_to_do_and_no_password() -> None:
    settings = NatsSettings(url=f"nats://gym:hunter2@127.0.0.1:{free_port()}", password=SecretStr("hunter2"))
    with pytest.raises(BusUnavailable) as caught:
        async with NatsBus(settings):
            pass
    assert "no NATS server at 127.0.0.1:" in str(caught.value)
    assert "make up" in str(caught.value)
    assert "hunter2" not in str(caught.value) + repr(settings.password)


async def test_wrong_password_says_so(tmp_path: Path) -> None:
    with NatsServer(tmp_path, options=("--jetstream", "--user", "gym", "--pass", "right")) as server:
        with pytest.raises(BusUnavailable, match="Authorization Violation"):
            async with NatsBus(NatsSettings(url=server.url, user="gym", password=SecretStr("wrong"))):
                pass
        async with NatsBus(NatsSettings(url=server.url, user="gym", password=SecretStr("right"))) as bus:
            assert bus.connected


async def test_reason_that_drowned_is_asked_again() -> None:
    """A server that hangs up on whoever does not wait for its answers, as a refusal looks when its words are lost."""

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'INFO {"server_id":"S","version":"2.9.10","auth_required":true,"max_payload":1048576}\r\n')
        told = json.loads((await reader.readline()).removeprefix(b"CONNECT "))
        if told["verbose"]:
            writer.write(b"-ERR 'Authorization Violation'\r\n")
            writer.close()
        else:
            linger_not = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger_not)
            writer.transport.abort()

    async with await asyncio.start_server(refuse, "127.0.0.1") as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(BusUnavailable, match="Authorization Violation"):
            async with NatsBus(NatsSettings(url=f"nats://127.0.0.1:{port}", user="gym", password=SecretStr("wrong"))):
                pass


@pytest.mark.parametrize("patient", [False, True])
async def test_certificate_that_is_none_is_told_at_once(tmp_path: Path, patient: bool) -> None:
    rubbish = tmp_path / "ca.pem"
    rubbish.write_text("no certificate")
    with pytest.raises(SettingsError, match="SPOTTER_NATS_TLS_CA"):
        async with NatsBus(NatsSettings(tls_ca=rubbish), patient=patient):
            pass


async def test_patient_bus_finds_a_server_that_comes_later(tmp_path: Path) -> None:
    server = NatsServer(tmp_path)
    async with NatsBus(NatsSettings(url=server.url), patient=True) as bus:
        assert not bus.connected
        await bus.publish(envelope(Kind.FRAMES, "nobody hears this"))
        assert bus.unsent == {Kind.FRAMES: 1}
        subscribing = asyncio.create_task(bus.subscribe(Kind.EVENTS))
        sending = asyncio.create_task(bus.publish(envelope(Kind.EVENTS, "rep", message_id="1-0")))
        await asyncio.to_thread(server.start)
        try:
            await asyncio.wait_for(sending, 15)
            assert bus.connected
            await (await subscribing).close()
        finally:
            await asyncio.to_thread(server.stop)


async def test_patient_bus_can_be_left_before_it_finds_a_server() -> None:
    async with NatsBus(NatsSettings(url=f"nats://127.0.0.1:{free_port()}"), patient=True) as bus:
        subscribing = asyncio.create_task(bus.subscribe(Kind.EVENTS))
        await asyncio.sleep(0)
    with pytest.raises(Exception, match="bus is not open"):
        await subscribing


async def test_stream_with_other_settings_is_set_right(nats_settings: NatsSettings, nats_url: str) -> None:
    client = await nats.connect(nats_url)
    await client.jetstream().add_stream(
        StreamConfig(name="SPOTTER_POSES", subjects=["gym.v1.poses.*"], storage=StorageType.MEMORY, max_age=7)
    )
    async with NatsBus(nats_settings):
        info = await client.jetstream().stream_info("SPOTTER_POSES")
    await client.close()
    assert info.config.max_age == 60


async def test_stream_that_cannot_be_set_right_is_told(nats_settings: NatsSettings, nats_url: str) -> None:
    client = await nats.connect(nats_url)
    await client.jetstream().add_stream(
        StreamConfig(name="SPOTTER_EVENTS", subjects=["gym.v1.events.*"], storage=StorageType.MEMORY)
    )
    await client.close()
    with pytest.raises(BusUnavailable, match="streams"):
        async with NatsBus(nats_settings):
            pass


async def test_server_without_jetstream_is_told(tmp_path: Path) -> None:
    with NatsServer(tmp_path, options=()) as server, pytest.raises(BusUnavailable, match="JetStream"):
        async with NatsBus(NatsSettings(url=server.url)):
            pass


def test_taken_port_is_told(nats_server: NatsServer, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=f"port {nats_server.port}"):
        NatsServer(tmp_path / "second", nats_server.port).start()
