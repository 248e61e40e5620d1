"""Slices of fixed numbers of frames, and the files that they are kept in."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from services.core.errors import SettingsError
from tests.made_up import recording, track, video
from training.poses import Recording
from training.slice_files import STEP, names_of, read_slices, write_slices
from training.slices import ANGLES, Cutting, Slice, angles_of, slices_of, stretches_of
from training.videos import Video

TEN_SECONDS = 151
"""Poses at 15 a second, both ends included."""


def seen(frames: int = TEN_SECONDS, label: str = "squat", seed: int = 0) -> Recording:
    return recording(track(label, frames=frames, seed=seed), frames=frames)


def cut(one: Video, poses: Recording, length: int, cutting: Cutting) -> list[Slice]:
    stretches = stretches_of(one, poses, cutting.fps)
    return slices_of(stretches, length, cutting.fps, drop_first=cutting.drops_first_of(one))


def write(videos: list[Video], recordings: list[Recording], folder: Path, cutting: Cutting) -> list[dict[int, int]]:
    return list(write_slices(videos, recordings, folder, cutting))


# ---- cutting -------------------------------------------------------------------------------------------------------


def test_slices_follow_one_another_and_a_short_last_one_is_dropped() -> None:
    """Ten seconds at 30 frames a second are 301 frames: four slices of 70 and 21 left over."""
    clips = cut(video(), seen(), 70, Cutting())
    assert [one.number for one in clips] == [0, 1, 2, 3]
    assert all(clip.points.shape == (70, 33, 3) for clip in clips)
    starts = np.array([clip.start for clip in clips]) / 1e9
    np.testing.assert_allclose(starts, [0.0, 7 / 3, 14 / 3, 7.0], atol=1e-6)
    assert cut(video(), seen(), 150, Cutting())[-1].start / 1e9 == pytest.approx(5)


@pytest.mark.parametrize(("frames", "slices"), [(34, 0), (36, 1), (69, 1), (71, 2)])
def test_what_is_shorter_than_a_slice_gives_none(frames: int, slices: int) -> None:
    assert len(cut(video(), seen(frames), 70, Cutting())) == slices


def test_the_first_slice_of_raw_footage_is_dropped() -> None:
    raw = replace(video(), raw=True)
    assert [one.number for one in cut(raw, seen(), 70, Cutting())] == [1, 2, 3]
    assert len(cut(raw, seen(), 70, Cutting(drop_first=False))) == 4
    assert len(cut(video(), seen(), 70, Cutting(drop_first=True))) == 3


def test_of_two_people_both_get_ready() -> None:
    pair = recording(track(frames=150), track(frames=150, seed=1, track_id="0-2"), frames=150)
    assert len(cut(video(people=2), pair, 70, Cutting())) == 8
    assert len(cut(video(people=2), pair, 70, Cutting(drop_first=True))) == 6


def test_frames_lie_between_poses_in_event_time() -> None:
    """Every second frame at 30 a second is a pose at 15, the others are halfway."""
    poses = seen()
    (clip, *_) = cut(video(), poses, 70, Cutting())
    (one,) = poses.tracks
    np.testing.assert_allclose(clip.world[::2], one.world[:35], atol=1e-5)
    np.testing.assert_allclose(clip.world[1::2], (one.world[:35] + one.world[1:36]) / 2, atol=1e-5)


def test_nothing_is_invented_across_a_gap() -> None:
    before, after = track(frames=75), track(frames=75, start=120)
    both = replace(before, **{
        name: np.concatenate([getattr(before, name), getattr(after, name)])
        for name in ("frame", "captured_at", "box", "score", "keypoints", "visibility", "world")
    })  # fmt: skip
    starts = [clip.start / 1e9 for clip in cut(video(), recording(both, frames=200), 70, Cutting())]
    np.testing.assert_allclose(starts, [0.0, 7 / 3, 8.0, 8 + 7 / 3], atol=1e-6)


def test_angles_are_six_with_direction_and_ten_of_the_body() -> None:
    (clip, *_) = cut(video(), seen(), 70, Cutting())
    angles = angles_of(clip.points, clip.world)
    assert angles.shape == (70, len(ANGLES)) == (70, 16)
    assert angles[:, :6].max() > 180 > angles[:, 6:].max(), "directions go round, angles do not"
    assert angles.min() >= 0
    assert angles.max() <= 360


def test_slices_that_cannot_be_are_refused() -> None:
    with pytest.raises(SettingsError, match="2 frames or more and a rate above 0"):
        Cutting(lengths=(1,))
    with pytest.raises(SettingsError, match="a rate above 0"):
        Cutting(fps=0)


# ---- files ---------------------------------------------------------------------------------------------------------


def test_the_layout_of_other_recipes(tmp_path: Path) -> None:
    videos = [video("squat", number=1), video("biceps_curl", number=2)]
    given = write(videos, [seen(), seen(label="biceps_curl")], tmp_path, Cutting((70, 150)))
    assert given == [{70: 4, 150: 2}] * 2
    facts = json.loads((tmp_path / "slices.json").read_text())
    assert (facts["labels"], facts["slices"], facts["fps"]) == (["biceps_curl", "squat"], {"70": 8, "150": 4}, 30.0)
    name = videos[0].name
    angle = np.load(tmp_path / "data70" / "squat" / "angle" / f"{name}_3_angle.npy")
    point = np.load(tmp_path / "data70" / "squat" / "point" / f"{name}_3_point.npy")
    label = np.load(tmp_path / "data70" / "squat" / "label" / f"{name}_3_label.npy")
    assert (angle.shape, point.shape, label.shape) == ((70, 16), (70, 33, 4), ())
    assert facts["labels"][int(label)] == "squat"
    assert len(list((tmp_path / "data150").rglob("*_point.npy"))) == 4


def test_the_compact_file_holds_the_same(tmp_path: Path) -> None:
    videos = [video("squat", number=1), replace(video("biceps_curl", number=2), raw=True)]
    write(videos, [seen(), seen(label="biceps_curl")], tmp_path, Cutting((70,)))
    slices = read_slices(tmp_path, 70)
    assert (len(slices), slices.labels) == (7, ("biceps_curl", "squat"))
    assert slices.number.tolist() == [0, 1, 2, 3, 1, 2, 3]
    for row in range(len(slices)):
        label, stem = slices.labels[slices.label[row]], f"{slices.names[slices.video[row]]}_{slices.number[row]}"
        point = np.load(tmp_path / "data70" / label / "point" / f"{stem}_point.npy")
        np.testing.assert_allclose(slices.points[row], point, atol=STEP)
        angle = np.load(tmp_path / "data70" / label / "angle" / f"{stem}_angle.npy")
        around = np.abs(slices.angles[row] - angle)
        assert np.quantile(np.minimum(around, 360 - around), 0.99) < 0.5
    with pytest.raises(SettingsError, match="no slices of 71 frames"):
        read_slices(tmp_path, 71)


def test_older_slices_are_replaced_and_foreign_files_kept(tmp_path: Path) -> None:
    write([video(number=1)], [seen()], tmp_path / "ours", Cutting((70, 100)))
    write([video(number=2)], [seen()], tmp_path / "ours", Cutting((70,)))
    assert not (tmp_path / "ours" / "data100").exists()
    assert {path.name.split("_")[3] for path in (tmp_path / "ours").rglob("*_point.npy")} == {"2"}
    foreign = tmp_path / "foreign" / "data70" / "thesis.txt"
    foreign.parent.mkdir(parents=True)
    foreign.write_text("years of work")
    with pytest.raises(SettingsError, match="something else than slices lies there"):
        write([video()], [seen()], tmp_path / "foreign", Cutting())
    assert foreign.exists()


def test_a_run_that_was_stopped_can_be_run_again(tmp_path: Path) -> None:
    stopped = write_slices([video(number=1), video(number=2)], [seen(), seen()], tmp_path, Cutting((70,)))
    next(stopped)
    stopped.close()
    with pytest.raises(SettingsError, match="no slices of 70"):
        read_slices(tmp_path, 70)
    write([video(number=1)], [seen()], tmp_path, Cutting((70,)))
    assert len(read_slices(tmp_path, 70)) == 4


def test_videos_of_one_name_do_not_overwrite_each_other(tmp_path: Path) -> None:
    twins = [replace(video(), path=Path(folder) / "monday.mp4") for folder in ("anna", "bob")]
    assert len(set(names_of([*twins, twins[0]]))) == 3, "the same part under two labels"
    write(twins, [seen(seed=1), seen(seed=2)], tmp_path, Cutting((70,)))
    assert len(list(tmp_path.rglob("*_point.npy"))) == 8


def test_nobody_in_view_gives_no_slices(tmp_path: Path) -> None:
    assert write([video()], [recording()], tmp_path, Cutting()) == [{70: 0, 100: 0, 120: 0, 150: 0}]
    assert len(read_slices(tmp_path, 70)) == 0
