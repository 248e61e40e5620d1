"""The scorebook: what readers were told of one person's sets, and the events that bring it up to date.

`services.core.sets` decides what is true now, over and over; the book compares that with what it told and tells the
difference. A correction carries the same event id with a higher revision, and nothing that still holds is told twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Final, TypedDict

from services.core.exercises import Exercise
from services.core.form import faults_of
from services.core.reps import Repetition
from services.core.signals import Measures
from services.core.types import Event, FormCue, Hold, Rep, SetEnded, SetStarted

MILLISECOND: Final = 1_000_000
"""Nanoseconds in a millisecond."""

Seen = Callable[[int, int], Sequence[Measures]]
"""Gives the measures of the poses between two moments, ns."""


def event_id(camera_id: str, track_id: str, kind: str, start: int) -> str:
    """The id of an event, the same whenever the same poses are seen.

    Args:
        camera_id: its camera.
        track_id: its person.
        kind: what it is.
        start: when what it tells of began, ns.
    """
    key = f"{camera_id}/{track_id}/{kind}/{start // MILLISECOND}"
    return blake2b(key.encode(), digest_size=12).hexdigest()


@dataclass(frozen=True, slots=True)
class Bout:
    """What a set is now believed to be.

    Attributes:
        exercise: its entry of the catalogue; None for movement that no exercise fits.
        label: the exercise's id, or "unknown".
        start, end: of its first and last repetition, or of the hold, ns.
        reps: its repetitions; none in a hold or unknown movement.
        confidence: 0-1, mean probability of the label over its clips.
        going: whether its clips still go on.
        begun: when a further repetition was begun, ns; None when none is under way.
    """

    exercise: Exercise | None
    label: str
    start: int
    end: int
    reps: tuple[Repetition, ...]
    confidence: float
    going: bool
    begun: int | None = None


@dataclass(slots=True)
class _OpenSet:
    """What was told of the set that is open."""

    started: SetStarted
    reps: dict[str, Rep]
    hold: Hold | None = None


class _Common(TypedDict):
    camera_id: str
    track_id: str
    event_id: str
    captured_at: int
    revision: int


class Scorebook:
    """What was told of one track."""

    def __init__(self, camera_id: str, track_id: str, seen: Seen) -> None:
        self._camera_id = camera_id
        self._track_id = track_id
        self._seen = seen
        self._open: _OpenSet | None = None
        self._revisions: dict[str, int] = {}

    @property
    def open(self) -> bool:
        """Whether a set was started and not ended."""
        return self._open is not None

    def tell(self, bout: Bout, at: int) -> list[Event]:
        """What has to be said so that the open set equals a bout; it is started where none is open.

        Args:
            bout: what is believed now.
            at: event time of the frame that made it so, ns.
        """
        events: list[Event] = []
        if self._open is None or self._open.started.exercise != bout.label:
            key = self._open.started.event_id if self._open else self._id("set", bout.start)
            started = SetStarted(**self._common(key, at), exercise=bout.label, start=bout.start)
            self._open = _OpenSet(started, self._open.reps if self._open else {})
            events.append(started)
        if bout.exercise is not None and bout.exercise.hold:
            return [*events, *self._take_back(self._open, at), *self._tell_hold(self._open, bout, at)]
        return [*events, *self._tell_reps(self._open, bout, at)]

    def end(self, bout: Bout, at: int) -> list[Event]:
        """Tell the open set as a bout for the last time, and end it."""
        events = self.tell(bout, at)
        return events if self._open is None else [*events, self._ended(self._open.started, bout, at)]

    def abandon(self, at: int) -> list[Event]:
        """End the open set as nothing: what made it is gone."""
        if self._open is None:
            return []
        started = self._open.started
        events = self._take_back(self._open, at)
        nothing = Bout(None, started.exercise, started.start, started.start, (), 0.0, going=False)
        return [*events, self._ended(started, nothing, at)]

    def _ended(self, started: SetStarted, bout: Bout, at: int) -> SetEnded:
        self._open = None
        return SetEnded(
            **self._common(self._id("set-end", started.start), at),
            set_id=started.event_id,
            exercise=bout.label,
            start=bout.start,
            end=bout.end,
            reps=len(bout.reps),
            confidence=round(bout.confidence, 3),
            rep_times=tuple((rep.start, rep.end) for rep in bout.reps),
        )

    def _tell_reps(self, open_set: _OpenSet, bout: Bout, at: int) -> list[Event]:
        """Repetitions that are new or changed; those that are gone first."""
        events: list[Event] = []
        told: dict[str, Rep] = {}
        for number, repetition in enumerate(bout.reps, start=1):
            key = self._id("rep", repetition.start)
            before = open_set.reps.pop(key, None)
            same_exercise = before is not None and before.exercise == bout.label
            if before is not None and same_exercise and (before.number, before.end) == (number, repetition.end):
                told[key] = before
                continue
            told[key] = self._rep(open_set, bout, repetition, number, at)
            events.append(told[key])
            if bout.exercise is not None and not same_exercise:
                events += self._cues(bout.exercise, told[key], at)
        gone = self._take_back(open_set, at)
        open_set.reps = told
        return [*gone, *events]

    def _rep(self, open_set: _OpenSet, bout: Bout, repetition: Repetition, number: int, at: int) -> Rep:
        covered = bout.exercise.range_of_motion(repetition.swing) if bout.exercise else 0.0
        return Rep(
            **self._common(self._id("rep", repetition.start), at),
            set_id=open_set.started.event_id,
            exercise=bout.label,
            number=number,
            start=repetition.start,
            end=repetition.end,
            range_of_motion=round(covered, 3),
        )

    def _take_back(self, open_set: _OpenSet, at: int) -> list[Rep]:
        """Take back every repetition that the open set still has."""
        gone = [
            replace(rep, captured_at=at, revision=self._revision(key), counted=False)
            for key, rep in open_set.reps.items()
        ]
        open_set.reps = {}
        return gone

    def _tell_hold(self, open_set: _OpenSet, bout: Bout, at: int) -> list[Event]:
        """The hold, when it is longer than was told."""
        key = self._id("hold", bout.start)
        hold = open_set.hold
        if hold is not None and hold.event_id == key and hold.end == bout.end:
            return []
        open_set.hold = Hold(
            **self._common(key, at),
            set_id=open_set.started.event_id,
            exercise=bout.label,
            start=bout.start,
            end=bout.end,
        )
        return [open_set.hold]

    def _cues(self, exercise: Exercise, rep: Rep, at: int) -> list[FormCue]:
        """What was wrong with a repetition that is told of this exercise for the first time."""
        return [
            FormCue(
                **self._common(self._id(f"cue-{fault.fault}", rep.start), at),
                set_id=rep.set_id,
                exercise=rep.exercise,
                fault=fault.fault,
                severity=fault.severity,
                message=fault.message,
                rep=rep.number,
                at=rep.end,
            )
            for fault in faults_of(exercise, self._seen(rep.start, rep.end))
        ]

    def _id(self, kind: str, start: int) -> str:
        return event_id(self._camera_id, self._track_id, kind, start)

    def _revision(self, key: str) -> int:
        """The next revision of an event."""
        self._revisions[key] = self._revisions.get(key, -1) + 1
        return self._revisions[key]

    def _common(self, key: str, at: int) -> _Common:
        """What every event carries, of its next revision."""
        return _Common(
            camera_id=self._camera_id,
            track_id=self._track_id,
            event_id=key,
            captured_at=at,
            revision=self._revision(key),
        )
