from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from proto import messages
from services.core.errors import Cause
from services.core.types import Command, Status
from services.gateway.app import create_app
from services.gateway.settings import GatewaySettings
from services.gateway.stage import GatewayStage
from tests.unit.gateway.gateway_messages import (
    camera_state,
    form_cue,
    picture,
    placement_hint,
    pose_frame,
    prediction,
    rep,
    set_ended,
    set_started,
)


async def nowhere(command: Command) -> None:
    """No bus."""


@pytest.fixture
def stage() -> GatewayStage:
    return GatewayStage()


@pytest.fixture
async def client(stage: GatewayStage) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(stage, GatewaySettings(), ready=lambda: True, publish=nowhere)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gym") as client:
        yield client


async def test_cameras_and_their_state(client: httpx.AsyncClient, stage: GatewayStage) -> None:
    assert (await client.get("/api/v1/cameras")).json() == []
    stage.process(camera_state(Status.OFFLINE))
    stage.process(camera_state(camera_id="bench"))
    stage.process(pose_frame(1, "1-1", camera_id="bench"))
    bench, front = (await client.get("/api/v1/cameras")).json()
    assert (bench["camera_id"], bench["status"], bench["fps"], bench["people"]) == ("bench", "online", 15.0, 1)
    assert (front["status"], front["cause"], front["detail"]) == ("offline", "auth", "the camera answered 401")
    assert front["dropped"] == {"stale": 2}
    assert (await client.get("/api/v1/cameras/front")).json() == front


async def test_a_camera_whose_picture_is_of_no_use_says_why(client: httpx.AsyncClient, stage: GatewayStage) -> None:
    stage.process(camera_state(Status.STALLED, cause=Cause.FROZEN, detail="the same picture", night=True))
    camera = (await client.get("/api/v1/cameras/front")).json()
    assert (camera["status"], camera["cause"], camera["night"]) == ("stalled", "frozen", True)
    assert camera["pace"] == "full"


async def test_a_camera_that_never_said_how_it_is(client: httpx.AsyncClient, stage: GatewayStage) -> None:
    stage.process(pose_frame(1))
    camera = (await client.get("/api/v1/cameras/front")).json()
    assert (camera["status"], camera["source"]) == ("unknown", None)


async def test_people_and_their_sets(client: httpx.AsyncClient, stage: GatewayStage) -> None:
    for message in (pose_frame(1, "1-1"), prediction(1), set_started(), rep(1), rep(2), form_cue()):
        stage.process(message)
    [person] = (await client.get("/api/v1/cameras/front/people")).json()
    assert (person["track_id"], person["label"], person["current_set"]["reps"]) == ("1-1", "squat", 2)
    assert (await client.get("/api/v1/cameras/front/sets")).json() == []
    stage.process(set_ended(2))
    [person] = (await client.get("/api/v1/cameras/front/people")).json()
    assert person["current_set"] is None
    [done] = (await client.get("/api/v1/cameras/front/sets")).json()
    assert (done["exercise"], done["reps"], done["confidence"], len(done["rep_times"])) == ("squat", 2, 0.93, 2)


async def test_history_tells_how_each_repetition_was_done(client: httpx.AsyncClient, stage: GatewayStage) -> None:
    how = {
        "tempo": (2.0, None, 1.0, 0.5), "peak_speed": 0.8, "speed_unit": "m/s", "confidence": 0.97,
        "side": "left",
    }  # fmt: skip
    for message in (
        pose_frame(1, "1-1", "1-2"), set_started(exercise="lunge"), rep(1, **how), rep(2, counted=False, half=True),
        set_ended(
            1, halves=1, load_kg=60.0, volume_kg=60.0, rest_before_seconds=75.0, corrected_from="lunge",
        ),
    ):  # fmt: skip
        stage.process(message)
    [done] = (await client.get("/api/v1/cameras/front/sets")).json()
    whole, half = done["repetitions"]
    assert (whole["number"], whole["half"], whole["range_of_motion"], whole["tempo"]) == (
        1,
        False,
        0.9,
        [2, None, 1, 0.5],
    )
    assert (whole["peak_speed"], whole["speed_unit"], whole["confidence"]) == (0.8, "m/s", 0.97)
    assert (half["number"], half["half"], half["tempo"]) == (2, True, None)
    assert (whole["side"], half["side"]) == ("left", None)
    assert (done["reps"], done["halves"], done["load_kg"], done["volume_kg"]) == (1, 1, 60.0, 60.0)
    assert (done["rest_before_seconds"], done["corrected_from"]) == (75.0, "lunge")
    resting = {
        one["track_id"]: one["resting_since"] for one in (await client.get("/api/v1/cameras/front/people")).json()
    }
    assert resting == {"1-1": done["end"], "1-2": None}
    again = set_started(75, set_id="set2", exercise="lunge", revision=1)
    stage.process(replace(again, rest_before_seconds=44.0, corrected_from="squat"))
    [person] = [one for one in (await client.get("/api/v1/cameras/front/people")).json() if one["current_set"]]
    current = person["current_set"]
    assert (current["exercise"], current["rest_before_seconds"], current["corrected_from"]) == ("lunge", 44.0, "squat")
    assert person["resting_since"] is None


async def test_people_are_told_where_to_stand_until_they_do(client: httpx.AsyncClient, stage: GatewayStage) -> None:
    for message in (pose_frame(1, "1-1"), placement_hint(), placement_hint(hint="step_back")):
        stage.process(message)
    [person] = (await client.get("/api/v1/cameras/front/people")).json()
    assert [hint["hint"] for hint in person["hints"]] == ["step_back", "turn_sideways"]
    stage.process(placement_hint(active=False, revision=1))
    stage.process(placement_hint())
    [person] = (await client.get("/api/v1/cameras/front/people")).json()
    assert [hint["hint"] for hint in person["hints"]] == ["step_back"]


async def test_cues_for_an_exercise_that_the_set_was_not_are_left_out(
    client: httpx.AsyncClient, stage: GatewayStage
) -> None:
    for message in (pose_frame(1, "1-1"), set_started(), rep(1), form_cue()):
        stage.process(message)
    [person] = (await client.get("/api/v1/cameras/front/people")).json()
    assert len(person["current_set"]["cues"]) == 1
    stage.process(set_started(exercise="lunge", revision=1))
    [person] = (await client.get("/api/v1/cameras/front/people")).json()
    assert (person["current_set"]["exercise"], person["current_set"]["cues"]) == ("lunge", [])


async def test_recent_events_are_those_of_the_bus(client: httpx.AsyncClient, stage: GatewayStage) -> None:
    for message in (set_started(), rep(1), rep(1), rep(2)):
        stage.process(message)
    answer = await client.get("/api/v1/cameras/front/events", params={"limit": 2})
    events = [messages.EVENT.validate_python(event) for event in answer.json()]
    assert [(event.type, event.number) for event in events if isinstance(event, messages.Rep)] == [
        ("rep", 1),
        ("rep", 2),
    ]


async def test_the_latest_picture(client: httpx.AsyncClient, stage: GatewayStage) -> None:
    stage.process(camera_state())
    missing = await client.get("/api/v1/cameras/front/picture.jpg")
    assert missing.status_code == 404
    assert "no picture yet" in missing.json()["detail"]
    stage.process(picture(1, jpeg=b"old"))
    stage.process(picture(2, jpeg=b"new"))
    answer = await client.get("/api/v1/cameras/front/picture.jpg")
    assert (answer.content, answer.headers["content-type"], answer.headers["x-frame-id"]) == (b"new", "image/jpeg", "2")
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["", "/people", "/sets", "/events", "/picture.jpg"])
async def test_an_unknown_camera(client: httpx.AsyncClient, stage: GatewayStage, path: str) -> None:
    stage.process(camera_state())
    answer = await client.get(f"/api/v1/cameras/nowhere{path}")
    assert answer.status_code == 404
    assert answer.json()["detail"] == "No camera is called nowhere; there are: front."


@pytest.mark.parametrize("path", ["/api/v1/cameras/a..b", "/api/v1/cameras/front/events?limit=0"])
async def test_requests_that_mean_nothing(client: httpx.AsyncClient, stage: GatewayStage, path: str) -> None:
    stage.process(camera_state())
    assert (await client.get(path)).status_code == 422


async def test_probes(stage: GatewayStage) -> None:
    connected = False
    app = create_app(stage, GatewaySettings(), ready=lambda: connected, publish=nowhere)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gym") as client:
        assert (await client.get("/healthz")).status_code == 200
        answer = await client.get("/readyz")
        assert answer.status_code == 503
        assert "bus" in answer.json()["status"]
        connected = True
        assert (await client.get("/readyz")).status_code == 200


async def test_metrics(client: httpx.AsyncClient, stage: GatewayStage) -> None:
    stage.process(pose_frame(1, "1-1", "1-2"))
    text = (await client.get("/metrics")).text
    assert 'spotter_gateway_people{camera="front"} 2.0' in text
    assert "spotter_gateway_clients 0.0" in text


async def test_a_browser_asks_again_for_the_dashboard_and_keeps_no_picture(
    client: httpx.AsyncClient, stage: GatewayStage
) -> None:
    stage.process(picture())
    assert (await client.get("/main.js")).headers["cache-control"] == "no-cache"
    assert (await client.get("/api/v1/cameras/front/picture.jpg")).headers["cache-control"] == "no-store"


async def test_the_dashboard_loads_nothing_from_elsewhere(client: httpx.AsyncClient) -> None:
    page = await client.get("/")
    assert page.status_code == 200
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "http://" not in page.text
    assert "https://" not in page.text
    assert (await client.get("/main.js")).headers["content-type"].startswith("text/javascript")
    assert (await client.get("/docs")).status_code == 200
    assert (await client.get("/../settings.py")).status_code == 404


async def test_the_api_describes_itself(client: httpx.AsyncClient) -> None:
    document = (await client.get("/openapi.json")).json()
    assert "The WebSocket protocol, version 1" in document["info"]["description"]
    for path, operations in document["paths"].items():
        for operation in operations.values():
            assert operation["summary"], path
            if path.startswith("/api/v1/cameras"):
                assert "401" in operation["responses"], path
    events = document["paths"]["/api/v1/cameras/{camera_id}/events"]["get"]["responses"]["200"]
    assert "SetEnded" in str(events)
