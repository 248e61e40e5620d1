"""Repetition counters on real clips, the exercise given: exact, within one, MAE, beside the best constant answer.

    python -m tests.benchmarks.rep_counters POSES MANIFEST.csv [--medium] [--json var/rep_counters.json]

POSES is a folder with one npz per clip, named as the manifest's path with ``__`` for ``/``: times (N,) seconds, size
(2,) width and height, and one row per person and frame: idx (R,) frame, tid (R,) track, score (R,), kp (R, 33, 4)
normalised x, y, z and visibility, world (R, 33, 3) metres.
"""

from __future__ import annotations

import argparse
import csv
import json
import platform
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from services.core.exercises import CATALOGUE
from services.core.reps import RepCounter
from services.core.signals import measure
from services.core.types import NANOSECONDS, Pose

TRUSTED = ("high", "repo_label")


@dataclass(frozen=True)
class Counted:
    """One clip: the truth, what the counter said live, and what it said at the clip's end."""

    path: str
    exercise: str
    truth: int
    live: int
    final: int


def count_given(poses: Iterable[tuple[int, Pose]], exercise: str, width: int, height: int) -> tuple[int, int]:
    """Repetitions of a known exercise in (captured_at, pose) of one person: live, and with the end known."""
    entry = CATALOGUE[exercise]
    counter = RepCounter(entry.rule)
    first = None
    for at, pose in poses:
        first = at if first is None else first
        measures = measure(pose, width, height)
        if entry.fits(measures):
            counter.update(at, float(measures.values[entry.signal]))
    live = len(counter.reps)
    return live, len(counter.finish(from_start=counter.started == first))


def clip_poses(file: Path, *, alone: bool) -> tuple[list[tuple[int, Pose]], int, int]:
    """The poses of the person who is seen most and largest; when alone in view, of whoever is seen."""
    with np.load(file) as recording:
        times, idx, tid = recording["times"], recording["idx"], recording["tid"]
        keypoints, world, score = recording["kp"], recording["world"], recording["score"]
        width, height = (int(side) for side in recording["size"])
    weight = {
        int(track): float((tid == track).sum() * np.median(np.ptp(keypoints[tid == track][:, :, 1], axis=1)))
        for track in np.unique(tid)
    }
    main = max(weight, key=lambda track: weight[track], default=-1)
    best: dict[int, int] = {}
    for row, (frame, track) in enumerate(zip(idx, tid, strict=True)):
        if not alone and track != main:
            continue
        if frame not in best or weight[int(track)] > weight[int(tid[best[frame]])]:
            best[int(frame)] = row
    poses = []
    for frame in sorted(best):
        row = best[frame]
        points = keypoints[row]
        box = np.concatenate([points[:, :2].min(axis=0), points[:, :2].max(axis=0)])
        pose = Pose("0-1", box, float(score[row]), points[:, :3], points[:, 3], world[row])
        poses.append((round(float(times[frame]) * NANOSECONDS), pose))
    return poses, width, height


def counted_clips(manifest: Path, confidences: tuple[str, ...] = TRUSTED) -> Iterator[dict[str, str]]:
    """Rows of the manifest whose repetitions can be trusted and counted."""
    with manifest.open(newline="") as lines:
        for row in csv.DictReader(lines):
            entry = CATALOGUE.get(row["label"])
            if entry and not entry.hold and row["reps"] and row["reps_confidence"] in confidences:
                yield row


def evaluate(poses: Path, manifest: Path, confidences: tuple[str, ...] = TRUSTED) -> list[Counted]:
    """Count every trusted clip with its exercise given; clips without poses are left out."""
    results = []
    for row in counted_clips(manifest, confidences):
        file = poses / (row["path"].replace("/", "__") + ".npz")
        if not file.exists():
            continue
        people, width, height = clip_poses(file, alone=row["people"] in {"", "1"})
        live, final = count_given(people, row["label"], width, height)
        results.append(Counted(row["path"], row["label"], int(row["reps"]), live, final))
    return results


def figures(truth: list[int], answer: list[int]) -> dict[str, float]:
    """Exact, within one, MAE (mean of |answer - truth| / truth) and total error (sum of errors over sum of truth)."""
    true, said = np.array(truth), np.array(answer)
    error = np.abs(said - true)
    return {
        "n": len(true),
        "exact": float((error == 0).mean()),
        "within_one": float((error <= 1).mean()),
        "mae": float((error / np.maximum(true, 1)).mean()),
        "total_error": float(error.sum() / max(true.sum(), 1)),
    }


def best_constant(truth: list[int]) -> dict[str, float]:
    """The figures of the constant answer that is exact most often."""
    answer = max(set(truth), key=lambda value: (truth.count(value), -value))
    return figures(truth, [answer] * len(truth)) | {"answer": answer}


def main(arguments: list[str] | None = None) -> None:
    """Print the table and write it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("poses", type=Path)
    parser.add_argument("manifest", type=Path)
    parser.add_argument("--medium", action="store_true", help="also clips whose count may be off by one")
    parser.add_argument("--json", type=Path, default=Path("var/rep_counters.json"))
    parser.add_argument("--wrong", action="store_true", help="list the clips that were miscounted")
    options = parser.parse_args(arguments)
    results = evaluate(options.poses, options.manifest, (*TRUSTED, "medium") if options.medium else TRUSTED)
    if not results:
        sys.exit(f"no counted clip of {options.manifest} has poses in {options.poses}")
    rows: dict[str, list[Counted]] = defaultdict(list)
    for result in results:
        rows[result.exercise].append(result)
        rows["all"].append(result)
    print(f"{platform.processor() or platform.machine()}, {platform.python_version()}")
    print(
        f"{'exercise':<20}{'n':>4}{'exact':>7}{'+-1':>7}{'MAE':>7}{'total':>7}{'live':>7} | constant: exact  +-1  MAE"
    )
    for exercise, group in sorted(rows.items(), key=lambda item: -len(item[1])):
        truth = [result.truth for result in group]
        final, constant = figures(truth, [result.final for result in group]), best_constant(truth)
        live = figures(truth, [result.live for result in group])
        print(
            f"{exercise:<20}{len(group):>4}{final['exact']:>7.2f}{final['within_one']:>7.2f}{final['mae']:>7.3f}"
            f"{final['total_error']:>7.3f}{live['exact']:>7.2f} | {constant['answer']:>3} {constant['exact']:>11.2f}"
            f"{constant['within_one']:>6.2f}{constant['mae']:>6.2f}"
        )
    if options.wrong:
        for result in results:
            if result.final != result.truth:
                print(f"  {result.path}: {result.final}, true {result.truth} (live {result.live})")
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps([asdict(result) for result in results], indent=1))


if __name__ == "__main__":
    main()
