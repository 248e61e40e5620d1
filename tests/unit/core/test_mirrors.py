"""A mirror image is told from a second person by moving at the very same time, left and right exchanged."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from services.core.mirrors import Mirrors, _correlations, _Watched
from services.core.sightings import Sighting
from services.core.skeleton import INDEX, MIRROR
from services.core.tracking import Tracker
from services.core.types import NANOSECONDS

FPS = 15
Poses = NDArray[np.float64]


def lunging(seconds: float, *, period: float = 2.4, arms: float = 0.5) -> Poses:
    """(33, 2) of somebody 0.6 high who steps forward with one leg and lifts the other arm, x 0.5 and feet at 0.9."""
    points = np.zeros((len(INDEX), 2))
    down = 0.5 - 0.5 * np.cos(2 * np.pi * seconds / period)
    hip = 0.55 + 0.1 * down
    for side, sign in (("left", 1.0), ("right", -1.0)):
        own = down if side == "left" else down**3
        lifted = arms * down if side == "right" else 0.1 * np.sin(seconds * 2)
        for name, x, y in (
            ("shoulder", 0.06, hip - 0.17), ("elbow", 0.08, hip - 0.07 - 0.1 * lifted),
            ("wrist", 0.09, hip + 0.02 - 0.25 * lifted), ("hip", 0.04, hip), ("knee", 0.05, 0.72 - 0.05 * own),
            ("ankle", 0.05, 0.88 - 0.04 * (own if side == "left" else 0.0)), ("heel", 0.05, 0.9),
            ("foot_index", 0.06, 0.9), ("ear", 0.02, hip - 0.25), ("eye", 0.015, hip - 0.26),
            ("eye_inner", 0.01, hip - 0.26), ("eye_outer", 0.02, hip - 0.26), ("pinky", 0.09, hip + 0.03),
            ("index", 0.09, hip + 0.03), ("thumb", 0.09, hip + 0.03),
        ):  # fmt: skip
            if f"{side}_{name}" in INDEX:
                points[INDEX[f"{side}_{name}"]] = 0.5 + sign * x, y
    points[INDEX["nose"]] = 0.5, hip - 0.25
    return points


def image(points: Poses, size: float = 0.7) -> Poses:
    """What a mirror shows of it: left and right exchanged, smaller."""
    return ((points - (0.5, 0.9)) * (-1, 1))[MIRROR] * size


def sighting(points: Poses, x: float, size: float, noise: np.random.Generator, shown: float = 1.0) -> Sighting:
    """Somebody whose feet are at x and 0.9, with a model's noise."""
    at = points + noise.normal((x, 0.9), 0.006 * size, points.shape)
    return Sighting(at, np.full(len(INDEX), shown), 0.97, metre=0.3 * size)


def watch(pairs: Sequence[tuple[Poses, Poses]], seed: int = 1) -> Tracker:
    """A tracker that has seen a large figure at the left, 0-1, and a smaller one at the right, 0-2."""
    tracker, noise = Tracker(), np.random.default_rng(seed)
    for step, (one, other) in enumerate(pairs):
        frame = [sighting(one, 0.3, 1.0, noise), sighting(other, 0.75, 0.7, noise)]
        assert tracker.update(step * NANOSECONDS // FPS, frame) == ["0-1", "0-2"]
    return tracker


def moments(seconds: float) -> list[float]:
    return [step / FPS for step in range(round(seconds * FPS))]


def person(points: Poses) -> Poses:
    return points - (0.5, 0.9)


def test_the_smaller_of_two_who_move_as_one_in_a_mirror_is_nobody() -> None:
    tracker = watch([(person(lunging(at)), image(lunging(at))) for at in moments(6)])
    assert tracker.believes("0-2")
    assert tracker.mirrored("0-2")
    assert not tracker.real("0-2")
    assert tracker.real("0-1")


@pytest.mark.parametrize("late", [-0.3, -0.2, -0.1, 0.1, 0.2, 0.3])
def test_whoever_does_the_same_a_little_earlier_or_later_is_somebody(late: float) -> None:
    tracker = watch([(person(lunging(at)), image(lunging(at - late))) for at in moments(8)])
    assert tracker.real("0-1")
    assert tracker.real("0-2")


def test_whoever_steps_with_the_same_leg_at_the_same_time_is_no_image() -> None:
    tracker = watch([(person(lunging(at)), 0.7 * person(lunging(at))) for at in moments(8)])
    assert tracker.real("0-2")


def test_whoever_goes_at_another_pace_is_somebody() -> None:
    tracker = watch([(person(lunging(at)), image(lunging(at, period=2.1, arms=0.2))) for at in moments(8)])
    assert tracker.real("0-2")


def test_two_who_stand_still_say_nothing() -> None:
    tracker = watch([(person(lunging(0.0)), image(lunging(0.0))) for _ in moments(8)])
    assert tracker.real("0-2")


def test_an_image_is_one_while_it_rests_and_until_it_moves_otherwise() -> None:
    moving = [(person(lunging(at)), image(lunging(at))) for at in moments(6)]
    resting = [(person(lunging(0.0)), image(lunging(0.0)))] * (5 * FPS)
    otherwise = [(person(lunging(at)), image(lunging(at + 1.2))) for at in moments(8)]
    assert not watch([*moving, *resting]).real("0-2")
    assert watch([*moving, *otherwise]).real("0-2")


def test_an_image_that_is_looked_at_less_often_is_found_too() -> None:
    mirrors, noise = Mirrors(), np.random.default_rng(4)
    for step in range(7 * FPS):
        at = step / FPS
        seen = {"a": sighting(person(lunging(at)), 0.3, 1.0, noise)}
        if step % 3 == 1:
            seen["b"] = sighting(image(lunging(at)), 0.7, 0.7, noise)
        mirrors.update(step * NANOSECONDS // FPS, seen, ("a", "b"))
    assert mirrors.images == {"b"}


def test_who_is_forgotten_is_no_image_any_more() -> None:
    tracker = watch([(person(lunging(at)), image(lunging(at))) for at in moments(6)])
    tracker.update(60 * NANOSECONDS, [])
    assert not tracker.mirrored("0-2")


def test_heights_of_all_joints_at_once_are_those_that_numpy_interpolates() -> None:
    watched, rng = _Watched(), np.random.default_rng(0)
    for number in range(30):
        at = round((number / FPS + rng.uniform(0, 0.02)) * NANOSECONDS)
        watched.add(at, Sighting(lunging(number / FPS) + rng.normal(0, 0.01, (33, 2)), np.ones(33)))
    movement, joints = watched.movement(), np.array([0, 3, 11])
    times = np.arange(movement.begin, movement.end, NANOSECONDS / 15)
    expected = [np.interp(times, movement.at, movement.joints[:, joint]) for joint in joints]
    np.testing.assert_array_equal(movement.heights(joints, times), np.stack(expected, 1) / movement.size)


def test_correlations_with_several_are_those_with_each() -> None:
    rng = np.random.default_rng(0)
    one, others = rng.normal(size=(40, 7)), rng.normal(size=(5, 40, 7))
    one -= one.mean(0)
    for other, got in zip(others, _correlations(one, float((one**2).sum()), others), strict=True):
        assert got == pytest.approx(np.corrcoef(one.ravel(), (other - other.mean(0)).ravel())[0, 1], abs=1e-12)
