r"""Sets: from one person's measures and clip predictions to sets, repetitions, holds and cues.

    clips        none  none  squat  squat  deadlift  squat  none  none  none ...
    evidence     ------none------|-----------squat------------|----none-----      (`services.core.evidence`)
    repetitions          .  /\  /\  /\  /\                                        (`services.core.reps`, on the tape)
    bouts                  |-------------|                                        (`services.core.bouts`)
    events                     ^SetStarted, Rep 1, Rep 2 ...          ^SetEnded after the rest (the scorebook)

Laws:
    1. A set is repetitions of one exercise, within a stretch of clips that show it, with no long rest between them: the
       fewer, the surer clips and counter have to be; where clips show an exercise for a moment only, three that they
       are as sure of make one, too, and where they only hold it for possible, repetitions that are alike, clear and
       far. A hold, or movement that no exercise fits ("unknown"), makes a set by lasting; what of the latter has a
       rhythm is counted. Nothing else does.
    2. The label is decided late, the counting is not: measures are kept, so that the set begins with its first
       repetition however late its exercise was known.
    3. What was told and no longer holds is corrected: `SetStarted` of the same set with a higher revision names another
       exercise, and repetitions are told again or taken back (``counted=False``). `SetEnded` is final, but for a load
       that was told in time and came late.
    4. At most one set is open. One that is followed by another's first repetition is over, and so is one that was open
       when somebody asked to count anew.
    5. Events are a pure function of poses, predictions and commands; an id hashes (camera, track, kind, start in ms),
       no float. A tracker restored from a snapshot gives what the one that it was taken of would have given.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from services.core.bouts import Bout
from services.core.evidence import Evidence
from services.core.exercises import CATALOGUE, Exercise
from services.core.judge import Judge
from services.core.scorebook import BookSnapshot, Scorebook
from services.core.signals import Measures
from services.core.tape import Tape, TapeSnapshot
from services.core.types import NANOSECONDS, Event, Prediction

LOOK_BACK: Final = 30 * NANOSECONDS
"""How long measures are kept while no set is open, ns: longer than any clip takes to be understood."""

LONGEST: Final = 600 * NANOSECONDS
"""A set that goes on for longer, ns, is ended and begun again, so that memory has a bound."""

TIDY: Final = 2 * LOOK_BACK
"""Older measures are dropped once there are any older than this, ns: seldom, for counters then look anew."""


@dataclass(frozen=True, slots=True)
class SetsSnapshot:
    """One person's sets in the middle of whatever they do: what is kept of the input, and what was told.

    Attributes:
        tape: the measures.
        clips: what was predicted, as far back as it matters.
        book: what was told.
        doing: what the clips showed last.
        floor: nothing before this moment counts any more, ns.
        rest_over: until when the open set waits, ns.
    """

    tape: TapeSnapshot
    clips: tuple[Prediction, ...]
    book: BookSnapshot
    doing: str | None
    floor: int
    rest_over: int


class SetTracker:
    """Turns one track's measures and predictions into events, by the laws at the top of this file.

    Args:
        camera_id, track_id: who it is.
        catalogue: what may be done.
        began: when the recording did, ns: a short one was made to show something, a short visit was not. None: with
            the person.
    """

    def __init__(
        self, camera_id: str, track_id: str, catalogue: Mapping[str, Exercise] = CATALOGUE, began: int | None = None
    ) -> None:
        self._catalogue = catalogue
        self._began = began
        self._evidence = Evidence(tuple(catalogue))
        self._tape = Tape(catalogue)
        self._judge = Judge(catalogue, self._tape)
        self._book = Scorebook(camera_id, track_id, self._tape.between)
        self._doing: str | None = None
        self._floor = 0
        self._rest_over = 0

    @property
    def exercise(self) -> Exercise | None:
        """What the person seems to be doing now, a set or not; None for nothing that is in the catalogue."""
        return None if self._doing is None else self._catalogue.get(self._doing)

    def update(self, at: int, measures: Measures) -> list[Event]:
        """Take the person's next pose.

        Args:
            at: event time, ns, later than the last one.
            measures: of that pose.
        """
        changed = self._tape.record(at, measures)
        if changed or (self._book.open and at >= self._rest_over):
            return self._settle(at)
        if not self._book.open and at - self._tape.start > TIDY:
            self._forget(at - LOOK_BACK)
        return []

    def push(self, prediction: Prediction) -> list[Event]:
        """Take a clip's answer."""
        self._evidence.push(prediction)
        self._doing = self._evidence.latest
        return self._settle(prediction.captured_at)

    def reset(self, at: int) -> list[Event]:
        """End the open set at its last repetition before a moment, and count anew from there.

        Args:
            at: when that was asked, ns; earlier than the last pose where it was heard late.
        """
        if at <= self._floor:
            return []
        now = max(at, self._tape.last or at)
        events: list[Event] = []
        for bout in self._bouts(now):
            before = bout.until(at)
            if before is not None:
                events += self._end(before, now, at)
        if self._book.started_before(at):
            events += self._book.abandon(now)
        self._drop(at)
        return [*events, *self._settle(now)]

    def load(self, kilograms: float, at: int) -> list[Event]:
        """Take what the person lifts from a moment on, the set included that is open then.

        Args:
            kilograms: 0 for none but their own body.
            at: when that was said, ns; a set that ended since is told again.
        """
        return self._book.load(kilograms, at, max(at, self._tape.last or at))

    def close(self, at: int) -> list[Event]:
        """End the track: what is open is decided and closed.

        Args:
            at: event time of the frame at which the track is known to be over, ns.
        """
        return self._settle(at, closing=True)

    def snapshot(self) -> SetsSnapshot:
        """What another tracker needs to go on from here."""
        return SetsSnapshot(
            self._tape.snapshot(),
            self._evidence.clips,
            self._book.snapshot(),
            self._doing,
            self._floor,
            self._rest_over,
        )

    def restore(self, snapshot: SetsSnapshot) -> None:
        """Go on from a snapshot of the same person's tracker.

        Raises:
            ValueError: it does not fit this program.
        """
        self._tape.restore(snapshot.tape)
        for clip in snapshot.clips:
            self._evidence.push(clip)
        self._doing = snapshot.doing
        self._book.restore(snapshot.book)
        self._floor, self._rest_over = snapshot.floor, snapshot.rest_over

    def _bouts(self, at: int, *, closing: bool = False) -> list[Bout]:
        began = self._began if self._began is not None else self._tape.first or 0
        return self._judge.bouts(self._evidence, floor=self._floor, at=at, began=began, closing=closing)

    def _settle(self, at: int, *, closing: bool = False) -> list[Event]:
        """Tell what changed."""
        events: list[Event] = []
        bouts = self._bouts(at, closing=closing)
        if not bouts and (closing or at >= self._rest_over):
            events += self._book.abandon(at)
        for index, bout in enumerate(bouts):
            self._rest_over = min(bout.rest_over, bout.start + LONGEST)
            if not closing and at < self._rest_over and index + 1 == len(bouts):
                events += self._book.tell(bout, at)
                break
            events += self._end(bout, at)
            if index + 1 == len(bouts):
                # Clips that show some of it would take the way out of it for the first repetition of another.
                self._evidence.begin(bout.over)
        return events

    def _end(self, bout: Bout, at: int, over: int | None = None) -> list[Event]:
        """Tell a bout for the last time: nothing up to its end is looked at again."""
        events = self._book.end(bout, at, over)
        self._drop(bout.over)
        return events

    def _drop(self, floor: int) -> None:
        """Count nothing before a moment any more."""
        self._floor = floor
        self._forget(floor)
        self._tape.keep(())

    def _forget(self, before: int) -> None:
        """Drop measures and clips from before a moment."""
        self._tape.forget(before)
        self._evidence.forget(before)
        self._book.forget(before)
