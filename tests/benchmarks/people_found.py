"""How many of several people in one view are found, how many are invented, and at what CPU time.

The videos of `composites` (real people of known places, and the simulator's) go through the default configuration from
the file to the PoseFrames: ingest's file source, once and as fast as it goes, and the pose stage. Beside it MediaPipe's
tasks API for six people behind the same ingest, ids and smoothing (``SPOTTER_POSE_BACKEND=mediapipe``), and legacy
MediaPipe, which sees one person, on every frame. Theirs is kept after the first run; ``--peers`` measures it again.

A person is asked for in a frame in which half of them or more is seen, from 1.0 s after they came (or came back after
1.0 s); found is who has a pose with keypoints on average within a quarter of the trunk of the true ones, or with an
object keypoint similarity (COCO's, on the 17 points that it shares with BlazePose) of 0.5 or more; one pose for each
person, the best assignment of all. A pose on somebody who is not asked for is not held against anybody; any other is
wrong.

    python -m tests.benchmarks.people_found [--split dev|test] [--quick] [--scene NAME ...] [--missed] [--peers]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import subprocess
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypedDict

import cv2
import numpy as np
import structlog
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from scipy.optimize import linear_sum_assignment

from services.core.skeleton import INDEX
from services.core.types import NANOSECONDS, Frame, PoseFrame
from services.ingest.settings import Camera, IngestSettings
from services.ingest.stage import IngestProducer
from services.pose.settings import Backend, PoseSettings
from services.pose.stage import PoseStage
from tests.benchmarks.composites import HEIGHT, WIDTH, Floats, Truth, truths
from tests.benchmarks.machine import FOLDER, describe, save
from tests.benchmarks.pose_throughput import NAIVE, naive_python

ALLOWANCE_SECONDS: Final = 1.0
"""Time to find somebody who came."""
NEAR: Final = 0.25
"""Trunks."""
ALIKE: Final = 0.5
"""Object keypoint similarity."""
BANDS: Final = ((0.0, 0.25), (0.25, 0.4), (0.4, 1.0))
"""Heights of people, 0-1 of the picture's; the smallest in the scenes is about 0.15, the largest 0.8."""
QUICK: Final = ("four", "far", "floor", "joining", "crowd", "room")
STORED: Final = FOLDER / "found"
_COCO: Final = {
    "nose": 0.026, "left_eye": 0.025, "right_eye": 0.025, "left_ear": 0.035, "right_ear": 0.035,
    "left_shoulder": 0.079, "right_shoulder": 0.079, "left_elbow": 0.072, "right_elbow": 0.072,
    "left_wrist": 0.062, "right_wrist": 0.062, "left_hip": 0.107, "right_hip": 0.107,
    "left_knee": 0.087, "right_knee": 0.087, "left_ankle": 0.089, "right_ankle": 0.089,
}  # fmt: skip
"""Keypoint -> sigma of COCO's keypoint evaluation (https://cocodataset.org/#keypoints-eval)."""
_POINTS: Final = [INDEX[name] for name in _COCO]
_VARIANCES: Final = (2 * np.array(list(_COCO.values()))) ** 2


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What a pipeline said of a video.

    Attributes:
        seconds: (N,) time of each answer.
        people: for each answer (P, 33, 2) keypoints, pixels.
        tracks: for each answer the P track ids.
        cpu: seconds of CPU time, start-up left out.
        frames: of the video's own, that this was for.
    """

    seconds: list[float]
    people: list[Floats]
    tracks: list[list[str]]
    cpu: float
    frames: int


# The pipelines.


def found_by_us(truth: Truth, settings: PoseSettings | None = None) -> Found:
    """Decode, thin out and estimate as one process does, every setting at its default unless others are given."""
    return asyncio.run(_found_by_us(truth, settings or PoseSettings()))


async def _found_by_us(truth: Truth, settings: PoseSettings) -> Found:
    stage = PoseStage(settings, watched=lambda camera_id: False)
    camera = Camera("bench", str(truth.video), real_time=False, loop=False)
    [producer] = IngestProducer(IngestSettings(cameras=(camera,)), raw=True).producers()
    frames: list[PoseFrame] = []
    begin = time.process_time()
    async for message in producer.produce():
        if isinstance(message, Frame):
            frames += [made for made in stage.process(message) if isinstance(made, PoseFrame)]
    frames += [made for made in stage.close() if isinstance(made, PoseFrame)]
    cpu = time.process_time() - begin
    frames = [frame for frame in frames if not frame.end_of_stream]
    return Found(
        [frame.captured_at / NANOSECONDS for frame in frames],
        [_keypoints(pose.keypoints[:, :2] for pose in frame.people) for frame in frames],
        [[pose.track_id for pose in frame.people] for frame in frames],
        cpu,
        len(truth.seconds),
    )


def _keypoints(people: Iterable[NDArray[np.float32]]) -> Floats:
    """(P, 33, 2) pixels from normalised ones."""
    return np.array([person * (WIDTH, HEIGHT) for person in people], np.float64).reshape(-1, 33, 2)


def found_by_tasks(truth: Truth) -> Found:
    """MediaPipe's tasks API for six people, in our pipeline."""
    return found_by_us(truth, PoseSettings(backend=Backend.MEDIAPIPE, max_people=6))


def found_by_legacy(truth: Truth) -> Found:
    """Legacy MediaPipe on every frame: a pass for the poses and a pass for the time."""
    poses = STORED / f"{truth.video.stem}.part.npz"
    command = [naive_python(), str(NAIVE), str(truth.video), "legacy"]
    subprocess.run([*command, "--poses", str(poses)], check=True, stderr=subprocess.DEVNULL)
    seconds = 3.0
    timed = subprocess.run(
        command, input=f"{seconds}\n", check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    answer = json.loads(timed.stdout.splitlines()[-1])
    count = len(truth.seconds)
    with np.load(poses) as values:
        people = [_keypoints(values["keypoints"][values["frame"] == number]) for number in range(count)]
    poses.unlink()
    return Found(
        truth.seconds.tolist(), people, [["1"] * len(some) for some in people],
        answer["cpu"] / answer["frames"] * count, count,
    )  # fmt: skip


PEERS: Final = {"MediaPipe tasks, 6": found_by_tasks, "legacy MediaPipe": found_by_legacy}


def found_by_peer(name: str, truth: Truth, *, again: bool = False) -> Found:
    """What a peer said, from the store unless it is to be measured again."""
    stored = STORED / f"{name.replace(' ', '_').replace(',', '')}_{truth.video.stem}.npz"
    STORED.mkdir(parents=True, exist_ok=True)
    if again or not stored.exists() or stored.stat().st_mtime < truth.video.stat().st_mtime:
        found = PEERS[name](truth)
        np.savez_compressed(
            stored, seconds=found.seconds, people=np.concatenate(found.people),
            tracks=[track for some in found.tracks for track in some],
            counts=[len(some) for some in found.people], cpu=found.cpu, frames=found.frames,
        )  # fmt: skip
    with np.load(stored) as values:
        ends = np.cumsum(values["counts"])[:-1]
        return Found(
            values["seconds"].tolist(), np.split(values["people"], ends),
            [part.tolist() for part in np.split(values["tracks"], ends)],
            float(values["cpu"]), int(values["frames"]),
        )  # fmt: skip


# The comparison.


@dataclass(frozen=True, slots=True, eq=False)
class Matches:
    """A pipeline's answers against the truth of one video, for N answers and P people.

    Attributes:
        at: (N,) the truth's frame of each answer.
        asked: (N, P) who has to be found.
        settled: (N, P) the same without who came in the last second.
        poses: (N, P) index of the pose that shows each person, or -1.
        wrong: (N,) poses that show nobody.
    """

    at: NDArray[np.int64]
    asked: NDArray[np.bool_]
    settled: NDArray[np.bool_]
    poses: NDArray[np.int64]
    wrong: NDArray[np.int64]


def matched(truth: Truth, found: Found) -> Matches:
    """Assign poses to people in every answer."""
    fps = 1 / (truth.seconds[1] - truth.seconds[0])
    at = np.clip(np.round(np.array(found.seconds) * fps), 0, len(truth.seconds) - 1).astype(int)
    settled = _settled(truth, fps)[at]
    asked = truth.counted[at]
    poses = np.full(asked.shape, -1)
    wrong = np.zeros(len(at), int)
    for row, (frame, people) in enumerate(zip(at, found.people, strict=True)):
        there = np.flatnonzero(truth.share[frame] > 0)
        values = [[likeness(truth, int(frame), int(number), pose) for pose in people] for number in there]
        alike = np.array(values, np.float64).reshape(len(there), len(people))
        # Whoever is asked for goes first.
        worth = alike + 10.0 * (asked[row, there, None] & (alike > 0))
        left = set(range(len(people)))
        for number, pose in zip(*linear_sum_assignment(-worth), strict=True):
            if alike[number, pose] > 0:
                poses[row, there[number]] = pose
                left.discard(int(pose))
        wrong[row] = len(left)
    return Matches(at, asked, settled, poses, wrong)


def _settled(truth: Truth, fps: float) -> NDArray[np.bool_]:
    """(F, P) who is asked for and did not come within the allowance."""
    pause = round(ALLOWANCE_SECONDS * fps)
    settled = truth.counted.copy()
    for number in range(settled.shape[1]):
        away, since = pause, 0
        for frame, seen in enumerate(truth.share[:, number] >= 0.5):
            if not seen:
                away += 1
            elif away >= pause:
                away, since = 0, frame
            else:
                away = 0
            settled[frame, number] &= frame - since >= pause
    return settled


def likeness(truth: Truth, frame: int, number: int, pose: Floats) -> float:
    """0 where a pose does not show a person, else more the better it does."""
    true, box = truth.keypoints[frame, number], truth.boxes[frame, number]
    if not truth.trusted[frame, number]:
        middle = pose[[INDEX["left_hip"], INDEX["right_hip"]]].mean(0)
        return 0.01 * float(((box[:2] <= middle) & (middle <= box[2:])).all())
    apart = np.hypot(*(pose - true).T)
    trunk = float(np.hypot(*(true[[11, 12]].mean(0) - true[[23, 24]].mean(0))))
    area = float((box[2:] - box[:2]).prod())
    similar = float(np.exp(-(apart[_POINTS] ** 2) / (2 * area * _VARIANCES)).mean())
    return similar + 1e-3 if similar >= ALIKE or apart.mean() < NEAR * trunk else 0.0


class Figures(TypedDict):
    """What was found; None where nobody was asked for."""

    videos: int
    frames: int
    people: int
    recall: float | None
    precision: float | None
    recall_at_once: float | None
    recall_by_height: list[float | None]
    people_by_height: list[int]
    frames_per_second_and_core: float


class Row(Figures):
    """The same of one pipeline on the videos of one kind."""

    kind: str
    pipeline: str
    split: str


@dataclass(slots=True)
class Score:
    """Sums over videos."""

    videos: int = 0
    answers: int = 0
    asked: int = 0
    hit: int = 0
    wrong: int = 0
    asked_at_once: int = 0
    hit_at_once: int = 0
    cpu: float = 0.0
    frames: int = 0
    bands: list[list[int]] = field(default_factory=lambda: [[0, 0] for _ in BANDS])

    def add(self, truth: Truth, found: Found, matches: Matches) -> None:
        hit = matches.poses >= 0
        self.videos += 1
        self.answers += len(matches.at)
        self.asked += int(matches.settled.sum())
        self.hit += int((hit & matches.settled).sum())
        self.wrong += int(matches.wrong.sum())
        self.asked_at_once += int(matches.asked.sum())
        self.hit_at_once += int((hit & matches.asked).sum())
        self.cpu += found.cpu
        self.frames += found.frames
        for band, (low, high) in zip(self.bands, BANDS, strict=True):
            tall = (truth.heights >= low) & (truth.heights < high)
            band[0] += int((hit & matches.settled)[:, tall].sum())
            band[1] += int(matches.settled[:, tall].sum())

    def row(self) -> Figures:
        """The figures."""
        return {
            "videos": self.videos,
            "frames": self.answers,
            "people": self.asked,
            "recall": _part(self.hit, self.asked),
            "precision": _part(self.hit_at_once, self.hit_at_once + self.wrong),
            "recall_at_once": _part(self.hit_at_once, self.asked_at_once),
            "recall_by_height": [_part(*band) for band in self.bands],
            "people_by_height": [band[1] for band in self.bands],
            "frames_per_second_and_core": self.frames / self.cpu,
        }


def _part(some: int, of: int) -> float | None:
    return some / of if of else None


def misses(truth: Truth, found: Found, matches: Matches) -> list[str]:
    """Whoever is found in less than 95 % of the frames asked for, and why not; and how many poses show nobody."""
    lines = []
    for number, person in enumerate(truth.people):
        asked = matches.settled[:, number]
        lost = np.flatnonzero(asked & (matches.poses[:, number] < 0))
        if len(lost) <= 0.05 * asked.sum():
            continue
        near = sum(_somebody(truth, int(matches.at[row]), number, found.people[row]) for row in lost)
        x = truth.boxes[:, number, [0, 2]].mean() / WIDTH
        lines.append(
            f"  {truth.kind}/{truth.name}: {person} ({truth.heights[number]:.0%} tall, about x = {x:.2f}) missed in "
            f"{len(lost)} of {asked.sum()} frames, in {near} of them posed wrongly; first at "
            f"{found.seconds[lost[0]]:.1f} s, last at {found.seconds[lost[-1]]:.1f} s"
        )
    if matches.wrong.any():
        lines.append(f"  {truth.kind}/{truth.name}: {matches.wrong.sum()} poses of nobody in {len(matches.at)} frames")
    return lines


def _somebody(truth: Truth, frame: int, number: int, people: Floats) -> bool:
    """Whether some pose lies where the person is, right or wrong."""
    box = truth.boxes[frame, number]
    middle, reach = (box[:2] + box[2:]) / 2, 0.25 * (box[2:] - box[:2]).max()
    return any(float(np.hypot(*(pose[11:29].mean(0) - middle))) < reach for pose in people)


def table(rows: Sequence[Row], split: str) -> Table:
    """All figures, the sample sizes beside them."""
    shown = Table(title=f"People found in 1080p H.264, split {split}\n{describe()}")
    heights = [f"{low:.0%}-{high:.0%}" for low, high in ((0.15, 0.25), (0.25, 0.4), (0.4, 0.8))]
    for column in (
        "kind",
        "pipeline",
        "videos",
        "frames",
        "people",
        "recall",
        "precision",
        "at once",
        *heights,
        "frames/s",
    ):
        shown.add_column(column, justify="left" if column in ("kind", "pipeline") else "right")
    for row in rows:
        by_height = zip(row["recall_by_height"], row["people_by_height"], strict=True)
        shown.add_row(
            str(row["kind"]), str(row["pipeline"]), str(row["videos"]), str(row["frames"]), str(row["people"]),
            _shown(row["recall"]), _shown(row["precision"]), _shown(row["recall_at_once"]),
            *(f"{_shown(recall)} ({count})" if count else "" for recall, count in by_height),
            f"{row['frames_per_second_and_core']:.0f}",
        )  # fmt: skip
    return shown


def _shown(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else "-"


def quietly() -> None:
    """One thread for OpenCV, and no line for each video that begins and ends."""
    cv2.setNumThreads(1)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--split", choices=["dev", "test"], default="dev", help="dev is for tuning, test for reporting")
    parser.add_argument("--quick", action="store_true", help=f"only the scenes {', '.join(QUICK)}")
    parser.add_argument("--scene", action="append", default=[], help="only this scene; may be given again")
    parser.add_argument("--missed", action="store_true", help="list who is missed and why")
    parser.add_argument("--peers", action="store_true", help="measure the peers again instead of taking what is stored")
    parser.add_argument("--alone", action="store_true", help="without the peers")
    options = parser.parse_args()
    quietly()
    scores: dict[tuple[str, str], Score] = defaultdict(Score)
    missed: list[str] = []
    for truth in truths(options.split, options.scene or (QUICK if options.quick else ())):
        ours = found_by_us(truth)
        answers = {"Spotter": ours}
        if not options.alone:
            answers |= {name: found_by_peer(name, truth, again=options.peers) for name in PEERS}
        for name, found in answers.items():
            matches = matched(truth, found)
            for kind in (truth.kind, "all"):
                scores[kind, name].add(truth, found, matches)
            if found is ours:
                missed += misses(truth, found, matches)
    rows = [Row(kind=kind, pipeline=name, split=options.split, **score.row()) for (kind, name), score in scores.items()]
    rows.sort(key=lambda row: row["kind"] == "all")
    console = Console(width=170)
    console.print(table(rows, options.split))
    if options.missed:
        print(*missed, sep="\n")
    if not options.quick and not options.scene:
        print(f"written to {save(f'people_found_{options.split}', rows)}")


if __name__ == "__main__":
    main()
