"""The worker that signs and gathers on a real journal, and the folder in which it keeps things."""

import os
import threading
import time

import pytest

from agent.evidence.notary import Notary, Setup
from agent.evidence.shelf import Shelf
from agent.evidence.statement import is_by
from agent.model import Attest, Attested, Gathered, KeyTurned, Seal
from drivers.clock import SystemClock

DAY_NS = 86_400 * 10**9


class Running:
    """A notary at work, and what it says."""

    def __init__(self, unit, keep_ns: int = 10**18) -> None:
        self.said: list[object] = []
        setup = Setup("muck/truck-1", unit.keys, unit.shelf, keep_ns, 0)
        self.notary = Notary(setup, unit.journal, SystemClock(0), self.said.append)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self.notary.run, args=(self._stop, lambda: None))
        self._thread.start()

    def until(self, condition) -> None:
        end = time.monotonic() + 60
        while not condition(self):
            assert time.monotonic() < end, self.said
            time.sleep(0.02)

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(30)


@pytest.fixture
def run(unit):
    started: list[Running] = []

    def start(**options) -> Running:
        started.append(Running(unit, **options))
        return started[-1]

    yield start
    for running in started:
        running.stop()


def test_it_signs_the_head_that_is_on_disk(unit, run):
    running = run()
    running.notary.order(Attest("daily"))
    running.until(lambda r: r.said)
    (seen,) = running.said
    assert isinstance(seen, Attested)
    head, counts = unit.journal.proofs.chain()
    assert (seen.signed.statement["head"], seen.signed.statement["counts"]) == (head, counts)
    assert seen.signed.statement["generation"] == unit.journal.generation
    assert is_by(seen.signed, unit.device.key)


def test_a_key_that_cannot_be_used_is_a_fault_until_it_can(unit, run):
    content = unit.keys.key.read_bytes()
    unit.keys.key.unlink()
    running = run()
    running.notary.order(Attest("daily"))
    running.until(lambda r: r.notary.fault)
    assert "device.key" in running.notary.fault
    running.notary.last_words(10)  # a stop goes on without it
    unit.keys.key.write_bytes(content)
    running.notary.order(Attest("daily"))
    running.until(lambda r: r.said)
    running.until(lambda r: r.notary.fault is None)


def test_it_gathers_what_is_of_the_event_and_no_more(unit, run):
    subject, kind = unit.accuse(), "uncovered_load.started"
    running = run()
    running.notary.order(Seal(subject, kind, "0b0e7a52", 30 * 10**9, 10.0))
    running.until(lambda r: r.said)
    (seen,) = running.said
    assert isinstance(seen, Gathered)
    content = unit.shelf.observed(subject, seen.observed.sha256)
    assert content is not None
    assert (
        len(content.splitlines()) == seen.observed.records == 8
    )  # 5 fixes, the event, the gap that was open, its end
    assert {p.sha256 for p in seen.pictures} <= unit.shelf.pictures()
    running.notary.order(Seal(subject, kind, "another-", 30 * 10**9, 10.0))
    running.until(lambda r: len(r.said) == 2)
    assert (running.said[1].observed.records, running.said[1].pictures) == (0, ())


def test_a_rotation_is_told_until_the_journal_has_it(unit, run):
    from datetime import UTC, datetime

    from agent.evidence.device import rotate

    signed = rotate(unit.keys, "muck/truck-1", datetime.now(UTC))
    running = run()
    running.until(lambda r: len(r.said) >= 2)
    assert {type(seen) for seen in running.said} == {KeyTurned}
    assert running.said[0].signed == signed
    assert unit.keys.turn.exists()
    from agent.rules.evidence import Evidence, advance

    unit.emit(50, *advance(Evidence(), unit.settings, running.said[0])[1])
    running.until(lambda _: not unit.keys.turn.exists())


def test_evidence_goes_when_its_days_are_over(tmp_path):
    shelf = Shelf(tmp_path / "evidence")
    assert (shelf.pictures(), shelf.clear(10**30)) == (set(), 0)
    old = shelf.keep("old", b"old\n", ["a" * 64])
    young = shelf.keep("young", b"young\n", [])
    for file in (tmp_path / "evidence" / "old").iterdir():
        os.utime(file, ns=(0, 0))
    shelf.date(5 * DAY_NS, DAY_NS)  # they were written under an unset clock
    assert shelf.clear(4 * DAY_NS) == 0
    assert shelf.clear(6 * DAY_NS) == 2
    assert (shelf.observed("old", old), shelf.observed("young", young)) == (None, b"young\n")
    assert not (tmp_path / "evidence" / "old").exists()
