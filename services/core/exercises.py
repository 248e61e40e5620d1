"""The catalogue: every exercise that Spotter counts or times, as data.

Adding an exercise is one entry here and one golden recording in ``tests/golden``. Bounds are anatomical round numbers,
not fits to clips; between them the thresholds follow the person's own range (`services.core.reps`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from services.core import faults
from services.core.alignment import Aligned, Alignment
from services.core.faults import ANY_VIEW, Fault
from services.core.repetition import RepRule
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


class Limb(StrEnum):
    """What people train one side of at a time, or both in turn."""

    ARM = "arm"
    LEG = "leg"


Bounds = tuple[tuple[Signal | Alignment, float, float], ...]
"""What is looked at, with its lowest and highest value."""


def within(bounds: Bounds, measures: Measures) -> bool:
    """Whether a pose lies within bounds, looked at in turn: alignments, which cost more, had better be the last."""
    for one, low, high in bounds:
        value = measures.values[one] if isinstance(one, Signal) else Aligned([measures]).value(one)[0]
        if not low <= value <= high:
            return False
    return True


@dataclass(frozen=True, slots=True)
class Exercise:
    """One entry of the catalogue.

    Attributes:
        exercise: its id, a label of the models.
        name: what people call it.
        signal: what rises and falls with its repetitions; for a hold, what is looked at first.
        rest, work: the signal at rest and at the far end of a full repetition, in its unit.
        work_phase: whether the far end is the top or the bottom of the movement; HOLD when there are no repetitions.
        seconds: shortest and longest duration of a repetition, or of a hold.
        done_far: True when a repetition is done at its far end already.
        pulled_down: True when the way down is the effort (a pulldown), which elsewhere the way up is.
        in_turn: whether sides may take turns, of which the one farther from the camera is seen to move less.
        half: share of somebody's usual way that half a repetition goes; more where `check_exercise` shows that a half
            goes farther.
        limb: of which each repetition tells the side; None where nobody does it one side at a time.
        rest_seconds: a pause longer than this ends the set.
        faults: what is judged in each repetition.
        posture: what the body is like while it is done; a hold lasts as long, and poses outside count for nothing in
            the other exercises.
        start: what it is like in the posture that it starts from; for a hold, where it comes from.
        heard_as: labels of clips behind which a hold may be hidden because models don't know it by its own.
        approach: how much signals may differ from what they were in `start`, all the way into a hold that could be a
            rest as well.
        still: how much signals may differ from what they were when such a hold began, until it has lasted its shortest.
        moved: lowest and highest change of signals from `start` to such a hold.
        lifted: metres by which the feet are higher in a hold than in `start`.
        view: degrees of `Alignment.VIEW` from which it can be judged.
    """

    exercise: str
    name: str
    signal: Signal
    rest: float
    work: float
    work_phase: Phase
    seconds: tuple[float, float] = (0.4, 10.0)
    done_far: bool = False
    pulled_down: bool = False
    in_turn: bool = False
    half: float = 0.5
    limb: Limb | None = None
    rest_seconds: float = 6.0
    faults: tuple[Fault, ...] = ()
    posture: Bounds = ()
    start: Bounds = ()
    heard_as: tuple[str, ...] = ()
    approach: tuple[tuple[Signal, float], ...] = ()
    still: tuple[tuple[Signal, float], ...] = ()
    moved: tuple[tuple[Signal, float, float], ...] = ()
    lifted: float = 0.0
    view: tuple[float, float] = ANY_VIEW

    @property
    def effort_first(self) -> bool:
        """Whether a repetition begins with its concentric part, as a curl does and a squat does not."""
        return self.work_phase is Phase.TOP or self.pulled_down

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
        return within(self.posture, measures)

    def starts(self, measures: Measures) -> bool:
        """Whether a pose is one that it starts from."""
        return within(self.start, measures)

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

_LYING: Final = (Signal.TORSO, -65, 65)
_UPRIGHT: Final = (Signal.TORSO, 5, 90)
"""Bent forward towards a high camera people are still more upright than lying."""
_STANDING: Final = ((Signal.TORSO, 50, 90), (Signal.HIP_HEIGHT, 0.62, 1.1))
_FROM_ASIDE: Final = (25.0, 90.0)

_ENTRIES: Final = (
    Exercise("squat", "Squat", Signal.HIP_HEIGHT, 0.80, 0.40, Phase.BOTTOM,
             rest_seconds=HEAVY_REST, faults=faults.SQUAT,
             posture=(_UPRIGHT,)),
    Exercise("deadlift", "Deadlift", Signal.SHOULDER_HEIGHT, 1.30, 0.80, Phase.BOTTOM,
             rest_seconds=HEAVY_REST, faults=faults.DEADLIFT, view=_FROM_ASIDE),
    Exercise("romanian_deadlift", "Romanian deadlift", Signal.SHOULDER_HEIGHT, 1.30, 0.90, Phase.BOTTOM,
             rest_seconds=HEAVY_REST, view=_FROM_ASIDE),
    Exercise("bench_press", "Bench press", Signal.WRIST_HEIGHT, 0.50, 0.10, Phase.BOTTOM,
             rest_seconds=HEAVY_REST, faults=faults.BENCH_PRESS),
    Exercise("push_up", "Push-up", Signal.ELBOW, 165, 70, Phase.BOTTOM,
             posture=(_LYING,), faults=faults.PUSH_UP, view=_FROM_ASIDE),
    Exercise("dip", "Dip", Signal.ELBOW, 165, 75, Phase.BOTTOM, faults=faults.DIP),
    Exercise("overhead_press", "Overhead press", Signal.ELBOW, 50, 165, Phase.TOP, limb=Limb.ARM,
             faults=faults.OVERHEAD_PRESS, posture=(_UPRIGHT,)),
    Exercise("biceps_curl", "Biceps curl", Signal.REACH, 160, 50, Phase.TOP, in_turn=True, limb=Limb.ARM,
             faults=faults.BICEPS_CURL, posture=(_UPRIGHT,)),
    Exercise("tricep", "Triceps extension", Signal.REACH, 70, 165, Phase.BOTTOM, done_far=True, pulled_down=True,
             limb=Limb.ARM),
    Exercise("row", "Row", Signal.REACH, 160, 70, Phase.TOP, limb=Limb.ARM, faults=faults.ROW),
    Exercise("lat_pulldown", "Lat pulldown", Signal.ELBOW, 165, 65, Phase.BOTTOM, done_far=True, pulled_down=True),
    Exercise("pull_up", "Pull-up", Signal.ELBOW, 165, 55, Phase.TOP, done_far=True,
             posture=((Signal.WRIST_HEIGHT, -0.15, 1.0),), faults=faults.PULL_UP),
    Exercise("lateral_raise", "Lateral raise", Signal.WRIST_HEIGHT, -0.50, 0.0, Phase.TOP, limb=Limb.ARM,
             posture=(_UPRIGHT,)),
    Exercise("front_raise", "Front raise", Signal.WRIST_HEIGHT, -0.50, 0.0, Phase.TOP, limb=Limb.ARM,
             posture=(_UPRIGHT,)),
    Exercise("lunge", "Lunge", Signal.HIP_HEIGHT, 0.80, 0.45, Phase.BOTTOM, in_turn=True, half=0.6, limb=Limb.LEG,
             faults=faults.LUNGE, posture=(_UPRIGHT,)),
    Exercise("jumping_jack", "Jumping jack", Signal.WRIST_HEIGHT, -0.45, 0.50, Phase.TOP,
             seconds=(0.3, 5.0), rest_seconds=5.0, faults=faults.JUMPING_JACK,
             posture=(_UPRIGHT,)),
    Exercise("sit_up", "Sit-up", Signal.TORSO, 0, 70, Phase.TOP, faults=faults.SIT_UP,
             posture=((Signal.HIP_HEIGHT, -0.60, 0.45),)),
    Exercise("hip_thrust", "Hip thrust", Signal.BEND, 100, 175, Phase.TOP),
    Exercise("kettlebell_swing", "Kettlebell swing", Signal.WRIST_HEIGHT, -0.50, 0.10, Phase.TOP, seconds=(0.5, 6.0)),
    Exercise("thruster", "Thruster", Signal.WRIST_HEIGHT, -0.10, 0.50, Phase.TOP, rest_seconds=HEAVY_REST,
             posture=(_UPRIGHT,)),
    Exercise("clean", "Clean", Signal.SHOULDER_HEIGHT, 1.30, 0.80, Phase.BOTTOM, rest_seconds=HEAVY_REST),
    Exercise("burpee", "Burpee", Signal.SHOULDER_HEIGHT, 1.30, 0.20, Phase.BOTTOM, seconds=(0.8, 12.0)),
    Exercise("plank", "Plank", Signal.TORSO, 0, 0, Phase.HOLD, seconds=(1.0, 3600.0), rest_seconds=4.0,
             posture=((Signal.TORSO, -40, 45), (Signal.BEND, 110, 180)), faults=faults.PLANK, view=_FROM_ASIDE),
    Exercise("side_plank", "Side plank", Signal.TORSO, 20, 20, Phase.HOLD, seconds=(3.0, 3600.0), rest_seconds=4.0,
             heard_as=(NONE, UNKNOWN, "plank", "push_up", "burpee"),
             posture=((Signal.TORSO, -20, 50), (Signal.BEND, 120, 180), (Alignment.STACKED, 50, 90))),
    # Who sits on a bench looks the same: only the way down a wall tells them apart, with the trunk upright throughout.
    # Sitting down bends it 30 degrees and more forward: M. Schenkman et al., Phys Ther 70(10), 1990, on rising.
    Exercise("wall_sit", "Wall sit", Signal.SHOULDER_HEIGHT, 0.95, 0.95, Phase.HOLD, seconds=(4.0, 3600.0),
             rest_seconds=4.0, heard_as=(NONE, UNKNOWN, "squat"), start=_STANDING, approach=((Signal.TORSO, 12),),
             still=((Signal.TORSO, 12), (Signal.WRIST_HEIGHT, 0.15)), moved=((Signal.HIP_HEIGHT, -0.75, -0.20),),
             posture=((Signal.TORSO, 50, 90), (Signal.HIP_HEIGHT, 0.15, 0.62), (Alignment.SHANK, 0, 25)),
             faults=faults.WALL_SIT),
    Exercise("dead_hang", "Dead hang", Signal.ELBOW, 170, 170, Phase.HOLD, seconds=(3.0, 3600.0), rest_seconds=4.0,
             heard_as=(NONE, UNKNOWN, "pull_up", "overhead_press", "front_raise", "lat_pulldown"),
             start=(*_STANDING, (Signal.WRIST_HEIGHT, -1.0, 0.2)), lifted=0.08,
             posture=((Signal.ELBOW, 120, 180), (Signal.WRIST_HEIGHT, 0.3, 1.0), (Signal.TORSO, 50, 90),
                      (Alignment.SWING, -12, 12))),
)  # fmt: skip

CATALOGUE: Final[Mapping[str, Exercise]] = {entry.exercise: entry for entry in _ENTRIES}
"""Exercise id -> its entry."""
