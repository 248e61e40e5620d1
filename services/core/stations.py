"""Stations: named polygons in a camera's view (bench 1, rack 2), and the text that an operator writes them as.

front/bench-1=0.10,0.20;0.40,0.20;0.40,0.90;0.10,0.90 front/rack-2=0.55,0.30;0.80,0.30;0.80,0.95
camera station  x    y   of each corner, in order
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from services.core.errors import SettingsError

EXPECTED: Final = (
    "expected stations as camera/station=x,y;x,y;x,y with a space between, each corner 0-1 of the picture's width and "
    "height, such as: front/bench-1=0.10,0.20;0.40,0.20;0.40,0.90;0.10,0.90"
)
_IDENTIFIER: Final = re.compile(r"[A-Za-z0-9_-]+")
_LEAST_AREA: Final = 1e-4
"""Of the picture; a smaller polygon is a slip: nobody who can be seen fits in there."""

Corner = tuple[float, float]
"""x, y, 0-1 of the picture's width and height."""


@dataclass(frozen=True, slots=True)
class Station:
    """A place in a camera's view where somebody exercises.

    Attributes:
        camera_id: whose view.
        station_id: its name, one of a kind in that view; matches ``[A-Za-z0-9_-]+``.
        corners: of the polygon in order, three or more, either way round; its sides do not cross.
    """

    camera_id: str
    station_id: str
    corners: tuple[Corner, ...]

    def __post_init__(self) -> None:
        """Refuse what can never work.

        Raises:
            SettingsError: a bad id, too few corners, one outside the picture, or no polygon.
        """
        for text in (self.camera_id, self.station_id):
            if not _IDENTIFIER.fullmatch(text):
                raise SettingsError(f"the id {text!r} has characters other than A-Z a-z 0-9 _ -, or none; {EXPECTED}")
        if len(self.corners) < 3:
            raise SettingsError(f"{self} has {len(self.corners)} corners, and needs 3 at least; {EXPECTED}")
        for x, y in self.corners:
            if not (0 <= x <= 1 and 0 <= y <= 1):
                raise SettingsError(f"{self} has a corner at {x:g},{y:g}, outside the picture; {EXPECTED}")
        if self._crosses():
            raise SettingsError(f"the sides of {self} cross; give its corners in the order in which one walks round it")
        if self.area < _LEAST_AREA:
            raise SettingsError(
                f"{self} covers {self.area:.1e} of the picture, and needs {_LEAST_AREA:g} at least; draw it around a "
                "whole person"
            )

    def __str__(self) -> str:
        return f"the station {self.camera_id}/{self.station_id}"

    @property
    def area(self) -> float:
        """Its part of the picture, 0-1 (the shoelace formula)."""
        return abs(sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in _sides(self.corners))) / 2

    @property
    def box(self) -> tuple[float, float, float, float]:
        """x0, y0, x1, y1 of the smallest upright box around it, 0-1."""
        across, down = zip(*self.corners, strict=True)
        return min(across), min(down), max(across), max(down)

    def square(self, width: int, height: int) -> tuple[float, float, float]:
        """Middle (x, y) and side of the smallest upright square around it, pixels.

        Args:
            width, height: of the picture, pixels.
        """
        x0, y0, x1, y1 = self.box
        return width * (x0 + x1) / 2, height * (y0 + y1) / 2, max(width * (x1 - x0), height * (y1 - y0))

    def holds(self, x: float, y: float) -> bool:
        """Whether a point (0-1) is inside: a line from there to the right crosses an odd number of sides.

        Of two stations with a common side, a point on it is in one and not in both.
        """
        inside = False
        for (x0, y0), (x1, y1) in _sides(self.corners):
            if (y0 > y) != (y1 > y) and x < x0 + (x1 - x0) * (y - y0) / (y1 - y0):
                inside = not inside
        return inside

    def _crosses(self) -> bool:
        sides = _sides(self.corners)
        return any(
            _apart(one, other) and _apart(other, one) for index, one in enumerate(sides) for other in sides[index + 1 :]
        )


def parse_stations(text: str) -> tuple[Station, ...]:
    """Read ``front/bench-1=0.10,0.20;0.40,0.20;0.40,0.90 rack/rack-2=...``.

    Raises:
        SettingsError: the text, an id or a polygon cannot work, or a camera has two stations of one name.
    """
    return distinct([_station(entry) for entry in text.split()])


def distinct(stations: Sequence[Station]) -> tuple[Station, ...]:
    """The stations as they are.

    Raises:
        SettingsError: two of one camera have the same name.
    """
    seen: set[tuple[str, str]] = set()
    for station in stations:
        key = station.camera_id, station.station_id
        if key in seen:
            raise SettingsError(f"{station} is given twice; give each station of a camera a name of its own")
        seen.add(key)
    return tuple(stations)


def station_at(stations: Sequence[Station], x: float, y: float) -> Station | None:
    """The first of one camera's stations that a point (0-1) is in, or None."""
    return next((station for station in stations if station.holds(x, y)), None)


def _station(entry: str) -> Station:
    name, equals, corners = entry.partition("=")
    camera_id, slash, station_id = name.partition("/")
    if not equals or not slash:
        raise SettingsError(f"{entry!r} names no camera and station; {EXPECTED}")
    return Station(camera_id, station_id, tuple(_corner(text, name) for text in corners.split(";") if text))


def _corner(text: str, name: str) -> Corner:
    try:
        x, y = map(float, text.split(","))
    except ValueError:
        raise SettingsError(f"the station {name} has the corner {text!r}, which is not x,y; {EXPECTED}") from None
    return x, y


def _sides(corners: Sequence[Corner]) -> list[tuple[Corner, Corner]]:
    return [(corner, corners[(index + 1) % len(corners)]) for index, corner in enumerate(corners)]


def _apart(side: tuple[Corner, Corner], other: tuple[Corner, Corner]) -> bool:
    """Whether the ends of the other side lie on different sides of the line through one, neither on it."""
    (x0, y0), (x1, y1) = side
    turns = [(x1 - x0) * (y - y0) - (y1 - y0) * (x - x0) for x, y in other]
    return turns[0] * turns[1] < 0
