"""The errors that Spotter raises on purpose.

    SpotterError
    |-- SourceLost      a camera or file stopped giving frames: retry with back-off, report the cause
    |-- BadMessage      one message cannot be used: count it, log once a minute, drop it
    |-- ModelMismatch   a model file is missing, altered or made for something else: refuse to start, exit 2
    `-- SettingsError   a setting cannot work: refuse to start, exit 2

Every text says what was wrong, what was got, what was expected, and what to change.
"""

from __future__ import annotations

from enum import StrEnum


class SpotterError(Exception):
    """Any error that Spotter raises on purpose."""


class Cause(StrEnum):
    """Why a camera gives no frames, or none that are of use; published with its state.

    The last three are faults of the picture: the stream goes on, but shows nothing (``dark``: black, ``blank``: one
    even colour, such as white when it is blinded) or one and the same picture (``frozen``).
    """

    AUTH = "auth"
    NOT_FOUND = "not-found"
    TIMEOUT = "timeout"
    CODEC = "codec"
    NETWORK = "network"
    ENDED = "ended"
    FROZEN = "frozen"
    DARK = "dark"
    BLANK = "blank"


class SourceLost(SpotterError):
    """A source stopped, or never started, giving frames.

    Args:
        cause: the class of the fault, for people and for alerts.
        detail: one line for people, already free of credentials.
    """

    def __init__(self, cause: Cause, detail: str) -> None:
        super().__init__(detail)
        self.cause = cause
        self.detail = detail


class BadMessage(SpotterError):
    """A message that cannot be decoded or breaks the contract."""


class ModelMismatch(SpotterError):
    """A model file that is missing, was altered, or does not fit this version."""


class SettingsError(SpotterError):
    """A setting that cannot work."""
