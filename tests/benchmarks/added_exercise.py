"""An exercise added to a model that was trained without it: told in strangers before and after, and what others lose.

For each of a few exercises: a small model (`motion`, one network of each kind) learns from the footage without these
exercises, without four sources and without whoever is in those. One exercise is then added from the other sources'
videos, as `spotter train --add` does, and both models are asked about the four sources. Run ``python -m
training.dataset`` first: this takes the poses that it keeps. Needs SPOTTER_DATA.

The base is kept in --work, so that a second run only adds. Beside the figures stand what always answering the exercise,
or never, would score: 1 and 0 of its own clips, 1 and 0 of the others.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from services.classifier.manifest import MANIFEST_FILE
from services.classifier.model import ExerciseModel, load_bundle
from services.core.types import FloatArray
from tests.benchmarks.machine import describe, save
from training.added import add_exercise
from training.bundle import data_card, write_bundle
from training.examples import Cut, examples_of, load_recordings
from training.families import Model, family_of, material
from training.made_up import MadeUp
from training.memory import Names, remember_training
from training.motion import RECIPE, Motion
from training.poses import CACHE
from training.videos import Video, data_directory, labels_of, read_videos

ADDED = ("biceps_curl", "jumping_jack", "sit_up")
TESTED = frozenset({"TheSebitzu/gym-app-ai", "chauhan08/Fitness", "kaiakol/computervision", "treadtv/videos"})
"""Sources that have all three between them, and much else."""
EPOCHS = 10
SEED = 7


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--poses", type=Path, default=CACHE, help="where training.dataset keeps poses")
    parser.add_argument(
        "--work", type=Path, default=Path("var/benchmarks/added_exercise"), help="where bundles are kept"
    )
    options = parser.parse_args()
    data = data_directory()
    videos = read_videos(data)
    strangers = [video for video in videos if video.source in TESTED]
    people = {video.subject_id for video in strangers}
    others = [video for video in videos if video.source not in TESTED and video.subject_id not in people]
    base = options.work / "base"
    if not (base / MANIFEST_FILE).is_file():
        train_base([video for video in others if video.label not in ADDED], data, options.poses, base)
    before = load_bundle(base)
    tested = examples_of(
        strangers,
        load_recordings(strangers, options.poses),
        labels=labels_of(strangers),
        cut=Cut(),
        fed=before.manifest.input,
    )
    shown = np.array([strangers[number].footage_label for number in tested.video])
    learnt = np.array(tested.labels)[tested.label]
    old = told(before, tested.features)
    rows = []
    print(f"{describe()}\n")
    print(
        f"{'added':<14}{'from':<26}{'found':<26}{'by video':<14}{'cross-validated':<18}{'taken for it':<24}others right"
    )
    for label in ADDED:
        teachers = [video for video in others if video.label == label]
        started = time.process_time()
        added = add_exercise(
            label, teachers, load_recordings(teachers, options.poses), base=base, out=options.work / label, seed=SEED
        )
        seconds = time.process_time() - started
        new = told(load_bundle(options.work / label), tested.features)
        own, rest = shown == label, ~np.isin(shown, ADDED)
        by_video = [
            float((new[own & (tested.video == one)] == label).mean() > 0.5) for one in np.unique(tested.video[own])
        ]
        row = {
            "added": label,
            "videos": len(teachers),
            "sources": len({video.source for video in teachers}),
            "clips": added.clips,
            "cpu_seconds": seconds,
            "found_before": float((old[own] == label).mean()),
            "found": float((new[own] == label).mean()),
            "found_clips": int(own.sum()),
            "found_by_video": float(np.mean(by_video)),
            "found_videos": len(by_video),
            "cross_validated": added.judged.found if added.judged else None,
            "taken": float((new[rest] == label).mean()),
            "taken_cross_validated": added.judged.taken if added.judged else None,
            "others": int(rest.sum()),
            "right_before": float((old[rest] == learnt[rest]).mean()),
            "right": float((new[rest] == learnt[rest]).mean()),
            "exercise": added.exercise.model_dump() if added.exercise else None,
        }
        rows.append(row)
        print(
            f"{label:<14}{row['videos']} videos, {row['sources']} sources".ljust(40)
            + f"{row['found_before']:.2f} -> {row['found']:.2f} (n={row['found_clips']})".ljust(26)
            + f"{row['found_by_video']:.2f} (n={row['found_videos']})".ljust(14)
            + f"{row['cross_validated']:.2f}".ljust(18)
            + f"{row['taken']:.3f} (n={row['others']})".ljust(24)
            + f"{row['right_before']:.3f} -> {row['right']:.3f}; {seconds:.0f} s of CPU"
        )
    print(f"\n{save('added_exercise', rows)}")


def train_base(videos: list[Video], data: Path, poses: Path, folder: Path) -> None:
    """A small model of the footage that it is given."""
    family = replace(family_of(Model.MOTION), copies=1)
    made_up = MadeUp.beside(data, SEED)
    examples = material(family, videos, load_recordings(videos, poses), made_up, cut=Cut(), seed=SEED).learnt
    write_bundle(
        folder,
        Motion.fitted(examples, seed=SEED, networks=1, recipe=replace(RECIPE, epochs=EPOCHS)),
        name="base",
        kind=family.kind,
        fed=family.fed,
        labels=examples.labels,
        cut=Cut(),
        card=data_card(videos, made_up.sources, (), ()),
        temperature=1.0,
        proof=examples.features[:: max(1, len(examples) // 100)],
    )
    remember_training(folder, examples, SEED)


def told(model: ExerciseModel, features: FloatArray) -> Names:
    """The likeliest label of each clip, (N,)."""
    parts = [model.predict_features(features[at : at + 256]).argmax(axis=1) for at in range(0, len(features), 256)]
    names: Names = np.array(model.labels)[np.concatenate(parts)]
    return names


if __name__ == "__main__":
    main()
