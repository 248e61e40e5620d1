"""Repetitions that are counted of simulated people who do no exercise, by what they really did."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from services.classifier.settings import ClassifierSettings
from services.classifier.stage import Classifier, ClassifierStage
from services.core.types import NANOSECONDS, PoseFrame, Rep
from services.simulator import Scene, open_scene
from services.simulator.estimator import Estimator
from tests.benchmarks.false_sets import most_likely_up_to
from tests.benchmarks.simulated_reps.sets import HEIGHTS, random_of

PEOPLE: Final = 60
SECONDS: Final = 60.0
RATES: Final = (8, 15)


@dataclass(slots=True)
class Idleness:
    """What was counted of people who did no exercise.

    Attributes:
        what: which model was asked.
        minutes: of people.
        told: repetitions that were shown at some time, those taken back included.
        stood: those that stood in the end, by exercise.
        doing: what the people did meanwhile: movement -> repetitions that stood.
        scenes: those with repetitions that stood: (spec, frames a second, from, to, exercise, movement).
    """

    what: str
    minutes: float = 0.0
    told: int = 0
    stood: dict[str, int] = field(default_factory=dict)
    doing: dict[str, int] = field(default_factory=dict)
    scenes: list[tuple[str, int, float, float, str, str]] = field(default_factory=list)

    def add(self, spec: str, fps: int, scene: Scene, model: Classifier, frames: list[PoseFrame]) -> None:
        """Count one person."""
        stage = ClassifierStage(ClassifierSettings(), model=model)
        events = [event for frame in frames for event in stage.process(frame)] + stage.close()
        last: dict[str, Rep] = {}
        ever = set()
        for event in events:
            if isinstance(event, Rep):
                last[event.event_id] = event
                ever |= {event.event_id} if event.counted else set()
        self.minutes += SECONDS / 60
        self.told += len(ever)
        for rep in last.values():
            if rep.counted:
                start, end = rep.start / NANOSECONDS, rep.end / NANOSECONDS
                movement = scene.people[0].programme.at((start + end) / 2).name
                self.stood[rep.exercise] = self.stood.get(rep.exercise, 0) + 1
                self.doing[movement] = self.doing.get(movement, 0) + 1
                self.scenes.append((spec, fps, round(start, 2), round(end, 2), rep.exercise, movement))


def people(count: int = PEOPLE) -> Iterator[tuple[str, int, Scene, list[PoseFrame]]]:
    """Spec, frames a second, scene and noisy poses of a minute of each person."""
    for number in range(count):
        random = random_of("simulated reps", "everyday", number)
        spec = (
            f"everyday?seed={int(random.integers(2**31))}&view={int(random.integers(0, 360))}"
            f"&height={random.uniform(*HEIGHTS):.2f}"
        )
        fps = RATES[number % len(RATES)]
        scene = open_scene(spec)
        estimator = Estimator(int(random.integers(2**31)))
        frames = [estimator.update(frame) for frame in scene.pose_frames(SECONDS, fps=fps)]
        yield spec, fps, scene, frames


def print_found(found: Idleness) -> None:
    """How many repetitions a minute, of what, while people did what."""
    stood = sum(found.stood.values())
    bound = most_likely_up_to(stood, found.minutes)
    print(f"\n{found.what}: {found.minutes:.0f} minutes of people who do no exercise")
    print(f"  repetitions that stood {stood}: {stood / found.minutes:.3f} a minute, at most {bound:.3f} (95 %)")
    print(f"  shown at some time, those taken back included: {found.told}")
    for title, counts in (("counted as", found.stood), ("while they did", found.doing)):
        most = sorted(counts.items(), key=lambda item: -item[1])
        print(f"  {title}: " + (", ".join(f"{name} {count}" for name, count in most) or "nothing"))
    for spec, fps, start, end, exercise, movement in found.scenes:
        print(f"    {exercise:<18}{start:>6.1f}-{end:<6.1f}{movement:<20}{fps:>3} fps  {spec}")
