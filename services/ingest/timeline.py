"""Event time of a file's pictures, whatever its own clock does."""

from __future__ import annotations

from services.core.types import NANOSECONDS

STEP = 1_000_000
"""Least time between two pictures, ns, where the file's own times don't rise."""
BACKWARD, FORWARD = NANOSECONDS, 3600 * NANOSECONDS
"""Leaps (ns) of a file's own times that are believed; what goes beyond is damage, or the wrap of a clock, and the
pictures follow one another instead."""


class Timeline:
    """Event time of a file's pictures: presentation time, the first picture at 0, and strictly rising.

    Attributes:
        end: when the picture after the last one is due, ns.
    """

    def __init__(self) -> None:
        self.end = 0
        self._last = -STEP
        self._shift: int | None = None

    def copy(self) -> Timeline:
        """One to look ahead with."""
        other = Timeline()
        other.end, other._last, other._shift = self.end, self._last, self._shift
        return other

    def restart(self) -> None:
        """The file begins again: its next picture is due now, whatever its own time is."""
        self._shift = None

    def place(self, presented: int | None, length: int) -> int:
        """Event time of the next picture, ns.

        Args:
            presented: the file's own time, ns from any origin; None if it has none.
            length: how long it is shown, ns.
        """
        moment = self.end
        if presented is not None:
            if self._shift is None or not -BACKWARD <= presented + self._shift - self.end <= FORWARD:
                self._shift = self.end - presented
            moment = presented + self._shift
        self._last = max(moment, self._last + STEP)
        self.end = self._last + length
        return self._last
