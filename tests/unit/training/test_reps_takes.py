"""Takes, long sets and everybody's counts of them, of made-up people who squat and stand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from services.classifier.manifest import DataCard, Input, Manifest
from services.core.clips import Clip
from services.core.counting import COUNTERS
from services.core.errors import SettingsError
from services.core.exercises import CATALOGUE
from services.core.summary import nearness
from services.core.types import NANOSECONDS, FloatArray
from tests.made_up import recording, track, video
from training.poses import Recording, Track
from training.report.reps import reps_section
from training.reps import evaluation
from training.reps.alone import count
from training.reps.bars import bars
from training.reps.evaluation import Models, findings_of
from training.reps.findings import PRINCIPAL, WHOLE, Counted, Findings, Told, read_findings, write_findings
from training.reps.idle import idle_of, read_idle
from training.reps.long_sets import BLEND, KNOWN, NOBODY, RATES, REPS, long_sets
from training.reps.pictures import draw_errors, draw_worst
from training.reps.principal import principal_count
from training.reps.takes import Take, counted_clips
from training.reps.whole import CAMERA, events_of, heard

LABELS = ("squat", "none")


class ByHips:
    """Says "squat" of a clip in which the hips go down."""

    labels = LABELS
    manifest = Manifest(
        name="hips",
        kind="made up",
        input=Input.CLIP,
        labels=LABELS,
        clip_seconds=2.0,
        samples=21,
        stride_seconds=0.5,
        features=1,
        sha256="0" * 64,
        card=DataCard(videos={}, folded={}, sources=(), figures=(), notes=()),
    )

    def predict(self, clip: Clip) -> FloatArray:
        down = np.ptp(clip.points[:, 23, 1]) > 0.05
        return np.array([0.95, 0.05] if down else [0.05, 0.95], np.float32)


class ByHipsAlways:
    """Asks it about everything."""

    family = "hips"

    def __init__(self, digest: str = "1") -> None:
        self.asked = 0
        self._digest = digest

    def of(self, _take: Take) -> ByHips:
        self.asked += 1
        return ByHips()

    def digest(self, _take: Take) -> str:
        return self._digest


def squats(reps: int, *, seconds: float = 2.0, fps: float = 15.0) -> Track:
    """Somebody who stands for a second, squats so often, and stands for another."""
    frames = round((2 + reps * seconds) * fps)
    at = np.arange(frames) / fps
    phase = np.where((at > 1) & (at < 1 + reps * seconds), np.sin((at - 1) / seconds * np.pi) ** 2, 0.0)
    # Cut from one track, so that it is one body however long they squat.
    still = part(track("standing", frames=600), frames)
    world = still.world.copy()
    world[:, :25, 1] += 0.35 * phase[:, None]
    world[:, 25:27, 2] -= 0.3 * phase[:, None]
    return replace(
        still,
        captured_at=np.round(at * NANOSECONDS).astype(np.int64),
        keypoints=(world * 0.3 + 0.5).astype(np.float32),
        world=world,
    )


def part(seen: Track, frames: int) -> Track:
    """The first frames of a track."""
    names = ("frame", "captured_at", "box", "score", "keypoints", "visibility", "world")
    return replace(seen, **{name: getattr(seen, name)[:frames] for name in names})


def recorded(seen: Track) -> Recording:
    return Recording(400, 400, seen.captured_at, (seen,))


def take(name: str = "clip", reps: int = 3, *, subject: str = "p1", fold: int = 0, source: str = "a/one") -> Take:
    return Take(name, "squat", reps, source, fold, recorded(squats(reps)), subject=subject, view="side")


def standing(fold: int = 0, frames: int = 150) -> Take:
    idle = recording(track("standing", frames=frames), frames=frames)
    return Take(f"idle-{fold}", "non_exercise", 0, "a/idle", fold, idle)


# ---- takes and counters alone ----------------------------------------------------------------------------------------


def test_only_trusted_counts_of_something_are_counted(tmp_path: Path) -> None:
    videos = [video("squat", f"s/{number}", f"p{number}", number) for number in range(6)]
    videos[0] = replace(videos[0], reps_trusted=False)
    videos[1] = replace(videos[1], reps=0)
    videos[2] = replace(videos[2], reps=None)
    with pytest.raises(SettingsError, match=r"squat_s_3_3 has no poses .* run python -m training.dataset"):
        counted_clips([replace(one, path=tmp_path / one.path) for one in videos], tmp_path)


def test_a_counter_alone_counts_and_says_when() -> None:
    found = count(COUNTERS["combined"], CATALOGUE["squat"], take(reps=4).measures())
    assert (found.reps, found.live) == (4, 4)
    assert len(found.spans) == len(found.delays) == 4
    # Told while the way back is under way, its end foretold.
    assert all(-0.3 < delay < 0.1 for delay in found.delays)
    # They end at 3, 5, 7 and 9 seconds: known by then, and no half a second before.
    told = [end / NANOSECONDS + delay for (_, end), delay in zip(found.spans, found.delays, strict=True)]
    assert all(-0.5 < at - end <= 0.0 for at, end in zip(told, (3.0, 5.0, 7.0, 9.0), strict=True))
    assert all(end > start for start, end in found.spans)


def test_the_peer_needs_no_exercise() -> None:
    assert principal_count(squats(6)).reps == 6
    assert principal_count(part(squats(1), 10)).reps == 0, "there is nothing to filter"


# ---- long sets -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def long() -> list[Take]:
    return long_sets([take("one", 2), take("two", 3), take("three", 1)], [standing(0), standing(1)], 7)


def test_who_filled_their_picture_stays_in_it() -> None:
    whole = take("one", 4)
    (seen,) = whole.recording.tracks
    points = seen.keypoints.copy()
    low, high = points[..., 1].min(), points[..., 1].max()
    points[..., 1] = 0.01 + 0.98 * (points[..., 1] - low) / (high - low)
    points[..., 1] **= 2.0
    filling = replace(whole, recording=recorded(replace(seen, keypoints=points)))
    joined = long_sets([filling, take("two", 3)], [], 7)
    assert joined
    for one in joined:
        (person,) = one.recording.tracks
        assert person.keypoints[..., 1].min() > -0.02
        assert person.keypoints[..., 1].max() < 1.02


def test_long_sets_are_long_and_their_truth_is_the_sum(long: list[Take]) -> None:
    assert long
    for one in long:
        assert REPS[0] <= one.reps <= REPS[1]
        assert (one.exercise, one.fold, one.source, one.subject) == ("squat", 0, "a/one", "p1")
    for one in long[:2]:
        found = count(COUNTERS["combined"], CATALOGUE["squat"], one.measures())
        assert found.reps == one.reps, one.name
    assert len({one.name for one in long}) == len(long)


def test_the_same_footage_and_seed_give_the_same_sets(long: list[Take]) -> None:
    clips = [take("one", 2), take("two", 3), take("three", 1)]
    again = long_sets(clips, [standing(0), standing(1)], 7)
    other = long_sets(clips, [standing(0), standing(1)], 8)
    assert [one.name for one in again] == [one.name for one in long]
    assert all(
        np.array_equal(a.recording.tracks[0].keypoints, b.recording.tracks[0].keypoints)
        for a, b in zip(again, long, strict=True)
    )
    assert [(one.name, one.seconds) for one in other] != [(one.name, one.seconds) for one in long]


def test_no_joint_jumps_and_nobody_is_there_where_the_body_changes(long: list[Take]) -> None:
    for one in long:
        (seen,) = one.recording.tracks
        rate = 1 / np.median(np.diff(one.recording.captured_at) / NANOSECONDS)
        assert any(abs(rate - known) < 0.1 for known in RATES)
        apart = np.diff(seen.captured_at) / NANOSECONDS
        speed = np.abs(np.diff(seen.world, axis=0)).max(axis=(1, 2)) / apart
        assert speed.max() < 3.0, "metres a second; a squat and the tremble of joints have less"
        assert (apart > NOBODY - BLEND).sum() == 2 * len(one.rests) - 2
        assert len(one.rests) >= 2, "before and after"


def test_clips_that_begin_or_end_bent_are_not_joined() -> None:
    whole = take("one", 3)
    (seen,) = whole.recording.tracks
    bent = part(seen, len(seen.frame) - round(2.0 * 15))
    cut = replace(whole, recording=recorded(bent))
    assert not long_sets([cut], [standing()], 7)
    assert long_sets([whole], [standing()], 7)


def test_one_movement_over_and_over_makes_no_set() -> None:
    assert KNOWN > 2
    assert not long_sets([take("one", 1), take("two", 1, subject="p2")], [standing()], 7)


def test_idle_people_of_other_folds_are_not_put_in() -> None:
    for one in long_sets([take("one", 3)], [standing(1)], 7):
        assert not one.rests


# ---- everybody's counts ----------------------------------------------------------------------------------------------


def test_the_whole_finds_the_exercise_and_counts(long: list[Take]) -> None:
    near = nearness(long[0].recording.pose_frames(CAMERA))
    found = heard(events_of(long[0].recording, ByHips()), near)
    assert found.exercise == "squat"
    assert found.reps == long[0].reps
    assert len(found.delays) == len(found.spans) == found.reps
    assert 0 < len(found.under_way) <= found.reps
    nothing = heard(events_of(standing().recording, ByHips()), near)
    assert (nothing.exercise, nothing.reps) == ("none", 0)


def test_everybody_counts_and_the_truth_chooses_nothing(tmp_path: Path) -> None:
    lunge = replace(take("lunge", 3), exercise="lunge")
    found = findings_of([take("one", 3), lunge], "clips", ByHipsAlways(), tmp_path / "kept.jsonl")
    rows = found.rows()
    expected = {(name, told) for name in COUNTERS for told in (Told.GIVEN, Told.PREDICTED)}
    assert set(rows) == expected | {(WHOLE, Told.PREDICTED), (PRINCIPAL, Told.NOBODY)}
    assert [one.answer for one in rows["combined", Told.GIVEN]] == ["squat", "lunge"]
    assert [one.answer for one in rows["combined", Told.PREDICTED]] == ["squat", "squat"]
    assert [one.answer for one in rows[WHOLE, Told.PREDICTED]] == ["squat", "squat"]
    assert all(one.counted == 3 for one in rows[WHOLE, Told.PREDICTED])


def test_repetitions_in_idle_footage_are_told_apart(tmp_path: Path) -> None:
    mixed = replace(take("mixed", 3), rests=((0, 3 * NANOSECONDS),))
    found = findings_of([mixed], "long sets", None, tmp_path / "kept.jsonl")
    (one,) = found.rows()["combined", Told.GIVEN]
    assert (one.counted, one.phantoms) == (3, 1), "the first lies between the first and the third second"


def test_what_no_entry_counts_is_only_predicted(tmp_path: Path) -> None:
    other = replace(take("other", 3), exercise="other_exercise")
    found = findings_of([other], "clips", ByHipsAlways(), tmp_path / "kept.jsonl")
    assert {told for _, told in found.rows()} == {Told.PREDICTED, Told.NOBODY}


def test_a_stopped_evaluation_goes_on_where_it_was(tmp_path: Path) -> None:
    kept, first, both = tmp_path / "kept.jsonl", ByHipsAlways(), ByHipsAlways()
    findings_of([take("one", 3)], "clips", first, kept)
    assert first.asked == 1
    kept.write_text(kept.read_text() + '{"key": "torn')
    found = findings_of([take("one", 3), take("two", 2)], "clips", both, kept)
    assert both.asked == 1, "only of the second"
    assert {one.take for one in found.counted} == {"one", "two"}
    another = ByHipsAlways("another model")
    findings_of([take("one", 3)], "clips", another, kept)
    assert another.asked == 1
    assert len(kept.read_text().splitlines()) == 1, "what is of other takes and models goes"


def test_other_code_counts_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept, asked = tmp_path / "kept.jsonl", ByHipsAlways()
    findings_of([take("one", 3)], "clips", asked, kept)
    monkeypatch.setattr(evaluation, "_code", lambda: "other")
    findings_of([take("one", 3)], "clips", asked, kept)
    assert asked.asked == 2


def test_a_model_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"no model motion in .* run python -m training.evaluate --model motion"):
        findings_of([take()], "clips", Models("motion", tmp_path), tmp_path / "kept.jsonl")


def test_where_nobody_exercises_each_repetition_is_one_too_many(tmp_path: Path) -> None:
    quiet = idle_of([standing()], ByHipsAlways())
    assert (quiet.reps, quiet.ever) == (0, 0)
    assert quiet.bound(quiet.reps) == pytest.approx(3.0 / quiet.minutes, rel=0.01)
    loud = idle_of([standing(), replace(take("squatting", 3), exercise="non_exercise", reps=0)], ByHipsAlways())
    assert loud.reps == 3
    assert loud.clips[1].exercises == (("squat", 3),)
    loud.write(tmp_path)
    assert read_idle(tmp_path) == loud


# ---- what is told of them --------------------------------------------------------------------------------------------


def counted(truth: int, said: int, *, take: str = "t", source: str = "s", exercise: str = "squat") -> Counted:
    return Counted(
        take=take, exercise=exercise, source=source, truth=truth, counter=WHOLE, told=Told.PREDICTED, answer="squat",
        counted=said, live=said, delays=(0.1,) * said, under_way=(0.1,) * said,
    )  # fmt: skip


def test_clips_of_one_or_two_count_for_exactness_only() -> None:
    clips = Findings(what="clips", counted=(counted(1, 2, take="a"), counted(4, 4, take="b")))
    long = Findings(what="long sets", counted=(counted(10, 10, take="c", source="r"),))
    reached = {bar.what.split(",")[0]: bar for bar in bars(clips, long, None, None)}
    assert reached["MAE"].value == 0
    assert reached["MAE"].met
    assert reached["total error"].value == 0
    assert reached["exact"].value == pytest.approx(2 / 3)
    assert not reached["exact"].met
    assert reached["exact"].n == "3 (15 repetitions)"
    assert reached["seconds from a repetition's end to its event"].met


def test_the_page_tells_what_was_found(tmp_path: Path) -> None:
    empty = reps_section(tmp_path)
    assert "Nothing was counted yet" in empty.body
    clips = Findings(what="counted clips", model="motion", counted=(counted(3, 3), counted(5, 4, take="u")))
    write_findings(clips, "clips", tmp_path)
    write_findings(replace_what(clips, "long sets"), "long-sets", tmp_path)
    write_findings(replace_what(clips, "file.npz"), "keypoints-file", tmp_path)
    idle_of([standing()], ByHipsAlways()).write(tmp_path)
    draw_errors(clips, tmp_path / "clips-errors.png")
    body = reps_section(tmp_path).body
    for told in ("not met", "sequences of keypoints (file.npz)", "Long sets", "Where nobody exercises", "at most"):
        assert told in body
    assert body.count("data:image/png;base64,") == 1
    assert read_findings("clips", tmp_path) == clips
    assert "nan" not in body.split("base64,")[0]


def replace_what(findings: Findings, what: str) -> Findings:
    return findings.model_copy(update={"what": what})


def test_the_takes_that_are_off_most_are_drawn(tmp_path: Path) -> None:
    takes = [take("one", 3), take("two", 2)]
    rows = [counted(3, 3, take="one"), counted(2, 5, take="two"), counted(2, 9, take="gone")]
    shown = draw_worst(rows, takes, "worst", tmp_path / "worst.png")
    assert [one.take for one in shown] == ["two"]
    assert (tmp_path / "worst.png").read_bytes().startswith(b"\x89PNG")
