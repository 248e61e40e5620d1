"""Frame -> Picture and PoseFrame: the stage that looks at pixels."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Final

import numpy as np
import structlog

from services.core.errors import BadMessage, SettingsError
from services.core.interpolation import Interpolation, People
from services.core.pose_rows import pose_of, rows_of
from services.core.types import NANOSECONDS, Frame, Message, Pace, Picture, Pose, PoseFrame
from services.pose.blazepose import BlazePose
from services.pose.estimator import PoseEstimator
from services.pose.jpeg import decode, encode
from services.pose.load import Level, Load, Verdict
from services.pose.metrics import process_metrics
from services.pose.probe import chosen
from services.pose.process import give_back_memory, join_pages
from services.pose.settings import Backend, PoseSettings

SILENT_SECONDS: Final = 1.0
"""When a live camera has sent nothing for so long, what waits for the next look at its people goes out without."""
FORGOTTEN_SECONDS: Final = 600.0
"""A camera that has sent nothing for so long is forgotten; should it come back, its people get ids of a new epoch."""

_PLACES: Final = np.concatenate([[1e5] * 4, [1e5, 1e5, 1e4] * 33, [1e3] * 33, [1e4] * 99])
"""What the numbers of a pose (`services.core.pose_rows`) are rounded to whole numbers of."""

_log = structlog.get_logger(__name__)


@dataclass(slots=True, eq=False)
class _Camera:
    """One camera: who is in view, and the frames whose people are not all known yet.

    Attributes:
        heard_at: when it sent its last frame, seconds of the wall.
        present: ids of those who are in view.
        shown_at: event time of the last picture made for display, ns.
        empty_at: event time of the last frame that said that nobody is seen, ns; None while it is looked at.
        pace: how often it is looked at.
    """

    estimator: PoseEstimator
    heard_at: float
    live: bool = True
    interpolation: Interpolation = field(default_factory=Interpolation)
    waiting: deque[Frame] = field(default_factory=deque)
    present: tuple[str, ...] = ()
    shown_at: int | None = None
    empty_at: int | None = None
    pace: Pace = Pace.FULL

    def update(self, frame: Frame, people: Mapping[str, Pose | None]) -> list[PoseFrame]:
        """Take in who is in a frame, and give those frames that are complete by it."""
        self.present = tuple(people)
        bare = Frame(frame.camera_id, frame.frame_id, frame.captured_at, frame.width, frame.height, b"", frame.live)
        self.waiting.append(bare)
        return self.pose_frames(self.interpolation.update(frame.captured_at, people))

    def flush(self) -> list[PoseFrame]:
        """The frames that are still waiting."""
        return self.pose_frames(self.interpolation.flush())

    def pose_frames(self, complete: Sequence[People]) -> list[PoseFrame]:
        """The frames that are complete now, in order."""
        poses = iter(rounded([pose for people in complete for pose in people.poses]))
        return [
            _pose_frame(self.waiting.popleft(), tuple(islice(poses, len(people.poses))), self.pace)
            for people in complete
        ]

    def provisional(self) -> PoseFrame:
        """The newest frame before all of its people are known, to go with its picture."""
        people = tuple(rounded(self.interpolation.heading()))
        return replace(_pose_frame(self.waiting[-1], people, self.pace), provisional=True)


class PoseStage:
    """Finds and follows the people of every camera that sends frames.

    The models are loaded here, so that a missing one stops the program before anything runs.

    Args:
        settings: which backend, how many people.
        epoch: first part of every track id; another one for each run of a program, so that ids are never given twice.
        backend: makes the estimator of one camera; None for the one that the settings name.
        watched: whether somebody looks at a camera now. Only then is each of its pictures made for display, else one a
            second; those that came as JPEG cost nothing and are always passed on.
        load: decides which live frames are looked at when there is too little CPU; None for one that keeps to the
            settings.
        clock: seconds that never go back, to measure that by.

    Raises:
        ModelMismatch: a model is missing or was altered.
        SettingsError: the backend is not installed.
    """

    name = "pose"
    consumes: tuple[type, ...] = (Frame,)
    blocking = True

    def __init__(
        self,
        settings: PoseSettings,
        *,
        epoch: int = 0,
        backend: Callable[[], PoseEstimator] | None = None,
        watched: Callable[[str], bool] = lambda camera_id: True,
        load: Load | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._backend = (lambda camera_id, epoch: backend()) if backend else _backend(settings)
        self._epoch = self._first_epoch = epoch
        self._watched = watched
        self._load = load or Load(settings.priority)
        self._clock = clock
        self._began_at = self._looked_around_at = clock()
        self._metrics = process_metrics()
        self._cameras: dict[str, _Camera] = {}

    def process(self, message: Message) -> list[Message]:
        """Turn a frame into what people may see of it, and give the frames of which it is now known who is in them.

        A frame waits for people who are between two looks (`services.core.interpolation`): four frames at 15 a second
        at most, or six under load. A live frame may not be looked at at all (`services.pose.load`): then its
        people are between two looks, or its camera is paused.

        Raises:
            BadMessage: the frame's picture cannot be used.
        """
        if not isinstance(message, Frame):
            raise BadMessage(f"pose reads frames, got {type(message).__name__}")
        now = self._clock()
        left = self._look_around(now)
        if message.end_of_stream:
            return [*left, *self._ended(message)]
        camera = self._cameras.get(message.camera_id)
        if camera is None:
            camera = self._cameras[message.camera_id] = _Camera(self._backend(message.camera_id, self._epoch), now)
        camera.heard_at, camera.live = now, message.live
        if not message.live:
            camera.estimator.slack, camera.pace = 1.0, Pace.FULL
            return [*left, *self._looked(camera, message)]
        try:
            return [*left, *self._live(camera, message, now)]
        finally:
            after = self._clock()
            level = self._load.spent(message.camera_id, after - now, after)
            if level:
                self._tell(level)

    def close(self) -> list[Message]:
        """Give what is still waiting for its people, and give back the estimators."""
        last: list[Message] = []
        for camera in self._cameras.values():
            last += camera.flush()
            camera.estimator.close()
        self._cameras.clear()
        return last

    def _live(self, camera: _Camera, frame: Frame, now: float) -> list[Message]:
        """What comes of a live frame, for which there may be no time."""
        verdict = self._load.admit(frame.camera_id, frame.frame_id, frame.captured_at, now)
        camera.pace = self._load.pace(frame.camera_id)
        if verdict is not Verdict.LOOK:
            self._metrics.shed.labels(frame.camera_id, verdict).inc()
        match verdict:
            case Verdict.LOOK:
                camera.empty_at = None
                camera.estimator.slack = self._load.level.slack
                return self._looked(camera, frame)
            case Verdict.RATE:
                return self._passed(camera, frame, dict.fromkeys(camera.present))
            case Verdict.PRIORITY:
                return self._paused(camera, frame)
            case Verdict.LATE:
                return []

    def _looked(self, camera: _Camera, frame: Frame) -> list[Message]:
        image = frame.image()
        if image is None:
            image = decode(frame.jpeg, frame.width, frame.height)
        return self._passed(camera, frame, camera.estimator.estimate(image, frame.captured_at))

    def _passed(self, camera: _Camera, frame: Frame, people: Mapping[str, Pose | None]) -> list[Message]:
        """A frame's picture, and all the frames of which it is now known who is in them."""
        pictures = self._pictures(camera, frame)
        complete = camera.update(frame, people)
        if camera.waiting and frame.live and pictures:
            return [*pictures, *complete, camera.provisional()]
        return [*pictures, *complete]

    def _paused(self, camera: _Camera, frame: Frame) -> list[Message]:
        """Only the picture, and once a second that nobody is seen, so that sets are closed as when people leave."""
        messages = self._pictures(camera, frame)
        if camera.empty_at is None:
            messages += camera.flush()
            camera.estimator.reset()
            camera.present = ()
        elif 0 <= frame.captured_at - camera.empty_at < NANOSECONDS:
            return messages
        camera.empty_at = frame.captured_at
        return [*messages, _pose_frame(frame, (), camera.pace)]

    def _look_around(self, now: float) -> list[Message]:
        """Now and then, give what waits for cameras that went silent, and forget those that are gone."""
        last: list[Message] = []
        if now - self._looked_around_at < SILENT_SECONDS:
            return last
        self._looked_around_at = now
        self._metrics.demand.set(self._load.level.demand)
        for camera_id, camera in list(self._cameras.items()):
            silent = now - camera.heard_at
            if silent >= SILENT_SECONDS and camera.live:
                last += camera.flush()
            if silent >= FORGOTTEN_SECONDS:
                camera.estimator.close()
                del self._cameras[camera_id]
                self._load.forget(camera_id)
                self._metrics.forget(camera_id)
                self._epoch = self._first_epoch + int(now - self._began_at)
        return last

    def _tell(self, level: Level) -> None:
        """Say what is shed from now on."""
        self._metrics.shedding(level)
        _log.warning(
            "load shedding" if level.step else "load shedding over",
            slack=level.slack,
            max_fps=None if math.isinf(level.max_fps) else level.max_fps,
            paused=list(level.paused),
            demand=round(level.demand, 2),
        )

    def _pictures(self, camera: _Camera, frame: Frame) -> list[Message]:
        """What people may see of a frame, if anybody looks."""
        jpeg = frame.jpeg
        if frame.pixels is not None:
            recent = camera.shown_at is not None and 0 <= frame.captured_at - camera.shown_at < NANOSECONDS
            if recent and not self._watched(frame.camera_id):
                return []
            camera.shown_at = frame.captured_at
        image = frame.image()
        if image is not None:
            jpeg = encode(image)
        return [Picture(frame.camera_id, frame.frame_id, frame.captured_at, frame.width, frame.height, jpeg)]

    def _ended(self, frame: Frame) -> list[Message]:
        """The end of a file: its people are gone, their ids are not given again."""
        last: list[Message] = []
        if frame.camera_id in self._cameras:
            camera = self._cameras[frame.camera_id]
            last += camera.flush()
            camera.estimator.reset()
            camera.present = ()
        return [*last, _pose_frame(frame, ())]


def rounded(poses: Sequence[Pose]) -> list[Pose]:
    """Cut off digits that mean nothing, so that a message says exactly what this process sees.

    x and y keep 1e-5 of the picture (0.04 pixels at 4K), depth 1e-4 of its width, world keypoints 0.1 mm,
    visibility and score 1e-3.
    """
    if not poses:
        return []
    # In 64 bits: the nearest float32 to the decimal number, which is what a reader of its text gets.
    rows = (np.rint(rows_of(poses).astype(np.float64) * _PLACES) / _PLACES).astype(np.float32)
    return [pose_of(row, pose.track_id, round(pose.score, 3)) for row, pose in zip(rows, poses, strict=True)]


def _pose_frame(frame: Frame, people: tuple[Pose, ...], pace: Pace = Pace.FULL) -> PoseFrame:
    return PoseFrame(
        camera_id=frame.camera_id,
        frame_id=frame.frame_id,
        captured_at=frame.captured_at,
        width=frame.width,
        height=frame.height,
        people=people,
        end_of_stream=frame.end_of_stream,
        pace=pace,
    )


def _backend(settings: PoseSettings) -> Callable[[str, int], PoseEstimator]:
    """What makes an estimator for a camera and an epoch."""
    if settings.backend is Backend.MEDIAPIPE:
        try:
            from services.pose.mediapipe_estimator import MediaPipe  # noqa: PLC0415 - it may not be installed
        except (ImportError, OSError) as error:
            raise SettingsError(
                f"SPOTTER_POSE_BACKEND is mediapipe, which cannot be loaded ({error}): install it with "
                "`pip install --no-deps -r deploy/requirements/mediapipe.txt` and the system's libegl1 and libgles2, "
                "or set the backend to blazepose."
            ) from error
        mediapipe = MediaPipe(settings.models)
        return lambda camera_id, epoch: mediapipe.estimator(epoch, settings.max_people)
    engine = chosen(settings.runtime, settings.models).engine
    blazepose = BlazePose(settings.models, settings.threads, engine)
    blazepose.rehearse()
    give_back_memory()
    join_pages()

    def estimator(camera_id: str, epoch: int) -> PoseEstimator:
        own = [station for station in settings.stations if station.camera_id == camera_id]
        return blazepose.estimator(epoch, settings.max_people, own)

    return estimator
