"""People of the simulated gym who do no exercise, by their exact keypoints: what the real footage hardly has.

Five minutes of the footage are no exercise, and nobody in it merely stands about in a gym: without these people,
standing idle was called a deadlift. No pixels are rendered: poses are the truth, made to tremble as a pose model's do.
Simulated exercise is left out: measured on real clips of strangers it took squats and deadlifts from 0.82 to 0.77.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from services.classifier.manifest import NONE, Input
from services.core.clips import Clip, Times, cut_clips
from services.core.types import NANOSECONDS, FloatArray
from services.simulator import open_scene
from training.augment import TREMBLE, tremble
from training.examples import Cut, Examples, described

SOURCE: Final = "Spotter's simulated gym (keypoints only)"
FPS: Final = 10
SECONDS: Final = 16.0
STRIDE_SECONDS: Final = 1.0
VIEWS: Final = tuple(range(10, 360, 50))
"""Degrees between a person's front and the camera, each a little varied."""
HEIGHTS: Final = (1.0, 2.4)
"""Lowest and highest camera, metres above the floor."""
SCENES: Final = ("idle", "walking", "squat", "deadlift", "bench_press", "biceps_curl")
"""Exercises have rests between their sets."""


@dataclass(frozen=True, slots=True, eq=False)
class Simulated:
    """One person of the simulated gym.

    Attributes:
        captured_at: (N,) event time, ns.
        keypoints: (N, 33, 3) normalised.
        visibility: (N, 33) 0-1.
        world: (N, 33, 3) metres.
        rests: (N,) true where no exercise is done.
        width, height: of the picture, pixels.
    """

    captured_at: Times
    keypoints: FloatArray
    visibility: FloatArray
    world: FloatArray
    rests: NDArray[np.bool_]
    width: int
    height: int

    def rests_between(self, start: int, end: int) -> bool:
        """Whether no exercise is done in a stretch of time, ns."""
        return bool(self.rests[(self.captured_at >= start) & (self.captured_at <= end)].all())


def simulated_people(random: Generator, scenes: Sequence[str] = SCENES) -> list[Simulated]:
    """People of the simulated gym: each scene from each side, with rests between short sets.

    Args:
        random: of cameras and of people's looks and tempo.
        scenes: exercises that the simulator knows.
    """
    return [_person(exercise, view, random) for exercise in scenes for view in VIEWS]


def _person(exercise: str, view: int, random: Generator) -> Simulated:
    height = random.uniform(*HEIGHTS)
    seed, turned = int(random.integers(2**31)), view + int(random.integers(-20, 20))
    scene = open_scene(f"{exercise}?seed={seed}&view={turned}&rest=8&reps=2&height={height:.2f}")
    moments = [scene.truth(frame / FPS) for frame in range(round(SECONDS * FPS))]
    poses = [moment.frame.people[0] for moment in moments]
    picture = moments[0].frame
    world = np.stack([pose.world_keypoints for pose in poses])
    keypoints = np.stack([pose.keypoints for pose in poses])
    body = max(float(np.median(np.ptp(keypoints[..., 1], axis=-1))), 1e-3)
    return Simulated(
        captured_at=np.arange(len(poses), dtype=np.int64) * (NANOSECONDS // FPS),
        keypoints=tremble(keypoints, TREMBLE * body, random).astype(np.float32),
        visibility=np.stack([pose.visibility for pose in poses]),
        world=tremble(world, TREMBLE, random).astype(np.float32),
        rests=np.array([moment.people[0].label == NONE for moment in moments]),
        width=picture.width,
        height=picture.height,
    )


def resting_examples(
    people: Sequence[Simulated], first: int, labels: tuple[str, ...], *, cut: Cut, fed: Input
) -> Examples | None:
    """Clips in which they do no exercise, as examples of "none"; None when that is no label or nobody rests.

    Args:
        people: from the simulated gym.
        first: number of the first of them among the videos.
        labels: names that labels are told in.
        cut: of clips; they are taken a second apart.
        fed: what the model is fed with.
    """
    clips: list[Clip] = []
    of_person: list[int] = []
    for index, person in enumerate(people):
        cuts = cut_clips(
            person.captured_at,
            person.keypoints,
            person.visibility,
            person.world,
            width=person.width,
            height=person.height,
            clip_seconds=cut.clip_seconds,
            samples=cut.samples,
            stride_seconds=STRIDE_SECONDS,
        )
        resting = [clip for clip in cuts if person.rests_between(clip.start, clip.end)]
        clips += resting
        of_person += [first + index] * len(resting)
    if not clips or NONE not in labels:
        return None
    features = described(clips, fed)
    times = len(features) // len(clips)
    label = np.full(len(features), labels.index(NONE), np.int64)
    return Examples(features, label, np.repeat(np.array(of_person, np.int64), times), labels)
