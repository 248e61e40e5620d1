"""What every bus must do, whatever carries its messages."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from proto.subjects import DELIVERY, Delivery, Kind
from services.bus import Bus, BusClosed, Envelope, Subscription


def envelope(
    kind: Kind, body: object, camera_id: str = "front", *, message_id: str = "", wait: bool = False
) -> Envelope:
    return Envelope(kind, camera_id, str(body).encode(), message_id=message_id, wait=wait)


async def next_of(subscription: Subscription) -> Envelope:
    """The next envelope, not done."""
    return await asyncio.wait_for(anext(aiter(subscription)), 10)


async def take(subscription: Subscription, count: int, *, done: bool = True) -> list[str]:
    """The next bodies; done with each unless told otherwise."""
    bodies: list[str] = []
    async with asyncio.timeout(10):
        while len(bodies) < count:
            try:
                one = await anext(aiter(subscription))
            except StopAsyncIteration:
                break
            bodies.append(one.body.decode())
            if done:
                await subscription.done(one)
    return bodies


async def take_until(subscription: Subscription, last: str) -> list[str]:
    """The next bodies up to one; done with each."""
    bodies: list[str] = []
    while last not in bodies:
        bodies += await take(subscription, 1)
    return bodies


DURABLE = tuple(kind for kind, delivery in DELIVERY.items() if delivery is Delivery.DURABLE)


class BusContract:
    """Inherit, and give the fixtures `bus` (publishes) and `other` (reads; the same bus, or another process's)."""

    # All kinds.

    @pytest.mark.parametrize("kind", Kind)
    async def test_what_goes_in_comes_out(self, bus: Bus, other: Bus, kind: Kind) -> None:
        subscription = await other.subscribe(kind)
        sent = Envelope(kind, "rack-2", bytes(range(256)), {"frame_id": "7", "width": "640"}, message_id="a-0")
        await bus.publish(sent)
        got = await next_of(subscription)
        assert (got.kind, got.camera_id, got.body, got.wait) == (kind, "rack-2", sent.body, False)
        assert dict(got.headers) == dict(sent.headers)
        await subscription.done(got)

    @pytest.mark.parametrize("kind", Kind)
    async def test_reader_of_one_camera_gets_no_other(self, bus: Bus, other: Bus, kind: Kind) -> None:
        subscription = await other.subscribe(kind, camera_id="front")
        await bus.publish(envelope(kind, "not mine", "back"))
        await bus.publish(envelope(kind, "mine", "front"))
        assert await take(subscription, 1) == ["mine"]

    @pytest.mark.parametrize("kind", Kind)
    async def test_closed_subscription_ends(self, bus: Bus, other: Bus, kind: Kind) -> None:
        subscription = await other.subscribe(kind)
        reading = asyncio.create_task(take(subscription, 1))
        await asyncio.sleep(0)
        await subscription.close()
        assert await reading == []
        await subscription.close()
        await bus.publish(envelope(kind, "into the void"))

    @pytest.mark.parametrize("kind", Kind)
    async def test_closed_bus_ends_its_readers_and_takes_nothing(self, bus: Bus, kind: Kind) -> None:
        subscription = await bus.subscribe(kind)
        assert bus.connected
        reading = asyncio.create_task(take(subscription, 1))
        await asyncio.sleep(0)
        await bus.__aexit__(None, None, None)
        assert await reading == []
        assert not bus.connected
        with pytest.raises(BusClosed, match="async with"):
            await bus.publish(envelope(kind, "late"))
        with pytest.raises(BusClosed, match="async with"):
            await bus.subscribe(kind)

    @pytest.mark.parametrize("kind", Kind)
    async def test_reader_that_comes_while_the_bus_closes_is_told_or_ended(self, bus: Bus, kind: Kind) -> None:
        subscribing = []
        for _ in range(8):
            subscribing.append(asyncio.create_task(bus.subscribe(kind)))
            await asyncio.sleep(0)
        await bus.__aexit__(None, None, None)
        for outcome in await asyncio.gather(*subscribing, return_exceptions=True):
            if isinstance(outcome, BaseException):
                assert isinstance(outcome, BusClosed)
            else:
                assert await take(outcome, 1) == []

    # LATEST: frames and pictures.

    async def test_slow_reader_of_frames_gets_the_newest(self, bus: Bus, other: Bus) -> None:
        subscription = await other.subscribe(Kind.FRAMES)
        for number in range(50):
            await bus.publish(envelope(Kind.FRAMES, number))
        last = await self._last_frame(bus, subscription, "front")
        assert last == "last"
        assert subscription.dropped > 0

    async def test_fast_camera_does_not_starve_a_slow_one(self, bus: Bus, other: Bus) -> None:
        subscription = await other.subscribe(Kind.FRAMES)
        await bus.publish(envelope(Kind.FRAMES, "fast 0", "fast"))
        await bus.publish(envelope(Kind.FRAMES, "slow 0", "slow"))
        got = []
        for number in range(1, 30):
            await bus.publish(envelope(Kind.FRAMES, f"fast {number}", "fast"))
            got += await take(subscription, 1)
        assert "slow 0" in got[:2]

    # LATEST with wait: frames of files.

    async def test_waited_frame_is_published_when_it_is_done(self, bus: Bus, other: Bus) -> None:
        subscription = await other.subscribe(Kind.FRAMES)
        sending = asyncio.create_task(bus.publish(envelope(Kind.FRAMES, 1, wait=True)))
        got = await next_of(subscription)
        assert got.wait
        await asyncio.sleep(0.01)
        assert not sending.done()
        await subscription.done(got)
        await asyncio.wait_for(sending, 5)

    async def test_no_waited_frame_is_lost_between_live_ones(self, bus: Bus, other: Bus) -> None:
        subscription = await other.subscribe(Kind.FRAMES)

        async def send_file() -> None:
            for number in range(30):
                await bus.publish(envelope(Kind.FRAMES, f"file {number}", "file", wait=True))

        async def send_live() -> None:
            for number in range(200):
                await bus.publish(envelope(Kind.FRAMES, f"live {number}", "live"))
                await asyncio.sleep(0)

        sending = asyncio.gather(send_file(), send_live())
        got = await take_until(subscription, "file 29")
        assert [body for body in got if body.startswith("file")] == [f"file {number}" for number in range(30)]
        assert max(Counter(got).values()) == 1
        await asyncio.wait_for(sending, 5)

    async def test_waited_frame_waits_for_a_reader(self, bus: Bus, other: Bus) -> None:
        sending = asyncio.create_task(bus.publish(envelope(Kind.FRAMES, 1, wait=True)))
        await asyncio.sleep(0.01)
        assert not sending.done()
        subscription = await other.subscribe(Kind.FRAMES)
        assert await take(subscription, 1) == ["1"]
        await asyncio.wait_for(sending, 5)

    async def test_waited_frame_of_a_reader_that_went_is_given_to_the_next(self, bus: Bus, other: Bus) -> None:
        first = await other.subscribe(Kind.FRAMES)
        sending = asyncio.create_task(bus.publish(envelope(Kind.FRAMES, 1, wait=True)))
        assert await take(first, 1, done=False) == ["1"]
        await first.close()
        second = await other.subscribe(Kind.FRAMES)
        assert await take(second, 1) == ["1"]
        await asyncio.wait_for(sending, 5)

    async def test_sender_of_a_waited_frame_can_be_cancelled(self, bus: Bus, other: Bus) -> None:
        sending = asyncio.create_task(bus.publish(envelope(Kind.FRAMES, 1, wait=True)))
        await asyncio.sleep(0.01)
        sending.cancel()
        await asyncio.wait({sending})
        subscription = await other.subscribe(Kind.FRAMES)
        sending = asyncio.create_task(bus.publish(envelope(Kind.FRAMES, 2, wait=True)))
        assert await take(subscription, 1) == ["2"]
        await asyncio.wait_for(sending, 5)

    # ORDERED: poses.

    async def test_poses_come_in_order_and_complete(self, bus: Bus, other: Bus) -> None:
        subscription = await other.subscribe(Kind.POSES)

        async def send() -> None:
            for number in range(600):
                await bus.publish(envelope(Kind.POSES, number, f"camera-{number % 3}"))

        sending = asyncio.create_task(send())
        got = await take(subscription, 600)
        assert got == [str(number) for number in range(600)]
        assert subscription.dropped == 0
        await sending

    async def test_every_reader_gets_every_pose(self, bus: Bus, other: Bus) -> None:
        readers = [await other.subscribe(Kind.POSES), await other.subscribe(Kind.POSES, durable="classifier")]
        for number in range(5):
            await bus.publish(envelope(Kind.POSES, number))
        for reader in readers:
            assert await take(reader, 5) == ["0", "1", "2", "3", "4"]

    async def test_equal_poses_are_not_duplicates(self, bus: Bus, other: Bus) -> None:
        subscription = await other.subscribe(Kind.POSES)
        await bus.publish(envelope(Kind.POSES, "same"))
        await bus.publish(envelope(Kind.POSES, "same"))
        assert await take(subscription, 2) == ["same", "same"]

    # DURABLE: events and commands; what holds for a name holds for poses too.

    @pytest.mark.parametrize("kind", DURABLE)
    async def test_second_copy_of_an_event_is_dropped(self, bus: Bus, other: Bus, kind: Kind) -> None:
        subscription = await other.subscribe(kind, durable="gateway")
        for body, message_id in (("rep", "a-0"), ("rep again", "a-0"), ("correction", "a-1"), ("next", "b-0")):
            await bus.publish(envelope(kind, body, message_id=message_id))
        assert await take(subscription, 3) == ["rep", "correction", "next"]

    async def test_an_event_and_a_command_of_one_id_are_no_copies(self, bus: Bus, other: Bus) -> None:
        readers = [await other.subscribe(kind, durable="classifier") for kind in DURABLE]
        for kind in DURABLE:
            await bus.publish(envelope(kind, kind, message_id="a-0"))
        assert [await take(reader, 1) for reader in readers] == [[str(kind)] for kind in DURABLE]

    @pytest.mark.parametrize("kind", DURABLE)
    async def test_commands_and_events_of_all_cameras_come_in_the_order_they_were_sent(
        self, bus: Bus, other: Bus, kind: Kind
    ) -> None:
        subscription = await other.subscribe(kind, durable="classifier")
        for number in range(200):
            await bus.publish(envelope(kind, number, f"camera-{number % 3}", message_id=f"{number}"))
        assert await take(subscription, 200) == [str(number) for number in range(200)]

    @pytest.mark.parametrize("kind", [Kind.POSES, *DURABLE])
    async def test_new_name_starts_with_what_is_held(self, bus: Bus, other: Bus, kind: Kind) -> None:
        await bus.publish(envelope(kind, "before", message_id="a-0"))
        named = await other.subscribe(kind, durable="late")
        nameless = await other.subscribe(kind)
        await bus.publish(envelope(kind, "after", message_id="b-0"))
        assert await take(named, 2) == ["before", "after"]
        assert await take(nameless, 1) == ["after"]

    @pytest.mark.parametrize("kind", [Kind.POSES, *DURABLE])
    async def test_name_remembers_its_place(self, bus: Bus, other: Bus, kind: Kind) -> None:
        first = await other.subscribe(kind, durable="classifier")
        for number in range(3):
            await bus.publish(envelope(kind, number, message_id=f"{number}-0"))
        assert await take(first, 3) == ["0", "1", "2"]
        await first.close()
        await bus.publish(envelope(kind, "while away", message_id="w-0"))
        second = await other.subscribe(kind, durable="classifier")
        await bus.publish(envelope(kind, "back", message_id="x-0"))
        assert await take(second, 2) == ["while away", "back"]

    @pytest.mark.parametrize("kind", [Kind.POSES, *DURABLE])
    async def test_what_was_not_done_is_given_again(self, bus: Bus, other: Bus, kind: Kind) -> None:
        first = await other.subscribe(kind, durable="classifier")
        for number in range(4):
            await bus.publish(envelope(kind, number, message_id=f"{number}-0"))
        assert await take(first, 2) == ["0", "1"]
        assert await take(first, 1, done=False) == ["2"]
        await first.close()
        second = await other.subscribe(kind, durable="classifier")
        assert sorted(await take(second, 2)) == ["2", "3"]

    # RETAINED: camera states.

    async def test_new_reader_gets_the_last_of_each_camera_then_the_changes(self, bus: Bus, other: Bus) -> None:
        for camera_id, body in (("front", "connecting"), ("back", "online"), ("front", "online 1")):
            await bus.publish(envelope(Kind.CAMERAS, body, camera_id))
        subscription = await other.subscribe(Kind.CAMERAS)
        assert sorted(await take(subscription, 2)) == ["online", "online 1"]
        await bus.publish(envelope(Kind.CAMERAS, "stalled", "front"))
        assert await take(subscription, 1) == ["stalled"]

    async def test_reader_that_comes_back_gets_what_is_retained_again(self, bus: Bus, other: Bus) -> None:
        await bus.publish(envelope(Kind.CAMERAS, "online"))
        for _ in range(2):
            subscription = await other.subscribe(Kind.CAMERAS, durable="gateway")
            assert await take(subscription, 1) == ["online"]
            await subscription.close()

    @pytest.mark.parametrize("kind", [Kind.CAMERAS, Kind.SNAPSHOTS])
    async def test_what_is_retained_can_be_read_at_once(self, bus: Bus, other: Bus, kind: Kind) -> None:
        assert list(await other.retained(kind)) == []
        for camera_id, body in (("front", "first"), ("back", "other"), ("front", "second")):
            await bus.publish(envelope(kind, body, camera_id))
        found = {one.camera_id: one.body.decode() for one in await other.retained(kind)}
        assert found == {"front": "second", "back": "other"}

    # ORDERED: places.

    async def test_reader_goes_on_after_the_earliest_of_places(self, bus: Bus, other: Bus) -> None:
        first = await other.subscribe(Kind.POSES, durable="classifier")
        for number in range(6):
            await bus.publish(envelope(Kind.POSES, number))
        places = []
        for _ in range(6):
            one = await next_of(first)
            places.append(one.place)
            await first.done(one)
        assert len(set(places)) == 6
        await first.close()
        second = await other.subscribe(Kind.POSES, durable="classifier", after=[places[4], places[2]])
        assert await take(second, 3) == ["3", "4", "5"]
        await second.close()
        # From then on the name remembers its place as ever.
        third = await other.subscribe(Kind.POSES, durable="classifier")
        await bus.publish(envelope(Kind.POSES, "new"))
        assert await take(third, 1) == ["new"]

    async def test_reader_after_no_place_starts_with_all_that_is_held(self, bus: Bus, other: Bus) -> None:
        first = await other.subscribe(Kind.POSES, durable="classifier")
        for number in range(3):
            await bus.publish(envelope(Kind.POSES, number))
        assert await take(first, 2) == ["0", "1"]
        await first.close()
        second = await other.subscribe(Kind.POSES, durable="classifier", after=[])
        assert await take(second, 3) == ["0", "1", "2"]

    @pytest.mark.parametrize("elsewhere", ["", "2026-01-02T03:04:05Z 3"])
    async def test_reader_after_a_place_of_another_stream_starts_with_all_that_is_held(
        self, bus: Bus, other: Bus, elsewhere: str
    ) -> None:
        first = await other.subscribe(Kind.POSES, durable="classifier")
        for number in range(3):
            await bus.publish(envelope(Kind.POSES, number))
        place = (await next_of(first)).place
        await first.close()
        second = await other.subscribe(Kind.POSES, durable="classifier", after=[place, elsewhere])
        assert await take(second, 3) == ["0", "1", "2"]

    @pytest.mark.parametrize("kind", [Kind.FRAMES, Kind.EVENTS, Kind.CAMERAS])
    async def test_only_ordered_kinds_have_places(self, bus: Bus, other: Bus, kind: Kind) -> None:
        subscription = await other.subscribe(kind, durable="reader", after=["1"])
        await bus.publish(envelope(kind, "here", message_id="a-0"))
        got = await next_of(subscription)
        assert (got.body, got.place) == (b"here", "")
        await subscription.done(got)

    async def _last_frame(self, bus: Bus, subscription: Subscription, camera_id: str) -> str:
        await bus.publish(envelope(Kind.FRAMES, "last", camera_id))
        await bus.publish(envelope(Kind.FRAMES, "seen", "marker"))
        # The marker comes after it on any bus: once that has arrived, the slot holds the newest.
        marker = ""
        bodies: list[str] = []
        while marker != "seen":
            bodies += await take(subscription, 1)
            marker = bodies[-1]
        return bodies[-2]
