"""Which exercise `spotter analyze` says of the real clips, by models that never saw the person or the source.

Run ``python -m training.dataset`` and ``python -m training.evaluate --model motion`` first: this takes the poses that
the one keeps and the bundles that the other trains without each fold, and puts every clip of the fold through the
classifier as `spotter analyze` does. ``--shipped`` takes the shipped bundle instead, which has seen every clip: what
training on more of the same would give at most. ``python -m training.evaluate reps`` tells how well it counts. Needs
SPOTTER_DATA.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from services.classifier.model import BUNDLES, DEFAULT_BUNDLE, ExerciseModel, load_bundle
from services.classifier.settings import ClassifierSettings
from services.classifier.stage import ClassifierStage
from services.core.types import Event, Pose, PoseFrame
from services.offline import CAMERA_ID, Analysis, report
from services.pose.stage import rounded
from tests.benchmarks.machine import describe, save
from training.examples import load_recordings
from training.folds import grouped_folds
from training.poses import CACHE, Recording
from training.trials import fold_bundle
from training.videos import Video, data_directory, read_videos


@dataclass(frozen=True, slots=True)
class Answer:
    """What `spotter analyze` would say of one clip, beside what people say."""

    video: str
    label: str
    answer: str
    confidence: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--model", default=DEFAULT_BUNDLE.name, help="whose fold bundles (default: the shipped model's)"
    )
    parser.add_argument("--shipped", action="store_true", help="the shipped bundle, which has seen every clip")
    parser.add_argument("--poses", type=Path, default=CACHE, help="where training.dataset keeps poses")
    parser.add_argument("--bundles", type=Path, default=Path("var/training"), help="where training.evaluate writes")
    options = parser.parse_args()
    videos = read_videos(data_directory())
    recordings = load_recordings(videos, options.poses)
    answers: list[Answer] = []
    for number, fold in enumerate(grouped_folds(videos)):
        bundle = BUNDLES / options.model if options.shipped else fold_bundle(options.model, number, options.bundles)
        model = load_bundle(bundle)
        answers += [answer_of(videos[index], recordings[index], model) for index in fold.test]
    print_tables(answers, seen=options.shipped, model=options.model)
    name = f"real_clips_{options.model}{'_shipped' if options.shipped else ''}"
    print(f"\nwritten {save(name, [asdict(answer) for answer in answers])}")


def answer_of(video: Video, recording: Recording, model: ExerciseModel) -> Answer:
    """Put one clip's poses through the classifier."""
    stage = ClassifierStage(ClassifierSettings(), model=model)
    frames = [as_published(frame) for frame in recording.pose_frames(CAMERA_ID)]
    events = [event for frame in frames for event in stage.process(frame) if isinstance(event, Event)]
    said = report(video.name, Analysis(tuple(frames), tuple(events))).main
    return Answer(
        video=video.name,
        label=video.label,
        answer=said.exercise,
        confidence=said.confidence,
    )


def as_published(frame: PoseFrame) -> PoseFrame:
    """The frame with its numbers rounded as the pose stage rounds them."""
    people: tuple[Pose, ...] = tuple(rounded(frame.people))
    return PoseFrame(
        frame.camera_id, frame.frame_id, frame.captured_at, frame.width, frame.height, people, frame.end_of_stream
    )


def print_tables(answers: Sequence[Answer], *, seen: bool, model: str) -> None:
    """Exercises over all clips."""
    print(describe())
    print(f"bundle: {model}, {'which has SEEN these clips' if seen else 'people and sources never seen'}\n")
    labels = [label for label, _ in Counter(answer.label for answer in answers).most_common()]
    print(f"{'exercise':20}{'clips':>7}{'right':>7}{'share':>7}   taken for")
    for label in labels:
        own = [answer for answer in answers if answer.label == label]
        wrong = Counter(answer.answer for answer in own if answer.answer != label).most_common(3)
        right = sum(answer.answer == label for answer in own)
        others = ", ".join(f"{name} {count}" for name, count in wrong)
        print(f"{label:20}{len(own):7}{right:7}{right / len(own):7.2f}   {others}")
    right = sum(answer.answer == answer.label for answer in answers)
    most, clips = Counter(answer.label for answer in answers).most_common(1)[0]
    print(f"{'all':20}{len(answers):7}{right:7}{right / len(answers):7.3f}   always {most}: {clips / len(answers):.3f}")


if __name__ == "__main__":
    main()
