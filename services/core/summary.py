"""What the events of a whole recording come to: which of them stand in the end, and what was mainly done."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from services.core.exercises import NONE
from services.core.signals import measure
from services.core.types import Event, PoseFrame, Prediction, SetEnded

LIKE: Final = 0.5
"""Somebody who finished nothing is said to do what their clips show where that is likelier than not."""


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


def nearness(frames: Iterable[PoseFrame]) -> dict[str, float]:
    """How near each person was to the camera: the mean length of a metre at them, picture heights, by track."""
    metres: dict[str, list[float]] = defaultdict(list)
    for frame in frames:
        for pose in frame.people:
            metres[pose.track_id].append(float(measure(pose, frame.width, frame.height).place[2]))
    return {track_id: sum(lengths) / len(lengths) for track_id, lengths in metres.items()}


def main_sets(sets: Iterable[SetEnded], near: Mapping[str, float]) -> list[SetEnded]:
    """The sets of whoever a recording shows exercising, of what they do longest.

    That is the one who exercises longest, and the nearer one of two who do for as long: somebody half as near has to
    exercise for twice as long. What was neither counted nor timed comes after all that was.

    Args:
        sets: of all people.
        near: how near each was, by track.
    """
    total: dict[str, int] = defaultdict(int)
    found: dict[tuple[str, str], list[SetEnded]] = defaultdict(list)
    for one in sets:
        total[one.track_id] += one.end - one.start
        found[one.track_id, one.exercise].append(one)

    def weight(key: tuple[str, str]) -> tuple[float, bool, int]:
        own = found[key]
        counted = any(one.reps > 0 or one.held_seconds is not None for one in own)
        return total[key[0]] * near[key[0]], counted, sum(one.end - one.start for one in own)

    return found[max(found, key=weight)] if found else []


def resembled(predictions: Iterable[Prediction]) -> tuple[str, float] | None:
    """What somebody seems to do who finished no repetition and held nothing, and its probability, 0-1.

    None where clips show nothing, are of two minds, or there is none.

    Args:
        predictions: all that stand of one person.
    """
    clips = list(predictions)
    total: dict[str, float] = defaultdict(float)
    for clip in clips:
        for label, chance in clip.probabilities.items():
            total[label] += chance / len(clips)
    best = max(total, key=lambda label: total[label], default=NONE)
    return (best, total[best]) if best != NONE and total[best] >= LIKE else None
