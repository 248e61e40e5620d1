r"""Where the detector looks for people who are not followed yet, and when.

The detector costs as much as one person does, so it goes where somebody may be, the likeliest first:

    lost       around the place where somebody who was lost is thought to be
    unrest     around what moves and belongs to nobody known; where nothing is found, less and less often
    rotation   squares of several sizes over the whole picture, all in the first second, then one after the other

It finds people whose height is 0.3 to 0.9 of the side of the square (measured: 0.79 of them at 0.3, 0.91 to 0.95 at
0.35 to 0.75, 0.51 at 0.25), so the smallest squares are a quarter of the picture's longer side.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from services.core.types import NANOSECONDS
from services.pose.crop import Region
from services.pose.motion import MOVED, Thumbnail

FIRST_SECONDS: Final = 0.6
"""The time in which the rotation goes round once in a new view."""
SECOND_SECONDS: Final = 1.2
"""The time of its second round: whoever was missed at one moment is often found at another."""
ROTATION_SECONDS: Final = 0.8
"""Time between two looks of the rotation after that."""
UNREST_SECONDS: Final = 0.12
"""Time between two looks at what moves."""
LONG_RUN: Final = 2.5
"""Looks a second that unrest and rotation may take together in the long run: a camera that shakes is never at rest."""
BURST: Final = 8.0
"""How many they may save up for when something happens."""
LOST_SECONDS: Final = 0.2
"""Time between two looks for somebody who was lost."""
SMALLEST: Final = 0.25
"""Side of the smallest squares, 0-1 of the picture's longer side."""
CLOSEST: Final = 0.2
"""The same where something moves: whoever is there stands in the middle."""
_OVERLAP: Final = 0.625
"""Step from square to square over their side."""
_SHRINK: Final = 1.5
"""From one size of squares to the next."""
_FEWEST_PIXELS: Final = 96
"""No square is smaller: the model sees nobody in what is blown up so far."""
_ROOM: Final = 2.0
"""Side of the square around what moves or was lost, over its longer side."""
_GROWTH: Final = 1.7
"""What moves may be a small part of somebody: each further look at it is so much wider ..."""
_WIDTHS: Final = 3
"""... until it begins anew after so many."""
_PATIENCE: Final = (0.3, 8.0)
"""Seconds before a place in which nobody was found is looked at again: at first, and at most."""
_COMPARED_SECONDS: Final = 0.25
"""Pictures so far apart are compared: slow movement shows."""
_CELL: Final = 4
_JITTER: Final = 5_000_000
"""Times of capture jitter (ns); a look is not put off by a frame for that."""


class Attention:
    """Decides for one camera which squares of the next picture the detector looks at."""

    def __init__(self) -> None:
        self._squares: list[Region] = []
        self._turn = 0
        self._unrest = _Unrest((1, 1))
        self._next: dict[str, int] = {}
        self._credit = BURST
        self._credited_at = 0

    def restart(self, captured_at: int, width: int, height: int) -> None:
        """Look at everything anew: the pictures have another size, or another time.

        Args:
            captured_at: event time of the next picture, ns.
            width, height: its size, pixels.
        """
        self._squares = squares(width, height)
        self._turn = 0
        self._next = dict.fromkeys(("rotation", "unrest", "lost"), captured_at)
        self._unrest = _Unrest((height, width))
        self._credit, self._credited_at = BURST, captured_at

    def looks(
        self,
        captured_at: int,
        now: Thumbnail,
        known: Sequence[NDArray[np.floating]],
        lost: Sequence[NDArray[np.floating]],
        slack: float = 1.0,
    ) -> list[Region]:
        """The squares to look at in this picture, mostly none.

        Args:
            captured_at: event time of the picture, ns.
            now: its thumbnail.
            known: (4,) x0, y0, x1, y1 of everybody who is followed, pixels.
            lost: the same of who was lost, where they are thought to be.
            slack: multiplies the time between two looks; above 1 where CPU is short.
        """
        self._unrest.update(captured_at, now, known)
        result = []
        if lost and self._due("lost", captured_at, LOST_SECONDS * slack):
            result = [self._around(box, _ROOM) for box in lost]
        if self._turn < len(self._squares):
            result += self._first(captured_at, slack)
        elif self._affords(captured_at, slack):
            restless = self._unrest.place(captured_at)
            if restless is not None and self._due("unrest", captured_at, UNREST_SECONDS * slack):
                box, tries = restless
                result.append(self._around(box, _ROOM * _GROWTH ** (tries % _WIDTHS)))
                self._credit -= 1
            elif self._due("rotation", captured_at, self._pause() * slack):
                result.append(self._squares[self._turn % len(self._squares)])
                self._turn += 1
                self._credit -= 1
        self._unrest.looked(captured_at, result)
        return result

    def _affords(self, captured_at: int, slack: float) -> bool:
        """Whether there is credit for a look; the second round of a new view is free."""
        earned = LONG_RUN / slack * (captured_at - self._credited_at) / NANOSECONDS
        self._credit, self._credited_at = min(BURST, self._credit + earned), captured_at
        if self._turn < 2 * len(self._squares):
            self._credit = BURST
        return self._credit >= 1

    def _first(self, captured_at: int, slack: float) -> list[Region]:
        """The first round, the largest squares first."""
        begin = self._next["rotation"]
        part = min(1.0, (captured_at - begin) / (FIRST_SECONDS * slack * NANOSECONDS))
        until = max(self._turn, round(part * len(self._squares)), _large(self._squares))
        some = self._squares[self._turn : until]
        self._turn = until
        if until == len(self._squares):
            self._next["rotation"] = captured_at
        return some

    def _pause(self) -> float:
        """Seconds between two looks of the rotation after the first round."""
        count = len(self._squares)
        return SECOND_SECONDS / count if self._turn < 2 * count else ROTATION_SECONDS

    def _due(self, what: str, captured_at: int, interval: float) -> bool:
        if captured_at + _JITTER < self._next[what]:
            return False
        self._next[what] = captured_at + round(interval * NANOSECONDS)
        return True

    def _around(self, box: NDArray[np.floating], room: float) -> Region:
        """A square around a box, within the picture where it fits."""
        whole = self._squares[0]
        smallest = max(CLOSEST * whole.size, _FEWEST_PIXELS)
        size = min(max(room * float((box[2:] - box[:2]).max()), smallest), whole.size)
        x, y = (float(value) for value in (box[:2] + box[2:]) / 2)
        return Region(_within(x, size, 2 * whole.x), _within(y, size, 2 * whole.y), size)


class _Unrest:
    """Where something moves that belongs to nobody known.

    Args:
        shape: height and width of the pictures.
    """

    def __init__(self, shape: tuple[int, int]) -> None:
        self.shape = shape
        self._compared: Thumbnail | None = None
        self._compared_at = 0
        self._map = np.zeros((1, 1), np.uint8)
        self._tries = np.zeros((1, 1), np.int64)
        self._until = np.zeros((1, 1), np.int64)

    def update(self, captured_at: int, now: Thumbnail, known: Sequence[NDArray[np.floating]]) -> None:
        """Take note of what moved since the picture compared with last."""
        if self._compared is None:
            self._compared, self._compared_at = now, captured_at
            cells = max(1, now.shape[0] // _CELL), max(1, now.shape[1] // _CELL)
            self._map = np.zeros(cells, np.uint8)
            self._tries, self._until = np.zeros(cells, np.int64), np.full(cells, captured_at)
        if captured_at - self._compared_at + _JITTER >= _COMPARED_SECONDS * NANOSECONDS:
            apart = cv2.resize(cv2.absdiff(self._compared, now), self._map.shape[::-1], interpolation=cv2.INTER_AREA)
            self._compared, self._compared_at = now, captured_at
            self._map = (apart > MOVED).astype(np.uint8)
        for box in known:
            aside = 0.1 * (box[2:] - box[:2]).max() + 1e-9
            part = self._part(box + np.array([-aside, -aside, aside, aside]))
            self._map[part] = 0
            self._tries[part] = 0

    def place(self, captured_at: int) -> tuple[NDArray[np.float64], int] | None:
        """Box (4,) in pixels of the largest restless place, and how often nobody was found there; or None."""
        restless = self._map * (self._until <= captured_at)
        if not restless.any():
            return None
        joined = cv2.dilate(restless.astype(np.uint8), np.ones((3, 3), np.uint8))
        _, labels, stats, _ = cv2.connectedComponentsWithStats(joined)
        largest = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
        rows, columns = np.nonzero((labels == largest) & (restless > 0))
        cell = self._cell()
        box = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]) * np.tile(cell, 2)
        return box, int(self._tries[rows, columns].max())

    def looked(self, captured_at: int, views: Sequence[Region]) -> None:
        """Leave places alone for a while that are looked at now; whoever is found there is known from then on."""
        for view in views:
            part = self._part(np.array([view.x, view.y, view.x, view.y]) + view.size / 2 * np.array([-1, -1, 1, 1]))
            restless = self._map[part] > 0
            tries = self._tries[part]
            first, most = _PATIENCE
            wait = np.minimum(first * 2.0 ** np.minimum(tries, 30), most) * NANOSECONDS
            self._until[part] = np.where(restless, captured_at + wait.astype(np.int64), self._until[part])
            self._tries[part] = tries + restless

    def _cell(self) -> NDArray[np.float64]:
        """(2,) width and height of a cell, pixels of the picture."""
        return np.divide(self.shape[::-1], self._map.shape[::-1], dtype=np.float64)

    def _part(self, box: NDArray[np.floating]) -> tuple[slice, slice]:
        """The cells of a box in pixels."""
        low = np.clip(np.floor(box[:2] / self._cell()), 0, None).astype(int)
        high = np.clip(np.ceil(box[2:] / self._cell()), 0, None).astype(int)
        return slice(low[1], high[1]), slice(low[0], high[0])


def squares(width: int, height: int) -> list[Region]:
    """What to look at in turn: the whole picture, then overlapping squares, smaller and smaller."""
    result = [Region.whole(width, height)]
    side = float(min(width, height))
    while side >= _FEWEST_PIXELS and (len(result) == 1 or side >= 0.99 * SMALLEST * max(width, height)):
        across, down = (math.ceil((length - side) / (_OVERLAP * side) - 1e-9) + 1 for length in (width, height))
        result += [
            Region(float(x), float(y), side)
            for y in np.linspace(side / 2, height - side / 2, down)
            for x in np.linspace(side / 2, width - side / 2, across)
        ]
        side /= _SHRINK
    return list(dict.fromkeys(result))


def _large(views: Sequence[Region]) -> int:
    """How many of the views are of the two largest sizes: those that the first picture is looked at with."""
    steps = [index + 1 for index, (one, other) in enumerate(pairwise(views)) if one.size > other.size]
    return steps[1] if len(steps) > 1 else len(views)


def _within(middle: float, size: float, length: float) -> float:
    """The middle of a span that lies within 0..length, or around its middle where it is longer."""
    return length / 2 if size >= length else min(max(middle, size / 2), length - size / 2)
