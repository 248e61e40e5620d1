"""Slices: clips of a fixed number of frames at a stated rate, one after another, as published recipes cut them.

    poses     |  |  |  |  |  |  |  |     as the engine saw them, at most `training.poses.SAMPLE_FPS` a second
    frames    ||||||||||||||||||||||     `fps` a second in event time, by linear interpolation between poses
    slices    [  0  ][  1  ][  2  ]..    `length` frames each; what is left over is dropped, and gaps are not bridged

More frames a second than the engine saw add no information; 30 are what the published recipes use (70 frames are
2.3 s). Of raw footage the first slice of each video is dropped: it shows how somebody gets ready. On trimmed footage it
is kept: of 578 trimmed clips 497 give slices of 70 frames, 1,946 in all; without the first ones 313 and 1,443. Models
of our own see `services.core.clips`, which this is cut by.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.core.clips import GAP_SECONDS, cut_clips
from services.core.errors import SettingsError
from services.core.geometry import JOINTS, MODEL_JOINTS, joint_angles, joint_turns
from services.core.types import NANOSECONDS, FloatArray
from training.people import people_of
from training.poses import Recording, Track
from training.videos import Video

LENGTHS: Final = (70, 100, 120, 150)
"""Frames of a slice."""

FPS: Final = 30.0
"""Frames a second."""

ANGLES: Final = (*(f"{joint}_turn" for joint in MODEL_JOINTS), *JOINTS)
"""Columns of angles: six in the picture's plane and with direction, 0-360; ten of the body in space, 0-180."""


@dataclass(frozen=True, slots=True)
class Cutting:
    """How slices are cut.

    Attributes:
        lengths: frames of a slice, one data set each.
        fps: frames a second; more make a slice of so many frames shorter in time.
        drop_first: whether the first slice of each video is dropped; None drops it where footage is raw.
    """

    lengths: tuple[int, ...] = LENGTHS
    fps: float = FPS
    drop_first: bool | None = None

    def __post_init__(self) -> None:
        if not self.lengths or min(self.lengths) < 2 or self.fps <= 0:
            raise SettingsError(f"slices need 2 frames or more and a rate above 0; got {self.lengths} and {self.fps:g}")

    def drops_first_of(self, video: Video) -> bool:
        """Whether the first slice of a video is dropped."""
        return video.raw if self.drop_first is None else self.drop_first


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """Somebody seen without a gap, at an even rate.

    Attributes:
        start: event time of the first frame, ns.
        points: (F, 33, 3) in picture heights.
        visibility: (F, 33) 0-1.
        world: (F, 33, 3) metres about the hips' middle.
    """

    start: int
    points: FloatArray
    visibility: FloatArray
    world: FloatArray

    def __len__(self) -> int:
        return len(self.points)


@dataclass(frozen=True, slots=True, eq=False)
class Slice:
    """One slice; arrays as in `Stretch`, but of its frames only.

    Attributes:
        number: which of its video, from 0 in the order of time; a dropped first one keeps its number.
        start: event time of its first frame, ns.
        row: its first frame among those of all stretches of the video, laid end to end.
    """

    number: int
    start: int
    row: int
    points: FloatArray
    visibility: FloatArray
    world: FloatArray


def angles_of(points: FloatArray, world: FloatArray) -> FloatArray:
    """Angles of joints over time, (..., 16) degrees.

    Args:
        points: (..., 33, 3) in picture heights.
        world: (..., 33, 3) metres.
    """
    return np.concatenate([joint_turns(points), joint_angles(world)], axis=-1).astype(np.float32)


def stretches_of(video: Video, recording: Recording, fps: float) -> list[Stretch]:
    """Whoever a video's label speaks of, frame by frame, in the order of time.

    Args:
        video: which.
        recording: its poses.
        fps: frames a second.
    """
    found = []
    for track in people_of(recording, video.people):
        gaps = np.flatnonzero(np.diff(track.captured_at) > GAP_SECONDS * NANOSECONDS) + 1
        for rows in np.split(np.arange(len(track.captured_at)), gaps):
            found += _stretch(track, rows, recording, fps)
    return sorted(found, key=lambda stretch: stretch.start)


def _stretch(track: Track, rows: NDArray[np.int64], recording: Recording, fps: float) -> list[Stretch]:
    """One clip as long as the piece is; none of a piece that is shorter than two frames."""
    duration = int(track.captured_at[rows[-1]] - track.captured_at[rows[0]])
    frames = int(duration * fps / NANOSECONDS) + 1
    if round((frames - 1) / fps * NANOSECONDS) > duration:
        frames -= 1
    if frames < 2:
        return []
    clips = cut_clips(
        track.captured_at[rows],
        track.keypoints[rows],
        track.visibility[rows],
        track.world[rows],
        width=recording.width,
        height=recording.height,
        clip_seconds=(frames - 1) / fps,
        samples=frames,
        stride_seconds=duration / NANOSECONDS + 1,
    )
    return [Stretch(clip.start, clip.points, clip.visibility, clip.world) for clip in clips]


def slices_of(stretches: Sequence[Stretch], length: int, fps: float, *, drop_first: bool) -> list[Slice]:
    """Cut stretches of one video into slices.

    Args:
        stretches: in the order of time.
        length: frames of a slice.
        fps: frames a second, at which the stretches were made.
        drop_first: whether the first slice is dropped, and with it those of others who start while it lasts: they are
            getting ready too.
    """
    found = []
    row = 0
    for stretch in stretches:
        firsts = range(0, len(stretch) - length + 1, length)
        found += [(stretch.start + round(first / fps * NANOSECONDS), row + first, stretch, first) for first in firsts]
        row += len(stretch)
    found.sort(key=lambda each: each[:2])
    after = found[0][0] + round(length / fps * NANOSECONDS) if found and drop_first else 0
    return [
        Slice(
            number,
            start,
            at,
            stretch.points[first : first + length],
            stretch.visibility[first : first + length],
            stretch.world[first : first + length],
        )
        for number, (start, at, stretch, first) in enumerate(found)
        if start >= after
    ]
