"""The pose engine's errors on simulated people, through pixels: the table of `services.simulator.estimator`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

import numpy as np

from services.core.types import NANOSECONDS, FloatArray, Pose, PoseFrame
from services.simulator.estimator import GROUPS, HIDDEN, SIDES, metre_of, side_of
from tests.benchmarks.simulated_reps.sets import Trial

LEAST: Final = 15
"""Frames of a set in which a keypoint must be so, before they say anything of it."""
ENOUGH: Final = 150
"""The same over all sets."""

Errors = dict[tuple[str, str, bool], list[tuple[FloatArray, FloatArray]]]
"""(side, group, hidden) -> of each set and keypoint (N, 5) errors in mm and (N,) visibility."""


def main(sets: Sequence[tuple[Trial, list[tuple[int, PoseFrame]]]]) -> None:
    """Measure and print."""
    found: Errors = defaultdict(list)
    shares, kept = [], []
    for trial, frames in sets:
        seen, share = _errors(trial, [frame for _, frame in frames])
        shares.append(share)
        for key, errors in seen.items():
            found[key] += errors
            kept += [_memory(one, trial.fps) for one, _ in errors]
    print(f"{len(sets)} sets; frames in which the person was seen: mean {np.mean(shares):.4f}, worst {min(shares):.3f}")
    late = np.array([known - frame.captured_at for _, frames in sets for known, frame in frames]) / NANOSECONDS
    print(f"a frame's people are known after p50 {np.median(late):.3f} s, p95 {np.percentile(late, 95):.3f} s of video")
    print(f"errors that wander keep for p50 {np.median(kept):.2f} s")
    print("mm that stay / wander: picture, world across, world depth; visibility p10, p50; frames")
    for side in SIDES:
        for group in GROUPS:
            for hidden in (False, True):
                own = found[side, group, hidden]
                if sum(len(errors) for errors, _ in own) < ENOUGH:
                    continue
                still = np.sqrt(np.mean([errors.mean(axis=0) ** 2 for errors, _ in own], axis=0))
                wander = np.sqrt(np.mean([errors.var(axis=0) for errors, _ in own], axis=0))
                visibility = np.concatenate([look for _, look in own])
                cells = [f"{value:.0f}" for pair in zip(_three(still), _three(wander), strict=True) for value in pair]
                low, middle = np.percentile(visibility, [10, 50])
                numbers = ", ".join([*cells, f"{low:.2f}", f"{middle:.2f}"])
                print(f'    ("{side}", "{group}", {hidden}): ({numbers}),  # {len(visibility)}')


def _errors(trial: Trial, frames: Sequence[PoseFrame]) -> tuple[Errors, float]:
    """The errors of one set, of the person who was seen longest; and the share of frames in which they were."""
    scene = trial.scene
    ids = [pose.track_id for frame in frames for pose in frame.people]
    person = max(set(ids), key=ids.count) if ids else ""
    pairs: list[tuple[PoseFrame, Pose, Pose]] = [
        (frame, scene.pose_frame(frame.captured_at / NANOSECONDS).people[0], pose)
        for frame in frames
        for pose in frame.people
        if pose.track_id == person
    ]
    errors, hidden, side, looks = [], [], [], []
    for frame, true, pose in pairs:
        size = np.array([frame.width, frame.height])
        pixels = (pose.keypoints[:, :2] - true.keypoints[:, :2]) * size
        metre = metre_of(true.keypoints[:, :2] * size, true.world_keypoints)
        errors.append(1000 * np.column_stack([pixels / metre, pose.world_keypoints - true.world_keypoints]))
        hidden.append(true.visibility < HIDDEN)
        side.append(side_of(true.world_keypoints))
        looks.append(pose.visibility)
    all_errors, all_hidden, sides, visibility = map(np.array, (errors, hidden, side, looks))
    found: Errors = defaultdict(list)
    for number, name in enumerate(SIDES):
        for group, points in GROUPS.items():
            for point in points:
                for is_hidden in (False, True):
                    rows = (sides == number) & (all_hidden[:, point] == is_hidden)
                    if rows.sum() >= LEAST:
                        found[name, group, is_hidden].append((all_errors[rows, point], visibility[rows, point]))
    return found, len(pairs) / len(frames)


def _three(values: FloatArray) -> list[float]:
    """(5,) of x, y in the picture and x, y, z in the world -> picture, world across, world depth."""
    x, y, across, up, depth = values
    return [float(np.hypot(x, y) / 2**0.5), float(np.hypot(across, up) / 2**0.5), float(depth)]


def _memory(errors: FloatArray, fps: int) -> float:
    """Time constant of what wanders, seconds, by how alike neighbouring frames are."""
    gone = errors - errors.mean(axis=0)
    alike = (gone[1:] * gone[:-1]).mean(axis=0) / np.maximum((gone**2).mean(axis=0), 1e-9)
    return float(-1 / fps / np.log(np.clip(np.median(alike), 0.01, 0.999)))
