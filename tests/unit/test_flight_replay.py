"""`haulwatch record` and `replay`: what they print, how they differ, how they end."""

import json
import shutil
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from agent.cli.main import haulwatch
from agent.errors import FlightError
from agent.flight.differences import Body, changes, differences
from agent.flight.play import Player
from agent.flight.segment import SegmentFile, pieces
from agent.flight.tape import Opening

RECORDED = Path(__file__).parents[1] / "recorded"
SHIFT = RECORDED / "shift.flight"


def lines(*words, code=0):
    """What a command prints, as JSON lines."""
    return [json.loads(line) for line in run(*words, code=code).stdout.splitlines()]


def run(*words, code=0):
    result = CliRunner().invoke(haulwatch, list(map(str, words)))
    if isinstance(result.exception, FlightError):
        raise result.exception
    assert result.exit_code == code, result.output
    return result


def body(mono_ns, kind="a", subject="s", stream="event", **data):
    return Body("boot", mono_ns, None, stream, kind, subject, json.dumps(data).encode())


def test_records_are_compared_one_by_one_and_member_by_member():
    was = [body(1, x=1), body(2, x={"y": [1, 2.5]}), body(3), body(4, subject="gone")]
    now = [body(1, x=1), body(2, x={"y": [1, 2.6, 3]}), body(3), body(5, subject="new")]
    found = [(one.kind, one.body.mono_ns) for one in differences(was, now)]
    assert found == [("changed", 2), ("missing", 4), ("extra", 5)]
    told = [(c.path, c.was, c.now) for c in changes(was[1].data, now[1].data)]
    assert told == [("x.y[1]", 2.5, 2.6), ("x.y[2]", None, 3)]
    assert differences(was, was) == []


def test_another_order_is_a_difference():
    was = [body(1, "a"), body(1, "b"), body(1, "c", stream="life")]
    assert [one.kind for one in differences(was, [was[1], was[0], was[2]])] == ["order"]
    assert differences(was, [was[2], was[0], was[1]]) == [], "of streams each has its own"


def test_a_record_that_comes_twice_is_one_too_many():
    assert [one.kind for one in differences([body(1)], [body(1), body(1)])] == ["extra"]


def test_what_a_replay_printed_is_what_a_replay_gives():
    result = run("replay", SHIFT, "--diff", RECORDED / "shift.jsonl")
    assert result.stdout == ""
    assert "no difference" in result.stderr
    assert "recorded by 0.1.0 on any under rules 1+recorded" in result.stderr
    assert "has no end" in result.stderr


def test_a_file_that_is_cut_at_once_is_no_recording_without_a_difference(tmp_path):
    short = tmp_path / "short.flight"
    short.write_bytes(SHIFT.read_bytes()[:40])
    nothing = tmp_path / "nothing.jsonl"
    nothing.touch()
    with pytest.raises(FlightError, match="nothing that can be played"):
        run("replay", short, "--diff", nothing)


def test_a_difference_is_shown_and_ends_with_1(tmp_path):
    golden = (RECORDED / "shift.jsonl").read_bytes().splitlines(keepends=True)
    place = next(n for n, line in enumerate(golden) if b'"uncovered_load.started"' in line)
    altered = json.loads(golden[place])
    altered["data"]["confidence"] = 0.5
    other = tmp_path / "other.jsonl"
    other.write_bytes(b"".join([*golden[:place], json.dumps(altered).encode() + b"\n", *golden[place + 2 :]]))
    text = run("replay", SHIFT, "--diff", other, code=1)
    shown = [line for line in text.stdout.splitlines() if line[0] in "~+-^ "]
    assert shown[0].startswith("~ 2026-")
    assert any(line.startswith("    confidence: 0.5 -> 0.") for line in shown)
    assert any(line.startswith("+ 2026-") for line in shown)
    found = lines("replay", SHIFT, "--diff", other, "--json", code=1)
    assert {one["difference"] for one in found} == {"changed", "extra"}
    assert {"path": "confidence", "was": 0.5} in [
        {name: c[name] for name in ("path", "was")} for one in found for c in one["changes"]
    ]


def test_observations_are_told_as_they_came():
    told = lines("replay", RECORDED / "demo.flight", "--observations")
    assert "segment" in told[0]
    kinds = {one.get("observation") for one in told}
    assert {"Restarted", "Settings", "Fix", "LoadReading", "CameraHealth", "ReceiverHealth", "Tick"} <= kinds


def test_fixes_are_printed_when_asked_for():
    told = lines("replay", RECORDED / "demo.flight", "--track", "--json")
    assert sum(one["stream"] == "track" for one in told) > 50


def opening() -> Opening:
    return next(p for p in pieces(SHIFT) if isinstance(p, Opening))


def test_a_state_of_another_version_begins_anew_and_says_so():
    player = Player("")
    list(player.play([msgspec.structs.replace(opening(), state_version=1)]))
    assert "cannot be read" in player.notes[0]


def test_a_later_format_and_missing_settings_are_refused():
    with pytest.raises(FlightError, match="is of format 9"):
        list(Player("").play([msgspec.structs.replace(opening(), format=9)]))
    with pytest.raises(FlightError, match="settings abcd are missing"):
        list(Player("").play([msgspec.structs.replace(opening(), settings="abcd", settings_at=(1, "b"))]))


def test_what_the_rules_stumble_over_is_named(monkeypatch):
    def stumble(state, seen):
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr("agent.dry.follow.step", stumble)
    result = run("replay", RECORDED / "demo.flight", code=1)
    assert "the rules fail on Restarted at" in result.stderr
    assert "ZeroDivisionError: by zero" in result.stderr


@pytest.fixture
def ring(tmp_path):
    """A configuration, and a ring with one segment of the demo."""
    config, folder = tmp_path / "agent.toml", tmp_path / "recording"
    config.write_text(f"""
[unit]
fleet = "f"
vehicle = "v"
[gnss]
source = "/dev/ttyUSB0"
[journal]
path = "{tmp_path}/journal.db"
[recording]
hours = 2.0
""")
    folder.mkdir()
    shutil.copy(RECORDED / "demo.flight", folder / "00000001-none-130.zst")
    return config


def test_the_status_says_what_is_kept(ring):
    found = json.loads(run("record", "--config", ring, "--json").stdout)
    assert (found["on"], found["segments"], found["wanted_hours"]) == (True, 1, 2.0)
    assert found["first"] < found["last"]
    assert "1 segments, 0.04 h" in run("record", "--status", "--config", ring).stdout


def test_a_copy_is_private_plays_and_overwrites_nothing(ring, tmp_path):
    copy = tmp_path / "copy.flight"
    saved = json.loads(run("record", "--config", ring, "--save", copy, "--json").stdout)
    assert (saved["segments"], saved["without_end"], saved["bytes"]) == (1, 0, copy.stat().st_size)
    assert copy.stat().st_mode & 0o77 == 0
    assert run("replay", copy, "--diff", RECORDED / "demo.jsonl").stdout == ""
    with pytest.raises(FlightError, match="is there already"):
        run("record", "--config", ring, "--save", copy)
    with pytest.raises(FlightError, match="nothing of that time"):
        run("record", "--config", ring, "--save", tmp_path / "other", "--since", "2030-01-01")
    assert not (tmp_path / "other").exists()


def test_what_is_off_or_not_there_is_said(ring, tmp_path):
    assert json.loads(run("record", "--folder", tmp_path / "recording", "--json").stdout)["on"] is None
    with pytest.raises(FlightError, match="there is no flight recording"):
        run("record", "--folder", tmp_path / "none")
    ring.write_text(ring.read_text().replace("hours = 2.0", "hours = 0.0"))
    assert "switched off" in run("record", "--config", ring).stdout
    shutil.rmtree(tmp_path / "recording")
    assert json.loads(run("record", "--config", ring, "--json").stdout)["on"] is False


def test_contradictions_are_usage(ring, tmp_path):
    run("record", "--config", ring, "--since", "2026-01-01", code=2)
    run("replay", SHIFT, "--diff", "x", "--against", "y", code=2)
    (tmp_path / "x").write_text("{}\n")
    with pytest.raises(FlightError, match="x:1: is not understood"):
        run("replay", SHIFT, "--diff", tmp_path / "x")


def test_a_segment_file_holds_nothing_twice(tmp_path):
    """A copy of a copy is the same, byte for byte."""
    read = list(pieces(RECORDED / "demo.flight"))
    with (tmp_path / "a").open("wb") as file:
        segment = SegmentFile(file)
        for piece in read:
            segment.write(piece)
        segment.finish()
    assert list(pieces(tmp_path / "a")) == read
