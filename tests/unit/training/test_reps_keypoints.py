"""Sequences of keypoints come from files of several kinds, and whoever gives a wrong one is told what to mend."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from services.core.errors import SettingsError
from services.core.types import FloatArray
from services.simulator import open_scene
from training.evaluate import app
from training.reps.findings import read_findings
from training.reps.keypoints import Format, read_keypoints

FPS = 15.0
REPS = 4


def squats(frames: int = 240) -> FloatArray:
    """(T, 33, 3) metres: a simulated person's world keypoints, standing, then four squats."""
    scene = open_scene(f"squat?seed=3&view=40&rest=3&reps={REPS}")
    return np.stack([scene.truth(frame / FPS).frame.people[0].world_keypoints for frame in range(frames)])


def scaled(bodies: FloatArray) -> FloatArray:
    low, high = bodies.min(axis=1, keepdims=True), bodies.max(axis=1, keepdims=True)
    return np.asarray((bodies - low) / (high - low), np.float32)


@pytest.fixture(scope="module")
def bodies() -> FloatArray:
    return squats()


def index_of(folder: Path, *rows: str, head: str = "file,label,reps") -> Path:
    file = folder / "index.csv"
    file.write_text("\n".join([head, *rows]) + "\n")
    return file


@pytest.mark.parametrize("flat", [True, False])
def test_files_of_arrays_and_folders_of_files_are_the_same(tmp_path: Path, bodies: FloatArray, flat: bool) -> None:
    frames = scaled(bodies).reshape(len(bodies), -1) if flat else scaled(bodies)
    np.savez(tmp_path / "all.npz", one=frames)
    (tmp_path / "folder").mkdir()
    np.save(tmp_path / "folder" / "one.npy", frames)
    index = index_of(tmp_path, "one.npy,squat,4")
    (packed,) = read_keypoints(tmp_path / "all.npz", index, Format.MINMAX33, FPS)
    (loose,) = read_keypoints(tmp_path / "folder", index, Format.MINMAX33, FPS)
    assert (packed.name, packed.exercise, packed.reps) == ("one", "squat", 4)
    assert np.array_equal(packed.recording.tracks[0].world, loose.recording.tracks[0].world)
    assert packed.seconds == pytest.approx((len(bodies) - 1) / FPS)


def test_missing_frames_are_missing_and_time_goes_on(tmp_path: Path, bodies: FloatArray) -> None:
    frames = scaled(bodies)
    frames[10:30] = 0
    np.savez(tmp_path / "all.npz", one=frames)
    (take,) = read_keypoints(tmp_path / "all.npz", index_of(tmp_path, "one,squat,4"), Format.MINMAX33, FPS)
    (track,) = take.recording.tracks
    assert not set(range(10, 30)) & set(track.frame.tolist())
    assert len(take.recording.captured_at) == len(frames)
    after = track.captured_at[np.searchsorted(track.frame, 30)]
    assert after / 1e9 == pytest.approx(track.frame[np.searchsorted(track.frame, 30)] / FPS, abs=1e-6)


def test_pixels_become_metres(tmp_path: Path, bodies: FloatArray) -> None:
    np.savez(tmp_path / "all.npz", one=bodies * 220 + 300)
    (take,) = read_keypoints(tmp_path / "all.npz", index_of(tmp_path, "one,squat,4"), Format.PLAIN33, FPS)
    height = np.ptp(take.recording.tracks[0].world[0, :, 1])
    assert 1.3 < height < 1.9


@pytest.mark.parametrize(
    ("rows", "head", "told"),
    [
        (["one,squat,4"], "name,label,reps", r"no column file; got name, label, reps"),
        (["one,skipping,4"], "file,label,reps", r"line 2: label 'skipping' .* other_exercise"),
        (["one,plank,4"], "file,label,reps", r"label 'plank' is no exercise that is counted"),
        (["one,squat,some"], "file,label,reps", r"line 2: reps is 'some'; expected a whole number"),
        (["one,squat,0"], "file,label,reps", r"reps is '0'"),
        (["one,squat,4", "two,squat,4"], "file,label,reps", r"1 of the 2 sequences that .* \(two"),
        (["one,squat,4", "one.npy,squat,4"], "file,label,reps", r"line 3: one was named in line 2"),
        ([], "file,label,reps", r"names no sequence"),
        (["wide,squat,4"], "file,label,reps", r"have no row in .* \(one \.\.\.\)"),
    ],
)
def test_a_wrong_index_is_told(tmp_path: Path, rows: list[str], head: str, told: str) -> None:
    np.savez(
        tmp_path / "all.npz", one=np.zeros((5, 99)), **({"wide": np.zeros((5, 99))} if "wide" in str(rows) else {})
    )
    with pytest.raises(SettingsError, match=told):
        read_keypoints(tmp_path / "all.npz", index_of(tmp_path, *rows, head=head), Format.MINMAX33, FPS)


@pytest.mark.parametrize(
    ("frames", "told"),
    [
        (np.zeros((5, 66)), r"shape \(5, 66\); expected \(T, 99\) or \(T, 33, 3\)"),
        (np.zeros((0, 99)), r"shape \(0, 99\)"),
        (np.zeros((5, 17, 3)), r"shape \(5, 17, 3\)"),
        (np.full((5, 99), 300.0), r"values from 0 to 300; minmax33 expects .* --format plain33"),
        (np.full((5, 99), "x"), r"expected numbers"),
    ],
)
def test_wrong_arrays_are_told(tmp_path: Path, frames: np.ndarray, told: str) -> None:
    np.savez(tmp_path / "all.npz", one=frames)
    with pytest.raises(SettingsError, match=told):
        read_keypoints(tmp_path / "all.npz", index_of(tmp_path, "one,squat,4"), Format.MINMAX33, FPS)


def test_files_that_are_not_there_or_broken_are_told(tmp_path: Path) -> None:
    index = index_of(tmp_path, "one,squat,4")
    (tmp_path / "torn.npz").write_bytes(b"PK\x03\x04 torn")
    (tmp_path / "empty.npz").write_bytes(b"")
    np.save(tmp_path / "single.npy", np.zeros((5, 99)))
    for name, told in (
        ("none.npz", "no such file"), ("torn.npz", "no whole .npz"), ("empty.npz", "no whole .npz"),
        ("single.npy", "one array"),
    ):  # fmt: skip
        with pytest.raises(SettingsError, match=told):
            read_keypoints(tmp_path / name, index, Format.MINMAX33, FPS)
    with pytest.raises(SettingsError, match="no such file; expected a CSV"):
        read_keypoints(tmp_path / "single.npy", tmp_path / "none.csv", Format.MINMAX33, FPS)


def test_the_command_counts_and_keeps_what_it_found(tmp_path: Path, bodies: FloatArray) -> None:
    np.savez(tmp_path / "all.npz", one=scaled(bodies))
    index_of(tmp_path, "one,squat,4").rename(tmp_path / "all.csv")
    words = ["reps", "--keypoints", str(tmp_path / "all.npz"), "--fps", str(FPS), "--out", str(tmp_path / "out")]
    told = CliRunner().invoke(app, words)
    assert told.exit_code == 0, told.output
    found = read_findings("keypoints-all", tmp_path / "out")
    assert found is not None
    by_counter = {one.counter: one for one in found.counted}
    assert by_counter["combined"].counted == REPS
    assert by_counter["combined"].truth == REPS
    assert (tmp_path / "out" / "keypoints-all.csv").read_text().startswith("take,exercise,source,truth")


def test_the_command_says_what_is_missing(tmp_path: Path) -> None:
    for words, told in (
        (["reps"], "nothing to count in"),
        (["reps", "--keypoints", str(tmp_path / "none.npz")], "no such file"),
        ([], "--model is missing"),
    ):
        answer = CliRunner().invoke(app, words)
        assert answer.exit_code == 2
        assert told in " ".join(answer.output.split())
