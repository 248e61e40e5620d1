"""`spotter train --add NAME videos...`: videos of an exercise of a gym's own -> a model bundle that knows it too.

    videos --pose engine--> poses --clips, varied--> what the base model knows of them --head--> base model + NAME

It takes minutes, no footage but the gym's own, and no network to be fitted: see `training.extension`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Final

import numpy as np
import typer
from numpy.random import Generator
from rich.console import Console

from services.classifier.manifest import NONE, UNKNOWN, DataCard, Figure, Manifest, OwnExercise, Source
from services.classifier.model import DEFAULT_BUNDLE, ExerciseModel, load_bundle
from services.core.errors import SettingsError, SpotterError
from services.core.exercises import CATALOGUE
from services.core.types import NANOSECONDS, FloatArray
from training.bundle import write_bundle
from training.entries import own_exercise
from training.examples import Cut, clips_of, described
from training.extension import Extended, Judged, cross_validated, fit_head, with_new
from training.footage.folders import length_of
from training.memory import Memory, evenly, joined, keep_memory, recall_memory
from training.people import people_of
from training.poses import CACHE, Recording, extract, recording_of
from training.progress import progress_of
from training.videos import Video

BUNDLES: Final = Path("var/bundles")
"""Where bundles of a gym's own lie."""
LEAST_SECONDS: Final = 10.0
"""Seconds in which somebody is seen, at least: three or four repetitions."""
COPIES: Final = 4
"""Variations of each clip that are learnt from beside it (`training.augment`)."""
REMEMBERED: Final = 100
"""Clips of the exercise that the new bundle remembers, about as many as of each of the others."""
SEED: Final = 7
OWN: Final = "a gym's own footage"

_LABEL: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Added:
    """What came of it.

    Attributes:
        videos: that somebody was seen in.
        clips: of the exercise.
        seconds: in which somebody was seen.
        judged: how it is told on videos that were left out; None where there was only one.
        by_person: whether what was left out was all videos of a person.
        exercise: how it is counted, where the catalogue does not say.
    """

    videos: int
    clips: int
    seconds: float
    judged: Judged | None
    by_person: bool
    exercise: OwnExercise | None


def own_videos(label: str, paths: Sequence[Path]) -> list[Video]:
    """Videos that show one exercise; where they lie in several folders, each folder is a person.

    Raises:
        SettingsError: one is missing or named twice, or the label is no id.
    """
    if not _LABEL.fullmatch(label) or label in {NONE, UNKNOWN}:
        raise SettingsError(
            f"--add {label}: an exercise's id is small letters, digits and single underscores, such as "
            f"kettlebell_swing, and neither {NONE} nor {UNKNOWN}"
        )
    if missing := [str(path) for path in paths if not path.is_file()]:
        raise SettingsError(f"there is no video {missing[0]} ({len(missing)} of {len(paths)} are missing)")
    if twice := [str(path) for path, times in Counter(path.resolve() for path in paths).items() if times > 1]:
        raise SettingsError(f"{twice[0]} is named twice: name each video once")
    several = len({path.resolve().parent for path in paths}) > 1
    return [
        Video(
            path=path,
            label=label,
            footage_label=label,
            reps=None,
            reps_trusted=False,
            subject_id=str(path.resolve().parent) if several else str(path),
            source=OWN,
            licence="the gym's own",
            view="other",
            people=1,
            seconds=length_of(path)[0],
        )
        for path in paths
    ]


def check_base(base: Path, model: ExerciseModel, label: str) -> None:
    """Whether an exercise can be added to a bundle.

    Raises:
        SettingsError: it gives no embedding, or knows the exercise already.
    """
    if not model.embeds:
        raise SettingsError(
            f"the model bundle {base} ({model.manifest.kind}) does not give out what it knows of a clip, so "
            f"nothing can be added to it: name with --base one of the kind that training.train --model motion writes"
        )
    if label in model.labels:
        raise SettingsError(
            f"--add {label}: the model bundle {base} knows it already; it knows {', '.join(model.labels)}. Choose "
            f"another name, or add it to a bundle without it (--base)"
        )


def add_exercise(
    label: str, videos: Sequence[Video], recordings: Sequence[Recording], *, base: Path, out: Path, seed: int = SEED
) -> Added:
    """Write a bundle that knows what another does, and one exercise more.

    Args:
        label: the exercise's id.
        videos: of it.
        recordings: their poses, in the same order.
        base: the bundle that is added to; it stays as it is.
        out: where the new one is written.
        seed: the same seed and poses give the same bundle.

    Raises:
        SettingsError: the base cannot be added to, or too little movement is in the videos.
        ModelMismatch: the base is damaged or made for something else, or the new one did not prove good.
    """
    if out.resolve() == base.resolve():
        raise SettingsError(f"--out {out} is the bundle that is added to: name another folder")
    model = load_bundle(base)
    check_base(base, model, label)
    memory = recall_memory(base)
    seconds = seconds_seen(videos, recordings)
    if seconds < LEAST_SECONDS:
        raise SettingsError(
            f"somebody is seen for {seconds:.1f} s in {len(videos)} videos, adding an exercise takes "
            f"{LEAST_SECONDS:g} s at least, better minutes of several people: add videos that show whole people"
        )
    random = np.random.default_rng(seed)
    seen, proof = _known(label, videos, recordings, model)
    varied = [_known(label, videos, recordings, model, random)[0] for _ in range(COPIES)]
    new = joined([seen, *varied])
    people = sorted({video.subject_id for video in videos})
    group = np.array([people.index(video.subject_id) for video in videos])[new.video]
    other = memory.at(memory.shown != label)
    head = fit_head(new.embedding, group, other)
    added = Added(
        videos=len(videos),
        clips=len(seen),
        seconds=seconds,
        judged=cross_validated(new, group, other, len(seen)),
        by_person=len(people) < len(videos),
        exercise=None if label in CATALOGUE else own_exercise(label, recordings),
    )
    manifest = model.manifest
    write_bundle(
        out,
        Extended(base, model, head, label),
        name=label,
        kind=manifest.kind,
        fed=manifest.input,
        labels=(*manifest.labels, label),
        cut=_cut(manifest),
        card=_card(manifest.card, label, added),
        temperature=1.0,
        proof=proof,
        exercises=(*manifest.exercises, *([added.exercise] if added.exercise else [])),
    )
    kept = seen.at(evenly(list(seen.shown), seen.video, REMEMBERED, random))
    known = joined([memory, replace(kept, video=kept.video + memory.videos)])
    keep_memory(out, replace(known, probabilities=with_new(known.probabilities, head.chance(known.embedding))))
    return added


def _cut(manifest: Manifest) -> Cut:
    return Cut(manifest.clip_seconds, manifest.samples, manifest.stride_seconds)


def _known(
    label: str,
    videos: Sequence[Video],
    recordings: Sequence[Recording],
    model: ExerciseModel,
    random: Generator | None = None,
) -> tuple[Memory, FloatArray]:
    """What a model knows of all clips of videos, and the clips' features (N, ...); with chance, of variations of them.

    Raises:
        SettingsError: there are no clips.
    """
    per_video = [
        clips_of(video, recording, _cut(model.manifest), random)
        for video, recording in zip(videos, recordings, strict=True)
    ]
    clips = [clip for own in per_video for clip in own]
    if not clips:
        raise SettingsError(f"nobody is seen for half a second in any of {len(videos)} videos: add others")
    features = described(clips, model.manifest.input)
    video = np.repeat(np.arange(len(videos)), [len(own) for own in per_video])
    return Memory.of(model, features, [label] * len(video), video), features


def seconds_seen(videos: Sequence[Video], recordings: Sequence[Recording]) -> float:
    """How long whoever exercises is seen, all videos together."""
    total = 0.0
    for video, recording in zip(videos, recordings, strict=True):
        for track in people_of(recording, video.people):
            total += float(track.captured_at[-1] - track.captured_at[0]) / NANOSECONDS
    return total


def _card(card: DataCard, label: str, added: Added) -> DataCard:
    """The base's card, and what was added."""
    left_out = "people" if added.by_person else "videos"
    figures: list[Figure] = []
    if judged := added.judged:
        over = f"{judged.groups} {left_out}, some left out in turn"
        balanced = (judged.found + 1 - judged.taken) / 2
        figures = [
            Figure(name=f"{label}: clips found ({over})", value=judged.found, n=judged.new),
            Figure(
                name=f"{label}: clips of other movement taken for it (of people learnt from)",
                value=judged.taken,
                n=judged.other,
            ),
            Figure(
                name=f"{label} or not, mean of both sides", value=balanced, constant=0.5, n=judged.new + judged.other
            ),
        ]
    note = (
        f"{label} was added by a gym from {added.videos} videos ({added.clips} clips, {added.seconds:.0f} s of "
        f"movement). The figures that name it are of {left_out} that its head did not learn from; other movement is "
        f"what the model remembers of its own training. All other figures are of the model as it was before."
    )
    return card.model_copy(
        update={
            "videos": {**card.videos, label: added.videos},
            "sources": (*card.sources, Source(name=f"{OWN}: {label}", videos=added.videos, licence="the gym's own")),
            "figures": (*figures, *card.figures),
            "notes": (note, *card.notes),
        }
    )


def main(
    videos: Annotated[list[Path], typer.Argument(help="Videos that show the exercise; in folders, one a person.")],
    *,
    add: Annotated[str, typer.Option(help="The exercise's id, such as kettlebell_swing.")],
    base: Annotated[Path, typer.Option(help="Bundle to add it to; it stays as it is.")] = DEFAULT_BUNDLE,
    out: Annotated[Path | None, typer.Option(help="Bundle to write; else var/bundles/NAME.")] = None,
    poses: Annotated[Path, typer.Option(help="Folder to keep poses in, by content hash.")] = CACHE,
    workers: Annotated[int, typer.Option(help="Videos looked at side by side, a CPU core each.", min=1)] = 1,
) -> None:
    """Add an exercise of your own to the model, from videos in which people do nothing else; it takes minutes.

    Ten videos of four people say much more than one long one. The new bundle knows what the base knows, and NAME.
    """
    console = Console()
    try:
        wanted = own_videos(add, videos)
        check_base(base, load_bundle(base), add)
        sound, recordings = _extracted(wanted, poses, workers, console)
        folder = out or BUNDLES / add
        with console.status(f"adding {add}"):
            added = add_exercise(add, sound, recordings, base=base, out=folder)
    except SpotterError as error:
        console.print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(2) from error
    for line in report(add, added, folder):
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _extracted(
    videos: Sequence[Video], poses: Path, workers: int, console: Console
) -> tuple[list[Video], list[Recording]]:
    """The videos in which somebody is seen, and their poses; of the others it is said why they are left out.

    Raises:
        SettingsError: nobody is seen in any.
    """
    faults = {}
    with progress_of("seconds of video", console) as bar:
        task = bar.add_task("", total=max(sum(video.seconds for video in videos), 0.1))
        for video, fault in extract(videos, poses, workers=workers, progress=lambda more: bar.advance(task, more)):
            if fault:
                faults[video.path] = fault
        bar.update(task, completed=bar.tasks[task].total)
    sound, recordings = [], []
    for video in videos:
        recording = None if video.path in faults else recording_of(video, poses)
        if recording is not None and people_of(recording, video.people):
            sound.append(video)
            recordings.append(recording)
        else:
            why = faults.get(video.path, "nobody is seen in it")
            console.print(f"{video.path} is left out: {why}", style="yellow", markup=False, highlight=False)
    if not sound:
        raise SettingsError(
            f"nobody is seen in any of {len(videos)} videos: film whole people from a few metres away, in good light"
        )
    return sound, recordings


def report(label: str, added: Added, folder: Path) -> list[str]:
    """What came of it, for people."""
    lines = [f"{folder}: {label} from {added.clips} clips of {added.videos} videos, {added.seconds:.0f} s of movement"]
    if judged := added.judged:
        left_out = "people" if added.by_person else "videos"
        lines += [
            f"found: {judged.found:.0%} of its {judged.new} clips, by heads that did not learn from them "
            f"({judged.groups} {left_out}, some left out in turn); 0% before",
            f"mistaken: {judged.taken:.1%} of {judged.other} clips of other movement are taken for it: of people whom "
            "the model learnt from; of strangers it will be several times as many",
        ]
    else:
        lines.append("how well it is found was not measured: that takes two videos at least, better several people")
    if added.exercise is None:
        lines.append("repetitions are counted as the catalogue says")
    elif added.exercise.hold:
        lines.append("nobody moves far in these videos: it is timed as a hold, its repetitions are not counted")
    else:
        own = added.exercise
        lines.append(f"repetitions are counted by {own.signal.lower()}, which goes from {own.rest:g} to {own.work:g}")
    lines.append(f"use it: spotter run --model {folder}, or SPOTTER_CLASSIFIER_BUNDLE={folder}")
    return lines


if __name__ == "__main__":
    typer.run(main)
