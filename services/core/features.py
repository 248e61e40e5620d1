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

from typing import Final

import numpy as np

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


class _Signals:
    """Collects named signals of shape (..., T), paired ones as mean and absolute difference."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.columns: list[Floats] = []

    def one(self, name: str, value: Floats) -> None:
        self.names.append(name)
        self.columns.append(value)

    def pair(self, name: str, left: Floats, right: Floats) -> None:
        self.one(name, (left + right) / 2)
        self.one(f"{name}_uneven", np.abs(left - right))


def _in_metres(points: Floats, world: Floats) -> Floats:
    """The picture's x and y in body metres, (..., T, 33, 2).

    The metre is that of the whole clip, for one moment's is noisy.
    """
    seen, real = points[..., _BODY, :2], world[..., _BODY, :2]
    spread = length((seen - seen.mean(-2, keepdims=True)).reshape(*seen.shape[:-2], -1))
    metres = length((real - real.mean(-2, keepdims=True)).reshape(*real.shape[:-2], -1))
    scale = np.median(spread, axis=-1) / np.maximum(np.median(metres, axis=-1), EPSILON)
    return np.asarray(points[..., :2] / np.maximum(scale, EPSILON)[..., None, None, None])


def _shape(world: Floats, picture: Floats) -> _Signals:
    """What can be told of each moment alone: angles, elevations, distances, positions on the body."""
    signals = _Signals()
    _shape_in("world", world, signals)
    _shape_in("picture", picture, signals)
    body = body_frame(world)
    for name in ("elbow", "wrist", "knee", "ankle"):
        left, right = body[..., _LEFT[name], :], body[..., _RIGHT[name], :]
        signals.one(f"body_{name}s_wide", left[..., 0] - right[..., 0])
        signals.one(f"body_{name}s_aside", np.abs(left[..., 0] + right[..., 0]))
        signals.pair(f"body_{name}_behind", left[..., 2], right[..., 2])
    # Which way the body is turned to the camera does not say what it does, but which other signals to trust.
    across = world[..., _LEFT["shoulder"], :] - world[..., _RIGHT["shoulder"], :]
    signals.one("facing", np.abs(across[..., 0]) / np.maximum(length(across), EPSILON))
    return signals


def _shape_in(space: str, at: Floats, signals: _Signals) -> None:
    """The part of it that is told twice: of world keypoints in space, and of the picture in its plane."""
    left = {name: at[..., index, :] for name, index in _LEFT.items()}
    right = {name: at[..., index, :] for name, index in _RIGHT.items()}
    nose = at[..., _NOSE, :]
    hips, shoulders = middle(left["hip"], right["hip"]), middle(left["shoulder"], right["shoulder"])

    angles = joint_angles(at) * _RIGHT_ANGLES
    half = len(JOINTS) // 2
    for index, joint in enumerate(list(JOINTS)[:half]):
        name = joint.removeprefix("left_")
        signals.pair(f"{space}_{name}_angle", angles[..., index], angles[..., index + half])
    for segment, (start, end) in _SEGMENTS.items():
        signals.pair(
            f"{space}_{segment}_elevation",
            elevation(left[start], left[end]) * _RIGHT_ANGLES,
            elevation(right[start], right[end]) * _RIGHT_ANGLES,
        )
    signals.one(f"{space}_trunk_elevation", elevation(hips, shoulders) * _RIGHT_ANGLES)
    signals.one(f"{space}_head_elevation", elevation(shoulders, nose) * _RIGHT_ANGLES)
    signals.one(f"{space}_head_bend", angle(hips, shoulders, nose) * _RIGHT_ANGLES)
    for origin, from_y, names in (
        ("shoulders", shoulders[..., 1], ("elbow", "wrist")),
        ("hips", hips[..., 1], ("wrist", "knee", "ankle")),
    ):
        for name in names:
            signals.pair(f"{space}_{name}_over_{origin}", from_y - left[name][..., 1], from_y - right[name][..., 1])
    for a, b in _REACHES:
        signals.pair(f"{space}_{a}_to_{b}", distance(left[a], left[b]), distance(right[a], right[b]))
    for name in ("elbow", "wrist", "knee", "ankle"):
        signals.one(f"{space}_{name}s_apart", distance(left[name], right[name]))
    extent = np.ptp(at[..., _BODY, :2], axis=-2)
    signals.one(f"{space}_tallness", np.degrees(np.arctan2(extent[..., 1], extent[..., 0])) * _RIGHT_ANGLES)
    signals.one(f"{space}_hands_to_nose", distance(middle(left["wrist"], right["wrist"]), nose))


def _travel(picture: Floats) -> _Signals:
    """Where parts of the body go in the picture during the clip, in metres about their own median.

    A part that stays while others move is what the body hangs from or stands on.
    """
    signals = _Signals()
    for name in _PAIRED:
        place = middle(picture[..., _LEFT[name], :], picture[..., _RIGHT[name], :])
        moved = place - np.median(place, axis=-2, keepdims=True)
        signals.one(f"{name}s_risen", -moved[..., 1])
        signals.one(f"{name}s_strayed", np.abs(moved[..., 0]))
    return signals


def signal_names() -> tuple[str, ...]:
    """The names of the columns of `signals`, in order."""
    blank = np.zeros((1, len(INDEX), 3))
    return tuple(_shape(blank, blank[..., :2]).names + _travel(blank[..., :2]).names)


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
    return np.stack(_shape(metres, picture).columns + _travel(picture).columns, axis=-1)


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
    return bounded(np.stack(_shape(metres, picture).columns, axis=-1)[..., 0, :])
