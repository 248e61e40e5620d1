"""One look at a camera, for `spotter doctor`: is it there, and what does it give?"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from dataclasses import dataclass

from services.core.errors import Cause, SettingsError, SourceLost
from services.ingest.address import redact
from services.ingest.capture import Control, SourceOptions
from services.ingest.sources import kind_of, open_source


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What one look found.

    Attributes:
        reachable: a picture came.
        source: the kind of source; "" for an address of no known kind.
        codec: name of the codec, "" if it did not get that far.
        width, height: size of its upright pictures in pixels; 0 without one.
        fps: pictures a second that it states; 0 where it doesn't.
        cause: why no picture came; None if one did, or if the address itself cannot work.
        detail: the cause in a sentence for people, free of credentials.
    """

    reachable: bool
    source: str = ""
    codec: str = ""
    width: int = 0
    height: int = 0
    fps: float = 0.0
    cause: Cause | None = None
    detail: str = ""


async def probe(address: str, seconds: float = 10.0) -> ProbeResult:
    """Open a camera or file, take one picture, close it again.

    Args:
        address: any that ingest reads.
        seconds: gives up after this time, with the cause ``timeout``.
    """
    try:
        source = kind_of(address).name
    except SettingsError as error:
        return ProbeResult(False, detail=str(error))
    loop = asyncio.get_running_loop()
    result: asyncio.Future[ProbeResult] = loop.create_future()
    control = Control()

    def answer(found: ProbeResult) -> None:
        if not result.done():
            result.set_result(found)

    def look() -> None:
        found = _look(address, source, SourceOptions(open_seconds=seconds, silence_seconds=seconds), control)
        # The loop is closed by then if nobody waited for a camera that never answered.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(answer, found)

    threading.Thread(target=look, name="probe", daemon=True).start()
    try:
        async with asyncio.timeout(seconds):
            return await result
    except TimeoutError:
        detail = f"{redact(address)}: no picture within {seconds:g} s"
        return ProbeResult(False, source, codec=control.codec, cause=Cause.TIMEOUT, detail=detail)
    finally:
        control.stop.set()


def _look(address: str, source: str, options: SourceOptions, control: Control) -> ProbeResult:
    try:
        for capture in open_source(address, options, control):
            height, width = capture.image().shape[:2]
            return ProbeResult(True, source, control.codec, width, height, round(control.fps, 2))
    except SourceLost as lost:
        return ProbeResult(False, source, codec=control.codec, cause=lost.cause, detail=lost.detail)
    except SettingsError as error:
        return ProbeResult(False, source, detail=str(error))
    return ProbeResult(False, source, codec=control.codec, cause=Cause.ENDED, detail="it ended without a picture")
