"""The judge: turns the clips' evidence and what the counters see into bouts, over and over while a person is seen.

What has to be seen for one: `services.core.belief`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from services.core.belief import (
    BUSY,
    IDLE,
    UNKNOWN_CLIPS,
    UNKNOWN_SHORT,
    UNKNOWN_SURE,
    believed,
    brief,
    longest_short,
    regular,
    rhythmic,
)
from services.core.bouts import RHYTHM_REST, Bout, meet, middle_of
from services.core.evidence import POSSIBLE, Evidence, Stretch
from services.core.exercises import NONE, UNKNOWN, Exercise
from services.core.holds import Held, hidden
from services.core.repetition import Counter, Repetition
from services.core.tape import Tape, Watch
from services.core.types import NANOSECONDS

LEAD: Final = NANOSECONDS
"""Counting starts this long before the stretch, ns, to see the person at rest first."""

CONFIDENT: Final = 0.2
"""An exercise whose mean probability over its stretch is lower makes no set."""

CUT: Final = NANOSECONDS // 2
"""A recording, or whoever is seen no more, cuts a repetition where its counter was shown a pose so shortly before the
person's last, ns."""

ASKED: Final = 3
"""So many exercises, the likeliest, are looked at in this way."""

UNKNOWN_REPS: Final = 2
"""Fewer repetitions of movement that nobody trained are told as none: what is not repeated has no rhythm."""

UNEXPLAINED: Final = 8
"""So many clips that show more than rest, outside of all sets, make it worth a look at any movement."""

UNKNOWN_LASTS: Final = 2 * NANOSECONDS
"""Shortest movement of an unknown kind that is worth a set, ns."""

SWALLOWED: Final = 5 * NANOSECONDS
"""A shorter stretch of another exercise, with the same one before and after it, was a mistake of the clips; ns."""


@dataclass(frozen=True, slots=True)
class Judge:
    """Turns stretches of clips into bouts.

    Attributes:
        catalogue: what may be done.
        tape: the person's measures.
    """

    catalogue: Mapping[str, Exercise]
    tape: Tape

    def bouts(self, evidence: Evidence, *, floor: int, at: int, began: int, closing: bool) -> list[Bout]:
        """The bouts of a time, in order.

        Args:
            evidence: what the clips show.
            floor: nothing before this moment counts, ns.
            at: now, ns.
            began: when the recording did, ns.
            closing: whether nothing comes after it.
        """
        bouts: list[Bout] = []
        unsure: list[Bout] = []
        under_way: list[int] = []
        watches: set[Watch] = set()
        seen = at - began
        told = evidence.stretches()
        joined = self._joined(told)
        for before, stretch, later in zip([None, *joined], joined, [*joined[1:], None], strict=False):
            start, end = max(stretch.start, floor), at if stretch.end is None else stretch.end
            if end <= start:
                continue
            if stretch.label == UNKNOWN:
                whole = closing and seen <= UNKNOWN_SHORT
                found = self._unknown(evidence, stretch, (start, end), watches, floor=floor, whole=whole)
                (bouts if stretch.confidence >= UNKNOWN_SURE else unsure).extend(found)
                continue
            if stretch.confidence < CONFIDENT:
                continue
            entry = self.catalogue[stretch.label]
            since = stretch.start
            if not entry.hold and before is not None and self._leads(before, stretch):
                since = before.start
            watch = (entry.exercise, max(floor, self.tape.first or 0, since - LEAD), False)
            watches.add(watch)
            if entry.hold:
                bouts += _held(entry, self.tape.timer(watch).holds, stretch, (start, end))
                continue
            counter = self.tape.counter(watch)
            last = closing and stretch.end is None and self._to_the_end(watch)
            span = start, end, later.start if later else None
            bouts += self._counted(entry, counter, stretch, span, seen=seen, last=last, closing=closing)
            if since < stretch.start and counter.begun is not None:
                under_way.append(counter.begun)
        bouts = [bout for bout in bouts if not (bout.held and _moved(bout, bouts, under_way))]
        bouts += self._regular(evidence, bouts, watches, floor=floor, closing=closing)
        bouts = self._rhythmic(evidence, bouts, watches, floor=floor, short=seen if closing else None)
        bouts += [one for one in unsure if not any(meet(one, bout) for bout in bouts)]
        holds = list(self._hidden(told, bouts, watches, floor=floor, at=at))
        self.tape.keep(watches)
        return sorted([*_without(bouts, holds), *holds], key=lambda bout: bout.start)

    def _to_the_end(self, watch: Watch) -> bool:
        """Whether a counter was shown poses until the person's last, or nearly so."""
        return (self.tape.last or 0) - self.tape.shown(watch) <= CUT

    def _leads(self, before: Stretch, stretch: Stretch) -> bool:
        """Whether a stretch is of a hold that leads straight into the next: so a slow push-up begins like a plank."""
        hold = before.label != UNKNOWN and self.catalogue[before.label].hold
        return hold and before.end is not None and stretch.start - before.end <= LEAD

    def _unknown(
        self,
        evidence: Evidence,
        stretch: Stretch,
        span: tuple[int, int],
        watches: set[Watch],
        *,
        floor: int,
        whole: bool,
    ) -> Iterator[Bout]:
        """The movement that no exercise fits, if that is what a stretch shows.

        Args:
            evidence, stretch: of it.
            span: when, ns.
            watches: takes what is asked for.
            floor: nothing before this moment counts, ns.
            whole: whether there can be no more clips.
        """
        start, end = span
        sure = stretch.confidence >= UNKNOWN_SURE
        enough = evidence.count(stretch.start, end) >= UNKNOWN_CLIPS
        busy = enough and not sure and evidence.mean(NONE, stretch.start, end) < BUSY
        if end - start < UNKNOWN_LASTS or not (busy or (sure and (enough or whole))):
            return
        watch = (UNKNOWN, max(floor, self.tape.first or 0, stretch.start - LEAD), False)
        watches.add(watch)
        reps = tuple(rep for rep in self.tape.counter(watch).reps if start <= middle_of(rep) <= end)
        reps = reps if len(reps) >= UNKNOWN_REPS else ()
        yield Bout(None, UNKNOWN, start, end, reps, (), stretch.confidence, stretch.end is None)

    def _regular(
        self, evidence: Evidence, bouts: Sequence[Bout], watches: set[Watch], *, floor: int, closing: bool
    ) -> list[Bout]:
        """Bouts of exercises that clips hold for possible only, where the counter sees alike repetitions of them."""
        busy = [(bout.start, bout.end) for bout in bouts]
        found: list[Bout] = []
        # What clips show shortly before and after a bout is of that bout.
        around = [(bout.start - bout.rest, bout.end + bout.rest) for bout in bouts]
        counted = (label for label in evidence.likeliest(around) if not self.catalogue[label].hold)
        for label in islice(counted, ASKED):
            entry = self.catalogue[label]
            watch = (entry.exercise, max(floor, self.tape.start), False)
            watches.add(watch)
            counter = self.tape.counter(watch)
            reps = counter.reps
            if closing and self._to_the_end(watch):
                cut = counter.finish(from_start=counter.started == self.tape.first)
                # Who gets up and leaves moves as if another repetition were begun, but clips see that.
                reps = [rep for rep in cut if rep in reps or evidence.mean(NONE, rep.start, rep.end) < IDLE]
            for group in _groups(reps, entry):
                start, end = group[0].start, group[-1].end
                likely = evidence.mean(label, start, end)
                free = not any(start < until and since < end for since, until in busy)
                if free and (brief(group, likely) or (likely >= POSSIBLE and regular(group, entry))):
                    halves = _halves(counter.halves, group, entry, end)
                    told = Bout(entry, entry.exercise, start, end, tuple(group), halves, likely, going=True)
                    found.append(replace(told, begun=counter.begun))
                    busy.append((start, end))
        return found

    def _rhythmic(
        self, evidence: Evidence, bouts: list[Bout], watches: set[Watch], *, floor: int, short: int | None
    ) -> list[Bout]:
        """Bouts, and those of a rhythm of the body that they don't explain, in the place of what it contradicts.

        Args:
            evidence, bouts, watches, floor: as elsewhere.
            short: how long the whole recording is, ns; None while it goes on.
        """
        counted = [bout for bout in bouts if bout.reps]
        if evidence.moving([(bout.start - bout.rest, bout.end + bout.rest) for bout in counted], IDLE) < UNEXPLAINED:
            return bouts
        watch = (UNKNOWN, max(floor, self.tape.start), False)
        watches.add(watch)
        counter = self.tape.counter(watch)
        reps = counter.reps if short is None else counter.finish(from_start=counter.started == self.tape.first)
        for group in _parted(reps, RHYTHM_REST):
            start, end = group[0].start, group[-1].end
            chances = evidence.means(start, end)
            idle = chances.pop(NONE, 0.0)
            named = [one for one in chances if one == UNKNOWN or not self.catalogue[one].hold]
            if not named or not rhythmic(group, idle, short=short is not None and short <= longest_short(group)):
                continue
            label = max(named, key=lambda one: (chances[one], one))
            found = Bout(None, label, start, end, tuple(group), (), chances[label], going=True, rhythm=True)
            if 2 * sum(len(bout.reps) for bout in counted if meet(bout, found)) < len(group):
                bouts = [bout for bout in bouts if not meet(bout, found)]
                bouts.append(replace(found, begun=counter.begun))
        return bouts

    def _hidden(
        self, stretches: Sequence[Stretch], bouts: Sequence[Bout], watches: set[Watch], *, floor: int, at: int
    ) -> Iterator[Bout]:
        """The holds that no model knows, by their posture: where nothing else was counted meanwhile."""
        busy = [(bout.start - bout.rest, bout.end + bout.rest) for bout in bouts if bout.reps and bout.regular]
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
            seen: how long the recording is, ns.
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
            if believed(group, stretch.confidence, short=closing and seen <= longest_short(group))
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
    return _parted(reps, round(entry.rest_seconds * NANOSECONDS))


def _parted(reps: Iterable[Repetition], rest: int) -> list[list[Repetition]]:
    """Repetitions parted where the rest between them, ns, is longer."""
    groups: list[list[Repetition]] = []
    for rep in reps:
        if groups and rep.start - groups[-1][-1].end <= rest:
            groups[-1].append(rep)
        else:
            groups.append([rep])
    return groups


def _moved(hold: Bout, bouts: Iterable[Bout], under_way: Iterable[int]) -> bool:
    """Whether repetitions were done for most of a hold, or one was begun (ns) in its first half."""
    middle = (hold.start + hold.end) // 2
    times = [min(bout.end, hold.end) - max(bout.start, hold.start) for bout in bouts if bout.reps and bout.exercise]
    return sum(max(time, 0) for time in times) > middle - hold.start or any(
        hold.start <= begun <= middle for begun in under_way
    )


def _halves(
    halves: Iterable[Repetition], reps: Sequence[Repetition], entry: Exercise, end: int
) -> tuple[Repetition, ...]:
    """The half repetitions of a set: what comes before the first whole one was getting into position."""
    over = reps[-1].end + round(entry.rest_seconds * NANOSECONDS)
    return tuple(half for half in halves if reps[0].end <= half.start < over and middle_of(half) <= end)
