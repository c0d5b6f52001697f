"""Profiles of units: defaults < profile < file, names of terminals, limits of the service."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from agent.config_file import parse_config
from agent.errors import ConfigError
from drivers.errors import ProfileError
from drivers.profiles import profile_names, read_profile, unit_profile

ROOT = Path(__file__).parents[2]
PI = {"fleet": "f", "vehicle": "v", "profile": "raspberry-pi-4-ads1115"}
BOX = 'description = "a box"\n[limits]\nmemory_high_bytes = 400000000\nmemory_max_bytes = 500000000\n'


def document(**tables: Any) -> dict[str, Any]:
    return {"unit": PI, **tables}


def haulwatch(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", "-m", "agent", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)


def test_what_the_profile_gives_goes_before_the_defaults() -> None:
    found, profile = parse_config(document(), "agent.toml"), unit_profile(PI["profile"])
    assert profile.supply is not None
    assert found.gnss.source == profile.ports.gnss
    assert (found.power.supply, found.power.volts_per_count) == (
        profile.supply.source,
        profile.supply.volts_per_count,
    )
    assert found.journal.max_bytes == profile.limits.journal_bytes
    assert (found.pictures.max_bytes, found.pictures.ring_bytes) == (
        profile.limits.picture_bytes,
        profile.limits.ring_bytes,
    )


def test_what_the_file_says_goes_before_the_profile() -> None:
    own = document(
        gnss={"source": "/dev/ttyUSB3"},
        power={"supply": "value:/sys/own"},
        journal={"max_bytes": 5_000_000, "keep_days": 9.0},
    )
    found = parse_config(own, "agent.toml")
    assert found.gnss.source == "/dev/ttyUSB3"
    assert (found.journal.max_bytes, found.journal.keep_days) == (5_000_000, 9.0)
    # Another supply is worth something else a count.
    assert (found.power.supply, found.power.volts_per_count) == ("value:/sys/own", 0.001)


def test_without_a_profile_nothing_changes() -> None:
    least = {"unit": {"fleet": "f", "vehicle": "v"}, "gnss": {"source": "/dev/ttyUSB0"}}
    assert parse_config(least, "agent.toml").journal.max_bytes == 2 * 1024**3


def test_a_terminal_is_an_address_and_its_level() -> None:
    switches = [
        {"role": "cover", "source": "terminal:GPIO17", "second": "terminal:GPIO27"},
        {"role": "ignition", "source": "terminal:GPIO5", "active": "high"},
        {"role": "lift", "source": "value:/tmp/lift"},
    ]
    found = parse_config(document(switches=switches, warning={"gpio": "terminal:GPIO22"}), "agent.toml")
    cover, ignition, lift = found.switches
    assert (cover.source, cover.active) == ("gpio:/dev/gpiochip0/17", "low")
    assert (cover.second, cover.second_active) == ("gpio:/dev/gpiochip0/27", "high")
    assert (ignition.source, ignition.active) == ("gpio:/dev/gpiochip0/5", "high")
    assert lift.source == "value:/tmp/lift"
    assert found.warning.gpio == "gpio:/dev/gpiochip0/22"


@pytest.mark.parametrize(
    ("tables", "words"),
    [
        ({"unit": PI | {"profile": "toaster"}}, r"\$.unit.profile: unit profile 'toaster': no such profile"),
        ({"switches": [{"role": "lift", "source": "terminal:DI1"}]}, r"switches\[0\].source.*has GPIO5, GP"),
        ({"warning": {"gpio": "terminal:DO1"}}, r"\$.warning.gpio: the unit has no terminal 'DO1'"),
        (
            {
                "unit": {"fleet": "f", "vehicle": "v"},
                "gnss": {"source": "/dev/x"},
                "switches": [{"role": "lift", "source": "terminal:DI1"}],
            },
            "set unit.profile to one that has terminals",
        ),
        ({"switches": [3]}, r"\$.switches\[0\]"),
        ({"switches": "x", "gnss": 3, "warning": [], "power": 1}, r"expected"),
    ],
)
def test_a_wrong_use_of_a_profile_is_told_with_its_path(tables, words) -> None:
    with pytest.raises(ConfigError, match=words):
        parse_config(document(**tables), "agent.toml")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('description = "x"\n', "missing required field `limits`"),
        (BOX.replace("400000000", "600000000"), "is above memory_max_bytes"),
        (BOX + '[ports]\ngnss = "ttyS0"\n', r"'ttyS0' is no device path - at `\$.ports.gnss`"),
        (BOX + '[terminals]\nDI1 = { source = "17" }\n', r"'17' is no address.*`\$.terminals.DI1.source`"),
        (BOX + '[terminals]\n"DI 1" = { source = "gpio:/dev/gpiochip0/1" }\n', "'DI 1' is no name"),
        (BOX + '[supply]\nsource = "gpio:/dev/gpiochip0/1"\nvolts_per_count = 1\n', "read from a value file"),
        ('machine = ["mips"]\n' + BOX, r"enum value 'mips' - at `\$.machine\[0\]`"),
    ],
)
def test_a_wrong_profile_names_the_key(text, words, tmp_path: Path) -> None:
    file = tmp_path / "box.toml"
    file.write_text(text)
    with pytest.raises(ProfileError, match=words):
        read_profile("unit", file)


@pytest.mark.parametrize("name", profile_names("unit"))
def test_a_shipped_box_runs_with_its_profile_alone(name) -> None:
    found = parse_config({"unit": PI | {"profile": name}}, "agent.toml")
    assert found.gnss.source == unit_profile(name).ports.gnss


def test_the_arm_boards_limits_are_those_of_the_service() -> None:
    limits = unit_profile("generic-arm64").limits
    service = (ROOT / "systemd/haulwatch.service").read_text()
    assert f"MemoryHigh={limits.memory_high_bytes}\nMemoryMax={limits.memory_max_bytes}\n" in service


def test_the_drop_in_of_a_box() -> None:
    shown = haulwatch("profile", "show", "unit", "generic-x86-64", "--drop-in").stdout
    limits = unit_profile("generic-x86-64").limits
    lines = [f"MemoryHigh={limits.memory_high_bytes}", f"MemoryMax={limits.memory_max_bytes}"]
    assert shown.splitlines()[1:] == ["[Service]", *lines]
    refused = haulwatch("profile", "show", "gnss", "generic-nmea", "--drop-in")
    assert (refused.returncode, refused.stdout) == (2, "")


def test_config_show_names_the_profile_as_origin(tmp_path: Path) -> None:
    file = tmp_path / "agent.toml"
    unit = '[unit]\nfleet = "f"\nvehicle = "v"\nprofile = "generic-arm64"\n'
    file.write_text(unit + "[journal]\nmax_bytes = 5000000\n[power]\nvolts_per_count = 0.2\n")
    shown = json.loads(haulwatch("config", "show", file, "--json").stdout)
    origins = shown["from"]
    assert origins["gnss.source"] == origins["pictures.max_bytes"] == "profile generic-arm64"
    assert origins["journal.max_bytes"] == "file"
    assert origins["journal.path"] == "default"
    text = haulwatch("config", "show", file).stdout
    assert tomllib.loads(text)["gnss"]["source"] == "/dev/haulwatch/gnss"
    assert 'gnss.source = "/dev/haulwatch/gnss"  # profile generic-arm64\n' in text


def test_the_verbs_cover_all_three_kinds(tmp_path: Path) -> None:
    lines = haulwatch("profile", "list", "--json").stdout.splitlines()
    assert {json.loads(line)["kind"] for line in lines} == {"gnss", "camera", "unit"}
    (tmp_path / "unit").mkdir()
    (tmp_path / "unit/box.toml").write_text(BOX)
    assert json.loads(haulwatch("profile", "show", "unit", "box", "--local", tmp_path, "--json").stdout)[
        "description"
    ] == ("a box")
    assert haulwatch("profile", "check", tmp_path / "unit/box.toml").stdout.endswith("box.toml: fine\n")
    (tmp_path / "unit/box.toml").write_text(BOX + "[ports]\ngnss = 'x'\n")
    assert haulwatch("profile", "check", tmp_path / "unit/box.toml").returncode == 78
