"""What one video gave, put into the contract of `spotter analyze --json`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from proto.analysis import (
    AnalysisCue,
    AnalysisLikeness,
    AnalysisMain,
    AnalysisPerson,
    AnalysisRep,
    AnalysisReport,
    AnalysisSet,
)
from services.classifier.model import STILL_BUNDLE, load_bundle
from services.core.clips import still
from services.core.errors import SourceLost
from services.core.exercises import CATALOGUE, NONE
from services.core.signals import measure
from services.core.summary import main_sets, nearness, resembled, sets_of, standing
from services.core.types import NANOSECONDS, Event, FormCue, Hold, PoseFrame, Prediction, Rep, SetEnded


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """All that one video gave.

    Attributes:
        pose_frames: every frame's people, in order; the last one ends the stream.
        events: every event, in order of publication.
        fault: why the video broke off before its end; None when it didn't.
    """

    pose_frames: tuple[PoseFrame, ...]
    events: tuple[Event, ...]
    fault: SourceLost | None = None

    @property
    def pictures(self) -> tuple[PoseFrame, ...]:
        """The frames that were pictures."""
        return tuple(frame for frame in self.pose_frames if not frame.end_of_stream)

    @property
    def duration_s(self) -> float:
        """Event time of the last picture, seconds."""
        return seconds(self.pictures[-1].captured_at)

    @property
    def fps(self) -> float:
        """Frames a second that were looked at; 0 for a photo."""
        return (len(self.pictures) - 1) / self.duration_s if self.duration_s else 0.0


def report(video: str, analysis: Analysis) -> AnalysisReport:
    """Put what was seen into the contract of `spotter analyze --json`."""
    told = standing(analysis.events)
    photo = len(analysis.pictures) == 1
    likenesses = _likenesses(analysis.pictures[0]) if photo else _likenesses_of_clips(told.values())
    seen: dict[str, list[int]] = defaultdict(list)
    for frame in analysis.pose_frames:
        for pose in frame.people:
            seen[pose.track_id].append(frame.captured_at)
    people = tuple(
        AnalysisPerson(
            track_id=track_id,
            first_s=seconds(moments[0]),
            last_s=seconds(moments[-1]),
            sets=_sets([event for event in told.values() if event.track_id == track_id]),
            resembles=likenesses.get(track_id),
        )
        for track_id, moments in seen.items()
    )
    return AnalysisReport(
        video=video,
        duration_s=analysis.duration_s,
        fps=round(analysis.fps, 3),
        people=people,
        main=_main(sets_of(told.values()), people, nearness(analysis.pose_frames)),
    )


def _likenesses(photo: PoseFrame) -> dict[str, AnalysisLikeness]:
    """What each person of a photo most resembles, by track."""
    model = load_bundle(STILL_BUNDLE)
    found: dict[str, AnalysisLikeness] = {}
    for pose in photo.people:
        probabilities = model.predict(still(pose, photo.captured_at, photo.width, photo.height))
        best = int(probabilities.argmax())
        exercise = model.labels[best]
        found[pose.track_id] = AnalysisLikeness(
            exercise=exercise,
            phase=CATALOGUE[exercise].phase(measure(pose, photo.width, photo.height)) if exercise in CATALOGUE else "",
            confidence=round(float(probabilities[best]), 3),
        )
    return found


def _likenesses_of_clips(events: Iterable[Event]) -> dict[str, AnalysisLikeness]:
    """What each person seems to do who did no set, by track: a slice of a repetition shows its exercise, too."""
    events = list(events)
    busy = {one.track_id for one in sets_of(events)}
    clips: dict[str, list[Prediction]] = defaultdict(list)
    for event in events:
        if isinstance(event, Prediction) and event.track_id not in busy:
            clips[event.track_id].append(event)
    found = {track_id: resembled(own) for track_id, own in clips.items()}
    return {
        track_id: AnalysisLikeness(exercise=one[0], phase="", confidence=round(one[1], 3))
        for track_id, one in found.items()
        if one
    }


def _sets(events: Sequence[Event]) -> tuple[AnalysisSet, ...]:
    """One person's closed sets, each with its repetitions and cues.

    Args:
        events: theirs that stand.
    """
    cues = [event for event in events if isinstance(event, FormCue)]
    reps = sorted((event for event in events if isinstance(event, Rep)), key=lambda event: event.start)
    breaks = {event.set_id: event.breaks for event in events if isinstance(event, Hold)}
    return tuple(
        AnalysisSet(
            exercise=one.exercise,
            start_s=seconds(one.start),
            end_s=seconds(one.end),
            reps=one.reps,
            confidence=one.confidence,
            rep_times_s=tuple((seconds(start), seconds(end)) for start, end in one.rep_times),
            repetitions=tuple(
                _repetition(rep) for rep in reps if rep.set_id == one.set_id and (rep.counted or rep.half)
            ),
            halves=one.halves,
            held_s=one.held_seconds,
            breaks=breaks.get(one.set_id, 0) if one.held_seconds is not None else 0,
            rest_before_s=one.rest_before_seconds,
            corrected_from=one.corrected_from,
            cues=tuple(
                AnalysisCue(
                    fault=cue.fault, rep=cue.rep, at_s=seconds(cue.at), severity=cue.severity, message=cue.message
                )
                for cue in sorted(cues, key=lambda cue: cue.at)
                if cue.set_id == one.set_id and cue.exercise == one.exercise
            ),
        )
        for one in sets_of(events)
    )


def _repetition(rep: Rep) -> AnalysisRep:
    return AnalysisRep(
        number=rep.number,
        start_s=seconds(rep.start),
        end_s=seconds(rep.end),
        half=rep.half,
        range_of_motion=rep.range_of_motion,
        tempo_s=rep.tempo,
        peak_speed=rep.peak_speed,
        speed_unit=rep.speed_unit,
        confidence=rep.confidence,
        side=rep.side,
    )


def _main(sets: Sequence[SetEnded], people: Sequence[AnalysisPerson], near: Mapping[str, float]) -> AnalysisMain:
    """What was mainly done; where nobody did a set, what whoever was seen longest and nearest seems to do."""
    own = main_sets(sets, near)
    if own:
        return AnalysisMain(
            track_id=own[0].track_id,
            exercise=own[0].exercise,
            reps=sum(one.reps for one in own),
            confidence=max(one.confidence for one in own),
        )

    def weight(person: AnalysisPerson) -> tuple[float, float]:
        return near[person.track_id] * (person.last_s - person.first_s), near[person.track_id]

    shown = max(people, key=weight, default=None)
    if shown is None or shown.resembles is None or shown.resembles.exercise == NONE:
        return AnalysisMain(track_id=None, exercise=NONE, reps=0, confidence=0.0)
    like = shown.resembles
    return AnalysisMain(track_id=shown.track_id, exercise=like.exercise, reps=0, confidence=like.confidence)


def save_keypoints(path: Path, analysis: Analysis) -> None:
    """Write every pose to an .npz: one row a person and frame.

    Arrays: ``captured_at`` (N,) ns, ``frame_id`` (N,), ``track_id`` (N,) text, ``keypoints`` (N, 33, 3) normalised,
    ``visibility`` (N, 33), ``world_keypoints`` (N, 33, 3) metres, and ``size`` (2,) width and height in pixels.
    """
    rows = [(frame, pose) for frame in analysis.pose_frames for pose in frame.people]
    sizes = [(frame.width, frame.height) for frame in analysis.pose_frames if frame.width]
    np.savez_compressed(
        path,
        captured_at=np.array([frame.captured_at for frame, _ in rows], np.int64),
        frame_id=np.array([frame.frame_id for frame, _ in rows], np.int64),
        track_id=np.array([pose.track_id for _, pose in rows], np.str_),
        keypoints=np.array([pose.keypoints for _, pose in rows], np.float32).reshape(-1, 33, 3),
        visibility=np.array([pose.visibility for _, pose in rows], np.float32).reshape(-1, 33),
        world_keypoints=np.array([pose.world_keypoints for _, pose in rows], np.float32).reshape(-1, 33, 3),
        size=np.array(sizes[0] if sizes else (0, 0), np.int64),
    )


def seconds(nanoseconds: int) -> float:
    """Nanoseconds as seconds, to the millisecond."""
    return round(nanoseconds / NANOSECONDS, 3)
