"""Commands in the journal's file: kept with their records, over a restart, an upgrade, damage and a reset."""

import sqlite3
from contextlib import closing

import pytest

from buffer.command import Kept
from buffer.journal import Journal
from buffer.opening import begin_anew
from buffer.records import Entry
from buffer.store import Space
from buffer.verify import verify
from tests.fresh import fresh

DAY = 86_400 * 10**9
NOW = 20_000 * DAY


def opened(path):
    return Journal.open(fresh(path), "b00t", max_bytes=10**7, min_free_bytes=0)


def command(n, *, open_=False, expires_ns=NOW, body=b'{"state":"done"}', token=""):
    return Kept("city", f"c-{n}", token, expires_ns, open_, body)


def entry(n):
    return Entry("life", "command.done", f"command/city/c-{n}", b'{"n":%d}' % n, n, None, "unsynced", "city")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "journal.db"


def test_a_command_and_its_record_are_there_together(path):
    journal = opened(path)
    journal.commands.keep(command(1, open_=True, token="k/n1"), [entry(1)])
    journal.commands.keep(command(2), [entry(2)])
    journal.commands.keep(command(1, token="k/n1", body=b"later"), [entry(3)])
    for _ in range(2):
        assert journal.commands.find("city", "c-1") == command(1, token="k/n1", body=b"later")
        assert journal.commands.find("fleet", "c-1") is None
        assert journal.commands.seen("k/n1")
        assert not journal.commands.seen("k/n2")
        assert journal.commands.open() == []
        assert (journal.last("life"), journal.commands.count()) == (3, 2)
        journal.close()
        journal = opened(path)
    journal.close()
    assert verify(path).findings == []


def test_open_ones_come_in_the_order_in_which_they_came(path):
    journal = opened(path)
    for n in (3, 1, 2):
        journal.commands.keep(command(n, open_=True), [])
    journal.commands.keep(command(3, open_=True, body=b"running"), [])
    assert [kept.id for kept in journal.commands.open()] == ["c-3", "c-1", "c-2"]
    journal.close()


def test_old_ones_go_and_it_is_known_up_to_when(path):
    journal = opened(path)
    for n in range(1, 11):
        journal.commands.keep(command(n, expires_ns=NOW - n * DAY, open_=n == 10), [])
    journal.commands.keep(command(11, expires_ns=0), [])
    assert journal.commands.clear(NOW - 8 * DAY, NOW, 100) == 2  # 8 and 9; 10 is open
    assert journal.commands.floor_ns == NOW - 8 * DAY
    assert journal.commands.clear(NOW - 8 * DAY, NOW, 5) == 4  # the oldest by order of arrival
    assert [n for n in range(1, 12) if journal.commands.find("city", f"c-{n}")] == [5, 6, 7, 10, 11]
    assert journal.commands.floor_ns == NOW - DAY
    journal.close()


def test_what_has_not_expired_stays_however_many_there_are(path):
    journal = opened(path)
    for n in range(20):
        journal.commands.keep(command(n, expires_ns=NOW + DAY), [])
    assert journal.commands.clear(NOW - 30 * DAY, NOW, 5) == 0
    assert journal.commands.count() == 20
    journal.close()


def test_a_file_of_the_format_before_is_upgraded(path):
    journal = opened(path)
    journal.append([entry(1)])
    journal.close()
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("DROP TABLE command")
        db.execute("DELETE FROM _sqlite_migrations WHERE name = 'commands'")
        db.execute("PRAGMA user_version = 3")
    assert verify(path).findings == []
    journal = opened(path)
    assert (journal.last("life"), journal.commands.count(), journal.replaced) == (1, 0, None)
    journal.commands.keep(command(1), [entry(2)])
    journal.close()


def flip(path, needle):
    content = bytearray(path.read_bytes())
    at = content.index(needle)
    content[at] ^= 1
    path.write_bytes(content)


def test_a_damaged_row_is_found_and_counts_as_never_come(path):
    journal = opened(path)
    journal.commands.keep(command(1, body=b"unmistakable"), [])
    journal.close()
    flip(path, b"unmistakable")
    assert verify(path).findings == ["1 of 1 commands fail their checksum"]
    journal = opened(path)
    assert journal.commands.find("city", "c-1") is None
    journal.close()


def filled(path):
    journal = opened(path)
    for n in range(60):
        journal.commands.keep(command(n, token=f"k/n{n}", body=b"x" * 3000, open_=n == 5), [entry(n)])
    journal.commands.clear(0, 0, 10**6)
    journal.close()


def test_salvage_carries_commands_whatever_is_broken(path):
    filled(path)
    content = bytearray(path.read_bytes())
    content[0:2048] = b"\xff" * 2048  # SQLite reads nothing of it
    path.write_bytes(content)
    journal = opened(path)
    assert journal.replaced is not None
    assert [n for n in range(60) if not journal.commands.seen(f"k/n{n}")] == []
    assert journal.commands.open() == [], "its newest state is not known, so it is not carried out again"
    journal.close()


@pytest.mark.parametrize("keep", [True, False])
def test_a_new_journal_remembers_the_commands(path, keep):
    filled(path)
    begin_anew(path, Space(10**7, 0), keep=keep)
    journal = opened(path)
    assert [n for n in range(60) if not journal.commands.seen(f"k/n{n}")] == []
    assert [kept.id for kept in journal.commands.open()] == ["c-5"]
    journal.close()
