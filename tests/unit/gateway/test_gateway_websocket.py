from __future__ import annotations

import asyncio
import contextlib

import orjson
import pytest
from websockets.exceptions import ConnectionClosed

from proto import messages
from services.core.types import Status
from services.gateway import protocol
from tests.unit.gateway.gateway_messages import (
    camera_state,
    form_cue,
    picture,
    pose_frame,
    prediction,
    rep,
    running_gateway,
    say,
    set_ended,
    set_started,
    told,
    until,
)


async def test_a_new_client_gets_the_present_state_at_once() -> None:
    async with running_gateway() as gateway:
        for message in (
            camera_state(), picture(7), pose_frame(7, "1-1"), prediction(1), set_started(), rep(1), rep(2), form_cue(),
        ):  # fmt: skip
            gateway.stage.process(message)
        async with gateway.socket() as socket:
            await say(socket, type="subscribe", cameras="*", kinds=["events", "pictures"])
            state = await told(socket)
            assert state["type"] == "state"
            [board] = state["boards"]
            assert board["camera"]["status"] == "online"
            [person] = board["people"]
            assert (person["label"], person["confidence"]) == ("squat", 0.9)
            assert (person["current_set"]["exercise"], person["current_set"]["reps"]) == ("squat", 2)
            assert person["current_set"]["cues"][0]["message"] == "Go a little deeper"
            last_picture = await told(socket)
            assert last_picture.endswith(picture(7).jpeg), "the last picture is there before the camera gives the next"


async def test_a_picture_is_a_header_and_the_jpeg() -> None:
    async with running_gateway() as gateway, gateway.subscribed("pictures") as socket:
        gateway.stage.process(picture(3, jpeg=b"\xff\xd8abc"))
        data = await told(socket)
        length = int.from_bytes(data[:4], "big")
        assert orjson.loads(data[4 : 4 + length]) == {
            "camera_id": "front", "frame_id": 3, "captured_at": picture(3).captured_at, "width": 640, "height": 360,
        }  # fmt: skip
        assert data[4 + length :] == b"\xff\xd8abc"


async def test_poses_are_as_on_the_bus() -> None:
    async with running_gateway() as gateway, gateway.subscribed("poses") as socket:
        gateway.stage.process(pose_frame(3, "1-1", "1-2"))
        message = await told(socket)
        assert message["type"] == "poses"
        frame = messages.PoseFrame.model_validate_json(orjson.dumps(message["poses"]))
        assert (frame.frame_id, [pose.track_id for pose in frame.people]) == (3, ["1-1", "1-2"])


async def test_events_come_in_order_with_what_follows_from_them() -> None:
    async with running_gateway() as gateway, gateway.subscribed("events") as socket:
        sequence = [set_started(), rep(1), rep(2), rep(2, counted=False, revision=1), rep(2), set_ended(1)]
        for event in sequence:
            gateway.stage.process(event)
        heard = [await told(socket) for _ in range(5)]
        for message in heard:
            messages.EVENT.validate_json(orjson.dumps(message["event"]))
        assert [message["event"]["type"] for message in heard] == ["set_started", "rep", "rep", "rep", "set_ended"]
        assert [message["set"]["reps"] for message in heard] == [0, 1, 2, 1, 1]
        assert heard[3]["person"]["current_set"]["reps"] == 1
        assert heard[4]["person"]["current_set"] is None
        assert heard[4]["set"]["end"] is not None


async def test_only_what_was_asked_for_is_sent() -> None:
    async with running_gateway() as gateway, gateway.socket() as socket:
        gateway.stage.process(camera_state(camera_id="bench"))
        await say(socket, type="subscribe", cameras=["bench"], kinds=["cameras"])
        assert [board["camera"]["camera_id"] for board in (await told(socket))["boards"]] == ["bench"]
        gateway.stage.process(camera_state(Status.OFFLINE, camera_id="front", seconds=1))
        gateway.stage.process(pose_frame(1, camera_id="bench"))
        gateway.stage.process(camera_state(Status.STALLED, camera_id="bench", seconds=1))
        message = await told(socket)
        assert (message["type"], message["camera"]["status"]) == ("camera", "stalled")


async def test_a_camera_state_that_comes_late_is_not_told() -> None:
    async with running_gateway() as gateway, gateway.subscribed("cameras") as socket:
        gateway.stage.process(camera_state(Status.OFFLINE, seconds=10))
        gateway.stage.process(camera_state(Status.ONLINE, seconds=5))
        gateway.stage.process(camera_state(Status.STALLED, seconds=11))
        assert [(await told(socket))["camera"]["status"] for _ in range(2)] == ["offline", "stalled"]


async def test_a_ping_tells_the_servers_time() -> None:
    async with running_gateway() as gateway, gateway.socket() as socket:
        await say(socket, type="ping", id=12.5)
        pong = await told(socket)
        assert (pong["type"], pong["id"], pong["ready"]) == ("pong", 12.5, True)
        assert pong["server_time"] > 1_700_000_000_000_000_000


@pytest.mark.parametrize(
    ("rubbish", "code"),
    [
        ("{", "bad-json"),
        ("", "bad-json"),
        ("[1]", "bad-message"),
        ("null", "bad-message"),
        ('{"type":"dance"}', "bad-message"),
        ('{"type":"subscribe","kinds":["frames"]}', "bad-message"),
        ('{"type":"subscribe","cameras":["../etc"]}', "bad-message"),
        ('{"type":"subscribe","cameras":7}', "bad-message"),
        ('{"type":"subscribe","cameras":"*","kinds":[' + ",".join(['"poses"'] * 3000) + "]}", "too-large"),
        (b"\x00\x01", "bad-message"),
    ],
)
async def test_rubbish_is_answered_and_the_connection_stays(rubbish: str | bytes, code: str) -> None:
    async with running_gateway() as gateway, gateway.subscribed("poses") as socket:
        await socket.send(rubbish)
        answer = await told(socket)
        assert (answer["type"], answer["code"]) == ("error", code)
        assert len(answer["detail"]) > 20
        gateway.stage.process(pose_frame(1))
        assert (await told(socket))["type"] == "poses"


async def test_an_unknown_camera_is_reported_and_flows_when_it_appears() -> None:
    async with running_gateway() as gateway, gateway.socket() as socket:
        await say(socket, type="subscribe", cameras=["new"], kinds=["poses"])
        heard = [await told(socket) for _ in range(2)]
        assert [message["type"] for message in heard] == ["error", "state"]
        assert heard[0]["code"] == "unknown-camera"
        assert "new" in heard[0]["detail"]
        gateway.stage.process(pose_frame(1, camera_id="new"))
        assert (await told(socket))["poses"]["camera_id"] == "new"


async def test_who_sends_only_rubbish_is_closed() -> None:
    async with running_gateway() as gateway, gateway.socket() as socket:
        for _ in range(protocol.BAD_MESSAGES):
            await socket.send("rubbish")
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                await told(socket)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1008
        await until(lambda: len(gateway.stage.hub) == 0)


async def test_a_message_that_is_far_too_large_closes_the_connection() -> None:
    async with running_gateway() as gateway, gateway.socket() as socket:
        await socket.send("x" * (protocol.LARGEST_FRAME + 1))
        with pytest.raises(ConnectionClosed) as closed:
            await told(socket)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009
        await until(lambda: len(gateway.stage.hub) == 0)


async def test_a_client_that_leaves_is_forgotten() -> None:
    async with running_gateway() as gateway:
        async with gateway.subscribed("poses"):
            assert len(gateway.stage.hub) == 1
        await until(lambda: len(gateway.stage.hub) == 0)


async def test_a_client_that_reads_nothing_delays_nobody_and_is_cut_off() -> None:
    jpeg = bytes(60_000)
    async with running_gateway(ping_seconds=0.5) as gateway, gateway.subscribed("poses") as healthy:
        port = int(gateway.address.rsplit(":", 1)[1])
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
        writer.write(
            b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        await reader.readuntil(b"\r\n\r\n")
        subscribe = b'{"type":"subscribe"}'
        writer.write(bytes([0x81, 0x80 | len(subscribe)]) + bytes(4) + subscribe)
        with contextlib.closing(writer):
            hub = gateway.stage.hub
            await until(lambda: sum(box.wants(protocol.Kind.PICTURES, "front") for box in hub) == 1)
            for number in range(300):
                gateway.stage.process(picture(number, jpeg=jpeg))
                gateway.stage.process(pose_frame(number))
                assert (await told(healthy))["poses"]["frame_id"] == number
            assert hub.replaced[protocol.Kind.PICTURES] > 200
            await until(lambda: len(hub) == 1, seconds=5)


async def test_a_stopping_gateway_closes_its_clients() -> None:
    async with running_gateway() as gateway:
        opened = gateway.subscribed("poses")
        socket = await opened.__aenter__()
    with pytest.raises(ConnectionClosed):
        await asyncio.wait_for(socket.recv(), 5)
    await opened.__aexit__(None, None, None)
