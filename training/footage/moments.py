"""Moments of a video as people and tools write them: seconds, a clock, or a frame's number."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Final

from services.core.errors import SettingsError

_FRAME: Final = re.compile(r"(\d+)\s*f")
_CLOCK: Final = re.compile(r"(?:(\d+):)?(\d{1,2}):(\d{1,2}(?:[.,]\d+)?)")


@dataclass(frozen=True, slots=True)
class Moment:
    """One moment of a video.

    Attributes:
        value: seconds after the first picture, or pictures after it.
        frames: whether it is told in pictures.
    """

    value: float
    frames: bool = False

    @classmethod
    def parse(cls, text: str) -> Moment:
        """Read 12.5 or 12.5s (seconds), 00:01:02.500 or 1:02.5 (a clock), 375f (a frame).

        Raises:
            ValueError: it is none of these.
        """
        plain = text.strip()
        if frame := _FRAME.fullmatch(plain):
            return cls(float(frame[1]), True)
        if clock := _CLOCK.fullmatch(plain):
            hours, minutes, seconds = clock.groups()
            return cls(3600.0 * int(hours or 0) + 60.0 * int(minutes) + float(seconds.replace(",", ".")))
        try:
            value = float(plain.removesuffix("s"))
        except ValueError:
            value = math.nan
        if not 0 <= value < math.inf:
            raise ValueError(f"{text!r} is no moment; expected seconds (12.5), a clock (00:01:02.5) or a frame (375f)")
        return cls(value)

    def seconds(self, fps: float) -> float:
        """Seconds after the first picture.

        Args:
            fps: pictures a second of the video; only asked for frames.

        Raises:
            SettingsError: it is a frame, and the rate is not known.
        """
        if not self.frames:
            return self.value
        if fps <= 0:
            raise SettingsError("told in frames, but the video states no rate: give --annotation-fps")
        return self.value / fps


@dataclass(frozen=True, slots=True)
class Moments:
    """From one moment up to another.

    Attributes:
        start, end: the first moment of the part, and the first after it.
        fps: rate that frames are counted at, where the annotations say; 0 for the video's own.
    """

    start: Moment
    end: Moment
    fps: float = 0.0

    @classmethod
    def of_frames(cls, first: int, last: int, fps: float = 0.0) -> Moments:
        """The part from one frame to another, both in it, counted from 0.

        Raises:
            ValueError: there are no such frames.
        """
        if not 0 <= first <= last:
            raise ValueError(f"from frame {first} to {last}: expected frames from 0 on, the last not before the first")
        return cls(Moment(float(first), True), Moment(float(last + 1), True), fps)
