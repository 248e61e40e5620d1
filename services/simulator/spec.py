"""From the text after ``sim://`` to a scene; the language is described in `services.simulator`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

import numpy as np

from services.core.errors import SettingsError
from services.simulator.camera import Camera
from services.simulator.demos import DEMOS, demo
from services.simulator.exercises import DAILY, ERRANDS, MOVEMENTS
from services.simulator.figure import random_look
from services.simulator.programme import Plan
from services.simulator.scene import Person, Scene

_OPTIONS: Final = (
    "seed", "view", "tempo", "reps", "rest", "pause", "stop", "bounce", "fault", "people", "size", "height", "own",
)  # fmt: skip
_MOST_PEOPLE: Final = 10
_MOST_SIDE_BY_SIDE: Final = 8
_SECOND_LINE: Final = 1.8
"""Metres that a second line of people stands behind the first, in its gaps."""
_FIELD: Final = 42.0
_CHANCE: Final = {"everyday": tuple(DAILY), "errands": (*DAILY, *ERRANDS)}
"""One thing after another by chance: what is no exercise, and the same with more of it."""
_ROOM_TO_POTTER: Final = 2.3
"""Metres of wall for somebody who goes about."""


@dataclass(frozen=True, slots=True)
class _Spec:
    """A parsed spec; lists are gone through again when there are more people than entries."""

    programmes: tuple[tuple[str, ...], ...]
    seed: int = 0
    view: tuple[float, ...] = (0.0,)
    tempo: tuple[float | None, ...] = (None,)
    reps: int = 8
    rest: float = 8.0
    pause: float = 0.0
    stop: float = 0.0
    bounce: float = 0.0
    own: bool = False
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
    if text in DEMOS:
        return demo(text, width, height)
    parsed = _parse(text)
    return _arranged(parsed, *(parsed.size or (width, height)))


def _parse(text: str) -> _Spec:
    names, _, query = text.partition("?")
    programmes = tuple(tuple(entry.strip() for entry in part.split("+")) for part in names.split(","))
    known = sorted([*MOVEMENTS, *_CHANCE])
    for name in (name for programme in programmes for name in programme):
        if name not in known:
            raise SettingsError(
                f"simulated camera: got exercise {name!r}, expected one of {', '.join(known)}, "
                f"or {' or '.join(DEMOS)} alone"
            )
    for programme in programmes:
        for wanderer in {"walking", *_CHANCE} & set(programme):
            if len(programme) > 1:
                raise SettingsError(
                    f"simulated camera: got {'+'.join(programme)!r}, expected {wanderer} alone: who walks about has no "
                    "place to train"
                )
    programmes = tuple(_CHANCE.get(programme[0], programme) for programme in programmes)
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
    offered = sorted({fault for programme in programmes for name in programme for fault in MOVEMENTS[name].faults})
    if fault and fault not in offered:
        raise SettingsError(
            f"simulated camera: got fault {fault!r}, expected one of {', '.join(offered) or 'none'} for these exercises"
        )
    people = int(_number("people", options["people"], 1, _MOST_PEOPLE)) if "people" in options else len(programmes)
    if people > _MOST_PEOPLE:
        raise SettingsError(f"simulated camera: got {people} people, expected {_MOST_PEOPLE} at most")
    tempo: tuple[float | None, ...] = (None,)
    if "tempo" in options:
        tempo = tuple(_number("tempo", part, 0.3, 30) for part in options["tempo"].split(","))
    return _Spec(
        programmes,
        seed=int(_number("seed", options.get("seed", "0"), 0, 2**31)),
        view=tuple(_number("view", part, -360, 360) for part in options.get("view", "25").split(",")),
        tempo=tempo,
        reps=int(_number("reps", options.get("reps", "8"), 1, 1000)),
        rest=_number("rest", options.get("rest", "8"), 0, 3600),
        pause=_number("pause", options.get("pause", "0"), 0, 60),
        stop=_number("stop", options.get("stop", "0"), 0, 60),
        bounce=_number("bounce", options.get("bounce", "0"), 0, 0.9),
        own=_number("own", options.get("own", "0"), 0, 1) > 0,
        fault=fault,
        fault_every=int(_number("fault", every, 1, 1000)) if every else 1,
        people=people,
        size=size,
        height=_number("height", options.get("height", "1.7"), 0.3, 3.2),
    )


def _number(name: str, text: str, low: float, high: float) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not low <= value <= high:
        raise SettingsError(f"simulated camera: got {name}={text!r}, expected a number from {low:g} to {high:g}")
    return value


def _arranged(spec: _Spec, width: int, height: int) -> Scene:
    """People side by side, many in two lines, turned by the view, and a camera far enough away to see all of them."""
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
                pause=spec.pause,
                stop=spec.stop,
                bounce=spec.bounce,
                own=spec.own,
            )
        )
        views.append(spec.view[number % len(spec.view)])
    widths = [_room_for(plan, view) for plan, view in zip(plans, views, strict=True)]
    everybody = range(spec.people)
    lines = [everybody[::2], everybody[1::2]] if spec.people > _MOST_SIDE_BY_SIDE else [everybody]
    widest = max(sum(widths[number] for number in line) for line in lines) + (len(lines) - 1) * max(widths) / 2
    top = max(MOVEMENTS[name].top for plan in plans for name in plan.exercises)
    upright = math.tan(math.radians(_FIELD / 2))
    across = upright * width / height
    distance = max((top + 0.35) / 2 / upright, (widest + 0.2) / 2 / across)
    camera = Camera(width, height, (0.0, spec.height, distance + 0.4), (0.0, top / 2 - 0.06, 0.0), _FIELD)
    # Where there is room, keep apart: a pose detector takes close neighbours for one.
    spread = min(max(2 * across * distance / widest, 1.0), 1.6)
    places = {}
    for depth, line in enumerate(lines):
        left = -widest * spread / 2 + depth * max(widths) * spread / 2
        for number in line:
            forward = max(MOVEMENTS[name].back for name in plans[number].exercises) + depth * _SECOND_LINE
            places[number] = (left + widths[number] * spread / 2, -forward)
            left += widths[number] * spread
    people = [
        Person(
            random_look(np.random.default_rng([spec.seed, 3, number])),
            plan,
            places[number],
            -view,
            spec.seed * 101 + number,
        )
        for number, (plan, view) in enumerate(zip(plans, views, strict=True))
    ]
    return Scene(camera, tuple(people), seed=spec.seed)


def _room_for(plan: Plan, view: float) -> float:
    """Metres of wall that a person needs."""
    exercises = [MOVEMENTS[name] for name in plan.exercises]
    sine, cosine = abs(math.sin(math.radians(view))), abs(math.cos(math.radians(view)))
    need = 1.15
    if any(exercise.lying for exercise in exercises):
        need = max(need, 2.05 * sine + 0.8 * cosine)
    if any("barbell" in exercise.prop for exercise in exercises):
        need = max(need, 1.7 * cosine + 0.9 * sine)
    if "walking" in plan.exercises:
        need = max(need, _ROOM_TO_POTTER if plan.everyday else 3.2 * sine + 1.0 * cosine)
    return need
