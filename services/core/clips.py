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
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final, Generic, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from services.core.geometry import Floats, isotropic
from services.core.packing import packed, unpacked
from services.core.skeleton import KEYPOINTS
from services.core.types import NANOSECONDS, FloatArray, Pose

GAP_SECONDS: Final = 1.0
"""A person unseen for longer is cut in two: half a repetition may have passed."""

SHORTEST_SECONDS: Final = 0.5
"""Pieces shorter than this say nothing about movement and make no clip."""

Times = NDArray[np.int64]
"""(N,) event times, ns."""


Rows = TypeVar("Rows", bound=NDArray[np.floating])


class Shared(Generic[Rows]):
    """What was made of single moments of a track, so that it is made once for all clips that they lie in."""

    def __init__(self) -> None:
        self._times: Times = np.empty(0, np.int64)
        self._made: Rows | None = None

    def of(self, times: Times, make: Callable[[int], Rows]) -> Rows:
        """(T, ...) of a clip's moments, those that the last clip asked about had too taken from there.

        Args:
            times: (T,) when the moments are, ns, rising; a moment of a track is the same whenever it is asked about.
            make: makes it of the moments from a place on, each by itself.
        """
        first = int(np.searchsorted(self._times, times[0]))
        known = len(self._times) - first
        if self._made is None or known <= 0 or not np.array_equal(self._times[first:], times[:known]):
            made = make(0)
        elif known < len(times):
            made = cast("Rows", np.concatenate([self._made[first:], make(known)]))
        else:
            made = self._made
        self._made, self._times = made, times
        return made


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
        shared: what was made of the moments that it shares with the clip before it, and (T,) when its own are, ns; None
            where it stands alone. It saves work and changes no answer.
    """

    start: int
    end: int
    seconds: float
    points: FloatArray
    visibility: FloatArray
    world: FloatArray
    shared: tuple[Shared[Floats], Times] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Grid:
    """Where clips lie in time, in whole ns, so that no rounding can part the streaming from the batch cut."""

    clip: int
    stride: int
    offsets: Times

    @classmethod
    def of(cls, clip_seconds: float, samples: int, stride_seconds: float) -> _Grid:
        if not (clip_seconds > 0 and stride_seconds > 0 and samples >= 2):
            raise ValueError(
                f"a clip needs clip_seconds > 0, stride_seconds > 0 and samples >= 2; "
                f"got {clip_seconds}, {stride_seconds} and {samples}"
            )
        clip = round(clip_seconds * NANOSECONDS)
        offsets = (np.arange(samples, dtype=np.int64) * clip) // (samples - 1)
        return cls(clip, round(stride_seconds * NANOSECONDS), offsets)

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


@dataclass(frozen=True, slots=True)
class _Frame:
    """One pose as it came, and the size of its picture in pixels."""

    at: int
    pose: Pose
    size: tuple[int, int]


def _frame(row: NDArray[np.void]) -> _Frame:
    """A frame from a snapshot; nobody asks it for the person's box, score and name."""
    keypoints, visibility, world = (np.array(row[name]) for name in ("keypoints", "visibility", "world_keypoints"))
    pose = Pose("", np.zeros(4, np.float32), 0.0, keypoints, visibility, world)
    return _Frame(int(row["at"]), pose, (int(row["size"][0]), int(row["size"][1])))


def _rows(frames: Sequence[_Frame]) -> FloatArray:
    """Poses as (N, 33, 7): isotropic x, y, z; visibility; world x, y, z."""
    rows = np.empty((len(frames), len(frames[0].pose.keypoints), 7), np.float32)
    keypoints = np.array([frame.pose.keypoints for frame in frames])
    if len({frame.size for frame in frames}) == 1:
        rows[..., :3] = isotropic(keypoints, *frames[0].size)
    else:
        for row, at, frame in zip(rows, keypoints, frames, strict=True):
            row[:, :3] = isotropic(at, *frame.size)
    rows[..., 3] = np.array([frame.pose.visibility for frame in frames])
    rows[..., 4:] = np.array([frame.pose.world_keypoints for frame in frames])
    return rows


def _resample(times: Times, rows: FloatArray, at: Times) -> FloatArray:
    """Rows (N, 33, 7) at other times (S,) by linear interpolation, as (S, 33, 7).

    A moment that is a frame's own belongs to the interval that ends with it, which is there however many frames
    follow.
    """
    upper = np.minimum(np.maximum(np.searchsorted(times, at, side="left"), 1), len(times) - 1)
    before, after = times[upper - 1], times[upper]
    weight = ((at - before) / (after - before))[:, None, None]
    low, high = rows[upper - 1].astype(float), rows[upper].astype(float)
    return np.asarray(low + weight * (high - low), np.float32)


def _clip(
    start: int, end: int, clip: int, rows: FloatArray, shared: tuple[Shared[Floats], Times] | None = None
) -> Clip:
    return Clip(start, end, clip / NANOSECONDS, rows[..., :3], rows[..., 3], rows[..., 4:], shared)


FRAME: Final = np.dtype([
    ("at", "<i8"),
    ("size", "<i4", 2),
    ("keypoints", "<f4", (len(KEYPOINTS), 3)),
    ("visibility", "<f4", len(KEYPOINTS)),
    ("world_keypoints", "<f4", (len(KEYPOINTS), 3)),
])  # fmt: skip
"""A pose in a snapshot: when it was (ns), its picture's width and height (pixels), and all that clips are made of."""


@dataclass(frozen=True, slots=True)
class WindowSnapshot:
    """A window at rest.

    Attributes:
        frames: the poses that later clips need, packed rows of `FRAME`.
        next_end: where the next clip ends, ns.
        given: whether there was one.
    """

    frames: bytes
    next_end: int
    given: bool


class ClipWindow:
    """Cuts one track into clips as its poses arrive.

    Args:
        clip_seconds: length of a clip. Longer sees more of a slow repetition and answers later.
        samples: moments in a clip, its first and last included.
        stride_seconds: time between the ends of two clips: how often a model is asked. Clips share their moments where
            it is a whole number of the steps between these.
    """

    def __init__(self, clip_seconds: float, samples: int, stride_seconds: float) -> None:
        self._grid = _Grid.of(clip_seconds, samples, stride_seconds)
        self._frames: deque[_Frame] = deque()
        self._next_end = 0
        self._given = False
        self._rows: Shared[FloatArray] = Shared()
        self._shared: Shared[Floats] = Shared()

    def update(self, captured_at: int, pose: Pose, width: int, height: int) -> Clip | None:
        """Take the track's next pose; give the clip that it completes, if it does.

        After a gap it gives what `flush` would have given before it. When frames are further apart than the stride,
        the newest of the clips that they complete is given.

        Raises:
            ValueError: the pose is not later than the last one.
        """
        cut: Clip | None = None
        if self._frames:
            since = captured_at - self._frames[-1].at
            if since <= 0:
                raise ValueError(f"poses of a track must rise in time: got {captured_at} after {captured_at - since}")
            if since > GAP_SECONDS * NANOSECONDS:
                cut = self.flush()
        if not self._frames:
            self._next_end = captured_at + self._grid.clip
            self._given = False
            self._rows, self._shared = Shared(), Shared()
        self._frames.append(_Frame(captured_at, pose, (width, height)))
        if captured_at < self._next_end:
            return cut
        end = self._next_end + (captured_at - self._next_end) // self._grid.stride * self._grid.stride
        clip = self._clip_at(end)
        self._next_end = end + self._grid.stride
        self._given = True
        self._forget(self._next_end - self._grid.clip)
        return clip

    def flush(self) -> Clip | None:
        """End the track: its only clip when it was too short for one, else None. The next pose starts anew."""
        short = None
        if len(self._frames) > 1 and not self._given:
            times = np.array([frame.at for frame in self._frames], np.int64)
            short = self._grid.short_clip(times, _rows(self._frames))
        self._frames.clear()
        return short

    def snapshot(self) -> WindowSnapshot:
        """What another window of the same kind needs to go on from here."""
        rows = [
            (frame.at, frame.size, frame.pose.keypoints, frame.pose.visibility, frame.pose.world_keypoints)
            for frame in self._frames
        ]
        return WindowSnapshot(packed(np.array(rows, FRAME)), self._next_end, self._given)

    def restore(self, snapshot: WindowSnapshot) -> None:
        """Go on from a snapshot.

        Raises:
            ValueError: its poses are none.
        """
        self._frames = deque(_frame(row) for row in unpacked(snapshot.frames, FRAME))
        self._next_end, self._given = snapshot.next_end, snapshot.given

    def _clip_at(self, end: int) -> Clip:
        """The clip that ends at ``end``; only its moments that the clip before it had not are interpolated."""
        start = end - self._grid.clip
        at = start + self._grid.offsets
        times = np.array([frame.at for frame in self._frames], np.int64)

        def fresh(first: int) -> FloatArray:
            low = max(int(np.searchsorted(times, at[first], side="left")) - 1, 0)
            return _resample(times[low:], _rows(list(islice(self._frames, low, None))), at[first:])

        return _clip(start, end, self._grid.clip, self._rows.of(at, fresh), (self._shared, at))

    def _forget(self, start: int) -> None:
        """Drop what no later clip needs: keep one frame before ``start``, for its interval."""
        while len(self._frames) > 2 and self._frames[1].at < start:
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
    return _clip(captured_at, captured_at, 0, _rows([_Frame(captured_at, pose, (width, height))]))
