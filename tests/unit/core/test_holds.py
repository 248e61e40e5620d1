"""How long a posture was kept."""

from __future__ import annotations

from services.core.holds import HoldTimer
from services.core.types import NANOSECONDS


def test_a_hold_survives_a_short_break_only() -> None:
    timer = HoldTimer()
    for second in range(0, 100, 2):
        at = second / 10
        timer.update(round(at * NANOSECONDS), held=not (3.0 < at < 3.7 or 6.0 < at < 8.0))
    assert [(a / NANOSECONDS, b / NANOSECONDS) for a, b in timer.spans] == [(0.0, 6.0), (8.0, 9.8)]


def test_a_hold_tells_each_whole_second() -> None:
    timer = HoldTimer()
    changes = [timer.update(round(tenth / 10 * NANOSECONDS), held=True) for tenth in range(31)]
    assert [index for index, changed in enumerate(changes) if changed] == [10, 20, 30]
