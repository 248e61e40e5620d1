"""What RTSP cameras answer when they don't give pictures; a few lines of socket play the camera."""

from __future__ import annotations

import socket
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest

from services.core.errors import Cause, SourceLost
from services.ingest.capture import Control, SourceOptions
from services.ingest.probe import probe
from services.ingest.sources import open_source

SECRET = "s3cr@t"
AUDIO_ONLY = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\nm=audio 0 RTP/AVP 0\r\na=control:trackID=0\r\n"

Answer = Callable[[str, str], str]
"""(method, CSeq) -> what the camera replies."""


def status(text: str) -> Answer:
    return lambda method, sequence: f"RTSP/1.0 {text}\r\nCSeq: {sequence}\r\n\r\n"


def describing(description: str) -> Answer:
    head = f"Content-Type: application/sdp\r\nContent-Length: {len(description)}\r\n"

    def answer(method: str, sequence: str) -> str:
        if method == "DESCRIBE":
            return f"RTSP/1.0 200 OK\r\nCSeq: {sequence}\r\n{head}\r\n{description}"
        return f"RTSP/1.0 200 OK\r\nCSeq: {sequence}\r\nPublic: DESCRIBE, SETUP, PLAY\r\n\r\n"

    return answer


@contextmanager
def camera(answer: Answer) -> Iterator[str]:
    """An address at which every request gets this answer; "" closes the connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    client, _ = server.accept()
                except OSError:
                    return
                client.settimeout(2)
                with client, client.makefile("r", newline="\r\n") as lines:
                    _talk(client, lines, answer)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"rtsp://user:{SECRET}@127.0.0.1:{server.getsockname()[1]}/stream"
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


def _talk(client: socket.socket, lines: Iterator[str], answer: Answer) -> None:
    method = sequence = ""
    try:
        for line in lines:
            method = method or line.partition(" ")[0]
            if line.startswith("CSeq:"):
                sequence = line[5:].strip()
            if line == "\r\n":
                reply = answer(method, sequence)
                if not reply:
                    return
                client.sendall(reply.encode())
                method = ""
    except OSError:
        return


def fault_of(address: str, **options: float) -> SourceLost:
    with pytest.raises(SourceLost) as lost:
        next(open_source(address, SourceOptions(**options)))
    text = "".join(traceback.format_exception(lost.value))
    assert SECRET not in text
    assert "s3cr%40t" not in text
    assert lost.value.__context__ is None
    return lost.value


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ("401 Unauthorized", Cause.AUTH),
        ("403 Forbidden", Cause.AUTH),
        ("404 Not Found", Cause.NOT_FOUND),
        ("454 Session Not Found", Cause.NETWORK),
        ("500 Internal Server Error", Cause.NETWORK),
    ],
)
def test_what_the_camera_answers_is_classed(line: str, cause: Cause) -> None:
    with camera(status(line)) as address:
        lost = fault_of(address)
    assert lost.cause is cause
    assert lost.detail.startswith("rtsp://***@127.0.0.1:")


def test_a_camera_with_sound_only_has_no_video() -> None:
    with camera(describing(AUDIO_ONLY)) as address:
        assert fault_of(address).cause is Cause.CODEC


def test_somebody_who_hangs_up_is_a_fault_of_the_network() -> None:
    with camera(lambda method, sequence: "") as address:
        lost = fault_of(address)
    assert lost.cause is Cause.NETWORK
    assert "does not speak RTSP" in lost.detail


def test_nobody_listening_is_a_fault_of_the_network() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    lost = fault_of(f"rtsp://user:{SECRET}@127.0.0.1:{port}/stream")
    assert lost.cause is Cause.NETWORK
    assert "ECONNREFUSED" in lost.detail


def test_an_unknown_host_is_a_fault_of_the_network() -> None:
    lost = fault_of(f"rtsp://user:{SECRET}@no-such-camera.invalid/stream")
    assert lost.cause is Cause.NETWORK
    assert "name is unknown" in lost.detail


@contextmanager
def mute() -> Iterator[str]:
    """An address that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"rtsp://user:{SECRET}@127.0.0.1:{server.getsockname()[1]}/stream"


def test_a_camera_that_never_answers_is_a_timeout() -> None:
    with mute() as address:
        started = time.monotonic()
        assert fault_of(address, open_seconds=0.5).cause is Cause.TIMEOUT
        assert time.monotonic() - started < 3


@contextmanager
def deaf() -> Iterator[str]:
    """An address at which connecting hangs: its queue is full, so the kernel drops what comes."""
    with ExitStack() as stack:
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(server.getsockname())
        yield f"rtsp://user:{SECRET}@127.0.0.1:{server.getsockname()[1]}/stream"


def test_a_host_that_drops_everything_is_a_timeout() -> None:
    with deaf() as address:
        lost = fault_of(address, open_seconds=0.4)
    assert lost.cause is Cause.TIMEOUT
    assert "no connection to port" in lost.detail


def test_connecting_can_be_stopped() -> None:
    control = Control()
    with deaf() as address:
        threading.Timer(0.1, control.stop.set).start()
        started = time.monotonic()
        assert list(open_source(address, SourceOptions(open_seconds=20), control)) == []
        assert time.monotonic() - started < 2


async def test_a_probe_gives_up_in_time() -> None:
    with mute() as address:
        started = time.monotonic()
        found = await probe(address, 0.5)
    assert time.monotonic() - started < 3
    assert (found.reachable, found.source, found.cause) == (False, "rtsp", Cause.TIMEOUT)
    assert SECRET not in repr(found)


async def test_a_probe_tells_a_file_and_a_bad_address() -> None:
    missing = await probe("/nowhere/clip.mp4")
    assert (missing.reachable, missing.source, missing.cause) == (False, "file", Cause.NOT_FOUND)
    unknown = await probe(f"gopher://user:{SECRET}@host")
    assert (unknown.reachable, unknown.source, unknown.cause) == (False, "", None)
    assert SECRET not in unknown.detail
    simulated = await probe("sim://squat")
    assert (simulated.reachable, simulated.codec, simulated.width, simulated.height) == (True, "simulated", 640, 360)
