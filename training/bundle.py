"""Writes a model bundle, and proves it by loading it back."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Protocol

import numpy as np

from services.classifier.manifest import (
    MANIFEST_FILE,
    MODEL_FILE,
    DataCard,
    Figure,
    Input,
    Manifest,
    OwnExercise,
    Source,
    read_manifest,
)
from services.classifier.model import ExerciseModel, load_bundle
from services.core.errors import ModelMismatch
from services.core.types import FloatArray
from training.card import CARD_FILE, model_card
from training.examples import Cut
from training.videos import FOLDED, Video

LARGEST: Final = 5 * 2**20
"""Bytes of a bundle that may be shipped, at most."""

SAME: Final = 1e-4
"""Difference between the library's and the ONNX model's probabilities that is rounding."""


class Fitted(Protocol):
    """A model in the library that fitted it."""

    def probabilities(self, features: FloatArray) -> FloatArray:
        """(N, L) of features (N, ...)."""
        ...

    def onnx(self) -> bytes:
        """The same as an ONNX file with everything in it."""
        ...


def write_bundle(
    folder: Path,
    fitted: Fitted,
    *,
    name: str,
    kind: str,
    fed: Input,
    labels: tuple[str, ...],
    cut: Cut,
    card: DataCard,
    temperature: float,
    proof: FloatArray,
    exercises: tuple[OwnExercise, ...] = (),
) -> ExerciseModel:
    """Write `model.onnx`, `manifest.json` and the card, load them as the running system does, and compare.

    They are written aside and moved in place when they have proved good.

    Args:
        folder: where; made when missing, overwritten when there.
        fitted: the model.
        name: of the bundle.
        kind: the family of the model.
        fed: what it is fed with.
        labels: in the order of its output.
        cut: how its clips are cut; single poses have none.
        card: what it was made from.
        temperature: see `services.classifier.manifest.Manifest`.
        proof: (N, ...) features on which both must agree.
        exercises: of its labels, those that the catalogue lacks.

    Raises:
        ModelMismatch: the exported model does not say what the fitted one says, or is too big.
    """
    content = fitted.onnx()
    if len(content) > LARGEST:
        raise ModelMismatch(
            f"the model has {len(content)} bytes, a bundle may have {LARGEST}: ask for fewer trees, leaves or cells"
        )
    single = fed is Input.POSE
    manifest = Manifest(
        name=name,
        kind=kind,
        input=fed,
        labels=labels,
        clip_seconds=0.0 if single else cut.clip_seconds,
        samples=1 if single else cut.samples,
        stride_seconds=0.0 if single else cut.stride_seconds,
        features=proof.shape[-1],
        temperature=round(temperature, 3),
        sha256=hashlib.sha256(content).hexdigest(),
        exercises=exercises,
        card=card,
    )
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".new-", dir=folder) as scratch:
        aside = Path(scratch)
        (aside / MODEL_FILE).write_bytes(content)
        describe(aside, manifest)
        difference = float(np.abs(load_bundle(aside).raw(proof) - fitted.probabilities(proof)).max())
        if difference > SAME:
            raise ModelMismatch(
                f"the exported model differs from the fitted one by {difference:.2g}; {SAME} is rounding"
            )
        for part in (MODEL_FILE, MANIFEST_FILE, CARD_FILE):
            (aside / part).replace(folder / part)
    return load_bundle(folder)


def set_temperature(folder: Path, temperature: float) -> None:
    """Give a bundle the temperature that was found after it was written."""
    manifest = read_manifest(folder).model_copy(update={"temperature": round(temperature, 3)})
    describe(folder, manifest)


def describe(folder: Path, manifest: Manifest) -> None:
    """Write a bundle's manifest, and as a card for people."""
    (folder / MANIFEST_FILE).write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")
    (folder / CARD_FILE).write_text(model_card(manifest), encoding="utf-8")


def data_card(
    videos: Sequence[Video], further: Sequence[Source], figures: Sequence[Figure], notes: Sequence[str]
) -> DataCard:
    """What a model was made from.

    Args:
        videos: all that it learnt from.
        further: where further people came from.
        figures: how well it did on people and sources it never saw.
        notes: what a reader should know.
    """
    licences: Mapping[str, str] = {video.source: video.licence or "none stated" for video in videos}
    per_source = Counter(video.source for video in videos)
    present = {video.footage_label for video in videos}
    recorded = [Source(name=name, videos=number, licence=licences[name]) for name, number in sorted(per_source.items())]
    return DataCard(
        videos=dict(sorted(Counter(video.label for video in videos).items())),
        folded={label: f"{into}: {why}" for label, (into, why) in FOLDED.items() if label in present},
        sources=(*recorded, *further),
        figures=tuple(figures),
        notes=tuple(notes),
    )
