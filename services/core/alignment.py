"""How the parts of a body lie to each other: what postures and faults of form are judged by, beside the signals.

A repetition is counted by one signal; whether it was a good one shows in how the body was aligned meanwhile. These are
computed for a whole repetition at once, when it is judged, and not for every pose. Most of them can be seen from one
side only: whoever judges by them says from which (`Alignment.VIEW`).
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import Final

import numpy as np

from services.core.geometry import EPSILON
from services.core.signals import BODY, TIPS, Floats, Measures


class Alignment(IntEnum):
    """What is looked at; the value is its place in the arrays of `align`."""

    VIEW = 0
    """Degrees of the line through both shoulders and both hips out of the picture's plane: 0 who is seen from the front
    or the back, 90 from the side."""
    LEAN = 1
    """Degrees of the trunk from the vertical in the picture, forward (where the toes point) positive."""
    LINE = 2
    """Hips' height over the straight line from shoulders to ankles, as a share of its length: piked above 0, sagging
    below."""
    KNEES = 3
    """Distance of the knees in the picture over that of the ankles: below 1 they cave in."""
    HEELS = 4
    """Degrees that the feet point down from the heels, the higher heel's; flat feet in shoes are near 0."""
    UNEVEN = 5
    """Metres by which one wrist is higher than the other."""
    CHIN = 6
    """Metres of the nose over the wrists."""
    SWING = 7
    """Degrees by which the line from the hips up to the wrists leans from the vertical in the picture, forward
    negative."""
    KNEE_AHEAD = 8
    """How far the front knee is ahead of its toes, as a share of the shank's length."""
    STACKED = 9
    """Degrees of the line between the shoulders from the horizon: 90 when one is above the other."""
    SHANK = 10
    """Degrees of the shanks from the vertical in the picture, the more upright one's."""
    THIGH = 11
    """Degrees of the thighs from the horizon in the picture, the more level one's."""


def view_of(pose: Measures) -> float:
    """`Alignment.VIEW` of a single pose, degrees."""
    across = pose.body[_ACROSS[0]].sum(axis=0) - pose.body[_ACROSS[1]].sum(axis=0)
    return float(np.degrees(np.arctan2(abs(across[2]), abs(across[0]))))


FEET_SEEN: Final = 0.5
"""Feet less visible than this don't tell which way somebody faces."""

APART: Final = 0.06
"""Metres; what is nearer together than this gives no direction and no ratio."""

_ACROSS: Final = [[BODY.index(f"{side}_{part}") for part in ("shoulder", "hip")] for side in ("left", "right")]

_PLACES: Final = {name: place for place, name in enumerate((*BODY, *TIPS))}


def _pair(part: str) -> tuple[int, int]:
    return _PLACES[f"left_{part}"], _PLACES[f"right_{part}"]


_SHOULDER, _WRIST, _HIP, _KNEE, _ANKLE, _HEEL, _TOE = (
    list(_pair(part)) for part in ("shoulder", "wrist", "hip", "knee", "ankle", "heel", "foot_index")
)
_NOSE: Final = _PLACES["nose"]


def align(poses: Sequence[Measures]) -> tuple[Floats, Floats]:
    """All alignments of some poses.

    Args:
        poses: (T) measures, in order.

    Returns:
        (T, len(Alignment)) each in its own unit, and as many visibilities, 0-1, of the worst keypoint needed.
    """
    at = np.stack([np.concatenate([pose.body, pose.tips]) for pose in poses])
    seen = np.stack([np.concatenate([pose.seen, pose.tips_seen]) for pose in poses])
    flat = at[..., :2]
    shoulder, wrist, hip, ankle = (flat[:, pair].mean(axis=1) for pair in (_SHOULDER, _WRIST, _HIP, _ANKLE))
    across = at[:, [_SHOULDER[0], _HIP[0]]].sum(axis=1) - at[:, [_SHOULDER[1], _HIP[1]]].sum(axis=1)
    feet = flat[:, _TOE] - flat[:, _HEEL]
    forward = _forward(at, seen)
    trunk, stretch = shoulder - hip, wrist - hip
    shank, thigh = flat[:, _KNEE] - flat[:, _ANKLE], flat[:, _KNEE] - flat[:, _HIP]
    values = np.stack(
        [
            _degrees(np.abs(across[:, 2]), np.abs(across[:, 0])),
            _degrees(forward * trunk[:, 0], -trunk[:, 1]),
            _over_line(shoulder, hip, ankle),
            _span(flat, _KNEE) / np.maximum(_span(flat, _ANKLE), EPSILON),
            _degrees(feet[..., 1], np.abs(feet[..., 0])).max(axis=1),
            np.abs(flat[:, _WRIST[0], 1] - flat[:, _WRIST[1], 1]),
            wrist[:, 1] - flat[:, _NOSE, 1],
            _degrees(-forward * stretch[:, 0], -stretch[:, 1]),
            _front_knee(flat, forward),
            _degrees(np.abs(_difference(flat, _SHOULDER)[:, 1]), _across(at, _SHOULDER)),
            _degrees(np.abs(shank[..., 0]), np.abs(shank[..., 1])).min(axis=1),
            _degrees(np.abs(thigh[..., 1]), np.abs(thigh[..., 0])).min(axis=1),
        ],
        axis=1,
    )
    near = {part: seen[:, pair].max(axis=1) for part, pair in _PAIRS.items()}
    both = {part: seen[:, pair].min(axis=1) for part, pair in _PAIRS.items()}
    quality = np.stack(
        [
            np.minimum(near["shoulder"], near["hip"]),
            np.minimum(near["shoulder"], near["hip"]),
            np.minimum.reduce([near["shoulder"], near["hip"], near["ankle"]]),
            np.minimum(both["knee"], both["ankle"]),
            np.minimum(near["heel"], near["toe"]),
            both["wrist"],
            np.minimum(seen[:, _NOSE], near["wrist"]),
            np.minimum(near["wrist"], near["hip"]),
            np.minimum(near["knee"], near["toe"]),
            both["shoulder"],
            np.minimum(near["knee"], near["ankle"]),
            np.minimum(near["knee"], near["hip"]),
        ],
        axis=1,
    )
    quality[np.hypot(across[:, 0], across[:, 2]) < APART, Alignment.VIEW] = 0.0
    quality[_span(flat, _ANKLE) < APART, Alignment.KNEES] = 0.0
    return values, quality


def _forward(at: Floats, seen: Floats) -> float:
    """Which way the person faces in the picture: 1 to the right, -1 to the left, the same all the time.

    By the feet; where they are hardly seen by the nose, which is ahead of the shoulders. Single feet are easily seen
    the wrong way round.
    """
    if np.median(np.minimum(seen[:, _HEEL].max(axis=1), seen[:, _TOE].max(axis=1))) >= FEET_SEEN:
        ahead = (at[:, _TOE, 0] - at[:, _HEEL, 0]).sum(axis=1)
    else:
        ahead = at[:, _NOSE, 0] - at[:, _SHOULDER, 0].mean(axis=1)
    return 1.0 if np.median(ahead) >= 0 else -1.0


_PAIRS: Final = {
    "shoulder": _SHOULDER, "wrist": _WRIST, "hip": _HIP, "knee": _KNEE, "ankle": _ANKLE, "heel": _HEEL, "toe": _TOE,
}  # fmt: skip


def _degrees(opposite: Floats, adjacent: Floats) -> Floats:
    return np.degrees(np.arctan2(opposite, adjacent))


def _difference(flat: Floats, pair: list[int]) -> Floats:
    return np.asarray(flat[:, pair[0]] - flat[:, pair[1]])


def _span(flat: Floats, pair: list[int]) -> Floats:
    """(T,) distance across the picture between the two of a pair."""
    return np.abs(_difference(flat, pair)[:, 0])


def _across(at: Floats, pair: list[int]) -> Floats:
    """(T,) level distance between the two of a pair, depth included."""
    return np.asarray(np.hypot(*(at[:, pair[0]] - at[:, pair[1]])[:, (0, 2)].T))


def _over_line(shoulder: Floats, hip: Floats, ankle: Floats) -> Floats:
    """(T,) height of the hips over the line from shoulders to ankles, as a share of its length."""
    line = ankle - shoulder
    length = np.maximum(np.hypot(line[:, 0], line[:, 1]), EPSILON)
    off = (line[:, 0] * (hip - shoulder)[:, 1] - line[:, 1] * (hip - shoulder)[:, 0]) / length**2
    # Positive is up, y runs down: turned with the line's own direction.
    return np.asarray(-off * np.sign(np.where(line[:, 0] == 0, 1.0, line[:, 0])))


def _front_knee(flat: Floats, forward: float) -> Floats:
    """(T,) how far the knee of the leg that stands in front is ahead of its toes, in shank lengths."""
    front = (forward * flat[:, _ANKLE, 0]).argmax(axis=1)
    rows = np.arange(len(flat))
    knee, toe, ankle = (flat[rows, np.array(pair)[front]] for pair in (_KNEE, _TOE, _ANKLE))
    shank = np.maximum(np.hypot(*(knee - ankle).T), EPSILON)
    return np.asarray(forward * (knee - toe)[:, 0] / shank)
