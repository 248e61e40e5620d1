"""One label for each stretch of time, from clips of which some are wrong."""

from __future__ import annotations

import pytest

from services.core.evidence import Evidence
from services.core.types import NANOSECONDS, Prediction

EXERCISES = ("squat", "push_up", "deadlift")
CLIP = 3.0


def prediction(end: float, label: str, chance: float = 0.8) -> Prediction:
    others = {other: (1 - chance) / 4 for other in ("none", "unknown", *EXERCISES) if other != label}
    return Prediction(
        camera_id="c", track_id="0-1", event_id=f"p{end}", captured_at=round(end * NANOSECONDS), label=label,
        confidence=chance, probabilities={label: chance} | others, start=round((end - CLIP) * NANOSECONDS),
        end=round(end * NANOSECONDS),
    )  # fmt: skip


def labels(clips: str) -> list[str]:
    """The labels of the stretches, of clips a second apart: n(one), u(nknown), s(quat), p(ush-up), d(eadlift)."""
    names = {name[0]: name for name in ("none", "unknown", *EXERCISES)}
    evidence = Evidence(EXERCISES)
    for second, letter in enumerate(clips):
        evidence.push(prediction(CLIP + second, names[letter]))
    return [stretch.label for stretch in evidence.stretches()]


@pytest.mark.parametrize(
    ("clips", "expected"),
    [
        pytest.param("", [], id="no clips"),
        pytest.param("s", ["squat"], id="one clip is enough"),
        pytest.param("ssssss", ["squat"], id="one exercise"),
        pytest.param("nnnnsssss", ["none", "squat"], id="a start"),
        pytest.param("ssssnnnn", ["squat", "none"], id="a stop"),
        pytest.param("ssssdssss", ["squat"], id="one odd clip"),
        pytest.param("ssdsnssus", ["squat"], id="a few odd clips"),
        pytest.param("dssss", ["squat"], id="the first clip was wrong"),
        pytest.param("ddddd" + "sssss", ["deadlift", "squat"], id="a change without a rest"),
        pytest.param("nnnnnsnnnn", ["none"], id="one clip of exercise while nothing is done"),
        pytest.param("uuuuu", ["unknown"], id="what no exercise fits"),
    ],
)
def test_stretches(clips: str, expected: list[str]) -> None:
    assert labels(clips) == expected


def test_a_stretch_starts_half_a_clip_early_and_the_last_goes_on() -> None:
    evidence = Evidence(EXERCISES)
    for second in range(10):
        evidence.push(prediction(CLIP + second, "none" if second < 4 else "squat"))
    none, squat = evidence.stretches()
    assert none.end is not None
    assert squat.start == round((4 - CLIP / 2) * NANOSECONDS)
    assert squat.end is None
    assert squat.confidence == pytest.approx(0.8)


def test_exercises_that_follow_each_other_meet_halfway() -> None:
    evidence = Evidence(EXERCISES)
    for second in range(12):
        evidence.push(prediction(CLIP + second, "squat" if second < 6 else "push_up"))
    squat, push_up = evidence.stretches()
    assert squat.end == push_up.start == round((5.5 + CLIP / 2) * NANOSECONDS)


def test_later_clips_correct_earlier_ones() -> None:
    evidence = Evidence(EXERCISES)
    evidence.push(prediction(3.0, "deadlift", 0.5))
    assert [stretch.label for stretch in evidence.stretches()] == ["deadlift"]
    for second in range(1, 5):
        evidence.push(prediction(3.0 + second, "squat"))
    assert [stretch.label for stretch in evidence.stretches()] == ["squat"]


def test_what_is_forgotten_has_no_say() -> None:
    evidence = Evidence(EXERCISES)
    for second in range(12):
        evidence.push(prediction(CLIP + second, "squat" if second < 6 else "push_up"))
    evidence.forget(round((CLIP + 5) * NANOSECONDS))
    assert [stretch.label for stretch in evidence.stretches()] == ["push_up"]
    evidence.forget(round(100 * NANOSECONDS))
    assert evidence.stretches() == []


def test_a_label_that_is_not_asked_for_never_wins() -> None:
    evidence = Evidence(("squat",))
    evidence.push(prediction(3.0, "deadlift"))
    assert [stretch.label for stretch in evidence.stretches()] != ["deadlift"]


def test_what_clips_say_between_two_moments() -> None:
    evidence = Evidence(EXERCISES)
    for second, label in enumerate(("none", "squat", "squat", "push_up")):
        evidence.push(prediction(CLIP + second, label))
    begin, end = 2 * NANOSECONDS, 4 * NANOSECONDS
    assert evidence.count(begin, end) == 2
    assert evidence.means(begin, end) == pytest.approx(
        {"squat": 0.8, "none": 0.05, "unknown": 0.05, "push_up": 0.05, "deadlift": 0.05}
    )
    assert evidence.means(begin, end)["squat"] == pytest.approx(evidence.mean("squat", begin, end))
    assert evidence.means(end, begin) == {}
    assert evidence.moving([], 0.5) == 3
    assert evidence.moving([(begin, end)], 0.5) == 1
    assert evidence.moving([], 0.01) == 0
