"""What the doctor says of zones and permits."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from agent.config_file import parse_config
from agent.doctor.layers import layers
from drivers.clock import Stamp

NOW = datetime(2026, 12, 10, tzinfo=UTC)
ZONES = {"type": "FeatureCollection", "coordinate_system": "WGS-84", "features": []}


class FixedClock:
    """The clock at NOW, or not set."""

    boot = "b00t"

    def __init__(self, *, is_set=True):
        self._utc_ns = round(NOW.timestamp()) * 10**9 if is_set else None

    def stamp(self, _=None):
        return Stamp("b00t", 0, self._utc_ns, "ntp" if self._utc_ns else "unsynced")


def permits(*, age=timedelta(hours=1), left=timedelta(days=30), vehicle="f/v"):
    one = {"id": "p", "vehicle": vehicle, "from": (NOW - timedelta(days=9)).isoformat(),
           "to": (NOW + left).isoformat()}  # fmt: skip
    return {"format": "haulwatch permits 1", "as_of": (NOW - age).isoformat(), "permits": [one]}


def found(folder, *, zones=None, listed=None, is_set=True):
    tables = {}
    for name, document in (("zones", zones), ("permits", listed)):
        if document is not None:
            (folder / name).write_text(document if isinstance(document, str) else json.dumps(document))
            tables[name] = {"file": str(folder / name)}
    document = {
        "unit": {"fleet": "f", "vehicle": "v"},
        "gnss": {"source": "/dev/ttyUSB0"},
        "journal": {"path": str(folder / "journal.db")},
    }
    config = parse_config(document | tables, "agent.toml")
    return {f.code: f for f in layers(config, FixedClock(is_set=is_set))}


def test_without_zones_it_says_what_follows(tmp_path):
    assert found(tmp_path)["zones.file"].level == "warn"


def test_zones_are_counted_and_a_wrong_file_is_left_to_the_check_of_references(tmp_path):
    assert found(tmp_path, zones=ZONES)["zones.file"].what == "0 zones, 0 of them sites"
    assert found(tmp_path, zones="{") == {}


@pytest.mark.parametrize(
    ("listed", "code", "level"),
    [
        (permits(), "permits.valid", "ok"),
        (permits(age=timedelta(days=4)), "permits.fresh", "warn"),
        (permits(left=timedelta(hours=20)), "permits.valid", "warn"),
        (permits(left=timedelta(0)), "permits.valid", "warn"),
        (permits(vehicle="f/other"), "permits.valid", "warn"),
    ],
)
def test_permits_are_fresh_and_valid_or_it_says_so(tmp_path, listed, code, level):
    assert found(tmp_path, zones=ZONES, listed=listed)[code].level == level


def test_without_a_clock_permits_are_not_judged(tmp_path):
    assert found(tmp_path, zones=ZONES, listed=permits(), is_set=False)["permits.valid"].level == "skip"
