"""How people move, as data: an exercise is a cycle of key poses with the times at which they are reached.

Lengths are in body heights from the middle between the feet (or the body, lying), x outward, y up, z forward; see
`services.simulator.body`. A new exercise is an entry in `standing`, `lifts` or `floor`, what is no exercise one in
`daily`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from services.simulator.exercises import floor, lifts, standing
from services.simulator.exercises.daily import DAILY, STRIDE_LENGTH
from services.simulator.exercises.entry import STANDING, Exercise

__all__ = ["DAILY", "EXERCISES", "STANDING", "STRIDE_LENGTH", "Exercise"]

EXERCISES: Final[Mapping[str, Exercise]] = MappingProxyType(
    {**standing.EXERCISES, **lifts.EXERCISES, **floor.EXERCISES, **DAILY}
)
"""Exercise or movement name -> how it is done."""
