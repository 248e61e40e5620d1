"""What there is to learn from, as tables for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from rich.table import Table

from training.examples import Cut, clips_of
from training.poses import Recording
from training.splits import PARTS, Split, counts, leaky_by_clip
from training.videos import Video, labels_of

SEED = 7
"""Of the split by clip."""


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
    table = Table("label", "videos", "sources", "people", "seconds", "clips", "no clip", "nobody seen", "corrected")
    for label in labels_of(videos):
        own = [video for video in videos if video.label == label]
        table.add_row(
            label,
            str(len(own)),
            str(len({video.source for video in own})),
            str(len({video.subject_id for video in own})),
            f"{sum(video.seconds for video in own):.0f}",
            str(clips[label]),
            str(silent[label] or ""),
            str(nobody[label] or ""),
            str(sum(video.corrected for video in own) or ""),
        )
    return table


def slices_table(videos: Sequence[Video], given: Mapping[int, Counter[str]], fps: float) -> Table:
    """Slices of each label and length.

    Args:
        videos: that they were cut from.
        given: length -> label -> how many.
        fps: frames a second.
    """
    table = Table("label", *(f"{length} frames ({length / fps:.1f} s)" for length in given))
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
