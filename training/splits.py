"""One split into training, validation and test: 80/10/10 by person and source, and the leaky one it is compared with.

    sources and people    A--ann  A--bob  B--bob  C--cy ...     whoever shares a person or a source is one group
    groups                {A, B, ann, bob}  {C, cy} ...         a group goes into one part whole

`training.folds` tests every source once, and is what figures are taken from; this is the one split that other people's
recipes ask for. Groups are moved, one at a time or two exchanged, as long as that brings the parts nearer to their
shares, every label for itself; the same videos always give the same split.

Splitting by clip puts pieces of one video on both sides: `leaky_by_clip` exists to measure how much that flatters.
"""

from __future__ import annotations

import csv
import itertools
import os
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.core.errors import SettingsError
from training.videos import Video

PARTS: Final = ("train", "validation", "test")
SHARES: Final = (0.8, 0.1, 0.1)
"""Of the videos of each label, in the order of `PARTS`."""

ABSENT: Final = 10.0
"""Cost of a label that a part lacks, in shares that are off: it outweighs all of them."""

_Counts = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Split:
    """Indices of what is learnt from, chosen by, and measured on.

    Attributes:
        train, validation, test: no index is in two of them.
    """

    train: tuple[int, ...]
    validation: tuple[int, ...]
    test: tuple[int, ...]

    def parts(self) -> dict[str, tuple[int, ...]]:
        """Name of each part -> its indices."""
        return dict(zip(PARTS, (self.train, self.validation, self.test), strict=True))


def groups_of(videos: Sequence[Video]) -> list[list[int]]:
    """Indices of videos that must not be parted, since they share a person or a source; the largest group first."""
    leader = list(range(len(videos)))

    def find(index: int) -> int:
        while leader[index] != index:
            leader[index] = leader[leader[index]]
            index = leader[index]
        return index

    first: dict[tuple[str, str], int] = {}
    for index, video in enumerate(videos):
        for key in (("source", video.source), ("person", video.subject_id)):
            leader[find(index)] = find(first.setdefault(key, index))
    groups: dict[int, list[int]] = defaultdict(list)
    for index in range(len(videos)):
        groups[find(index)].append(index)
    return sorted(groups.values(), key=lambda group: (-len(group), group))


def three_way(videos: Sequence[Video], *, one_source_trains: bool = False) -> Split:
    """Split 80/10/10 by person and source.

    A label of three groups or more is in every part wherever that is possible; one of two is learnt and tested; one
    of a single group is only learnt.

    Args:
        videos: to split.
        one_source_trains: takes labels with a single source into training, where nothing can be measured of them,
            instead of refusing.

    Raises:
        SettingsError: a label has one source only, or there are fewer than three groups.
    """
    groups = groups_of(videos)
    if len(groups) < len(PARTS):
        raise SettingsError(
            f"{len(videos)} videos of {len(groups)} people or sources cannot be split into {', '.join(PARTS)}: footage "
            f"of {len(PARTS)} people or more is needed who share no source. Is it known who is in them? Put each "
            f"person's videos into a folder <label>/<person>/, or say --one-person-each"
        )
    lone = lone_labels(videos)
    if lone and not one_source_trains:
        named = ", ".join(f"{label} ({number} of {videos[index].source})" for label, (number, index) in lone.items())
        raise SettingsError(
            f"of one source only: {named}. What is learnt of them cannot be measured on anybody never seen, so they "
            f"are not split: film somebody else, leave them out, or take them into training with --one-source-trains"
        )
    labels = sorted({video.label for video in videos})
    held = np.zeros((len(groups), len(labels)))
    for row, group in enumerate(groups):
        for index in group:
            held[row, labels.index(videos[index].label)] += 1
    part = _settled(held)
    chosen = [sorted(index for row in np.flatnonzero(part == which) for index in groups[row]) for which in range(3)]
    return Split(*(tuple(indices) for indices in chosen))


def lone_labels(videos: Sequence[Video]) -> dict[str, tuple[int, int]]:
    """Labels with one source only -> (number of videos, index of one)."""
    sources: dict[str, set[str]] = defaultdict(set)
    of_label: dict[str, list[int]] = defaultdict(list)
    for index, video in enumerate(videos):
        sources[video.label].add(video.source)
        of_label[video.label].append(index)
    return {label: (len(of_label[label]), of_label[label][0]) for label in sorted(sources) if len(sources[label]) == 1}


def lacking(videos: Sequence[Video], split: Split) -> dict[str, tuple[str, ...]]:
    """Labels that are not in every part -> the parts that lack them."""
    has = {name: {videos[index].label for index in indices} for name, indices in split.parts().items()}
    missing = {
        label: tuple(name for name in PARTS if label not in has[name]) for label in sorted({v.label for v in videos})
    }
    return {label: parts for label, parts in missing.items() if parts}


def _settled(held: _Counts) -> NDArray[np.int64]:
    """The part of each group, changed until no change makes it better.

    Args:
        held: (G, L) videos of each label in each group.
    """
    part = np.zeros(len(held), np.int64)
    cost = _cost(held, part)
    better = True
    while better:
        better = False
        for changes in (_moves, _exchanges):
            least, _, changed = min((_cost(held, other), number, other) for number, other in enumerate(changes(part)))
            if least < cost - 1e-12:
                cost, part, better = least, changed, True
                break
    return part


def _moves(part: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """One group moved into another part."""
    for group, to in itertools.product(range(len(part)), range(len(PARTS))):
        if to != part[group]:
            moved = part.copy()
            moved[group] = to
            yield moved


def _exchanges(part: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """Two groups exchanged, or two whole parts."""
    for a, b in itertools.combinations(range(len(part)), 2):
        if part[a] != part[b]:
            exchanged = part.copy()
            exchanged[[a, b]] = part[[b, a]]
            yield exchanged
    for names in itertools.permutations(range(len(PARTS))):
        yield np.array(names)[part]


def _cost(held: _Counts, part: NDArray[np.int64]) -> float:
    """How far the parts are from what is wanted, in shares."""
    counts = np.stack([held[part == which].sum(axis=0) for which in range(3)])
    total = held.sum(axis=0)
    groups = (held > 0).sum(axis=0)
    # Two groups are learnt and tested, one is learnt.
    wanted = np.stack([groups >= 1, groups >= 3, groups >= 2])
    absent = float((wanted & (counts == 0)).sum())
    shares = np.array(SHARES)[:, None]
    by_label = np.abs(counts / total - shares).sum() / len(total)
    overall = np.abs(counts.sum(axis=1) / total.sum() - shares[:, 0]).sum()
    return ABSENT * absent + float(by_label) + float(overall)


# ---- the leaky comparison --------------------------------------------------------------------------------------------


def leaky_by_clip(n_clips: int, labels: Sequence[object] | NDArray[np.int64], seed: int) -> Split:
    """Split clips 80/10/10 by chance, each label for itself, whatever video they are from. It flatters: only compare.

    Args:
        n_clips: how many there are.
        labels: (n_clips,) label of each.
        seed: the same seed gives the same split.
    """
    told = np.asarray(labels)
    if told.shape != (n_clips,):
        raise ValueError(f"one label for each of {n_clips} clips was expected, got {told.shape}")
    random = np.random.default_rng(seed)
    parts: list[list[int]] = [[], [], []]
    for label in np.unique(told):
        own = random.permutation(np.flatnonzero(told == label))
        ends = np.round(np.cumsum(SHARES)[:2] * len(own)).astype(int)
        for which, indices in enumerate(np.split(own, ends)):
            parts[which] += [int(index) for index in indices]
    return Split(*(tuple(sorted(part)) for part in parts))


# ---- on disk ---------------------------------------------------------------------------------------------------------

_COLUMNS: Final = ("path", "start", "label", "source", "person", "part")


def write_split(videos: Sequence[Video], split: Split, file: Path, folder: Path) -> None:
    """Write which video is in which part.

    Args:
        videos: that were split.
        split: into which parts.
        file: the CSV to write.
        folder: where paths are told from: the footage's.
    """
    part_of = {index: name for name, indices in split.parts().items() for index in indices}
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", newline="", encoding="utf-8") as opened:
        writer = csv.writer(opened)
        writer.writerow(_COLUMNS)
        for index, video in enumerate(videos):
            if index in part_of:
                writer.writerow((*_key(video, folder), video.label, video.source, video.subject_id, part_of[index]))


def read_split(videos: Sequence[Video], file: Path, folder: Path) -> Split:
    """The split that was written for these videos.

    Raises:
        SettingsError: it is not there, or is of other videos.
    """
    try:
        with file.open(newline="", encoding="utf-8") as opened:
            rows = {(row["path"], row["start"]): row["part"] for row in csv.DictReader(opened)}
    except (OSError, KeyError) as error:
        raise SettingsError(
            f"{file}: no split that can be read ({error!r}); write one: training.dataset split"
        ) from error
    parts: dict[str, list[int]] = {name: [] for name in PARTS}
    strange = []
    for index, video in enumerate(videos):
        part = rows.get(_key(video, folder), "")
        if part in parts:
            parts[part].append(index)
        else:
            strange.append(video.name)
    if strange:
        raise SettingsError(
            f"{file}: {len(strange)} of {len(videos)} videos are not in this split ({strange[0]} ...): it is of other "
            f"footage; write it anew with training.dataset split"
        )
    return Split(*(tuple(parts[name]) for name in PARTS))


def _key(video: Video, folder: Path) -> tuple[str, str]:
    path = Path(os.path.relpath(video.path, folder)).as_posix()
    return path, f"{video.start:.3f}" if video.end is not None else ""


def counts(videos: Sequence[Video], split: Split) -> dict[str, dict[str, int]]:
    """Label -> part -> number of videos."""
    found = {name: Counter(videos[index].label for index in indices) for name, indices in split.parts().items()}
    return {label: {name: found[name][label] for name in PARTS} for label in sorted({v.label for v in videos})}
