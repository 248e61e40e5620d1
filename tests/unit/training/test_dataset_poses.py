"""Poses of parts of videos and of folders of pictures, progress, and damaged files."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from services.core.errors import SettingsError
from services.simulator import open_scene
from tests.made_up import recording, track, video
from tests.made_up_videos import write_video
from tests.pose_models import models_directory
from training import poses
from training.examples import Cut, clips_of
from training.poses import cache_file, extract, recording_of
from training.recordings import Recording, load_recording, save_recording
from training.videos import Video

SCENE = "squat?seed=3&view=40&size=320x240&rest=0"


@pytest.fixture(autouse=True)
def engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """The models that all tests share, on the runtime that is everywhere."""
    monkeypatch.setenv("SPOTTER_POSE_MODELS", str(models_directory()))
    monkeypatch.setenv("SPOTTER_POSE_RUNTIME", "onnxruntime")


def kept(folder: Path, seen: Recording, content: bytes = b"a video") -> Video:
    """A video whose poses are in the cache."""
    path = folder / "video.mp4"
    path.write_bytes(content)
    one = replace(video(), path=path)
    save_recording(cache_file(one, folder), seen)
    return one


# ---- parts ---------------------------------------------------------------------------------------------------------


def test_a_part_is_cut_by_time_and_begins_at_zero(tmp_path: Path) -> None:
    """Frames at its start belong to it, those at its end do not; 15 frames are a second."""
    one = kept(tmp_path, recording(track(frames=60), track(frames=15, start=60, track_id="0-2"), frames=90))
    whole = recording_of(one, tmp_path)
    part = recording_of(replace(one, start=1.0, end=3.0), tmp_path)
    assert len(whole.captured_at) == 90
    assert (len(part.captured_at), part.captured_at[0]) == (30, 0)
    (only,) = part.tracks
    assert only.frame.tolist() == list(range(30))
    assert only.captured_at.tolist() == part.captured_at.tolist()
    np.testing.assert_array_equal(only.world, whole.tracks[0].world[15:45])


def test_parts_lie_side_by_side(tmp_path: Path) -> None:
    seen = recording(track(frames=60), frames=60)
    cuts = [seen.part(start, start + 0.7) for start in (0.0, 0.7, 1.4)]
    frames = np.concatenate([cut.tracks[0].world for cut in cuts])
    np.testing.assert_array_equal(frames, seen.tracks[0].world[: len(frames)])


def test_clips_of_a_part_are_those_of_a_video_that_shows_only_it(tmp_path: Path) -> None:
    one = kept(tmp_path, recording(track("squat", frames=150), frames=150))
    part = replace(one, start=2.0, end=6.0)
    alone = recording(track("squat", frames=60), frames=60)
    clips = clips_of(part, recording_of(part, tmp_path), Cut())
    assert len(clips) == len(clips_of(one, alone, Cut()))
    assert clips[0].start == 0


def test_a_part_in_which_nobody_is_has_no_clips() -> None:
    assert clips_of(video(), recording(track(frames=30), frames=150).part(4.0, 8.0), Cut()) == []


def test_many_parts_of_a_long_video_read_it_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = kept(tmp_path, recording(track(frames=60), frames=60))
    read: list[Path] = []
    monkeypatch.setattr(poses, "load_recording", lambda file: read.append(file) or load_recording(file))
    parts = [recording_of(replace(one, start=at / 4, end=at / 4 + 0.5), tmp_path) for at in range(10)]
    assert len(read) == 1
    assert len({part.tracks[0].world[0].tobytes() for part in parts}) == 10
    one.path.write_bytes(b"another video of the same name")
    with pytest.raises(FileNotFoundError):
        recording_of(replace(one, start=0.0, end=1.0), tmp_path)


# ---- damage --------------------------------------------------------------------------------------------------------


def test_poses_that_are_no_numbers_are_refused_with_their_file(tmp_path: Path) -> None:
    broken = track(frames=20)
    broken.keypoints[3:5, 11] = np.nan
    one = kept(tmp_path, recording(broken, frames=20))
    said = r"keypoints of 2 of 20 poses are no numbers \(NaN\): remove .*npz"
    with pytest.raises(SettingsError, match=said) as raised:
        recording_of(one, tmp_path)
    assert cache_file(one, tmp_path).name in str(raised.value)


def test_half_a_file_is_told_when_read_and_made_again_when_extracted(tmp_path: Path) -> None:
    one = kept(tmp_path, recording(track(frames=20), frames=20))
    target = cache_file(one, tmp_path)
    target.write_bytes(target.read_bytes()[:-200])
    with pytest.raises(SettingsError, match="no whole file of poses"):
        recording_of(one, tmp_path)
    ((_, fault),) = extract([one], tmp_path)
    assert "no video that can be read" in fault, "it looked at the video again"


# ---- looking -------------------------------------------------------------------------------------------------------


def test_parts_of_one_video_are_looked_at_once_and_progress_is_told(tmp_path: Path) -> None:
    path = write_video(tmp_path / "gym.mp4", seconds=2.0, fps=6, scene=open_scene(SCENE))
    parts = [replace(video(), path=path, start=start, end=start + 1.0) for start in (0.0, 1.0)]
    seconds: list[float] = []
    done = list(extract(parts, tmp_path / "poses", progress=seconds.append))
    assert [fault for _, fault in done] == ["", ""]
    assert len(list((tmp_path / "poses").iterdir())) == 1
    assert sum(seconds) == pytest.approx(11 / 6), "up to the last of 12 pictures"
    recordings = [recording_of(part, tmp_path / "poses") for part in parts]
    assert [len(one.captured_at) for one in recordings] == [6, 6]
    assert all(one.tracks for one in recordings)
    seconds.clear()
    assert [fault for _, fault in extract(parts, tmp_path / "poses", progress=seconds.append)] == ["", ""]
    assert not seconds, "what is there is not looked at again"


def test_several_processes_say_the_same_and_tell_progress(tmp_path: Path) -> None:
    videos = [
        replace(video(), path=write_video(tmp_path / f"{number}.mp4", seconds=0.5 + number / 10)) for number in range(3)
    ]
    (tmp_path / "broken.mp4").write_bytes(b"no video")
    videos.append(replace(video(), path=tmp_path / "broken.mp4"))
    seconds: list[float] = []
    found = {one.name: fault for one, fault in extract(videos, tmp_path / "two", workers=2, progress=seconds.append)}
    assert found.pop("broken").startswith("broken.mp4: no video that can be read")
    assert found == {"0": "", "1": "", "2": ""}
    assert sum(seconds) == pytest.approx(0.4 + 0.5 + 0.6)
    assert [recording_of(one, tmp_path / "two").tracks for one in videos[:3]] == [(), (), ()], "nobody is in them"


def test_a_folder_of_pictures_is_a_video_of_the_stated_rate(tmp_path: Path) -> None:
    scene = open_scene(SCENE)
    (tmp_path / "view_A").mkdir()
    for number in range(4):
        cv2.imwrite(str(tmp_path / "view_A" / f"{number:07d}.jpg"), scene.render(number / 5))
    one = replace(video(), path=tmp_path / "view_A", picture_fps=5.0)
    assert [fault for _, fault in extract([one], tmp_path / "poses")] == [""]
    seen = recording_of(one, tmp_path / "poses")
    assert (seen.captured_at / 1e9).tolist() == [0.0, 0.2, 0.4, 0.6]
    assert len(seen.tracks[0].frame) == 4
    assert cache_file(one, tmp_path) != cache_file(replace(one, picture_fps=10.0), tmp_path)
    ((_, fault),) = extract([replace(one, picture_fps=0.0)], tmp_path / "poses")
    assert "state it with --picture-fps" in fault


def test_what_was_done_before_it_was_stopped_is_kept(tmp_path: Path) -> None:
    videos = [
        replace(video(), path=write_video(tmp_path / f"{number}.mp4", seconds=0.5 + number / 10)) for number in range(3)
    ]
    running = extract(videos, tmp_path / "poses")
    assert next(running)[1] == ""
    running.close()
    assert [cache_file(one, tmp_path / "poses").exists() for one in videos] == [True, False, False]
    seconds: list[float] = []
    assert [fault for _, fault in extract(videos, tmp_path / "poses", progress=seconds.append)] == ["", "", ""]
    assert sum(seconds) == pytest.approx(0.5 + 0.6), "only the other two were looked at"


@pytest.mark.skipif("SPOTTER_DATA" not in os.environ, reason="SPOTTER_DATA is unset")
def test_a_real_clip_in_two_parts(tmp_path: Path) -> None:
    path = Path(os.environ["SPOTTER_DATA"]) / "clips" / "squat" / "squat_052.mp4"
    whole = replace(video(), path=path)
    parts = [replace(whole, start=0.0, end=1.0), replace(whole, start=1.0, end=2.0)]
    assert [fault for _, fault in extract([whole, *parts], tmp_path)] == ["", "", ""]
    rows = [len(recording_of(one, tmp_path).captured_at) for one in (whole, *parts)]
    assert rows[1] + rows[2] <= rows[0]
    assert min(rows[1:]) >= 10


def test_the_engine_is_in_the_name_of_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = kept(tmp_path, recording(frames=3))
    before = cache_file(one, tmp_path)
    monkeypatch.setattr(poses, "ENGINE", "another")
    assert cache_file(one, tmp_path) != before
