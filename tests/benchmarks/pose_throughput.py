"""From an H.264 file to PoseFrames: frames of the stream a second and core, beside the naive pipeline in the same run.

    ours         the file source in its default configuration (15 fps, longest side 1280), the codec, the pose stage:
                 what `make run` does with a camera that nobody watches
    ours, bf16   the same on OpenVINO in bf16, where the optional extra is installed and the CPU has bf16
    ours, JPEG   the first with JPEG (quality 85) in between: what the services do on a cluster
    naive        legacy MediaPipe on every frame, full-size JPEG in between (follows one person)
    naive, many  MediaPipe's tasks API for several people in place of it

Each runs as a process of its own on one and the same core; they take turns (rounds), and CPU time is what counts, so
what else the machine does matters little. Agreement is PCK@0.1: the part of the keypoints that lie within a tenth of a
trunk of the naive pipeline's, on every frame of the stream (ours interpolated in time where it was thinned out).

    python -m tests.benchmarks.pose_throughput [--rounds 5] [--video FILE:PEOPLE ...]

Without --video it makes two 720p videos: of real clips where SPOTTER_DATA is set, else of the simulator.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path

import av
import cv2
import numpy as np
from rich.console import Console
from rich.table import Table

from services.bus.codec import decode, encode
from services.core.types import NANOSECONDS, Frame, PoseFrame
from services.ingest.settings import Camera, IngestSettings
from services.ingest.stage import IngestProducer
from services.pose.mediapipe_estimator import MediaPipe
from services.pose.settings import PoseSettings, Runtime
from services.pose.stage import PoseStage
from services.simulator import open_scene
from tests.benchmarks.machine import FOLDER, describe, save

NAIVE = Path(__file__).with_name("naive_pose.py")
NAIVE_VENV = Path("var/naive-venv")
NAIVE_PACKAGES = (
    "mediapipe==0.10.21", "absl-py", "attrs", "flatbuffers", "numpy<2", "protobuf>=4.25.3,<5",
    "opencv-python-headless<5", "matplotlib", "contourpy", "cycler", "fonttools", "kiwisolver", "packaging", "pillow",
    "pyparsing", "python-dateutil", "six",
)  # fmt: skip
"""What legacy MediaPipe imports; with its own list of dependencies it would bring jax and a second cv2."""
NAIVE_PYTHON = (3, 12)
"""The newest Python that it exists for."""
SECONDS = 10
FPS = 25
REAL = {
    1: ("squat/squat_001",),
    3: ("squat/h2_squat_013", "overhead_press/h2_overhead_press_007", "lunge/h2_lunge_002"),
}
SIMULATED = {1: "squat?view=30&seed=3", 3: "squat,jumping_jack,lunge?view=20&seed=5"}
ROUND_SECONDS = 4.0


# The videos.


def make_video(people: int) -> Path:
    """A 720p H.264 video of so many people, made once."""
    data = os.environ.get("SPOTTER_DATA")
    path = FOLDER / "videos" / f"{'real' if data else 'simulated'}_{people}.mp4"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".part.mp4")
        write_video(partial, side_by_side(Path(data) / "clips", REAL[people]) if data else simulated(SIMULATED[people]))
        partial.replace(path)
    return path


def simulated(spec: str) -> Iterator[np.ndarray]:
    """A made-up gym, with a sensor's noise, without which H.264 has too little to do."""
    scene, rng = open_scene(spec, width=1280, height=720), np.random.default_rng(0)
    for number in range(SECONDS * FPS):
        noise = rng.normal(0, 3, (720, 1280, 1))
        yield np.clip(scene.render(number / FPS) + noise, 0, 255).astype(np.uint8)


def side_by_side(folder: Path, clips: Sequence[str]) -> Iterator[np.ndarray]:
    """Real clips beside each other, each scaled to fit; a short one starts again."""
    streams = [pictures(folder / f"{clip}.mp4") for clip in clips]
    width = 1280 // len(clips)
    for _ in range(SECONDS * FPS):
        canvas = np.zeros((720, 1280, 3), np.uint8)
        for place, stream in enumerate(streams):
            image = next(stream)
            scale = min(width / image.shape[1], 720 / image.shape[0])
            small = cv2.resize(
                image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
            )
            top, left = (720 - small.shape[0]) // 2, place * width + (width - small.shape[1]) // 2
            canvas[top : top + small.shape[0], left : left + small.shape[1]] = small
        yield canvas


def pictures(path: Path) -> Iterator[np.ndarray]:
    while True:
        with av.open(str(path)) as container:
            for frame in container.decode(video=0):
                yield frame.to_ndarray(format="bgr24")


def write_video(path: Path, images: Iterator[np.ndarray]) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=FPS, options={"crf": "23", "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = 1280, 720, "yuv420p"
        stream.codec_context.time_base = Fraction(1, FPS)
        for image in images:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        container.mux(stream.encode())


# Our pipeline, in a process of its own.


async def pose_frames(
    video: Path, *, jpeg: bool, loop: bool, runtime: Runtime | None = None
) -> AsyncGenerator[PoseFrame, None]:
    """Decode, thin out, encode, and back, and estimate: all that happens between a file and its PoseFrames."""
    settings = IngestSettings(cameras=(Camera("bench", str(video), real_time=False, loop=loop),))
    pose = PoseSettings() if runtime is None else PoseSettings(runtime=runtime)
    stage = PoseStage(pose, watched=lambda camera_id: False)
    [camera] = IngestProducer(settings, raw=not jpeg).producers()
    async for message in camera.produce():
        if isinstance(message, Frame):
            for made in stage.process(decode(encode(message))):
                again = decode(encode(made, within_process=not jpeg))
                if isinstance(again, PoseFrame):
                    yield again


async def work(video: Path, *, jpeg: bool) -> None:
    """Answer rounds as `naive_pose` does."""
    cv2.setNumThreads(1)
    rate = stream_rate(video)
    stream = pose_frames(video, jpeg=jpeg, loop=True)
    last = (await anext(stream)).captured_at
    print("ready", flush=True)
    for line in sys.stdin:
        first, begin, people, frames = last, time.process_time(), 0, 0
        while last - first < float(line) * NANOSECONDS:
            frame = await anext(stream)
            last, people, frames = frame.captured_at, people + len(frame.people), frames + 1
        cpu = time.process_time() - begin
        streamed = (last - first) / NANOSECONDS * rate
        print(json.dumps({"cpu": cpu, "frames": streamed, "people": people / frames}), flush=True)
    await stream.aclose()


async def found_by_us(video: Path, *, jpeg: bool, runtime: Runtime) -> dict[str, dict[int, np.ndarray]]:
    """Track -> captured_at -> (33, 2) keypoints, over one pass."""
    tracks: dict[str, dict[int, np.ndarray]] = {}
    async for frame in pose_frames(video, jpeg=jpeg, loop=False, runtime=runtime):
        for pose in frame.people:
            tracks.setdefault(pose.track_id, {})[frame.captured_at] = pose.keypoints[:, :2]
    return tracks


def stream_rate(video: Path) -> float:
    with av.open(str(video)) as container:
        return float(container.streams.video[0].average_rate or FPS)


# The comparison.


@dataclass
class Contender:
    """One pipeline and what it needs to run."""

    name: str
    command: list[str]
    runtime: str = "onnxruntime"

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {"SPOTTER_POSE_RUNTIME": self.runtime}


def naive_python() -> str:
    """The Python that has legacy MediaPipe, set up once."""
    python = NAIVE_VENV / "bin" / "python"
    if not (NAIVE_VENV / "ready").exists():
        base = sys.executable
        if sys.version_info[:2] > NAIVE_PYTHON:
            base = shutil.which("python3.12") or shutil.which("python3.11") or sys.exit("needs a Python 3.11 or 3.12")
        subprocess.run([base, "-m", "venv", "--clear", str(NAIVE_VENV)], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "--no-deps", *NAIVE_PACKAGES], check=True)
        (NAIVE_VENV / "ready").touch()
    return str(python)


def contenders(video: Path, people: int) -> list[Contender]:
    bundle = FOLDER / "pose_landmarker.task"
    bundle.write_bytes(MediaPipe().bundle)
    ours = [sys.executable, "-m", "tests.benchmarks.pose_throughput", "--work", str(video)]
    many = [sys.executable, str(NAIVE), str(video), "tasks", "--bundle", str(bundle), "--people", str(people)]
    return [
        Contender("naive", [naive_python(), str(NAIVE), str(video), "legacy"]),
        *([Contender("naive, many", many)] if people > 1 else []),
        Contender("ours", ours),
        *([Contender("ours, bf16", ours, "openvino")] if find_spec("openvino") else []),
        Contender("ours, JPEG", [*ours, "--jpeg"]),
    ]


class Worker:
    """A contender's process, pinned to one core."""

    def __init__(self, contender: Contender, core: int) -> None:
        self.process = subprocess.Popen(
            contender.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=contender.environment,
        )
        os.sched_setaffinity(self.process.pid, {core})
        self._line()

    def round(self, seconds: float) -> dict[str, float]:
        """CPU time and frames of so many seconds of video."""
        assert self.process.stdin
        self.process.stdin.write(f"{seconds}\n")
        self.process.stdin.flush()
        answer: dict[str, float] = json.loads(self._line())
        return answer

    def close(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait(timeout=30)

    def _line(self) -> str:
        """The next line that is an answer; what is logged comes between."""
        assert self.process.stdout
        for line in self.process.stdout:
            if line == "ready\n" or line.startswith('{"cpu"'):
                return line
        raise SystemExit(f"{self.process.args} ended with status {self.process.wait()}")


def measured(video: Path, people: int, rounds: int) -> list[dict[str, object]]:
    core = max(os.sched_getaffinity(0))
    every = contenders(video, people)
    workers = [Worker(contender, core) for contender in every]
    answers: list[list[dict[str, float]]] = [[] for _ in every]
    for number in range(rounds + 1):
        for worker, rows in zip(workers, answers, strict=True):
            row = worker.round(ROUND_SECONDS)
            if number:  # the first warms up
                rows.append(row)
    for worker in workers:
        worker.close()
    rates = [[row["frames"] / row["cpu"] for row in rows] for rows in answers]
    result: list[dict[str, object]] = []
    for contender, rows, own in zip(every, answers, rates, strict=True):
        result.append({
            "video": video.stem,
            "people": people,
            "pipeline": contender.name,
            "frames_per_second_and_core": statistics.median(own),
            "cpu_ms_per_frame": statistics.median(1000 / rate for rate in own),
            "people_found": statistics.median(row["people"] for row in rows),
            "times_naive": statistics.median(mine / theirs for mine, theirs in zip(own, rates[0], strict=True)),
            "pck_to_naive": None,
        })  # fmt: skip
    return result


def agreement(tracks: dict[str, dict[int, np.ndarray]], naive: Path, video: Path) -> float:
    """PCK@0.1 over the frames and people that the naive pipeline found."""
    stored = np.load(naive)
    width, height = 1280, 720
    hits = []
    for number, true in zip(stored["frame"], stored["keypoints"] * (width, height), strict=True):
        moment = round(int(number) / float(stored["fps"]) * NANOSECONDS)
        trunk = float(np.hypot(*((true[11] + true[12] - true[23] - true[24]) / 2)))
        here = [interpolated(track, moment) for track in tracks.values()]
        apart = [np.hypot(*(one * (width, height) - true).T) for one in here if one is not None]
        hits.append(min(apart, key=np.mean) < 0.1 * trunk if apart else np.zeros(33, bool))
    return float(np.mean(hits)) if hits else float("nan")


def interpolated(track: dict[int, np.ndarray], moment: int) -> np.ndarray | None:
    """Where a track's keypoints are at a moment between two of its frames."""
    times = np.array(list(track))
    after = int(np.searchsorted(times, moment))
    if after < len(times) and abs(times[after] - moment) < 1e6:
        return track[int(times[after])]
    if after in (0, len(times)) or times[after] - times[after - 1] > 0.3 * NANOSECONDS:
        return None
    before, then = int(times[after - 1]), int(times[after])
    part = (moment - before) / (then - before)
    return track[before] * (1 - part) + track[then] * part


def add_agreement(rows: list[dict[str, object]], video: Path, people: int) -> None:
    stored = FOLDER / f"naive_{video.stem}.npz"
    theirs = next(one for one in contenders(video, people) if one.name == ("naive, many" if people > 1 else "naive"))
    subprocess.run([*theirs.command, "--poses", str(stored)], check=True, stderr=subprocess.DEVNULL)
    for contender in contenders(video, people):
        if contender.name.startswith("ours"):
            row = next(row for row in rows if row["pipeline"] == contender.name)
            jpeg, runtime = "--jpeg" in contender.command, Runtime(contender.runtime)
            row["pck_to_naive"] = agreement(asyncio.run(found_by_us(video, jpeg=jpeg, runtime=runtime)), stored, video)


def table(rows: Sequence[dict[str, object]]) -> Table:
    shown = Table(title=f"H.264 720p file to PoseFrames, one core of {describe()}")
    for column in ("video", "pipeline", "frames/s", "CPU ms/frame", "x naive", "people found", "PCK@0.1 to naive"):
        shown.add_column(column, justify="left" if column in ("video", "pipeline") else "right")
    for row in rows:
        pck = row["pck_to_naive"]
        shown.add_row(
            str(row["video"]), str(row["pipeline"]),
            f"{row['frames_per_second_and_core']:.0f}", f"{row['cpu_ms_per_frame']:.1f}", f"{row['times_naive']:.2f}",
            f"{row['people_found']:.2f}", "" if pck is None else f"{pck:.3f}",
        )  # fmt: skip
    return shown


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--video", action="append", help="FILE:PEOPLE, a 720p H.264 file")
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--jpeg", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.work:
        asyncio.run(work(arguments.work, jpeg=arguments.jpeg))
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    named = [video.rsplit(":", 1) for video in arguments.video or []]
    videos = [(Path(name), int(people)) for name, people in named] or [
        (make_video(people), people) for people in (1, 3)
    ]
    rows: list[dict[str, object]] = []
    for video, people in videos:
        rows += measured(video, people, arguments.rounds)
        add_agreement([row for row in rows if row["video"] == video.stem], video, people)
    Console().print(table(rows))
    save("pose_throughput", rows)


if __name__ == "__main__":
    main()
