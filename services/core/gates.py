r"""Gates: which of somebody's poses may count for an exercise.

    poses    walks up   stands   squats ..................   walks off
    gate     ......closed|open...............................|closed

Laws:
    1. The gate is open at the first pose it is shown: a recording may begin in the middle of a set. Later it opens when
       the exercise's posture, and its start posture where it names one, was kept for `START_SECONDS`; it closes when
       the posture was lost, or the person walked, for `LOST_SECONDS`.
    2. Poses count for nothing while a keypoint that the exercise's signal needs is out of the picture on both sides of
       the body: what is guessed there moves as it likes.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from services.core.exercises import Exercise
from services.core.signals import BODY, Measures, Signal
from services.core.types import NANOSECONDS

START_SECONDS: Final = 0.3
"""A start posture is taken when it was kept for as long."""

LOST_SECONDS: Final = 1.0
"""Who left the posture for as long begins anew."""

WALK: Final = 0.8
"""Metres a second across the picture, over `WALK_SECONDS`, from which on somebody upright walks; gait is 1.2-1.4 m/s
(Winter, Biomechanics and Motor Control of Human Movement, 2009), who steps about in a set is slower."""

WALK_SECONDS: Final = 1.0
"""Time over which walking is judged."""

UPRIGHT: Final = 60.0
"""Degrees of the trunk over the horizon from which on moving across the picture is walking, and no burpee."""

OUTSIDE: Final = 0.02
"""Picture heights past the edge at which a keypoint is out of the picture; poses shake by less."""

_ARM: Final = ("shoulder", "elbow", "wrist")
_LEG: Final = ("hip", "knee", "ankle")
_NEEDS: Final[Mapping[Signal, tuple[str, ...]]] = MappingProxyType(
    {
        Signal.ELBOW: _ARM,
        Signal.SHOULDER: ("elbow", "shoulder", "hip"),
        Signal.HIP: ("shoulder", "hip", "knee"),
        Signal.KNEE: _LEG,
        Signal.WRIST_HEIGHT: ("shoulder", "wrist"),
        Signal.HIP_HEIGHT: ("hip", "ankle"),
        Signal.SHOULDER_HEIGHT: ("shoulder", "ankle"),
        Signal.TORSO: ("shoulder", "hip"),
        Signal.STRIDE: ("ankle",),
        Signal.REACH: _ARM,
        Signal.BEND: ("shoulder", "hip", "knee"),
    }
)
"""Parts of the body that a signal needs, of either side."""

_CALLED: Final = MappingProxyType({"ankle": "feet", "knee": "knees", "wrist": "hands"})


def missing(entry: Exercise, measures: Measures, aspect: float | None = None) -> str | None:
    """What an exercise's signal needs and the picture does not hold, as people call it; None for nothing.

    Args:
        entry: the exercise.
        measures: of a pose.
        aspect: width of the picture over its height; None to look at its upper and lower edge only.
    """
    x, y, metre = measures.place.tolist()
    if metre == 0.0:
        return None

    def outside(keypoint: int) -> bool:
        right, down, _ = measures.body[keypoint].tolist()
        if not -OUTSIDE <= down * metre + y <= 1.0 + OUTSIDE:
            return True
        return aspect is not None and not -OUTSIDE <= right * metre + x <= aspect + OUTSIDE

    for part in reversed(_NEEDS[entry.signal]):
        if all(outside(keypoint) for keypoint in _PLACES[part]):
            return _CALLED.get(part, "body")
    return None


_PLACES: Final = {
    part: [BODY.index(f"{side}_{part}") for side in ("left", "right")]
    for part in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
}


class StartGate:
    """Says which of somebody's poses may count for an exercise; laws 1 and 2 at the top of this file.

    Args:
        entry: the exercise.
    """

    def __init__(self, entry: Exercise) -> None:
        self._entry = entry
        self._open: bool | None = None
        self._since: int | None = None
        self._walk: list[tuple[int, float, float, float]] = []

    def update(self, at: int, measures: Measures) -> bool:
        """Take the next pose; whether it may count.

        Args:
            at: event time, ns, later than the last one.
            measures: of that pose.
        """
        entry = self._entry
        right = entry.fits(measures) and not self._walks(at, measures)
        if self._open is None:
            self._open = right
        turns = not right if self._open else right and entry.starts(measures)
        if not turns:
            self._since = None
        elif self._since is None:
            self._since = at
        elif at - self._since >= (LOST_SECONDS if self._open else START_SECONDS) * NANOSECONDS:
            self._open, self._since = right, None
        return self._open and right and missing(entry, measures) is None

    def _walks(self, at: int, measures: Measures) -> bool:
        """Whether somebody upright goes across the picture."""
        x, y, metre = (float(value) for value in measures.place)
        self._walk.append((at, x, y, metre))
        while len(self._walk) > 1 and at - self._walk[1][0] >= WALK_SECONDS * NANOSECONDS:
            del self._walk[0]
        then, x0, _, _ = self._walk[0]
        seconds = (at - then) / NANOSECONDS
        if metre == 0.0 or seconds < WALK_SECONDS or measures.values[Signal.TORSO] < UPRIGHT:
            return False
        return abs(x - x0) / metre / seconds >= WALK
