"""Movement signals: one pose as a handful of numbers that rise and fall with repetitions.

Angles are measured in the picture, averaged over both sides of the body: on real clips they count better than angles
between world keypoints, whose depth is a guess. Where a limb moves towards the camera the picture hides it, so
movements that people show from the front too use the mean of both. Heights are metres up the picture: picture lengths
divided by the picture size of a metre at the person, which is what maps the world keypoints onto the picture best.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.core.geometry import EPSILON, JOINTS, joint_angles
from services.core.skeleton import INDEX
from services.core.types import Pose

Floats = NDArray[np.float64]
"""Any array of 64-bit floats; the shape stands where it is used."""


class Signal(IntEnum):
    """What is measured; the value is its place in `Measures`."""

    ELBOW = 0
    """Degrees, 180 straight."""
    SHOULDER = 1
    """Degrees between upper arm and torso, 0 hanging down."""
    HIP = 2
    """Degrees between torso and thigh, 180 straight."""
    KNEE = 3
    """Degrees, 180 straight."""
    WRIST_HEIGHT = 4
    """Metres of the wrists over the shoulders."""
    HIP_HEIGHT = 5
    """Metres of the hips over the ankles."""
    SHOULDER_HEIGHT = 6
    """Metres of the shoulders over the ankles."""
    TORSO = 7
    """Degrees of the torso over the horizon, 90 upright, 0 lying."""
    STRIDE = 8
    """Metres between the ankles."""
    REACH = 9
    """Degrees at the elbow, between the picture's angle and the world's: less exact, also seen from the front."""
    BEND = 10
    """The same at the hip."""


BODY: Final[tuple[str, ...]] = tuple(
    f"{side}_{part}" for part in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle") for side in ("left", "right")
)
"""The keypoints of `Measures.body`, left and right in turn."""

TIPS: Final = ("nose", "left_heel", "right_heel", "left_foot_index", "right_foot_index")
"""The keypoints of `Measures.tips`."""


@dataclass(frozen=True, slots=True, eq=False)
class Measures:
    """All signals of one pose.

    Attributes:
        values: (len(Signal),) in each signal's own unit.
        quality: (len(Signal),) 0-1, visibility of the worst keypoint needed, the better side counting.
        body: (len(BODY), 3) metres about the hips: x right and y down as the picture shows them, z away from the camera
            as the world keypoints have it.
        seen: (len(BODY),) 0-1, visibility of each.
        tips: (len(TIPS), 3) the same of the body's ends.
        tips_seen: (len(TIPS),) 0-1, visibility of each.
        place: (3,) where the hips are in the picture, x right and y down, and how long a metre is there; all in
            picture heights. Zeros where nobody told.
    """

    values: Floats
    quality: Floats
    body: Floats = field(default_factory=lambda: np.zeros((len(BODY), 3)))
    seen: Floats = field(default_factory=lambda: np.ones(len(BODY)))
    tips: Floats = field(default_factory=lambda: np.zeros((len(TIPS), 3)))
    tips_seen: Floats = field(default_factory=lambda: np.zeros(len(TIPS)))
    place: Floats = field(default_factory=lambda: np.zeros(3))

    @property
    def visible(self) -> float:
        """0-1, mean visibility of the body; 0 where nobody told where it is."""
        return float(np.add.reduce(self.seen)) / len(self.seen) if self.body.any() else 0.0


_ANGLES: Final = tuple(
    f"{side}_{joint}" for joint in ("elbow", "shoulder", "hip", "knee") for side in ("left", "right")
)
_JOINTS: Final = [JOINTS[name] for name in _ANGLES]
_LEFT, _RIGHT = (
    [INDEX[f"{side}_{part}"] for part in ("shoulder", "wrist", "hip", "ankle")] for side in ("left", "right")
)
_ENDS: Final = np.array([_LEFT, _RIGHT])
_KEPT: Final = np.array([INDEX[name] for name in (*BODY, *TIPS)])
_HIPS: Final = BODY.index("left_hip"), BODY.index("right_hip")


def measure(pose: Pose, width: int, height: int) -> Measures:
    """All signals of one pose.

    Args:
        pose: the person.
        width: the picture's width, pixels, to undo the normalisation.
        height: the picture's height, pixels.
    """
    # The picture in its heights, without its guess of depth, and the world: one gather and one sum do for both.
    spaces = np.empty((2, len(INDEX), 3))
    spaces[0], spaces[1] = pose.keypoints, pose.world_keypoints
    spaces[0, :, 0] *= width / height
    spaces[0, :, 2] = 0.0
    angles = joint_angles(spaces, _ANGLES)
    flat, deep = ((angles[:, ::2] + angles[:, 1::2]) / 2).tolist()
    kept = spaces.take(_KEPT, axis=1)
    metre = _metre(kept[:, : len(BODY), :2])
    ends = spaces.take(_ENDS, axis=1)
    in_picture, in_world = ((ends[:, 0] + ends[:, 1]) / 2).tolist()
    shoulder, wrist, hip, ankle = (y / metre for _, y, _ in in_picture)
    (left_x, left_y, _), (right_x, right_y, _) = ends[0, :, -1].tolist()
    values = np.array([
        *flat,
        shoulder - wrist,
        ankle - hip,
        ankle - shoulder,
        _torso(in_world[0], in_world[2]),
        float(np.hypot(left_x - right_x, left_y - right_y)) / metre,
        (flat[0] + deep[0]) / 2,
        (flat[2] + deep[2]) / 2,
    ])  # fmt: skip
    visibility = np.asarray(pose.visibility, float)
    seen = visibility.take(_KEPT)
    whole = kept[0] / metre
    whole[:, 2] = kept[1, :, 2]
    hips = (whole[_HIPS[0]] + whole[_HIPS[1]]) / 2
    whole -= hips
    return Measures(
        values,
        _quality(visibility.tolist()),
        whole[: len(BODY)],
        seen[: len(BODY)],
        whole[len(BODY) :],
        seen[len(BODY) :],
        np.array([hips[0] * metre, hips[1] * metre, metre]),
    )


def _quality(visibility: list[float]) -> Floats:
    """`Measures.quality` of the visibilities of all keypoints."""
    sides = [min(visibility[one], visibility[joint], visibility[other]) for one, joint, other in _JOINTS]
    elbow, upper, hips, knee = map(max, sides[::2], sides[1::2])
    left, right = ([visibility[end] for end in side] for side in (_LEFT, _RIGHT))
    shoulder, wrist, hip, ankle = map(max, left, right)
    return np.array([
        elbow,
        upper,
        hips,
        knee,
        min(shoulder, wrist),
        min(hip, ankle),
        min(shoulder, ankle),
        min(shoulder, hip),
        min(left[-1], right[-1]),
        elbow,
        hips,
    ])  # fmt: skip


def _torso(shoulders: list[float], hips: list[float]) -> float:
    """Degrees of the way from the hips to the shoulders over the horizon; `geometry.elevation` of a single one."""
    x, y, z = (there - here for there, here in zip(shoulders, hips, strict=True))
    length = math.sqrt(x * x + y * y + z * z)
    return math.degrees(np.arcsin(min(max(-y / length, -1.0), 1.0))) if length > EPSILON else 0.0


def _metre(bodies: Floats) -> float:
    """The picture size of a metre at the person: the spread of the joints in the picture over that in the world.

    Args:
        bodies: (2, len(BODY), 2) in the picture and in the world.
    """
    apart = bodies - (np.add.reduce(bodies, axis=1) / len(BODY))[:, None]
    picture, world = np.add.reduce((apart * apart).reshape(2, -1), axis=1).tolist()
    return max(math.sqrt(picture / max(world, EPSILON)), EPSILON)
