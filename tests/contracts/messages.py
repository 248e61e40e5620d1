"""What must hold for every message type, whatever it is."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np
import orjson
import pytest

from proto import messages as wire
from proto.subjects import Kind
from services.bus import Envelope
from services.bus.codec import decode, encode, kinds_of
from services.core.errors import BadMessage
from services.core.types import Message

WIRE: dict[Kind, Any] = {
    Kind.POSES: wire.PoseFrame.model_validate_json,
    Kind.EVENTS: wire.EVENT.validate_json,
    Kind.CAMERAS: wire.CameraState.model_validate_json,
    Kind.SNAPSHOTS: wire.Snapshot.model_validate_json,
    Kind.COMMANDS: wire.COMMAND.validate_json,
}


def same(left: object, right: object) -> bool:
    """Whether two messages are equal to the last bit, arrays included."""
    if isinstance(left, np.ndarray) and isinstance(right, np.ndarray):
        return left.dtype == right.dtype and np.array_equal(left, right)
    if isinstance(left, tuple) and isinstance(right, tuple):
        return len(left) == len(right) and all(same(*pair) for pair in zip(left, right, strict=True))
    if is_dataclass(left) and type(left) is type(right):
        return all(same(getattr(left, field.name), getattr(right, field.name)) for field in fields(left))
    return type(left) is type(right) and left == right


def check_message(message: Message) -> None:
    """One message goes out and comes back, the wire models agree, and what is broken is refused."""
    envelope = encode(message)
    assert envelope.kind in kinds_of(type(message))
    assert envelope.camera_id == message.camera_id
    assert same(decode(envelope), message)
    _refused(replace(envelope, camera_id=f"{message.camera_id}-other"), "as the subject says")
    if envelope.kind in WIRE:
        _check_json(envelope, message)
    else:
        _check_headers(envelope, message)


def _check_json(envelope: Envelope, message: Message) -> None:
    WIRE[envelope.kind](envelope.body)
    body: dict[str, Any] = orjson.loads(envelope.body)
    later = {**body, "a_field_of_a_later_version": {"x": [1]}}
    assert same(decode(replace(envelope, body=orjson.dumps(later))), message)
    for name in ("camera_id", "captured_at" if "captured_at" in body else "at"):
        _refused(replace(envelope, body=orjson.dumps({key: body[key] for key in body if key != name})), name)
        _refused(replace(envelope, body=orjson.dumps({**body, name: [None]})), name)
    _refused(replace(envelope, body=envelope.body[:-1]), "")
    for rubbish in (b"", b"\x00\xff rubbish", b"null", b"[]", b'"text"', b"NaN", b"[" * 100_000):
        _refused(replace(envelope, body=rubbish), "")
    _refused(replace(envelope, body=b" " * (1 << 20) + envelope.body), "at most")


def _check_headers(envelope: Envelope, message: Message) -> None:
    later = {**envelope.headers, "a_field_of_a_later_version": "x"}
    assert same(decode(replace(envelope, headers=later)), message)
    for name in ("camera_id", "frame_id", "captured_at", "width", "height"):
        _refused(replace(envelope, headers={key: envelope.headers[key] for key in envelope.headers if key != name}), "")
    for name in ("frame_id", "captured_at", "width", "height"):
        for rubbish in ("", "-1", "1.5", "NaN", "٣", str(2**63), "9" * 5000):
            _refused(replace(envelope, headers={**envelope.headers, name: rubbish}), name)
    _refused(replace(envelope, body=b"no JPEG"), "")


def _refused(envelope: Envelope, reason: str) -> None:
    with pytest.raises(BadMessage) as caught:
        decode(envelope)
    assert reason in str(caught.value)
    assert "got" in str(caught.value)
    assert "expected" in str(caught.value)
    assert len(str(caught.value)) < 400
