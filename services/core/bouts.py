"""Bouts: what a person's sets are now believed to be, from the clips' evidence and what the counters see.

A bout is a set before it is told: repetitions of one exercise within a stretch of clips that show it, with no long rest
between them; or a hold, or movement that no exercise fits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice, zip_longest
from typing import Final

from services.core.evidence import POSSIBLE, Evidence, Stretch
from services.core.exercises import NONE, UNKNOWN, Exercise
from services.core.holds import Held, hidden
from services.core.repetition import Counter, Repetition, alike
from services.core.tape import Tape, Watch
from services.core.types import NANOSECONDS

LEAD: Final = NANOSECONDS
"""Counting starts this long before the stretch, ns, to see the person at rest first."""

CONFIDENT: Final = 0.2
"""An exercise whose mean probability over its stretch is lower makes no set."""

NEEDED: Final = (0.65, 0.6, 0.5, 0.4)
"""What so few repetitions, one to four, need of the clips' confidence to make a set; more need nothing. People who
rest, rack and tidy up move once or twice as if they exercised."""

CLEAR: Final = 0.45
"""And so much of the counter's, in the mean."""

SHORT: Final = 20 * NANOSECONDS
FILLED: Final = 3
"""A recording that is no longer than this, ns, or than so many times the repetitions at its end, was made to show
them ..."""

NEEDED_IN_SHORT: Final = 0.2
"""... and a single one needs only so much: the clips' confidence times the counter's."""

CUT: Final = NANOSECONDS // 2
"""A recording, or whoever is seen no more, cuts a repetition where its counter was shown a pose so shortly before the
person's last, ns."""

REGULAR: Final = 3
"""So many repetitions make a set of an exercise that the clips only hold for possible ..."""

ALIKE: Final = 1.7
"""... where they are as alike, 0-2, ..."""

SURE: Final = 0.75
"""... the counter is as sure of them, in the mean, ..."""

FAR: Final = 0.5
MANY: Final = 8
"""... and they cover so much of the full range, or are so many."""

ASKED: Final = 3
"""So many exercises, the likeliest, are looked at in this way."""

UNKNOWN_SURE: Final = 0.45
"""Movement of an unknown kind needs so much of the clips' confidence."""

UNKNOWN_REPS: Final = 2
"""Fewer repetitions of movement that nobody trained are told as none: what is not repeated has no rhythm."""

UNKNOWN_LASTS: Final = 2 * NANOSECONDS
"""Shortest movement of an unknown kind that is worth a set, ns."""

FORETOLD: Final = 0.3
"""Share of the way back that may be left when a repetition is told (of a cosine 0.25)."""

SWALLOWED: Final = 5 * NANOSECONDS
"""A shorter stretch of another exercise, with the same one before and after it, was a mistake of the clips; ns."""


@dataclass(frozen=True, slots=True)
class Bout:
    """What a set is now believed to be.

    Attributes:
        exercise: its entry of the catalogue; None for movement that no exercise fits.
        label: the exercise's id, or "unknown".
        start, end: of its first and last repetition, or of the hold, ns.
        reps: its repetitions; none in a hold or unknown movement.
        halves: its half repetitions.
        confidence: 0-1, mean probability of the label over its clips.
        going: whether its clips still go on.
        begun: when a further repetition was begun, ns; None when none is under way.
        held: of a hold, its first and last moment, and the time held without breaks.
    """

    exercise: Exercise | None
    label: str
    start: int
    end: int
    reps: tuple[Repetition, ...] = ()
    halves: tuple[Repetition, ...] = ()
    confidence: float = 0.0
    going: bool = False
    begun: int | None = None
    held: Held | None = None

    @property
    def over(self) -> int:
        """When the last movement of it was over, half a repetition too, ns."""
        return max([self.end, *(half.end for half in self.halves)])

    @property
    def rest(self) -> int:
        """The rest that ends it, ns."""
        return round(self.exercise.rest_seconds * NANOSECONDS) if self.exercise else NANOSECONDS

    @property
    def rest_over(self) -> int:
        """Until when it waits for another repetition, ns: half as long when the clips say that it is over.

        One that was begun in time may be finished.
        """
        if self.exercise is None:
            return self.end + (self.rest if self.going else 0)
        over = self.end + (self.rest if self.going else self.rest // 2)
        if self.begun is not None and self.begun < over:
            return max(over, self.begun + round(self.exercise.seconds[1] * NANOSECONDS))
        return over

    def until(self, at: int) -> Bout | None:
        """What of it was before a moment, ns; None for nothing."""
        reps = tuple(rep for rep in self.reps if _nearly_over(rep) <= at)
        halves = tuple(half for half in self.halves if _nearly_over(half) <= at)
        if self.reps and self.exercise:
            return replace(self, end=reps[-1].end, reps=reps, halves=halves, begun=None) if reps else None
        if self.start >= at:
            return None
        cut = max(self.end - at, 0)
        held = self.held and replace(self.held, end=self.end - cut, held=max(self.held.held - cut, 0))
        return replace(self, end=self.end - cut, reps=reps, held=held)


def _nearly_over(repetition: Repetition) -> int:
    """The moment from which on a repetition may have been told, ns: its end is foretold."""
    return repetition.end - round(FORETOLD * (repetition.end - repetition.left))


def middle_of(repetition: Repetition) -> int:
    """The moment that says to which set a repetition belongs, ns."""
    return (repetition.start + repetition.end) // 2


@dataclass(frozen=True, slots=True)
class Judge:
    """Turns stretches of clips into bouts.

    Attributes:
        catalogue: what may be done.
        tape: the person's measures.
    """

    catalogue: Mapping[str, Exercise]
    tape: Tape

    def bouts(self, evidence: Evidence, *, floor: int, at: int, closing: bool) -> list[Bout]:
        """The bouts of a time, in order.

        Args:
            evidence: what the clips show.
            floor: nothing before this moment counts, ns.
            at: now, ns.
            closing: whether nothing comes after it.
        """
        bouts: list[Bout] = []
        watches: set[Watch] = set()
        told = evidence.stretches()
        joined = self._joined(told)
        for stretch, later in zip_longest(joined, joined[1:]):
            start, end = max(stretch.start, floor), at if stretch.end is None else stretch.end
            if stretch.confidence < CONFIDENT or end <= start:
                continue
            going = stretch.end is None
            if stretch.label == UNKNOWN:
                if end - start >= UNKNOWN_LASTS and stretch.confidence >= UNKNOWN_SURE:
                    watch = (UNKNOWN, max(floor, self.tape.first or 0, stretch.start - LEAD), False)
                    watches.add(watch)
                    reps = [rep for rep in self.tape.counter(watch).reps if start <= middle_of(rep) <= end]
                    told_reps = tuple(reps) if len(reps) >= UNKNOWN_REPS else ()
                    bouts.append(Bout(None, UNKNOWN, start, end, told_reps, (), stretch.confidence, going))
                continue
            entry = self.catalogue[stretch.label]
            watch = (entry.exercise, max(floor, self.tape.first or 0, stretch.start - LEAD), False)
            watches.add(watch)
            if entry.hold:
                bouts += _held(entry, self.tape.timer(watch).holds, stretch, (start, end))
            else:
                seen = at - (self.tape.first or 0)
                counter = self.tape.counter(watch)
                last = closing and going and (self.tape.last or at) - self.tape.shown(watch) <= CUT
                span = start, end, later.start if later else None
                bouts += self._counted(entry, counter, stretch, span, seen=seen, last=last, closing=closing)
        bouts += self._regular(evidence, bouts, watches, floor=floor, closing=closing)
        holds = list(self._hidden(told, bouts, watches, floor=floor, at=at))
        self.tape.keep(watches)
        return sorted([*_without(bouts, holds), *holds], key=lambda bout: bout.start)

    def _regular(
        self, evidence: Evidence, bouts: Sequence[Bout], watches: set[Watch], *, floor: int, closing: bool
    ) -> list[Bout]:
        """Bouts of exercises that clips hold for possible only, where the counter sees alike repetitions of them."""
        busy = [(bout.start, bout.end) for bout in bouts]
        found: list[Bout] = []
        # What clips show shortly before and after a bout is of that bout.
        around = [(bout.start - bout.rest, bout.end + bout.rest) for bout in bouts]
        counted = (self.catalogue[label] for label in evidence.likeliest(around) if not self.catalogue[label].hold)
        for entry in islice(counted, ASKED):
            watch = (entry.exercise, max(floor, self.tape.start), False)
            watches.add(watch)
            counter = self.tape.counter(watch)
            reps = counter.finish(from_start=counter.started == self.tape.first) if closing else counter.reps
            for group in _groups(reps, entry):
                start, end = group[0].start, group[-1].end
                likely = evidence.mean(entry.exercise, start, end)
                free = not any(start < until and since < end for since, until in busy)
                if free and likely >= POSSIBLE and _regular(group, entry):
                    halves = _halves(counter.halves, group, entry, end)
                    told = Bout(entry, entry.exercise, start, end, tuple(group), halves, likely, going=True)
                    found.append(replace(told, begun=counter.begun))
                    busy.append((start, end))
        return found

    def _hidden(
        self, stretches: Sequence[Stretch], bouts: Sequence[Bout], watches: set[Watch], *, floor: int, at: int
    ) -> Iterator[Bout]:
        """The holds that no model knows, by their posture: where nothing else was counted meanwhile."""
        busy = [(bout.start - bout.rest, bout.end + bout.rest) for bout in bouts if bout.reps]
        busy += [(bout.start, bout.end) for bout in bouts if bout.held]
        for stretch in stretches:
            start, end = max(stretch.start, floor), at if stretch.end is None else stretch.end
            for entry in hidden(self.catalogue, stretch.label):
                watch = (entry.exercise, max(floor, self.tape.start), True)
                watches.add(watch)
                for held in self.tape.timer(watch).holds:
                    within = start <= (held.start + held.end) // 2 <= end
                    alone = not any(held.start < until and since < held.end for since, until in busy)
                    if within and alone and held.held >= entry.seconds[0] * NANOSECONDS:
                        yield Bout(
                            entry,
                            entry.exercise,
                            held.start,
                            held.end,
                            confidence=held.held / (held.end - held.start),
                            going=stretch.end is None,
                            held=held,
                        )

    def _counted(
        self,
        entry: Exercise,
        counter: Counter,
        stretch: Stretch,
        span: tuple[int, int, int | None],
        *,
        seen: int,
        last: bool,
        closing: bool,
    ) -> list[Bout]:
        """The bouts of repetitions in a stretch.

        Args:
            entry, counter: what counts.
            stretch: when the clips show it.
            span: start and end of that, and the start of what the clips show next; ns.
            seen: how long the person was there, ns.
            last: whether the recording ends within the stretch.
            closing: whether it ends at all.
        """
        start, end, after = span
        reps = counter.finish(from_start=counter.started == self.tape.first) if last else counter.reps
        # Clips lag behind: a repetition just after the stretch may yet be found to belong to it.
        begun = next((rep.start for rep in reps if rep.start > end), counter.begun)
        # What began while the clips still showed it belongs to it, unless the next exercise was under way.
        late = [middle_of(rep) for rep in reps if rep.start <= end and (after is None or middle_of(rep) <= after)]
        until = max([end, *late])
        groups = _groups([rep for rep in reps if start <= middle_of(rep) <= until], entry)
        return [
            Bout(
                entry,
                entry.exercise,
                group[0].start,
                group[-1].end,
                tuple(group),
                _halves(counter.halves, group, entry, until),
                stretch.confidence,
                going=stretch.end is None,
                begun=begun,
            )
            for group in groups
            if _believed(group, stretch.confidence, short=closing and seen <= _longest_short(group))
        ]

    def _joined(self, stretches: Iterable[Stretch]) -> list[Stretch]:
        """The evidence's stretches of exercise, those joined that a short mistake parted."""
        joined: list[Stretch] = []
        for stretch in stretches:
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

    def _goes_on(self, before: Sequence[Stretch], stretch: Stretch) -> bool:
        """Whether a stretch goes on with the last one, or the last but one, of those before it."""
        if stretch.label == UNKNOWN:
            return False
        rest = round(self.catalogue[stretch.label].rest_seconds * NANOSECONDS)
        if before[-1].label == stretch.label:
            return stretch.start - (before[-1].end or stretch.start) < rest
        if len(before) < 2 or before[-2].label != stretch.label:
            return False
        longest = rest if before[-1].label == UNKNOWN else SWALLOWED
        return stretch.start - (before[-2].end or stretch.start) < longest


def _held(entry: Exercise, holds: Iterable[Held], stretch: Stretch, span: tuple[int, int]) -> Iterator[Bout]:
    """The holds within a stretch."""
    for hold in holds:
        start, end = max(hold.start, span[0]), min(hold.end, span[1])
        held = min(hold.held, end - start)
        if held >= entry.seconds[0] * NANOSECONDS:
            within = replace(hold, start=start, end=end, held=held)
            going = stretch.end is None
            yield Bout(entry, entry.exercise, start, end, confidence=stretch.confidence, going=going, held=within)


def _without(bouts: Iterable[Bout], holds: Sequence[Bout]) -> list[Bout]:
    """Bouts but for unknown movement that was a hold."""
    return [
        bout
        for bout in bouts
        if bout.exercise or not any(bout.start < hold.end and hold.start < bout.end for hold in holds)
    ]


def _groups(reps: Iterable[Repetition], entry: Exercise) -> list[list[Repetition]]:
    """Repetitions as sets: parted where the rest between repetitions is long."""
    groups: list[list[Repetition]] = []
    for rep in reps:
        if groups and rep.start - groups[-1][-1].end <= entry.rest_seconds * NANOSECONDS:
            groups[-1].append(rep)
        else:
            groups.append([rep])
    return groups


def _regular(reps: Sequence[Repetition], entry: Exercise) -> bool:
    """Whether repetitions are alike, clear and far enough to be of an exercise that clips are not sure of."""
    if len(reps) < REGULAR:
        return False
    clear = sum(rep.confidence for rep in reps) / len(reps)
    far = sum(entry.range_of_motion(rep.swing) for rep in reps) / len(reps)
    return alike(reps) >= ALIKE and clear >= SURE and (far >= FAR or len(reps) >= MANY)


def _longest_short(reps: Sequence[Repetition]) -> int:
    """How long a recording may be that was made to show some repetitions, ns."""
    return max(SHORT, FILLED * (reps[-1].end - reps[0].start))


def _believed(reps: Sequence[Repetition], confidence: float, *, short: bool) -> bool:
    """Whether repetitions make a set, with the clips' confidence of 0-1."""
    if len(reps) > len(NEEDED) or (short and len(reps) > 1):
        return True
    clear = sum(rep.confidence for rep in reps) / len(reps)
    if short:
        return confidence * clear >= NEEDED_IN_SHORT
    return confidence >= NEEDED[len(reps) - 1] and clear >= CLEAR


def _halves(
    halves: Iterable[Repetition], reps: Sequence[Repetition], entry: Exercise, end: int
) -> tuple[Repetition, ...]:
    """The half repetitions of a set: what comes before the first whole one was getting into position."""
    over = reps[-1].end + round(entry.rest_seconds * NANOSECONDS)
    return tuple(half for half in halves if reps[0].end <= half.start < over and middle_of(half) <= end)
