"""The dashboard in a real browser, served by a real gateway, fed with known messages.

The picture is plain grey, so that every bright pixel of the canvas is a skeleton's.
"""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from playwright.async_api import Browser, Page, expect

from services.core.errors import Cause
from services.core.types import Pace, Picture, Pose, PoseFrame, Status
from services.gateway.stage import GatewayStage
from tests.unit.gateway.gateway_messages import (
    camera_state,
    form_cue,
    pose_frame,
    prediction,
    rep,
    running_gateway,
    set_ended,
    set_started,
)

GREY = 40
JPEG = cv2.imencode(".jpg", np.full((360, 640, 3), GREY, np.uint8))[1].tobytes()

STANDING = {
    0: (0.50, 0.20), 7: (0.48, 0.20), 8: (0.52, 0.20), 11: (0.45, 0.35), 12: (0.55, 0.35), 13: (0.42, 0.48),
    14: (0.58, 0.48), 15: (0.41, 0.60), 16: (0.59, 0.60), 23: (0.46, 0.60), 24: (0.54, 0.60), 25: (0.46, 0.75),
    26: (0.54, 0.75), 27: (0.46, 0.90), 28: (0.54, 0.90), 31: (0.45, 0.93), 32: (0.55, 0.93),
}  # fmt: skip
"""Keypoint -> x, y of somebody who stands in the middle of the picture."""


def somebody(track_id: str = "1-1") -> Pose:
    keypoints = np.full((33, 3), 0.5, np.float32)
    visibility = np.zeros(33, np.float32)
    for index, place in STANDING.items():
        keypoints[index, :2] = place
        visibility[index] = 1
    box = np.array([0.4, 0.15, 0.6, 0.95], np.float32)
    return Pose(track_id, box, 0.9, keypoints, visibility, np.zeros((33, 3), np.float32))


@dataclass
class Gym:
    """Feeds a stage as the bus would: a picture and its poses at 15 a second, until stopped."""

    stage: GatewayStage
    frame_id: int = 0
    _camera: asyncio.Task[None] | None = field(default=None)

    def start(self) -> None:
        self.stage.process(camera_state(fps=15.0))
        self._camera = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._camera:
            self._camera.cancel()
            await asyncio.wait({self._camera})

    async def _run(self) -> None:
        while True:
            empty = pose_frame(self.frame_id)
            self.stage.process(Picture("front", self.frame_id, empty.captured_at, 640, 360, JPEG))
            self.stage.process(PoseFrame("front", self.frame_id, empty.captured_at, 640, 360, (somebody(),)))
            self.frame_id += 1
            await asyncio.sleep(1 / 15)


async def skeleton_pixels(page: Page) -> int:
    """Pixels in the middle of the tile that are far from the picture's grey: a person's colour and white joints."""
    return await page.evaluate(
        """() => {
          const canvas = document.querySelector('[data-camera="front"] canvas');
          const {width, height} = canvas;
          const copy = new OffscreenCanvas(width, height).getContext("2d", {willReadFrequently: true});
          copy.drawImage(canvas, 0, 0);
          const area = copy.getImageData(width * .35, height * .15, width * .3, height * .8).data;
          let count = 0;
          for (let i = 0; i < area.length; i += 4) count += Math.max(area[i], area[i + 1], area[i + 2]) > 150;
          return count;
        }"""
    )


async def seen(page: Page, least: int = 200) -> None:
    async with asyncio.timeout(10):
        while await skeleton_pixels(page) < least:  # noqa: ASYNC110 (pixels have no event)
            await asyncio.sleep(0.05)


async def test_people_are_seen_named_and_counted(page: Page) -> None:
    async with running_gateway() as gateway:
        gym = Gym(gateway.stage)
        await page.goto(gateway.address)
        await expect(page.get_by_text("No cameras yet")).to_be_visible()
        gym.start()
        tile = page.locator('[data-camera="front"]')
        await expect(tile.locator(".badge")).to_have_text("Live")
        await seen(page)
        chip = tile.locator('[data-track="1-1"]')
        await expect(chip.locator(".chip-name")).to_have_text("Watching")
        for event in (set_started(exercise="squat"), prediction(2, "squat", 0.92)):
            gateway.stage.process(event)
        await expect(chip.locator(".chip-name")).to_have_text("Squat")
        await expect(chip.locator(".chip-sure")).to_have_text("92 %")
        for number in (1, 2, 3):
            gateway.stage.process(rep(number))
            await expect(chip.locator(".chip-count")).to_have_text(str(number))
        await expect(page.locator(".live-count")).to_have_text("3")
        await expect(page.locator("#people")).to_have_text("Person1")
        gateway.stage.process(rep(3, counted=False, revision=1))
        await expect(chip.locator(".chip-count")).to_have_text("2")
        gateway.stage.process(form_cue(2, message="Go a little deeper"))
        await expect(page.locator("#cues .cue")).to_contain_text("Go a little deeper")
        await expect(tile.locator(".tile-cue")).to_have_text("Go a little deeper")
        gateway.stage.process(set_ended(2))
        await expect(page.locator(".finished-number")).to_have_text("2 reps")
        await expect(page.locator(".live-set")).to_have_attribute("data-state", "rest")
        await gym.stop()


async def test_skeletons_are_drawn_on_their_own_picture(page: Page) -> None:
    """Picture and person jump together to eight places; wherever a skeleton is drawn, its red bar is behind it."""
    places = [(number + 0.5) / 8 for number in range(8)]
    jpegs = []
    for place in places:
        image = np.full((360, 640, 3), GREY, np.uint8)
        image[:, round((place - 0.06) * 640) : round((place + 0.06) * 640)] = (0, 0, 120)
        jpegs.append(cv2.imencode(".jpg", image)[1].tobytes())
    async with running_gateway() as gateway:
        await page.goto(gateway.address)

        async def play() -> None:
            for number in itertools.count():
                person = somebody()
                person.keypoints[:, 0] = (person.keypoints[:, 0] - 0.5) * 0.4 + places[number % 8]
                at = pose_frame(number).captured_at
                frame = PoseFrame("front", number, at, 640, 360, (person,))
                image = Picture("front", number, at, 640, 360, jpegs[number % 8])
                # Whichever comes first.
                for message in (frame, image) if number % 2 else (image, frame):
                    gateway.stage.process(message)
                    await asyncio.sleep(1 / 40)

        playing = asyncio.create_task(play())
        await expect(page.locator('[data-camera="front"] canvas')).to_be_visible()
        distances = await page.evaluate(
            """async () => {
              const canvas = document.querySelector('[data-camera="front"] canvas');
              const found = new Map();
              for (const end = performance.now() + 8000; performance.now() < end && found.size < 6; ) {
                await new Promise(requestAnimationFrame);
                const {width, height} = canvas;
                const copy = new OffscreenCanvas(width, height).getContext("2d", {willReadFrequently: true});
                copy.drawImage(canvas, 0, 0);
                const band = copy.getImageData(0, Math.round(height * .5), width, Math.round(height * .2)).data;
                const [bar, joints] = [[], []];
                for (let i = 0; i < band.length; i += 4) {
                  const [r, g, b] = band.slice(i, i + 3);
                  if (r > 80 && g < 50 && b < 50) bar.push((i / 4) % width);
                  if (Math.min(r, g, b) > 200) joints.push((i / 4) % width);
                }
                const middle = (xs) => xs.reduce((sum, x) => sum + x, 0) / xs.length / width;
                if (!bar.length || !joints.length) continue;
                found.set(Math.round(middle(bar) * 8 - .5), middle(bar) - middle(joints));
              }
              return [...found.values()];
            }"""
        )
        playing.cancel()
        await asyncio.wait({playing})
    assert len(distances) >= 6, "the person was not seen in enough places"
    assert max(map(abs, distances)) < 0.03


async def test_an_offline_camera_says_why_in_plain_words(page: Page) -> None:
    async with running_gateway() as gateway:
        gateway.stage.process(camera_state(Status.OFFLINE))
        gateway.stage.process(camera_state(Status.CONNECTING, camera_id="bench"))
        await page.goto(gateway.address)
        front = page.locator('[data-camera="front"]')
        await expect(front.locator(".badge")).to_have_text("Offline")
        await expect(front).to_contain_text("The camera refuses the user name or password")
        await expect(front).to_contain_text("the camera answered 401")
        await expect(page.locator('[data-camera="bench"]')).to_contain_text("Connecting to the camera")
        await expect(page.locator("#cameras dd")).to_have_text("0 of 2")
        gateway.stage.process(camera_state(Status.STALLED, seconds=1))
        await expect(front.locator(".badge")).to_have_text("Stalled")
        gateway.stage.process(camera_state(Status.STALLED, seconds=2, cause=Cause.FROZEN, detail="for 20 s"))
        await expect(front).to_contain_text("The picture is frozen")
        gateway.stage.process(camera_state(seconds=3, night=True))
        await expect(front.locator(".tile-figures")).to_contain_text("infrared")


async def test_a_camera_that_nobody_has_time_for_says_so_in_plain_words(page: Page) -> None:
    async with running_gateway() as gateway:
        gateway.stage.process(camera_state())
        gateway.stage.process(pose_frame(1))
        await page.goto(gateway.address)
        front = page.locator('[data-camera="front"]')
        await expect(front.locator(".badge")).to_have_text("Live")
        await expect(front.locator(".tile-note")).to_be_hidden()
        gateway.stage.process(replace(pose_frame(2), pace=Pace.SLOWED))
        await expect(front.locator(".badge")).to_have_text("Live, slowed")
        gateway.stage.process(replace(pose_frame(3), pace=Pace.PAUSED))
        await expect(front.locator(".badge")).to_have_text("Live, not counting")
        await expect(front.locator(".tile-note")).to_contain_text("nobody is counted here")
        await page.reload()
        await expect(front.locator(".badge")).to_have_text("Live, not counting")
        gateway.stage.process(camera_state(Status.OFFLINE, seconds=1))
        await expect(front.locator(".badge")).to_have_text("Offline")
        await expect(front.locator(".tile-note")).to_be_hidden()
        gateway.stage.process(camera_state(seconds=2))
        gateway.stage.process(pose_frame(4))
        await expect(front.locator(".badge")).to_have_text("Live")


async def test_it_comes_back_by_itself_when_the_gateway_does(page: Page) -> None:
    async with running_gateway() as gateway:
        port = int(gateway.address.rsplit(":", 1)[1])
        gateway.stage.process(set_started())
        gym = Gym(gateway.stage)
        gym.start()
        await page.goto(gateway.address)
        await expect(page.locator("#link")).to_have_text("Connected")
        await seen(page)
        await gym.stop()
    await expect(page.locator("#link")).to_contain_text("Connection lost")
    async with running_gateway(port=port) as gateway:
        gym = Gym(gateway.stage, frame_id=5000)
        gym.start()
        for event in (set_started(400, set_id="set2"), rep(1, set_id="set2"), rep(2, set_id="set2")):
            gateway.stage.process(event)
        await expect(page.locator("#link")).to_have_text("Connected", timeout=15_000)
        await expect(page.locator(".chip-count")).to_have_text("2")
        await seen(page)
        await gym.stop()


async def test_it_says_when_the_gateway_itself_hears_nothing(page: Page) -> None:
    heard = False
    async with running_gateway(ready=lambda: heard) as gateway:
        await page.goto(gateway.address)
        await expect(page.locator("#link")).to_have_text("Waiting for the other services")
        heard = True
        await expect(page.locator("#link")).to_have_text("Connected", timeout=10_000)


FITS = """() => new Promise((answer) => {
  const until = performance.now() + 5000;
  const look = () => {
    const fits = document.documentElement.scrollWidth <= innerWidth;
    if (fits || performance.now() > until) answer(fits);
    else requestAnimationFrame(look);
  };
  look();
})"""
"""Whether the page fits its window: an observer chooses the columns anew a picture after the size changed. Not
`wait_for_function`, which the page's policy forbids to look twice."""


async def test_a_camera_is_enlarged_with_the_keyboard_and_fits_a_telephone(page: Page) -> None:
    async with running_gateway() as gateway:
        for camera_id in ("bench", "front", "rack"):
            gateway.stage.process(camera_state(camera_id=camera_id))
        await page.goto(gateway.address)
        tiles = page.locator(".tile")
        await expect(tiles).to_have_count(3)
        await page.get_by_role("button", name="Enlarge the camera Front").press("Enter")
        await expect(tiles).to_have_count(1)
        assert page.url.endswith("#camera=front")
        await page.keyboard.press("Escape")
        await expect(tiles).to_have_count(3)
        for size in ({"width": 1280, "height": 720}, {"width": 390, "height": 844}):
            await page.set_viewport_size(size)
            await expect(tiles.first).to_be_visible()
            assert await page.evaluate(FITS), size
            narrow = await tiles.first.evaluate("tile => tile.getBoundingClientRect().width")
            assert narrow > 300, size


async def test_a_page_without_a_session_asks_for_the_token_once(browser: Browser) -> None:
    page = await browser.new_page()
    async with running_gateway(access_token="a-long-enough-token") as gateway:
        gateway.stage.process(camera_state())
        await page.goto(gateway.address)
        await page.get_by_label("Access token").fill("wrong")
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.get_by_role("alert")).to_contain_text("not the token")
        await page.get_by_label("Access token").fill("a-long-enough-token")
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.locator('[data-camera="front"]')).to_be_visible()
        await page.reload()
        await expect(page.locator('[data-camera="front"]')).to_be_visible()


async def test_the_api_page_lists_what_there_is(page: Page) -> None:
    async with running_gateway() as gateway:
        await page.goto(f"{gateway.address}/docs")
        await expect(page.get_by_text("/api/v1/cameras/{camera_id}/people")).to_be_visible()
        await expect(page.get_by_text("The WebSocket protocol, version 1")).to_be_visible()
