"""Video files and photos: once and complete, as fast as they are taken, or in real time over and over like a camera.

Event time is presentation time: the first picture is at 0, and it rises on across loops.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import av.error
from av.container import InputContainer
from av.video.stream import VideoStream

from services.core.errors import Cause, SourceLost
from services.core.types import NANOSECONDS
from services.ingest.capture import Capture, Control, SourceKind, SourceOptions
from services.ingest.conversion import Converter
from services.ingest.decoding import (
    DecodedCapture,
    PixelAspects,
    lost,
    opened,
    pictures,
    presented_at,
    shown_for,
    video_stream,
)
from services.ingest.foresight import Foresight
from services.ingest.timeline import FORWARD, Timeline

FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,flv,asf,ogg,h264,hevc,m4v,mjpeg,gif,image2,"
    "png_pipe,jpeg_pipe,bmp_pipe,webp_pipe,tiff_pipe,pgm_pipe,ppm_pipe,yuv4mpegpipe,ivf,mxf,dv,obu,nut"
)
"""FFmpeg's demuxers that may open a file. Without such a list it draws text files as ANSI art, and playlists fetch
whatever address they name."""
FALLBACK_RATE = Fraction(25)
"""Pictures a second of files without any times, such as raw H.264 that states no rate."""
COMPLETE = 0.95
"""Part of the stated duration that has to be there for a file to count as whole."""
TOLERANCE = 0.3
"""Seconds by which a whole file may end early, whatever its length: containers round, and count sound."""
CATCH_UP = NANOSECONDS
"""In real time, being later than this (ns) moves the clock instead of hurrying after it."""


def captures(address: str, options: SourceOptions, control: Control) -> Iterator[Capture]:
    """The pictures of a file.

    Raises:
        SourceLost: not-found (no such file), auth (not readable), codec (no video, damaged, or shorter than it says;
            what could be decoded was given before).
    """
    path = readable(address)
    timeline = Timeline()
    started = time.monotonic_ns()
    while not control.stop.is_set():
        began = timeline.end
        fault: SourceLost | None = None
        try:
            with _container(path) as container:
                for capture in _decoded(container, path.name, timeline, control):
                    if options.real_time:
                        started = _waited(started, capture.captured_at, control)
                    yield capture
        except SourceLost as error:
            fault = error
        if fault is not None and (not options.loop or timeline.end == began):
            raise fault
        if not options.loop:
            return
        timeline.restart()


def stated_seconds(address: str) -> float:
    """How long a file says its video is, in seconds; 0 where it doesn't say.

    Raises:
        SourceLost: it cannot be opened, or there is no video in it.
    """
    path = readable(address)
    with _container(path) as container:
        return _stated_seconds(container, video_stream(container, path.name, Control()))


def readable(address: str) -> Path:
    """The file behind an address.

    Raises:
        SourceLost: it is not there, is not a file, or may not be read.
    """
    path = Path(address).expanduser()
    fault: SourceLost | None = None
    try:
        with path.open("rb") as file:
            if not file.read(1):
                fault = SourceLost(Cause.CODEC, f"{path.name}: the file is empty, a video was expected")
    except FileNotFoundError:
        fault = SourceLost(Cause.NOT_FOUND, f"{path.name}: no such file in {path.parent.absolute()}")
    except IsADirectoryError:
        fault = SourceLost(Cause.NOT_FOUND, f"{path.name}: a folder, a video file was expected")
    except PermissionError:
        fault = SourceLost(Cause.AUTH, f"{path.name}: the file may not be read by this user")
    except (OSError, ValueError) as error:
        fault = SourceLost(Cause.NOT_FOUND, f"{path.name[:100]}: {getattr(error, 'strerror', None) or error}")
    if fault is not None:
        raise fault
    return path


def _container(path: Path) -> InputContainer:
    # The prefix keeps a name such as "concat:a" a name; without pattern_type a photo "50%d.png" would be a series.
    file = f"file:{path.absolute()}"
    limits = {"format_whitelist": FORMATS, "protocol_whitelist": "file", "pattern_type": "none"}
    try:
        return opened(path.name, file, options=limits)
    except SourceLost as error:
        raise SourceLost(
            Cause.CODEC, f"{path.name}: no video that can be read, or cut off too early; expected MP4, MKV, AVI, ..."
        ) from error


def _decoded(container: InputContainer, name: str, timeline: Timeline, control: Control) -> Iterator[DecodedCapture]:
    """One pass through the file."""
    stream = video_stream(container, name, control)
    converter, aspects = Converter(), PixelAspects(stream)
    period = round(NANOSECONDS / (stream.average_rate or stream.guessed_rate or FALLBACK_RATE))
    foresight = Foresight(stream, timeline, control.pacer, period)
    began = timeline.end
    fault: SourceLost | None = None
    try:
        for packet in container.demux(stream):
            foresight.into(packet)
            for frame in pictures(packet, control):
                if control.stop.is_set():
                    return
                presented = presented_at(frame)
                foresight.out(presented)
                moment = timeline.place(presented, min(shown_for(frame, period), FORWARD))
                yield DecodedCapture(moment, frame, aspects.of(frame), converter)
        foresight.finish()
    except av.error.FFmpegError as error:
        fault = lost(error, name)
    if fault is not None:
        raise fault
    if timeline.end == began:
        raise SourceLost(Cause.CODEC, f"{name}: no picture in it can be decoded")
    seconds = (timeline.end - began) / NANOSECONDS
    stated = _stated_seconds(container, stream)
    if seconds < min(stated * COMPLETE, stated - TOLERANCE):
        raise SourceLost(Cause.CODEC, f"{name}: cut off, {seconds:.1f} s of {stated:.1f} s are there")


def _stated_seconds(container: InputContainer, stream: VideoStream) -> float:
    """How long the file says its video is; 0 where it doesn't say, or only for all of its streams together."""
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    if container.duration and len(container.streams) == 1:
        return container.duration / av.time_base
    return 0.0


def _waited(started: int, captured_at: int, control: Control) -> int:
    """Wait until a picture is due; the moment (monotonic ns) at which event time 0 is, or would have been."""
    late = time.monotonic_ns() - started - captured_at
    if late > CATCH_UP:
        return started + late
    if late < 0:
        control.stop.wait(-late / NANOSECONDS)
    return started


KIND = SourceKind(
    name="file",
    live=False,
    example="clip.mp4",
    claims=lambda address: "://" not in address,
    check=lambda address: None,
    captures=captures,
)
"""A path to a video or a photo. Whether it is there is found out when it is opened: it may come later."""
