"""Joined videos: the change is where it is said to be, and the time until the right label is counted from there."""

from __future__ import annotations

import numpy as np
import pytest

from services.classifier.manifest import DataCard, Input, Manifest
from services.core.clips import Clip
from services.core.types import NANOSECONDS, FloatArray, SetEnded
from tests.benchmarks import live_answers
from tests.benchmarks.live_answers import AROUND, changes_of, false_sets, main_track, together
from tests.made_up import recording, track, video

LABELS = ("biceps_curl", "squat", "none")


class ByHips:
    """Says "squat" of a clip in which the hips go down, else "biceps_curl"."""

    labels = LABELS
    manifest = Manifest(
        name="hips",
        kind="made up",
        input=Input.CLIP,
        labels=LABELS,
        clip_seconds=1.0,
        samples=11,
        stride_seconds=0.5,
        features=1,
        sha256="0" * 64,
        card=DataCard(videos={}, folded={}, sources=(), figures=(), notes=()),
    )

    def predict(self, clip: Clip) -> FloatArray:
        down = np.ptp(clip.points[:, 23, 1]) > 0.05
        return np.array([0.1, 0.8, 0.1] if down else [0.8, 0.1, 0.1], np.float32)


def test_a_change_is_at_time_zero_and_frames_rise() -> None:
    first, second = recording(track("squat", frames=300), frames=300), recording(track("biceps_curl", start=30))
    frames = list(together(first, first.tracks[0], second, second.tracks[0]))
    times = np.array([frame.captured_at for frame in frames[:-1]]) / NANOSECONDS
    assert np.all(np.diff(times) > 0)
    assert times[0] >= -AROUND
    assert times[times < 0].max() == pytest.approx(-1 / 15, abs=1e-6)
    assert times[times >= 0].min() == 0
    assert frames[-1].end_of_stream
    assert {pose.track_id for frame in frames for pose in frame.people} == {"1-1"}


def test_the_right_label_is_waited_for_from_the_change_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_answers, "PAIRS", 6)
    videos = [video("squat", "s/1", "p1"), video("biceps_curl", "s/2", "p2"), video("none", "s/3", "p3")]
    recordings = [recording(track(one.label, frames=150)) for one in videos]
    found = list(changes_of(videos, recordings, (0, 1, 2), ByHips()))  # type: ignore[arg-type]
    assert {(one.before, one.after) for one in found} <= {("squat", "biceps_curl"), ("biceps_curl", "squat")}
    assert len(found) == 6
    waits = [one.seconds for one in found]
    assert all(wait is not None and 0 < wait < 2 for wait in waits), waits


def test_a_short_appearance_is_not_joined() -> None:
    seen = track(frames=30)
    assert main_track(video(), recording(seen)) is None
    assert main_track(video(), recording(track(frames=75))) is not None


def test_a_set_that_was_taken_back_is_no_false_set() -> None:
    def ended(set_id: str, end: int) -> SetEnded:
        return SetEnded(
            camera_id="c", track_id="1-1", event_id=set_id, captured_at=9, set_id=set_id, exercise="squat",
            start=0, end=end, reps=2, confidence=0.5, rep_times=(),
        )  # fmt: skip

    (left,) = false_sets("v", [ended("a", 3 * NANOSECONDS), ended("b", 0)])
    assert (left.where, left.exercise, left.reps, left.seconds) == ("v", "squat", 2, 3.0)
