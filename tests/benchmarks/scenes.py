"""The scenes of `composites` as data: who stands where in a 1080p picture, and whose clips they are cut out of.

What varies besides (which clip plays which part, mirrored or not, from which moment on) follows from the scene's name
and the split.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

STANDING: Final = {
    "dev": (
        "h2_biceps_curl_006", "jumping_jack_011", "deadlift_041", "h2_clean_004", "lunge_003", "squat_027",
        "h2_row_001", "non_exercise_013", "h2_squat_014", "deadlift_009", "h2_other_exercise_012", "row_005",
    ),
    "test": (
        "squat_053", "jumping_jack_013", "biceps_curl_005", "lunge_004", "other_exercise_016",
        "h2_other_exercise_008", "h2_squat_025", "squat_014", "lunge_002", "non_exercise_002", "other_exercise_041",
        "h2_other_exercise_065",
    ),
}  # fmt: skip
LYING: Final = {
    "dev": ("plank_003", "push_up_022", "bench_press_001", "push_up_043", "plank_011", "sit_up_003"),
    "test": ("plank_009", "push_up_104", "bench_press_011", "push_up_047", "plank_006", "sit_up_004"),
}
"""Clips in which legacy MediaPipe sees one whole person well in nearly every frame; no person is in both splits."""
GYMS: Final = {"dev": "row_006", "test": "h2_squat_025"}
"""Clips whose picture, with the person painted over, is the other background."""


@dataclass(frozen=True, slots=True)
class Part:
    """Somebody in a scene.

    Attributes:
        height: of the person at their largest in the clip, raised arms included, 0-1 of the picture's height (the
            longer side of who lies).
        path: (second, x) of the hips, x 0-1 of the picture's width; gone through at constant speed between.
        floor: where the feet stand, 0-1 of the picture's height.
        lying: cast from `LYING`.
        turned: quarter turns counter-clockwise.
        image_of: which of the scene's parts this is the image of in a mirror, or None.
    """

    height: float
    path: tuple[tuple[float, float], ...]
    floor: float
    lying: bool = False
    turned: int = 0
    image_of: int | None = None


@dataclass(frozen=True, slots=True)
class Composite:
    """A video to make: who is where, who comes later in `parts` is in front.

    Attributes:
        name: of the scene.
        kind: under which it is reported.
        fps: frames a second.
        parts: the people.
        pillars: (x0, x1) 0-1 of the width, in front of everybody.
        real_gym: the background is a clip's and not the simulator's.
    """

    name: str
    kind: str
    fps: int
    parts: tuple[Part, ...]
    pillars: tuple[tuple[float, float], ...] = ()
    real_gym: bool = False


@dataclass(frozen=True, slots=True)
class Simulated:
    """A scene of the simulator, whose truth is exact.

    Attributes:
        people: exercise, (x, z) in metres, facing in degrees.
        camera: height and distance, metres; field of view, degrees.
    """

    name: str
    fps: int
    people: tuple[tuple[str, tuple[float, float], float], ...]
    camera: tuple[float, float, float]
    kind: str = "simulator"


def _at(x: float) -> tuple[tuple[float, float], ...]:
    return ((0.0, x),)


def _row(heights: Sequence[float], floor: float, left: float = 0.0, right: float = 1.0) -> tuple[Part, ...]:
    step = (right - left) / len(heights)
    return tuple(Part(height, _at(left + step * (at + 0.5)), floor) for at, height in enumerate(heights))


SCENES: Final = (
    Composite("two", "apart", 25, (Part(0.8, _at(0.28), 0.97), Part(0.6, _at(0.72), 0.9)), real_gym=True),
    Composite("three", "apart", 15, _row((0.25, 0.4, 0.6), 0.93)),
    Composite("four", "apart", 15, (
        Part(0.15, _at(0.4), 0.62), Part(0.2, _at(0.62), 0.66), Part(0.35, _at(0.86), 0.8), Part(0.5, _at(0.14), 0.92),
    ), real_gym=True),
    Composite("six", "apart", 15, (
        *_row((0.16, 0.2, 0.18), 0.6, 0.0, 0.9), *_row((0.45, 0.3, 0.38), 0.95, 0.15, 1.0),
    )),
    Composite("far", "apart", 15, _row((0.15, 0.16, 0.15, 0.17), 0.66), real_gym=True),
    Composite("ten", "apart", 15, (
        *_row((0.17, 0.16, 0.2, 0.15, 0.18), 0.55, 0.0, 0.95), *_row((0.3, 0.34, 0.28, 0.36, 0.3), 0.95, 0.08, 1.0),
    )),
    Composite("floor", "lying", 15, (
        Part(0.3, _at(0.5), 0.55, lying=True), Part(0.45, _at(0.2), 0.75, lying=True),
        Part(0.6, _at(0.75), 0.95, lying=True),
    )),
    Composite("class", "lying", 15, (
        Part(0.2, _at(0.3), 0.55, lying=True), Part(0.3, _at(0.62), 0.62), Part(0.35, _at(0.82), 0.8, lying=True),
        Part(0.6, _at(0.45), 0.95), Part(0.5, _at(0.15), 0.93, lying=True),
    ), real_gym=True),
    Composite("turned", "lying", 15, (
        Part(0.45, _at(0.2), 0.9, turned=2), Part(0.4, _at(0.78), 0.9, turned=1), Part(0.5, _at(0.5), 0.9),
    )),
    Composite("joining", "joining", 15, (
        Part(0.3, _at(0.3), 0.7), Part(0.45, ((1, -0.1), (4, 0.55)), 0.85), Part(0.6, ((2.5, 1.15), (5, 0.8)), 0.95),
    ), real_gym=True),
    Composite("leaving", "joining", 25, (
        Part(0.2, ((4, 0.62), (7, 1.1)), 0.6), Part(0.35, ((0, 0.5),), 0.75),
        Part(0.3, ((1, 0.25), (2.5, -0.1), (4.5, -0.1), (6, 0.2)), 0.78), Part(0.55, ((2, 0.8), (4, 1.15)), 0.95),
    )),
    Composite("cross", "crossing", 15, (
        Part(0.45, ((1, 0.2), (5, 0.8)), 0.88), Part(0.5, ((1, 0.8), (5, 0.2)), 0.93),
    )),
    Composite("pass", "crossing", 25, (
        Part(0.4, _at(0.3), 0.8), Part(0.4, _at(0.65), 0.8), Part(0.5, ((0.5, -0.1), (7, 1.1)), 0.92),
    ), real_gym=True),
    Composite("crowd", "crossing", 15, (
        Part(0.3, ((0, 0.9), (8, 0.3)), 0.7), Part(0.35, ((1, 0.1), (7, 0.75)), 0.76), Part(0.4, ((0, 0.5),), 0.84),
        Part(0.5, ((2, 0.85), (6, 0.2)), 0.95),
    )),
    Composite("pillar", "crossing", 15, (
        Part(0.35, ((0.5, 0.1), (7, 0.85)), 0.75), Part(0.5, ((1, 0.9), (6.5, 0.25)), 0.93),
    ), pillars=((0.36, 0.42), (0.62, 0.68)), real_gym=True),
    Simulated("room", 15, (
        ("squat", (-1.6, 0.0), 25), ("jumping_jack", (0.0, 0.2), 0), ("lunge", (1.6, 0.0), -60),
    ), (1.7, 4.6, 42)),
    Simulated("hall", 15, (
        ("squat", (-2.6, -1.8), 20), ("biceps_curl", (-0.9, -1.8), -10), ("overhead_press", (0.9, -1.8), 0),
        ("push_up", (-1.8, 0.8), 70), ("lunge", (2.7, -1.6), -40), ("deadlift", (1.6, 0.9), -45),
    ), (2.2, 6.0, 45)),
    Simulated("party", 15, (
        ("squat", (-3.6, -2.0), 15), ("squat", (-1.8, -2.0), 15), ("squat", (0.0, -2.0), 15),
        ("jumping_jack", (1.8, -2.0), 0), ("lunge", (3.6, -2.0), -30), ("biceps_curl", (-2.4, 0.0), 10),
        ("idle", (-0.8, 0.1), 0), ("overhead_press", (0.9, 0.0), -15), ("push_up", (2.9, 0.4), 80),
        ("sit_up", (-1.7, 1.8), 75),
    ), (2.4, 7.6, 45)),
    Simulated("walkers", 15, (
        ("squat", (-1.5, -1.2), 20), ("biceps_curl", (1.5, -1.2), -20), ("walking", (-0.5, -0.2), 90),
        ("walking", (0.6, 0.7), -90),
    ), (1.9, 5.2, 42)),
)  # fmt: skip
"""Every scene; two to six people, once ten, 15 % to 80 % as tall as the picture."""

MIRRORS: Final = (
    Composite("behind", "mirror", 15, (
        Part(0.4, _at(0.68), 0.82, image_of=1), Part(0.6, _at(0.35), 0.95),
    ), real_gym=True),
    Composite("beside", "mirror", 15, (
        Part(0.45, _at(0.88), 0.9, image_of=1), Part(0.5, _at(0.62), 0.92), Part(0.45, _at(0.25), 0.85),
    )),
    Composite("wall", "mirror", 15, (
        Part(0.28, _at(0.2), 0.62, image_of=2), Part(0.3, _at(0.75), 0.64, image_of=3),
        Part(0.5, _at(0.35), 0.92), Part(0.55, _at(0.88), 0.95),
    ), real_gym=True),
    Composite("floor", "mirror", 15, (
        Part(0.3, _at(0.6), 0.6, lying=True, image_of=1), Part(0.45, _at(0.4), 0.9, lying=True),
    )),
)  # fmt: skip
"""Scenes with a mirror on a wall, in which whoever is in it must not be taken for a person; not among `SCENES`, since
nobody can know that before they have moved for a while."""
