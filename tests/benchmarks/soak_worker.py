"""The worker that `soak` watches: the pose stage with more live cameras than a core can do.

python -m tests.benchmarks.soak_worker FILM
"""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Final

from proto.subjects import Kind
from services.bus.codec import encode
from services.bus.memory import MemoryBus
from services.core.types import NANOSECONDS, Frame
from services.pose.process import limit_threads
from services.pose.settings import PoseSettings
from services.pose.stage import PoseStage
from services.runtime import configure_logging, run
from tests.benchmarks.live_cameras import FPS, Film, LiveCamera, send

CAMERAS: Final = 4
"""With a visitor and three people in each somewhat more than a fast core can do."""
VISIT_SECONDS: Final = 8.0
VISIT_EVERY: Final = 12.0
BROKEN_EVERY: Final = 20
SAY_SECONDS: Final = 5.0


async def visits(bus: MemoryBus, shown: Film) -> None:
    """One visitor after another; by name they come before the others, so that they are looked at."""
    rng = random.Random(0)
    for number in itertools.count():
        camera = LiveCamera(f"a-visitor-{number}", shown, begin=rng.randrange(len(shown.jpegs)))
        offset = rng.choice((-3600, -5, 0, 5, 86_400)) * NANOSECONDS
        for _ in range(round(VISIT_SECONDS * FPS)):
            frame = camera.frame()
            jpeg = frame.jpeg[:1000] if frame.frame_id % BROKEN_EVERY == 0 else frame.jpeg
            at = frame.captured_at + offset
            await bus.publish(encode(Frame(frame.camera_id, frame.frame_id, at, frame.width, frame.height, jpeg)))
            await asyncio.sleep(1 / FPS)
        await asyncio.sleep(VISIT_EVERY - VISIT_SECONDS)


async def work(path: Path) -> None:
    """Be the worker, and say now and then how many results there were."""
    limit_threads(1)
    configure_logging()
    shown = Film.load(path)
    cameras = [
        LiveCamera(f"camera-{number}", shown, begin=number * len(shown.jpegs) // CAMERAS) for number in range(CAMERAS)
    ]
    results: Counter[str] = Counter()
    async with MemoryBus() as bus, asyncio.TaskGroup() as group:
        poses = await bus.subscribe(Kind.POSES)
        group.create_task(run(PoseStage(PoseSettings()), bus))
        group.create_task(send(bus, cameras))
        group.create_task(visits(bus, shown))
        said = time.monotonic()
        async for envelope in poses:
            await poses.done(envelope)
            results["visitors" if envelope.camera_id.startswith("a-") else "cameras"] += 1
            if time.monotonic() - said > SAY_SECONDS:
                said = time.monotonic()
                print(json.dumps(results), flush=True)


if __name__ == "__main__":
    asyncio.run(work(Path(sys.argv[1])))
