"""What the rules get of the configuration and its files, and how it is named."""

import json

import pytest

from agent.config_file import parse_config
from agent.errors import ConfigError
from agent.layers.gather import gather, sources
from agent.rules import RULE_SET
from agent.settings import rule_settings
from drivers.clock import SystemClock

SQUARE = [[121.4, 31.2], [121.41, 31.2], [121.41, 31.21], [121.4, 31.21], [121.4, 31.2]]
CLOCK = SystemClock(0)


def config(folder, *names, **tables):
    features = [
        {
            "type": "Feature",
            "properties": {"id": name, "role": "forbidden", "hours": ["07:00-09:00"]},
            "geometry": {"type": "Polygon", "coordinates": [SQUARE]},
        }
        for name in names
    ]
    document = {"coordinate_system": "WGS-84", "time_zone": "Asia/Urumqi", "features": features}
    (folder / "zones").write_text(json.dumps(document))
    base = {
        "unit": {"fleet": "f", "vehicle": "v"},
        "gnss": {"source": "/dev/ttyUSB0"},
        "zones": {"file": str(folder / "zones")},
    }
    return parse_config(base | tables, "agent.toml")


def test_zones_bring_their_clocks_and_thresholds_come_from_the_file(tmp_path):
    found = rule_settings(config(tmp_path, "a", haulage={"stop_s": 600.0}), CLOCK)
    assert [zone.id for zone in found.zones] == ["a"]
    assert found.clocks["Asia/Urumqi"][0][1] == 6 * 3600
    assert found.limits.stop_s == 600
    assert found.charges["speeding"].authority == ("公安", "交通")
    assert found.layers["zones"].entries == 1
    version, _, code = found.rules.partition("+")
    assert version == RULE_SET
    assert len(code) == 12


def test_the_hash_is_that_of_what_the_rules_see(tmp_path):
    one = rule_settings(config(tmp_path, "a"), CLOCK)
    assert rule_settings(config(tmp_path, "a"), CLOCK).hash == one.hash
    assert rule_settings(config(tmp_path, "b"), CLOCK).hash != one.hash
    assert rule_settings(config(tmp_path, "a", haulage={"stop_s": 600.0}), CLOCK).hash != one.hash


def test_only_a_named_file_must_be_signed_what_was_sent_or_kept_was_believed_before(tmp_path):
    strict = {"file": str(tmp_path / "zones"), "signed": True}
    found = config(tmp_path, "a", zones=strict, journal={"path": str(tmp_path / "state" / "journal.db")})
    zones = sources(found)["zones"]
    plain = (tmp_path / "zones").read_bytes()
    for path in (zones.sent, zones.kept):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(plain)
        assert [zone.id for zone in zones.read(path)] == ["a"]
    assert gather(found).layers["zones"].entries == 1
    zones.sent.unlink()
    with pytest.raises(ConfigError, match="is not signed"):
        gather(found)
