"""Counters of an exercise: each way alone, and the one that tells what most of them see."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.core.agreement import same
from services.core.counting import COUNTERS, ExerciseCounter, in_turn
from services.core.exercises import CATALOGUE
from services.core.phases import WIDTH, described, phase_network
from services.core.repetition import Counter, Repetition
from services.core.salient import known_poses
from services.core.signals import BODY, Measures, Signal, measure
from services.core.types import NANOSECONDS
from services.simulator import open_scene

REPS = 4


def seen(exercise: str, view: int, seconds: float = 16.0, fps: float = 10.0) -> list[tuple[int, Measures]]:
    scene = open_scene(f"{exercise}?view={view}&reps={REPS}&rest=30&seed=3")
    return [
        (frame.captured_at, measure(frame.people[0], frame.width, frame.height))
        for frame in scene.pose_frames(seconds, fps=fps, noise=0.02)
    ]


def counted(name: str, exercise: str, poses: list[tuple[int, Measures]]) -> Counter:
    counter = COUNTERS[name](CATALOGUE[exercise])
    for at, measures in poses:
        counter.update(at, measures)
    return counter


@pytest.mark.parametrize("name", sorted(COUNTERS))
def test_each_way_counts_alone(name: str) -> None:
    assert len(counted(name, "squat", seen("squat", 60)).reps) == REPS


def test_a_whole_pose_counts_where_the_angle_is_hidden() -> None:
    poses = seen("hip_thrust", 10)
    assert len(counted("angle", "hip_thrust", poses).reps) != REPS
    assert len(counted("combined", "hip_thrust", poses).reps) == REPS


def test_tops_and_bottoms_are_of_the_exercises_signal() -> None:
    entry = CATALOGUE["squat"]
    for rep in counted("combined", "squat", seen("squat", 60)).reps:
        assert rep.top == pytest.approx(entry.rest, abs=0.2)
        assert rep.bottom == pytest.approx(entry.work, abs=0.25)
        assert 0.1 < rep.peak_speed < 2.0
        assert rep.start < rep.reached <= rep.bottom_at <= rep.left < rep.end


@given(
    st.sampled_from(["angle", "blend"]),
    st.sampled_from(["squat", "push_up", "kettlebell_swing"]),
    st.lists(st.tuples(st.integers(1, 8), st.integers(0, 10)), min_size=3, max_size=30),
)
@example("angle", "kettlebell_swing", [(1, 5), (1, 8), (2, 0)])
def test_phases_are_in_order_whatever_is_not_seen(name: str, exercise: str, samples: list[tuple[int, int]]) -> None:
    """Up to seven pictures are lost at a time; on the wire no phase may last less than nothing."""
    entry = CATALOGUE[exercise]
    counter, at = COUNTERS[name](entry), 0
    for step, share in samples:
        at += step * NANOSECONDS // 15
        values = np.zeros(len(Signal))
        values[entry.signal] = entry.rest + (entry.work - entry.rest) * share / 10
        counter.update(at, Measures(values, np.ones(len(Signal))))
    for rep in (*counter.reps, *counter.halves, *counter.finish(from_start=True)):
        assert rep.start <= rep.reached <= rep.bottom_at <= rep.left <= rep.end


def test_without_a_body_the_angle_is_believed() -> None:
    """Measures of a catalogue's entry that the network does not know, or made by hand, have a signal only."""
    entry = CATALOGUE["squat"]
    counter = ExerciseCounter(entry)
    for frame in range(120):
        values = np.full(len(Signal), 80.0)
        values[entry.signal] = entry.rest + (entry.work - entry.rest) * (1 - np.cos(np.pi * frame / 15)) / 2
        counter.update(round(frame / 15 * NANOSECONDS), Measures(values, np.ones(len(Signal))))
    assert len(counter.reps) == 4


def test_reps_are_another_list_only_when_they_change() -> None:
    counter = ExerciseCounter(CATALOGUE["squat"])
    lists = []
    for at, measures in seen("squat", 60):
        counter.update(at, measures)
        if not lists or counter.reps is not lists[-1]:
            lists.append(counter.reps)
    assert len(lists) > REPS
    assert all(before != after for before, after in pairwise(lists))


def test_the_network_knows_every_exercise_that_is_counted() -> None:
    assert set(phase_network().exercises) <= {name for name, entry in CATALOGUE.items() if not entry.hold}
    assert len(phase_network().exercises) >= 22


def test_progress_is_the_same_for_one_pose_and_for_many() -> None:
    bodies = np.random.default_rng(0).normal(0, 0.4, (5, len(BODY), 3))
    assert described(bodies).shape == (5, WIDTH)
    together = phase_network().progress(bodies, "squat")
    assert together == pytest.approx([float(phase_network().progress(body, "squat")) for body in bodies])
    assert ((together >= 0) & (together <= 1)).all()


def test_salient_poses_are_nearest_to_their_own_end() -> None:
    known = known_poses()
    assert set(known.exercises) == set(phase_network().exercises)
    for exercise in known.exercises:
        clear = seen(exercise, 70, seconds=12.0)
        progress = known.progress(np.stack([measures.body for _, measures in clear]), exercise)
        assert ((progress >= 0) & (progress <= 1)).all()
        assert progress.min() < 0.2, exercise
        assert progress.max() > 0.8, exercise


def test_neighbours_of_one_pose_and_of_many_are_the_same() -> None:
    bodies = np.random.default_rng(0).normal(0, 0.4, (5, len(BODY), 3))
    together = known_poses().progress(bodies, "squat")
    assert together == pytest.approx([float(known_poses().progress(body, "squat")) for body in bodies])


def test_an_exercise_without_salient_poses_is_counted_by_its_angle() -> None:
    squat = CATALOGUE["squat"]
    own = replace(squat, exercise="own_squat")
    poses = seen("squat", 60)
    told = []
    for entry, name in ((own, "salient"), (squat, "angle"), (squat, "salient")):
        counter = COUNTERS[name](entry)
        for at, measures in poses:
            counter.update(at, measures)
        told.append(counter.reps)
    assert told[0] == told[1] != told[2]


@pytest.mark.parametrize(
    ("looks", "whole"),
    [
        ("RHRHRH", "RRRRRR"),  # the far leg's lunges, seen from aside
        ("HRHRR", "RRRRR"),
        ("RRHRRH", "RRHRRH"),  # every third a half
        ("RHR", "RHR"),  # a single half
        ("RRHHH", "RRHHH"),  # somebody who tires
        ("RHRHRRRRH", "RRRRRRRRH"),
        ("", ""),
    ],
)
def test_whole_and_half_in_turn_are_sides_in_turn(looks: str, whole: str) -> None:
    def at(number: int) -> Repetition:
        return Repetition(number * 10, number * 10 + 2, number * 10 + 6, number * 10 + 8, number * 10 + 4, 1, 0, 1, 1)

    reps, halves = in_turn(*([at(number) for number, kind in enumerate(looks) if kind == one] for one in "RH"))
    assert [rep.bottom_at // 10 for rep in reps] == [number for number, kind in enumerate(whole) if kind == "R"]
    assert [rep.bottom_at // 10 for rep in halves] == [number for number, kind in enumerate(whole) if kind == "H"]


def test_only_exercises_of_two_sides_are_done_in_turn() -> None:
    assert {entry.exercise for entry in CATALOGUE.values() if entry.in_turn} == {"lunge", "biceps_curl"}


def test_lunges_of_the_far_leg_are_whole() -> None:
    """One leg is seen to bend half as far as the other; all its lunges count, and the first ones are corrected."""
    entry = CATALOGUE["lunge"]
    values = np.full(len(Signal), 80.0)
    for exercise, expected in (("lunge", (8, 0)), ("squat", (4, 4))):
        counter = ExerciseCounter(replace(entry, exercise="own", in_turn=CATALOGUE[exercise].in_turn))
        for frame in range(8 * 30 + 30):
            depth = (1.0, 0.52)[(frame // 30) % 2] if frame < 240 else 0.0
            values = values.copy()
            values[entry.signal] = entry.rest + (entry.work - entry.rest) * depth * (1 - np.cos(np.pi * frame / 15)) / 2
            counter.update(round(frame / 15 * NANOSECONDS), Measures(values, np.ones(len(Signal))))
        assert (len(counter.reps), len(counter.halves)) == expected


@pytest.mark.parametrize("frames", range(75, 125, 5))
def test_no_repetition_is_whole_and_half_wherever_a_recording_ends(frames: int) -> None:
    entry = CATALOGUE["biceps_curl"]
    counter = ExerciseCounter(replace(entry, exercise="own"))
    for frame in range(frames):
        depth = (0.52, 1.0)[(frame // 30) % 2]
        values = np.full(len(Signal), 80.0)
        values[entry.signal] = entry.rest + (entry.work - entry.rest) * depth * (1 - np.cos(np.pi * frame / 15)) / 2
        counter.update(round(frame / 15 * NANOSECONDS), Measures(values, np.ones(len(Signal))))
    whole = {rep.start for rep in counter.finish()}
    assert not whole & {half.start for half in counter.halves}


def test_times_are_the_first_ways_though_the_others_tell_before_it() -> None:
    poses = seen("push_up", 20)
    together, first = counted("combined", "push_up", poses), counted("blend", "push_up", poses)
    pairs = [(rep, own) for rep in together.reps for own in first.reps if same(rep, own)]
    assert len(pairs) == REPS
    # It is asked while the way back is under way, a tenth of a second before it tells the repetition itself.
    assert max(max(abs(rep.start - own.start), abs(rep.end - own.end)) for rep, own in pairs) < 0.15 * NANOSECONDS
