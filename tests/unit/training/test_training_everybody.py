"""The simulated gym's people are acted once, and again when what they hang on has changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.random import Generator

from training import everybody as kept
from training.everybody import everybody
from training.simulated import Simulated, simulated_people


@pytest.fixture
def acted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A number for each time that people were acted: two who squat, in the place of all."""
    times: list[int] = []

    def squatting(random: Generator) -> list[Simulated]:
        times.append(len(times))
        return simulated_people(random, ("squat",), (30, 260))

    nobody: Callable[[Generator], list[Simulated]] = lambda random: []  # noqa: E731
    monkeypatch.setattr(kept, "simulated_people", squatting)
    monkeypatch.setattr(kept, "busy_people", nobody)
    monkeypatch.setattr(kept, "athletes", nobody)
    return times


def test_people_are_acted_once_and_come_back_as_they_were(acted: list[int], tmp_path: Path) -> None:
    first, second = everybody(3, tmp_path), everybody(3, tmp_path)
    assert acted == [0]
    assert len(first) == len(second) == 2
    for one, other in zip(first, second, strict=True):
        assert (one.labels, one.width, one.height) == (other.labels, other.width, other.height)
        for name in ("captured_at", "keypoints", "visibility", "world"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
            assert getattr(one, name).dtype == getattr(other, name).dtype


def test_another_seed_and_other_code_are_other_people(
    acted: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, other = everybody(3, tmp_path), everybody(4, tmp_path)
    assert np.abs(first[0].world - other[0].world).max() > 0
    monkeypatch.setattr(kept, "_made_by", lambda seed: "changed")
    everybody(4, tmp_path)
    assert len(acted) == 3


def test_only_the_latest_are_kept_and_what_is_damaged_is_acted_anew(acted: list[int], tmp_path: Path) -> None:
    everybody(3, tmp_path)
    first = everybody(4, tmp_path)
    [file] = tmp_path.iterdir()
    whole = file.read_bytes()
    middle = len(whole) // 2
    damaged = (b"", whole[:1000], b"rubbish" + whole, whole[:middle] + b"\0" * 400 + whole[middle + 400 :])
    for times, content in enumerate(damaged, start=3):
        file.write_bytes(content)
        again = everybody(4, tmp_path)
        np.testing.assert_array_equal(again[0].world, first[0].world)
        assert len(acted) == times
        assert [path.read_bytes() for path in tmp_path.iterdir()] == [whole]
