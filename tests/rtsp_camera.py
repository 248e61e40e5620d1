#!/usr/bin/python3
r"""An IP camera for tests and measurements: GStreamer's RTSP server playing H.264 files over and over.

    /usr/bin/python3 tests/rtsp_camera.py --port 8554 --user cam --password pw --auth digest /front=clip.h264@15
    (needs Debian's python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-good gstreamer1.0-plugins-bad)

A mount is path=file@fps; the file is raw H.264 whose pictures each begin with an access unit delimiter (x264: aud=1),
and is sent as it is. Says ``ready PORT`` when it can be reached. Lines on its standard input, whose end ends it:

    stall    send no more pictures, keep the connections
    resume   send again
    quit     close
"""

import argparse
import itertools
import random
import sys
import threading
import time
from pathlib import Path

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402 - versions are chosen before

DELIMITER = b"\x00\x00\x00\x01\x09"
ROLE = "viewer"
SESSION_SWEEP_SECONDS = 2


def pictures_of(path: Path) -> list[bytes]:
    """The access units of a raw H.264 file."""
    parts = path.read_bytes().split(DELIMITER)
    return [DELIMITER + part for part in parts[1:]]


class Mount(GstRtspServer.RTSPMediaFactory):
    """One path of the server, one picture stream for all who watch it."""

    def __init__(self, path: Path, fps: int, loss: float, flowing: threading.Event) -> None:
        super().__init__()
        self.pictures = pictures_of(path)
        self.fps = fps
        self.loss = loss
        self.flowing = flowing
        self.set_shared(True)
        self.set_latency(0)
        self.set_launch(
            "( appsrc name=pictures is-live=true do-timestamp=true format=time "
            f"caps=video/x-h264,stream-format=byte-stream,alignment=au,framerate={fps}/1 "
            "! h264parse ! rtph264pay name=pay0 pt=96 config-interval=1 )"
        )
        self.connect("media-configure", self.configure)

    def configure(self, _factory: GstRtspServer.RTSPMediaFactory, media: GstRtspServer.RTSPMedia) -> None:
        """Start to feed a medium that somebody wants to see, until nobody does."""
        element = media.get_element()
        unwatched = threading.Event()
        media.connect("unprepared", lambda _media: unwatched.set())
        if self.loss:
            pad = element.get_child_by_name("pay0").get_static_pad("src")
            pad.add_probe(Gst.PadProbeType.BUFFER | Gst.PadProbeType.BUFFER_LIST, self.lose)
        source = element.get_child_by_name("pictures")
        threading.Thread(target=self.feed, args=(source, unwatched), daemon=True).start()

    def feed(self, source: Gst.Element, unwatched: threading.Event) -> None:
        """Push pictures at their rate."""
        started = time.monotonic()
        for number, picture in enumerate(itertools.cycle(self.pictures)):
            if unwatched.wait(max(0.0, started + number / self.fps - time.monotonic())):
                return
            if self.flowing.is_set():
                source.emit("push-buffer", Gst.Buffer.new_wrapped(picture))

    def lose(self, _pad: Gst.Pad, _info: Gst.PadProbeInfo) -> Gst.PadProbeReturn:
        """Leave RTP packets out by chance."""
        return Gst.PadProbeReturn.DROP if random.random() < self.loss else Gst.PadProbeReturn.OK

    def guard(self) -> None:
        """Let only those in who hold the role."""
        permissions = GstRtspServer.RTSPPermissions()
        permissions.add_permission_for_role(ROLE, "media.factory.access", True)
        permissions.add_permission_for_role(ROLE, "media.factory.construct", True)
        self.set_permissions(permissions)


def doorkeeper(user: str, password: str, method: str) -> GstRtspServer.RTSPAuth:
    """Authentication with one user."""
    auth = GstRtspServer.RTSPAuth()
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", ROLE)
    if method == "basic":
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
    else:
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        auth.add_digest(user, password, token)
    return auth


def obey(flowing: threading.Event, loop: GLib.MainLoop) -> None:
    """Do what standard input says."""
    for line in sys.stdin:
        match line.strip():
            case "stall":
                flowing.clear()
            case "resume":
                flowing.set()
            case "quit":
                break
    loop.quit()


def main() -> None:
    """Serve until told to quit."""
    parser = argparse.ArgumentParser(description="An RTSP camera for tests.")
    parser.add_argument("mounts", nargs="+", help="/path=file.h264@fps")
    parser.add_argument("--port", default="0", help="0 takes a free one")
    parser.add_argument("--user")
    parser.add_argument("--password", default="")
    parser.add_argument("--auth", choices=["basic", "digest"], default="digest")
    parser.add_argument("--loss", type=float, default=0.0, help="share of RTP packets that are left out, 0-1")
    arguments = parser.parse_args()

    Gst.init(None)
    flowing = threading.Event()
    flowing.set()
    server = GstRtspServer.RTSPServer()
    # With its single thread a stalled viewer would hold up all others.
    pool = GstRtspServer.RTSPThreadPool()
    pool.set_max_threads(16)
    server.set_thread_pool(pool)
    server.set_address("127.0.0.1")
    server.set_service(arguments.port)
    if arguments.user:
        server.set_auth(doorkeeper(arguments.user, arguments.password, arguments.auth))
    for text in arguments.mounts:
        path, _, rest = text.partition("=")
        file, _, fps = rest.rpartition("@")
        mount = Mount(Path(file), int(fps), arguments.loss, flowing)
        if arguments.user:
            mount.guard()
        server.get_mount_points().add_factory(path, mount)
    if not server.attach(None):
        sys.exit(f"port {arguments.port} is taken")
    loop = GLib.MainLoop()
    GLib.timeout_add_seconds(SESSION_SWEEP_SECONDS, lambda: server.get_session_pool().cleanup() >= 0)
    threading.Thread(target=obey, args=(flowing, loop), daemon=True).start()
    print(f"ready {server.get_bound_port()}", flush=True)  # noqa: T201 - tells its port to who started it
    loop.run()


if __name__ == "__main__":
    main()
