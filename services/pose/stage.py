"""Frame -> Picture and PoseFrame: the stage that looks at pixels."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from services.core.errors import BadMessage, SettingsError
from services.core.types import FloatArray, Frame, Message, Picture, Pose, PoseFrame
from services.pose.blazepose import BlazePose
from services.pose.estimator import PoseEstimator
from services.pose.jpeg import decode
from services.pose.settings import Backend, PoseSettings


class PoseStage:
    """Finds and follows the people of every camera that sends frames.

    The models are loaded here, so that a missing one stops the program before anything runs.

    Args:
        settings: which backend, how many people.
        epoch: first part of every track id; another one for each run of a program, so that ids are never given twice.
        backend: makes the estimator of one camera; None for the one that the settings name.

    Raises:
        ModelMismatch: a model is missing or was altered.
        SettingsError: the backend is not installed.
    """

    name = "pose"
    consumes: tuple[type, ...] = (Frame,)
    blocking = True

    def __init__(
        self, settings: PoseSettings, *, epoch: int = 0, backend: Callable[[], PoseEstimator] | None = None
    ) -> None:
        self._backend = backend or _backend(settings, epoch)
        self._estimators: dict[str, PoseEstimator] = {}

    def process(self, message: Message) -> list[Message]:
        """Turn a frame into what people may see of it and who is in it.

        Raises:
            BadMessage: the frame's picture cannot be used.
        """
        if not isinstance(message, Frame):
            raise BadMessage(f"pose reads frames, got {type(message).__name__}")
        if message.end_of_stream:
            return [self._ended(message)]
        image = decode(message.jpeg, message.width, message.height)
        if message.camera_id not in self._estimators:
            self._estimators[message.camera_id] = self._backend()
        poses = self._estimators[message.camera_id].estimate(image, message.captured_at)
        picture = Picture(
            camera_id=message.camera_id,
            frame_id=message.frame_id,
            captured_at=message.captured_at,
            width=message.width,
            height=message.height,
            jpeg=message.jpeg,
        )
        return [picture, _pose_frame(message, tuple(rounded(pose) for pose in poses))]

    def close(self) -> list[Message]:
        """Give back the estimators; nothing is open at the end."""
        for estimator in self._estimators.values():
            estimator.close()
        self._estimators.clear()
        return []

    def _ended(self, frame: Frame) -> PoseFrame:
        """The end of a file: its people are gone, their ids are not given again."""
        if frame.camera_id in self._estimators:
            self._estimators[frame.camera_id].reset()
        return _pose_frame(frame, ())


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
    blazepose = BlazePose(settings.models, settings.threads)
    return lambda: blazepose.estimator(epoch, settings.max_people)
