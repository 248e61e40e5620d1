from __future__ import annotations

import asyncio

import orjson
import pytest

from proto.subjects import Kind
from services.gateway.hub import MOST_REPLIES, Hub, Mailbox

ALL = frozenset(Kind)


def mailbox(cameras: frozenset[str] | None = None, kinds: frozenset[Kind] = ALL, longest_queue: int = 5) -> Mailbox:
    box = Mailbox(lambda cameras: "state", longest_queue=longest_queue)
    box.subscribe(cameras, kinds)
    return box


async def taken(box: Mailbox) -> list[str | bytes]:
    """All that is to be sent now."""
    found = []
    while True:
        try:
            found.append(await asyncio.wait_for(box.take(), 0.02))
        except TimeoutError:
            return found


async def test_the_state_comes_first() -> None:
    box = mailbox()
    box.offer(Kind.POSES, "front", "pose")
    assert await taken(box) == ["state", "pose"]


async def test_the_newest_pose_and_picture_of_each_camera_win() -> None:
    box = mailbox()
    for number in range(100):
        for camera in ("front", "bench"):
            box.offer(Kind.POSES, camera, f"{camera} pose {number}")
            box.offer(Kind.PICTURES, camera, f"{camera} picture {number}")
    found = await taken(box)
    assert found[0] == "state"
    assert sorted(found[1:]) == ["bench picture 99", "bench pose 99", "front picture 99", "front pose 99"]
    assert box.replaced == {Kind.POSES: 198, Kind.PICTURES: 198}


async def test_every_camera_gets_its_turn_with_a_slow_client() -> None:
    box = mailbox()
    await box.take()
    seen = set()
    for number in range(6):
        for camera in "abc":
            box.offer(Kind.PICTURES, camera, f"{camera}{number}")
        data = await box.take()
        assert data[1:] == str(number), "a picture that is older than the newest"
        seen.add(data[0])
    assert seen == set("abc")


async def test_events_keep_their_order_and_go_before_pictures() -> None:
    box = mailbox()
    await box.take()
    box.offer(Kind.PICTURES, "front", b"picture")
    for number in range(5):
        box.offer(Kind.EVENTS if number % 2 else Kind.CAMERAS, "front", str(number))
    assert await taken(box) == ["0", "1", "2", "3", "4", b"picture"]


async def test_a_full_queue_becomes_a_gap_and_a_fresh_state() -> None:
    box = mailbox(longest_queue=5)
    await box.take()
    for number in range(1000):
        box.offer(Kind.EVENTS, "front", str(number))
    gap, *rest = await taken(box)
    assert orjson.loads(gap) == {"type": "gap", "lost": 1000}
    assert rest == ["state"]
    assert box.lost == 1000
    box.offer(Kind.EVENTS, "front", "after")
    assert await taken(box) == ["after"]


async def test_what_came_before_the_state_was_sent_is_not_sent_twice() -> None:
    box = mailbox()
    box.offer(Kind.EVENTS, "front", "in the state already")
    assert await taken(box) == ["state"]
    assert box.lost == 0


async def test_who_asks_without_reading_fills_no_memory() -> None:
    box = mailbox()
    for number in range(100_000):
        box.reply(str(number))
    *replies, state = await taken(box)
    assert (len(replies), replies[-1], state) == (MOST_REPLIES, "99999", "state")


async def test_subscribing_again_replaces_what_was_asked_for() -> None:
    hub, box = Hub(), mailbox()
    hub.join(box)
    hub.publish(Kind.POSES, "front", lambda: "front")
    box.subscribe(frozenset({"bench"}), frozenset({Kind.POSES}))
    hub.publish(Kind.POSES, "front", lambda: pytest.fail("nobody watches the front camera any more"))
    hub.publish(Kind.EVENTS, "bench", lambda: pytest.fail("nobody watches events any more"))
    hub.publish(Kind.POSES, "bench", lambda: "bench")
    assert await taken(box) == ["state", "bench"]


async def test_a_message_is_made_once_for_all_and_only_if_somebody_watches() -> None:
    hub = Hub()
    hub.publish(Kind.POSES, "front", lambda: pytest.fail("nobody watches"))
    boxes = [mailbox() for _ in range(3)]
    made = []
    for box in boxes:
        hub.join(box)
    hub.publish(Kind.POSES, "front", lambda: made.append("once") or "pose")
    assert made == ["once"]
    for box in boxes:
        assert await taken(box) == ["state", "pose"]
    assert hub.sent[Kind.POSES] == 3


async def test_what_a_client_missed_stays_in_the_totals_when_it_leaves() -> None:
    hub, box = Hub(), mailbox(longest_queue=1)
    hub.join(box)
    await box.take()
    for _ in range(3):
        hub.publish(Kind.EVENTS, "front", lambda: "event")
        hub.publish(Kind.POSES, "front", lambda: "pose")
    await taken(box)
    before = (hub.lost, hub.replaced[Kind.POSES])
    hub.leave(box)
    assert before == (hub.lost, hub.replaced[Kind.POSES]) == (3, 2)
    assert len(hub) == 0
