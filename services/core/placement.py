r"""Placement: what to tell people who stand where they cannot be counted or judged well.

    feet out of the picture   ________/----------------\______________
    level                     _______/                  \____________
    hint                             told              withdrawn

Laws:
    1. A hint is told when its cause held for `TELL_SECONDS` of event time, more often than not, and withdrawn when the
       cause was gone for half as long. The same hint is not told again within `AGAIN_SECONDS`.
    2. Only somebody who seems to exercise is told anything.
    3. Hints are events: a pure function of poses and labels, with ids as all events have.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from services.core.alignment import view_of
from services.core.exercises import Exercise
from services.core.faults import ANY_VIEW
from services.core.gates import missing
from services.core.scorebook import event_id
from services.core.signals import Measures, Signal
from services.core.types import NANOSECONDS, PlacementHint

TELL_SECONDS: Final = 3.0
"""A hint is told when its cause lasted for as long."""

AGAIN_SECONDS: Final = 20.0
"""Shortest time between two tellings of the same hint."""

SMALL: Final = 55.0
"""Pixels a metre below which somebody is too small: 94 pixels of height, a third of what the pose model looks at."""

SEEN: Final = 0.5
"""The view of somebody whose shoulders and hips are less visible is not judged."""


@dataclass(slots=True)
class _Cause:
    """One reason to tell somebody something.

    Attributes:
        level: seconds that it has lasted, less twice those that it has been gone; 0 to `TELL_SECONDS`.
        start: since when, ns.
        told: the hint that is shown; None when none is.
        told_at: when it was told last, ns.
    """

    level: float = 0.0
    start: int | None = None
    told: PlacementHint | None = None
    told_at: int | None = None


@dataclass(frozen=True, slots=True)
class CauseSnapshot:
    """One reason at rest; as `_Cause` has it."""

    level: float
    start: int | None
    told: PlacementHint | None
    told_at: int | None


@dataclass(frozen=True, slots=True)
class PlacementSnapshot:
    """What was told to one person.

    Attributes:
        exercise: what they seemed to be doing.
        at: when they were seen last, ns.
        causes: hint -> its cause.
    """

    exercise: str | None
    at: int | None
    causes: dict[str, CauseSnapshot]


class Placement:
    """Tells one person of one camera how to stand; laws 3 to 5 at the top of this file.

    Args:
        camera_id: the camera.
        track_id: the person.
    """

    def __init__(self, camera_id: str, track_id: str) -> None:
        self._camera_id = camera_id
        self._track_id = track_id
        self._causes = {hint: _Cause() for hint in ("step_back", "come_closer", "turn_sideways")}
        self._exercise: str | None = None
        self._at: int | None = None

    def update(
        self, at: int, measures: Measures, width: int, height: int, exercise: Exercise | None
    ) -> list[PlacementHint]:
        """Take the next pose; the hints that are told or withdrawn.

        Args:
            at: event time, ns, later than the last one.
            measures: of that pose.
            width: the picture's width, pixels.
            height: the picture's height, pixels.
            exercise: what the person seems to be doing; None for nothing.
        """
        elapsed = 0.0 if self._at is None else min((at - self._at) / NANOSECONDS, 1.0)
        self._at = at
        events: list[PlacementHint] = []
        if exercise is None or exercise.exercise != self._exercise:
            events += self.close(at)
            self._exercise = None if exercise is None else exercise.exercise
        if exercise is None:
            return events
        out = missing(exercise, measures, width / height)
        messages = {
            "step_back": out and f"Step back until your {out} {'is' if out == 'body' else 'are'} in the picture.",
            "come_closer": "Come closer to the camera." if 0 < measures.place[2] * height < SMALL else None,
            "turn_sideways": "Turn sideways to the camera." if _turned_away(exercise, measures) else None,
        }
        for hint, message in messages.items():
            events += self._weigh(hint, message, exercise.exercise, at, elapsed)
        return events

    def close(self, at: int) -> list[PlacementHint]:
        """Withdraw what is shown.

        Args:
            at: event time of the frame at which it no longer matters, ns.
        """
        return [self._withdrawn(cause, at) for cause in self._causes.values() if cause.told is not None]

    def snapshot(self) -> PlacementSnapshot:
        """What another needs to go on from here."""
        causes = {
            hint: CauseSnapshot(cause.level, cause.start, cause.told, cause.told_at)
            for hint, cause in self._causes.items()
        }
        return PlacementSnapshot(self._exercise, self._at, causes)

    def restore(self, snapshot: PlacementSnapshot) -> None:
        """Go on from a snapshot of the same person.

        Raises:
            KeyError: it lacks a hint.
        """
        self._exercise, self._at = snapshot.exercise, snapshot.at
        for hint in self._causes:
            one = snapshot.causes[hint]
            self._causes[hint] = _Cause(one.level, one.start, one.told, one.told_at)

    def _weigh(self, hint: str, message: str | None, exercise: str, at: int, elapsed: float) -> list[PlacementHint]:
        cause = self._causes[hint]
        if not message:
            cause.level = max(cause.level - 2 * elapsed, 0.0)
            if cause.level > 0.0:
                return []
            cause.start = None
            return [] if cause.told is None else [self._withdrawn(cause, at)]
        cause.start = at if cause.start is None else cause.start
        cause.level = min(cause.level + elapsed, TELL_SECONDS)
        lately = cause.told_at is not None and at - cause.told_at < AGAIN_SECONDS * NANOSECONDS
        if cause.told is not None or lately or cause.level < TELL_SECONDS:
            return []
        cause.told_at = at
        cause.told = PlacementHint(
            camera_id=self._camera_id,
            track_id=self._track_id,
            event_id=event_id(self._camera_id, self._track_id, f"placement-{hint}", cause.start),
            captured_at=at,
            exercise=exercise,
            hint=hint,
            message=message,
            start=cause.start,
        )
        return [cause.told]

    @staticmethod
    def _withdrawn(cause: _Cause, at: int) -> PlacementHint:
        told = cause.told
        if told is None:
            raise ValueError("a hint that is not shown cannot be withdrawn")
        cause.told, cause.start, cause.level = None, None, 0.0
        return replace(told, captured_at=at, revision=told.revision + 1, active=False)


def _turned_away(entry: Exercise, measures: Measures) -> bool:
    """Whether somebody is seen from where their exercise cannot be judged."""
    if entry.view == ANY_VIEW or measures.quality[Signal.TORSO] < SEEN:
        return False
    return not entry.view[0] <= view_of(measures) <= entry.view[1]
