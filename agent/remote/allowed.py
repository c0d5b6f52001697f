"""Which settings may be changed from afar and without a restart. Pure; documents are plain objects.

Everything about identity, devices, paths, addresses, secrets, trust, privacy and the limits on platforms
themselves is local: only somebody at the unit changes it.
"""

from collections.abc import Iterator
from typing import Any

from agent.rule_layers import Limits

REMOTE = (
    "gnss.health.*",
    "vision.fps_moving",
    "vision.fps_parked",
    "vision.health.*",
    "load.*",
    "motion.*",
    "zones.grace_m",
    *(f"haulage.{name}" for name in Limits.__struct_fields__),
    "trips.*",
    "coverage.*",
    "tamper.*",
    "conflict.*",
    "warning.grace_s.*",
    "log.level",
    "sinks.window",
    "sinks.retry_first_s",
    "sinks.retry_cap_s",
    "sinks.retry_spread_s",
    "sinks.track_batch",
    "sinks.track_every_s",
    "sinks.track_format",
    "sinks.track_policy",
    "sinks.track_error_m",
    "sinks.live_every_s",
    "sinks.live_parked_s",
    "sinks.media",
    "sinks.media_unmetered",
    "sinks.chunk_bytes",
    "sinks.budget.*",
)
LOCAL = (
    "unit.*",
    "clock.*",
    "gnss.source",
    "gnss.control",
    "gnss.profile",
    "gnss.baud",
    "gnss.silent_s",
    "cameras.*",
    "vision.model",
    "vision.runtime",
    "vision.teaching",
    "vision.shadow",
    "vision.shadow_every",
    "vision.references",
    "zones.file",
    "zones.signed",
    "permits.*",
    "haulage.table",
    "journal.*",
    "recording.*",
    "pictures.*",
    "privacy.*",
    "evidence.*",
    "duty.*",
    "switches.*",
    "power.*",
    "warning.kinds",
    "warning.language",
    "warning.sound",
    "warning.command",
    "warning.file",
    "warning.gpio",
    "warning.gpio_s",
    "warning.timeout_s",
    "status.*",
    "commands.*",
    "remote.*",
    "sinks.name",
    "sinks.url",
    "sinks.client_id",
    "sinks.username_file",
    "sinks.password_file",
    "sinks.ca_file",
    "sinks.cert_file",
    "sinks.key_file",
    "sinks.keepalive_s",
    "sinks.session_s",
    "sinks.authority",
    "sinks.unmetered",
    "sinks.topics.*",
)
Table = dict[str, Any]


def covered(path: str, patterns: tuple[str, ...]) -> bool:
    """Whether a path such as `load.dwell_s.empty` is among the patterns; `*` stands for all below."""
    return any(
        path.startswith(pattern[:-1]) if pattern.endswith(".*") else path == pattern for pattern in patterns
    )


def leaves(document: Table, path: str = "") -> Iterator[tuple[str, Any]]:
    """(path, value) of all that is no table; entries of arrays of tables have no number in their path."""
    for key, value in document.items():
        at = f"{path}.{key}" if path else str(key)
        if isinstance(value, dict):
            yield from leaves(value, at)
        elif isinstance(value, list) and value and all(isinstance(entry, dict) for entry in value):
            for entry in value:
                yield from leaves(entry, at)
        else:
            yield at, value


def forbidden(settings: Table) -> list[str]:
    """Paths in a platform's settings that it may not set; the name of a sink only says which one is meant."""
    return sorted({p for p, _ in leaves(settings) if p != "sinks.name" and not covered(p, REMOTE)})


def part(document: Table, patterns: tuple[str, ...], path: str = "") -> Table:
    """The part of a document that the patterns cover; sinks keep their names."""
    found: Table = {}
    for key, value in document.items():
        at = f"{path}.{key}" if path else str(key)
        if isinstance(value, dict):
            inner = part(value, patterns, at)
            if inner or not value:
                found[key] = inner
        elif at == "sinks" and isinstance(value, list):
            found[key] = [part(sink, patterns, at) | {"name": sink.get("name")} for sink in value]
        elif covered(at, patterns) or covered(f"{at}.x", patterns):
            found[key] = value
    return found


def merged(document: Table, over: Table) -> Table:
    """The document with the values of `over`; sinks are told by their names, and none is added.

    Raises ValueError for a sink that is not there, or for what is no table.
    """
    result = dict(document)
    for key, value in over.items():
        if key == "sinks":
            result[key] = _sinks(document.get("sinks", []), value)
        elif isinstance(value, dict):
            inner = document.get(key, {})
            if not isinstance(inner, dict):
                raise ValueError(f"{key} is no table")
            result[key] = merged(inner, value)
        else:
            result[key] = value
    return result


def _sinks(known: list[Table], over: Any) -> list[Table]:
    if not isinstance(over, list) or not all(isinstance(entry, dict) for entry in over):
        raise ValueError("sinks is no list of tables")
    changes = {str(entry.get("name")): entry for entry in over}
    if strange := sorted(changes.keys() - {str(sink.get("name")) for sink in known}):
        raise ValueError(f"there is no sink {strange[0]!r}")
    return [merged(sink, changes.get(str(sink.get("name")), {})) for sink in known]
