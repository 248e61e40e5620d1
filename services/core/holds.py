r"""Timing a hold: how long a posture was kept, and how often it was lost and taken again.

    held      #########.####### ####____#######__________________####
                      ^flicker ^unseen  ^break                   ^the next hold
    one Hold  |---------------------------|
    held      =================     ====   ====      seconds without the break

Laws:
    1. A posture that is lost for less than `FLICKER_SECONDS` was not lost: single poses are often wrong.
    2. Time unseen, up to `UNSEEN_SECONDS`, counts as held when the posture is held on both sides of it.
    3. A longer loss is a break. One shorter than the rest that ends a set is bridged: the hold goes on, the break is
       counted and its time is not. After a longer one a new hold begins. So it does after any while the hold is
       younger than its exercise's shortest (`Exercise.seconds`): who lunges is low again and again.
    4. A hold whose posture may be a rest or a stretch too has to be got into as nobody gets into those: from its start
       posture on within bounds (`Exercise.approach`), or with the feet off the floor then (`Exercise.lifted`). And
       nobody does anything else in it until it is as old as its exercise's shortest (`Exercise.still`): who rests
       drinks, turns and scratches their head.
    5. Times are the samples' own; the same samples give the same holds.

A hold that no model knows is hidden under other labels (`Exercise.heard_as`); its posture then decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from services.core.exercises import Exercise
from services.core.signals import BODY, Measures, Signal
from services.core.types import NANOSECONDS

BREAK_SECONDS: Final = 4.0
"""A hold survives a break as short as this, where its exercise says nothing else."""

FLICKER_SECONDS: Final = 0.4
"""A posture lost for a shorter time was not lost: three poses at 8 a second."""

UNSEEN_SECONDS: Final = 2.0
"""Longest time without a usable pose that counts as held."""

SEEN: Final = 0.1
"""A pose whose keypoints of the hold's signal are less visible than this says nothing about it."""

SURELY_SEEN: Final = 0.5
"""The same for shoulders and ankles where only the posture tells a hold from a rest."""

STOOPED: Final = 0.03
"""Metres of height that who still stands as before may lose, at any frame rate."""

APPROACH_SECONDS: Final = 4.0
"""Longest time from the start posture into such a hold."""

SETTLED_SECONDS: Final = 1.0
"""Until a hold is as old, its posture is still being found."""

STRAYS_SECONDS: Final = 0.3
"""Who leaves the bounds of law 4 for as long did something else; single poses are often wrong."""


@dataclass(frozen=True, slots=True)
class Held:
    """One hold.

    Attributes:
        start, end: its first and last moment so far, breaks included, ns.
        held: time held, without the breaks, ns.
        breaks: how often the posture was lost and taken again.
    """

    start: int
    end: int
    held: int = 0
    breaks: int = 0


class HoldTimer:
    """Times a posture by whether each pose is one; the laws 1 to 3 at the top of this file.

    Args:
        break_seconds: a longer loss ends the hold.
        least_seconds: so does any loss while it is younger.
    """

    def __init__(self, break_seconds: float = BREAK_SECONDS, least_seconds: float = 0.0) -> None:
        self.holds: list[Held] = []
        self._least = round(least_seconds * NANOSECONDS)
        self._break = round(break_seconds * NANOSECONDS)
        self._lost_at: int | None = None

    @property
    def spans(self) -> list[tuple[int, int]]:
        """Start and end of each hold, ns."""
        return [(hold.start, hold.end) for hold in self.holds]

    def update(self, at: int, *, held: bool) -> bool:
        """Take the next pose; whether a hold is a whole second longer now.

        Args:
            at: event time, ns, later than the last one.
            held: whether the pose is the hold.
        """
        if not held:
            self._lost_at = at if self._lost_at is None else self._lost_at
            return False
        lost_at, self._lost_at = self._lost_at, None
        last = self.holds[-1] if self.holds else None
        if last is None or at - last.end > self._break:
            self.holds.append(Held(at, at))
            return False
        lost = 0 if lost_at is None else at - lost_at
        if lost >= FLICKER_SECONDS * NANOSECONDS or at - last.end > UNSEEN_SECONDS * NANOSECONDS:
            if last.held < self._least:
                self.holds[-1] = Held(at, at)
                return False
            self.holds[-1] = replace(last, end=at, breaks=last.breaks + 1)
            return False
        self.holds[-1] = replace(last, end=at, held=last.held + at - last.end)
        return (at - last.start) // NANOSECONDS > (last.end - last.start) // NANOSECONDS


class HoldCounter:
    """Times an exercise that is held, by its posture; law 4 at the top of this file.

    Args:
        entry: the exercise.
        behind: whether the clips say something else (`hidden`), so that law 4 is asked for.
    """

    def __init__(self, entry: Exercise, *, behind: bool = False) -> None:
        self._entry = entry
        self._timer = HoldTimer(entry.rest_seconds, entry.seconds[0])
        self._asks = behind and bool(entry.start)
        self._from: Measures | None = None
        self._from_at: int | None = None
        self._settled: Measures | None = None
        self._kept_at: int | None = None
        self._strays_at: int | None = None
        self._tallest = 0.0

    @property
    def holds(self) -> list[Held]:
        """The holds so far, in order of time."""
        return self._timer.holds

    def update(self, at: int, measures: Measures) -> bool:
        """Take the next pose; whether a hold is a whole second longer now.

        Args:
            at: event time, ns, later than the last one.
            measures: of that pose.
        """
        entry = self._entry
        if measures.quality[entry.signal] < SEEN or (self._asks and _doubtful(measures)):
            return False
        if self._asks:
            self._follow(at, measures)
        fits = entry.fits(measures)
        held = fits and (not self._asks or self._came(at, measures))
        if held:
            self._kept_at = at
        elif self._asks:
            self._approach(at, measures)
        longer = self._timer.update(at, held=held)
        if held and self.holds[-1].held < SETTLED_SECONDS * NANOSECONDS:
            self._settled = measures
        return longer

    def _came(self, at: int, measures: Measures) -> bool:
        """Whether a pose in the posture is held, and no rest: it was got into rightly, and the feet are off."""
        if self._from is None or not (self._coming(at) or self._holding(at)) or not self._near(measures):
            return False
        if not all(low <= self._change(measures, signal) <= high for signal, low, high in self._entry.moved):
            return False
        lifted = self._entry.lifted
        return lifted == 0.0 or _feet(self._from) - _feet(measures) >= lifted * float(measures.place[2])

    def _approach(self, at: int, measures: Measures) -> None:
        """Note where a pose outside the posture leaves the way into it."""
        if self._entry.starts(measures):
            # On the way down the start posture fits for a while: what counts is how tall they stood.
            height = float(measures.values[Signal.SHOULDER_HEIGHT])
            self._tallest = max(self._tallest, height) if self._coming(at) else height
            if height >= self._tallest - STOOPED:
                self._from, self._from_at = measures, at

    def _follow(self, at: int, measures: Measures) -> None:
        """Give up a way into the hold, and what it led to, that left its bounds for too long."""
        if (not self._coming(at) or self._near(measures)) and (not self._young(at) or self._still(measures)):
            self._strays_at = None
            return
        self._strays_at = at if self._strays_at is None else self._strays_at
        if at - self._strays_at >= STRAYS_SECONDS * NANOSECONDS:
            self._from_at = self._kept_at = self._strays_at = None

    def _coming(self, at: int) -> bool:
        """Whether it was the start posture not long ago."""
        return self._from_at is not None and at - self._from_at <= APPROACH_SECONDS * NANOSECONDS

    def _holding(self, at: int) -> bool:
        """Whether it was held a moment ago."""
        return self._kept_at is not None and at - self._kept_at <= UNSEEN_SECONDS * NANOSECONDS

    def _young(self, at: int) -> bool:
        """Whether it is held, and for a shorter time yet than its exercise's shortest."""
        return self._holding(at) and self.holds[-1].held < self._entry.seconds[0] * NANOSECONDS

    def _still(self, measures: Measures) -> bool:
        """Whether a pose differs from when the posture was settled in by no more than they move who only hold it."""
        settled = self._settled
        return settled is None or all(
            abs(float(measures.values[signal] - settled.values[signal])) <= most for signal, most in self._entry.still
        )

    def _near(self, measures: Measures) -> bool:
        """Whether a pose differs from where it came from by no more than the approach allows."""
        return all(abs(self._change(measures, signal)) <= most for signal, most in self._entry.approach)

    def _change(self, measures: Measures, signal: Signal) -> float:
        """How far a signal is from what it was where the person came from; infinite where that is unknown."""
        return float("inf") if self._from is None else float(measures.values[signal] - self._from.values[signal])


_ANKLES: Final = [BODY.index("left_ankle"), BODY.index("right_ankle")]
_SURE: Final = [[BODY.index(f"{side}_{part}") for side in ("left", "right")] for part in ("shoulder", "ankle")]


def _doubtful(measures: Measures) -> bool:
    """Whether shoulders or ankles are hardly seen on either side."""
    return any(max(measures.seen[left], measures.seen[right]) < SURELY_SEEN for left, right in _SURE)


def _feet(measures: Measures) -> float:
    """How far down in the picture the lower ankle is, picture heights."""
    return float(measures.place[1] + max(measures.body[ankle, 1] for ankle in _ANKLES) * measures.place[2])


def hidden(catalogue: Mapping[str, Exercise], label: str) -> tuple[Exercise, ...]:
    """The holds that may be what clips of a label show, because no model knows them by their own.

    Args:
        catalogue: exercise id -> its entry.
        label: what the clips say.
    """
    return tuple(entry for entry in catalogue.values() if label in entry.heard_as)
