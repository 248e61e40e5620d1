"""The card for people says what the manifest says, and every shipped bundle has its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.classifier.manifest import DataCard, Figure, Input, Manifest, Source, read_manifest
from services.classifier.model import BUNDLES
from training.card import CARD_FILE, model_card


@pytest.mark.parametrize("folder", sorted(BUNDLES.iterdir()), ids=lambda folder: folder.name)
def test_shipped_bundles_have_the_card_of_their_manifest(folder: Path) -> None:
    written = (folder / CARD_FILE).read_text(encoding="utf-8")
    assert written == model_card(read_manifest(folder)), f"train {folder.name} again, or write its card anew"


def made(*figures: Figure) -> Manifest:
    return Manifest(
        name="made",
        kind="forest",
        input=Input.CLIP,
        labels=("squat", "none"),
        clip_seconds=2.5,
        samples=31,
        stride_seconds=0.5,
        features=10,
        sha256="0" * 64,
        card=DataCard(
            videos={"squat": 3, "none": 2},
            folded={"clean": "unknown: one source only"},
            sources=(
                Source(name="a/b", videos=5, licence="none stated"),
                Source(name="c|d", videos=1, licence="MIT"),
            ),
            figures=figures,
            notes=("Mind this.",),
        ),
    )


def test_the_card_tells_use_data_licence_figures_and_limits() -> None:
    told = model_card(made(Figure(name="accuracy", value=0.5, constant=0.4, n=7, low=0.3, high=0.71)))
    assert "| accuracy | 0.500 | 0.30 - 0.71 | 0.400 | 7 |" in told
    assert "5 videos" in told
    assert "2 sources, of which 1 state a licence" in told
    assert "| c/d | 1 | MIT |" in told, "a name must not end its cell"
    assert "- Mind this." in told
    assert "Not meant for" in told
    assert "one source only" in told


def test_a_bundle_without_evaluation_says_so() -> None:
    assert "Not measured" in model_card(made())
