r"""Clips: the same few seconds of one person, however fast the camera is.

    frames   |  | |   |  |  |    |  |  |   |  | ...      as they come, any rate, jitter and drops
    clip 1   [.....................]                     `samples` moments, evenly spaced in event time,
    clip 2        [.....................]                each interpolated between the frames around it
                  ^ one stride later

Clips end on a grid that starts with the track's first frame: at ``clip_seconds``, then every ``stride_seconds``. A clip
is given out with the first frame at or after its end, so no frame later than that is ever needed. A gap longer than
`GAP_SECONDS` cuts the track: nothing is invented across it, and the grid starts again. A piece too short for one
clip (but longer than `SHORTEST_SECONDS`) is played to and fro at its own speed until it fills one.

`ClipWindow` does this frame by frame and `cut_clips` on whole recordings; they agree bit for bit.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.core.geometry import isotropic
from services.core.types import NANOSECONDS, FloatArray, Pose

GAP_SECONDS: Final = 1.0
"""A person unseen for longer is cut in two: half a repetition may have passed."""

SHORTEST_SECONDS: Final = 0.5
"""Pieces shorter than this say nothing about movement and make no clip."""

Times = NDArray[np.int64]
"""(N,) event times, ns."""


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """A fixed number of moments of one person, evenly spaced in event time.

    Attributes:
        start, end: first and last moment of the recording in it, ns.
        seconds: time that the samples span; more than ``end - start`` when a short track was played to and fro, 0
            for a single pose.
        points: (T, 33, 3) keypoints in picture heights, one unit on all axes (`geometry.isotropic`).
        visibility: (T, 33) 0-1.
        world: (T, 33, 3) metres, origin between the hips.
    """

    start: int
    end: int
    seconds: float
    points: FloatArray
    visibility: FloatArray
    world: FloatArray


@dataclass(frozen=True, slots=True)
class _Grid:
    """Where clips lie in time, in whole ns, so that no rounding can part the streaming from the batch cut."""

    clip: int
    samples: int
    stride: int

    @classmethod
    def of(cls, clip_seconds: float, samples: int, stride_seconds: float) -> _Grid:
        if not (clip_seconds > 0 and stride_seconds > 0 and samples >= 2):
            raise ValueError(
                f"a clip needs clip_seconds > 0, stride_seconds > 0 and samples >= 2; "
                f"got {clip_seconds}, {stride_seconds} and {samples}"
            )
        return cls(round(clip_seconds * NANOSECONDS), samples, round(stride_seconds * NANOSECONDS))

    @property
    def offsets(self) -> Times:
        return (np.arange(self.samples, dtype=np.int64) * self.clip) // (self.samples - 1)

    def clip_at(self, times: Times, rows: FloatArray, end: int) -> Clip:
        """The clip that ends at ``end``, from rows around it."""
        start = end - self.clip
        return _clip(start, end, self.clip, _resample(times, rows, start + self.offsets))

    def short_clip(self, times: Times, rows: FloatArray) -> Clip | None:
        """The only clip of a piece that is shorter than one; None when it is too short for any."""
        first, last = int(times[0]), int(times[-1])
        duration = last - first
        if duration < SHORTEST_SECONDS * NANOSECONDS:
            return None
        folded = self.offsets % (2 * duration)
        folded = np.where(folded > duration, 2 * duration - folded, folded)
        return _clip(first, last, self.clip, _resample(times, rows, first + folded))


def _row(keypoints: FloatArray, visibility: FloatArray, world: FloatArray, width: int, height: int) -> FloatArray:
    """One pose as (33, 7): isotropic x, y, z; visibility; world x, y, z."""
    points = isotropic(keypoints, width, height)
    return np.concatenate([points, visibility[:, None], world], axis=1).astype(np.float32)


def _resample(times: Times, rows: FloatArray, at: Times) -> FloatArray:
    """Rows (N, 33, 7) at other times (S,) by linear interpolation, as (S, 33, 7).

    A moment that is a frame's own belongs to the interval that ends with it, which is there however many frames
    follow.
    """
    upper = np.clip(np.searchsorted(times, at, side="left"), 1, len(times) - 1)
    before, after = times[upper - 1], times[upper]
    weight = ((at - before) / (after - before))[:, None, None]
    low, high = rows[upper - 1].astype(float), rows[upper].astype(float)
    return np.asarray(low + weight * (high - low), np.float32)


def _clip(start: int, end: int, clip: int, rows: FloatArray) -> Clip:
    return Clip(start, end, clip / NANOSECONDS, rows[..., :3], rows[..., 3], rows[..., 4:])


class ClipWindow:
    """Cuts one track into clips as its poses arrive.

    Args:
        clip_seconds: length of a clip. Longer sees more of a slow repetition and answers later.
        samples: moments in a clip, its first and last included.
        stride_seconds: time between the ends of two clips: how often a model is asked.
    """

    def __init__(self, clip_seconds: float, samples: int, stride_seconds: float) -> None:
        self._grid = _Grid.of(clip_seconds, samples, stride_seconds)
        self._frames: deque[tuple[int, FloatArray]] = deque()
        self._next_end = 0
        self._given = False

    def update(self, captured_at: int, pose: Pose, width: int, height: int) -> Clip | None:
        """Take the track's next pose; give the clip that it completes, if it does.

        After a gap it gives what `flush` would have given before it. When frames are further apart than the stride,
        the newest of the clips that they complete is given.

        Raises:
            ValueError: the pose is not later than the last one.
        """
        row = _row(pose.keypoints, pose.visibility, pose.world_keypoints, width, height)
        cut: Clip | None = None
        if self._frames:
            since = captured_at - self._frames[-1][0]
            if since <= 0:
                raise ValueError(f"poses of a track must rise in time: got {captured_at} after {captured_at - since}")
            if since > GAP_SECONDS * NANOSECONDS:
                cut = self.flush()
        if not self._frames:
            self._next_end = captured_at + self._grid.clip
            self._given = False
        self._frames.append((captured_at, row))
        if captured_at < self._next_end:
            return cut
        end = self._next_end + (captured_at - self._next_end) // self._grid.stride * self._grid.stride
        clip = self._grid.clip_at(*self._arrays(), end)
        self._next_end = end + self._grid.stride
        self._given = True
        self._forget(self._next_end - self._grid.clip)
        return clip

    def flush(self) -> Clip | None:
        """End the track: its only clip when it was too short for one, else None. The next pose starts anew."""
        short = None
        if len(self._frames) > 1 and not self._given:
            short = self._grid.short_clip(*self._arrays())
        self._frames.clear()
        return short

    def _arrays(self) -> tuple[Times, FloatArray]:
        return np.array([at for at, _ in self._frames], np.int64), np.stack([row for _, row in self._frames])

    def _forget(self, start: int) -> None:
        """Drop what no later clip needs: keep one frame before ``start``, for its interval."""
        while len(self._frames) > 2 and self._frames[1][0] < start:
            self._frames.popleft()


def cut_clips(
    captured_at: Times,
    keypoints: FloatArray,
    visibility: FloatArray,
    world: FloatArray,
    *,
    width: int,
    height: int,
    clip_seconds: float,
    samples: int,
    stride_seconds: float,
) -> list[Clip]:
    """Cut one track's whole recording into the clips that a `ClipWindow` would have given, flush included.

    Args:
        captured_at: (N,) rising event times, ns.
        keypoints: (N, 33, 3) normalised x, y, z.
        visibility: (N, 33) 0-1.
        world: (N, 33, 3) metres.
        width: the picture's width, pixels.
        height: the picture's height, pixels.
        clip_seconds: as in `ClipWindow`.
        samples: as in `ClipWindow`.
        stride_seconds: as in `ClipWindow`.
    """
    grid = _Grid.of(clip_seconds, samples, stride_seconds)
    times = np.asarray(captured_at, np.int64)
    if np.any(np.diff(times) <= 0):
        raise ValueError("poses of a track must rise in time")
    points = isotropic(keypoints, width, height)
    rows = np.concatenate([points, visibility[..., None], world], axis=-1).astype(np.float32)
    cuts = np.flatnonzero(np.diff(times) > GAP_SECONDS * NANOSECONDS) + 1
    clips: list[Clip] = []
    for index in np.split(np.arange(len(times)), cuts):
        clips.extend(_cut_piece(grid, times[index], rows[index]))
    return clips


def _cut_piece(grid: _Grid, times: Times, rows: FloatArray) -> list[Clip]:
    """The clips of a piece without gaps."""
    if len(times) < 2:
        return []
    ends = np.arange(times[0] + grid.clip, times[-1] + 1, grid.stride)
    if not len(ends):
        short = grid.short_clip(times, rows)
        return [short] if short else []
    completing = np.searchsorted(times, ends, side="left")
    newest = np.append(completing[1:] != completing[:-1], True)
    return [grid.clip_at(times, rows, int(end)) for end in ends[newest]]


def still(pose: Pose, captured_at: int, width: int, height: int) -> Clip:
    """A single pose as a clip of one moment, for the models that look at photos."""
    row = _row(pose.keypoints, pose.visibility, pose.world_keypoints, width, height)[None]
    return Clip(captured_at, captured_at, 0.0, row[..., :3], row[..., 3], row[..., 4:])
