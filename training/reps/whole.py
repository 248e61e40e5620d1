"""The whole classifier on a recording, as it runs: which exercise it says, what it counts, and when.

The only place of training where a stage is at work: how well repetitions are counted with nobody telling the exercise
is a figure of the whole, and a copy of it here would be measured instead of what runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from services.classifier.manifest import NONE
from services.classifier.settings import ClassifierSettings
from services.classifier.stage import Classifier, ClassifierStage
from services.core.summary import main_sets, sets_of, standing
from services.core.types import NANOSECONDS, Event, Rep, SetEnded, SetStarted
from training.poses import Recording

Asker = Classifier
"""What is asked which exercise a clip shows."""

CAMERA: Final = "evaluation"


@dataclass(frozen=True, slots=True)
class Heard:
    """What the classifier said of a recording.

    Attributes:
        exercise: what whoever is mainly shown exercising does longest, "none" when nobody did a set; movement that was
            neither counted nor timed only where nothing was; as `spotter analyze` has it.
        reps: how many of it.
        spans: start and end of each, ns.
        delays: seconds from the end of each repetition to the frame at which it was first told.
        under_way: those of repetitions that ended after their set was told; the others wait for the exercise.
    """

    exercise: str
    reps: int
    spans: tuple[tuple[int, int], ...] = ()
    delays: tuple[float, ...] = ()
    under_way: tuple[float, ...] = ()


@dataclass(slots=True)
class Told:
    """Events of a recording: those that stand in the end, and when each was first told.

    Attributes:
        last: event id -> its highest revision.
        first: event id -> event time at which it was told first, ns; of repetitions, told as counted.
    """

    last: dict[str, Event] = field(default_factory=dict)
    first: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, events: Iterable[Event]) -> Told:
        """Those of events in order of publication."""
        events = list(events)
        told = cls(standing(events))
        for event in events:
            if not isinstance(event, Rep) or event.counted:
                told.first.setdefault(event.event_id, event.captured_at)
        return told

    @property
    def sets(self) -> list[SetEnded]:
        """The sets that were not taken back, in order of time."""
        return sets_of(self.last.values())

    @property
    def reps(self) -> list[Rep]:
        """The repetitions that stand."""
        return [event for event in self.last.values() if isinstance(event, Rep) and event.counted]

    @property
    def ever(self) -> int:
        """Repetitions that were counted at any time, those taken back included."""
        return sum(isinstance(event, Rep) and event.event_id in self.first for event in self.last.values())


def events_of(recording: Recording, model: Asker) -> list[Event]:
    """Everything that the classifier says of a recording.

    Args:
        recording: what the pose engine saw.
        model: that is asked.
    """
    stage = ClassifierStage(ClassifierSettings(), model=model)
    frames = recording.pose_frames(CAMERA)
    return [event for frame in frames for event in stage.process(frame) if isinstance(event, Event)]


def heard(events: Sequence[Event], near: Mapping[str, float]) -> Heard:
    """What events say of whoever is mainly shown exercising.

    Args:
        events: of one recording.
        near: how near each person was, by track.
    """
    told = Told.of(events)
    sets = told.sets
    if not sets:
        return Heard(NONE, 0)
    own = main_sets(sets, near)
    started = {event.event_id: told.first[event.event_id] for event in events if isinstance(event, SetStarted)}
    reps = [rep for rep in told.reps if rep.set_id in {one.set_id for one in own}]
    late = [((told.first[rep.event_id] - rep.end) / NANOSECONDS, started[rep.set_id] <= rep.end) for rep in reps]
    return Heard(
        exercise=own[0].exercise,
        reps=sum(one.reps for one in own),
        spans=tuple(span for one in own for span in one.rep_times),
        delays=tuple(seconds for seconds, _ in late),
        under_way=tuple(seconds for seconds, open_already in late if open_already),
    )
