"""The command line of `tests.benchmarks.simulated_reps`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Final

from rich.console import Console

from services.classifier.model import DEFAULT_BUNDLE, ExerciseModel, load_bundle
from services.core.counting import COUNTERS
from services.simulator.estimator import Estimator
from tests.benchmarks.machine import FOLDER, describe, save
from tests.benchmarks.simulated_reps import everyday, holds, noise, pixels, sides
from tests.benchmarks.simulated_reps.answers import Answer, Known, Perfect, alone, measured, within_sets
from tests.benchmarks.simulated_reps.damage import damaged
from tests.benchmarks.simulated_reps.sets import Trial, hard_trials, pixel_trials, plain_trials, random_of, seconds_of
from tests.benchmarks.simulated_reps.tables import Row, by_group, draw, print_all, print_counts, print_phases, row_of
from training.poses import ENGINE
from training.progress import progress_of

GIVEN: Final = "combined"
"""The counter that sets use, with the exercise given."""
SETS: Final = "sets"
"""The same within sets whose exercise a perfect model tells."""
PREDICTED: Final = "predicted"
"""Everything as it is shipped."""


PLAIN: Final = ("plain", "pixels")
"""Conditions under which nothing goes wrong."""


@lru_cache(maxsize=1)
def bundle(path: Path) -> ExerciseModel:
    """The model that predicts."""
    return load_bundle(path)


def answers_of(trial: Trial, frames: Known, path: Path) -> dict[str, Answer]:
    """What everybody says of a set; exercises that the bundle knows are predicted, where nothing goes wrong."""
    model = bundle(path)
    poses = measured(frames)
    answers = {name: alone(trial, poses, name) for name in (GIVEN, *(one for one in COUNTERS if one != GIVEN))}
    answers[SETS] = within_sets(frames, Perfect(trial, model.manifest))
    if trial.label in model.labels and trial.condition in PLAIN:
        answers[PREDICTED] = within_sets(frames, model)
    return answers


def from_truth(trial: Trial, path: Path) -> Row:
    """A set from its true keypoints, with the pose engine's errors and what its condition does."""
    estimator = Estimator(int(random_of("errors", trial.key).integers(2**31)), trial.errors)
    frames = [estimator.update(frame) for frame in trial.scene.pose_frames(seconds_of(trial), fps=trial.fps)]
    known = [(frame.captured_at, frame) for frame in damaged(trial, frames)]
    return row_of(trial, answers_of(trial, known, path))


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.simulated_reps",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("what", choices=("truth", "pixels", "noise", "everyday", "holds", "sides"))
    parser.add_argument("--bundle", type=Path, default=DEFAULT_BUNDLE, help="that predicts (default: the shipped one)")
    parser.add_argument("--exercise", help="only this one of the simulator's")
    parser.add_argument("--condition", help="only this one, such as plain or grinder")
    parser.add_argument("--every", type=int, default=1, help="every how manieth set only, for a quick look")
    parser.add_argument("--workers", type=int, default=1, help="processes at a time")
    parser.add_argument("--engine", default=ENGINE, help="name under which poses of the pose engine are kept")
    parser.add_argument("--people", type=int, default=everyday.PEOPLE, help="who do no exercise, for a minute each")
    parser.add_argument("--wrong", action="store_true", help="list the sets that were miscounted")
    options = parser.parse_args()
    print(describe())
    match options.what:
        case "truth":
            counted("truth", _truth_rows(options), wrong=options.wrong)
        case "pixels":
            looked, told = _pixel_rows(options)
            counted("pixels", looked, wrong=options.wrong)
            print("\nthe same sets from true keypoints with the engine's errors as measured")
            print_all(told, (GIVEN, SETS))
        case "noise":
            noise.main(list(pixels.looked_at(_chosen(pixel_trials(), options), options.engine)))
        case "everyday":
            idle(options.bundle, options.people)
        case "holds":
            timed(options.bundle)
        case "sides":
            sides.main()


def _chosen(trials: Sequence[Trial], options: argparse.Namespace) -> list[Trial]:
    return [
        trial
        for trial in trials
        if options.exercise in (None, trial.exercise) and options.condition in (None, trial.condition)
    ][:: options.every]


def _truth_rows(options: argparse.Namespace) -> list[Row]:
    trials = _chosen([*plain_trials(), *hard_trials()], options)
    rows = []
    with progress_of("sets", Console(stderr=True)) as progress, ProcessPoolExecutor(options.workers) as pool:
        task = progress.add_task("", total=len(trials))
        for row in pool.map(from_truth, trials, [options.bundle] * len(trials), chunksize=4):
            rows.append(row)
            progress.advance(task)
    return rows


def _pixel_rows(options: argparse.Namespace) -> tuple[list[Row], list[Row]]:
    """Sets through pictures, and the same from their true keypoints with the engine's errors."""
    looked, told = [], []
    for trial, known in pixels.looked_at(_chosen(pixel_trials(), options), options.engine):
        looked.append(row_of(trial, answers_of(trial, known, options.bundle)))
        told.append(from_truth(trial, options.bundle))
    return looked, told


def counted(what: str, rows: Sequence[Row], *, wrong: bool) -> None:
    """Print, draw and keep what was counted."""
    ways = (GIVEN, *(one for one in COUNTERS if one != GIVEN), SETS)
    known = [row for row in rows if PREDICTED in row.counted]
    print_all(rows, ways)
    print_counts("condition", by_group(rows, lambda row: row.trial.condition), ways)
    print_counts("exercise", by_group(rows, lambda row: row.trial.exercise), ways)
    plain = [row for row in rows if row.trial.condition in PLAIN]
    print_counts("plain, frames a second", by_group(plain, lambda row: f"{row.trial.fps:>2}"), ways)
    print_counts("plain, view", by_group(plain, lambda row: f"{round(row.trial.view / 30) * 30 % 360:>3}"), ways)
    if known:
        print(
            "\nexercise predicted, of those that the bundle knows; it has learnt from simulated people of other seeds"
        )
        print_all(known, (PREDICTED, SETS))
        print_counts("exercise, predicted", by_group(known, lambda row: row.trial.exercise), (PREDICTED, SETS))
        named = sum(row.named[PREDICTED] == row.trial.label for row in known)
        print(f"named right {named} of {len(known)}; in one set {sum(row.sets[PREDICTED] == 1 for row in known)}")
    halves = [row for row in rows if row.halves]
    if halves:
        told = sum(row.half[GIVEN] == row.halves for row in halves)
        print(f"\nsets with halves: {len(halves)}; as many halves told as done: {told}")
    print_phases(f"phases, {GIVEN}", {**by_group(plain, lambda row: row.trial.exercise), "all": plain}, GIVEN)
    print_phases(f"phases, {SETS}", {"all": plain}, SETS)
    print_phases(f"phases, {PREDICTED}", {"all": [row for row in plain if PREDICTED in row.counted]}, PREDICTED)
    if wrong:
        for row in rows:
            if any(row.counted[way] != row.truth for way in ways):
                trial = row.trial
                print(f"{trial.condition:<22}{trial.fps:>3} fps  {trial.spec}  true {row.truth}: {row.counted}")
    print(f"\ndrawn {draw(rows, GIVEN, FOLDER / f'simulated_reps_{what}.png')}")
    print(f"written {save(f'simulated_reps_{what}', [asdict(row) for row in rows])}")


def idle(path: Path, people: int) -> None:
    """Count people who do no exercise."""
    found = everyday.Idleness(f"bundle {path.name}")
    with progress_of("people", Console(stderr=True)) as progress:
        task = progress.add_task("", total=people)
        for spec, fps, scene, frames in everyday.people(people):
            found.add(spec, fps, scene, bundle(path), frames)
            progress.advance(task)
    everyday.print_found(found)
    print(f"written {save('simulated_reps_everyday', [asdict(found)])}")


def timed(path: Path) -> None:
    """Time holds."""
    found = []
    wanted = list(holds.specs())
    with progress_of("holds", Console(stderr=True)) as progress:
        task = progress.add_task("", total=len(wanted))
        for exercise, spec, fps in wanted:
            found.append(holds.held(exercise, spec, fps, bundle(path)))
            progress.advance(task)
    holds.print_held(found)
    print(f"written {save('simulated_reps_holds', [asdict(one) for one in found])}")


if __name__ == "__main__":
    main()
