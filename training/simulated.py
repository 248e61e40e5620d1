"""Movement of the simulated gym, by its keypoints: what the real footage hardly has.

Five minutes of the footage are no exercise, and nobody in it merely stands about in a gym: without these people, two
of three who stood idle were called an exercise. Each exercise is seen from all sides; so are people who drink, sit,
stretch, telephone and load plates, for a minute each. No pixels are rendered: poses are the truth with the errors that
the pose engine was measured to make (`services.simulator.estimator`). They come with their exercises, or else looking
simulated would mean doing nothing; in many ways, or else their weight would teach one body's squat
(`services.simulator.exercises.STYLES`, `own`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.random import Generator

from services.classifier.manifest import UNKNOWN, Input
from services.core.clips import Clip, Times, cut_clips
from services.core.types import NANOSECONDS, FloatArray
from services.simulator import Scene, open_scene
from services.simulator.camera import Camera
from services.simulator.estimator import Estimator
from services.simulator.exercises import DAILY, MOVEMENTS, STYLES
from training.examples import Cut, Examples, Origin, described, pieces

SOURCE: Final = "Spotter's simulated gym (keypoints only)"
FPS: Final = 10
EVERYDAY: Final = "everyday"
IDLERS: Final = ("idle", "walking", *(EVERYDAY,) * 4)
"""Each is done by one person from each side; who does no exercise has two dozen things to do and shows a few only."""
SECONDS: Final = 16.0
EVERYDAY_SECONDS: Final = 60.0
SET_SECONDS: Final = 12.0
OF_LABEL: Final = 40
"""People who show one label, in each of its ways in turn."""
OF_UNNAMED: Final = 3
"""People who show one of the exercises that no model has a name for."""
FASTEST, SLOWEST = 0.55, 1.7
"""Seconds of somebody's repetitions, as a share of what is usual."""
RESTS: Final = (1.0, 4.0)
"""Seconds between their sets."""
PIECES: Final = 5
"""Short pieces of each."""
LATEST: Final = 2.0
"""Seconds that have gone by at most when they are first seen."""
STRIDE_SECONDS: Final = 1.0
VIEWS: Final = tuple(range(10, 360, 50))
"""Degrees between a person's front and the camera, each a little varied."""
HEIGHTS: Final = (1.0, 2.4)
"""Lowest and highest camera, metres above the floor, that sees idlers from straight ahead."""
ANY_HEIGHTS: Final = (0.5, 2.6)
"""The same for exercises."""
BUSY: Final = 60
"""People who run errands, each for a minute."""
LATER: Final = 300.0
"""Seconds of their errands that have gone by at most when they are first seen."""
LEVEL, STEEP, LEVEL_OFTEN = (6.0, 8.0), (10.0, 48.0), 0.6
"""Degrees that cameras look down at people: most about level (mean, deviation), the others from high up (from, to)."""
FIELDS: Final = (25.0, 80.0)
"""Degrees of height that lenses see."""
WHOLE, CLOSE, CLOSE_OFTEN = (1.0, 2.2), (0.8, 1.1), 0.3
"""Size of what is in the picture over that of the person; close ones may cut off a head or feet."""
OFF: Final = 0.3
"""Half pictures that a close camera aims too high or too low, at most."""
NEAREST, LOWEST = 1.3, 0.12
"""Metres from a camera to its target and to the floor, at least."""
PURE: Final = 0.8
"""Share of a clip that must show one label; the rest is going from a set to a rest."""


@dataclass(frozen=True, slots=True, eq=False)
class Simulated:
    """One person of the simulated gym.

    Attributes:
        captured_at: (N,) event time, ns.
        keypoints: (N, 33, 3) normalised.
        visibility: (N, 33) 0-1.
        world: (N, 33, 3) metres.
        labels: what is done in each frame.
        width, height: of the picture, pixels.
    """

    captured_at: Times
    keypoints: FloatArray
    visibility: FloatArray
    world: FloatArray
    labels: tuple[str, ...]
    width: int
    height: int

    def label_between(self, start: int, end: int) -> str:
        """What is done in a stretch of time (ns), "" when it is several things."""
        inside = np.flatnonzero((self.captured_at >= start) & (self.captured_at <= end))
        label, frames = Counter(self.labels[index] for index in inside).most_common(1)[0]
        return label if frames >= PURE * len(inside) else ""


def simulated_people(
    random: Generator, scenes: Sequence[str] = IDLERS, views: Sequence[int] = VIEWS
) -> list[Simulated]:
    """People who do as the catalogue says: each scene from each side, with rests between short sets.

    Args:
        random: of cameras and of people's looks and tempo.
        scenes: what the simulator knows.
        views: degrees between a person's front and the camera.
    """
    return [_person(scene, view, random) for scene in scenes for view in views]


def _person(name: str, view: int, random: Generator) -> Simulated:
    seconds = EVERYDAY_SECONDS if name == EVERYDAY else SECONDS
    height = random.uniform(*HEIGHTS)
    turned = view + int(random.integers(-20, 20))
    return _seen(f"{name}?view={turned}&rest=5&reps=3&height={height:.2f}", random, 0.0, seconds)


def busy_people(random: Generator, count: int = BUSY) -> list[Simulated]:
    """People who do no exercise, though much of what they do begins like one; seen from anywhere."""
    return [
        _seen(f"errands?view={random.integers(360)}", random, random.uniform(0, LATER), EVERYDAY_SECONDS, anywhere=True)
        for _ in range(count)
    ]


def ways() -> dict[str, tuple[str, ...]]:
    """Label -> names of the movements that show it, for labels that are shown in several ways."""
    names = [name for name in MOVEMENTS if name not in DAILY]
    labels = dict.fromkeys(style.label for style in STYLES.values())
    return {label: tuple(name for name in names if (MOVEMENTS[name].label or name) == label) for label in labels}


def athletes(random: Generator) -> list[Simulated]:
    """People of the simulated gym who do each exercise in all ways that there are, and each in their own."""
    counts = {label: OF_UNNAMED * len(names) if label == UNKNOWN else OF_LABEL for label, names in ways().items()}
    return [
        athlete(names[number % len(names)], random)
        for label, names in ways().items()
        for number in range(counts[label])
    ]


def athlete(name: str, random: Generator) -> Simulated:
    """Somebody who does one thing in sets, in their own way, seen from any side.

    Args:
        name: of the movement.
        random: of all that.
    """
    movement = MOVEMENTS[name]
    spec = f"{name}?own=1&reps=4&view={random.integers(360)}&height={random.uniform(*ANY_HEIGHTS):.2f}"
    spec += f"&rest={random.uniform(*RESTS):.2f}"
    if not movement.hold:
        spec += f"&tempo={movement.seconds * np.exp(random.uniform(np.log(FASTEST), np.log(SLOWEST))):.2f}"
    return _seen(spec, random, random.uniform(0, LATEST), SET_SECONDS)


def elsewhere(camera: Camera, random: Generator) -> Camera:
    """A camera that sees the same person from elsewhere, through another lens, near enough to cut them off or far away.

    Args:
        camera: sees them whole, from straight ahead.
        random: of all that.
    """
    steep = random.normal(*LEVEL) if random.random() < LEVEL_OFTEN else random.uniform(*STEEP)
    field = float(np.exp(random.uniform(*np.log(FIELDS))))
    x, y, z = camera.target
    half = (camera.position[2] - z) * np.tan(np.radians(camera.field_of_view / 2))
    close = random.random() < CLOSE_OFTEN
    size = random.uniform(*(CLOSE if close else WHOLE))
    distance = max(half * size / np.tan(np.radians(field / 2)), NEAREST)
    y += random.uniform(-OFF, OFF) * half if close else 0.0
    rise = max(distance * np.sin(np.radians(steep)), LOWEST - y)
    ahead = np.sqrt(max(distance**2 - rise**2, 0.01))
    return Camera(camera.width, camera.height, (x, float(y + rise), float(z + ahead)), (x, float(y), z), field)


def _seen(spec: str, random: Generator, start: float, seconds: float, *, anywhere: bool = False) -> Simulated:
    """Who is alone in a scene, from a moment on; from anywhere, or as the scene's camera sees them."""
    seed = int(random.integers(2**31))
    scene = open_scene(f"{spec}&seed={seed}")
    if anywhere:
        scene = Scene(elsewhere(scene.camera, random), scene.people, seed=scene.seed)
    moments = [scene.truth(start + frame / FPS) for frame in range(round(seconds * FPS))]
    engine = Estimator(seed)
    poses = [engine.update(moment.frame).people[0] for moment in moments]
    picture = moments[0].frame
    return Simulated(
        captured_at=np.arange(len(poses), dtype=np.int64) * (NANOSECONDS // FPS),
        keypoints=np.stack([pose.keypoints for pose in poses]),
        visibility=np.stack([pose.visibility for pose in poses]),
        world=np.stack([pose.world_keypoints for pose in poses]),
        labels=tuple(moment.people[0].label for moment in moments),
        width=picture.width,
        height=picture.height,
    )


def simulated_examples(
    people: Sequence[Simulated], first: int, labels: tuple[str, ...], *, cut: Cut, fed: Input, random: Generator
) -> Examples | None:
    """Their clips, and short pieces of them played to and fro, as examples; None when none shows one of the labels.

    Args:
        people: from the simulated gym.
        first: number of the first of them among the videos.
        labels: names that labels are told in; clips of others are left out.
        cut: of clips; they are taken a second apart.
        fed: what the model is fed with.
        random: of where pieces begin and how long they are.
    """
    clips: list[Clip] = []
    shown: list[int] = []
    of_person: list[int] = []
    for index, person in enumerate(people):
        for clip in (*_clips(person, cut), *_pieces(person, cut, random)):
            label = person.label_between(clip.start, clip.end)
            if label in labels:
                clips.append(clip)
                shown.append(labels.index(label))
                of_person.append(first + index)
    if not clips:
        return None
    features = described(clips, fed)
    times = len(features) // len(clips)
    everybody = np.full(len(features), Origin.SIMULATED, np.int64)
    return Examples(features, np.repeat(shown, times), np.repeat(of_person, times), labels, everybody)


def _clips(person: Simulated, cut: Cut, kept: slice = slice(None)) -> list[Clip]:
    """Clips of some of somebody's frames."""
    return cut_clips(
        person.captured_at[kept],
        person.keypoints[kept],
        person.visibility[kept],
        person.world[kept],
        width=person.width,
        height=person.height,
        clip_seconds=cut.clip_seconds,
        samples=cut.samples,
        stride_seconds=STRIDE_SECONDS,
    )


def _pieces(person: Simulated, cut: Cut, random: Generator) -> list[Clip]:
    """What is seen of people who are in view for less than a clip, as `training.examples.pieces_of` has it."""
    found: list[Clip] = []
    seconds = len(person.captured_at) / FPS
    for first, length in pieces(seconds, PIECES, random):
        found += _clips(person, cut, slice(round(first * FPS), round((first + length) * FPS) + 1))
    return found
