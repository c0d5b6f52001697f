"""A journal as evidence: what somebody with write access to its file can't do unseen."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from agent.evidence.segments import Head
from agent.evidence.signers import Trusted
from agent.evidence.whole import verify_journal
from agent.trust.keys import new_key
from buffer.records import body, checksum
from buffer.survey import Survey


@pytest.fixture(scope="module")
def kept(tmp_path_factory, unit_at):
    """A journal with two anchors, closed; its key; the anchors that were published."""
    unit = unit_at(tmp_path_factory.mktemp("journal"))
    heads = []
    for at in (30.0, 90.0):
        unit.accuse(f"uncovered_load-0b0e7a52-{at:.0f}000000", at)
        head, counts = unit.journal.proofs.chain()
        heads.append(Head(unit.journal.generation, head, counts))
    unit.attest(130, "daily")
    unit.journal.close()
    return unit.journal.path, {unit.device.kid: Trusted(unit.device.key)}, heads


def changed(kept, folder: Path, statement: str = "SELECT ?", value: str = ""):
    path, trust, heads = kept
    copy = shutil.copy(path, folder / "journal.db")
    with closing(sqlite3.connect(copy)) as db, db:
        db.execute(statement, (value,))
    return verify_journal(Path(copy), trust, heads)


def kinds(verdict) -> set[str]:
    return {f.kind for f in verdict.findings}


def test_as_it_was_written_it_is_genuine(kept, tmp_path):
    assert changed(kept, tmp_path).word == "genuine"
    path, trust, _ = kept
    assert verify_journal(path, trust, []).word == "signed"
    assert verify_journal(path, {}, []).word == "self-consistent"
    stranger = new_key().public
    assert verify_journal(path, {stranger.kid: Trusted(stranger.key)}, []).word == "wrong_key"


@pytest.mark.parametrize("stream", ["life", "event", "coverage"])
def test_a_deleted_record_is_missed(kept, tmp_path, stream):
    verdict = changed(kept, tmp_path, "DELETE FROM record WHERE stream = ? AND seq = 2", stream)
    assert "missing" in kinds(verdict)


def test_an_altered_record_is_named_even_with_a_right_checksum(kept, tmp_path):
    path, trust, heads = kept
    copy = Path(shutil.copy(path, tmp_path / "journal.db"))
    with Survey(path) as survey:
        forged = msgspec.structs.replace(survey.one("event", 1), payload=b"{}")
    crc = checksum(body(forged, forged.seq, forged.boot), forged.prev_hash, forged.hash)
    with closing(sqlite3.connect(copy)) as db, db:
        db.execute("UPDATE record SET payload = ?, crc = ? WHERE stream = 'event' AND seq = 1", (b"{}", crc))
    verdict = verify_journal(copy, trust, heads)
    assert verdict.findings[0].what == "does not have the hash of its content"
    assert {f.where.rpartition("/")[0].rpartition("/")[2] for f in verdict.findings} == {"event"}
    assert kinds(verdict) == {"altered"}


def test_a_record_that_was_moved_is_found(kept, tmp_path):
    moved = "UPDATE record SET rowid = 9999 WHERE stream = ? AND seq = 1"
    assert "reordered" in kinds(changed(kept, tmp_path, moved, "event"))


def test_a_cut_end_is_seen_by_who_holds_a_later_anchor(kept, tmp_path):
    path, trust, heads = kept
    first = "(SELECT min(rowid) FROM record WHERE type = ?)"
    cut = f"DELETE FROM record WHERE prev_hash IS NOT NULL AND rowid > {first}"  # noqa: S608
    assert kinds(changed(kept, tmp_path, cut, "chain.anchor")) == {"cut"}
    (tmp_path / "journal.db").unlink()
    alone = changed((path, trust, heads[:1]), tmp_path, cut, "chain.anchor")
    assert alone.word == "genuine"  # nobody knows of more


def test_another_history_is_not_the_published_one(kept, tmp_path, unit_at):
    _, trust, heads = kept
    other = unit_at(tmp_path)
    other.accuse()
    other.attest(200)
    other.journal.close()
    theirs = {other.device.kid: Trusted(other.device.key)}
    published = [Head(other.journal.generation, "ab" * 32, heads[0].counts | {"life": 1})]
    assert kinds(verify_journal(other.journal.path, theirs, published)) == {"altered"}
    assert verify_journal(other.journal.path, trust, heads).word == "wrong_key"
