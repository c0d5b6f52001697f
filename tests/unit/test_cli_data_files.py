"""`haulwatch config` and `haulwatch profile` as a user runs them."""

import json
import subprocess
import sys
from importlib import resources
from pathlib import Path

import pytest

LEAST = '[unit]\nfleet = "f"\nvehicle = "v"\n[gnss]\nsource = "/dev/ttyUSB0"\n'

SINK = '[[sinks]]\nname = "city"\nurl = "mqtt://h"\n'


def haulwatch(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", "-m", "agent", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The least configuration that is right."""
    path = tmp_path / "agent.toml"
    path.write_text(LEAST)
    return path


def test_the_sample_is_fine() -> None:
    result = haulwatch("config", "check", resources.files("agent").joinpath("agent.sample.toml"))
    assert result.stdout.endswith(": fine; example-fleet/truck-001, 1 camera, 1 sink, 0 zones, 0 permits\n")
    assert (result.returncode, result.stderr) == (0, "")


def test_fine_for_tools(file: Path) -> None:
    answer = json.loads(haulwatch("config", "check", file, "--json").stdout)
    assert answer == {"file": str(file), "fine": True, "cameras": 0, "sinks": 0, "zones": 0, "permits": 0}


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ('[duty]\nhours = ["mon 6-22"]\n', "$.duty.hours: 'mon 6-22'"),
        ('[duty]\nzone = "Asia/Nowhere"\nhours = ["06:00-22:00"]\n', "$.duty.zone: 'Asia/Nowhere'"),
        ('[duty]\nzone = "X"\n' + SINK + "[sinks.budget]\nmonth_bytes = 5\n", "$.duty.zone: 'X'"),
        (SINK + '[sinks.topics]\nchunk = "a/{fleet}/{vehicle}/{index}"\n', "and {sha256} and {index} and no"),
        ("buad = 4800\n", "unknown key $.gnss.buad; did you mean baud?"),
        ("baud = \n", "is not TOML"),
        ('profile = "ublox"\n', "gnss profile 'ublox': no such profile; known are"),
        ('profile = "quectel-ec20"\n', "$.gnss.control: is not set, and the profile quectel-ec20 starts"),
        ('[[cameras]]\nname="b"\nrole="body"\nsource="x"\nprofile="y"\n', "camera profile 'y': no such"),
        ('[zones]\nfile = "/none.geojson"\n', "/none.geojson: cannot be read"),
    ],
)
def test_a_wrong_configuration_is_one_line_and_exit_code_78(file: Path, more, words) -> None:
    file.write_text(LEAST + more)
    result = haulwatch("config", "check", file)
    assert (result.returncode, result.stdout) == (78, "")
    assert result.stderr.startswith("haulwatch: ")
    assert words in result.stderr
    assert result.stderr.count("\n") == 1


def test_without_a_file_the_units_own_is_checked() -> None:
    result = haulwatch("config", "check", "--help")
    assert "[FILE]" in result.stdout
    assert haulwatch("config", "check", "/none/agent.toml").returncode == 78


def test_show_tells_where_a_value_comes_from(file: Path) -> None:
    lines = haulwatch("config", "show", file).stdout.splitlines()
    assert 'unit.fleet = "f"' in lines
    assert "gnss.baud = 9600  # profile generic-nmea" in lines
    assert "load.confidence = 0.8  # default" in lines
    assert "# vision.model is not set" in lines


def test_show_for_tools(file: Path) -> None:
    file.write_text(LEAST + 'baud = 4800\n[[cameras]]\nname="b"\nrole="body"\nsource="x"\n')
    answer = json.loads(haulwatch("config", "show", file, "--json").stdout)
    assert answer["config"]["gnss"]["baud"] == 4800
    assert answer["from"]["gnss.baud"] == "file"
    assert answer["from"]["cameras[0].name"] == "file"
    assert answer["from"]["cameras[0].profile"] == "default"


def test_profiles_are_listed(tmp_path: Path) -> None:
    (tmp_path / "gnss").mkdir()
    (tmp_path / "gnss" / "yard.toml").write_text('description = "the one in the yard"\n')
    text = haulwatch("profile", "list", "--local", tmp_path)
    assert "the one in the yard" in text.stdout
    rows = [
        json.loads(r) for r in haulwatch("profile", "list", "--local", tmp_path, "--json").stdout.splitlines()
    ]
    assert {(r["kind"], r["name"], r["origin"]) for r in rows} >= {
        ("gnss", "generic-nmea", "shipped"),
        ("gnss", "yard", "local"),
        ("camera", "generic", "shipped"),
    }


def test_a_profile_is_shown() -> None:
    assert "rate_hz = 1.0" in haulwatch("profile", "show", "gnss", "generic-nmea").stdout
    shown = json.loads(haulwatch("profile", "show", "gnss", "generic-nmea", "--json").stdout)
    assert shown["baud"] == 9600
    missing = haulwatch("profile", "show", "camera", "none")
    assert (missing.returncode, missing.stderr.count("\n")) == (78, 1)


def test_the_shipped_profiles_are_fine(tmp_path: Path) -> None:
    result = haulwatch("profile", "check", "--local", tmp_path)
    assert result.returncode == 0
    assert result.stdout.count(": fine\n") >= 2


def test_a_wrong_profile_is_one_line_and_exit_code_78(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    good.write_text('description = "good"\n')
    bad.write_text('description = "bad"\nbuad = 1\n')
    assert haulwatch("profile", "check", good).returncode == 2  # of which kind?
    result = haulwatch("profile", "check", "--kind", "gnss", good, bad)
    assert (result.returncode, result.stdout) == (78, f"{good}: fine\n")
    assert "unknown field `buad`" in result.stderr
    answers = haulwatch("profile", "check", "--kind", "gnss", bad, tmp_path / "none.toml", "--json").stdout
    assert [json.loads(line)["fine"] for line in answers.splitlines()] == [False, False]
