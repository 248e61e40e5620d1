"""What a model bundle says about itself: `manifest.json` beside `model.onnx`.

Everything that must be the same in training and in use stands in it and is checked when the bundle is loaded: the cut
of the clips, the skeleton, the version of the features, the labels, and the hash of the model file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from services.core.errors import ModelMismatch
from services.core.exercises import CATALOGUE, Exercise, Phase
from services.core.features import FEATURES_VERSION
from services.core.signals import Signal

MODEL_FILE: Final = "model.onnx"
MANIFEST_FILE: Final = "manifest.json"

SKELETON: Final = "blazepose-33"
"""The keypoints that this version's features are made of."""

UNKNOWN: Final = "unknown"
"""Label of movement that is exercise, but none of the model's exercises."""

NONE: Final = "none"
"""Label of movement that is no exercise."""


class Input(StrEnum):
    """What the model is fed with (`services.core.features`)."""

    CLIP = "clip"
    """`clip_features`: (1, F) statistics of a clip."""
    SEQUENCE = "sequence"
    """`sequence_features`: (1, T, S) signals over time."""
    POSE = "pose"
    """`pose_features`: (1, P) one moment; for photos."""
    MOTION = "motion"
    """`motion_features`: (1, T, S + 33 * 6) signals and keypoints over time."""
    SKELETON = "skeleton"
    """`skeleton_features`: (1, T, 33, 6) keypoints over time."""
    ANGLES = "angles"
    """`angle_features`: (1, T, 6) degrees over time."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(_Part):
    """Where training footage came from.

    Attributes:
        name: the repository.
        videos: how many were taken from it.
        licence: as it states; footage is for training only and no part of the bundle.
    """

    name: str
    videos: int
    licence: str


class Figure(_Part):
    """One measured figure, with what it must be read beside.

    Attributes:
        name: what was measured, on what split.
        value: the figure.
        constant: the same figure for the best answer that never looks; None where there is none.
        n: how many clips or videos it was measured on.
        low, high: 95 % interval had the footage come from other sources; None where it was not taken.
    """

    name: str
    value: float
    constant: float | None = None
    n: int
    low: float | None = None
    high: float | None = None


class DataCard(_Part):
    """What a model was made from and how well it did on people and sources it never saw.

    Attributes:
        videos: label -> videos in training.
        folded: labels of the footage that became another label, with why.
        sources: where the footage came from.
        figures: the evidence.
        notes: what a reader should know before trusting it.
    """

    videos: dict[str, int]
    folded: dict[str, str]
    sources: tuple[Source, ...]
    figures: tuple[Figure, ...]
    notes: tuple[str, ...]


class OwnExercise(_Part):
    """An exercise that a gym added, as its repetitions are counted (`services.core.exercises.Exercise`).

    Attributes:
        exercise: its label.
        name: what people call it.
        signal: what rises and falls with its repetitions, a `Signal` by name; any for a hold.
        rest, work: the signal at rest and at the far end of a full repetition, in its unit; equal for a hold.
        seconds: shortest and longest duration of a repetition.
        rest_seconds: a pause longer than this ends the set.
        hold: whether it is timed instead of counted.
    """

    exercise: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
    name: str
    signal: str
    rest: float
    work: float
    seconds: tuple[float, float]
    rest_seconds: Annotated[float, Field(gt=0)]
    hold: bool = False

    @model_validator(mode="after")
    def _counts(self) -> OwnExercise:
        if self.signal not in Signal.__members__:
            raise ValueError(f"signal {self.signal!r} is none of {', '.join(Signal.__members__)}")
        if not self.hold and self.rest == self.work:
            raise ValueError("rest and work must differ where repetitions are counted")
        if not 0 < self.seconds[0] < self.seconds[1]:
            raise ValueError(f"seconds must rise from above 0, got {self.seconds}")
        return self

    @property
    def entry(self) -> Exercise:
        """It as an entry of the catalogue."""
        moved = Phase.TOP if self.work > self.rest else Phase.BOTTOM
        return Exercise(
            self.exercise,
            self.name,
            Signal[self.signal],
            self.rest,
            self.work,
            Phase.HOLD if self.hold else moved,
            seconds=self.seconds,
            rest_seconds=self.rest_seconds,
        )


class Manifest(_Part):
    """A bundle's manifest.

    Attributes:
        name: of the bundle, for people.
        kind: the family of the model (forest, lstm, ...), for people.
        input: what it is fed with.
        labels: exercise ids in the order of the model's output.
        clip_seconds, samples, stride_seconds: how clips are cut (`services.core.clips`); 0, 1, 0 for single poses.
        skeleton: the keypoints.
        features_version: of `services.core.features`.
        features: width of the model's input.
        temperature: probabilities are raised to its inverse and normalised: above 1 makes an overconfident model
            modest, below 1 a timid one bold.
        sha256: of the model file.
        examples_sha256: of the examples beside it, which adding an exercise needs (`training.memory`); None without.
        exercises: that a gym added and the catalogue lacks.
        card: what it was made from.
    """

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")]
    kind: str
    input: Input
    labels: Annotated[tuple[str, ...], Field(min_length=2)]
    clip_seconds: Annotated[float, Field(ge=0)]
    samples: Annotated[int, Field(ge=1)]
    stride_seconds: Annotated[float, Field(ge=0)]
    skeleton: str = SKELETON
    features_version: int = FEATURES_VERSION
    features: Annotated[int, Field(ge=1)]
    temperature: Annotated[float, Field(gt=0)] = 1.0
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    examples_sha256: Annotated[str | None, Field(pattern=r"^[0-9a-f]{64}$")] = None
    exercises: tuple[OwnExercise, ...] = ()
    card: DataCard

    @model_validator(mode="after")
    def _whole(self) -> Manifest:
        if len(set(self.labels)) != len(self.labels):
            raise ValueError("labels must differ from each other")
        cut = self.clip_seconds > 0 and self.samples > 1 and self.stride_seconds > 0
        if self.input is not Input.POSE and not cut:
            raise ValueError("a model of clips needs clip_seconds > 0, samples > 1 and stride_seconds > 0")
        return self

    @property
    def catalogue(self) -> Mapping[str, Exercise]:
        """The catalogue, and what a gym added to it."""
        return {**{own.exercise: own.entry for own in self.exercises}, **CATALOGUE}


def sha256_of(path: Path) -> str:
    """Hex digest of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_manifest(bundle: Path) -> Manifest:
    """Read and check a bundle's manifest, and that its model file is the one it was written for.

    Args:
        bundle: the folder that holds both.

    Raises:
        ModelMismatch: something is missing, was altered, or was made for another skeleton or features version.
    """
    for name in (MANIFEST_FILE, MODEL_FILE):
        if not (bundle / name).is_file():
            raise ModelMismatch(
                f"the model bundle {bundle} has no {name}: point to a folder with {MODEL_FILE} and {MANIFEST_FILE}, "
                f"as training writes it"
            )
    try:
        manifest = Manifest.model_validate_json((bundle / MANIFEST_FILE).read_bytes())
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, part['loc'])) or 'file'}: {part['msg']}" for part in error.errors())
        raise ModelMismatch(f"{bundle / MANIFEST_FILE} is not a manifest ({faults}): train the bundle again") from error
    if manifest.skeleton != SKELETON:
        raise ModelMismatch(
            f"the model bundle {bundle} was trained on the skeleton {manifest.skeleton!r}, this version works with "
            f"{SKELETON!r}: train it again or choose another bundle"
        )
    if manifest.features_version != FEATURES_VERSION:
        raise ModelMismatch(
            f"the model bundle {bundle} was trained on features version {manifest.features_version}, this version "
            f"computes version {FEATURES_VERSION}: train it again or choose another bundle"
        )
    digest = sha256_of(bundle / MODEL_FILE)
    if digest != manifest.sha256:
        raise ModelMismatch(
            f"{bundle / MODEL_FILE} is not the file that its manifest describes (sha256 {digest[:12]}..., expected "
            f"{manifest.sha256[:12]}...): restore it or train the bundle again"
        )
    return manifest
