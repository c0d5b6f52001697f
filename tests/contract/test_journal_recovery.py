"""A file that isn't a readable journal is moved aside and said so; a newer one is left alone."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from buffer.books import BOOKS, write
from buffer.errors import JournalDamaged, JournalMissing, JournalNewer
from buffer.journal import Journal
from buffer.ranges import RangeSet
from buffer.records import Entry
from buffer.retention import Drop
from buffer.verify import verify


def opened(path):
    return Journal.open(path, "boot", max_bytes=20_000_000, min_free_bytes=0)


def entry(n, stream="event"):
    return Entry(stream, "x", str(n), b'{"n":%d,"text":"%s"}' % (n, b"x" * 200), n, None, "unsynced")


@pytest.fixture
def path(tmp_path):
    """A closed journal of 300 events."""
    journal = opened(tmp_path / "journal.db")
    journal.append([entry(n) for n in range(1, 301)])
    journal.close()
    return tmp_path / "journal.db"


def flip_header(path):
    with path.open("r+b") as file:
        file.write(b"SQLitf")


def truncate(path):
    os.truncate(path, path.stat().st_size * 3 // 4)


def no_database(path):
    path.write_text("not a database\n" * 100)


def other_tables(path):
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("DROP TABLE settled")


def empty_pages(path):
    with path.open("r+b") as file:
        file.seek(2048)
        file.write(os.urandom(20_000))


LEAST_KEPT = {flip_header: 300, other_tables: 300, truncate: 200, empty_pages: 200}


@pytest.mark.parametrize("damage", [flip_header, truncate, no_database, other_tables, empty_pages])
def test_a_damaged_file_is_moved_aside_and_what_it_holds_goes_on(path, damage):
    before = opened(path)
    before.close()
    damage(path)
    earlier = RangeSet()
    for n in (1, 2):
        journal = opened(path)
        assert journal.replaced == path.with_name(f"journal.db.damaged-{n}")
        assert journal.replaced.exists()
        assert journal.generation != before.generation
        assert not journal.clean()
        saved = journal.salvaged
        last = saved.last.get("event", 0)
        kept, lost = (RangeSet(part.get("event", ())) for part in (saved.kept, saved.lost))
        assert not list(kept.intersection(lost))
        kept_and_lost = kept.copy()
        kept_and_lost.merge(lost)
        if last:
            kept_and_lost.merge(earlier)
        earlier = lost
        assert list(kept_and_lost) == ([(1, last)] if last else [])
        assert n > 1 or kept.count >= LEAST_KEPT.get(damage, 0)
        journal.append([entry(1)])
        assert [r.seq for r in journal.window("city", "event", 400, RangeSet())][-1] == last + 1
        assert not journal.damaged
        journal.close()
        again = opened(path)
        assert (again.replaced, again.backlog("city")) == (None, {"event": kept.count + 1})
        assert not again.chain_broken
        again.close()
        damage(path)


def test_a_newer_file_is_refused_and_left(path):
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("PRAGMA user_version = 99")
        write(db, "meta", [("format", "99")])
    content = path.read_bytes()
    with pytest.raises(JournalNewer, match="format 99"):
        opened(path)
    assert path.read_bytes() == content


def test_a_version_that_only_the_header_knows_is_a_damaged_header(path):
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("PRAGMA user_version = 66")
    journal = opened(path)
    assert journal.replaced
    assert journal.backlog("city") == {"event": 300}
    journal.close()


def test_an_older_file_is_upgraded_in_a_child(path):
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("PRAGMA user_version = 0")
    journal = opened(path)
    assert journal.backlog("city") == {"event": 300}
    journal.close()


def test_a_flipped_bit_in_a_payload_is_found_before_it_is_sent(path):
    with closing(sqlite3.connect(path)) as db, db:
        [payload] = db.execute("SELECT payload FROM record WHERE seq = 7").fetchone()
        db.execute("UPDATE record SET payload = ? WHERE seq = 7", (payload.replace(b'"n":7', b'"n":6'),))
    journal = opened(path)
    assert [r.seq for r in journal.window("city", "event", 8, RangeSet())] == [1, 2, 3, 4, 5, 6, 8, 9]
    assert journal.damaged == [("event", 7)]
    assert [r.seq for r in journal.window("city", "event", 8, RangeSet([(1, 5)]))][:3] == [6, 8, 9]
    journal.settle("city", "event", 7, 7)
    assert journal.backlog("city") == {"event": 299}
    journal.close()


def test_text_that_is_no_text_any_more_is_withheld_like_other_damage(path):
    content = path.read_bytes()
    at = content.find(b"eventboot") + len("event")
    broken = bytearray(content)
    broken[at] ^= 0x80
    path.write_bytes(broken)
    journal = opened(path)
    held = [r.seq for r in journal.window("city", "event", 300, RangeSet())]
    assert len(held) == 299
    assert len(journal.damaged) == 1
    journal.close()
    assert any("fails its checksum" in finding for finding in verify(path).findings)


@pytest.mark.parametrize(
    "column", ["subject", "type", "boot", "clock", "mono_ns", "utc_ns", "hash", "audience"]
)
def test_every_column_is_covered_by_the_checksum(path, column):
    value = 5 if column.endswith("_ns") else b"\0" * 32 if column == "hash" else "y"
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(f"UPDATE record SET {column} = ? WHERE seq = 9", (value,))  # noqa: S608
    journal = opened(path)
    assert 9 not in [r.seq for r in journal.window("city", "event", 300, RangeSet())]
    assert journal.damaged == [("event", 9)]
    journal.close()


def test_a_damaged_snapshot_is_empty_rather_than_wrong(path):
    journal = opened(path)
    journal.append([], snapshot=b"state")
    journal.close()
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE snapshot SET body = ?", (b"stale",))
    journal = opened(path)
    assert journal.load_snapshot() == b""
    journal.close()


def test_a_cut_tail_of_the_chain_is_noticed(path):
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("DELETE FROM record WHERE seq = 300")
    path.with_name("journal.db-mark").unlink()
    journal = opened(path)
    assert journal.chain_broken
    assert journal.replaced is None
    journal.close()


def test_rows_that_the_mark_knows_and_the_journal_does_not_are_named_as_lost(path):
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("DELETE FROM record WHERE seq > 297")
    journal = opened(path)
    assert journal.replaced
    assert journal.salvaged.lost == {"event": [(298, 300)]}
    journal.append([entry(1)])
    assert journal.last("event") == 301, "no seq is given twice"
    journal.close()


@pytest.mark.parametrize("table", ["settled", "pruned", "session", "meta"])
def test_a_changed_row_of_the_books_is_not_believed(path, table):
    journal = opened(path)
    journal.settle("city", "event", 1, 100)
    journal.append([entry(n, "track") for n in range(1, 11)])
    journal.settle("city", "track", 1, 10)
    journal.prune([Drop("track", 1, 5, "aged")])
    journal.next_session("city")
    journal.close()
    change = {"settled": "hi = 250", "pruned": "hi = 9", "session": "number = 9", "meta": "value = 'x'"}
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(f"UPDATE {table} SET {change[table]}")  # noqa: S608
    assert any("fail their checksum" in finding for finding in verify(path).findings)
    journal = opened(path)
    assert journal.replaced
    assert 101 in [r.seq for r in journal.window("city", "event", 300, RangeSet())]
    assert not journal.salvaged.lost
    assert journal.next_session("city") == (1 if table == "session" else 2)
    journal.close()


def test_a_row_that_the_index_hides_is_missed_and_saved_by_the_next_start(path):
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("PRAGMA writable_schema = ON")
        (root,) = db.execute("SELECT rootpage FROM sqlite_schema WHERE type = 'index'").fetchone()
    content = bytearray(path.read_bytes())
    entry_of_150 = content.find(b"event\x00\x96")  # a cell of the index: stream, seq 150, rowid 150
    assert entry_of_150 > 0, root
    content[entry_of_150 + 6] ^= 0x40
    path.write_bytes(content)
    journal = opened(path)
    with pytest.raises(JournalDamaged, match="150"):
        journal.window("city", "event", 300, RangeSet())
    assert "150" in journal.suspicion
    journal.close()
    again = opened(path)
    assert again.replaced
    assert again.salvaged.lost == {}
    assert [r.seq for r in again.window("city", "event", 400, RangeSet())] == list(range(1, 301))
    assert again.suspicion is None
    again.close()
    assert opened(path).replaced is None


def test_a_file_of_format_1_is_given_checksums(path):
    journal = opened(path)
    journal.settle("city", "event", 1, 100)
    journal.close()
    with closing(sqlite3.connect(path)) as db, db:
        for table in BOOKS:
            db.execute(f"ALTER TABLE {table} DROP COLUMN crc")
        db.execute("DELETE FROM meta WHERE key = 'format'")
        db.execute("DELETE FROM _sqlite_migrations WHERE name = 'checksums'")
        db.execute("PRAGMA user_version = 1")
    before = journal.generation
    journal = opened(path)
    assert (journal.replaced, journal.generation) == (None, before)
    assert journal.backlog("city") == {"event": 200}
    journal.close()
    assert verify(path).findings == []


def test_a_place_that_cannot_be_used_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(JournalMissing, match="cannot be created"):
        opened(tmp_path / "file" / "journal.db")


def test_the_daemons_process_loads_neither_sqlite_utils_nor_numpy(path):
    script = (
        "import sys; from pathlib import Path; from buffer.journal import Journal\n"
        "Journal.open(Path(sys.argv[1]), 'b', max_bytes=20_000_000, min_free_bytes=0).close()\n"
        "sys.exit(bool({'sqlite_utils', 'numpy'} & set(sys.modules)))"
    )
    path.unlink()
    assert subprocess.run([sys.executable, "-c", script, path], check=False).returncode == 0
