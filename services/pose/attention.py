r"""Where the detector looks for people who are not followed yet, and when.

The detector costs as much as one person does, so it goes where somebody may be, the likeliest first:

    lost       around the place where somebody who was lost is thought to be
    unrest     around what moves and belongs to nobody known; where nothing is found, less and less often
    rotation   squares of several sizes over the whole picture, all in the first second, then one after the other;
               those of the stations, which may be smaller than any of these, come round more often

It finds people whose height is 0.3 to 0.9 of the side of the square (measured: 0.79 of them at 0.3, 0.91 to 0.95 at
0.35 to 0.75, 0.51 at 0.25), so the smallest squares are a quarter of the picture's longer side.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import cycle, islice, pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.core.stations import Station, station_at
from services.core.types import NANOSECONDS
from services.pose.crop import Region
from services.pose.motion import Thumbnail
from services.pose.unrest import JITTER, Unrest

FIRST_SECONDS: Final = 0.6
"""The time in which the rotation goes round once in a new view."""
SECOND_SECONDS: Final = 1.2
"""The time of its second round: whoever was missed at one moment is often found at another."""
ROTATION_SECONDS: Final = 0.8
"""Time between two looks of the rotation after that."""
UNREST_SECONDS: Final = 0.12
"""Time between two looks at what moves."""
LONG_RUN: Final = 1.25
"""Looks a second that unrest and rotation may take together in the long run: a camera that shakes is never at rest."""
BURST: Final = 8.0
"""How many they may save up for when something happens."""
LOST_SECONDS: Final = 0.2
"""Time between two looks for somebody who was lost."""
ALONE_SECONDS: Final = 0.13
"""The same when nobody else is in view, and at the whole picture too: then there is nothing else to look at."""
SMALLEST: Final = 0.25
"""Side of the smallest squares, 0-1 of the picture's longer side."""
CLOSEST: Final = 0.2
"""The same where something moves: whoever is there stands in the middle."""
STATION_ROOMS: Final = (1.25, 2.0)
"""Sides of the squares around a station, over its own: for somebody who fills it, and for who stands up on it."""
_SHARE: Final = 0.5
"""Looks of the rotation at stations over those at the other squares, at least."""
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


class Attention:
    """Decides for one camera which squares of the next picture the detector looks at.

    Args:
        stations: the camera's own.
    """

    def __init__(self, stations: Sequence[Station] = ()) -> None:
        self._stations = stations
        self._size = (1, 1)
        self._large = 0
        self._first_round: list[Region] = []
        self._later_rounds: list[Region] = []
        self._turn = 0
        self._unrest = Unrest((1, 1))
        self._next: dict[str, int] = {}
        self._credit = BURST
        self._credited_at = 0

    def restart(self, captured_at: int, width: int, height: int) -> None:
        """Look at everything anew: the pictures have another size, or another time.

        Args:
            captured_at: event time of the next picture, ns.
            width, height: its size, pixels.
        """
        everywhere = squares(width, height)
        own = [around(station, room, width, height) for room in STATION_ROOMS for station in self._stations]
        self._size, self._large = (width, height), _large(everywhere)
        self._first_round = [*everywhere[: self._large], *own, *everywhere[self._large :]]
        self._later_rounds = in_turn(everywhere, own)
        self._turn = 0
        self._next = dict.fromkeys(("rotation", "unrest", "lost"), captured_at)
        self._unrest = Unrest((height, width))
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
        if lost and self._due("lost", captured_at, (LOST_SECONDS if known else ALONE_SECONDS) * slack):
            result = [self._around(box, _ROOM) for box in lost]
            if not known:
                result.append(Region.whole(*self._size))
        if self._turn < len(self._first_round):
            result += self._first(captured_at, slack)
        elif self._affords(captured_at, slack):
            restless = self._unrest.place(captured_at)
            if restless is not None and self._due("unrest", captured_at, UNREST_SECONDS * slack):
                result.append(self._restless(*restless))
                self._credit -= 1
            elif self._due("rotation", captured_at, self._pause() * slack):
                result.append(self._later_rounds[(self._turn - len(self._first_round)) % len(self._later_rounds)])
                self._turn += 1
                self._credit -= 1
        self._unrest.looked(captured_at, result)
        return result

    def _affords(self, captured_at: int, slack: float) -> bool:
        """Whether there is credit for a look; the second round of a new view is free."""
        earned = LONG_RUN / slack * (captured_at - self._credited_at) / NANOSECONDS
        self._credit, self._credited_at = min(BURST, self._credit + earned), captured_at
        if self._turn < len(self._first_round) + len(self._later_rounds):
            self._credit = BURST
        return self._credit >= 1

    def _first(self, captured_at: int, slack: float) -> list[Region]:
        """The first round, the largest squares first."""
        begin = self._next["rotation"]
        part = min(1.0, (captured_at - begin) / (FIRST_SECONDS * slack * NANOSECONDS))
        until = max(self._turn, round(part * len(self._first_round)), self._large)
        some = self._first_round[self._turn : until]
        self._turn = until
        if until == len(self._first_round):
            self._next["rotation"] = captured_at
        return some

    def _pause(self) -> float:
        """Seconds between two looks of the rotation after the first round."""
        count = len(self._later_rounds)
        return SECOND_SECONDS / count if self._turn < len(self._first_round) + count else ROTATION_SECONDS

    def _due(self, what: str, captured_at: int, interval: float) -> bool:
        if captured_at + JITTER < self._next[what]:
            return False
        self._next[what] = captured_at + round(interval * NANOSECONDS)
        return True

    def _restless(self, box: NDArray[np.floating], tries: int) -> Region:
        """A square around what moves: the station's first that it moves on."""
        width, height = self._size
        x, y = (float(value) for value in (box[:2] + box[2:]) / 2)
        station = station_at(self._stations, x / width, y / height)
        if station is None:
            return self._around(box, _ROOM * _GROWTH ** (tries % _WIDTHS))
        if tries % (_WIDTHS + 1) == 0:
            return around(station, STATION_ROOMS[0], width, height)
        return self._around(box, _ROOM * _GROWTH ** (tries % (_WIDTHS + 1) - 1))

    def _around(self, box: NDArray[np.floating], room: float) -> Region:
        """A square around a box, within the picture where it fits."""
        x, y = (float(value) for value in (box[:2] + box[2:]) / 2)
        size = max(room * float((box[2:] - box[:2]).max()), CLOSEST * max(self._size))
        return _square(x, y, size, *self._size)


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


def around(station: Station, room: float, width: int, height: int) -> Region:
    """The square to look at for who is on a station, so many times as large as its own; pixels."""
    x, y, size = station.square(width, height)
    return _square(x, y, room * size, width, height)


def in_turn(everywhere: Sequence[Region], own: Sequence[Region]) -> list[Region]:
    """The squares of a round with the stations' own spread between them: all at least once."""
    stations, count = cycle(own), len(everywhere)
    looks = max(round(_SHARE * count), len(own)) if own else 0
    result: list[Region] = []
    for number, square in enumerate(everywhere):
        result.append(square)
        result += islice(stations, (number + 1) * looks // count - number * looks // count)
    return result


def _square(x: float, y: float, size: float, width: int, height: int) -> Region:
    """An upright square, neither too small nor larger than the picture, within it where it fits."""
    size = min(max(size, _FEWEST_PIXELS), max(width, height))
    return Region(_within(x, size, width), _within(y, size, height), size)


def _large(views: Sequence[Region]) -> int:
    """How many of the views are of the two largest sizes: those that the first picture is looked at with."""
    steps = [index + 1 for index, (one, other) in enumerate(pairwise(views)) if one.size > other.size]
    return steps[1] if len(steps) > 1 else len(views)


def _within(middle: float, size: float, length: float) -> float:
    """The middle of a span that lies within 0..length, or around its middle where it is longer."""
    return length / 2 if size >= length else min(max(middle, size / 2), length - size / 2)
