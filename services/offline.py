"""One video (or photo) through the same stages as live, as fast as the machine goes.

    file --Frame--> PoseStage --PoseFrame--> ClassifierStage --events--> Analysis --report--> AnalysisReport
                                                                                 `--> keypoints (.npz), annotated video

Pictures go through the same pacing and JPEG as a camera's, so the answer is the one that the live system gives.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from proto.messages import AnalysisCue, AnalysisLikeness, AnalysisMain, AnalysisPerson, AnalysisReport, AnalysisSet
from services.classifier.model import STILL_BUNDLE, load_bundle
from services.classifier.settings import ClassifierSettings
from services.classifier.stage import ClassifierStage
from services.core.clips import still
from services.core.errors import Cause, SourceLost
from services.core.exercises import CATALOGUE
from services.core.signals import measure
from services.core.types import NANOSECONDS, CameraState, Event, FormCue, Frame, Message, Pose, PoseFrame, SetEnded
from services.ingest.file import stated_seconds
from services.ingest.settings import Camera, IngestSettings
from services.ingest.stage import CameraProducer
from services.pose.jpeg import decode
from services.pose.settings import PoseSettings
from services.pose.stage import PoseStage
from services.render import VideoWriter, draw_people

CAMERA_ID = "video"
"""The camera_id under which a file is analysed."""

_CONTAINERS = (".mp4", ".mkv", ".mov")

Progress = Callable[[float], None]
"""Called with the seconds of the video that are done."""


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
        return _seconds(self.pictures[-1].captured_at)

    @property
    def fps(self) -> float:
        """Frames a second that were looked at; 0 for a photo."""
        return (len(self.pictures) - 1) / self.duration_s if self.duration_s else 0.0


async def analyze(path: Path, pose: PoseStage, classifier: ClassifierStage, progress: Progress) -> Analysis:
    """Run one video through pose and classifier.

    Args:
        path: a video or a photo.
        pose: a stage that no other video goes through meanwhile.
        classifier: the same.
        progress: told how far it is.

    Raises:
        SourceLost: there is no picture in it. One that breaks off later gives what it has, and its fault.
    """
    pose_frames: list[PoseFrame] = []
    events: list[Event] = []
    fault: SourceLost | None = None
    async with aclosing(_messages_of(path)) as messages:
        async for message in messages:
            match message:
                case Frame():
                    # On a thread, so that the next frames are decoded meanwhile.
                    made = [out for out in await asyncio.to_thread(pose.process, message) if isinstance(out, PoseFrame)]
                    pose_frames += made
                    events += [out for frame in made for out in classifier.process(frame) if isinstance(out, Event)]
                    progress(_seconds(message.captured_at))
                case CameraState(cause=Cause() as cause) if cause is not Cause.ENDED:
                    fault = SourceLost(cause, message.detail)
    analysis = Analysis(tuple(pose_frames), tuple(events), fault)
    if not analysis.pictures:
        raise fault or SourceLost(Cause.CODEC, f"{path.name}: there is no picture in it")
    return analysis


def _messages_of(path: Path) -> AsyncGenerator[Message, None]:
    """A file's frames and states as ingest publishes them, once through, none lost."""
    camera = Camera(camera_id=CAMERA_ID, address=str(path), real_time=False, loop=False)
    return CameraProducer(camera, IngestSettings()).produce()


@dataclass(frozen=True, slots=True)
class Outputs:
    """What is written of one video, beside the report; None for not."""

    annotated: Path | None = None
    keypoints: Path | None = None

    @classmethod
    def of(cls, video: Path, annotated: Path | None, keypoints: Path | None, *, several: bool) -> Outputs:
        """The files of one video; with several videos the two paths are folders that take one file each."""
        if not several:
            return cls(annotated, keypoints)
        return cls(
            annotated and annotated / f"{video.stem}{video.suffix if video.suffix in _CONTAINERS else '.mp4'}",
            keypoints and keypoints / f"{video.stem}.npz",
        )


def analyze_videos(
    videos: Sequence[Path], outputs: Sequence[Outputs], jobs: int, progress: Callable[[float, float], None]
) -> list[AnalysisReport | SourceLost]:
    """Analyse videos side by side, with the settings of the environment.

    Args:
        videos: their paths.
        outputs: what to write of each.
        jobs: how many at once; each keeps about one core busy.
        progress: told seconds of video done, and in all.

    Returns:
        For each video its report, or why there is none.

    Raises:
        ModelMismatch: a model is missing or altered.
    """
    pose, classifier = PoseSettings(), ClassifierSettings()
    lengths = [_length(video) for video in videos]
    done = [0.0] * len(videos)

    def analysed(index: int) -> AnalysisReport | SourceLost:
        def told(seconds: float) -> None:
            done[index] = seconds
            progress(sum(done), max(sum(lengths), sum(done)))

        try:
            return analyze_file(videos[index], outputs[index], pose, classifier, told)
        except SourceLost as lost:
            return lost
        finally:
            told(lengths[index])

    with ThreadPoolExecutor(min(jobs, len(videos))) as pool:
        return list(pool.map(analysed, range(len(videos))))


def analyze_file(
    path: Path, outputs: Outputs, pose: PoseSettings, classifier: ClassifierSettings, progress: Progress
) -> AnalysisReport:
    """Analyse one video and write what is wanted of it; blocks, so that several can run on threads.

    Raises:
        SourceLost: there is no picture in it.
        ModelMismatch: a model is missing or altered.
    """
    analysis = asyncio.run(analyze(path, PoseStage(pose), ClassifierStage(classifier), progress))
    made = report(str(path), analysis)
    for target in (outputs.annotated, outputs.keypoints):
        if target:
            target.parent.mkdir(parents=True, exist_ok=True)
    if outputs.keypoints:
        save_keypoints(outputs.keypoints, analysis)
    if outputs.annotated:
        asyncio.run(annotate(path, outputs.annotated, analysis, made))
    return made


def report(video: str, analysis: Analysis) -> AnalysisReport:
    """Put what was seen into the contract of `spotter analyze --json`."""
    likenesses = _likenesses(analysis.pictures[0]) if len(analysis.pictures) == 1 else {}
    seen: dict[str, list[int]] = defaultdict(list)
    for frame in analysis.pose_frames:
        for pose in frame.people:
            seen[pose.track_id].append(frame.captured_at)
    people = tuple(
        AnalysisPerson(
            track_id=track_id,
            first_s=_seconds(moments[0]),
            last_s=_seconds(moments[-1]),
            sets=_sets(event for event in analysis.events if event.track_id == track_id),
            resembles=likenesses.get(track_id),
        )
        for track_id, moments in seen.items()
    )
    return AnalysisReport(
        video=video, duration_s=analysis.duration_s, fps=round(analysis.fps, 3), people=people, main=_main(people)
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


def _sets(events: Iterable[Event]) -> tuple[AnalysisSet, ...]:
    """One person's closed sets, each with its cues; of each event the highest revision."""
    latest: dict[str, Event] = {}
    for event in events:
        if event.event_id not in latest or event.revision >= latest[event.event_id].revision:
            latest[event.event_id] = event
    cues = [event for event in latest.values() if isinstance(event, FormCue)]
    ended = sorted((event for event in latest.values() if isinstance(event, SetEnded)), key=lambda event: event.start)
    return tuple(
        AnalysisSet(
            exercise=one.exercise,
            start_s=_seconds(one.start),
            end_s=_seconds(one.end),
            reps=one.reps,
            confidence=one.confidence,
            rep_times_s=tuple((_seconds(start), _seconds(end)) for start, end in one.rep_times),
            cues=tuple(
                AnalysisCue(
                    fault=cue.fault, rep=cue.rep, at_s=_seconds(cue.at), severity=cue.severity, message=cue.message
                )
                for cue in sorted(cues, key=lambda cue: cue.at)
                if cue.set_id == one.set_id and cue.exercise == one.exercise
            ),
        )
        for one in ended
        if one.end > one.start  # else it was taken back: nothing of it remains
    )


def _main(people: Iterable[AnalysisPerson]) -> AnalysisMain:
    """Who exercises longest, and the exercise that they do longest."""
    seconds: dict[tuple[str, str], float] = defaultdict(float)
    sets: dict[tuple[str, str], list[AnalysisSet]] = defaultdict(list)
    total: dict[str, float] = defaultdict(float)
    for person in people:
        for one in person.sets:
            key = (person.track_id, one.exercise)
            seconds[key] += one.end_s - one.start_s
            total[person.track_id] += one.end_s - one.start_s
            sets[key].append(one)
    if not sets:
        return AnalysisMain(track_id=None, exercise="none", reps=0, confidence=0.0)
    track_id, exercise = max(seconds, key=lambda key: (total[key[0]], seconds[key]))
    chosen = sets[track_id, exercise]
    return AnalysisMain(
        track_id=track_id,
        exercise=exercise,
        reps=sum(one.reps for one in chosen),
        confidence=max(one.confidence for one in chosen),
    )


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


async def annotate(path: Path, target: Path, analysis: Analysis, made: AnalysisReport) -> None:
    """Write the video again with skeletons, labels and counts: a second pass, for a set's label is known at its end."""
    sets = {person.track_id: person.sets for person in made.people}
    poses = {frame.frame_id: frame for frame in analysis.pictures}
    size = analysis.pictures[0].width, analysis.pictures[0].height
    with VideoWriter(target, *size) as writer:
        async with aclosing(_messages_of(path)) as messages:
            async for message in messages:
                if isinstance(message, Frame) and message.frame_id in poses:
                    image = decode(message.jpeg, message.width, message.height)
                    now = _seconds(message.captured_at)
                    people = poses[message.frame_id].people
                    draw_people(image, ((pose, _caption(pose, sets, now)) for pose in people))
                    writer.write(image, now)


def _caption(pose: Pose, sets: dict[str, tuple[AnalysisSet, ...]], now: float) -> str:
    """What stands above a person at a moment: the exercise and the repetitions so far."""
    for one in sets[pose.track_id]:
        if one.start_s <= now <= one.end_s:
            done = sum(end <= now for _, end in one.rep_times_s)
            return f"{one.exercise.replace('_', ' ')}  {done}"
    return ""


def _length(video: Path) -> float:
    """Seconds that a video states; 0 when it cannot be opened, which its analysis will tell."""
    try:
        return stated_seconds(str(video))
    except SourceLost:
        return 0.0


def _seconds(nanoseconds: int) -> float:
    return round(nanoseconds / NANOSECONDS, 3)
