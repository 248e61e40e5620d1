"""Movement beside the recorded footage: made from extremes of repetitions, and simulated."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from numpy.random import Generator

from services.classifier.manifest import Input, Source
from training import extremes as extreme_poses
from training import simulated
from training.examples import Cut, Examples
from training.extremes import Extremes, extreme_examples, read_extremes
from training.simulated import Simulated, simulated_examples, simulated_people

CLIPS_OF_EXTREMES: Final = 6
"""Clips made from each video of which only the ends of repetitions are known."""


@dataclass(frozen=True, slots=True, eq=False)
class MadeUp:
    """Further people to learn from; none of them is ever measured on.

    They are numbered after the recorded videos, extremes first.

    Attributes:
        extremes: of whom only the ends of repetitions are known.
        people: of the simulated gym.
    """

    extremes: tuple[Extremes, ...] = ()
    people: tuple[Simulated, ...] = ()

    def __len__(self) -> int:
        return len(self.extremes) + len(self.people)

    @classmethod
    def beside(cls, data: Path, random: Generator) -> MadeUp:
        """All that there is beside the videos of a footage folder."""
        return cls(tuple(read_extremes(data)), tuple(simulated_people(random)))

    @property
    def labels(self) -> frozenset[str]:
        """What they show."""
        return frozenset(one.label for one in self.extremes).union(*(person.labels for person in self.people))

    @property
    def sources(self) -> tuple[Source, ...]:
        """For the data card."""
        lots = ((extreme_poses.SOURCE, "none stated", self.extremes), (simulated.SOURCE, "Apache-2.0", self.people))
        return tuple(Source(name=name, videos=len(lot), licence=licence) for name, licence, lot in lots if lot)

    def examples(
        self, first: int, labels: tuple[str, ...], *, cut: Cut, fed: Input, random: Generator
    ) -> list[Examples]:
        """Their clips, in lots.

        Args:
            first: number of the first of them among the videos.
            labels: names that labels are told in; those of other labels are left out.
            cut: how clips are cut.
            fed: what the model is fed with.
            random: where chance comes from.
        """
        made = extreme_examples(self.extremes, first, labels, cut=cut, fed=fed, copies=CLIPS_OF_EXTREMES, random=random)
        acted = simulated_examples(self.people, first + len(self.extremes), labels, cut=cut, fed=fed)
        return [lot for lot in (made, acted) if lot is not None]
