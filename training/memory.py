"""What a bundle remembers of the clips that it learnt from, so that an exercise can be added without any footage.

Beside the model lies `examples.npz`: for some clips of each label, taken evenly over videos, the few numbers by which
the model knows them (its embedding), what it answers, and what they show: no footage, no keypoints. A head that is to
know a new exercise learns from these what the new exercise is not.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.classifier.manifest import read_manifest, sha256_of
from services.classifier.model import ExerciseModel, load_bundle
from services.core.errors import ModelMismatch
from services.core.types import FloatArray
from training.bundle import describe
from training.examples import BATCH, Examples

EXAMPLES_FILE: Final = "examples.npz"

MOST: Final = 1200
"""Clips that are remembered, at most: more than a third of a MiB would tell little more."""

Names = NDArray[np.str_]
"""(N,) names, such as labels."""


@dataclass(frozen=True, slots=True, eq=False)
class Memory:
    """Clips as a model knows them.

    Attributes:
        embedding: (N, E).
        probabilities: (N, L) what the model answers, its temperature applied.
        shown: (N,) what each shows by the footage's own label, which may be finer than the model's.
        video: (N,) numbers; clips of one video share one.
    """

    embedding: FloatArray
    probabilities: FloatArray
    shown: Names
    video: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.shown)

    @property
    def videos(self) -> int:
        """A number above those of all videos."""
        return int(self.video.max(initial=-1)) + 1

    def at(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> Memory:
        """Some of them."""
        return replace(
            self,
            embedding=self.embedding[rows],
            probabilities=self.probabilities[rows],
            shown=self.shown[rows],
            video=self.video[rows],
        )

    @classmethod
    def of(cls, model: ExerciseModel, features: FloatArray, shown: Sequence[str], video: NDArray[np.int64]) -> Memory:
        """How a model knows clips.

        Args:
            model: that gives out an embedding.
            features: (N, ...) of the clips.
            shown: (N,) what they show.
            video: (N,) their videos' numbers.
        """
        parts = [features[at : at + BATCH] for at in range(0, len(features), BATCH)]
        return cls(
            np.concatenate([model.embedding(part) for part in parts]),
            np.concatenate([model.predict_features(part) for part in parts]),
            np.asarray(shown, np.str_),
            np.asarray(video, np.int64),
        )


def joined(lots: Sequence[Memory]) -> Memory:
    """Several lots of one model; their videos are numbered together already."""
    return Memory(
        np.concatenate([lot.embedding for lot in lots]),
        np.concatenate([lot.probabilities for lot in lots]),
        np.concatenate([lot.shown for lot in lots]),
        np.concatenate([lot.video for lot in lots]),
    )


def remember_training(folder: Path, examples: Examples, seed: int) -> None:
    """Put beside a bundle what it remembers of what it learnt from; one without embedding remembers nothing.

    Args:
        folder: the bundle.
        examples: what it learnt from.
        seed: of which clips are taken.
    """
    model = load_bundle(folder)
    if not model.embeds:
        return
    names = [
        examples.videos[video].footage_label if video < len(examples.videos) else examples.labels[label]
        for video, label in zip(examples.video, examples.label, strict=True)
    ]
    rows = evenly(names, examples.video, MOST, np.random.default_rng(seed))
    shown = [names[row] for row in rows]
    keep_memory(folder, Memory.of(model, examples.features[rows], shown, examples.video[rows]))


def evenly(shown: Sequence[str], video: NDArray[np.int64], most: int, random: np.random.Generator) -> NDArray[np.int64]:
    """Rows of so many clips, in turn of each name one, and of each name's videos in turn.

    Args:
        shown: (N,) names.
        video: (N,) videos' numbers.
        most: how many rows.
        random: which clip of a video.
    """
    names, numbers = np.unique(np.asarray(shown), return_inverse=True)
    order = random.permutation(len(numbers))
    nth_of_video = _nth(numbers[order] * (int(video.max(initial=0)) + 1) + video[order])
    # The first clips of all videos of a name come before the second ones.
    order = order[np.argsort(nth_of_video, kind="stable")]
    in_turn = order[np.argsort(_nth(numbers[order]), kind="stable")]
    assert len(names)  # noqa: S101 - bundles learn from something
    return np.sort(in_turn[:most])


def _nth(key: NDArray[np.int64]) -> NDArray[np.int64]:
    """Of each element, how many equal ones come before it."""
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
    counted = np.arange(len(key)) - np.repeat(starts, np.diff(np.append(starts, len(key))))
    nth = np.empty(len(key), np.int64)
    nth[order] = counted
    return nth


def keep_memory(folder: Path, memory: Memory) -> None:
    """Write what a bundle remembers, and into its manifest the hash of that."""
    content = io.BytesIO()
    np.savez_compressed(
        content,
        embedding=memory.embedding.astype(np.float16),
        probabilities=memory.probabilities.astype(np.float16),
        shown=memory.shown,
        video=memory.video.astype(np.int32),
    )
    aside = folder / f".{EXAMPLES_FILE}"
    aside.write_bytes(content.getvalue())
    aside.replace(folder / EXAMPLES_FILE)
    describe(folder, read_manifest(folder).model_copy(update={"examples_sha256": sha256_of(folder / EXAMPLES_FILE)}))


def recall_memory(folder: Path) -> Memory:
    """What a bundle remembers.

    Raises:
        ModelMismatch: it remembers nothing, or its file is not the one that its manifest speaks of.
    """
    manifest, file = read_manifest(folder), folder / EXAMPLES_FILE
    if manifest.examples_sha256 is None or not file.is_file():
        raise ModelMismatch(
            f"the model bundle {folder} has no {EXAMPLES_FILE}, from which an added exercise learns what it is not: "
            f"choose a bundle that has, or train it again"
        )
    digest = sha256_of(file)
    if digest != manifest.examples_sha256:
        raise ModelMismatch(
            f"{file} is not the file that its manifest describes (sha256 {digest[:12]}..., expected "
            f"{manifest.examples_sha256[:12]}...): restore it or train the bundle again"
        )
    try:
        with np.load(file) as arrays:
            memory = Memory(
                arrays["embedding"].astype(np.float32),
                arrays["probabilities"].astype(np.float32),
                arrays["shown"],
                arrays["video"].astype(np.int64),
            )
    except (zipfile.BadZipFile, ValueError, KeyError) as error:
        raise ModelMismatch(f"{file} is damaged ({error}): restore it or train the bundle again") from error
    if memory.probabilities.shape[1] != len(manifest.labels):
        raise ModelMismatch(
            f"{file} is of {memory.probabilities.shape[1]} labels, its model has {len(manifest.labels)}"
        )
    return memory
