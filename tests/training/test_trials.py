"""Trials on made-up footage: strangers are asked about, answers are kept, and anything else makes them anew."""

from __future__ import annotations

import inspect
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from services.classifier.model import load_bundle
from tests.made_up import gym, recording, track
from training import forest
from training.evaluate import asked, cut_of, evidence_of
from training.examples import Cut
from training.families import Model, family_of
from training.figures import crossed_temperatures
from training.fingerprints import code_hash
from training.folds import Fold, grouped_folds
from training.made_up import MadeUp
from training.picture import draw_confusion
from training.trials import Ground, Trials, answers_file, fold_bundle, learning_fold, source_folds

SMALL = Cut(clip_seconds=2.0, samples=16, stride_seconds=1.0)


@pytest.fixture(autouse=True)
def few_trees(monkeypatch: pytest.MonkeyPatch) -> None:
    fitted = forest.Forest.fitted
    monkeypatch.setattr(
        forest.Forest, "fitted", classmethod(lambda cls, examples, *, seed, **_: fitted(examples, seed=seed, trees=20))
    )


def ground(folder: Path) -> Ground:
    videos, recordings = gym()
    return Ground(videos, recordings, MadeUp(), 1, folder)


def test_evaluation_measures_on_held_out_sources(tmp_path: Path) -> None:
    where = ground(tmp_path)
    folds = grouped_folds(where.videos, 2)
    answers = asked(Trials(Model.FOREST, where, SMALL), folds)
    for number, fold in enumerate(folds):
        assert set(answers.video[answers.split == number]) == set(fold.test)
    evidence = evidence_of(Model.FOREST, answers)
    figures = {figure.name: figure for figure in evidence.figures}
    accuracy = figures["accuracy, all 3 labels, by video"]
    assert accuracy.n == len(where.videos)
    assert accuracy.constant == pytest.approx(1 / 3, abs=1e-3)
    assert accuracy.value > 0.8, "squats, curls and standing are easy to tell apart"
    assert accuracy.low is not None
    assert accuracy.high is not None
    assert accuracy.low <= accuracy.value <= accuracy.high
    assert np.sum(evidence.confusion) == len(where.videos)
    bundle = load_bundle(fold_bundle("forest", 1, tmp_path))
    assert bundle.manifest.name == "forest-without-fold-1"
    assert bundle.manifest.temperature == pytest.approx(crossed_temperatures(answers)[1], abs=1e-3)
    draw_confusion(np.array(evidence.confusion), evidence.labels, "made up", tmp_path / "c.png")
    assert (tmp_path / "c.png").read_bytes().startswith(b"\x89PNG")


def test_what_was_answered_is_not_asked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    where = ground(tmp_path)
    folds = grouped_folds(where.videos, 2)
    first = asked(Trials(Model.FOREST, where, SMALL), folds)

    def never(*_: object, **__: object) -> None:
        raise AssertionError("trained again")

    monkeypatch.setattr(forest.Forest, "fitted", never)
    again = asked(Trials(Model.FOREST, where, SMALL), folds)
    assert np.allclose(again.probabilities, first.probabilities, atol=1e-6)
    assert np.array_equal(again.truth, first.truth)
    assert np.array_equal(again.moments.end, first.moments.end)
    other = replace(where, recordings=[*where.recordings[:-1], recording(track("squat", seed=77), frames=75)])
    slower = replace(SMALL, stride_seconds=0.5)
    for changed in (Trials(Model.FOREST, other, SMALL), Trials(Model.FOREST, where, slower)):
        with pytest.raises(AssertionError, match="trained again"):
            asked(changed, folds)
    (fold_bundle("forest", 0, tmp_path) / "model.onnx").unlink()
    with pytest.raises(AssertionError, match="trained again"):
        asked(Trials(Model.FOREST, where, SMALL), folds)


def test_a_source_in_which_nobody_was_found_asks_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    where = ground(tmp_path)
    empty = replace(where.recordings[0], tracks=())
    where = replace(where, recordings=[empty, *where.recordings[1:]])
    fold = Fold(tuple(range(1, len(where.videos))), (0,))

    def never(*_: object, **__: object) -> None:
        raise AssertionError("trained for nothing")

    monkeypatch.setattr(forest.Forest, "fitted", never)
    for _ in range(2):
        answers = Trials(Model.FOREST, where, SMALL).made("source-empty", fold)
        assert len(answers) == 0
        assert answers.labels[answers.video_answer[0]] == "none"


def test_a_damaged_file_of_answers_is_made_again(tmp_path: Path) -> None:
    where = ground(tmp_path)
    fold = grouped_folds(where.videos, 2)[0]
    trials = Trials(Model.FOREST, where, SMALL)
    first = trials.made("one", fold)
    answers_file("forest", "one", tmp_path).write_bytes(b"half a file")
    assert trials.kept("one", fold) is None
    assert np.allclose(trials.made("one", fold).probabilities, first.probabilities)
    assert trials.kept("one", fold) is not None
    assert trials.kept("one", Fold(fold.train[1:], fold.test)) is None, "another split is another trial"


def test_the_leaky_split_asks_about_videos_that_were_learnt_from(tmp_path: Path) -> None:
    where = ground(tmp_path)
    trials = Trials(Model.FOREST, where, replace(SMALL, stride_seconds=0.25))
    answers = trials.leaky()
    assert 0 < len(answers) < len(where.videos) * 13
    kept = trials.kept_leaky()
    assert kept is not None
    assert len(kept) == len(answers)


def test_no_person_is_on_both_sides_of_a_source() -> None:
    videos, _ = gym()
    videos[3] = replace(videos[3], subject_id=videos[0].subject_id)
    fold = source_folds(videos)["s/0"]
    assert {videos[index].source for index in fold.test} == {"s/0"}
    assert 3 not in fold.train
    assert 4 in fold.train


def test_a_part_of_the_sources_lies_within_a_larger_part() -> None:
    videos, _ = gym(sources=8)
    fold = grouped_folds(videos, 2)[0]
    parts = [set(learning_fold(fold, videos, share, 5).train) for share in (0.25, 0.5, 1.0)]
    assert parts[0] < parts[1] < parts[2] == set(fold.train)


def test_clips_of_known_lengths_are_as_dense_as_ours() -> None:
    assert cut_of(75) == Cut()
    assert cut_of(150) == Cut(5.0, 61, 0.5)


def test_other_code_is_another_trial(monkeypatch: pytest.MonkeyPatch) -> None:
    before = code_hash(family_of(Model.FOREST))
    read = inspect.getsource

    def written_anew(more: str) -> str:
        monkeypatch.setattr(inspect, "getsource", lambda module: read(module) + (more if module is forest else ""))
        return code_hash(family_of(Model.FOREST))

    assert written_anew("\n# Only a comment.\n") == before
    assert written_anew("\nTREES = 3\n") != before
