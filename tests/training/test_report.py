"""The page of a made-up gym: everything that was kept is on it, what was not is told, and nothing is trained for it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from rich.progress import Progress

from services.core.errors import SettingsError
from services.core.skeleton import INDEX
from services.core.types import NANOSECONDS
from tests.made_up import gym, recording, track
from training import forest
from training.evaluate import asked
from training.examples import Cut
from training.families import Model
from training.folds import grouped_folds
from training.made_up import MadeUp
from training.report.__main__ import sections_of
from training.report.conditions import GUESSED, conditions, thinned
from training.report.live import Change, FalseSet, Idle, Live, live_file
from training.report.page import Section, page, table
from training.trials import Ground, Trials, source_folds, source_trial


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    """Evaluated with few trees, one source at a time too, and looked at live."""
    folder = tmp_path_factory.mktemp("var") / "training"
    folder.mkdir()
    videos, recordings = gym()
    made = Ground(videos, recordings, MadeUp(), 7, folder)
    fitted = forest.Forest.fitted
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            forest.Forest,
            "fitted",
            classmethod(lambda cls, examples, *, seed, **_: fitted(examples, seed=seed, trees=10)),
        )
        trials = Trials(Model.FOREST, made, Cut())
        asked(trials, grouped_folds(videos, 2))
        trials.leaky()
        for source, fold in source_folds(videos).items():
            trials.made(source_trial(source), fold)
    idle = Idle(
        what="real footage",
        seconds=300,
        pieces=4,
        sets=(FalseSet(where="v", exercise="squat", reps=2, seconds=3.0),),
    )
    live = Live(
        model="forest",
        key="k",
        machine="m",
        real=idle,
        simulated=idle.model_copy(update={"what": "simulated", "sets": ()}),
        changes=tuple(Change(before="a", after="b", source="s", seconds=at) for at in (1.0, 2.0, None)),
        cost_ms=0.5,
        cost_seconds=100.0,
    )
    target = live_file("forest", folder)
    target.parent.mkdir()
    target.write_text(live.model_dump_json())
    said = {"camera": 20.0, "people": 60.0}
    rows = [
        {"what": "real, forest that never saw the source", **said, "sets": [{}]},
        {"what": "simulated, forest as shipped", **said, "sets": [{}, {}, {}]},
        {"what": "simulated, always push_up", **said, "sets": [{}] * 30},
    ]
    (folder.parent / "benchmarks").mkdir()
    (folder.parent / "benchmarks" / "false_sets_forest.json").write_text(json.dumps({"machine": "m", "rows": rows}))
    return made


@pytest.mark.timeout(120)
def test_the_page_has_all_that_was_kept(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("the report trains nothing")

    monkeypatch.setattr(forest.Forest, "fitted", never)
    with Progress(disable=True) as progress:
        sections = sections_of(ground, progress, 2)
    made = page("Evidence", "lead", sections)
    told = {section.anchor: section.body for section in sections}
    assert list(told) == [
        "summary", "models", "reps", "sample", "live", "length", "view", "conditions", "learning", "quantisation",
        "map", "model-forest",
    ]  # fmt: skip
    assert "not met" in told["summary"]
    assert "squat 1" in told["live"]
    assert re.search(r"through the pixels.*0\.050.*60\.0 min.*0\.500.*>met<", told["summary"])
    assert "no learning curve yet" in told["learning"]
    assert re.search(r"Not here, for no answers are kept .* lstm,", told["models"])
    assert "Leaving out one source at a time" in told["models"]
    assert "How much a split by clip flatters" in told["models"]
    assert "nothing in it to quantise" in told["quantisation"]
    assert "ROC curves" in told["model-forest"]
    assert made.count("data:image/png;base64,") >= 6
    assert not re.search(r'(src|href)="(?!data:|#)', made), "the page needs nothing beside it"
    assert "nan" not in re.sub(r"base64,[^\"]*", "", made)


def test_nothing_kept_is_told(tmp_path: Path) -> None:
    videos, recordings = gym(sources=2)
    with Progress(disable=True) as progress, pytest.raises(SettingsError, match=r"run python -m training\.evaluate"):
        sections_of(Ground(videos, recordings, MadeUp(), 7, tmp_path), progress, 2)


def test_a_slower_camera_takes_the_next_picture_when_its_time_has_come() -> None:
    whole = recording(track(frames=150), frames=150)
    for rate in (8.0, 5.0):
        taken = np.array(thinned(whole, rate))
        seconds = (whole.captured_at[-1] - whole.captured_at[0]) / NANOSECONDS
        apart = np.diff(whole.captured_at[taken]) / NANOSECONDS
        assert apart.min() >= 1 / rate - 1e-6
        assert len(taken) <= seconds * rate + 1
        (seen,) = conditions()[f"{rate:g} pictures a second"](whole).tracks
        assert seen.captured_at.tolist() == whole.captured_at[taken].tolist()


def test_hidden_hands_stay_where_the_forearm_is_on_average() -> None:
    whole = recording(track("biceps_curl"))
    (before,), (after,) = whole.tracks, conditions()["both hands hidden"](whole).tracks
    elbow, wrist, knee = (INDEX[f"left_{name}"] for name in ("elbow", "wrist", "knee"))
    assert np.ptp(before.world[:, wrist, 1] - before.world[:, elbow, 1]) > 0.3
    assert np.ptp(after.world[:, wrist, 1] - after.world[:, elbow, 1]) < 1e-5
    assert after.visibility[:, wrist].max() <= GUESSED
    assert np.array_equal(after.keypoints[:, knee], before.keypoints[:, knee])
    assert np.array_equal(after.visibility[:, knee], before.visibility[:, knee])


def test_names_from_footage_cannot_break_the_page() -> None:
    made = page("t", "<b>", [Section("a", "<i>", table(["<x>"], [["<script>alert(1)</script>", 1, 0.5, None]]))])
    assert "<script>" not in made
    assert "<i>" not in made
    assert "0.500" in made
