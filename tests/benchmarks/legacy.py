"""What legacy MediaPipe said of clips, for `pose_agreement`: asked once, kept under var/benchmarks/legacy.

Each clip is decoded here and its pixels handed over, since two decoders alone differ by 0.4 pixels.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from services.pose.crop import Image
from services.simulator import open_scene
from tests.benchmarks.machine import FOLDER
from tests.benchmarks.pose_throughput import naive_python

LEGACY = Path(__file__).with_name("legacy_pose.py")
CACHE = FOLDER / "legacy"

CLIPS = (
    "front_raise/front_raise_001", "hip_thrust/hip_thrust_001", "lat_pulldown/lat_pulldown_001", "tricep/tricep_001",
    "dip/dip_004", "lateral_raise/lateral_raise_003", "romanian_deadlift/romanian_deadlift_003", "row/row_004",
    "biceps_curl/biceps_curl_004", "lunge/h2_lunge_001", "non_exercise/non_exercise_002",
    "overhead_press/overhead_press_003", "deadlift/deadlift_007", "jumping_jack/jumping_jack_013", "plank/plank_004",
    "pull_up/pull_up_025", "sit_up/sit_up_003", "bench_press/bench_press_019", "push_up/push_up_047",
    "other_exercise/other_exercise_041", "squat/h2_squat_015",
)  # fmt: skip
"""Of each label that has one, the first clip of one person, 3 to 12 s, 24 frames/s or more, of the source
that was used least so far, labels with few sources first: 21 labels, 17 sources."""
SIMULATED = ("squat?view=30&seed=3", "jumping_jack?view=0&seed=5", "push_up?view=80&seed=4")
SIMULATED_SECONDS = 4

Answers = dict[str, NDArray[np.float64]]
"""What `legacy_pose` describes: arrays by picture, NaN for what is not there."""


@dataclass(frozen=True)
class Clip:
    """Pictures of the same size and evenly spaced in time.

    Attributes:
        key: changes with the pixels.
        step: microseconds between two pictures.
        pictures: gives them, each time from the beginning.
    """

    name: str
    key: str
    step: int
    pictures: Callable[[], Iterator[Image]]

    def timed(self) -> Iterator[tuple[int, Image]]:
        """(captured_at, picture)."""
        for number, image in enumerate(self.pictures()):
            yield number * self.step * 1000, image


def clips() -> list[Clip]:
    data = os.environ.get("SPOTTER_DATA")
    return (
        [real(Path(data) / "clips" / f"{name}.mp4", name) for name in CLIPS]
        if data
        else [made(one) for one in SIMULATED]
    )


def real(path: Path, name: str) -> Clip:
    def pictures() -> Iterator[Image]:
        with av.open(str(path)) as container:
            for frame in container.decode(video=0):
                yield frame.to_ndarray(format="bgr24")

    with av.open(str(path)) as container:
        step = round(1e6 / float(container.streams.video[0].average_rate or 30))
    content = hashlib.sha256(path.read_bytes()).hexdigest()
    return Clip(name, f"{content[:24]}-{av.__version__}", step, pictures)


def made(spec: str) -> Clip:
    def pictures() -> Iterator[Image]:
        scene = open_scene(spec)
        for number in range(SIMULATED_SECONDS * 25):
            yield scene.render(number / 25)

    first = next(pictures())
    return Clip(spec, hashlib.sha256(first.tobytes()).hexdigest()[:24], 40_000, pictures)


class Legacy:
    """The process that has legacy MediaPipe, started when first asked for what is not kept."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def answers(self, clip: Clip, *, noise: int = 0, alone: bool = False) -> Answers:
        """What `legacy_pose` describes, of all pictures of a clip."""
        version = hashlib.sha256(LEGACY.read_bytes()).hexdigest()[:8]
        path = CACHE / f"{clip.key}-{clip.step}-{noise}-{'alone' if alone else 'followed'}-{version}.npz"
        if not path.exists():
            CACHE.mkdir(parents=True, exist_ok=True)
            partial = path.with_suffix(".part.npz")
            self._ask(clip, noise, alone, partial)
            partial.replace(path)
        with np.load(path) as stored:
            return {name: stored[name].astype(np.float64) for name in stored}

    def close(self) -> None:
        if self._process and self._process.stdin:
            self._process.stdin.close()
            self._process.wait(timeout=30)

    def _ask(self, clip: Clip, noise: int, alone: bool, out: Path) -> None:
        if self._process is None:
            self._process = subprocess.Popen(
                [naive_python(), str(LEGACY)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
        assert self._process.stdin
        assert self._process.stdout
        for number, image in enumerate(clip.pictures()):
            if not number:
                job = {"size": image.shape[:2], "step": clip.step, "noise": noise, "alone": alone, "out": str(out)}
                self._process.stdin.write(json.dumps(job).encode() + b"\n")
            self._process.stdin.write(b"\1" + image.tobytes())
        self._process.stdin.write(b"\0")
        self._process.stdin.flush()
        if self._process.stdout.readline() != b"done\n":
            raise SystemExit(f"legacy MediaPipe ended with status {self._process.wait()}")
