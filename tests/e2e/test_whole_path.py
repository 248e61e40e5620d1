"""The whole path as programs: a film goes in, sets come out, the same ones through analyze, one process and four."""

from __future__ import annotations

import asyncio
import json
import subprocess
import urllib.request
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from websockets.asyncio.client import connect

from services.render import VideoWriter
from services.simulator import open_scene
from tests.programs import SPOTTER, cluster, embedded, unset, wait_for

SCHEMA = Path("proto/schema/v1/analysis_report.schema.json")
SCENE = "squat?seed=4&view=40&tempo=2&reps=4&rest=20"
SECONDS = 14.0
FPS = 15
NEAR = 0.1
"""How far times may lie apart between two runs from the same pixels, seconds."""


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One person who squats four times and then rests."""
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    scene = open_scene(SCENE)
    with VideoWriter(path, 640, 360) as writer:
        for number in range(round(SECONDS * FPS)):
            writer.write(scene.render(number / FPS), number / FPS)
    return path


def analyzed(folder: Path, *videos: Path) -> Any:
    """What ``spotter analyze --json`` says."""
    target = folder / "report.json"
    subprocess.run([SPOTTER, "analyze", *videos, "--json", target], check=True, env=unset(), capture_output=True)
    return json.loads(target.read_text())


async def first_event(address: str, kind: str) -> dict[str, Any]:
    """The next event of a kind that a dashboard hears of."""
    async with asyncio.timeout(25), connect(f"ws://{address}/ws") as socket:
        await socket.send(json.dumps({"type": "subscribe", "kinds": ["events"]}))
        while True:
            message = json.loads(await socket.recv())
            if message["type"] == "event" and message["event"]["type"] == kind:
                event: dict[str, Any] = message["event"]
                return event


def finished_sets(address: str, camera: str) -> list[dict[str, Any]]:
    """The sets that the gateway says are over."""
    with urllib.request.urlopen(f"http://{address}/api/v1/cameras/{camera}/events?limit=200", timeout=5) as response:
        events = json.load(response)
    return [event for event in events if event["type"] == "set_ended"]


def same(said: dict[str, Any], event: dict[str, Any]) -> None:
    """A set of the report and a SetEnded of the bus tell the same."""
    assert event["exercise"] == said["exercise"]
    assert event["reps"] == said["reps"]
    times = np.array(event["rep_times"]) / 1e9
    assert np.abs(times - np.array(said["rep_times_s"])).max() <= NEAR
    assert abs(event["start"] / 1e9 - said["start_s"]) <= NEAR


def test_analyze_says_what_was_done_and_draws_it(film: Path, tmp_path: Path) -> None:
    report, drawn, poses = tmp_path / "out.json", tmp_path / "out.mp4", tmp_path / "out.npz"
    subprocess.run([SPOTTER, "analyze", film, "--json", report, "--annotate", drawn, "--keypoints", poses], check=True)
    said = json.loads(report.read_text())
    jsonschema.validate(said, json.loads(SCHEMA.read_text()))
    truth = list(open_scene(SCENE).reps(SECONDS))
    assert (said["main"]["exercise"], said["main"]["reps"]) == ("squat", len(truth))
    (one,) = said["people"][0]["sets"]
    for (start, end), rep in zip(one["rep_times_s"], truth, strict=True):
        assert abs(start - rep.start) < 0.7
        assert abs(end - rep.end) < 0.7
    with np.load(poses) as arrays:
        assert arrays["keypoints"].shape[1:] == (33, 3)
        assert len(arrays["captured_at"]) > 0.9 * SECONDS * FPS
    assert drawn.stat().st_size > 10_000


def test_one_process_shows_a_simulated_camera_live(tmp_path: Path) -> None:
    with embedded(tmp_path, f"gym=sim://{SCENE}") as (running, address):
        event = asyncio.run(first_event(address, "rep"))
        assert event["exercise"] == "squat"
        assert running.stop() == 0


def test_one_process_says_what_analyze_says(film: Path, tmp_path: Path) -> None:
    said = analyzed(tmp_path, film)["people"][0]["sets"]
    with embedded(tmp_path, f"film={film}#once") as (_, address):
        wait_for(lambda: bool(finished_sets(address, "film")), 25, "a finished set")
        for one, event in zip(said, finished_sets(address, "film"), strict=True):
            same(one, event)


def test_four_services_say_what_analyze_says(film: Path, tmp_path: Path) -> None:
    said = analyzed(tmp_path, film)["people"][0]["sets"]
    with cluster(tmp_path, f"film={film}#once") as (running, address, _):
        wait_for(lambda: bool(finished_sets(address, "film")), 25, "a finished set")
        for one, event in zip(said, finished_sets(address, "film"), strict=True):
            same(one, event)
        assert {name: service.stop() for name, service in running.items()} == dict.fromkeys(running, 0)


@pytest.mark.parametrize(
    ("clip", "exercise", "reps"),
    [("h2_squat_015", "squat", 5), ("deadlift_010", "deadlift", 3), ("h2_push_up_003", "push_up", 5)],
)
def test_real_clips_give_their_exercise_and_count(
    footage: Path, tmp_path: Path, clip: str, exercise: str, reps: int
) -> None:
    main = analyzed(tmp_path, footage / "clips" / exercise / f"{clip}.mp4")["main"]
    assert (main["exercise"], main["reps"]) == (exercise, reps)


@pytest.mark.long
@pytest.mark.timeout(300)
def test_the_longest_push_up_clip_is_counted_within_one(footage: Path, tmp_path: Path) -> None:
    main = analyzed(tmp_path, footage / "clips/push_up/push_up_002.mp4")["main"]
    assert main["exercise"] == "push_up"
    assert abs(main["reps"] - 31) <= 1
