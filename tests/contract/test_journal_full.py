"""A full disk and a spent budget: reported, nothing lost, and it goes on when there is room again."""

import os
import subprocess

import pytest

from buffer.errors import JournalFull
from buffer.journal import Journal
from buffer.pending import Pending
from buffer.ranges import RangeSet
from buffer.records import Entry

BOOT = "boot"


def entry(n, stream="event", size=600):
    return Entry(stream, "x", str(n), b'"%s"' % (b"x" * size), n, None, "unsynced")


def subjects(journal, stream="event"):
    return [int(r.subject) for r in journal.window("city", stream, 10**6, RangeSet())]


@pytest.fixture
def small_disk(tmp_path):
    """A tmpfs of 4 MB."""
    if os.geteuid():
        pytest.skip("needs root to mount a tmpfs")
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "haulwatch-test", disk]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"needs root to mount a tmpfs: {done.stderr.strip()}")
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


def fill_until_full(journal, n=0):
    """Append events until one is refused; returns the number of the last that was durable."""
    for at in range(n + 1, 100_000):
        try:
            journal.append([entry(at)])
        except JournalFull as e:
            said = str(e)
            break
    assert str(journal.path) in said
    assert "free space" in said
    return at - 1


def test_a_full_disk_is_reported_and_nothing_is_lost(small_disk):
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(2_500_000))
    journal = Journal.open(small_disk / "journal.db", BOOT, max_bytes=8_000_000, min_free_bytes=0)
    durable = fill_until_full(journal)
    assert subjects(journal) == list(range(1, durable + 1))
    for n in range(durable + 2, durable + 6):  # durable + 1 was refused and waits
        with pytest.raises(JournalFull):
            journal.append([entry(n)], snapshot=b"%d" % n)
    assert journal.stats().pending == 5
    assert "full" in journal.stats().full
    assert subjects(journal) == list(range(1, durable + 1)), "reading goes on"
    ballast.unlink()
    journal.append([entry(durable + 6)])
    assert subjects(journal) == list(range(1, durable + 7))
    assert (journal.load_snapshot(), journal.stats().full) == (b"%d" % (durable + 5), None)
    journal.close()
    again = Journal.open(small_disk / "journal.db", BOOT, max_bytes=8_000_000, min_free_bytes=0)
    assert subjects(again) == list(range(1, durable + 7))
    assert not again.chain_broken
    again.close()


def test_a_full_disk_is_opened_and_read(small_disk):
    journal = Journal.open(small_disk / "journal.db", BOOT, max_bytes=8_000_000, min_free_bytes=0)
    durable = fill_until_full(journal)
    with pytest.raises(JournalFull):
        journal.close()
    again = Journal.open(small_disk / "journal.db", BOOT, max_bytes=8_000_000, min_free_bytes=0)
    assert subjects(again) == list(range(1, durable + 1))
    again.close()


def test_a_full_disk_can_prune_itself(small_disk):
    journal = Journal.open(small_disk / "journal.db", BOOT, max_bytes=8_000_000, min_free_bytes=0)
    for n in range(1, 1001):
        journal.append([entry(n, "health")])
    journal.settle("city", "health", 1, 1000)
    durable = fill_until_full(journal)
    drops = journal.retain(["city"], None)
    assert {(d.stream, d.why) for d in drops} == {("health", "room")}
    journal.commit()
    assert subjects(journal) == list(range(1, durable + 2)), "the refused one went with this commit"
    assert journal.stats().full is None
    assert journal.backlog("city")["health"] == 0
    journal.close()


def test_a_spent_budget_is_the_same(tmp_path):
    journal = Journal.open(tmp_path / "journal.db", BOOT, max_bytes=1_000_000, min_free_bytes=0)
    journal.append([entry(n, "health") for n in range(1, 301)])
    journal.settle("city", "health", 1, 300)
    durable = fill_until_full(journal)
    assert journal.retain(["city"], None)
    journal.append([entry(durable + 2)])
    assert subjects(journal) == list(range(1, durable + 3))
    assert journal.stats().bytes <= 1_000_000
    journal.close()


def test_with_little_room_track_is_refused_and_counted_while_events_go_on(tmp_path):
    disk = os.statvfs(tmp_path)
    all_of_it = disk.f_blocks * disk.f_frsize
    journal = Journal.open(tmp_path / "journal.db", BOOT, max_bytes=2**31, min_free_bytes=all_of_it)
    journal.append([entry(1), entry(1, "track"), entry(2)])
    assert (subjects(journal), subjects(journal, "track")) == ([1, 2], [])
    assert journal.stats().dropped == 1
    assert "track" in journal.full
    journal.append([entry(3)])
    assert "track" in journal.full, "a commit without track says nothing about track"
    journal.close()


def test_unsent_track_makes_room_only_when_nothing_else_does_and_is_named(tmp_path):
    journal = Journal.open(tmp_path / "journal.db", BOOT, max_bytes=1_000_000, min_free_bytes=0)
    n = 0
    while not journal.stats().dropped:
        n += 1
        journal.append([entry(n, "track")])
    held = n - 1
    drops = journal.retain(["city"], None)
    assert {(d.stream, d.why) for d in drops} == {("track", "dropped")}
    assert drops[0].lo == 1
    assert journal.backlog("city")["track"] == held - drops[-1].hi
    journal.append([entry(n + 1, "track")])
    assert subjects(journal, "track") == [*range(drops[-1].hi + 1, held + 1), n + 1]
    journal.close()


def test_what_waits_is_bounded_and_only_track_media_and_health_give_way():
    pending = Pending(limit=100)
    for n in range(90):
        pending.add([entry(n, "event")], None)
        pending.add([entry(n, "track")], b"%d" % n)
    assert len(pending) <= 100
    assert pending.dropped == 180 - len(pending)
    for n in range(90, 200):
        pending.add([entry(n, "event")], None)
    batch = pending.take()
    assert [e.subject for e in batch.entries] == [str(n) for n in range(200)]
    assert batch.snapshot == b"89"
