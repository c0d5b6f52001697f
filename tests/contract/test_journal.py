"""What the journal promises, whether it is fresh, reopened or was killed."""

import subprocess
import sys
import threading
from itertools import pairwise

import pytest

from buffer.errors import JournalError
from buffer.journal import Journal
from buffer.ranges import RangeSet
from buffer.records import GENESIS, Entry, body, link

BOOT = "0b0e7a52-1111-4222-8333-444455556666"
CHAINED = ("life", "event", "trip", "coverage")
KILLED = """
import os, signal, sys
from pathlib import Path
from buffer.journal import Journal
from buffer.records import Entry
journal = Journal.open(Path(sys.argv[1]), sys.argv[2], max_bytes=50_000_000, min_free_bytes=0)
journal.append([Entry("life", "started", "agent", b"{}", 1, None, "unsynced")])
journal.defer([Entry("life", "lost", "agent", b"{}", 2, None, "unsynced")])
os.kill(os.getpid(), signal.SIGKILL)
"""


def opened(path, boot=BOOT):
    return Journal.open(path, boot, max_bytes=50_000_000, min_free_bytes=0)


def entry(n, stream="event", kind="load.changed", utc_ns=None):
    return Entry(stream, kind, f"subject-{n}", b'{"n":%d}' % n, n * 10**9, utc_ns, "unsynced")


@pytest.fixture(params=["fresh", "reopened", "killed"])
def journal(request, tmp_path):
    path = tmp_path / "var" / "journal.db"
    if request.param == "reopened":
        first = opened(path)
        first.append([entry(1, "life", "started"), entry(2, "life", "stopped")])
        first.close()
    if request.param == "killed":
        path.parent.mkdir()
        subprocess.run([sys.executable, "-c", KILLED, path, BOOT], check=False, timeout=30)
    journal = opened(path)
    yield journal
    journal.close()


def test_the_order_is_kept_and_seqs_are_contiguous_per_stream(journal):
    for n in range(1, 8):
        journal.append([entry(n), entry(n, "track")])
    for stream in ("event", "track"):
        records = journal.window("city", stream, 100, RangeSet())
        assert [(r.seq, r.subject) for r in records] == [(n, f"subject-{n}") for n in range(1, 8)]
        assert {r.boot for r in records} == {BOOT}


def test_deferred_entries_are_not_seen_before_the_commit_and_precede_what_it_brings(journal):
    journal.defer([entry(1)], snapshot=b"one")
    assert journal.window("city", "event", 10, RangeSet()) == []
    assert journal.stats().pending == 1
    journal.append([entry(2)])
    assert [r.subject for r in journal.window("city", "event", 10, RangeSet())] == ["subject-1", "subject-2"]
    assert (journal.load_snapshot(), journal.stats().pending) == (b"one", 0)


def test_everything_survives_reopening(journal):
    journal.append([entry(1), entry(2), entry(3, "track")], snapshot=b"state")
    journal.settle("city", "event", 1, 1)
    assert journal.next_session("city") == 1
    journal.close()
    again = opened(journal.path)
    assert again.generation == journal.generation
    assert [r.seq for r in again.window("city", "event", 9, RangeSet())] == [2]
    assert again.load_snapshot() == b"state"
    assert again.next_session("city") == 2
    assert again.next_session("fleet") == 1
    again.append([entry(4)])
    assert [r.seq for r in again.window("city", "event", 9, RangeSet())] == [2, 3]
    again.close()


def test_a_window_leaves_out_what_is_settled_or_in_flight(journal):
    journal.append([entry(n) for n in range(1, 11)])
    journal.settle("city", "event", 1, 2)
    journal.settle("city", "event", 7, 7)
    window = journal.window("city", "event", 4, RangeSet([(3, 4), (6, 6)]))
    assert [r.seq for r in window] == [5, 8, 9, 10]
    assert [r.seq for r in journal.window("fleet", "event", 3, RangeSet())] == [1, 2, 3]
    assert journal.backlog("city")["event"] == 7
    assert journal.stats().sinks["city"]["event"].watermark == 3


def test_chained_streams_form_one_chain_in_the_order_of_commits(journal):
    for n in range(1, 4):
        journal.append([entry(n, stream) for stream in (*CHAINED, "track")])
    records = [r for s in CHAINED for r in journal.window("city", s, 99, RangeSet())]
    by_prev = {r.prev_hash: r for r in records}
    head, length = GENESIS, 0
    while record := by_prev.get(head):
        assert record.hash == link(head, body(record, record.seq, record.boot))
        head, length = record.hash, length + 1
    assert length == len(records) >= 12
    assert all(r.hash is None and r.intact() for r in journal.window("city", "track", 99, RangeSet()))


def test_a_boot_is_dated_by_its_newest_anchor(journal):
    assert journal.anchors().get(BOOT) is None
    for utc in (5, 9):
        data = b'{"mono_us":2,"origin":"gnss","utc_us":%d}' % utc
        journal.append([Entry("life", "clock.anchor", "clock", data, 3, None, "unsynced")])
    assert journal.anchors().get(BOOT) == (9_000, 2_000)
    journal.close()
    again = opened(journal.path, "another")
    assert again.anchors() == {BOOT: (9_000, 2_000)}
    again.close()


def test_the_newest_moment_is_of_the_boot_asked_for(journal):
    journal.append([entry(50), entry(70, "track")])
    assert journal.newest_mono_ns(BOOT) == 70 * 10**9
    assert journal.newest_mono_ns("another") is None


def test_an_orderly_end_is_known(journal):
    for kind, orderly in (("stopped", True), ("started", False)):
        journal.append([entry(1, "life", kind)])
        journal.close()
        journal = opened(journal.path)
        assert journal.clean() is orderly
    journal.close()


def test_a_second_writer_is_refused(journal):
    with pytest.raises(JournalError, match="another process writes this journal"):
        opened(journal.path)


def test_a_commit_with_nothing_to_do_does_nothing(journal):
    before = journal.stats().commits
    journal.commit()
    assert journal.stats().commits == before


def test_writers_and_readers_in_many_threads(journal):
    def write(kind):
        for n in range(25):
            journal.append([entry(n, kind=kind)])

    threads = [threading.Thread(target=write, args=(f"w{k}",)) for k in range(4)]
    for thread in threads:
        thread.start()
    seen = 0
    while any(thread.is_alive() for thread in threads):
        records = journal.window("city", "event", 1000, RangeSet())
        assert len(records) >= seen
        assert all(b.seq == a.seq + 1 for a, b in pairwise(records))
        seen = len(records)
    for thread in threads:
        thread.join()
    records = journal.window("city", "event", 1000, RangeSet())
    assert len(records) == 100
    for k in range(4):
        assert [r.mono_ns // 10**9 for r in records if r.type == f"w{k}"] == list(range(25))
