"""From the text after ``sim://`` to a scene; the language is described in `services.simulator`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

import numpy as np

from services.core.errors import SettingsError
from services.simulator.camera import Camera
from services.simulator.exercises import EXERCISES
from services.simulator.figure import Look, random_look
from services.simulator.programme import Plan
from services.simulator.scene import Person, Scene

_OPTIONS: Final = ("seed", "view", "tempo", "reps", "rest", "fault", "people", "size", "height")
_MOST_PEOPLE: Final = 8
_FIELD: Final = 42.0


@dataclass(frozen=True, slots=True)
class _Spec:
    """A parsed spec; lists are gone through again when there are more people than entries."""

    programmes: tuple[tuple[str, ...], ...]
    seed: int = 0
    view: tuple[float, ...] = (0.0,)
    tempo: tuple[float | None, ...] = (None,)
    reps: int = 8
    rest: float = 8.0
    fault: str = ""
    fault_every: int = 1
    people: int = 1
    size: tuple[int, int] | None = None
    height: float = 1.7


def open_scene(spec: str, *, width: int = 640, height: int = 360) -> Scene:
    """Make the scene that a spec describes.

    Args:
        spec: what follows ``sim://``, with or without that.
        width, height: picture size in pixels, unless the spec says another.

    Raises:
        SettingsError: the spec names something that is not there or cannot be.
    """
    text = spec.removeprefix("sim://")
    if text.partition("?")[0] in _DEMOS:
        name, _, query = text.partition("?")
        parsed = _parse(f"squat?{query}") if query else None
        size = (parsed.size if parsed else None) or (width, height)
        return _demo(name, *size)
    parsed = _parse(text)
    return _arranged(parsed, *(parsed.size or (width, height)))


def _parse(text: str) -> _Spec:
    names, _, query = text.partition("?")
    programmes = tuple(tuple(entry.strip() for entry in part.split("+")) for part in names.split(","))
    for name in (name for programme in programmes for name in programme):
        if name not in EXERCISES:
            raise SettingsError(
                f"simulated camera: got exercise {name!r}, expected one of {', '.join(sorted(EXERCISES))}, "
                f"or {' or '.join(_DEMOS)} alone"
            )
    options: dict[str, str] = {}
    for key, value in parse_qsl(query, keep_blank_values=True):
        if key not in _OPTIONS:
            raise SettingsError(f"simulated camera: got option {key!r}, expected one of {', '.join(_OPTIONS)}")
        options[key] = value
    size = None
    if "size" in options:
        wide, _, high = options["size"].partition("x")
        size = (int(_number("size", wide, 16, 3840)), int(_number("size", high, 16, 2160)))
    fault, _, every = options.get("fault", "").partition("/")
    offered = sorted({fault for programme in programmes for name in programme for fault in EXERCISES[name].faults})
    if fault and fault not in offered:
        raise SettingsError(
            f"simulated camera: got fault {fault!r}, expected for these exercises: {', '.join(offered) or 'none at all'}"
        )
    people = int(_number("people", options["people"], 1, _MOST_PEOPLE)) if "people" in options else len(programmes)
    if people > _MOST_PEOPLE:
        raise SettingsError(f"simulated camera: got {people} people, expected {_MOST_PEOPLE} at most")
    return _Spec(
        programmes,
        seed=int(_number("seed", options.get("seed", "0"), 0, 2**31)),
        view=tuple(_number("view", part, -360, 360) for part in options.get("view", "25").split(",")),
        tempo=tuple(_number("tempo", part, 0.4, 30) for part in options["tempo"].split(",")) if "tempo" in options else (None,),
        reps=int(_number("reps", options.get("reps", "8"), 1, 1000)),
        rest=_number("rest", options.get("rest", "8"), 0, 3600),
        fault=fault,
        fault_every=int(_number("fault", every, 1, 1000)) if every else 1,
        people=people,
        size=size,
        height=_number("height", options.get("height", "1.7"), 0.3, 3.2),
    )  # fmt: skip


def _number(name: str, text: str, low: float, high: float) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not low <= value <= high:
        raise SettingsError(f"simulated camera: got {name}={text!r}, expected a number from {low:g} to {high:g}")
    return value


def _arranged(spec: _Spec, width: int, height: int) -> Scene:
    """People side by side, each turned by the view, and a camera far enough away to see all of them."""
    plans, views = [], []
    for number in range(spec.people):
        programme = spec.programmes[number % len(spec.programmes)]
        plans.append(
            Plan(
                programme,
                reps=spec.reps,
                tempo=spec.tempo[number % len(spec.tempo)],
                rest=spec.rest,
                delay=1.0 + 0.35 * number % 1.0,
                fault=spec.fault,
                fault_every=spec.fault_every,
            )
        )
        views.append(spec.view[number % len(spec.view)])
    widths = [_room_for(plan, view) for plan, view in zip(plans, views, strict=True)]
    left = -sum(widths) / 2
    people = []
    for number, (plan, view, wide) in enumerate(zip(plans, views, widths, strict=True)):
        look = random_look(np.random.default_rng([spec.seed, 3, number]))
        depth = 0.0 if number % 2 == 0 else -0.25
        people.append(Person(look, plan, (left + wide / 2, depth), -view, spec.seed * 101 + number))
        left += wide
    top = max(EXERCISES[name].top for plan in plans for name in plan.exercises)
    camera = _camera(width, height, sum(widths), top, spec.height)
    return Scene(camera, tuple(people), seed=spec.seed)


def _room_for(plan: Plan, view: float) -> float:
    """Metres of wall that a person needs."""
    exercises = [EXERCISES[name] for name in plan.exercises]
    sine, cosine = abs(math.sin(math.radians(view))), abs(math.cos(math.radians(view)))
    need = 1.25
    if any(exercise.lying for exercise in exercises):
        need = max(need, 2.3 * sine + 0.9 * cosine)
    if any("barbell" in exercise.prop for exercise in exercises):
        need = max(need, 1.95 * cosine + 1.0 * sine)
    if "walking" in plan.exercises:
        need = max(need, 3.2 * sine + 1.0 * cosine)
    return need


def _camera(width: int, height: int, wall: float, top: float, above: float) -> Camera:
    """A camera on a stand: all of the wall's width and height in view, people as large as that allows."""
    upright, across = math.tan(math.radians(_FIELD / 2)), math.tan(math.radians(_FIELD / 2)) * width / height
    distance = max((top + 0.7) / 2 / upright, (wall + 0.5) / 2 / across) + 0.4
    return Camera(width, height, (0.0, above, distance), (0.0, top / 2 - 0.1, 0.0), _FIELD)


_ANNA: Final = Look(1.68, 0.96, 0.96, 1.05, (128, 160, 214), (34, 46, 70), (150, 60, 130), (66, 58, 54), (235, 235, 235),
                    "bun", "none", "long")  # fmt: skip
_BEN: Final = Look(1.82, 1.06, 1.06, 0.98, (150, 180, 228), (26, 26, 32), (190, 120, 40), (60, 60, 66), (70, 70, 230),
                   "short", "short", "shorts")  # fmt: skip
_CHIDI: Final = Look(1.79, 1.08, 1.08, 0.97, (52, 74, 116), (26, 26, 32), (60, 60, 205), (66, 58, 54), (235, 235, 235),
                     "short", "none", "shorts")  # fmt: skip
_DANA: Final = Look(1.71, 0.92, 0.95, 1.04, (150, 180, 228), (60, 100, 150), (150, 165, 30), (95, 50, 70), (60, 220, 200),
                    "long", "short", "long")  # fmt: skip

_DEMOS: Final = {
    "demo-1": (
        (_BEN, Plan(("squat",), reps=8, rest=7, delay=1.0), (-1.05, 0.0), -35.0),
        (_ANNA, Plan(("biceps_curl",), reps=10, rest=6, delay=1.6), (1.10, -0.2), 25.0),
    ),
    "demo-2": (
        (_CHIDI, Plan(("push_up",), reps=10, rest=6, delay=1.2), (-1.05, 0.15), -62.0),
        (_DANA, Plan(("jumping_jack", "lunge"), reps=10, rest=6, delay=1.5), (1.25, -0.1), 22.0),
    ),
}


def _demo(name: str, width: int, height: int) -> Scene:
    seed = 1 + list(_DEMOS).index(name)
    people = tuple(
        Person(look, plan, place, facing, seed * 101 + number)
        for number, (look, plan, place, facing) in enumerate(_DEMOS[name])
    )
    camera = Camera(width, height, (0.35, 2.05, 4.3), (0.0, 0.86, 0.0), 44.0)
    return Scene(camera, people, seed=seed)
