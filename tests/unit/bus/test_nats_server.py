"""Finding and running a server, and the settings that lead to one."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from services.bus.nats_server import NatsServer, find_nats_server
from services.bus.settings import NatsSettings
from services.core.errors import SettingsError


def test_server_on_path_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "nats-server").write_text("#!/bin/sh\n")
    (tmp_path / "nats-server").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_nats_server() == tmp_path / "nats-server"


def test_server_beside_the_interpreter_comes_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "nats-server").write_text("#!/bin/sh\n")
    (tmp_path / "nats-server").chmod(0o755)
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    assert find_nats_server() == tmp_path / "nats-server"


def test_no_server_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(SettingsError, match="make setup"):
        NatsServer(tmp_path / "store").start()


def test_server_that_ends_at_once_says_why(tmp_path: Path) -> None:
    server = NatsServer(tmp_path, options=("--no-such-option",))
    with pytest.raises(SettingsError, match="did not start on port"):
        server.start()


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPOTTER_NATS_URL", "nats://one:4222, tls://two:4222")
    monkeypatch.setenv("SPOTTER_NATS_PASSWORD", "hunter2")
    settings = NatsSettings()
    assert settings.url == "nats://one:4222, tls://two:4222"
    assert "hunter2" not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("URL", "http://gym:hunter2@host"),
        ("URL", "gym:hunter2@host:4222"),
        ("URL", "nats://gym:hunter2"),
        ("URL", "nats://host:99999"),
        ("URL", "nats://[::1:4222"),
        ("URL", ""),
        ("URL", "nats://one,"),
        ("TLS_CA", "/hunter2/no-such-file.pem"),
        ("ACK_SECONDS", "0"),
        ("RESEND_SECONDS", "soon hunter2"),
    ],
)
def test_setting_that_cannot_work_is_named_and_not_shown(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"SPOTTER_NATS_{name}", value)
    with pytest.raises(ValidationError, match=name.lower()) as caught:
        NatsSettings()
    assert "hunter2" not in str(caught.value)
