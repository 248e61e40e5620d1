"""A bundle loads only when it is whole, unaltered, and made for this version; the message says what to change."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
import pytest

from services.classifier.manifest import MANIFEST_FILE, MODEL_FILE, NONE, UNKNOWN, Input, sha256_of
from services.classifier.model import AT_ONCE, BUNDLES, DEFAULT_BUNDLE, STILL_BUNDLE, load_bundle
from services.core.clips import Clip
from services.core.errors import ModelMismatch
from services.core.features import FEATURES_VERSION
from services.core.types import FloatArray

SHIPPED = sorted(path.parent for path in BUNDLES.glob(f"*/{MANIFEST_FILE}"))
MAIN = {
    "squat", "push_up", "deadlift", "pull_up", "bench_press", "biceps_curl", "overhead_press", "lunge", "sit_up",
    "jumping_jack", "plank", "row", UNKNOWN, NONE,
}  # fmt: skip


def a_clip(samples: int = 31, seed: int = 0) -> Clip:
    random = np.random.default_rng(seed)
    return Clip(
        0,
        2_500_000_000,
        2.5,
        random.random((samples, 33, 3)).astype(np.float32),
        np.ones((samples, 33), np.float32),
        random.normal(size=(samples, 33, 3)).astype(np.float32),
    )


@pytest.mark.parametrize("count", [0, 1, AT_ONCE, 2 * AT_ONCE + 1])
def test_many_examples_are_asked_about_in_lots(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """What nearest neighbours need for thousands of clips at a time fills a machine's memory."""
    model = load_bundle()
    shape = (count, model.manifest.samples, model.manifest.features)
    features = np.random.default_rng(1).normal(size=shape).astype(np.float32)
    alone = np.array([model.raw(one[None])[0] for one in features]).reshape(count, len(model.labels))
    lots: list[int] = []
    run = ort.InferenceSession.run

    def watched(session: ort.InferenceSession, outputs: list[str], fed: dict[str, FloatArray]) -> list[FloatArray]:
        lots.append(len(fed["features"]))
        return list(run(session, outputs, fed))

    monkeypatch.setattr(ort.InferenceSession, "run", watched)
    np.testing.assert_allclose(model.raw(features), alone, atol=1e-5)
    assert sum(lots) == count
    assert all(0 < lot <= AT_ONCE for lot in lots)
    assert model.embedding(features).shape[0] == count


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A copy of the shipped bundle, to break."""
    return Path(shutil.copytree(DEFAULT_BUNDLE, tmp_path / "bundle"))


def change(bundle: Path, **fields: Any) -> None:
    manifest = json.loads((bundle / MANIFEST_FILE).read_text())
    (bundle / MANIFEST_FILE).write_text(json.dumps(manifest | fields))


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)
def test_a_shipped_bundle_answers_and_is_small(folder: Path) -> None:
    model = load_bundle(folder)
    chances = model.predict(a_clip(model.manifest.samples))
    assert chances.shape == (len(model.labels),)
    assert chances.dtype == np.float32
    assert chances.sum() == pytest.approx(1, abs=1e-5)
    assert set(model.labels) >= MAIN
    assert sum(file.stat().st_size for file in folder.iterdir()) <= 5 * 2**20
    assert model.manifest.card.sources
    assert model.manifest.name == folder.name


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)
def test_a_shipped_bundle_tells_nothing_of_the_machine_that_trained_it(folder: Path) -> None:
    for file in folder.iterdir():
        found = re.findall(rb"[\w./-]*(?:\.py\b|/site-packages/|/home/|/root/|/tmp/)[\w./-]*", file.read_bytes())
        assert not found, (file.name, found[:3])


def test_the_default_sees_clips_and_the_still_one_photos() -> None:
    default, still = load_bundle(), load_bundle(STILL_BUNDLE)
    assert default.manifest.input not in {Input.POSE, Input.ANGLES}
    assert default.manifest.clip_seconds <= 3
    assert still.manifest.input is Input.POSE
    assert still.predict(a_clip(1)).sum() == pytest.approx(1, abs=1e-5)


def test_one_clip_or_many_the_answer_is_the_same() -> None:
    from services.core.features import clip_features

    model = load_bundle(BUNDLES / "forest")
    clips = [a_clip(seed=seed) for seed in range(3)]
    together = model.predict_features(np.stack([clip_features(clip) for clip in clips]))
    np.testing.assert_allclose(together, [model.predict(clip) for clip in clips], atol=1e-6)


def test_temperature_softens_and_keeps_the_order(bundle: Path) -> None:
    change(bundle, temperature=1.0)
    plain = load_bundle(bundle).predict(a_clip())
    change(bundle, temperature=3.0)
    soft = load_bundle(bundle).predict(a_clip())
    assert soft.max() < plain.max()
    assert soft.argmax() == plain.argmax()
    assert soft.sum() == pytest.approx(1, abs=1e-5)


def tampered(bundle: Path) -> None:
    content = bytearray((bundle / MODEL_FILE).read_bytes())
    content[len(content) // 2] ^= 1
    (bundle / MODEL_FILE).write_bytes(content)


def no_onnx(bundle: Path) -> None:
    (bundle / MODEL_FILE).write_bytes(b"no model at all")
    change(bundle, sha256=sha256_of(bundle / MODEL_FILE))


BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "no folder": (shutil.rmtree, "has no manifest.json: point to a folder with model.onnx and manifest.json"),
    "no model": (lambda bundle: (bundle / MODEL_FILE).unlink(), "has no model.onnx"),
    "no manifest": (lambda bundle: (bundle / MANIFEST_FILE).unlink(), "has no manifest.json"),
    "tampered": (tampered, "is not the file that its manifest describes .* restore it or train the bundle again"),
    "no ONNX": (no_onnx, "is no usable ONNX model"),
    "no JSON": (lambda bundle: (bundle / MANIFEST_FILE).write_text("{"), "is not a manifest .*Invalid JSON"),
    "a field too few": (lambda bundle: (bundle / MANIFEST_FILE).write_text("{}"), "labels: Field required"),
    "a field too many": (lambda bundle: change(bundle, magic=1), "magic: Extra inputs"),
    "no cut": (lambda bundle: change(bundle, stride_seconds=0), "needs clip_seconds > 0"),
    "labels twice": (lambda bundle: change(bundle, labels=["squat", "squat"]), "labels must differ"),
    "other skeleton": (
        lambda bundle: change(bundle, skeleton="coco-17"),
        "skeleton 'coco-17', this version works with",
    ),
    "other features": (
        lambda bundle: change(bundle, features_version=FEATURES_VERSION + 1),
        f"features version {FEATURES_VERSION + 1}, this version computes version {FEATURES_VERSION}",
    ),
    "other width": (lambda bundle: change(bundle, features=7), "its manifest says 7 and"),
    "other labels": (lambda bundle: change(bundle, labels=["squat", "row"]), "its manifest says .* and 2"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_bundle_that_does_not_fit_is_refused_with_its_reason(bundle: Path, case: str) -> None:
    spoil, reason = BROKEN[case]
    spoil(bundle)
    with pytest.raises(ModelMismatch, match=reason):
        load_bundle(bundle)
