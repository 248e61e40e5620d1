"""Write the contract for programs that don't read Python: JSON Schemas and an AsyncAPI 3.0 document.

``python -m proto.export`` writes proto/schema/v1; with ``--check`` it only says, by its exit status, whether what is
there is up to date.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import models_json_schema

from proto import messages
from proto.analysis import AnalysisReport
from proto.subjects import DELIVERY, Delivery, Kind, subject

FOLDER: Final = Path(__file__).parent
SCHEMAS: Final = FOLDER / "schema" / "v1"
EXAMPLES: Final = FOLDER / "examples" / "v1"

EVENTS: Final[tuple[type[BaseModel], ...]] = (
    messages.Prediction,
    messages.SetStarted,
    messages.Rep,
    messages.Hold,
    messages.FormCue,
    messages.PlacementHint,
    messages.SetEnded,
    messages.TrackEnded,
)
"""Everything that travels on an events subject."""

COMMANDS: Final[tuple[type[BaseModel], ...]] = (messages.ResetCount, messages.TellLoad)
"""Everything that travels on a commands subject."""

DOCUMENTS: Final[dict[str, TypeAdapter[Any]]] = {
    "frame_headers": TypeAdapter(messages.FrameHeaders),
    "picture_headers": TypeAdapter(messages.PictureHeaders),
    "pose_frame": TypeAdapter(messages.PoseFrame),
    "prediction": TypeAdapter(messages.Prediction),
    "set_started": TypeAdapter(messages.SetStarted),
    "rep": TypeAdapter(messages.Rep),
    "hold": TypeAdapter(messages.Hold),
    "form_cue": TypeAdapter(messages.FormCue),
    "placement_hint": TypeAdapter(messages.PlacementHint),
    "set_ended": TypeAdapter(messages.SetEnded),
    "track_ended": TypeAdapter(messages.TrackEnded),
    "event": messages.EVENT,
    "reset_count": TypeAdapter(messages.ResetCount),
    "tell_load": TypeAdapter(messages.TellLoad),
    "command": messages.COMMAND,
    "camera_state": TypeAdapter(messages.CameraState),
    "snapshot": TypeAdapter(messages.Snapshot),
    "analysis_report": TypeAdapter(AnalysisReport | list[AnalysisReport]),
}
"""Name of each schema file, and of its examples (``<name>.json``, ``<name>.<case>.json``), and what it describes."""

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

_DELIVERED: Final[dict[Delivery, str]] = {
    Delivery.LATEST: "Core NATS. The newest of each camera wins: a reader drops an older one that it has not taken yet "
    "and counts it. What is made while the server is away is dropped and counted.",
    Delivery.ORDERED: "JetStream stream in memory that holds the last minute: complete and in order for every reader "
    "that is not a minute behind.",
    Delivery.DURABLE: "JetStream stream in files, acknowledged, de-duplicated by the header Nats-Msg-Id over 10 "
    "minutes. After an interruption a reader may get a message again, or a later one before an earlier: of an event_id "
    "the highest revision counts, of a command_id the first copy.",
    Delivery.RETAINED: "JetStream stream in files that holds the last message of each camera: a new reader gets that "
    "first, then the changes.",
}
_WAITED: Final = (
    " A file's frame (header live: false) is a request: it carries a reply subject and the header `wait`, an id that "
    "is the same each time it is sent; a reader answers with an empty message once what came of the frame is "
    "published, and the sender sends the next frame only then."
)
_SERVICES: Final[dict[Kind, tuple[str, str]]] = {
    Kind.FRAMES: ("ingest", "pose"),
    Kind.PICTURES: ("pose", "the gateway"),
    Kind.POSES: ("pose", "the classifier and the gateway"),
    Kind.EVENTS: ("the classifier", "the gateway"),
    Kind.CAMERAS: ("ingest", "the classifier and the gateway"),
    Kind.COMMANDS: ("the gateway", "the classifier and the gateway"),
    Kind.SNAPSHOTS: ("the classifier", "the classifier when it starts"),
}
_MODELS: Final[dict[Kind, tuple[type[BaseModel], ...]]] = {
    Kind.FRAMES: (messages.FrameHeaders,),
    Kind.PICTURES: (messages.PictureHeaders,),
    Kind.POSES: (messages.PoseFrame,),
    Kind.EVENTS: EVENTS,
    Kind.CAMERAS: (messages.CameraState,),
    Kind.COMMANDS: COMMANDS,
    Kind.SNAPSHOTS: (messages.Snapshot,),
}


def rendered() -> dict[str, str]:
    """The text of every file under proto/schema/v1, by name."""
    files = {}
    for name, adapter in DOCUMENTS.items():
        schema = {"$schema": _DIALECT, "$id": f"urn:spotter:v1:{name}", **adapter.json_schema()}
        files[f"{name}.schema.json"] = json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
    heading = "# Generated from proto/messages.py by `python -m proto.export`: change that, not this.\n"
    files["asyncapi.yaml"] = heading + "".join(f"{line}\n" for line in _yaml(asyncapi()))
    return files


def asyncapi() -> dict[str, Any]:
    """The AsyncAPI 3.0 document: every subject and what travels on it."""
    models = [model for kind in Kind for model in _MODELS[kind]]
    _, definitions = models_json_schema(
        [(model, "validation") for model in models], ref_template="#/components/schemas/{model}"
    )
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Spotter",
            "version": "1.0.0",
            "description": "Live exercise, repetitions and form of everybody in a gym camera's view, over NATS. Within "
            "v1 only optional fields are added; readers ignore what they don't know.",
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "gym": {
                "host": "localhost:4222",
                "protocol": "nats",
                "description": "The gym's own nats-server, 2.9 or later, with JetStream.",
            }
        },
        "channels": {kind.value: _channel(kind) for kind in Kind},
        "operations": dict(operation for kind in Kind for operation in _operations(kind)),
        "components": {
            "messages": {name: message for kind in Kind for name, message in _messages(kind)},
            "schemas": definitions["$defs"],
        },
    }


def _channel(kind: Kind) -> dict[str, Any]:
    return {
        "address": subject(kind, "{camera_id}"),
        "description": _DELIVERED[DELIVERY[kind]] + (_WAITED if kind is Kind.FRAMES else ""),
        "parameters": {"camera_id": {"description": "Which camera: letters, digits, _ and -; * reads all cameras."}},
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name, _ in _messages(kind)},
    }


def _operations(kind: Kind) -> Iterator[tuple[str, dict[str, Any]]]:
    sender, reader = _SERVICES[kind]
    channel = {"$ref": f"#/channels/{kind}"}
    title = kind.value.capitalize()
    yield f"publish{title}", {"action": "send", "channel": channel, "summary": f"What {sender} sends."}
    yield f"read{title}", {"action": "receive", "channel": channel, "summary": f"What {reader} reads."}


def _messages(kind: Kind) -> Iterator[tuple[str, dict[str, Any]]]:
    for model in _MODELS[kind]:
        reference = {"$ref": f"#/components/schemas/{model.__name__}"}
        if kind in (Kind.FRAMES, Kind.PICTURES):
            name = model.__name__.removesuffix("Headers")
            yield (
                name,
                {
                    "name": name,
                    "summary": model.__doc__,
                    "contentType": "image/jpeg",
                    "headers": reference,
                    "payload": {"type": "string", "format": "binary", "description": "The JPEG."},
                },
            )
        else:
            yield model.__name__, {"name": model.__name__, "summary": model.__doc__, "payload": reference}


def _yaml(value: object, indent: str = "") -> Iterator[str]:
    """Lines of YAML for what JSON can say; every scalar is written as in JSON, which is YAML too."""
    pairs: list[tuple[str, object]]
    if isinstance(value, Mapping):
        pairs = [(f"{key if str(key).isidentifier() else json.dumps(key)}:", one) for key, one in value.items()]
    elif isinstance(value, (list, tuple)):
        pairs = [("-", one) for one in value]
    else:
        raise TypeError(f"got {type(value).__name__}, expected an object or a list")
    for key, one in pairs:
        if isinstance(one, (Mapping, list, tuple)) and one:
            yield f"{indent}{key}"
            yield from _yaml(one, indent + "  ")
        else:
            yield f"{indent}{key} {json.dumps(one, ensure_ascii=False)}"


def stale(folder: Path = SCHEMAS) -> list[str]:
    """Names of the files in a folder that are missing, out of date, or no longer part of the contract."""
    files = rendered()
    there = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()} if folder.is_dir() else {}
    return sorted(name for name in files.keys() | there.keys() if files.get(name) != there.get(name))


def main(arguments: list[str], folder: Path = SCHEMAS) -> int:
    """Write the files, or with ``--check`` compare them; the exit status, 1 for files out of date."""
    if arguments not in ([], ["--check"]):
        sys.stderr.write(f"proto.export: got {' '.join(arguments)}, expected nothing or --check\n")
        return 2
    names = stale(folder)
    if arguments:
        if names:
            sys.stderr.write(f"proto.export: out of date, run `make schema`: {', '.join(names)}\n")
        return 1 if names else 0
    files = rendered()
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        if name in files:
            (folder / name).write_text(files[name], encoding="utf-8")
        else:
            (folder / name).unlink()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
