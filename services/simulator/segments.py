"""A stretch of what a person does: postures passed through, and the way made meanwhile."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from services.core.types import FloatArray
from services.simulator.body import between

Keys = tuple[tuple[float, FloatArray], ...]
"""(share of the time, posture reached then)."""


class Spot(NamedTuple):
    """Where somebody stands: x, z in body heights from their place, in their own axes; turned: degrees to the left."""

    x: float = 0.0
    z: float = 0.0
    turned: float = 0.0


HOME: Final = Spot()


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """A stretch of time.

    Attributes:
        start, end: seconds.
        name: the catalogue's exercise.
        keys: postures; eased at each unless flowing.
        label: what a perfect classifier would say.
        rep: number of the repetition, or None.
        fault: what is done wrong in it, or "".
        flowing: goes through a closed cycle without stopping.
        cycles: how often, and first: at which share of it to begin; both only when flowing.
        come, gone: where it begins and ends.
        held: shares from and until which the exercise's prop is in the hands.
        other_hand: it is done with the other hand.
        far: shares at which a repetition's far end is reached and left.
    """

    start: float
    end: float
    name: str
    keys: Keys
    label: str = "none"
    rep: int | None = None
    fault: str = ""
    flowing: bool = False
    cycles: float = 1.0
    first: float = 0.0
    come: Spot = HOME
    gone: Spot = HOME
    held: tuple[float, float] = (0.0, 1.0)
    other_hand: bool = False
    far: tuple[float, float] = (0.0, 0.0)

    def share(self, time: float) -> float:
        """How much of it is over, 0-1."""
        return min((time - self.start) / max(self.end - self.start, 1e-9), 1.0)

    def posture(self, share: float) -> FloatArray:
        """The posture's numbers."""
        if not self.flowing:
            return _ease(self.keys, share)
        at = self.first + share * self.cycles
        return _flow(self.keys, at if at <= 1.0 else at % 1.0)

    def spot(self, share: float) -> Spot:
        """Where the person is: at an even pace on the way, easily turning on the spot."""
        if self.come == self.gone:
            return self.come
        eased = 0.5 - 0.5 * math.cos(math.pi * share)
        (x, z, turned), (to_x, to_z, to_turned) = self.come, self.gone
        return Spot(x + (to_x - x) * share, z + (to_z - z) * share, turned + (to_turned - turned) * eased)

    def holds(self, share: float) -> bool:
        """Whether the prop is in the hands."""
        return self.held[0] <= share <= self.held[1]


def _ease(keys: Keys, share: float) -> FloatArray:
    """Stop gently at every key."""
    for (start, first), (end, second) in itertools.pairwise(keys):
        if share <= end:
            part = (share - start) / (end - start)
            return between(first, second, 0.5 - 0.5 * math.cos(math.pi * part))
    return keys[-1][1]


def _flow(keys: Keys, share: float) -> FloatArray:
    """Go through the keys of a closed cycle without stopping (Catmull-Rom)."""
    count = len(keys) - 1
    for place in range(count):
        start, end = keys[place][0], keys[place + 1][0]
        if share <= end or place == count - 1:
            p0, p1 = keys[(place - 1) % count][1], keys[place][1]
            p2, p3 = keys[place + 1][1], keys[(place + 2) % count][1]
            t = (share - start) / (end - start)
            curve = 2 * p1 + (p2 - p0) * t + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2 + (3 * p1 - p0 - 3 * p2 + p3) * t**3
            return np.asarray(0.5 * curve, np.float32)
    return keys[-1][1]
