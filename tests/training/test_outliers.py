"""Outliers among made-up people: found, dropped, and nobody else."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from rich.progress import Progress

from services.core.skeleton import INDEX
from tests.made_up import gym
from training import outliers
from training.examples import Cut
from training.outliers import Bodies, Verdict, bodies, prediction_errors, without
from training.outliers_worth import dropped_table, error_table, worth_table
from training.poses import Recording, Track

BROKEN = slice(30, 34)
"""Frames in which the first person's arms and head are thrown about."""


def broken(track: Track, rows: slice, joints: list[str], seed: int) -> Track:
    random = np.random.default_rng(seed)
    keypoints = track.keypoints.copy()
    places = [INDEX[name] for name in joints]
    keypoints[rows, places] += random.choice([-1, 1], keypoints[rows, places].shape) * 0.4
    return replace(track, keypoints=keypoints)


@pytest.fixture(scope="module")
def footage() -> tuple[list, list[Recording], list[list[Track]], Bodies, np.ndarray]:
    videos, recordings = gym(sources=5)
    limbs = ["nose", "left_elbow", "left_wrist", "right_elbow", "right_wrist"]
    first, second = recordings[0].tracks[0], recordings[4].tracks[0]
    for frame in range(BROKEN.start, BROKEN.stop):
        first = broken(first, slice(frame, frame + 1), limbs, frame)
    for frame in range(0, len(second.frame), 2):
        second = broken(second, slice(frame, frame + 1), limbs, frame)
    recordings[0] = replace(recordings[0], tracks=(first,))
    recordings[4] = replace(recordings[4], tracks=(second,))
    people = [list(recording.tracks) for recording in recordings]
    frames = Bodies.of(recordings, people)
    everything = np.ones(len(frames.video), bool)
    errors = prediction_errors(frames, videos, learnt=everything, seed=1, folds=2, steps=150)
    return videos, recordings, people, frames, errors


def test_a_body_is_measured_in_trunks_about_its_hips() -> None:
    _, recordings = gym(sources=1)
    track = recordings[0].tracks[0]
    at = bodies(track, 400, 400)
    moved = replace(track, keypoints=(track.keypoints * 0.5 + 0.1).astype(np.float32))
    np.testing.assert_allclose(bodies(moved, 400, 400), at, atol=1e-3)
    shoulder = outliers.JOINTS.index("left_shoulder")
    assert np.median(-at[:, shoulder, 1]) == pytest.approx(1, abs=0.15)


def test_what_cannot_be_is_dropped_and_nothing_else(footage: tuple) -> None:
    _, recordings, people, frames, errors = footage
    verdict = Verdict.of(errors, frames)
    first, second = frames.person == 0, frames.person == 4
    assert set(np.flatnonzero(verdict.frames[first])) == set(range(BROKEN.start, BROKEN.stop))
    assert not verdict.people[first].any(), "four frames do not condemn a person"
    assert verdict.people[second].all(), "every second frame does"
    others = ~(first | second)
    assert verdict.kept[others].mean() > 0.99
    left = without(recordings, people, verdict.kept)
    assert len(left[0].tracks[0].frame) == 75 - 4
    assert left[4].tracks == ()
    assert len(left[1].tracks[0].frame) == 75


def test_tables_say_what_it_is_worth(footage: tuple, tmp_path: Path) -> None:
    videos, recordings, people, frames, errors = footage
    verdict = Verdict.of(errors, frames)
    wide = Console(width=200, record=True)
    wide.print(error_table(errors, errors, outliers.median_errors(frames.windows), verdict.kept, outliers.OUT))
    names = [(video.name, tracks[0].track_id) for video, tracks in zip(videos, people, strict=True)]
    file = tmp_path / "deep" / "outliers.csv"
    wide.print(dropped_table(names, frames.person, verdict.frames, verdict.people, file))
    with file.open() as opened:
        rows = {row["video"]: row for row in csv.DictReader(opened)}
    assert rows[videos[0].name]["dropped"] == "4"
    assert rows[videos[4].name]["person_dropped"] == "1"
    cut = Cut(clip_seconds=2.0, samples=16, stride_seconds=1.0)
    cleaned = without(recordings, people, verdict.kept)
    with Progress(disable=True) as progress:
        wide.print(worth_table(videos, recordings, cleaned, cut=cut, seed=1, progress=progress))
    said = wide.export_text()
    assert "nothing: median" in said
    assert "kept frames" in said
    assert f"n {len(videos) - 1}" in said, "the person dropped has no clips left"
