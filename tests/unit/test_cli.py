"""The command line: what a person is told, and the exit code, when something cannot work."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from services.cli import main
from services.simulator import open_scene
from tests.programs import SPOTTER, taken_port, unset

SECRET = "s3cr3t"


def spotter(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(SPOTTER), *words], capture_output=True, text=True, timeout=25, env={**unset(), **env}, check=False
    )


def test_a_taken_port_is_named_and_ends_with_2() -> None:
    with taken_port() as listener:
        port = str(listener.getsockname()[1])
        result = spotter("run", "gym=sim://demo-1", "--port", port)
    assert result.returncode == 2
    assert port in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("words", "env", "said"),
    [
        (("run", "front"), {}, "front"),
        (("run", f"fro nt=rtsp://u:{SECRET}@host/s"), {}, "'fro nt'"),
        (("run", "a=gopher://x"), {}, "gopher"),
        (("run", "a=sim://no_such_exercise"), {}, "no_such_exercise"),
        (("run", "a=0", "a=1"), {}, "twice"),
        (("run",), {"SPOTTER_POSE_MAX_PEOPLE": "many"}, "SPOTTER_POSE_MAX_PEOPLE: Input should be a valid integer"),
        (("run",), {"SPOTTER_CLASSIFIER_BUNDLE": "/nowhere"}, "/nowhere"),
        (("run",), {"SPOTTER_POSE_MODELS": "/nowhere"}, "spotter models fetch"),
        (("serve", "ingest"), {}, "SPOTTER_INGEST_CAMERAS"),
        (("serve", "pose"), {"SPOTTER_POSE_THREADS": "0"}, "SPOTTER_POSE_THREADS: got 0: Input should be greater"),
        (
            ("serve", "gateway"),
            {"SPOTTER_GATEWAY_ACCESS_TOKEN": SECRET},
            "SPOTTER_GATEWAY_ACCESS_TOKEN: the access",
        ),
        (("serve", "gateway"), {"SPOTTER_NATS_URL": SECRET}, "SPOTTER_NATS_URL: expected addresses"),
        (("run",), {"SPOTTER_POSE_STATIONS": "front/bench=0,0;1,0"}, "SPOTTER_POSE_STATIONS: the station front/bench"),
        (("serve", "pose"), {"SPOTTER_POSE_STATIONS": "bench"}, "names no camera and station"),
        (("serve", "nothing"), {}, "nothing"),
    ],
)
def test_a_bad_setting_refuses_to_start(words: tuple[str, ...], env: dict[str, str], said: str) -> None:
    result = spotter(*words, **env)
    assert result.returncode == 2, result.stderr
    assert said in result.stderr
    assert "Traceback" not in result.stderr
    assert SECRET not in result.stderr + result.stdout


def test_training_where_its_packages_are_missing_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "sklearn", None)
    monkeypatch.setattr(sys, "argv", ["spotter", "train", "--add", "swing", "clip.mp4"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert "sklearn" in said
    assert "make setup-training" in said


@pytest.mark.parametrize("content", [None, b"", b"this is no video\n" * 50])
def test_what_is_no_video_is_said_and_ends_with_1(tmp_path: Path, content: bytes | None) -> None:
    video = tmp_path / "clip.mp4"
    if content is not None:
        video.write_bytes(content)
    result = spotter("analyze", str(video))
    assert result.returncode == 1, result.stderr
    assert "clip.mp4" in result.stderr
    assert "Traceback" not in result.stderr


def test_the_help_of_every_command_works_without_any_setting() -> None:
    for words in ((), ("run",), ("analyze",), ("serve",), ("doctor",), ("models",), ("models", "fetch")):
        result = spotter(*words, "--help")
        assert result.returncode == 0, result.stderr
        assert "Usage" in result.stdout


def test_one_service_needs_no_library_of_another() -> None:
    # The gateway's image has neither OpenCV nor ONNX Runtime nor PyAV.
    code = (
        "import sys, services.cli, services.gateway.service;"
        "print([name for name in ('cv2', 'av', 'onnxruntime') if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_a_video_that_breaks_off_gives_what_it_has_and_says_so(tmp_path: Path) -> None:
    whole, cut, report = tmp_path / "whole.mp4", tmp_path / "cut.mp4", tmp_path / "out.json"
    options = {"movflags": "faststart"}
    with av.open(str(whole), "w", options=options) as container:
        stream = container.add_stream("libx264", rate=15, options={"x264-params": "keyint=5"})
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        picture = np.random.default_rng(0).integers(0, 255, (240, 320, 3), np.uint8)
        for _ in range(60):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        container.mux(stream.encode())
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    result = spotter("analyze", str(cut), "--json", str(report))
    assert result.returncode == 1
    assert "cut off" in result.stderr
    assert json.loads(report.read_text())["duration_s"] > 0


def test_a_photo_says_what_it_resembles(tmp_path: Path) -> None:
    photo, drawn, report = tmp_path / "photo.png", tmp_path / "drawn.png", tmp_path / "out.json"
    scene = open_scene("squat?seed=4&view=40")
    (rep, *_) = scene.reps(10)
    cv2.imwrite(str(photo), scene.render((rep.start + rep.end) / 2))
    result = spotter("analyze", str(photo), "--annotate", str(drawn), "--json", str(report))
    assert result.returncode == 0, result.stderr
    assert "like squat, bottom" in result.stdout
    assert "0-0*" in result.stdout or "0-1*" in result.stdout, "the star marks whom the photo shows"
    told = json.loads(report.read_text())
    (person,) = told["people"]
    assert (told["main"]["exercise"], told["main"]["reps"]) == ("squat", 0)
    assert person["sets"] == []
    assert person["resembles"]["exercise"] == "squat"
    assert person["resembles"]["phase"] == "bottom"
    assert (cv2.imread(str(drawn)) != cv2.imread(str(photo))).any()


@pytest.mark.parametrize("target", ["out.txt", "out"])
def test_a_drawing_of_no_known_kind_is_refused(tmp_path: Path, target: str) -> None:
    result = spotter("analyze", "clip.mp4", "--annotate", str(tmp_path / target))
    assert result.returncode == 2
    assert ".mp4" in result.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("a/clip.mp4", "--annotate", "a/clip.mp4"), "over the video a/clip.mp4"),
        (("a/clip.mp4", "a/other.mp4", "--annotate", "a"), "over the video a/clip.mp4"),
        (("a/clip.mp4", "b/clip.mp4", "--keypoints", "out"), "a/clip.mp4 and b/clip.mp4"),
        (("a/clip.mp4", "b/clip.avi", "--annotate", "out"), "a/clip.mp4 and b/clip.avi"),
        (("a/clip.mp4", "b/clip.avi", "--annotate", "a/other.mp4"), "a/other.mp4 is a file"),
        (("a/clip.mp4", "--json", "nowhere/out.json"), "nowhere/out.json"),
        (("a/clip.mp4", "--json", "a/other.mp4"), "a/other.mp4"),
        (("a/clip.mp4", "--json", "a"), "--json"),
        (("a/clip.mp4", "--annotate", "out.txt"), ".txt"),
    ],
)
def test_what_cannot_be_written_is_refused_before_the_work_and_no_video_is_lost(
    words: tuple[str, ...],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    videos = [Path(name) for name in ("a/clip.mp4", "a/other.mp4", "b/clip.mp4", "b/clip.avi")]
    for video in videos:
        video.parent.mkdir(exist_ok=True)
        video.write_bytes(b"footage")
    monkeypatch.setattr(sys, "argv", ["spotter", "analyze", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert said in capsys.readouterr().err
    assert all(video.read_bytes() == b"footage" for video in videos)
    assert sorted(path for path in tmp_path.rglob("*") if path.is_file()) == sorted(tmp_path / name for name in videos)
