"""Changing values of the configuration in place."""

import os
import tomllib
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.config_edit import changed, difference, read, replace
from agent.errors import ConfigError

SAMPLE = resources.files("agent").joinpath("agent.sample.toml").read_text()
NEW = {"source": "/dev/serial/by-id/usb-u-blox-if00", "baud": 38400, "profile": "generic-nmea"}
UNIT = '[unit]\nfleet = "f"\nvehicle = "v"\n'


def test_only_the_lines_of_the_values_change() -> None:
    result = changed(SAMPLE, "gnss", NEW, "sample")
    before, after = SAMPLE.splitlines(), result.splitlines()
    assert len(before) == len(after)
    assert [(a, b) for a, b in zip(before, after, strict=True) if a != b] == [
        ('source = "/dev/ttyUSB0"', f'source = "{NEW["source"]}"'),
        (
            "#: baud = 9600 # only where the receiver differs from its profile",
            "baud = 38400 # only where the receiver differs from its profile",
        ),
    ]
    assert changed(result, "gnss", NEW, "sample") == result
    shown = difference(SAMPLE, result, "agent.toml")
    assert shown.count("\n-") == 2
    assert f'+source = "{NEW["source"]}"' in shown


@pytest.mark.parametrize(
    "table",
    [
        '[gnss]\nsource = "/dev/a#b"  # why # so\n',
        "[ gnss ] # receiver\n  source='/dev/ttyS1'\n[log]\nlevel = 'info'\n",
        '[gnss]\nsource = "/dev/x"\nbaud=4800# slow\n\n[[cameras]]\nname="gnss"\nrole="cab"\nsource="/v"\n',
        '[gnss]\nsource = "/dev/x"',
    ],
)
def test_many_ways_of_writing_it(table: str) -> None:
    before = UNIT + table
    result = changed(before, "gnss", NEW, "x")
    old, new = tomllib.loads(before), tomllib.loads(result)
    assert new.pop("gnss") == old.pop("gnss") | NEW
    assert new == old
    comments = [[line.partition("# ")[2] for line in t.splitlines() if "# " in line] for t in (table, result)]
    assert comments[0] == comments[1]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f'gnss = {{source = "/dev/x"}}\n{UNIT}', r"has no line \[gnss\]"),
        (f'{UNIT}[gnss]\n"source" = "/dev/x"\n', "is not TOML|written in a form"),
        (f'{UNIT}[gnss]\nsource = """\n/dev/x"""\n', "is not TOML|written in a form"),
        (f'{UNIT}[gnss]\nsource = "/dev/x"\ncolour = 1\n', "unknown key"),
        ("[gnss", "is not TOML"),
    ],
)
def test_a_file_that_would_be_wrong_is_refused(text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        changed(text, "gnss", NEW, "x")


@given(
    st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1)
)
def test_any_text_can_be_a_value(text: str) -> None:
    path = f"/dev/{text}"
    result = changed(f'{UNIT}[gnss]\nsource = "/dev/x" # kept\n', "gnss", {"source": path}, "x")
    assert tomllib.loads(result)["gnss"]["source"] == path
    assert result.endswith("# kept\n")


def test_a_file_is_replaced_with_its_mode_and_keeps_backups(tmp_path: Path) -> None:
    file, link = tmp_path / "agent.toml", tmp_path / "link.toml"
    file.write_text("old")
    file.chmod(0o640)
    link.symlink_to(file)
    assert replace(link, "new").read_text() == "old"
    assert replace(file, "newer").read_text() == "new"
    assert link.is_symlink()
    assert (file.read_text(), file.stat().st_mode & 0o777) == ("newer", 0o640)
    assert sorted(os.listdir(tmp_path)) == ["agent.toml", "agent.toml.bak1", "agent.toml.bak2", "link.toml"]


def test_a_file_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be written"):
        replace(tmp_path / "none", "x")


def test_every_other_byte_of_a_file_stays(tmp_path: Path) -> None:
    """Ends of line and letters, whatever the machine's own are."""
    file = tmp_path / "agent.toml"
    before = f'# Lkw \u00fc\u6c7d\n{UNIT}[gnss]\nsource = "/dev/x" # why\n[log]\n'.replace(
        "\n", "\r\n"
    ).encode()
    file.write_bytes(before)
    replace(file, changed(read(file), "gnss", {"source": "/dev/y", "baud": 4800}, "x"))
    after = file.read_bytes()
    assert after == before.replace(
        b'[gnss]\r\nsource = "/dev/x"', b'[gnss]\r\nbaud = 4800\r\nsource = "/dev/y"'
    )


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    file = tmp_path / "agent.toml"
    file.write_bytes(b"\xff")
    with pytest.raises(ConfigError, match="cannot be read"):
        read(file)
