"""Faults of form on people whose form somebody else labelled: how often each is told of the bad and of the good.

    python -m tests.benchmarks.form_faults

Every source asks its own question, and only some of its bad ones have the fault of a row; so what matters is that a row
is told of few of the good, and of clearly more of the bad. "AUC" is the chance that one of the bad has a worse value
than one of the good, whatever the bound; "p" is Fisher's exact test of the two shares. A row with p over 0.05 is no
better than chance there, and says so. Clips take poses that ``python -m training.dataset`` keeps; needs SPOTTER_DATA.
"""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from math import comb
from pathlib import Path

import numpy as np

from services.core.counting import COUNTERS
from services.core.exercises import CATALOGUE, Exercise
from services.core.form import value_of
from services.core.repetition import Repetition
from services.core.signals import BODY, TIPS, Measures, Signal, measure
from services.core.types import NANOSECONDS, Pose
from services.simulator import EXERCISES, open_scene
from tests.benchmarks.machine import describe, save
from training.people import people_of
from training.poses import CACHE, recording_of
from training.reps.takes import pose_of
from training.videos import data_directory, read_videos

WIDE = 16 / 9
"""Width over height that is taken where a source does not say it."""

WINDOW = 15
"""Rows of a source without times that are judged together."""

MADE = {
    ("squat", "half"): "shallow", ("squat", "lean"): "lean", ("squat", "knees_in"): "knees_in",
    ("overhead_press", "half"): "no_lockout", ("overhead_press", "back_lean"): "lean_back",
    ("biceps_curl", "half"): "half", ("biceps_curl", "swing"): "lean_back", ("lunge", "half"): "shallow",
    ("jumping_jack", "half"): "low_arms", ("pull_up", "half"): "chin", ("dip", "half"): "shallow",
    ("row", "half"): "half", ("bench_press", "half"): "half", ("push_up", "half"): "shallow",
    ("push_up", "hips_sag"): "hips_low", ("push_up", "hips_high"): "hips_high", ("sit_up", "half"): "half",
    ("plank", "hips_sag"): "hips_low",
}  # fmt: skip
"""Exercise and fault of the simulator -> the fault that should be told."""

PUSH_UP_FPS = 30.0
"""Rate that is taken for sequences without times."""

Judged = tuple[Exercise, list[Measures], Repetition | None]
"""Something that was judged: what was done, its poses, its times."""


@dataclass(frozen=True, slots=True)
class Row:
    """One fault at one source; shares are of those in which it could be seen."""

    source: str
    fault: str
    bad: int
    told_bad: int
    good: int
    told_good: int
    auc: float | None
    p: float

    @property
    def verdict(self) -> str:
        if not self.bad or not self.good:
            return "one kind only"
        if self.p > 0.05:
            return "no better than chance"
        return "tells them apart" if self.told_bad * self.good > self.told_good * self.bad else "worse than chance"


def fisher(told_bad: int, bad: int, told_good: int, good: int) -> float:
    """Two-sided p of Fisher's exact test."""
    told, everybody = told_bad + told_good, bad + good
    ways = [comb(bad, k) * comb(good, told - k) if 0 <= told - k <= good else 0 for k in range(min(bad, told) + 1)]
    return sum(way for way in ways if way <= ways[told_bad]) / comb(everybody, told)


def rows(source: str, bad: Iterable[Judged], good: Iterable[Judged], only: Sequence[str] = ()) -> list[Row]:
    """A row for every fault that either kind could be judged by."""
    worse: dict[str, dict[bool, list[float]]] = defaultdict(lambda: {True: [], False: []})
    for wrong, group in ((True, bad), (False, good)):
        for exercise, poses, repetition in group:
            for fault in exercise.faults:
                value = value_of(exercise, fault, poses, repetition)
                if value is not None and (not only or fault.fault in only):
                    low, high = fault.right
                    worse[f"{exercise.exercise} {fault.fault}"][wrong].append(max(low - value, value - high))
    found = []
    for name, values in worse.items():
        wrong_ones, right_ones = np.array(values[True]), np.array(values[False])
        told_bad, told_good = int((wrong_ones > 0).sum()), int((right_ones > 0).sum())
        auc = None
        if len(wrong_ones) and len(right_ones):
            over = wrong_ones[:, None] - right_ones[None, :]
            auc = float(((over > 0) + 0.5 * (over == 0)).mean())
        p = fisher(told_bad, len(wrong_ones), told_good, len(right_ones))
        found.append(Row(source, name, len(wrong_ones), told_bad, len(right_ones), told_good, auc, p))
    return found


def flat_measures(points: np.ndarray, seen: np.ndarray) -> Measures:
    """Measures of 17 points (x, y, z in picture heights) of which only alignments are asked."""
    nothing = np.zeros(len(Signal))
    points = np.nan_to_num(points)
    hips = points[[BODY.index("left_hip"), BODY.index("right_hip")]].mean(axis=0)
    at = points - hips
    return Measures(nothing, nothing, at[: len(BODY)], seen[: len(BODY)], at[len(BODY) :], seen[len(BODY) :])


def windows(folder: Path, file: str, exercise: str, wanted: str, rows_each: int = WINDOW) -> list[Judged]:
    """Runs of rows of one label of an exercise_correction file, cut into windows."""
    found: list[Judged] = []
    run: list[Measures] = []
    with gzip.open(folder / file, "rt") as lines:
        for row in csv.DictReader(lines):
            if row["label"] != wanted:
                run = []
                continue
            points = np.array([[_number(row, name, axis) for axis in "xyz"] for name in (*BODY, *TIPS)])
            seen = np.array([_number(row, name, "v") for name in (*BODY, *TIPS)])
            run.append(flat_measures(points * (WIDE, 1.0, WIDE), np.nan_to_num(seen)))
            if len(run) == rows_each:
                found.append((CATALOGUE[exercise], run, None))
                run = []
    return found


def _number(row: dict[str, str], name: str, axis: str) -> float:
    return float(row.get(f"{name}_{axis}") or "nan")


def counted(exercise: str, poses: Iterable[tuple[int, Measures]]) -> Iterator[Judged]:
    """Each repetition of somebody, or the last three seconds of each hold."""
    entry, kept = CATALOGUE[exercise], list(poses)
    if entry.hold:
        yield entry, [measures for _, measures in kept if entry.fits(measures)], None
        return
    counter = COUNTERS["combined"](entry)
    for at, measures in kept:
        counter.update(at, measures)
    for rep in counter.finish():
        yield entry, [measures for at, measures in kept if rep.start <= at <= rep.end], rep


def clips() -> dict[str, dict[str, list[Judged]]]:
    """Repetitions of the clips whose form the manifest tells, by exercise and form."""
    folder = data_directory()
    with (folder / "manifest.csv").open() as lines:
        forms = {Path(row["path"]).stem: row["form"] for row in csv.DictReader(lines)}
    found: dict[str, dict[str, list[Judged]]] = defaultdict(lambda: {"bad": [], "good": []})
    for video in read_videos(folder):
        form = forms.get(Path(video.name).stem, "")
        if form not in ("good", "bad") or video.footage_label not in CATALOGUE:
            continue
        try:
            recording = recording_of(video, CACHE)
        except FileNotFoundError:
            continue
        for track in people_of(recording, video.people)[:1]:
            size = recording.width, recording.height
            poses = ((int(at), measure(pose_of(track, row), *size)) for row, at in enumerate(track.captured_at))
            found[video.footage_label][form] += counted(video.footage_label, poses)
    return found


def push_ups(folder: Path) -> dict[str, list[Judged]]:
    """Repetitions of the labelled push-up sequences, whose depth stands in for world keypoints."""
    found: dict[str, list[Judged]] = {"bad": [], "good": []}
    with np.load(folder / "pushfit_blazepose33.npz") as sequences:
        for key in sequences:
            frames = sequences[key]
            poses = []
            for number, rows_ in enumerate(frames):
                points = rows_[:, :3].astype(np.float32)
                world = (points - points[[23, 24]].mean(axis=0)) * np.array([WIDE, 1.0, WIDE], np.float32)
                pose = Pose("0-0", np.zeros(4, np.float32), 1.0, points, rows_[:, 3].astype(np.float32), world)
                at = round(number / PUSH_UP_FPS * NANOSECONDS)
                poses.append((at, measure(pose, 1600, 900)))
            found["good" if key.startswith("correct") else "bad"] += counted("push_up", poses)
    return found


def simulated(exercise: str, fault: str) -> list[Judged]:
    """Repetitions of simulated people, by truth cut, seen from several sides."""
    found: list[Judged] = []
    spec = f"{exercise}?reps=3&rest=20&seed=7" + (f"&fault={fault}" if fault else "")
    seconds = 3 * EXERCISES[exercise].seconds * 1.2 + 5.0
    for view in (0, 30, 60, 90, 120, 150):
        scene = open_scene(f"{spec}&view={view}")
        poses = [
            (frame.captured_at, measure(frame.people[0], frame.width, frame.height))
            for frame in scene.pose_frames(seconds, fps=10.0, noise=0.02)
        ]
        if CATALOGUE[exercise].hold:
            found.append((CATALOGUE[exercise], [one for _, one in poses if CATALOGUE[exercise].fits(one)], None))
        for rep in scene.reps(seconds):
            start, end = round(rep.start * NANOSECONDS), round(rep.end * NANOSECONDS)
            found.append((CATALOGUE[exercise], [one for at, one in poses if start <= at <= end], None))
    return found


def main() -> None:
    keypoints = data_directory() / "keypoints"
    correction = keypoints / "exercise_correction"
    table: list[Row] = []
    file = "core__plank_model__test.csv.gz"
    high, low, good = (windows(correction, file, "plank", label, 5) for label in "HLC")
    table += rows("plank rows, hips high", high, good, ("hips_high",))
    table += rows("plank rows, hips low", low, good, ("hips_low",))
    more = "history__plank_model_"
    good = windows(correction, f"{more}dataset2.csv.csv.gz", "plank", "C")
    high = windows(correction, f"{more}bad_data_high_hip.csv.csv.gz", "plank", "H")
    low = windows(correction, f"{more}bad_data.csv.csv.gz", "plank", "L")
    table += rows("plank rows 2, hips high", high, good, ("hips_high",))
    table += rows("plank rows 2, hips low", low, good, ("hips_low",))
    for file in ("core__lunge_model__err.test.csv.gz", "history__lunge_model_err.train2.csv.csv.gz"):
        bad, good = (windows(correction, file, "lunge", label) for label in "LC")
        table += rows(f"lunge rows, knee ahead ({file.split('__')[0]})", bad, good, ("knee_ahead",))
    for file in ("core__bicep_model__test.csv.gz", "history__bicep_model_dataset.csv.5b613c.csv.gz"):
        bad, good = (windows(correction, file, "biceps_curl", label) for label in "LC")
        table += rows(f"curl rows, lean back ({file.split('__')[0]})", bad, good, ("lean_back",))
    forms = push_ups(keypoints)
    table += rows("pushfit sequences", forms["bad"], forms["good"])
    for exercise, by_form in clips().items():
        table += rows(f"clips, {exercise}", by_form["bad"], by_form["good"])
    for (exercise, made), fault in MADE.items():
        bad, good = simulated(exercise, made), simulated(exercise, "")
        table += rows(f"simulator, {exercise} with {made}", bad, good, (fault,))
    print(describe())
    print(f"{'source':<44}{'fault':<26}{'bad':>5}{'told':>6}{'good':>6}{'told':>6}{'AUC':>6}{'p':>9}  verdict")
    for row in table:
        bad_share, good_share = row.told_bad / max(row.bad, 1), row.told_good / max(row.good, 1)
        auc = "-" if row.auc is None else f"{row.auc:.2f}"
        print(
            f"{row.source:<44}{row.fault:<26}{row.bad:>5}{bad_share:>6.2f}{row.good:>6}{good_share:>6.2f}{auc:>6}"
            f"{row.p:>9.2g}  {row.verdict}"
        )
    save("form_faults", [asdict(row) | {"verdict": row.verdict} for row in table])


if __name__ == "__main__":
    main()
