"""Splits by source and by person: what is tested on was never seen, neither the people nor the rooms and cameras.

    sources    A A A  B B  C  D D ...
    fold 1     tests all of A and D; trains on the rest, except videos of people who are also in A or D
    fold 2     tests all of B ...

Each source is tested exactly once. Splitting by clip or by video instead flatters: clips of a video resemble each
other, and so do videos of one shoot.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from services.core.errors import SettingsError
from training.videos import Video

FOLDS: Final = 5


@dataclass(frozen=True, slots=True)
class Fold:
    """One split.

    Attributes:
        train: indices of the videos to learn from.
        test: indices of the videos to measure on.
        place: its number from 0, and how many folds there are; None where it is no one of several. People of whom
            there are no videos are dealt to the same folds (`training.made_up.MadeUp.learnt_in`).
    """

    train: tuple[int, ...]
    test: tuple[int, ...]
    place: tuple[int, int] | None = None


def grouped_folds(videos: Sequence[Video], count: int = FOLDS) -> list[Fold]:
    """Split by source, and keep people of the tested sources out of training.

    Sources with rare labels are dealt out first, each to the fold that has least of its labels, so that every fold
    can learn every label that has two sources or more. The same videos always give the same folds.

    Raises:
        SettingsError: there are fewer sources than folds.
    """
    by_source: dict[str, list[int]] = defaultdict(list)
    for index, video in enumerate(videos):
        by_source[video.source].append(index)
    if len(by_source) < count:
        raise SettingsError(
            f"{count} folds by source need {count} sources or more, got {len(by_source)}: ask for fewer folds or add "
            f"footage from elsewhere"
        )
    total = Counter(video.label for video in videos)
    rarity = {source: sum(1 / total[videos[index].label] for index in indices) for source, indices in by_source.items()}
    tests: list[list[int]] = [[] for _ in range(count)]
    held: list[Counter[str]] = [Counter() for _ in range(count)]
    for source in sorted(by_source, key=lambda name: (-rarity[name], name)):
        labels = Counter(videos[index].label for index in by_source[source])
        costs = [
            (sum(fold[label] * number / total[label] ** 2 for label, number in labels.items()), fold.total())
            for fold in held
        ]
        chosen = costs.index(min(costs))
        held[chosen] += labels
        tests[chosen] += by_source[source]
    return [_without_leaks(videos, sorted(test), (number, count)) for number, test in enumerate(tests)]


def _without_leaks(videos: Sequence[Video], test: list[int], place: tuple[int, int]) -> Fold:
    sources = {videos[index].source for index in test}
    people = {videos[index].subject_id for index in test}
    train = [
        index for index, video in enumerate(videos) if video.source not in sources and video.subject_id not in people
    ]
    return Fold(tuple(train), tuple(test), place)
