"""What a classifier sees of a clip: signals of the body over time, and statistics of them.

    Clip --signals--> (T, S) --sequence_features--> (T, S) bounded, for networks
                             --clip_features-----> (F,) percentiles, range, speed, rhythm, for forests
                             --pose_features-----> (P,) for photos: only what one moment can tell
         --skeleton_features-----------------> (T, 33, 6) the keypoints themselves, for networks that know the skeleton
         --angle_features--------------------> (T, 6) the six angles of the known baselines

Nothing in the first three knows where in the picture a person is, how big, or which side the camera stands on:
left and right enter as their mean and their absolute difference, so a clip and its mirror image are the same. How the
body lies to gravity stays in, for it parts a bench press from a push-up; the camera is taken to be level. The last two
leave more to the model: both know left from right, and angles in the picture know where the camera stands.

Pictures and world keypoints both enter, because they fail differently: picture angles are exact and foreshortened,
world angles are whole and guessed. Lengths in the picture are in body metres: the factor is what makes the spread
of the picture's keypoints equal that of the world keypoints.

Everything works over leading axes, so training describes many clips at once with the same code.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.core.clips import Clip
from services.core.geometry import (
    EPSILON,
    JOINTS,
    Floats,
    angle,
    body_frame,
    distance,
    elevation,
    facing,
    joint_angles,
    joint_turns,
    length,
    middle,
)
from services.core.skeleton import INDEX
from services.core.types import FloatArray

FEATURES_VERSION: Final = 1
"""Raised whenever the meaning or order of any feature changes: older bundles then refuse to load."""

PERCENTILES: Final = (5, 25, 50, 75, 95)
"""Percentiles over a clip's moments that describe a signal's distribution."""

_PAIRED: Final = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
_LEFT: Final = {name: INDEX[f"left_{name}"] for name in (*_PAIRED, "heel", "foot_index")}
_RIGHT: Final = {name: INDEX[f"right_{name}"] for name in (*_PAIRED, "heel", "foot_index")}
_NOSE: Final = INDEX["nose"]
_BODY: Final = np.array([_NOSE, *(_LEFT[name] for name in _PAIRED), *(_RIGHT[name] for name in _PAIRED)])
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
_RIGHT_ANGLES: Final = 1 / 90.0
"""Degrees are told in right angles, so that angles and metres are of one size for networks."""

_BOUND: Final = 4.0
"""Largest value that a network gets: no angle or length of a person reaches it, broken poses do."""

STILL: Final = 0.05
"""Added to a signal's range (right angles or metres) before its rhythm is taken: less than that is noise."""


_SHOULDERS, _HIPS, _WRISTS = range(len(INDEX), len(INDEX) + 3)
"""Places of the points halfway between left and right, behind the keypoints."""
_HALFWAY: Final = np.array([(_LEFT[name], _RIGHT[name]) for name in ("shoulder", "hip", "wrist")])
_HEIGHTS: Final = (
    *(("shoulders", _SHOULDERS, name) for name in ("elbow", "wrist")),
    *(("hips", _HIPS, name) for name in ("wrist", "knee", "ankle")),
)
_SPREAD: Final = ("elbow", "wrist", "knee", "ankle")
"""Joints whose left and right part and meet."""


def _both(pairs: Sequence[tuple[str, str]]) -> NDArray[np.int64]:
    """(2, 2 * len(pairs)) keypoints: where lines start and where they end, all left ones and then all right ones."""
    return np.array([[side[name] for side in (_LEFT, _RIGHT) for name in ends] for ends in zip(*pairs, strict=True)])


_RISES: Final = np.concatenate(
    [_both(list(_SEGMENTS.values())), np.array([[_HIPS, _SHOULDERS], [_SHOULDERS, _NOSE]])], axis=1
)
"""(2, 14) lines whose elevation is told: segments left and right, trunk, head."""
_SPANS: Final = np.concatenate(
    [_both(_REACHES), np.array([[_LEFT[name], _RIGHT[name]] for name in _SPREAD]).T, np.array([[_WRISTS], [_NOSE]])],
    axis=1,
)
"""(2, 15) lines whose length is told: reaches left and right, joints apart, hands to nose."""
_DROPS: Final = np.array([[origin, side[name]] for side in (_LEFT, _RIGHT) for _, origin, name in _HEIGHTS]).T
"""(2, 10) whose height over what is told: left and right."""


def _in_metres(points: Floats, world: Floats) -> Floats:
    """The picture's x and y in body metres, (..., T, 33, 2).

    The metre is that of the whole clip, for one moment's is noisy.
    """
    seen, real = points[..., _BODY, :2], world[..., _BODY, :2]
    spread = length((seen - seen.mean(-2, keepdims=True)).reshape(*seen.shape[:-2], -1))
    metres = length((real - real.mean(-2, keepdims=True)).reshape(*real.shape[:-2], -1))
    scale = np.median(spread, axis=-1) / np.maximum(np.median(metres, axis=-1), EPSILON)
    return np.asarray(points[..., :2] / np.maximum(scale, EPSILON)[..., None, None, None])


def _paired(values: Floats) -> Floats:
    """(..., 2 K) left ones and then right ones -> (..., 2 K) mean and absolute difference of each pair."""
    left, right = np.split(values, 2, axis=-1)
    both = np.stack([(left + right) / 2, np.abs(left - right)], axis=-1)
    return np.asarray(both.reshape(values.shape))


def _paired_names(names: Iterable[str]) -> list[str]:
    return [told for name in names for told in (name, f"{name}_uneven")]


def _shape(world: Floats, picture: Floats) -> Floats:
    """What can be told of each moment alone: angles, elevations, distances, positions on the body; (..., S)."""
    body = body_frame(world)
    left = body[..., [_LEFT[name] for name in _SPREAD], :]
    right = body[..., [_RIGHT[name] for name in _SPREAD], :]
    wide, aside = left[..., 0] - right[..., 0], np.abs(left[..., 0] + right[..., 0])
    behind = _paired(np.concatenate([left[..., 2], right[..., 2]], axis=-1)).reshape(*wide.shape, 2)
    on_body = np.concatenate([wide[..., None], aside[..., None], behind], axis=-1)
    # Which way the body is turned to the camera does not say what it does, but which other signals to trust.
    across = world[..., _LEFT["shoulder"], :] - world[..., _RIGHT["shoulder"], :]
    facing_camera = np.abs(across[..., 0]) / np.maximum(length(across), EPSILON)
    return np.concatenate(
        [
            _shape_in(world),
            _shape_in(picture),
            on_body.reshape(*wide.shape[:-1], -1),
            facing_camera[..., None],
        ],
        axis=-1,
    )


def _shape_names() -> list[str]:
    names = [*_shape_in_names("world"), *_shape_in_names("picture")]
    for name in _SPREAD:
        names += [f"body_{name}s_wide", f"body_{name}s_aside", *_paired_names([f"body_{name}_behind"])]
    return [*names, "facing"]


def _shape_in(at: Floats) -> Floats:
    """The part of it that is told twice: of world keypoints in space, and of the picture in its plane."""
    points = np.concatenate([at, at[..., _HALFWAY, :].mean(axis=-2)], axis=-2)
    angles = joint_angles(at) * _RIGHT_ANGLES
    rises = elevation(points[..., _RISES[0], :], points[..., _RISES[1], :]) * _RIGHT_ANGLES
    bend = angle(points[..., _HIPS, :], points[..., _SHOULDERS, :], points[..., _NOSE, :]) * _RIGHT_ANGLES
    drops = points[..., _DROPS[0], 1] - points[..., _DROPS[1], 1]
    spans = distance(points[..., _SPANS[0], :], points[..., _SPANS[1], :])
    extent = np.ptp(at[..., _BODY, :2], axis=-2)
    tallness = np.degrees(np.arctan2(extent[..., 1], extent[..., 0])) * _RIGHT_ANGLES
    segments, reaches = 2 * len(_SEGMENTS), 2 * len(_REACHES)
    return np.concatenate(
        [
            _paired(angles),
            _paired(rises[..., :segments]),
            rises[..., segments:],
            bend[..., None],
            _paired(drops),
            _paired(spans[..., :reaches]),
            spans[..., reaches:-1],
            tallness[..., None],
            spans[..., -1:],
        ],
        axis=-1,
    )


def _shape_in_names(space: str) -> list[str]:
    joints = [name.removeprefix("left_") for name in list(JOINTS)[: len(JOINTS) // 2]]
    names = [
        *_paired_names(f"{joint}_angle" for joint in joints),
        *_paired_names(f"{segment}_elevation" for segment in _SEGMENTS),
        "trunk_elevation",
        "head_elevation",
        "head_bend",
        *_paired_names(f"{name}_over_{origin}" for origin, _, name in _HEIGHTS),
        *_paired_names(f"{one}_to_{other}" for one, other in _REACHES),
        *(f"{name}s_apart" for name in _SPREAD),
        "tallness",
        "hands_to_nose",
    ]
    return [f"{space}_{name}" for name in names]


def _travel(picture: Floats) -> Floats:
    """Where parts of the body go in the picture during the clip, in metres about their own median; (..., S).

    A part that stays while others move is what the body hangs from or stands on.
    """
    places = middle(
        picture[..., [_LEFT[name] for name in _PAIRED], :], picture[..., [_RIGHT[name] for name in _PAIRED], :]
    )
    moved = places - np.median(places, axis=-3, keepdims=True)
    both = np.stack([-moved[..., 1], np.abs(moved[..., 0])], axis=-1)
    return np.asarray(both.reshape(*both.shape[:-2], -1))


def signal_names() -> tuple[str, ...]:
    """The names of the columns of `signals`, in order."""
    travel = [told for name in _PAIRED for told in (f"{name}s_risen", f"{name}s_strayed")]
    return (*_shape_names(), *travel)


def signals(points: FloatArray, world: FloatArray) -> Floats:
    """All signals of clips.

    Args:
        points: (..., T, 33, 3) in picture heights, as in `Clip`.
        world: (..., T, 33, 3) metres.

    Returns:
        (..., T, S): angles in right angles, lengths in metres.
    """
    metres = world.astype(float)
    picture = _in_metres(points.astype(float), metres)
    return np.concatenate([_shape(metres, picture), _travel(picture)], axis=-1)


def bounded(values: Floats) -> FloatArray:
    """Signals as networks get them: float32, none beyond what a body can do."""
    return np.asarray(np.clip(values, -_BOUND, _BOUND), np.float32)


def statistics(values: Floats, seconds: float) -> FloatArray:
    """Statistics of signals over time, for forests.

    For each signal its `PERCENTILES`, its range between the outer two, its mean speed (per second) and its rhythm:
    speed over range, which for a steady to and fro is twice the repetitions a second.

    Args:
        values: (..., T, S) signals.
        seconds: time that the T moments span.

    Returns:
        (..., F) float32; F is eight times S.
    """
    levels = np.percentile(values, PERCENTILES, axis=-2)
    reach = levels[-1] - levels[0]
    speed = np.abs(np.diff(values, axis=-2)).sum(-2) / max(seconds, EPSILON)
    rhythm = speed / (reach + STILL)
    return np.asarray(np.concatenate([*levels, reach, speed, rhythm], axis=-1), np.float32)


def clip_features(clip: Clip) -> FloatArray:
    """The `statistics` of a clip's signals: (F,) float32."""
    return statistics(signals(clip.points, clip.world), clip.seconds)


def sequence_features(clip: Clip) -> FloatArray:
    """A clip's signals over time, `bounded`: (T, S) float32."""
    return bounded(signals(clip.points, clip.world))


def skeleton_features(clip: Clip) -> FloatArray:
    """A clip's `skeletons`: (T, 33, 6) float32."""
    return skeletons(clip.points, clip.visibility, clip.world)


def motion_features(clip: Clip) -> FloatArray:
    """A clip's `motions`: (T, S + 33 * 6) float32."""
    return motions(clip.points, clip.visibility, clip.world)


def motions(points: FloatArray, visibility: FloatArray, world: FloatArray) -> FloatArray:
    """Signals of clips and, beside them, their `skeletons` with each moment's keypoints in one row.

    Args:
        points: (..., T, 33, 3) in picture heights.
        visibility: (..., T, 33) 0-1.
        world: (..., T, 33, 3) metres.

    Returns:
        (..., T, S + 33 * 6) float32, `bounded`.
    """
    rows = skeletons(points, visibility, world)
    return np.concatenate([bounded(signals(points, world)), rows.reshape(*rows.shape[:-2], -1)], axis=-1)


def skeletons(points: FloatArray, visibility: FloatArray, world: FloatArray) -> FloatArray:
    """Keypoints of clips in one place, size and direction.

    Args:
        points: (..., T, 33, 3) in picture heights, as in `Clip`.
        visibility: (..., T, 33) 0-1.
        world: (..., T, 33, 3) metres.

    Returns:
        (..., T, 33, 6) float32, `bounded`: x, y, z in metres about the hips, turned about the vertical so that the
        body of the whole clip faces the camera; the picture's x and y in body metres about the median place of the
        hips; visibility.
    """
    metres = world.astype(float)
    picture = _in_metres(points.astype(float), metres)
    hips = middle(picture[..., _LEFT["hip"], :], picture[..., _RIGHT["hip"], :])
    about = picture - np.median(hips, axis=-2, keepdims=True)[..., None, :]
    return bounded(np.concatenate([facing(metres), about, visibility[..., None]], axis=-1))


def angle_features(clip: Clip) -> FloatArray:
    """A clip's `turns`: (T, 6) float32."""
    return turns(clip.points)


def turns(points: FloatArray) -> FloatArray:
    """The angles of `geometry.MODEL_JOINTS` in the picture's plane.

    Args:
        points: (..., T, 33, 3) in picture heights, as in `Clip`.

    Returns:
        (..., T, 6) float32, degrees, 0-360.
    """
    return np.asarray(joint_turns(points), np.float32)


def pose_features(clip: Clip) -> FloatArray:
    """A clip's middle moment alone, for photos: (P,) float32; nothing in it needs a second moment."""
    moment = len(clip.points) // 2
    return shape_features(clip.points[moment], clip.world[moment])


def shape_features(points: FloatArray, world: FloatArray) -> FloatArray:
    """The same of many single poses.

    Args:
        points: (..., 33, 3) in picture heights.
        world: (..., 33, 3) metres.

    Returns:
        (..., P) float32.
    """
    metres = world.astype(float)[..., None, :, :]
    picture = _in_metres(points.astype(float)[..., None, :, :], metres)
    return bounded(_shape(metres, picture)[..., 0, :])
