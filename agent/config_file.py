"""From a TOML file to a checked `Config`, with errors a technician can act on."""

import difflib
import inspect
import re
import string
import tomllib
import typing
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from agent.config import Camera, Config, Gnss, Sink, Topics
from agent.errors import ConfigError
from agent.switch_checks import switch_contradictions
from agent.unit_defaults import completed
from drivers.gnss.source.address import FORMS, Tty, parse_source

_MORE_IN_TOPICS = {"chunk": ("sha256", "index"), "command": ("name", "id"), "reply": ("name", "id")}
"""Placeholders of a topic template besides fleet and vehicle."""


def load_config(path: Path) -> Config:
    """Read and check a configuration file; raises ConfigError naming path, key and remedy."""
    try:
        raw = path.read_bytes()
    except OSError as e:
        raise ConfigError(
            f"cannot be read ({e.strerror})", where=str(path), remedy="name the right file"
        ) from e
    try:
        document = tomllib.loads(raw.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as e:
        raise ConfigError(f"is not TOML ({e})", where=str(path), remedy="correct that line") from e
    return parse_config(document, str(path))


def parse_config(document: object, where: str) -> Config:
    """Check a configuration given as plain objects; raises ConfigError."""
    try:
        config = msgspec.convert(completed(document, where), Config, dec_hook=_path)
    except msgspec.ValidationError as e:
        what, remedy = _explain(str(e))
        raise ConfigError(what, where=where, remedy=remedy) from e
    for what, remedy in _contradictions(config):
        raise ConfigError(what, where=where, remedy=remedy)
    return config


def _path(kind: type, value: object) -> object:
    """A path from its text, the one type of the schema that msgspec does not know."""
    if kind is not Path:
        raise NotImplementedError(kind.__name__)
    if not isinstance(value, str) or not value:
        raise ValueError(f"Expected the path of a file, got {value!r}")
    return Path(value)


def _explain(message: str) -> tuple[str, str]:
    """What msgspec found, with the key's full path, and the remedy."""
    problem, _, place = message.partition(" - at ")
    path = place.strip("`") or "$"
    unknown = re.match(r"Object contains unknown field `(.+)`", problem)
    if unknown:
        key = unknown[1]
        names = _field_names(path)
        near = difflib.get_close_matches(key, names, 1, 0.5)
        remedy = f"did you mean {near[0]}?" if near else f"known here: {', '.join(names)}"
        return f"unknown key {path}.{key}", remedy
    missing = re.match(r"Object missing required field `(.+)`", problem)
    if missing:
        return f"missing key {path}.{missing[1]}", "add it"
    return f"{path}: {problem[:1].lower()}{problem[1:]}", "correct the value"


def _field_names(path: str) -> list[str]:
    """The keys valid at a msgspec path such as `$.cameras[...]`."""
    struct: type = Config
    for part in re.findall(r"[A-Za-z_]\w*", path):
        found = _struct_in(typing.get_type_hints(struct).get(part))
        struct = found or struct
    return [f.name for f in msgspec.structs.fields(struct)]


def _struct_in(hint: object) -> type | None:
    """The struct type inside a hint such as `tuple[Camera, ...]`."""
    inside = [hint, *typing.get_args(hint)]
    return next((h for h in inside if inspect.isclass(h) and issubclass(h, msgspec.Struct)), None)


def _contradictions(config: Config) -> Iterator[tuple[str, str]]:
    """What no single value shows: (what, remedy) each."""
    for kind, names in (
        ("cameras", [c.name for c in config.cameras]),
        ("sinks", [s.name for s in config.sinks]),
    ):
        for name in sorted({n for n in names if names.count(n) > 1}):
            yield f"$.{kind}: the name {name!r} stands twice", "give each its own name"
    yield from switch_contradictions(config)
    if config.motion.parked_mps >= config.motion.moving_mps:
        yield "$.motion.parked_mps: is not below moving_mps", "leave a gap between the two"
    yield from _gnss_contradictions(config.gnss)
    for i, camera in enumerate(config.cameras):
        if camera.password_file and camera.username is None:
            yield f"$.cameras[{i}].password_file: there is no username", "add username"
        if 0 < len(camera.roi) < 3:
            yield f"$.cameras[{i}].roi: has {len(camera.roi)} corners", "give at least 3, or none"
        if 0 < len(camera.driver) < 3:
            yield f"$.cameras[{i}].driver: has {len(camera.driver)} corners", "give at least 3, or none"
        yield from _source_contradictions(f"$.cameras[{i}]", camera)
    if sum(sink.authority for sink in config.sinks) > 1:
        yield "$.sinks: more than one has authority", "leave it to one"
    for i, sink in enumerate(config.sinks):
        yield from _sink_contradictions(f"$.sinks[{i}]", sink)


def _source_contradictions(path: str, camera: Camera) -> Iterator[tuple[str, str]]:
    if camera.source is not None and "@" in urlsplit(camera.source).netloc:
        yield f"{path}.source: holds a password", "use username and password_file"
    if camera.source is None and camera.host is None:
        yield f"{path}: has neither source nor host", "give one of them"
    elif camera.source is not None and camera.host is not None:
        yield f"{path}: has a source and a host", "remove one of them"
    if camera.host is None and (camera.port, camera.channel, camera.stream) != (None, None, "main"):
        yield f"{path}: port, channel and stream go with a host", "put them into source"


def _gnss_contradictions(gnss: Gnss) -> Iterator[tuple[str, str]]:
    try:
        source = parse_source(gnss.source)
    except ValueError as e:
        yield f"$.gnss.source: {e}", f"write {FORMS}"
        return
    if isinstance(source, Tty) and not gnss.source.startswith("/"):
        yield f"$.gnss.source: {gnss.source!r} is no absolute path", f"write {FORMS}"
    if gnss.control is None:
        return
    if not isinstance(source, Tty):
        yield "$.gnss.control: there is no modem behind this source", "remove it, or make source a tty"
    elif not gnss.control.startswith("/"):
        yield f"$.gnss.control: {gnss.control!r} is no tty", "write the modem's AT port, /dev/..."
    elif gnss.control == gnss.source:
        yield "$.gnss.control: is the source itself", "write the modem's AT port, which is another one"


def _sink_contradictions(path: str, sink: Sink) -> Iterator[tuple[str, str]]:
    # First of all, so that no other message shows a password.
    if "@" in sink.url:
        yield f"{path}.url: holds a user name", "use username_file and password_file"
    try:
        url_is_good = urlsplit(sink.url).scheme in ("mqtt", "mqtts") and sink.host and sink.port
    except ValueError:
        url_is_good = False
    if not url_is_good:
        yield f"{path}.url: {sink.url!r} is no broker address", "write mqtt://host:1883 or mqtts://host:8883"
    if not sink.tls and any((sink.ca_file, sink.cert_file, sink.key_file)):
        yield f"{path}.url: certificates are given for a link without TLS", "write mqtts://"
    if bool(sink.cert_file) != bool(sink.key_file):
        yield f"{path}: cert_file and key_file go together", "give both or none"
    yield from _topic_contradictions(f"{path}.topics", sink.topics)


def _topic_contradictions(path: str, topics: Topics) -> Iterator[tuple[str, str]]:
    seen: dict[str, str] = {}
    for name in topics.__struct_fields__:
        template: str = getattr(topics, name)
        try:
            placeholders = {p for _, p, _, _ in string.Formatter().parse(template) if p is not None}
        except ValueError:
            placeholders = set()
        wanted = ["fleet", "vehicle", *_MORE_IN_TOPICS.get(name, ())]
        if placeholders != set(wanted):
            names = " and ".join(f"{{{placeholder}}}" for placeholder in wanted)
            yield f"{path}.{name}: {template!r} must hold {names} and no other", "correct it"
        elif not {f"{{{p}}}" for p in wanted if p in ("name", "id")} <= set(template.split("/")):
            yield f"{path}.{name}: {{name}} and {{id}} are each a level of their own", "correct it"
        if any(c in template for c in "#+\0") or template.count("/") > 7 or "//" in f"/{template}/":
            yield f"{path}.{name}: {template!r} is no topic of at most 8 levels", "correct it"
        if template in seen:
            yield f"{path}.{name}: is the same topic as {seen[template]}", "make them differ"
        seen[template] = name
    if _matches(topics.command, topics.reply):
        yield f"{path}.reply: looks like a command", "make it longer than $.sinks.topics.command"


def _matches(filter_: str, topic: str) -> bool:
    """Whether a topic may be one of a template's."""
    levels = list(zip(filter_.split("/"), topic.split("/"), strict=False))
    return filter_.count("/") == topic.count("/") and all(a == b or "{" in a + b for a, b in levels)
