"""Frame -> Picture and PoseFrame: the stage that looks at pixels."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from services.core.errors import BadMessage, SettingsError
from services.core.interpolation import Interpolation, People
from services.core.types import NANOSECONDS, FloatArray, Frame, Message, Picture, Pose, PoseFrame
from services.pose.blazepose import BlazePose
from services.pose.estimator import PoseEstimator
from services.pose.jpeg import decode, encode
from services.pose.probe import chosen
from services.pose.settings import Backend, PoseSettings


@dataclass(slots=True, eq=False)
class _Camera:
    """One camera: who is in view, and the frames whose people are not all known yet."""

    estimator: PoseEstimator
    interpolation: Interpolation = field(default_factory=Interpolation)
    waiting: deque[Frame] = field(default_factory=deque)
    shown_at: int | None = None

    def pose_frames(self, complete: Sequence[People]) -> list[PoseFrame]:
        """The frames that are complete now, in order."""
        return [
            _pose_frame(self.waiting.popleft(), tuple(rounded(pose) for pose in people.poses)) for people in complete
        ]

    def provisional(self) -> PoseFrame:
        """The newest frame before all of its people are known, to go with its picture."""
        people = tuple(rounded(pose) for pose in self.interpolation.heading())
        return replace(_pose_frame(self.waiting[-1], people), provisional=True)


class PoseStage:
    """Finds and follows the people of every camera that sends frames.

    The models are loaded here, so that a missing one stops the program before anything runs.

    Args:
        settings: which backend, how many people.
        epoch: first part of every track id; another one for each run of a program, so that ids are never given twice.
        backend: makes the estimator of one camera; None for the one that the settings name.
        watched: whether somebody looks at a camera now. Only then is each of its pictures made for display, else one a
            second; those that came as JPEG cost nothing and are always passed on.

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
    ) -> None:
        self._backend = backend or _backend(settings, epoch)
        self._watched = watched
        self._cameras: dict[str, _Camera] = {}

    def process(self, message: Message) -> list[Message]:
        """Turn a frame into what people may see of it, and give the frames of which it is now known who is in them.

        A frame waits for people who are between two looks (`services.core.interpolation`), a fifth of a second at most.

        Raises:
            BadMessage: the frame's picture cannot be used.
        """
        if not isinstance(message, Frame):
            raise BadMessage(f"pose reads frames, got {type(message).__name__}")
        if message.end_of_stream:
            return self._ended(message)
        image = message.pixels
        if image is None:
            image = decode(message.jpeg, message.width, message.height)
        if message.camera_id not in self._cameras:
            self._cameras[message.camera_id] = _Camera(self._backend())
        camera = self._cameras[message.camera_id]
        people = camera.estimator.estimate(image, message.captured_at)
        camera.waiting.append(replace(message, jpeg=b"", pixels=None))
        pictures = self._pictures(camera, message)
        complete = camera.pose_frames(camera.interpolation.update(message.captured_at, people))
        if camera.waiting and message.live and pictures:
            return [*pictures, *complete, camera.provisional()]
        return [*pictures, *complete]

    def close(self) -> list[Message]:
        """Give what is still waiting for its people, and give back the estimators."""
        last: list[Message] = []
        for camera in self._cameras.values():
            last += camera.pose_frames(camera.interpolation.flush())
            camera.estimator.close()
        self._cameras.clear()
        return last

    def _pictures(self, camera: _Camera, frame: Frame) -> list[Message]:
        """What people may see of a frame, if anybody looks."""
        jpeg = frame.jpeg
        if frame.pixels is not None:
            recent = camera.shown_at is not None and 0 <= frame.captured_at - camera.shown_at < NANOSECONDS
            if recent and not self._watched(frame.camera_id):
                return []
            camera.shown_at = frame.captured_at
            jpeg = encode(frame.pixels)
        return [Picture(frame.camera_id, frame.frame_id, frame.captured_at, frame.width, frame.height, jpeg)]

    def _ended(self, frame: Frame) -> list[Message]:
        """The end of a file: its people are gone, their ids are not given again."""
        last: list[Message] = []
        if frame.camera_id in self._cameras:
            camera = self._cameras[frame.camera_id]
            last += camera.pose_frames(camera.interpolation.flush())
            camera.estimator.reset()
        return [*last, _pose_frame(frame, ())]


def rounded(pose: Pose) -> Pose:
    """Cut off digits that mean nothing, so that a message says exactly what this process sees.

    x and y keep 1e-5 of the picture (0.04 pixels at 4K), depth 1e-4 of its width, world keypoints 0.1 mm,
    visibility and score 1e-3.
    """
    return Pose(
        track_id=pose.track_id,
        box=_rounded(pose.box, 5),
        score=round(pose.score, 3),
        keypoints=np.column_stack([_rounded(pose.keypoints[:, :2], 5), _rounded(pose.keypoints[:, 2:], 4)]),
        visibility=_rounded(pose.visibility, 3),
        world_keypoints=_rounded(pose.world_keypoints, 4),
    )


def _rounded(values: FloatArray, decimals: int) -> FloatArray:
    # In 64 bits: the nearest float32 to the decimal number, which is what a reader of its text gets.
    return np.round(values.astype(np.float64), decimals).astype(np.float32)


def _pose_frame(frame: Frame, people: tuple[Pose, ...]) -> PoseFrame:
    return PoseFrame(
        camera_id=frame.camera_id,
        frame_id=frame.frame_id,
        captured_at=frame.captured_at,
        width=frame.width,
        height=frame.height,
        people=people,
        end_of_stream=frame.end_of_stream,
    )


def _backend(settings: PoseSettings, epoch: int) -> Callable[[], PoseEstimator]:
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
        return lambda: mediapipe.estimator(epoch, settings.max_people)
    engine = chosen(settings.runtime, settings.models).engine
    blazepose = BlazePose(settings.models, settings.threads, engine)
    return lambda: blazepose.estimator(epoch, settings.max_people)
