"""A classifier that was killed goes on from its last snapshot as if nothing had been."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.bus.codec import decode, encode
from services.classifier import snapshots
from services.classifier.resumable import ResumableClassifier
from services.classifier.settings import ClassifierSettings
from services.classifier.snapshots import decoded, encoded
from services.classifier.stage import ClassifierStage
from services.core.clips import Clip
from services.core.errors import BadMessage
from services.core.types import (
    NANOSECONDS,
    CameraState,
    Command,
    Event,
    FloatArray,
    Message,
    PlacementHint,
    PoseFrame,
    Rep,
    ResetCount,
    SetEnded,
    SetStarted,
    Snapshot,
    Status,
    TellLoad,
)
from services.simulator import open_scene
from tests.golden.replay import Says, recording

FPS = 8
SETTINGS = ClassifierSettings(snapshot_seconds=2.0)


@dataclass(frozen=True)
class Wavers(Says):
    """Takes the squat for a deadlift at first and now and then, and believes in nothing for a while."""

    def predict(self, clip: Clip) -> FloatArray:
        chances = super().predict(clip)
        second = clip.end // NANOSECONDS
        other = "none" if 11 <= second < 16 else "deadlift" if second in {2, 3, 17, 18} else "squat"
        chances[[self.labels.index("squat"), self.labels.index(other)]] = 0.05, 0.9
        return np.asarray(chances / chances.sum(), np.float32)


def a_day() -> list[Message]:
    """Somebody who squats, rests, squats again, tells a load and counts anew."""
    scene = open_scene("squat?seed=3&view=40&tempo=2&reps=4&rest=8")
    frames = [scene.pose_frame(number / FPS) for number in range(24 * FPS)]
    who = {"camera_id": scene.camera_id, "track_id": frames[0].people[0].track_id}
    day: list[Message] = list(frames)
    # One is heard before its frame, the other after it.
    day.insert(20, TellLoad(**who, command_id="load", captured_at=frames[30].captured_at, kilograms=40.0))
    day.insert(60, ResetCount(**who, command_id="reset", captured_at=frames[44].captured_at))
    return [*day, PoseFrame(scene.camera_id, len(frames), 24 * NANOSECONDS, 0, 0, (), end_of_stream=True)]


DAY = a_day()


def said(stage: ClassifierStage, messages: Iterable[Message]) -> list[Event]:
    return [one for message in messages for one in stage.process(message) if isinstance(one, Event)]


def classifier(label: str = "squat") -> ResumableClassifier:
    return ResumableClassifier(SETTINGS, model=Wavers(label))


RESULTS = [list(stage.process(message)) for stage in (classifier(),) for message in DAY]
"""What comes of each message of the day, without a kill."""
UNINTERRUPTED = [one for results in RESULTS for one in results if isinstance(one, Event)]


def killed(at: int) -> tuple[Snapshot | None, int]:
    """The last snapshot by then, and how many messages it has seen."""
    given = [(one, number) for number, results in enumerate(RESULTS[:at], start=1) for one in results
             if isinstance(one, Snapshot)]  # fmt: skip
    return given[-1] if given else (None, 0)


def events_of(results: Iterable[Iterable[Message]]) -> list[Event]:
    return [one for some in results for one in some if isinstance(one, Event)]


def unacknowledged(messages: Sequence[Message], first: int, seen: int) -> list[Message]:
    """What comes again: all poses from somewhere before the snapshot on, and commands that it had not seen."""
    return [
        message
        for number, message in enumerate(messages[first:], start=first)
        if number >= seen or not isinstance(message, Command)
    ]


def test_a_day_has_what_is_worth_a_cut() -> None:
    ended = [event for event in UNINTERRUPTED if isinstance(event, SetEnded)]
    assert len(ended) >= 2
    assert all(event.load_kg == 40.0 for event in ended)
    assert any(event.corrected_from for event in UNINTERRUPTED if isinstance(event, SetStarted))
    assert any(event.revision for event in UNINTERRUPTED if isinstance(event, Rep))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(at=st.integers(1, len(DAY) - 1), again=st.integers(0, 60))
def test_killed_anywhere_it_goes_on_with_the_same_events(at: int, again: int) -> None:
    snapshot, seen = killed(at)
    stage = classifier()
    if snapshot is not None:
        sent = decode(encode(snapshot))
        assert isinstance(sent, Snapshot)
        assert stage.resume(sent)
    rest = said(stage, unacknowledged(DAY, max(0, seen - again), seen))
    # Same ids, revisions and numbers: what was told between snapshot and kill is told again, and the bus drops it.
    assert rest == events_of(RESULTS[seen:])


def test_all_that_is_told_does_not_depend_on_snapshots() -> None:
    assert said(ClassifierStage(SETTINGS, model=Wavers("squat")), DAY) == UNINTERRUPTED


@pytest.mark.parametrize("unseen", [range(0), range(97, 103)], ids=["seen", "hidden for a moment"])
def test_a_stop_leaves_open_what_is_open(unseen: range) -> None:
    day = [
        replace(one, people=()) if number in unseen and isinstance(one, PoseFrame) else one
        for number, one in enumerate(DAY)
    ]
    first, second = classifier(), classifier()
    told = said(first, day[:100])
    (last,) = first.close()
    assert isinstance(last, Snapshot)
    assert second.resume(last)
    assert [*told, *said(second, day[100:])] == (said(classifier(), day) if unseen else UNINTERRUPTED)


def test_that_a_recording_is_long_outlasts_a_stop() -> None:
    """Of somebody who passes through, clips have to be surer than of somebody whom a short recording shows."""
    scene = open_scene("squat?seed=3&view=40&tempo=2&reps=1&rest=60")
    frames = [scene.pose_frame(number / FPS) for number in range(8 * FPS)]
    later = [replace(one, frame_id=one.frame_id + 1000, captured_at=one.captured_at + 60 * NANOSECONDS)
             for one in frames]  # fmt: skip
    empty = [replace(frames[0], frame_id=number, captured_at=number * NANOSECONDS, people=()) for number in range(60)]
    end = PoseFrame(scene.camera_id, 2000, 70 * NANOSECONDS, 0, 0, (), end_of_stream=True)

    def sets(stop: int | None, day: Sequence[Message]) -> list[tuple[str, int]]:
        model = Says("squat", chance=0.4)
        first, second = (ResumableClassifier(SETTINGS, model=model) for _ in range(2))
        told = said(first, day[:stop])
        if stop is not None:
            (last,) = first.close()
            assert isinstance(last, Snapshot)
            assert second.resume(last)
            told += said(second, day[stop:])
        return [(one.exercise, one.reps) for one in told if isinstance(one, SetEnded) and one.end > one.start]

    assert sets(None, [*later, end]) == [("squat", 1)]
    assert [sets(stop, [*empty, *later, end]) for stop in (None, 50, 80)] == [[], [], []]


def test_a_hint_outlasts_a_stop_and_goes_with_its_person() -> None:
    first, second = (ResumableClassifier(SETTINGS, model=Says("squat")) for _ in range(2))
    far = [replace(frame, width=frame.width // 6, height=frame.height // 6) for frame in recording("squat_5")]
    told = said(first, far[:100])
    (last,) = first.close()
    assert isinstance(last, Snapshot)
    assert second.resume(last)
    shown, gone = (one for one in [*told, *said(second, far[100:])] if isinstance(one, PlacementHint))
    assert shown in told
    assert gone == replace(shown, active=False, revision=1, captured_at=gone.captured_at)


def test_a_camera_that_is_over_is_remembered_as_over() -> None:
    last, seen = killed(len(DAY))
    assert last is not None
    assert seen == len(DAY)
    again = classifier()
    assert not again.resume(last)
    # Its last minute comes again and means nothing.
    assert said(again, [one for one in DAY[-40:] if isinstance(one, PoseFrame)]) == []


def test_frames_of_a_clock_that_was_set_back_meanwhile_are_not_taken_for_old_ones() -> None:
    snapshot, _ = killed(150)
    assert snapshot is not None
    frames = [replace(one, frame_id=one.frame_id + 1000) for one in DAY[:40] if isinstance(one, PoseFrame)]
    assert frames[-1].captured_at < snapshot.captured_at
    again = classifier()
    assert again.resume(snapshot)
    new = said(again, frames)
    assert any(isinstance(one, SetStarted) for one in new)


def test_a_camera_that_fell_silent_is_remembered_as_over() -> None:
    stage, start = classifier(), 1_700_000_000 * NANOSECONDS
    said(stage, DAY[:60])
    snapshots_ = []
    for second in range(0, 40, 5):
        state = CameraState(camera_id="other", source="rtsp", status=Status.ONLINE, at=start + second * NANOSECONDS)
        snapshots_ += [one for one in stage.process(state) if isinstance(one, Snapshot)]
    (last,) = snapshots_
    assert not classifier().resume(last)


def test_snapshots_come_every_few_seconds_and_after_commands() -> None:
    given_at = [
        (type(message), one.captured_at)
        for message, results in zip(DAY, RESULTS, strict=True)
        for one in results
        if isinstance(one, Snapshot)
    ]
    assert max(later - at for (_, at), (_, later) in pairwise(given_at)) <= 2.2 * NANOSECONDS
    assert {kind for kind, _ in given_at} == {PoseFrame, TellLoad, ResetCount}


def test_what_is_no_snapshot_of_ours_is_refused() -> None:
    snapshot, _ = killed(100)
    assert snapshot is not None
    memory = decoded(snapshot.state)
    wrong = [
        replace(snapshot, state=b""),
        replace(snapshot, state=b"rubbish"),
        replace(snapshot, state=snapshot.state[:-10]),
        replace(snapshot, state=encoded(replace(memory, writer="somebody else"))),
    ]
    track = memory.tracks[0]
    torn = replace(track, sets=replace(track.sets, tape=replace(track.sets.tape, rows=b"torn")))
    strange = replace(
        track, sets=replace(track.sets, tape=replace(track.sets.tape, watches=(("yodelling", 0, False),)))
    )
    wrong += [replace(snapshot, state=encoded(replace(memory, tracks=(one,)))) for one in (torn, strange)]
    for one in wrong:
        stage = classifier()
        with pytest.raises(BadMessage):
            stage.resume(one)
        assert not stage._cameras


def test_what_inflates_beyond_all_measure_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot, _ = killed(60)
    assert snapshot is not None
    text = zlib.decompress(snapshot.state)
    monkeypatch.setattr(snapshots, "FULLEST", len(text))
    assert decoded(zlib.compress(text)) == decoded(snapshot.state)
    with pytest.raises(BadMessage):
        decoded(zlib.compress(b" " + text))


def test_a_snapshot_of_another_model_is_refused() -> None:
    snapshot, _ = killed(100)
    assert snapshot is not None
    other = ResumableClassifier(SETTINGS, model=Wavers("squat", clip_seconds=3.0))
    with pytest.raises(BadMessage, match=r"clips of 2\.5 s"):
        other.resume(snapshot)


def test_who_does_nothing_is_left_out_first_of_a_snapshot_that_is_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot, _ = killed(60)
    assert snapshot is not None
    memory = decoded(snapshot.state)
    busy = memory.tracks[0]
    assert busy.sets.book.open is not None
    idle = [
        replace(busy, track_id=f"idle-{number}", sets=replace(busy.sets, book=replace(busy.sets.book, open=None)))
        for number in range(5)
    ]
    crowd = replace(memory, tracks=(*idle, busy))
    monkeypatch.setattr(snapshots, "LARGEST", len(encoded(replace(memory, tracks=(busy,)))) + 100)
    assert [track.track_id for track in decoded(encoded(crowd)).tracks] == [busy.track_id]
