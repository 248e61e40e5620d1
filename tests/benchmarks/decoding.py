"""What a picture costs from the camera's H.264 to the pixels that pose sees, and what cheaper ways do to keypoints.

    decode    H.264 to a picture, with what FFmpeg can leave out
    convert   that picture to BGR of at most 1280 pixels, which happens only to pictures that are published
    carry     to JPEG and back, which happens only between processes
    watch     telling a frozen, black or blank camera

Processor time of all threads, each way in turn (rounds), medians. The videos are made like a camera's: no picture
refers to a later one, a key picture each 2 s, noise of a sensor; one has two pictures in three that nothing refers to.
Keypoints: the landmark model on one and the same crop of both pictures, PCK@0.1 of the trunk; what a single level of
noise does stands beside it, as the floor.

    python -m tests.benchmarks.decoding [--rounds 5]

The people are real where SPOTTER_DATA is set, else simulated. simplejpeg is measured where it is installed.
"""

from __future__ import annotations

import argparse
import importlib.util
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
import cv2
import numpy as np
from av.codec.context import Flags2
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from services.core.types import NANOSECONDS
from services.ingest.capture import fitted
from services.ingest.conversion import Converter
from services.ingest.sight import Sight
from services.pose.blazepose import BlazePose
from services.pose.crop import Region
from tests.benchmarks.machine import FOLDER, describe, save
from tests.benchmarks.pose_throughput import make_video

Image = NDArray[np.uint8]

FPS = 25
SECONDS = 8
LONGEST_SIDE = 1280
PICTURES = 40
CAMERA = "keyint=50:scenecut=0:ref=1:bframes=0"
WITH_SPARE = "keyint=50:scenecut=0:ref=2:bframes=2:b-adapt=0:b-pyramid=none"
VIDEOS: Mapping[str, tuple[int, int, int, str]] = {
    "1080p": (1920, 1080, 5_000_000, CAMERA),
    "720p": (1280, 720, 3_000_000, CAMERA),
    "720p, B": (1280, 720, 3_000_000, WITH_SPARE),
    "360p": (640, 360, 700_000, CAMERA),
}
"""Name -> width, height, bits a second, x264's parameters."""


@dataclass(frozen=True, slots=True)
class Decoding:
    """One way to decode."""

    options: Mapping[str, str]
    fast: bool = False
    skip: str = "DEFAULT"


DECODE = {
    "ours: no deblocking of what nothing refers to": Decoding({"skip_loop_filter": "noref"}),
    "everything": Decoding({}),
    "FAST": Decoding({}, fast=True),
    "deblocking of key pictures only": Decoding({"skip_loop_filter": "nokey"}),
    "no deblocking": Decoding({"skip_loop_filter": "all"}),
    "without what nothing refers to": Decoding({}, skip="NONREF"),
}


def make_camera_video(name: str) -> Path:
    """One of `VIDEOS`, made once."""
    width, height, rate, parameters = VIDEOS[name]
    source = make_video(1)
    path = FOLDER / "videos" / f"{source.stem}_{name.replace(', ', '_')}.mp4"
    if path.exists():
        return path
    partial, rng = path.with_suffix(".part.mp4"), np.random.default_rng(0)
    noise = [rng.normal(0, 2.5, (height, width, 1)) for _ in range(5)]
    with av.open(str(source)) as played, av.open(str(partial), "w") as container:
        stream = container.add_stream("libx264", rate=FPS, options={"preset": "fast", "x264-params": parameters})
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = width, height, "yuv420p", rate
        for number, frame in enumerate(islice(played.decode(video=0), SECONDS * FPS)):
            pixels = frame.to_ndarray(format="bgr24", width=width, height=height)
            noisy = np.clip(pixels + noise[number % 5], 0, 255).astype(np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(noisy, format="bgr24")))
        container.mux(stream.encode())
    partial.replace(path)
    return path


def decoded(path: Path, way: Decoding) -> Iterator[VideoFrame]:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        context = stream.codec_context
        context.thread_count, context.thread_type = 1, "SLICE"
        context.options = dict(way.options)
        context.skip_frame = way.skip
        if way.fast:
            context.flags2 |= int(Flags2.fast)
        yield from container.decode(stream)


# Ways to convert; each gets a frame and the size that is wanted.

Convert = Callable[[VideoFrame, int, int], object]


def scaled(form: str, interpolation: str, threads: int = 1) -> Convert:
    reformatter = VideoReformatter()

    def convert(frame: VideoFrame, width: int, height: int) -> object:
        picture = reformatter.reformat(frame, width, height, form, interpolation=interpolation, threads=threads)
        return picture.to_ndarray() if form == "bgr24" else picture

    return convert


def by_way_of_planes(interpolation: str) -> Convert:
    """Shrunk as it is, and made BGR by OpenCV."""
    reformatter = VideoReformatter()

    def convert(frame: VideoFrame, width: int, height: int) -> object:
        small = reformatter.reformat(frame, width, height, "yuv420p", interpolation=interpolation, threads=1)
        return cv2.cvtColor(small.to_ndarray(), cv2.COLOR_YUV2BGR_I420)

    return convert


def opencv(interpolation: int) -> Convert:
    """Each plane shrunk by OpenCV, and made BGR by it."""

    def convert(frame: VideoFrame, width: int, height: int) -> object:
        whole = frame.to_ndarray()
        rows, columns = frame.height, frame.width
        flat, count = np.empty(width * height * 3 // 2, np.uint8), width * height
        chroma = whole[rows:].reshape(2, rows // 2, columns // 2)
        cv2.resize(whole[:rows], (width, height), flat[:count].reshape(height, width), interpolation=interpolation)
        for index, plane in enumerate(chroma):
            place = flat[count + index * count // 4 :][: count // 4].reshape(height // 2, width // 2)
            cv2.resize(plane, (width // 2, height // 2), place, interpolation=interpolation)
        return cv2.cvtColor(flat.reshape(height * 3 // 2, width), cv2.COLOR_YUV2BGR_I420)

    return convert


def ours() -> Convert:
    converter = Converter()
    return lambda frame, width, height: converter.image(frame, Fraction(1), max(width, height))


CONVERT: Mapping[str, Callable[[], Convert]] = {
    "ours: swscale AREA to BGR, one thread": ours,
    "swscale's own number of threads": lambda: scaled("bgr24", "AREA", 0),
    "swscale BILINEAR": lambda: scaled("bgr24", "BILINEAR"),
    "swscale FAST_BILINEAR": lambda: scaled("bgr24", "FAST_BILINEAR"),
    "swscale AREA to YUV, OpenCV to BGR": lambda: by_way_of_planes("AREA"),
    "OpenCV, planes linear": lambda: opencv(cv2.INTER_LINEAR),
    "OpenCV, planes by area": lambda: opencv(cv2.INTER_AREA),
    "swscale AREA to full-range YUV (no BGR)": lambda: scaled("yuvj420p", "AREA"),
}


def medians(ways: Mapping[str, Callable[[], int]], rounds: int) -> dict[str, tuple[float, int]]:
    """Way -> ms of processor time for each of the pictures that it says it handled, and their number."""
    spent: dict[str, list[tuple[float, int]]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            begin = time.process_time()
            count = way()
            spent[name].append(((time.process_time() - begin) * 1000 / count, count))
    return {name: (statistics.median(ms for ms, _ in rows), rows[0][1]) for name, rows in spent.items()}


def jpeg_ways(path: Path) -> dict[str, Callable[[], int]]:
    frames = list(islice(decoded(path, Decoding({})), PICTURES))
    size = fitted(frames[0].width, frames[0].height, LONGEST_SIDE)
    convert = scaled("bgr24", "AREA")
    images = [np.asarray(convert(frame, *size)) for frame in frames]

    def packed(image: Image) -> bytes:
        return cv2.imencode(".jpg", image, (cv2.IMWRITE_JPEG_QUALITY, 85))[1].tobytes()

    bodies = [packed(image) for image in images]
    ways: dict[str, Callable[[], int]] = {
        "ours: OpenCV to JPEG": lambda: len([packed(image) for image in images]),
        "ours: OpenCV from JPEG": lambda: len([cv2.imdecode(np.frombuffer(body, np.uint8), 1) for body in bodies]),
    }
    if importlib.util.find_spec("simplejpeg"):
        import simplejpeg

        to_planes = scaled("yuvj420p", "AREA")
        planes = [planes_of(to_planes(frame, *size)) for frame in frames]
        ways |= {
            "simplejpeg from BGR": lambda: len([simplejpeg.encode_jpeg(i, 85, "bgr", "420") for i in images]),
            "simplejpeg from YUV": lambda: len([simplejpeg.encode_jpeg_yuv_planes(*p, 85) for p in planes]),
            "simplejpeg to BGR": lambda: len([simplejpeg.decode_jpeg(body, "bgr") for body in bodies]),
            "simplejpeg to BGR, coarse": lambda: len([
                simplejpeg.decode_jpeg(body, "bgr", fastdct=True, fastupsample=True) for body in bodies
            ]),
        }  # fmt: skip
    return ways


def planes_of(picture: object) -> list[Image]:
    if not isinstance(picture, VideoFrame):
        raise TypeError(f"expected a picture, got {type(picture).__name__}")
    whole, rows = picture.to_ndarray(), picture.height
    return [whole[:rows], *whole[rows:].reshape(2, rows // 2, picture.width // 2)]


def sight_way(path: Path) -> Callable[[], int]:
    convert = scaled("bgr24", "AREA")
    frames = list(islice(decoded(path, Decoding({})), PICTURES))
    size = fitted(frames[0].width, frames[0].height, LONGEST_SIDE)
    images = [np.asarray(convert(frame, *size)) for frame in frames]

    def way() -> int:
        sight = Sight(10)
        for number, image in enumerate(images):
            sight.look(image, number * NANOSECONDS // 15)
        return len(images)

    return way


# Keypoints.


class Keypoints:
    """Compares pictures by the landmark model, on the crop that the detector finds in the first of them."""

    def __init__(self) -> None:
        pose = BlazePose()
        self._detector, self._landmarker = pose.detector, pose.landmarker

    def pck(self, wanted: list[Image], got: list[Image]) -> tuple[float, float]:
        """PCK@0.1, and the mean error in parts of the trunk."""
        errors = []
        for image, other in zip(wanted, got, strict=True):
            height, width = image.shape[:2]
            found = self._detector.detect(image, Region.whole(width, height))
            if not found:
                continue
            points = [self._landmarker.find(each, [found[0].region]).points[0, :33, :2] for each in (image, other)]
            trunk = np.linalg.norm(points[0][[11, 12]].mean(axis=0) - points[0][[23, 24]].mean(axis=0))
            errors.append(np.linalg.norm(points[0] - points[1], axis=1) / trunk)
        return float(np.mean(np.array(errors) < 0.1)), float(np.mean(errors))


def quality(path: Path) -> dict[str, tuple[float, float]]:
    """Way -> PCK@0.1 and mean error against everything decoded and converted as we do, both through JPEG."""
    size = LONGEST_SIDE

    def pictures(way: Decoding, convert: Convert) -> list[Image]:
        kept = []
        for frame in islice(decoded(path, way), 0, SECONDS * FPS, 4):
            image = np.asarray(convert(frame, *fitted(frame.width, frame.height, size)), np.uint8)
            _, body = cv2.imencode(".jpg", image, (cv2.IMWRITE_JPEG_QUALITY, 85))
            kept.append(np.asarray(cv2.imdecode(body, cv2.IMREAD_COLOR), np.uint8))
        return kept

    keypoints, rng = Keypoints(), np.random.default_rng(0)
    wanted = pictures(Decoding({}), ours())
    result = {
        "(a level of noise)": keypoints.pck(
            wanted,
            [np.clip(image + rng.integers(-1, 2, image.shape), 0, 255).astype(np.uint8) for image in wanted],
        )
    }
    for name, way in DECODE.items():
        if way.skip == "DEFAULT":
            result[name] = keypoints.pck(wanted, pictures(way, ours()))
    for name, convert in CONVERT.items():
        if "no BGR" not in name:
            result[name] = keypoints.pck(wanted, pictures(Decoding({}), convert()))
    return result


def measured(name: str, rounds: int) -> list[dict[str, object]]:
    path = make_camera_video(name)
    pictures = SECONDS * FPS

    def decode(way: Decoding) -> Callable[[], int]:
        return lambda: sum(1 for _ in decoded(path, way))

    rows: list[dict[str, object]] = []

    def add(step: str, ways: Mapping[str, Callable[[], int]], *, counted: int = 0) -> None:
        for way, (ms, count) in medians(ways, rounds).items():
            share = count / counted if counted else 1.0
            rows.append({"video": name, "step": step, "way": way, "ms": ms * share, "pictures_left": share})

    add("decode", {label: decode(way) for label, way in DECODE.items()}, counted=pictures)
    frames = list(islice(decoded(path, Decoding({})), PICTURES))
    size = fitted(frames[0].width, frames[0].height, LONGEST_SIDE)
    converts = {label: make() for label, make in CONVERT.items()}
    add(
        "convert",
        {label: (lambda way=way: len([way(frame, *size) for frame in frames])) for label, way in converts.items()},
    )
    add("carry", jpeg_ways(path))
    add("watch", {"ours": sight_way(path)})
    return rows


def main() -> None:
    """Measure, print, save."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="more make the medians steadier")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    rows = [row for name in VIDEOS for row in measured(name, arguments.rounds)]
    keypoints = quality(make_camera_video("720p"))
    for row in rows:
        row["pck"], row["error"] = keypoints.get(str(row["way"]), (None, None))
    floor = keypoints["(a level of noise)"]
    table = Table(title=f"ms of processor time a picture; {describe()}")
    for column in ("", "way", *VIDEOS, "PCK@0.1", "mean error"):
        table.add_column(column, justify="left" if column in {"", "way"} else "right")
    for step, way in dict.fromkeys((str(row["step"]), str(row["way"])) for row in rows):
        cells = []
        for name in VIDEOS:
            [row] = [row for row in rows if (row["video"], row["step"], row["way"]) == (name, step, way)]
            left = f" ({row['pictures_left']:.0%} left)" if row["pictures_left"] != 1 else ""
            cells.append(f"{row['ms']:.2f}{left}")
        pck, error = keypoints.get(way, (None, None))
        table.add_row(
            step, way, *cells, *("" if pck is None else f"{pck:.4f}", "" if error is None else f"{error:.4f}")
        )
    console = Console(width=170)
    console.print(table)
    console.print(
        f"Keypoints at 720p, {SECONDS * FPS // 4} pictures; a level of noise: PCK {floor[0]:.4f}, error "
        f"{floor[1]:.4f}. Decoding is a share of all pictures that come; the rest a picture that is published."
    )
    rows.append({"video": "720p", "step": "keypoints", "way": "a level of noise", "pck": floor[0], "error": floor[1]})
    console.print(f"saved to {save('decoding', rows)}")


if __name__ == "__main__":
    main()
