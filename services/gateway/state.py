"""What is going on in each camera's view now, derived from events.

Events may come twice, late and out of order; each carries a revision. The laws:

- of one event_id the highest revision counts, and one that was applied already changes nothing;
- the repetitions of a set are its counted `Rep`s, until a `SetEnded` says the number, which then stands;
- a message about a set whose start was not seen yet opens the set by its set_id, and repetitions below the highest
  number of which nothing was ever heard count too: they were before our time;
- a hint stands until it is withdrawn; of a person's load the one that was told latest holds;
- a track that ended stays ended, whatever comes late.

So any order of the same messages ends in the same sets. Everything is bounded: sets, cues and events are rings.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from services.core.types import (
    NANOSECONDS,
    CameraState,
    Command,
    Event,
    FormCue,
    Hold,
    Pace,
    Picture,
    PlacementHint,
    PoseFrame,
    Prediction,
    Rep,
    SetEnded,
    SetStarted,
    TellLoad,
    TrackEnded,
)
from services.gateway.sets import ExerciseSet

RECENT_EVENTS: Final = 500
"""Events kept per camera for those who ask later; the oldest go first."""

RECENT_SETS: Final = 60
"""Finished sets kept per camera."""

PREDICTIONS_PER_PERSON: Final = 120
"""Predictions kept per person, for the confidence of the set going on; about two minutes of them."""

REMEMBERED_EVENTS: Final = 20_000
"""Event ids per camera whose revision is remembered, to tell a repeated message from a new one."""

CLOCK_SET: Final = 10 * NANOSECONDS
"""A camera's frame that is so much older than the one before, ns, tells that its clock was set back."""

FORGET_AFTER: Final = 120 * NANOSECONDS
"""Event time, ns, after which a person who was not seen is forgotten even if no `TrackEnded` came."""


@dataclass(slots=True)
class Person:
    """One track: somebody in one camera's view, as long as they are there.

    Attributes:
        label, confidence: of the latest prediction; None before the first.
        predictions: event_id -> the latest predictions.
        first_seen, last_seen: event time, ns.
        present: whether the newest PoseFrame shows them.
        set_id: the set going on, or None.
        hints: event_id -> what is to be told of where they stand.
        load: what they lift, as told last; None before anybody told.
    """

    camera_id: str
    track_id: str
    first_seen: int
    last_seen: int
    label: str | None = None
    confidence: float | None = None
    present: bool = False
    set_id: str | None = None
    ended: bool = False
    predictions: OrderedDict[str, Prediction] = field(default_factory=OrderedDict)
    hints: dict[str, PlacementHint] = field(default_factory=dict)
    load: TellLoad | None = None

    @property
    def load_told_at(self) -> int:
        """Since when the load holds, event time, ns; 0 before anybody told."""
        return self.load.captured_at if self.load else 0

    def predicted(self, event: Prediction) -> None:
        """Take a prediction, in whatever order they come."""
        self.predictions[event.event_id] = event
        if len(self.predictions) > PREDICTIONS_PER_PERSON:
            del self.predictions[min(self.predictions.values(), key=_when).event_id]
        latest = max(self.predictions.values(), key=_when)
        self.label, self.confidence = latest.label, latest.confidence

    def hinted(self, event: PlacementHint) -> None:
        """Take a hint, or its withdrawal."""
        if event.active:
            self.hints[event.event_id] = event
        else:
            self.hints.pop(event.event_id, None)


def _when(prediction: Prediction) -> tuple[int, str]:
    return prediction.end, prediction.event_id


class CameraBoard:
    """Everything known about one camera."""

    def __init__(self, camera_id: str) -> None:
        self.camera_id = camera_id
        self.state: CameraState | None = None
        self.picture: Picture | None = None
        self.pace = Pace.FULL
        """How often its people are looked at, as pose said last."""
        self.now = 0
        """Newest event time seen, ns."""
        self._framed_at: int | None = None
        self.persons: dict[str, Person] = {}
        self.sets: OrderedDict[str, ExerciseSet] = OrderedDict()
        self.events: deque[Event] = deque(maxlen=RECENT_EVENTS)
        self._revisions: OrderedDict[str, int] = OrderedDict()

    @property
    def people(self) -> list[Person]:
        """Those in view, longest first."""
        return sorted((p for p in self.persons.values() if p.present), key=lambda p: (p.first_seen, p.track_id))

    @property
    def finished_sets(self) -> list[ExerciseSet]:
        """Finished sets, newest first; not those that ended as nothing, for they were taken back."""
        done = [one for one in self.sets.values() if one.end is not None and one.end > one.start]
        return sorted(done, key=lambda one: (one.end or 0, one.set_id), reverse=True)

    @property
    def frame_time(self) -> int:
        """Event time of the newest frame, ns; unlike `now` it follows a clock that is set back."""
        return self.now if self._framed_at is None else self._framed_at

    def current_set(self, person: Person) -> ExerciseSet | None:
        """The set that a person is in the middle of."""
        return self.sets.get(person.set_id) if person.set_id else None

    def confidence_of(self, one: ExerciseSet) -> float | None:
        """How likely a set is its exercise: as decided at its end; before, the mean of what was predicted during it."""
        if one.confidence is not None or (person := self.persons.get(one.track_id)) is None:
            return one.confidence
        said = [p.probabilities.get(one.exercise, 0.0) for p in person.predictions.values() if p.end > one.start]
        return sum(said) / len(said) if said else None

    def see(self, frame: PoseFrame) -> None:
        """Note who is in view, and how often is looked."""
        self._advance(frame.captured_at)
        before = self._framed_at
        if before is None or frame.captured_at > before or frame.captured_at < before - CLOCK_SET:
            self._framed_at = frame.captured_at
        self.pace = frame.pace
        there = {pose.track_id for pose in frame.people}
        for track_id in there:
            person = self._person(track_id, frame.captured_at)
            person.last_seen = max(person.last_seen, frame.captured_at)
        for person in self.persons.values():
            person.present = person.track_id in there and not person.ended

    def update(self, event: Event) -> bool:
        """Apply one event; False if this revision of it, or a newer one, was applied before."""
        if self._revisions.get(event.event_id, -1) >= event.revision:
            return False
        self._revisions[event.event_id] = event.revision
        self._revisions.move_to_end(event.event_id)
        if len(self._revisions) > REMEMBERED_EVENTS:
            self._revisions.popitem(last=False)
        self._advance(event.captured_at)
        self.events.append(event)
        person = self._person(event.track_id, event.captured_at)
        person.last_seen = max(person.last_seen, event.captured_at)
        match event:
            case Prediction():
                person.predicted(event)
            case SetStarted():
                self._set(event.event_id, event, event.exercise, event.start).started(event)
            case Rep():
                self._set(event.set_id, event, event.exercise, event.start).rep(event)
            case Hold():
                self._set(event.set_id, event, event.exercise, event.start).held(event)
            case FormCue():
                self._set(event.set_id, event, event.exercise, event.at).cue(event)
            case SetEnded():
                self._set(event.set_id, event, event.exercise, event.start).ended(event)
            case PlacementHint():
                person.hinted(event)
            case TrackEnded():
                person.ended, person.present = True, False
                person.first_seen, person.last_seen = event.first, event.last
            case _:
                pass
        self._settle(person)
        return True

    def told(self, command: Command) -> Person | None:
        """Take what was asked of a person, and give them; None when they are not here. The counting tells the rest."""
        person = self.persons.get(command.track_id)
        if person and isinstance(command, TellLoad) and command.captured_at >= person.load_told_at:
            person.load = command
        return person

    def last_set(self, person: Person) -> ExerciseSet | None:
        """The last set that a person finished."""
        return next((one for one in self.finished_sets if one.track_id == person.track_id), None)

    def person_of(self, event: Event) -> Person:
        """The person an event is about, after `update`."""
        return self._person(event.track_id, event.captured_at)

    def set_of(self, event: Event) -> ExerciseSet | None:
        """The set an event is about, after `update`; None for those about no set."""
        match event:
            case SetStarted():
                return self.sets.get(event.event_id)
            case Rep() | Hold() | FormCue() | SetEnded():
                return self.sets.get(event.set_id)
            case _:
                return None

    def _person(self, track_id: str, at: int) -> Person:
        if (person := self.persons.get(track_id)) is None:
            person = self.persons[track_id] = Person(self.camera_id, track_id, at, at)
        return person

    def _set(self, set_id: str, event: Event, exercise: str, start: int) -> ExerciseSet:
        if (one := self.sets.get(set_id)) is None:
            one = self.sets[set_id] = ExerciseSet(set_id, self.camera_id, event.track_id, exercise, start)
            done = [other for other in self.sets.values() if other.end is not None]
            if len(done) > RECENT_SETS:
                del self.sets[min(done, key=lambda other: other.end or 0).set_id]
        return one

    def _settle(self, person: Person) -> None:
        """Point a person at the newest of their sets that is still open."""
        of_track = (one for one in self.sets.values() if one.track_id == person.track_id and one.end is None)
        newest = max(of_track, key=lambda one: (one.start, one.set_id), default=None)
        person.set_id = newest.set_id if newest and not person.ended else None

    def _advance(self, at: int) -> None:
        if at <= self.now:
            return
        self.now = at
        gone = [t for t, p in self.persons.items() if not p.present and at - p.last_seen > FORGET_AFTER]
        for track_id in gone:
            del self.persons[track_id]
            for set_id in [s for s, one in self.sets.items() if one.track_id == track_id and one.end is None]:
                del self.sets[set_id]


class GymState:
    """All cameras, by id."""

    def __init__(self) -> None:
        self.boards: dict[str, CameraBoard] = {}

    def board(self, camera_id: str) -> CameraBoard:
        """The camera's board, made at its first message."""
        if (board := self.boards.get(camera_id)) is None:
            board = self.boards[camera_id] = CameraBoard(camera_id)
        return board

    def select(self, cameras: Iterable[str] | None) -> list[CameraBoard]:
        """The boards of these cameras, or with None of all, by id; unknown ones are left out."""
        wanted = self.boards if cameras is None else [c for c in cameras if c in self.boards]
        return [self.boards[camera_id] for camera_id in sorted(wanted)]
