r"""Videos of several real people in one view, with the truth about each frame, for `people_found` and `identities`.

    clip --legacy MediaPipe--> keypoints, mask --> cut out, scaled, moved --> pasted on a gym --> 1080p H.264
         at its own size                                                       what hides what --> truth

People are cut out of the clips of SPOTTER_DATA (`cutouts`) and pasted on the simulator's empty room or on a real gym
whose own person was painted over. The truth is what legacy MediaPipe said of the clip at its full size, moved with the
picture; where it was unsure the person is ignored, neither missed nor wrongly found. Everything follows from the
scene and the split: ``dev``, which a detector may be tuned on, and ``test``, with other people from other sources, in
another gym, everything the other way round and people moved a little.

    python -m tests.benchmarks.composites [--split dev] [--again]      makes the videos and lists who is in them
"""

from __future__ import annotations

import argparse
import itertools
import os
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Final

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from services.core.skeleton import INDEX, KEYPOINTS
from services.simulator.camera import Camera
from services.simulator.figure import random_look
from services.simulator.programme import Plan
from services.simulator.scene import Person, Scene
from tests.benchmarks.machine import FOLDER
from tests.benchmarks.scenes import GYMS, LYING, SCENES, STANDING, Composite, Part, Simulated

WIDTH: Final = 1920
HEIGHT: Final = 1080
SECONDS: Final = 8
CUTOUTS: Final = FOLDER / "cutouts"
VIDEOS: Final = FOLDER / "videos"
VERSION: Final = 1
"""Part of a video's name; raised when the same scene is drawn in another way."""
COUNTED_SHARE: Final = 0.5
"""A person is asked for in a frame in which at least this much of them is seen ..."""
SURE_VISIBILITY: Final = 0.6
"""... and legacy MediaPipe was this sure of the keypoints on average, at the clip's own size."""
_JUMP: Final = 0.35
"""Trunks; where keypoints move by more from one frame of the clip to the next, legacy MediaPipe was lost."""
_CLIP_SECONDS: Final = 6.0

Image = NDArray[np.uint8]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """What is so in each frame of a video, for F frames and P people.

    Attributes:
        video: the file.
        name, kind: of the scene.
        people: who each person is.
        heights: (P,) of each at their largest, 0-1 of the picture's height.
        seconds: (F,) presentation time.
        keypoints: (F, P, 33, 2) pixels.
        boxes: (F, P, 4) x0, y0, x1, y1 of the whole person, pixels.
        share: (F, P) 0-1, the part of the person that is in the picture and not hidden; 0 for who is not there.
        trusted: (F, P) whether the keypoints can be relied on.
    """

    video: Path
    name: str
    kind: str
    people: tuple[str, ...]
    heights: Floats
    seconds: Floats
    keypoints: Floats
    boxes: Floats
    share: Floats
    trusted: NDArray[np.bool_]

    @property
    def counted(self) -> NDArray[np.bool_]:
        """(F, P) who has to be found."""
        return (self.share >= COUNTED_SHARE) & self.trusted


def truths(split: str, names: Sequence[str] = ()) -> list[Truth]:
    """All scenes of a split, or those named; videos that are missing are made.

    Raises:
        SystemExit: SPOTTER_DATA is not set.
    """
    return [truth_of(scene, split) for scene in SCENES if not names or scene.name in names]


def truth_of(scene: Composite | Simulated, split: str) -> Truth:
    """One scene, made when it is missing."""
    stem = f"{scene.kind}_{scene.name}_{split}_{VERSION}"
    video, stored = VIDEOS / f"{stem}.mp4", VIDEOS / f"{stem}.npz"
    if not stored.exists():
        VIDEOS.mkdir(parents=True, exist_ok=True)
        if isinstance(scene, Composite):
            _draw_composite(scene, split, video, stored)
        else:
            _draw_simulated(scene, split, video, stored)
    with np.load(stored) as values:
        arrays = {name: values[name] for name in _ARRAYS}
        return Truth(video, scene.name, scene.kind, tuple(values["people"].tolist()), **arrays)


_ARRAYS: Final = ("heights", "seconds", "keypoints", "boxes", "share", "trusted")


# People cut out.


class Cutout:
    """A person of a clip, frame by frame, without what was around.

    Args:
        clip: its name.
        mirrored: left and right changed.
        turned: quarter turns counter-clockwise.
    """

    def __init__(self, clip: str, *, mirrored: bool, turned: int) -> None:
        self.mirrored, self.turned = mirrored, turned
        with np.load(_cut_out(clip)) as values:
            self.fps = float(values["fps"])
            keypoints, visibility = values["keypoints"].astype(np.float64), values["visibility"]
            masks = _images(values["masks"], values["lengths"])
        self.trusted = _trusted(keypoints, visibility, masks)
        self.keypoints: list[Floats] = []
        self.corners: list[tuple[int, int]] = []
        self.patches: list[Image] = []
        """(h, w, 4) BGR and how opaque."""
        for image, mask, points in zip(_pictures(_clip_path(clip)), masks, keypoints, strict=False):
            patch = np.dstack([image, _opacity(mask)])
            if mirrored:
                patch, points = patch[:, ::-1], (points * (-1, 1) + (patch.shape[1], 0))[_SWAPPED]  # noqa: PLW2901
            for _ in range(turned):
                patch, points = np.rot90(patch), points[:, ::-1] * (1, -1) + (0, patch.shape[1])  # noqa: PLW2901
            x, y, width, height = cv2.boundingRect(np.ascontiguousarray(patch[..., 3]))
            self.patches.append(np.ascontiguousarray(patch[y : y + height, x : x + width]))
            self.corners.append((x, y))
            self.keypoints.append(points)
        sizes = np.array([patch.shape[:2] for patch in self.patches])
        self.size = float(np.percentile(sizes.max(1), 95))
        hips = np.array(self.keypoints)[:, [INDEX["left_hip"], INDEX["right_hip"]], 0]
        bottoms = np.array(self.corners)[:, 1] + sizes[:, 0]
        self.origin = np.array([np.median(hips), np.percentile(bottoms, 95)])

    def index(self, seconds: float) -> int:
        """The clip's frame at a time; it is played to and fro."""
        last = len(self.patches) - 1
        place = int(seconds * self.fps) % (2 * last)
        return min(place, 2 * last - place)


_SWAPPED: Final = [
    INDEX[name.replace("left", "RIGHT").replace("right", "left").replace("RIGHT", "right")] for name in KEYPOINTS
]


def _trusted(keypoints: Floats, visibility: NDArray[np.float32], masks: Sequence[Image]) -> NDArray[np.bool_]:
    """(F,) where legacy MediaPipe was sure, did not jump, and its mask is of the same person as its keypoints."""
    trunk = np.hypot(*(keypoints[:, [11, 12]].mean(1) - keypoints[:, [23, 24]].mean(1)).T)
    moved = np.linalg.norm(np.diff(keypoints, axis=0), axis=2).mean(1) / np.median(trunk)
    still = np.concatenate([[True], moved < _JUMP]) & np.concatenate([moved < _JUMP, [True]])
    covered = []
    for points, mask in zip(keypoints, masks, strict=True):
        x = np.clip(points[:, 0], 0, mask.shape[1] - 1).astype(int)
        y = np.clip(points[:, 1], 0, mask.shape[0] - 1).astype(int)
        near = cv2.dilate(mask, np.ones((9, 9), np.uint8))
        covered.append((near[y, x] > 100).mean() > 0.8)
    return still & np.array(covered) & (visibility.mean(1) > SURE_VISIBILITY)


def _opacity(mask: Image) -> Image:
    """The largest piece of the mask, harder at its edge."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats((mask > 80).astype(np.uint8))
    if count > 1:
        mask = np.where(labels == 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax()), mask, 0).astype(np.uint8)
    return np.clip((mask.astype(np.float32) - 75) * 2.2, 0, 255).astype(np.uint8)


def _images(pngs: NDArray[np.uint8], lengths: NDArray[np.int64]) -> list[Image]:
    ends = np.cumsum(lengths)
    return [
        np.asarray(cv2.imdecode(pngs[end - length : end], cv2.IMREAD_GRAYSCALE), np.uint8)
        for end, length in zip(ends, lengths, strict=True)
    ]


def _clip_path(clip: str) -> Path:
    data = os.environ.get("SPOTTER_DATA") or exit_without_data()
    return next(Path(data).glob(f"clips/*/{clip}.mp4"))


def exit_without_data() -> str:
    """Say what is missing."""
    raise SystemExit("SPOTTER_DATA is not set: it names the folder of real footage that people are cut out of")


def _pictures(path: Path) -> Iterator[Image]:
    capture = cv2.VideoCapture(str(path))
    while True:
        there, image = capture.read()
        if not there:
            return
        yield np.asarray(image, np.uint8)


def _cut_out(clip: str) -> Path:
    stored = CUTOUTS / f"{clip}.npz"
    if not stored.exists():
        # Here, for this module does without the engine otherwise.
        from tests.benchmarks.pose_throughput import naive_python

        CUTOUTS.mkdir(parents=True, exist_ok=True)
        script = Path(__file__).with_name("cutouts.py")
        command = [naive_python(), str(script), str(CUTOUTS), str(_CLIP_SECONDS), str(_clip_path(clip))]
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    return stored


# Pictures put together.


@dataclass(frozen=True, slots=True, eq=False)
class _Actor:
    """A part with its person, where the split has it."""

    part: Part
    clip: str
    cutout: Cutout
    start: float
    aside: float
    down: float
    mirrored: bool

    def place(self, seconds: float) -> Floats:
        """(2,) pixels, of the middle of the feet."""
        times, places = zip(*self.part.path, strict=True)
        x = float(np.interp(seconds, times, places)) + self.aside
        return np.array([(1 - x if self.mirrored else x) * WIDTH, (self.part.floor + self.down) * HEIGHT])


def _cast(scene: Composite, split: str) -> list[_Actor]:
    """Give each part a clip; the same scene and split always give the same."""
    rng = _generator(scene.name, split)
    standing = itertools.cycle(rng.permutation(STANDING[split]).tolist())
    lying = itertools.cycle(rng.permutation(LYING[split]).tolist())
    actors = []
    for part in scene.parts:
        clip = next(lying if part.lying else standing)
        cutout = Cutout(clip, mirrored=bool(rng.random() < 0.5), turned=part.turned)
        aside = float(rng.uniform(-0.012, 0.012)) if len(part.path) == 1 else 0.0
        start = float(rng.uniform(0, 4))
        down = float(rng.uniform(-0.04, 0.01)) if split == "test" else 0.0
        actors.append(_Actor(part, clip, cutout, start, aside, down, mirrored=split == "test"))
    return [actor if actor.part.image_of is None else _image(actor, actors[actor.part.image_of]) for actor in actors]


def _image(actor: _Actor, person: _Actor) -> _Actor:
    """The actor as another one's image in a mirror."""
    cutout = Cutout(person.clip, mirrored=not person.cutout.mirrored, turned=person.cutout.turned)
    return replace(actor, clip=person.clip, cutout=cutout, start=person.start)


def _generator(name: str, split: str) -> np.random.Generator:
    return np.random.default_rng([*name.encode(), *split.encode()])


def _draw_composite(scene: Composite, split: str, video: Path, stored: Path) -> None:
    actors, rng = _cast(scene, split), _generator(scene.name + "?", split)
    empty = _real_gym(GYMS[split]) if scene.real_gym else _room(int(rng.integers(1000)))
    noise = _noise(rng)
    frames, people = round(SECONDS * scene.fps), len(actors)
    keypoints, boxes = np.zeros((frames, people, len(KEYPOINTS), 2)), np.zeros((frames, people, 4))
    share, trusted = np.zeros((frames, people)), np.zeros((frames, people), bool)

    def draw() -> Iterator[Image]:
        for frame in range(frames):
            canvas, owner = empty.copy(), np.full((HEIGHT, WIDTH), -1, np.int8)
            areas = [1] * people
            for number, actor in enumerate(actors):
                at = frame / scene.fps
                index = actor.cutout.index(at + actor.start)
                scale = actor.part.height * HEIGHT / actor.cutout.size
                shift = np.round(
                    actor.place(at) + (np.array(actor.cutout.corners[index]) - actor.cutout.origin) * scale
                )
                patch = _scaled(actor.cutout.patches[index], scale)
                areas[number] = _paste(canvas, owner, patch, shift.astype(int), number)
                ratio = np.array(patch.shape[1::-1]) / actor.cutout.patches[index].shape[1::-1]
                moved = (actor.cutout.keypoints[index] - actor.cutout.corners[index]) * ratio + shift
                keypoints[frame, number], trusted[frame, number] = moved, actor.cutout.trusted[index]
                boxes[frame, number] = *shift, *(shift + patch.shape[1::-1])
            for left, right in scene.pillars:
                sides = sorted((1 - left, 1 - right) if split == "test" else (left, right))
                _pillar(canvas, owner, round(sides[0] * WIDTH), round(sides[1] * WIDTH))
            share[frame] = [(owner == number).sum() / max(area, 1) for number, area in enumerate(areas)]
            yield _noisy(canvas, noise[frame % 3])

    _write(video, draw(), scene.fps)
    heights = np.array([actor.part.height for actor in actors])
    _store(Truth(video, scene.name, scene.kind, tuple(actor.clip for actor in actors), heights,
                 np.arange(frames) / scene.fps, keypoints, boxes, share, trusted), stored)  # fmt: skip


def _store(truth: Truth, stored: Path) -> None:
    partial = stored.with_suffix(".part.npz")
    np.savez_compressed(partial, people=np.array(truth.people), **{name: getattr(truth, name) for name in _ARRAYS})
    partial.replace(stored)


def _noise(rng: np.random.Generator) -> list[Image]:
    """A sensor's, without which H.264 has too little to do; 8 is none."""
    return [
        np.repeat(np.clip(rng.normal(8, 2.5, (HEIGHT, WIDTH, 1)), 0, 16).astype(np.uint8), 3, axis=2) for _ in range(3)
    ]


def _noisy(image: Image, noise: Image) -> Image:
    return np.asarray(cv2.subtract(cv2.add(image, noise), (8, 8, 8, 0)), np.uint8)


def _scaled(patch: Image, scale: float) -> Image:
    width, height = max(round(patch.shape[1] * scale), 1), max(round(patch.shape[0] * scale), 1)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    image = cv2.resize(patch[..., :3], (width, height), interpolation=how)
    opacity = cv2.resize(
        patch[..., 3], (width, height), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    )
    return np.dstack([image, cv2.GaussianBlur(opacity, (0, 0), 0.8 if scale < 1 else 1.2)])


def _paste(canvas: Image, owner: NDArray[np.int8], patch: Image, corner: NDArray[np.int64], number: int) -> int:
    """Blend a patch into the picture; the pixels that it has, inside the picture or not."""
    height, width = patch.shape[:2]
    x0, y0 = max(corner[0], 0), max(corner[1], 0)
    x1, y1 = min(corner[0] + width, canvas.shape[1]), min(corner[1] + height, canvas.shape[0])
    solid = patch[..., 3] > 127
    if x0 < x1 and y0 < y1:
        inside = (slice(y0 - corner[1], y1 - corner[1]), slice(x0 - corner[0], x1 - corner[0]))
        part = patch[inside].astype(np.float32)
        opacity = part[..., 3:] / 255
        below = canvas[y0:y1, x0:x1]
        canvas[y0:y1, x0:x1] = (part[..., :3] * opacity + below * (1 - opacity)).astype(np.uint8)
        owner[y0:y1, x0:x1][solid[inside]] = number
    return int(solid.sum())


def _pillar(canvas: Image, owner: NDArray[np.int8], left: int, right: int) -> None:
    """A round concrete pillar from the ceiling to the floor."""
    across = np.linspace(-0.9, 1, right - left)
    shade = (120 + 70 * np.sqrt(np.clip(1 - (across + 0.3) ** 2 / 1.7, 0, 1))).astype(np.uint8)
    canvas[:, left:right] = shade[None, :, None]
    owner[:, left:right] = -2


@cache
def _room(seed: int) -> Image:
    """The simulator's room with nobody in it."""
    camera = Camera(WIDTH, HEIGHT, (0.2, 2.1, 5.6), (0.0, 1.0, 0.0), 45.0)
    return Scene(camera, (), seed=seed).render(0.0)


@cache
def _real_gym(clip: str) -> Image:
    """A clip's first picture, with the person painted over, out of focus."""
    with np.load(_cut_out(clip)) as values:
        mask = _images(values["masks"][: values["lengths"][0]], values["lengths"][:1])[0]
    image = next(_pictures(_clip_path(clip)))
    hole = cv2.dilate((mask > 20).astype(np.uint8), np.ones((61, 41), np.uint8))
    filled = cv2.inpaint(image, hole, 9, cv2.INPAINT_TELEA)
    large = cv2.resize(filled, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    return np.asarray(cv2.GaussianBlur(large, (0, 0), 5), np.uint8)


# The simulator.


def _draw_simulated(scene: Simulated, split: str, video: Path, stored: Path) -> None:
    rng = _generator(scene.name, split)
    seed = int(rng.integers(1000))
    way = -1 if split == "test" else 1
    people = tuple(
        Person(random_look(rng), Plan((name,), delay=0.3 * number % 1.0), (way * x, z), way * facing, seed + number)
        for number, (name, (x, z), facing) in enumerate(scene.people)
    )
    high, away, field = scene.camera
    camera = Camera(WIDTH, HEIGHT, (0.0, high, away), (0.0, 0.75, -0.5), field)
    gym, alone = Scene(camera, people, seed=seed), [Scene(camera, (person,), seed=seed) for person in people]
    noise = _noise(rng)
    frames = SECONDS * scene.fps
    keypoints, boxes = np.zeros((frames, len(people), len(KEYPOINTS), 2)), np.zeros((frames, len(people), 4))
    share = np.zeros((frames, len(people)))
    for frame in range(frames):
        together = gym.pose_frame(frame / scene.fps).people
        for number, pose in enumerate(together):
            own = alone[number].pose_frame(frame / scene.fps).people[0]
            keypoints[frame, number] = pose.keypoints[:, :2] * (WIDTH, HEIGHT)
            boxes[frame, number] = np.concatenate([keypoints[frame, number].min(0), keypoints[frame, number].max(0)])
            share[frame, number] = (pose.visibility > 0.5).sum() / max(int((own.visibility > 0.5).sum()), 1)
    inside = ((keypoints > 0) & (keypoints < (WIDTH, HEIGHT))).all(3).mean(2)
    sides = boxes[..., 2:] - boxes[..., :2]
    # Head and soles go beyond the keypoints by about so much.
    heights = 1.1 * np.percentile(sides.max(2), 95, axis=0) / HEIGHT
    drawn = (_noisy(gym.render(frame / scene.fps), noise[frame % 3]) for frame in range(frames))
    _write(video, drawn, scene.fps)
    names = [name for name, _, _ in scene.people]
    _store(Truth(video, scene.name, scene.kind, tuple(names), heights, np.arange(frames) / scene.fps,
                 keypoints, boxes, share * inside, np.ones_like(share, bool)), stored)  # fmt: skip


def _write(path: Path, images: Iterator[Image], fps: int) -> None:
    partial = path.with_suffix(".part.mp4")
    with av.open(str(partial), "w") as container:
        stream = container.add_stream("libx264", rate=fps, options={"crf": "23", "preset": "veryfast", "threads": "1"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.codec_context.time_base = Fraction(1, fps)
        for image in images:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        container.mux(stream.encode())
    partial.replace(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--split", choices=["dev", "test"], help="both, unless one is named")
    parser.add_argument("--again", action="store_true", help="make the videos again")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    for split in [options.split] if options.split else ["dev", "test"]:
        if options.again:
            for path in VIDEOS.glob(f"*_{split}_{VERSION}.npz"):
                path.unlink()
        for scene in SCENES:
            truth = truth_of(scene, split)
            counted = truth.counted
            print(f"{truth.video}  {counted.sum() / len(counted):.2f} people a frame of {len(truth.people)}")
            for number, (person, height) in enumerate(zip(truth.people, truth.heights, strict=True)):
                there = truth.share[:, number] > 0
                print(
                    f"    {person:<24}{height:>5.0%} of the picture, asked for in {counted[:, number].mean():>4.0%} "
                    f"of the frames, hidden by half or more in {(there & (truth.share[:, number] < 0.5)).mean():>4.0%}"
                )


if __name__ == "__main__":
    main()
