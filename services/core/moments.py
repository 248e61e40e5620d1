"""What a single moment of a clip tells: angles, elevations, lengths and heights, in the world and in the picture.

    points, world (..., 33, 3) --moments--> (..., M)
        shape     what is told of the body, by `shape_names`; pairs as their mean and their absolute difference
        extent    the spread of the body in metres and in the picture
        places    x and y of the middle of each pair of joints in the picture

It knows nothing of the moments before and after, so clips that overlap share it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np

from services.core.geometry import EPSILON, JOINTS, Floats, horizontal
from services.core.skeleton import INDEX
from services.core.types import FloatArray

PAIRED: Final = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
"""Joints of which there is one on either side."""
_LEFT: Final = {name: INDEX[f"left_{name}"] for name in (*PAIRED, "heel", "foot_index")}
_RIGHT: Final = {name: INDEX[f"right_{name}"] for name in (*PAIRED, "heel", "foot_index")}
_NOSE: Final = INDEX["nose"]
_BODY: Final = np.array([_NOSE, *(_LEFT[name] for name in PAIRED), *(_RIGHT[name] for name in PAIRED)])
"""The thirteen keypoints that carry the body's extent."""

_SEGMENTS: Final = {
    "upper_arm": ("shoulder", "elbow"),
    "forearm": ("elbow", "wrist"),
    "side": ("hip", "shoulder"),
    "thigh": ("hip", "knee"),
    "shank": ("knee", "ankle"),
    "foot": ("heel", "foot_index"),
}
_REACHES: Final = (("wrist", "shoulder"), ("wrist", "hip"), ("wrist", "ankle"), ("wrist", "knee"), ("elbow", "hip"))
_RIGHT_ANGLES: Final = 2 / np.pi
"""Angles are told in right angles, so that angles and metres are of one size for networks."""

_SHOULDERS, _HIPS, _WRISTS = range(len(INDEX), len(INDEX) + 3)
"""Places of the points halfway between left and right, behind the keypoints."""
_HALFWAY: Final = np.array([(_LEFT[name], _RIGHT[name]) for name in ("shoulder", "hip", "wrist")]).T
_HEIGHTS: Final = (
    *(("shoulders", _SHOULDERS, name) for name in ("elbow", "wrist")),
    *(("hips", _HIPS, name) for name in ("wrist", "knee", "ankle")),
)
_SPREAD: Final = ("elbow", "wrist", "knee", "ankle")
"""Joints whose left and right part and meet."""
_SIDES: Final = {"left_": _LEFT, "right_": _RIGHT}

_ANGLES: Final = {
    **{f"{name}_angle": points for name, points in JOINTS.items()},
    "head_bend": (_HIPS, _SHOULDERS, _NOSE),
}
"""Name of an angle -> one end, the joint, other end."""
_ELEVATIONS: Final = {
    **{
        f"{side}{name}_elevation": (points[start], points[end])
        for side, points in _SIDES.items()
        for name, (start, end) in _SEGMENTS.items()
    },
    "trunk_elevation": (_HIPS, _SHOULDERS),
    "head_elevation": (_SHOULDERS, _NOSE),
}
"""Name of an elevation -> where its line starts and ends."""
_LENGTHS: Final = {
    **{
        f"{side}{one}_to_{other}": (points[one], points[other])
        for side, points in _SIDES.items()
        for one, other in _REACHES
    },
    **{f"{name}s_apart": (_LEFT[name], _RIGHT[name]) for name in _SPREAD},
    "hands_to_nose": (_WRISTS, _NOSE),
}
"""Name of a length -> its line."""
_DROPS: Final = {
    f"{side}{name}_over_{over}": (points[name], origin)
    for side, points in _SIDES.items()
    for over, origin, name in _HEIGHTS
}
"""Name of a height over something -> the line down to that."""
_MEASURED: Final = (*_ANGLES, *_ELEVATIONS, *_LENGTHS, *_DROPS, "tallness")
"""What is measured of one moment, in the world as in the picture."""

_ARMS: Final = len(_ANGLES)
_STARTS, _ENDS = np.array([
    *((joint, first) for first, joint, _ in _ANGLES.values()),
    *((joint, last) for _, joint, last in _ANGLES.values()),
    *_ELEVATIONS.values(),
    *_LENGTHS.values(),
    *_DROPS.values(),
]).T  # fmt: skip
"""All lines whose two ends are subtracted at once: numpy takes about as long for sixty as for one."""
_RISES: Final = slice(2 * _ARMS, 2 * _ARMS + len(_ELEVATIONS))
_SPANS: Final = slice(_RISES.stop, _RISES.stop + len(_LENGTHS))
_FALLS: Final = slice(_SPANS.stop, _SPANS.stop + len(_DROPS))


def _paired_names(names: Iterable[str]) -> list[str]:
    return [told for name in names for told in (name, f"{name}_uneven")]


_TOLD: Final = (
    *_paired_names(f"{joint.removeprefix('left_')}_angle" for joint in list(JOINTS)[: len(JOINTS) // 2]),
    *_paired_names(f"{segment}_elevation" for segment in _SEGMENTS),
    "trunk_elevation",
    "head_elevation",
    "head_bend",
    *_paired_names(f"{name}_over_{origin}" for origin, _, name in _HEIGHTS),
    *_paired_names(f"{one}_to_{other}" for one, other in _REACHES),
    *(f"{name}s_apart" for name in _SPREAD),
    "tallness",
    "hands_to_nose",
)
"""What is told of it: of each pair the mean and the absolute difference."""


def _place(name: str, side: str) -> int:
    """Where what is told comes from among what is measured; of a pair, its one side."""
    base = name.removesuffix("_uneven")
    return _MEASURED.index(side + base if side + base in _MEASURED else base)


_FROM_LEFT, _FROM_RIGHT = (np.array([_place(name, side) for name in _TOLD]) for side in _SIDES)
_UNEVEN: Final = np.array([name.endswith("_uneven") for name in _TOLD])

_SPREAD_BOTH: Final = np.array([points[name] for points in _SIDES.values() for name in _SPREAD])
_PAIRED_LEFT, _PAIRED_RIGHT = (np.array([points[name] for name in PAIRED]) for points in _SIDES.values())


def shape_names() -> list[str]:
    """What is told of a moment's shape, in order."""
    names = [f"{space}_{name}" for space in ("world", "picture") for name in _TOLD]
    for name in _SPREAD:
        names += [f"body_{name}s_wide", f"body_{name}s_aside", *_paired_names([f"body_{name}_behind"])]
    return [*names, "facing"]


SHAPE: Final = len(shape_names())
"""So many columns come first."""
PICTURE_LENGTHS: Final = np.array([
    index
    for index, name in enumerate(shape_names())
    if name.startswith("picture_") and any(part in name for part in ("_over_", "_to_", "_apart"))
])  # fmt: skip
"""Columns that are told in picture heights by a moment and in body metres by a clip."""
EXTENT: Final = slice(SHAPE, SHAPE + 2)
"""Columns of the body's spread."""
PLACES: Final = slice(SHAPE + 2, SHAPE + 2 + 2 * len(PAIRED))
"""Columns of x, then y, of each of `PAIRED`."""
HIP_PLACE: Final = PLACES.start + PAIRED.index("hip") + np.array([0, len(PAIRED)])
"""Columns of x and y between the hips."""


def moments(points: FloatArray, world: FloatArray) -> Floats:
    """What single moments tell: all that clips which overlap can share.

    Args:
        points: (..., 33, 3) in picture heights, as in `Clip`.
        world: (..., 33, 3) metres.

    Returns:
        (..., M): the signals of the moment alone, its lengths in the picture still in picture heights; the body's
        spread in metres and in the picture; and x and y of the middle of each pair of joints in the picture.
    """
    # Coordinates come first, (3, 2, ..., 36): sums over three neighbours would take most of the time.
    at = np.zeros((3, 2, *world.shape[:-2], len(INDEX) + len(_HALFWAY[0])))
    for axis in range(3):
        at[axis, 0, ..., : len(INDEX)] = world[..., axis]
    for axis in range(2):
        at[axis, 1, ..., : len(INDEX)] = points[..., axis]
    at[..., len(INDEX) :] = (at.take(_HALFWAY[0], axis=-1) + at.take(_HALFWAY[1], axis=-1)) / 2
    body = at[:2].take(_BODY, axis=-1)
    apart = body - np.add.reduce(body, axis=-1, keepdims=True) / len(_BODY)
    spread = np.sqrt(np.add.reduce(np.add.reduce(apart * apart, axis=-1), axis=0))
    tallness = np.arctan2(*(np.maximum.reduce(body, axis=-1) - np.minimum.reduce(body, axis=-1))[::-1])
    told = _measured(at, tallness)
    flat = at[:2, 1]
    places = (flat.take(_PAIRED_LEFT, axis=-1) + flat.take(_PAIRED_RIGHT, axis=-1)) / 2
    return np.concatenate(
        [told[0], told[1], _on_body(at[:, 0]), spread[0, ..., None], spread[1, ..., None], places[0], places[1]],
        axis=-1,
    )


def _measured(at: Floats, tallness: Floats) -> Floats:
    """Angles, elevations, lengths and heights as `_TOLD`.

    Args:
        at: (3, ..., 36) coordinates.
        tallness: (...) radians.

    Returns:
        (..., S).
    """
    lines = at.take(_ENDS, axis=-1) - at.take(_STARTS, axis=-1)
    x, y, z = lines
    extents = np.sqrt(x * x + y * y + z * z)
    first, last = lines[..., :_ARMS], lines[..., _ARMS : 2 * _ARMS]
    product = extents[..., :_ARMS] * extents[..., _ARMS : 2 * _ARMS]
    across, down, deep = first * last
    cosine = (across + down + deep) / np.maximum(product, EPSILON)
    angles = np.arccos(np.minimum(np.maximum(cosine, -1.0), 1.0))
    # An angle at a joint that lies on its neighbour is 0.
    angles[product <= EPSILON] = 0.0
    sine = y[..., _RISES] / np.maximum(extents[..., _RISES], EPSILON)
    elevations = np.arcsin(np.minimum(np.maximum(sine, -1.0), 1.0))
    measured = np.concatenate(
        [
            angles * _RIGHT_ANGLES,
            elevations * -_RIGHT_ANGLES,
            extents[..., _SPANS],
            y[..., _FALLS],
            tallness[..., None] * _RIGHT_ANGLES,
        ],
        axis=-1,
    )
    left, right = measured.take(_FROM_LEFT, axis=-1), measured.take(_FROM_RIGHT, axis=-1)
    return np.asarray(np.where(_UNEVEN, np.abs(left - right), (left + right) / 2))


def _on_body(world: Floats) -> Floats:
    """Where joints are on the body that faces a fixed way (`geometry.body_frame`), and whether it faces the camera.

    Args:
        world: (3, ..., 36) metres.

    Returns:
        (..., 4 * 4 + 1): of each of `_SPREAD` how far left and right are apart, how far both are aside, and how far
        behind the body; which way it is turned does not say what it does, but which other signals to trust.
    """
    shoulders = world[..., _LEFT["shoulder"]] - world[..., _RIGHT["shoulder"]]
    lateral = shoulders + (world[..., _LEFT["hip"]] - world[..., _RIGHT["hip"]])
    cosine, sine = horizontal(lateral[0], lateral[2])
    x, _, z = world.take(_SPREAD_BOTH, axis=-1) - world[..., _HIPS, None]
    cosine, sine = cosine[..., None], sine[..., None]
    count = len(_SPREAD)
    told = np.empty((*x.shape[:-1], count, 4))
    turned = x * cosine + z * sine
    left, right = turned[..., :count], turned[..., count:]
    told[..., 0] = left - right
    told[..., 1] = np.abs(left + right)
    turned = z * cosine - x * sine
    left, right = turned[..., :count], turned[..., count:]
    told[..., 2] = (left + right) / 2
    told[..., 3] = np.abs(left - right)
    x, y, z = shoulders
    facing_camera = np.abs(x) / np.maximum(np.sqrt(x * x + y * y + z * z), EPSILON)
    return np.concatenate([told.reshape(*told.shape[:-2], -1), facing_camera[..., None]], axis=-1)
