"""What a service is made of: a stage takes messages and returns messages; a producer makes them.

Stages return, they don't do: `services.runtime` decodes what comes in, calls `process`, publishes what it returns,
and is the only loop there is. Cameras that must not wait for each other are producers of their own (`Producers`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import Protocol, runtime_checkable

from services.core.types import Message, Snapshot


@runtime_checkable
class Stage(Protocol):
    """One step of the data path, fed by the bus.

    Attributes:
        name: the service's name, in metrics and logs.
        consumes: the message types it wants (a base class stands for all below it).
        blocking: True when `process` takes milliseconds of CPU and belongs on a thread of its own.
    """

    name: str
    consumes: tuple[type, ...]
    blocking: bool

    def process(self, message: Message) -> Iterable[Message]:
        """Take one message in, give any number out, in order.

        Raises:
            BadMessage: this message cannot be used; it is counted and dropped, the stage goes on.
        """
        ...

    def close(self) -> Iterable[Message]:
        """Give what is still open; called once, after the last `process`."""
        ...


@runtime_checkable
class Resumable(Stage, Protocol):
    """A stage that goes on where another process was stopped or killed.

    It gives a `Snapshot` of a camera now and then among what `process` returns, and of all in `close`, which leaves
    open what is open. The runtime keeps them; the next process is given the last one of each camera before anything
    else, and then the ordered kinds from the earliest of those places on: what a snapshot has seen comes again.
    """

    def resume(self, snapshot: Snapshot) -> bool:
        """Go on from a snapshot; called before the first `process`. Whether more was to come of its camera.

        Raises:
            BadMessage: it cannot be used; its camera starts anew.
        """
        ...


@runtime_checkable
class Producer(Protocol):
    """The head of the data path: makes messages by itself until it is cancelled or has no more."""

    name: str

    def produce(self) -> AsyncIterator[Message]:
        """Yield messages as they come; the runtime publishes each before it asks for the next."""
        ...


@runtime_checkable
class Producers(Protocol):
    """Several producers in one service, each with a loop of its own, so that none waits for another.

    A file's `Frame` is published when a reader is done with it: in one common loop it would hold up live cameras.
    """

    name: str

    def producers(self) -> Iterable[Producer]:
        """One producer for each camera; asked once, at the start."""
        ...
