r"""Placement: whether somebody is where, and as, they have to be to be counted, and what to tell them when not.

    poses    walks up   stands   squats ..................   walks off
    gate     ......closed|open...............................|closed     (`StartGate`: which poses are counted)

    feet out of the picture   ________/----------------\______________
    level                     _______/‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾‾\____________
    hint                             told              withdrawn         (`Placement`: what the person is told)

Laws:
    1. The gate is open at the first pose of a track: a recording may begin in the middle of a set. Later it opens when
       the exercise's posture, and its start posture where it names one, was kept for `START_SECONDS`; it closes when
       the posture was lost, or the person walked, for `LOST_SECONDS`.
    2. Poses count for nothing while a keypoint that the exercise's signal needs is out of the picture on both sides of
       the body: what is guessed there moves as it likes.
    3. A hint is told when its cause held for `TELL_SECONDS` of event time, more often than not, and withdrawn when the
       cause was gone for half as long. The same hint is not told again within `AGAIN_SECONDS`.
    4. Only somebody who seems to exercise is told anything.
    5. Hints are events: a pure function of poses and labels, with ids as all events have.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from services.core.alignment import view_of
from services.core.exercises import Exercise
from services.core.faults import ANY_VIEW
from services.core.scorebook import event_id
from services.core.signals import BODY, Measures, Signal
from services.core.types import NANOSECONDS, PlacementHint

START_SECONDS: Final = 0.3
"""A start posture is taken when it was kept for as long."""

LOST_SECONDS: Final = 1.0
"""Who left the posture for as long begins anew."""

WALK: Final = 0.8
"""Metres a second across the picture, over `WALK_SECONDS`, from which on somebody upright walks; gait is 1.2-1.4 m/s
(Winter, Biomechanics and Motor Control of Human Movement, 2009), who steps about in a set is slower."""

WALK_SECONDS: Final = 1.0
"""Time over which walking is judged."""

UPRIGHT: Final = 60.0
"""Degrees of the trunk over the horizon from which on moving across the picture is walking, and no burpee."""

OUTSIDE: Final = 0.02
"""Picture heights past the edge at which a keypoint is out of the picture; poses shake by less."""

TELL_SECONDS: Final = 3.0
"""A hint is told when its cause lasted for as long."""

AGAIN_SECONDS: Final = 20.0
"""Shortest time between two tellings of the same hint."""

SMALL: Final = 55.0
"""Pixels a metre below which somebody is too small: 94 pixels of height, a third of what the pose model looks at."""

SEEN: Final = 0.5
"""The view of somebody whose shoulders and hips are less visible is not judged."""

_ARM: Final = ("shoulder", "elbow", "wrist")
_LEG: Final = ("hip", "knee", "ankle")
_NEEDS: Final[Mapping[Signal, tuple[str, ...]]] = MappingProxyType(
    {
        Signal.ELBOW: _ARM,
        Signal.SHOULDER: ("elbow", "shoulder", "hip"),
        Signal.HIP: ("shoulder", "hip", "knee"),
        Signal.KNEE: _LEG,
        Signal.WRIST_HEIGHT: ("shoulder", "wrist"),
        Signal.HIP_HEIGHT: ("hip", "ankle"),
        Signal.SHOULDER_HEIGHT: ("shoulder", "ankle"),
        Signal.TORSO: ("shoulder", "hip"),
        Signal.STRIDE: ("ankle",),
        Signal.REACH: _ARM,
        Signal.BEND: ("shoulder", "hip", "knee"),
    }
)
"""Parts of the body that a signal needs, of either side."""

_CALLED: Final = MappingProxyType({"ankle": "feet", "knee": "knees", "wrist": "hands"})


def missing(entry: Exercise, measures: Measures, aspect: float | None = None) -> str | None:
    """What an exercise's signal needs and the picture does not hold, as people call it; None for nothing.

    Args:
        entry: the exercise.
        measures: of a pose.
        aspect: width of the picture over its height; None to look at its upper and lower edge only.
    """
    metre = float(measures.place[2])
    if metre == 0.0:
        return None
    for part in reversed(_NEEDS[entry.signal]):
        places = measures.body[_PLACES[part], :2] * metre + measures.place[:2]
        out = (places[:, 1] < -OUTSIDE) | (places[:, 1] > 1.0 + OUTSIDE)
        if aspect is not None:
            out |= (places[:, 0] < -OUTSIDE) | (places[:, 0] > aspect + OUTSIDE)
        if out.all():
            return _CALLED.get(part, "body")
    return None


_PLACES: Final = {
    part: [BODY.index(f"{side}_{part}") for side in ("left", "right")]
    for part in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
}


class StartGate:
    """Says which of somebody's poses may count for an exercise; laws 1 and 2 at the top of this file.

    Args:
        entry: the exercise.
    """

    def __init__(self, entry: Exercise) -> None:
        self._entry = entry
        self._open: bool | None = None
        self._since: int | None = None
        self._walk: list[tuple[int, float, float, float]] = []

    def update(self, at: int, measures: Measures) -> bool:
        """Take the next pose; whether it may count.

        Args:
            at: event time, ns, later than the last one.
            measures: of that pose.
        """
        entry = self._entry
        right = entry.fits(measures) and not self._walks(at, measures)
        if self._open is None:
            self._open = right
        turns = not right if self._open else right and entry.starts(measures)
        if not turns:
            self._since = None
        elif self._since is None:
            self._since = at
        elif at - self._since >= (LOST_SECONDS if self._open else START_SECONDS) * NANOSECONDS:
            self._open, self._since = right, None
        return self._open and right and missing(entry, measures) is None

    def _walks(self, at: int, measures: Measures) -> bool:
        """Whether somebody upright goes across the picture."""
        x, y, metre = (float(value) for value in measures.place)
        self._walk.append((at, x, y, metre))
        while len(self._walk) > 1 and at - self._walk[1][0] >= WALK_SECONDS * NANOSECONDS:
            del self._walk[0]
        then, x0, _, _ = self._walk[0]
        seconds = (at - then) / NANOSECONDS
        if metre == 0.0 or seconds < WALK_SECONDS or measures.values[Signal.TORSO] < UPRIGHT:
            return False
        return abs(x - x0) / metre / seconds >= WALK


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
