"""Poses of videos by Spotter's own pose engine, kept on disk by content hash, so that each video is looked at once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from services.core.clips import Times
from services.core.errors import SpotterError
from services.core.interpolation import Interpolation, People
from services.core.types import NANOSECONDS, FloatArray, Pose, PoseFrame
from services.ingest.sources import open_source
from services.pose.blazepose import BlazePose
from services.pose.models import LANDMARKS
from training.videos import Video

CACHE: Final = Path("var/training/poses")
"""Where poses are kept."""

SAMPLE_FPS: Final = 15.0
"""Pictures a second that are looked at, at most: what a camera is read at by default."""

_ENGINE: Final = f"{LANDMARKS.sha256[:8]}-{SAMPLE_FPS:g}fps-2"
"""What the poses depend on besides the video; the last number is raised when the engine's maths changes."""


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """One person of a video over time; arrays are by the frames in which the person was seen.

    Attributes:
        track_id: as the pose engine named it.
        frame: (N,) index of each frame in the recording.
        captured_at: (N,) event time, ns.
        box: (N, 4) normalised.
        score: (N,) 0-1.
        keypoints: (N, 33, 3) normalised.
        visibility: (N, 33) 0-1.
        world: (N, 33, 3) metres.
    """

    track_id: str
    frame: Times
    captured_at: Times
    box: FloatArray
    score: FloatArray
    keypoints: FloatArray
    visibility: FloatArray
    world: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """All that the pose engine saw in a video.

    Attributes:
        width, height: of the picture, pixels.
        captured_at: (F,) event time of every frame looked at, ns.
        tracks: everybody who was seen.
    """

    width: int
    height: int
    captured_at: Times
    tracks: tuple[Track, ...]

    def pose_frames(self, camera_id: str) -> Iterator[PoseFrame]:
        """The recording as the classifier gets it, the frame that ends the stream included."""
        people: list[list[Pose]] = [[] for _ in self.captured_at]
        for track in self.tracks:
            for row, frame in enumerate(track.frame):
                people[frame].append(
                    Pose(
                        track.track_id,
                        track.box[row],
                        float(track.score[row]),
                        track.keypoints[row],
                        track.visibility[row],
                        track.world[row],
                    )
                )
        for frame, at in enumerate(self.captured_at):
            yield PoseFrame(camera_id, frame, int(at), self.width, self.height, tuple(people[frame]))
        end = int(self.captured_at[-1]) if len(self.captured_at) else 0
        yield PoseFrame(camera_id, len(self.captured_at), end, self.width, self.height, end_of_stream=True)


def recording_of(video: Video, cache: Path = CACHE) -> Recording:
    """The poses of a video that was extracted before.

    Raises:
        FileNotFoundError: it was not.
    """
    return _load(cache_file(video, cache))


def cache_file(video: Video, cache: Path = CACHE) -> Path:
    """Where a video's poses are kept."""
    with video.path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return cache / f"{digest[:32]}-{_ENGINE}.npz"


def extract(videos: list[Video], cache: Path = CACHE, *, workers: int = 1) -> Iterator[tuple[Video, str]]:
    """Extract what is not in the cache yet, and say of each video when it is done and what was wrong with it, or "".

    Stopped and started again, it goes on where it was.

    Args:
        videos: which.
        cache: the folder to keep poses in; made when missing.
        workers: processes at a time, one CPU core each.
    """
    cache.mkdir(parents=True, exist_ok=True)
    if workers == 1:
        engine = _Engine()
        for video in videos:
            yield video, engine.extract(video, cache)
        return
    with ProcessPoolExecutor(workers, initializer=_start_worker) as pool:
        jobs = [(video, pool.submit(_extract_in_worker, video, cache)) for video in videos]
        for video, job in jobs:
            yield video, job.result()


class _Engine:
    """The pose models, loaded at the first video that needs them."""

    def __init__(self) -> None:
        self._models: BlazePose | None = None

    def extract(self, video: Video, cache: Path) -> str:
        try:
            target = cache_file(video, cache)
            if not target.exists():
                self._models = self._models or BlazePose()
                _save(target, _estimate(self._models, video.path))
        except (SpotterError, OSError) as error:
            return str(error)
        return ""


_worker: _Engine | None = None


def _start_worker() -> None:
    global _worker  # noqa: PLW0603 - a process pool has no other place for what its workers keep
    _worker = _Engine()


def _extract_in_worker(video: Video, cache: Path) -> str:
    return (_worker or _Engine()).extract(video, cache)


def _estimate(models: BlazePose, path: Path) -> Recording:
    estimator, interpolation = models.estimator(), Interpolation()
    times: list[int] = []
    complete: list[People] = []
    width = height = 0
    for capture in open_source(str(path)):
        # A quarter of a period early is jitter, as in ingest.
        if times and capture.captured_at - times[-1] < 0.75 * NANOSECONDS / SAMPLE_FPS:
            continue
        image = capture.image()
        height, width = image.shape[:2]
        times.append(capture.captured_at)
        complete += interpolation.update(capture.captured_at, estimator.estimate(image, capture.captured_at))
    complete += interpolation.flush()
    rows = [(frame, pose) for frame, people in enumerate(complete) for pose in people.poses]
    captured_at = np.array(times, np.int64)
    tracks = []
    for track_id in dict.fromkeys(pose.track_id for _, pose in rows):
        own = [(frame, pose) for frame, pose in rows if pose.track_id == track_id]
        frames = np.array([frame for frame, _ in own], np.int64)
        poses = [pose for _, pose in own]
        tracks.append(
            Track(
                track_id=track_id,
                frame=frames,
                captured_at=captured_at[frames],
                box=np.stack([pose.box for pose in poses]),
                score=np.array([pose.score for pose in poses], np.float32),
                keypoints=np.stack([pose.keypoints for pose in poses]),
                visibility=np.stack([pose.visibility for pose in poses]),
                world=np.stack([pose.world_keypoints for pose in poses]),
            )
        )
    return Recording(width, height, captured_at, tuple(tracks))


_ROWS: Final = ("frame", "box", "score", "keypoints", "visibility", "world")


def _save(target: Path, recording: Recording) -> None:
    """Write aside and rename, so that a stopped extraction leaves no half file."""
    columns = {
        name: np.concatenate([getattr(track, name) for track in recording.tracks]) if recording.tracks else np.empty(0)
        for name in _ROWS
    }
    aside = target.with_suffix(".part.npz")
    np.savez_compressed(
        aside,
        size=np.array([recording.width, recording.height]),
        captured_at=recording.captured_at,
        track_ids=np.array([track.track_id for track in recording.tracks]),
        lengths=np.array([len(track.frame) for track in recording.tracks], np.int64),
        **columns,  # type: ignore[arg-type]  # numpy types its keyword as bool only
    )
    aside.rename(target)


def _load(file: Path) -> Recording:
    with np.load(file) as arrays:
        width, height = (int(side) for side in arrays["size"])
        captured_at = arrays["captured_at"]
        ids, cuts = arrays["track_ids"], np.cumsum(arrays["lengths"])[:-1]
        parts = {name: np.split(arrays[name], cuts) for name in _ROWS} if len(ids) else {}
    tracks = tuple(
        Track(
            track_id=str(track_id),
            captured_at=captured_at[parts["frame"][index]],
            **{name: parts[name][index] for name in _ROWS},
        )
        for index, track_id in enumerate(ids)
    )
    return Recording(width, height, captured_at, tracks)
