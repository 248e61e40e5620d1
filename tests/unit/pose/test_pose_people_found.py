"""The figures of `people_found` and `identities` on answers whose worth is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.benchmarks.composites import Truth
from tests.benchmarks.identities import Hota, accumulated, renamed, sequence
from tests.benchmarks.people_found import Found, Score, matched
from tests.benchmarks.scenes import LYING, SCENES, STANDING, Composite

FPS = 10
FRAMES = 40


def body(x: float) -> np.ndarray:
    """(33, 2) somebody 400 pixels tall."""
    rng = np.random.default_rng(0)
    points = np.array([x, 300.0]) + rng.uniform(-60, 60, (33, 2))
    points[[11, 12]], points[[23, 24]] = (x, 250), (x, 390)
    return points


def truth(share: np.ndarray | None = None) -> Truth:
    """Two people, far apart."""
    keypoints = np.array([[body(400), body(1400)]] * FRAMES)
    boxes = np.array([[[300, 100, 500, 500], [1300, 100, 1500, 500]]] * FRAMES, float)
    return Truth(
        Path("nowhere.mp4"), "two", "apart", ("left", "right"), np.array([0.2, 0.5]), np.arange(FRAMES) / FPS,
        keypoints, boxes, np.ones((FRAMES, 2)) if share is None else share, np.ones((FRAMES, 2), bool),
    )  # fmt: skip


def found(people: list[list[np.ndarray]], tracks: list[list[str]]) -> Found:
    poses = [np.array(some).reshape(-1, 33, 2) for some in people]
    return Found([number / FPS for number in range(len(people))], poses, tracks, 2.0, FRAMES)


def scored(answer: Found, true: Truth) -> dict[str, object]:
    score = Score()
    score.add(true, answer, matched(true, answer))
    return score.row()


def test_an_answer_that_is_the_truth_has_everything() -> None:
    row = scored(found([[body(1400), body(400)]] * FRAMES, [["1", "2"]] * FRAMES), truth())
    assert (row["recall"], row["precision"], row["recall_at_once"]) == (1.0, 1.0, 1.0)
    assert row["people"] == 2 * (FRAMES - FPS)
    assert row["frames_per_second_and_core"] == FRAMES / 2.0


def test_a_second_pose_on_one_person_and_a_pose_beside_are_wrong() -> None:
    row = scored(found([[body(1400), body(1402), body(600)]] * FRAMES, [["1", "2", "3"]] * FRAMES), truth())
    assert row["recall"] == 0.5
    assert row["precision"] == pytest.approx(1 / 3)
    assert row["recall_by_height"] == [0.0, None, 1.0]


def test_who_is_hidden_is_neither_asked_for_nor_wrong() -> None:
    share = np.ones((FRAMES, 2))
    share[:, 0] = 0.3
    both = scored(found([[body(1400), body(400)]] * FRAMES, [["1", "2"]] * FRAMES), truth(share))
    one = scored(found([[body(1400)]] * FRAMES, [["1"]] * FRAMES), truth(share))
    assert both == one
    assert (one["recall"], one["precision"]) == (1.0, 1.0)


def test_there_is_a_second_to_find_who_comes_but_none_after_a_short_absence() -> None:
    share = np.ones((FRAMES, 2))
    share[20:25, 1] = 0.0
    late = [[body(400), body(1400)] if number in range(10, 20) or number >= 35 else [] for number in range(FRAMES)]
    row = scored(found(late, [["1", "2"][: len(some)] for some in late]), truth(share))
    assert row["people"] == 30 + 25
    assert row["recall"] == pytest.approx((15 + 15) / 55)
    assert row["recall_at_once"] == pytest.approx(30 / 75)


def test_two_tracks_for_one_person_cost_half_the_association() -> None:
    tracks = [["1", "a" if number < FRAMES / 2 else "b"] for number in range(FRAMES)]
    halved = sequence(truth(), found([[body(1400), body(400)]] * FRAMES, tracks))
    hota = Hota()
    hota.add(halved)
    assert hota.value == pytest.approx(np.sqrt((1 + 0.5) / 2))
    assert len(accumulated(halved).mot_events.query("Type == 'SWITCH'")) == 1


def test_hota_of_tracks_that_change_places_follows_the_paper() -> None:
    tracks = [["1", "2"] if number < 30 else ["2", "1"] for number in range(FRAMES)]
    hota = Hota()
    hota.add(sequence(truth(), found([[body(1400), body(400)]] * FRAMES, tracks)))
    # Of each person 30 of 40 frames with one track, whose union is 50, and 10 with the other: (30*30/50 + 10*10/70)/40.
    assert hota.value == pytest.approx(np.sqrt((30 * 30 / 50 + 10 * 10 / 70) / 40))


def test_the_greedy_baseline_keeps_a_name_while_boxes_overlap() -> None:
    walking = [[body(400 + 5 * number), body(1400)] for number in range(FRAMES)]
    named = renamed(found(walking, [["x", "y"]] * FRAMES))
    assert {tuple(names) for names in named.tracks} == {("0-0", "0-1")}


def test_scenes_have_as_many_clips_as_people_and_the_splits_share_none() -> None:
    for cast in (STANDING, LYING):
        assert not set(cast["dev"]) & set(cast["test"])
    assert len({scene.name for scene in SCENES}) == len(SCENES)
    for scene in SCENES:
        if isinstance(scene, Composite):
            assert sum(not part.lying for part in scene.parts) <= min(map(len, STANDING.values()))
            assert all(0.15 <= part.height <= 0.8 for part in scene.parts)
