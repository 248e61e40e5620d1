"""Newest wins, turns are kept, nothing that waits is lost."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proto.subjects import Kind
from services.bus import Envelope
from services.bus.mailbox import Backlog, Mailbox


def envelope(number: int, camera_id: str = "a", *, wait: bool = False) -> Envelope:
    return Envelope(Kind.FRAMES, camera_id, b"%d" % number, wait=wait)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans())))
async def test_mailbox_gives_the_newest_of_each_camera_and_all_that_wait(puts: list[tuple[str, bool]]) -> None:
    mailbox = Mailbox()
    sent = [envelope(number, camera_id, wait=wait) for number, (camera_id, wait) in enumerate(puts)]
    for one in sent:
        mailbox.put(one)
    newest = {one.camera_id: one for one in sent if not one.wait}
    expected = [one for one in sent if one.wait or newest[one.camera_id] is one]
    got = [await mailbox.take() for _ in expected]
    assert set(got) == set(expected)
    assert [one for one in got if one and one.wait] == [one for one in sent if one.wait]
    assert mailbox.dropped == len(sent) - len(expected)


async def test_camera_keeps_its_turn_when_it_is_replaced() -> None:
    mailbox = Mailbox()
    for one in (envelope(1, "fast"), envelope(2, "slow"), envelope(3, "fast")):
        mailbox.put(one)
    assert [(await mailbox.take()).body for _ in range(2)] == [b"3", b"2"]


async def test_mailbox_wakes_its_reader() -> None:
    mailbox = Mailbox()
    taking = asyncio.create_task(mailbox.take())
    await asyncio.sleep(0)
    mailbox.put(envelope(1))
    taken = await taking
    assert taken is not None
    assert taken.body == b"1"


@pytest.mark.parametrize("filled", [False, True])
async def test_closed_ones_give_nothing(filled: bool) -> None:
    mailbox, backlog = Mailbox(), Backlog(3)
    if filled:
        mailbox.put(envelope(1))
        await backlog.put(envelope(1))
    takes = [asyncio.create_task(one.take()) for one in (mailbox, backlog)] if not filled else []
    await asyncio.sleep(0)
    mailbox.close()
    await backlog.close()
    assert [await one for one in takes] == [None] * len(takes)
    assert await mailbox.take() is None
    assert await backlog.take() is None


async def test_full_backlog_makes_senders_wait_in_turn() -> None:
    backlog = Backlog(2)
    senders = [asyncio.create_task(backlog.put(envelope(number))) for number in range(5)]
    await asyncio.sleep(0.01)
    assert [one.done() for one in senders] == [True, True, False, False, False]
    assert [(await backlog.take()).body for _ in range(5)] == [b"0", b"1", b"2", b"3", b"4"]
    await asyncio.gather(*senders)


async def test_backlog_tells_when_there_is_room() -> None:
    backlog = Backlog(4, [envelope(number) for number in range(3)])
    waiting = asyncio.create_task(backlog.room(3))
    await backlog.take()
    await asyncio.sleep(0)
    assert not waiting.done()
    await backlog.take()
    await asyncio.wait_for(waiting, 1)
    assert len(backlog) == 1
