"""Fan-out to many browsers: how late poses and pictures are at N clients of 8 cameras, and what it costs the gateway.

    python -m tests.benchmarks.websocket_fanout

The gateway runs in a process of its own and is fed in it, 15 frames a second and camera with four people each; the
clients share one process on the same machine. The peer is what a tutorial does: a list of sockets, and for each message
one `send_json` to each of them in turn. Age = the client's clock at arrival minus the time of publishing.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import multiprocessing
import os
import re
import statistics
import struct
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import cast

import numpy as np
import orjson
import psutil
import uvloop
from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from rich.console import Console
from rich.table import Table

from services.bus import codec
from services.core.types import Command, Picture, Pose, PoseFrame
from services.gateway.app import create_app
from services.gateway.server import GatewayServer
from services.gateway.settings import GatewaySettings
from services.gateway.stage import GatewayStage
from tests.benchmarks.machine import describe, save

CAMERAS = 8
FPS = 15
PEOPLE = 4
PICTURE_BYTES = 40_000
WARM_UP_SECONDS = 2.0
PUBLISHED = re.compile(rb'"captured_at":(\d+)')


@dataclass(frozen=True, slots=True)
class Load:
    """One row: so many clients, of which so many never read, of these kinds, at this server."""

    server: str
    clients: int
    kinds: tuple[str, ...] = ("poses",)
    dead: int = 0


LOADS = (
    Load("tutorial", 50),
    Load("gateway", 50),
    Load("tutorial", 150),
    Load("gateway", 150),
    Load("gateway", 150, dead=15),
    Load("gateway", 10, kinds=("poses", "pictures")),
)


def pose_frame(camera: int, number: int) -> PoseFrame:
    generator = np.random.default_rng(number % 15)
    people = tuple(
        Pose(
            f"1-{person}",
            np.array([0.1, 0.1, 0.3, 0.9], np.float32),
            0.9,
            generator.random((33, 3)).round(4).astype(np.float32),
            generator.random(33).round(3).astype(np.float32),
            generator.random((33, 3)).round(4).astype(np.float32),
        )
        for person in range(PEOPLE)
    )
    return PoseFrame(f"camera-{camera}", number, time.time_ns(), 960, 540, people)


async def publish(take: Callable[[PoseFrame | Picture], Awaitable[None]]) -> None:
    """Publish all cameras' messages, evenly spread, for ever."""
    jpeg = os.urandom(PICTURE_BYTES)
    start = time.monotonic()
    for number in range(1_000_000):
        for camera in range(CAMERAS):
            await asyncio.sleep(max(0.0, start + (number + camera / CAMERAS) / FPS - time.monotonic()))
            frame = pose_frame(camera, number)
            await take(Picture(frame.camera_id, number, frame.captured_at, 960, 540, jpeg))
            await take(frame)


async def nowhere(command: Command) -> None:
    """Nothing is asked of this gateway."""


async def serve_gateway(told: Connection) -> None:
    stage = GatewayStage()
    settings = GatewaySettings(port=0)

    async def take(message: PoseFrame | Picture) -> None:
        stage.process(message)

    async with GatewayServer(create_app(stage, settings, ready=lambda: True, publish=nowhere), settings) as server:
        told.send(server.address)
        await publish(take)


async def serve_tutorial(told: Connection) -> None:
    app, sockets = FastAPI(), list[WebSocket]()

    @app.websocket("/ws")
    async def watch(socket: WebSocket) -> None:
        await socket.accept()
        sockets.append(socket)
        try:
            while True:
                await socket.receive_text()
        except WebSocketDisconnect:
            sockets.remove(socket)

    async def take(message: PoseFrame | Picture) -> None:
        if isinstance(message, PoseFrame):
            document = orjson.loads(codec.encode(message).body)
            for socket in list(sockets):
                await socket.send_json({"type": "poses", "poses": document})

    async with GatewayServer(app, GatewaySettings(port=0)) as server:
        told.send(server.address)
        await publish(take)


def run_server(name: str, told: Connection) -> None:
    uvloop.run(serve_gateway(told) if name == "gateway" else serve_tutorial(told))


class Client(asyncio.Protocol):
    """The least that a WebSocket client can be, so that measuring costs little."""

    def __init__(self, kinds: tuple[str, ...], *, dead: bool) -> None:
        self.ages: list[float] = []
        self.received = 0
        self._subscribe = orjson.dumps({"type": "subscribe", "kinds": list(kinds)})
        self._dead = dead
        self._buffer = bytearray()
        self._open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are none by inheritance.
        self._transport = transport = cast(asyncio.Transport, transport)
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(
            f"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        now = time.time_ns()
        buffer = self._buffer
        buffer += data
        if not self._open:
            if (end := buffer.find(b"\r\n\r\n")) < 0:
                return
            del buffer[: end + 4]
            self._open = True
            self._send(0x81, self._subscribe)
            if self._dead:
                self._transport.pause_reading()
        while len(buffer) >= 2:
            length, head = buffer[1] & 127, 2
            if length == 126:
                length, head = struct.unpack_from("!H", buffer, 2)[0] if len(buffer) >= 4 else 1 << 62, 4
            elif length == 127:
                length, head = struct.unpack_from("!Q", buffer, 2)[0] if len(buffer) >= 10 else 1 << 62, 10
            if len(buffer) < head + length:
                return
            if buffer[0] & 15 == 9:
                self._send(0x8A, bytes(buffer[head : head + length]))
            elif found := PUBLISHED.search(buffer, head, head + min(length, 400)):
                self.received += 1
                self.ages.append((now - int(found[1])) / 1e6)
            del buffer[: head + length]

    def _send(self, opcode: int, payload: bytes) -> None:
        # A mask of zeros is a mask.
        self._transport.write(bytes([opcode, 0x80 | len(payload)]) + bytes(4) + payload)


async def measure(load: Load, seconds: float) -> dict[str, object]:
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=run_server, args=(load.server, theirs), daemon=True)
    process.start()
    try:
        port = int((await asyncio.to_thread(ours.recv)).rsplit(":", 1)[1])
        loop = asyncio.get_running_loop()
        clients = []
        for number in range(load.clients):
            dead = number < load.dead
            _, client = await loop.create_connection(lambda dead=dead: Client(load.kinds, dead=dead), "127.0.0.1", port)
            clients.append(client)
        await asyncio.sleep(WARM_UP_SECONDS)
        server = psutil.Process(process.pid)
        for client in clients:
            client.ages.clear()
        cpu, memory, begin = sum(server.cpu_times()[:2]), server.memory_info().rss, time.monotonic()
        await asyncio.sleep(seconds)
        passed = time.monotonic() - begin
        ages = [age for client in clients for age in client.ages]
        wanted = (load.clients - load.dead) * CAMERAS * FPS * len(load.kinds) * passed
        cuts = statistics.quantiles(ages, n=100) if len(ages) > 1 else [float("nan")] * 99
        return {
            "server": load.server,
            "clients": load.clients,
            "never_read": load.dead,
            "kinds": "+".join(load.kinds),
            "per_s": round(len(ages) / passed),
            "delivered": round(len(ages) / wanted, 3),
            "p50_ms": round(cuts[49], 1),
            "p99_ms": round(cuts[98], 1),
            "cpu_%": round((sum(server.cpu_times()[:2]) - cpu) / passed * 100),
            "grown_mb": round((server.memory_info().rss - memory) / 2**20, 1),
        }
    finally:
        process.terminate()
        process.join()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seconds", type=float, default=5.0, help="how long to measure each row")
    seconds = parser.parse_args().seconds
    rows = [uvloop.run(measure(load, seconds)) for load in LOADS]
    table = Table(title=f"WebSocket fan-out of {CAMERAS} cameras at {FPS} fps\n{describe()}")
    for name in rows[0]:
        table.add_column(name.replace("_", " "), justify="right")
    for row in rows:
        table.add_row(*map(str, row.values()))
    Console(width=120).print(table)
    Console().print(f"written to {save('websocket_fanout', rows)}")


if __name__ == "__main__":
    main()
