"""How many cameras a core holds: what Spotter costs, measured for some numbers of cameras and of people in view.

    made-up gym, or a camera --recorded once--> H.264 file
                                                  | read by 1, 2, 4, ... cameras in step, as fast as it goes
                                                  v
            CameraProducer --Frame--> PoseStage --PoseFrame--> ClassifierStage       one process on one core
                ingest                  pose                     classifier

That is what `spotter run` does while nobody looks at its pictures, with the settings of the environment. Cost is CPU
time by time of the stream: 1.0 is a core that does nothing else. CPU time grows little when other programs want the
core too; it does grow, for they share its caches, so what they took is measured beside it.
"""

from __future__ import annotations

import hashlib
import os
import platform
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import Final

from services.capacity.answer import (
    FULL,
    MADE_UP,
    MOST_CAMERAS,
    MOST_PEOPLE,
    ROOMY,
    TURN_SECONDS,
    Capacity,
    Cell,
    Row,
    holds,
    parse_counts,
)  # fmt: skip
from services.capacity.worker import WARM_SECONDS, Task, usable_cores, work
from services.core.errors import SettingsError
from services.ingest.file import KIND as FILE
from services.ingest.file import stated_seconds
from services.ingest.recording import record
from services.ingest.sources import kind_of
from services.pose.probe import chosen
from services.pose.settings import Backend, PoseSettings

__all__ = [
    "FULL", "GYM", "MOST_CAMERAS", "MOST_PEOPLE", "ROOMY", "TURN_SECONDS", "Capacity", "Cell", "Row", "holds",
    "measure", "parse_counts",
]  # fmt: skip

SHORTEST_SECONDS: Final = 2.0
"""A clip that is shorter starts over so often that people are always new in it."""
GYM: Final = (
    "sim://squat,lunge,biceps_curl,lateral_raise"
    "?people={people}&size=1280x720&reps=1&rest=4&view=25,-40,60,10&height=2.2"
)
"""Everybody moves about half of the time, out of step with the others. Who rests costs less than who moves, so figures
of less than a turn of theirs (`TURN_SECONDS`) are those of a moment."""

Progress = Callable[[str, float, float], None]
"""Told what is being done, how much of it is, and how much there is."""


def measure(
    cameras: Sequence[int], people: Sequence[int], seconds: float, source: str | None, progress: Progress
) -> Capacity:
    """Measure, row by row, until a core is full or all numbers of cameras were measured.

    Args:
        cameras: numbers of cameras, rising.
        people: numbers of people in the made-up gym; not looked at when there is a source.
        seconds: time of the stream that each cell is measured for.
        source: the address of a clip or camera to measure with; None for the made-up gym.
        progress: told how far it is.

    Raises:
        SettingsError: the source can never work, or a setting cannot.
        SourceLost: the source cannot be read.
        ModelMismatch: a model is missing or altered.
    """
    load = os.getloadavg()[0]
    pose, engine = _engine(PoseSettings())
    rows: list[Row] = []
    with _streams(people, WARM_SECONDS + seconds, source, progress) as streams:
        tasks = [Task(video, tuple(cameras), seconds, pose) for _, video in streams]
        whole = tasks[0].length * sum(cameras)

        def told(done: float) -> None:
            progress("measuring", whole * len(rows) + done, whole * len(tasks))

        for (count, _), task in zip(streams, tasks, strict=True):
            rows.append(Row(count, work(task, told)))
            told(0.0)
    return Capacity(
        machine=_machine(),
        cores=usable_cores(),
        load=load,
        engine=engine,
        source=MADE_UP if source is None else _shown(source),
        seconds=seconds,
        max_people=pose.max_people,
        rows=tuple(rows),
    )


def _engine(pose: PoseSettings) -> tuple[PoseSettings, str]:
    """The settings with what runs the models chosen, for a worker might choose otherwise than the one before."""
    if pose.backend is not Backend.BLAZEPOSE:
        return pose, pose.backend.value
    engine = chosen(pose.runtime, pose.models).engine
    return pose.model_copy(update={"runtime": engine.runtime}), f"{engine.runtime.value} {engine.precision}"


# The streams.


@contextmanager
def _streams(
    people: Sequence[int], length: float, source: str | None, progress: Progress
) -> Iterator[list[tuple[int | None, Path]]]:
    """(Number of people, file) of each row; what was recorded of a camera is gone afterwards."""
    if source is None:
        yield [(count, _gym(count, length, progress)) for count in people]
    elif kind_of(source) is FILE:
        stated = stated_seconds(source)
        if 0 < stated < SHORTEST_SECONDS:
            raise SettingsError(
                f"--source: {Path(source).name} is {stated:.1f} s long, expected a clip of {SHORTEST_SECONDS:g} s at "
                f"least; one of {length:g} s or more is best"
            )
        yield [(None, Path(source))]
    else:
        with tempfile.TemporaryDirectory() as folder:
            video = Path(folder) / "camera.mp4"
            record(source, video, length, lambda done: progress("recording the camera", done, length))
            yield [(None, video)]


def _gym(people: int, length: float, progress: Progress) -> Path:
    """The made-up gym with so many people, drawn once by each version of Spotter and kept in the user's cache."""
    address = GYM.format(people=people)
    key = hashlib.sha256(f"{address} {length} {version('spotter')}".encode()).hexdigest()[:12]
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "spotter" / "capacity"
    video = folder / f"gym-{people}-{key}.mp4"
    if not video.exists():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            record(address, video, length, lambda done: progress(f"drawing a gym, {people} in it", done, length))
        except OSError as error:
            raise SettingsError(
                f"cannot write {video} ({error.strerror}): set XDG_CACHE_HOME to another folder"
            ) from error
    return video


def _shown(source: str) -> str:
    return Path(source).name if kind_of(source) is FILE else f"a camera ({kind_of(source).name})"


def _machine() -> str:
    """Processor and system in one line."""
    model = platform.processor() or platform.machine()
    with suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), model)
    return f"{model}, {usable_cores()} cores, {platform.system()}"
