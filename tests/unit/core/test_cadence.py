"""How often somebody is looked at, by how they move."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.core.cadence import LONGEST_SECONDS, SLOWEST_SECONDS, Cadence
from services.core.types import NANOSECONDS

FPS = 15
PERIOD = round(NANOSECONDS / FPS)


def looks(cadence: Cadence, height: float, hertz: float, seconds: float = 10.0) -> list[int]:
    """Frames that are looked at while a person goes up and down by so many trunks."""
    frames = []
    for frame in range(round(seconds * FPS)):
        if cadence.due(frame * PERIOD, PERIOD):
            keypoints = np.zeros((33, 2))
            keypoints[:, 1] = height / 2 * np.sin(2 * np.pi * hertz * frame / FPS)
            cadence.update(frame * PERIOD, keypoints, 1.0)
            frames.append(frame)
    return frames


def test_the_first_frames_are_all_looked_at() -> None:
    assert looks(Cadence(), 0, 0)[:3] == [0, 1, 2]


def test_somebody_steady_is_looked_at_in_every_fourth_frame() -> None:
    assert len(looks(Cadence(), 0, 0)) == pytest.approx(38, abs=4)


def test_keypoints_that_jitter_are_no_movement() -> None:
    rng, cadence, frames = np.random.default_rng(0), Cadence(), 0
    for frame in range(150):
        if cadence.due(frame * PERIOD, PERIOD):
            cadence.update(frame * PERIOD, rng.normal(0, 0.003, (33, 2)), 1.0)
            frames += 1
    assert frames < 45


def test_the_faster_the_more_often() -> None:
    counts = [len(looks(Cadence(), 1.0, hertz)) for hertz in (0.1, 0.5, 1.0, 2.0)]
    assert counts == sorted(counts)
    assert counts[0] < 80
    assert counts[-1] > 110


def test_a_squat_is_interpolated_within_a_tenth_of_a_trunk() -> None:
    frames = looks(Cadence(), 1.0, 0.4)
    assert len(frames) < 0.6 * 150
    height = 0.5 * np.sin(2 * np.pi * 0.4 * np.arange(frames[-1] + 1) / FPS)
    filled = np.interp(np.arange(frames[-1] + 1), frames, height[frames])
    assert np.abs(filled - height).max() < 0.1


def test_a_sudden_movement_shortens_the_interval_at_the_next_look() -> None:
    cadence = Cadence()
    frames = looks(cadence, 0, 0, 2)
    moved = np.full((33, 2), 5.0)
    cadence.update((frames[-1] + 4) * PERIOD, moved, 1.0)
    assert cadence.interval < 1.5 / FPS


@given(st.lists(st.tuples(st.integers(-NANOSECONDS, 3 * NANOSECONDS), st.floats(-100, 100)), max_size=30))
def test_whatever_the_clock_does_the_interval_is_within_bounds(steps: list[tuple[int, float]]) -> None:
    cadence, at = Cadence(), 10**18
    for step, place in steps:
        at += step
        cadence.due(at, step)
        cadence.update(at, np.full((33, 2), place), 1.0)
        assert 0 <= cadence.interval <= LONGEST_SECONDS


def test_a_clock_that_steps_back_makes_the_next_frame_due() -> None:
    cadence = Cadence()
    looks(cadence, 0, 0, 2)
    cadence.update(0, np.zeros((33, 2)), 1.0)
    assert cadence.due(PERIOD, PERIOD)


@pytest.mark.parametrize(("slack", "seconds"), [(1.0, LONGEST_SECONDS), (1.2, 4.8 / 15), (9.0, SLOWEST_SECONDS)])
def test_slack_makes_intervals_longer_but_not_too_long(slack: float, seconds: float) -> None:
    cadence = Cadence()
    last = looks(cadence, 0, 0, 2)[-1] * PERIOD
    assert not cadence.due(last + round(0.99 * seconds * NANOSECONDS), 0, slack)
    assert cadence.due(last + round(1.01 * seconds * NANOSECONDS), 0, slack)
