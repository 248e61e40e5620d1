"""Poses of videos by Spotter's own pose engine, kept on disk by content hash, so that each video is looked at once.

A video that annotations cut into parts is looked at once as a whole, and its poses are cut by event time: nothing is
encoded anew. A folder of pictures counts as a video of the rate that is stated for it.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import zipfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from services.core.errors import SettingsError, SpotterError
from services.core.interpolation import Interpolation, People
from services.core.types import NANOSECONDS
from services.ingest.sources import open_source
from services.pose.blazepose import BlazePose
from services.pose.crop import Image
from services.pose.models import LANDMARKS
from training.recordings import Recording, Track, load_recording, save_recording
from training.videos import Video

if TYPE_CHECKING:
    from multiprocessing.sharedctypes import Synchronized

__all__ = [
    "CACHE",
    "ENGINE",
    "PICTURES",
    "SAMPLE_FPS",
    "Progress",
    "Recording",
    "Track",
    "cache_file",
    "content_hash",
    "extract",
    "pictures_of",
    "recording_of",
]

CACHE: Final = Path("var/training/poses")
"""Where poses are kept."""

SAMPLE_FPS: Final = 15.0
"""Pictures a second that are looked at, at most: what a camera is read at by default."""

ENGINE: Final = f"{LANDMARKS.sha256[:8]}-{SAMPLE_FPS:g}fps-6"
"""What the poses depend on besides the video; the last number is raised when the engine's maths changes."""


PICTURES: Final = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp"})
"""Endings of the files of a folder of pictures; they follow one another by name."""

LOOK_SECONDS: Final = 0.3
"""How often progress is told while other processes work."""

Progress = Callable[[float], None]
"""Told how many further seconds of video were looked at."""


def recording_of(video: Video, cache: Path = CACHE) -> Recording:
    """The poses of a video that was extracted before; of a part of one, the part's.

    Raises:
        FileNotFoundError: it was not.
        SettingsError: its file is damaged.
    """
    file = cache_file(video, cache)
    if video.end is None:
        return load_recording(file)
    return _whole(file, file.stat().st_mtime_ns).part(video.start, video.end)


@lru_cache(maxsize=1)
def _whole(file: Path, _changed_at: int) -> Recording:
    """A recording of which several parts are asked for, one after another."""
    return load_recording(file)


def cache_file(video: Video, cache: Path = CACHE) -> Path:
    """Where a video's poses are kept.

    Raises:
        FileNotFoundError: there is no such video.
    """
    if video.path.is_dir():
        digest = hashlib.sha256(f"{video.picture_fps:g}".encode())
        for picture in pictures_of(video.path):
            digest.update(hashlib.sha256(picture.read_bytes()).digest())
        return cache / f"{digest.hexdigest()[:32]}-{ENGINE}.npz"
    return cache / f"{content_hash(video.path)[:32]}-{ENGINE}.npz"


def content_hash(file: Path) -> str:
    """The SHA-256 of a file, 64 hexadecimal digits; read once for as long as the file stays as it is."""
    stated = file.stat()
    return _hashed(file.absolute(), stated.st_size, stated.st_mtime_ns)


@lru_cache(maxsize=100_000)
def _hashed(file: Path, _size: int, _changed_at: int) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def pictures_of(folder: Path) -> list[Path]:
    """The pictures right in a folder, in the order of their names."""
    return sorted(file for file in folder.iterdir() if file.suffix.lower() in PICTURES)


def extract(
    videos: Sequence[Video], cache: Path = CACHE, *, workers: int = 1, progress: Progress = lambda seconds: None
) -> Iterator[tuple[Video, str]]:
    """Extract what is not in the cache yet, and say of each video when it is done and what was wrong with it, or "".

    Stopped and started again, it goes on where it was. Parts of one file are done together; with several workers they
    come in the order in which they are done.

    Args:
        videos: which.
        cache: the folder to keep poses in; made when missing.
        workers: processes at a time, one CPU core each.
        progress: told of further seconds of video while they are looked at; videos in the cache are not told of.
    """
    cache.mkdir(parents=True, exist_ok=True)
    parts: dict[tuple[Path, float], list[Video]] = {}
    for video in videos:
        parts.setdefault((video.path, video.picture_fps), []).append(video)
    if workers == 1:
        engine = _Engine()
        for own in parts.values():
            fault = engine.extract(own[0], cache, progress)
            yield from ((video, fault) for video in own)
        return
    looked = multiprocessing.Value("d", 0.0)
    told = 0.0
    with ProcessPoolExecutor(workers, initializer=_start_worker, initargs=(looked,)) as pool:
        jobs = {pool.submit(_extract_in_worker, own[0], cache): own for own in parts.values()}
        waiting: set[Future[str]] = set(jobs)
        try:
            while waiting:
                done, waiting = wait(waiting, LOOK_SECONDS, FIRST_COMPLETED)
                seconds = float(looked.value)
                if seconds > told:
                    progress(seconds - told)
                    told = seconds
                for job in done:
                    fault = job.result()
                    yield from ((video, fault) for video in jobs[job])
        finally:
            # Whoever stops it waits for the videos in hand only.
            pool.shutdown(cancel_futures=True)


class _Engine:
    """The pose models, loaded at the first video that needs them."""

    def __init__(self) -> None:
        self._models: BlazePose | None = None

    def extract(self, video: Video, cache: Path, progress: Progress) -> str:
        try:
            target = cache_file(video, cache)
            # What is no whole archive was damaged after it was written: it is made again.
            if not zipfile.is_zipfile(target):
                self._models = self._models or BlazePose()
                save_recording(target, _estimate(self._models, _images(video), progress))
        except (SpotterError, OSError) as error:
            return str(error)
        return ""


@dataclass(slots=True)
class _Worker:
    """What a process of the pool keeps: its models, and the seconds that all of them have looked at."""

    engine: _Engine
    tell: Progress


_worker: _Worker | None = None


def _start_worker(looked: Synchronized[float]) -> None:
    global _worker  # noqa: PLW0603 - a process pool has no other place for what its workers keep

    def tell(seconds: float) -> None:
        with looked.get_lock():
            looked.value += seconds

    _worker = _Worker(_Engine(), tell)


def _extract_in_worker(video: Video, cache: Path) -> str:
    assert _worker is not None, "the pool starts its workers with _start_worker"  # noqa: S101
    return _worker.engine.extract(video, cache, _worker.tell)


def _images(video: Video) -> Iterator[tuple[int, Callable[[], Image]]]:
    """Event time (ns) of each picture of a video, and what decodes it."""
    if not video.path.is_dir():
        for capture in open_source(str(video.path)):
            yield capture.captured_at, capture.image
        return
    if video.picture_fps <= 0:
        raise SettingsError(f"{video.path}: a folder of pictures has no rate of its own: state it with --picture-fps")
    pictures = pictures_of(video.path)
    if not pictures:
        raise SettingsError(f"{video.path}: no pictures in this folder; expected files ending in {', '.join(PICTURES)}")
    for number, picture in enumerate(pictures):
        yield round(number * NANOSECONDS / video.picture_fps), next(open_source(str(picture))).image


def _estimate(models: BlazePose, images: Iterator[tuple[int, Callable[[], Image]]], progress: Progress) -> Recording:
    estimator, interpolation = models.estimator(), Interpolation()
    times: list[int] = []
    complete: list[People] = []
    width = height = 0
    for at, decoded in images:
        # A quarter of a period early is jitter, as in ingest.
        if times and at - times[-1] < 0.75 * NANOSECONDS / SAMPLE_FPS:
            continue
        image = decoded()
        height, width = image.shape[:2]
        progress((at - times[-1]) / NANOSECONDS if times else 0.0)
        times.append(at)
        complete += interpolation.update(at, estimator.estimate(image, at))
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
