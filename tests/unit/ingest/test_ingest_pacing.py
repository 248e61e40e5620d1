from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.core.types import NANOSECONDS
from services.ingest.pacing import Pacer


def kept(moments: list[int], max_fps: float = 15) -> list[int]:
    pacer = Pacer(max_fps)
    return [index for index, moment in enumerate(moments) if pacer.keeps(moment)]


def steady(fps: float, seconds: float = 10, jitter: float = 0.0) -> list[int]:
    chance = random.Random(7)
    count = round(fps * seconds)
    return [round((index / fps + chance.uniform(-jitter, jitter)) * NANOSECONDS) for index in range(count)]


def test_a_source_twice_as_fast_gives_every_second_frame() -> None:
    assert kept(steady(30)) == list(range(0, 300, 2))


@pytest.mark.parametrize("fps", [5, 8, 14.985, 15])
def test_a_source_that_is_not_faster_gives_every_frame(fps: float) -> None:
    assert len(kept(steady(fps))) == len(steady(fps))


def test_a_source_at_25_fps_gives_15_a_second_evenly() -> None:
    indices = kept(steady(25, seconds=20))
    assert len(indices) == pytest.approx(300, abs=1)
    assert {after - before for before, after in itertools.pairwise(indices)} == {1, 2}


def test_jitter_makes_no_gaps_in_a_source_at_the_highest_rate() -> None:
    moments = steady(15, seconds=60, jitter=0.015)
    assert len(kept(moments)) >= len(moments) - 2


def test_jitter_leaves_the_rate_of_a_faster_source() -> None:
    indices = kept(steady(30, seconds=60, jitter=0.010))
    assert len(indices) == pytest.approx(900, abs=3)
    assert max(after - before for before, after in itertools.pairwise(indices)) <= 3


@given(st.lists(st.integers(1, 500_000_000), min_size=2, max_size=200), st.floats(1, 60))
def test_never_more_than_the_highest_rate_over_time(steps: list[int], max_fps: float) -> None:
    moments = [sum(steps[: index + 1]) for index in range(len(steps))]
    allowed = (moments[-1] - moments[0]) / NANOSECONDS * max_fps + 2
    assert len(kept(moments, max_fps)) <= allowed


def test_time_that_steps_back_starts_afresh() -> None:
    pacer = Pacer(15)
    assert pacer.keeps(50 * NANOSECONDS)
    assert pacer.keeps(0)
    assert not pacer.keeps(1_000_000)
