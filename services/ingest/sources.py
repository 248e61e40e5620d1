"""All kinds of sources. A new one is a file beside this and a line in `KINDS`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from services.core.errors import SettingsError
from services.ingest import file, rtsp, simulated, webcam
from services.ingest.address import redact
from services.ingest.capture import Capture, Control, SourceKind, SourceOptions

KINDS: Final[tuple[SourceKind, ...]] = (
    rtsp.KIND,
    webcam.KIND,
    simulated.KIND,
    file.KIND,
)
"""The first that claims an address has it."""


def kind_of(address: str) -> SourceKind:
    """The kind of source that an address names.

    Raises:
        SettingsError: none.
    """
    for kind in KINDS:
        if kind.claims(address):
            return kind
    known = ", ".join(kind.example for kind in KINDS)
    raise SettingsError(f"no kind of camera has the address {redact(address)!r}; expected one like {known}")


def open_source(
    address: str, options: SourceOptions | None = None, control: Control | None = None
) -> Iterator[Capture]:
    """The pictures of a camera or file, as a blocking iterator; nothing is opened before the first is asked for.

    Args:
        address: ``rtsp://user:pass@host/stream``, a webcam's number, a path, ``sim://scene``.
        options: how to read it; by default a file is given once, complete, as fast as it is taken.
        control: stops it from another thread, and counts what is lost.

    Raises:
        SettingsError: the address is of no known kind, or can never work.
        SourceLost: while iterating: it can't be opened or gives no more, with its cause; the caller may open it again.
    """
    kind = kind_of(address)
    kind.check(address)
    return kind.captures(address, options or SourceOptions(), control or Control())
