"""JSON Schemas (2020-12) of every message, one document per type, made from the types."""

import re
from typing import Any

import msgspec

from agent.messages import documents
from agent.messages.envelope import State
from agent.messages.registry import Kind, kinds

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]
_LINE_END = re.compile(r"(?<!\n)\n(?!\n)")  # of a docstring, inside a paragraph
PLAIN: dict[str, type[msgspec.Struct]] = {
    "state": State,
    "command.signed": documents.SignedCommand,
    "command.plain": documents.PlainCommand,
    "config": documents.SignedConfig,
    "config.reported": documents.ConfigReported,
}
"""Messages without an envelope."""


def schemas() -> dict[str, Schema]:
    """All of them by the name of their type."""
    made = {name: _enveloped(name, kind) for name, kind in kinds().items()}
    return made | {name: _document(name, *_parts(kind)) for name, kind in PLAIN.items()}


def _enveloped(name: str, kind: Kind) -> Schema:
    """Envelope and data in one schema without indirection, so that code can be generated from it."""
    envelope, parts = _parts(kind.envelope)
    data, more = _parts(kind.data)
    own = {"type": {"const": name}, "data": {"$ref": "#/$defs/Data"}}
    if kind.stream is not None:
        own["stream"] = {"const": kind.stream}
    envelope = envelope | {
        "description": data.get("description", ""),
        "properties": envelope["properties"] | own,
    }
    return _document(name, envelope, {"Data": data} | parts | more)


def _document(name: str, root: Schema, parts: dict[str, Schema]) -> Schema:
    head = {"$schema": DIALECT, "$id": f"urn:haulwatch:v1:{name}"}
    made: Schema = _open(head | root | {"title": name} | ({"$defs": parts} if parts else {}))
    return made


def _parts(kind: type[msgspec.Struct]) -> tuple[Schema, dict[str, Schema]]:
    """A type's own schema, and those that it refers to."""
    _, found = msgspec.json.schema_components([kind], ref_template="#/$defs/{name}")
    return found.pop(kind.__name__), found


def _open(value: Any) -> Any:
    """Without the ban on unknown members: a later version may add some, and a platform should not mind."""
    if isinstance(value, dict):
        closed = value.get("additionalProperties") is False
        return {k: _open(v) for k, v in value.items() if not (closed and k == "additionalProperties")}
    if isinstance(value, list):
        return [_open(v) for v in value]
    return _LINE_END.sub(" ", value) if isinstance(value, str) else value
