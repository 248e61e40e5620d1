from __future__ import annotations

import httpx
import pytest
from pydantic import ValidationError
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from services.gateway.settings import GatewaySettings
from tests.unit.gateway.gateway_messages import camera_state, picture, running_gateway, told

TOKEN = "a-long-enough-token"


@pytest.mark.parametrize("path", ["/cameras", "/cameras/front", "/cameras/front/people", "/cameras/front/picture.jpg"])
async def test_without_the_token_nothing_is_told(path: str) -> None:
    async with running_gateway(access_token=TOKEN) as gateway, httpx.AsyncClient(base_url=gateway.address) as client:
        gateway.stage.process(camera_state())
        gateway.stage.process(picture())
        for headers in (
            {},
            {"Authorization": "Bearer wrong"},
            {"Authorization": TOKEN},
            {"Authorization": f"Basic {TOKEN}"},
            {"Cookie": "spotter_session=x"},
        ):
            answer = await client.get(f"/api/v1{path}", headers=headers)
            assert answer.status_code == 401
            assert TOKEN not in answer.text
        answer = await client.get(f"/api/v1{path}", headers={"Authorization": f"Bearer {TOKEN}"})
        assert answer.status_code == 200


async def test_the_websocket_wants_the_token_too() -> None:
    async with running_gateway(access_token=TOKEN) as gateway:
        url = gateway.address.replace("http", "ws") + "/ws"
        with pytest.raises(InvalidStatus) as refused:
            async with connect(url):
                pass
        assert refused.value.response.status_code == 401
        async with connect(url, additional_headers={"Authorization": f"Bearer {TOKEN}"}) as socket:
            assert (await told(socket))["type"] == "hello"


async def test_a_browser_signs_in_once() -> None:
    async with running_gateway(access_token=TOKEN) as gateway, httpx.AsyncClient(base_url=gateway.address) as client:
        assert (await client.post("/api/v1/session", json={"token": "wrong"})).status_code == 401
        answer = await client.post("/api/v1/session", json={"token": TOKEN})
        assert answer.status_code == 204
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert TOKEN not in cookie
        assert (await client.get("/api/v1/cameras")).status_code == 200
        url = gateway.address.replace("http", "ws") + "/ws"
        async with connect(url, additional_headers={"Cookie": cookie.partition(";")[0]}) as socket:
            assert (await told(socket))["type"] == "hello"
        await client.delete("/api/v1/session")
        assert (await client.get("/api/v1/cameras")).status_code == 401


@pytest.mark.parametrize("body", [{"token": TOKEN * 100}, {"tokn": TOKEN}, [TOKEN]])
async def test_what_was_sent_is_not_in_the_answer(body: object) -> None:
    async with running_gateway(access_token=TOKEN) as gateway, httpx.AsyncClient(base_url=gateway.address) as client:
        answer = await client.post("/api/v1/session", json=body)
        assert answer.status_code == 422
        assert answer.json()["detail"][0]["msg"]
        assert TOKEN not in answer.text


async def test_probes_and_the_empty_dashboard_need_no_token() -> None:
    async with running_gateway(access_token=TOKEN) as gateway, httpx.AsyncClient(base_url=gateway.address) as client:
        for path in ("/", "/main.js", "/healthz", "/readyz"):
            assert (await client.get(path)).status_code == 200


async def test_figures_name_cameras_and_so_need_the_token() -> None:
    async with running_gateway(access_token=TOKEN) as gateway, httpx.AsyncClient(base_url=gateway.address) as client:
        assert (await client.get("/metrics")).status_code == 401
        answer = await client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        assert answer.status_code == 200
        assert "spotter_gateway_clients" in answer.text


@pytest.mark.parametrize(
    ("allowed", "origin", "status"),
    [
        ("", None, 101),
        ("", "same", 101),
        ("", "https://evil.example", 403),
        ("", "null", 403),
        ("", "http://[::1", 403),
        ("https://screen.example", "https://screen.example", 101),
        ("https://screen.example", "https://evil.example", 403),
        ("*", "https://anybody.example", 101),
    ],
)
async def test_web_pages_of_other_origins(allowed: str, origin: str | None, status: int) -> None:
    async with running_gateway(allowed_origins=allowed) as gateway:
        url = gateway.address.replace("http", "ws") + "/ws"
        page = gateway.address if origin == "same" else origin
        try:
            async with connect(url, origin=page) as socket:
                assert (await told(socket))["type"] == "hello"
                found = 101
        except InvalidStatus as refused:
            found = refused.response.status_code
        assert found == status


async def test_pages_of_allowed_origins_may_read_rest() -> None:
    async with (
        running_gateway(allowed_origins="https://screen.example") as gateway,
        httpx.AsyncClient(base_url=gateway.address) as client,
    ):
        answer = await client.get("/api/v1/cameras", headers={"Origin": "https://screen.example"})
        assert answer.headers["access-control-allow-origin"] == "https://screen.example"
        answer = await client.get("/api/v1/cameras", headers={"Origin": "https://evil.example"})
        assert "access-control-allow-origin" not in answer.headers


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPOTTER_GATEWAY_PORT", "9000")
    monkeypatch.setenv("SPOTTER_GATEWAY_ALLOWED_ORIGINS", "https://a.example, http://b.example:8080/")
    monkeypatch.setenv("SPOTTER_GATEWAY_ACCESS_TOKEN", TOKEN)
    settings = GatewaySettings()
    assert settings.port == 9000
    assert settings.allowed_origins == ("https://a.example", "http://b.example:8080")
    assert TOKEN not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "70000"), ("PORT", "eighty"), ("ALLOWED_ORIGINS", "screen.example"), ("ACCESS_TOKEN", "short-one")],
)
def test_settings_that_cannot_work(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"SPOTTER_GATEWAY_{name}", value)
    with pytest.raises(ValidationError) as error:
        GatewaySettings()
    assert name.lower() in str(error.value)
    assert "short-one" not in str(error.value)


def test_an_empty_token_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPOTTER_GATEWAY_ACCESS_TOKEN", "")
    assert GatewaySettings().access_token is None
