"""Sets, repetitions and holds that are reported although nobody exercises.

    real         every video of no exercise, by the bundle that was trained without its people and sources
    simulated    twenty cameras for a minute, three people each who drink, sit, stretch, telephone, load plates and walk
                 about: rendered, looked at by the pose engine, judged by one bundle

Run ``python -m training.dataset`` and ``python -m training.evaluate --model motion`` first, or give ``--pixels``, which
looks at the real videos too. Poses are kept: the first run takes about as long as the cameras do, the next ones, with
another bundle or other rules of sets, seconds (delete var/training/everyday after a change of the pose engine). Stopped
and started again it goes on where it was. Needs SPOTTER_DATA for the real part; without it there is only the simulated
one.
"""

from __future__ import annotations

import argparse
import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from rich.console import Console
from scipy.stats import chi2

from services.classifier.manifest import MODEL_FILE, NONE, UNKNOWN, Manifest
from services.classifier.model import BUNDLES, DEFAULT_BUNDLE, load_bundle
from services.classifier.settings import ClassifierSettings
from services.classifier.stage import Classifier, ClassifierStage
from services.core.clips import Clip
from services.core.types import (
    NANOSECONDS,
    Event,
    FloatArray,
    Frame,
    Hold,
    Message,
    PoseFrame,
    Rep,
    SetEnded,
    SetStarted,
)
from services.pose.settings import PoseSettings
from services.pose.stage import PoseStage
from services.simulator import Scene, open_scene
from tests.benchmarks.live_answers import CAMERA, person_seconds, recording_of_frames
from tests.benchmarks.machine import describe, save
from tests.benchmarks.real_clips import as_published
from training.folds import grouped_folds
from training.poses import CACHE, ENGINE, Recording, cache_file, extract, recording_of
from training.progress import progress_of
from training.recordings import load_recording, save_recording
from training.trials import fold_bundle
from training.videos import DATA_VARIABLE, Video, data_directory, read_videos

SCENES: Final = 20
PEOPLE: Final = 3
SECONDS: Final = 60.0
FPS: Final = 10
SIZE: Final = "768x432"
SEED: Final = 90210
"""Of cameras and people here; those that are learnt from have others (`training.simulated`)."""
LEVEL: Final = 0.95
SEEN: Final = Path("var/training/everyday")
"""Where poses of the simulated people are kept."""


@dataclass(frozen=True, slots=True)
class FalseSet:
    """A set that nobody did.

    Attributes:
        where: video, or simulated scene.
        exercise: what was said.
        reps: how many were counted in the end.
        start, end: seconds.
        doing: what the person really did meanwhile, most of it first; empty where nobody knows.
    """

    where: str
    exercise: str
    reps: int
    start: float
    end: float
    doing: tuple[str, ...] = ()


@dataclass(slots=True)
class Nothing:
    """Footage in which nothing happens, and what was said of it.

    Attributes:
        what: which, and by which model.
        camera, people: minutes of cameras, and of people seen in them.
        begun: sets that were shown as begun, those taken back included.
        reps: repetitions that were counted and not taken back, at the time.
        holds: of time.
        sets: those that stood in the end, those of no known exercise included.
    """

    what: str
    camera: float = 0.0
    people: float = 0.0
    begun: int = 0
    reps: int = 0
    holds: int = 0
    sets: list[FalseSet] = field(default_factory=list)

    def add(self, where: str, events: Sequence[Event], doing: Callable[[SetEnded], tuple[str, ...]]) -> None:
        """Take in what was said of one video or scene."""
        last = {event.event_id: event for event in events}
        self.begun += sum(isinstance(event, SetStarted) for event in last.values())
        self.reps += sum(isinstance(event, Rep) and event.counted for event in last.values())
        self.holds += sum(isinstance(event, Hold) and event.end > event.start for event in last.values())
        for one in last.values():
            if isinstance(one, SetEnded) and one.end > one.start:
                start, end = one.start / NANOSECONDS, one.end / NANOSECONDS
                self.sets.append(FalseSet(where, one.exercise, one.reps, start, end, doing(one)))


class Always:
    """The trivial model: whatever it sees, it is the same exercise.

    Args:
        label: said of every clip.
        manifest: how clips are cut.
    """

    def __init__(self, label: str, manifest: Manifest) -> None:
        self.manifest = manifest
        self.labels = manifest.labels
        self._said = np.array([0.99 if name == label else 0.01 / (len(self.labels) - 1) for name in self.labels])

    def predict(self, clip: Clip) -> FloatArray:
        """The same probabilities of any clip."""
        return self._said.astype(np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default=DEFAULT_BUNDLE.name, help="of whose bundles (default: the shipped model's)")
    parser.add_argument("--bundle", type=Path, help="for the simulated people, instead of the shipped one")
    parser.add_argument("--poses", type=Path, default=CACHE, help="where training.dataset keeps poses")
    parser.add_argument("--bundles", type=Path, default=Path("var/training"), help="where training.evaluate writes")
    parser.add_argument("--pixels", action="store_true", help="look at real videos whose poses are not kept yet")
    parser.add_argument("--scenes", type=int, default=SCENES, help="simulated cameras (default: all %(default)s)")
    parser.add_argument("--seed", type=int, default=SEED, help="others have other cameras and people (%(default)s)")
    options = parser.parse_args()
    shipped_one, first_fold = BUNDLES / options.model, fold_bundle(options.model, 0, options.bundles)
    bundle = options.bundle or (shipped_one if shipped_one.is_dir() else first_fold)
    shipped = load_bundle(bundle)
    told = f"{options.model} of {bundle}"
    found: list[Nothing] = []
    frequent = shipped.labels[0]
    if os.environ.get(DATA_VARIABLE):
        videos = read_videos(data_directory())
        frequent = Counter(video.label for video in videos if video.label not in {NONE, UNKNOWN}).most_common(1)[0][0]
        bundles = [
            fold_bundle(options.model, number, options.bundles) for number, _ in enumerate(grouped_folds(videos))
        ]
        if all((one / MODEL_FILE).exists() for one in bundles):
            judges: list[Classifier] = [load_bundle(one) for one in bundles]
            name = f"real, {options.model} that never saw the source"
        else:
            judges, name = [shipped] * len(bundles), f"real, {told}, WHICH HAS SEEN IT"
        trivial: list[Classifier] = [Always(frequent, one.manifest) for one in judges]
        asked = {name: judges, f"real, always {frequent}": trivial}
        found += real(videos, asked, options.poses, pixels=options.pixels)
    asked_simulated: dict[str, Classifier] = {
        f"simulated, {told}": shipped,
        f"simulated, always {frequent}": Always(frequent, shipped.manifest),
    }
    found += simulated(asked_simulated, specs(options.seed)[: options.scenes])
    print_found(found)
    print(f"\nwritten {save(f'false_sets_{options.model}', [asdict(one) for one in found])}")


def real(videos: Sequence[Video], asked: dict[str, list[Classifier]], poses: Path, *, pixels: bool) -> list[Nothing]:
    """What models say of the real videos of no exercise; each has one model for each fold."""
    nothing = [video for video in videos if video.label == NONE]
    if pixels:
        with progress_of("seconds of video", Console(stderr=True)) as progress:
            task = progress.add_task("", total=sum(video.seconds for video in nothing))
            for video, fault in extract(nothing, poses, progress=lambda seconds: progress.advance(task, seconds)):
                if fault:
                    print(f"{video.name}: {fault}")
    found = [Nothing(what) for what in asked]
    for number, fold in enumerate(grouped_folds(videos)):
        for video in (videos[index] for index in fold.test if videos[index].label == NONE):
            if not cache_file(video, poses).exists():
                print(
                    f"{video.name}: left out, its poses are not kept: run python -m training.dataset or give --pixels"
                )
                continue
            recording = recording_of(video, poses)
            frames = [as_published(frame) for frame in recording.pose_frames(CAMERA)]
            for one, judges in zip(found, asked.values(), strict=True):
                one.camera += video.seconds / 60
                one.people += person_seconds(recording) / 60
                one.add(video.name, said_of(frames, judges[number]), lambda false_set: ())
    return found


def simulated(asked: dict[str, Classifier], scenes: Sequence[str]) -> list[Nothing]:
    """What models say of simulated people who do no exercise."""
    found = [Nothing(what) for what in asked]
    for spec, recording in looked_at(scenes, SEEN):
        scene = open_scene(spec)
        frames = [as_published(frame) for frame in recording.pose_frames(CAMERA)]

        def doing(one: SetEnded, scene: Scene = scene, frames: Sequence[PoseFrame] = frames) -> tuple[str, ...]:
            return movements(scene, frames, one)

        for one, judge in zip(found, asked.values(), strict=True):
            one.camera += SECONDS / 60
            one.people += person_seconds(recording) / 60
            one.add(spec, said_of(frames, judge), doing)
    return found


def said_of(frames: Sequence[PoseFrame], judge: Classifier) -> list[Event]:
    """Everything that the classifier says of one camera."""
    stage = ClassifierStage(ClassifierSettings(), model=judge)
    return [event for frame in frames for event in stage.process(frame) if isinstance(event, Event)]


def specs(seed: int) -> list[str]:
    """The cameras: each of another height, with other people seen from other sides."""
    random = np.random.default_rng(seed)
    return [
        f"{','.join(['everyday'] * PEOPLE)}?seed={int(random.integers(2**31))}"
        f"&view={','.join(str(int(side)) for side in random.integers(0, 360, PEOPLE))}"
        f"&height={random.uniform(1.0, 2.6):.2f}&size={SIZE}"
        for _ in range(SCENES)
    ]


def looked_at(wanted: Sequence[str], folder: Path) -> Iterator[tuple[str, Recording]]:
    """Each scene as the pose stage sees it; what was seen is kept."""
    folder.mkdir(parents=True, exist_ok=True)
    engine = f"{ENGINE}-{PoseSettings().runtime}"
    with progress_of("seconds of simulated cameras", Console(stderr=True)) as progress:
        task = progress.add_task("", total=len(wanted) * SECONDS)
        for spec in wanted:
            key = hashlib.sha256(f"{spec} {FPS} {SECONDS}".encode()).hexdigest()[:32]
            file = folder / f"{key}-{engine}.npz"
            if not file.exists():
                save_recording(file, seen(open_scene(spec), lambda: progress.advance(task, 1 / FPS)))
            else:
                progress.advance(task, SECONDS)
            yield spec, load_recording(file)


def seen(scene: Scene, step: Callable[[], None]) -> Recording:
    """A scene through the pose stage; `step` is told of each frame."""
    stage = PoseStage(PoseSettings(), watched=lambda camera_id: False)
    said: list[Message] = []
    count = round(SECONDS * FPS)
    for number in range(count):
        at = number * (NANOSECONDS // FPS)
        frame = Frame(CAMERA, number, at, scene.width, scene.height, b"", live=False, pixels=scene.render(number / FPS))
        said += stage.process(frame)
        step()
    end = Frame(CAMERA, count, (count - 1) * (NANOSECONDS // FPS), 0, 0, b"", live=False, end_of_stream=True)
    said += stage.process(end)
    return recording_of_frames([one for one in said if isinstance(one, PoseFrame) and not one.end_of_stream])


def movements(scene: Scene, frames: Sequence[PoseFrame], false_set: SetEnded) -> tuple[str, ...]:
    """What the person of a false set did meanwhile, most of it first: whoever is nearest to what the engine saw."""
    done: Counter[str] = Counter()
    for frame in frames:
        pose = next((pose for pose in frame.people if pose.track_id == false_set.track_id), None)
        if pose is None or not false_set.start <= frame.captured_at <= false_set.end:
            continue
        truth = scene.truth(frame.captured_at / NANOSECONDS)
        apart = [np.abs(pose.keypoints[:, :2] - one.keypoints[:, :2]).mean() for one in truth.frame.people]
        done[truth.people[int(np.argmin(apart))].movement] += 1
    return tuple(name for name, _ in done.most_common(3))


def most_likely_up_to(events: int, minutes: float) -> float:
    """The exact upper bound of a Poisson rate a minute (Garwood, 1936): one-sided, at `LEVEL`."""
    return float(chi2.ppf(LEVEL, 2 * (events + 1)) / 2 / minutes)


def print_found(found: Sequence[Nothing]) -> None:
    """One line for each, then every false set."""
    print(describe())
    columns = f"{'camera min':>11}{'people min':>11}{'begun':>7}{'sets':>6}{'named':>7}{'reps':>6}{'holds':>6}"
    print(f"{'':64}{columns}{'sets a person-minute':>22}{'95 % up to':>11}")
    for one in found:
        rate = f"{len(one.sets) / one.people:22.3f}{most_likely_up_to(len(one.sets), one.people):11.3f}"
        named = sum(said.exercise != UNKNOWN for said in one.sets)
        counts = f"{one.begun:7}{len(one.sets):6}{named:7}{one.reps:6}{one.holds:6}"
        print(f"{one.what:64}{one.camera:11.1f}{one.people:11.1f}{counts}{rate}")
    for one in found:
        if "always" in one.what:
            continue
        print(f"\n{one.what}:" + ("" if one.sets else " no false set"))
        for said in one.sets:
            taken = f"{' + '.join(said.doing) or '?'} for {said.exercise}, {said.reps} reps"
            print(f"  {taken}, from {said.start:.1f} to {said.end:.1f} s of {said.where}")


if __name__ == "__main__":
    main()
