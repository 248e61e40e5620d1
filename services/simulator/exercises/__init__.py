"""How people move, as data: an exercise is a cycle of key poses with the times at which they are reached.

Lengths are in body heights from the middle between the feet (or the body, lying), x outward, y up, z forward; see
`services.simulator.body`. A new exercise is an entry in `standing`, `lifts` or `floor`, what is no exercise one in
`daily`, another way to do one in `pulls`, `presses`, `arms` or `legs`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from services.simulator.exercises import (
    arms,
    conditioning,
    floor,
    legs,
    lifts,
    machines,
    mats,
    others,
    presses,
    pulls,
    standing,
)
from services.simulator.exercises.daily import DAILY, STRIDE_LENGTH
from services.simulator.exercises.entry import STANDING, Exercise
from services.simulator.exercises.errands import ERRANDS

__all__ = ["DAILY", "ERRANDS", "EXERCISES", "MOVEMENTS", "STANDING", "STRIDE_LENGTH", "STYLES", "Exercise"]

EXERCISES: Final[Mapping[str, Exercise]] = MappingProxyType(
    {**standing.EXERCISES, **lifts.EXERCISES, **floor.EXERCISES, **DAILY}
)
"""Exercise or movement name -> how it is done."""

STYLES: Final[Mapping[str, Exercise]] = MappingProxyType(
    {
        **pulls.STYLES,
        **presses.STYLES,
        **arms.STYLES,
        **legs.STYLES,
        **others.STYLES,
        **conditioning.STYLES,
        **machines.STYLES,
        **mats.STYLES,
    }
)
"""Further ways to do exercises, and exercises that no model has a name for: more to learn from."""

MOVEMENTS: Final[Mapping[str, Exercise]] = MappingProxyType({**EXERCISES, **STYLES, **ERRANDS})
"""All that people of the simulated gym can do."""
