"""Made-up video files: grey pictures that a bar crosses, or the simulated gym."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np

from services.simulator import Scene


def write_video(path: Path, *, seconds: float, fps: int = 10, scene: Scene | None = None, skip: float = 0.0) -> Path:
    """Write H.264; without a scene nobody is in it.

    Args:
        path: where to.
        seconds: how long.
        fps: pictures a second.
        scene: who is seen.
        skip: seconds of the scene before the video begins.
    """
    width, height = (scene.width, scene.height) if scene else (64, 48)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=fps)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for number in range(round(seconds * fps)):
            if scene:
                image = scene.render(skip + number / fps)
            else:
                image = np.full((height, width, 3), 90, np.uint8)
                image[:, number % width] = 200
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, "bgr24")))
        container.mux(stream.encode())
    return path
