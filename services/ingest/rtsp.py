"""IP cameras: RTSP over TCP, as nearly every camera of the last fifteen years speaks it."""

from __future__ import annotations

import errno
import select
import socket
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

from av.container import InputContainer

from services.core.errors import Cause, SettingsError, SourceLost
from services.ingest import live
from services.ingest.address import redact
from services.ingest.capture import Capture, Control, SourceKind, SourceOptions
from services.ingest.decoding import opened

PORTS = {"rtsp": 554, "rtsps": 322}
"""Scheme -> its port when the address names none (RFC 7826)."""
DEMUXER_OPTIONS = {
    "rtsp_transport": "tcp",
    "allowed_media_types": "video",
    # The session description says what the stream is: looking at 0.3 s of it is enough, and opens a second faster.
    "analyzeduration": "300000",
    "probesize": "100000",
    "fflags": "nobuffer",
}
_POLL_SECONDS = 0.2


def captures(address: str, options: SourceOptions, control: Control) -> Iterator[Capture]:
    """The pictures of a camera, by the sender's time where it tells it.

    Raises:
        SourceLost: auth (401, 403), not-found (404), timeout, codec, network.
    """
    host, port = _place(address)
    if not _reached(host, port, address, options.open_seconds, control):
        return
    with _opened(address, options) as container:
        yield from live.read(container, address, options, control)


def _opened(address: str, options: SourceOptions) -> InputContainer:
    started = time.monotonic()
    try:
        return opened(
            address,
            address,
            options=DEMUXER_OPTIONS,
            open_seconds=options.open_seconds,
            read_seconds=live.READ_SECONDS,
        )
    except SourceLost as lost:
        fault = lost
    # FFmpeg finds an answer that never came, or is no RTSP, to be invalid data.
    if fault.cause is Cause.CODEC:
        if time.monotonic() - started >= options.open_seconds:
            fault = SourceLost(Cause.TIMEOUT, f"{redact(address)}: no answer within {options.open_seconds:g} s")
        else:
            fault = SourceLost(Cause.NETWORK, f"{redact(address)}: somebody is there, but does not speak RTSP")
    raise fault


def _place(address: str) -> tuple[str, int]:
    """Host and port.

    Raises:
        SettingsError: the address has none, or a port that is no number.
    """
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port or PORTS[parts.scheme]
    except ValueError:
        host, port = None, 0
    if not host:
        raise SettingsError(
            f"no host and port can be read in the address {redact(address)!r}; expected one like rtsp://10.0.0.5:554/stream,"
            " with / ? # [ ] in user and password written as %2F %3F %23 %5B %5D"
        )
    return host, port


def _reached(host: str, port: int, address: str, seconds: float, control: Control) -> bool:
    """Whether somebody listens there; False when stopped meanwhile.

    FFmpeg would find out as well, but cannot be stopped while it waits, and calls an unknown host an I/O error.
    """
    fault: SourceLost
    try:
        places = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        places = []
    fault = SourceLost(Cause.NETWORK, f"{redact(address)}: the host's name is unknown; check it, or the DNS server")
    for family, kind, protocol, _, place in places:
        with socket.socket(family, kind, protocol) as probe:
            probe.setblocking(False)
            code = probe.connect_ex(place)
            deadline = time.monotonic() + seconds
            while code in {errno.EINPROGRESS, errno.EALREADY} and time.monotonic() < deadline:
                if control.stop.is_set():
                    return False
                if select.select([], [probe], [], _POLL_SECONDS)[1]:
                    code = probe.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if code == 0:
                return True
        if code in {errno.EINPROGRESS, errno.EALREADY, errno.ETIMEDOUT}:
            fault = SourceLost(Cause.TIMEOUT, f"{redact(address)}: no connection to port {port} within {seconds:g} s")
        else:
            reason = errno.errorcode.get(code, str(code))
            fault = SourceLost(Cause.NETWORK, f"{redact(address)}: no connection to port {port} ({reason})")
    raise fault


def _check(address: str) -> None:
    _place(address)


KIND = SourceKind(
    name="rtsp",
    live=True,
    example="rtsp://10.0.0.5/stream",
    claims=lambda address: address.partition("://")[0] in PORTS,
    check=_check,
    captures=captures,
)
