"""One video (or photo) through the same stages as live, as fast as the machine goes.

    file --Frame--> PoseStage --PoseFrame--> ClassifierStage --events--> Analysis --report--> AnalysisReport
                                                                                 `--> keypoints (.npz), annotated video

Pictures go through the same pacing and scaling as a camera's, so the answer is the one that the live system gives.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from proto.analysis import AnalysisPerson, AnalysisReport
from services.classifier.settings import ClassifierSettings
from services.classifier.stage import ClassifierStage
from services.core.errors import Cause, SettingsError, SourceLost
from services.core.types import CameraState, Event, Frame, Message, PoseFrame
from services.ingest.file import stated_seconds
from services.ingest.settings import Camera, IngestSettings
from services.ingest.stage import CameraProducer
from services.pose.settings import PoseSettings
from services.pose.stage import PoseStage
from services.render import PICTURES, VIDEOS, VideoWriter, draw_people, save_picture
from services.report import Analysis, report, save_keypoints, seconds

CAMERA_ID = "video"
"""The camera_id under which a file is analysed."""

Progress = Callable[[float], None]
"""Called with the seconds of the video that are done."""


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
                    progress(seconds(message.captured_at))
                case CameraState(cause=Cause() as cause) if cause is not Cause.ENDED:
                    fault = SourceLost(cause, message.detail)
    analysis = Analysis(tuple(pose_frames), tuple(events), fault)
    if not analysis.pictures:
        raise fault or SourceLost(Cause.CODEC, f"{path.name}: there is no picture in it")
    return analysis


def _messages_of(path: Path) -> AsyncGenerator[Message, None]:
    """A file's frames and states as ingest publishes them, once through, none lost."""
    camera = Camera(camera_id=CAMERA_ID, address=str(path), real_time=False, loop=False)
    return CameraProducer(camera, IngestSettings(), raw=True).produce()


@dataclass(frozen=True, slots=True)
class Outputs:
    """What is written of one video, beside the report; None for not."""

    annotated: Path | None = None
    keypoints: Path | None = None


def outputs_of(
    videos: Sequence[Path], annotated: Path | None, keypoints: Path | None, report: Path | None
) -> list[Outputs]:
    """The files that are written of each video, looked at before the work is done and not after it.

    Args:
        videos: their paths.
        annotated: where the drawn video goes; of several videos the folder that takes one file of each.
        keypoints: the same for the poses.
        report: where the report of all goes.

    Raises:
        SettingsError: a file cannot be written there, would be written over one of the videos, or twice.
    """
    if report and (report.is_dir() or report.suffix in (*PICTURES, *VIDEOS) or not report.parent.is_dir()):
        raise SettingsError(f"--json: cannot write {report}; expected a file such as out.json, in a folder that exists")
    for folder in filter(None, (annotated, keypoints)):
        if len(videos) > 1 and folder.exists() and not folder.is_dir():
            raise SettingsError(
                f"{folder} is a file; of several videos a folder is expected, which takes one file each"
            )
    outputs = [_outputs(video, annotated, keypoints, several=len(videos) > 1) for video in videos]
    read = {video.resolve(): video for video in videos}
    written: dict[Path, Path] = {}
    for video, output in zip(videos, outputs, strict=True):
        for target in filter(None, (output.annotated, output.keypoints)):
            place = target.resolve()
            if place in read:
                raise SettingsError(f"{target} would be written over the video {read[place]}: name another place")
            if place in written:
                raise SettingsError(
                    f"{written[place]} and {video} would both be written to {target}: analyse them one after the "
                    "other, with a folder for each"
                )
            written[place] = video
    return outputs


def _outputs(video: Path, annotated: Path | None, keypoints: Path | None, *, several: bool) -> Outputs:
    if several:
        ending = video.suffix if video.suffix in (*PICTURES, *VIDEOS) else VIDEOS[0]
        annotated = annotated and annotated / f"{video.stem}{ending}"
        keypoints = keypoints and keypoints / f"{video.stem}.npz"
    if annotated and annotated.suffix not in (*PICTURES, *VIDEOS):
        raise SettingsError(
            f"--annotate: cannot write a {annotated.suffix or 'file without an ending'} ({annotated}); "
            f"expected one of {', '.join(VIDEOS)} for a video, {', '.join(PICTURES)} for a photo"
        )
    return Outputs(annotated, keypoints)


class Result(NamedTuple):
    """What came of one video.

    Attributes:
        report: what was seen; None when there was no picture.
        fault: why the video, or the rest of it, could not be read; None when all of it was.
    """

    report: AnalysisReport | None
    fault: SourceLost | None


def analyze_videos(
    videos: Sequence[Path],
    outputs: Sequence[Outputs],
    jobs: int,
    progress: Callable[[float, float], None],
    classifier: ClassifierSettings,
) -> list[Result]:
    """Analyse videos side by side, with the settings of the environment.

    Args:
        videos: their paths.
        outputs: what to write of each.
        jobs: how many at once; each keeps about one core busy.
        progress: told seconds of video done, and in all.
        classifier: which model is asked.

    Returns:
        One result for each video.

    Raises:
        ModelMismatch: a model is missing or altered.
    """
    pose = PoseSettings()
    lengths = [_length(video) for video in videos]
    done = [0.0] * len(videos)

    def analysed(index: int) -> Result:
        def told(seconds: float) -> None:
            done[index] = seconds
            progress(sum(done), max(sum(lengths), sum(done)))

        try:
            return analyze_file(videos[index], outputs[index], pose, classifier, told)
        except SourceLost as lost:
            return Result(None, lost)
        finally:
            told(lengths[index])

    with ThreadPoolExecutor(min(jobs, len(videos))) as pool:
        return list(pool.map(analysed, range(len(videos))))


def analyze_file(
    path: Path, outputs: Outputs, pose: PoseSettings, classifier: ClassifierSettings, progress: Progress
) -> Result:
    """Analyse one video and write what is wanted of it; blocks, so that several can run on threads.

    Raises:
        SourceLost: there is no picture in it.
        ModelMismatch: a model is missing or altered.
    """
    analysis = asyncio.run(
        analyze(path, PoseStage(pose, watched=lambda camera_id: False), ClassifierStage(classifier), progress)
    )
    made = report(str(path), analysis)
    for target in (outputs.annotated, outputs.keypoints):
        if target:
            target.parent.mkdir(parents=True, exist_ok=True)
    if outputs.keypoints:
        save_keypoints(outputs.keypoints, analysis)
    if outputs.annotated:
        asyncio.run(annotate(path, outputs.annotated, analysis, made))
    return Result(made, analysis.fault)


async def annotate(path: Path, target: Path, analysis: Analysis, made: AnalysisReport) -> None:
    """Write the video again with skeletons, labels and counts: a second pass, for a set's label is known at its end.

    Raises:
        SettingsError: the target is a picture and there is more than one to draw.
    """
    people = {person.track_id: person for person in made.people}
    poses = {frame.frame_id: frame for frame in analysis.pictures}
    photo = target.suffix in PICTURES
    if photo and len(poses) > 1:
        raise SettingsError(f"--annotate: {target} is a picture, {path} a video; expected one of {', '.join(VIDEOS)}")
    size = analysis.pictures[0].width, analysis.pictures[0].height
    with nullcontext() if photo else VideoWriter(target, *size) as writer:
        async with aclosing(_messages_of(path)) as messages:
            async for message in messages:
                if not isinstance(message, Frame) or message.frame_id not in poses:
                    continue
                picture = message.image()
                if picture is not None:
                    image = picture.copy()
                    now = seconds(message.captured_at)
                    seen = poses[message.frame_id].people
                    draw_people(image, ((pose, _caption(people[pose.track_id], now)) for pose in seen))
                    if writer is None:
                        save_picture(target, image)
                    else:
                        writer.write(image, now)


def _caption(person: AnalysisPerson, now: float) -> str:
    """What stands above a person at a moment: the exercise and the repetitions so far."""
    if person.resembles:
        like = ", ".join(filter(None, (person.resembles.exercise.replace("_", " "), person.resembles.phase)))
        return f"like {like}"
    for one in person.sets:
        if one.start_s <= now <= one.end_s:
            done = sum(end <= now for _, end in one.rep_times_s)
            counted = f"{done}" if one.held_s is None else f"{now - one.start_s:.0f} s"
            return f"{one.exercise.replace('_', ' ')}  {counted}"
    return ""


def _length(video: Path) -> float:
    """Seconds that a video states; 0 when it cannot be opened, which its analysis will tell."""
    try:
        return stated_seconds(str(video))
    except SourceLost:
        return 0.0
