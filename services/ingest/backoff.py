"""How long to wait before a lost source is opened again."""

from __future__ import annotations

import random

from services.core.errors import Cause

FIRST = 0.5
"""Seconds before the first new try."""
LONGEST = 30.0
"""Seconds between tries at most: a camera that comes back is seen within half a minute."""
AUTH = 30.0
"""Seconds after a wrong password at least: many cameras lock an account after a few wrong ones."""


class Backoff:
    """Waiting times that double from try to try, each cut by up to half by chance.

    Chance keeps all the cameras behind one switch from being opened in the same moment when it comes back.

    Args:
        chance: where chance comes from; a seeded one repeats itself.
    """

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._next = FIRST

    def reset(self) -> None:
        """Start again with the shortest: the source gave a picture."""
        self._next = FIRST

    def delay(self, cause: Cause) -> float:
        """Seconds to wait now, after a loss with this cause."""
        longest = max(self._next, AUTH) if cause is Cause.AUTH else self._next
        self._next = min(LONGEST, self._next * 2)
        return longest * self._chance.uniform(0.5, 1.0)
