"""Measuring, in a process of its own, whose memory and core are nobody else's."""

from __future__ import annotations

import asyncio
import math
import os
import resource
import signal
import time
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, aclosing, contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Final

from services.bus.codec import decode, encode
from services.capacity.answer import FULL, Cell
from services.classifier.settings import ClassifierSettings
from services.classifier.stage import ClassifierStage
from services.core.errors import Cause, SourceLost, SpotterError
from services.core.types import NANOSECONDS, CameraState, Frame, Message, PoseFrame
from services.ingest.settings import Camera, IngestSettings
from services.ingest.stage import IngestProducer
from services.pose.settings import PoseSettings
from services.pose.stage import PoseStage
from services.runtime.logs import LogLevel, configure_logging

WARM_SECONDS: Final = 4.0
"""Time of the stream before measuring begins: people have been found, and are looked for less often."""


@dataclass(frozen=True, slots=True)
class Task:
    """One row to measure.

    Attributes:
        video: what all cameras show; it starts over at its end.
        cameras: numbers of cameras, rising; those after the first that is beyond a full core are left out.
        seconds: time of the stream that each is measured for.
        pose: settings, with the engine chosen.
    """

    video: Path
    cameras: tuple[int, ...]
    seconds: float
    pose: PoseSettings

    @property
    def length(self) -> float:
        """Seconds of the stream that each number of cameras takes."""
        return WARM_SECONDS + self.seconds


def work(task: Task, told: Callable[[float], None]) -> tuple[Cell, ...]:
    """Measure one row in a new process on one core.

    Args:
        task: what to measure.
        told: told how much is done, in seconds of all streams together.

    Returns:
        The cells, by number of cameras.

    Raises:
        SourceLost: the video cannot be read.
        SpotterError: the process was ended from outside, for want of memory as a rule.
    """
    context = get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_answer, args=(theirs, task), daemon=True)
    with _one_core():
        process.start()
    theirs.close()
    measured: list[Cell] = []
    try:
        while (message := _received(ours, process)) is not None:
            if isinstance(message, Cell):
                measured.append(message)
            done = sum(cell.cameras for cell in measured) * task.length
            told(done + message if isinstance(message, float) else done)
    finally:
        process.terminate()
        process.join()
        ours.close()
    return tuple(measured)


def usable_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def _one_core() -> Iterator[None]:
    """Give what is started meanwhile the last of the cores, where the system can."""
    if not hasattr(os, "sched_getaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


_Fault = tuple[Cause, str]
"""A `SourceLost` on its way from process to process."""


def _received(ours: Connection, process: BaseProcess) -> Cell | float | None:
    """The worker's next word: a cell, seconds done of the next one, or None at its end."""
    try:
        message: Cell | float | _Fault | None = ours.recv()
    except EOFError:
        process.join()
        raise SpotterError(
            f"the measuring process ended with status {process.exitcode} (-9: memory ran out); ask for fewer --cameras"
        ) from None
    if isinstance(message, tuple):
        raise SourceLost(*message)
    return message


# In the worker.


def _answer(answers: Connection, task: Task) -> None:
    # The first process is told of Ctrl+C as well, and ends this one.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    configure_logging(LogLevel.WARNING)
    # Where the first process was killed, nobody is left to answer.
    with suppress(BrokenPipeError):
        try:
            for cell in cells(task, answers.send):
                answers.send(cell)
            answers.send(None)
        except SourceLost as lost:
            answers.send((lost.cause, lost.detail))


def cells(task: Task, told: Callable[[float], None]) -> Iterator[Cell]:
    """Measure one row here and now, up to the first number of cameras that is beyond a full core.

    Args:
        task: what to measure.
        told: told how much of the next cell is done, in seconds of its streams together.

    Raises:
        SourceLost: the video cannot be read.
    """
    for cameras in task.cameras:
        cell = asyncio.run(_cell(task, cameras, told))
        yield cell
        if cell.cores > FULL:
            return


async def _cell(task: Task, cameras: int, told: Callable[[float], None]) -> Cell:
    """What some cameras cost together, which take turns frame by frame as they would live."""
    settings = IngestSettings(
        cameras=tuple(Camera(f"camera-{number}", str(task.video), real_time=False) for number in range(cameras))
    )
    stages = _Stages(task.pose)
    async with AsyncExitStack() as stack:
        streams = [
            await stack.enter_async_context(aclosing(producer.produce()))
            for producer in IngestProducer(settings, raw=True).producers()
        ]
        begin = spent = await stages.play(streams, 0.0)
        for step in range(math.ceil(task.length)):
            until = min(step + 1.0, task.length)
            spent = await stages.play(streams, until)
            if until <= WARM_SECONDS:
                begin = spent
            told(until * cameras)
    return begin.cell(spent, cameras, task.seconds)


@dataclass(frozen=True, slots=True)
class _Spent:
    """What was spent until some moment.

    Attributes:
        cpu, wall: seconds of this process and of the clock.
        pose, classifier: seconds of CPU.
        frames, people: looked at, and found in them.
    """

    cpu: float
    wall: float
    pose: float
    classifier: float
    frames: int
    people: int

    def cell(self, later: _Spent, cameras: int, seconds: float) -> Cell:
        """What was spent from here on."""
        cpu, frames = later.cpu - self.cpu, later.frames - self.frames
        pose, classifier = later.pose - self.pose, later.classifier - self.classifier
        return Cell(
            cameras=cameras,
            cores=cpu / seconds,
            ingest=max(cpu - pose - classifier, 0.0) / seconds,
            pose=pose / seconds,
            classifier=classifier / seconds,
            people=(later.people - self.people) / max(frames, 1),
            fps=frames / cameras / seconds,
            memory=_resident(),
            undisturbed=min(cpu / max(later.wall - self.wall, 1e-9), 1.0),
        )


class _Stages:
    """What frames go through, as in `services.embedded`: pixels stay pixels, and nobody looks at pictures.

    Args:
        pose: settings of the pose stage.
    """

    def __init__(self, pose: PoseSettings) -> None:
        self._pose = PoseStage(pose, watched=lambda camera_id: False)
        self._classifier = ClassifierStage(ClassifierSettings())
        self._cpu = {"pose": 0.0, "classifier": 0.0}
        self._frames = self._people = 0

    async def play(self, streams: Sequence[AsyncGenerator[Message, None]], until: float) -> _Spent:
        """Take the streams' frames in turn until all have come to a time, seconds; what was spent so far."""
        playing = list(streams)
        while playing:
            frames = [(stream, await _next_frame(stream)) for stream in playing]
            for _, frame in frames:
                self._process(frame)
            playing = [stream for stream, frame in frames if frame.captured_at < until * NANOSECONDS]
        return _Spent(
            cpu=time.process_time(), wall=time.monotonic(), pose=self._cpu["pose"],
            classifier=self._cpu["classifier"], frames=self._frames, people=self._people,
        )  # fmt: skip

    def _process(self, frame: Frame) -> None:
        """One frame, with what the runtime's loop does around each stage."""
        begin = time.thread_time()
        found = [encode(made, within_process=True) for made in self._pose.process(decode(encode(frame)))]
        between = time.thread_time()
        poses = [made for made in map(decode, found) if isinstance(made, PoseFrame)]
        for pose_frame in poses:
            for event in self._classifier.process(pose_frame):
                encode(event)
        self._cpu["pose"] += between - begin
        self._cpu["classifier"] += time.thread_time() - between
        self._frames += 1
        self._people += sum(len(pose_frame.people) for pose_frame in poses)


async def _next_frame(stream: AsyncGenerator[Message, None]) -> Frame:
    while True:
        message = await anext(stream)
        match message:
            case Frame():
                return message
            case CameraState(cause=Cause() as cause):
                raise SourceLost(cause, message.detail)


def _resident() -> int:
    """Bytes of memory that this process holds."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * resource.getpagesize()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
