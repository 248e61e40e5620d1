"""Angles, elevations and distances between keypoints; everything works over any leading axes.

Coordinates are the picture's: x right, y DOWN, z away from the camera. Angles are degrees.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from services.core.skeleton import INDEX

Floats = NDArray[np.floating]
"""Any array of floats; the shape stands where it is used."""

EPSILON: Final = 1e-9
"""Lengths below this count as none: an angle at a joint that lies on its neighbour is 0, never NaN."""


def _triplets(side: str) -> dict[str, tuple[int, int, int]]:
    names = {
        "elbow": ("shoulder", "elbow", "wrist"),
        "shoulder": ("elbow", "shoulder", "hip"),
        "hip": ("shoulder", "hip", "knee"),
        "knee": ("hip", "knee", "ankle"),
        "ankle": ("knee", "ankle", "foot_index"),
    }
    return {
        f"{side}_{joint}": (INDEX[f"{side}_{a}"], INDEX[f"{side}_{b}"], INDEX[f"{side}_{c}"])
        for joint, (a, b, c) in names.items()
    }


JOINTS: Final[dict[str, tuple[int, int, int]]] = _triplets("left") | _triplets("right")
"""Joint name -> keypoint indices (one end, the joint itself, other end)."""

MODEL_JOINTS: Final = (
    "left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_knee", "right_knee",
)  # fmt: skip
"""The six joints whose 0-360 degree angles are the usual input of forests on poses."""


def length(vector: ArrayLike) -> Floats:
    """Length of (..., D) vectors, as (...)."""
    at = np.asarray(vector, float)
    return np.asarray(np.sqrt(np.add.reduce(at * at, axis=-1)))


def distance(a: ArrayLike, b: ArrayLike) -> Floats:
    """Distance between (..., D) points, as (...), in their own unit."""
    return length(np.asarray(a, float) - np.asarray(b, float))


def middle(a: ArrayLike, b: ArrayLike) -> Floats:
    """The point halfway between (..., D) points."""
    return np.asarray((np.asarray(a, float) + np.asarray(b, float)) / 2)


def angle(a: ArrayLike, b: ArrayLike, c: ArrayLike) -> Floats:
    """The angle at ``b`` between its arms to ``a`` and ``c``.

    Args:
        a: (..., D) end of one arm; D is 2 or 3.
        b: (..., D) the joint.
        c: (..., D) end of the other arm.

    Returns:
        (...) degrees, 0 (folded) to 180 (straight); 0 where an arm has no length.
    """
    to_a = np.asarray(a, float) - np.asarray(b, float)
    to_c = np.asarray(c, float) - np.asarray(b, float)
    return _opening(to_a, to_c, length(to_a) * length(to_c))


def _opening(one: Floats, other: Floats, product: Floats) -> Floats:
    """Angles (...) between arms (..., D) whose lengths have this product (...), as `angle` gives them."""
    cosine = np.add.reduce(one * other, axis=-1) / np.maximum(product, EPSILON)
    return np.where(product > EPSILON, np.degrees(np.arccos(_bounded(cosine))), 0.0)


def turn(a: ArrayLike, b: ArrayLike, c: ArrayLike) -> Floats:
    """The angle at ``b`` from its arm to ``a`` round to its arm to ``c``, in the picture's plane.

    Args:
        a: (..., D) end of the arm from which is turned; only x and y are used.
        b: (..., D) the joint.
        c: (..., D) end of the arm to which is turned.

    Returns:
        (...) degrees, 0 to 360, clockwise as seen in the picture (y points down).
    """
    to_a = (np.asarray(a, float) - np.asarray(b, float))[..., :2]
    to_c = (np.asarray(c, float) - np.asarray(b, float))[..., :2]
    turned = np.arctan2(to_c[..., 1], to_c[..., 0]) - np.arctan2(to_a[..., 1], to_a[..., 0])
    return np.asarray(np.degrees(turned) % 360.0)


def elevation(start: ArrayLike, end: ArrayLike) -> Floats:
    """How steeply (..., D) segments rise from ``start`` to ``end`` against the horizon of a level camera.

    Returns:
        (...) degrees: 90 straight up, 0 level, -90 straight down; 0 where the segment has no length.
    """
    vector = np.asarray(end, float) - np.asarray(start, float)
    extent = length(vector)
    sine = -vector[..., 1] / np.maximum(extent, EPSILON)
    return np.where(extent > EPSILON, np.degrees(np.arcsin(_bounded(sine))), 0.0)


def joint_angles(points: ArrayLike, joints: tuple[str, ...] = tuple(JOINTS)) -> Floats:
    """Angles of named joints.

    Args:
        points: (..., 33, D) keypoints in one unit on all axes (picture units or metres).
        joints: names of `JOINTS`.

    Returns:
        (..., len(joints)) degrees, 0-180.
    """
    at = np.asarray(points, float)
    ends, joint = _arms_of(joints)
    arms = at.take(ends, axis=-2) - at.take(joint, axis=-2)
    lengths, half = length(arms), len(joints)
    return _opening(arms[..., :half, :], arms[..., half:, :], lengths[..., :half] * lengths[..., half:])


def joint_turns(points: ArrayLike, joints: tuple[str, ...] = MODEL_JOINTS) -> Floats:
    """The same in the picture's plane and with direction: (..., len(joints)) degrees, 0-360."""
    at = np.asarray(points, float)
    first, joint, last = (at.take(ends, axis=-2) for ends in _triplets_of(joints))
    return turn(first, joint, last)


@cache
def _triplets_of(joints: tuple[str, ...]) -> NDArray[np.intp]:
    """(3, len(joints)) keypoint indices."""
    return np.array([JOINTS[name] for name in joints]).T


@cache
def _arms_of(joints: tuple[str, ...]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Keypoint indices of all first ends and then all last ones, and of the joints that they belong to."""
    first, joint, last = _triplets_of(joints)
    return np.concatenate((first, last)), np.concatenate((joint, joint))


def _bounded(sine: Floats) -> Floats:
    """Sines or cosines within what they can be; this is called for every pose, and `numpy.clip` takes longer."""
    return np.asarray(np.minimum(np.maximum(sine, -1.0), 1.0))


def isotropic(keypoints: ArrayLike, width: int, height: int) -> Floats:
    """Undo the normalisation of keypoints, so that one unit is as long on every axis.

    Args:
        keypoints: (..., 3) x and z normalised by the picture's width, y by its height.
        width: the picture's width, pixels.
        height: the picture's height, pixels.

    Returns:
        (..., 3) in picture heights: x * width / height, y, z * width / height.
    """
    aspect = width / height
    return np.asarray(np.asarray(keypoints, float) * np.array([aspect, 1.0, aspect]))


def body_frame(world: ArrayLike) -> Floats:
    """Turn world keypoints about the vertical until the body faces a fixed way, whatever the camera saw.

    The lateral axis is the horizontal part of the right-to-left line of shoulders and hips together.

    Args:
        world: (..., 33, 3) metres; x right, y down, z away from the camera.

    Returns:
        (..., 33, 3) metres about the hips' middle: x towards the person's left, y down, z behind the person when
        upright.
    """
    at = np.asarray(world, float)
    return _turned(at, _across(at))


def facing(world: ArrayLike) -> Floats:
    """The same with one turn for a whole clip, so that a person who turns round is still seen to.

    Args:
        world: (..., T, 33, 3) metres.

    Returns:
        (..., T, 33, 3) metres about each moment's middle of the hips.
    """
    at = np.asarray(world, float)
    across = _across(at)
    return _turned(at, np.add.reduce(across, axis=-2, keepdims=True) / across.shape[-2])


def _across(at: Floats) -> Floats:
    """The horizontal part (..., 2) of the right-to-left line of shoulders and hips together."""
    left = at[..., INDEX["left_shoulder"], :] + at[..., INDEX["left_hip"], :]
    right = at[..., INDEX["right_shoulder"], :] + at[..., INDEX["right_hip"], :]
    return np.asarray((left - right)[..., ::2])


def _turned(at: Floats, lateral: Floats) -> Floats:
    """World keypoints about the hips, turned about the vertical so that ``lateral`` (..., 2) points along x."""
    cosine, sine = (part[..., None] for part in horizontal(lateral[..., 0], lateral[..., 1]))
    centred = at - middle(at[..., INDEX["left_hip"], :], at[..., INDEX["right_hip"], :])[..., None, :]
    x, z = centred[..., 0], centred[..., 2]
    turned = np.empty_like(centred)
    turned[..., 0] = x * cosine + z * sine
    turned[..., 1] = centred[..., 1]
    turned[..., 2] = z * cosine - x * sine
    return turned


def horizontal(x: Floats, z: Floats) -> tuple[Floats, Floats]:
    """Cosine and sine of the way in which (x, z) points, each (...); along x where it has no length."""
    extent = np.sqrt(x * x + z * z)
    some = extent > EPSILON
    bounded = np.maximum(extent, EPSILON)
    return np.where(some, x / bounded, 1.0), np.where(some, z / bounded, 0.0)
