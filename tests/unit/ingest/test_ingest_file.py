from __future__ import annotations

import itertools
import time
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from ingest_samples import LEVEL, cut, noisy, number_of, write_sound, write_video
from numpy.typing import NDArray
from PIL import Image as Photo

from services.core.errors import Cause, SourceLost
from services.core.types import NANOSECONDS
from services.ingest.capture import Capture, Control, SourceOptions
from services.ingest.file import stated_seconds
from services.ingest.sources import open_source
from services.ingest.timeline import Timeline


def all_of(path: Path) -> tuple[list[Capture], SourceLost | None]:
    captures: list[Capture] = []
    try:
        captures.extend(open_source(str(path)))
    except SourceLost as lost:
        return captures, lost
    return captures, None


def fault_of(path: Path) -> SourceLost:
    captures, lost = all_of(path)
    assert captures == []
    assert lost is not None
    return lost


def test_once_gives_every_picture_at_its_presentation_time(tmp_path: Path) -> None:
    captures, lost = all_of(write_video(tmp_path / "a b.mp4"))
    assert lost is None
    assert [number_of(capture.image()) for capture in captures] == list(range(20))
    assert [capture.captured_at for capture in captures] == [number * NANOSECONDS // 20 for number in range(20)]


@pytest.mark.parametrize("name", ["a.mkv", "a.avi", "a.ts", "a.mov", "a.h264"])
def test_other_containers_do_as_well(tmp_path: Path, name: str) -> None:
    captures, lost = all_of(write_video(tmp_path / name))
    assert lost is None
    assert len(captures) == 20
    assert captures[-1].captured_at == pytest.approx(0.95 * NANOSECONDS, abs=NANOSECONDS // 20)
    assert all(later.captured_at > earlier.captured_at for earlier, later in itertools.pairwise(captures))


def test_event_time_rises_on_across_loops(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4")
    looped = open_source(str(path), SourceOptions(loop=True))
    captures = list(itertools.islice(looped, 50))
    assert [number_of(capture.image()) for capture in captures] == [number % 20 for number in range(50)]
    assert {b.captured_at - a.captured_at for a, b in itertools.pairwise(captures)} == {NANOSECONDS // 20}


@pytest.mark.parametrize("leap", [-95_000, 10_000_000])
def test_a_leap_of_the_files_own_times_is_bridged(leap: int) -> None:
    timeline = Timeline()
    own = [10, 20, 30, 40 + leap, 50 + leap, 60 + leap]
    moments = [timeline.place(second * NANOSECONDS, 10 * NANOSECONDS) for second in own]
    assert moments == [number * 10 * NANOSECONDS for number in range(6)]


def test_a_pause_in_the_files_own_times_is_kept() -> None:
    timeline = Timeline()
    own = [0, 1, 100, 101]
    assert [timeline.place(second * NANOSECONDS, NANOSECONDS) for second in own] == [s * NANOSECONDS for s in own]


def test_real_time_plays_at_the_files_own_speed(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", frames=9)
    started = time.monotonic()
    assert len(list(open_source(str(path), SourceOptions(real_time=True)))) == 9
    assert time.monotonic() - started >= 8 / 20


def test_a_stopped_source_ends(tmp_path: Path) -> None:
    control = Control()
    looped = open_source(str(write_video(tmp_path / "a.mp4")), SourceOptions(loop=True), control)
    assert next(looped).captured_at == 0
    control.stop.set()
    assert list(looped) == []


@pytest.mark.parametrize(("rotation", "corner"), [(90, "bottom left"), (-90, "top right"), (180, "bottom right")])
def test_rotation_in_the_metadata_is_applied(tmp_path: Path, rotation: int, corner: str) -> None:
    def draw(number: int, width: int, height: int) -> NDArray[np.uint8]:
        image = np.zeros((height, width, 3), np.uint8)
        image[: height // 2, : width // 2] = 255
        return image

    captures, _ = all_of(write_video(tmp_path / "a.mp4", frames=3, rotation=rotation, draw=draw))
    image = captures[0].image()
    assert image.shape == ((48, 64, 3) if rotation == 180 else (64, 48, 3))
    height, width = image.shape[:2]
    quarters = {
        "top right": image[: height // 2, width // 2 :],
        "bottom left": image[height // 2 :, : width // 2],
        "bottom right": image[height // 2 :, width // 2 :],
    }
    assert quarters[corner].mean() > 200
    assert image.flags.c_contiguous


def test_a_photo_held_upright_comes_upright(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    photo = Photo.new("RGB", (64, 48))
    exif = photo.getexif()
    exif[0x0112] = 6
    photo.save(path, exif=exif)
    captures, lost = all_of(path)
    assert lost is None
    assert [capture.image().shape for capture in captures] == [(64, 48, 3)]


def test_pixels_that_are_not_square_become_square(tmp_path: Path) -> None:
    captures, _ = all_of(write_video(tmp_path / "a.mkv", size=(72, 58), frames=2, aspect=Fraction(16, 11)))
    assert captures[0].image().shape == (58, 105, 3)


@pytest.mark.parametrize(
    ("name", "pixels"),
    [
        ("grey.png", np.full((30, 40), 90, np.uint8)),
        ("grey16.png", np.full((30, 40), 90 * 257, np.uint16)),
        ("colour16.png", np.full((30, 40, 3), 90 * 257, np.uint16)),
        ("transparent.png", np.full((30, 40, 4), (90, 90, 90, 255), np.uint8)),
        ("odd.png", np.full((17, 33, 3), 90, np.uint8)),
        ("tiny.png", np.full((1, 1, 3), 90, np.uint8)),
        ("tiny.jpg", np.full((1, 1, 3), 90, np.uint8)),
        ("line.bmp", np.full((1, 300, 3), 90, np.uint8)),
    ],
)
def test_pictures_of_any_form_become_bgr(tmp_path: Path, name: str, pixels: NDArray[np.uint8]) -> None:
    cv2.imwrite(str(tmp_path / name), pixels)
    captures, lost = all_of(tmp_path / name)
    assert lost is None
    image = captures[0].image(longest_side=960)
    assert image.shape == (*pixels.shape[:2], 3)
    assert image.dtype == np.uint8
    assert np.abs(image.astype(int) - 90).max() <= 3


@pytest.mark.parametrize(
    ("pixels", "options"),
    [("yuv420p", {"flags": "+ildct+ilme", "x264-params": "tff=1"}), ("gray", {}), ("yuv420p10le", {}), ("yuv444p", {})],
)
def test_interlaced_grey_and_deep_video_decodes(tmp_path: Path, pixels: str, options: dict[str, str]) -> None:
    captures, lost = all_of(write_video(tmp_path / "a.mp4", pixels=pixels, options=options))
    assert lost is None
    levels = [float(capture.image().mean()) for capture in captures]
    assert np.diff(levels) == pytest.approx([LEVEL] * 19, abs=3)


def test_8k_is_shrunk_on_the_way(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.jpg"), np.full((4320, 7680, 3), 90, np.uint8))
    captures, _ = all_of(tmp_path / "a.jpg")
    assert captures[0].image(longest_side=960).shape == (540, 960, 3)


def test_a_small_picture_is_not_enlarged(tmp_path: Path) -> None:
    captures, _ = all_of(write_video(tmp_path / "a.mp4", frames=1))
    assert captures[0].image(longest_side=960).shape == (48, 64, 3)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_a_file_that_is_cut_off_gives_what_it_has_and_then_says_so(tmp_path: Path, name: str) -> None:
    options = {"movflags": "faststart"} if name == "a.mp4" else {}
    path = write_video(tmp_path / name, draw=noisy, size=(160, 120), options={"g": "5"}, container_options=options)
    captures, lost = all_of(cut(path, 0.6))
    assert 8 <= len(captures) <= 14
    assert lost is not None
    assert lost.cause is Cause.CODEC
    assert "cut off" in lost.detail


def test_a_looping_file_that_is_cut_off_goes_on_with_what_it_has(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mkv", draw=noisy, size=(160, 120), options={"g": "5"})
    captures = list(itertools.islice(open_source(str(cut(path, 0.6)), SourceOptions(loop=True)), 40))
    assert len(captures) == 40
    assert all(later.captured_at > earlier.captured_at for earlier, later in itertools.pairwise(captures))


def test_a_file_cut_off_before_its_index_is_no_video(tmp_path: Path) -> None:
    lost = fault_of(cut(write_video(tmp_path / "a.mp4"), 0.5))
    assert lost.cause is Cause.CODEC
    assert "a.mp4: no video that can be read" in lost.detail


def test_a_file_states_its_length(tmp_path: Path) -> None:
    assert stated_seconds(str(write_video(tmp_path / "a.mp4", fps=10))) == pytest.approx(2, abs=0.05)


def test_damaged_pictures_are_counted(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.avi", codec="mjpeg", pixels="yuvj420p", draw=noisy, size=(160, 120))
    body = bytearray(path.read_bytes())
    middle = len(body) // 2
    start = body.index(b"\xff\xd8\xff", middle)
    end = body.index(b"00dc", start)
    body[start:end] = b"\x55" * (end - start)
    path.write_bytes(body)
    control = Control()
    captures = list(open_source(str(path), None, control))
    assert len(captures) == 19
    assert control.dropped() == {"corrupt": 1}


@pytest.mark.parametrize("cover", [False, True])
def test_a_file_without_video_says_what_it_has_instead(tmp_path: Path, cover: bool) -> None:
    lost = fault_of(write_sound(tmp_path / "a.mp4", cover=cover))
    assert lost.cause is Cause.CODEC
    assert lost.detail == "a.mp4: no video stream in it, only audio"


def test_an_empty_file_is_named_as_such(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").touch()
    lost = fault_of(tmp_path / "a.mp4")
    assert (lost.cause, lost.detail) == (Cause.CODEC, "a.mp4: the file is empty, a video was expected")


def test_text_is_not_drawn_as_a_video(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("no video\n" * 100)
    assert fault_of(path).cause is Cause.CODEC


def test_a_playlist_opens_nothing_else(tmp_path: Path) -> None:
    write_video(tmp_path / "a.ts")
    path = tmp_path / "list.m3u8"
    path.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\na.ts\n#EXT-X-ENDLIST\n")
    assert fault_of(path).cause is Cause.CODEC


@pytest.mark.parametrize("name", ["no.mp4", "no/folder.mp4", "concat:a.mp4|b.mp4", "x" * 5000, "50%d.png"])
def test_a_file_that_is_not_there_is_not_found(tmp_path: Path, name: str) -> None:
    assert fault_of(tmp_path / name).cause is Cause.NOT_FOUND


def test_a_folder_is_no_video(tmp_path: Path) -> None:
    lost = fault_of(tmp_path)
    assert lost.cause is Cause.NOT_FOUND
    assert "a folder" in lost.detail


def test_a_number_pattern_in_a_name_is_a_name(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "50%d.png"), np.full((30, 40, 3), 90, np.uint8))
    captures, lost = all_of(tmp_path / "50%d.png")
    assert lost is None
    assert len(captures) == 1
