"""What an evaluation found, kept for the data card of the bundle that is trained afterwards."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict

from services.classifier.manifest import Figure

EVIDENCE: Final = Path("var/training")
"""Where evaluations write."""


class Evidence(BaseModel):
    """The figures of one model on people and sources that it never saw.

    Attributes:
        model: its name.
        temperature: at which its probabilities fit best.
        figures: for the data card.
        labels: names, in the order of the confusion matrix.
        confusion: counts by video; rows are the truth.
    """

    model_config = ConfigDict(frozen=True)

    model: str
    temperature: float
    figures: tuple[Figure, ...]
    labels: tuple[str, ...]
    confusion: tuple[tuple[int, ...], ...]


def evidence_file(model: str, folder: Path = EVIDENCE) -> Path:
    """Where the evidence on a model lies."""
    return folder / f"{model}.json"


def read_evidence(model: str, folder: Path = EVIDENCE) -> Evidence | None:
    """The evidence on a model, None when it was not evaluated."""
    file = evidence_file(model, folder)
    return Evidence.model_validate_json(file.read_bytes()) if file.exists() else None
