"""A forest from made-up footage: trained, exported, loaded, and right about people it never saw."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from services.classifier.manifest import Input
from services.classifier.model import load_bundle
from services.core.errors import ModelMismatch
from tests.made_up import gym, recording, track, video
from training import bundle as bundles
from training.examples import Cut, clips_of, examples_of
from training.families import Model
from training.forest import Forest
from training.made_up import MadeUp
from training.train import train
from training.videos import labels_of

SMALL = Cut(clip_seconds=2.0, samples=16, stride_seconds=1.0)


@pytest.mark.parametrize("model", [Model.FOREST, Model.STILL])
def test_trained_exported_and_right_about_strangers(tmp_path: Path, model: Model) -> None:
    videos, recordings = gym()
    train(model, videos, recordings, tmp_path / "b", MadeUp(), cut=SMALL, seed=1, evidence=None)
    loaded = load_bundle(tmp_path / "b")
    assert sorted(path.name for path in (tmp_path / "b").iterdir()) == ["MODEL_CARD.md", "manifest.json", "model.onnx"]
    assert loaded.manifest.card.videos == {"biceps_curl": 4, "none": 4, "squat": 4}
    stranger = recording(track("squat", seed=99), frames=75)
    clips = clips_of(video("squat", "s/new", "new"), stranger, SMALL)
    if model is Model.FOREST:
        assert all(loaded.labels[loaded.predict(clip).argmax()] == "squat" for clip in clips)
    else:
        assert loaded.predict(clips[0]).sum() == pytest.approx(1, abs=1e-5)


def test_an_export_that_says_something_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    videos, recordings = gym(sources=2)
    examples = examples_of(videos, recordings, labels=labels_of(videos), cut=SMALL, fed=Input.CLIP)
    fitted = Forest.fitted(examples, seed=1, trees=5)

    class Liar:
        def probabilities(self, features: np.ndarray) -> np.ndarray:
            return fitted.probabilities(features)[:, ::-1]

        def onnx(self) -> bytes:
            return fitted.onnx()

    def write(model: bundles.Fitted) -> None:
        bundles.write_bundle(
            tmp_path / "b",
            model,
            name="b",
            kind="forest",
            fed=Input.CLIP,
            labels=examples.labels,
            cut=SMALL,
            card=bundles.data_card(videos, (), (), ()),
            temperature=1.0,
            proof=examples.features,
        )

    with pytest.raises(ModelMismatch, match="differs from the fitted one"):
        write(Liar())
    assert list((tmp_path / "b").iterdir()) == [], "nothing is left of a bundle that did not prove good"
    monkeypatch.setattr(bundles, "LARGEST", 100)
    with pytest.raises(ModelMismatch, match="a bundle may have 100"):
        write(fitted)
