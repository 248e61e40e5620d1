"""Hypothesis strategies for the core types: anything that the contract allows."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from services.core.errors import Cause
from services.core.types import (
    CameraState,
    FormCue,
    Frame,
    Hold,
    Message,
    Pace,
    Picture,
    PlacementHint,
    Pose,
    PoseFrame,
    Prediction,
    Rep,
    ResetCount,
    SetEnded,
    SetStarted,
    Snapshot,
    Status,
    TellLoad,
    TrackEnded,
)

identifiers = st.text("abcXYZ019_-", min_size=1, max_size=12)
times = st.integers(0, 2**63 - 1)
counters = st.integers(0, 2**63 - 1)
sides = st.integers(1, 16_384)
shares = st.floats(0, 1)
labels = st.sampled_from(("squat", "push_up", "deadlift", "unknown", "none"))
jpegs = st.binary(max_size=64).map(lambda body: b"\xff\xd8" + body)
intervals = st.tuples(times, times).map(lambda pair: (min(pair), max(pair)))


def arrays(*shape: int, low: float = -1000.0, high: float = 1000.0) -> st.SearchStrategy[np.ndarray]:
    """Arrays of 32-bit floats of a shape, within bounds."""
    return hnp.arrays(np.float32, shape, elements=st.floats(low, high, width=32))


frames = st.builds(
    Frame, camera_id=identifiers, frame_id=counters, captured_at=times, width=sides, height=sides, jpeg=jpegs,
    live=st.booleans(),
) | st.builds(
    Frame, camera_id=identifiers, frame_id=counters, captured_at=times, width=st.just(0), height=st.just(0),
    jpeg=st.just(b""), live=st.just(False), end_of_stream=st.just(True),
)  # fmt: skip
pictures = st.builds(
    Picture, camera_id=identifiers, frame_id=counters, captured_at=times, width=sides, height=sides, jpeg=jpegs
)
poses = st.builds(
    Pose, track_id=identifiers, box=arrays(4), score=shares, keypoints=arrays(33, 3),
    visibility=arrays(33, low=0.0, high=1.0), world_keypoints=arrays(33, 3),
)  # fmt: skip
pose_frames = st.builds(
    PoseFrame, camera_id=identifiers, frame_id=counters, captured_at=times, width=sides, height=sides,
    people=st.lists(poses, max_size=3).map(tuple), end_of_stream=st.booleans(), provisional=st.booleans(),
    pace=st.sampled_from(Pace),
)  # fmt: skip

_event = {
    "camera_id": identifiers, "track_id": identifiers, "event_id": identifiers, "captured_at": times,
    "revision": st.integers(0, 1000),
}  # fmt: skip
_in_set = {**_event, "set_id": identifiers, "exercise": labels}
_numbers = st.integers(1, 1000)
_sentences = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=80)


def _set_ended(rep_times: list[tuple[int, int]], **values: object) -> SetEnded:
    return SetEnded(reps=len(rep_times), rep_times=tuple(rep_times), **values)  # type: ignore[arg-type]


predictions = st.builds(
    Prediction, **_event, label=labels, confidence=shares, probabilities=st.dictionaries(labels, shares),
    start=times, end=times,
)  # fmt: skip
_seconds = st.floats(0, 1e9)
_amounts = st.none() | st.floats(0, 1e6)
set_starts = st.builds(
    SetStarted, **_event, exercise=labels, start=times, corrected_from=st.none() | labels,
    rest_before_seconds=st.none() | _seconds,
)  # fmt: skip
reps = st.builds(
    Rep, **_in_set, number=_numbers, start=times, end=times, range_of_motion=shares, counted=st.booleans(),
    half=st.booleans(), reached=st.none() | times, left=st.none() | times,
    tempo=st.none() | st.tuples(*[st.none() | _seconds] * 4), peak_speed=_amounts,
    speed_unit=st.sampled_from((None, "m/s", "deg/s")), confidence=st.none() | shares,
    side=st.sampled_from((None, "left", "right")),
)  # fmt: skip
holds = st.builds(
    Hold, **_in_set, start=times, end=times, held_seconds=st.none() | st.floats(0, 1e9), breaks=st.integers(0, 1000)
)
form_cues = st.builds(
    FormCue, **_in_set, fault=labels, severity=st.sampled_from(("info", "warning")), message=_sentences,
    rep=st.none() | _numbers, at=times,
)  # fmt: skip
placement_hints = st.builds(
    PlacementHint, **_event, exercise=labels, hint=labels, message=_sentences, start=times, active=st.booleans()
)
set_ends = st.builds(
    _set_ended, **_in_set, start=times, end=times, confidence=shares, rep_times=st.lists(intervals, max_size=5),
    halves=st.integers(0, 1000), load_kg=_amounts, volume_kg=_amounts, rest_before_seconds=st.none() | _seconds,
    corrected_from=st.none() | labels, held_seconds=st.none() | _seconds,
)  # fmt: skip
track_ends = st.builds(TrackEnded, **_event, first=times, last=times)
_command = {"camera_id": identifiers, "track_id": identifiers, "command_id": identifiers, "captured_at": times}
resets = st.builds(ResetCount, **_command)
loads = st.builds(TellLoad, **_command, kilograms=st.floats(0, 1000))
camera_states = st.builds(
    CameraState, camera_id=identifiers, source=st.sampled_from(("rtsp", "webcam", "file", "sim")),
    status=st.sampled_from(Status), at=times, cause=st.none() | st.sampled_from(Cause), detail=_sentences,
    fps=st.floats(0, 240), width=sides, height=sides, dropped=st.dictionaries(identifiers, st.integers(0, 2**40)),
    reconnects=st.integers(0, 2**40),
)  # fmt: skip

snapshots = st.builds(
    Snapshot, camera_id=identifiers, captured_at=times, state=st.binary(max_size=100), place=_sentences
)

by_type: dict[type, st.SearchStrategy[Message]] = {
    Frame: frames, Picture: pictures, PoseFrame: pose_frames, Prediction: predictions, SetStarted: set_starts,
    Rep: reps, Hold: holds, FormCue: form_cues, PlacementHint: placement_hints, SetEnded: set_ends,
    TrackEnded: track_ends, CameraState: camera_states, ResetCount: resets, TellLoad: loads, Snapshot: snapshots,
}  # fmt: skip
"""A strategy for each concrete message type."""
messages = st.one_of(*by_type.values())
"""Any message."""
