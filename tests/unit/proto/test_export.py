"""The exported contract is the models', it is valid, and its examples keep it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from proto import export
from proto.subjects import DELIVERY, IDENTIFIER, Delivery, Kind, subject
from services.bus import Envelope
from services.bus.codec import decode, encode

EXAMPLES = sorted(export.EXAMPLES.glob("*.json"))
KINDS = {
    "pose_frame": Kind.POSES, "camera_state": Kind.CAMERAS, "command": Kind.COMMANDS, "reset_count": Kind.COMMANDS,
    "tell_load": Kind.COMMANDS, "snapshot": Kind.SNAPSHOTS,
}  # fmt: skip
HEADERS = {"frame_headers": Kind.FRAMES, "picture_headers": Kind.PICTURES}


def name_of(path: Path) -> str:
    return path.name.split(".")[0]


def schema(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((export.SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"))
    return loaded


def test_committed_files_are_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert export.stale() == []
    assert export.main(["--check"]) == 0
    assert capsys.readouterr().err == ""


def test_drift_is_told_and_mended(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "v1"
    assert export.main([], folder) == 0
    assert export.main(["--check"], folder) == 0
    (folder / "rep.schema.json").write_text("{}")
    (folder / "no_longer_a_message.schema.json").write_text("{}")
    (folder / "asyncapi.yaml").unlink()
    assert export.main(["--check"], folder) == 1
    assert "asyncapi.yaml, no_longer_a_message.schema.json, rep.schema.json" in capsys.readouterr().err
    assert export.main([], folder) == 0
    assert export.main(["--check"], folder) == 0
    assert export.main(["--chekc"], folder) == 2


@pytest.mark.parametrize("name", export.DOCUMENTS)
def test_schema_is_one_and_says_what_each_field_means(name: str) -> None:
    loaded = schema(name)
    Draft202012Validator.check_schema(loaded)
    for part in (loaded, *loaded.get("$defs", {}).values()):
        for field, described in part.get("properties", {}).items():
            assert described.get("description"), f"{name}: {field} has no description"


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example_keeps_its_schema_and_its_model(path: Path) -> None:
    text = path.read_bytes()
    Draft202012Validator(schema(name_of(path))).validate(json.loads(text))
    export.DOCUMENTS[name_of(path)].validate_json(text)


def test_every_schema_has_an_example() -> None:
    assert {name_of(path) for path in EXAMPLES} == set(export.DOCUMENTS)


@pytest.mark.parametrize(
    "path", [path for path in EXAMPLES if name_of(path) != "analysis_report"], ids=lambda path: path.stem
)
def test_example_goes_through_the_codec(path: Path) -> None:
    name, text = name_of(path), path.read_bytes()
    fields = json.loads(text)
    if name in HEADERS:
        body = b"" if fields.get("end_of_stream") == "true" else b"\xff\xd8"
        headers = {key: str(value) for key, value in fields.items()}
        sent = Envelope(HEADERS[name], fields["camera_id"], body, headers)
        assert encode(decode(sent)).headers == headers
    else:
        sent = Envelope(KINDS.get(name, Kind.EVENTS), fields["camera_id"], text)
        assert json.loads(encode(decode(sent)).body) == fields


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("rep", {"number": 0}),
        ("rep", {"type": "prediction"}),
        ("rep", {"camera_id": "a b"}),
        ("rep", {"range_of_motion": 1.5}),
        ("pose_frame", {"captured_at": -1}),
        ("pose_frame", {"people": [{}]}),
        ("camera_state", {"status": "asleep"}),
        ("tell_load", {"kilograms": -5}),
        ("tell_load", {"kilograms": 5000}),
        ("reset_count", {"command_id": ""}),
        ("command", {"type": "dance"}),
        ("analysis_report", {"main": None}),
    ],
)
def test_schema_and_model_refuse_the_same(name: str, change: dict[str, Any]) -> None:
    spoilt = {**json.loads((export.EXAMPLES / f"{name}.json").read_text()), **change}
    assert not Draft202012Validator(schema(name)).is_valid(spoilt)
    with pytest.raises(ValueError, match="validation error"):
        export.DOCUMENTS[name].validate_json(json.dumps(spoilt))


# AsyncAPI 3.0: the rules of its specification that a mistake here could break.


@pytest.fixture(scope="module")
def asyncapi() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((export.SCHEMAS / "asyncapi.yaml").read_text(encoding="utf-8"))
    return loaded


def test_yaml_says_what_was_meant(asyncapi: dict[str, Any]) -> None:
    assert asyncapi == json.loads(json.dumps(export.asyncapi()))


def test_asyncapi_has_its_required_parts(asyncapi: dict[str, Any]) -> None:
    assert asyncapi["asyncapi"] == "3.0.0"
    assert {"title", "version"} <= asyncapi["info"].keys()
    assert all({"host", "protocol"} <= server.keys() for server in asyncapi["servers"].values())
    assert all(one["action"] in ("send", "receive") and "channel" in one for one in asyncapi["operations"].values())


def test_asyncapi_has_every_subject_with_its_parameter(asyncapi: dict[str, Any]) -> None:
    addresses = {channel["address"] for channel in asyncapi["channels"].values()}
    assert addresses == {subject(kind, "{camera_id}") for kind in Kind}
    assert all(set(channel["parameters"]) == {"camera_id"} for channel in asyncapi["channels"].values())


def test_asyncapi_references_lead_somewhere(asyncapi: dict[str, Any]) -> None:
    found = []

    def walk(part: object) -> None:
        if isinstance(part, dict):
            found.extend([part["$ref"]] if "$ref" in part else [])
            for one in part.values():
                walk(one)
        elif isinstance(part, list):
            for one in part:
                walk(one)

    walk(asyncapi)
    assert len(found) > 30
    for reference in found:
        target: Any = asyncapi
        for step in reference.removeprefix("#/").split("/"):
            target = target[step]
        assert target


def test_asyncapi_payloads_are_schemas_that_the_examples_keep(asyncapi: dict[str, Any]) -> None:
    schemas = asyncapi["components"]["schemas"]
    for name in ("PoseFrame", "Rep", "CameraState", "FrameHeaders"):
        holder = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": schemas}}
        file = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")
        Draft202012Validator(holder).validate(json.loads((export.EXAMPLES / f"{file}.json").read_text()))


# Subjects.


def test_subject_of_one_and_of_all() -> None:
    assert subject(Kind.FRAMES, "rack-2") == "gym.v1.frames.rack-2"
    assert subject(Kind.EVENTS) == "gym.v1.events.*"


def test_every_kind_has_its_delivery() -> None:
    assert set(DELIVERY) == set(Kind)
    assert set(DELIVERY.values()) == set(Delivery)


@pytest.mark.parametrize("text", ["", "a b", "a.b", "*", ">", "é", "a\n"])
def test_what_is_no_identifier(text: str) -> None:
    assert not IDENTIFIER.fullmatch(text)
