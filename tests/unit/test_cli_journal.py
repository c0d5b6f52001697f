"""`haulwatch journal` beside a running writer."""

import json
import subprocess
import sys
import threading

import pytest

from buffer.journal import Journal
from buffer.records import Entry
from tests.fresh import fresh

BOOT = "0b0e7a52-1111-4222-8333-444455556666"
UTC_NS = 1_790_000_000 * 10**9  # 2026-09-21T14:13:20Z


def haulwatch(*arguments, cwd="/"):
    command = [sys.executable, "-m", "agent", "journal", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, cwd=cwd)


def lines(*arguments):
    done = haulwatch(*arguments)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def entry(n, stream="event", utc_ns=None, clock="unsynced"):
    return Entry(stream, "load.changed", f"s{n}", b'{"n":%d}' % n, n * 10**9, utc_ns, clock)


@pytest.fixture
def journal(tmp_path):
    """Twelve events and three fixes; the first two events settled at `city`; the writer stays open."""
    journal = Journal.open(fresh(tmp_path / "journal.db"), BOOT, max_bytes=20_000_000, min_free_bytes=0)
    for n in range(1, 13):
        journal.append([entry(n, utc_ns=UTC_NS + n * 10**9, clock="gnss")])
    journal.append([entry(n, "track") for n in range(1, 4)])
    journal.settle("city", "event", 1, 2)
    journal.commit()
    yield journal
    journal.close()


def test_stats(journal):
    [found] = lines("stats", "--path", journal.path, "--json")
    assert found["generation"] == journal.generation
    assert found["streams"]["event"] == {"count": 12, "first": 1, "last": 12, "pruned": 0, "thinned": 0}
    assert found["sinks"]["city"]["event"] == {"watermark": 3, "unsettled": 10}
    said = haulwatch("stats", "--path", journal.path).stdout
    assert "12 records, seq 1 to 12" in said
    assert "10 to deliver to city, from seq 3" in said


def test_tail_shows_the_newest_in_the_order_of_commits(journal):
    found = lines("tail", "-n", 5, "--path", journal.path, "--json")
    assert [(r["stream"], r["seq"]) for r in found] == [
        ("event", 11),
        ("event", 12),
        ("track", 1),
        ("track", 2),
        ("track", 3),
    ]
    said = haulwatch("tail", "-n", 2, "--stream", "event", "--path", journal.path).stdout.splitlines()
    assert said[0] == '2026-09-21T14:13:31.000000Z  event/11  load.changed  s11  {"n":11}'


def test_follow_goes_on_with_what_comes(journal):
    command = [sys.executable, "-m", "agent", "journal", "tail", "-n", "0", "--follow", "--json"]
    command += ["--stream", "event", "--path", str(journal.path)]
    ended = threading.Event()

    def write():
        n = 100
        while not ended.wait(0.2):
            n += 1
            journal.append([entry(n), entry(n, "track")])

    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        writer = threading.Thread(target=write)
        writer.start()
        found = [json.loads(child.stdout.readline()) for _ in range(3)]
        child.kill()
        ended.set()
        writer.join()
    assert [r["stream"] for r in found] == ["event"] * 3
    assert [r["seq"] - found[0]["seq"] for r in found] == [0, 1, 2]


def test_export_has_every_column_and_the_derived_time(journal):
    found = lines("export", "--path", journal.path)
    assert len(found) == 15
    first = found[0]
    assert first["id"] == f"{journal.generation}/event/1"
    assert (first["payload"], first["intact"], first["boot"]) == ({"n": 1}, True, BOOT)
    assert (first["prev_hash"], len(first["hash"])) == ("00" * 32, 64)
    assert (found[-1]["time"], found[-1]["hash"], found[-1]["audience"]) == (None, None, None)
    anchor = b'{"mono_us":0,"origin":"gnss","utc_us":%d}' % (UTC_NS // 1000)
    journal.append([Entry("life", "clock.anchor", "clock", anchor, 1, UTC_NS, "gnss")])
    dated = lines("export", "--path", journal.path, "--stream", "track")
    assert dated[-1]["time"] == "2026-09-21T14:13:23.000000Z"


def test_export_since_keeps_what_cannot_be_dated(journal):
    found = lines("export", "--since", "2026-09-21T22:13:31+08:00", "--path", journal.path)
    assert [(r["stream"], r["seq"]) for r in found] == [
        ("event", 11),
        ("event", 12),
        ("track", 1),
        ("track", 2),
        ("track", 3),
    ]
    assert haulwatch("export", "--since", "yesterday", "--path", journal.path).returncode == 2


def test_a_closed_journal_is_read_too(journal):
    journal.close()
    assert len(lines("export", "--path", journal.path)) == 15


def test_no_journal_is_exit_3_and_one_line(tmp_path):
    done = haulwatch("stats", "--path", tmp_path / "none.db")
    assert done.returncode == 3
    assert done.stderr.count("\n") == 1
    assert "there is no journal" in done.stderr


def test_a_file_that_is_no_journal_is_exit_3(tmp_path):
    (tmp_path / "x.db").write_text("not a database" * 100)
    done = haulwatch("stats", "--path", tmp_path / "x.db")
    assert (done.returncode, done.stderr.count("\n")) == (3, 1)


def test_the_path_comes_from_the_configuration(journal, tmp_path):
    unit = '[unit]\nfleet = "f"\nvehicle = "v"\n[gnss]\nsource = "/dev/ttyUSB0"\n'
    (tmp_path / "agent.toml").write_text(f'{unit}[journal]\npath = "{journal.path}"\n')
    [found] = lines("stats", "--config", tmp_path / "agent.toml", "--json")
    assert found["generation"] == journal.generation
