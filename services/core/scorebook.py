"""The scorebook: what readers were told of one person's sets, and the events that bring it up to date.

`services.core.sets` decides what is true now, over and over; the book compares that with what it told and tells the
difference. A correction carries the same event id with a higher revision, and nothing that still holds is told twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Final, TypedDict

from services.core.bouts import Bout
from services.core.faults import Fault
from services.core.form import faults_of, faults_of_hold
from services.core.repetition import Repetition
from services.core.sides import farther, side_of
from services.core.signals import Measures
from services.core.tempo import speed_unit_of, tempo_of
from services.core.types import NANOSECONDS, Event, FormCue, Hold, Rep, SetEnded, SetStarted

MILLISECOND: Final = 1_000_000
"""Nanoseconds in a millisecond."""

LATELY: Final = 3 * NANOSECONDS
"""So much of a hold is judged at a time, ns."""

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
class OpenSet:
    """What was told of the set that is open.

    Attributes:
        first: the exercise that was told first.
        reps: event_id -> each repetition that stands, halves too.
        hold: the hold, as long as it was told to be.
        faults: what was said to be wrong with the hold.
    """

    started: SetStarted
    first: str
    reps: Mapping[str, Rep] = field(default_factory=dict)
    hold: Hold | None = None
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BookSnapshot:
    """All that a book knows.

    Attributes:
        open: the set that is open.
        revisions: event_id -> when what it tells of began (ns), and its last revision.
        ended: the last set that was one.
        over: since when it was over, ns.
        load: what is lifted, kg, and since when that was said, ns; None when nobody said.
    """

    open: OpenSet | None = None
    revisions: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    ended: SetEnded | None = None
    over: int = 0
    load: tuple[float, int] | None = None


@dataclass(frozen=True, slots=True)
class _Place:
    """A repetition's place in its set: its number, when the one before it ended (ns), whether it is a half."""

    number: int
    rested: int | None
    half: bool


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
        self._open: OpenSet | None = None
        self._revisions: dict[str, tuple[int, int]] = {}
        self._ended: SetEnded | None = None
        self._over = 0
        self._load: tuple[float, int] | None = None

    @property
    def open(self) -> bool:
        """Whether a set was started and not ended."""
        return self._open is not None

    def started_before(self, at: int) -> bool:
        """Whether the open set began before a moment, ns."""
        return self._open is not None and self._open.started.start < at

    def tell(self, bout: Bout, at: int) -> list[Event]:
        """What has to be said so that the open set equals a bout; it is started where none is open.

        Args:
            bout: what is believed now.
            at: event time of the frame that made it so, ns.
        """
        events: list[Event] = []
        before = self._open
        if before is None or before.started.exercise != bout.label:
            started = SetStarted(
                **self._common("set", before.started.start if before else bout.start, at),
                exercise=bout.label,
                start=bout.start,
                corrected_from=before.started.exercise if before else None,
                rest_before_seconds=self._rest_before(bout),
            )
            before = OpenSet(started, before.first if before else bout.label, before.reps if before else {})
            events.append(started)
        told = [*self._reps(before, bout, at)]
        reps = {rep.event_id: rep for rep, _ in told}
        events += self._taken_back(before, reps, at)
        for _, news in told:
            events += news
        hold = self._hold(before, bout, at)
        faults = before.faults
        if hold is not None and hold is not before.hold:
            cues = [*self._hold_cues(before, bout, hold, at)]
            events += [hold, *cues]
            faults += tuple(cue.fault for cue in cues)
        self._open = replace(before, reps=reps, hold=hold, faults=faults)
        return events

    def end(self, bout: Bout, at: int, over: int | None = None) -> list[Event]:
        """Tell the open set as a bout for the last time, and end it.

        Args:
            bout: what it was.
            at: event time of the frame that made it so, ns.
            over: since when it is over, ns: earlier where somebody asked for it and was heard late.
        """
        events = self.tell(bout, at)
        if self._open is None:
            return events
        ended = self._close(self._open, bout, at)
        self._over = at if over is None else over
        return [*events, ended]

    def abandon(self, at: int) -> list[Event]:
        """End the open set as nothing: what made it is gone."""
        if self._open is None:
            return []
        open_set, started = self._open, self._open.started
        events: list[Event] = [*self._taken_back(open_set, {}, at)]
        nothing = Bout(None, started.exercise, started.start, started.start)
        return [*events, self._close(open_set, nothing, at)]

    def load(self, kilograms: float, since: int, at: int) -> list[Event]:
        """Take what is lifted; a set that ended meanwhile is told again.

        Args:
            kilograms: 0 for none but the own body.
            since: when that was said, ns; what was said later, or at the same moment and heard later, stands.
            at: event time of the last frame, ns.
        """
        if self._load is not None and (since < self._load[1] or (kilograms, since) == self._load):
            return []
        self._load = (kilograms, since)
        if self._ended is None or self._over <= since:
            return []
        self._ended = replace(
            self._ended,
            captured_at=at,
            revision=self._ended.revision + 1,
            load_kg=kilograms,
            volume_kg=_volume(kilograms, self._ended.reps),
        )
        return [self._ended]

    def forget(self, before: int) -> None:
        """Forget the revisions of what began before a moment, which is not told again."""
        self._revisions = {key: known for key, known in self._revisions.items() if known[0] >= before}

    def snapshot(self) -> BookSnapshot:
        """All that the book knows."""
        return BookSnapshot(self._open, dict(self._revisions), self._ended, self._over, self._load)

    def restore(self, snapshot: BookSnapshot) -> None:
        """Know what a snapshot knows."""
        self._open, self._revisions = snapshot.open, dict(snapshot.revisions)
        self._ended, self._over, self._load = snapshot.ended, snapshot.over, snapshot.load

    def _close(self, open_set: OpenSet, bout: Bout, at: int) -> SetEnded:
        kilograms = self._load[0] if self._load else None
        ended = SetEnded(
            **self._common("set-end", open_set.started.start, at),
            set_id=open_set.started.event_id,
            exercise=bout.label,
            start=bout.start,
            end=bout.end,
            reps=len(bout.reps),
            confidence=round(bout.confidence, 3),
            rep_times=tuple((rep.start, rep.end) for rep in bout.reps),
            halves=len(bout.halves),
            load_kg=kilograms,
            volume_kg=_volume(kilograms, len(bout.reps)),
            rest_before_seconds=self._rest_before(bout),
            corrected_from=open_set.first if open_set.first != bout.label else None,
            held_seconds=open_set.hold.held_seconds if open_set.hold else None,
        )
        if bout.end > bout.start:
            self._ended = ended
        self._open = None
        return ended

    def _reps(self, open_set: OpenSet, bout: Bout, at: int) -> Iterator[tuple[Rep, list[Event]]]:
        """Each repetition of a bout as it stands, halves in their place, and what is new of it."""
        set_id, place = open_set.started.event_id, _Place(1, rested=None, half=False)
        for repetition in sorted((*bout.reps, *bout.halves), key=lambda one: one.start):
            place = replace(place, half=repetition in bout.halves)
            rep = before = open_set.reps.get(self._id("rep", repetition.start))
            news: list[Event] = []
            if rep is None or not _stands(rep, bout, repetition, place):
                rep = self._rep(set_id, bout, repetition, place, at)
                news = [rep, *self._cues(bout, before, rep, repetition, at)]
            yield rep, news
            place = _Place(place.number + (not place.half), repetition.end, place.half)

    def _rep(self, set_id: str, bout: Bout, repetition: Repetition, place: _Place, at: int) -> Rep:
        entry, seen = bout.exercise, self._seen(repetition.start, repetition.end)
        side = side_of(entry, seen) if entry else None
        times = farther(entry, side, seen) if entry else 1.0
        return Rep(
            **self._common("rep", repetition.start, at),
            set_id=set_id,
            exercise=bout.label,
            number=place.number,
            start=repetition.start,
            end=repetition.end,
            range_of_motion=round(entry.range_of_motion(times * repetition.swing), 3) if entry else 0.0,
            counted=not place.half,
            half=place.half,
            reached=repetition.reached,
            left=repetition.left,
            tempo=tempo_of(entry, repetition, place.rested) if entry else None,
            peak_speed=round(times * repetition.peak_speed, 3) if entry else None,
            speed_unit=speed_unit_of(entry.signal) if entry else None,
            confidence=round(repetition.confidence, 3),
            side=side,
        )

    def _taken_back(self, open_set: OpenSet, standing: Mapping[str, Rep], at: int) -> list[Rep]:
        """What the open set has and a bout has not, taken back."""
        return [
            replace(rep, **self._common("rep", rep.start, at), counted=False, half=False)
            for key, rep in open_set.reps.items()
            if key not in standing
        ]

    def _hold(self, open_set: OpenSet, bout: Bout, at: int) -> Hold | None:
        """The hold as it stands; the one that was told where nothing changed."""
        if bout.exercise is None or bout.held is None:
            return None
        before = open_set.hold
        if before is not None and (before.exercise, before.start, before.end) == (bout.label, bout.start, bout.end):
            return before
        return Hold(
            **self._common("hold", bout.start, at),
            set_id=open_set.started.event_id,
            exercise=bout.label,
            start=bout.start,
            end=bout.end,
            held_seconds=round(bout.held.held / NANOSECONDS, 3),
            breaks=bout.held.breaks,
        )

    def _cues(self, bout: Bout, before: Rep | None, rep: Rep, repetition: Repetition, at: int) -> Iterator[FormCue]:
        """What was wrong with a repetition that is told of this exercise for the first time."""
        told = before is not None and before.exercise == rep.exercise and before.counted
        if bout.exercise is not None and rep.counted and not told:
            for fault in faults_of(bout.exercise, self._seen(rep.start, rep.end), repetition):
                yield self._cue(fault, rep, rep.number, at)

    def _hold_cues(self, open_set: OpenSet, bout: Bout, hold: Hold, at: int) -> Iterator[FormCue]:
        """What is wrong with a hold for the first time."""
        if bout.exercise is not None:
            for fault in faults_of_hold(bout.exercise, self._seen(max(hold.start, hold.end - LATELY), hold.end)):
                if fault.fault not in open_set.faults:
                    yield self._cue(fault, hold, None, at)

    def _cue(self, fault: Fault, of: Rep | Hold, number: int | None, at: int) -> FormCue:
        return FormCue(
            **self._common(f"cue-{fault.fault}", of.start, at),
            set_id=of.set_id,
            exercise=of.exercise,
            fault=fault.fault,
            severity=fault.severity,
            message=fault.message,
            rep=number,
            at=of.end,
        )

    def _rest_before(self, bout: Bout) -> float | None:
        if self._ended is None:
            return None
        return round(max(bout.start - self._ended.end, 0) / NANOSECONDS, 3)

    def _id(self, kind: str, start: int) -> str:
        return event_id(self._camera_id, self._track_id, kind, start)

    def _common(self, kind: str, start: int, at: int) -> _Common:
        """What every event carries, of its next revision."""
        key = self._id(kind, start)
        revision = self._revisions[key][1] + 1 if key in self._revisions else 0
        self._revisions[key] = (start, revision)
        return _Common(
            camera_id=self._camera_id,
            track_id=self._track_id,
            event_id=key,
            captured_at=at,
            revision=revision,
        )


def _stands(told: Rep, bout: Bout, repetition: Repetition, place: _Place) -> bool:
    """Whether what was told of a repetition still holds; the end of half a one is not told again while it creeps."""
    same = (told.exercise, told.number, told.half) == (bout.label, place.number, place.half)
    return same and (place.half or told.end == repetition.end)


def _volume(kilograms: float | None, reps: int) -> float | None:
    return None if kilograms is None else round(kilograms * reps, 3)
