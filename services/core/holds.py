"""Timing a hold: how long a posture was kept."""

from __future__ import annotations

from typing import Final

from services.core.types import NANOSECONDS

BREAK_SECONDS: Final = 1.0
"""A hold survives a break as short as this."""


class HoldTimer:
    """Times a hold: spans in which the posture was kept, short breaks bridged."""

    def __init__(self) -> None:
        self.spans: list[tuple[int, int]] = []

    def update(self, at: int, *, held: bool) -> bool:
        """Take the next pose; whether a span is a whole second longer now.

        Args:
            at: event time, ns, later than the last one.
            held: whether the pose is the hold.
        """
        if not held:
            return False
        if not self.spans or at - self.spans[-1][1] > BREAK_SECONDS * NANOSECONDS:
            self.spans.append((at, at))
            return False
        start, end = self.spans[-1]
        self.spans[-1] = (start, at)
        return (at - start) // NANOSECONDS > (end - start) // NANOSECONDS
