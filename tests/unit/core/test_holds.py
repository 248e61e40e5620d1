"""How long a posture was kept: breaks, doubtful poses, dropped frames, slow cameras, and what could be a rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pytest

from services.core.exercises import CATALOGUE, NONE, Exercise
from services.core.holds import Held, HoldCounter, HoldTimer, hidden
from services.core.signals import BODY, Measures, Signal, measure
from services.core.types import NANOSECONDS
from services.simulator import open_scene

HOLDS = [entry for entry in CATALOGUE.values() if entry.hold]


def timed(spans: Iterable[tuple[float, float]], *, fps: float = 15.0, seconds: float = 20.0) -> list[Held]:
    """What is timed when the posture is held in some spans of seconds."""
    timer = HoldTimer()
    kept = list(spans)
    for number in range(round(seconds * fps)):
        at = number / fps
        timer.update(round(at * NANOSECONDS), held=any(start <= at <= end for start, end in kept))
    return timer.holds


@pytest.mark.parametrize("fps", [8.0, 15.0, 30.0])
def test_a_hold_survives_a_break_and_counts_it(fps: float) -> None:
    (hold,) = timed([(1.0, 6.0), (8.0, 13.0)], fps=fps)
    assert hold.breaks == 1
    assert hold.end - hold.start == pytest.approx(12 * NANOSECONDS, abs=0.2 * NANOSECONDS)
    assert hold.held == pytest.approx(10 * NANOSECONDS, abs=0.3 * NANOSECONDS)


def test_a_long_break_begins_a_new_hold() -> None:
    first, second = timed([(1.0, 6.0), (12.0, 15.0)])
    assert (first.breaks, second.breaks) == (0, 0)
    assert second.start == pytest.approx(12 * NANOSECONDS, abs=0.1 * NANOSECONDS)


def test_single_wrong_poses_are_no_break() -> None:
    random = np.random.default_rng(3)
    timer = HoldTimer()
    for number in range(80):
        timer.update(round(number / 8 * NANOSECONDS), held=bool(number in (0, 79) or random.random() > 0.1))
    (hold,) = timer.holds
    assert hold.breaks == 0
    assert hold.held == hold.end - hold.start


@pytest.mark.parametrize("unseen", [0.5, 1.0, 1.8])
def test_time_unseen_is_held_when_it_is_held_before_and_after(unseen: float) -> None:
    timer = HoldTimer()
    for number in range(150):
        at = number / 15
        if not 4.0 < at < 4.0 + unseen:
            timer.update(round(at * NANOSECONDS), held=True)
    (hold,) = timer.holds
    assert (hold.breaks, hold.held) == (0, hold.end - hold.start)


def test_a_hold_tells_each_whole_second() -> None:
    timer = HoldTimer()
    changes = [timer.update(round(tenth / 10 * NANOSECONDS), held=True) for tenth in range(31)]
    assert [index for index, changed in enumerate(changes) if changed] == [10, 20, 30]


def poses(spec: str, seconds: float, fps: float = 10.0) -> Iterator[tuple[int, Measures, str]]:
    """Time, measures and true label of the one person of a simulated scene."""
    scene = open_scene(spec)
    for frame in scene.pose_frames(seconds, fps=fps, noise=0.02):
        label = scene.truth(frame.captured_at / NANOSECONDS).people[0].label
        yield frame.captured_at, measure(frame.people[0], frame.width, frame.height), label


def counted(entry: Exercise, spec: str, seconds: float, *, behind: bool, fps: float = 10.0) -> tuple[list[Held], float]:
    """The holds of an exercise, and how many seconds it truly lasted."""
    counter = HoldCounter(entry, behind=behind)
    true = 0
    for at, measures, label in poses(spec, seconds, fps):
        counter.update(at, measures)
        true += label == entry.exercise
    return [hold for hold in counter.holds if hold.held >= entry.seconds[0] * NANOSECONDS], true / fps


@pytest.mark.parametrize(("view", "fps"), [(0, 8.0), (60, 15.0), (90, 8.0), (150, 8.0)])
@pytest.mark.parametrize("name", ["plank", "wall_sit", "dead_hang", "side_plank"])
def test_simulated_holds_are_timed(name: str, view: int, fps: float) -> None:
    """Getting into and out of the posture, a second each, may be counted in."""
    entry = CATALOGUE[name]
    # Along the body the head hides the hips.
    view = {"plank": max(view, 35), "side_plank": view // 3}.get(name, view)
    spec = f"{name}?view={view}&reps=1&rest=30&seed={view}"
    (hold,), seconds = counted(entry, spec, 11.5, behind=bool(entry.start), fps=fps)
    assert hold.held / NANOSECONDS == pytest.approx(seconds + 1.2, abs=1.4)
    assert hold.breaks == 0


@pytest.mark.parametrize(
    ("doing", "view"),
    [("rest_seated", 60), ("squat", 30), ("pull_up", 60), ("stretch_arms", 0), ("plank", 60), ("lunge", 60)],
)
def test_what_only_resembles_a_hold_is_none(doing: str, view: int) -> None:
    """Nor does a second's look away, sitting down bent, or arms overhead on the feet make one."""
    counters = {name: HoldCounter(CATALOGUE[name], behind=True) for name in ("wall_sit", "dead_hang", "side_plank")}
    for at, measures, _ in poses(f"{doing}?view={view}&reps=2&rest=5&seed=3", 16.0, 8.0):
        for counter in counters.values():
            counter.update(at, measures)
    least = {name: CATALOGUE[name].seconds[0] * NANOSECONDS for name in counters}
    assert not [name for name, counter in counters.items() for one in counter.holds if one.held >= least[name]]


@pytest.mark.parametrize("name", ["plank", "wall_sit", "dead_hang"])
def test_a_second_of_occlusion_is_no_break(name: str) -> None:
    entry = CATALOGUE[name]
    counter = HoldCounter(entry, behind=bool(entry.start))
    whole = HoldCounter(entry, behind=bool(entry.start))
    for at, measures, _ in poses(f"{name}?view=70&reps=1&rest=30&seed=1", 11.5, 8.0):
        whole.update(at, measures)
        if not 5.0 < at / NANOSECONDS < 6.0:
            counter.update(at, measures)
    assert counter.holds == whole.holds


def test_labels_behind_which_holds_are_hidden() -> None:
    assert {entry.exercise for entry in hidden(CATALOGUE, NONE)} == {"side_plank", "wall_sit", "dead_hang"}
    assert {entry.exercise for entry in hidden(CATALOGUE, "plank")} == {"side_plank"}
    assert hidden(CATALOGUE, "deadlift") == ()


def sitting_down(lean: float, fps: float, *, odd: int = 0, drinks: float | None = None) -> list[Held]:
    """The holds of somebody who goes down a wall in 1.2 s, bends so many degrees forward meanwhile, and stays there.

    Args:
        lean: degrees, most of it halfway down.
        fps: poses a second.
        odd: of so many poses on the way one is bent by 40 degrees.
        drinks: seconds after they are down at which a hand goes to the mouth.
    """
    body = np.zeros((len(BODY), 3))
    parts = {"shoulder": (0.0, -0.5), "hip": (0.0, 0.0), "knee": (0.4, 0.0), "ankle": (0.4, 0.4)}
    for side, z in (("left", -0.15), ("right", 0.15)):
        for part, (x, y) in parts.items():
            body[BODY.index(f"{side}_{part}")] = x, y, z
    counter = HoldCounter(CATALOGUE["wall_sit"], behind=True)
    for number in range(round(10 * fps)):
        at = number / fps
        share = min(max((at - 3.0) / 1.2, 0.0), 1.0)
        values = np.zeros(len(Signal))
        values[Signal.HIP_HEIGHT] = 0.85 - 0.4 * share
        values[Signal.SHOULDER_HEIGHT] = 1.35 - 0.4 * share
        values[Signal.TORSO] = 85.0 - lean * np.sin(np.pi * share)
        values[Signal.WRIST_HEIGHT] = -0.2 if drinks is not None and at > 4.2 + drinks else -0.5
        if odd and 0.0 < share < 1.0 and number % odd == 0:
            values[Signal.TORSO] -= 40.0
        counter.update(round(at * NANOSECONDS), Measures(values, np.ones(len(Signal)), body))
    return [hold for hold in counter.holds if hold.held >= CATALOGUE["wall_sit"].seconds[0] * NANOSECONDS]


@pytest.mark.parametrize("fps", [8.0, 15.0, 30.0])
@pytest.mark.parametrize(
    ("lean", "odd", "expected"),
    [
        pytest.param(5.0, 0, True, id="upright all the way"),
        pytest.param(5.0, 4, True, id="single wrong poses on the way"),
        pytest.param(32.0, 0, False, id="sitting down on a bench"),
    ],
)
def test_a_wall_sit_is_told_by_the_way_down_at_any_frame_rate(
    lean: float, odd: int, expected: bool, fps: float
) -> None:
    assert bool(sitting_down(lean, fps, odd=odd)) is expected


@pytest.mark.parametrize("fps", [8.0, 15.0])
@pytest.mark.parametrize(("drinks", "expected"), [(0.5, False), (2.5, False), (4.5, True)])
def test_whoever_does_something_else_at_first_only_sits(drinks: float, expected: bool, fps: float) -> None:
    assert bool(sitting_down(5.0, fps, drinks=drinks)) is expected
