"""What a classifier sees of a clip: signals of the body over time, and statistics of them.

    Clip --signals--> (T, S) --sequence_features--> (T, S) scaled, for networks
                             --clip_features-----> (F,) percentiles, range, speed, rhythm, for forests
                             --pose_features-----> (P,) for photos: only what one moment can tell

Nothing in them knows where in the picture a person is, how big, or which side the camera stands on:
left and right enter as their mean and their absolute difference, so a clip and its mirror image are the same. How the
body lies to gravity stays in, for it parts a bench press from a push-up; the camera is taken to be level.

Pictures and world keypoints both enter, because they fail differently: picture angles are exact and foreshortened,
world angles are whole and guessed. Lengths in the picture are in body metres: the factor is what makes the spread
of the picture's keypoints equal that of the world keypoints.
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
    joint_angles,
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
_LEFT: Final = {name: INDEX[f"left_{name}"] for name in (*_PAIRED, "heel", "foot_index", "ear")}
_RIGHT: Final = {name: INDEX[f"right_{name}"] for name in (*_PAIRED, "heel", "foot_index", "ear")}
_BODY: Final = np.array([INDEX["nose"], *(_LEFT[name] for name in _PAIRED), *(_RIGHT[name] for name in _PAIRED)])
"""The thirteen keypoints that carry the body's extent."""

_SEGMENTS: Final = {
    "upper_arm": ("shoulder", "elbow"),
    "forearm": ("elbow", "wrist"),
    "side": ("hip", "shoulder"),
    "thigh": ("hip", "knee"),
    "shank": ("knee", "ankle"),
    "foot": ("heel", "foot_index"),
}
_DEGREES: Final = 1 / 90.0
"""Scale of angles: a right angle is 1, so that angles and metres are of one size for networks."""


class _Signals:
    """Collects named signals of shape (T,), paired ones as mean and absolute difference."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.columns: list[Floats] = []

    def one(self, name: str, value: Floats) -> None:
        self.names.append(name)
        self.columns.append(value)

    def pair(self, name: str, left: Floats, right: Floats) -> None:
        self.one(name, (left + right) / 2)
        self.one(f"{name}_uneven", np.abs(left - right))


def _picture_scale(points: Floats, world: Floats) -> float:
    """Picture heights per metre: the spread of the body in the picture over its spread in the world's x and y."""
    seen, real = points[:, _BODY, :2], world[:, _BODY, :2]
    spread = np.sqrt(((seen - seen.mean(1, keepdims=True)) ** 2).sum((1, 2)))
    metres = np.sqrt(((real - real.mean(1, keepdims=True)) ** 2).sum((1, 2)))
    return float(max(np.median(spread) / max(np.median(metres), EPSILON), EPSILON))


def _shape(points: Floats, world: Floats) -> _Signals:
    """What can be told of each moment alone: angles, elevations, distances, positions on the body."""
    signals = _Signals()
    # The metre is taken from the whole clip, for one moment's is noisy.
    picture = points[..., :2] / _picture_scale(points, world)
    body = body_frame(world)
    spaces = {"world": world, "picture": picture}

    for space, at in spaces.items():
        angles = joint_angles(at) * _DEGREES
        for index, joint in enumerate(list(JOINTS)[: len(JOINTS) // 2]):
            name = joint.removeprefix("left_")
            signals.pair(f"{space}_{name}_angle", angles[:, index], angles[:, index + len(JOINTS) // 2])
        for segment, (start, end) in _SEGMENTS.items():
            signals.pair(
                f"{space}_{segment}_elevation",
                elevation(at[:, _LEFT[start]], at[:, _LEFT[end]]) * _DEGREES,
                elevation(at[:, _RIGHT[start]], at[:, _RIGHT[end]]) * _DEGREES,
            )
        hips = middle(at[:, _LEFT["hip"]], at[:, _RIGHT["hip"]])
        shoulders = middle(at[:, _LEFT["shoulder"]], at[:, _RIGHT["shoulder"]])
        signals.one(f"{space}_trunk_elevation", elevation(hips, shoulders) * _DEGREES)
        signals.one(f"{space}_head_elevation", elevation(shoulders, at[:, INDEX["nose"]]) * _DEGREES)
        signals.one(f"{space}_head_bend", angle(hips, shoulders, at[:, INDEX["nose"]]) * _DEGREES)
        for name in ("elbow", "wrist"):
            left, right = at[:, _LEFT[name]], at[:, _RIGHT[name]]
            signals.pair(f"{space}_{name}_over_shoulders", shoulders[:, 1] - left[:, 1], shoulders[:, 1] - right[:, 1])
        for name in ("wrist", "knee", "ankle"):
            left, right = at[:, _LEFT[name]], at[:, _RIGHT[name]]
            signals.pair(f"{space}_{name}_over_hips", hips[:, 1] - left[:, 1], hips[:, 1] - right[:, 1])
        for a, b in (("wrist", "shoulder"), ("wrist", "hip"), ("wrist", "ankle"), ("wrist", "knee"), ("elbow", "hip")):
            signals.pair(
                f"{space}_{a}_to_{b}",
                distance(at[:, _LEFT[a]], at[:, _LEFT[b]]),
                distance(at[:, _RIGHT[a]], at[:, _RIGHT[b]]),
            )
        for name in ("elbow", "wrist", "knee", "ankle"):
            signals.one(f"{space}_{name}s_apart", distance(at[:, _LEFT[name]], at[:, _RIGHT[name]]))
        extent = at[:, _BODY, :2].max(1) - at[:, _BODY, :2].min(1)
        signals.one(f"{space}_tallness", np.arctan2(extent[:, 1], extent[:, 0]) * np.degrees(1.0) * _DEGREES)
        signals.one(
            f"{space}_hands_to_nose",
            distance(middle(at[:, _LEFT["wrist"]], at[:, _RIGHT["wrist"]]), at[:, INDEX["nose"]]),
        )

    for name in ("elbow", "wrist", "knee", "ankle"):
        left, right = body[:, _LEFT[name]], body[:, _RIGHT[name]]
        signals.one(f"body_{name}s_wide", left[:, 0] - right[:, 0])
        signals.one(f"body_{name}s_aside", np.abs(left[:, 0] + right[:, 0]))
        signals.pair(f"body_{name}_behind", left[:, 2], right[:, 2])
    # Which way the body is turned to the camera does not say what it does, but which other signals to trust.
    across = world[:, _LEFT["shoulder"]] - world[:, _RIGHT["shoulder"]]
    signals.one("facing", np.abs(across[:, 0]) / np.maximum(length(across), EPSILON))
    return signals


def _travel(points: Floats, world: Floats) -> _Signals:
    """Where parts of the body go in the picture during the clip, in metres about their own median.

    A part that stays while others move is what the body hangs from or stands on.
    """
    signals = _Signals()
    picture = points[..., :2] / _picture_scale(points, world)
    for name in _PAIRED:
        moved = middle(picture[:, _LEFT[name]], picture[:, _RIGHT[name]])
        moved = moved - np.median(moved, axis=0)
        signals.one(f"{name}s_risen", -moved[:, 1])
        signals.one(f"{name}s_strayed", np.abs(moved[:, 0]))
    return signals


def _arrays(clip: Clip) -> tuple[Floats, Floats]:
    return clip.points.astype(float), clip.world.astype(float)


def signal_names() -> tuple[str, ...]:
    """The names of the columns of `sequence_features`, in order."""
    blank = np.zeros((1, len(INDEX), 3))
    return tuple(_shape(blank, blank).names + _travel(blank, blank).names)


def signals_of(clip: Clip) -> Floats:
    """All signals of a clip, (T, S): angles in right angles, lengths in metres."""
    points, world = _arrays(clip)
    return np.stack(_shape(points, world).columns + _travel(points, world).columns, axis=-1)


def sequence_features(clip: Clip) -> FloatArray:
    """The signals over time, for networks: (T, S) float32, each about -3 to 3."""
    return np.asarray(np.clip(signals_of(clip), -4.0, 4.0), np.float32)


def clip_features(clip: Clip) -> FloatArray:
    """Statistics of the signals, for forests: (F,) float32, F a multiple of S.

    For each signal its `PERCENTILES`, its range between the outer two, its mean speed (per second) and its rhythm:
    speed over range, which for a steady to and fro is twice the repetitions a second.
    """
    signals = signals_of(clip)
    levels = np.percentile(signals, PERCENTILES, axis=0)
    reach = levels[-1] - levels[0]
    speed = np.abs(np.diff(signals, axis=0)).sum(0) / max(clip.seconds, EPSILON)
    rhythm = speed / (reach + 0.05)
    return np.asarray(np.concatenate([levels.ravel(), reach, speed, rhythm]), np.float32)


def pose_features(clip: Clip) -> FloatArray:
    """The middle moment alone, for photos: (P,) float32; nothing in it needs a second moment."""
    points, world = _arrays(clip)
    moment = slice(len(points) // 2, len(points) // 2 + 1)
    return np.asarray(np.stack(_shape(points[moment], world[moment]).columns, axis=-1)[0], np.float32)
