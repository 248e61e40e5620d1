"""Further ways to do exercises, and everybody's own."""

from __future__ import annotations

import numpy as np
import pytest

from services.core.errors import SettingsError
from services.core.skeleton import INDEX
from services.simulator import EXERCISES, open_scene
from services.simulator.exercises import (
    DAILY,
    ERRANDS,
    MOVEMENTS,
    STYLES,
    arms,
    conditioning,
    legs,
    machines,
    mats,
    others,
    presses,
    pulls,
)
from services.simulator.exercises.own import own_way

_BONES = [("shoulder", "elbow"), ("elbow", "wrist"), ("hip", "knee"), ("knee", "ankle")]
_FASTEST = 12.0
"""Metres a second that no joint of anybody in a gym reaches."""


@pytest.mark.parametrize("name", STYLES)
def test_every_way_moves_a_sound_body_above_the_floor(name: str) -> None:
    scene = open_scene(f"{name}?seed=2&view=60&reps=2&rest=1&own=1")
    lengths, places = [], []
    for seconds in np.arange(0, 9, 0.45):
        person = scene.people[0].at(float(seconds))
        assert person.bones.origin[:, 1].min() > -0.1, "nobody sinks into it, not all benches being drawn"
        world = scene.pose_frame(float(seconds)).people[0].world_keypoints.astype(float)
        assert np.isfinite(world).all()
        places.append(world)
        lengths.append(
            [
                np.linalg.norm(world[INDEX[f"{side}_{near}"]] - world[INDEX[f"{side}_{far}"]])
                for near, far in _BONES
                for side in ("left", "right")
            ]
        )
    assert np.ptp(np.array(lengths), axis=0).max() < 0.002, "bones must not stretch"
    assert np.ptp(np.array(places), axis=0).max() > 0.02, "nobody is a statue"


@pytest.mark.parametrize("name", [name for name, style in STYLES.items() if not style.hold])
def test_every_way_goes_smoothly(name: str) -> None:
    scene = open_scene(f"{name}?seed=5&view=30&reps=2&rest=1&own=1")
    seconds = scene.reps(20)[0]
    times = np.linspace(seconds.start, seconds.end, 40)
    places = np.stack([scene.people[0].at(float(time)).bones.origin for time in times])
    fastest = np.linalg.norm(np.diff(places, axis=0), axis=2).max() / (times[1] - times[0])
    assert 0.05 < fastest < _FASTEST


def test_every_way_is_of_an_exercise_that_has_a_name_or_of_none() -> None:
    named = {exercise.label or name for name, exercise in EXERCISES.items()}
    assert {style.label for style in STYLES.values()} <= named | {others.UNNAMED}
    assert not set(EXERCISES) & set(STYLES)
    parts = [pulls, presses, arms, legs, others, conditioning, machines, mats]
    assert sum(len(part.STYLES) for part in parts) == len(STYLES), "no name is given twice"


def test_everybody_has_their_own_way_and_keeps_it() -> None:
    squat = MOVEMENTS["squat"]
    one, same, other = (own_way(squat, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert one == same
    assert one != other
    assert one.cycle[0][1] == one.cycle[-1][1], "a repetition ends where it began"
    assert one.cycle[1][1] == one.cycle[2][1]
    shares = [share for share, _ in one.cycle]
    assert shares == sorted(shares)
    assert shares[0] == 0 and shares[-1] == 1
    lean = one.cycle[0][1].lean - squat.cycle[0][1].lean
    assert one.cycle[1][1].lean - squat.cycle[1][1].lean == pytest.approx(lean), "a habit is one in all postures"


def test_people_do_as_the_catalogue_says_unless_they_are_asked_for_their_own_way() -> None:
    plain, same, own = (open_scene(f"squat?seed=4{option}") for option in ("", "&own=0", "&own=1"))
    np.testing.assert_array_equal(plain.people[0].at(3.0).bones.origin, same.people[0].at(3.0).bones.origin)
    assert np.abs(plain.people[0].at(3.0).bones.origin - own.people[0].at(3.0).bones.origin).max() > 0.005
    with pytest.raises(SettingsError, match="own"):
        open_scene("squat?own=2")


def test_errands_are_done_by_whoever_does_no_exercise_and_begin_and_end_standing() -> None:
    assert not set(ERRANDS) & set(DAILY)
    assert not set(ERRANDS) & {*EXERCISES, *STYLES}
    assert {errand.label for errand in ERRANDS.values()} == {"none"}
    assert all(errand.cycle[0][1] == errand.cycle[-1][1] for errand in ERRANDS.values())
    scene = open_scene("errands?seed=3")
    times = np.arange(0, 900, 1.5)
    moments = [scene.people[0].programme.at(float(time)) for time in times]
    assert {moment.label for moment in moments} == {"none"}
    done = {moment.name for moment in moments}
    assert len(done & set(ERRANDS)) > 20 and done & set(DAILY), "the one and the other"
    lowest = min(scene.people[0].at(float(time)).bones.origin[:, 1].min() for time in times)
    assert lowest > -0.1, "nobody sinks into the floor"
