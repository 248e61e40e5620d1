"""What goes wrong before a counter: frames lost, a second hidden, a side unseen, left and right swapped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from services.core.skeleton import INDEX, MIRROR
from services.core.types import NANOSECONDS, Pose, PoseFrame
from tests.benchmarks.simulated_reps.sets import Trial, random_of, truth_of

DROPPED: Final = 0.3
"""Share of the frames that are lost one by one."""
BURST_SECONDS: Final = 0.4
BURST_EVERY: Final = 5.0
"""Beside them all frames of so long are lost, about so often, seconds."""
HIDDEN_SECONDS: Final = 1.0
UNSEEN: Final = 0.05
"""Visibility of what is not seen."""
GUESSED: Final = 0.1
"""Metres by which the pose model guesses wrong where it sees nothing."""
SIDE: Final = ("elbow", "wrist", "pinky", "index", "thumb", "knee", "ankle", "heel", "foot_index")


def damaged(trial: Trial, frames: Sequence[PoseFrame]) -> list[PoseFrame]:
    """The frames as the trial's condition leaves them."""
    random = random_of("damage", trial.key)
    match trial.condition:
        case "frames dropped":
            return _dropped(frames, random)
        case "occluded a second":
            return _occluded(trial, frames, random)
        case "one side missing":
            side = ("left", "right")[int(random.integers(2))]
            return [_of_people(frame, lambda pose: _one_sided(pose, side, random)) for frame in frames]
        case "mirrored":
            return [_of_people(frame, _mirrored) for frame in frames]
    return list(frames)


def _of_people(frame: PoseFrame, change: Callable[[Pose], Pose]) -> PoseFrame:
    return replace(frame, people=tuple(change(pose) for pose in frame.people))


def _dropped(frames: Sequence[PoseFrame], random: np.random.Generator) -> list[PoseFrame]:
    end = frames[-1].captured_at / NANOSECONDS
    bursts = random.uniform(0, end, max(round(end / BURST_EVERY), 1))
    return [
        frame
        for frame in frames
        if random.random() >= DROPPED
        and not any(start <= frame.captured_at / NANOSECONDS < start + BURST_SECONDS for start in bursts)
    ]


def _occluded(trial: Trial, frames: Sequence[PoseFrame], random: np.random.Generator) -> list[PoseFrame]:
    """Nobody is seen for a second around some moment of every third repetition."""
    starts = [random.uniform(rep.start, rep.end) - HIDDEN_SECONDS / 2 for rep in truth_of(trial)[1::3]]
    return [
        replace(frame, people=())
        if any(start <= frame.captured_at / NANOSECONDS < start + HIDDEN_SECONDS for start in starts)
        else frame
        for frame in frames
    ]


def _one_sided(pose: Pose, side: str, random: np.random.Generator) -> Pose:
    """An arm and a leg that are not seen, and are guessed at."""
    which = [INDEX[f"{side}_{part}"] for part in SIDE]
    visibility, keypoints, world = pose.visibility.copy(), pose.keypoints.copy(), pose.world_keypoints.copy()
    metre = np.ptp(keypoints[:, :2], axis=0).max() / max(float(np.ptp(world[:, :2], axis=0).max()), 1e-3)
    wrong = random.normal(0, GUESSED, (len(which), 3))
    visibility[which] = UNSEEN
    keypoints[which] += (wrong * metre).astype(np.float32)
    world[which] += wrong.astype(np.float32)
    return replace(pose, visibility=visibility, keypoints=keypoints, world_keypoints=world)


def _mirrored(pose: Pose) -> Pose:
    keypoints, world = pose.keypoints[MIRROR].copy(), pose.world_keypoints[MIRROR].copy()
    keypoints[:, 0] = 1 - keypoints[:, 0]
    world[:, 0] *= -1
    left, top, right, bottom = pose.box
    box = np.array([1 - right, top, 1 - left, bottom], np.float32)
    return replace(pose, box=box, keypoints=keypoints, world_keypoints=world, visibility=pose.visibility[MIRROR])
