"""The two gyms of a first look: known people, two a camera, seen from a little above as a camera on a wall would."""

from __future__ import annotations

from typing import Final

from services.simulator.camera import Camera
from services.simulator.figure import Look
from services.simulator.programme import Plan
from services.simulator.scene import Person, Scene

_DARK, _CHARCOAL, _WHITE = (66, 58, 54), (84, 84, 90), (235, 235, 235)

_ANNA: Final = Look(
    stature=1.68, girth=0.96, shoulders=0.96, hips=1.05,
    skin=(128, 160, 214), hair=(24, 34, 54), top=(150, 60, 130), bottom=_DARK, shoes=_WHITE,
    haircut="bun", sleeves="none", legs="long",
)  # fmt: skip
_BEN: Final = Look(
    stature=1.82, girth=1.06, shoulders=1.06, hips=0.98,
    skin=(150, 180, 228), hair=(22, 22, 26), top=(190, 120, 40), bottom=_CHARCOAL, shoes=(70, 70, 230),
    haircut="short", sleeves="short", legs="shorts",
)  # fmt: skip
_CHIDI: Final = Look(
    stature=1.79, girth=1.08, shoulders=1.08, hips=0.97,
    skin=(52, 74, 116), hair=(22, 22, 26), top=(60, 60, 205), bottom=_DARK, shoes=_WHITE,
    haircut="short", sleeves="none", legs="shorts",
)  # fmt: skip
_DANA: Final = Look(
    stature=1.71, girth=0.92, shoulders=0.95, hips=1.04,
    skin=(150, 180, 228), hair=(26, 40, 66), top=(150, 165, 30), bottom=(100, 58, 76), shoes=(60, 220, 200),
    haircut="long", sleeves="short", legs="long",
)  # fmt: skip

_People = tuple[tuple[Look, Plan, tuple[float, float], float], ...]
"""Look, plan, place (x, z) in metres and facing in degrees of each."""

DEMOS: Final[dict[str, _People]] = {
    "demo-1": (
        (_BEN, Plan(("squat",), reps=8, rest=16, delay=1.0), (-1.15, 0.0), -28.0),
        (_ANNA, Plan(("biceps_curl",), reps=10, rest=12, delay=1.6), (1.05, 0.25), 14.0),
    ),
    "demo-2": (
        (_CHIDI, Plan(("push_up",), reps=10, rest=12, delay=0.2), (-1.15, 0.3), -62.0),
        (_DANA, Plan(("jumping_jack", "lunge"), reps=10, rest=12, delay=1.5), (1.25, -0.1), 22.0),
    ),
}
"""Name -> the people in it."""


def demo(name: str, width: int, height: int) -> Scene:
    """One of `DEMOS`."""
    seed = 1 + list(DEMOS).index(name)
    people = tuple(
        Person(look, plan, place, facing, seed * 101 + number)
        for number, (look, plan, place, facing) in enumerate(DEMOS[name])
    )
    camera = Camera(width, height, (0.3, 1.95, 3.75), (0.0, 0.82, 0.0), 42.0)
    return Scene(camera, people, seed=seed)
