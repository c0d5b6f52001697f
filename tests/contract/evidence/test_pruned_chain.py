"""The chain let go up to an anchor: what stays is genuine, and a record more is missed."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.evidence.bundle import build
from agent.evidence.held import published
from agent.evidence.segments import Head
from agent.evidence.signers import Trusted
from agent.evidence.verify import verify
from agent.evidence.whole import verify_journal
from agent.model import Emit
from buffer.books import write
from buffer.chain_pruning import Bounds
from buffer.genesis import Cut, anchor_of
from buffer.journal import Journal
from buffer.records import CHAINED
from buffer.retention import Drop
from buffer.survey import Survey
from buffer.verify import verify as looked_at
from tests.contract.evidence.conftest import BOOT, UTC_NS
from tests.samples import samples

LATER = UTC_NS + 10**15
SUBJECT = "uncovered_load-0b0e7a52-{}000000"
FIRST, SECOND = SUBJECT.format(30), SUBJECT.format(230)


def opened(path: Path) -> Journal:
    return Journal.open(path, "another boot", max_bytes=10**7, min_free_bytes=0)


def bounds(held=lambda _: False, older=LATER, boot="another boot", sinks=("city",)) -> Bounds:
    return Bounds(sinks, older, boot, held)


@pytest.fixture(scope="module")
def kept(tmp_path_factory, unit_at):
    """A unit whose journal has some anchors, all delivered, and nothing else left than its chain."""
    unit = unit_at(tmp_path_factory.mktemp("unit"))
    for at in (30, 230):
        unit.accuse(SUBJECT.format(at), float(at))
        unit.emit(at + 40, Emit("coverage", "gap.started", f"gap-{at}", {"source": "fix", "why": "no fix"}))
        unit.emit(at + 50, Emit("coverage", "gap.ended", f"gap-{at}", {"source": "fix", "why": "no fix"}))
        unit.emit(at + 60, Emit("trip", "trip.ended", f"trip-{at}", {}))
        unit.attest(at + 70, "daily")
    unit.emit(400, Emit("life", "stopped", "unit", {"reason": "asked"}))
    for stream in ("life", "event", "trip", "coverage", "track", "media"):
        unit.journal.settle("city", stream, 1, unit.journal.last(stream))
    unit.journal.commit()
    unit.bundles = {s: unit.bundle(s) for s in (FIRST, SECOND)}
    unit.journal.prune([Drop(s, 1, unit.journal.last(s), "aged") for s in ("track", "media")])
    unit.journal.close()
    with Survey(unit.journal.path) as survey:
        found = [anchor_of(r, survey.generation) for r in survey.stream("life")]
    unit.anchors = [a for a in found if a is not None]
    unit.trust = {unit.device.kid: Trusted(unit.device.key)}
    unit.heads = [Head(unit.journal.generation, a.head, a.counts) for a in unit.anchors]
    assert len(unit.anchors) == 4
    return unit


def copied(kept, folder: Path) -> Path:
    return Path(shutil.copy(kept.journal.path, folder / "journal.db"))


def cut_at(path: Path, anchor) -> None:
    with closing(opened(path)) as journal:
        journal.chain_pruning.cut(Cut(anchor))


def chained(path: Path) -> list[tuple[str, int]]:
    with Survey(path) as survey:
        return [(r.stream, r.seq) for _, r in survey.chained()]


@pytest.mark.parametrize("at", range(4))
def test_at_every_anchor_what_stays_is_genuine_and_one_record_more_is_missed(kept, tmp_path, at):
    path, anchor = copied(kept, tmp_path), kept.anchors[at]
    before = chained(path)
    cut_at(path, anchor)
    assert chained(path) == [(s, n) for s, n in before if n > anchor.counts.get(s, 0)]
    verdict = verify_journal(path, kept.trust, kept.heads)
    assert (verdict.word, verdict.genesis) == ("genuine", f"life/{anchor.seq}"), verdict.findings
    assert verify_journal(path, kept.trust, kept.heads[at:]).word == "genuine"
    assert verify_journal(path, kept.trust, kept.heads[at + 1 :]).word == "signed"  # its own is not shown
    seen = looked_at(path)
    assert (seen.findings, seen.genesis) == ([], f"life/{anchor.seq}")
    for stream, seq in (left := chained(path)):  # any of them
        hurt = Path(shutil.copy(path, tmp_path / "hurt.db"))
        with closing(sqlite3.connect(hurt)) as db, db:
            db.execute("DELETE FROM record WHERE stream = ? AND seq = ?", (stream, seq))
            write(db, "pruned", [(stream, 1, seq)])
        if (stream, seq) != left[-1]:  # no anchor covers that one yet
            word = verify_journal(hurt, kept.trust, kept.heads).word
            assert word in ("missing", "altered", "cut"), (stream, seq)
        assert looked_at(hurt).findings, (stream, seq)


def test_a_genesis_that_is_not_where_the_chain_begins_is_found(kept, tmp_path):
    path = copied(kept, tmp_path)
    cut_at(path, kept.anchors[1])
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("DELETE FROM meta WHERE key = 'genesis'")
    assert looked_at(path).findings
    assert verify_journal(path, kept.trust, kept.heads).word == "genuine"  # it says so by itself


def test_a_bundle_made_later_says_what_was_let_go_and_an_older_one_holds(kept, tmp_path):
    path = copied(kept, tmp_path)
    cut_at(path, kept.anchors[1])
    with Survey(path) as survey:
        assert survey.about(FIRST, "event") == []
        files = build(survey, kept.sources(), survey.about(SECOND, "event")[0])
    verdict = verify(files, kept.trust, kept.heads)
    assert (verdict.word, verdict.genesis) == ("genuine", f"life/{kept.anchors[1].seq}"), verdict.findings
    assert verify(kept.bundles[FIRST], kept.trust, kept.heads).word == "genuine"
    for name, kind in (("anchors/genesis.json", "altered"), ("anchors/genesis.sig", "altered")):
        changed = files | {name: files[name][:-2] + b"xx"}
        assert verify(changed, kept.trust, kept.heads).word == kind


@given(st.data())
@settings(
    max_examples=samples(20), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_nothing_goes_that_a_sink_lacks_or_that_is_held_or_young(kept, tmp_path_factory, data):
    path = copied(kept, tmp_path_factory.mktemp("some"))
    stream = data.draw(st.sampled_from(sorted(CHAINED)))
    records = chained(path)
    seq = data.draw(st.sampled_from([n for s, n in records if s == stream]))
    with Survey(path) as survey:
        record = survey.one(stream, seq)
    why = data.draw(st.sampled_from(["lacks", "held", "young"] if stream != "life" else ["lacks", "young"]))
    with closing(opened(path)) as journal:
        if why == "lacks":
            for name in CHAINED:
                hi = journal.last(name) if name != stream else seq - 1
                if hi:
                    journal.settle("fleet", name, 1, hi)
        of = bounds(
            held=(lambda s: s == record.subject) if why == "held" else lambda _: False,
            older=(record.utc_ns or 0) if why == "young" else LATER,
            sinks=("city", "fleet") if why == "lacks" else ("city",),
        )
        while (cut := journal.chain_pruning.planned(of)) is not None:
            journal.chain_pruning.cut(cut)
    assert (stream, seq) in chained(path)
    assert looked_at(path).findings == []
    assert verify_journal(path, kept.trust, kept.heads).word == "genuine"


def test_all_that_may_go_goes_and_the_newest_anchor_stays(kept, tmp_path):
    path = copied(kept, tmp_path)
    with closing(opened(path)) as journal:
        assert journal.chain_pruning.planned(bounds(sinks=())) is None  # nothing was published
        while (cut := journal.chain_pruning.planned(bounds())) is not None:
            journal.chain_pruning.cut(cut)
    assert chained(path) == [("life", kept.anchors[-1].seq), ("life", kept.anchors[-1].seq + 1)]
    with closing(opened(path)) as journal:  # it opens again, and goes on where it was
        assert journal.clean()
        assert not journal.chain_broken
        assert journal.last("event") == 4


def test_an_episode_that_is_open_in_this_boot_holds_its_beginning(kept, tmp_path, unit_at):
    unit = unit_at(tmp_path)
    unit.emit(10, Emit("coverage", "gap.started", "gap-1", {"source": "fix", "why": "no fix"}))
    unit.attest(20, "daily")
    for stream in ("life", "coverage"):
        unit.journal.settle("city", stream, 1, unit.journal.last(stream))
    assert unit.journal.chain_pruning.planned(bounds(boot=BOOT)) is None
    assert unit.journal.chain_pruning.planned(bounds(boot="a later one")) is not None
    unit.emit(30, Emit("coverage", "gap.ended", "gap-1", {"source": "fix", "why": "no fix"}))
    assert unit.journal.chain_pruning.planned(bounds(boot=BOOT)) is not None
    unit.fix(31)
    unit.emit(32, Emit("coverage", "gap.ended", "gap-2", {"source": "fix", "why": "no fix"}))
    assert unit.journal.chain_pruning.planned(bounds(boot=BOOT)) is not None
    unit.journal.close()


def test_what_the_platform_received_is_an_anchor_like_any_other(kept, tmp_path):
    """An export of before the pruning still serves as `--anchor`."""
    lines = tmp_path / "anchors.jsonl"
    with Survey(kept.journal.path) as survey:
        payloads = [r.payload for r in survey.stream("life") if r.type == "chain.anchor"]
    lines.write_bytes(b"\n".join(payloads) + b"\n")
    path = copied(kept, tmp_path)
    cut_at(path, kept.anchors[2])
    assert verify_journal(path, kept.trust, published(lines)).word == "genuine"
