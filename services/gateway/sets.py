"""One set as its events tell it: who is told them late, twice or out of order ends with the same set."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from services.core.types import NANOSECONDS, FormCue, Hold, Rep, SetEnded, SetStarted

CUES_PER_SET: Final = 20
"""Cues kept per set."""


@dataclass(slots=True)
class ExerciseSet:
    """One set, open or finished.

    Attributes:
        start, end: event time, ns; end is None while it goes on.
        reps: repetitions that count.
        rep_times: (start, end) of each that was heard of, ns, by start.
        halves: half repetitions, which are not among `reps`.
        hold: what was told last of a hold; None for what is counted.
        confidence: 0-1 that it is this exercise, decided at its end; None before (`CameraBoard.confidence_of`).
        load_kg, volume_kg: as decided at its end; None before, and where no load was told.
        rest_before_seconds: rest since the person's set before this one; None for their first.
        corrected_from: the exercise that it was taken for before; None where it never was another.
        cues: what the person was told, oldest first.
    """

    set_id: str
    camera_id: str
    track_id: str
    exercise: str
    start: int
    end: int | None = None
    reps: int = 0
    rep_times: list[tuple[int, int]] = field(default_factory=list)
    halves: int = 0
    hold: Hold | None = None
    confidence: float | None = None
    load_kg: float | None = None
    volume_kg: float | None = None
    rest_before_seconds: float | None = None
    corrected_from: str | None = None
    cues: list[FormCue] = field(default_factory=list)
    _named_by: int = -1
    _told: dict[str, Rep] = field(default_factory=dict)
    """What counts or is half, by event_id."""
    _numbers: set[int] = field(default_factory=set)
    _held_seconds: float | None = None
    """As decided at the end."""

    @property
    def hold_seconds(self) -> float | None:
        """Length of the hold so far, without its breaks; None for what is counted."""
        if self._held_seconds is not None or self.hold is None:
            return self._held_seconds
        lasted = (self.hold.end - self.hold.start) / NANOSECONDS
        return lasted if self.hold.held_seconds is None else self.hold.held_seconds

    @property
    def repetitions(self) -> list[Rep]:
        """What is known of each repetition that counts or is half, by start."""
        told = sorted(self._told.values(), key=lambda rep: (rep.start, rep.event_id))
        if self.end is None:
            return told
        final = set(self.rep_times)
        return [rep for rep in told if rep.half or (rep.start, rep.end) in final]

    def started(self, event: SetStarted) -> None:
        """Take the start, and the exercise unless the end has already decided it."""
        self._named_by = event.revision
        if self.end is None:
            self.exercise, self.start = event.exercise, event.start
            self.corrected_from, self.rest_before_seconds = event.corrected_from, event.rest_before_seconds

    def rep(self, event: Rep) -> None:
        """Count a repetition, or take it back."""
        if event.counted or event.half:
            self._told[event.event_id] = event
        else:
            self._told.pop(event.event_id, None)
        self._numbers.add(event.number)
        if self.end is None:
            self.rep_times = sorted((rep.start, rep.end) for rep in self._told.values() if rep.counted)
            self.halves = len(self._told) - len(self.rep_times)
            # Who starts in the middle of a set never hears of its first repetitions; their numbers were left out.
            unheard = max(self._numbers) - len(self._numbers)
            self.reps = len(self.rep_times) + unheard
            if self._named_by < 0:
                self.exercise = event.exercise

    def held(self, event: Hold) -> None:
        """Lengthen the hold."""
        self.hold = event

    def cue(self, event: FormCue) -> None:
        """Add a cue, or replace the one it corrects."""
        self.cues = [cue for cue in self.cues if cue.event_id != event.event_id]
        self.cues.append(event)
        self.cues.sort(key=lambda cue: (cue.at, cue.event_id))
        del self.cues[:-CUES_PER_SET]

    def ended(self, event: SetEnded) -> None:
        """Close the set with what was decided over the whole of it."""
        self.exercise, self.start, self.end = event.exercise, event.start, event.end
        self.reps, self.halves, self.confidence = event.reps, event.halves, event.confidence
        self.rep_times = list(event.rep_times)
        self.load_kg, self.volume_kg = event.load_kg, event.volume_kg
        self.rest_before_seconds, self.corrected_from = event.rest_before_seconds, event.corrected_from
        self._held_seconds = event.held_seconds
