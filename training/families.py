"""The families of models that can be trained: what each is fed with, and how it is fitted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from services.classifier.manifest import Input
from training.bundle import Fitted
from training.examples import Cut, Examples, examples_of, joined, piece_examples
from training.made_up import MadeUp
from training.poses import Recording
from training.progress import Watch
from training.videos import Video, labels_of


class Model(StrEnum):
    """Names on the command line; a bundle has its family's name."""

    MOTION = "motion"
    FOREST = "forest"
    LSTM = "lstm"
    STILL = "still"
    ANGLES = "angles"
    ANGLES_BY_MOMENT = "angles-by-moment"
    DEEP_LSTM = "deep-lstm"
    KNN = "knn"
    GCN = "gcn"
    GCN_COCO = "gcn-coco17"


@dataclass(frozen=True, slots=True)
class Family:
    """How one kind of model is made.

    Attributes:
        kind: for the manifest.
        fed: what it is fed with.
        copies: variations of every clip that it learns from, besides the clip itself; with any, a model of clips also
            learns from short pieces of the videos.
        fit: makes it from examples and a seed.
        note: what a reader of its data card should know.
    """

    kind: str
    fed: Input
    copies: int
    fit: Callable[[Examples, int], Fitted]
    note: str


def family_of(model: Model, watch: Watch | None = None) -> Family:
    """The family of a name; its libraries are imported now and not before, for one of them is torch.

    Args:
        model: its name.
        watch: who wants to see how networks are fitted.
    """
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
        case Model.MOTION:
            from training.motion import Motion  # noqa: PLC0415

            return Family(
                "trees, convolutions over time and over bones",
                Input.MOTION,
                copies=3,
                fit=lambda examples, seed: Motion.fitted(examples, seed=seed, watch=watch),
                note="Extremely randomised trees on statistics of a clip, small convolutional networks on its "
                "signals and keypoints, and a graph convolution on 17 of them; their geometric mean.",
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
            from training.lstm import fitted_lstm  # noqa: PLC0415

            return Family(
                "lstm",
                Input.SEQUENCE,
                copies=1,
                fit=lambda examples, seed: fitted_lstm(examples, seed=seed, watch=watch),
                note="Long short-term memory on signals of the keypoints over a clip.",
            )
        case Model.DEEP_LSTM:
            from training.deep_lstm import fitted_deep_lstm  # noqa: PLC0415

            return Family(
                "deep lstm",
                Input.SKELETON,
                copies=0,
                fit=lambda examples, seed: fitted_deep_lstm(examples, seed=seed, watch=watch),
                note="Twelve layers of long short-term memory on keypoints over a clip, as in the known baseline.",
            )
        case Model.ANGLES | Model.ANGLES_BY_MOMENT:
            from training.angle_forest import AngleForest  # noqa: PLC0415

            by_moment = model is Model.ANGLES_BY_MOMENT
            return Family(
                "forest on six joint angles by moment" if by_moment else "forest on six joint angles by clip",
                Input.ANGLES,
                copies=0,
                fit=lambda examples, seed: AngleForest.fitted(examples, by_moment=by_moment, seed=seed),
                note="A random forest on six joint angles in the picture, as in the known baseline.",
            )
        case Model.KNN:
            from training.knn import fitted_neighbours  # noqa: PLC0415

            return Family(
                "nearest neighbours",
                Input.SKELETON,
                copies=0,
                fit=lambda examples, seed: fitted_neighbours(examples, seed=seed),
                note="Nearest known poses by greatest and then by mean difference, smoothed over a clip.",
            )
        case Model.GCN | Model.GCN_COCO:
            from training.gcn import BLAZEPOSE, COCO, fitted_gcn  # noqa: PLC0415

            skeleton = BLAZEPOSE if model is Model.GCN else COCO
            return Family(
                "graph convolution" if model is Model.GCN else "graph convolution on 17 keypoints in the picture",
                Input.SKELETON,
                copies=0,
                fit=lambda examples, seed: fitted_gcn(examples, skeleton, seed=seed, watch=watch),
                note="Spatial-temporal graph convolution on keypoints over a clip.",
            )


@dataclass(frozen=True, slots=True)
class Material:
    """What a model learns from and is measured on.

    Attributes:
        seen: clips as they were seen.
        learnt: the same, their variations, short pieces, and made-up movement.
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
    if family.copies and family.fed is not Input.POSE:
        varied.append(piece_examples(videos, recordings, labels=labels, cut=cut, fed=family.fed, random=random))
    made = made_up.examples(len(videos), labels, cut=cut, fed=family.fed, random=random)
    numbers = range(len(videos), len(videos) + len(made_up))
    return Material(seen, joined([seen, *varied, *made]), tuple(numbers), made_up.labels)
