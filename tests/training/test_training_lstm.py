"""An LSTM from made-up footage: trained, exported with its weights inside, loaded, and right about a stranger."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from services.classifier.manifest import Input
from services.classifier.model import load_bundle
from tests.made_up import gym, recording, track, video
from training import bundle as bundles
from training.examples import Cut, clips_of
from training.families import Model, family_of, material
from training.lstm import RECIPE, fitted_lstm
from training.made_up import MadeUp

CUT = Cut(clip_seconds=2.0, samples=16, stride_seconds=0.5)


@pytest.mark.timeout(120)
def test_trained_exported_and_right_about_a_stranger(tmp_path: Path) -> None:
    videos, recordings = gym()
    examples = material(family_of(Model.LSTM), videos, recordings, MadeUp(), cut=CUT, seed=1).learnt
    fitted = fitted_lstm(examples, seed=1, recipe=replace(RECIPE, epochs=15))
    loaded = bundles.write_bundle(
        tmp_path / "lstm",
        fitted,
        name="lstm",
        kind="lstm",
        fed=Input.SEQUENCE,
        labels=examples.labels,
        cut=CUT,
        card=bundles.data_card(videos, (), (), ()),
        temperature=1.0,
        proof=examples.features[:50],
    )
    assert sorted(path.name for path in (tmp_path / "lstm").iterdir()) == [
        "MODEL_CARD.md",
        "manifest.json",
        "model.onnx",
    ]
    stranger = recording(track("biceps_curl", seed=99), frames=75)
    for clip in clips_of(video("biceps_curl", "s/new", "new"), stranger, CUT):
        assert loaded.labels[loaded.predict(clip).argmax()] == "biceps_curl"
    assert load_bundle(tmp_path / "lstm").manifest.input is Input.SEQUENCE
