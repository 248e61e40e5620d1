"""What the dashboard says of people's counting, and asks of it, in a real browser.

One test has the whole path but for cameras and pose models: recorded poses, bus, classifier, gateway, browser.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from playwright.async_api import Page, expect

from services.bus import codec
from services.bus.memory import MemoryBus
from services.classifier.settings import ClassifierSettings
from services.classifier.stage import ClassifierStage
from services.core.types import PoseFrame, TellLoad
from services.gateway.service import serve_gateway
from services.gateway.settings import GatewaySettings
from services.runtime import run
from tests.golden.replay import Says, recording
from tests.unit.gateway.gateway_messages import (
    at,
    camera_state,
    hold,
    placement_hint,
    pose_frame,
    rep,
    running_gateway,
    set_ended,
    set_started,
)

SQUATS = list(recording("squat_5"))


async def test_a_pressed_reset_counts_anew_and_a_told_load_gives_the_volume(page: Page) -> None:
    address: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async with MemoryBus() as bus:
        tasks = [
            asyncio.create_task(serve_gateway(GatewaySettings(port=0), bus, started=address.set_result)),
            asyncio.create_task(run(ClassifierStage(ClassifierSettings(), model=Says("squat")), bus)),
        ]
        await page.goto(await address)
        await expect(page.locator("#link")).to_have_text("Connected")

        async def shown(frames: list[PoseFrame]) -> None:
            for frame in frames:
                await bus.publish(codec.encode(frame))
                await asyncio.sleep(0)

        row = page.locator(".live-set")
        # In the rest between the second squat and the third.
        await shown(SQUATS[:53])
        await expect(row.locator(".live-name")).to_have_text("Squat")
        await expect(row.locator(".live-count")).to_have_text("2")
        load = row.get_by_label("Load of track")
        await load.fill("62.5")
        await load.press("Enter")
        await expect(row.locator(".live-volume")).to_have_text("125 kg in all")
        await row.get_by_role("button", name="Reset the count").click()
        await expect(page.locator(".finished-number")).to_have_text("2 reps")
        await expect(row).to_have_attribute("data-state", "rest")
        await shown(SQUATS[53:100])
        await expect(row.locator(".live-count")).to_have_text("2")
        await shown(SQUATS[100:])
        await expect(page.locator(".finished-number")).to_have_text(["3 reps", "2 reps"])
        await expect(page.locator(".finished-more").first).to_contain_text("62.5 kg, 187.5 kg in all")
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def test_a_load_that_nobody_lifts_is_told_so_and_not_sent(page: Page) -> None:
    async with running_gateway() as gateway:
        for message in (camera_state(), pose_frame(1, "1-1"), set_started()):
            gateway.stage.process(message)
        await page.goto(gateway.address)
        row = page.locator(".live-set")
        load = row.get_by_label("Load of track 1-1 at Front")
        for wrong in ("-5", "5000"):
            await load.fill(wrong)
            await load.press("Enter")
            await expect(row.locator(".live-cue")).to_have_text("A load is between 0 and 1000 kg.")
        assert gateway.commands == []
        await load.fill("0")
        await load.press("Enter")
        await expect(row.locator(".live-cue")).to_have_text("")
        [command] = gateway.commands
        assert isinstance(command, TellLoad)
        assert command.kilograms == 0


async def test_what_was_wrong_with_a_load_hides_advice_for_a_while_only(page: Page) -> None:
    await page.clock.install()
    async with running_gateway() as gateway:
        for message in (camera_state(), pose_frame(1, "1-1"), set_started(), placement_hint()):
            gateway.stage.process(message)
        await page.goto(gateway.address)
        row = page.locator(".live-set")
        await expect(row.locator(".live-cue")).to_have_text("Turn sideways")
        load = row.get_by_label("Load of track")
        await load.fill("-5")
        await load.press("Enter")
        await expect(row.locator(".live-cue")).to_have_text("A load is between 0 and 1000 kg.")
        await page.clock.fast_forward(10_000)
        await expect(row.locator(".live-cue")).to_have_text("Turn sideways")


async def test_a_load_told_elsewhere_is_shown(page: Page) -> None:
    async with running_gateway() as gateway:
        for message in (camera_state(), pose_frame(1, "1-1"), set_started(), rep(1), rep(2)):
            gateway.stage.process(message)
        await page.goto(gateway.address)
        await expect(page.locator(".live-count")).to_have_text("2")
        gateway.stage.process(
            TellLoad(camera_id="front", track_id="1-1", command_id="x", captured_at=at(5), kilograms=40.0)
        )
        await expect(page.get_by_label("Load of track 1-1")).to_have_value("40")
        await expect(page.locator(".live-volume")).to_have_text("80 kg in all")


async def test_how_the_last_repetition_was_done_and_where_to_stand(page: Page) -> None:
    async with running_gateway() as gateway:
        for message in (
            camera_state(),
            pose_frame(1, "1-1"),
            set_started(),
            rep(1, tempo=(2.0, 0.25, 1.0, None), side="left"),
        ):
            gateway.stage.process(message)
        await page.goto(gateway.address)
        row, chip = page.locator(".live-set"), page.locator('[data-track="1-1"]')
        await expect(row.locator(".live-how")).to_have_text("tempo 2-0.3-1-? · range 90 %")
        await expect(row.locator(".live-note")).to_contain_text("· left")
        gateway.stage.process(rep(2, counted=False, half=True))
        await expect(row.locator(".live-how")).to_have_text("half rep · range 90 %")
        await expect(row.locator(".live-note")).to_contain_text("1 half rep")
        await expect(row.locator(".live-count")).to_have_text("1")
        # A page gets poses from when it asks on; it draws them even without a picture.
        gateway.stage.process(pose_frame(2, "1-1"))
        gateway.stage.process(placement_hint())
        await expect(row.locator(".live-cue")).to_have_text("Turn sideways")
        await expect(chip.locator(".chip-hint")).to_have_text("Turn sideways")
        await expect(page.locator(".tile-cue")).to_have_text("Turn sideways")
        gateway.stage.process(placement_hint(3, active=False, revision=1))
        await expect(row.locator(".live-cue")).to_have_text("")
        await expect(chip.locator(".chip-hint")).to_have_text("")


async def test_no_range_is_told_of_an_exercise_that_is_not_known(page: Page) -> None:
    async with running_gateway() as gateway:
        for message in (camera_state(), pose_frame(1, "1-1"), set_started(), replace(rep(1), range_of_motion=0.0)):
            gateway.stage.process(message)
        await page.goto(gateway.address)
        row, done = page.locator(".live-set"), page.locator(".finished-set")
        await expect(row.locator(".live-count")).to_have_text("1")
        await expect(row.locator(".live-how")).to_have_text("")
        gateway.stage.process(replace(rep(2, tempo=(1.0, 0.0, 1.0, 0.0)), range_of_motion=0.0))
        await expect(row.locator(".live-how")).to_have_text("tempo 1-0-1-0")
        gateway.stage.process(set_ended(2))
        await done.locator("summary").click()
        await expect(done.locator("td:nth-child(3)")).to_have_text(["–", "–"])


async def test_a_hold_runs_by_the_second_and_says_that_it_is_broken(page: Page) -> None:
    async with running_gateway() as gateway:
        for message in (camera_state(), pose_frame(60, "1-1"), set_started(exercise="plank"), hold(4, held=3.0)):
            gateway.stage.process(message)
        await page.goto(gateway.address)
        row = page.locator(".live-set")
        for seconds in (5, 6):
            gateway.stage.process(pose_frame(15 * seconds, "1-1"))
            gateway.stage.process(hold(seconds, held=seconds - 1.0, revision=seconds))
            await expect(row.locator(".live-count")).to_have_text(f"0:0{seconds - 1}")
        await expect(row).to_have_attribute("data-state", "hold")
        gateway.stage.process(pose_frame(15 * 9, "1-1"))
        await expect(row).to_have_attribute("data-state", "break")
        await expect(row.locator(".live-note")).to_contain_text("break, 0:0")
        await expect(row.locator(".live-count")).to_have_text("0:05")
        gateway.stage.process(pose_frame(15 * 10, "1-1"))
        gateway.stage.process(hold(10, held=6.0, breaks=1, revision=7))
        await expect(row).to_have_attribute("data-state", "hold")
        await expect(row.locator(".live-note")).to_contain_text("1 break")


async def test_rest_runs_between_sets_and_finished_sets_open(page: Page) -> None:
    async with running_gateway() as gateway:
        for message in (
            camera_state(),
            pose_frame(1, "1-1"),
            set_started(exercise="lunge"),
            rep(1, side="left"),
            rep(2, side="right"),
        ):
            gateway.stage.process(message)
        gateway.stage.process(rep(3, counted=False, half=True, side="left"))
        gateway.stage.process(
            set_ended(2, halves=1, load_kg=60.0, volume_kg=120.0, rest_before_seconds=75.0, corrected_from="lunge")
        )
        gateway.stage.process(pose_frame(15 * 90, "1-1"))
        await page.goto(gateway.address)
        row = page.locator(".live-set")
        await expect(row.locator(".live-name")).to_have_text("Rest")
        await expect(row.locator(".live-count")).to_contain_text("1:2")
        before = await row.locator(".live-count").text_content()
        await expect(row.locator(".live-count")).not_to_have_text(before or "")
        await expect(row.locator(".live-note")).to_have_text("Front · Squat, 2 reps")
        await expect(row.get_by_role("button")).to_be_hidden()  # nothing is counted that could begin anew
        done = page.locator(".finished-set")
        for words in (
            "60 kg, 120 kg in all",
            "1 left, 1 right",
            "1 half rep",
            "1:15 rest before",
            "taken for lunge first",
        ):
            await expect(done.locator(".finished-more")).to_contain_text(words)
        await expect(done.locator("table")).to_be_hidden()
        await done.locator("summary").click()
        await expect(done.locator("tr")).to_have_count(4)
        await expect(done.locator("tr").nth(3)).to_contain_text("½ left")
        gateway.stage.process(set_started(95, set_id="set2"))
        await expect(row).to_have_attribute("data-state", "set")
        await expect(row.get_by_role("button")).to_be_visible()


async def test_a_set_that_came_to_nothing_is_no_hold_and_not_read_aloud(page: Page) -> None:
    async with running_gateway() as gateway:
        for message in (camera_state(), pose_frame(1, "1-1"), set_started()):
            gateway.stage.process(message)
        await page.goto(gateway.address)
        row = page.locator(".live-set")
        await expect(row).to_have_attribute("data-state", "set")
        gateway.stage.process(set_ended(0, halves=2))
        await expect(row.locator(".live-note")).to_have_text("Front · Squat, 0 reps")
        await expect(page.locator("#spoken")).to_have_text("")
        for message in (set_started(40, set_id="set2"), set_ended(3, set_id="set2")):
            gateway.stage.process(message)
        await expect(page.locator("#spoken")).to_have_text("Front: set finished, Squat, 3 reps.")


async def test_nobody_who_comes_or_goes_disturbs_what_is_typed(page: Page) -> None:
    async with running_gateway() as gateway:
        gateway.stage.process(camera_state())
        gateway.stage.process(pose_frame(1, "1-1", "1-2"))
        for track in ("1-1", "1-2"):
            gateway.stage.process(set_started(1, set_id=f"{track}-set", track=track))
        await page.goto(gateway.address)
        load = page.get_by_label("Load of track 1-2")
        await load.press_sequentially("6")
        gateway.stage.process(pose_frame(2, "1-2", "1-3"))
        await expect(page.get_by_label("Load of track 1-1")).to_have_count(0)
        gateway.stage.process(set_started(2, set_id="1-3-set", track="1-3"))
        await expect(page.get_by_label("Load of track 1-3")).to_be_visible()
        gateway.stage.process(rep(1, set_id="1-2-set", track="1-2"))
        await expect(page.locator(".live-count").first).to_have_text("1")
        await load.press_sequentially("0")
        assert gateway.commands == []
        await load.press("Enter")
        await expect(page.locator(".live-volume").first).to_have_text("60 kg in all")


async def test_rows_keep_their_order_whoever_comes_first(page: Page) -> None:
    async with running_gateway() as gateway:
        gateway.stage.process(camera_state())
        gateway.stage.process(pose_frame(1, "1-10", "1-2"))
        for track in ("1-10", "1-2"):
            gateway.stage.process(set_started(1, set_id=f"{track}-set", track=track))
        await page.goto(gateway.address)
        await expect(page.locator(".live-set")).to_have_count(2)
        # By the numbers of their tracks, not by when the page heard of them.
        gateway.stage.process(pose_frame(2, "1-10", "1-2", "1-9"))
        gateway.stage.process(set_started(2, set_id="1-9-set", track="1-9"))
        await expect(page.get_by_label("Load of track 1-9")).to_be_visible()
        labels = await page.get_by_label("Load of track").evaluate_all("all => all.map((one) => one.ariaLabel)")
        assert [label.split()[3] for label in labels] == ["1-2", "1-9", "1-10"]


@pytest.mark.parametrize("size", [(1280, 720), (390, 844)], ids=["desktop", "telephone"])
async def test_nothing_sticks_out_of_a_full_panel(page: Page, size: tuple[int, int]) -> None:
    width, height = size
    await page.set_viewport_size({"width": width, "height": height})
    async with running_gateway() as gateway:
        gateway.stage.process(camera_state())
        gateway.stage.process(pose_frame(15 * 90, "1-1", "1-2", "1-3"))
        for track in ("1-1", "1-2", "1-3"):
            gateway.stage.process(set_started(1, set_id=f"{track}-set", track=track, exercise="romanian_deadlift"))
            for number in range(1, 13):
                gateway.stage.process(
                    rep(
                        number, set_id=f"{track}-set", track=track, tempo=(2.55, 1.25, 2.15, 1.05), peak_speed=1.2,
                        side="right",
                    )
                )  # fmt: skip
            load = TellLoad(camera_id="front", track_id=track, command_id=track, captured_at=at(20), kilograms=187.5)
            gateway.stage.process(load)
        await page.goto(gateway.address)
        await expect(page.locator(".live-set")).to_have_count(3)
        out = await page.evaluate(
            """() => [...document.querySelectorAll(".live-set")].flatMap((row) => {
              const {left, right} = row.getBoundingClientRect();
              const sticks = (part) => part.scrollWidth > part.clientWidth + 1 && part.tagName !== "INPUT" ||
                part.getBoundingClientRect().right > right + 1 || part.getBoundingClientRect().left < left - 1;
              return [...row.querySelectorAll("*")].filter((part) => part.clientWidth && sticks(part))
                .map((part) => part.className || part.tagName);
            })"""
        )
        assert out == []
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
