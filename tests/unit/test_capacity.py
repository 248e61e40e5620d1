"""`spotter bench capacity`: what is measured, what it means for planning, and what an operator is told."""

from __future__ import annotations

import json
import os
import subprocess
from io import StringIO
from itertools import pairwise
from pathlib import Path

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from services.capacity import FULL, GYM, MOST_CAMERAS, Capacity, Cell, Row, holds, measure, parse_counts
from services.capacity import worker as at_work
from services.capacity.worker import WARM_SECONDS, Task, work
from services.cli import _capacity_table, _planned
from services.core.errors import Cause, SettingsError, SourceLost, SpotterError
from services.ingest.recording import record
from services.pose.settings import PoseSettings, Runtime
from services.simulator import open_scene
from tests.pose_models import models_directory
from tests.programs import SPOTTER, unset

SECRET = "s3cr3t"
SETTINGS = PoseSettings(runtime=Runtime.ONNXRUNTIME)


def cell(cameras: int, cores: float, **others: float) -> Cell:
    """A cell of which only the cost matters."""
    values = {"people": 1.0, "fps": 15.0, "memory": 1 << 28, "undisturbed": 1.0, **others}
    return Cell(cameras, cores, cores / 4, cores / 2, cores / 4, **values)  # type: ignore[arg-type]


def answer(*rows: Row, load: float = 0.1, max_people: int = 6) -> Capacity:
    return Capacity("a machine", 2, load, "onnxruntime fp32", "made-up gym", 8.0, max_people, rows)


def spotter(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(SPOTTER), "bench", "capacity", *words],
        capture_output=True, text=True, timeout=80, check=False,
        env={**unset(), "COLUMNS": "120", "SPOTTER_POSE_RUNTIME": "onnxruntime", **env},
    )  # fmt: skip


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seconds of one person, small."""
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    record("sim://squat?size=320x180", path, 3.0, lambda done: None)
    return path


# Planning.

COSTS = st.lists(st.floats(0.01, 5.0), min_size=1, max_size=6).map(
    lambda steps: [sum(steps[: n + 1]) for n in range(len(steps))]
)


@given(st.floats(0.02, 3.0), st.floats(0.1, 1.0))
def test_where_all_cameras_cost_the_same_a_core_holds_as_many_as_fit(each: float, cores: float) -> None:
    number, more = holds([cell(count, each * count) for count in (1, 2, 4, 8, 16)], cores)
    assert more == (each * 16 <= cores)
    if not more:
        assert number * each <= cores * (1 + 1e-6)
        assert (number + 1) * each > cores * (1 - 1e-6)


@given(COSTS, st.floats(0.1, 2.0))
def test_what_a_core_holds_lies_between_what_was_measured(costs: list[float], cores: float) -> None:
    cells = [cell(2**place, cost) for place, cost in enumerate(costs)]
    number, more = holds(cells, cores)
    fitting = [one.cameras for one in cells if one.cores <= cores]
    beyond = [one.cameras for one in cells if one.cores > cores]
    assert more is not bool(beyond)
    assert number >= max(fitting, default=0)
    assert number <= min(beyond, default=number)


@given(COSTS, st.floats(0.1, 1.0), st.floats(0.1, 1.0))
def test_less_of_a_core_never_holds_more(costs: list[float], one: float, other: float) -> None:
    cells = [cell(2**place, cost) for place, cost in enumerate(costs)]
    assert holds(cells, min(one, other))[0] <= holds(cells, max(one, other))[0]


def test_a_camera_that_fills_a_core_leaves_room_for_none() -> None:
    assert holds([cell(1, 1.3)]) == (0, False)


@given(st.sets(st.integers(1, MOST_CAMERAS), min_size=1), st.randoms())
def test_numbers_are_read_in_any_order(numbers: set[int], random) -> None:  # type: ignore[no-untyped-def]
    shuffled = random.sample(sorted(numbers), len(numbers))
    assert parse_counts("--cameras", " , ".join(map(str, shuffled)), MOST_CAMERAS) == tuple(sorted(numbers))


@pytest.mark.parametrize("text", ["0", "1,0", "-1", "two", "", "1,,2", "1.5", "65", "9" * 5000, "²", "1;2"])
def test_nonsense_for_numbers_is_named(text: str) -> None:
    with pytest.raises(SettingsError, match=r"--cameras: got .* from 1 to 64"):
        parse_counts("--cameras", text, MOST_CAMERAS)


# What is shown.


def shown(found: Capacity, numbers: tuple[int, ...]) -> list[str]:
    output = StringIO()
    Console(file=output, width=80).print(_capacity_table(found, numbers))
    return output.getvalue().splitlines()


def test_the_table_has_people_down_and_cameras_across_and_marks_what_is_full() -> None:
    found = answer(Row(1, (cell(1, 0.1), cell(4, 0.4))), Row(6, (cell(1, 0.42), cell(2, 0.9), cell(4, 1.85))))
    lines = shown(found, (1, 2, 4, 8, 16))
    heads = [head.strip() for head in lines[1].strip("┃").split("┃")]
    assert heads == ["people", "found", "1 camera", "2 cameras", "4 cameras", "8 cameras", "16 cameras"]
    [six] = [line for line in lines if line.startswith("│ 6")]
    assert [word.strip() for word in six.strip("│").split("│")][2:] == ["0.42", "0.90", "1.85 full", "full", "full"]


def test_a_sentence_says_how_many_cameras_a_core_holds() -> None:
    said = _planned(Row(3, (cell(1, 0.2), cell(4, 0.8), cell(8, 1.6))), 6)
    assert "3 people: one core holds [bold]5 cameras[/], 4 with a fifth" in said
    assert "200 ms of CPU a second (video 50, pose 100, exercises 50)" in said
    assert "at least 4 cameras" in _planned(Row(1, (cell(4, 0.5),)), 6)
    assert "SPOTTER_POSE_MAX_PEOPLE" in _planned(Row(10, (cell(1, 0.5),)), 6)
    assert "SPOTTER_POSE_MAX_PEOPLE" not in _planned(Row(10, (cell(1, 0.5),)), 10)


def test_a_disturbed_measurement_is_known_as_such() -> None:
    calm = answer(Row(1, (cell(1, 0.1),)))
    assert not calm.disturbed
    assert not calm.busy
    assert answer(Row(1, (cell(1, 0.1), cell(2, 0.2, undisturbed=0.4)))).disturbed
    assert answer(Row(1, (cell(1, 0.1),)), load=1.5).busy


def test_the_report_is_json_with_every_figure() -> None:
    report = json.loads(json.dumps(answer(Row(3, (cell(1, 0.2), cell(4, 0.8), cell(8, 1.6)))).report()))
    assert report["schema"] == 1
    [row] = report["rows"]
    assert (row["people"], row["cameras_per_core"], row["holds_more"], row["cameras_to_plan_with"]) == (3, 5, False, 4)
    assert set(row["cells"][0]) == {
        "cameras", "cores", "ingest", "pose", "classifier", "people", "fps", "memory", "undisturbed",
    }  # fmt: skip


# Measuring.


@pytest.mark.parametrize("people", [1, 3, 6, 9, 10])
def test_everybody_in_the_made_up_gym_is_in_view(people: int) -> None:
    scene = open_scene(GYM.format(people=people))
    assert len(scene.people) == people
    for seconds in (0.0, 2.5, 5.0, 7.5):
        for pose in scene.pose_frame(seconds).people:
            assert pose.box.min() > 0, f"{pose.track_id} at {seconds} s"
            assert pose.box.max() < 1, f"{pose.track_id} at {seconds} s"
            assert (pose.visibility > 0.5).mean() > 0.4, f"{pose.track_id} at {seconds} s"


def test_people_in_the_made_up_gym_move_about_half_of_the_time() -> None:
    scene = open_scene(GYM.format(people=10))
    moments = [scene.truth(seconds / 4).people for seconds in range(240)]
    moving = [person.label != "none" for moment in moments for person in moment]
    assert 0.25 < sum(moving) / len(moving) < 0.6
    assert {sum(person.label != "none" for person in moment) for moment in moments} > {3, 4}, "out of step"


@pytest.mark.timeout(120)
def test_the_made_up_gym_is_drawn_once_and_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    env = {"XDG_CACHE_HOME": str(tmp_path), "SPOTTER_POSE_MODELS": str(models_directory())}
    out = tmp_path / "out.json"
    result = spotter("--cameras", "1", "--people", "1", "--seconds", "1", "--json", str(out), **env)
    assert result.returncode == 0, result.stderr
    assert "1 person: one core holds" in result.stdout
    assert "exercise and rest in turn" in result.stdout
    report = json.loads(out.read_text())
    assert (report["source"], report["engine"]) == ("made-up gym", "onnxruntime fp32")
    [measured] = report["rows"][0]["cells"]
    assert measured["people"] == pytest.approx(1, abs=0.2)
    assert measured["fps"] == pytest.approx(15, abs=1)
    assert measured["pose"] > 0
    assert measured["ingest"] > 0
    assert measured["ingest"] + measured["pose"] + measured["classifier"] == pytest.approx(measured["cores"], abs=1e-3)
    assert measured["memory"] > 50 << 20

    for name, value in {**env, "SPOTTER_POSE_RUNTIME": "onnxruntime"}.items():
        monkeypatch.setenv(name, value)
    told: list[tuple[str, float, float]] = []
    found = measure([1], [1], 1.0, None, lambda *words: told.append(words))
    assert {doing for doing, _, _ in told} == {"measuring"}
    assert all(before <= after for (_, before, _), (_, after, _) in pairwise(told))
    assert told[-1][1] == told[-1][2] == WARM_SECONDS + 1
    assert found.rows[0].people == 1


@pytest.mark.timeout(60)
def test_a_clip_of_ones_own_is_measured_as_it_was_filmed(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPOTTER_POSE_MODELS", str(models_directory()))
    monkeypatch.setenv("SPOTTER_POSE_RUNTIME", "onnxruntime")
    before = os.sched_getaffinity(0)
    found = measure([1, 2], [7], 1.0, str(clip), lambda *words: None)
    [row] = found.rows
    assert row.people is None
    assert [one.cameras for one in row.cells] == [1, 2]
    assert row.cells[1].fps == pytest.approx(15, abs=1)
    assert found.source == "clip.mp4"
    assert os.sched_getaffinity(0) == before


def test_nothing_is_measured_beyond_a_full_core(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    models_directory()
    monkeypatch.setattr(at_work, "FULL", 0.001)
    monkeypatch.setattr(at_work, "WARM_SECONDS", 0.0)
    cells = list(at_work.cells(Task(clip, (1, 2, 4), 0.5, SETTINGS), lambda done: None))
    assert [one.cameras for one in cells] == [1]
    assert cells[0].cores < FULL


def dies(*_: object) -> None:
    """A worker that the kernel ends."""
    os._exit(9)


def test_a_fault_in_the_worker_is_told_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    models_directory()
    with pytest.raises(SourceLost, match=r"gone\.mp4") as caught:
        work(Task(tmp_path / "gone.mp4", (1,), 1.0, SETTINGS), lambda done: None)
    assert caught.value.cause is Cause.NOT_FOUND
    monkeypatch.setattr(at_work, "_answer", dies)
    with pytest.raises(SpotterError, match=r"status 9.*--cameras"):
        work(Task(tmp_path / "gone.mp4", (1,), 1.0, SETTINGS), lambda done: None)


# Nonsense.


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("--cameras", "0"), 2, "--cameras: got '0'"),
        (("--people", "11"), 2, "--people: got '11', expected whole numbers from 1 to 10"),
        (("--seconds", "0"), 2, "--seconds"),
        (("--source", "gone.mp4"), 1, "gone.mp4: no such file"),
        (("--source", "sim://no_such_exercise"), 2, "no_such_exercise"),
        (("--source", f"rtsp://u:{SECRET}@127.0.0.1:1/s?token={SECRET}"), 1, "rtsp://***@127.0.0.1:1"),
        (("--source", "clip.mp4", "--people", "1"), 2, "--people is for the made-up gym"),
        (("--json", "/nowhere/out.json"), 2, "/nowhere"),
    ],
)
def test_nonsense_is_told_before_anything_is_measured(words: tuple[str, ...], status: int, said: str) -> None:
    result = spotter(*words, SPOTTER_POSE_MODELS=str(models_directory()))
    assert result.returncode == status, result.stderr
    # What click frames is folded; ours is one line.
    assert said in result.stderr.replace("\n", " ")
    assert "Traceback" not in result.stderr
    assert SECRET not in result.stdout + result.stderr


@pytest.mark.parametrize("content", [b"", b"this is no video\n" * 50])
def test_what_is_no_video_is_said(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "text.mp4").write_bytes(content)
    result = spotter("--source", str(tmp_path / "text.mp4"), SPOTTER_POSE_MODELS=str(models_directory()))
    assert result.returncode == 1, result.stderr
    assert "text.mp4" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_clip_too_short_to_measure_with_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPOTTER_POSE_MODELS", str(models_directory()))
    monkeypatch.setenv("SPOTTER_POSE_RUNTIME", "onnxruntime")
    record("sim://squat?size=64x36", tmp_path / "blink.mp4", 0.5, lambda done: None)
    with pytest.raises(SettingsError, match=r"blink.mp4 is 0.5 s long"):
        measure([1], [1], 1.0, str(tmp_path / "blink.mp4"), lambda *words: None)


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SPOTTER_POSE_MODELS", str(models_directory()))
    monkeypatch.setenv("SPOTTER_POSE_RUNTIME", "onnxruntime")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(SettingsError, match="XDG_CACHE_HOME"):
        measure([1], [1], 1.0, None, lambda *words: None)


# Recording.


def test_a_recording_is_like_a_cameras_stream(tmp_path: Path) -> None:
    told: list[float] = []
    path = tmp_path / "gym.mp4"
    record("sim://squat?size=321x181", path, 3.0, told.append)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        packets = [packet for packet in container.demux(stream) if packet.pts is not None]
        assert (stream.width, stream.height, stream.codec_context.name) == (320, 180, "h264")
    assert len(packets) == 75
    assert [packet.pts for packet in packets] == [packet.dts for packet in packets], "no picture refers to a later one"
    assert [number for number, packet in enumerate(packets) if packet.is_keyframe] == [0, 50]
    assert told[-1] == pytest.approx(3.0, abs=0.05)
    assert list(tmp_path.iterdir()) == [path]


def test_a_source_that_ends_is_recorded_to_its_end(clip: Path, tmp_path: Path) -> None:
    record(str(clip), tmp_path / "copy.mp4", 60.0, lambda done: None)
    with av.open(str(tmp_path / "copy.mp4")) as container:
        assert sum(1 for _ in container.decode(video=0)) == 75


def test_of_a_source_that_fails_nothing_is_left(tmp_path: Path) -> None:
    with pytest.raises(SourceLost):
        record(str(tmp_path / "gone.mp4"), tmp_path / "copy.mp4", 1.0, lambda done: None)
    assert list(tmp_path.iterdir()) == []
