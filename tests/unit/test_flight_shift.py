"""A recorded shift gives what it gave, byte for byte; docs/replay.md says when that is written anew."""

import math
import os
import random
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from agent.flight.play import Player
from agent.flight.segment import pieces
from agent.flight.tape import Cut, Opening, Seen
from agent.model import Settings
from agent.rules.state import STATE_VERSION
from drivers import geodesy
from tests.unit.decimals import unrounded

RECORDED = Path(__file__).parents[1] / "recorded"
NAMES = ("shift", "demo")
AGAIN = """
the rules say something else of tests/recorded/{0}.flight than before;
`haulwatch replay tests/recorded/{0}.flight --diff tests/recorded/{0}.jsonl` shows what.
If that is meant, raise RULE_SET in agent/rules/__init__.py, and write it anew:
`haulwatch replay tests/recorded/{0}.flight --json > tests/recorded/{0}.jsonl`"""


def replayed(name: str, seed: str) -> bytes:
    command = [sys.executable, "-m", "agent", "replay", str(RECORDED / f"{name}.flight"), "--json"]
    environment = os.environ | {"PYTHONHASHSEED": seed}
    return subprocess.run(command, capture_output=True, check=True, timeout=100, env=environment).stdout


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("seed", ["1", "4242"])
def test_it_gives_the_same_bodies_byte_for_byte_whatever_the_hash_seed(name, seed):
    golden = (RECORDED / f"{name}.jsonl").read_bytes()
    assert replayed(name, seed) == golden, AGAIN.format(name)


def test_it_holds_what_a_shift_is_made_of():
    types = {
        msgspec.json.decode(line)["type"] for line in (RECORDED / "shift.jsonl").read_bytes().splitlines()
    }
    started = {name.removesuffix(".started") for name in types if name.endswith(".started")}
    assert {
        "uncovered_load",
        "speeding",
        "off_route",
        "outside_hours",
        "no_permit",
        "forbidden_zone",
    } <= started
    assert {"birth", "stopped", "load.changed", "health.report", "picture.failed", "gap.ended"} <= types
    assert (RECORDED / "shift.flight").stat().st_size < 200_000


def test_the_segment_that_a_power_cut_ended_is_read_up_to_there():
    read = list(pieces(RECORDED / "shift.flight"))
    (cut,) = [place for place, piece in enumerate(read) if isinstance(piece, Cut)]
    assert isinstance(read[cut - 1], Seen)
    after = read[cut + 1]
    assert isinstance(after, Opening)
    assert after.began == "start"


def test_every_event_names_the_rules_that_wrote_it():
    for name in NAMES:
        player = Player("")
        for body in player.play(pieces(RECORDED / f"{name}.flight")):
            if body.stream in ("event", "trip"):
                assert msgspec.json.decode(body.data)["rules"].startswith("1+"), body.type


def rough(value, rng):
    """The same with numbers as no receiver rounds them."""
    if isinstance(value, float):
        return value * (1 + rng.random() * 1e-5) + rng.random() * 1e-6
    if isinstance(value, dict):
        return {name: rough(inner, rng) for name, inner in value.items()}
    if isinstance(value, tuple):
        return tuple(rough(inner, rng) for inner in value)
    if isinstance(value, msgspec.Struct):
        changes = {name: rough(getattr(value, name), rng) for name in value.__struct_fields__}
        return msgspec.structs.replace(value, **changes)
    return value


@pytest.mark.parametrize("name", NAMES)
def test_no_number_leaves_the_rules_unrounded_however_long_it_came_in(name):
    rng, wrong = random.Random(6), []

    def roughened():
        for piece in pieces(RECORDED / f"{name}.flight"):
            made = isinstance(piece, Seen) and not isinstance(piece.observation, Settings)
            yield Seen(rough(piece.observation, rng)) if made else piece

    for body in Player("").play(roughened()):
        wrong += [f"{body.type}: {one}" for one in unrounded(msgspec.json.decode(body.data))]
    assert wrong == []


def other_last_bits(function, rng):
    """As another C library may answer: the neighbour of the number, or it."""

    def answer(*values):
        found = function(*values)
        return math.nextafter(found, rng.choice((-math.inf, found, math.inf)))

    return answer


@pytest.mark.parametrize("name", NAMES)
def test_the_last_bit_of_another_c_library_does_not_show(name, monkeypatch):
    rng = random.Random(8)
    for module in (math, geodesy):
        for function in ("sin", "cos", "asin", "atan2", "exp", "log", "log2", "hypot"):
            if hasattr(module, function):
                monkeypatch.setattr(module, function, other_last_bits(getattr(math, function), rng))
    played = Player("").play(pieces(RECORDED / f"{name}.flight"))
    told = [(b.mono_ns, b.type, b.data) for b in played if b.stream != "track"]
    golden = [msgspec.json.decode(line) for line in (RECORDED / f"{name}.jsonl").read_bytes().splitlines()]
    assert [(at, kind, msgspec.json.decode(data)) for at, kind, data in told] == [
        (one["mono_ns"], one["type"], one["data"]) for one in golden
    ]


def test_the_state_is_that_of_this_version_or_its_version_was_raised():
    """A state that was recorded when the version was the same must be readable."""
    for piece in pieces(RECORDED / "shift.flight"):
        if isinstance(piece, Opening) and piece.state_version == STATE_VERSION:
            player = Player("")
            assert list(player.play([*_settings(piece), msgspec.structs.replace(piece, began="lost")])) == []
            assert [note for note in player.notes if "cannot be read" in note] == []


def _settings(opening):
    held = [p for p in pieces(RECORDED / "shift.flight") if getattr(p, "digest", None)]
    return [piece for piece in held if piece.digest == opening.settings]
