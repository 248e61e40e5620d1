"""From a decoder's picture, whatever its pixels, to an upright BGR picture with square pixels.

any format and depth, colour or grey, limited or full range
    |  interlaced: one of the two fields, by pointer arithmetic, without a copy
    |  swscale: square pixels, at most the wanted size, BGR, in one pass
    |  turned by its metadata
    v
(H, W, 3) uint8
"""

from __future__ import annotations

import threading
from fractions import Fraction
from typing import Final

import numpy as np
from av.filter import Graph
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter

from services.ingest.capture import Image, fitted

_LEAST_LINES: Final = 4
"""Pictures of fewer lines have no fields worth the name."""


class Converter:
    """Makes pictures of one source's frames, in whichever thread wants them.

    It keeps swscale's state, since a new one costs more than the conversion.
    """

    def __init__(self) -> None:
        self._reformatter = VideoReformatter()
        self._fields: Graph | None = None
        self._form: tuple[int, int, str] = (0, 0, "")
        self._lock = threading.Lock()

    def image(self, frame: VideoFrame, aspect: Fraction, longest_side: int = 0) -> Image:
        """The upright picture.

        Args:
            frame: of any size and format, which may change from one to the next.
            aspect: width of its pixels by their height.
            longest_side: shrinks the picture to this many pixels on its longer side; never enlarges; 0 leaves it.
        """
        width, height = _size_as_stored(frame, aspect, longest_side)
        turns = _turns(frame)
        shrinks = width < frame.width
        with self._lock:
            if frame.interlaced_frame and frame.height >= _LEAST_LINES:
                frame = self._field(frame)
            # One thread: by default swscale starts as many as there are processors, for every camera, which costs
            # more processor time than it saves.
            picture = self._reformatter.reformat(
                frame, width, height, "bgr24", interpolation="AREA" if shrinks else "BILINEAR", threads=1
            )
        # A view, not a copy as by `to_ndarray`: it keeps the picture's memory for itself.
        plane = picture.planes[0]
        lines = np.frombuffer(memoryview(plane), np.uint8).reshape(height, plane.line_size)
        pixels = lines[:, : 3 * width].reshape(height, width, 3)
        return np.ascontiguousarray(np.rot90(pixels, turns) if turns else pixels, np.uint8)

    def _field(self, frame: VideoFrame) -> VideoFrame:
        """The upper field: half of the lines, all taken at one moment, so that what moves has no comb."""
        form = (frame.width, frame.height, frame.format.name)
        if self._fields is None or form != self._form:
            graph = Graph()
            source = graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=_ANY)
            graph.link_nodes(source, graph.add("field", "type=top"), graph.add("buffersink")).configure()
            self._fields, self._form = graph, form
        self._fields.vpush(frame)
        return self._fields.vpull()


def size_of(frame: VideoFrame, aspect: Fraction, longest_side: int = 0) -> tuple[int, int]:
    """Width and height of the upright picture that `Converter.image` makes of a frame."""
    width, height = _size_as_stored(frame, aspect, longest_side)
    return (height, width) if _turns(frame) % 2 else (width, height)


def _size_as_stored(frame: VideoFrame, aspect: Fraction, longest_side: int) -> tuple[int, int]:
    # Nearly always 1, and fractions are slow.
    width = frame.width if aspect == 1 else max(1, round(frame.width * aspect))
    return fitted(width, frame.height, longest_side)


def _turns(frame: VideoFrame) -> int:
    return round(frame.rotation / 90) % 4


_ANY: Final = Fraction(1, 90_000)
"""The filter wants a unit of time, and does nothing with it."""
