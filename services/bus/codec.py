"""Core types to envelopes and back: the only place where `core` and `proto` meet.

    Frame, Picture   headers + JPEG body
    PoseFrame        JSON, people as rows of numbers
    events           JSON, told apart by "type"
    commands         JSON, told apart by "type"
    CameraState      JSON
    Snapshot         JSON, the state in base64

`encode` trusts what our own stages made and builds no model; within one process poses, and frames with their pixels,
pass as they are. `decode` trusts nothing: all JSON goes through the models of `proto.messages`, which take less time
than checks in Python, and whatever breaks the contract raises `BadMessage`.
"""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import fields
from itertools import chain
from typing import Any, Final

import numpy as np
import orjson
from pydantic import ValidationError

from proto import messages as wire
from proto.subjects import IDENTIFIER, Kind
from services.bus import Envelope
from services.core.errors import BadMessage, Cause
from services.core.types import (
    CameraState,
    Command,
    Event,
    FloatArray,
    FormCue,
    Frame,
    Hold,
    Message,
    Pace,
    Picture,
    PlacementHint,
    Pose,
    PoseFrame,
    Prediction,
    Rep,
    ResetCount,
    SetEnded,
    SetStarted,
    Snapshot,
    Status,
    TellLoad,
    TrackEnded,
)

MAX_JSON: Final = 1 << 20
"""Longest JSON body that is read, bytes: a hundred people are 400 kB."""
MAX_JPEG: Final = 16 << 20
"""Longest JPEG that is read, bytes; NATS itself sets a lower limit (1 MiB by default)."""
MAX_SIDE: Final = 16_384
"""Longest side of a picture, pixels (8K is 7,680)."""
MAX_INTEGER: Final = 2**63 - 1

_EVENT_TYPES: Final[dict[str, type[Event]]] = {
    "prediction": Prediction,
    "set_started": SetStarted,
    "rep": Rep,
    "hold": Hold,
    "form_cue": FormCue,
    "placement_hint": PlacementHint,
    "set_ended": SetEnded,
    "track_ended": TrackEnded,
}
_COMMAND_TYPES: Final[dict[str, type[Command]]] = {"reset_count": ResetCount, "tell_load": TellLoad}
_TYPE_NAMES: Final[dict[type, str]] = {
    **{event: name for name, event in _EVENT_TYPES.items()},
    **{command: name for name, command in _COMMAND_TYPES.items()},
}
_FIELDS: Final[dict[type, tuple[str, ...]]] = {
    message: tuple(field.name for field in fields(message)) for message in (*_TYPE_NAMES, CameraState)
}
_KINDS: Final[dict[Kind, tuple[type, ...]]] = {
    Kind.FRAMES: (Frame,),
    Kind.PICTURES: (Picture,),
    Kind.POSES: (PoseFrame,),
    Kind.EVENTS: tuple(_EVENT_TYPES.values()),
    Kind.CAMERAS: (CameraState,),
    Kind.COMMANDS: tuple(_COMMAND_TYPES.values()),
    Kind.SNAPSHOTS: (Snapshot,),
}


def kinds_of(message_type: type) -> tuple[Kind, ...]:
    """The kinds on which messages of a type travel, or of the types below it when it is a base class.

    Raises:
        ValueError: no message is of this type.
    """
    kinds = tuple(kind for kind, types in _KINDS.items() if any(issubclass(one, message_type) for one in types))
    if not kinds:
        raise ValueError(f"{message_type.__name__} is no message: expected one of services.core.types.Message")
    return kinds


def encode(message: Message, *, within_process: bool = False) -> Envelope:
    """The envelope of a message.

    Frames of files wait for their reader; events and commands carry the id by which a second copy is recognised.

    Args:
        message: what is to travel.
        within_process: whether all its readers are in this process: then poses are handed over as they are.
    """
    match message:
        case Frame() if message.pixels is not None:
            return Envelope(Kind.FRAMES, message.camera_id, b"", wait=not message.live, frame=message)
        case Frame():
            headers = _picture_headers(message)
            headers["live"] = "true" if message.live else "false"
            headers["end_of_stream"] = "true" if message.end_of_stream else "false"
            return Envelope(Kind.FRAMES, message.camera_id, message.jpeg, headers, wait=not message.live)
        case Picture():
            return Envelope(Kind.PICTURES, message.camera_id, message.jpeg, _picture_headers(message))
        case PoseFrame() if within_process:
            return Envelope(Kind.POSES, message.camera_id, b"", poses=message)
        case PoseFrame():
            return Envelope(Kind.POSES, message.camera_id, _encoded_poses(message))
        case CameraState():
            return Envelope(Kind.CAMERAS, message.camera_id, orjson.dumps(_as_dict(message)))
        case Snapshot():
            return Envelope(Kind.SNAPSHOTS, message.camera_id, _encoded_snapshot(message))
        case Command():
            body = {"type": _TYPE_NAMES[type(message)], **_as_dict(message)}
            return Envelope(Kind.COMMANDS, message.camera_id, orjson.dumps(body), message_id=message.command_id)
        case Event():
            body = {"type": _TYPE_NAMES[type(message)], **_as_dict(message)}
            message_id = f"{message.event_id}-{message.revision}"
            return Envelope(Kind.EVENTS, message.camera_id, orjson.dumps(body), message_id=message_id)


def decode(envelope: Envelope) -> Message:
    """The message in an envelope.

    Raises:
        BadMessage: it breaks the contract; the text says what, what was got and what was expected.
    """
    if not IDENTIFIER.fullmatch(envelope.camera_id):
        raise _refused(envelope, "camera_id of the subject", envelope.camera_id, "letters, digits, _ and -")
    limit = MAX_JPEG if envelope.kind in (Kind.FRAMES, Kind.PICTURES) else MAX_JSON
    if len(envelope.body) > limit:
        raise _refused(envelope, "body", f"{len(envelope.body)} bytes", f"at most {limit}")
    message: Message
    match envelope.kind:
        case Kind.FRAMES:
            message = _as_it_is(envelope, envelope.frame) if envelope.frame else _decoded_frame(envelope)
        case Kind.PICTURES:
            message = _decoded_picture(envelope)
        case Kind.POSES:
            message = envelope.poses or _decoded_poses(envelope)
        case Kind.EVENTS:
            message = _decoded_event(envelope)
        case Kind.CAMERAS:
            message = _decoded_camera(envelope)
        case Kind.COMMANDS:
            message = _decoded_command(envelope)
        case Kind.SNAPSHOTS:
            message = _decoded_snapshot(envelope)
    if message.camera_id != envelope.camera_id:
        raise _refused(envelope, "camera_id", message.camera_id, f"{envelope.camera_id}, as the subject says")
    return message


def _refused(envelope: Envelope, what: str, got: object, expected: str) -> BadMessage:
    shown = repr(got)
    if len(shown) > 80:
        shown = f"{shown[:77]}..."
    return BadMessage(f"{envelope.kind} message: {what}: got {shown}, expected {expected}")


def _refused_by_model(envelope: Envelope, error: ValidationError) -> BadMessage:
    first = error.errors(include_url=False, include_context=False)[0]
    where = ".".join(str(part) for part in first["loc"]) or "body"
    return _refused(envelope, where, first["input"], first["msg"])


# Pictures: headers and a JPEG.


def _picture_headers(message: Frame | Picture) -> dict[str, str]:
    return {
        "camera_id": message.camera_id,
        "frame_id": str(message.frame_id),
        "captured_at": str(message.captured_at),
        "width": str(message.width),
        "height": str(message.height),
    }


def _header(envelope: Envelope, name: str) -> str:
    value = envelope.headers.get(name)
    if value is None:
        raise _refused(envelope, f"header {name}", None, "a value")
    return value


def _header_integer(envelope: Envelope, name: str, largest: int = MAX_INTEGER) -> int:
    text = _header(envelope, name)
    # isascii: isdigit alone lets other scripts' digits pass; 19 digits hold 2^63 - 1.
    if not (text.isascii() and text.isdigit() and len(text) <= 19 and int(text) <= largest):
        raise _refused(envelope, f"header {name}", text, f"an integer from 0 to {largest}")
    return int(text)


def _header_flag(envelope: Envelope, name: str, default: bool) -> bool:
    text = envelope.headers.get(name, "true" if default else "false")
    if text not in ("true", "false"):
        raise _refused(envelope, f"header {name}", text, "true or false")
    return text == "true"


def _decoded_frame(envelope: Envelope) -> Frame:
    frame = Frame(
        camera_id=_header(envelope, "camera_id"),
        frame_id=_header_integer(envelope, "frame_id"),
        captured_at=_header_integer(envelope, "captured_at"),
        width=_header_integer(envelope, "width", MAX_SIDE),
        height=_header_integer(envelope, "height", MAX_SIDE),
        jpeg=envelope.body,
        live=_header_flag(envelope, "live", default=True),
        end_of_stream=_header_flag(envelope, "end_of_stream", default=False),
    )
    if frame.end_of_stream:
        if envelope.body or frame.width or frame.height:
            got = f"{frame.width}x{frame.height} and {len(envelope.body)} bytes"
            raise _refused(envelope, "end of stream", got, "0x0 and no body")
        return frame
    _check_picture(envelope, frame.width, frame.height)
    return frame


def _as_it_is(envelope: Envelope, frame: Frame) -> Frame:
    """A frame with its pixels, from this process."""
    if frame.pixels is None or frame.pixels.shape != (frame.height, frame.width, 3):
        got = None if frame.pixels is None else frame.pixels.shape
        raise _refused(envelope, "pixels", got, f"{frame.height} x {frame.width} x 3, as the frame says")
    return frame


def _decoded_picture(envelope: Envelope) -> Picture:
    picture = Picture(
        camera_id=_header(envelope, "camera_id"),
        frame_id=_header_integer(envelope, "frame_id"),
        captured_at=_header_integer(envelope, "captured_at"),
        width=_header_integer(envelope, "width", MAX_SIDE),
        height=_header_integer(envelope, "height", MAX_SIDE),
        jpeg=envelope.body,
    )
    _check_picture(envelope, picture.width, picture.height)
    return picture


def _check_picture(envelope: Envelope, width: int, height: int) -> None:
    if width < 1 or height < 1:
        raise _refused(envelope, "size", f"{width}x{height}", "at least 1x1")
    if not envelope.body.startswith(b"\xff\xd8"):
        raise _refused(envelope, "body", envelope.body[:16], "a JPEG, which begins with ff d8")


# Poses: JSON rows.


def _encoded_poses(frame: PoseFrame) -> bytes:
    """The JSON of a frame's people; 32-bit floats in the fewest digits that give them back exactly."""
    people = [
        {
            "track_id": pose.track_id,
            "box": _contiguous(pose.box),
            "score": float(pose.score),
            "keypoints": np.column_stack((pose.keypoints, pose.visibility)).astype(np.float32, copy=False),
            "world_keypoints": _contiguous(pose.world_keypoints),
        }
        for pose in frame.people
    ]
    return orjson.dumps(
        {
            "camera_id": frame.camera_id,
            "frame_id": frame.frame_id,
            "captured_at": frame.captured_at,
            "width": frame.width,
            "height": frame.height,
            "people": people,
            "end_of_stream": frame.end_of_stream,
            "provisional": frame.provisional,
            "pace": frame.pace,
        },
        option=orjson.OPT_SERIALIZE_NUMPY,
    )


def _contiguous(array: FloatArray) -> FloatArray:
    return np.ascontiguousarray(array, dtype=np.float32)


def _decoded_poses(envelope: Envelope) -> PoseFrame:
    try:
        model = wire.PoseFrame.model_validate_json(envelope.body)
    except ValidationError as error:
        raise _refused_by_model(envelope, error) from None
    return PoseFrame(
        camera_id=model.camera_id,
        frame_id=model.frame_id,
        captured_at=model.captured_at,
        width=model.width,
        height=model.height,
        people=tuple(_pose(person) for person in model.people),
        end_of_stream=model.end_of_stream,
        provisional=model.provisional,
        pace=Pace(model.pace),
    )


def _pose(person: wire.Pose) -> Pose:
    rows = _array(person.keypoints)
    return Pose(
        track_id=person.track_id,
        box=np.array(person.box, np.float32),
        score=person.score,
        keypoints=rows[:, :3].copy(),
        visibility=rows[:, 3].copy(),
        world_keypoints=_array(person.world_keypoints),
    )


def _array(rows: Sequence[Sequence[float]]) -> FloatArray:
    # Twice as fast as np.array on rows of tuples.
    numbers = np.fromiter(chain.from_iterable(rows), np.float32, len(rows) * len(rows[0]))
    return numbers.reshape(len(rows), len(rows[0]))


# Events, commands and camera states: JSON through the wire models.


def _as_dict(message: Event | Command | CameraState) -> dict[str, Any]:
    values = {name: getattr(message, name) for name in _FIELDS[type(message)]}
    for name, value in values.items():
        if isinstance(value, Mapping):
            values[name] = dict(value)
    return values


def _decoded_event(envelope: Envelope) -> Event:
    try:
        model = wire.EVENT.validate_json(envelope.body)
    except ValidationError as error:
        raise _refused_by_model(envelope, error) from None
    event_type = _EVENT_TYPES[model.type]
    return event_type(**{name: getattr(model, name) for name in _FIELDS[event_type]})


def _decoded_command(envelope: Envelope) -> Command:
    try:
        model = wire.COMMAND.validate_json(envelope.body)
    except ValidationError as error:
        raise _refused_by_model(envelope, error) from None
    command_type = _COMMAND_TYPES[model.type]
    return command_type(**{name: getattr(model, name) for name in _FIELDS[command_type]})


def _decoded_camera(envelope: Envelope) -> CameraState:
    try:
        model = wire.CameraState.model_validate_json(envelope.body)
    except ValidationError as error:
        raise _refused_by_model(envelope, error) from None
    values = {name: getattr(model, name) for name in _FIELDS[CameraState]}
    values["status"] = Status(model.status)
    values["cause"] = None if model.cause is None else Cause(model.cause)
    return CameraState(**values)


# Snapshots: JSON around bytes.


def _encoded_snapshot(snapshot: Snapshot) -> bytes:
    return orjson.dumps(
        {
            "camera_id": snapshot.camera_id,
            "captured_at": snapshot.captured_at,
            "place": snapshot.place,
            "state": b64encode(snapshot.state).decode(),
        }
    )


def _decoded_snapshot(envelope: Envelope) -> Snapshot:
    try:
        model = wire.Snapshot.model_validate_json(envelope.body)
        state = b64decode(model.state, validate=True)
    except ValidationError as error:
        raise _refused_by_model(envelope, error) from None
    except binascii.Error as error:
        raise _refused(envelope, "state", f"{len(envelope.body)} bytes", f"base64 ({error})") from None
    return Snapshot(camera_id=model.camera_id, captured_at=model.captured_at, place=model.place, state=state)
