"""Where the detector looks for people who are not followed yet, and when.

The detector costs as much as one person does, so it looks at every frame only for a second after somebody was lost, 8
times a second until nothing has changed for 3 seconds, and then 2.5 times.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from services.core.types import NANOSECONDS
from services.pose.crop import Region

DETECTION_SECONDS: Final = 1 / 8
"""Time between two looks for new people; at one a second half of a group goes missing."""
CALM_SECONDS: Final = 3.0
"""When the same people have been in view for so long ..."""
CALM_DETECTION_SECONDS: Final = 0.4
"""... this is the time between two looks."""
ALERT_SECONDS: Final = 1.0
"""After somebody was lost the detector looks at every frame for this long."""
_JITTER_SECONDS: Final = 0.005
"""Times of capture jitter; a look is not put off by a frame for that."""
_LONG: Final = 1.3
"""Longer side over shorter one from which parts are looked at by themselves."""


class Attention:
    """Decides for one camera which squares of the next picture the detector looks at."""

    def __init__(self) -> None:
        self._looked_at: int | None = None
        self._alert_until: int | None = None
        self._changed_at = 0
        self._turn = 0

    def restart(self, captured_at: int) -> None:
        """Look at everything in the next picture: it has another size, or another time."""
        self._looked_at = self._alert_until = None
        self._changed_at = captured_at

    def looks(self, captured_at: int, width: int, height: int, slack: float = 1.0) -> list[Region]:
        """The squares to look at in this picture, mostly none; everything in the first, later one after the other.

        Args:
            captured_at: event time of the picture, ns.
            width, height: its size, pixels.
            slack: multiplies the time between two looks; above 1 where CPU is short.
        """
        if not self._due(captured_at, slack):
            return []
        squares = views(width, height)
        if self._looked_at is not None:
            self._turn += 1
            squares = [squares[self._turn % len(squares)]]
        self._looked_at = captured_at
        return list(dict.fromkeys(squares))

    def update(self, captured_at: int, *, changed: bool, lost: bool) -> None:
        """Take note of what came of the picture.

        Args:
            captured_at: event time of the picture, ns.
            changed: others are followed now than before.
            lost: somebody who was believed to be there is not.
        """
        if lost:
            self._alert_until = captured_at + round(ALERT_SECONDS * NANOSECONDS)
        if changed:
            self._changed_at = captured_at

    def _due(self, captured_at: int, slack: float) -> bool:
        if self._looked_at is None or (self._alert_until is not None and captured_at <= self._alert_until):
            return True
        calm = captured_at - self._changed_at > round(CALM_SECONDS * NANOSECONDS)
        interval = slack * (CALM_DETECTION_SECONDS if calm else DETECTION_SECONDS)
        return captured_at - self._looked_at >= round((interval - _JITTER_SECONDS) * NANOSECONDS)


def views(width: int, height: int) -> list[Region]:
    """What to look at in turn: the whole picture, then squares along its longer side, in which people are larger.

    In a wide picture the model sees somebody far away 1.8 times as large in such a square as in the whole.
    """
    whole, side = Region.whole(width, height), min(width, height)
    if max(width, height) < _LONG * side:
        return [whole]
    count = math.ceil(max(width, height) / side)
    result = []
    for middle in np.linspace(side / 2, max(width, height) - side / 2, count):
        along = float(middle)
        result += [whole, Region(along, side / 2, side) if width > height else Region(side / 2, along, side)]
    return result
