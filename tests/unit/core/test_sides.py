"""Which side did a repetition, of simulated people with the pose engine's errors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from services.core.exercises import CATALOGUE, Exercise
from services.core.sides import farther, side_of
from services.core.signals import BODY, Measures, Signal
from services.core.types import Side
from tests.benchmarks.simulated_reps.sets import Trial
from tests.benchmarks.simulated_reps.sides import told, with_errors

_WRISTS = [BODY.index("left_wrist"), BODY.index("right_wrist")]
_MIRRORED = [index ^ 1 for index in range(len(BODY))]


def trial_of(exercise: str, view: float, fps: int = 15) -> Trial:
    return Trial(exercise, "plain", view, fps, height=1.4, seed=3, reps=4)


def sides_of(trial: Trial) -> list[Side | None]:
    return [said for _, said in told(trial, with_errors(trial))]


@pytest.mark.parametrize(("view", "fps"), [(0, 30), (60, 8), (120, 8), (180, 8), (240, 15), (300, 8)])
def test_the_leg_in_front_is_told_from_all_sides(view: float, fps: int) -> None:
    assert sides_of(trial_of("lunge", view, fps)) == ["left", "right", "left", "right"]


@pytest.mark.parametrize("view", [0, 330])
def test_arms_that_take_turns_are_told_from_the_front(view: float) -> None:
    assert sides_of(trial_of("alternating_curl", view)) == ["left", "right", "left", "right"]


@pytest.mark.parametrize(
    ("exercise", "view"), [("biceps_curl", 0), ("biceps_curl", 90), ("row", 200), ("overhead_press", 30)]
)
def test_both_arms_are_no_side(exercise: str, view: float) -> None:
    assert sides_of(trial_of(exercise, view, 8)) == [None] * 4


def test_legs_of_who_squats_are_no_side() -> None:
    assert sides_of(trial_of("squat", 30, 8)) == [None] * 4


def curl(share: float, seen: float) -> Iterator[Measures]:
    """Both arms bent once, the right one by a share of the left one's way, its wrist visible as said."""
    for bent in np.sin(np.linspace(0.0, np.pi, 30)):
        body, visible = np.zeros((len(BODY), 3)), np.ones(len(BODY))
        body[_WRISTS, 1] = 0.5 - 0.5 * bent * np.array([1.0, share])
        visible[_WRISTS[1]] = seen
        yield Measures(np.zeros(11), np.ones(11), body, visible)


@pytest.mark.parametrize(
    ("share", "seen", "side"), [(0.5, 0.9, "left"), (0.7, 0.9, None), (0.4, 0.1, None), (0.2, 0.1, "left")]
)
def test_a_hidden_arm_must_be_still(share: float, seen: float, side: Side | None) -> None:
    poses = list(curl(share, seen))
    mirrored = [replace(pose, body=pose.body[_MIRRORED], seen=pose.seen[_MIRRORED]) for pose in poses]
    assert side_of(CATALOGUE["biceps_curl"], poses) == side
    assert side_of(CATALOGUE["biceps_curl"], mirrored) == (side and "right")
    assert side_of(CATALOGUE["push_up"], poses) is None
    assert side_of(CATALOGUE["biceps_curl"], []) is None


@pytest.mark.parametrize(
    ("exercise", "side"), [("biceps_curl", "left"), ("overhead_press", "right"), ("front_raise", "left")]
)
def test_an_arm_alone_goes_twice_as_far_as_the_mean_of_both(exercise: str, side: Side) -> None:
    entry, other = CATALOGUE[exercise], "right" if side == "left" else "left"
    both = list(arms_of(entry, {"left": 1.0, "right": 1.0}))
    one = list(arms_of(entry, {side: 1.0, other: 0.0}))
    most = list(arms_of(entry, {side: 1.0, other: 0.5}))
    assert farther(entry, side, one) == pytest.approx(2.0, abs=0.02)
    assert 1.3 < farther(entry, side, most) < 1.6
    assert farther(entry, side, both) == pytest.approx(1.0, abs=0.01)
    assert farther(entry, None, one) == farther(CATALOGUE["lunge"], side, one) == 1.0


def arms_of(entry: Exercise, shares: dict[str, float]) -> Iterator[Measures]:
    """Each arm bent, or raised, by a share of the whole way and back."""
    for bent in np.sin(np.linspace(0.0, np.pi, 40)):
        body = np.zeros((len(BODY), 3))
        for arm, share in shares.items():
            turned = np.radians(120.0 * bent * share)
            upper = turned if entry.signal is Signal.WRIST_HEIGHT else 0.0
            lower = turned
            shoulder = np.array([0.2 if arm == "left" else -0.2, -0.5, 0.0])
            elbow = shoulder + 0.3 * np.array([np.sin(upper), np.cos(upper), 0.0])
            wrist = elbow + 0.25 * np.array([np.sin(lower), np.cos(lower), 0.0])
            for part, at in (("shoulder", shoulder), ("elbow", elbow), ("wrist", wrist)):
                body[BODY.index(f"{arm}_{part}")] = at
        yield Measures(np.zeros(len(Signal)), np.ones(len(Signal)), body, np.ones(len(BODY)))
