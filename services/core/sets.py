r"""Sets: from one person's measures and clip predictions to sets, repetitions, holds and cues.

    clips        none  none  squat  squat  deadlift  squat  none  none  none ...
    evidence     ------none------|-----------squat------------|----none-----      (`services.core.evidence`)
    repetitions          .  /\  /\  /\  /\                                        (`services.core.reps`)
    events                     ^SetStarted, Rep 1, Rep 2 ...          ^SetEnded after the rest

Laws:
    1. A set is repetitions of one exercise, within a stretch of clips that show it, with no long rest between them. A
       hold, or movement that no exercise fits ("unknown"), makes a set by lasting. Nothing else does.
    2. The label is decided late, the counting is not: measures are kept, so that the set begins with its first
       repetition however late its exercise was known.
    3. What was told and no longer holds is corrected: `SetStarted` of the same set with a higher revision names another
       exercise, and repetitions are told again or taken back (``counted=False``). `SetEnded` is final.
    4. At most one set is open. One that is followed by another's first repetition is over.
    5. Events are a pure function of poses and predictions; an id hashes (camera, track, kind, start in ms), no float.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Final, TypedDict

from services.core.evidence import Evidence, Stretch
from services.core.exercises import CATALOGUE, NONE, UNKNOWN, Exercise
from services.core.form import faults_of
from services.core.reps import HoldTimer, RepCounter, Repetition
from services.core.signals import Measures
from services.core.types import NANOSECONDS, Event, FormCue, Hold, Prediction, Rep, SetEnded, SetStarted

MILLISECOND: Final = 1_000_000
"""Nanoseconds in a millisecond."""

SEEN: Final = 0.1
"""A signal whose keypoints are less visible than this is left out of counting."""

LOOK_BACK_SECONDS: Final = 30.0
"""How long measures are kept while no set is open: longer than any clip takes to be understood."""

LEAD_SECONDS: Final = 1.0
"""Counting starts this long before the stretch, to see the person at rest first."""

CONFIDENT: Final = 0.3
"""An exercise whose mean probability over its stretch is lower makes no set."""

UNKNOWN_SECONDS: Final = 2.0
"""Shortest movement of an unknown kind that is worth a set."""

HOLD_SECONDS: Final = 1.0
"""Shortest hold that makes a set."""

SWALLOWED_SECONDS: Final = 5.0
"""A shorter stretch of another exercise, with the same one before and after it, was a mistake of the clips."""


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
class _Bout:
    """What a set is now believed to be.

    Attributes:
        exercise: id, or "unknown".
        start, end: of its first and last repetition, or of the hold, ns.
        reps: its repetitions; none in a hold or unknown movement.
        confidence: as in `Stretch`.
        going: whether its clips still go on.
    """

    exercise: str
    start: int
    end: int
    reps: tuple[Repetition, ...]
    confidence: float
    going: bool


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


class SetTracker:
    """Turns one track's measures and predictions into events, by the laws at the top of this file."""

    def __init__(self, camera_id: str, track_id: str, catalogue: Mapping[str, Exercise] = CATALOGUE) -> None:
        self._camera_id = camera_id
        self._track_id = track_id
        self._catalogue = catalogue
        self._evidence = Evidence(tuple(catalogue))
        self._times: list[int] = []
        self._measures: list[Measures] = []
        self._counters: dict[tuple[str, int], RepCounter | HoldTimer] = {}
        self._first: int | None = None
        self._floor = 0
        self._open: _OpenSet | None = None
        self._revisions: dict[str, int] = {}
        self._rest_over = 0

    def update(self, at: int, measures: Measures) -> list[Event]:
        """Take the person's next pose.

        Args:
            at: event time, ns, later than the last one.
            measures: of that pose.
        """
        if self._first is None:
            self._first = at
        self._times.append(at)
        self._measures.append(measures)
        changed = False
        for (exercise, _), counter in self._counters.items():
            changed |= self._count(counter, self._catalogue[exercise], at, measures)
        if changed or (self._open is not None and at >= self._rest_over):
            return self._settle(at)
        if self._open is None and len(self._times) % 64 == 0:
            self._forget(at - round(LOOK_BACK_SECONDS * NANOSECONDS))
        return []

    def push(self, prediction: Prediction) -> list[Event]:
        """Take a clip's answer."""
        self._evidence.push(prediction)
        return self._settle(prediction.captured_at)

    def close(self, at: int) -> list[Event]:
        """End the track: what is open is decided and closed.

        Args:
            at: event time of the frame at which the track is known to be over, ns.
        """
        return self._settle(at, closing=True)

    def _count(self, counter: RepCounter | HoldTimer, entry: Exercise, at: int, measures: Measures) -> bool:
        """Show a pose to a counter; whether that changed what it says."""
        if measures.quality[entry.signal] < SEEN:
            return False
        if isinstance(counter, HoldTimer):
            return counter.update(at, held=entry.fits(measures))
        if not entry.fits(measures):
            return False
        before = counter.reps
        counter.update(at, float(measures.values[entry.signal]))
        return counter.reps != before

    def _counter(self, entry: Exercise, begin: int) -> RepCounter | HoldTimer:
        """The exercise's counter from a moment on; a new one is shown what was kept since then."""
        key = (entry.exercise, begin)
        if key not in self._counters:
            counter = HoldTimer() if entry.hold else RepCounter(entry.rule)
            for at, measures in zip(self._times, self._measures, strict=True):
                if at >= begin:
                    self._count(counter, entry, at, measures)
            self._counters[key] = counter
        return self._counters[key]

    def _stretches(self) -> list[Stretch]:
        """The evidence's stretches of exercise, those joined that a short mistake parted."""
        joined: list[Stretch] = []
        for stretch in self._evidence.stretches():
            if stretch.label == NONE:
                continue
            whole = stretch
            while joined and self._parted(joined, whole):
                if joined[-1].label != whole.label:
                    joined.pop()
                before = joined.pop()
                whole = replace(whole, start=before.start, confidence=(before.confidence + whole.confidence) / 2)
            joined.append(whole)
        return joined

    def _parted(self, before: list[Stretch], stretch: Stretch) -> bool:
        """Whether a stretch goes on with the last one, or the last but one, of those before it."""
        if stretch.label == UNKNOWN:
            return False
        rest = self._catalogue[stretch.label].rest_seconds
        if before[-1].label == stretch.label:
            return stretch.start - (before[-1].end or stretch.start) < rest * NANOSECONDS
        if len(before) < 2 or before[-2].label != stretch.label:
            return False
        swallowed = rest if before[-1].label == UNKNOWN else SWALLOWED_SECONDS
        return stretch.start - (before[-2].end or stretch.start) < swallowed * NANOSECONDS

    def _bouts(self, at: int, *, closing: bool) -> list[_Bout]:
        """The sets since the last that ended, as the evidence has it now."""
        bouts: list[_Bout] = []
        used = set()
        for stretch in self._stretches():
            going = stretch.end is None
            end = at if stretch.end is None else stretch.end
            start = max(stretch.start, self._floor)
            if stretch.confidence < CONFIDENT or end <= start:
                continue
            if stretch.label == UNKNOWN:
                if end - start >= UNKNOWN_SECONDS * NANOSECONDS:
                    bouts.append(_Bout(UNKNOWN, start, end, (), stretch.confidence, going))
                continue
            entry = self._catalogue[stretch.label]
            begin = max(self._floor, self._first or 0, stretch.start - round(LEAD_SECONDS * NANOSECONDS))
            used.add((entry.exercise, begin))
            counter = self._counter(entry, begin)
            if isinstance(counter, HoldTimer):
                spans = [(max(a, start), min(b, end)) for a, b in counter.spans]
                bouts += [
                    _Bout(entry.exercise, a, b, (), stretch.confidence, going)
                    for a, b in spans
                    if b - a >= HOLD_SECONDS * NANOSECONDS
                ]
                continue
            reps = counter.finish(from_start=counter.started == self._first) if closing and going else counter.reps
            within = [rep for rep in reps if start <= (rep.start + rep.end) // 2 <= end]
            bouts += _split(entry, within, stretch.confidence, going=going)
        self._counters = {key: counter for key, counter in self._counters.items() if key in used}
        return bouts

    def _settle(self, at: int, *, closing: bool = False) -> list[Event]:
        """Tell what changed."""
        events: list[Event] = []
        bouts = self._bouts(at, closing=closing)
        if not bouts and self._open is not None and (closing or at >= self._rest_over):
            events += self._take_back(self._open, at)
        for index, bout in enumerate(bouts):
            self._open, told = self._tell(bout, at)
            events += told
            self._rest_over = bout.end + self._rest(bout)
            over = at >= self._rest_over or index + 1 < len(bouts)
            if not (over or closing):
                break
            events += self._end(self._open.started, bout, at)
        return events

    def _rest(self, bout: _Bout) -> int:
        """How long a set waits for another repetition, ns: half as long when the clips say that it is over."""
        if bout.exercise == UNKNOWN:
            return NANOSECONDS if bout.going else 0
        rest = round(self._catalogue[bout.exercise].rest_seconds * NANOSECONDS)
        return rest if bout.going else rest // 2

    def _id(self, kind: str, start: int) -> str:
        return event_id(self._camera_id, self._track_id, kind, start)

    def _revision(self, key: str) -> int:
        """The next revision of an event."""
        self._revisions[key] = self._revisions.get(key, -1) + 1
        return self._revisions[key]

    def _tell(self, bout: _Bout, at: int) -> tuple[_OpenSet, list[Event]]:
        """What has to be said so that what was told equals a bout, and the set as it is told then."""
        events: list[Event] = []
        open_set = self._open
        if open_set is None or open_set.started.exercise != bout.exercise:
            key = open_set.started.event_id if open_set else self._id("set", bout.start)
            started = SetStarted(**self._common(key, at), exercise=bout.exercise, start=bout.start)
            open_set = _OpenSet(started, open_set.reps if open_set else {})
            events.append(started)
        events += self._tell_reps(open_set, bout, at)
        if bout.exercise != UNKNOWN and self._catalogue[bout.exercise].hold:
            events += self._tell_hold(open_set, bout, at)
        return open_set, events

    def _tell_reps(self, open_set: _OpenSet, bout: _Bout, at: int) -> list[Event]:
        events: list[Event] = []
        told: dict[str, Rep] = {}
        for number, repetition in enumerate(bout.reps, start=1):
            key = self._id("rep", repetition.start)
            entry = self._catalogue[bout.exercise]
            rep = open_set.reps.pop(key, None)
            same = rep is not None and (rep.exercise, rep.number, rep.end) == (bout.exercise, number, repetition.end)
            if rep is None or not same:
                fresh = rep is None or rep.exercise != bout.exercise
                rep = Rep(
                    **self._common(key, at),
                    set_id=open_set.started.event_id,
                    exercise=bout.exercise,
                    number=number,
                    start=repetition.start,
                    end=repetition.end,
                    range_of_motion=round(entry.range_of_motion(repetition.swing), 3),
                )
                events.append(rep)
                if fresh:
                    events += self._cues(entry, rep, at)
            told[key] = rep
        gone = [
            replace(rep, captured_at=at, revision=self._revision(key), counted=False)
            for key, rep in open_set.reps.items()
        ]
        open_set.reps = told
        return [*gone, *events]

    def _tell_hold(self, open_set: _OpenSet, bout: _Bout, at: int) -> list[Event]:
        key = self._id("hold", bout.start)
        hold = open_set.hold
        if hold is not None and hold.event_id == key and hold.end == bout.end:
            return []
        open_set.hold = Hold(
            **self._common(key, at),
            set_id=open_set.started.event_id,
            exercise=bout.exercise,
            start=bout.start,
            end=bout.end,
        )
        return [open_set.hold]

    def _cues(self, entry: Exercise, rep: Rep, at: int) -> list[FormCue]:
        """What was wrong with a repetition that is told for the first time."""
        seen = [
            measures
            for moment, measures in zip(self._times, self._measures, strict=True)
            if rep.start <= moment <= rep.end
        ]
        return [
            FormCue(
                **self._common(self._id(f"cue-{fault.fault}", rep.start), at),
                set_id=rep.set_id,
                exercise=entry.exercise,
                fault=fault.fault,
                severity=fault.severity,
                message=fault.message,
                rep=rep.number,
                at=rep.end,
            )
            for fault in faults_of(entry, seen)
        ]

    def _end(self, started: SetStarted, bout: _Bout, at: int) -> list[Event]:
        """Close the open set as a bout; nothing before its end belongs to a later one."""
        self._open = None
        self._floor = bout.end
        self._evidence.forget(bout.end)
        self._counters.clear()
        return [
            SetEnded(
                **self._common(self._id("set-end", started.start), at),
                set_id=started.event_id,
                exercise=bout.exercise,
                start=bout.start,
                end=bout.end,
                reps=len(bout.reps),
                confidence=round(bout.confidence, 3),
                rep_times=tuple((rep.start, rep.end) for rep in bout.reps),
            )
        ]

    def _take_back(self, open_set: _OpenSet, at: int) -> list[Event]:
        """Close the open set as nothing: the evidence for it is gone."""
        started = open_set.started
        nothing = _Bout(started.exercise, started.start, started.start, (), 0.0, going=False)
        events = self._tell_reps(open_set, nothing, at)
        return [*events, *self._end(started, nothing, at)]

    def _forget(self, before: int) -> None:
        """Drop measures and clips from before a moment."""
        keep = bisect_left(self._times, before)
        del self._times[:keep], self._measures[:keep]
        self._evidence.forget(before)

    def _common(self, key: str, at: int) -> _Common:
        """What every event carries, of the next revision."""
        return _Common(
            camera_id=self._camera_id,
            track_id=self._track_id,
            event_id=key,
            captured_at=at,
            revision=self._revision(key),
        )


def _split(entry: Exercise, reps: list[Repetition], confidence: float, *, going: bool) -> list[_Bout]:
    """Repetitions as bouts: parted where the rest between them is long."""
    groups: list[list[Repetition]] = []
    for rep in reps:
        if groups and rep.start - groups[-1][-1].end <= entry.rest_seconds * NANOSECONDS:
            groups[-1].append(rep)
        else:
            groups.append([rep])
    return [
        _Bout(entry.exercise, group[0].start, group[-1].end, tuple(group), confidence, going=going) for group in groups
    ]
