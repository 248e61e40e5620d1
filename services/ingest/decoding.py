"""Decoding with FFmpeg through PyAV: opening, choosing the video stream, pictures, and what its errors mean."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import av
import av.error
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from services.core.errors import Cause, SourceLost
from services.core.types import NANOSECONDS
from services.ingest.address import redact
from services.ingest.capture import Control, Image
from services.ingest.conversion import Converter, size_of

_CAUSES: tuple[tuple[tuple[type[Exception], ...], Cause], ...] = (
    ((av.error.HTTPUnauthorizedError, av.error.HTTPForbiddenError, av.error.PermissionError), Cause.AUTH),
    ((av.error.HTTPNotFoundError, av.error.FileNotFoundError, av.error.IsADirectoryError), Cause.NOT_FOUND),
    ((av.error.TimeoutError, av.error.ExitError), Cause.TIMEOUT),
    (
        (av.error.InvalidDataError, av.error.LookupError, av.error.PatchWelcomeError, av.error.NotImplementedError),
        Cause.CODEC,
    ),
)
_NOT_FOUND_ERRNOS = frozenset({errno.ENODEV, errno.ENXIO})


def lost(error: av.error.FFmpegError | OSError, address: str) -> SourceLost:
    """What an error of FFmpeg means for a camera, free of the address that PyAV's own text quotes with its password.

    Raise what this returns outside the ``except`` block, so that the original does not hang on as its context.
    """
    if error.errno in _NOT_FOUND_ERRNOS:
        cause = Cause.NOT_FOUND
    else:
        cause = next((cause for types, cause in _CAUSES if isinstance(error, types)), Cause.NETWORK)
    reason = "no answer in time" if isinstance(error, av.error.ExitError) else error.strerror or type(error).__name__
    return SourceLost(cause, f"{redact(address)}: {reason}")


def opened(
    address: str,
    file: str,
    *,
    format_name: str | None = None,
    options: Mapping[str, str],
    open_seconds: float | None = None,
    read_seconds: float | None = None,
) -> InputContainer:
    """An open input.

    Args:
        address: what people call it, for the message of an error.
        file: what FFmpeg opens.
        format_name: forces FFmpeg's demuxer or device; None guesses.
        options: of the demuxer.
        open_seconds: gives up opening after this time, None never.
        read_seconds: a read that takes longer raises `av.error.ExitError`; reading can go on afterwards.

    Raises:
        SourceLost: it can't be opened.
    """
    try:
        return av.open(
            file, "r", format=format_name, container_options=dict(options), timeout=(open_seconds, read_seconds)
        )
    except (av.error.FFmpegError, OSError) as error:
        fault = lost(error, address)
    except ValueError as error:
        fault = SourceLost(Cause.NOT_FOUND, f"{redact(address)}: {type(error).__name__} in the address")
    raise fault


def video_stream(container: InputContainer, address: str, control: Control) -> VideoStream:
    """The video stream of an input, set up to decode on the calling thread; says its codec to `control`.

    Raises:
        SourceLost: there is none, or there is no decoder for it.
    """
    streams = [stream for stream in container.streams.video if not stream.disposition & Disposition.attached_pic]
    if not streams:
        # The cover of a song counts as video for FFmpeg.
        kinds = ", ".join(sorted({stream.type for stream in container.streams} - {"video"})) or "nothing"
        raise SourceLost(Cause.CODEC, f"{redact(address)}: no video stream in it, only {kinds}")
    stream = streams[0]
    if stream.codec_context is None:
        raise SourceLost(Cause.CODEC, f"{redact(address)}: no decoder for its video; H.264 works everywhere")
    stream.codec_context.thread_count = 1
    stream.codec_context.thread_type = "SLICE"
    # Pictures that no other is made from need no smoothing of their block edges: a tenth less work where a stream has
    # such pictures, and not visible. Leaving it out everywhere would save more, but moves keypoints.
    stream.codec_context.options = {**stream.codec_context.options, "skip_loop_filter": "noref"}
    control.codec = stream.codec_context.name
    control.fps = float(stream.average_rate or stream.guessed_rate or 0)
    return stream


def pictures(packet: Packet[VideoStream], control: Control) -> list[VideoFrame]:
    """The pictures that a packet completes; damaged data is counted as ``corrupt`` and gives none."""
    try:
        return packet.decode()
    except av.error.EOFError:
        return []
    except av.error.FFmpegError:
        control.drop("corrupt")
        return []


def presented_at(frame: VideoFrame) -> int | None:
    """The stream's own time of a picture, ns from any origin; None if it has none."""
    return None if frame.pts is None else _nanoseconds(frame.pts, frame.time_base)


def shown_for(frame: VideoFrame, otherwise: int) -> int:
    """How long a picture is shown, ns; `otherwise` where it doesn't say."""
    return (_nanoseconds(frame.duration, frame.time_base) if frame.duration else None) or otherwise


def _nanoseconds(ticks: int, time_base: Fraction | None) -> int | None:
    return None if time_base is None else ticks * time_base.numerator * NANOSECONDS // time_base.denominator


@dataclass(frozen=True, slots=True, eq=False)
class DecodedCapture:
    """A picture in its codec's own pixel format.

    Attributes:
        captured_at: event time, ns.
        frame: the decoder's picture.
        aspect: width of a pixel by its height; television formats are not 1.
        converter: shared by the pictures of one source.
    """

    captured_at: int
    frame: VideoFrame
    aspect: Fraction
    converter: Converter

    def size(self, longest_side: int = 0) -> tuple[int, int]:
        """Width and height of the picture."""
        return size_of(self.frame, self.aspect, longest_side)

    def image(self, longest_side: int = 0) -> Image:
        """The picture with square pixels and upright."""
        return self.converter.image(self.frame, self.aspect, longest_side)


class PixelAspects:
    """Width of a stream's pixels by their height; 1 where it says nothing, or nothing credible.

    It can change in mid-stream, which the codec says when it reads on, while pictures from before are still to come:
    those are told by their size.

    Args:
        stream: just opened.
    """

    def __init__(self, stream: VideoStream) -> None:
        self._stream = stream
        self._first = stream.codec_context.sample_aspect_ratio
        self._known: dict[tuple[int, int], Fraction] = {}

    def of(self, frame: VideoFrame) -> Fraction:
        """Of the picture that was just decoded."""
        codec = self._stream.codec_context
        # The container's word goes before the codec's, but only the codec's follows a change.
        changed = codec.sample_aspect_ratio != self._first
        aspect = codec.sample_aspect_ratio if changed else self._stream.sample_aspect_ratio
        credible = aspect if aspect and Fraction(1, 4) <= aspect <= 4 else Fraction(1)
        self._known[codec.width, codec.height] = credible
        return self._known.get((frame.width, frame.height), credible)
