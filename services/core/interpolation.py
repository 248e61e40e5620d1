r"""People in every frame although not everybody was looked at in every frame: interpolation in event time.

    frame        1     2     3     4     5
    looked at    x     .     .     x     x
    known at     1     4     4     4     5       frames 2 and 3 wait for 4, which is one interval between two looks

Frames come out in order, each once, with everybody's pose as it was at that very moment; a frame waits for its
slowest person. Whoever cannot wait is told where people are heading.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from services.core.pose_rows import BOX, VISIBILITY, pose_of, rows_of
from services.core.types import NANOSECONDS, Pose

MAX_GAP_SECONDS: Final = 0.5
"""Between two looks that are further apart nobody knows how a person moved: they are taken to have stood still."""


class People(NamedTuple):
    """Everybody in one frame."""

    captured_at: int
    poses: tuple[Pose, ...]


class Interpolation:
    """Fills in the poses of one camera's people between two looks at them."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[int, dict[str, Pose | None]]] = deque()
        self._last: dict[str, tuple[int, Pose]] = {}
        self._before: dict[str, tuple[int, Pose]] = {}

    def update(self, captured_at: int, people: Mapping[str, Pose | None]) -> list[People]:
        """Take the next frame and return those that are complete, the oldest first.

        Args:
            captured_at: event time, ns. One that does not rise ends what was waiting.
            people: track id -> pose at that time, or None for somebody who is there but was not looked at.
        """
        complete = self.flush() if self._waiting and captured_at <= self._waiting[-1][0] else []
        for track_id, pose in people.items():
            if pose is not None:
                self._fill(track_id, captured_at, pose)
        for _, waiting in self._waiting:
            # Whoever has gone since was perhaps not there any more: they end where they were last seen.
            for track_id in [one for one, pose in waiting.items() if pose is None and one not in people]:
                del waiting[track_id]
        self._waiting.append((captured_at, {one: people[one] for one in people if self._known(one, people[one])}))
        looked = {one: (captured_at, pose) for one, pose in people.items() if pose is not None}
        self._before = {one: before for one, before in self._before.items() if one in people}
        self._before |= {one: self._last[one] for one in looked if one in self._last}
        self._last = {one: last for one, last in self._last.items() if one in people} | looked
        return complete + self._complete()

    def heading(self) -> tuple[Pose, ...]:
        """Everybody in the newest frame, those who were not looked at moved on as between their last two looks."""
        at, people = self._waiting[-1]
        return tuple(pose or self._moved_on(track_id, at) for track_id, pose in people.items())

    def flush(self) -> list[People]:
        """All that is still waiting, with those who were not looked at again as they were last seen."""
        for _, waiting in self._waiting:
            for track_id in [one for one, pose in waiting.items() if pose is None]:
                waiting[track_id] = self._last[track_id][1]
        return self._complete()

    def _known(self, track_id: str, pose: Pose | None) -> bool:
        return pose is not None or track_id in self._last

    def _fill(self, track_id: str, captured_at: int, pose: Pose) -> None:
        """Put a person into the frames that wait for this look."""
        if track_id not in self._last:
            return
        before_at, before = self._last[track_id]
        # A clock that stepped back may leave the look before in the future.
        close = 0 < captured_at - before_at <= MAX_GAP_SECONDS * NANOSECONDS
        without = [(at, people) for at, people in self._waiting if track_id in people and people[track_id] is None]
        if not without:
            return
        parts = [(at - before_at) / (captured_at - before_at) if close and before_at < at else 0.0 for at, _ in without]
        for (_, people), one in zip(without, between(before, pose, parts), strict=True):
            people[track_id] = one

    def _moved_on(self, track_id: str, at: int) -> Pose:
        last_at, last = self._last[track_id]
        if track_id not in self._before:
            return last
        before_at, before = self._before[track_id]
        if not 0 < last_at - before_at <= MAX_GAP_SECONDS * NANOSECONDS:
            return last
        [one] = between(before, last, [min(2.0, max(1.0, (at - before_at) / (last_at - before_at)))])
        return one

    def _complete(self) -> list[People]:
        complete = []
        while self._waiting and all(pose is not None for pose in self._waiting[0][1].values()):
            at, people = self._waiting.popleft()
            complete.append(People(at, tuple(pose for pose in people.values() if pose is not None)))
        return complete


def between(before: Pose, after: Pose, parts: Sequence[float]) -> list[Pose]:
    """A person at some moments between two looks, each point on the straight line.

    A parabola through three looks is no better (PCK@0.1 to full rate 0.984 against 0.983 at 7 looks a second).

    Args:
        parts: 0 is `before`, 1 is `after`; beyond 1 is where they are heading.
    """
    first, last = rows_of((before, after))
    rows = first + (last - first) * np.array(parts, np.float32)[:, None]
    for columns in (BOX, VISIBILITY):
        bounded = rows[:, columns]
        np.minimum(np.maximum(bounded, 0, out=bounded), 1, out=bounded)
    score, change = before.score, after.score - before.score
    return [
        pose_of(row, after.track_id, min(1.0, max(0.0, score + change * part)))
        for row, part in zip(rows, parts, strict=True)
    ]
