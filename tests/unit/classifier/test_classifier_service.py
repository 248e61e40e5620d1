"""The classifier as a program: what cannot work is said in one line, exit 2."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.classifier.service import main


def test_a_missing_bundle_is_said_and_ends_with_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SPOTTER_CLASSIFIER_BUNDLE", str(tmp_path / "nothing"))
    assert main() == 2
    assert "spotter classifier:" in capsys.readouterr().err


def test_a_bad_setting_is_said_and_ends_with_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SPOTTER_CLASSIFIER_GONE_SECONDS", "soon")
    assert main() == 2
    assert "SPOTTER_CLASSIFIER_GONE_SECONDS" in capsys.readouterr().err
