"""What was measured, what it means for planning, and what may be asked."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from services.core.errors import SettingsError

SCHEMA: Final = 1
"""Version of `Capacity.report`; raised when a field changes its meaning or goes."""
FULL: Final = 1.0
"""Cores at which a core is full."""
ROOMY: Final = 0.8
"""Cores to plan with: people do not move and rest in turn, as they do on average."""
MOST_CAMERAS, MOST_PEOPLE = 64, 10
"""What may be asked for; the made-up gym has room for no more people."""
UNDISTURBED: Final = 0.9
"""Part of the core's time from which on a measurement had it for itself."""
MADE_UP: Final = "made-up gym"
TURN_SECONDS: Final = 8.0
"""In which everybody in the made-up gym has exercised and rested."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What some cameras cost together.

    Attributes:
        cameras: how many were read at once.
        cores: CPU seconds a second of the stream.
        ingest, pose, classifier: the parts of it.
        people: found in a picture, mean.
        fps: frames a second of each camera that were looked at.
        memory: resident bytes of the process.
        undisturbed: 0-1, the part of the core's time that the measurement got.
    """

    cameras: int
    cores: float
    ingest: float
    pose: float
    classifier: float
    people: float
    fps: float
    memory: int
    undisturbed: float


@dataclass(frozen=True, slots=True)
class Row:
    """What cameras cost that see so many people.

    Attributes:
        people: how many are in view; None for a source that is not made up.
        cells: by number of cameras, rising; the last one measured may be beyond a full core.
    """

    people: int | None
    cells: tuple[Cell, ...]

    @property
    def typical(self) -> Cell:
        """The cell that is nearest to a core at work: the last one that is not full, else the first."""
        fitting = [cell for cell in self.cells if cell.cores <= FULL]
        return fitting[-1] if fitting else self.cells[0]


@dataclass(frozen=True, slots=True)
class Capacity:
    """The whole answer.

    Attributes:
        machine: processor and system, for people.
        cores: that this process may use.
        load: the machine's load average over the last minute, before measuring began.
        engine: what runs the pose models, for people.
        source: what was measured with; free of credentials.
        seconds: measured of each cell, time of the stream.
        max_people: how many of a camera are followed at most.
        rows: by number of people.
    """

    machine: str
    cores: int
    load: float
    engine: str
    source: str
    seconds: float
    max_people: int
    rows: tuple[Row, ...]

    @property
    def disturbed(self) -> bool:
        """Whether other programs took much of the core meanwhile."""
        return any(cell.undisturbed < UNDISTURBED for row in self.rows for cell in row.cells)

    @property
    def partial(self) -> bool:
        """Whether some in the made-up gym only rested, or only moved, while they were measured."""
        return self.source == MADE_UP and self.seconds < TURN_SECONDS

    @property
    def busy(self) -> bool:
        """Whether the machine had much else to do before measuring began."""
        return self.load > self.cores / 2

    def report(self) -> dict[str, object]:
        """For JSON; times in seconds, memory in bytes, costs in cores."""
        rows = []
        for row in self.rows:
            (full, more), (roomy, _) = holds(row.cells), holds(row.cells, ROOMY)
            cells = [{name: _figure(getattr(cell, name)) for name in Cell.__slots__} for cell in row.cells]
            rows.append({
                "people": row.people, "cameras_per_core": full, "holds_more": more, "cameras_to_plan_with": roomy,
                "cells": cells,
            })  # fmt: skip
        return {
            "schema": SCHEMA, "machine": self.machine, "cores": self.cores, "load_average": round(self.load, 2),
            "engine": self.engine, "source": self.source, "seconds": self.seconds, "max_people": self.max_people,
            "disturbed": self.disturbed, "rows": rows,
        }  # fmt: skip


def _figure(value: float) -> float:
    return value if isinstance(value, int) else round(value, 4)


def holds(cells: Sequence[Cell], cores: float = FULL) -> tuple[int, bool]:
    """How many cameras so much of a core holds, between two measured numbers in proportion; no camera costs nothing.

    Args:
        cells: of one row, by number of cameras, rising.
        cores: how much of a core.

    Returns:
        The number, and whether that was all that was measured, so that it may hold more.
    """
    points = [(0, 0.0), *((cell.cameras, cell.cores) for cell in cells)]
    for (fewer, less), (many, more) in itertools.pairwise(points):
        if more > cores:
            return math.floor(fewer + (cores - less) / (more - less) * (many - fewer) + 1e-9), False
    return points[-1][0], True


def parse_counts(option: str, text: str, most: int) -> tuple[int, ...]:
    """Read ``1,2,4``.

    Args:
        option: what people call it, for the message.
        text: whole numbers with commas between, in any order.
        most: the highest that can be.

    Returns:
        The numbers, rising, each once.

    Raises:
        SettingsError: something else stands there.
    """
    words = [word.strip() for word in text.split(",")]
    wrong = [word for word in words if not (word.isascii() and word.isdigit() and 1 <= int(word[:9]) <= most)]
    if wrong:
        raise SettingsError(f"{option}: got {wrong[0]!r}, expected whole numbers from 1 to {most} with commas: 1,2,4")
    return tuple(sorted({int(word) for word in words}))
