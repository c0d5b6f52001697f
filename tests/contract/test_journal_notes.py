"""Notes beside the records: on disk with the next commit, over a restart, over damage."""

import contextlib

import pytest

from buffer.errors import JournalFull
from buffer.journal import Journal
from buffer.opening import begin_anew
from buffer.records import Entry
from buffer.store import Space
from buffer.verify import verify
from tests.fresh import fresh


def opened(path, max_bytes=10**8):
    return Journal.open(fresh(path), "boot-1", max_bytes=max_bytes, min_free_bytes=0)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "journal.db"


def entry(payload=b"{}"):
    return Entry("media", "picture.taken", "load-1", payload, 1, 1, "gnss")


def fill(journal, one):
    for _ in range(400):
        journal.append([one])


def test_a_note_is_kept_changed_and_let_go(path):
    journal = opened(path)
    journal.notes.put("media/city/a", "1")
    journal.notes.put("media/city/b", "2")
    journal.notes.put("other", "3")
    journal.commit()
    journal.notes.put("media/city/a", "9")
    journal.notes.put("media/city/b", None)
    assert journal.notes.under("media/city/") == {"a": "9"}
    journal.close()
    journal = opened(path)
    assert journal.notes.under("media/city/") == {"a": "9"}
    assert journal.notes.under("") == {"media/city/a": "9", "other": "3"}
    journal.close()
    assert verify(path).findings == []


def test_notes_that_change_often_cost_no_commit_of_their_own(path):
    journal = opened(path)
    before = journal.stats().commits
    for n in range(1000):
        journal.notes.put("count", str(n))
    journal.commit()
    journal.commit()
    assert journal.stats().commits == before + 1
    journal.close()


@pytest.mark.parametrize("keep", [True, False])
def test_a_note_outlives_damage_and_a_reset(path, keep):
    journal = opened(path)
    journal.append([entry()])
    journal.notes.put("wish", "ü")
    journal.close()
    content = bytearray(path.read_bytes())
    content[:6] = b"SQLitf"
    path.write_bytes(content)
    journal = opened(path)
    assert journal.replaced
    assert journal.notes.under("") == {"wish": "ü"}
    journal.close()
    begin_anew(path, Space(10**8, 0), keep=keep)
    journal = opened(path)
    assert journal.notes.under("") == {"wish": "ü"}
    journal.close()


def test_a_note_that_the_disk_refused_goes_with_a_later_commit(path):
    journal = opened(path, max_bytes=1_000_000)
    big = entry(b'"' + b"x" * 5_000 + b'"')
    with pytest.raises(JournalFull):
        fill(journal, big)
    journal.notes.put("wish", "1")
    with pytest.raises(JournalFull):
        journal.commit()
    for _ in range(20):
        journal.settle("city", "media", 1, journal.last("media"))
        journal.retain(["city"], None)
        with contextlib.suppress(JournalFull):
            journal.commit()
    journal.close()
    journal = opened(path, max_bytes=10**8)
    assert journal.notes.under("") == {"wish": "1"}
    journal.close()


def test_the_newest_record_that_holds_a_text_is_found(path):
    journal = opened(path)
    journal.append([entry(b'{"sha256":"aa","n":%d}' % n) for n in range(3)])
    assert journal.find("media", "picture.taken", b'"aa"').payload == b'{"sha256":"aa","n":2}'
    assert journal.find("media", "picture.taken", b'"bb"') is None
    assert journal.find("media", "picture.deleted", b'"aa"') is None
    assert journal.find("event", "picture.taken", b'"aa"') is None
    journal.close()


def test_a_stream_may_stay_longer_than_the_others(path):
    journal = opened(path)
    journal.append([entry(), Entry("health", "health.report", "unit", b"{}", 1, 1, "gnss")])
    for stream in ("media", "health"):
        journal.settle("city", stream, 1, 1)
    gone = journal.prune(journal.planned(["city"], 10, of={"media": 0}))
    assert [drop.stream for drop in gone] == ["health"]
    journal.close()
