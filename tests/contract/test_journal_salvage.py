"""What a damaged journal still holds is carried into the new one, and the loss is stated to the row."""

import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from agent.recovery import never_come
from buffer.journal import Journal
from buffer.pages import rows
from buffer.ranges import RangeSet
from buffer.records import COLUMNS, Entry, Record, from_row
from tests.fresh import fresh

COUNT = 400


def opened(path: Path, boot: str = "boot-2") -> Journal:
    return Journal.open(fresh(path), boot, max_bytes=20_000_000, min_free_bytes=0)


def entry(n: int, stream: str, size: int) -> Entry:
    utc_ns = None if n % 3 else n * 10**9
    audience = "city" if n % 5 == 0 else None
    return Entry(
        stream, "x", f"车/{n}", b'{"n":%d,"text":"%s"}' % (n, b"x" * size), n, utc_ns, "rtc", audience
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A closed journal: events with long payloads, too, and fixes; partly settled at two sinks."""
    journal = opened(tmp_path / "journal.db", "boot-1")
    for n in range(1, COUNT + 1):
        journal.defer(
            [entry(n, "event", 9000 if n % 50 == 0 else 200), entry(n, "track", 300)], b"state %d" % n
        )
        if n % 20 == 0:
            journal.commit()
    journal.settle("city", "event", 1, 300)
    journal.settle("city", "track", 1, 390)
    journal.settle("fleet", "track", 1, 380)
    journal.settle("fleet", "event", 5, 5)
    journal.commit()
    journal.next_session("city")
    journal.close()
    return tmp_path / "journal.db"


def written(path: Path) -> dict[tuple[str, int], Record]:
    with closing(sqlite3.connect(path)) as db:
        records = [from_row(row) for row in db.execute(f"SELECT {COLUMNS} FROM record")]  # noqa: S608
    return {(record.stream, record.seq): record for record in records}


def fields(record: Record) -> tuple[object, ...]:
    """All but the links, which begin anew."""
    return record.row()[:10]


def test_pages_are_read_as_sqlite_reads_them(path: Path) -> None:
    found = {(row[0], row[1]): from_row(row) for _, row in rows(path, 13)}
    assert found == written(path)
    settled = {row[:4] for _, row in rows(path, 5, rowid=False)}
    assert settled == {
        ("city", "event", 1, 300),
        ("city", "track", 1, 390),
        ("fleet", "event", 5, 5),
        ("fleet", "track", 1, 380),
    }


def test_a_wal_that_was_not_written_back_counts_up_to_its_last_commit(path: Path, tmp_path: Path) -> None:
    journal = opened(path, "boot-1")
    journal.append([entry(COUNT + 1, "event", 200)])
    copy = tmp_path / "copy"
    copy.mkdir()
    for name in ("journal.db", "journal.db-wal"):
        shutil.copy(path.with_name(name), copy / name)
    journal.close()
    assert max(row[1] for _, row in rows(copy / "journal.db", 13) if row[0] == "event") == COUNT + 1
    wal = copy / "journal.db-wal"
    wal.write_bytes(wal.read_bytes()[:-100])  # the commit's own frame is cut
    assert max(row[1] for _, row in rows(copy / "journal.db", 13) if row[0] == "event") == COUNT


def test_only_what_a_sink_still_needs_is_carried_and_nothing_is_sent_twice(path: Path) -> None:
    before = written(path)
    with path.open("r+b") as file:
        file.write(b"SQLitf")
    journal = opened(path)
    saved = journal.salvaged
    assert saved.settled_known
    assert saved.kept == {"event": [(1, 4), (6, COUNT)], "track": [(381, COUNT)]}
    assert (saved.lost, saved.last) == ({}, {"event": COUNT, "track": COUNT})
    assert journal.backlog("city") == {"event": COUNT - 300, "track": 10}
    assert journal.backlog("fleet") == {"event": COUNT - 1, "track": 20}
    assert journal.next_session("city") == 2
    after = {
        (r.stream, r.seq): r for s in saved.kept for r in journal.window("nobody", s, 2 * COUNT, RangeSet())
    }
    assert {place: fields(record) for place, record in after.items()} == {
        place: fields(before[place]) for place in after
    }
    assert not journal.damaged
    told = list(never_come(saved, journal, "fleet"))
    assert sorted(told) == [("event", 5, 5, "earlier"), ("track", 1, 380, "earlier")]
    journal.close()


@pytest.mark.parametrize("made", ["nothing", "half"])
def test_a_salvage_that_was_cut_short_begins_again(path: Path, made: str) -> None:
    before = written(path)
    with path.open("r+b") as file:
        file.write(b"SQLitf")
    path.rename(path.with_name("journal.db.damaged-1.carrying"))
    if made == "half":
        opened(path).close()
        path.rename(path.with_name("kept"))
        path.with_name("journal.db.damaged-1").rename(path.with_name("journal.db.damaged-1.carrying"))
        with closing(sqlite3.connect(path.with_name("kept"))) as db, db:
            db.execute("DELETE FROM record WHERE seq > 385")
            db.execute("DELETE FROM meta WHERE key = 'salvage'")
        path.with_name("kept").rename(path)
    journal = opened(path)
    assert journal.replaced == path.with_name("journal.db.damaged-1")
    assert journal.salvaged.kept == {"event": [(1, 4), (6, COUNT)], "track": [(381, COUNT)]}
    assert journal.load_snapshot() == b"state %d" % COUNT
    held = journal.window("nobody", "event", 2 * COUNT, RangeSet())
    assert [fields(r) for r in held] == [fields(before["event", r.seq]) for r in held]
    journal.close()
    again = opened(path)
    assert (again.replaced, sorted(p.name for p in path.parent.glob("*.carrying*"))) == (None, [])
    again.close()


@pytest.mark.parametrize("seed", range(12))
def test_each_row_is_kept_delivered_or_stated_as_lost(path: Path, seed: int) -> None:
    """Bits flip anywhere, pages turn to noise, the end is cut: no row goes without being named."""
    rng, before = random.Random(seed), written(path)
    content = bytearray(path.read_bytes())
    for _ in range(rng.choice((1, 5, 40))):
        content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    if seed % 3 == 1:
        start = rng.randrange(len(content) - 8192)
        content[start : start + 8192] = rng.randbytes(8192)
    if seed % 4 == 3:
        del content[rng.randrange(len(content) // 2, len(content)) :]
    content[:6] = b"SQLitf"  # so that it is salvaged, whatever else was hit
    path.write_bytes(content)
    journal = opened(path)
    saved = journal.salvaged
    assert saved is not None
    for stream in ("event", "track"):
        last = saved.last.get(stream, 0)
        kept, lost = (RangeSet(part.get(stream, ())) for part in (saved.kept, saved.lost))
        assert not list(kept.intersection(lost))
        held = journal.window("nobody", stream, 2 * COUNT, RangeSet())
        assert [(r.seq, r.seq) for r in held] == [(seq, seq) for lo, hi in kept for seq in range(lo, hi + 1)]
        assert all(fields(record) == fields(before[stream, record.seq]) for record in held)
        for seq in range(1, last + 1):
            assert (seq in kept) + (seq in lost) <= 1
            if seq not in kept and seq not in lost:
                assert saved.settled_known
                assert seq <= 380 if stream == "track" else seq == 5
    journal.close()
