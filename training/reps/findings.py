"""What was counted, kept: JSON for the report, CSV for whoever wants to look into it."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict

from training.evidence import EVIDENCE

FOLDER: Final = EVIDENCE / "reps"
"""Where findings lie."""

PRINCIPAL: Final = "principal component"
"""The peer's name."""
WHOLE: Final = "whole classifier"
"""The running system's name."""


class Told(StrEnum):
    """Who told a counter the exercise."""

    GIVEN = "given"
    PREDICTED = "predicted"
    NOBODY = "not needed"


class Counted(BaseModel):
    """What one counter said of one take.

    Attributes:
        take: its name.
        exercise: what is done.
        source: where it is from.
        truth: repetitions, by people.
        counter: who counted.
        told: who told it the exercise.
        answer: the exercise that it was told, or found itself; "" for none.
        counted: repetitions.
        live: those that were known before the end of the take.
        phantoms: those of them that lie in idle footage, which was put in.
        spans: start and end of each, ns of event time.
        delays: seconds from the end of a repetition to the frame at which it was told.
        under_way: those of repetitions that ended when the exercise was known already.
    """

    model_config = ConfigDict(frozen=True)

    take: str
    exercise: str
    source: str
    truth: int
    counter: str
    told: Told
    answer: str
    counted: int
    live: int
    phantoms: int = 0
    spans: tuple[tuple[int, int], ...] = ()
    delays: tuple[float, ...] = ()
    under_way: tuple[float, ...] = ()

    @property
    def row(self) -> tuple[str, Told]:
        """The row of a table that it belongs to."""
        return self.counter, self.told


class Findings(BaseModel):
    """All that was counted in takes of one kind.

    Attributes:
        what: for people.
        model: whose predictions were taken; "" where none was asked.
        counted: everything.
    """

    model_config = ConfigDict(frozen=True)

    what: str
    model: str = ""
    counted: tuple[Counted, ...]

    def rows(self) -> dict[tuple[str, Told], list[Counted]]:
        """Everything by counter and who told it the exercise, in the order in which they were made."""
        found: dict[tuple[str, Told], list[Counted]] = {}
        for one in self.counted:
            found.setdefault(one.row, []).append(one)
        return found


def write_findings(findings: Findings, name: str, folder: Path = FOLDER) -> Path:
    """Write findings as JSON, and beside it as CSV.

    Args:
        findings: of one kind of takes.
        name: of the files, without an ending.
        folder: where; made when missing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}.json"
    aside = file.with_suffix(".part")
    aside.write_text(findings.model_dump_json(indent=1) + "\n", encoding="utf-8")
    aside.rename(file)
    _write_csv(findings.counted, file.with_suffix(".csv"))
    return file


def read_findings(name: str, folder: Path = FOLDER) -> Findings | None:
    """What was written under this name, None when nothing was."""
    file = folder / f"{name}.json"
    return Findings.model_validate_json(file.read_bytes()) if file.exists() else None


_COLUMNS: Final = ("take", "exercise", "source", "truth", "counter", "told", "answer", "counted", "live", "phantoms")


def _write_csv(counted: Iterable[Counted], file: Path) -> None:
    with file.open("w", newline="", encoding="utf-8") as opened:
        writer = csv.writer(opened)
        writer.writerow(_COLUMNS)
        writer.writerows([getattr(one, column) for column in _COLUMNS] for one in counted)
