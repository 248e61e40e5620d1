"""Twice as many live cameras as one core can do: how old results are, what is shed, and that nobody starves.

The pose stage runs as it does in service, over the in-memory bus, in a process pinned to one core; the cameras'
pictures are encoded beforehand. How many cameras are twice too many is measured first, by how long a frame takes there
when nothing is shed. Other programs on the core change that: "core" is the part of it that we had, "times" how many
times as much was asked of that.

    governed      as shipped: rates are lowered, then cameras paused (services/pose/load.py)
    not governed  the same stage, which sheds nothing: only the bus drops frames, newest wins
    one queue     what a tutorial does: every frame in one queue, first come, first served

Age of a result = now minus `captured_at` when its PoseFrame is published. Age of the newest = now minus `captured_at`
of the newest PoseFrame of a camera, looked at every 20 ms for every camera that is not paused. Looks and results a
second are those of the cameras that were never paused: of the one with the fewest, and of the one with the most.

    python -m tests.benchmarks.overload [--times 2] [--people 3] [--seconds 60]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import os
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from rich.console import Console
from rich.table import Table

from proto.subjects import Kind
from services.bus.codec import decode, encode
from services.bus.memory import MemoryBus
from services.core.types import Frame, PoseFrame
from services.pose.load import Load, Verdict
from services.pose.process import limit_threads
from services.pose.settings import PoseSettings
from services.pose.stage import PoseStage
from services.runtime import run
from tests.benchmarks.films import make_film
from tests.benchmarks.live_cameras import FPS, Film, LiveCamera, seconds_per_frame, send
from tests.benchmarks.machine import describe, save

WARM_UP: Final = 20.0
"""Seconds in which the governor finds out what is enough; their ages are reported by themselves."""
LOOK: Final = 0.02
WAYS: Final = ("governed", "not governed", "one queue")


class CountedLoad(Load):
    """A governor whose decisions are counted: (camera, verdict) -> frames."""

    verdicts: Counter[tuple[str, Verdict]]

    def admit(self, camera_id: str, frame_id: int, captured_at: int, now: float) -> Verdict:
        verdict = super().admit(camera_id, frame_id, captured_at, now)
        self.verdicts[camera_id, verdict] += 1
        return verdict


@dataclass
class Seen:
    """What a reader of the results saw; ages in ms."""

    load: Load
    warm: bool = False
    first: list[float] = field(default_factory=list)
    final: list[float] = field(default_factory=list)
    newest: list[float] = field(default_factory=list)
    warm_up: list[float] = field(default_factory=list)
    frames: Counter[str] = field(default_factory=Counter)
    people: int = 0
    newest_at: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    async def read(self, bus: MemoryBus) -> None:
        """Take results as they come; the first of a frame may be provisional."""
        poses = await bus.subscribe(Kind.POSES)
        async for envelope in poses:
            await poses.done(envelope)
            frame = decode(envelope)
            assert isinstance(frame, PoseFrame)
            age = (time.time_ns() - frame.captured_at) / 1e6
            if self.warm and frame.captured_at > self.newest_at[frame.camera_id]:
                self.first.append(age)
            self.newest_at[frame.camera_id] = max(self.newest_at[frame.camera_id], frame.captured_at)
            if self.warm and not frame.provisional:
                self.final.append(age)
                self.frames[frame.camera_id] += 1
                self.people += len(frame.people)

    async def look(self) -> None:
        """See every now and then how old the newest is that there is."""
        while True:
            await asyncio.sleep(LOOK)
            now, paused = time.time_ns(), self.load.level.paused
            ages = [(now - at) / 1e6 for camera_id, at in self.newest_at.items() if camera_id not in paused]
            (self.newest if self.warm else self.warm_up).extend(ages)


async def one_queue(stage: PoseStage, bus: MemoryBus, cameras: Sequence[LiveCamera]) -> None:
    """First come, first served; the frames wait as a file's would."""
    queue: asyncio.Queue[Frame] = asyncio.Queue()
    frames = await bus.subscribe(Kind.FRAMES)
    loop = asyncio.get_running_loop()

    async def fill() -> None:
        start, sent = time.monotonic(), 0
        while True:
            camera = cameras[sent % len(cameras)]
            await asyncio.sleep(max(0.0, start + sent / len(cameras) / camera.fps - time.monotonic()))
            sent += 1
            queue.put_nowait(camera.frame(live=False))

    async with asyncio.TaskGroup() as group:
        group.create_task(frames.close())
        group.create_task(fill())
        while True:
            frame = await queue.get()
            for result in await loop.run_in_executor(None, stage.process, frame):
                await bus.publish(encode(result))


async def as_shipped(stage: PoseStage, bus: MemoryBus, cameras: Sequence[LiveCamera]) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(run(stage, bus))
        group.create_task(send(bus, cameras))


async def measure(way: str, cameras: Sequence[LiveCamera], seconds: float) -> dict[str, object]:
    """Run one way for a while."""
    load = CountedLoad(full=math.inf if way == "not governed" else 0.9)
    load.verdicts = Counter()
    stage, seen = PoseStage(PoseSettings(), load=load), Seen(load)
    async with MemoryBus() as bus:
        work = one_queue if way == "one queue" else as_shipped
        tasks = [asyncio.create_task(one) for one in (seen.read(bus), seen.look(), work(stage, bus, cameras))]
        await asyncio.sleep(WARM_UP)
        seen.warm = True
        before, cpu, began = load.verdicts.copy(), time.process_time(), time.monotonic()
        sent = sum(camera.sent for camera in cameras)
        await asyncio.sleep(seconds)
        wall = time.monotonic() - began
        verdicts = load.verdicts - before
        offered = sum(camera.sent for camera in cameras) - sent
        core = (time.process_time() - cpu) / wall
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    going = [camera.camera_id for camera in cameras if not verdicts[camera.camera_id, Verdict.PRIORITY]]
    looks = [verdicts[camera_id, Verdict.LOOK] / wall for camera_id in going]
    results = [seen.frames[camera_id] / wall for camera_id in going]
    by_verdict = {one: sum(count for (_, verdict), count in verdicts.items() if verdict is one) for one in Verdict}
    return {
        "way": way,
        "core": core,
        "frames": offered,
        "replaced": offered - verdicts.total() if verdicts else None,
        **{f"shed_{one}": count for one, count in by_verdict.items() if one is not Verdict.LOOK},
        "looks_per_camera": [min(looks), max(looks)] if verdicts else None,
        "results_per_camera": [min(results), max(results)],
        "paused": list(load.level.paused),
        "slack": load.level.slack,
        "people": seen.people / max(1, seen.frames.total()),
        "first_ms": spread(seen.first),
        "final_ms": spread(seen.final),
        "newest_ms": spread(seen.newest),
        "newest_warm_up_ms": spread(seen.warm_up),
    }


def spread(values: Sequence[float]) -> dict[str, float]:
    p50, p99, most = np.quantile(values, (0.5, 0.99, 1.0)) if values else (math.nan,) * 3
    return {"p50": float(p50), "p99": float(p99), "max": float(most)}


def work(arguments: argparse.Namespace) -> dict[str, object]:
    """What a process of its own does: one way, or the measuring before."""
    limit_threads(1)
    shown = Film.load(arguments.film)
    count = arguments.cameras or 4
    cameras = [
        LiveCamera(f"camera-{number:02}", shown, begin=number * len(shown.jpegs) // count) for number in range(count)
    ]
    if not arguments.cameras:
        cpu, wall = seconds_per_frame(PoseStage(PoseSettings()).process, cameras)
        return {"cpu": cpu, "wall": wall}
    return asyncio.run(measure(arguments.work, cameras, arguments.seconds))


def in_process(core: int, *words: str) -> dict[str, object]:
    """Run this program with other arguments on one core, and take its answer."""
    command = [sys.executable, "-m", "tests.benchmarks.overload", *words]
    done = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, text=True, preexec_fn=lambda: os.sched_setaffinity(0, {core})
    )
    answer: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return answer


def table(rows: Sequence[dict[str, object]], title: str) -> Table:
    shown = Table(title=title)
    for column in (
        "",
        "core",
        "times",
        "replaced",
        "shed: rate",
        "paused",
        "looks/s",
        "results/s",
        "first ms",
        "final ms",
    ):
        shown.add_column(column, justify="left" if not column else "right")
    for column in ("newest ms", "in warm-up"):
        shown.add_column(column, justify="right")
    for row in rows:
        frames = row["frames"]
        assert isinstance(frames, int)
        replaced, rate, paused = (part(row[name], frames) for name in ("replaced", "shed_rate", "shed_priority"))
        shown.add_row(
            str(row["way"]), f"{row['core']:.2f}", f"{row['times']:.1f}", replaced, rate, paused,
            pair(row["looks_per_camera"]), pair(row["results_per_camera"]),
            *(age(row[f"{name}_ms"]) for name in ("first", "final", "newest", "newest_warm_up")),
        )  # fmt: skip
    return shown


def part(count: object, of: int) -> str:
    return f"{count / of:.0%}" if isinstance(count, int) else ""


def pair(values: object) -> str:
    return f"{values[0]:.1f} - {values[1]:.1f}" if isinstance(values, list) else ""


def age(values: object) -> str:
    assert isinstance(values, dict)
    return f"{values['p50']:.0f} / {values['p99']:.0f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=float, default=2.0, help="how much more than the core can do")
    parser.add_argument("--people", type=int, choices=(1, 3), default=3)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--work", help=argparse.SUPPRESS)
    parser.add_argument("--film", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--cameras", type=int, default=0, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.work:
        print(json.dumps(work(arguments)), flush=True)
        return
    core = max(os.sched_getaffinity(0))
    shown = ("--film", str(make_film(arguments.people)))
    cost = in_process(core, *shown, "--work", "cost")
    cpu, wall = float(str(cost["cpu"])), float(str(cost["wall"]))
    cameras = max(2, round(arguments.times / wall / FPS))
    words = (*shown, "--cameras", str(cameras), "--seconds", str(arguments.seconds))
    rows = [in_process(core, *words, "--work", way) for way in WAYS]
    for row in rows:
        row |= {"cameras": cameras, "cpu_ms_per_frame": 1000 * cpu}
        row["times"] = cameras * FPS * cpu / float(str(row["core"]))
    title = (
        f"{cameras} cameras of {FPS:g} fps, people in each: {arguments.people}; {1000 * cpu:.1f} ms of CPU a frame; "
        f"one core of {describe()}; ages p50 / p99"
    )
    Console(width=160).print(table(rows, title))
    save("overload", rows)


if __name__ == "__main__":
    main()
