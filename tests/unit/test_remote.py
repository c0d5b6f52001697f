"""What may be set from afar: every key of the configuration is classified, and documents are merged by it."""

import inspect
import typing
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as example_settings
from hypothesis import strategies as st

from agent.config import Config
from agent.config_file import parse_config
from agent.remote.allowed import LOCAL, REMOTE, covered, forbidden, leaves, merged, part
from agent.remote.book import Page, Wanted, read, write

BASE = {
    "unit": {"fleet": "f", "vehicle": "v"},
    "gnss": {"source": "/dev/ttyUSB0", "health": {"over_s": 50.0}},
    "sinks": [{"name": "a", "url": "mqtt://a"}, {"name": "b", "url": "mqtt://b", "track_batch": 5}],
    "load": {"dwell_s": {"empty": 3.0}},
}


def keys(struct=Config, path=""):
    """Every key of the schema, tables in lists without their number."""
    hints = typing.get_type_hints(struct)
    for field in msgspec.structs.fields(struct):
        at = f"{path}.{field.name}".lstrip(".")
        inside = [hints[field.name], *typing.get_args(hints[field.name])]
        table = next((h for h in inside if inspect.isclass(h) and issubclass(h, msgspec.Struct)), None)
        if table:
            yield from keys(table, at)
        else:
            yield at


ALL = sorted(keys())


def test_the_schema_was_walked():
    assert {"unit.vehicle", "sinks.topics.reply", "load.dwell_s.empty", "cameras.roi"} <= set(ALL)


@pytest.mark.parametrize("key", ALL)
def test_every_key_is_either_remote_or_local(key):
    assert covered(key, REMOTE) != covered(key, LOCAL)


@pytest.mark.parametrize("pattern", REMOTE + LOCAL)
def test_every_pattern_names_a_key(pattern):
    assert any(covered(key, (pattern,)) for key in ALL)


@pytest.mark.parametrize(
    "key",
    ["unit.vehicle", "sinks.url", "sinks.topics.command", "sinks.password_file", "journal.path",
     "cameras.source", "sinks.authority", "remote.probation_s", "commands.per_minute",
     "privacy.original_days", "duty.hours", "zones.file", "gnss.source", "status.socket", "vision.model"],
)  # fmt: skip
def test_identity_devices_paths_secrets_and_trust_are_local(key):
    assert covered(key, LOCAL)


def test_what_is_forbidden_is_named():
    settings = {
        "unit": {"plate": "x"},
        "load": {"looks": 1.0},
        "sinks": [{"name": "a", "url": "x"}],
        "lod": {},
    }
    assert forbidden(settings) == ["sinks.url", "unit.plate"]
    assert forbidden({"nonsense": 1}) == ["nonsense"]


def test_settings_lie_over_the_file_s():
    over = {"sinks": [{"name": "b", "track_batch": 9}], "load": {"dwell_s": {"covered": 4.0}}}
    found = merged(BASE, over)
    assert [sink.get("track_batch") for sink in found["sinks"]] == [None, 9]
    assert found["load"]["dwell_s"] == {"empty": 3.0, "covered": 4.0}
    assert found["gnss"] == BASE["gnss"]
    assert parse_config(found, "x").sinks[1].track_batch == 9
    assert BASE["load"] == {"dwell_s": {"empty": 3.0}}, "the file's own is left alone"


def test_a_document_is_the_sum_of_its_parts():
    assert merged(part(BASE, LOCAL), part(BASE, REMOTE)) == BASE
    assert part(BASE, REMOTE)["gnss"] == {"health": {"over_s": 50.0}}
    assert "load" not in part(BASE, LOCAL)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inside: (
        st.lists(inside, max_size=3) | st.dictionaries(st.sampled_from([*ALL, "sinks", "name"]), inside)
    ),
    max_leaves=8,
)


@example_settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(["load", "sinks", "unit", "gnss", "x"]), JSON))
def test_any_settings_are_merged_or_refused(settings):
    forbidden(settings)
    list(leaves(settings))
    try:
        merged(BASE, settings)
    except ValueError:
        return


def test_a_page_is_kept_and_a_damaged_one_left_out(tmp_path: Path):
    file = tmp_path / "remote.json"
    assert read(file) == Page()
    page = Page("probation", None, Wanted(2, {"load": {"looks": 1.0}}), None, Wanted(2, {}), 1)
    write(file, page)
    assert read(file) == page
    assert list(tmp_path.iterdir()) == [file]
    file.write_bytes(file.read_bytes()[:-9])
    assert read(file) == Page()


def test_the_hash_is_of_the_content_only():
    one, other = {"a": 1, "b": {"c": 2, "d": 3}}, {"b": {"d": 3, "c": 2}, "a": 1}
    assert Wanted(1, one).hash == Wanted(2, other).hash != Wanted(1, {"a": 2}).hash
