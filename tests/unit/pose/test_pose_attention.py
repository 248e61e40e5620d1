"""Where the detector looks: everywhere at first, then where somebody may be, and seldom where nothing happens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from services.core.stations import Station
from services.core.types import NANOSECONDS
from services.pose.attention import SMALLEST, Attention, around, in_turn, squares
from services.pose.crop import Region
from services.pose.motion import Thumbnail

WIDTH, HEIGHT = 960, 540
STILL = np.full((135, 240), 90, np.uint8)


def moving(step: int, x: int, y: int, side: int = 8) -> Thumbnail:
    """A still picture in which a patch around x, y (of the picture) changes with every step."""
    image = STILL.copy()
    image[y // 4 - side // 2 : y // 4 + side // 2, x // 4 - side // 2 : x // 4 + side // 2] = 60 * (step % 3)
    return image


def play(
    attention: Attention,
    seconds: float,
    pictures: Sequence[Thumbnail],
    *,
    start: float = 0.0,
    known: Sequence[NDArray[np.float64]] = (),
    lost: Sequence[NDArray[np.float64]] = (),
    slack: float = 1.0,
) -> list[Region]:
    looks = []
    for step in range(round(seconds * 15)):
        captured_at = round((start + step / 15) * NANOSECONDS)
        looks += attention.looks(captured_at, pictures[step % len(pictures)], known, lost, slack)
    return looks


def begun(seconds: float = 0.0) -> Attention:
    attention = Attention()
    attention.restart(0, WIDTH, HEIGHT)
    play(attention, seconds, [STILL])
    return attention


def holds(view: Region, x: float, y: float, tall: float) -> bool:
    """Whether somebody is in a view, whole, and neither too small nor too large for the detector."""
    inside = abs(x - view.x) < view.size / 2 - tall / 5 and abs(y - view.y) <= (view.size - tall) / 2
    return inside and 0.3 < tall / view.size < 0.95


def test_the_first_round_holds_everybody_from_15_per_cent_of_the_height() -> None:
    looks = play(begun(), 0.8, [STILL])
    assert set(looks) >= set(squares(WIDTH, HEIGHT))
    rng = np.random.default_rng(1)
    found = []
    for _ in range(500):
        tall = rng.uniform(0.15, 0.75) * HEIGHT
        x, y = rng.uniform(tall / 5, WIDTH - tall / 5), rng.uniform(tall / 2, HEIGHT - tall / 2)
        found.append(any(holds(view, x, y, tall) for view in looks))
    assert np.mean(found) > 0.95


def test_the_first_picture_is_looked_at_whole_and_in_large_squares() -> None:
    first = play(begun(), 1 / 15, [STILL])
    assert first[0] == Region.whole(WIDTH, HEIGHT)
    assert {view.size for view in first} == {WIDTH, HEIGHT}


def test_looks_seldom_when_nothing_happens_but_everywhere_in_time() -> None:
    attention = begun(4)
    assert len(play(attention, 4, [STILL], start=4)) <= 8
    assert set(play(attention, 40, [STILL], start=8)) >= set(squares(WIDTH, HEIGHT))


def test_what_moves_is_looked_at_within_half_a_second_and_in_several_widths() -> None:
    attention = begun(4)
    pictures = [moving(step, 700, 200) for step in range(6)]
    looks = [view for view in play(attention, 0.5, pictures, start=4) if abs(view.x - 700) < 30]
    assert looks
    assert looks[0].size < 0.25 * WIDTH
    looks += [view for view in play(attention, 3, pictures, start=4.5) if view.size < WIDTH]
    assert max(view.size for view in looks) > 1.6 * looks[0].size


def test_what_moves_and_is_nobody_is_looked_at_less_and_less() -> None:
    attention = begun(4)
    pictures = [moving(step, 700, 200) for step in range(6)]
    first, later = play(attention, 3, pictures, start=4), play(attention, 3, pictures, start=30)
    assert len(first) >= len(later)
    play(attention, 20, pictures, start=34)
    assert len(play(attention, 4, pictures, start=54)) <= 8


def test_what_moves_and_is_known_is_not_looked_at() -> None:
    attention = begun(4)
    pictures = [moving(step, 700, 200) for step in range(6)]
    box = np.array([650.0, 120.0, 750.0, 320.0])
    assert len(play(attention, 4, pictures, start=4, known=[box])) <= 8


@pytest.mark.parametrize(("others", "times"), [(1, 10), (0, 15)])
def test_looks_around_the_lost_five_times_a_second_and_more_often_where_nobody_else_is(others: int, times: int) -> None:
    box = np.array([300.0, 200.0, 360.0, 360.0])
    known = [np.array([650.0, 120.0, 750.0, 320.0])] * others
    views = play(begun(4), 2, [STILL], start=4, lost=[box], known=known)
    assert sum((view.x, view.y) == (330.0, 280.0) for view in views) == pytest.approx(times, abs=2)


def test_slack_makes_every_look_rarer() -> None:
    pictures = [moving(step, 700, 200) for step in range(6)]
    box = np.array([300.0, 200.0, 360.0, 360.0])
    normal = play(begun(4), 4, pictures, start=4, lost=[box])
    assert len(play(begun(4), 4, pictures, start=4, lost=[box], slack=2.0)) < 0.75 * len(normal)


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1), (640, 360), (360, 640), (333, 517), (3840, 2160)])
def test_any_size_of_picture(size: tuple[int, int]) -> None:
    width, height = size
    attention = Attention()
    attention.restart(0, width, height)
    scale = min(1, 240 / max(size))
    small = np.zeros((max(1, round(height * scale)), max(1, round(width * scale))), np.uint8)
    box = np.array([0.0, 0.0, width / 3, height / 2])
    looks = play(attention, 3, [small, small + np.uint8(255)], known=[box], lost=[box])
    assert Region.whole(width, height) in looks
    assert all(view.size <= max(size) for view in looks)


def test_a_camera_that_shakes_costs_five_looks_in_four_seconds_at_most() -> None:
    attention = begun(3.0)
    # Restless at places that change, so that none of them is left alone for long.
    shaking = [moving(step, 80 * (step * 5 % 11), 50 * (step * 3 % 10)) for step in range(110)]
    play(attention, 6.0, shaking, start=3.0)
    assert 9 <= len(play(attention, 10.0, shaking, start=9.0)) <= 14


def test_after_a_quiet_time_there_is_credit_for_several_looks_at_once() -> None:
    attention = begun(20.0)
    walker = [moving(step, 100 + 20 * step, 300) for step in range(15)]
    assert len(play(attention, 1.0, walker, start=20.0)) >= 5


RACK = Station("front", "rack", ((0.70, 0.30), (0.76, 0.30), (0.76, 0.42), (0.70, 0.42)))


def with_stations(*stations: Station, seconds: float = 0.0) -> Attention:
    attention = Attention(stations)
    attention.restart(0, WIDTH, HEIGHT)
    play(attention, seconds, [STILL])
    return attention


def at_rack(looks: Sequence[Region]) -> list[Region]:
    """The looks that are closer than any other square of the rotation."""
    return [
        view for view in looks if view.size < 0.9 * SMALLEST * WIDTH and holds(view, 0.73 * WIDTH, 0.36 * HEIGHT, 60)
    ]


def test_a_station_is_looked_at_from_close_by_in_the_first_second_and_often_after_that() -> None:
    attention = with_stations(RACK)
    assert at_rack(play(attention, 0.8, [STILL]))
    looks = play(attention, 48, [STILL], start=0.8)
    tiles = sum(view == squares(WIDTH, HEIGHT)[-1] for view in looks)
    assert len(at_rack(looks)) >= 3 * tiles >= 3
    assert set(looks) >= set(squares(WIDTH, HEIGHT))


def test_a_station_costs_no_more_looks() -> None:
    assert len(play(with_stations(RACK, seconds=4), 20, [STILL], start=4)) == len(play(begun(4), 20, [STILL], start=4))


def test_many_stations_come_round_in_every_round() -> None:
    everywhere = squares(WIDTH, HEIGHT)
    for count in (1, 3, 8, 20, 100):
        own = [Region(float(number), 1.0, 100.0) for number in range(count)]
        turns = Counter(in_turn(everywhere, own))
        assert all(turns[tile] == 1 for tile in everywhere)
        assert min(turns[view] for view in own) >= 1
        assert len(in_turn(everywhere, own)) <= len(everywhere) + max(len(everywhere) / 2, count) + 1


def test_what_moves_on_a_station_is_looked_at_from_close_by_first() -> None:
    attention = with_stations(RACK, seconds=4)
    pictures = [moving(step, round(0.73 * WIDTH), round(0.36 * HEIGHT)) for step in range(6)]
    looks = play(attention, 0.5, pictures, start=4)
    assert at_rack(looks)


@pytest.mark.parametrize("size", [(1, 1), (64, 48), (360, 640), (3840, 2160)])
def test_a_station_in_any_size_of_picture_is_looked_at_within_it(size: tuple[int, int]) -> None:
    edge = Station("front", "edge", ((0.9, 0.8), (1.0, 0.8), (1.0, 1.0), (0.9, 1.0)))
    view = around(edge, 1.25, *size)
    assert view.size <= max(size)
    if view.size < min(size):
        assert (view.x + view.size / 2, view.y + view.size / 2) <= size
