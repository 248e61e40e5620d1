"""What every test may use: a real NATS server, the real footage, and the rule that no asyncio task is left behind."""

from __future__ import annotations

import asyncio
import inspect
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from services.bus.nats_server import NatsServer
from services.bus.settings import NatsSettings


@pytest.fixture
def nats_server(tmp_path: Path) -> Iterator[NatsServer]:
    """A server of this test's own (it starts within 0.1 s), so nothing is left from another test."""
    with NatsServer(tmp_path / "nats") as server:
        yield server


@pytest.fixture
def nats_url(nats_server: NatsServer) -> str:
    """The address of this test's own server."""
    return nats_server.url


@pytest.fixture
def nats_settings(nats_url: str) -> NatsSettings:
    """Settings for this test's own server, with little patience."""
    return NatsSettings(url=nats_url, resend_seconds=0.5, ack_seconds=1.0)


@pytest.fixture(scope="session")
def footage() -> Path:
    """The folder of real footage; a test that asks for it is skipped where SPOTTER_DATA is not set."""
    folder = os.environ.get("SPOTTER_DATA")
    if not folder:
        pytest.skip("SPOTTER_DATA is not set: it names the folder of real footage")
    return Path(folder)


@pytest.fixture(autouse=True)
def _no_task_left_behind(request: pytest.FixtureRequest) -> None:
    """Fail an async test that leaves asyncio tasks running."""
    if inspect.iscoroutinefunction(getattr(request.node, "obj", None)):
        request.getfixturevalue("_watched_tasks")


@pytest_asyncio.fixture
async def _watched_tasks() -> AsyncIterator[None]:
    before = asyncio.all_tasks()
    yield
    # A few turns for those that were cancelled and only have to notice.
    for _ in range(20):
        left = asyncio.all_tasks() - before - {asyncio.current_task()}
        if not left:
            return
        await asyncio.sleep(0)
    names = sorted(f"{task.get_name()} ({getattr(task.get_coro(), '__qualname__', task.get_coro())})" for task in left)
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    pytest.fail(f"asyncio tasks were left behind: {', '.join(names)}")
