"""The catalogue: every exercise that Spotter counts or times, as data.

Adding an exercise is one entry here and one golden recording in ``tests/golden``. Bounds are anatomical round numbers,
not fits to clips; between them the thresholds follow the person's own range (`services.core.reps`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from services.core.reps import RepRule
from services.core.signals import Measures, Signal

NONE: Final = "none"
"""The label of a clip without exercise."""

UNKNOWN: Final = "unknown"
"""The label of movement that no exercise of the catalogue fits."""

SMALLEST: Final = 0.25
"""Share of an exercise's full range below which a movement is no repetition of it, whoever moves."""

END: Final = 0.35
"""Share of the full range at either end in which a pose is at that end."""


class Phase(StrEnum):
    """Where in a repetition a pose is: how high the body, or what it moves, stands."""

    TOP = "top"
    MIDDLE = "middle"
    BOTTOM = "bottom"
    HOLD = "hold"


class Judged(StrEnum):
    """What of a signal during one repetition is judged."""

    SMALLEST = "smallest"
    LARGEST = "largest"
    RANGE = "range"
    """The share of the exercise's full range that was covered, 0-1."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that can be wrong with a repetition.

    Attributes:
        fault: its id.
        message: what the person is told.
        signal, judged: the value that is looked at.
        right: its lowest and highest right value, in the signal's unit.
        severity: "hint" or "warning".
    """

    fault: str
    message: str
    signal: Signal
    judged: Judged
    right: tuple[float, float]
    severity: str = "hint"


@dataclass(frozen=True, slots=True)
class Exercise:
    """One entry of the catalogue.

    Attributes:
        exercise: its id, a label of the models.
        name: what people call it.
        signal: what rises and falls with its repetitions; for a hold, what is looked at first.
        rest, work: the signal at rest and at the far end of a full repetition, in its unit.
        work_phase: whether the far end is the top or the bottom of the movement; HOLD when there are no repetitions.
        seconds: shortest and longest duration of a repetition.
        done_far: True when a repetition is done at its far end already.
        rest_seconds: a pause longer than this ends the set.
        faults: what is judged in each repetition.
        posture: signals' lowest and highest value while it is done; a hold lasts as long, and poses outside count
            for nothing in the other exercises.
    """

    exercise: str
    name: str
    signal: Signal
    rest: float
    work: float
    work_phase: Phase
    seconds: tuple[float, float] = (0.4, 10.0)
    done_far: bool = False
    rest_seconds: float = 6.0
    faults: tuple[Fault, ...] = ()
    posture: tuple[tuple[Signal, float, float], ...] = ()

    @property
    def effort_first(self) -> bool:
        """Whether a repetition begins with its concentric part, as a curl does and a squat does not."""
        return self.work_phase is Phase.TOP

    @property
    def hold(self) -> bool:
        """Whether it is timed instead of counted."""
        return self.work_phase is Phase.HOLD

    @property
    def rule(self) -> RepRule:
        """How its repetitions are counted."""
        return RepRule(self.rest > self.work, SMALLEST * abs(self.rest - self.work), self.seconds, self.done_far)

    def range_of_motion(self, swing: float) -> float:
        """The part of the full range, 0-1, that a swing of the signal covers."""
        return min(1.0, swing / abs(self.rest - self.work))

    def fits(self, measures: Measures) -> bool:
        """Whether a pose can belong to it."""
        return all(low <= float(measures.values[signal]) <= high for signal, low, high in self.posture)

    def phase(self, measures: Measures) -> Phase:
        """The part of a repetition that a single pose most resembles, by the full range's bounds."""
        if self.hold:
            return Phase.HOLD
        done = (float(measures.values[self.signal]) - self.rest) / (self.work - self.rest)
        rest_phase = Phase.TOP if self.work_phase is Phase.BOTTOM else Phase.BOTTOM
        if done < END:
            return rest_phase
        return self.work_phase if done > 1.0 - END else Phase.MIDDLE


HEAVY_REST: Final = 10.0
"""Rest that ends a set of heavy lifts, between whose repetitions people breathe and set up again, seconds."""

_ENOUGH: Final = (0.55, 1.0)
"""Share of the full range that makes a whole repetition, without the edges; people differ too much to ask for more."""

_SHALLOW_SQUAT: Final = Fault(
    "shallow", "Go lower: thighs towards parallel.", Signal.HIP_HEIGHT, Judged.RANGE, _ENOUGH, "warning"
)
_SHALLOW_LUNGE: Final = Fault("shallow", "Sink deeper into the lunge.", Signal.HIP_HEIGHT, Judged.RANGE, _ENOUGH)
_SHALLOW_PUSH_UP: Final = Fault("shallow", "Bend the elbows more.", Signal.ELBOW, Judged.RANGE, _ENOUGH)
_HALF_PRESS: Final = Fault("half", "Use the whole range of the press.", Signal.WRIST_HEIGHT, Judged.RANGE, _ENOUGH)
_HALF_CURL: Final = Fault("half", "Curl all the way up and all the way down.", Signal.REACH, Judged.RANGE, _ENOUGH)
_BENT_HIPS: Final = Fault(
    "bent_hips", "Keep shoulders, hips and feet in one line.", Signal.BEND, Judged.SMALLEST, (130.0, 180.0), "warning"
)
_NO_HANG: Final = Fault("no_hang", "Start each one from straight arms.", Signal.ELBOW, Judged.LARGEST, (140.0, 180.0))

_ENTRIES: Final = (
    Exercise("squat", "Squat", Signal.HIP_HEIGHT, 0.80, 0.40, Phase.BOTTOM,
             rest_seconds=HEAVY_REST, faults=(_SHALLOW_SQUAT,)),
    Exercise("deadlift", "Deadlift", Signal.SHOULDER_HEIGHT, 1.30, 0.80, Phase.BOTTOM,
             rest_seconds=HEAVY_REST),
    Exercise("romanian_deadlift", "Romanian deadlift", Signal.SHOULDER_HEIGHT, 1.30, 0.90, Phase.BOTTOM,
             rest_seconds=HEAVY_REST),
    Exercise("bench_press", "Bench press", Signal.WRIST_HEIGHT, 0.50, 0.10, Phase.BOTTOM,
             rest_seconds=HEAVY_REST, faults=(_HALF_PRESS,)),
    Exercise("push_up", "Push-up", Signal.ELBOW, 165, 70, Phase.BOTTOM,
             posture=((Signal.TORSO, -65, 65),), faults=(_SHALLOW_PUSH_UP, _BENT_HIPS)),
    Exercise("dip", "Dip", Signal.ELBOW, 165, 75, Phase.BOTTOM, faults=(_SHALLOW_PUSH_UP,)),
    Exercise("overhead_press", "Overhead press", Signal.ELBOW, 50, 165, Phase.TOP),
    Exercise("biceps_curl", "Biceps curl", Signal.REACH, 160, 50, Phase.TOP, faults=(_HALF_CURL,)),
    Exercise("tricep", "Triceps extension", Signal.REACH, 70, 165, Phase.BOTTOM),
    Exercise("row", "Row", Signal.REACH, 160, 70, Phase.TOP),
    Exercise("lat_pulldown", "Lat pulldown", Signal.ELBOW, 165, 65, Phase.BOTTOM),
    Exercise("pull_up", "Pull-up", Signal.ELBOW, 165, 55, Phase.TOP, done_far=True,
             posture=((Signal.WRIST_HEIGHT, -0.15, 1.0),), faults=(_NO_HANG,)),
    Exercise("lateral_raise", "Lateral raise", Signal.WRIST_HEIGHT, -0.50, 0.0, Phase.TOP),
    Exercise("front_raise", "Front raise", Signal.WRIST_HEIGHT, -0.50, 0.0, Phase.TOP),
    Exercise("lunge", "Lunge", Signal.HIP_HEIGHT, 0.80, 0.45, Phase.BOTTOM, faults=(_SHALLOW_LUNGE,)),
    Exercise("jumping_jack", "Jumping jack", Signal.WRIST_HEIGHT, -0.45, 0.50, Phase.TOP,
             seconds=(0.3, 5.0), rest_seconds=5.0),
    Exercise("sit_up", "Sit-up", Signal.TORSO, 0, 70, Phase.TOP),
    Exercise("hip_thrust", "Hip thrust", Signal.BEND, 100, 175, Phase.TOP),
    Exercise("kettlebell_swing", "Kettlebell swing", Signal.WRIST_HEIGHT, -0.50, 0.10, Phase.TOP, seconds=(0.5, 6.0)),
    Exercise("thruster", "Thruster", Signal.WRIST_HEIGHT, -0.10, 0.50, Phase.TOP, rest_seconds=HEAVY_REST),
    Exercise("clean", "Clean", Signal.SHOULDER_HEIGHT, 1.30, 0.80, Phase.BOTTOM, rest_seconds=HEAVY_REST),
    Exercise("burpee", "Burpee", Signal.SHOULDER_HEIGHT, 1.30, 0.20, Phase.BOTTOM, seconds=(0.8, 12.0)),
    Exercise("plank", "Plank", Signal.TORSO, 0, 0, Phase.HOLD, rest_seconds=4.0,
             posture=((Signal.TORSO, -40, 45), (Signal.BEND, 110, 180))),
)  # fmt: skip

CATALOGUE: Final[Mapping[str, Exercise]] = {entry.exercise: entry for entry in _ENTRIES}
"""Exercise id -> its entry."""
