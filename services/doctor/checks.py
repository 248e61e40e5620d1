"""The single looks of the doctor: each judges one thing and gives a `Finding`. Nothing here changes anything."""

from __future__ import annotations

import errno
import json
import os
import platform
import re
import socket
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from services.bus.settings import NatsSettings
from services.classifier.model import load_bundle
from services.core.errors import ModelMismatch, SettingsError
from services.ingest.codecs import CAMERA_CODECS
from services.ingest.probe import probe
from services.ingest.settings import Camera
from services.pose.models import check_models, default_directory
from services.pose.probe import Choice, measured
from services.pose.settings import Backend, PoseSettings, Runtime
from services.runtime.logs import redacted

LIBRARIES: Final = ("numpy", "onnxruntime", "opencv-python-headless", "av", "nats-py", "fastapi")
"""Whose versions are worth a line when something is odd."""
SECOND_CV2: Final = ("opencv-python", "opencv-contrib-python", "opencv-contrib-python-headless")
"""Packages that unpack over the same `cv2/` as ours."""
CPU_FEATURES: Final = {
    "avx2": ("avx2",),
    "avx512_vnni": ("avx512_vnni", "avx_vnni"),
    "bf16": ("avx512_bf16", "amx_bf16", "bf16"),
    "neon": ("asimd", "neon"),
}
"""What makes pose models fast -> the names by which Linux says so."""
FEWEST_CORES: Final = 2
LEAST_MEMORY: Final = 2 << 30
"""Bytes: four services with a camera or two take about half of this."""
NATS_SECONDS: Final = 2.0
OPENVINO_REMEDY: Final = "pip install 'spotter[openvino]', or set SPOTTER_POSE_RUNTIME to onnxruntime"
CAMERA_REMEDY: Final = "check its address, password and cable; it is tried again while Spotter runs"


PREFIX: Final = "SPOTTER_"
"""What the names of all settings begin with."""


class Verdict(StrEnum):
    """How bad a finding is."""

    GOOD = "good"
    OPTIONAL = "optional"
    """Spotter runs without it, though not everything, or not as fast."""
    MISSING = "missing"
    """Spotter cannot do what it is set to do."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found.

    Attributes:
        subject: what was looked at, in a word or two.
        verdict: how bad it is.
        detail: what is there; one line, no credentials.
        remedy: what to do about it; "" when nothing need be done.
    """

    subject: str
    verdict: Verdict
    detail: str
    remedy: str = ""


def setting_names(environment: Iterable[str], known: Collection[str]) -> list[Finding]:
    """The variables that look like settings and are read by nobody: misspelt ones change nothing and say nothing.

    Args:
        environment: names of all variables.
        known: names of all settings.
    """
    found = []
    for name in sorted(name for name in environment if name.upper().startswith(PREFIX) and name.upper() not in known):
        near = get_close_matches(name.upper(), sorted(known), n=1, cutoff=0.8)
        mend = f"did you mean {near[0]}?" if near else "no such setting: services/*/settings.py lists them"
        found.append(Finding("settings", Verdict.OPTIONAL, f"{name} is set and read by nothing", mend))
    return found


def python() -> Finding:
    """Which Python runs."""
    found = f"{platform.python_version()} in {sys.prefix}"
    return Finding("Python", Verdict.GOOD, found)


def libraries() -> Finding:
    """Whether the libraries are there, and one `cv2` only."""
    present = {name: _version(name) for name in LIBRARIES}
    absent = [name for name, found in present.items() if not found]
    if absent:
        return Finding("libraries", Verdict.MISSING, f"not installed: {', '.join(absent)}", "make setup")
    second = [name for name in SECOND_CV2 if _version(name)]
    if second:
        return Finding(
            "libraries",
            Verdict.MISSING,
            f"{' and '.join(second)} beside opencv-python-headless: they overwrite each other's cv2",
            f"pip uninstall {' '.join(second)}; pip install --force-reinstall --no-deps opencv-python-headless",
        )
    return Finding("libraries", Verdict.GOOD, ", ".join(f"{name} {found}" for name, found in present.items()))


def _version(name: str) -> str:
    with suppress(PackageNotFoundError):
        return version(name)
    return ""


def machine() -> Finding:
    """Cores and memory."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    found = f"{platform.system()} {platform.machine()}, {cores} cores, {memory / 2**30:.1f} GiB of memory"
    if cores < FEWEST_CORES or memory < LEAST_MEMORY:
        return Finding("machine", Verdict.OPTIONAL, found, "two cores and 2 GiB carry two cameras; expect fewer frames")
    return Finding("machine", Verdict.GOOD, found)


def cpu_features(cpuinfo: Path) -> Finding:
    """Whether the processor has what makes models fast; read from what Linux tells of it."""
    try:
        text = cpuinfo.read_text()
    except OSError:
        return Finding("CPU features", Verdict.GOOD, "not told by this system")
    stated = re.search(r"^(?:flags|Features)\s*:(.*)$", text, re.MULTILINE)
    flags = set(stated.group(1).split()) if stated else set()
    present = [name for name, flag_names in CPU_FEATURES.items() if flags & set(flag_names)]
    if not {"avx2", "neon"} & set(present):
        return Finding(
            "CPU features", Verdict.OPTIONAL, "neither avx2 nor neon", "expect a few frames a second; take a newer CPU"
        )
    return Finding("CPU features", Verdict.GOOD, ", ".join(present))


def codecs(missing: Sequence[str]) -> Finding:
    """Whether what cameras send can be decoded."""
    if missing:
        return Finding(
            "codecs",
            Verdict.MISSING if "h264" in missing else Verdict.OPTIONAL,
            f"PyAV cannot decode {', '.join(missing)}",
            "reinstall PyAV from its wheel: make setup",
        )
    return Finding("codecs", Verdict.GOOD, ", ".join(CAMERA_CODECS))


def pose_models(settings: PoseSettings) -> Finding:
    """Whether the pose models are there and unaltered."""
    try:
        files = check_models(settings.models)
    except ModelMismatch as error:
        return Finding("pose models", Verdict.MISSING, str(error), "spotter models fetch")
    folder = settings.models or default_directory()
    return Finding("pose models", Verdict.GOOD, f"{len(files)} files in {folder}, unaltered")


def pose_runtime(settings: PoseSettings, features: Finding) -> list[Finding]:
    """What would run the pose models here, measured as at start-up; nothing where they are not there to measure with.

    Args:
        settings: which runtime is asked for.
        features: what `cpu_features` found.
    """
    if settings.backend is not Backend.BLAZEPOSE:
        return []
    try:
        choice = measured(settings.runtime, settings.models)
    except ModelMismatch:
        return []
    except SettingsError as error:
        return [Finding("pose runtime", Verdict.MISSING, str(error), OPENVINO_REMEDY)]
    return [_judged(choice, settings.runtime, features)]


def _judged(choice: Choice, asked: Runtime, features: Finding) -> Finding:
    milliseconds = "".join(f", {runtime} {value:.1f} ms" for runtime, value in choice.milliseconds.items())
    found = f"{choice.engine.runtime} {choice.engine.precision}: {choice.reason}{milliseconds}"
    if choice.fault:
        return Finding("pose runtime", Verdict.OPTIONAL, f"{found} ({choice.fault})", OPENVINO_REMEDY)
    if asked is Runtime.AUTO and not _version("openvino") and "bf16" in features.detail:
        detail = f"{found}; this CPU has bf16, in which it takes little more than half the time"
        return Finding("pose runtime", Verdict.OPTIONAL, detail, OPENVINO_REMEDY)
    return Finding("pose runtime", Verdict.GOOD, found)


def mediapipe(settings: PoseSettings) -> list[Finding]:
    """Only worth a line when it is chosen or there."""
    found = _version("mediapipe")
    if found:
        return [Finding("MediaPipe", Verdict.GOOD, f"{found}, as a second pose backend")]
    if settings.backend is not Backend.MEDIAPIPE:
        return []
    remedy = "pip install --no-deps --require-hashes -r deploy/requirements/mediapipe.txt"
    return [Finding("MediaPipe", Verdict.MISSING, "SPOTTER_POSE_BACKEND chooses it, but it is not installed", remedy)]


def bundle(path: Path) -> Finding:
    """Whether the exercise model is there, unaltered, and made for this version."""
    try:
        model = load_bundle(path)
    except ModelMismatch as error:
        return Finding("exercise model", Verdict.MISSING, str(error), "git checkout services/classifier/models")
    return Finding("exercise model", Verdict.GOOD, f"{path.name}, {len(model.labels)} labels")


def dashboard(host: str, port: int) -> Finding:
    """Whether the dashboard's port can be had."""
    fault = _taken(host, port)
    if fault is None:
        return Finding("dashboard", Verdict.GOOD, f"{host} port {port or 'of its choice'} is free")
    if fault.errno == errno.EADDRINUSE and _is_spotter(port):
        return Finding("dashboard", Verdict.GOOD, f"a Spotter runs on port {port} now")
    remedy = "set SPOTTER_GATEWAY_HOST to an address of this machine"
    if fault.errno == errno.EADDRINUSE:
        remedy = "stop what has the port, or set SPOTTER_GATEWAY_PORT (0 takes any)"
    return Finding("dashboard", Verdict.MISSING, f"{host} port {port}: {fault.strerror or fault}", remedy)


def health_ports(ports: Mapping[str, int]) -> Finding:
    """Whether the services that run apart can have the ports on which they tell how they are.

    Args:
        ports: service -> its port.
    """
    taken = {
        service: port
        for service, port in ports.items()
        if _taken("0.0.0.0", port) and not _is_spotter(port)  # noqa: S104
    }
    if taken:
        named = ", ".join(f"{port} ({service})" for service, port in taken.items())
        remedy = f"set {', '.join(f'SPOTTER_{service.upper()}_HEALTH_PORT' for service in taken)} for make up"
        return Finding(
            "health ports", Verdict.OPTIONAL, f"taken: {named}; only services that run apart need them", remedy
        )
    return Finding("health ports", Verdict.GOOD, f"{', '.join(map(str, ports.values()))} are free, or Spotter's own")


def _taken(host: str, port: int) -> OSError | None:
    """Why a port cannot be listened on; None when it can."""
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with closing(socket.socket(family, kind, protocol)) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(place)
    except OSError as error:
        return error
    return None


def _is_spotter(port: int) -> bool:
    """Whether the program on that port of this machine answers as our services do."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n")
            return b" 200 " in connection.recv(64)
    except OSError:
        return False


def nats(settings: NatsSettings) -> Finding:
    """What the server says of itself before anybody logs in; needed only when the services run apart."""
    address = settings.url.split(",")[0].strip()
    try:
        parts = urlsplit(address)
        place = (parts.hostname or "127.0.0.1", parts.port or 4222)
        with socket.create_connection(place, timeout=NATS_SECONDS) as connection:
            greeting, _, told = connection.makefile("rb").readline(65536).partition(b" ")
        if greeting != b"INFO":
            raise ValueError("what is there does not greet as NATS does")
        server = json.loads(told)
    except (OSError, ValueError) as error:
        detail = f"none at {redacted(address)} ({error}); only services that run apart need it"
        return Finding("NATS", Verdict.OPTIONAL, detail, "make up starts one; or set SPOTTER_NATS_URL")
    largest = server.get("max_payload", 0) >> 10
    found = f"{server.get('version', '?')} at {redacted(address)}, messages up to {largest} KiB"
    if not server.get("jetstream"):
        return Finding("NATS", Verdict.OPTIONAL, f"{found}, without JetStream", "start it with: nats-server -js")
    return Finding("NATS", Verdict.GOOD, f"{found}, JetStream")


async def one_camera(camera: Camera, seconds: float) -> Finding:
    """Wait for one picture."""
    subject = f"camera {camera.camera_id}"
    found = await probe(camera.address, seconds)
    if not found.reachable:
        cause = f"{found.cause}: " if found.cause else ""
        return Finding(subject, Verdict.MISSING, f"{found.source}: {cause}{found.detail}", CAMERA_REMEDY)
    told = [f"{found.width}x{found.height}", found.codec, f"{found.fps:g} fps" if found.fps else ""]
    return Finding(subject, Verdict.GOOD, f"{found.source}: {', '.join(part for part in told if part)}")
