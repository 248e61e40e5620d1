"""The data set builder as people run it: what they are told, what is written, and the exit status."""

from __future__ import annotations

import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner, Result

from services.simulator import open_scene
from tests.made_up import recording, track
from tests.made_up_videos import write_video
from tests.pose_models import models_directory
from tests.programs import SPOTTER
from training.dataset import app
from training.poses import cache_file
from training.recordings import save_recording
from training.slice_files import read_slices
from training.splits import read_split
from training.videos import read_videos


@pytest.fixture(autouse=True)
def engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPOTTER_POSE_MODELS", str(models_directory()))
    monkeypatch.setenv("SPOTTER_POSE_RUNTIME", "onnxruntime")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.delenv("SPOTTER_DATA", raising=False)


def build(*words: str | Path) -> Result:
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return result


def gym(folder: Path, people: int = 4) -> Path:
    """Six seconds of squats and of curls by each of some people; their poses are in ``folder/poses`` already."""
    data = folder / "gym"
    for person in range(people):
        for label in ("squat", "biceps_curl"):
            path = data / label / f"p{person}" / f"{label}_{person}.mp4"
            path.parent.mkdir(parents=True)
            path.write_bytes(path.name.encode())
    (folder / "poses").mkdir()
    made = build("--data", data, "manifest", "--out", folder / "made")
    assert made.exit_code == 0, made.output
    for number, one in enumerate(read_videos(folder / "made")):
        seen = recording(track(one.label, seed=number, frames=91), frames=91)
        save_recording(cache_file(one, folder / "poses"), seen)
    return data


def test_from_a_gyms_raw_video_to_slices(tmp_path: Path) -> None:
    """Annotated, corrected, looked at, cut: through the pixels."""
    (tmp_path / "gym" / "ann").mkdir(parents=True)
    scene = open_scene("squat?seed=3&view=40&size=320x240&rest=0")
    write_video(tmp_path / "gym" / "ann" / "monday.mp4", seconds=2.0, fps=8, scene=scene)
    (tmp_path / "cuts.csv").write_text("video,label,start,end\nmonday.mp4,lunge,0,1.0\nmonday.mp4,squat,1.0,2.0\n")
    (tmp_path / "right.csv").write_text("video,label,reps,note\nmonday-0ms,squat,1,it was one\n")
    sources = ("--data", tmp_path / "gym", "--annotations", tmp_path / "cuts.csv")
    footage = (*sources, "--corrections", tmp_path / "right.csv", "--poses", tmp_path / "poses")
    looked = build(*footage)
    assert looked.exit_code == 0, looked.output
    assert "1 of 2 videos are corrected" in looked.output
    assert "a second" in looked.output, "the bar shows its rate"
    (row,) = (line for line in looked.output.splitlines() if "squat" in line)
    assert row.replace("│", " ").split()[:3] == ["squat", "2", "1"]
    again = build(*footage)
    assert "1 of 1 files were extracted before" in again.output
    cut = build(*footage, "slices", "--out", tmp_path / "slices", "--length", "6", "--fps", "8")
    assert cut.exit_code == 0, cut.output
    slices = read_slices(tmp_path / "slices", 6)
    assert (len(slices), slices.labels) == (2, ("squat",))
    assert slices.names == ("monday-0ms", "monday-1000ms")
    assert np.ptp(slices.world[0, :, 23:29, 1]) > 0.1, "it moves"


def test_slices_and_the_switch_of_the_first_one(tmp_path: Path) -> None:
    data = gym(tmp_path)
    words = ("--data", data, "--poses", tmp_path / "poses")
    raw = build(*words, "slices", "--out", tmp_path / "raw", "--length", "70")
    assert raw.exit_code == 0, raw.output
    assert "of 8 of 8 videos the first slice was dropped" in raw.output
    trimmed = build("--trimmed", *words, "slices", "--out", tmp_path / "trimmed", "--length", "70")
    assert "of 0 of 8 videos the first slice was dropped" in trimmed.output
    assert (len(read_slices(tmp_path / "raw", 70)), len(read_slices(tmp_path / "trimmed", 70))) == (8, 16)
    refused = build(*words, "slices", "--out", tmp_path / "gym")
    assert refused.exit_code == 2
    assert "something else than slices lies there" in refused.output


def test_a_split_and_the_leaky_one(tmp_path: Path) -> None:
    data = gym(tmp_path)
    words = ("--data", data, "--poses", tmp_path / "poses")
    result = build(*words, "split", "--out", tmp_path / "split.csv")
    assert result.exit_code == 0, result.output
    split = read_split(read_videos(tmp_path / "made"), tmp_path / "split.csv", data)
    assert [len(part) for part in split.parts().values()] == [4, 2, 2]
    leaky = build(*words, "split", "--out", tmp_path / "leaky.csv", "--leaky-by-clip")
    assert leaky.exit_code == 0, leaky.output
    assert "tested are of videos that were learnt from" in leaky.output
    assert not (tmp_path / "leaky.csv").exists(), "nobody trains by it"


def test_a_split_that_cannot_be_says_why(tmp_path: Path) -> None:
    data = gym(tmp_path)
    (data / "plank").mkdir()
    (data / "plank" / "1.mp4").write_bytes(b"plank")
    result = build("--data", data, "split", "--out", tmp_path / "split.csv")
    assert result.exit_code == 2
    assert "of one source only: plank (1 of gym)" in result.output
    assert not (tmp_path / "split.csv").exists()


def test_what_cannot_be_used_is_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    data = gym(tmp_path, people=1)
    (data / "wood_chop" / "p9").mkdir(parents=True)
    (data / "wood_chop" / "p9" / "broken.mp4").write_bytes(b"no video")
    result = build("--data", data, "--poses", tmp_path / "poses")
    assert result.exit_code == 1
    assert "wood_chop is not in the catalogue: taken as a new exercise" in result.output
    assert "broken.mp4: no video that can be read" in result.output
    assert "biceps_curl" in result.output


def test_clips_with_nobody_in_them_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "gym" / "squat" / "ann" / "empty.mp4"
    path.parent.mkdir(parents=True)
    write_video(path, seconds=1.0)
    result = build("--data", tmp_path / "gym", "--poses", tmp_path / "poses")
    assert result.exit_code == 0, result.output
    assert "nobody seen" in result.output


def test_slices_of_what_was_never_looked_at_say_what_to_run(tmp_path: Path) -> None:
    path = tmp_path / "gym" / "squat" / "ann" / "new.mp4"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"new")
    result = build("--data", tmp_path / "gym", "--poses", tmp_path / "poses", "slices", "--out", tmp_path / "slices")
    assert result.exit_code == 1
    assert "no poses yet: run training.dataset without a command" in result.output


def test_pictures_become_tables(tmp_path: Path) -> None:
    scene = open_scene("squat?seed=3&view=40&size=320x240&rest=0")
    for name, at in (("squat_up", 0.0), ("squat_down", 1.2)):
        (tmp_path / "ends" / name).mkdir(parents=True)
        cv2.imwrite(str(tmp_path / "ends" / name / "1.jpg"), scene.render(at))
    cv2.imwrite(str(tmp_path / "ends" / "squat_up" / "2.jpg"), np.full((240, 320, 3), 120, np.uint8))
    result = build("pictures", tmp_path / "ends", "--out", tmp_path / "tables")
    assert result.exit_code == 0, result.output
    assert "squat_up/2.jpg: nobody was seen in it" in result.output
    assert "keypoints of 2 of 3 pictures; 1 are better deleted" in result.output
    assert len((tmp_path / "tables" / "world.csv").read_text().splitlines()) == 3


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "set SPOTTER_DATA or give --data"),
        (("--data", "/nowhere"), "/nowhere: no such folder"),
        (("--data", ".", "--annotations", "none.csv"), "none.csv: no such annotations"),
        (("pictures", "/nowhere", "--out", "x"), "/nowhere: no such folder"),
        (("download", "none.csv", "--out", "x"), "none.csv: cannot be read"),
        (("slices", "--fps", "0"), "set SPOTTER_DATA"),
    ],
)
def test_a_bad_setting_ends_with_2(words: tuple[str, ...], said: str) -> None:
    result = build(*words)
    assert result.exit_code == 2
    assert said in result.output.replace("\n", " ")


def test_help_names_every_command() -> None:
    result = build("--help")
    assert result.exit_code == 0
    for command in ("manifest", "slices", "split", "pictures", "download", "--annotations", "--corrections"):
        assert command in result.output


def test_spotter_dataset_is_the_same_program() -> None:
    words = [str(SPOTTER), "dataset", "--data", "/nowhere", "split"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=25, check=False)
    assert done.returncode == 2
    assert "/nowhere: no such folder" in done.stdout
