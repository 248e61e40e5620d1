"""The classifier on people it never saw: false sets, time to the right label after a change, CPU a person and second.

Run ``python -m training.evaluate --model motion`` first: each video goes through the bundle that was trained without
its people and sources, in the classifier's own stage. What is found lies under var/training/live, where
`training.report`
reads it, and is not measured again while bundles and poses are the same. Needs SPOTTER_DATA.

Idle people of the simulator come as their true keypoints, made to tremble as a pose model's do, for that is quick:
`tests.benchmarks.false_sets` looks at such people through the pixels.
"""

from __future__ import annotations

import argparse
import hashlib
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from services import classifier, core, simulator
from services.classifier.manifest import MODEL_FILE, NONE, UNKNOWN, sha256_of
from services.classifier.model import DEFAULT_BUNDLE, ExerciseModel, load_bundle
from services.classifier.settings import ClassifierSettings
from services.classifier.stage import ClassifierStage
from services.core.types import NANOSECONDS, Event, Pose, PoseFrame, Prediction, SetEnded
from services.simulator import EXERCISES, open_scene
from tests.benchmarks.machine import describe
from tests.benchmarks.real_clips import as_published
from training.augment import TREMBLE, tremble
from training.everybody import source_files
from training.examples import load_recordings
from training.folds import grouped_folds
from training.people import people_of
from training.poses import CACHE, Recording, Track
from training.report.live import Change, FalseSet, Idle, Live, live_file, read_live
from training.trials import fold_bundle
from training.videos import Video, data_directory, read_videos

CAMERA = "live"
SCENES = 60
SCENE_SECONDS = 60.0
SCENE_FPS = 10
IDLE = tuple(name for name, movement in EXERCISES.items() if movement.label == NONE)
"""Everyday movement that the simulator knows: standing about, walking to and fro, ..."""
PAIRS = 40
"""Changes of exercise in each fold."""
AROUND = 10.0
"""Seconds before and after a change, at most."""
SHORTEST = 4.0
"""A video must be this long, seconds, to be joined with another."""
COST_EVERY = 8
"""Of so many videos one is timed."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--model", nargs="+", default=[DEFAULT_BUNDLE.name], help="whose fold bundles (default: the shipped model's)"
    )
    parser.add_argument("--poses", type=Path, default=CACHE, help="where training.dataset keeps poses")
    parser.add_argument("--bundles", type=Path, default=Path("var/training"), help="where training.evaluate writes")
    options = parser.parse_args()
    videos = read_videos(data_directory())
    recordings = load_recordings(videos, options.poses)
    for model in options.model:
        bundles = [fold_bundle(model, number, options.bundles) for number, _ in enumerate(grouped_folds(videos))]
        if not all((bundle / MODEL_FILE).exists() for bundle in bundles):
            print(f"{model}: not evaluated yet: run python -m training.evaluate --model {model}")
            continue
        key = key_of(bundles, recordings)
        found = read_live(model, options.bundles)
        if found is None or found.key != key:
            found = measured(model, key, videos, recordings, bundles=bundles)
            target = live_file(model, options.bundles)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(found.model_dump_json(indent=2) + "\n")
        print_found(found)


def key_of(bundles: Sequence[Path], recordings: Sequence[Recording]) -> str:
    """The same for the same bundles on the same poses, by the same code."""
    digest = hashlib.sha256(f"{SCENES} {SCENE_SECONDS} {SCENE_FPS} {PAIRS}".encode())
    for file in source_files(classifier, core, simulator):
        digest.update(file.read_bytes())
    for bundle in bundles:
        digest.update(sha256_of(bundle / MODEL_FILE).encode())
    for recording in recordings:
        for track in recording.tracks:
            digest.update(np.ascontiguousarray(track.keypoints).tobytes())
    return digest.hexdigest()


def measured(
    model: str,
    key: str,
    videos: Sequence[Video],
    recordings: Sequence[Recording],
    *,
    bundles: Sequence[Path],
) -> Live:
    """Everything about one model."""
    sets: list[FalseSet] = []
    changes: list[Change] = []
    spent = seen = idle_seconds = 0.0
    idle_videos = 0
    loaded = [load_bundle(bundle) for bundle in bundles]
    for fold, one in zip(grouped_folds(videos), loaded, strict=True):
        for index in fold.test:
            frames = [as_published(frame) for frame in recordings[index].pose_frames(CAMERA)]
            if videos[index].label == NONE:
                sets += false_sets(videos[index].name, events_of(frames, one))
                idle_videos += 1
                idle_seconds += videos[index].seconds
            if index % COST_EVERY == 0:
                before = time.process_time()
                events_of(frames, one)
                spent += time.process_time() - before
                seen += person_seconds(recordings[index])
        changes += changes_of(videos, recordings, fold.test, one)
    return Live(
        model=model,
        key=key,
        machine=describe(),
        real=Idle(what="real footage", seconds=idle_seconds, pieces=idle_videos, sets=tuple(sets)),
        simulated=idle_of("their keypoints, trembling", scenes_known(), loaded),
        changes=tuple(changes),
        cost_ms=1e3 * spent / seen,
        cost_seconds=seen,
    )


def events_of(frames: Sequence[PoseFrame], model: ExerciseModel) -> list[Event]:
    """Everything that the classifier says of a recording."""
    stage = ClassifierStage(ClassifierSettings(), model=model)
    return [event for frame in frames for event in stage.process(frame) if isinstance(event, Event)]


def false_sets(where: str, events: Sequence[Event]) -> list[FalseSet]:
    """The sets that were not taken back, of footage in which there is none."""
    last = {event.event_id: event for event in events if isinstance(event, SetEnded)}
    return [
        FalseSet(where=where, exercise=one.exercise, reps=one.reps, seconds=(one.end - one.start) / NANOSECONDS)
        for one in last.values()
        if one.end > one.start
    ]


def person_seconds(recording: Recording) -> float:
    """How long people are seen in it, one after another."""
    return sum(float(track.captured_at[-1] - track.captured_at[0]) for track in recording.tracks) / NANOSECONDS


# ---- a change of exercise --------------------------------------------------------------------------------------------


def changes_of(
    videos: Sequence[Video], recordings: Sequence[Recording], test: Sequence[int], model: ExerciseModel
) -> Iterator[Change]:
    """Videos of two exercises, one behind the other as one person; sizes and places are left as they were."""
    random = np.random.default_rng(len(test))
    by_label: dict[str, list[int]] = defaultdict(list)
    for index in test:
        if videos[index].label not in {NONE, UNKNOWN} and main_track(videos[index], recordings[index]) is not None:
            by_label[videos[index].label].append(index)
    labels = sorted(by_label)
    for _ in range(PAIRS if len(labels) > 1 else 0):
        # Labels are drawn alike, however many videos they have.
        before, after = (str(label) for label in random.choice(labels, 2, replace=False))
        first, second = (int(random.choice(by_label[label])) for label in (before, after))
        one, other = main_track(videos[first], recordings[first]), main_track(videos[second], recordings[second])
        assert one is not None
        assert other is not None
        events = events_of(list(together(recordings[first], one, recordings[second], other)), model)
        right = [
            event.captured_at / NANOSECONDS
            for event in events
            if isinstance(event, Prediction) and event.captured_at > 0 and event.label == after
        ]
        yield Change(before=before, after=after, source=videos[second].source, seconds=min(right, default=None))


def main_track(video: Video, recording: Recording) -> Track | None:
    """The person of a video, when they are seen for long enough."""
    tracks = people_of(recording, 1)[:1]
    seen = [track for track in tracks if track.captured_at[-1] - track.captured_at[0] >= SHORTEST * NANOSECONDS]
    return seen[0] if seen else None


def together(first: Recording, one: Track, second: Recording, other: Track) -> Iterator[PoseFrame]:
    """The end of one track and the beginning of another as one person; the change is at time 0."""
    end, begin = int(one.captured_at[-1]), int(other.captured_at[0])
    step = NANOSECONDS // 15
    rows = [(first, one, row, int(at) - end - step) for row, at in enumerate(one.captured_at)]
    rows += [(second, other, row, int(at) - begin) for row, at in enumerate(other.captured_at)]
    kept = [row for row in rows if abs(row[3]) <= AROUND * NANOSECONDS]
    for number, (recording, track, row, at) in enumerate(kept):
        pose = Pose(
            "1-1",
            track.box[row],
            float(track.score[row]),
            track.keypoints[row],
            track.visibility[row],
            track.world[row],
        )
        yield as_published(PoseFrame(CAMERA, number, at, recording.width, recording.height, (pose,)))
    yield PoseFrame(CAMERA, len(kept), kept[-1][3], second.width, second.height, end_of_stream=True)


# ---- people of the simulator who don't exercise ----------------------------------------------------------------------


def specs() -> list[str]:
    """What the scenes are: each another person, another camera."""
    random = np.random.default_rng(2718)
    return [
        f"{IDLE[number % len(IDLE)]}?seed={int(random.integers(2**31))}&view={int(random.integers(360))}"
        f"&height={random.uniform(1.0, 2.6):.2f}"
        for number in range(SCENES)
    ]


def scenes_known() -> Iterator[tuple[str, list[PoseFrame]]]:
    """Each scene by its true keypoints, trembling."""
    random = np.random.default_rng(31)
    for spec in specs():
        scene = open_scene(spec)
        truths = [scene.truth(number / SCENE_FPS).frame for number in range(round(SCENE_SECONDS * SCENE_FPS))]
        points = np.stack([frame.people[0].keypoints for frame in truths])
        world = np.stack([frame.people[0].world_keypoints for frame in truths])
        body = max(float(np.median(np.ptp(points[..., 1], axis=-1))), 1e-3)
        points = tremble(points, TREMBLE * body, random).astype(np.float32)
        world = tremble(world, TREMBLE, random).astype(np.float32)
        frames = []
        for number, frame in enumerate(truths):
            seen = frame.people[0]
            pose = Pose("1-1", seen.box, seen.score, points[number], seen.visibility, world[number])
            at = number * (NANOSECONDS // SCENE_FPS)
            frames.append(as_published(PoseFrame(CAMERA, number, at, frame.width, frame.height, (pose,))))
        end = frames[-1]
        frames.append(PoseFrame(CAMERA, len(frames), end.captured_at, end.width, end.height, end_of_stream=True))
        yield spec, frames


def recording_of_frames(frames: Sequence[PoseFrame]) -> Recording:
    """Pose frames by track."""
    rows: dict[str, list[tuple[int, Pose]]] = defaultdict(list)
    for number, frame in enumerate(frames):
        for pose in frame.people:
            rows[pose.track_id].append((number, pose))
    captured_at = np.array([frame.captured_at for frame in frames], np.int64)
    tracks = [
        Track(
            track_id=track_id,
            frame=np.array([number for number, _ in own], np.int64),
            captured_at=captured_at[[number for number, _ in own]],
            box=np.stack([pose.box for _, pose in own]),
            score=np.array([pose.score for _, pose in own], np.float32),
            keypoints=np.stack([pose.keypoints for _, pose in own]),
            visibility=np.stack([pose.visibility for _, pose in own]),
            world=np.stack([pose.world_keypoints for _, pose in own]),
        )
        for track_id, own in rows.items()
    ]
    return Recording(frames[0].width, frames[0].height, captured_at, tuple(tracks))


def idle_of(what: str, scenes: Iterator[tuple[str, list[PoseFrame]]], models: Sequence[ExerciseModel]) -> Idle:
    """False sets in scenes; the folds' bundles take turns."""
    sets: list[FalseSet] = []
    pieces = 0
    for spec, frames in scenes:
        sets += false_sets(spec, events_of(frames, models[pieces % len(models)]))
        pieces += 1
    return Idle(what=what, movements=IDLE, seconds=pieces * SCENE_SECONDS, pieces=pieces, sets=tuple(sets))


def print_found(found: Live) -> None:
    """All of it, in lines."""
    print(f"\n{found.model}, people and sources never seen; {found.machine}")
    for idle in (found.real, found.simulated):
        named = ", ".join(f"{one.exercise} {one.reps} in {one.where}" for one in idle.sets[:6])
        print(f"{idle.what}: {len(idle.sets)} false sets in {idle.seconds / 60:.1f} min of {idle.pieces}: {named}")
    known = sorted(change.seconds for change in found.changes if change.seconds is not None)
    p50, p90 = np.percentile(known, [50, 90]) if known else (np.nan, np.nan)
    print(f"after a change: p50 {p50:.1f} s, p90 {p90:.1f} s in {len(known)} of {len(found.changes)}; else never")
    print(f"CPU: {found.cost_ms:.2f} ms a person and second, of {found.cost_seconds:.0f} s")


if __name__ == "__main__":
    main()
