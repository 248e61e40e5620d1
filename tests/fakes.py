"""Stand-ins that behave: stages, producers and messages small enough to see through."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from services.core.types import Frame, Message, Pose, PoseFrame, Rep

JPEG = b"\xff\xd8 enough of a JPEG for the bus \xff\xd9"


def frame(frame_id: int = 0, camera_id: str = "front", *, live: bool = True) -> Frame:
    """A frame at 10 a second whose picture cannot be decoded."""
    return Frame(camera_id, frame_id, frame_id * 100_000_000, 640, 360, JPEG, live=live)


def end_of_stream(frame_id: int = 0, camera_id: str = "front") -> Frame:
    """The frame that ends a file."""
    return Frame(camera_id, frame_id, frame_id * 100_000_000, 0, 0, b"", live=False, end_of_stream=True)


def pose(track_id: str = "0-1") -> Pose:
    """A person whose keypoints lie on a diagonal."""
    line = np.linspace(0, 1, 33, dtype=np.float32)
    return Pose(
        track_id=track_id,
        box=np.array([0, 0, 1, 1], np.float32),
        score=0.875,
        keypoints=np.stack([line, line, 0 * line], axis=1),
        visibility=np.ones(33, np.float32),
        world_keypoints=np.zeros((33, 3), np.float32),
    )


def pose_frame(frame_id: int = 0, camera_id: str = "front", *, people: int = 1) -> PoseFrame:
    """A frame of people, at 10 a second."""
    tracks = tuple(pose(f"0-{number}") for number in range(people))
    return PoseFrame(camera_id, frame_id, frame_id * 100_000_000, 640, 360, tracks)


def rep(number: int = 1, camera_id: str = "front", *, revision: int = 0) -> Rep:
    """A repetition of a squat."""
    return Rep(
        camera_id=camera_id, track_id="0-1", event_id=f"rep-{camera_id}-{number}", captured_at=number * 10**9,
        revision=revision, set_id="set-1", exercise="squat", number=number, start=0, end=10**9, range_of_motion=0.75,
    )  # fmt: skip


@dataclass
class FakeStage:
    """A stage that remembers what it was given.

    Attributes:
        answer: what comes of a message; may raise.
        last: what `close` gives.
        seen: the messages, in order.
        closed: how often `close` was called.
    """

    consumes: tuple[type, ...]
    answer: Callable[[Message], Iterable[Message]] = lambda message: ()
    last: tuple[Message, ...] = ()
    name: str = "fake"
    blocking: bool = False
    seen: list[Message] = field(default_factory=list)
    closed: int = 0

    def process(self, message: Message) -> Iterable[Message]:
        """Remember, and answer."""
        self.seen.append(message)
        return self.answer(message)

    def close(self) -> Iterable[Message]:
        """Give what was kept for the end."""
        self.closed += 1
        return self.last


@dataclass
class FakeProducer:
    """A producer of given messages.

    Attributes:
        messages: what it yields.
        forever: whether it then waits until it is cancelled, as a camera does.
        given: how many it was asked for.
        closed: whether its clean-up ran.
    """

    messages: tuple[Message, ...]
    forever: bool = False
    name: str = "producer"
    given: int = 0
    closed: bool = False

    async def produce(self) -> AsyncIterator[Message]:
        """Yield the messages."""
        try:
            for message in self.messages:
                self.given += 1
                yield message
            if self.forever:
                await asyncio.Event().wait()
        finally:
            self.closed = True


@dataclass
class FakeProducers:
    """Several producers in one."""

    several: tuple[FakeProducer, ...]
    name: str = "producers"

    def producers(self) -> Iterable[FakeProducer]:
        """Each of them."""
        return self.several


async def until(condition: Callable[[], object], seconds: float = 10.0) -> None:
    """Wait until a condition holds that something outside this event loop may bring about."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0.01)
