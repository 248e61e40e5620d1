"""The sets that simulated people do: each exercise from all sides, at all frame rates, and under what goes wrong."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from services.core.exercises import CATALOGUE
from services.simulator import EXERCISES, Scene, TrueRep, open_scene

COUNTED: Final = tuple(
    name for name, one in EXERCISES.items() if one.label != "none" and not one.hold and (one.label or name) in CATALOGUE
)
"""All of the simulator's that the catalogue counts."""

VIEWS: Final = tuple(range(0, 360, 30))
"""Degrees from a person's front to the camera: 0 front, 90 their left side, 180 rear, 270 their right side."""

RATES: Final = (8, 15, 30)
"""Frames a second."""

HEIGHTS: Final = (1.0, 2.4)
"""Lowest and highest camera, metres, where its height is not what is tried."""

LEAD_OUT: Final = 4.0
"""Seconds that the camera looks on after the last repetition."""

FASTEST: Final = {"jumping_jack": 0.6, "burpee": 1.6, "thruster": 1.6, "clean": 1.8, "kettlebell_swing": 1.1}
"""Seconds of a repetition that people do not go below; the others' is `QUICK`."""
QUICK: Final = 0.7

CONDITIONS: Final = (
    "fast", "grinder", "pause at the far end", "pause at rest", "double bounce", "every third a half",
    "low camera", "high camera", "frames dropped", "occluded a second", "one side missing", "mirrored",
    "no errors", "twice the errors",
)  # fmt: skip
"""What is tried beside views and frame rates."""

GRINDER: Final = 8.0
"""Seconds of a slow repetition."""

SHORT: Final = 2.0
"""Seconds of a repetition, below which one that is hidden for a second leaves no trace."""

REPS: Final = (3, 8)
"""Fewest and most repetitions of a set."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One set of one person.

    Attributes:
        exercise: the simulator's name.
        condition: what is tried: "plain", or what goes wrong.
        view: degrees; fps: frames a second; height: of the camera, metres.
        seed: of looks, tempo, errors.
        reps: repetitions, halves included.
        tempo: seconds a repetition; 0 for the exercise's own.
        pause, stop, bounce: as in a spec (`services.simulator`).
        halves: every how manieth repetition is a half; 0 for none.
    """

    exercise: str
    condition: str
    view: float
    fps: int
    height: float
    seed: int
    reps: int
    tempo: float = 0.0
    pause: float = 0.0
    stop: float = 0.0
    bounce: float = 0.0
    halves: int = 0

    @property
    def errors(self) -> float:
        """Errors of keypoints, as a multiple of the pose engine's."""
        return {"no errors": 0.0, "twice the errors": 2.0}.get(self.condition, 1.0)

    @property
    def label(self) -> str:
        """The catalogue's name."""
        return EXERCISES[self.exercise].label or self.exercise

    @property
    def spec(self) -> str:
        """What the simulator is asked for."""
        options = {"seed": self.seed, "view": self.view, "height": self.height, "reps": self.reps, "rest": 60}
        options |= {"tempo": self.tempo} if self.tempo else {}
        options |= {name: getattr(self, name) for name in ("pause", "stop", "bounce") if getattr(self, name)}
        halves = {"fault": f"half/{self.halves}"} if self.halves else {}
        return f"{self.exercise}?" + "&".join(f"{key}={value}" for key, value in {**options, **halves}.items())

    @property
    def scene(self) -> Scene:
        """It in the simulator."""
        return open_scene(self.spec)

    @property
    def key(self) -> str:
        """Names the set and all that is random about it."""
        return hashlib.sha256(f"{self.spec} {self.fps} {self.condition}".encode()).hexdigest()[:24]


@cache
def truth_of(trial: Trial) -> tuple[TrueRep, ...]:
    """Its repetitions, halves included."""
    return tuple(trial.scene.reps(3600.0)[: trial.reps])


def seconds_of(trial: Trial) -> float:
    """How long the camera looks."""
    return truth_of(trial)[-1].end + LEAD_OUT


def fast(exercise: str, fps: int) -> float:
    """Five frames a repetition, or the fastest that people are, seconds."""
    return max(5 / fps, FASTEST.get(exercise, QUICK))


def random_of(*words: object) -> np.random.Generator:
    """Chance that depends on these words only."""
    digest = hashlib.blake2b(" ".join(map(str, words)).encode(), digest_size=8).digest()
    return np.random.default_rng(int.from_bytes(digest, "big"))


def made(exercise: str, condition: str, view: float, fps: int, **options: float) -> Trial:
    """A trial with a camera height, a turn of a few degrees and a person of its own."""
    random = random_of("simulated reps", exercise, condition, view, fps)
    height = float(options.pop("height", round(random.uniform(*HEIGHTS), 2)))
    seed, turned = int(random.integers(2**31)), int(view + random.integers(-10, 11))
    reps = int(random.integers(REPS[0], options.pop("most", REPS[1]) + 1))
    return Trial(exercise, condition, turned, fps, height, seed, reps, **options)  # type: ignore[arg-type]


def pixel_trials() -> list[Trial]:
    """What goes through pictures and the pose engine: every exercise from three sides, cameras of 15 and 8 fps."""
    return [
        made(exercise, "pixels", view, 8 if (number + place) % 2 else 15)
        for place, view in enumerate((45, 180, 270))
        for number, exercise in enumerate(COUNTED)
    ]


def plain_trials() -> Iterator[Trial]:
    """Every exercise from every side at every rate."""
    for exercise in COUNTED:
        for view in VIEWS:
            for fps in RATES:
                yield made(exercise, "plain", view, fps)


def hard_trials() -> Iterator[Trial]:
    """Every exercise under what goes wrong, each from four sides at rates that take turns."""
    for place, exercise in enumerate(COUNTED):
        for turn, condition in enumerate(CONDITIONS):
            for number, view in enumerate((0, 60, 120, 180) if (place + turn) % 2 else (30, 90, 150, 270)):
                fps = RATES[(place + turn + number) % len(RATES)]
                options = _options(exercise, condition, fps)
                if options is not None:
                    yield made(exercise, condition, view, fps, **options)


def _options(exercise: str, condition: str, fps: int) -> dict[str, float] | None:
    """What a condition asks of the simulator; None where the exercise cannot be done so."""
    entry = EXERCISES[exercise]
    match condition:
        case "fast":
            return {"tempo": fast(exercise, fps)}
        case "grinder":
            # Nobody jumps or swings in slow motion.
            return None if entry.flowing else {"tempo": GRINDER, "most": 5}
        case "occluded a second":
            # Of what takes hardly longer, a whole repetition would be hidden.
            return None if entry.seconds < SHORT else {}
        case "pause at the far end":
            return {"pause": 2.0}
        case "pause at rest":
            return {"stop": 2.5}
        case "double bounce":
            return {"bounce": 0.35}
        case "every third a half":
            return {"halves": 3} if "half" in entry.faults else None
        case "one side missing":
            # Nobody can count the curls of an arm that is not seen.
            return None if exercise == "alternating_curl" else {}
        case "low camera":
            return {"height": 0.4}
        case "high camera":
            return {"height": 3.0}
    return {}
