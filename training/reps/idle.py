"""Repetitions that are counted where there are none: all footage in which nobody exercises, by the whole classifier."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict

from services.core.types import NANOSECONDS
from training.intervals import rate_bound
from training.reps.evaluation import Asked
from training.reps.findings import FOLDER
from training.reps.principal import principal_count
from training.reps.takes import Take
from training.reps.whole import Told, events_of

FILE: Final = "idle.json"


class IdleClip(BaseModel):
    """What was said of one video.

    Attributes:
        take: its name.
        source: where it is from.
        seconds: of the camera.
        people_seconds: of all the people in it.
        reps: repetitions that stand in the end.
        ever: those that were shown at any time, those taken back included.
        exercises: of the sets that stand, each with its repetitions.
        peer: what the principal-component counter says of all people.
    """

    model_config = ConfigDict(frozen=True)

    take: str
    source: str
    seconds: float
    people_seconds: float
    reps: int
    ever: int
    exercises: tuple[tuple[str, int], ...]
    peer: int


class Idle(BaseModel):
    """All of it.

    Attributes:
        model: whose folds were asked.
        clips: the videos.
    """

    model_config = ConfigDict(frozen=True)

    model: str
    clips: tuple[IdleClip, ...]

    @property
    def minutes(self) -> float:
        """Of cameras."""
        return sum(one.seconds for one in self.clips) / 60

    @property
    def reps(self) -> int:
        """Repetitions that stand."""
        return sum(one.reps for one in self.clips)

    @property
    def ever(self) -> int:
        """Repetitions that were shown at any time."""
        return sum(one.ever for one in self.clips)

    @property
    def peer(self) -> int:
        """What the peer counts."""
        return sum(one.peer for one in self.clips)

    def bound(self, events: int) -> float:
        """Upper 95 % bound a minute of so many events in all of it, by Poisson."""
        return rate_bound(events, self.minutes)

    def write(self, folder: Path = FOLDER) -> Path:
        """Write it where `read_idle` finds it."""
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / FILE
        file.write_text(self.model_dump_json(indent=1) + "\n", encoding="utf-8")
        return file


def read_idle(folder: Path = FOLDER) -> Idle | None:
    """What was written, None when nothing was."""
    file = folder / FILE
    return Idle.model_validate_json(file.read_bytes()) if file.exists() else None


def idle_of(takes: Sequence[Take], models: Asked) -> Idle:
    """What the whole classifier counts where nobody exercises.

    Args:
        takes: such footage.
        models: asked for the exercise.
    """
    clips = []
    for take in takes:
        told = Told.of(events_of(take.recording, models.of(take)))
        tracks = take.recording.tracks
        clips.append(
            IdleClip(
                take=take.name,
                source=take.source,
                seconds=take.seconds,
                people_seconds=sum(float(track.captured_at[-1] - track.captured_at[0]) for track in tracks)
                / NANOSECONDS,
                reps=len(told.reps),
                ever=told.ever,
                exercises=tuple((one.exercise, one.reps) for one in told.sets),
                peer=sum(principal_count(track).reps for track in tracks if len(track.frame) > 1),
            )
        )
    return Idle(model=models.family, clips=tuple(clips))
