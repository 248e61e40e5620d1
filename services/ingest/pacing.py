r"""Thinning a source out to a highest rate, by event time.

Each picture brings credit for the time since the one before; one that is kept costs 1.

    30 fps to 15   credit  1.  .5  1.  .5  1.        25 fps to 15   1.  .6  1.2  .8  .4  1.  .6
                   kept    x       x       x                        x       x    x       x

A picture is kept a little before its full credit is there, and a little credit is saved, so that neither the jitter
of the network nor a camera exactly at the highest rate makes gaps; over time the rate is never above the highest.
"""

from __future__ import annotations

from services.core.types import NANOSECONDS

ENOUGH = 0.75
"""Credit at which a picture is kept: a quarter of a period early is taken for jitter."""
MOST = 1.5
"""Credit that a pause or a late picture can leave."""


class Pacer:
    """Says which pictures to keep.

    Args:
        max_fps: pictures a second that are kept at most; a source that is slower keeps them all.
    """

    def __init__(self, max_fps: float) -> None:
        self._max_fps = max_fps
        self._credit = 1.0
        self._before: int | None = None

    def copy(self) -> Pacer:
        """One to look ahead with."""
        other = Pacer(self._max_fps)
        other._credit, other._before = self._credit, self._before
        return other

    def keeps(self, captured_at: int) -> bool:
        """Whether to keep the picture of this event time (ns). A step back in time starts afresh."""
        if self._before is not None:
            passed = captured_at - self._before
            self._credit = 1.0 if passed < 0 else min(MOST, self._credit + passed * self._max_fps / NANOSECONDS)
        self._before = captured_at
        if self._credit < ENOUGH:
            return False
        self._credit -= 1.0
        return True
