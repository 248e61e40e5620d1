"""Camera to WebSocket: how old poses and pictures are when a client has them, in the default configuration.

Two cameras at 15 fps, simulated and real RTSP (a GStreamer server on this machine, if installed), in one process and
as four services over NATS. Age = the client's clock at arrival minus `captured_at`, on one machine. The age of a
repetition is that of its event: arrival minus the event time of the frame that completed it. "poses" are the first of
each frame, in which people between two looks may be where they were heading; "final poses" are those that count.

The programs run with the default settings, whatever the environment says, but for `SPOTTER_POSE_RUNTIME`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import tempfile
import time
from collections import defaultdict
from contextlib import ExitStack
from pathlib import Path

import av
from rich.console import Console
from rich.table import Table
from websockets.asyncio.client import connect

from services.simulator import open_scene
from tests.benchmarks.machine import describe, save
from tests.programs import cluster, embedded

SIMULATED = ("floor=sim://demo-1", "rack=sim://demo-2")
FPS = 15
WARM_UP_SECONDS = 8.0
RTSP_CAMERA = Path(__file__).parents[1] / "rtsp_camera.py"
SYSTEM_PYTHON = "/usr/bin/python3"
"""GStreamer's bindings are in the system's Python."""

Ages = dict[str, list[float]]
"""Kind of message -> ages, ms."""


async def listen(address: str, seconds: float) -> Ages:
    """Be a dashboard for a while."""
    ages: Ages = defaultdict(list)
    shown: set[tuple[str, int]] = set()
    async with connect(f"ws://{address}/ws", max_size=None) as socket:
        await socket.send(json.dumps({"type": "subscribe", "kinds": ["pictures", "poses", "events"]}))
        begin = time.monotonic() + WARM_UP_SECONDS
        while time.monotonic() < begin + seconds:
            message = await socket.recv()
            now = time.time_ns()
            if time.monotonic() < begin:
                continue
            kind, captured_at, camera_id = read(message)
            age = (now - captured_at) / 1e6
            if kind.endswith("poses") and (camera_id, captured_at) not in shown:
                shown.add((camera_id, captured_at))
                ages["poses"].append(age)
            if captured_at and kind != "poses":
                ages[kind].append(age)
    return ages


def read(message: str | bytes) -> tuple[str, int, str]:
    """A message's kind, event time (0 for what has none) and camera."""
    if isinstance(message, bytes):
        length = int.from_bytes(message[:4], "big")
        return "picture", int(json.loads(message[4 : 4 + length])["captured_at"]), ""
    document = json.loads(message)
    match document["type"]:
        case "poses":
            poses = document["poses"]
            kind = "poses" if poses["provisional"] else "final poses"
            return kind, int(poses["captured_at"]), poses["camera_id"]
        case "event" if document["event"]["type"] == "rep":
            return "rep", int(document["event"]["captured_at"]), ""
    return document["type"], 0, ""


def measure(cameras: tuple[str, ...], seconds: float) -> dict[str, Ages]:
    """Ages by way of running: in one process, and over NATS."""
    found: dict[str, Ages] = {}
    runtime = {key: value for key, value in os.environ.items() if key == "SPOTTER_POSE_RUNTIME"}
    with tempfile.TemporaryDirectory() as folder, embedded(Path(folder), *cameras, env=runtime) as (_, address):
        found["one process"] = asyncio.run(listen(address, seconds))
    with (
        tempfile.TemporaryDirectory() as folder,
        cluster(Path(folder), " ".join(cameras), env=runtime) as (_, address, _),
    ):
        found["four services over NATS"] = asyncio.run(listen(address, seconds))
    return found


def rtsp_cameras(stack: ExitStack, folder: Path) -> tuple[str, ...]:
    """Two RTSP cameras at 720p that show the simulated gym; none where GStreamer's RTSP server is not installed."""
    mounts = []
    for name in ("demo-1", "demo-2"):
        clip = folder / f"{name}.h264"
        film(name, clip)
        mounts.append(f"/{name}={clip}@{FPS}")
    process = stack.enter_context(
        subprocess.Popen(
            [SYSTEM_PYTHON, str(RTSP_CAMERA), *mounts], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
    )
    stack.callback(process.kill)
    assert process.stdout is not None
    ready = process.stdout.readline().split()
    if ready[:1] != ["ready"]:
        print("No RTSP cameras: GStreamer's RTSP server is not installed.")
        return ()
    return tuple(f"{name}=rtsp://127.0.0.1:{ready[1]}/{name}" for name in ("demo-1", "demo-2"))


def film(scene_name: str, path: Path, seconds: int = 10) -> None:
    """Some seconds of a simulated scene at 720p as raw H.264."""
    scene = open_scene(scene_name, width=1280, height=720)
    options = {"x264-params": "aud=1:keyint=15:scenecut=0:bframes=0:repeat-headers=1", "preset": "veryfast"}
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=FPS, options=options)
        stream.width, stream.height, stream.pix_fmt = 1280, 720, "yuv420p"
        for number in range(seconds * FPS):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(scene.render(2 + number / FPS), format="bgr24")))
        container.mux(stream.encode())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0, help="length of each measurement")
    seconds = parser.parse_args().seconds
    results = {"simulated": measure(SIMULATED, seconds)}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        cameras = rtsp_cameras(stack, folder)
        if cameras:
            results["RTSP"] = measure(cameras, seconds)
    table = Table("cameras", "way", "message", "n", "p50 ms", "p99 ms", title=f"Camera to WebSocket, {describe()}")
    rows = []
    for source, ways in results.items():
        for way, ages in ways.items():
            for kind in ("poses", "final poses", "picture", "rep"):
                values = sorted(ages.get(kind, []))
                if values:
                    p50, p99 = statistics.median(values), values[min(len(values) - 1, int(len(values) * 0.99))]
                    table.add_row(source, way, kind, str(len(values)), f"{p50:.0f}", f"{p99:.0f}")
                    rows.append(
                        {"cameras": source, "way": way, "message": kind, "n": len(values), "p50_ms": p50, "p99_ms": p99}
                    )
    Console(width=120).print(table)
    save("latency", rows)


if __name__ == "__main__":
    main()
