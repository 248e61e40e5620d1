"""Movement beside the recorded footage: made from ends of repetitions, of poses alone, and simulated."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from numpy.random import Generator

from services.classifier.manifest import Input, Source
from training import extremes as extreme_poses
from training import sequences as pose_sequences
from training import simulated
from training.everybody import everybody
from training.examples import Cut, Examples
from training.extremes import Extremes, extreme_examples, read_extremes
from training.folds import Fold
from training.resemblance import nearest_sequences, sequence_folds
from training.sequences import PoseSequence, read_sequences, sequence_examples
from training.simulated import Simulated, simulated_examples

CLIPS_OF_EXTREMES: Final = 8
"""Clips made from each video of which only the ends of repetitions are known."""
CLIPS_OF_SEQUENCES: Final = 24
"""Clips cut from each video of which only poses are known."""


@dataclass(frozen=True, slots=True, eq=False)
class MadeUp:
    """Further people to learn from.

    Recognition is measured on none of them; counting is, on sequences, by models of folds that never saw them. They
    are numbered after the recorded videos, in the order of the attributes.

    Attributes:
        extremes: of whom only the ends of repetitions are known.
        sequences: of whom only poses are known.
        people: of the simulated gym.
    """

    extremes: tuple[Extremes, ...] = ()
    sequences: tuple[PoseSequence, ...] = ()
    people: tuple[Simulated, ...] = ()

    def __len__(self) -> int:
        return len(self.extremes) + len(self.sequences) + len(self.people)

    @classmethod
    def beside(cls, data: Path, seed: int) -> MadeUp:
        """All that there is beside the videos of a footage folder.

        Args:
            data: the folder.
            seed: of the simulated people.
        """
        return cls(tuple(read_extremes(data)), tuple(read_sequences(data)), everybody(seed))

    @property
    def labels(self) -> frozenset[str]:
        """What they show."""
        shown = {one.label for one in self.extremes} | {one.label for one in self.sequences}
        return frozenset(shown).union(*(person.labels for person in self.people))

    @property
    def sources(self) -> tuple[Source, ...]:
        """For the data card."""
        lots = (
            (extreme_poses.SOURCE, "none stated", self.extremes),
            (pose_sequences.SOURCE, "none stated", self.sequences),
            (simulated.SOURCE, "Apache-2.0", self.people),
        )
        return tuple(Source(name=name, videos=len(lot), licence=licence) for name, licence, lot in lots if lot)

    def learnt_in(self, fold: Fold) -> tuple[int, ...]:
        """Indices of those who are learnt from in a fold.

        Sequences are dealt to as many folds as there are, and extremes follow the sequence that they look most like; a
        fold learns from all but its own. Simulated people are learnt from in every fold.
        """
        if fold.place is None:
            return tuple(range(len(self)))
        number, count = fold.place
        return tuple(index for index, own in enumerate(_folds(self, count)) if own != number)

    def only(self, indices: tuple[int, ...]) -> MadeUp:
        """Some of them."""
        kept = frozenset(indices)
        first, second = len(self.extremes), len(self.extremes) + len(self.sequences)
        return MadeUp(
            tuple(one for index, one in enumerate(self.extremes) if index in kept),
            tuple(one for index, one in enumerate(self.sequences, first) if index in kept),
            tuple(one for index, one in enumerate(self.people, second) if index in kept),
        )

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
        first += len(self.extremes)
        seen = sequence_examples(
            self.sequences, first, labels, cut=cut, fed=fed, copies=CLIPS_OF_SEQUENCES, random=random
        )
        first += len(self.sequences)
        acted = simulated_examples(self.people, first, labels, cut=cut, fed=fed, random=random)
        return [lot for lot in (made, seen, acted) if lot is not None]


@lru_cache(maxsize=4)
def _folds(made_up: MadeUp, count: int) -> tuple[int, ...]:
    """Number of each one's fold; -1 for those who are learnt from in every fold."""
    own = sequence_folds(made_up.sequences, count)
    nearest = nearest_sequences(made_up.extremes, made_up.sequences)
    # An extreme that looks like no sequence is dealt out by its place.
    of_extremes = [int(own[near]) if near >= 0 else index % count for index, near in enumerate(nearest)]
    return (*of_extremes, *own.tolist(), *(-1 for _ in made_up.people))
