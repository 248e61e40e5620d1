"""PoseFrame, Command -> Prediction, sets, repetitions, holds, cues: the stage that says what people do.

Per camera and track: a clip window feeds the model, a `SetTracker` counts and decides. All of it runs on event time, so
the same poses and commands give the same events, live or from a file, whenever they are replayed.

A gap in a camera's poses that is longer than `silent_seconds` closes what is open, at the last frame before it. While
nothing comes of a camera the states of all cameras tell that time goes on: they only bring forward what the camera's
next frame would find, so the events are the same without them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Protocol

import numpy as np

from services.classifier.commands import CommandQueue
from services.classifier.manifest import Manifest
from services.classifier.model import load_bundle
from services.classifier.settings import ClassifierSettings
from services.core.clips import Clip, ClipWindow
from services.core.errors import BadMessage
from services.core.placement import Placement
from services.core.scorebook import event_id
from services.core.sets import SetTracker
from services.core.signals import measure
from services.core.types import (
    NANOSECONDS,
    CameraState,
    Command,
    Event,
    FloatArray,
    Message,
    Pose,
    PoseFrame,
    Prediction,
    ResetCount,
    TellLoad,
    TrackEnded,
)

LIKELIEST: Final = 5
"""So many labels of a prediction are published with their probabilities."""

CLOCK_JUMP_SECONDS: Final = 10.0
"""A camera whose time falls back by more than this had its clock set: its people start anew. A smaller step back is a
frame out of order, and dropped."""

STATES_APART_SECONDS: Final = 60.0
"""A camera tells its state more often than this; states farther apart say nothing about the time between them."""


class Classifier(Protocol):
    """What says how likely each exercise is in a clip; `services.classifier.model.ExerciseModel` is one."""

    @property
    def manifest(self) -> Manifest:
        """How its clips are cut."""
        ...

    @property
    def labels(self) -> tuple[str, ...]:
        """Its labels, in the order of the probabilities."""
        ...

    def predict(self, clip: Clip) -> FloatArray:
        """Probability of each label, (L,)."""
        ...


@dataclass(slots=True)
class Track:
    """One person of one camera; `first` and `last` are when they were seen, ns."""

    window: ClipWindow
    sets: SetTracker
    placement: Placement
    first: int
    last: int


@dataclass(slots=True)
class CameraTracks:
    """One camera's people.

    Attributes:
        at: time of its last frame, ns.
        began: time of the first frame since it was silent, ns.
        since: camera -> time of the first state that it told since that frame, ns.
    """

    tracks: dict[str, Track] = field(default_factory=dict)
    at: int | None = None
    began: int | None = None
    since: dict[str, int] = field(default_factory=dict)


class ClassifierStage:
    """Says of everybody in view which exercise they do, and counts.

    The model is loaded here, so that a missing one stops the program before anything runs.

    Args:
        settings: which model, and when somebody is gone.
        model: what is asked instead of the bundle that the settings name.

    Raises:
        ModelMismatch: the bundle is missing, altered or made for something else.
    """

    name = "classifier"
    consumes: tuple[type, ...] = (Command, PoseFrame, CameraState)
    blocking = True

    def __init__(self, settings: ClassifierSettings, *, model: Classifier | None = None) -> None:
        self._model = model or load_bundle(settings.bundle)
        self._catalogue = self._model.manifest.catalogue
        self._gone = round(settings.gone_seconds * NANOSECONDS)
        self._silent = round(max(settings.silent_seconds, settings.gone_seconds) * NANOSECONDS)
        self._cameras: dict[str, CameraTracks] = {}
        self._commands: dict[str, CommandQueue] = {}
        self._told: dict[str, int] = {}

    def process(self, message: Message) -> list[Message]:
        """Take one frame's people or a command in, or learn from a camera's state how late it is; give what follows.

        Raises:
            BadMessage: it is none of these, out of order, or its numbers cannot be used.
        """
        if isinstance(message, CameraState):
            return [*self._close_silent(message)]
        if isinstance(message, Command):
            return [*self._take(message)]
        if not isinstance(message, PoseFrame):
            raise BadMessage(
                f"the classifier reads pose frames, commands and camera states, got {type(message).__name__}"
            )
        if message.provisional:
            return []
        camera = self._cameras.setdefault(message.camera_id, CameraTracks())
        events: list[Event] = []
        if message.end_of_stream:
            return [*self._close_all(message.camera_id)]
        _check(message)
        if camera.at is not None and message.captured_at <= camera.at:
            back = (camera.at - message.captured_at) / NANOSECONDS
            if back < CLOCK_JUMP_SECONDS:
                raise BadMessage(
                    f"frame {message.frame_id} of camera {message.camera_id} is {back:.3f} s older than the one before "
                    "it; frames must rise in time"
                )
            events += self._close_all(message.camera_id)
            camera = self._cameras.setdefault(message.camera_id, CameraTracks())
            self._commands.pop(message.camera_id, None)
        elif camera.at is not None and message.captured_at - camera.at > self._silent:
            events += self._close_all(message.camera_id)
            camera = self._cameras.setdefault(message.camera_id, CameraTracks())
        events += self._obey(message.camera_id, message.captured_at)
        camera.at = message.captured_at
        camera.began = camera.at if camera.began is None else camera.began
        camera.since.clear()
        for pose in message.people:
            events += self._see(camera, message, pose)
        for track_id in [key for key, track in camera.tracks.items() if message.captured_at - track.last > self._gone]:
            events += self._close(message.camera_id, track_id, camera.tracks.pop(track_id), message.captured_at)
        return [*events, *self._obey(message.camera_id, message.captured_at + 1)]

    def close(self) -> list[Message]:
        """Close every set and track."""
        return [event for camera_id in list(self._cameras) for event in self._close_all(camera_id)]

    def _take(self, command: Command) -> list[Event]:
        """A command whose frame was seen is obeyed at once; another waits for it."""
        self._commands.setdefault(command.camera_id, CommandQueue()).push(command)
        camera = self._cameras.get(command.camera_id)
        if camera is None or camera.at is None or camera.at < command.captured_at:
            return []
        return self._obey(command.camera_id, camera.at + 1)

    def _obey(self, camera_id: str, before: int) -> list[Event]:
        """Obey what a camera's people were asked before a moment; those about somebody who is not there do nothing."""
        queue, camera = self._commands.get(camera_id), self._cameras.get(camera_id)
        if queue is None or camera is None:
            return []
        events: list[Event] = []
        for command in queue.due(before):
            track = camera.tracks.get(command.track_id)
            match command:
                case ResetCount() if track:
                    events += track.sets.reset(command.captured_at)
                case TellLoad() if track:
                    events += track.sets.load(command.kilograms, command.captured_at)
                case _:
                    pass
        return events

    def _see(self, camera: CameraTracks, frame: PoseFrame, pose: Pose) -> list[Event]:
        """One person of one frame."""
        at = frame.captured_at
        track = camera.tracks.get(pose.track_id)
        if track is None:
            track = camera.tracks[pose.track_id] = self._new_track(frame.camera_id, pose.track_id, at, camera.began)
        track.last = at
        measures = measure(pose, frame.width, frame.height)
        events = track.sets.update(at, measures)
        clip = track.window.update(at, pose, frame.width, frame.height)
        if clip is not None:
            events += self._predict(frame.camera_id, pose.track_id, track, clip, at)
        return [*events, *track.placement.update(at, measures, frame.width, frame.height, track.sets.exercise)]

    def _new_track(self, camera_id: str, track_id: str, at: int, began: int | None) -> Track:
        manifest = self._model.manifest
        window = ClipWindow(manifest.clip_seconds, manifest.samples, manifest.stride_seconds)
        sets = SetTracker(camera_id, track_id, self._catalogue, began)
        return Track(window, sets, Placement(camera_id, track_id), at, at)

    def _predict(self, camera_id: str, track_id: str, track: Track, clip: Clip, at: int) -> list[Event]:
        """Ask the model about a clip and tell the track's sets."""
        chances = self._model.predict(clip)
        likeliest = np.argsort(-chances, kind="stable")[:LIKELIEST]
        labels = self._model.labels
        prediction = Prediction(
            camera_id=camera_id,
            track_id=track_id,
            event_id=event_id(camera_id, track_id, "prediction", clip.start),
            captured_at=at,
            label=labels[likeliest[0]],
            confidence=round(float(chances[likeliest[0]]), 3),
            probabilities={labels[index]: round(float(chances[index]), 3) for index in likeliest},
            start=clip.start,
            end=clip.end,
        )
        return [prediction, *track.sets.push(prediction)]

    def _close_silent(self, state: CameraState) -> list[Event]:
        """Close the cameras of which no frame came for so long, by the clock of the one that tells its state."""
        before = self._told.get(state.camera_id, state.at)
        self._told[state.camera_id] = state.at
        # The first of the two was kept since an earlier run, or the clock was set.
        jumped = not 0 <= state.at - before <= STATES_APART_SECONDS * NANOSECONDS
        events: list[Event] = []
        for camera_id, camera in list(self._cameras.items()):
            first = camera.since.setdefault(state.camera_id, state.at)
            if jumped:
                camera.since[state.camera_id] = state.at
            elif state.at - first > self._silent:
                events += self._close_all(camera_id)
        return events

    def _close_all(self, camera_id: str) -> list[Event]:
        """Everything of one camera is over."""
        camera = self._cameras.pop(camera_id, CameraTracks())
        events: list[Event] = []
        for track_id, track in camera.tracks.items():
            events += self._close(camera_id, track_id, track, track.last if camera.at is None else camera.at)
        return events

    def _close(self, camera_id: str, track_id: str, track: Track, at: int) -> list[Event]:
        """One person is gone: the clip of a short track, what was open, and the track's end."""
        events: list[Event] = []
        clip = track.window.flush()
        if clip is not None:
            events += self._predict(camera_id, track_id, track, clip, at)
        events += [*track.sets.close(at), *track.placement.close(at)]
        ended = TrackEnded(
            camera_id=camera_id,
            track_id=track_id,
            event_id=event_id(camera_id, track_id, "track-end", track.first),
            captured_at=at,
            first=track.first,
            last=track.last,
        )
        return [*events, ended]


def _check(frame: PoseFrame) -> None:
    """People need a picture's size and finite numbers."""
    if frame.people and (frame.width <= 0 or frame.height <= 0):
        raise BadMessage(
            f"frame {frame.frame_id} of camera {frame.camera_id} has people, but a picture of "
            f"{frame.width}x{frame.height}"
        )
    for pose in frame.people:
        finite = np.isfinite(pose.keypoints).all() and np.isfinite(pose.world_keypoints).all()
        if not (finite and np.isfinite(pose.visibility).all()):
            raise BadMessage(
                f"frame {frame.frame_id} of camera {frame.camera_id}: track {pose.track_id} has keypoints that are no "
                "finite numbers"
            )
