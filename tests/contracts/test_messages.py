"""Every message type keeps the contract of `tests.contracts.messages`."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import get_args

import numpy as np
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from proto import messages as wire
from services.bus.codec import decode, encode, kinds_of
from services.core.errors import BadMessage, Cause
from services.core.types import Command, Event, Frame, Pose, PoseFrame, Rep, Snapshot, Status, TellLoad
from tests import strategies
from tests.contracts.messages import check_message


@pytest.mark.parametrize("message_type", strategies.by_type, ids=lambda one: one.__name__)
def test_every_message_keeps_the_contract(message_type: type) -> None:
    @settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(strategies.by_type[message_type])
    def holds(message):
        check_message(message)

    holds()


def test_pixels_pass_as_they_are_and_must_be_of_the_stated_size() -> None:
    pixels = np.zeros((3, 4, 3), np.uint8)
    frame = Frame("front", 1, 1, 4, 3, b"", pixels=pixels)
    envelope = encode(frame)
    assert decode(envelope) is frame
    assert (envelope.body, envelope.headers) == (b"", {})
    with pytest.raises(BadMessage, match="camera_id"):
        decode(replace(envelope, camera_id="back"))
    with pytest.raises(BadMessage, match="pixels"):
        decode(encode(Frame("front", 1, 1, 5, 3, b"", pixels=pixels)))


@given(strategies.by_type[PoseFrame])
def test_poses_that_stay_in_the_process_are_neither_written_out_nor_taken_for_another_cameras(frame: PoseFrame) -> None:
    envelope = encode(frame, within_process=True)
    assert envelope.body == b""
    assert decode(envelope) is frame
    with pytest.raises(BadMessage, match="as the subject says"):
        decode(replace(envelope, camera_id=f"{frame.camera_id}-other"))


def test_every_concrete_type_is_covered() -> None:
    def leaves(one: type) -> list[type]:
        return [leaf for below in one.__subclasses__() for leaf in leaves(below)] or [one]

    # By name: a dataclass with slots leaves the class it was made from behind as one more subclass.
    below = {leaf.__name__ for base in (Event, Command) for leaf in leaves(base) if leaf.__module__ == base.__module__}
    covered = {one.__name__ for one in strategies.by_type}
    assert covered == below | {"Frame", "Picture", "PoseFrame", "CameraState", "Snapshot"}


def test_base_class_stands_for_all_below_it() -> None:
    assert kinds_of(Event) == kinds_of(Rep)
    with pytest.raises(ValueError, match="int is no message"):
        kinds_of(int)


def test_wire_knows_each_status_and_cause_of_core() -> None:
    fields = wire.CameraState.model_fields
    assert set(get_args(fields["status"].annotation)) == {status.value for status in Status}
    causes, _ = get_args(fields["cause"].annotation)
    assert set(get_args(causes)) == {cause.value for cause in Cause}


def _pose_frame() -> PoseFrame:
    pose = Pose(
        track_id="0-1",
        box=np.array([0.1, 0.2, 0.3, 0.4], np.float32),
        score=0.9,
        keypoints=np.full((33, 3), 0.5, np.float32),
        visibility=np.ones(33, np.float32),
        world_keypoints=np.zeros((33, 3), np.float32),
    )
    return PoseFrame("front", 7, 123, 640, 360, (pose,))


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        (("keypoints", 0, 0), None, "keypoints"),
        (("keypoints", 0, 0), "0.5", "keypoints"),
        (("keypoints",), [[True] * 4] * 33, "people.0.keypoints.0.0: got True"),
        (("keypoints", 0, 0), 1e9, "1000000000"),
        (("keypoints", 0, 0), 1e300, "keypoints"),
        (("keypoints", 0, 0), 10**30, "keypoints"),
        (("keypoints", 0, 3), 1.5, "keypoints.0.3: got 1.5"),
        (("keypoints", 0), [1, 2], "keypoints.0.2: got [1, 2]"),
        (("keypoints",), [], "at least 33 items"),
        (("keypoints",), [[0.5] * 4] * 32, "not 32"),
        (("world_keypoints",), None, "world_keypoints"),
        (("box",), [0, 0, 1], "box.3: got [0, 0, 1]"),
        (("score",), 1.1, "score"),
        (("score",), True, "score"),
        (("score",), None, "score"),
        (("track_id",), "no spaces", "track_id"),
        (("track_id",), "x" * 200, "track_id"),
        ((), "nobody", "people.0: got 'nobody'"),
    ],
)
def test_spoilt_person_is_refused(path: tuple[object, ...], value: object, reason: str) -> None:
    envelope = encode(_pose_frame())
    body = orjson.loads(envelope.body)
    holder, key = body["people"], 0
    for step in path:
        holder, key = holder[key], step
    holder[key] = value
    # The standard library's: it writes integers of any length.
    spoilt = json.dumps(body).encode()
    with pytest.raises(BadMessage, match=re.escape(reason)):
        decode(replace(envelope, body=spoilt))


@pytest.mark.parametrize("token", [b"NaN", b"Infinity", b"-Infinity", b"1e999"])
def test_numbers_that_are_none_are_refused(token: bytes) -> None:
    for message, number in ((_pose_frame(), b"0.9"), (_rep(), b"0.75")):
        envelope = encode(message)
        spoilt = envelope.body.replace(number, token)
        assert spoilt != envelope.body
        with pytest.raises(BadMessage):
            decode(replace(envelope, body=spoilt))


def test_too_many_people_are_refused() -> None:
    crowd = replace(_pose_frame(), people=_pose_frame().people * 101)
    with pytest.raises(BadMessage, match="at most 100"):
        decode(encode(crowd))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_rubbish_is_refused_and_nothing_else_happens(body: bytes) -> None:
    for message in (_pose_frame(), _rep()):
        with pytest.raises(BadMessage):
            decode(replace(encode(message), body=body))


def test_message_id_is_event_and_revision() -> None:
    assert encode(_rep()).message_id == "abc-2"


def test_message_id_of_a_command_is_its_own() -> None:
    assert encode(_load()).message_id == "c-1"


@pytest.mark.parametrize("kilograms", [-5, -0.001, 1000.5, 5000, 1e300, "60", None, True])
def test_load_that_nobody_lifts_is_refused(kilograms: object) -> None:
    envelope = encode(_load())
    spoilt = json.dumps({**orjson.loads(envelope.body), "kilograms": kilograms}).encode()
    with pytest.raises(BadMessage, match="kilograms: got"):
        decode(replace(envelope, body=spoilt))


@pytest.mark.parametrize("state", ["n0 base64!", "abc", "AAAA\n", None, 5])
def test_state_that_is_no_base64_is_refused(state: object) -> None:
    envelope = encode(Snapshot(camera_id="front", captured_at=5, state=b"\x00\xff"))
    spoilt = json.dumps({**orjson.loads(envelope.body), "state": state}).encode()
    with pytest.raises(BadMessage, match="state: got"):
        decode(replace(envelope, body=spoilt))


def _load() -> TellLoad:
    return TellLoad(camera_id="front", track_id="0-1", command_id="c-1", captured_at=5, kilograms=62.5)


def _rep() -> Rep:
    return Rep(
        camera_id="front", track_id="0-1", event_id="abc", captured_at=5, revision=2, set_id="s", exercise="squat",
        number=1, start=1, end=4, range_of_motion=0.75,
    )  # fmt: skip
