"""What waits between a camera's thread and the event loop."""

from __future__ import annotations

import threading

from services.core.types import Frame
from services.ingest.outbox import AHEAD, Outbox


def frame(number: int, *, live: bool = False) -> Frame:
    return Frame("a", number, number, 64, 48, b"", live=live)


class Decoder:
    """A thread that puts frames of a file."""

    def __init__(self, outbox: Outbox, count: int) -> None:
        self._outbox, self._count = outbox, count
        self._put = threading.Semaphore(0)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        for number in range(self._count):
            self._outbox.put(frame(number))
            self._put.release()

    def puts(self, count: int) -> None:
        """It puts so many, and then waits."""
        for _ in range(count):
            assert self._put.acquire(timeout=5)
        assert not self._put.acquire(timeout=0.05)

    def ends(self) -> None:
        self._thread.join(5)
        assert not self._thread.is_alive()


def numbers(outbox: Outbox, count: int) -> list[int]:
    return [message.frame_id for _ in range(count) if isinstance(message := outbox.take(), Frame)]


def test_a_decoder_does_some_frames_in_a_row_and_sleeps_until_all_are_taken() -> None:
    outbox = Outbox(lambda: None)
    decoder = Decoder(outbox, 20)
    decoder.puts(AHEAD)
    assert numbers(outbox, AHEAD - 1) == list(range(AHEAD - 1))
    decoder.puts(0)
    assert numbers(outbox, 1) == [AHEAD - 1]
    decoder.puts(AHEAD)


def test_every_frame_of_a_file_comes_in_order() -> None:
    outbox = Outbox(lambda: None)
    decoder = Decoder(outbox, 20)
    taken: list[int] = []
    while len(taken) < 20:
        taken += numbers(outbox, 1)
    decoder.ends()
    assert taken == list(range(20))


def test_a_decoder_that_waits_is_let_go() -> None:
    outbox = Outbox(lambda: None)
    decoder = Decoder(outbox, 20)
    decoder.puts(AHEAD)
    outbox.close()
    decoder.ends()


def test_a_live_frame_takes_the_place_of_the_one_before() -> None:
    outbox = Outbox(lambda: None)
    assert [outbox.put(frame(number, live=True)) for number in range(3)] == [0, 1, 1]
    assert numbers(outbox, 2) == [2]
