"""What the whole classifier did on videos, as `tests.benchmarks.live_answers` found it: one file for each model."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class FalseSet(_Part):
    """A set that nobody did.

    Attributes:
        where: the video, or the simulated scene.
        exercise: what was said.
        reps: how many were counted.
        seconds: how long it lasted.
    """

    where: str
    exercise: str
    reps: int
    seconds: float


class Idle(_Part):
    """Footage in which nobody exercises.

    Attributes:
        what: which.
        movements: what is done in it, where that is known.
        seconds: of it.
        pieces: videos or scenes.
        sets: false ones.
    """

    what: str
    movements: tuple[str, ...] = ()
    seconds: float
    pieces: int
    sets: tuple[FalseSet, ...]


class Change(_Part):
    """A change from one exercise to another.

    Attributes:
        before, after: exercises.
        source: of the second one's video.
        seconds: until the label was right first; None when it never was.
    """

    before: str
    after: str
    source: str
    seconds: float | None


class Live(_Part):
    """All of it.

    Attributes:
        model: the family.
        key: what it was made from.
        machine: on which the cost was measured.
        real: real footage of no exercise.
        simulated: simulated people who do not exercise.
        changes: in joined videos of people never seen.
        cost_ms: CPU time of the whole classifier for a person and second, ms.
        cost_seconds: seconds of people that it was measured on.
    """

    model: str
    key: str
    machine: str
    real: Idle
    simulated: Idle
    changes: tuple[Change, ...]
    cost_ms: float
    cost_seconds: float


def live_file(model: str, folder: Path) -> Path:
    """Where the findings on a model lie."""
    return folder / "live" / f"{model}.json"


def read_live(model: str, folder: Path) -> Live | None:
    """The findings on a model, None when there are none."""
    file = live_file(model, folder)
    return Live.model_validate_json(file.read_bytes()) if file.exists() else None


class _Said(_Part):
    """A row of `tests.benchmarks.false_sets`."""

    what: str
    camera: float
    people: float
    sets: tuple[dict[str, object], ...]


class _FalseSets(_Part):
    rows: tuple[_Said, ...]


class Pixels(_Part):
    """Simulated people who do not exercise, rendered and looked at by the pose engine.

    Attributes:
        minutes: of people.
        sets: false ones, by the shipped bundle.
        constant: false sets of a model that always gives the most frequent exercise.
    """

    minutes: float
    sets: int
    constant: int | None


def read_pixels(model: str, folder: Path) -> Pixels | None:
    """What `tests.benchmarks.false_sets` found of simulated people, None when nobody looked.

    Args:
        model: whose shipped bundle.
        folder: where evaluations are kept; benchmarks lie beside it.
    """
    file = folder.parent / "benchmarks" / f"false_sets_{model}.json"
    if not file.exists():
        return None
    rows = [row for row in _FalseSets.model_validate_json(file.read_bytes()).rows if row.what.startswith("simulated, ")]
    own = [row for row in rows if not row.what.startswith("simulated, always ")]
    always = [row for row in rows if row not in own]
    if not own:
        return None
    return Pixels(minutes=own[0].people, sets=len(own[0].sets), constant=len(always[0].sets) if always else None)
