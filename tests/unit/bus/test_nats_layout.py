"""Streams on the server, where several services want to make them at once."""

from __future__ import annotations

import pytest
from nats.js.api import StreamConfig, StreamInfo
from nats.js.errors import APIError, BucketNotFoundError, NotFoundError

from proto.subjects import Kind
from services.bus import BusUnavailable
from services.bus.nats_layout import IN_THE_MAKING, STREAMS, make_streams


class BusyServer:
    """A JetStream on which another client is just making each stream: it is there only after so many refusals."""

    def __init__(self, refusals: int, number: int) -> None:
        self.refusals = refusals
        self.number = number
        self.asked: dict[str, int] = {}
        self.bucket_asked = 0

    async def stream_info(self, name: str) -> StreamInfo:
        if self.asked.get(name, 0) < self.refusals:
            raise NotFoundError(code=404, err_code=10059)
        config = next(config for config in STREAMS.values() if config.name == name)
        return StreamInfo.from_response(
            {"config": config.as_dict(), "state": {"messages": 0, "bytes": 0, "first_seq": 0, "last_seq": 0,
             "consumer_count": 0}, "created": "2026-01-01T00:00:00Z"}
        )  # fmt: skip

    async def add_stream(self, config: StreamConfig) -> StreamInfo:
        self.asked[str(config.name)] = self.asked.get(str(config.name), 0) + 1
        raise APIError(code=400, err_code=self.number, description="subjects overlap with an existing stream")

    async def key_value(self, bucket: str) -> None:
        self.bucket_asked += 1
        if self.bucket_asked <= self.refusals:
            raise BucketNotFoundError

    async def create_key_value(self, config: object) -> None:
        raise APIError(code=400, err_code=self.number, description="stream name already in use")


@pytest.mark.parametrize("number", IN_THE_MAKING)
async def test_a_stream_that_another_client_is_making_is_waited_for(number: int) -> None:
    server = BusyServer(2, number)
    await make_streams(server)  # type: ignore[arg-type]
    assert server.bucket_asked == 3
    assert server.asked == dict.fromkeys(
        (str(STREAMS[kind].name) for kind in (Kind.POSES, Kind.EVENTS, Kind.COMMANDS, Kind.SNAPSHOTS, Kind.CAMERAS)), 2
    )


async def test_any_other_refusal_is_told_at_once() -> None:
    server = BusyServer(2, 10047)
    with pytest.raises(BusUnavailable, match="room on its disk"):
        await make_streams(server)  # type: ignore[arg-type]
    assert sum(server.asked.values()) == 1
