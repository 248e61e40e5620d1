"""Movement signals: one pose as a handful of numbers that rise and fall with repetitions.

Angles are measured in the picture, averaged over both sides of the body: on real clips they count better than angles
between world keypoints, whose depth is a guess. Where a limb moves towards the camera the picture hides it, so
movements that people show from the front too use the mean of both. Heights are metres up the picture: picture lengths
divided by the picture size of a metre at the person, which is what maps the world keypoints onto the picture best.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.core.geometry import EPSILON, JOINTS, elevation, isotropic, joint_angles
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


_ANGLES: Final = tuple(
    f"{side}_{joint}" for joint in ("elbow", "shoulder", "hip", "knee") for side in ("left", "right")
)
_ANGLE_KEYPOINTS: Final = np.array([JOINTS[name] for name in _ANGLES])
_ENDS: Final = np.array([[INDEX[f"{side}_{part}"] for side in ("left", "right")] for part in
                         ("shoulder", "wrist", "hip", "ankle")])  # fmt: skip
_BODY: Final = np.array([INDEX[name] for name in BODY])
_TIPS: Final = np.array([INDEX[name] for name in TIPS])
_HIPS: Final = slice(BODY.index("left_hip"), BODY.index("right_hip") + 1)


def measure(pose: Pose, width: int, height: int) -> Measures:
    """All signals of one pose.

    Args:
        pose: the person.
        width: the picture's width, pixels, to undo the normalisation.
        height: the picture's height, pixels.
    """
    points = isotropic(pose.keypoints, width, height)[:, :2]
    world = np.asarray(pose.world_keypoints, float)
    flat, deep = (
        joint_angles(np.stack([np.column_stack([points, np.zeros(len(points))]), world]), _ANGLES)
        .reshape(2, 4, 2)
        .mean(axis=2)
    )
    metre = _metre(points, world)
    sides = points[_ENDS]
    shoulder, wrist, hip, ankle = sides.mean(axis=1) / metre
    values = np.array([
        *flat,
        shoulder[1] - wrist[1],
        ankle[1] - hip[1],
        ankle[1] - shoulder[1],
        float(elevation(world[_ENDS[2]].mean(axis=0), world[_ENDS[0]].mean(axis=0))),
        np.hypot(*(sides[3, 0] - sides[3, 1])) / metre,
        (flat[0] + deep[0]) / 2,
        (flat[2] + deep[2]) / 2,
    ])  # fmt: skip
    seen = pose.visibility[_ANGLE_KEYPOINTS].min(axis=1).reshape(4, 2).max(axis=1)
    shoulder_seen, wrist_seen, hip_seen, ankle_seen = pose.visibility[_ENDS].max(axis=1)
    quality = np.array([
        *seen,
        min(shoulder_seen, wrist_seen),
        min(hip_seen, ankle_seen),
        min(shoulder_seen, ankle_seen),
        min(shoulder_seen, hip_seen),
        pose.visibility[_ENDS[3]].min(),
        seen[0],
        seen[2],
    ])  # fmt: skip
    whole = np.column_stack([points / metre, world[:, 2]])
    hips = whole[_BODY[_HIPS]].mean(axis=0)
    whole -= hips
    place = np.array([hips[0] * metre, hips[1] * metre, metre])
    visibility = np.asarray(pose.visibility, float)
    return Measures(values, quality, whole[_BODY], visibility[_BODY], whole[_TIPS], visibility[_TIPS], place)


def _metre(points: NDArray[np.floating], world: NDArray[np.floating]) -> float:
    """The picture size of a metre at the person: the spread of the joints in the picture over that in the world."""
    flat = points[_BODY] - points[_BODY].mean(axis=0)
    metric = world[_BODY, :2] - world[_BODY, :2].mean(axis=0)
    return max(float(np.sqrt((flat**2).sum() / max(float((metric**2).sum()), EPSILON))), EPSILON)
