"""Crops of people as the pose engine cuts them, with the landmark model's own answers: what a smaller one learns from.

    clip or simulated gym -> frame, made worse -> region where the teacher would look -> region moved as in tracking
                                                                                            -> crops, answers

A crop is cut from the picture for each size that is asked for, never shrunk from another crop: that is how the engine
would feed the student. Nobody labels anything: the answers are what BlazePose's landmark model says of the same region.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.lib.format import open_memmap
from numpy.random import Generator
from numpy.typing import NDArray

from services.core.skeleton import INDEX
from services.core.types import FloatArray
from services.ingest.sources import open_source
from services.pose.crop import Image, Region
from services.pose.landmarks import PIXELS, refined
from services.pose.network import Network
from services.simulator import EXERCISES, open_scene
from training.poses import Recording

SIZES: Final = (192, 256)
"""Sides of the crops that are kept, pixels; the last is the teacher's."""
LANDMARKS: Final = 39
USED: Final = 35
"""The landmarks that the engine reads; the last two place the next region."""
GRID: Final = 64
"""Cells along a side of the teacher's heatmap."""
MOST_PEOPLE: Final = 2
NOBODY: Final = 0.06
"""Share of crops that are cut anywhere, mostly of nobody: the student must know when a person is lost."""
SHIFT: Final = 0.03
"""Standard deviation of a region's error, as a part of its side; one in six is three times as wrong."""
SCALE: Final = 0.06
TURN: Final = math.radians(5.0)
_HIPS: Final = [INDEX["left_hip"], INDEX["right_hip"]]
_SHOULDERS: Final = [INDEX["left_shoulder"], INDEX["right_shoulder"]]


@dataclass(frozen=True, slots=True, eq=False)
class Crops:
    """Crops and the teacher's answers, on disk.

    Attributes:
        small: (N, 192, 192, 3) uint8 RGB.
        large: (N, 256, 256, 3) uint8 RGB, the same regions.
        landmarks: (N, 39, 5) float32 as the teacher gives them: x, y, z in pixels of its crop, two logits.
        points: (N, 35, 2) float32, x and y after the teacher's heatmap moved them, 0-1 of the crop.
        presence: (N,) float32, 0-1.
        world: (N, 39, 3) float32, metres.
        heat: (N, 35, 64, 64) uint8, the teacher's heatmap after its sigmoid, times 255.
        origin: (N,) int32, number of the clip in the manifest, or -1 for the simulated gym.
    """

    small: NDArray[np.uint8]
    large: NDArray[np.uint8]
    landmarks: FloatArray
    points: FloatArray
    presence: FloatArray
    world: FloatArray
    heat: NDArray[np.uint8]
    origin: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.origin)

    def pictures(self, pixels: int) -> NDArray[np.uint8]:
        """The crops of one of `SIZES`, in pixels a side."""
        return {SIZES[0]: self.small, SIZES[1]: self.large}[pixels]

    @classmethod
    def at(cls, folder: Path) -> Crops:
        """Those that were written into a folder, read as they are needed.

        Raises:
            FileNotFoundError: there are none.
        """
        count = int(np.load(folder / "count.npy"))
        return cls(
            **{field.name: np.load(folder / f"{field.name}.npy", mmap_mode="r")[:count] for field in fields(cls)}
        )


class CropWriter:
    """Writes crops one by one.

    Args:
        folder: made when missing; what is in it is written over.
        most: how many there will be at most.
    """

    def __init__(self, folder: Path, most: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._count = 0
        shapes: dict[str, tuple[type[np.generic], tuple[int, ...]]] = {
            "small": (np.uint8, (SIZES[0], SIZES[0], 3)),
            "large": (np.uint8, (SIZES[1], SIZES[1], 3)),
            "landmarks": (np.float32, (LANDMARKS, 5)),
            "points": (np.float32, (USED, 2)),
            "presence": (np.float32, ()),
            "world": (np.float32, (LANDMARKS, 3)),
            "heat": (np.uint8, (USED, GRID, GRID)),
            "origin": (np.int32, ()),
        }
        self._arrays = {
            name: open_memmap(folder / f"{name}.npy", "w+", dtype, (most, *shape))
            for name, (dtype, shape) in shapes.items()
        }

    def __len__(self) -> int:
        return self._count

    def add(self, origin: int, small: Image, large: Image, said: Answer) -> None:
        """Keep one crop."""
        row = {
            "small": small,
            "large": large,
            "landmarks": said.landmarks,
            "points": said.points,
            "presence": said.presence,
            "world": said.world,
            "heat": said.heat,
            "origin": origin,
        }
        for name, value in row.items():
            self._arrays[name][self._count] = value
        self._count += 1

    def close(self) -> None:
        """Say how many there are; before this nobody can read them."""
        for array in self._arrays.values():
            array.flush()
        np.save(self._folder / "count.npy", self._count)


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What the teacher says of one crop; shapes as in `Crops`."""

    landmarks: FloatArray
    points: FloatArray
    presence: float
    world: FloatArray
    heat: NDArray[np.uint8]


def answer(network: Network, crop: Image) -> Answer:
    """What a landmark model says of one (P, P, 3) RGB crop of its size."""
    landmarks, presence, heatmap, world = network.run(crop[None])
    raw = landmarks.reshape(1, LANDMARKS, 5)
    points = refined(raw[:, :USED, :3].astype(np.float64) / PIXELS, heatmap[:, :USED])
    heat = 1 / (1 + np.exp(-np.clip(heatmap[0, :USED], -30, 30)))
    return Answer(
        landmarks=raw[0].copy(),
        points=points[0, :, :2].astype(np.float32),
        presence=float(presence.reshape(-1)[0]),
        world=world.reshape(LANDMARKS, 3).copy(),
        heat=np.round(heat * 255).astype(np.uint8),
    )


def clip_crops(
    teacher: Network, path: Path, recording: Recording, count: int, random: Generator
) -> Iterator[tuple[Image, Image, Answer]]:
    """About `count` crops of the people of one clip, spread over its frames.

    Args:
        teacher: asked for answers.
        path: the clip.
        recording: the poses in it, to know where people are.
        count: of crops.
        random: of frames, errors of regions and damage to pictures.
    """
    tracks = sorted(recording.tracks, key=lambda track: -len(track.frame))[:MOST_PEOPLE]
    everybody = [
        (int(at), keypoints)
        for track in tracks
        for at, keypoints in zip(track.captured_at, track.keypoints, strict=True)
    ]
    wanted: dict[int, list[FloatArray]] = defaultdict(list)
    for index in random.permutation(len(everybody))[:count]:
        at, keypoints = everybody[index]
        wanted[at].append(keypoints)
    for capture in open_source(str(path)):
        if capture.captured_at in wanted:
            yield from _frame_crops(teacher, capture.image(), wanted[capture.captured_at], random)


def simulated_crops(teacher: Network, count: int, random: Generator) -> Iterator[tuple[Image, Image, Answer]]:
    """About `count` crops of made-up people, each exercise in turn, every scene with people of its own."""
    names, done = tuple(EXERCISES), 0
    while done < count:
        view, height = int(random.integers(360)), random.uniform(0.8, 2.6)
        name = names[int(random.integers(len(names)))]
        scene = open_scene(f"{name}?seed={int(random.integers(2**31))}&view={view}&height={height:.2f}")
        for seconds in random.uniform(0, 20, 4):
            people = [pose.keypoints for pose in scene.truth(seconds).frame.people]
            for made in _frame_crops(teacher, scene.render(seconds), people, random):
                yield made
                done += 1


def _frame_crops(
    teacher: Network, image: Image, people: Sequence[FloatArray], random: Generator
) -> Iterator[tuple[Image, Image, Answer]]:
    image = worsened(image, random)
    height, width = image.shape[:2]
    for keypoints in people:
        region = around_body(keypoints, width, height)
        first = answer(teacher, _cut(image, region, SIZES[-1]))
        if first.presence > 0.5:
            region = _looked_at(region, first)
        seen, looked = image, _missed(region, random)
        if random.random() < NOBODY:
            side = region.size * random.uniform(0.4, 1.2)
            looked = Region(random.uniform(0, width), random.uniform(0, height), side, random.uniform(-0.5, 0.5))
        if random.random() < 0.5:
            seen, looked = (
                np.asarray(cv2.flip(image, 1), np.uint8),
                Region(width - looked.x, looked.y, looked.size, -looked.angle),
            )
        large = _cut(seen, looked, SIZES[-1])
        yield _cut(seen, looked, SIZES[0]), large, answer(teacher, large)


def around_body(keypoints: FloatArray, width: int, height: int) -> Region:
    """Roughly the region around normalised keypoints (33, 3)."""
    points = keypoints[:, :2].astype(np.float64) * (width, height)
    hips, shoulders = points[_HIPS].mean(0), points[_SHOULDERS].mean(0)
    reach = float(np.hypot(*(points - hips).T).max())
    up = shoulders - hips
    return Region.around(hips, hips + up / max(float(np.hypot(*up)), 1e-6) * max(reach, 8.0))


def _looked_at(region: Region, said: Answer) -> Region:
    """Where the engine would look next after this answer."""
    placed = region.matrix(1) @ np.vstack([said.points[-2:].T, np.ones(2)])
    return Region.around(placed[:, 0], placed[:, 1])


def _missed(region: Region, random: Generator) -> Region:
    """The region as far off as it is in tracking, where people move between looks."""
    wild = 3.0 if random.random() < 1 / 6 else 1.0
    right, down, scale, turn = random.normal(0, wild, 4)
    return Region(
        region.x + right * SHIFT * region.size,
        region.y + down * SHIFT * region.size,
        region.size * math.exp(scale * SCALE),
        region.angle + turn * TURN,
    )


def _cut(image: Image, region: Region, pixels: int) -> Image:
    crop = np.empty((pixels, pixels, 3), np.uint8)
    region.cut(image, pixels, cv2.BORDER_REPLICATE, crop)
    return crop


def worsened(image: Image, random: Generator) -> Image:
    """A picture as a worse camera would give it: smaller, blurred, darker, grey, noisy, compressed; often unchanged."""
    result: Any = image
    if random.random() < 0.25:
        small = random.uniform(0.25, 0.8)
        size = (image.shape[1], image.shape[0])
        result = cv2.resize(cv2.resize(result, None, fx=small, fy=small, interpolation=cv2.INTER_AREA), size)
    if random.random() < 0.12:
        result = cv2.GaussianBlur(result, (0, 0), random.uniform(0.6, 2.0))
    if random.random() < 0.4:
        levels = (np.arange(256) / 255) ** random.uniform(0.6, 1.7) * random.uniform(0.6, 1.1) * 255
        result = cv2.LUT(result, np.clip(levels, 0, 255).astype(np.uint8))
    if random.random() < 0.08:
        result = cv2.cvtColor(cv2.cvtColor(result, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    if random.random() < 0.1:
        noise = random.normal(0, random.uniform(2, 10), result.shape)
        result = np.clip(result + noise, 0, 255).astype(np.uint8)
    if random.random() < 0.4:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(random.integers(35, 95))]
        result = cv2.imdecode(cv2.imencode(".jpg", result, quality)[1], cv2.IMREAD_COLOR)
    return np.asarray(result, np.uint8)
