"""The split by person and source, and the leaky one that it is compared with."""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.core.errors import SettingsError
from tests.made_up import video
from training.splits import (
    PARTS,
    counts,
    groups_of,
    lacking,
    leaky_by_clip,
    lone_labels,
    read_split,
    three_way,
    write_split,
)
from training.videos import Video, data_directory, read_videos

LABELS = ("squat", "lunge", "plank", "row")


def gym(people: int, each: int = 2) -> list[Video]:
    """Every person does every exercise some times, each filmed by a camera of their own."""
    return [
        video(label, f"s{person}", f"p{person}", person * 100 + number)
        for person in range(people)
        for label in LABELS
        for number in range(each)
    ]


footage = st.lists(
    st.tuples(st.sampled_from(LABELS), st.integers(0, 12), st.integers(0, 20)), min_size=1, max_size=60
).map(lambda rows: [video(label, f"s{s}", f"p{p}", number) for number, (label, s, p) in enumerate(rows)])


@settings(deadline=None, max_examples=60)
@given(footage)
def test_nobody_and_no_source_is_in_two_parts(videos: list[Video]) -> None:
    if len(groups_of(videos)) < 3:
        with pytest.raises(SettingsError, match="cannot be split"):
            three_way(videos, one_source_trains=True)
        return
    split = three_way(videos, one_source_trains=True)
    indices = [*split.train, *split.validation, *split.test]
    assert sorted(indices) == list(range(len(videos))), "every video is in one part"
    where: dict[tuple[str, str], set[str]] = defaultdict(set)
    for part, own in split.parts().items():
        for index in own:
            where["person", videos[index].subject_id].add(part)
            where["source", videos[index].source].add(part)
    assert all(len(parts) == 1 for parts in where.values())
    assert three_way(videos, one_source_trains=True) == split, "the same videos give the same split"


def test_shares_are_80_10_10_and_every_label_is_everywhere() -> None:
    videos = gym(20)
    split = three_way(videos)
    assert [len(own) for own in split.parts().values()] == [128, 16, 16]
    assert lacking(videos, split) == {}
    assert counts(videos, split)["plank"] == {"train": 32, "validation": 4, "test": 4}


def test_three_people_are_one_in_each_part() -> None:
    split = three_way(gym(3))
    assert [len(own) for own in split.parts().values()] == [8, 8, 8]


def test_a_label_of_two_groups_is_learnt_and_tested() -> None:
    videos = [*gym(10), video("dip", "s1", "p1", 900), video("dip", "s2", "p2", 901)]
    split = three_way(videos)
    assert lacking(videos, split) == {"dip": ("validation",)}


def test_a_label_of_one_source_refuses_the_split_and_says_why() -> None:
    videos = [*gym(10), video("dip", "s1", "p1", 900), video("dip", "s1", "p2", 901)]
    with pytest.raises(
        SettingsError, match=r"of one source only: dip \(2 of s1\).*cannot be measured.*one-source-trains"
    ):
        three_way(videos)
    assert list(lone_labels(videos)) == ["dip"]
    split = three_way(videos, one_source_trains=True)
    assert lacking(videos, split) == {"dip": ("validation", "test")}, "nothing is measured of it"


def test_sources_that_share_a_person_are_one_group() -> None:
    videos = [video("squat", f"s{number}", "ann" if number < 4 else f"p{number}", number) for number in range(8)]
    assert [len(group) for group in groups_of(videos)] == [4, 1, 1, 1, 1]


def test_one_big_group_is_learnt() -> None:
    """What most footage is like: one large source beside several small ones."""
    videos = [video("squat", "big", "p", number) for number in range(80)]
    videos += [video("squat", f"s{number}", f"p{number}", 100 + number) for number in range(6)]
    split = three_way(videos)
    assert set(range(80)) <= set(split.train)
    assert split.validation
    assert split.test


def test_a_split_comes_back_from_its_file(tmp_path: Path) -> None:
    videos = gym(6)
    split = three_way(videos)
    write_split(videos, split, tmp_path / "made" / "split.csv", Path())
    assert read_split(videos, tmp_path / "made" / "split.csv", Path()) == split
    first = (tmp_path / "made" / "split.csv").read_bytes()
    write_split(videos, three_way(videos), tmp_path / "made" / "split.csv", Path())
    assert (tmp_path / "made" / "split.csv").read_bytes() == first


def test_a_split_of_other_footage_is_refused(tmp_path: Path) -> None:
    videos = gym(6)
    write_split(videos, three_way(videos), tmp_path / "split.csv", Path())
    with pytest.raises(SettingsError, match="1 of 49 videos are not in this split"):
        read_split([*videos, video("dip", "s9", "p9", 999)], tmp_path / "split.csv", Path())
    with pytest.raises(SettingsError, match="no split that can be read"):
        read_split(videos, tmp_path / "none.csv", Path())


def test_the_leaky_split_parts_clips_of_each_label_by_chance() -> None:
    labels = np.repeat([0, 1, 2], (100, 50, 10))
    split = leaky_by_clip(160, labels, seed=7)
    assert sorted([*split.train, *split.validation, *split.test]) == list(range(160))
    for name, share in zip(PARTS, (0.8, 0.1, 0.1), strict=True):
        assert np.bincount(labels[list(split.parts()[name])]).tolist() == [share * number for number in (100, 50, 10)]
    assert leaky_by_clip(160, labels, seed=7) == split
    assert leaky_by_clip(160, labels, seed=8) != split
    with pytest.raises(ValueError, match="one label for each"):
        leaky_by_clip(3, labels, seed=7)


@pytest.mark.skipif("SPOTTER_DATA" not in os.environ, reason="SPOTTER_DATA is unset")
def test_the_footage_splits_with_every_label_of_three_sources_everywhere() -> None:
    videos = read_videos(data_directory())
    split = three_way(videos)
    sources: dict[str, set[str]] = defaultdict(set)
    for one in videos:
        sources[one.label].add(one.source)
    assert not {label for label in lacking(videos, split) if len(sources[label]) >= 3}
    assert 0.7 < len(split.train) / len(videos) < 0.9
