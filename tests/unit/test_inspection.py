"""The look from outside finds what is broken in a journal."""

import sqlite3

import pytest

from buffer.errors import JournalError, JournalMissing
from buffer.inspection import problems
from buffer.journal import Journal
from buffer.records import Entry
from tests.fresh import fresh


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "journal.db"
    journal = Journal.open(fresh(path), "boot", max_bytes=10_000_000, min_free_bytes=0)
    journal.append([Entry("track", "fix", "unit", b"{}", n, None, "unsynced") for n in range(50)])
    journal.close()
    return path


def change(path, statement):
    db = sqlite3.connect(path)
    db.execute(statement)
    db.commit()
    db.close()


def test_a_whole_journal_has_no_problems(path):
    assert problems(path) == []


def test_a_changed_payload_is_found(path):
    change(path, "UPDATE record SET payload = x'7b207d' WHERE seq = 7")
    assert problems(path) == ["track/7 fails its checksum"]


def test_a_missing_record_is_found(path):
    change(path, "DELETE FROM record WHERE seq = 7")
    assert problems(path) == ["track: seqs 7 to 7 are missing"]


def test_a_file_that_is_no_journal_is_an_error(tmp_path):
    (tmp_path / "other").write_bytes(b"x" * 5000)
    with pytest.raises(JournalError):
        problems(tmp_path / "other")
    with pytest.raises(JournalMissing):
        problems(tmp_path / "none")
