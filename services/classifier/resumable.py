"""The classifier as a service: it can be stopped, killed and moved in the middle of a set without anybody noticing.

    process   what `ClassifierStage` says, and a snapshot of the camera every few seconds of its own time, after a
              command, and when it is over
    resume    where the last snapshot was; frames that it has seen already are left out when they come again
    close     leaves everything open: snapshots of all cameras

Events that were told between the last snapshot and the kill are told again by the same ids, and dropped by the bus.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

from services.classifier.commands import CommandQueue
from services.classifier.settings import ClassifierSettings
from services.classifier.snapshots import CameraSnapshot, TrackSnapshot, decoded, encoded
from services.classifier.stage import CameraTracks, Classifier, ClassifierStage, Track
from services.core.errors import BadMessage
from services.core.types import NANOSECONDS, CameraState, Command, Message, PoseFrame, ResetCount, Snapshot, TellLoad

VERSION: Final = 6
"""Raised when what is remembered, or what follows from it, changes: older snapshots are not gone on from."""


class ResumableClassifier(ClassifierStage):
    """A `ClassifierStage` that gives snapshots and goes on from them.

    Args:
        settings: which model, when somebody is gone, and how often a snapshot is given.
        model: what is asked instead of the bundle that the settings name.

    Raises:
        ModelMismatch: the bundle is missing, altered or made for something else.
    """

    def __init__(self, settings: ClassifierSettings, *, model: Classifier | None = None) -> None:
        super().__init__(settings, model=model)
        self._every = round(settings.snapshot_seconds * NANOSECONDS)
        self._given: dict[str, int] = {}
        """Camera -> event time of its last snapshot, ns."""
        self._seen: dict[str, tuple[int, int]] = {}
        """Camera -> number and event time of the last frame, ns."""
        self._behind: set[str] = set()
        """Cameras whose frames may come again."""

    def process(self, message: Message) -> list[Message]:
        """Take one message in; give what follows, a snapshot last.

        Raises:
            BadMessage: it cannot be used.
        """
        open_before = set(self._cameras)
        if isinstance(message, PoseFrame):
            if message.provisional or self._seen_before(message):
                return []
            results = super().process(message)
            self._seen[message.camera_id] = (message.frame_id, message.captured_at)
            due = message.captured_at - self._given.get(message.camera_id, -self._every) >= self._every
            changed = {message.camera_id} if due or message.camera_id not in self._cameras else set()
        else:
            results = super().process(message)
            changed = {message.camera_id} if isinstance(message, Command) else set()
        if isinstance(message, CameraState):
            changed |= open_before - set(self._cameras)
        return [*results, *(self._snapshot(camera_id) for camera_id in sorted(changed) if camera_id in self._seen)]

    def close(self) -> list[Message]:
        """Give snapshots of all cameras, and leave open what is open: the next process goes on with it."""
        return [self._snapshot(camera_id) for camera_id in self._cameras if camera_id in self._seen]

    def resume(self, snapshot: Snapshot) -> bool:
        """Go on from a snapshot; whether more was to come of its camera.

        Raises:
            BadMessage: it is broken, or another version, model or catalogue wrote it.
        """
        memory = decoded(snapshot.state)
        if memory.writer != self._writer:
            raise BadMessage(
                f"snapshot of camera {snapshot.camera_id}: got one by {memory.writer}, expected {self._writer}"
            )
        try:
            tracks = {track.track_id: self._resumed(snapshot.camera_id, track, memory.began) for track in memory.tracks}
        except (KeyError, ValueError) as error:
            raise BadMessage(f"snapshot of camera {snapshot.camera_id} does not fit: {error}") from None
        if memory.at is not None:
            self._cameras[snapshot.camera_id] = CameraTracks(tracks, memory.at, memory.began)
        self._commands[snapshot.camera_id] = CommandQueue(memory.waiting, memory.obeyed)
        self._seen[snapshot.camera_id] = (memory.frame_id, snapshot.captured_at)
        self._behind.add(snapshot.camera_id)
        return memory.at is not None

    @property
    def _writer(self) -> str:
        manifest = self._model.manifest
        clips = f"{manifest.clip_seconds:g} s/{manifest.samples}/{manifest.stride_seconds:g} s"
        knows = blake2b(" ".join((*self._model.labels, *sorted(self._catalogue))).encode(), digest_size=8).hexdigest()
        return f"version {VERSION}, clips of {clips}, exercises {knows}"

    def _seen_before(self, frame: PoseFrame) -> bool:
        """Whether a frame was seen by the process that this one goes on from."""
        if frame.camera_id not in self._behind:
            return False
        frame_id, at = self._seen[frame.camera_id]
        if frame.frame_id <= frame_id and frame.captured_at <= at:
            return True
        self._behind.discard(frame.camera_id)
        return False

    def _snapshot(self, camera_id: str) -> Snapshot:
        frame_id, captured_at = self._seen[camera_id]
        self._given[camera_id] = captured_at
        camera, queue = self._cameras.get(camera_id, CameraTracks()), self._commands.get(camera_id, CommandQueue())
        memory = CameraSnapshot(
            writer=self._writer,
            at=camera.at,
            began=camera.began,
            frame_id=frame_id,
            tracks=tuple(
                TrackSnapshot(
                    track_id,
                    track.first,
                    track.last,
                    track.window.snapshot(),
                    track.sets.snapshot(),
                    track.placement.snapshot(),
                )
                for track_id, track in camera.tracks.items()
            ),
            waiting=tuple(one for one in queue.waiting if isinstance(one, ResetCount | TellLoad)),
            obeyed=queue.seen,
        )
        return Snapshot(camera_id=camera_id, captured_at=captured_at, state=encoded(memory))

    def _resumed(self, camera_id: str, snapshot: TrackSnapshot, began: int | None) -> Track:
        track = self._new_track(camera_id, snapshot.track_id, snapshot.first, began)
        track.window.restore(snapshot.window)
        track.sets.restore(snapshot.sets)
        track.placement.restore(snapshot.placement)
        track.last = snapshot.last
        return track
