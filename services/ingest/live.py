"""What all live streams share: reading that never hangs, and event time out of three clocks."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Final

import av.error
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from services.core.errors import Cause, SourceLost
from services.core.types import NANOSECONDS
from services.ingest.address import redact
from services.ingest.capture import Control, SourceOptions
from services.ingest.conversion import Converter
from services.ingest.decoding import DecodedCapture, PixelAspects, lost, pictures, presented_at, video_stream

READ_SECONDS: Final = 1.0
"""Longest wait inside FFmpeg before it is asked whether to go on; a stop takes this long at most.

A read that is broken off is taken up again: between two packets nothing is lost by it."""
STEP: Final = 1_000_000
"""Least time between two pictures, ns."""
TRUSTED: Final = 10 * NANOSECONDS
"""A sender's clock that is further (ns) from ours is taken to be unset, and not believed."""
LEAP: Final = NANOSECONDS
"""A change of the stream's own time against ours by more than this (ns) is a new start, not jitter."""
DRIFT: Final = 0.002
"""Part of each picture's delay by which the stream's time is moved after ours: follows a camera's slower clock."""
_PENDING: Final = 64
"""Sender times kept for pictures that the decoder still holds."""


class EventClock:
    """Gives each picture of a live stream its moment of capture.

    The sender's own time where the stream has it and it is credible. Else the time of arrival, freed of the network's
    jitter: the stream's presentation times, placed where the pictures that travelled fastest put them.
    """

    def __init__(self) -> None:
        self._offset: int | None = None
        self._from_sender = False
        self._last: int | None = None

    def stamp(self, presented_at: int | None, arrived_at: int, sent_at: int | None) -> int:
        """Unix ns of capture, later than all it gave before.

        Args:
            presented_at: the stream's own time, ns from any origin; None if it has none.
            arrived_at: Unix ns at which the picture was read.
            sent_at: Unix ns by the sender's clock; None if the stream doesn't say.
        """
        if sent_at is not None and abs(sent_at - arrived_at) > TRUSTED:
            sent_at = None
        moment = self._moment(presented_at, arrived_at, sent_at)
        self._last = moment if self._last is None else max(moment, self._last + STEP)
        return self._last

    def _moment(self, presented_at: int | None, arrived_at: int, sent_at: int | None) -> int:
        if presented_at is None:
            return sent_at or arrived_at
        if sent_at is not None:
            self._offset, self._from_sender = sent_at - presented_at, True
            return sent_at
        late = 0 if self._offset is None else arrived_at - presented_at - self._offset
        if self._offset is None or abs(late) > (TRUSTED if self._from_sender else LEAP):
            self._offset, self._from_sender = arrived_at - presented_at, False
        elif not self._from_sender:
            self._offset += late if late < 0 else round(late * DRIFT)
        return presented_at + self._offset


def read(container: InputContainer, address: str, options: SourceOptions, control: Control) -> Iterator[DecodedCapture]:
    """The pictures of an open live input, until it is stopped.

    Args:
        container: opened with ``read_seconds=READ_SECONDS``.

    Raises:
        SourceLost: timeout (nothing came), codec (nothing that came could be decoded), network (it was closed).
    """
    stream = video_stream(container, address, control)
    stream.codec_context.flags |= int(av.codec.context.Flags.low_delay)
    clock, converter, aspects = EventClock(), Converter(), PixelAspects(stream)
    senders = _SenderTimes()
    decoded_at = time.monotonic()
    for packet in _packets(container, stream, address, options.silence_seconds, control):
        arrived_at = time.time_ns()
        senders.note(packet)
        for frame in pictures(packet, control):
            decoded_at = time.monotonic()
            captured_at = clock.stamp(presented_at(frame), arrived_at, senders.of(frame.pts))
            yield DecodedCapture(captured_at, frame, aspects.of(frame), converter)
        if time.monotonic() - decoded_at > options.silence_seconds:
            raise SourceLost(
                Cause.CODEC,
                f"{redact(address)}: {control.codec} arrives, but none of it could be decoded for "
                f"{options.silence_seconds:g} s",
            )


def _packets(
    container: InputContainer, stream: VideoStream, address: str, silence_seconds: float, control: Control
) -> Iterator[Packet[VideoStream]]:
    heard_at = time.monotonic()
    while not control.stop.is_set():
        fault: SourceLost | None = None
        try:
            for packet in container.demux(stream):
                heard_at = time.monotonic()
                yield packet
                if control.stop.is_set():
                    return
            fault = SourceLost(Cause.NETWORK, f"{redact(address)}: the camera closed the stream")
        except av.error.ExitError:
            if time.monotonic() - heard_at > silence_seconds:
                fault = SourceLost(Cause.TIMEOUT, f"{redact(address)}: nothing came for {silence_seconds:g} s")
        except av.error.FFmpegError as error:
            fault = lost(error, address)
        if fault is not None:
            raise fault


class _SenderTimes:
    """The sender's time of each packet (FFmpeg's ``prft`` side data, made from RTCP sender reports), by its pts.

    The first is left out: it is made before the first report is settled, and wrong by seconds.
    """

    def __init__(self) -> None:
        self._first = True
        self._pending: dict[int, int] = {}

    def note(self, packet: Packet[VideoStream]) -> None:
        if packet.pts is None or not packet.has_sidedata("prft"):
            return
        # AVProducerReferenceTime: int64 wallclock in microseconds since 1970, then int flags.
        wallclock = int.from_bytes(bytes(packet.get_sidedata("prft"))[:8], "little", signed=True)
        if self._first:
            self._first = False
            return
        self._pending[packet.pts] = wallclock * 1000
        while len(self._pending) > _PENDING:
            del self._pending[next(iter(self._pending))]

    def of(self, pts: int | None) -> int | None:
        return None if pts is None else self._pending.pop(pts, None)
