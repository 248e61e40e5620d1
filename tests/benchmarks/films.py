"""Videos as live cameras would send them: pictures as ingest encodes them, in a file for another process.

That process then needs none of what makes them, so that its memory is that of what is measured.
"""

from __future__ import annotations

from pathlib import Path

from services.ingest.capture import Control, SourceOptions
from services.ingest.jpeg import encode
from services.ingest.pacing import Pacer
from services.ingest.settings import Camera, IngestSettings
from services.ingest.sources import open_source
from tests.benchmarks.live_cameras import FPS, Film
from tests.benchmarks.pose_throughput import make_video


def make_film(people: int) -> Path:
    """So many people, as ingest publishes them."""
    video = make_video(people)
    settings = IngestSettings(cameras=(Camera("film", str(video), real_time=False, loop=False),))
    pacer, jpegs, size = Pacer(FPS), [], (0, 0)
    for capture in open_source(settings.cameras[0].address, SourceOptions(), Control()):
        if pacer.keeps(capture.captured_at):
            image = capture.image(settings.longest_side)
            jpegs.append(encode(image, settings.jpeg_quality))
            size = (image.shape[1], image.shape[0])
    path = video.with_suffix(".film.npz")
    Film(tuple(jpegs), *size).save(path)
    return path
