"""Stations: what the text may say, and what is inside."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.core.errors import SettingsError
from services.core.stations import Station, parse_stations, station_at

BENCH = "front/bench-1=0.10,0.20;0.40,0.20;0.40,0.90;0.10,0.90"
L_SHAPE = Station("front", "corner", ((0.1, 0.1), (0.9, 0.1), (0.9, 0.3), (0.3, 0.3), (0.3, 0.9), (0.1, 0.9)))


def test_reads_stations_of_several_cameras() -> None:
    bench, rack = parse_stations(f"  {BENCH}\n rack_2/bench-1=0,0;1,0;0.5,1; ")
    assert bench == Station("front", "bench-1", ((0.1, 0.2), (0.4, 0.2), (0.4, 0.9), (0.1, 0.9)))
    assert (rack.camera_id, rack.corners[2]) == ("rack_2", (0.5, 1.0))
    assert parse_stations("") == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("bench=0,0;1,0;1,1", "names no camera and station"),
        ("front/bench", "names no camera and station"),
        ("front/be?nch=0,0;1,0;1,1", r"'be\?nch' has characters other than"),
        ("/bench=0,0;1,0;1,1", "or none"),
        ("front/bench=0,0;1,0", "has 2 corners, and needs 3"),
        ("front/bench=", "has 0 corners"),
        ("front/bench=0,0;1,0;1", "corner '1', which is not x,y"),
        ("front/bench=0,0;1,0;a,b", "corner 'a,b', which is not x,y"),
        ("front/bench=0,0;640,0;640,360", "corner at 640,0, outside the picture"),
        ("front/bench=0,0;1,0;nan,1", "outside the picture"),
        ("front/bench=0,0;1,1;1,0;0,1", "cross; give its corners in the order"),
        ("front/bench=0.1,0.1;0.2,0.2;0.3,0.3", "covers"),
        (f"{BENCH} {BENCH}", "front/bench-1 is given twice"),
    ],
)
def test_refuses_what_cannot_work(text: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        parse_stations(text)


def test_inside_is_inside_of_a_polygon_with_a_notch() -> None:
    assert L_SHAPE.holds(0.2, 0.8)
    assert L_SHAPE.holds(0.8, 0.2)
    assert not L_SHAPE.holds(0.5, 0.5)
    assert not L_SHAPE.holds(0.05, 0.2)
    assert station_at([L_SHAPE], 0.2, 0.8) is L_SHAPE
    assert station_at([L_SHAPE], 0.5, 0.5) is None


def test_a_point_between_two_stations_is_in_one_of_them() -> None:
    left, right = parse_stations("a/left=0,0;0.5,0;0.5,1;0,1 a/right=0.5,0;1,0;1,1;0.5,1")
    for y in (0.0, 0.25, 0.5):
        assert left.holds(0.5, y) != right.holds(0.5, y)


@given(st.integers(0, 2**32 - 1))
def test_the_area_is_the_share_of_points_inside(seed: int) -> None:
    rng = np.random.default_rng(seed)
    turns = np.sort(rng.uniform(0, 2 * np.pi, 6))
    reach = rng.uniform(0.2, 0.5, 6)
    corners = tuple((0.5 + r * float(np.cos(a)), 0.5 + r * float(np.sin(a))) for r, a in zip(reach, turns, strict=True))
    if np.diff(turns, append=turns[0] + 2 * np.pi).max() > 3:
        return
    station = Station("a", "b", corners)
    grid = (np.arange(40) + 0.5) / 40
    share = np.mean([station.holds(x, y) for x in grid for y in grid])
    assert share == pytest.approx(station.area, abs=0.03)
    assert station.area == pytest.approx(Station("a", "b", corners[::-1]).area)


def test_the_square_stands_around_it_in_pixels() -> None:
    (bench,) = parse_stations(BENCH)
    assert bench.square(1000, 500) == pytest.approx((250.0, 275.0, 350.0))
