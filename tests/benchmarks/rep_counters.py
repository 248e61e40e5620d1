"""Repetition counters on real clips, the exercise given: exact, within one, MAE, beside the best constant answer.

Run ``python -m training.dataset`` first: this takes the poses that it keeps. No model is asked, so these figures are
the counters' own; `real_clips` has those of the whole. "Live" is what was told before the clip's end was known: most
clips are cut in the middle of a movement. Needs SPOTTER_DATA.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from services.core.counting import COUNTERS
from services.core.exercises import CATALOGUE
from services.core.signals import measure
from services.core.types import Pose
from services.pose.stage import rounded
from tests.benchmarks.machine import describe, save
from training.people import people_of
from training.poses import CACHE, Recording, Track, recording_of
from training.videos import Video, data_directory, read_videos


@dataclass(frozen=True, slots=True)
class Counted:
    """One clip: the truth, what the counter said live, and what it said at the clip's end."""

    video: str
    exercise: str
    truth: int
    live: int
    final: int


def count_given(
    poses: Iterable[tuple[int, Pose]], exercise: str, width: int, height: int, counter_name: str = "combined"
) -> tuple[int, int]:
    """Repetitions of a known exercise in (captured_at, pose) of one person: live, and with the end known."""
    counter = COUNTERS[counter_name](CATALOGUE[exercise])
    first = None
    for at, pose in poses:
        first = at if first is None else first
        counter.update(at, measure(pose, width, height))
    live = len(counter.reps)
    return live, len(counter.finish(from_start=counter.started == first))


def poses_of(track: Track) -> Iterable[tuple[int, Pose]]:
    """A track's poses as the pose stage publishes them."""
    for row, at in enumerate(track.captured_at):
        pose = Pose(
            track.track_id,
            track.box[row],
            float(track.score[row]),
            track.keypoints[row],
            track.visibility[row],
            track.world[row],
        )
        yield int(at), rounded(pose)


def counted(video: Video, recording: Recording, counter: str) -> Counted | None:
    """The person whom the clip is about, counted; None when nobody is seen in it."""
    people = people_of(recording, video.people)
    if not people or video.reps is None:
        return None
    live, final = count_given(poses_of(people[0]), video.footage_label, recording.width, recording.height, counter)
    return Counted(video.name, video.footage_label, video.reps, live, final)


def evaluate(videos: Sequence[Video], cache: Path, counter: str) -> tuple[list[Counted], list[str]]:
    """Every clip that people counted, with its exercise given; and the names of those that could not be."""
    results, left_out = [], []
    for video in videos:
        entry = CATALOGUE.get(video.footage_label)
        if entry is None or entry.hold or video.reps is None or not video.reps_trusted:
            continue
        try:
            result = counted(video, recording_of(video, cache), counter)
        except FileNotFoundError:
            result = None
        if result is None:
            left_out.append(video.name)
        else:
            results.append(result)
    return results, left_out


def figures(truth: Sequence[int], answer: Sequence[int]) -> dict[str, float]:
    """Exact, within one, MAE (mean of |answer - truth| / truth) and total error (sum of errors over sum of truth)."""
    true, said = np.array(truth), np.array(answer)
    error = np.abs(said - true)
    return {
        "n": len(true),
        "exact": float((error == 0).mean()),
        "within_one": float((error <= 1).mean()),
        "mae": float((error / np.maximum(true, 1)).mean()),
        "total_error": float(error.sum() / max(int(true.sum()), 1)),
    }


def best_constant(truth: Sequence[int]) -> dict[str, float]:
    """The figures of the constant answer that is exact most often."""
    answer = max(set(truth), key=lambda value: (truth.count(value), -value))
    return figures(truth, [answer] * len(truth)) | {"answer": answer}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--poses", type=Path, default=CACHE, help="where training.dataset keeps poses")
    parser.add_argument("--counter", choices=sorted(COUNTERS), default="combined", help="which counter")
    parser.add_argument("--wrong", action="store_true", help="list the clips that were miscounted")
    options = parser.parse_args()
    results, left_out = evaluate(read_videos(data_directory()), options.poses, options.counter)
    if not results:
        parser.exit(1, f"no counted clip has poses in {options.poses}: run python -m training.dataset\n")
    groups: dict[str, list[Counted]] = defaultdict(list)
    for result in results:
        groups[result.exercise].append(result)
        groups["all"].append(result)
    print(describe())
    print(
        f"{'exercise':<20}{'n':>4}{'exact':>7}{'+-1':>7}{'MAE':>7}{'total':>7}{'live':>7} | constant: exact  +-1  MAE"
    )
    for exercise, group in sorted(groups.items(), key=lambda item: -len(item[1])):
        truth = [result.truth for result in group]
        final, constant = figures(truth, [result.final for result in group]), best_constant(truth)
        live = figures(truth, [result.live for result in group])
        print(
            f"{exercise:<20}{len(group):>4}{final['exact']:>7.2f}{final['within_one']:>7.2f}{final['mae']:>7.3f}"
            f"{final['total_error']:>7.3f}{live['exact']:>7.2f} | {constant['answer']:>3} {constant['exact']:>11.2f}"
            f"{constant['within_one']:>6.2f}{constant['mae']:>6.2f}"
        )
    for result in results if options.wrong else []:
        if result.final != result.truth:
            print(f"  {result.video}: {result.final}, true {result.truth} (live {result.live})")
    if left_out:
        print(f"{len(left_out)} left out, without poses: {', '.join(left_out[:5])} ...")
    print(f"written to {save('rep_counters', [asdict(result) for result in results])}")


if __name__ == "__main__":
    main()
