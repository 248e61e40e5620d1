r"""Sequences of keypoints whose shape was lost: each frame scaled to 0-1 on each axis by its own extent.

A public set of Countix videos comes so. What each axis was divided by can be found again, since limbs keep their
lengths. For a bone between two keypoints that are (dx, dy, dz) apart in the scaled frame

    (sx dx)^2 + (sy dy)^2 + (sz dz)^2 = length^2

is linear in the squares of the three factors, and sixteen bones of a grown person (`LENGTHS`) give them by least
squares, frame by frame. What comes out are metres about the hips, of 148 further people in other rooms.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.random import Generator

from services.classifier.manifest import Input
from services.core.skeleton import INDEX
from services.core.types import FloatArray
from training.augment import TREMBLE, tremble, turned
from training.examples import Cut, Examples, Origin, moving_features
from training.placed import RESTS_ON, about_hips, placed

FILE: Final = Path("keypoints/countix_fitness_minmax33.npz")
"""Under the footage's folder: name -> (T, 99), x, y, z of 33 keypoints; frames without a person are all 0."""

INDEX_FILE: Final = FILE.with_suffix(".csv")
"""Beside it: file, label, reps."""

SOURCE: Final = "Countix sequences, scaled frame by frame (keypoints only)"

FPS: Final = 28.0
"""Frames a second; the set does not say, and its videos have 24 to 30."""

LENGTHS: Final = {
    ("left_shoulder", "right_shoulder"): 0.320,
    ("left_hip", "right_hip"): 0.217,
    ("left_shoulder", "left_elbow"): 0.235,
    ("left_elbow", "left_wrist"): 0.223,
    ("right_shoulder", "right_elbow"): 0.235,
    ("right_elbow", "right_wrist"): 0.223,
    ("left_shoulder", "left_hip"): 0.473,
    ("right_shoulder", "right_hip"): 0.473,
    ("left_shoulder", "right_hip"): 0.540,
    ("right_shoulder", "left_hip"): 0.540,
    ("left_hip", "left_knee"): 0.378,
    ("left_knee", "left_ankle"): 0.366,
    ("right_hip", "right_knee"): 0.378,
    ("right_knee", "right_ankle"): 0.366,
    ("left_ankle", "left_foot_index"): 0.142,
    ("right_ankle", "right_foot_index"): 0.142,
}
"""Metres between keypoints: medians of the pose model's world keypoints over the footage, both sides alike."""

WORST: Final = 0.6
"""Root of the squared errors of a frame's bones, each over its length, above which the frame is nobody."""
SEEN: Final = 0.75
"""Share of a clip's moments that must be somebody."""
GAP: Final = 20
"""Frames that may be missing between two that are interpolated."""
LIVELY: Final = 0.5
"""Share of a lively clip's movement that a clip must have, for people rest in these videos too."""
TEMPO: Final = 1.35
"""Greatest factor of tempo, up or down."""

_ENDS: Final = np.array([[INDEX[one], INDEX[other]] for one, other in LENGTHS])
_LENGTHS: Final = np.array(list(LENGTHS.values()))


@dataclass(frozen=True, slots=True, eq=False)
class PoseSequence:
    """One video of which only poses are known.

    Attributes:
        name: of the video.
        label: the exercise.
        reps: repetitions counted by people.
        bodies: (T, 33, 3) metres about the hips.
        seen: (T,) whether the frame shows somebody.
    """

    name: str
    label: str
    reps: int
    bodies: FloatArray
    seen: np.ndarray[tuple[int], np.dtype[np.bool_]]


def read_sequences(data: Path) -> list[PoseSequence]:
    """The set, in the order of its index; empty when the footage's folder does not have it."""
    if not (data / FILE).is_file():
        return []
    found = []
    with (data / INDEX_FILE).open(newline="", encoding="utf-8") as file, np.load(data / FILE) as arrays:
        for row in csv.DictReader(file):
            name = row["file"].removesuffix(".npy")
            if row["label"] in RESTS_ON:
                bodies, seen = unscaled(arrays[name].reshape(-1, 33, 3))
                found.append(PoseSequence(name, row["label"], int(row["reps"]), bodies, seen))
    return found


def unscaled(frames: FloatArray) -> tuple[FloatArray, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    """Bodies of frames that were scaled each by its own extent.

    Args:
        frames: (T, 33, 3) 0-1 on each axis; all 0 where nobody was seen.

    Returns:
        (T, 33, 3) metres about the hips, and (T,) whether the frame shows a body.
    """
    apart = (frames[:, _ENDS[:, 0]] - frames[:, _ENDS[:, 1]]).astype(float) ** 2
    # Each bone's equation is divided by its length, so that a foot counts for less than a trunk, but counts.
    weighted, target = apart / _LENGTHS[:, None], np.broadcast_to(_LENGTHS[:, None], (len(frames), len(_LENGTHS), 1))
    across = weighted.swapaxes(1, 2)
    squares = (np.linalg.pinv(across @ weighted, hermitian=True) @ (across @ target))[..., 0]
    wrong = np.linalg.norm((weighted @ squares[..., None] - target)[..., 0], axis=1)
    seen = np.abs(frames).sum(axis=(1, 2)) > 0
    seen &= (wrong < WORST) & (squares > 0).all(axis=1)
    bodies = frames * np.sqrt(np.maximum(squares, 0.0))[:, None, :]
    return about_hips(bodies).astype(np.float32), seen


def sequence_examples(
    sequences: Sequence[PoseSequence],
    first: int,
    labels: tuple[str, ...],
    *,
    cut: Cut,
    fed: Input,
    copies: int,
    random: Generator,
) -> Examples | None:
    """Clips of sequences as examples; None when none shows one of the labels.

    Args:
        sequences: what they are cut from.
        first: number of the first of them among the videos.
        labels: names that labels are told in; those of other labels are left out.
        cut: of clips.
        fed: what the model is fed with.
        copies: clips of each sequence, at most.
        random: where chance comes from.
    """
    clips: list[FloatArray] = []
    shown: list[int] = []
    of: list[int] = []
    for index, one in enumerate(sequences):
        if one.label in labels and fed is not Input.POSE:
            own = _clips(one, cut, copies, random)
            clips += own
            shown += [labels.index(one.label)] * len(own)
            of += [first + index] * len(own)
    if not clips:
        return None
    points = np.stack(clips)
    world = np.stack([about_hips(clip) for clip in clips]).astype(np.float32)
    features = moving_features(points, np.ones(points.shape[:-1], np.float32), world, cut.clip_seconds, fed)
    origin = np.full(len(shown), Origin.SEQUENCES, np.int64)
    return Examples(features, np.array(shown), np.array(of), labels, origin)


def _clips(one: PoseSequence, cut: Cut, copies: int, random: Generator) -> list[FloatArray]:
    """Lively clips (T, 33, 3) from anywhere in a sequence, each in its own tempo and from a little elsewhere."""
    known = np.flatnonzero(one.seen)
    if len(known) < cut.samples:
        return []
    found: list[tuple[float, FloatArray]] = []
    for _ in range(3 * copies):
        span = min(cut.clip_seconds * FPS * TEMPO ** random.uniform(-1, 1), len(one.bodies) - 1)
        at = random.uniform(0, len(one.bodies) - 1 - span) + np.linspace(0, span, cut.samples)
        if one.seen[at.round().astype(int)].mean() < SEEN:
            continue
        before = known[np.clip(np.searchsorted(known, at, side="right") - 1, 0, None)]
        after = known[np.clip(np.searchsorted(known, at, side="left"), None, len(known) - 1)]
        if (after - before).max() > GAP:
            continue
        part = ((at - before) / np.maximum(after - before, 1)).clip(0, 1)[:, None, None]
        body = one.bodies[before] * (1 - part) + one.bodies[after] * part
        movement = float(np.linalg.norm(body.std(axis=0), axis=-1).mean())
        seen_from = tremble(turned(placed(body, one.label), random), TREMBLE, random)
        found.append((movement, np.asarray(seen_from, np.float32)))
    lively = LIVELY * float(np.percentile([movement for movement, _ in found], 80)) if found else 0.0
    return [clip for movement, clip in found if movement >= lively][:copies]
