"""A progress bar for long work: how much is done, how fast it goes, how long it will take."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text


class Rate(ProgressColumn):
    """How fast it goes, in units a second; nothing before that is known."""

    def render(self, task: Task) -> Text:
        """The rate now, and at the end that of the whole."""
        rate = task.finished_speed or task.speed
        return Text(f"{rate:.1f} a second" if rate else "")


def progress_of(unit: str, console: Console) -> Progress:
    """A bar for one task, which counts a unit such as "videos"."""
    return Progress(
        TextColumn("{task.completed:.0f} of {task.total:.0f} " + unit),
        BarColumn(),
        Rate(),
        TimeRemainingColumn(elapsed_when_finished=True),
        console=console,
    )


@dataclass(frozen=True, slots=True)
class Watch:
    """Who wants to see how fitting goes.

    Attributes:
        logs: folder for TensorBoard; None writes nothing.
        progress: a bar of epochs is added to it.
    """

    logs: Path | None = None
    progress: Progress | None = None
