"""Frames come out once, in order, with everybody where they were."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.core.interpolation import Interpolation, People
from services.core.types import NANOSECONDS, Pose

STEP = NANOSECONDS // 15


def pose(track_id: str, place: float) -> Pose:
    return Pose(
        track_id,
        np.full(4, place, np.float32),
        0.9,
        np.full((33, 3), place, np.float32),
        np.full(33, 0.5, np.float32),
        np.full((33, 3), 2 * place, np.float32),
    )


def places(frames: list[People], track_id: str = "a") -> list[float]:
    return [float(one.keypoints[0, 0]) for frame in frames for one in frame.poses if one.track_id == track_id]


def test_whoever_is_looked_at_in_every_frame_waits_for_nothing() -> None:
    interpolation = Interpolation()
    for frame in range(5):
        [people] = interpolation.update(frame, {"a": pose("a", frame)})
        assert people.captured_at == frame
        assert places([people]) == [frame]


def test_nobody_in_view_waits_for_nothing() -> None:
    assert Interpolation().update(7, {}) == [People(7, ())]


def test_frames_between_two_looks_are_on_the_straight_line() -> None:
    interpolation = Interpolation()
    interpolation.update(0, {"a": pose("a", 0.0)})
    assert interpolation.update(STEP, {"a": None}) == []
    assert interpolation.update(2 * STEP, {"a": None}) == []
    frames = interpolation.update(3 * STEP, {"a": pose("a", 3.0)})
    assert [frame.captured_at for frame in frames] == [STEP, 2 * STEP, 3 * STEP]
    assert places(frames) == pytest.approx([1, 2, 3])
    assert frames[0].poses[0].world_keypoints[0, 0] == pytest.approx(2)


def test_a_frame_waits_for_its_slowest_person() -> None:
    interpolation = Interpolation()
    interpolation.update(0, {"a": pose("a", 0.0), "b": pose("b", 0.0)})
    assert interpolation.update(STEP, {"a": pose("a", 1.0), "b": None}) == []
    assert interpolation.update(2 * STEP, {"a": None, "b": None}) == []
    frames = interpolation.update(3 * STEP, {"a": None, "b": pose("b", 3.0)})
    assert [frame.captured_at for frame in frames] == [STEP]
    frames += interpolation.update(4 * STEP, {"a": pose("a", 4.0), "b": None})
    assert [frame.captured_at for frame in frames] == [STEP, 2 * STEP, 3 * STEP]
    assert places(frames, "a") == pytest.approx([1, 2, 3])
    assert places(frames, "b") == pytest.approx([1, 2, 3])


def test_whoever_is_gone_ends_at_the_last_look() -> None:
    interpolation = Interpolation()
    interpolation.update(0, {"a": pose("a", 0.0)})
    interpolation.update(STEP, {"a": None})
    frames = interpolation.update(2 * STEP, {})
    assert [(frame.captured_at, len(frame.poses)) for frame in frames] == [(STEP, 0), (2 * STEP, 0)]


def test_somebody_never_looked_at_is_left_out() -> None:
    assert Interpolation().update(0, {"a": None}) == [People(0, ())]


def test_over_a_long_gap_people_are_taken_to_have_stood_still() -> None:
    interpolation = Interpolation()
    interpolation.update(0, {"a": pose("a", 1.0)})
    interpolation.update(STEP, {"a": None})
    assert places(interpolation.update(9 * NANOSECONDS, {"a": pose("a", 5.0)})) == [1.0, 5.0]


def test_whoever_cannot_wait_is_told_where_people_are_heading() -> None:
    interpolation = Interpolation()
    interpolation.update(0, {"a": pose("a", 0.2)})
    interpolation.update(STEP, {"a": pose("a", 0.3), "b": pose("b", 0.6)})
    interpolation.update(2 * STEP, {"a": None, "b": None})
    assert [float(one.keypoints[0, 0]) for one in interpolation.heading()] == pytest.approx([0.4, 0.6])
    interpolation.update(3 * STEP, {"a": None, "b": pose("b", 0.7)})
    assert [float(one.keypoints[0, 0]) for one in interpolation.heading()] == pytest.approx([0.4, 0.7])


@pytest.mark.parametrize("jump", [0, -5 * NANOSECONDS])
def test_time_that_does_not_rise_ends_what_was_waiting(jump: int) -> None:
    interpolation = Interpolation()
    interpolation.update(0, {"a": pose("a", 1.0)})
    interpolation.update(STEP, {"a": None})
    frames = interpolation.update(STEP + jump, {"a": pose("a", 5.0)})
    assert [frame.captured_at for frame in frames] == [STEP, STEP + jump]
    assert places(frames) == [1.0, 5.0]


def test_a_clock_that_stepped_back_and_comes_again_to_the_last_look() -> None:
    interpolation = Interpolation()
    interpolation.update(0, {"a": pose("a", 1.0)})
    frames = interpolation.update(-107, {"a": None})
    frames += interpolation.update(0, {"a": pose("a", 5.0)})
    assert [frame.captured_at for frame in frames] == [-107, 0]
    assert places(frames) == [1.0, 5.0]


looks = st.lists(
    st.tuples(st.integers(-STEP, 4 * STEP), st.dictionaries(st.sampled_from("abc"), st.booleans())), max_size=40
)


@given(looks)
def test_every_frame_comes_out_once_and_in_order(steps: list[tuple[int, dict[str, bool]]]) -> None:
    interpolation, at, given_times, frames = Interpolation(), 0, [], []
    for step, people in steps:
        at += step
        given_times.append(at)
        frames += interpolation.update(
            at, {track_id: pose(track_id, 1.0) if looked else None for track_id, looked in people.items()}
        )
    frames += interpolation.flush()
    assert [frame.captured_at for frame in frames] == given_times
    assert interpolation.flush() == []
    for (_, people), frame in zip(steps, frames, strict=True):
        shown = {one.track_id for one in frame.poses}
        assert {track_id for track_id, looked in people.items() if looked} <= shown <= set(people)
        assert places([frame]) in ([], [1.0])
