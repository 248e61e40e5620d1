"""Ingest driven by the runtime over a bus."""

from __future__ import annotations

import asyncio
from pathlib import Path

from ingest_samples import write_video

from proto.subjects import Kind
from services.bus import Envelope
from services.bus.codec import decode
from services.bus.memory import MemoryBus
from services.core.types import CameraState, Frame, Status
from services.ingest.settings import Camera, IngestSettings
from services.ingest.stage import IngestProducer
from services.runtime import run


async def test_a_file_waits_for_its_reader_and_holds_up_no_live_camera(tmp_path: Path) -> None:
    cameras = (
        Camera("clip", str(write_video(tmp_path / "a.mp4", fps=10)), real_time=False, loop=False),
        Camera("gym", "sim://idle"),
        Camera("gone", "98"),
    )
    seen: dict[str, list[int]] = {"clip": [], "gym": []}
    async with MemoryBus() as bus, asyncio.timeout(25):
        frames = await bus.subscribe(Kind.FRAMES)
        running = asyncio.create_task(run(IngestProducer(IngestSettings(cameras=cameras)), bus))
        held: Envelope | None = None
        async for envelope in frames:
            frame = decode(envelope)
            assert isinstance(frame, Frame)
            seen[frame.camera_id].append(frame.frame_id)
            if frame.camera_id == "clip" and len(seen["gym"]) < 2:
                assert held is None, "a second frame of the file, though the first is not done"
                held = envelope
                continue
            await frames.done(envelope)
            if held and len(seen["gym"]) == 2:
                await frames.done(held)
            if frame.end_of_stream:
                break
        states = await bus.subscribe(Kind.CAMERAS)
        latest: dict[str, CameraState] = {}
        async for envelope in states:
            state = decode(envelope)
            assert isinstance(state, CameraState)
            latest[state.camera_id] = state
            await states.done(envelope)
            if len(latest) == 3:
                break
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert seen["clip"] == list(range(1, 22))
    assert latest["gone"].status is Status.OFFLINE
    assert latest["gym"].status is Status.ONLINE
