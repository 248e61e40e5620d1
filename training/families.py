"""The families of models that can be trained: what each is fed with, and how it is fitted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from services.classifier.manifest import Input
from training.bundle import Fitted
from training.examples import Cut, Examples, examples_of, joined
from training.made_up import MadeUp
from training.poses import Recording
from training.videos import Video, labels_of


class Model(StrEnum):
    """Names on the command line; a bundle has its family's name."""

    FOREST = "forest"
    LSTM = "lstm"
    STILL = "still"


@dataclass(frozen=True, slots=True)
class Family:
    """How one kind of model is made.

    Attributes:
        kind: for the manifest.
        fed: what it is fed with.
        copies: variations of every clip that it learns from, besides the clip itself.
        fit: makes it from examples and a seed.
        note: what a reader of its data card should know.
    """

    kind: str
    fed: Input
    copies: int
    fit: Callable[[Examples, int], Fitted]
    note: str


def family_of(model: Model) -> Family:
    """The family of a name; its libraries are imported now and not before, for one of them is torch."""
    match model:
        case Model.FOREST:
            from training.forest import Forest  # noqa: PLC0415 - see above

            return Family(
                "extra trees",
                Input.CLIP,
                copies=1,
                fit=lambda examples, seed: Forest.fitted(examples, seed=seed),
                note="Extremely randomised trees on statistics of angles and positions over a clip.",
            )
        case Model.STILL:
            from training.forest import Forest  # noqa: PLC0415

            return Family(
                "extra trees on single poses",
                Input.POSE,
                copies=1,
                fit=lambda examples, seed: Forest.fitted(examples, seed=seed, trees=120, leaves=120),
                note="For photos: a pose alone cannot tell a push-up from a plank, nor an exercise from its start.",
            )
        case Model.LSTM:
            from training.lstm import Lstm  # noqa: PLC0415

            return Family(
                "lstm",
                Input.SEQUENCE,
                copies=1,
                fit=lambda examples, seed: Lstm.fitted(examples, seed=seed),
                note="Long short-term memory on signals of the keypoints over a clip.",
            )


@dataclass(frozen=True, slots=True)
class Material:
    """What a model learns from and is measured on.

    Attributes:
        seen: clips as they were seen.
        learnt: the same, their variations, and made-up movement.
        made_up: numbers of the made-up people among the videos.
        made_up_labels: what those show.
    """

    seen: Examples
    learnt: Examples
    made_up: tuple[int, ...]
    made_up_labels: frozenset[str]

    def labels_with(self, labels_seen: tuple[str, ...]) -> tuple[str, ...]:
        """Labels that can be learnt when only these are left of the real footage."""
        learnable = {*labels_seen, *self.made_up_labels}
        return tuple(label for label in self.seen.labels if label in learnable)


def material(
    family: Family,
    videos: list[Video],
    recordings: list[Recording],
    made_up: MadeUp,
    *,
    cut: Cut,
    seed: int,
) -> Material:
    """Describe all clips of videos, as they were seen and varied, and the made-up ones.

    Args:
        family: of the model that learns.
        videos: to learn from.
        recordings: their poses, in the same order.
        made_up: further people to learn from.
        cut: how clips are cut.
        seed: of the variations.
    """
    random = np.random.default_rng(seed)
    labels = labels_of(videos)
    seen = examples_of(videos, recordings, labels=labels, cut=cut, fed=family.fed)
    varied = [
        examples_of(videos, recordings, labels=labels, cut=cut, fed=family.fed, random=random)
        for _ in range(family.copies)
    ]
    made = made_up.examples(len(videos), labels, cut=cut, fed=family.fed, random=random)
    numbers = range(len(videos), len(videos) + len(made_up))
    return Material(seen, joined([seen, *varied, *made]), tuple(numbers), made_up.labels)
