"""How the parts of a body lie to each other: what postures and faults of form are judged by, beside the signals.

A repetition is counted by one signal; whether it was a good one shows in how the body was aligned meanwhile. These are
computed when they are asked for, of a whole repetition at once where it is judged, and not for every pose. Most of them
can be seen from one side only: whoever judges by them says from which (`Alignment.VIEW`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum
from functools import cached_property
from types import MappingProxyType
from typing import Final

import numpy as np

from services.core.geometry import EPSILON
from services.core.quantiles import median
from services.core.signals import BODY, TIPS, Floats, Measures


class Alignment(IntEnum):
    """What is looked at; `Aligned` computes it."""

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
    (left_x, _, left_z), (right_x, _, right_z) = (pose.body[one] + pose.body[other] for one, other in _ACROSS)
    return float(np.degrees(np.arctan2(abs(left_z - right_z), abs(left_x - right_x))))


FEET_SEEN: Final = 0.5
"""Feet less visible than this don't tell which way somebody faces."""

APART: Final = 0.06
"""Metres; what is nearer together than this gives no direction and no ratio."""

_ACROSS: Final = [[BODY.index(f"{side}_{part}") for part in ("shoulder", "hip")] for side in ("left", "right")]

_PLACES: Final = {name: place for place, name in enumerate((*BODY, *TIPS))}


def _pair(part: str) -> tuple[int, int]:
    return _PLACES[f"left_{part}"], _PLACES[f"right_{part}"]


_PAIRS: Final = {
    part: list(_pair(part)) for part in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle", "heel", "foot_index")
}
_NOSE: Final = _PLACES["nose"]


class Aligned:
    """Alignments of some poses of one person.

    Args:
        poses: (T) measures, in order.
    """

    def __init__(self, poses: Sequence[Measures]) -> None:
        self._poses = poses
        self._at = np.array([np.concatenate((pose.body, pose.tips)) for pose in poses])

    def value(self, alignment: Alignment) -> Floats:
        """(T,) in its own unit."""
        return _VALUES[alignment](self)

    def seen(self, alignment: Alignment) -> Floats:
        """(T,) visibility of the worst keypoint needed, 0-1; 0 where what is looked at is too short to tell."""
        needed: Floats = np.minimum.reduce([self._visible(part, every=every) for part, every in _NEEDED[alignment]])
        if alignment is Alignment.VIEW:
            needed[np.hypot(self.across[:, 0], self.across[:, 2]) < APART] = 0.0
        elif alignment is Alignment.KNEES:
            needed[self.apart("ankle") < APART] = 0.0
        return needed

    def of(self, part: str) -> Floats:
        """(T, 2, 3) left and right."""
        return self._at.take(_PAIRS[part], axis=1)

    def middle(self, part: str) -> Floats:
        """(T, 3) between left and right."""
        both = self.of(part)
        return np.asarray((both[:, 0] + both[:, 1]) / 2)

    def difference(self, part: str) -> Floats:
        """(T, 3) from right to left."""
        both = self.of(part)
        return np.asarray(both[:, 0] - both[:, 1])

    def apart(self, part: str) -> Floats:
        """(T,) distance across the picture between left and right."""
        return np.abs(self.difference(part)[:, 0])

    @property
    def nose(self) -> Floats:
        """(T, 3)."""
        return self._at[:, _NOSE]

    @property
    def across(self) -> Floats:
        """(T, 3) from right to left, shoulders and hips together."""
        shoulder, hip = self.of("shoulder"), self.of("hip")
        return np.asarray((shoulder[:, 0] + hip[:, 0]) - (shoulder[:, 1] + hip[:, 1]))

    @property
    def forward(self) -> float:
        """Which way the person faces in the picture: 1 to the right, -1 to the left, the same all the time.

        By the feet; where they are hardly seen by the nose, which is ahead of the shoulders. Single feet are easily
        seen the wrong way round.
        """
        toes = self.of("foot_index")
        if median(np.minimum(self._visible("heel"), self._visible("foot_index"))) >= FEET_SEEN:
            ahead = (toes - self.of("heel"))[..., 0].sum(axis=1)
        else:
            ahead = self.nose[:, 0] - self.middle("shoulder")[:, 0]
        return 1.0 if median(ahead) >= 0 else -1.0

    @cached_property
    def _seen(self) -> Floats:
        return np.array([np.concatenate((pose.seen, pose.tips_seen)) for pose in self._poses])

    def _visible(self, part: str, *, every: bool = False) -> Floats:
        """(T,) visibility of the better side, or of the worse one where every one is needed."""
        if part == "nose":
            return np.asarray(self._seen[:, _NOSE])
        return np.asarray((np.minimum if every else np.maximum).reduce(self._seen.take(_PAIRS[part], axis=1), axis=1))


def _degrees(opposite: Floats, adjacent: Floats) -> Floats:
    return np.degrees(np.arctan2(opposite, adjacent))


def _view(poses: Aligned) -> Floats:
    across = np.abs(poses.across)
    return _degrees(across[:, 2], across[:, 0])


def _lean(poses: Aligned) -> Floats:
    trunk = poses.middle("shoulder") - poses.middle("hip")
    return _degrees(poses.forward * trunk[:, 0], -trunk[:, 1])


def _line(poses: Aligned) -> Floats:
    shoulder, hip, ankle = (poses.middle(part) for part in ("shoulder", "hip", "ankle"))
    line, off = ankle - shoulder, hip - shoulder
    length = np.maximum(np.hypot(line[:, 0], line[:, 1]), EPSILON)
    over = (line[:, 0] * off[:, 1] - line[:, 1] * off[:, 0]) / length**2
    # Positive is up, y runs down: turned with the line's own direction.
    return np.asarray(-over * np.sign(np.where(line[:, 0] == 0, 1.0, line[:, 0])))


def _knees(poses: Aligned) -> Floats:
    return np.asarray(poses.apart("knee") / np.maximum(poses.apart("ankle"), EPSILON))


def _heels(poses: Aligned) -> Floats:
    feet = poses.of("foot_index") - poses.of("heel")
    return np.asarray(_degrees(feet[..., 1], np.abs(feet[..., 0])).max(axis=1))


def _uneven(poses: Aligned) -> Floats:
    return np.abs(poses.difference("wrist")[:, 1])


def _chin(poses: Aligned) -> Floats:
    return np.asarray(poses.middle("wrist")[:, 1] - poses.nose[:, 1])


def _swing(poses: Aligned) -> Floats:
    stretch = poses.middle("wrist") - poses.middle("hip")
    return _degrees(-poses.forward * stretch[:, 0], -stretch[:, 1])


def _knee_ahead(poses: Aligned) -> Floats:
    """Of the leg that stands in front."""
    forward, ankles = poses.forward, poses.of("ankle")
    front = (forward * ankles[..., 0]).argmax(axis=1)
    rows = np.arange(len(front))
    knee, toe, ankle = (part[rows, front] for part in (poses.of("knee"), poses.of("foot_index"), ankles))
    shank = np.maximum(np.hypot(knee[:, 0] - ankle[:, 0], knee[:, 1] - ankle[:, 1]), EPSILON)
    return np.asarray(forward * (knee - toe)[:, 0] / shank)


def _stacked(poses: Aligned) -> Floats:
    between = poses.difference("shoulder")
    return _degrees(np.abs(between[:, 1]), np.hypot(between[:, 0], between[:, 2]))


def _shank(poses: Aligned) -> Floats:
    shank = np.abs(poses.of("knee") - poses.of("ankle"))
    return np.asarray(_degrees(shank[..., 0], shank[..., 1]).min(axis=1))


def _thigh(poses: Aligned) -> Floats:
    thigh = np.abs(poses.of("knee") - poses.of("hip"))
    return np.asarray(_degrees(thigh[..., 1], thigh[..., 0]).min(axis=1))


_VALUES: Final[Mapping[Alignment, Callable[[Aligned], Floats]]] = MappingProxyType(
    {
        Alignment.VIEW: _view,
        Alignment.LEAN: _lean,
        Alignment.LINE: _line,
        Alignment.KNEES: _knees,
        Alignment.HEELS: _heels,
        Alignment.UNEVEN: _uneven,
        Alignment.CHIN: _chin,
        Alignment.SWING: _swing,
        Alignment.KNEE_AHEAD: _knee_ahead,
        Alignment.STACKED: _stacked,
        Alignment.SHANK: _shank,
        Alignment.THIGH: _thigh,
    }
)

_EITHER: Final = False
_EVERY: Final = True

_NEEDED: Final[Mapping[Alignment, tuple[tuple[str, bool], ...]]] = MappingProxyType(
    {
        Alignment.VIEW: (("shoulder", _EITHER), ("hip", _EITHER)),
        Alignment.LEAN: (("shoulder", _EITHER), ("hip", _EITHER)),
        Alignment.LINE: (("shoulder", _EITHER), ("hip", _EITHER), ("ankle", _EITHER)),
        Alignment.KNEES: (("knee", _EVERY), ("ankle", _EVERY)),
        Alignment.HEELS: (("heel", _EITHER), ("foot_index", _EITHER)),
        Alignment.UNEVEN: (("wrist", _EVERY),),
        Alignment.CHIN: (("nose", _EVERY), ("wrist", _EITHER)),
        Alignment.SWING: (("wrist", _EITHER), ("hip", _EITHER)),
        Alignment.KNEE_AHEAD: (("knee", _EITHER), ("foot_index", _EITHER)),
        Alignment.STACKED: (("shoulder", _EVERY),),
        Alignment.SHANK: (("knee", _EITHER), ("ankle", _EITHER)),
        Alignment.THIGH: (("knee", _EITHER), ("hip", _EITHER)),
    }
)
"""Parts that an alignment needs to be seen, and whether on either side or on every one."""
