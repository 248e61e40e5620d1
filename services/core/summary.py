"""What the events of a whole recording come to: which of them stand in the end, and what was mainly done."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from services.core.types import Event, SetEnded


def standing(events: Iterable[Event]) -> dict[str, Event]:
    """Event id -> its highest revision, the last told of equal ones.

    Args:
        events: in order of publication.
    """
    latest: dict[str, Event] = {}
    for event in events:
        if event.event_id not in latest or event.revision >= latest[event.event_id].revision:
            latest[event.event_id] = event
    return latest


def sets_of(events: Iterable[Event]) -> list[SetEnded]:
    """The ended sets among events that stand, in order of time; of one that was taken back nothing remains."""
    ended = [event for event in events if isinstance(event, SetEnded) and event.end > event.start]
    return sorted(ended, key=lambda one: one.start)


def main_sets(sets: Iterable[SetEnded]) -> list[SetEnded]:
    """The sets of whoever exercises longest, of what they do longest.

    What was neither counted nor timed comes after all that was.
    """
    total: dict[str, int] = defaultdict(int)
    found: dict[tuple[str, str], list[SetEnded]] = defaultdict(list)
    for one in sets:
        total[one.track_id] += one.end - one.start
        found[one.track_id, one.exercise].append(one)

    def weight(key: tuple[str, str]) -> tuple[int, bool, int]:
        own = found[key]
        counted = any(one.reps > 0 or one.held_seconds is not None for one in own)
        return total[key[0]], counted, sum(one.end - one.start for one in own)

    return found[max(found, key=weight)] if found else []
