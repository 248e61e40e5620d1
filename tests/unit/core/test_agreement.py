"""What several ways of counting agree upon."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.core.agreement import agreed
from services.core.repetition import Repetition


def _rep(second: float, swing: float = 1.0, *, late: float = 0.0, lasts: float = 2.0) -> Repetition:
    """A repetition of a second, as a way sees it that is late."""
    start, end = second + late, second + lasts + late
    times = [round(at * 1e9) for at in (start, start + 0.5, end - 0.5, end, (start + end) / 2)]
    return Repetition(*times, top=swing, bottom=0.0, peak_speed=1.0, confidence=1.0)


def _told(
    phase: tuple[str, float], blend: tuple[str, float], salient: tuple[str, float], deep: float = 0.5
) -> tuple[str, list[Repetition], list[Repetition]]:
    """What is agreed of movements: of each way, one letter for each (R whole, h half, - unseen), and how late it is."""
    reps: dict[str, list[Repetition]] = {}
    halves: dict[str, list[Repetition]] = {}
    for way, (looks, late) in zip(("phase", "blend", "salient"), (phase, blend, salient), strict=True):
        reps[way] = [_rep(3.0 * at, late=late) for at, kind in enumerate(looks) if kind == "R"]
        halves[way] = [_rep(3.0 * at, deep, late=late) for at, kind in enumerate(looks) if kind == "h"]
    whole, half = agreed(reps, halves)
    kinds = {round(rep.start / 3e9): "R" for rep in whole} | {round(rep.start / 3e9): "h" for rep in half}
    return "".join(kinds.get(at, "-") for at in range(len(phase[0]))), whole, half


@pytest.mark.parametrize(
    ("phase", "blend", "salient", "agreement"),
    [
        ("RRR", "RRR", "RRR", "RRR"),
        ("R-R", "RRR", "RRR", "RRR"),  # one that misses the odd one is outvoted there
        ("R-R", "R-R", "RRR", "R-R"),  # and so is one that sees what others don't
        ("R-R", "-RR", "RR-", "RRR"),  # each misses another one
        ("R--", "-R-", "--R", "---"),
        ("RhR", "RhR", "RhR", "RhR"),
        ("RhR", "RhR", "R-R", "RhR"),
        ("RhR", "RRR", "R-R", "RRR"),  # 0.5 and 1 of the usual way are 0.75 of it
        ("RhR", "RhR", "RRR", "RhR"),
        ("", "", "", ""),
    ],
)
def test_most_ways_decide_each_movement(phase: str, blend: str, salient: str, agreement: str) -> None:
    looks = [ways.ljust(len(agreement), "-") for ways in (phase, blend, salient)]
    assert _told(*((ways, late) for ways, late in zip(looks, (0.0, 0.2, -0.2), strict=True)))[0] == agreement


def test_the_first_way_that_says_what_is_agreed_tells_its_times() -> None:
    _, whole, half = _told(("Rh", 0.1), ("RR", 0.0), ("RR", -0.2))
    assert [rep.start for rep in whole] == [100_000_000, 3_000_000_000]
    assert not half


def test_the_surest_way_says_how_sure_a_movement_is() -> None:
    doubtful = replace(_rep(0.0), confidence=0.3)
    found = {"blend": [doubtful], "salient": [_rep(0.0, late=0.1)]}
    assert agreed(found, {way: [] for way in found})[0] == [replace(doubtful, confidence=1.0)]


def test_two_repetitions_that_one_way_takes_for_one_stay_two() -> None:
    long = _rep(0.0, lasts=5.0)
    pair = [_rep(0.0), _rep(3.0)]
    found = {"phase": [long], "blend": pair, "salient": pair}
    assert agreed(found, {way: [] for way in found}) == (pair, [])


def test_two_ways_have_to_agree() -> None:
    found = {"phase": [_rep(0.0), _rep(3.0)], "salient": [_rep(3.0, late=0.1)]}
    assert agreed(found, {way: [] for way in found})[0] == [_rep(3.0)]


def test_one_way_tells_all_that_it_sees() -> None:
    assert agreed({"phase": [_rep(0.0)]}, {"phase": [_rep(3.0, 0.5)]}) == ([_rep(0.0)], [_rep(3.0, 0.5)])


@pytest.mark.parametrize(("half", "whole"), [(0.5, [0.6, 0.7]), (0.6, [0.7])])
def test_what_goes_hardly_farther_than_half_is_a_half_whatever_it_is_called(half: float, whole: list[float]) -> None:
    swings = (1.0, 0.6, 1.0, 1.0, 1.0, 1.0, 0.7, 0.5)
    found = {way: [_rep(3.0 * at, swing) for at, swing in enumerate(swings)] for way in ("blend", "phase", "salient")}
    reps, halves = agreed(found, {way: [] for way in found}, half)
    assert [rep.swing for rep in reps if rep.swing < 1.0] == whole
    assert len(reps) + len(halves) == len(swings)


@pytest.mark.parametrize(("deep", "kind"), [(0.4, "R"), (0.3, "h")])
def test_where_ways_differ_a_movement_goes_two_thirds_of_the_usual_way_in_the_mean(deep: float, kind: str) -> None:
    assert _told(("RhR", 0.0), ("RRR", 0.0), ("RRR", 0.0), deep)[0] == f"R{kind}R"


@pytest.mark.parametrize(("deep", "kind"), [(0.4, "h"), (0.3, "-")])
def test_a_half_goes_as_far_as_a_half_does_in_the_mean(deep: float, kind: str) -> None:
    assert _told(("RhR", 0.0), ("RhR", 0.0), ("R-R", 0.0), deep)[0] == f"R{kind}R"


def test_where_nothing_was_whole_halves_are_told() -> None:
    assert _told(("hh", 0.0), ("hh", 0.0), ("hh", 0.0))[0] == "hh"


def test_neighbours_do_not_say_how_far_a_movement_goes() -> None:
    found = {way: [_rep(0.0), _rep(3.0, swing), _rep(6.0)]
             for way, swing in (("blend", 0.7), ("phase", 0.7), ("salient", 0.2))}  # fmt: skip
    assert len(agreed(found, {way: [] for way in found})[0]) == 3
