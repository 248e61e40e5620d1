"""An exercise of a gym's own, added to a model that never saw it: told and counted in strangers, and all bad input."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest

from services.classifier.manifest import MODEL_FILE, Input, read_manifest
from services.classifier.model import BUNDLES, load_bundle
from services.classifier.settings import ClassifierSettings
from services.classifier.stage import ClassifierStage
from services.core.errors import ModelMismatch, SettingsError
from services.core.types import Message, Rep, SetEnded
from tests.made_up import recording, track
from tests.programs import SPOTTER
from training.added import OWN, add_exercise, own_videos
from training.bundle import data_card, write_bundle
from training.examples import Cut, clips_of
from training.memory import EXAMPLES_FILE, evenly, recall_memory, remember_training
from training.motion import RECIPE, Motion
from training.recordings import Recording, Track
from training.simulated import Simulated, simulated_examples, simulated_people
from training.videos import Video

pytestmark = pytest.mark.timeout(120)

LABELS = ("lateral_raise", "squat", "none")
OWN_NAME = "star_jump"
"""The simulated gym's jumping jack under a name that the catalogue lacks."""
QUICK = replace(RECIPE, epochs=6, drawn=400, batch=40, learning_rate=1e-2)


@pytest.fixture(scope="module")
def people() -> list[Simulated]:
    return simulated_people(np.random.default_rng(3), ("jumping_jack",), (10, 60, 130, 200, 250, 310))


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("base")
    known = simulated_people(
        np.random.default_rng(1), ("squat", "lateral_raise"), (20, 65, 110, 155, 200, 245, 290, 335)
    )
    examples = simulated_examples(known, 0, LABELS, cut=Cut(), fed=Input.MOTION, random=np.random.default_rng(4))
    assert examples is not None
    write_bundle(
        folder,
        Motion.fitted(examples, seed=1, networks=1, recipe=QUICK, graph_recipe=QUICK),
        name="base",
        kind="any",
        fed=Input.MOTION,
        labels=LABELS,
        cut=Cut(),
        card=data_card((), (), (), ()),
        temperature=1.7,
        proof=examples.features[:20],
    )
    remember_training(folder, examples, seed=1)
    return folder


def seen(person: Simulated) -> Recording:
    """A simulated person as the pose engine would have seen them."""
    count = len(person.captured_at)
    whole = Track(
        track_id="0-1",
        frame=np.arange(count),
        captured_at=person.captured_at,
        box=np.tile(np.array([0, 0, 1, 1], np.float32), (count, 1)),
        score=np.ones(count, np.float32),
        keypoints=person.keypoints,
        visibility=person.visibility,
        world=person.world,
    )
    return Recording(person.width, person.height, person.captured_at, (whole,))


def first_set(person: Simulated) -> Recording:
    """Only the first time that they exercise."""
    at = 0
    for label, frames in groupby(person.labels):
        count = len(list(frames))
        if label != "none":
            seconds = person.captured_at / 1e9
            return seen(person).part(seconds[at], seconds[at + count - 1])
        at += count
    raise AssertionError("nobody exercises")


def videos(count: int, label: str = OWN_NAME) -> list[Video]:
    return [
        Video(
            path=Path(f"{number}.mp4"), label=label, footage_label=label, reps=None, reps_trusted=False,
            subject_id=str(number), source=OWN, licence="", view="other", people=1, seconds=10.0,
        )
        for number in range(count)
    ]  # fmt: skip


def told(folder: Path, taken: Recording) -> list[Message]:
    stage = ClassifierStage(ClassifierSettings(bundle=folder))
    return [event for frame in taken.pose_frames("a") for event in stage.process(frame)]


def test_an_exercise_of_ones_own_is_told_and_counted_in_strangers(
    base: Path, people: list[Simulated], tmp_path: Path
) -> None:
    teachers, strangers = people[::2], people[1::2]
    before = load_bundle(base)
    added = add_exercise(
        OWN_NAME, videos(len(teachers)), [first_set(person) for person in teachers], base=base, out=tmp_path / "new"
    )
    after = load_bundle(tmp_path / "new")
    assert after.labels == (*LABELS, OWN_NAME)
    assert added.judged is not None
    assert added.judged.found > 0.8
    assert added.judged.taken < 0.05
    assert added.judged.groups == len(teachers)

    clips = [clip for person in strangers for clip in clips_of(videos(1)[0], first_set(person), Cut())]
    answers = [after.labels[after.predict(clip).argmax()] for clip in clips]
    assert np.mean([answer == OWN_NAME for answer in answers]) > 0.8
    counted = []
    for person in strangers:
        assert not any(isinstance(event, Rep) and event.exercise == OWN_NAME for event in told(base, seen(person)))
        ended = [event for event in told(tmp_path / "new", seen(person)) if isinstance(event, SetEnded)]
        counted += [event.reps for event in ended if event.exercise == OWN_NAME]
    # The simulated gym does three, rests, and goes on; what it had begun at the end is cut.
    assert np.median(counted) == 3

    squatting = simulated_people(np.random.default_rng(5), ("squat",), (30, 260))
    known = [clip for person in squatting for clip in clips_of(videos(1)[0], first_set(person), Cut())]
    right = [np.mean([m.labels[m.predict(clip).argmax()] == "squat" for clip in known]) for m in (before, after)]
    assert right[0] > 0.8
    assert right[1] > right[0] - 0.05, "what was known is still known"


def test_the_new_bundle_says_what_was_added_and_can_be_added_to(
    base: Path, people: list[Simulated], tmp_path: Path
) -> None:
    half = [first_set(person) for person in people[:4]]
    one, two = tmp_path / "one", tmp_path / "two"
    add_exercise(OWN_NAME, videos(4), half, base=base, out=one)
    manifest = read_manifest(one)
    assert manifest.card.videos[OWN_NAME] == 4
    assert any(figure.name.startswith(OWN_NAME) and figure.n for figure in manifest.card.figures)
    assert [own.exercise for own in manifest.exercises] == [OWN_NAME]
    assert not manifest.catalogue[OWN_NAME].hold
    assert manifest.temperature == 1, "the base's is within the model"

    raises = simulated_people(np.random.default_rng(9), ("overhead_press",), (10, 160))
    added = add_exercise("overhead_press", videos(2), [first_set(person) for person in raises], base=one, out=two)
    assert added.exercise is None, "the catalogue knows how to count it"
    both = load_bundle(two)
    assert both.labels == (*LABELS, OWN_NAME, "overhead_press")
    memory = recall_memory(two)
    assert {*LABELS, OWN_NAME, "overhead_press"} == set(memory.shown)
    assert np.allclose(memory.probabilities.sum(axis=1), 1, atol=0.01)
    clip = clips_of(videos(1)[0], half[0], Cut())[0]
    assert both.labels[both.predict(clip).argmax()] == OWN_NAME
    assert both.predict(clip).sum() == pytest.approx(1, abs=1e-5)


def test_who_does_not_move_is_timed(base: Path, tmp_path: Path) -> None:
    still = [recording(track("none", seed=seed, frames=90), frames=90) for seed in range(3)]
    added = add_exercise("horse_stance", videos(3, "horse_stance"), still, base=base, out=tmp_path / "new")
    assert added.exercise is not None
    assert added.exercise.hold
    assert read_manifest(tmp_path / "new").catalogue["horse_stance"].hold


def test_what_cannot_be_added_is_refused(base: Path, people: list[Simulated], tmp_path: Path) -> None:
    new = tmp_path / "new"
    taken = [first_set(person) for person in people[:2]]
    with pytest.raises(SettingsError, match="knows it already; it knows lateral_raise, squat"):
        add_exercise("squat", videos(2, "squat"), taken, base=base, out=new)
    with pytest.raises(SettingsError, match=r"is seen for 2\.0 s in 1 videos, adding an exercise takes 10 s"):
        add_exercise(OWN_NAME, videos(1), [taken[0].part(0, 2.1)], base=base, out=new)
    with pytest.raises(SettingsError, match="does not give out what it knows of a clip"):
        add_exercise(OWN_NAME, videos(2), taken, base=BUNDLES / "forest", out=new)
    with pytest.raises(SettingsError, match="is the bundle that is added to"):
        add_exercise(OWN_NAME, videos(2), taken, base=base, out=base)
    assert not new.exists()


@pytest.mark.parametrize("label", ["Kettlebell", "2fast", "a b", "none", "unknown", "a__b", "../x", ""])
def test_a_bad_id_is_refused(label: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="an exercise's id is small letters"):
        own_videos(label, [tmp_path / "a.mp4"])


def test_missing_and_repeated_videos_are_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"there is no video .*b\.mp4 \(1 of 1"):
        own_videos("swing", [tmp_path / "b.mp4"])
    (tmp_path / "a.mp4").write_bytes(b"")
    with pytest.raises(SettingsError, match="named twice"):
        own_videos("swing", [tmp_path / "a.mp4", tmp_path / "." / "a.mp4"])


def test_folders_are_people(tmp_path: Path) -> None:
    paths = [tmp_path / person / f"{number}.mp4" for person in ("anna", "ben") for number in range(2)]
    for path in paths:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"")
    assert len({video.subject_id for video in own_videos("swing", paths)}) == 2
    assert len({video.subject_id for video in own_videos("swing", paths[:2])}) == 2, "one folder says nothing of who"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda folder: (folder / EXAMPLES_FILE).unlink(), "has no examples.npz"),
        (lambda folder: (folder / EXAMPLES_FILE).write_bytes(b"other"), "is not the file that its manifest describes"),
        (lambda folder: (folder / MODEL_FILE).write_bytes(b"other"), "is not the file that its manifest describes"),
        (
            lambda folder: (folder / "manifest.json").write_text(
                (folder / "manifest.json").read_text().replace('"blazepose-33"', '"coco-17"')
            ),
            "was trained on the skeleton 'coco-17'",
        ),
    ],
)
def test_a_damaged_base_is_refused(change: Callable[[Path], object], said: str, base: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    for file in base.iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    change(copy)
    with pytest.raises(ModelMismatch, match=said):
        add_exercise(OWN_NAME, videos(1), [], base=copy, out=tmp_path / "new")


def test_the_command_refuses_what_cannot_work(tmp_path: Path) -> None:
    words = [str(SPOTTER), "train", "--add", "Kettlebell swing", str(tmp_path / "a.mp4")]
    result = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 2
    assert "an exercise's id is small letters" in result.stdout + result.stderr
    assert "Traceback" not in result.stdout + result.stderr


def test_from_real_video_to_bundle_by_the_command(base: Path, tmp_path: Path) -> None:
    if not os.environ.get("SPOTTER_DATA"):
        pytest.skip("SPOTTER_DATA is not set: no real footage")
    footage = Path(os.environ["SPOTTER_DATA"]) / "clips" / "kettlebell_swing"
    clips = [str(path) for path in sorted(footage.glob("*.mp4"))[:1]]
    out = tmp_path / "new"
    words = ["train", "--add", "kettlebell_swing", "--base", str(base), "--out", str(out)]
    result = subprocess.run(
        [str(SPOTTER), *words, "--poses", str(tmp_path / "poses"), *clips],
        capture_output=True, text=True, timeout=110, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stdout + result.stderr
    assert "kettlebell_swing from" in result.stdout
    assert "was not measured" in result.stdout, "one video cannot be left out"
    assert load_bundle(out).labels == (*LABELS, "kettlebell_swing")


def test_examples_are_taken_evenly() -> None:
    shown = ["a"] * 100 + ["b"] * 3 + ["c"] * 50
    video = np.array([0] * 90 + [1] * 10 + [2] * 3 + [3] * 50)
    rows = evenly(shown, video, 23, np.random.default_rng(0))
    taken = [shown[row] for row in rows]
    assert (taken.count("a"), taken.count("b"), taken.count("c")) == (10, 3, 10)
    assert np.bincount(video[rows])[:2].tolist() == [5, 5]
