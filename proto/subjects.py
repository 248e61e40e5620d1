"""Subjects: ``gym.v1.<kind>.<camera_id>``, and how each kind is delivered."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

PREFIX: Final = "gym.v1"
IDENTIFIER: Final = re.compile(r"[A-Za-z0-9_-]+")


class Kind(StrEnum):
    """The third token of a subject."""

    FRAMES = "frames"
    PICTURES = "pictures"
    POSES = "poses"
    EVENTS = "events"
    CAMERAS = "cameras"
    COMMANDS = "commands"
    SNAPSHOTS = "snapshots"


class Delivery(StrEnum):
    """What a reader may rely on."""

    LATEST = "latest"
    """The newest of each camera; an older one that nobody took yet is dropped and counted. One that asks for an answer
    is never dropped."""
    ORDERED = "ordered"
    """Every message in order while the reader keeps up within a minute."""
    DURABLE = "durable"
    """Stored, acknowledged, de-duplicated by message id."""
    RETAINED = "retained"
    """The last one of each camera first, then the changes."""


DELIVERY: Final[dict[Kind, Delivery]] = {
    Kind.FRAMES: Delivery.LATEST,
    Kind.PICTURES: Delivery.LATEST,
    Kind.POSES: Delivery.ORDERED,
    Kind.EVENTS: Delivery.DURABLE,
    Kind.CAMERAS: Delivery.RETAINED,
    Kind.COMMANDS: Delivery.DURABLE,
    Kind.SNAPSHOTS: Delivery.RETAINED,
}


def subject(kind: Kind, camera_id: str = "*") -> str:
    """The subject of one camera's messages of a kind, or with ``*`` of all cameras'."""
    return f"{PREFIX}.{kind}.{camera_id}"
