"""Video that is not what one would wish: interlaced, deep, grey, odd, turned, changing on the way."""

from __future__ import annotations

import itertools
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from av.video.reformatter import ColorRange
from ingest_samples import write_video
from numpy.typing import NDArray
from PIL import Image as Photo

from services.core.errors import Cause, SourceLost
from services.core.types import NANOSECONDS
from services.ingest.capture import Capture
from services.ingest.sources import open_source

BLUE, GREEN, RED = 64, 128, 192


def all_of(path: Path) -> list[Capture]:
    return list(open_source(str(path)))


def plain(number: int, width: int, height: int) -> NDArray[np.uint8]:
    return np.full((height, width, 3), (BLUE, GREEN, RED), np.uint8)


def corner(number: int, width: int, height: int) -> NDArray[np.uint8]:
    """White in the upper left quarter."""
    image = np.zeros((height, width, 3), np.uint8)
    image[: height // 2, : width // 2] = 255
    return image


def woven(number: int, width: int, height: int) -> NDArray[np.uint8]:
    """A post that moves between the two fields of one picture, as an interlaced camera sees it."""
    image = np.full((height, width, 3), 40, np.uint8)
    for field in range(2):
        left = 20 + 12 * (2 * number + field)
        image[field::2, left : left + 60] = 220
    return image


def comb(image: NDArray[np.uint8]) -> float:
    """Mean difference of neighbouring lines, where a comb shows and an upright post does not."""
    return float(np.abs(np.diff(image.astype(int), axis=0)).mean())


@pytest.mark.parametrize(
    ("name", "codec", "options"),
    [
        ("a.mp4", "libx264", {"flags": "+ildct+ilme", "x264-params": "tff=1"}),
        ("a.mp4", "libx264", {"flags": "+ildct+ilme", "x264-params": "bff=1"}),
        ("a.mpg", "mpeg2video", {"flags": "+ildct+ilme", "b": "4M"}),
    ],
)
@pytest.mark.parametrize("longest_side", [0, 160])
def test_what_moves_in_interlaced_video_has_no_comb(
    tmp_path: Path, name: str, codec: str, options: dict[str, str], longest_side: int
) -> None:
    size = (320, 240)
    path = write_video(tmp_path / name, size=size, fps=25, frames=8, codec=codec, options=options, draw=woven)
    images = [capture.image(longest_side) for capture in all_of(path)]
    assert len(images) == 8
    assert {image.shape for image in images} == {(240, 320, 3) if not longest_side else (120, 160, 3)}
    with av.open(str(path)) as container:
        combed = [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]
    assert comb(combed[4]) > 10
    assert comb(images[4]) < 1
    # It is still there, and as bright as it was.
    assert images[4].max() > 200


def test_progressive_video_keeps_all_its_lines(tmp_path: Path) -> None:
    def lines(number: int, width: int, height: int) -> NDArray[np.uint8]:
        image = np.full((height, width, 3), 40, np.uint8)
        image[::2] = 220
        return image

    path = write_video(tmp_path / "a.mp4", size=(320, 240), frames=3, options={"crf": "5"}, draw=lines)
    assert comb(all_of(path)[1].image()) > 100


@pytest.mark.parametrize(
    ("codec", "pixels"),
    [
        ("libx264", "yuv420p"),
        ("libx264", "yuvj420p"),
        ("libx264", "yuv420p10le"),
        ("libx264", "yuv422p10le"),
        ("libx265", "yuv420p10le"),
        ("ffv1", "yuv422p12le"),
        ("ffv1", "yuv444p16le"),
        ("ffv1", "yuva420p"),
        ("ffv1", "gbrp10le"),
        ("ffv1", "rgb48le"),
        ("ffv1", "bgra"),
        ("rawvideo", "nv12"),
        ("rawvideo", "uyvy422"),
        ("rawvideo", "yuyv422"),
        ("mjpeg", "yuvj422p"),
    ],
)
def test_any_pixels_become_bgr_of_the_same_colours(tmp_path: Path, codec: str, pixels: str) -> None:
    options = {"x265-params": "log-level=none"} if codec == "libx265" else {}
    path = write_video(tmp_path / "a.mkv", codec=codec, pixels=pixels, frames=3, draw=plain, options=options)
    captures = all_of(path)
    assert len(captures) == 3
    image = captures[1].image()
    assert (image.shape, image.dtype, image.flags.c_contiguous) == ((48, 64, 3), np.uint8, True)
    assert np.abs(image.astype(int) - (BLUE, GREEN, RED)).max() <= 5


@pytest.mark.parametrize(
    ("codec", "pixels"),
    [("libx264", "gray"), ("libx264", "gray10le"), ("ffv1", "gray"), ("ffv1", "gray10le"), ("ffv1", "gray12le"),
     ("ffv1", "gray16le")],
)  # fmt: skip
def test_grey_video_of_any_depth_is_grey(tmp_path: Path, codec: str, pixels: str) -> None:
    path = write_video(tmp_path / "a.mkv", codec=codec, pixels=pixels, frames=3, draw=plain)
    image = all_of(path)[1].image()
    assert image.shape == (48, 64, 3)
    grey = 0.114 * BLUE + 0.587 * GREEN + 0.299 * RED
    assert np.abs(image.astype(int) - grey).max() <= 5


@pytest.mark.parametrize("full", [False, True])
def test_black_is_black_and_white_is_white_in_either_range(tmp_path: Path, full: bool) -> None:
    path = write_video(
        tmp_path / "a.mp4", pixels="yuvj420p" if full else "yuv420p", frames=3, draw=corner, options={"crf": "5"}
    )
    with av.open(str(path)) as container:
        first = next(container.decode(video=0))
        assert (first.color_range == ColorRange.JPEG) == full
    image = all_of(path)[1].image()
    assert image[5, 5].min() >= 250
    assert image[40, 50].max() <= 5


@pytest.mark.parametrize("size", [(641, 359), (3, 5), (2, 2), (1, 1), (1, 301)])
@pytest.mark.parametrize(("codec", "pixels"), [("rawvideo", "yuv444p"), ("png", "rgb24")])
def test_odd_sizes_stay_as_they_are(tmp_path: Path, size: tuple[int, int], codec: str, pixels: str) -> None:
    captures = all_of(write_video(tmp_path / "a.nut", size=size, codec=codec, pixels=pixels, frames=2, draw=plain))
    assert [capture.image().shape for capture in captures] == [(size[1], size[0], 3)] * 2
    assert np.abs(captures[0].image().astype(int) - (BLUE, GREEN, RED)).max() <= 5


def test_an_odd_size_with_halved_colour_is_shrunk_in_proportion(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mkv", size=(641, 359), codec="ffv1", pixels="yuv420p", frames=2, draw=corner)
    image = all_of(path)[0].image(longest_side=320)
    assert image.shape == (179, 320, 3)
    assert image[:80, :150].min() > 240


@pytest.mark.parametrize(("rotation", "place"), [(90, (1, 0)), (-90, (0, 1)), (180, (1, 1)), (270, (0, 1))])
def test_interlaced_shrunk_and_turned_at_once(tmp_path: Path, rotation: int, place: tuple[int, int]) -> None:
    options = {"flags": "+ildct+ilme", "x264-params": "tff=1"}
    path = write_video(
        tmp_path / "a.mp4", size=(320, 240), frames=3, rotation=rotation, options=options, draw=corner,
        aspect=Fraction(2),
    )  # fmt: skip
    image = all_of(path)[1].image(longest_side=320)
    assert image.shape == ((120, 320, 3) if rotation == 180 else (320, 120, 3))
    height, width = image.shape[:2]
    means = [[image[y:, x:][: height // 2, : width // 2].mean() for x in (0, width // 2)] for y in (0, height // 2)]
    assert means[place[0]][place[1]] > 200
    assert sum(map(sum, means)) < 300


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_photo_comes_as_its_exif_says(tmp_path: Path, orientation: int) -> None:
    image = np.zeros((48, 64, 3), np.uint8)
    image[:24, :32] = 255
    photo = Photo.fromarray(image)
    exif = photo.getexif()
    exif[0x0112] = orientation
    path = tmp_path / "a.jpg"
    photo.save(path, exif=exif, quality=95)
    shown = all_of(path)[0].image()
    expected = cv2.imread(str(path), cv2.IMREAD_COLOR)
    assert shown.shape == expected.shape
    assert np.abs(shown.astype(int) - expected).mean() < 3


def test_a_moving_gif_with_a_palette_and_see_through_pixels(tmp_path: Path) -> None:
    pictures = [Photo.new("RGBA", (64, 48), (RED, GREEN, BLUE, 255)) for _ in range(4)]
    for number, picture in enumerate(pictures):
        picture.paste((255, 255, 255, 255), (number * 10, 0, number * 10 + 10, 48))
    path = tmp_path / "a.gif"
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=[100, 200, 100, 100], disposal=2)
    captures = all_of(path)
    assert [capture.captured_at for capture in captures] == [number * NANOSECONDS // 10 for number in (0, 1, 3, 4)]
    for number, capture in enumerate(captures):
        image = capture.image()
        assert image[20, number * 10 + 5].min() > 240
        assert np.abs(image[20, 60].astype(int) - (BLUE, GREEN, RED)).max() < 30


def test_a_variable_frame_rate_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    moments = [0, 40, 500, 540, 2000, 2033]
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        for number, moment in enumerate(moments):
            frame = av.VideoFrame.from_ndarray(plain(number, 64, 48), format="bgr24")
            frame.pts, frame.time_base = moment, Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    assert [capture.captured_at // 1_000_000 for capture in all_of(path)] == moments


def joined(path: Path, *parts: Path) -> Path:
    """One after the other in one file, as a camera sends them that is set to something else."""
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    return path


@pytest.mark.parametrize("suffix", ["h264", "ts"])
def test_size_shape_and_kind_may_change_in_mid_stream(tmp_path: Path, suffix: str) -> None:
    interlaced = {"flags": "+ildct+ilme", "x264-params": "tff=1"}
    path = joined(
        tmp_path / f"all.{suffix}",
        write_video(tmp_path / f"1.{suffix}", size=(320, 240), frames=5, draw=plain),
        write_video(tmp_path / f"2.{suffix}", size=(240, 320), frames=5, draw=plain),
        write_video(tmp_path / f"3.{suffix}", size=(180, 144), frames=5, aspect=Fraction(16, 15), draw=plain),
        write_video(tmp_path / f"4.{suffix}", size=(640, 480), frames=5, options=interlaced, draw=plain),
    )
    captures = all_of(path)
    shapes = [shape for shape, _ in itertools.groupby(capture.image(320).shape for capture in captures)]
    assert shapes == [(240, 320, 3), (320, 240, 3), (144, 192, 3), (240, 320, 3)]
    assert len(captures) == 20
    for capture in captures:
        assert np.abs(capture.image().astype(int) - (BLUE, GREEN, RED)).max() <= 6
    assert all(later.captured_at > earlier.captured_at for earlier, later in itertools.pairwise(captures))


def test_a_codec_without_a_decoder_is_told_as_such(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.avi", codec="mpeg4", frames=5)
    path.write_bytes(path.read_bytes().replace(b"FMP4", b"XYZ9").replace(b"fmp4", b"xyz9"))
    with pytest.raises(SourceLost) as lost:
        all_of(path)
    assert lost.value.cause is Cause.CODEC
