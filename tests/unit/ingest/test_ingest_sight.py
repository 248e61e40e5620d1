from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from services.core.errors import Cause
from services.core.types import NANOSECONDS
from services.ingest.sight import LONGEST_PATIENCE, Sight, View
from services.simulator import open_scene

Image = NDArray[np.uint8]
ROOM = np.random.default_rng(2).integers(40, 220, (9, 16, 3), np.uint8).repeat(20, axis=0).repeat(20, axis=1)


def changed(levels: int) -> Image:
    """The room with one small place in it that is brighter or darker by this much."""
    image = ROOM.copy()
    place = image[60:72, 60:72]
    place[:] = np.where(place > 127, place - levels, place + levels)
    return image


class Watching:
    """A camera of five pictures a second before somebody who writes down when what was said."""

    def __init__(self, frozen_seconds: float = 10) -> None:
        self.sight = Sight(frozen_seconds)
        self.second = 0.0

    def see(self, image: Image | Callable[[float], Image], seconds: float) -> list[tuple[float, Cause | None]]:
        """(second from now, cause) of each change, beginning with what is said first."""
        began, said = self.second, []
        while self.second < began + seconds - 1e-6:
            shown = image(self.second) if callable(image) else image
            cause = self.sight.look(shown, round(self.second * NANOSECONDS)).cause
            if not said or said[-1][1] is not cause:
                said.append((round(self.second - began, 1), cause))
            self.second += 0.2
        return said


def test_one_picture_again_and_again_is_frozen_after_the_time_that_was_set() -> None:
    watching = Watching(frozen_seconds=4)
    assert watching.see(ROOM, 6) == [(0.0, None), (4.0, Cause.FROZEN)]
    assert watching.see(changed(60), 1) == [(0.0, None)]


def test_a_small_thing_that_moves_is_seen_in_a_still_room() -> None:
    def pendulum(second: float) -> Image:
        return changed(20 if round(second) % 2 else 0)

    assert Watching().see(pendulum, 60) == [(0.0, None)]


def test_noise_that_is_new_in_each_picture_is_life() -> None:
    def noisy(second: float) -> Image:
        noise = np.random.default_rng(round(second * 5)).normal(0, 0.7, ROOM.shape)
        return np.clip(ROOM + np.round(noise), 0, 255).astype(np.uint8)

    assert Watching().see(noisy, 20) == [(0.0, None)]


def test_a_quiet_room_that_was_taken_for_frozen_is_so_less_and_less() -> None:
    """Its encoder skips everything between key pictures that are 15 s apart, and differ a little."""
    pictures = [ROOM, ROOM + np.uint8(4)]

    def quiet(second: float) -> Image:
        return pictures[round(second * 5) // 75 % 2]

    said = Watching(frozen_seconds=10).see(quiet, 150)
    assert [cause for _, cause in said].count(Cause.FROZEN) == 1
    assert said[-1][0] < 30


def test_a_camera_that_was_frozen_for_long_is_no_quiet_room() -> None:
    watching = Watching(frozen_seconds=4)
    for _ in range(3):
        assert (4.0, Cause.FROZEN) in watching.see(ROOM, 90)
        watching.see(changed(60), 1)


def test_the_wait_has_an_end() -> None:
    watching = Watching(frozen_seconds=400)
    for _ in range(2):
        assert watching.see(ROOM, LONGEST_PATIENCE + 5)[-1][1] is Cause.FROZEN
        watching.see(changed(60), 0.4)


def test_after_a_gap_in_the_stream_two_equal_pictures_are_not_enough() -> None:
    sight = Sight(4)
    sight.look(ROOM, 0)
    assert sight.look(ROOM, 30 * NANOSECONDS) == View()


def test_a_dark_room_with_a_lamp_in_it_is_not_dark() -> None:
    image = np.full_like(ROOM, 8)
    image[:40, :40] = 200
    assert [cause for _, cause in Watching().see(image, 5)] == [None]


def test_the_cameras_clock_does_not_light_up_a_black_picture() -> None:
    image = np.full_like(ROOM, 8)
    image[4:12, 4:70] = 255
    assert Watching().see(image, 5) == [(0.0, None), (2.0, Cause.DARK)]


@pytest.mark.parametrize(
    ("level", "words"), [((250, 250, 250), "white"), ((128, 128, 128), "covered"), ((200, 40, 20), "covered")]
)
def test_one_even_colour_is_blank_and_says_what_it_may_be(level: tuple[int, int, int], words: str) -> None:
    watching = Watching()
    image = np.full_like(ROOM, level)
    assert watching.see(image, 5) == [(0.0, None), (2.0, Cause.BLANK)]
    assert words in watching.sight.look(image, round(watching.second * NANOSECONDS)).detail


def test_light_that_flickers_about_the_threshold_does_not_make_it_flap() -> None:
    def flicker(second: float) -> Image:
        return (ROOM * (0.12 if round(second * 5) % 2 else 0.15)).astype(np.uint8)

    assert Watching().see(flicker, 30) in ([(0.0, None)], [(0.0, None), (2.0, Cause.DARK)])


def test_pictures_of_any_size_and_times_that_step_back_are_survived() -> None:
    sight = Sight(1)
    sizes = [(1, 1), (1, 300), (2, 2), (2000, 3), (180, 320), (179, 321), (1, 1)]
    for number, (height, width) in enumerate(sizes):
        for at in (number * NANOSECONDS, number * NANOSECONDS - 10 * NANOSECONDS):
            assert sight.look(np.full((height, width, 3), 90, np.uint8), at).cause in {None, Cause.BLANK}


def test_people_at_rest_in_the_simulated_gym_are_not_frozen() -> None:
    scene = open_scene("idle", width=320, height=180)
    assert [cause for _, cause in Watching(frozen_seconds=2).see(scene.render, 30)] == [None]
