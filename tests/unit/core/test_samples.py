"""Samples of a signal: what the filters let through, and what is described without them."""

from __future__ import annotations

import pytest

from services.core.repetition import RepRule
from services.core.samples import Samples
from services.core.turns import Turn
from services.core.types import NANOSECONDS

FPS = 20
KNEE = RepRule(rest_high=True, smallest=20.0)
DEEP = [170.0] * 10 + [150.0, 120.0, 90.0, 80.0, 80.0, 90.0, 120.0, 150.0] + [170.0] * 10


def at(index: int) -> int:
    return index * NANOSECONDS // FPS


def taken(values: list[float], rule: RepRule = KNEE) -> tuple[Samples, list[float]]:
    samples = Samples(rule)
    return samples, [samples.push(at(index), value, 0.8).value for index, value in enumerate(values)]


def test_a_pose_that_jumps_for_one_sample_does_nothing() -> None:
    _, seen = taken([170.0] * 6 + [20.0] + [170.0] * 6)
    assert seen == [170.0] * 13


def test_what_is_filtered_follows_late() -> None:
    _, seen = taken(DEEP)
    assert seen.index(min(seen)) > DEEP.index(min(DEEP)) + 1
    assert seen[-1] == pytest.approx(170.0, abs=1.0)


@pytest.mark.parametrize("rest_high", [True, False])
def test_a_repetition_is_described_without_the_delay(*, rest_high: bool) -> None:
    turned = DEEP if rest_high else [-value for value in DEEP]
    samples, _ = taken(turned, RepRule(rest_high=rest_high, smallest=20.0))
    rep = samples.repetition(Turn(at(11), 170.0), Turn(at(16), 85.0), 170.0)
    assert (rep.start, rep.end) == (at(9), at(18))
    assert rep.reached <= rep.bottom_at <= rep.left
    assert (abs(rep.top), abs(rep.bottom)) == (170.0, 80.0)
    assert (rep.top > 0) == rest_high
    assert rep.confidence == pytest.approx(0.8)


def test_holes_are_unseen() -> None:
    samples = Samples(KNEE)
    for index in (0, 1, 2, 22, 23):
        samples.push(at(index), 170.0, 1.0)
    assert samples.unseen(at(0), at(2)) == 0
    assert samples.unseen(at(0), at(23)) == at(20)


def test_what_is_forgotten_is_not_begun_anew() -> None:
    samples, _ = taken(DEEP)
    samples.forget(at(12))
    assert samples.span == (at(12), at(27))
    assert samples.started == 0


def test_phases_are_in_order_where_the_way_back_was_not_seen() -> None:
    """Seen at the far end, and next after the way back: what is foretold of its end lies before half of that time."""
    samples = Samples(KNEE)
    for moment, value in ((160, 110.0), (320, 80.0), (800, 170.0), (960, 165.0), (1040, 160.0)):
        samples.push(moment * NANOSECONDS // 1000, value, 0.8)
    far = Turn(NANOSECONDS * 32 // 100, 80.0)
    rep = samples.widened(samples.repetition(Turn(NANOSECONDS * 16 // 100, 110.0), far, 110.0))
    assert rep.start <= rep.reached <= rep.bottom_at <= rep.left <= rep.end
