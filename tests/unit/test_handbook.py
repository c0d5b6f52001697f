"""The technician's handbook in both languages: all commands, the same ones, and settings that hold."""

import re
import shlex
import tomllib
from itertools import pairwise
from pathlib import Path

import click
import pytest

from agent.cli.main import haulwatch
from agent.cli.reference import leaves
from agent.config_file import parse_config

ROOT = Path(__file__).parents[2]
PAGES = {name: (ROOT / "docs" / name).read_text() for name in ("handbook.md", "handbook.zh-CN.md")}
EN, ZH = PAGES.values()
VERBS = {" ".join(words) for words, _ in leaves(haulwatch, ())}
# The table of commands in the design of record; a group that is a command as well is one.
CONTRACT = """
run, demo, status, doctor, commission, bundle, record, replay, analyse, watch, web, sign
gnss ports, gnss detect, gnss watch, gnss decode, gnss record, gnss configure
camera list, camera snapshot, camera watch, camera classify, camera teach, camera health
journal stats, journal tail, journal export, journal verify, journal reset
uplink test, track encode, track decode, rules test, trips list, events list, events show, coverage show
evidence verify, zones check, permits check, keys device, keys new, keys rotate, keys show, keys trust
events explain, events dispute, profile list, profile show, profile check, config check, config show
sim receiver, sim camera, sim truck, sim fleet, sim platform
"""
TESTS = [p.read_text() for p in (ROOT / "tests").rglob("test_*.py") if p.name != Path(__file__).name]


def command(words: list[str]) -> tuple[click.Command, list[str]]:
    """The command that `words` (without `haulwatch`) begin with, and the words after it."""
    found: click.Command = haulwatch
    while words and isinstance(found, click.Group):
        within = found.get_command(click.Context(found), words[0])
        if within is None:
            break
        found, words = within, words[1:]
    return found, words


def called(page: str) -> list[str]:
    """The commands in the blocks of a page, without what is said of them."""
    blocks = re.findall(r"^ *```\n(.*?)^ *```", page, re.M | re.S)
    lines = [line.partition("#")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line.startswith("haulwatch ")]


def mentioned(page: str) -> set[str]:
    """The commands among a page's words."""
    return {said for said in re.findall(r"`(haulwatch [^`]+)`", page) if "…" not in said}


def listed(page: str) -> list[str]:
    """The commands of the table at the end."""
    return re.findall(r"^\| `([a-z][a-z -]*)` \|", page.rpartition("\n## ")[2], re.M)


def test_the_contract_is_kept():
    for verb in re.split(r"[,\n]\s*", CONTRACT.strip()):
        found, rest = command(verb.split())
        assert not rest, verb
        assert isinstance(found, click.Command)
        assert not isinstance(found, click.Group) or found.invoke_without_command, verb


@pytest.mark.parametrize("name", PAGES)
def test_every_command_is_in_the_table_once(name):
    rows = listed(PAGES[name])
    assert len(rows) == len(set(rows))
    assert set(rows) - VERBS <= {"sim platform"}
    assert VERBS - set(rows) == set()


@pytest.mark.parametrize("name", PAGES)
def test_every_command_in_it_is_one_with_its_options(name):
    for said in {*called(PAGES[name]), *mentioned(PAGES[name])}:
        found, rest = command(shlex.split(said)[1:])
        known = {option for parameter in found.params for option in parameter.opts}
        assert {word for word in rest if word.startswith("-")} <= known | {"--help"}, said
        assert not isinstance(found, click.Group) or not rest, said


def test_both_languages_are_the_same_book():
    assert called(EN) == called(ZH)
    assert listed(EN) == listed(ZH)
    for pattern in (r"^#+ ", r"^ *!\[.*?\]\((.*?)\)", r"^ *```\w*$", r"^ *\d+\. ", r"^- "):
        assert len(re.findall(pattern, EN, re.M)) == len(re.findall(pattern, ZH, re.M)), pattern
    columns = [
        [line.count("|") for line in page.splitlines() if line.startswith("|")] for page in PAGES.values()
    ]
    assert columns[0] == columns[1]


def settings(page: str) -> str:
    return "\n".join(re.findall(r"^```toml\n(.*?)^```", page, re.M | re.S))


@pytest.mark.parametrize("name", PAGES)
def test_the_settings_of_the_wiring_are_taken(name):
    unit = '[unit]\nfleet = "muck"\nvehicle = "truck-1"\n[gnss]\nsource = "/dev/ttyUSB0"\n'
    config = parse_config(tomllib.loads(unit + settings(PAGES[name])), name)
    assert config.power.floor_v == 21.0
    (cover,) = config.switches
    assert cover.role == "cover"


def test_the_resistors_give_the_voltages_that_the_settings_tell_apart():
    """3.3 V through 10 kΩ; at the switch 4.7 kΩ in the line and 10 kΩ across the contact."""
    (cover,) = tomllib.loads(settings(EN))["switches"]
    volts = [3.3 * ohms / (10_000 + ohms) for ohms in (0, 4_700, 14_700)] + [3.3]
    limits = [cover[name] for name in ("short_v", "low_v", "high_v", "open_v")]
    short, closed, opened, cut = volts
    assert short < limits[0] < closed < limits[1] < limits[2] < opened < limits[3] < cut
    assert all(b - a > 0.1 for a, b in pairwise(sorted(volts + limits[:3])))
    for zone in ("10 kΩ", "4.7 kΩ", *(f"{name} = {cover[name]}" for name in ("short_v", "open_v"))):
        assert zone in (ROOT / "docs" / "handbook" / "switches.svg").read_text()


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_every_command_is_called_in_a_test(verb):
    """By its last word, quoted, in a file that speaks of its group."""
    *group, last = verb.split()
    calls = [text for text in TESTS if f'"{last}"' in text and all(word in text for word in group)]
    assert calls, verb
