"""Pictures of a file that need not be decoded: no other is made from them, and nobody will look at them.

    in the file    I0  P4  B2  b1  b3        b: no other picture is made from it (H.264's nal_ref_idc is 0)
    presented      0   1   2   3   4         so 1 and 3 can be left out where they are not kept
    kept           x       x       x

Whether a picture will be kept is known before it is decoded: what comes out before it has gone into the decoder
already, and event time and pacing are worked out ahead, on copies. What is kept stays the same to the last bit.
"""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from av.packet import Packet
from av.video.stream import VideoStream

from services.core.types import NANOSECONDS
from services.ingest.pacing import Pacer
from services.ingest.timeline import FORWARD, Timeline

_CODECS: Final = frozenset({"h264"})
"""In HEVC a picture that "no other of its layer" is made from may still be needed by a higher layer."""


@dataclass(order=True, slots=True)
class _Coming:
    """A picture that went into the decoder and has not come out; `left_out` if it need not."""

    presented: int
    length: int = field(compare=False)
    left_out: bool = field(compare=False, default=False)


class Foresight:
    """Tells the decoder of one file what it may leave out.

    Args:
        stream: just opened.
        timeline: gives the pictures their event times.
        pacer: keeps them or not; None where all are wanted.
        period: how long a picture is shown that does not say, ns.
    """

    def __init__(self, stream: VideoStream, timeline: Timeline, pacer: Pacer | None, period: int) -> None:
        self._codec = stream.codec_context
        self._timeline = timeline
        self._pacer = pacer if self._codec.name in _CODECS else None
        self._period = period
        self._coming: list[_Coming] = []
        self._leaves_out = False
        # Once, since a packet makes a fraction of it anew each time.
        base = stream.time_base or Fraction(1)
        self._ticks, self._second = base.numerator * NANOSECONDS, base.denominator

    def into(self, packet: Packet[VideoStream]) -> None:
        """Say before a packet is decoded whether its picture may be left out."""
        if self._pacer is None:
            return
        left_out = False
        if packet.pts is not None and not packet.is_discard:
            length = (packet.duration or 0) * self._ticks // self._second or self._period
            coming = _Coming(packet.pts * self._ticks // self._second, min(length, FORWARD))
            insort(self._coming, coming)
            left_out = coming.left_out = not self._keeps(self._pacer, coming)
        if left_out is not self._leaves_out:
            self._leaves_out = left_out
            self._codec.skip_frame = "NONREF" if left_out else "DEFAULT"

    def out(self, presented: int | None) -> None:
        """Before a picture that was decoded gets its event time, give those theirs that were left out before it.

        Args:
            presented: its own time, ns; None where it has none.
        """
        while presented is not None and self._coming and self._coming[0].presented <= presented:
            coming = self._coming.pop(0)
            if coming.presented == presented:
                return
            self._passed(coming)

    def finish(self) -> None:
        """Give those their event times that were left out at the end of the file."""
        while self._coming:
            self._passed(self._coming.pop(0))

    def _passed(self, coming: _Coming) -> None:
        # What was asked for and did not come was damaged.
        if self._pacer is not None and coming.left_out:
            self._pacer.keeps(self._timeline.place(coming.presented, coming.length))

    def _keeps(self, pacer: Pacer, last: _Coming) -> bool:
        """Whether a picture will be kept, by what comes out before it and itself."""
        timeline, pacer, kept = self._timeline.copy(), pacer.copy(), True
        for coming in self._coming:
            kept = pacer.keeps(timeline.place(coming.presented, coming.length))
            if coming is last:
                break
        return kept
