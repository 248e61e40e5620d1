"""What the classifier costs a person and second: clips, their features, the model, and all that counts and decides.

Simulated people, keypoints as the pose engine sees them; CPU time of one thread, medians of rounds in which the parts
take turns. "anew" describes every clip as if it shared nothing with the one before it: what is saved.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from rich.console import Console
from rich.table import Table

from services.classifier.manifest import Manifest
from services.classifier.model import DEFAULT_BUNDLE, FEATURES, load_bundle
from services.classifier.settings import ClassifierSettings
from services.classifier.stage import ClassifierStage
from services.core.clips import Clip, ClipWindow
from services.core.signals import measure
from services.core.types import NANOSECONDS, PoseFrame
from services.simulator import open_scene
from services.simulator.estimator import Estimator
from tests.benchmarks.machine import describe, save

SCENES: Final = (
    "squat?seed=3&view=40&rest=8&reps=5",
    "push_up?seed=4&view=80&rest=8&reps=5",
    "everyday?seed=5&view=20",
)
FPS: Final = 15
GOAL_MS: Final = 1.0
"""Milliseconds of CPU a person a second that are aimed at."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bundle", type=Path, default=DEFAULT_BUNDLE, help="model (default: the shipped one)")
    parser.add_argument("--seconds", type=float, default=20.0, help="of each person (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="of which medians are taken (default: %(default)s)")
    args = parser.parse_args()
    people = [_frames(scene, args.seconds) for scene in SCENES]
    model = load_bundle(args.bundle)
    clips = [clip for frames in people for clip in _clips(frames, model.manifest)]
    describe_clip = FEATURES[model.manifest.input]
    asked = [describe_clip(clip)[None] for clip in clips]

    def stage() -> None:
        for frames in people:
            whole = ClassifierStage(ClassifierSettings(), model=model)
            for frame in frames:
                whole.process(frame)

    def signals() -> None:
        for frames in people:
            for frame in frames:
                measure(frame.people[0], frame.width, frame.height)

    def cut() -> None:
        for frames in people:
            _clips(frames, model.manifest)

    def shared() -> None:
        for frames in people:
            for clip in _clips(frames, model.manifest):
                describe_clip(clip)

    def anew() -> None:
        for clip in clips:
            describe_clip(replace(clip, shared=None))

    def answers() -> None:
        for features in asked:
            model.predict_features(features)

    parts: dict[str, Callable[[], None]] = {
        "the whole stage": stage,
        "signals of poses": signals,
        "clips": cut,
        "clips and their features": shared,
        "features anew": anew,
        "model": answers,
    }
    spent: dict[str, list[float]] = {name: [] for name in parts}
    for _ in range(args.rounds):
        for name, part in parts.items():
            start = time.process_time()
            part()
            spent[name].append(time.process_time() - start)
    seconds = sum(len(frames) for frames in people) / FPS
    found = {name: 1e3 * float(np.median(times)) / seconds for name, times in spent.items()}
    rows = {
        "clips": found["clips"],
        "features": found["clips and their features"] - found["clips"],
        "model": found["model"],
        "signals of poses": found["signals of poses"],
    }
    rows["counters, sets, events"] = found["the whole stage"] - sum(rows.values())
    table = Table("part", "ms of CPU a person a second", title=f"{args.bundle.name}, {describe()}")
    for name, value in (*rows.items(), ("all", found["the whole stage"]), ("features anew", found["features anew"])):
        table.add_row(name, f"{value:.2f}")
    Console().print(table, f"goal {GOAL_MS:g} ms; {len(clips) / seconds:.2f} clips a person a second")
    save("classifier_cost", [{"part": name, "ms": value} for name, value in (*rows.items(), *found.items())])


def _frames(scene: str, seconds: float) -> list[PoseFrame]:
    """What a camera at 15 frames a second sees of one person."""
    opened, engine = open_scene(scene), Estimator(1)
    frames = []
    for number in range(round(seconds * FPS)):
        seen = engine.update(opened.truth(number / FPS).frame)
        frames.append(replace(seen, captured_at=number * NANOSECONDS // FPS, frame_id=number, people=seen.people[:1]))
    return frames


def _clips(frames: Sequence[PoseFrame], manifest: Manifest) -> list[Clip]:
    """The clips of that person, cut live."""
    window = ClipWindow(manifest.clip_seconds, manifest.samples, manifest.stride_seconds)
    clips = (window.update(frame.captured_at, frame.people[0], frame.width, frame.height) for frame in frames)
    return [clip for clip in clips if clip is not None]


if __name__ == "__main__":
    main()
