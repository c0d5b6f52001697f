"""docs/profiles.md: its examples are profiles, and it names every key that there is."""

import re
from pathlib import Path

import msgspec
import pytest

from drivers import gnss_profile
from drivers.gnss.dialogue.exchange import Dialogue
from drivers.gnss_profile import CONSTELLATIONS, SENTENCES, ExchangeText, GnssProfile
from drivers.profiles import read_profile

TEXT = (Path(__file__).parents[2] / "docs" / "profiles.md").read_text()
EXAMPLES = re.findall(r"```toml\n(.*?)```", TEXT, re.S)


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_a_right_profile(example, tmp_path: Path) -> None:
    (tmp_path / "example.toml").write_text(example)
    profile = read_profile("gnss", tmp_path / "example.toml")
    assert isinstance(profile, GnssProfile)
    assert Dialogue(profile).exchanges


def test_every_key_is_explained() -> None:
    structs = [
        s for s in vars(gnss_profile).values() if isinstance(s, type) and issubclass(s, msgspec.Struct)
    ]
    keys = {name for struct in structs for name in struct.__struct_fields__}
    assert {k for k in keys if not re.search(rf"\b{k}\b", TEXT)} == set()
    table = set(re.findall(r"^\| `(\w+)`", TEXT, re.M))
    assert set(ExchangeText.__struct_fields__) <= table
    assert {w for w in (*CONSTELLATIONS, *SENTENCES) if not re.search(rf"\b{w}\b", TEXT)} == set()
