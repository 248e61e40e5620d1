"""From labelled videos to examples: who is meant, what is split, what weighs how much."""

from __future__ import annotations

import csv
import gzip
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.classifier.manifest import NONE, UNKNOWN, Input
from services.core.clips import cut_clips
from services.core.errors import SettingsError
from services.core.features import clip_features, signal_names
from services.core.geometry import joint_angles
from services.simulator import Scene, open_scene
from tests.made_up import gym, recording, track, video
from training import poses, recordings
from training.augment import varied
from training.examples import (
    IDLE_SHARE,
    PIECE_SECONDS,
    SHARES,
    Cut,
    Examples,
    Origin,
    clips_of,
    examples_of,
    joined,
    load_recordings,
    piece_examples,
    pieces_of,
)
from training.extremes import FILE, Extremes, extreme_examples, read_extremes
from training.families import Family, material
from training.folds import grouped_folds
from training.made_up import MadeUp
from training.people import people_of
from training.simulated import (
    LOWEST,
    OF_LABEL,
    OF_UNNAMED,
    PIECES,
    athlete,
    athletes,
    busy_people,
    elsewhere,
    simulated_examples,
    simulated_people,
    ways,
)
from training.videos import data_directory, labels_of, read_videos

COLUMNS = (
    "path", "label", "reps", "reps_confidence", "form", "subject_id", "view", "people", "overlay", "seconds", "fps",
    "source_repo", "source_path", "licence", "notes",
)  # fmt: skip


def write_manifest(folder: Path, *rows: dict[str, str]) -> Path:
    with (folder / "manifest.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return folder


ROW = {"path": "clips/a.mp4", "label": "squat", "subject_id": "p", "view": "side", "people": "1", "seconds": "3.5"}


# ---- the list of videos --------------------------------------------------------------------------------------------


def test_labels_that_cannot_be_learnt_are_folded(tmp_path: Path) -> None:
    labels = ("squat", "other_exercise", "non_exercise", "thruster")
    videos = read_videos(write_manifest(tmp_path, *({**ROW, "label": label} for label in labels)))
    assert [one.label for one in videos] == ["squat", UNKNOWN, NONE, UNKNOWN]
    assert [one.footage_label for one in videos] == list(labels)
    assert labels_of(videos) == ("squat", UNKNOWN, NONE)


@pytest.mark.parametrize(
    ("confidence", "trusted"), [("high", True), ("repo_label", True), ("medium", False), ("", False)]
)
def test_only_good_counts_are_trusted(tmp_path: Path, confidence: str, trusted: bool) -> None:
    (one,) = read_videos(write_manifest(tmp_path, {**ROW, "reps": "5", "reps_confidence": confidence}))
    assert (one.reps, one.reps_trusted) == (5, trusted)


def test_a_bad_line_is_named(tmp_path: Path) -> None:
    write_manifest(tmp_path, ROW, {**ROW, "seconds": "long"})
    with pytest.raises(SettingsError, match=r"manifest.csv line 3: .*long"):
        read_videos(tmp_path)


def test_a_missing_folder_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SPOTTER_DATA", raising=False)
    with pytest.raises(SettingsError, match="set SPOTTER_DATA or give --data"):
        data_directory()
    with pytest.raises(SettingsError, match="has no manifest"):
        data_directory(tmp_path)


# ---- who is meant --------------------------------------------------------------------------------------------------


def test_ghosts_and_bystanders_are_left_out() -> None:
    main = track(size=0.3, frames=150)
    ghost = track(frames=3, track_id="0-2")
    bystander = track("none", size=0.1, frames=140, track_id="0-3")
    assert people_of(recording(ghost, bystander, main), people=1) == [main]


def test_the_same_person_found_again_is_kept() -> None:
    first, again = track(frames=80), track(frames=60, start=90, track_id="0-2")
    poster = track(frames=40, start=90, size=0.02, track_id="0-3")
    assert people_of(recording(first, again, poster), people=1) == [first, again]


def test_as_many_as_exercise() -> None:
    pair = [track(frames=150), track(frames=140, seed=1, track_id="0-2")]
    assert people_of(recording(*pair), people=1) == pair[:1]
    assert people_of(recording(*pair), people=2) == pair


def test_nobody_in_view_gives_no_clips() -> None:
    assert clips_of(video(), recording(), Cut()) == []


# ---- poses on disk -------------------------------------------------------------------------------------------------


def test_poses_come_back_as_they_were(tmp_path: Path) -> None:
    seen = recording(track(frames=20), track(frames=10, start=5, track_id="0-2"), frames=30)
    recordings.save_recording(tmp_path / "a.npz", seen)
    back = recordings.load_recording(tmp_path / "a.npz")
    assert [one.track_id for one in back.tracks] == ["0-1", "0-2"]
    for one, other in zip(seen.tracks, back.tracks, strict=True):
        for name in ("frame", "captured_at", "keypoints", "visibility", "world", "score", "box"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.npz"]


def test_an_empty_video_comes_back_empty(tmp_path: Path) -> None:
    recordings.save_recording(tmp_path / "a.npz", recording(frames=7))
    back = recordings.load_recording(tmp_path / "a.npz")
    assert (len(back.captured_at), back.tracks) == (7, ())


def test_pose_frames_hold_everybody_and_end_the_stream() -> None:
    frames = list(recording(track(frames=20), track(frames=10, start=5, track_id="0-2"), frames=30).pose_frames("cam"))
    assert [len(frame.people) for frame in frames] == [1] * 5 + [2] * 10 + [1] * 5 + [0] * 11
    assert [frame.end_of_stream for frame in frames] == [False] * 30 + [True]
    assert frames[6].people[1].track_id == "0-2"


def test_the_cache_goes_by_content(tmp_path: Path) -> None:
    for name, content in (("a", b"one"), ("b", b"one"), ("c", b"two")):
        (tmp_path / name).write_bytes(content)
    a, b, c = (poses.cache_file(replace(video(), path=tmp_path / name), tmp_path) for name in "abc")
    assert a == b != c


def test_extraction_names_what_cannot_be_read_and_goes_on(tmp_path: Path) -> None:
    broken = replace(video(number=1), path=tmp_path / "broken.mp4")
    broken.path.write_bytes(b"no video")
    missing = replace(video(number=2), path=tmp_path / "missing.mp4")
    kept = replace(video(number=3), path=tmp_path / "kept.mp4")
    kept.path.write_bytes(b"looked at before")
    recordings.save_recording(poses.cache_file(kept, tmp_path), recording(frames=3))
    faults = {one.name: fault for one, fault in poses.extract([missing, kept, broken], tmp_path)}
    assert "missing" in faults["missing"] or "No such file" in faults["missing"]
    assert faults["kept"] == "", "it is in the cache, so nobody tries to decode it"
    assert faults["broken"]


def test_videos_without_poses_are_counted(tmp_path: Path) -> None:
    file = tmp_path / "a.mp4"
    file.write_bytes(b"x")
    with pytest.raises(SettingsError, match=r"1 of 1 videos have no poses yet .*training.dataset"):
        load_recordings([replace(video(), path=file)], tmp_path)


# ---- splits --------------------------------------------------------------------------------------------------------

footage_lists = st.lists(
    st.tuples(st.sampled_from(["squat", "row", "none"]), st.integers(0, 7), st.integers(0, 12)), min_size=8, max_size=60
)


@settings(deadline=None)
@given(footage_lists)
def test_no_source_and_no_person_is_on_both_sides(rows: list[tuple[str, int, int]]) -> None:
    videos = [video(label, f"s/{source}", f"p{person}", n) for n, (label, source, person) in enumerate(rows)]
    sources = len({one.source for one in videos})
    if sources < 2:
        return
    folds = grouped_folds(videos, 2)
    assert sorted(index for fold in folds for index in fold.test) == list(range(len(videos))), "each is tested once"
    for fold in folds:
        for side in ("source", "subject_id"):
            learnt = {getattr(videos[index], side) for index in fold.train}
            tested = {getattr(videos[index], side) for index in fold.test}
            assert not learnt & tested, side
    assert folds == grouped_folds(videos, 2)


def test_a_label_of_two_sources_can_be_learnt_in_every_fold() -> None:
    videos = [video("squat", f"s/{n}", f"p{n}", n) for n in range(8)]
    videos += [video("row", "s/1", "p1", 20), video("row", "s/2", "p2", 21)]
    for fold in grouped_folds(videos, 4):
        assert {videos[index].label for index in fold.train} == {"squat", "row"}


def test_too_few_sources_are_refused() -> None:
    with pytest.raises(SettingsError, match="5 folds by source need 5 sources or more, got 1"):
        grouped_folds([video(number=n, person=f"p{n}") for n in range(9)], 5)


# ---- examples ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fed", list(Input))
def test_examples_say_what_they_show(fed: Input) -> None:
    videos, recordings = gym()
    labels = labels_of(videos)
    examples = examples_of(videos, recordings, labels=labels, cut=Cut(), fed=fed)
    assert len(examples) > 2 * len(videos)
    assert [labels[index] for index in examples.label] == [videos[index].label for index in examples.video]
    assert np.isfinite(examples.features).all()


def test_training_sees_the_features_of_the_running_system() -> None:
    videos, recordings = gym(sources=1)
    examples = examples_of(videos, recordings, labels=labels_of(videos), cut=Cut(), fed=Input.CLIP)
    clips = [clip for pair in zip(videos, recordings, strict=True) for clip in clips_of(*pair, Cut())]
    np.testing.assert_array_equal(examples.features, np.stack([clip_features(clip) for clip in clips]))


def test_long_videos_and_frequent_labels_are_held_back() -> None:
    label = np.array([0] * 90 + [1] * 10)
    video_of = np.array([0] * 81 + list(range(1, 10)) + [10] * 5 + [11] * 5)
    weights = Examples(
        np.zeros((100, 1), np.float32), label, video_of, ("often", "rarely"), np.zeros(100, int)
    ).weights()
    assert weights.mean() == pytest.approx(1, abs=1e-5)
    assert weights[:81].sum() < 9 * weights[81] * 1.01, "81 clips of one video count as nine"
    share = weights[label == 0].sum() / weights.sum()
    assert 0.5 < share < 0.7, "lifted, but not to the same"


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 1000))
def test_a_variation_is_another_take_of_the_same_movement(seed: int) -> None:
    seen = track()
    other = varied(seen, 400, 300, np.random.default_rng(seed))
    assert (np.diff(other.captured_at) > 0).all()
    tempo = (other.captured_at[-1] - other.captured_at[0]) / (seen.captured_at[-1] - seen.captured_at[0])
    assert 1 / 1.5 < tempo < 1.5
    thigh = [np.linalg.norm(one.world[:, 23] - one.world[:, 25], axis=-1).mean() for one in (seen, other)]
    assert thigh[1] == pytest.approx(thigh[0], rel=0.25)
    assert np.isfinite(other.keypoints).all()
    again = varied(seen, 400, 300, np.random.default_rng(seed))
    np.testing.assert_array_equal(other.keypoints, again.keypoints)


# ---- movement made from extremes -----------------------------------------------------------------------------------


def write_extremes(data: Path, *rows: tuple[str, str, np.ndarray]) -> None:
    (data / FILE).parent.mkdir(parents=True)
    with gzip.open(data / FILE, "wt", newline="") as file:
        writer = csv.writer(file)
        for path, label, pixels in rows:
            writer.writerow([path, label, *pixels.ravel()])


def ends_of_a_squat() -> tuple[np.ndarray, np.ndarray]:
    seen = track("squat", size=1.0)
    low = int(seen.world[:, 23, 1].argmax())
    high = int(seen.world[:, 23, 1].argmin())
    return seen.world[high] * 300 + 500, seen.world[low] * 300 + 500


def test_extremes_are_read_in_metres(tmp_path: Path) -> None:
    high, low = ends_of_a_squat()
    write_extremes(
        tmp_path,
        ("train/squat/salient1/a.mp4/1.jpg", "squat", high),
        ("train/squat/salient2/a.mp4/9.jpg", "squat", low),
        ("train/squat/salient1/one_end_only.mp4/1.jpg", "squat", high),
        ("train/yoga/salient1/b.mp4/1.jpg", "yoga", high),
    )
    (only,) = read_extremes(tmp_path)
    assert (only.label, only.video, [len(end) for end in only.ends]) == ("squat", "a.mp4", [1, 1])
    trunk = only.ends[0][0, 11:13].mean(0) - only.ends[0][0, 23:25].mean(0)
    assert np.linalg.norm(trunk) == pytest.approx(0.5, abs=1e-3)
    assert read_extremes(tmp_path / "elsewhere") == []


@pytest.mark.parametrize("fed", list(Input))
def test_made_up_movement_goes_from_end_to_end(fed: Input) -> None:
    ends = tuple((pose[None] - 500).astype(np.float32) / 300 for pose in ends_of_a_squat())
    extremes = [Extremes("yoga", "x", ends), Extremes("squat", "a", ends)]
    videos, _ = gym(sources=1)
    made = extreme_examples(
        extremes, len(videos), ("none", "squat"), cut=Cut(), fed=fed, copies=3, random=np.random.default_rng(1)
    )
    assert made is not None
    assert set(made.label) == {1}
    assert set(made.video) == {len(videos) + 1}, "numbered after the real ones; yoga is nobody's label"
    if fed is Input.SEQUENCE:
        knee = made.features[..., signal_names().index("world_knee_angle")]
        straight, bent = (joint_angles(pose[0], ("left_knee",))[0] / 90 for pose in ends)
        assert knee.max() == pytest.approx(straight, abs=0.15)
        assert knee.min() == pytest.approx(bent, abs=0.25)


def test_a_fold_learns_from_extremes_and_not_from_its_own_people() -> None:
    ends = tuple((pose[None] - 500).astype(np.float32) / 300 for pose in ends_of_a_squat())
    videos, recordings = gym(("biceps_curl", "none", "squat"), sources=2)
    family = Family("any", Input.CLIP, copies=1, fit=lambda examples, seed: pytest.fail("not asked"), note="")
    footage = material(family, videos, recordings, MadeUp((Extremes("squat", "a", ends),)), cut=Cut(), seed=1)
    fold = grouped_folds(videos, 2)[0]
    labels = footage.labels_with(("none",))
    assert labels == ("squat", "none")
    kept = footage.learnt.of((*fold.train, *footage.made_up), labels)
    assert {videos[index].label for index in kept.video if index < len(videos)} == {"squat", "none"}
    assert not set(kept.video) & set(fold.test)
    assert len(videos) in kept.video


def test_short_pieces_are_played_to_and_fro() -> None:
    videos, recordings = gym(("squat",), sources=2)
    clips = pieces_of(videos[0], recordings[0], Cut(), np.random.default_rng(3))
    assert len(clips) == 4, "one for every 1.2 of five seconds"
    seconds = [(clip.end - clip.start) / 1e9 for clip in clips]
    assert all(PIECE_SECONDS[0] - 0.1 < length < PIECE_SECONDS[1] for length in seconds)
    assert {clip.seconds for clip in clips} == {Cut().clip_seconds}
    told = piece_examples(
        videos, recordings, labels=("squat",), cut=Cut(), fed=Input.CLIP, random=np.random.default_rng(3)
    )
    assert set(told.video) == {0, 1}
    assert set(told.origin) == {Origin.RECORDED}


def test_the_simulated_gym_shows_exercise_and_rest_and_weighs_little() -> None:
    people = tuple(simulated_people(np.random.default_rng(1), ["squat"])[:2])
    random = np.random.default_rng(2)
    shown = simulated_examples(people, 10, ("squat", "none"), cut=Cut(), fed=Input.CLIP, random=random)
    assert shown is not None
    assert set(shown.video) == {10, 11}
    assert set(shown.label) == {0, 1}, "sets and the rests between them"
    assert simulated_examples(people, 10, ("row",), cut=Cut(), fed=Input.CLIP, random=random) is None
    recorded = examples_of(*gym(("none", "squat"), 2), labels=("squat", "none"), cut=Cut(), fed=Input.CLIP)
    both = joined([recorded, shown])
    weights, made_up = both.weights(), both.origin == Origin.SIMULATED
    for idle, share in ((False, SHARES[Origin.SIMULATED]), (True, IDLE_SHARE)):
        own = made_up & ((both.label == both.labels.index("none")) == idle)
        assert weights[own].sum() / weights[~made_up].sum() == pytest.approx(share, rel=1e-3)
    everything = MadeUp(people=people)
    assert everything.labels == {"squat", "none"}
    assert [source.videos for source in everything.sources] == [2]


def test_every_label_is_simulated_in_all_its_ways_and_others_as_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = ways()
    assert {"row", "lat_pulldown", "dip", "deadlift", "push_up", "unknown"} <= set(shown)
    assert "none" not in shown
    assert {"row", "row_cable", "row_knee_on_bench"} <= set(shown["row"])
    assert all(len(names) > 1 for names in shown.values())
    assert len({name for names in shown.values() for name in names}) == sum(map(len, shown.values()))
    done: list[str] = []
    monkeypatch.setattr("training.simulated.athlete", lambda name, random: done.append(name))
    athletes(np.random.default_rng(1))
    assert len(done) == OF_LABEL * (len(shown) - 1) + OF_UNNAMED * len(shown["unknown"])
    assert set(done) == {name for names in shown.values() for name in names}, "nothing is left out"


def test_somebody_simulated_does_sets_in_their_own_way() -> None:
    one, same, other = (athlete("row_cable", np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.keypoints, same.keypoints)
    assert np.abs(one.world - other.world).max() > 0.05
    assert set(one.labels) == {"row", "none"}
    assert set(athlete("plank_straight_arms", np.random.default_rng(3)).labels) <= {"plank", "none"}


def test_people_of_the_simulated_gym_are_seen_for_moments_too() -> None:
    [person] = simulated_people(np.random.default_rng(1), ["squat"], [40])
    asked = {"labels": ("squat", "none"), "cut": Cut(), "fed": Input.CLIP}
    lots = [simulated_examples([person], 0, random=np.random.default_rng(seed), **asked) for seed in (1, 1, 2)]
    one, same, other = (lot.features for lot in lots if lot is not None)
    np.testing.assert_array_equal(one, same)
    whole = len(cut_clips(
        person.captured_at, person.keypoints, person.visibility, person.world, width=person.width,
        height=person.height, clip_seconds=2.5, samples=31, stride_seconds=1.0,
    ))  # fmt: skip
    assert whole < max(len(one), len(other)) <= whole + PIECES
    pieces = other[~np.isin(other[:, 0], one[:, 0])]
    assert 0 < len(pieces) <= PIECES, "whole clips are the same whatever chance brings, pieces are not"


def test_cameras_stand_anywhere_and_see_the_person() -> None:
    random = np.random.default_rng(4)
    scene = open_scene("squat?seed=1&view=30")
    cameras = [elsewhere(scene.camera, random) for _ in range(200)]
    heights = [camera.position[1] for camera in cameras]
    assert min(heights) >= LOWEST and max(heights) > 3.0
    assert {camera.target[0] for camera in cameras} == {scene.camera.target[0]}
    steep = [
        np.degrees(np.arctan2(camera.position[1] - camera.target[1], camera.position[2] - camera.target[2]))
        for camera in cameras
    ]
    assert 0.25 < np.mean(np.array(steep) > 15) < 0.6, "most look level, many from high up"
    assert max(steep) < 60
    seen = []
    for camera in cameras:
        keypoints = Scene(camera, scene.people, seed=1).pose_frame(0.5).people[0].keypoints[:, :2]
        assert np.all((keypoints[23:25] > 0) & (keypoints[23:25] < 1)), "hips are in the picture"
        seen.append(np.all((keypoints >= 0) & (keypoints <= 1)))
    assert 0.6 < np.mean(seen) < 1, "some are cut off"


def test_people_who_run_errands_do_no_exercise() -> None:
    [person] = busy_people(np.random.default_rng(2), 1)
    assert set(person.labels) == {"none"}
    assert np.ptp(person.world, axis=0).max() > 0.3, "and yet they move"
