from __future__ import annotations

import pytest
from pydantic import ValidationError

from services.core.errors import SettingsError
from services.ingest.address import redact
from services.ingest.settings import Camera, IngestSettings, parse_cameras


def test_cameras_of_every_kind_are_read() -> None:
    text = 'front=rtsp://user:pa=ss@10.0.0.5:554/stream?channel=1 bench=0 demo="my clip.mp4" test=clip.mp4#once'
    assert parse_cameras(text) == (
        Camera("front", "rtsp://user:pa=ss@10.0.0.5:554/stream?channel=1"),
        Camera("bench", "0"),
        Camera("demo", "my clip.mp4"),
        Camera("test", "clip.mp4", real_time=False, loop=False),
    )


def test_no_text_is_no_camera() -> None:
    assert parse_cameras("  \n ") == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("front door=0", "names no camera id"),
        ("fr.ont=0", "characters other than"),
        ("=0", "characters other than"),
        ("front=", "no address"),
        ("a=0 b=1 a=2", "'a' is given twice"),
        ("a=gopher://x/y", "no kind of camera"),
        ("a=rtsp:///stream", "no host"),
        ("a=rtsp://host:99999/stream", "no host and port"),
        ('a="clip.mp4', "not closed"),
        ("rtsp://user:secret@host/a=b", "names no camera id"),
    ],
)
def test_what_cannot_work_is_refused_with_the_reason(text: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says) as refused:
        parse_cameras(text)
    assert "secret" not in str(refused.value)


def test_a_file_that_is_not_there_is_a_camera_that_is_offline_and_no_refusal() -> None:
    assert parse_cameras("a=/nowhere/clip.mp4")[0].address == "/nowhere/clip.mp4"


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPOTTER_INGEST_CAMERAS", "front=rtsp://u:secret@host/stream bench=0")
    monkeypatch.setenv("SPOTTER_INGEST_MAX_FPS", "8")
    settings = IngestSettings()
    assert [camera.camera_id for camera in settings.cameras] == ["front", "bench"]
    assert settings.max_fps == 8
    assert "secret" not in repr(settings)


def test_a_bad_list_in_the_environment_is_a_settings_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPOTTER_INGEST_CAMERAS", "rtsp://u:secret@host/stream")
    with pytest.raises(SettingsError) as refused:
        IngestSettings()
    assert "secret" not in str(refused.value)


def test_two_cameras_of_one_id_are_refused_however_they_are_given() -> None:
    with pytest.raises(SettingsError, match="twice"):
        IngestSettings(cameras=(Camera("a", "0"), Camera("a", "1")))


def test_a_number_out_of_range_is_refused_without_the_input() -> None:
    with pytest.raises(ValidationError, match="max_fps"):
        IngestSettings(max_fps=-1)


SECRETS = ["secret", "pass", "tok"]


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("rtsp://host/stream", "rtsp://host"),
        ("rtsp://user:secret@host:554/stream", "rtsp://***@host:554"),
        ("rtsp://user@host/stream", "rtsp://***@host"),
        ("rtsp://user:se%63ret%40x@host/a", "rtsp://***@host"),
        ("rtsp://user:secret@secret@host/a", "rtsp://***@host"),
        ("rtsp://user:sec/secret@host/a", "rtsp://***@host"),
        ("rtsp://user:sec?secret#x@host/a", "rtsp://***@host"),
        ("rtsp://user:sec@secret/x@host/a", "rtsp://***@host"),
        ("rtsp://host/live?token=secret", "rtsp://host"),
        ("rtsp://host:554/user=admin&password=secret&channel=1", "rtsp://host:554"),
        ("rtsp://host/user=admin_password=secret_channel=1", "rtsp://host"),
        ("rtsp://[fe80::1]:554/secret", "rtsp://[fe80::1]:554"),
        ("user:secret@host/stream", "***@host"),
        ("host/stream?token=secret", "host"),
        ("clips/squat 1.mp4", "clips/squat 1.mp4"),
        ("", ""),
    ],
)
def test_no_credential_survives_redaction(address: str, shown: str) -> None:
    assert redact(address) == shown
    assert not any(secret in redact(address) for secret in SECRETS)
