"""What docs/zones.md and docs/permits.md show and say holds."""

import re
from pathlib import Path

import msgspec

from agent.charges_file import load_charges
from agent.layers import geojson, permits
from agent.layers.document import LARGEST
from agent.rule_layers import Limits

DOCS = Path(__file__).parents[2] / "docs"
ZONES, PERMITS = (DOCS / "zones.md").read_text(), (DOCS / "permits.md").read_text()
TRIPS, SWITCHES = (DOCS / "trips.md").read_text(), (DOCS / "switches.md").read_text()


def example(text):
    return msgspec.json.decode(re.search(r"```json\n(.*?)```", text, re.S)[1])


def test_the_example_of_a_layer_is_right():
    sheet = geojson.zones_of(example(ZONES))
    assert sheet.problems == ()
    assert [(zone.id, zone.role, len(zone.holes)) for zone in sheet.zones] == [
        ("site-12", "loading", 1),
        ("school-3", "slow", 0),
    ]


def test_the_example_of_a_list_is_right_and_shows_every_member():
    shown = example(PERMITS)
    sheet = permits.permits_of(shown)
    assert sheet.problems == ()
    assert len(sheet.of("muck/truck-1", None)) == 1
    fields = {f.encode_name for f in msgspec.structs.fields(permits._Permit)} - {"time_zone"}
    assert fields == shown["permits"][0].keys()


def test_every_property_of_a_zone_is_in_the_table():
    for name in geojson._Properties.__struct_fields__:
        assert f"| `{name}` |" in ZONES, name


def test_the_limits_of_size_are_those_of_the_code():
    said = (LARGEST, geojson.MOST_FEATURES, geojson.MOST_IN_RING, geojson.MOST_CORNERS)
    for number in said:
        assert f"{number:,}" in ZONES


def test_every_threshold_and_kind_is_told_of():
    told = ZONES + PERMITS + TRIPS + SWITCHES
    for name in Limits.__struct_fields__:
        assert f"`{name}`" in told or f"`haulage.{name}`" in told, name
    elsewhere = {"uncovered_load", "partly_covered", "camera_fault"}
    for kind in load_charges(None).keys() - elsewhere:
        assert kind.startswith("receiver.") or f"`{kind}`" in told, kind
