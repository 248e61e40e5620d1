"""Clips: cut live or afterwards, from slow cameras or fast ones, they are the same."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.core.clips import GAP_SECONDS, SHORTEST_SECONDS, Clip, ClipWindow, cut_clips, still
from services.core.types import NANOSECONDS, Pose

CUT = {"clip_seconds": 2.0, "samples": 21, "stride_seconds": 0.5}
SIZE = {"width": 640, "height": 360}


def recorded(times: np.ndarray, seed: int = 0) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)
    return {
        "keypoints": random.random((len(times), 33, 3)).astype(np.float32),
        "visibility": random.random((len(times), 33)).astype(np.float32),
        "world": random.normal(size=(len(times), 33, 3)).astype(np.float32),
    }


def pose_at(rows: dict[str, np.ndarray], index: int) -> Pose:
    box = np.zeros(4, np.float32)
    return Pose("0-1", box, 1.0, rows["keypoints"][index], rows["visibility"][index], rows["world"][index])


def streamed(times: np.ndarray, rows: dict[str, np.ndarray], **cut: float) -> list[Clip]:
    window = ClipWindow(**cut)
    clips = [window.update(int(at), pose_at(rows, index), **SIZE) for index, at in enumerate(times)]
    return [clip for clip in (*clips, window.flush()) if clip is not None]


def waving(seconds: float, fps: float) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """A wrist that rises steadily: linear, so that interpolation adds no error of its own."""
    times = np.round(np.arange(0, seconds + 1e-9, 1 / fps) * NANOSECONDS).astype(np.int64)
    keypoints = np.zeros((len(times), 33, 3), np.float32)
    keypoints[:, 15, 1] = times / NANOSECONDS / 100
    return times, {
        "keypoints": keypoints,
        "visibility": np.ones((len(times), 33), np.float32),
        "world": keypoints * 2,
    }


def assert_same(one: Clip, other: Clip) -> None:
    assert (one.start, one.end, one.seconds) == (other.start, other.end, other.seconds)
    for name in ("points", "visibility", "world"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)


steps = st.lists(
    st.one_of(st.integers(1, 200_000_000), st.integers(800_000_000, 1_500_000_000), st.just(NANOSECONDS // 2)),
    min_size=0,
    max_size=60,
)


@settings(max_examples=150, deadline=None)
@given(
    steps,
    st.integers(0, 2**62),
    st.sampled_from([(0.3, 2, 0.1), (2.0, 21, 0.5), (1.0, 13, 1.0), (0.7, 5, 2.0)]),
)
def test_streamed_and_cut_afterwards_are_equal_bit_for_bit(
    gaps: list[int], first: int, cut: tuple[float, int, float]
) -> None:
    times = np.cumsum([first, *gaps]).astype(np.int64)
    rows = recorded(times, len(gaps))
    names = dict(zip(CUT, cut, strict=True))
    live, afterwards = streamed(times, rows, **names), cut_clips(times, **rows, **SIZE, **names)
    assert len(live) == len(afterwards)
    for one, other in zip(live, afterwards, strict=True):
        assert_same(one, other)


@pytest.mark.parametrize("fps", [8.0, 15.0, 24.0, 29.97, 30.0])
def test_every_frame_rate_gives_the_same_clips(fps: float) -> None:
    reference = cut_clips(*_split(waving(6.0, 60.0)), **SIZE, **CUT)
    seen = cut_clips(*_split(waving(6.0, fps)), **SIZE, **CUT)
    assert [clip.end for clip in seen] == [clip.end for clip in reference][: len(seen)]
    assert len(seen) >= len(reference) - 1
    for one, other in zip(seen, reference, strict=False):
        np.testing.assert_allclose(one.points, other.points, atol=1e-6)
        np.testing.assert_allclose(one.world, other.world, atol=1e-6)


def _split(recording: tuple[np.ndarray, dict[str, np.ndarray]]) -> tuple[np.ndarray, ...]:
    times, rows = recording
    return times, rows["keypoints"], rows["visibility"], rows["world"]


def test_clips_come_on_the_grid_of_the_first_frame() -> None:
    times, rows = waving(4.1, 15.0)
    clips = cut_clips(times + 7, **rows, **SIZE, **CUT)
    assert [(clip.start - 7) / NANOSECONDS for clip in clips] == pytest.approx([0, 0.5, 1.0, 1.5, 2.0])
    assert {clip.points.shape for clip in clips} == {(21, 33, 3)}
    assert all(clip.seconds == 2.0 for clip in clips)


def test_nothing_is_invented_across_a_gap() -> None:
    early, rows = waving(2.2, 15.0)
    late = early + int((2.2 + GAP_SECONDS + 0.2) * NANOSECONDS)
    both = {name: np.concatenate([value, value]) for name, value in rows.items()}
    clips = cut_clips(np.concatenate([early, late]), **both, **SIZE, **CUT)
    assert [clip.start for clip in clips] == [early[0], late[0]]


def test_a_short_track_is_played_to_and_fro() -> None:
    times, rows = waving(1.2, 15.0)
    (clip,) = cut_clips(times, **rows, **SIZE, **CUT)
    wrist = clip.points[:, 15, 1] * 100
    turning = int(np.argmax(wrist))
    assert (clip.start, clip.end, clip.seconds) == (0, int(times[-1]), 2.0)
    assert wrist[turning] == pytest.approx(1.2, abs=1e-4)
    assert wrist[-1] == pytest.approx(2 * 1.2 - 2.0, abs=1e-4), "at its own speed, back again"


def test_a_track_of_a_moment_gives_no_clip() -> None:
    times, rows = waving(SHORTEST_SECONDS - 0.1, 30.0)
    assert cut_clips(times, **rows, **SIZE, **CUT) == []
    assert cut_clips(times[:1], **{name: value[:1] for name, value in rows.items()}, **SIZE, **CUT) == []


def test_flush_gives_nothing_more_after_whole_clips() -> None:
    times, rows = waving(2.3, 15.0)
    window = ClipWindow(**CUT)
    given_out = [window.update(int(at), pose_at(rows, index), **SIZE) for index, at in enumerate(times)]
    assert sum(clip is not None for clip in given_out) == 1
    assert window.flush() is None


def test_the_window_forgets_what_it_needs_no_more() -> None:
    times, rows = waving(60.0, 15.0)
    window = ClipWindow(**CUT)
    for index, at in enumerate(times):
        window.update(int(at), pose_at(rows, index), **SIZE)
    assert len(window._frames) < 2.0 * 15 + 3


def test_time_that_does_not_rise_is_refused() -> None:
    times, rows = waving(1.0, 15.0)
    window = ClipWindow(**CUT)
    window.update(100, pose_at(rows, 0), **SIZE)
    with pytest.raises(ValueError, match="rise in time: got 100 after 100"):
        window.update(100, pose_at(rows, 1), **SIZE)
    with pytest.raises(ValueError, match="rise in time"):
        cut_clips(times[::-1], **rows, **SIZE, **CUT)


@pytest.mark.parametrize("cut", [(0, 21, 0.5), (2, 1, 0.5), (2, 21, 0), (float("nan"), 21, 0.5)])
def test_a_cut_that_cannot_be_is_refused(cut: tuple[float, int, float]) -> None:
    with pytest.raises(ValueError, match="clip_seconds > 0"):
        ClipWindow(*cut)


def test_a_photo_is_a_clip_of_one_moment() -> None:
    _, rows = waving(0.5, 15.0)
    clip = still(pose_at(rows, 3), 5, **SIZE)
    assert clip.points.shape == (1, 33, 3)
    assert (clip.start, clip.end, clip.seconds) == (5, 5, 0.0)
