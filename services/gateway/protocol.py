"""The WebSocket protocol, version 1.

Connect to ``/ws``. Text messages are JSON objects with a ``type``; binary messages are pictures.

From the client
---------------
``{"type": "subscribe", "cameras": "*" | [camera_id, ...], "kinds": [kind, ...]}``
    Say what to send, from ``pictures``, ``poses``, ``events`` and ``cameras``. Sent again it replaces what was asked
    for before. Answered with ``state``. A camera that does not exist yet is reported (``error``, code
    ``unknown-camera``) and starts to flow when it appears.
``{"type": "ping", "id": any}``
    Answered with ``{"type": "pong", "id": ..., "server_time": ns, "ready": bool}``; for telling clocks and dead
    connections. ``ready`` is false while the gateway itself hears nothing, because its bus is away.

From the server
---------------
``hello``
    First, at once: ``protocol`` (1), ``server_time`` (Unix time, ns).
``state``
    The whole present state of the chosen cameras, ``boards``: for each its ``camera``, ``people`` with their current
    sets, and ``sets`` finished lately. Sent on every subscribe and after every ``gap``; it replaces what was known.
``event``
    ``event`` is one event as it is on the bus (proto/schema/v1; its own ``type`` says which), and beside it stands what
    follows from it: ``person``, the person's present state, and ``set``, the set it belongs to, or null. Whoever takes
    over those two needs no rules of their own about order, corrections and repetitions taken back.
``command``
    Somebody asked something of a person's counting: ``command``, as on the bus, and ``person``, whose ``load_kg`` may
    be another now. Sent to who gets events; what comes of it (a set that ends) is told by events. Commands are given
    over REST: ``POST /api/v1/cameras/{camera_id}/tracks/{track_id}/reset`` and ``.../load``.
``camera``
    ``camera``: one camera's state changed or was confirmed.
``poses``
    ``poses``: all people of one frame, as on the bus: ``people`` with ``track_id``, ``box`` and ``keypoints`` as rows
    of x, y, z, visibility, normalised to the picture.
``gap``
    The client was too slow: ``lost`` events and camera states were not sent. A ``state`` follows.
``error``
    ``code`` (``bad-json``, ``bad-message``, ``too-large``, ``unknown-camera``), ``detail``. The connection stays; after
    ten such messages it is closed with 1008. Messages above 64 KiB close it at once with 1009.

A binary message is one picture: 4 bytes, the length of a header (big-endian); the header, JSON with ``camera_id``,
``frame_id``, ``captured_at`` (ns), ``width``, ``height``; then the JPEG. The poses of the same picture have the same
``frame_id``.

How it is delivered
-------------------
Pictures and poses: newest wins, for each client and camera; a slow client skips some and never falls behind. Events and
camera states: every one, in order; whoever is more than a thousand behind gets a ``gap``. Clients that answer no ping
for ten seconds are cut off. Within version 1 fields are only added: ignore what you don't know.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal

import orjson
from pydantic import BaseModel, Field, StringConstraints, TypeAdapter, ValidationError

from proto.subjects import IDENTIFIER, Kind
from services.core.types import Picture
from services.gateway.views import BoardView, CameraView, PersonView, SetView

VERSION: Final = 1
"""Protocol version, in `hello`."""

LARGEST_TEXT: Final = 16_384
"""Characters of a client's message that are looked at; subscribing to a thousand cameras fits."""

LARGEST_FRAME: Final = 65_536
"""Bytes of a client's message at which the connection is closed."""

BAD_MESSAGES: Final = 10
"""Bad messages that one connection may send."""

CameraId = Annotated[str, StringConstraints(pattern=rf"^{IDENTIFIER.pattern}$", max_length=128)]
WatchedKind = Literal[Kind.PICTURES, Kind.POSES, Kind.EVENTS, Kind.CAMERAS]


class Subscribe(BaseModel):
    """What a client wants to get."""

    type: Literal["subscribe"]
    cameras: Literal["*"] | list[CameraId] = "*"
    kinds: list[WatchedKind] = Field(default=[Kind.PICTURES, Kind.POSES, Kind.EVENTS, Kind.CAMERAS])


class Ping(BaseModel):
    """A question for the server's time."""

    type: Literal["ping"]
    id: int | float | str | None = None


Request = Subscribe | Ping
_REQUESTS: Final[TypeAdapter[Request]] = TypeAdapter(Annotated[Request, Field(discriminator="type")])


class Refusal(Exception):
    """A client's message that means nothing; told to the client, never raised further.

    Args:
        code: for programs.
        detail: for people; what was got, what was expected.
    """

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


def parse(text: str) -> Request:
    """Read a client's message.

    Raises:
        Refusal: it is none.
    """
    if len(text) > LARGEST_TEXT:
        raise Refusal("too-large", f"got {len(text)} characters, expected at most {LARGEST_TEXT}")
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise Refusal("bad-json", f"expected a JSON object, got something else: {error}") from None
    try:
        return _REQUESTS.validate_python(document)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the message"
        raise Refusal(
            "bad-message", f'{where}: {first["msg"]}; expected {{"type": "subscribe", "cameras": ..., "kinds": [...]}}'
        ) from None


def _text(document: dict[str, Any]) -> str:
    return orjson.dumps(document).decode()


def hello(server_time: int) -> str:
    """Greet a client."""
    return _text({"type": "hello", "protocol": VERSION, "server_time": server_time})


def pong(ping: Ping, server_time: int, *, ready: bool) -> str:
    """Answer a ping."""
    return _text({"type": "pong", "id": ping.id, "server_time": server_time, "ready": ready})


def error(refusal: Refusal) -> str:
    """Say what was wrong with a message."""
    return _text({"type": "error", "code": refusal.code, "detail": refusal.detail})


def gap(lost: int) -> str:
    """Say that events were lost."""
    return _text({"type": "gap", "lost": lost})


def state(boards: Sequence[BoardView], server_time: int) -> str:
    """Say how everything is."""
    return _text({"type": "state", "server_time": server_time, "boards": [board.model_dump() for board in boards]})


def event(body: bytes, person: PersonView, one: SetView | None) -> str:
    """Say what happened; `body` is the event as it was on the bus."""
    return _text(
        {
            "type": "event",
            "event": orjson.Fragment(body),
            "person": person.model_dump(),
            "set": one.model_dump() if one else None,
        }
    )


def command(body: bytes, person: PersonView) -> str:
    """Say what was asked of a person's counting; `body` is the command as it was on the bus."""
    return _text({"type": "command", "command": orjson.Fragment(body), "person": person.model_dump()})


def camera(view: CameraView) -> str:
    """Say how a camera is doing."""
    return _text({"type": "camera", "camera": view.model_dump()})


def poses(body: bytes) -> str:
    """Say where people's joints are; `body` is the PoseFrame as it was on the bus."""
    return _text({"type": "poses", "poses": orjson.Fragment(body)})


def picture(image: Picture) -> bytes:
    """Pack a picture: length of the header, header, JPEG."""
    header = orjson.dumps(
        {
            "camera_id": image.camera_id,
            "frame_id": image.frame_id,
            "captured_at": image.captured_at,
            "width": image.width,
            "height": image.height,
        }
    )
    return len(header).to_bytes(4, "big") + header + image.jpeg
