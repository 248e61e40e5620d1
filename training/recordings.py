"""What the pose engine saw in a video, in memory and on disk."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Final

import numpy as np

from services.core.clips import Times
from services.core.errors import SettingsError
from services.core.types import NANOSECONDS, FloatArray, Pose, PoseFrame


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

    def part(self, start: float, end: float) -> Recording:
        """What was seen from one moment up to another, seconds after the first frame; it begins at time 0 again.

        Frames at ``start`` belong to it, those at ``end`` do not.
        """
        first, last = np.searchsorted(self.captured_at, np.round(np.array([start, end]) * NANOSECONDS))
        origin = round(start * NANOSECONDS)
        tracks = []
        for track in self.tracks:
            kept = (track.frame >= first) & (track.frame < last)
            if not kept.any():
                continue
            rows = {field.name: getattr(track, field.name)[kept] for field in fields(Track) if field.name != "track_id"}
            rows["frame"], rows["captured_at"] = rows["frame"] - first, rows["captured_at"] - origin
            tracks.append(replace(track, **rows))
        return replace(self, captured_at=self.captured_at[first:last] - origin, tracks=tuple(tracks))

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


_ROWS: Final = ("frame", "box", "score", "keypoints", "visibility", "world")


def save_recording(target: Path, recording: Recording) -> None:
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


def load_recording(file: Path) -> Recording:
    """Read what `save_recording` wrote.

    Raises:
        FileNotFoundError: there is none.
        SettingsError: it is damaged, or holds values that are no numbers.
    """
    mend = f"remove {file} and run python -m training.dataset again"
    try:
        with np.load(file) as arrays:
            width, height = (int(side) for side in arrays["size"])
            captured_at = arrays["captured_at"]
            ids, cuts = arrays["track_ids"], np.cumsum(arrays["lengths"])[:-1]
            parts = {name: np.split(arrays[name], cuts) for name in _ROWS} if len(ids) else {}
            rows = {name: arrays[name] for name in ("keypoints", "visibility", "world")} if len(ids) else {}
    except (zipfile.BadZipFile, ValueError, KeyError, EOFError) as error:
        raise SettingsError(f"{file.name}: no whole file of poses ({error}): {mend}") from error
    for name, values in rows.items():
        broken = int((~np.isfinite(values)).reshape(len(values), -1).any(axis=1).sum())
        if broken:
            raise SettingsError(f"{file.name}: {name} of {broken} of {len(values)} poses are no numbers (NaN): {mend}")
    tracks = tuple(
        Track(
            track_id=str(track_id),
            captured_at=captured_at[parts["frame"][index]],
            **{name: parts[name][index] for name in _ROWS},
        )
        for index, track_id in enumerate(ids)
    )
    return Recording(width, height, captured_at, tracks)
