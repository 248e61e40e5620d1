"""Sets through pictures and the pose engine; what it saw is kept, so that it looks at each once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from rich.console import Console

from services.core.types import NANOSECONDS, Frame, Message, PoseFrame
from services.pose.settings import PoseSettings, Runtime
from services.pose.stage import PoseStage
from tests.benchmarks.live_answers import CAMERA, recording_of_frames
from tests.benchmarks.simulated_reps.sets import Trial, seconds_of
from training.progress import progress_of
from training.recordings import Recording, load_recording, save_recording

SEEN: Final = Path("var/training/simulated_sets")
"""Where poses are kept."""


def looked_at(trials: Sequence[Trial], engine: str) -> Iterator[tuple[Trial, list[tuple[int, PoseFrame]]]]:
    """Each set as the pose stage sees it: when a frame's people were known (event time, ns), and who they are.

    Args:
        trials: which.
        engine: name of the engine, under which poses are kept.
    """
    folder = SEEN / engine
    folder.mkdir(parents=True, exist_ok=True)
    with progress_of("seconds of simulated sets", Console(stderr=True)) as progress:
        task = progress.add_task("", total=sum(map(seconds_of, trials)))
        for trial in trials:
            file = folder / f"{trial.key}.npz"
            known = file.with_suffix(".npy")
            if not (file.exists() and known.exists()):
                recording, moments = _seen(trial)
                save_recording(file, recording)
                np.save(known, moments)
            frames = [one for one in load_recording(file).pose_frames(CAMERA) if not one.end_of_stream]
            yield trial, list(zip(np.load(known).tolist(), frames, strict=True))
            progress.advance(task, seconds_of(trial))


def _seen(trial: Trial) -> tuple[Recording, np.ndarray[tuple[int], np.dtype[np.int64]]]:
    """A set through the pose stage, and the event time of the newest frame when each frame's people came out, ns."""
    scene = trial.scene
    stage = PoseStage(PoseSettings(runtime=Runtime.ONNXRUNTIME), watched=lambda camera_id: False)
    frames: list[PoseFrame] = []
    known: list[int] = []
    count = round(seconds_of(trial) * trial.fps)

    def take(messages: Sequence[Message], at: int) -> None:
        new = [one for one in messages if isinstance(one, PoseFrame) and not (one.end_of_stream or one.provisional)]
        frames.extend(new)
        known.extend([at] * len(new))

    for number in range(count):
        at = number * NANOSECONDS // trial.fps
        pixels = scene.render(number / trial.fps)
        take(stage.process(Frame(CAMERA, number, at, scene.width, scene.height, b"", live=False, pixels=pixels)), at)
    at = (count - 1) * NANOSECONDS // trial.fps
    take(stage.process(Frame(CAMERA, count, at, 0, 0, b"", live=False, end_of_stream=True)), at)
    return recording_of_frames(frames), np.array(known, np.int64)
