"""The classifier's memory of one camera as bytes, so that another process can go on where one was killed.

    CameraSnapshot --JSON, bytes in base64--> zlib --> `Snapshot.state`

It is checked like any message when it is read back. What another version, model or catalogue wrote is not gone on from.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from services.core.clips import WindowSnapshot
from services.core.errors import BadMessage
from services.core.placement import PlacementSnapshot
from services.core.sets import SetsSnapshot
from services.core.types import ResetCount, TellLoad

LARGEST: Final = 700_000
"""Longest state, bytes: in base64 it still fits into a message. People who are in no set are left out first."""

FULLEST: Final = 64 << 20
"""Longest state once it is inflated, bytes; more is no snapshot of ours."""


@dataclass(frozen=True, slots=True)
class TrackSnapshot:
    """One person; `first` and `last` are when they were seen, ns."""

    track_id: str
    first: int
    last: int
    window: WindowSnapshot
    sets: SetsSnapshot
    placement: PlacementSnapshot


@dataclass(frozen=True, slots=True)
class CameraSnapshot:
    """One camera's people.

    Attributes:
        writer: who can go on from it.
        at: event time of its last frame, ns; None where it is over and nobody is there.
        began: of the first frame since it was silent, ns.
        frame_id: the last frame's.
        tracks: its people.
        waiting: commands that wait for their frame.
        obeyed: ids of commands that are known.
    """

    writer: str
    at: int | None
    began: int | None
    frame_id: int
    tracks: tuple[TrackSnapshot, ...]
    waiting: tuple[ResetCount | TellLoad, ...] = ()
    obeyed: tuple[str, ...] = ()


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, ser_json_bytes="base64", val_json_bytes="base64")

    camera: CameraSnapshot


def encoded(camera: CameraSnapshot) -> bytes:
    """The bytes of a camera's memory; people who are in no set are left out first where it is too long."""
    tracks = sorted(camera.tracks, key=lambda track: (track.sets.book.open is None, len(track.sets.tape.rows)))
    while True:
        # The lowest level: noise hardly shrinks, and a camera's people are waiting.
        state = zlib.compress(_Document(camera=camera).model_dump_json().encode(), 1)
        if len(state) <= LARGEST or not tracks:
            return state
        tracks.pop()
        camera = replace(camera, tracks=tuple(tracks))


def decoded(state: bytes) -> CameraSnapshot:
    """A camera's memory from its bytes.

    Raises:
        BadMessage: it is none.
    """
    inflating = zlib.decompressobj()
    try:
        text = inflating.decompress(state, FULLEST)
        return _Document.model_validate_json(text).camera
    except (zlib.error, ValidationError) as error:
        raise BadMessage(f"snapshot: got {len(state)} bytes that are none of the classifier's: {error}") from None
