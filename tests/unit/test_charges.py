"""The table of violations: ours, and what a unit's own file changes of it."""

from typing import get_args

import pytest

from agent.charges_file import load_charges
from agent.errors import ConfigError
from agent.rules.haulage import RULES
from drivers.readings import SuspicionKind

AUTHORITIES = {"城管", "公安", "交通", "生态环境"}
OTHERS = {"uncovered_load", "partly_covered", "sensor_conflict", "unit_tamper"}
OTHERS |= {"suspicious_loading", "suspicious_unloading", "camera_fault", "receiver.antenna"}
OTHERS |= {f"receiver.suspicion.{kind}" for kind in get_args(SuspicionKind)}


def test_every_rule_has_its_entry():
    table = load_charges(None)
    assert {rule.name for rule in RULES} | OTHERS == table.keys()
    assert all(charge.authority and {*charge.authority} <= AUTHORITIES for charge in table.values())
    assert table["uncovered_load"].severity == "violation"
    assert table["partly_covered"].severity == "notice"


def test_a_file_changes_what_it_names(tmp_path):
    (tmp_path / "t.toml").write_text('[overlong_stop]\nseverity = "violation"\nauthority = ["交通"]\n')
    table = load_charges(tmp_path / "t.toml")
    assert (table["overlong_stop"].severity, table["overlong_stop"].authority) == ("violation", ("交通",))
    assert table["speeding"] == load_charges(None)["speeding"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[parking]\nseverity = 'notice'\n", "parking is no kind of violation; known are uncovered_load"),
        ("[speeding]\nseverity = 'grave'\n", "severity"),
        ("[speeding]\nseverity = 'notice'\nwho = []\n", "who"),
        ("[speeding", "is not TOML"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path, text, says):
    (tmp_path / "t.toml").write_text(text)
    with pytest.raises(ConfigError, match=r"t\.toml") as caught:
        load_charges(tmp_path / "t.toml")
    assert says in str(caught.value)
    with pytest.raises(ConfigError, match="cannot be read"):
        load_charges(tmp_path / "none")
