"""What ends a program that cannot work: one text for people, and an exit status."""

from __future__ import annotations

import sys
from collections.abc import Callable

from pydantic import ValidationError

from services.bus import BusUnavailable
from services.core.errors import SourceLost, SpotterError
from services.runtime.logs import redacted

USAGE = 2
"""Exit status of a setting or a model file that cannot work: nothing is gained by starting again."""

FAILED = 1
"""Exit status of what may work another time: a source, a server."""


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
    """An error in words; of settings each field that is wrong, without its value, which may be a secret."""
    if not isinstance(error, ValidationError):
        return [str(error)]
    parts = error.errors(include_input=False, include_url=False)
    return [f"{error.title}: {'.'.join(map(str, part['loc']))}: {part['msg']}" for part in parts]
