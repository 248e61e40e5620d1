from __future__ import annotations

from itertools import islice, pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from ingest_samples import noisy, write_video

from services.ingest.capture import Control, SourceOptions
from services.ingest.foresight import Foresight
from services.ingest.pacing import Pacer
from services.ingest.sources import open_source
from services.ingest.timeline import Timeline

MAX_FPS = 15.0


def film(path: Path, frames: int = 40, *, codec: str = "libx264", b_pictures: int = 3) -> Path:
    quiet = {"libx264": "", "libx265": ":log-level=none"}[codec]
    params = f"bframes={b_pictures}:b-adapt=0:keyint=20:scenecut=0{quiet}"
    options = {f"{codec[3:]}-params": params, "preset": "veryfast"}
    return write_video(path, frames=frames, fps=25, codec=codec, options=options, draw=noisy)


def kept(path: Path, pacer: Pacer, control: Control, passes: int = 1) -> tuple[list[tuple[int, bytes]], int]:
    """Event time and pixels of what is kept, and how many pictures came."""
    result, came = [], 0
    for capture in open_source(str(path), SourceOptions(loop=passes > 1), control):
        came += 1
        if pacer.keeps(capture.captured_at):
            result.append((capture.captured_at, capture.image().tobytes()))
        if len(result) >= passes * 20:
            break
    return result, came


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts"])
def test_what_is_kept_stays_the_same_though_less_is_decoded(tmp_path: Path, name: str) -> None:
    path = film(tmp_path / name)
    whole, all_pictures = kept(path, Pacer(MAX_FPS), Control())
    pacer = Pacer(MAX_FPS)
    thinned, fewer = kept(path, pacer, Control(pacer))
    assert thinned == whole
    assert len(whole) == 20
    assert fewer < 0.9 * all_pictures


def test_it_stays_so_across_loops(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", frames=30)
    pacer = Pacer(MAX_FPS)
    whole, _ = kept(path, Pacer(MAX_FPS), Control(), passes=3)
    assert kept(path, pacer, Control(pacer), passes=3)[0] == whole


def test_the_end_of_a_file_is_where_it_was(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", frames=52)
    pacer = Pacer(5.0)
    looped = islice(open_source(str(path), SourceOptions(loop=True), Control()), 52, 53)
    whole = [capture.captured_at for capture in looped]
    times = [0]
    for capture in open_source(str(path), SourceOptions(loop=True), Control(pacer)):
        pacer.keeps(capture.captured_at)
        times.append(capture.captured_at)
        if capture.captured_at >= whole[0]:
            break
    assert times[-1] == whole[0]
    assert len(times) < 45


def test_nothing_is_left_out_where_all_is_wanted_or_needed(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4")
    slow = Pacer(60.0)
    assert kept(path, slow, Control(slow))[1] == 20
    for other in (film(tmp_path / "p.mp4", b_pictures=0), film(tmp_path / "h.mp4", codec="libx265")):
        pacer = Pacer(MAX_FPS)
        whole, all_pictures = kept(other, Pacer(MAX_FPS), Control())
        assert kept(other, pacer, Control(pacer)) == (whole, all_pictures)


def test_a_damaged_file_goes_on(tmp_path: Path) -> None:
    path = film(tmp_path / "a.ts", frames=80)
    body = bytearray(path.read_bytes())
    rng = np.random.default_rng(1)
    for place in rng.integers(len(body) // 4, len(body) // 2, 400):
        body[place] ^= 0x55
    path.write_bytes(body)
    pacer = Pacer(MAX_FPS)
    captures = [capture.captured_at for capture in open_source(str(path), control=Control(pacer))]
    assert captures[-1] > 2.5e9
    assert all(later > earlier for earlier, later in pairwise(captures))


def test_what_never_came_out_is_forgotten() -> None:
    timeline, pacer = Timeline(), Pacer(MAX_FPS)
    with av.open("testsrc2=rate=25:size=64x48:duration=0.2", format="lavfi") as container:
        [stream] = container.streams.video
        foresight = Foresight(stream, timeline, pacer, 40_000_000)
        for packet in container.demux(stream):
            foresight.into(packet)
    foresight.out(10**9)
    foresight.finish()
    assert timeline.end == 0
