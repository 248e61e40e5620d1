"""What there is to learn from, as tables for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from rich.table import Table

from training.examples import Cut, clips_of
from training.poses import Recording
from training.splits import PARTS, Split, counts, leaky_by_clip
from training.videos import Video, labels_of

SEED: Final = 7
"""Of the split by clip."""

ALWAYS: Final = ("videos", "sources", "people", "seconds", "clips")
"""Columns that are shown even where all is zero; the others tell of what is not as it should be."""


def footage_table(videos: Sequence[Video], recordings: Sequence[Recording]) -> Table:
    """Videos, sources, people, seconds and clips of each label, and what is wrong with them.

    Args:
        videos: which.
        recordings: their poses, in the same order.
    """
    clips: Counter[str] = Counter()
    silent: Counter[str] = Counter()
    nobody: Counter[str] = Counter()
    for video, recording in zip(videos, recordings, strict=True):
        number = len(clips_of(video, recording, Cut()))
        clips[video.label] += number
        silent[video.label] += number == 0
        nobody[video.label] += not recording.tracks
    columns = {
        "videos": Counter(video.label for video in videos),
        "sources": Counter(label for label, _ in {(video.label, video.source) for video in videos}),
        "people": Counter(label for label, _ in {(video.label, video.subject_id) for video in videos}),
        "seconds": Counter[str](),
        "clips": clips,
        "no clip": silent,
        "nobody seen": nobody,
        "corrected": Counter(video.label for video in videos if video.corrected),
    }
    for video in videos:
        columns["seconds"][video.label] += round(video.seconds)
    shown = {name: found for name, found in columns.items() if name in ALWAYS or found.total()}
    table = Table("label", *shown)
    for label in labels_of(videos):
        table.add_row(label, *(str(found[label] or "") for found in shown.values()))
    return table


def slices_table(videos: Sequence[Video], given: Mapping[int, Counter[str]], fps: float) -> Table:
    """Slices of each label and length, which is told in frames and seconds.

    Args:
        videos: that they were cut from.
        given: length -> label -> how many.
        fps: frames a second.
    """
    table = Table("label", *(f"{length} ({length / fps:.1f} s)" for length in given))
    for label in labels_of(videos):
        table.add_row(label, *(str(found[label] or "") for found in given.values()))
    table.add_row("all", *(str(found.total()) for found in given.values()))
    return table


def split_table(videos: Sequence[Video], split: Split) -> Table:
    """Videos of each label and part."""
    table = Table("label", *PARTS)
    for label, held in counts(videos, split).items():
        table.add_row(label, *(str(held[name] or "") for name in PARTS))
    table.add_row("all", *(str(len(indices)) for indices in split.parts().values()))
    return table


def leaks(videos: Sequence[Video], recordings: Sequence[Recording]) -> str:
    """How many clips of a split by clip are of videos that are learnt from too."""
    of_clip = [
        index
        for index, (video, recording) in enumerate(zip(videos, recordings, strict=True))
        for _ in clips_of(video, recording, Cut())
    ]
    split = leaky_by_clip(len(of_clip), [videos[index].label for index in of_clip], SEED)
    learnt = {of_clip[clip] for clip in split.train}
    both = sum(of_clip[clip] in learnt for clip in split.test)
    return (
        f"leaky, by clip: {len(split.train)}, {len(split.validation)} and {len(split.test)} clips; {both} of the "
        f"{len(split.test)} tested are of videos that were learnt from"
    )
