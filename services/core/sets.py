r"""Sets: from one person's measures and clip predictions to sets, repetitions, holds and cues.

    clips        none  none  squat  squat  deadlift  squat  none  none  none ...
    evidence     ------none------|-----------squat------------|----none-----      (`services.core.evidence`)
    repetitions          .  /\  /\  /\  /\                                        (`services.core.reps`)
    events                     ^SetStarted, Rep 1, Rep 2 ...          ^SetEnded after the rest

Laws:
    1. A set is repetitions of one exercise, within a stretch of clips that show it, with no long rest between them: two
       at least where the clips are not sure. A hold, or movement that no exercise fits ("unknown"), makes a set by
       lasting. Nothing else does.
    2. The label is decided late, the counting is not: measures are kept, so that the set begins with its first
       repetition however late its exercise was known.
    3. What was told and no longer holds is corrected: `SetStarted` of the same set with a higher revision names another
       exercise, and repetitions are told again or taken back (``counted=False``). `SetEnded` is final.
    4. At most one set is open. One that is followed by another's first repetition is over.
    5. Events are a pure function of poses and predictions; an id hashes (camera, track, kind, start in ms), no float.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from services.core.counting import ExerciseCounter
from services.core.evidence import Evidence, Stretch
from services.core.exercises import CATALOGUE, NONE, UNKNOWN, Exercise
from services.core.holds import HoldTimer
from services.core.reps import Counter, Repetition
from services.core.scorebook import Bout, Scorebook
from services.core.signals import Measures
from services.core.types import NANOSECONDS, Event, Prediction

SEEN: Final = 0.1
"""A hold is not judged where the keypoints of its signal are less visible than this."""

LOOK_BACK: Final = 30 * NANOSECONDS
"""How long measures are kept while no set is open, ns: longer than any clip takes to be understood."""

LONGEST: Final = 600 * NANOSECONDS
"""A set that goes on for longer, ns, is ended and begun again, so that memory has a bound."""

FORGET_EVERY: Final = 64
"""So many poses pass before older ones are dropped, which is cheaper than dropping one by one."""

LEAD: Final = NANOSECONDS
"""Counting starts this long before the stretch, ns, to see the person at rest first."""

CONFIDENT: Final = 0.2
"""An exercise whose mean probability over its stretch is lower makes no set."""

SURE: Final = 0.3
"""From this mean probability on, one repetition makes a set; below it takes two, for people who stand about now and
then move once as if they exercised."""

ALONE: Final = 3
"""Where the clips are not sure, a single repetition makes a set only at the end of a recording that it filled: when
all of it is no longer than so many times the repetition."""

UNKNOWN_LASTS: Final = 2 * NANOSECONDS
"""Shortest movement of an unknown kind that is worth a set, ns."""

HOLD_LASTS: Final = NANOSECONDS
"""Shortest hold that makes a set, ns."""

SWALLOWED: Final = 5 * NANOSECONDS
"""A shorter stretch of another exercise, with the same one before and after it, was a mistake of the clips; ns."""

_Group = tuple[int, int, tuple[Repetition, ...]]
"""Start and end (ns) of what may be a set, and its repetitions."""


class SetTracker:
    """Turns one track's measures and predictions into events, by the laws at the top of this file."""

    def __init__(self, camera_id: str, track_id: str, catalogue: Mapping[str, Exercise] = CATALOGUE) -> None:
        self._catalogue = catalogue
        self._evidence = Evidence(tuple(catalogue))
        self._book = Scorebook(camera_id, track_id, self._between)
        self._times: list[int] = []
        self._measures: list[Measures] = []
        self._counters: dict[tuple[str, int], Counter | HoldTimer] = {}
        self._first: int | None = None
        self._floor = 0
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
            changed |= _count(counter, self._catalogue[exercise], at, measures)
        if changed or (self._book.open and at >= self._rest_over):
            return self._settle(at)
        if not self._book.open and len(self._times) % FORGET_EVERY == 0:
            self._forget(at - LOOK_BACK)
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

    def _settle(self, at: int, *, closing: bool = False) -> list[Event]:
        """Tell what changed."""
        events: list[Event] = []
        bouts = self._bouts(at, closing=closing)
        if not bouts and (closing or at >= self._rest_over):
            events += self._book.abandon(at)
        for index, bout in enumerate(bouts):
            self._rest_over = min(_rest_over(bout), bout.start + LONGEST)
            if not closing and at < self._rest_over and index + 1 == len(bouts):
                events += self._book.tell(bout, at)
                break
            events += self._book.end(bout, at)
            self._floor = bout.end
            self._forget(bout.end)
            self._counters.clear()
        return events

    def _bouts(self, at: int, *, closing: bool) -> list[Bout]:
        """The sets since the last that ended, as the evidence has it now."""
        bouts: list[Bout] = []
        used = set()
        for stretch in self._stretches():
            start, end = max(stretch.start, self._floor), at if stretch.end is None else stretch.end
            going = stretch.end is None
            if stretch.confidence < CONFIDENT or end <= start:
                continue
            if stretch.label == UNKNOWN:
                if end - start >= UNKNOWN_LASTS:
                    bouts.append(Bout(None, UNKNOWN, start, end, (), stretch.confidence, going))
                continue
            entry = self._catalogue[stretch.label]
            begin = max(self._floor, self._first or 0, stretch.start - LEAD)
            used.add((entry.exercise, begin))
            counter = self._counter(entry, begin)
            begun = None
            if isinstance(counter, HoldTimer):
                spans = [(max(a, start), min(b, end)) for a, b in counter.spans]
                groups: list[_Group] = [(a, b, ()) for a, b in spans if b - a >= HOLD_LASTS]
            else:
                ends_here = closing and going
                reps = counter.finish(from_start=counter.started == self._first) if ends_here else counter.reps
                middles = [(rep.start + rep.end) // 2 for rep in reps]
                # Clips lag behind: a repetition just after the stretch may yet be found to belong to it.
                begun = next(
                    (rep.start for rep, middle in zip(reps, middles, strict=True) if middle > end), counter.begun
                )
                within = [rep for rep, middle in zip(reps, middles, strict=True) if start <= middle <= end]
                seen = at - max(self._floor, self._first or 0)
                groups = [
                    (a, b, counted)
                    for a, b, counted in _sets(within, entry)
                    if len(counted) > 1 or stretch.confidence >= SURE or (closing and ALONE * (b - a) >= seen)
                ]
            bouts += [
                Bout(entry, entry.exercise, a, b, reps, stretch.confidence, going, begun) for a, b, reps in groups
            ]
        self._counters = {key: counter for key, counter in self._counters.items() if key in used}
        return bouts

    def _stretches(self) -> list[Stretch]:
        """The evidence's stretches of exercise, those joined that a short mistake parted."""
        joined: list[Stretch] = []
        for stretch in self._evidence.stretches():
            if stretch.label == NONE:
                continue
            whole = stretch
            while joined and self._goes_on(joined, whole):
                if joined[-1].label != whole.label:
                    joined.pop()
                before = joined.pop()
                whole = replace(whole, start=before.start, confidence=(before.confidence + whole.confidence) / 2)
            joined.append(whole)
        return joined

    def _goes_on(self, before: list[Stretch], stretch: Stretch) -> bool:
        """Whether a stretch goes on with the last one, or the last but one, of those before it."""
        if stretch.label == UNKNOWN:
            return False
        rest = round(self._catalogue[stretch.label].rest_seconds * NANOSECONDS)
        if before[-1].label == stretch.label:
            return stretch.start - (before[-1].end or stretch.start) < rest
        if len(before) < 2 or before[-2].label != stretch.label:
            return False
        longest = rest if before[-1].label == UNKNOWN else SWALLOWED
        return stretch.start - (before[-2].end or stretch.start) < longest

    def _counter(self, entry: Exercise, begin: int) -> Counter | HoldTimer:
        """The exercise's counter from a moment on; a new one is shown what was kept since then."""
        key = (entry.exercise, begin)
        if key not in self._counters:
            counter: Counter | HoldTimer = HoldTimer() if entry.hold else ExerciseCounter(entry)
            first = bisect_left(self._times, begin)
            for at, measures in zip(self._times[first:], self._measures[first:], strict=True):
                _count(counter, entry, at, measures)
            self._counters[key] = counter
        return self._counters[key]

    def _between(self, start: int, end: int) -> list[Measures]:
        """The measures from one moment to another, both included."""
        return self._measures[bisect_left(self._times, start) : bisect_right(self._times, end)]

    def _forget(self, before: int) -> None:
        """Drop measures and clips from before a moment."""
        keep = bisect_left(self._times, before)
        del self._times[:keep], self._measures[:keep]
        self._evidence.forget(before)


def _count(counter: Counter | HoldTimer, entry: Exercise, at: int, measures: Measures) -> bool:
    """Show a pose to a counter; whether that changed what it says."""
    if isinstance(counter, HoldTimer):
        return bool(measures.quality[entry.signal] >= SEEN) and counter.update(at, held=entry.fits(measures))
    before = counter.reps
    counter.update(at, measures)
    return counter.reps != before


def _rest_over(bout: Bout) -> int:
    """Until when a set waits for another repetition, ns: half as long when the clips say that it is over.

    One that was begun in time may be finished.
    """
    if bout.exercise is None:
        return bout.end + (NANOSECONDS if bout.going else 0)
    rest = round(bout.exercise.rest_seconds * NANOSECONDS)
    over = bout.end + (rest if bout.going else rest // 2)
    if bout.begun is not None and bout.begun < over:
        return max(over, bout.begun + round(bout.exercise.seconds[1] * NANOSECONDS))
    return over


def _sets(reps: list[Repetition], entry: Exercise) -> list[_Group]:
    """Repetitions as sets: parted where the rest between repetitions is long."""
    groups: list[list[Repetition]] = []
    for rep in reps:
        if groups and rep.start - groups[-1][-1].end <= entry.rest_seconds * NANOSECONDS:
            groups[-1].append(rep)
        else:
            groups.append([rep])
    return [(group[0].start, group[-1].end, tuple(group)) for group in groups]
