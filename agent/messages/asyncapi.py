"""An AsyncAPI 3.0 document of all topics, seen from the vehicle: it sends records and receives commands."""

from typing import Any

from agent.messages.life import CommandReply
from agent.messages.registry import LIVE, kinds
from agent.messages.schema import PLAIN

PREFIX = "haulwatch/v1/{fleet}/{vehicle}/"
ADDRESSES = {
    "state": "state",
    "life": "life",
    "event": "event",
    "trip": "trip",
    "coverage": "coverage",
    "health": "health",
    "track": "track",
    "live": "track/live",
    "media": "media",
    "chunk": "media/{sha256}/{index}",
    "command": "cmd/{name}/{id}",
    "reply": "cmd/{name}/{id}/reply",
    "config": "config",
    "reported": "config/reported",
}
"""Every topic below PREFIX, by the name of its template in the configuration."""
_SAYS = {
    "state": "Whether the vehicle is there; also the will.",
    "life": "Births, stops, clock anchors, what a sink never gets.",
    "event": "What happened; X.started, X.updated and X.ended share a subject.",
    "trip": "Trips in versions, each with all of the trip; the highest version counts.",
    "coverage": "What was not observed, since when, and why.",
    "health": "Changes of devices, and a regular report.",
    "track": "Fixes in batches, as JSON or compact (docs/track-format.md): the first byte says which.",
    "live": "The newest fix once more, as JSON or a compact batch of one; settles nothing.",
    "media": "Pictures: what was taken, failed, deleted; the manifest of the chunks that follow.",
    "chunk": "A piece of a file, raw bytes.",
    "command": "A command; id is chosen by the platform and never used twice.",
    "reply": "What became of a command.",
    "config": "Desired configuration.",
    "reported": "What became of the desired configuration.",
}
_PARAMETERS = {
    "fleet": "Fleet, as configured on the vehicle.",
    "vehicle": "Vehicle, unique in its fleet.",
    "sha256": "SHA-256 of the whole file, hexadecimal.",
    "index": "Number of the chunk, decimal, from 0.",
    "name": "Name of the command.",
    "id": "Id of the command.",
}
_RETAINED = ("state", "config", "reported")
_RECEIVED = ("command", "config")
_BYTES = {"chunk": "media.chunk", "track": "track.compact"}
_COMPACT = {"type": "string", "format": "binary"}
Object = dict[str, Any]


def asyncapi(schemas: str) -> Object:
    """The document; `schemas` is the folder of the JSON Schemas, as a relative URL."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Haulwatch",
            "version": "1.0.0",
            "description": "What a construction-waste truck and its platforms say to each other over MQTT. "
            "MQTT 5, or 3.1.1 with the same payloads; QoS 1, but for track/live.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {"broker": {"host": "broker.example:8883", "protocol": "secure-mqtt"}},
        "channels": {name: _channel(name) for name in ADDRESSES},
        "operations": {_operation_name(name): _operation(name) for name in ADDRESSES if _messages(name)},
        "components": {"messages": _components(schemas)},
    }


def _messages(channel: str) -> list[str]:
    """The types of message of a channel."""
    if channel == "reply":
        return [name for name, kind in kinds().items() if kind.data is CommandReply]
    fixed = {
        "state": ["state"],
        "live": [LIVE, _BYTES["track"]],
        "track": ["track.batch", _BYTES["track"]],
        "chunk": [_BYTES["chunk"]],
        "command": ["command.signed", "command.plain"],
        "config": ["config"],
        "reported": ["config.reported"],
    }
    named = [n for n, kind in kinds().items() if kind.stream == channel and kind.data is not CommandReply]
    return fixed.get(channel, named)


def _channel(name: str) -> Object:
    address = PREFIX + ADDRESSES[name]
    return {
        "address": address,
        "description": _SAYS[name],
        "parameters": {p: {"description": d} for p, d in _PARAMETERS.items() if f"{{{p}}}" in address},
        "messages": {m: {"$ref": f"#/components/messages/{m}"} for m in _messages(name)},
    }


def _operation_name(channel: str) -> str:
    return f"receive.{channel}" if channel in _RECEIVED else f"send.{channel}"


def _operation(channel: str) -> Object:
    binding = {
        "qos": 0 if channel == "live" else 1,
        "retain": channel in _RETAINED,
        "bindingVersion": "0.2.0",
    }
    made: Object = {
        "action": "receive" if channel in _RECEIVED else "send",
        "channel": {"$ref": f"#/channels/{channel}"},
        "messages": [{"$ref": f"#/channels/{channel}/messages/{m}"} for m in _messages(channel)],
        "bindings": {"mqtt": binding},
    }
    if channel == "command":
        replies = [{"$ref": f"#/channels/reply/messages/{m}"} for m in _messages("reply")]
        made["reply"] = {"channel": {"$ref": "#/channels/reply"}, "messages": replies}
    return made


def _components(schemas: str) -> Object:
    made: Object = {
        name: {"name": name, "contentType": "application/json", "payload": {"$ref": f"{schemas}/{name}.json"}}
        for name in [*kinds(), *PLAIN]
    }
    for name in _BYTES.values():
        made[name] = {"name": name, "contentType": "application/octet-stream", "payload": _COMPACT}
    return made
