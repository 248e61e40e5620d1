r"""Movement made from the two ends of repetitions, of people whose videos we do not have.

A public set of Countix videos keeps of each only the poses at the two ends of some repetitions. A person goes from one
end to the other and back: between two of the poses of a video, limbs are moved along straight lines, slow at the ends.

    one end     .--.      .--.
               /    \    /    \
    other  ---'      '--'      '---

It is rougher than a recording, but it is of hundreds of other people in other rooms. Depth in the picture stands in
for the world keypoints, which the set lacks.
"""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.random import Generator

from services.classifier.manifest import Input
from services.core.features import shape_features
from services.core.geometry import Floats, length, middle
from services.core.types import FloatArray
from training.augment import TREMBLE, tremble, turned
from training.examples import Cut, Examples, Origin, moving_features
from training.placed import about_hips, placed

FILE: Final = Path("keypoints/countix_train_salient_poses_pixels.csv.gz")
"""Under the footage's folder: path, label, then x, y, z of 33 keypoints in pixels."""

SOURCE: Final = "Countix poses at the ends of repetitions (keypoints only)"

LABELS: Final = {
    "bench_pressing": "bench_press",
    "front_raise": "front_raise",
    "lunge": "lunge",
    "pull_ups": "pull_up",
    "push_up": "push_up",
    "rope_pushdown": "tricep",
    "sit_up": "sit_up",
    "squat": "squat",
}
"""Label of the set -> ours."""

TRUNK_METRES: Final = 0.5
"""Shoulders to hips of a grown person, from which pixels become metres."""

REP_SECONDS: Final = (1.2, 4.0)
"""Shortest and longest repetition that is made."""


@dataclass(frozen=True, slots=True, eq=False)
class Extremes:
    """The ends of one video's repetitions.

    Attributes:
        label: the exercise.
        video: its name.
        ends: two arrays (N, 33, 3) and (M, 33, 3), metres about the hips, N and M 1 or more.
    """

    label: str
    video: str
    ends: tuple[FloatArray, FloatArray]


def read_extremes(data: Path) -> list[Extremes]:
    """The set, in order of label and video; empty when the footage's folder does not have it."""
    if not (data / FILE).is_file():
        return []
    found: dict[tuple[str, str], dict[str, list[Floats]]] = defaultdict(lambda: defaultdict(list))
    with gzip.open(data / FILE, "rt", newline="") as file:
        for row in csv.reader(file):
            path = row[0].split("/")
            if len(path) == 5 and row[1] in LABELS and len(row) >= 101:
                pixels = np.array(row[2:101], float).reshape(33, 3)
                found[LABELS[row[1]], path[3]][path[2]].append(_in_metres(pixels))
    return [
        Extremes(label, video, (np.stack(ends["salient1"]), np.stack(ends["salient2"])))
        for (label, video), ends in sorted(found.items())
        if ends["salient1"] and ends["salient2"]
    ]


def _in_metres(pixels: Floats) -> FloatArray:
    """One pose about its hips, scaled by its trunk."""
    hips, shoulders = middle(pixels[23], pixels[24]), middle(pixels[11], pixels[12])
    trunk = max(float(length(shoulders - hips)), 1.0)
    return np.asarray((pixels - hips) * (TRUNK_METRES / trunk), np.float32)


def extreme_examples(
    extremes: Sequence[Extremes],
    first: int,
    labels: tuple[str, ...],
    *,
    cut: Cut,
    fed: Input,
    copies: int,
    random: Generator,
) -> Examples | None:
    """Made-up clips (or the poses themselves) as examples; None when there are none.

    Args:
        extremes: what they are made from.
        first: number of the first of them among the videos.
        labels: names that labels are told in; those of other labels are left out.
        cut: of clips.
        fed: what the model is fed with.
        copies: clips made from each.
        random: where chance comes from.
    """
    chosen = [(index, one) for index, one in enumerate(extremes) if one.label in labels]
    if not chosen:
        return None
    if fed is Input.POSE:
        parts = [_varied(np.concatenate(one.ends)[:, None], random)[:, 0] for _, one in chosen]
        bodies = np.concatenate(parts)
        features = shape_features(bodies, bodies)
        counts = [len(part) for part in parts]
    else:
        made = np.stack([_made(one, cut, random) for _, one in chosen for _ in range(copies)])
        world = np.stack([about_hips(clip) for clip in made]).astype(np.float32)
        features = moving_features(made, np.ones(made.shape[:-1], np.float32), world, cut.clip_seconds, fed)
        counts = [copies] * len(chosen)
    return Examples(
        features,
        np.repeat([labels.index(one.label) for _, one in chosen], counts),
        np.repeat([first + index for index, _ in chosen], counts),
        labels,
        np.full(sum(counts), Origin.EXTREMES, np.int64),
    )


def _made(one: Extremes, cut: Cut, random: Generator) -> FloatArray:
    """(T, 33, 3) metres: to and fro between poses of the two ends, as one varied camera sees it."""
    shortest, longest = np.log(REP_SECONDS)
    half = float(np.exp(random.uniform(shortest, longest))) / 2
    at = np.linspace(0, cut.clip_seconds, cut.samples) / half + random.random() * 2
    step = at.astype(int)
    visits = [one.ends[turn % 2] for turn in range(int(step[-1]) + 2)]
    keys = np.stack([poses[random.integers(len(poses))] for poses in visits])
    # The faster it goes between them, the longer it rests at the ends.
    part = np.clip((at - step) * random.uniform(1.0, 1.3), 0, 1)
    eased = ((1 - np.cos(np.pi * part)) / 2)[:, None, None]
    between = keys[step] * (1 - eased) + keys[step + 1] * eased
    return np.asarray(_varied(placed(between, one.label)[None], random)[0], np.float32)


def _varied(bodies: Floats, random: Generator) -> FloatArray:
    """Takes (N, T, 33, 3) about the hips, each seen from a little elsewhere, its joints trembling."""
    return np.asarray(np.stack([tremble(turned(take, random), TREMBLE, random) for take in bodies]), np.float32)
