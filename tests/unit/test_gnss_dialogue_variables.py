"""Variables and what is derived from them, both ways; exchanges of a profile; what is wrong with one."""

import tomllib
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import ProfileError
from drivers.gnss.dialogue.exchange import Dialogue
from drivers.gnss.dialogue.frames import Framer
from drivers.gnss.dialogue.variables import Variables
from drivers.gnss_profile import GnssProfile
from drivers.profiles import gnss_profile, profile_names, read_profile

TOML = """
description = "a module"
baud = 9600
bauds = [4800, 9600, 115200]
max_rate_hz = 10.0
[identify]
ask = "version"
match = { module = "^M1$" }
[state]
period_ms = 1000
baud = 9600
gps = 1
beidou = 0
glonass = 0
rmc = 1
gga = 1
module = "M1"
[codes.baud_code]
of = "baud"
table = { 4800 = 0, 9600 = 1, 115200 = 5 }
[codes.system]
of = "mask"
table = { 1 = "GPS", 3 = "GPS+BD" }
[masks.mask]
gps = 1
beidou = 2
[[exchanges]]
name = "version"
reads = ["module"]
send = "nmea ASK"
answer = "nmea NAME,{module:s}"
[[exchanges]]
name = "sentence"
each = { rmc = { id = "04" }, gga = { id = "00" } }
sets = ["<each>"]
send = "nmea MSG,<id>,{<each>}"
answer = "nmea OK"
[[exchanges]]
name = "rate"
sets = ["period_ms"]
send = "nmea RATE,{hz}"
answer = ["nmea RATE,{hz}", "nmea OK"]
refuse = ["nmea FAIL,{_}", "nmea NO"]
[[exchanges]]
name = "baud"
sets = ["baud"]
send = "nmea BAUD,{baud_code}"
"""
PROFILE = msgspec.convert(tomllib.loads(TOML), GnssProfile)
VARIABLES = Variables(PROFILE)


@given(
    st.sampled_from([100, 200, 500, 1000]),
    st.sampled_from([4800, 9600, 115200]),
    st.sampled_from([(1, 0), (1, 1)]),
)
def test_derived_values_lead_back(period, baud, systems) -> None:
    gps, beidou = systems
    state = {**PROFILE.state, "period_ms": period, "baud": baud, "gps": gps, "beidou": beidou}
    derived = {k: v for k, v in VARIABLES.values(state).items() if k not in state}
    assert set(derived) == {"hz", "period_s", "baud_code", "mask", "system"}
    expected = {"period_ms": period, "baud": baud, "gps": gps, "beidou": beidou}
    assert VARIABLES.variables(derived) == expected


def test_derived_values_in_figures() -> None:
    values = VARIABLES.values({**PROFILE.state, "period_ms": 200, "beidou": 1})
    assert (values["hz"], values["period_s"], values["mask"], values["system"]) == (5, "0.2", 3, "GPS+BD")
    assert "system" not in VARIABLES.values({**PROFILE.state, "gps": 0})  # no entry for that


@pytest.mark.parametrize(
    ("carried", "words"),
    [
        ({"baud_code": 3}, "baud_code = 3 is in no table"),
        ({"baud": 19200}, "baud can't be 19200"),
        ({"gps": 2}, "gps can't be 2"),
        ({"rmc": "on"}, "rmc = 'on' is no number"),
        ({"period_ms": 50}, "period_ms can't be 50"),
        ({"period_s": "soon"}, "period_s = 'soon' is no rate"),
        ({"hz": 0}, "hz = 0 is no rate"),
        ({"mask": "x"}, "mask = 'x' is no number"),
        ({"hz": 5, "period_ms": 1000}, "period_ms is both"),
    ],
)
def test_impossible_values_are_refused(carried, words) -> None:
    with pytest.raises(ValueError, match=words):
        VARIABLES.variables(carried)


def test_each_makes_one_exchange_of_every_entry() -> None:
    dialogue = Dialogue(PROFILE)
    assert [e.name for e in dialogue.exchanges] == ["version", "sentence rmc", "sentence gga", "rate", "baud"]
    assert dialogue.setting("gga").send[0].encode({"gga": 2}).startswith(b"$MSG,00,2*")
    assert dialogue.setting("gps") is None
    assert dialogue.reading("module").name == "version"


def changed(old: str, new: str) -> str:
    assert old in TOML
    return TOML.replace(old, new)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            changed("{module:s}", "{modul:s}"),
            r"\{modul\} is no variable.*exchanges\[0\]\.answer` \(version\)",
        ),
        (changed('sets = ["period_ms"]', 'sets = ["beidou"]'), r"no template carries 'beidou'.*\[2\]\.sets"),
        (
            changed('reads = ["module"]', 'reads = ["rmc"]'),
            r"no template carries 'rmc'.*exchanges\[0\]\.reads",
        ),
        (changed('ask = "version"', 'ask = "who"'), r"no exchange 'who' - at `\$\.identify\.ask`"),
        (changed("nmea ASK", "mnea ASK"), r"'mnea' is no framing.*exchanges\[0\]\.send"),
        (changed('"^M1$"', '"(M1"'), r"is no regex.*identify\.match\.module"),
        (changed("baud = 9600\nbauds", "baud = 19200\nbauds"), r"19200 is not among `bauds` - at `\$\.baud`"),
        (changed("period_ms = 1000\nbaud = 9600", "period_ms = 1000\nbaud = 4800"), r"at `\$\.state\.baud`"),
        (changed('of = "baud"', 'of = "speed"'), r"'speed' is no variable.*codes\.baud_code\.of"),
        (changed("beidou = 2", "compass = 2"), r"'compass' is no variable of `state`.*masks\.mask"),
        (changed("115200 = 5", "115200 = 1"), r"two entries have the same code.*baud_code"),
        (changed('name = "baud"', 'name = "rate"'), r"two exchanges are named 'rate'"),
        (changed('name = "baud"', 'name = "baud"\nlayer = "flash"'), r"is for RAM.*exchanges\[3\]\.layer"),
        (changed("max_rate_hz = 10.0", "max_rate_hz = 0.5"), r"more than `max_rate_hz` - at `\$\.rate_hz`"),
        (TOML + '[jamming]\nline = "x"\nat_least = 1\n', r"no group `level` - at `\$\.jamming\.line`"),
        (TOML + '[start]\nexchanges = ["go"]\n', r"no exchange 'go' - at `\$\.start\.exchanges\[0\]`"),
        (TOML + '[speaks]\nbanner = ["ubx 0"]\n', r"at `\$\.speaks\.banner\[0\]`"),
        (TOML + '[speaks]\nbanner = ["nmea X,{mask}"]\n', r"\{mask\} is no variable.*banner"),
        (TOML + "[output]\nends_with = 'gll'\n", r"output\.ends_with"),
    ],
)
def test_what_is_wrong_with_a_profile_is_named_with_its_place(text, words, tmp_path: Path) -> None:
    (tmp_path / "wrong.toml").write_text(text)
    with pytest.raises(ProfileError, match=words):
        read_profile("gnss", tmp_path / "wrong.toml")


@pytest.mark.parametrize("name", profile_names("gnss"))
def test_a_profile_understands_itself(name) -> None:
    """Whatever it says in its factory state is matched, and means that state."""
    dialogue = Dialogue(gnss_profile(name))
    factory = dialogue.variables.factory
    values = dialogue.variables.values(factory)
    for exchange in dialogue.exchanges:
        for template in (*exchange.send, *exchange.answer, *exchange.refuse):
            messages = Framer().feed(template.encode(values) + b"\n")
            carried = [c for m in messages if (c := template.match(m)) is not None]
            assert carried, f"{name}, {exchange.name}: {template.text}"
            meant = dialogue.variables.variables(carried[0])
            assert meant.items() <= factory.items(), f"{name}, {exchange.name}: {template.text}"
