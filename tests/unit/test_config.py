"""The configuration: what is accepted, what is refused and how it is said, and a sample that cannot rot."""

import copy
import re
import tomllib
import typing
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec
import pytest

from agent.config import Config
from agent.config_file import load_config, parse_config
from agent.errors import ConfigError

SAMPLE = resources.files("agent").joinpath("agent.sample.toml").read_text()
LEAST: dict[str, Any] = {"unit": {"fleet": "f", "vehicle": "v"}, "gnss": {"source": "/dev/ttyUSB0"}}
CAMERA = {"name": "body", "role": "body", "source": "/dev/video0"}
SINK = {"name": "city", "url": "mqtt://broker:1883"}


def with_values(**values: Any) -> dict[str, Any]:
    """The least configuration with `a__b=c` put at [a] b."""
    document = copy.deepcopy(LEAST)
    for path, value in values.items():
        *tables, key = path.split("__")
        place = document
        for table in tables:
            place = place.setdefault(table, {})
        place[key] = value
    return document


def refusal(document: object) -> str:
    with pytest.raises(ConfigError) as e:
        parse_config(document, "agent.toml")
    return str(e.value)


def every_setting() -> dict[str, Any]:
    """The sample with what it shows as off switched on."""
    return tomllib.loads(re.sub(r"(?m)^#: ", "", SAMPLE))


def struct_of(hint: Any) -> type[msgspec.Struct] | None:
    inside = [hint, *typing.get_args(hint)]
    return next((h for h in inside if isinstance(h, type) and issubclass(h, msgspec.Struct)), None)


def compare(struct: type[msgspec.Struct], table: dict[str, Any], path: str) -> list[str]:
    """Where a table of the sample differs from the schema: in its keys, or from a default."""
    hints = typing.get_type_hints(struct)
    names = {f.name for f in msgspec.structs.fields(struct)}
    wrong = [f"{path}.{name}" for name in names.symmetric_difference(table)]
    for field in msgspec.structs.fields(struct):
        below, value = struct_of(hints[field.name]), table.get(field.name)
        if below:
            for inner in value if isinstance(value, list) else [value or {}]:
                wrong += compare(below, inner, f"{path}.{field.name}")
        elif field.default not in (msgspec.NODEFAULT, None):
            shown = msgspec.convert(value, hints[field.name], dec_hook=lambda kind, text: kind(text))
            wrong += [f"{path}.{field.name} = {shown}"] * (shown != field.default)
    return wrong


def test_the_sample_is_accepted(tmp_path: Path) -> None:
    file = tmp_path / "agent.toml"
    file.write_text(SAMPLE)
    config = load_config(file)
    assert [(c.role, c.on) for c in config.cameras] == [("body", True), ("cab", False)]
    assert config.sinks[0].tls


def test_the_sample_with_every_setting_on_is_accepted() -> None:
    document = every_setting()
    del document["cameras"][0]["source"]  # goes with no host, which is shown beside it
    assert parse_config(document, "sample").gnss.baud == 9600


def test_the_sample_shows_every_setting_with_its_default() -> None:
    document = every_setting()
    document["cameras"] = document["cameras"][:1]  # the second one leaves out what the first one shows
    assert compare(Config, document, "$") == []


def test_every_setting_of_the_sample_has_a_comment_in_its_block() -> None:
    blocks = SAMPLE.split("\n\n")
    assert [b for b in blocks if "=" in b and "#" not in b and not b.startswith("[[cameras]]")] == []


def test_the_least_file_has_the_defaults() -> None:
    config = parse_config(LEAST, "agent.toml")
    assert config.journal.path == Path("/var/lib/haulwatch/journal.db")
    assert config.cameras == ()


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (with_values(gnss__buad=4800), ("unknown key $.gnss.buad", "did you mean baud?")),
        (with_values(gnsss={}), ("unknown key $.gnsss", "did you mean gnss?")),
        (with_values(unit__colour="red"), ("unknown key $.unit.colour", "known here: fleet, vehicle")),
        (with_values(gnss__baud="fast"), ("$.gnss.baud: expected `int | null`, got `str`",)),
        (with_values(gnss__baud=300), ("$.gnss.baud: expected `int` >= 1200",)),
        (with_values(load__confidence=1.5), ("$.load.confidence: expected `float` <= 1.0",)),
        (with_values(load__smoothing_s=0), ("$.load.smoothing_s: expected `float` > 0.0",)),
        (with_values(unit__fleet="a/b"), ("$.unit.fleet",)),
        (with_values(log__level="loud"), ("$.log.level: invalid enum value 'loud'",)),
        (with_values(journal__path=7), ("$.journal.path: expected the path of a file, got 7",)),
        (with_values(zones__file=""), ("$.zones.file: expected the path of a file, got ''",)),
        (with_values(motion__parked_mps=3.0), ("$.motion.parked_mps: is not below moving_mps",)),
        (
            with_values(gnss__source="tcp://h:1"),
            ("$.gnss.source: tcp: is no kind of source; write /dev/", "gpsd://"),
        ),
        (
            with_values(gnss__source="file:x"),
            ("$.gnss.source: 'file:x' names no absolute path", "file:/path"),
        ),
        (with_values(gnss__source="ttyUSB0"), ("$.gnss.source: 'ttyUSB0' is no absolute path",)),
        (with_values(gnss__control="/dev/ttyUSB0"), ("$.gnss.control: is the source itself",)),
        (with_values(gnss__control="ttyUSB2"), ("$.gnss.control: 'ttyUSB2' is no tty",)),
        (
            with_values(gnss__source="gpsd://localhost", gnss__control="/dev/ttyUSB2"),
            ("$.gnss.control: there is no modem behind this source",),
        ),
        (with_values(gnss__health__jam_drop=9), ("$.gnss.health.jam_drop", "did you mean jam_drop_db?")),
        (with_values(gnss__health__slow_share=1.5), ("$.gnss.health.slow_share: expected `float` <= 1.0",)),
        (with_values(gnss__health__frozen_s=9999), ("$.gnss.health.frozen_s: expected `float` <= 600.0",)),
        ({"unit": LEAST["unit"]}, ("missing key $.gnss", "add it")),
        (with_values(unit={"fleet": "f"}), ("missing key $.unit.vehicle", "add it")),
        ([], ("$: expected `object`, got `array`",)),
    ],
)
def test_a_wrong_value_is_named_with_its_path(document, words) -> None:
    said = refusal(document)
    assert said.startswith("agent.toml: ")
    for word in words:
        assert word in said


@pytest.mark.parametrize(
    ("camera", "words"),
    [
        ({"roll": "body"}, "$.cameras[0].roll; did you mean role?"),
        ({"role": "rear"}, "$.cameras[0].role: invalid enum value 'rear'"),
        ({"roi": [[0, 0], [1, 1]]}, "$.cameras[0].roi: has 2 corners; give at least 3, or none"),
        ({"roi": [[0, 0], [1, 2], [0, 1]]}, "$.cameras[0].roi[1][1]: expected `float` <= 1.0"),
        ({"source": "rtsp://me:secret@10.0.0.2/1"}, "$.cameras[0].source: holds a password"),
        ({"source": None}, "$.cameras[0]: has neither source nor host; give one of them"),
        ({"host": "10.0.0.2"}, "$.cameras[0]: has a source and a host; remove one of them"),
        ({"channel": 2}, "$.cameras[0]: port, channel and stream go with a host"),
        ({"source": None, "host": "me:secret@10.0.0.2"}, "$.cameras[0].host: expected `str` matching"),
    ],
)
def test_a_wrong_camera(camera, words) -> None:
    said = refusal(with_values(cameras=[{**CAMERA, **camera}]))
    assert words in said
    assert "secret" not in said


@pytest.mark.parametrize(
    ("sink", "words"),
    [
        ({"url": "http://broker"}, "$.sinks[0].url: 'http://broker' is no broker address; write mqtt://"),
        ({"url": "mqtt://broker:999999"}, "is no broker address"),
        ({"url": "mqtt://"}, "is no broker address"),
        ({"url": "mqtt://me:secret@broker"}, "$.sinks[0].url: holds a user name; use username_file"),
        ({"url": "http://me:secret@"}, "$.sinks[0].url: holds a user name"),
        ({"ca_file": "/etc/ca.pem"}, "certificates are given for a link without TLS; write mqtts://"),
        ({"url": "mqtts://b", "cert_file": "/c.pem"}, "cert_file and key_file go together; give both"),
        ({"window": 21}, "$.sinks[0].window: expected `int` <= 20"),
    ],
)
def test_a_wrong_sink(sink, words) -> None:
    said = refusal(with_values(sinks=[{**SINK, **sink}]))
    assert words in said
    assert "secret" not in said


@pytest.mark.parametrize(
    ("topics", "words"),
    [
        (
            {"command": "city/{fleet}/{vehicle}/cmd/{name}"},
            "must hold {fleet} and {vehicle} and {name} and {id}",
        ),
        ({"command": "city/{fleet}/{vehicle}/{name}-{id}"}, "are each a level of their own"),
        (
            {"command": "c/{fleet}/{vehicle}/{name}/{id}", "reply": "c/{fleet}/{vehicle}/{id}/{name}"},
            "looks like a command",
        ),
        ({"event": "city/{fleet}/event"}, "$.sinks[0].topics.event: 'city/{fleet}/event' must hold"),
        ({"event": "city/{fleet}/{vehicle}/{kind}"}, "and no other; correct it"),
        ({"event": "city/{fleet}/{vehicle"}, "must hold {fleet} and {vehicle}"),
        ({"event": "a/b/c/d/e/f/{fleet}/{vehicle}/event"}, "is no topic of at most 8 levels"),
        ({"event": "{fleet}/{vehicle}/#"}, "is no topic"),
        ({"event": "{fleet}//{vehicle}"}, "is no topic"),
        ({"event": "haulwatch/v1/{fleet}/{vehicle}/state"}, "is the same topic as state; make them differ"),
        ({"evnt": "x"}, "did you mean event?"),
    ],
)
def test_a_wrong_topic(topics, words) -> None:
    assert words in refusal(with_values(sinks=[{**SINK, "topics": topics}]))


@pytest.mark.parametrize("kind", ["cameras", "sinks"])
def test_a_name_that_stands_twice(kind) -> None:
    one = CAMERA if kind == "cameras" else SINK
    assert refusal(with_values(**{kind: [one, one]})).endswith("stands twice; give each its own name")


def test_broken_toml_is_named_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "agent.toml"
    file.write_text('[unit]\nfleet = "f\n')
    with pytest.raises(ConfigError, match=r"is not TOML .*line 2.*; correct that line"):
        load_config(file)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml: cannot be read \(No such file or directory\)"):
        load_config(tmp_path / "none.toml")


def test_the_port_of_a_sink_follows_its_scheme() -> None:
    urls = ("mqtt://b", "mqtts://b", "mqtts://b:9000")
    sinks = [{"name": f"s{i}", "url": url} for i, url in enumerate(urls)]
    assert [s.port for s in parse_config(with_values(sinks=sinks), "x").sinks] == [1883, 8883, 9000]


def test_only_one_platform_has_the_authority() -> None:
    two = [{**SINK, "authority": True}, {**SINK, "name": "other", "authority": True}]
    assert "more than one has authority" in refusal(with_values(sinks=two))
