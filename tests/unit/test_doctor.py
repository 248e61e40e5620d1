"""`spotter doctor` sees what is there, what is missing, and shows no secrets."""

from __future__ import annotations

import io
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import cv2
import numpy as np
import pytest
from rich.console import Console

from services.bus.settings import NatsSettings
from services.classifier.settings import ClassifierSettings
from services.core.errors import SettingsError
from services.doctor import READ_ELSEWHERE, AllSettings, Finding, Verdict, checks, diagnose, examine, table
from services.gateway.settings import GatewaySettings
from services.ingest.settings import IngestSettings
from services.pose.backends import EVERYWHERE, Engine
from services.pose.probe import Choice
from services.pose.settings import PoseSettings, Runtime
from tests.pose_models import models_directory
from tests.unit.deploy.settings_in_code import OTHERS

PASSWORD = "hunter2-secret"


def settings_with(**changed: object) -> AllSettings:
    every: dict[str, object] = {
        "ingest": IngestSettings(cameras=()),
        "pose": PoseSettings(),
        "classifier": ClassifierSettings(),
        "gateway": GatewaySettings(port=0),
        "nats": NatsSettings(url="nats://127.0.0.1:1"),
    }
    return AllSettings(**{**every, **changed})  # type: ignore[arg-type]


async def found(subject: str, settings: AllSettings) -> Finding:
    [finding] = [one for one in await diagnose(settings, camera_seconds=2.0) if one.subject == subject]
    return finding


@contextmanager
def server(answer: bytes, *, after_request: bool = False) -> Iterator[int]:
    """Something on a free port that says one thing to whoever comes."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        try:
            while True:
                connection, _ = listener.accept()
                with connection:
                    if after_request:
                        connection.recv(1024)
                    connection.sendall(answer)
        except OSError:
            return

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


async def test_every_finding_that_is_not_good_says_how_to_mend_it(tmp_path: Path) -> None:
    settings = settings_with(
        pose=PoseSettings(models=tmp_path),
        classifier=ClassifierSettings(bundle=tmp_path),
        ingest=IngestSettings(cameras=f"gone={tmp_path}/none.mp4"),  # type: ignore[arg-type]
    )
    findings = await diagnose(settings, camera_seconds=2.0)
    bad = {finding.subject for finding in findings if finding.verdict is Verdict.MISSING}
    assert bad == {"pose models", "exercise model", "camera gone"}
    for finding in findings:
        assert finding.detail
        assert bool(finding.remedy) == (finding.verdict is not Verdict.GOOD), finding


async def test_nats_that_is_not_there_is_no_reason_not_to_run() -> None:
    finding = await found("NATS", settings_with(nats=NatsSettings(url=f"nats://me:{PASSWORD}@127.0.0.1:1")))
    assert finding.verdict is Verdict.OPTIONAL
    assert "refused" in finding.detail
    assert PASSWORD not in finding.detail


@pytest.mark.parametrize(
    ("greeting", "verdict", "said"),
    [
        (b'INFO {"version":"2.9.10","jetstream":true,"max_payload":1048576}\r\n', Verdict.GOOD, "2.9.10"),
        (b'INFO {"version":"2.9.10","max_payload":1048576}\r\n', Verdict.OPTIONAL, "without JetStream"),
        (b"SSH-2.0-OpenSSH\r\n", Verdict.OPTIONAL, "does not greet"),
        (b"INFO {broken\r\n", Verdict.OPTIONAL, "none at"),
        (b"", Verdict.OPTIONAL, "does not greet"),
    ],
)
async def test_nats_is_judged_by_what_it_says(greeting: bytes, verdict: Verdict, said: str) -> None:
    with server(greeting) as port:
        finding = await found("NATS", settings_with(nats=NatsSettings(url=f"nats://127.0.0.1:{port}")))
    assert finding.verdict is verdict
    assert said in finding.detail


async def test_a_port_that_something_else_has_is_missing() -> None:
    with server(b"HTTP/1.0 404 Not Found\r\n\r\n", after_request=True) as port:
        finding = await found("dashboard", settings_with(gateway=GatewaySettings(port=port)))
    assert finding.verdict is Verdict.MISSING
    assert "SPOTTER_GATEWAY_PORT" in finding.remedy


async def test_a_port_that_a_running_gateway_has_is_good() -> None:
    with server(b"HTTP/1.1 200 OK\r\n\r\n", after_request=True) as port:
        finding = await found("dashboard", settings_with(gateway=GatewaySettings(port=port)))
    assert finding.verdict is Verdict.GOOD


def test_a_health_port_that_something_else_has_is_named() -> None:
    with server(b"HTTP/1.0 404 Not Found\r\n\r\n", after_request=True) as port:
        finding = checks.health_ports({"ingest": 0, "pose": port})
    assert finding.verdict is Verdict.OPTIONAL
    assert f"{port} (pose)" in finding.detail
    assert "SPOTTER_POSE_HEALTH_PORT" in finding.remedy
    assert checks.health_ports({"ingest": 0}).verdict is Verdict.GOOD


async def test_an_address_that_is_not_ours_is_missing() -> None:
    finding = await found("dashboard", settings_with(gateway=GatewaySettings(host="192.0.2.1", port=0)))
    assert finding.verdict is Verdict.MISSING
    assert "SPOTTER_GATEWAY_HOST" in finding.remedy


async def test_a_camera_that_gives_a_picture_is_good(tmp_path: Path) -> None:
    path = tmp_path / "clip.avi"
    with closing_writer(path) as writer:
        for shade in range(10):
            writer.write(np.full((48, 64, 3), shade * 20, np.uint8))
    finding = await found("camera front", settings_with(ingest=IngestSettings(cameras=f"front={path}")))  # type: ignore[arg-type]
    assert finding.verdict is Verdict.GOOD
    assert "64x48" in finding.detail


async def test_a_camera_that_nobody_answers_for_is_missing_and_keeps_its_password() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port = listener.getsockname()[1]
    cameras = f"front=rtsp://me:{PASSWORD}@127.0.0.1:{port}/stream"
    finding = await found("camera front", settings_with(ingest=IngestSettings(cameras=cameras)))  # type: ignore[arg-type]
    assert finding.verdict is Verdict.MISSING
    assert "network" in finding.detail
    assert PASSWORD not in finding.detail + finding.remedy


@pytest.mark.parametrize(
    ("text", "verdict", "said"),
    [
        ("flags\t\t: fpu avx2 avx512_vnni avx512_bf16\n", Verdict.GOOD, "avx2, avx512_vnni, bf16"),
        ("flags\t\t: fpu sse2\n", Verdict.OPTIONAL, "neither"),
        ("Features\t: fp asimd bf16\n", Verdict.GOOD, "bf16, neon"),
    ],
)
def test_cpu_features_are_read_as_linux_writes_them(text: str, verdict: Verdict, said: str, tmp_path: Path) -> None:
    path = tmp_path / "cpuinfo"
    path.write_text(text)
    finding = checks.cpu_features(path)
    assert finding.verdict is verdict
    assert said in finding.detail


def test_a_codec_that_is_not_there_is_named() -> None:
    assert checks.codecs(("hevc",)).verdict is Verdict.OPTIONAL
    assert checks.codecs(("h264", "hevc")).verdict is Verdict.MISSING
    assert checks.codecs(()).verdict is Verdict.GOOD


def test_a_setting_that_cannot_work_is_named_and_its_value_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPOTTER_GATEWAY_PORT", PASSWORD)
    monkeypatch.setenv("SPOTTER_INGEST_CAMERAS", f"rtsp://me:{PASSWORD}@host/stream")
    out = io.StringIO()
    assert examine(Console(file=out, width=200)) == 1
    assert "SPOTTER_GATEWAY_PORT" in out.getvalue()
    assert "SPOTTER_INGEST_" in out.getvalue()
    assert PASSWORD not in out.getvalue()


def test_a_misspelt_setting_is_named_with_what_was_meant_and_its_value_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPOTTER_GATEWAY_ACESS_TOKEN", PASSWORD)
    monkeypatch.setenv("SPOTTER_NO_SUCH_THING", "1")
    monkeypatch.setenv("SPOTTER_DATA", "/nowhere")
    monkeypatch.setenv("spotter_log_level", "info")
    monkeypatch.setenv("SPOTTER_GATEWAY_PORT", "none")
    out = io.StringIO()
    examine(Console(file=out, width=300))
    lines = [line for line in out.getvalue().splitlines() if "read by nothing" in line]
    assert [line.split("settings")[1].split()[1] for line in lines] == [
        "SPOTTER_GATEWAY_ACESS_TOKEN",
        "SPOTTER_NO_SUCH_THING",
    ]
    assert "did you mean SPOTTER_GATEWAY_ACCESS_TOKEN?" in lines[0]
    assert "no such setting" in lines[1]
    assert PASSWORD not in out.getvalue()
    assert set(OTHERS) == READ_ELSEWHERE


def test_the_screen_shows_square_brackets_as_they_are() -> None:
    out = io.StringIO()
    Console(file=out, width=200).print(table([Finding("a", Verdict.OPTIONAL, "[Errno 111] no", "see [red]x[/red]")]))
    assert "[Errno 111] no" in out.getvalue()
    assert "[red]x[/red]" in out.getvalue()


@contextmanager
def closing_writer(path: Path) -> Iterator[cv2.VideoWriter]:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (64, 48))
    assert writer.isOpened()
    try:
        yield writer
    finally:
        writer.release()


FEATURES = Finding("CPU features", Verdict.GOOD, "avx2, bf16")


def test_says_what_would_run_the_pose_models() -> None:
    pose = PoseSettings(models=models_directory(), runtime=Runtime.ONNXRUNTIME)
    [finding] = checks.pose_runtime(pose, FEATURES)
    assert finding.verdict is Verdict.GOOD
    assert finding.detail == "onnxruntime fp32: set so"


def test_a_cpu_with_bf16_is_worth_openvino(monkeypatch: pytest.MonkeyPatch) -> None:
    without = Choice(EVERYWHERE, "OpenVINO is not installed")
    monkeypatch.setattr(checks, "measured", lambda asked, directory: without)
    monkeypatch.setattr(checks, "_version", lambda name: "")
    [finding] = checks.pose_runtime(PoseSettings(runtime=Runtime.AUTO), FEATURES)
    assert finding.verdict is Verdict.OPTIONAL
    assert "spotter[openvino]" in finding.remedy
    [finding] = checks.pose_runtime(PoseSettings(runtime=Runtime.AUTO), Finding("CPU features", Verdict.GOOD, "avx2"))
    assert finding.verdict is Verdict.GOOD


def test_what_was_measured_and_what_is_broken_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    milliseconds = {Runtime.ONNXRUNTIME: 5.31, Runtime.OPENVINO: 2.96}
    for choice in (
        Choice(Engine(Runtime.OPENVINO, "bf16"), "bf16 is 1.79 times as fast", milliseconds),
        Choice(EVERYWHERE, "OpenVINO cannot run the models", fault="no libtbb"),
    ):
        monkeypatch.setattr(checks, "measured", lambda asked, directory, choice=choice: choice)
        [finding] = checks.pose_runtime(PoseSettings(), FEATURES)
        assert (finding.verdict is Verdict.GOOD) == (not choice.fault)
        assert choice.reason in finding.detail
        assert choice.fault in finding.detail
        assert ("5.3 ms" in finding.detail) == bool(choice.milliseconds)


def test_openvino_that_is_set_and_cannot_run_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(asked: Runtime, directory: Path | None) -> Choice:
        raise SettingsError("not installed")

    monkeypatch.setattr(checks, "measured", refuse)
    [finding] = checks.pose_runtime(PoseSettings(runtime=Runtime.OPENVINO), FEATURES)
    assert finding.verdict is Verdict.MISSING


def test_a_name_is_there_to_its_end_on_a_narrow_screen() -> None:
    out = io.StringIO()
    name = "SPOTTER_CLASSIFIER_SNAPSHOT_SECONDS"
    Console(file=out, width=80).print(table([Finding("settings", Verdict.MISSING, f"{name}: no", f"correct {name}")]))
    shown = out.getvalue()
    assert "…" not in shown
    columns = [line.split("│") for line in shown.splitlines() if "│" in line]
    assert name in "".join(column[3].strip() for column in columns)
    assert name in "".join(column[4].strip() for column in columns)
