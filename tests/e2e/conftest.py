"""A real browser for the tests of the dashboard, and a page that may not complain."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright


def chromium(of_playwright: str) -> str:
    """The system's browser, else the one that Playwright installed."""
    system = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    path = system or of_playwright
    if not Path(path).exists():
        pytest.fail("no Chromium: apt-get install chromium, or playwright install chromium", pytrace=False)
    return path


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        path = chromium(playwright.chromium.executable_path)
        browser = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        await browser.close()


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    page = await browser.new_page(viewport={"width": 1280, "height": 720})
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda said: problems.append(said.text) if said.type in {"error", "warning"} else None)
    page.on("request", lambda asked: None if "//localhost:" in asked.url else problems.append(f"asked for {asked.url}"))
    yield page
    # A browser reports every refused connection by itself; all else is ours.
    refused = ("ERR_CONNECTION", "WebSocket connection to")
    assert not [problem for problem in problems if not any(words in problem for words in refused)]
