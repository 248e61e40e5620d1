"""What Spotter keeps on the NATS server: a stream for each stored kind, and the places of its readers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final, TypeVar

from nats.js import JetStreamContext
from nats.js.api import KeyValueConfig, StorageType, StreamConfig
from nats.js.errors import APIError, NotFoundError

from proto.subjects import Kind, subject
from services.bus import BusUnavailable

T = TypeVar("T")

PLACES: Final = "SPOTTER_PLACES"
"""Key-value bucket: how far each named reader of an ordered kind has come."""
STREAMS: Final[dict[Kind, StreamConfig]] = {
    Kind.POSES: StreamConfig(
        name="SPOTTER_POSES",
        subjects=[subject(Kind.POSES)],
        storage=StorageType.MEMORY,
        max_age=60.0,
        max_bytes=128 << 20,
        duplicate_window=30.0,
    ),
    Kind.EVENTS: StreamConfig(
        name="SPOTTER_EVENTS",
        subjects=[subject(Kind.EVENTS)],
        storage=StorageType.FILE,
        max_age=7 * 86_400.0,
        max_bytes=512 << 20,
        duplicate_window=600.0,
    ),
    # As long as the events: whoever replays those has the commands that they came of.
    Kind.COMMANDS: StreamConfig(
        name="SPOTTER_COMMANDS",
        subjects=[subject(Kind.COMMANDS)],
        storage=StorageType.FILE,
        max_age=7 * 86_400.0,
        max_bytes=64 << 20,
        duplicate_window=600.0,
    ),
    Kind.SNAPSHOTS: StreamConfig(
        name="SPOTTER_SNAPSHOTS",
        subjects=[subject(Kind.SNAPSHOTS)],
        storage=StorageType.FILE,
        max_msgs_per_subject=1,
    ),
    Kind.CAMERAS: StreamConfig(
        name="SPOTTER_CAMERAS",
        subjects=[subject(Kind.CAMERAS)],
        storage=StorageType.FILE,
        max_msgs_per_subject=1,
    ),
}
"""The stream behind each stored kind."""

IN_THE_MAKING: Final = (10058, 10065)
"""NATS's numbers for "stream name already in use" and "subjects overlap": said too of a stream that another client is
just making."""
TRIES: Final = 10
RETRY_SECONDS: Final = 0.1

_CHECKED: Final = ("subjects", "storage", "max_age", "max_bytes", "max_msgs_per_subject", "duplicate_window")


async def make_streams(jetstream: JetStreamContext) -> None:
    """Make the streams and the bucket where they are missing, and check what the server made of them.

    Raises:
        BusUnavailable: JetStream is off, or the server keeps settings other than ours.
    """
    try:
        for config in STREAMS.values():
            await _make_stream(jetstream, config)
        await _places(jetstream)
    except APIError as error:
        raise BusUnavailable(
            f"NATS cannot make Spotter's streams ({error.description or error}): start the server with JetStream "
            "(`nats-server -js`), with room on its disk, and let this user use it"
        ) from None


async def _make_stream(jetstream: JetStreamContext, config: StreamConfig) -> None:
    info = await _made(lambda: jetstream.stream_info(str(config.name)), lambda: jetstream.add_stream(config))
    if _differences(config, info.config):
        info = await jetstream.update_stream(config)
    wrong = _differences(config, info.config)
    if wrong:
        raise BusUnavailable(
            f"stream {config.name} of the NATS server: {', '.join(wrong)}: update the server to 2.9 or later, or "
            "delete the stream so that it is made anew"
        )


async def _made(find: Callable[[], Awaitable[T]], make: Callable[[], Awaitable[T]]) -> T:
    """What is found, or made where it is missing; of several services that start at once one makes it, others wait."""
    tries = 0
    while True:
        with suppress(NotFoundError):
            return await find()
        try:
            return await make()
        except APIError as error:
            tries += 1
            if error.err_code not in IN_THE_MAKING or tries == TRIES:
                raise
        await asyncio.sleep(RETRY_SECONDS)


def _differences(wanted: StreamConfig, got: StreamConfig) -> list[str]:
    found = []
    for name in _CHECKED:
        ours, theirs = getattr(wanted, name), getattr(got, name)
        if ours and ours != theirs:
            found.append(f"{name} got {theirs}, expected {ours}")
    return found


async def _places(jetstream: JetStreamContext) -> None:
    # In memory like the stream of poses: the numbers mean nothing once that is gone.
    config = KeyValueConfig(bucket=PLACES, storage=StorageType.MEMORY)
    await _made(lambda: jetstream.key_value(PLACES), lambda: jetstream.create_key_value(config))
