"""What ends a program that cannot work: one text for people, and an exit status."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Final

from pydantic import ValidationError
from pydantic_settings import BaseSettings

from services.bus import BusUnavailable
from services.core.errors import SourceLost, SpotterError
from services.runtime.logs import redacted

USAGE = 2
"""Exit status of a setting or a model file that cannot work: nothing is gained by starting again."""

FAILED = 1
"""Exit status of what may work another time: a source, a server."""

OUT_OF_RANGE: Final = ("greater_than", "greater_than_equal", "less_than", "less_than_equal")
"""Pydantic's names for a number that is too small or too large."""


def explained(name: str, work: Callable[[], object]) -> int:
    """Do the work of a program; tell on stderr what a person can mend.

    Args:
        name: what stands before the text.
        work: the whole program.

    Returns:
        The exit status: 0 done, 1 something outside did not work, 2 a setting or a model file cannot work. Whatever
        else is raised is a bug and goes on up.
    """
    try:
        work()
    except (SpotterError, ValidationError, ExceptionGroup) as error:
        leaves = _leaves(error)
        if not all(isinstance(leaf, SpotterError | ValidationError) for leaf in leaves):
            raise
        for leaf in leaves:
            sys.stderr.write("".join(f"{name}: {redacted(line)}\n" for line in _lines(leaf)))
        return max(FAILED if isinstance(leaf, SourceLost | BusUnavailable) else USAGE for leaf in leaves)
    return 0


def _leaves(error: Exception) -> list[Exception]:
    if isinstance(error, ExceptionGroup):
        return [leaf for part in error.exceptions for leaf in _leaves(part)]
    return [error]


def _lines(error: Exception) -> list[str]:
    """An error in words; of settings each that is wrong."""
    if not isinstance(error, ValidationError):
        return [str(error)]
    return [f"{name}: {why}" for name, why in settings_faults(error)]


def settings_faults(error: ValidationError) -> list[tuple[str, str]]:
    """Each setting that is wrong, by the name of the variable that sets it, and why.

    What was got is told of numbers that are out of range only: anything else may be a secret, or have one in it.
    """
    prefixes = {kind.__name__: kind.model_config.get("env_prefix", "") for kind in BaseSettings.__subclasses__()}
    faults = []
    for part in error.errors(include_url=False):
        steps = [str(step) for step in part["loc"]]
        name = ".".join([error.title, *steps])
        if error.title in prefixes:
            name = (prefixes[error.title] + "_".join(steps)).upper()
        got = f"got {part['input']}: " if part["type"] in OUT_OF_RANGE else ""
        faults.append((name, got + part["msg"].removeprefix("Value error, ")))
    return faults
