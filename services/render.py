"""Draw what was seen on the pictures it was seen in: skeletons, the exercise, the count."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from services.core.skeleton import BONES
from services.core.types import Pose

Image = NDArray[np.uint8]
Colour = tuple[int, int, int]

COLOURS: Final[tuple[Colour, ...]] = (
    (80, 220, 120),
    (255, 170, 60),
    (90, 130, 255),
    (230, 110, 220),
    (60, 210, 240),
    (200, 200, 90),
)
"""BGR, one a person in turn."""

PICTURES: Final = (".jpg", ".jpeg", ".png")
VIDEOS: Final = (".mp4", ".mkv", ".mov")
"""Endings of the files that can be written."""

VISIBLE: Final = 0.5
"""Keypoints less visible than this are not drawn; MediaPipe's drawing uses the same bound."""

FACE: Final = range(11)
"""The keypoints of the face, which lie close together and are drawn smaller."""

_FONT: Final = cv2.FONT_HERSHEY_DUPLEX


def draw_pose(image: Image, pose: Pose, colour: Colour) -> None:
    """Draw one person's skeleton into a BGR picture, in place."""
    height, width = image.shape[:2]
    thickness = max(1, round(max(height, width) / 320))
    points = np.rint(pose.keypoints[:, :2] * (width, height)).astype(int)
    seen = pose.visibility >= VISIBLE
    for first, second in BONES:
        if seen[first] and seen[second]:
            cv2.line(image, points[first].tolist(), points[second].tolist(), colour, thickness, cv2.LINE_AA)
    for index in np.flatnonzero(seen):
        radius = thickness + (index not in FACE)
        cv2.circle(image, points[index].tolist(), radius, (255, 255, 255), -1, cv2.LINE_AA)


def draw_label(image: Image, pose: Pose, text: str, colour: Colour) -> None:
    """Write a line of text on a chip above one person, in place, kept inside the picture."""
    height, width = image.shape[:2]
    scale = max(height, width) / 1100
    thickness = max(1, round(scale * 2))
    (text_width, text_height), baseline = cv2.getTextSize(text, _FONT, scale, thickness)
    pad = text_height // 2
    chip_width, chip_height = text_width + 2 * pad, text_height + baseline + 2 * pad
    left = int(np.clip(pose.box[0] * width, 0, max(width - chip_width, 0)))
    top = int(np.clip(pose.box[1] * height - chip_height - pad, 0, max(height - chip_height, 0)))
    chip = image[top : top + chip_height, left : left + chip_width]
    chip[:] = (chip * 0.25).astype(np.uint8)
    cv2.rectangle(image, (left, top), (left + max(2, pad // 2), top + chip_height), colour, -1)
    cv2.putText(
        image, text, (left + pad, top + pad + text_height), _FONT, scale, (255, 255, 255), thickness, cv2.LINE_AA
    )


def draw_people(image: Image, people: Iterable[tuple[Pose, str]]) -> None:
    """Draw every person with their line of text ("" for none), in place."""
    for pose, text in people:
        colour = COLOURS[_number(pose.track_id) % len(COLOURS)]
        draw_pose(image, pose, colour)
        if text:
            draw_label(image, pose, text, colour)


def _number(track_id: str) -> int:
    """The n of ``<epoch>-<n>``: a person keeps their colour for as long as their track."""
    return int(track_id.rpartition("-")[2])


def save_picture(path: Path, image: Image) -> None:
    """Write one BGR picture; the path's ending is one of `PICTURES`."""
    path.write_bytes(cv2.imencode(path.suffix, image)[1].tobytes())


class VideoWriter:
    """An H.264 file that pictures with event times are appended to; a context manager.

    Args:
        path: the file; its ending chooses the container (.mp4, .mkv, .mov).
        width, height: of the pictures, pixels; an odd last row or column is cut, as H.264 4:2:0 needs even sizes.
    """

    _TIME_BASE: Final = Fraction(1, 90_000)

    def __init__(self, path: Path, width: int, height: int) -> None:
        self.path = path
        self.width, self.height = width - width % 2, height - height % 2

    def __enter__(self) -> Self:
        self._container = av.open(str(self.path), "w")
        self._stream = self._container.add_stream("libx264", rate=30, options={"crf": "21", "preset": "veryfast"})
        self._stream.width, self._stream.height = self.width, self.height
        self._stream.pix_fmt = "yuv420p"
        self._stream.codec_context.time_base = self._TIME_BASE
        return self

    def write(self, image: Image, seconds: float) -> None:
        """Append one BGR picture, shown from `seconds` on; times must rise."""
        frame = av.VideoFrame.from_ndarray(
            np.ascontiguousarray(image[: self.height, : self.width]), format="bgr24"
        ).reformat(format="yuv420p")
        frame.pts = round(seconds / self._TIME_BASE)
        frame.time_base = self._TIME_BASE
        self._container.mux(self._stream.encode(frame))

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._container.mux(self._stream.encode())
        self._container.close()
