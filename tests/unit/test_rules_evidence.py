"""Rules of evidence: when a case is ripe, what its record says, when the chain's head is signed."""

import msgspec
import pytest

from agent.evidence.statement import anchor, objection, rotation
from agent.model import (
    Accessed,
    Attest,
    Attested,
    Disputed,
    Gathered,
    KeyTurned,
    PictureFailed,
    PictureFile,
    PictureTaken,
    Seal,
    Tick,
)
from agent.model_commission import Commissioned, SheetFile, StepDone
from agent.model_evidence import Device, Lacking, SealedFile, SealedPicture, Signed

DEVICE = Device("0123456789abcdef", "A" * 43)
SIG, KEY = "s" * 86, "K" * 43
AT = {"boot": "b00t", "mono_us": 5, "utc_us": None, "clock": "unsynced"}
SIGNED = Signed(anchor("muck/truck-1", "g", "ab" * 32, {"life": 1}, AT), DEVICE.kid, SIG)
TURN = Signed(rotation("muck/truck-1", DEVICE.kid, "f" * 16, KEY, "2026-12-01T00:00:00Z"), DEVICE.kid, SIG)
SAID = Signed(
    objection("g/event/1", "cd" * 32, "it was shut", "driver", "2026-12-01T00:00:00Z"), "e" * 16, SIG
)
FILE = PictureFile("ab" * 32, 10, 4, 3)
OBSERVED = SealedFile("cd" * 32, 100, 7)


@pytest.fixture
def t(timeline):
    """A truck that has just been accused."""
    t = timeline(device=DEVICE, identity={"agent": "1"}, around_s=20.0, anchor_s=3600.0)
    t.run(20, see="covered")
    while not t.emitted("uncovered_load.started"):
        t.run(1, see="uncovered")
    t.accused = t.now
    return t


def wishes(t, kind):
    return [e for e in t.effects if isinstance(e, kind)]


def accused(t):
    return t.last("uncovered_load.started").subject


def taken(t, decided):
    t.feed(
        PictureTaken(
            t.now,
            "bed",
            accused(t),
            "uncovered_load.started",
            "event",
            FILE,
            None,
            "nothing",
            1,
            t.now,
            decided,
        )
    )


def gathered(t, seal, *failed):
    picture = SealedPicture("ab" * 32, "original", 10, "bed", seal.subject, 5, "at", True)
    t.feed(Gathered(t.now, seal.subject, seal.event, seal.at_ns, OBSERVED, (picture,), failed))


def attested(t, why):
    t.feed(Attested(t.now, why, SIGNED))


def test_without_a_key_nothing_is_sealed_or_signed(timeline):
    t = timeline()
    t.run(20, see="covered")
    t.run(300, see="uncovered")
    assert t.emitted("uncovered_load.started")
    assert not wishes(t, Seal | Attest)


def test_a_case_is_ripe_when_its_time_is_over_and_its_pictures_are_there(t):
    taken(t, decided=True)
    taken(t, decided=False)
    t.run(19, see="uncovered")
    assert not wishes(t, Seal)
    t.run(1, see="uncovered")
    (seal,) = wishes(t, Seal)
    assert seal == Seal(accused(t), "uncovered_load.started", "b00t", t.accused, 20.0)


def test_pictures_that_never_come_are_waited_for_a_minute_longer(t):
    taken(t, decided=True)
    t.run(79, see="uncovered")
    assert not wishes(t, Seal)
    t.run(1, see="uncovered")
    assert len(wishes(t, Seal)) == 1
    gathered(t, wishes(t, Seal)[0])
    assert t.last("evidence.sealed").data["complete"] is False


def test_a_failed_picture_is_an_answer(t):
    taken(t, decided=True)
    t.feed(PictureFailed(t.now, "bed", accused(t), "uncovered_load.started", "no frame"))
    t.run(20, see="uncovered")
    gathered(t, wishes(t, Seal)[0], Lacking("bed", "no frame"))
    sealed = t.last("evidence.sealed")
    assert sealed.data["failed"] == [{"camera": "bed", "reason": "no frame"}]
    assert sealed.data["complete"] is False


def test_what_was_gathered_is_on_record_and_then_signed(t):
    taken(t, decided=True)
    taken(t, decided=False)
    attested(t, "begun")
    t.run(20, see="uncovered")
    gathered(t, wishes(t, Seal)[0])
    sealed = t.last("evidence.sealed")
    assert (sealed.stream, sealed.subject) == ("event", accused(t))
    assert sealed.data["event"] == "uncovered_load.started"
    assert sealed.data["complete"] is True
    assert sealed.data["observed"] == {"sha256": "cd" * 32, "bytes": 100, "records": 7}
    assert sealed.data["pictures"][0]["when"] == "at"
    assert (sealed.data["settings"], sealed.data["identity"]) == ("h", {"agent": "1"})
    t.run(1, see="uncovered")
    assert wishes(t, Attest)[-1] == Attest("sealed")
    gathered(t, wishes(t, Seal)[0])  # it came twice
    assert len(t.emitted("evidence.sealed")) == 1


def test_what_was_not_gathered_is_asked_for_again(t):
    taken(t, decided=True)
    taken(t, decided=False)
    t.run(79, see="uncovered")
    assert len(wishes(t, Seal)) == 1
    t.run(2, see="uncovered")
    assert len(wishes(t, Seal)) == 2


def test_start_and_end_of_an_episode_are_two_cases(t):
    t.run(60, see="covered")
    events = {seal.event for seal in wishes(t, Seal)}
    t.run(60, see="covered")
    events |= {seal.event for seal in wishes(t, Seal)}
    assert events == {"uncovered_load.started", "uncovered_load.ended"}


def test_the_oldest_of_too_many_cases_is_sealed_at_once(timeline):
    t = timeline(device=DEVICE, around_s=100_000.0, anchor_s=1e9)
    subjects = []
    t.run(20, see="covered")
    for _ in range(33):
        t.run(60, see="uncovered")
        subjects.append(accused(t))
        t.run(60, see="covered")
    assert len(set(subjects)) == 33
    seals = [seal for seal in wishes(t, Seal) if seal.subject == subjects[0]]
    assert {seal.event for seal in seals} == {"uncovered_load.started", "uncovered_load.ended"}
    gathered(t, seals[0])
    assert t.last("evidence.sealed").data["complete"] is False
    assert not [seal for seal in wishes(t, Seal) if seal.subject == subjects[1]]


def test_a_notice_is_no_case(timeline):
    t = timeline(device=DEVICE)
    t.run(20, see="covered")
    t.run(300, see="partly")
    assert t.emitted("partly_covered.started")
    assert not wishes(t, Seal)


@pytest.mark.parametrize("new_boot", [False, True])
def test_a_case_outlives_a_restart(t, new_boot):
    subject = accused(t)
    t.start(first=False, new_boot=new_boot)
    t.feed(Tick(t.now))
    assert len(wishes(t, Seal)) == new_boot  # its boot is over, so nothing more belongs to it
    t.run(25, see="uncovered")
    first = wishes(t, Seal)[0]
    assert (first.subject, first.event, first.boot) == (subject, "uncovered_load.started", "b00t")
    gathered(t, first)
    assert t.last("evidence.sealed").data["complete"] is not new_boot


def test_the_head_is_signed_at_the_start_and_then_once_a_day(timeline):
    t = timeline(device=DEVICE, anchor_s=600.0)
    t.run(1)
    assert wishes(t, Attest) == [Attest("begun")]
    t.run(59)
    assert len(wishes(t, Attest)) == 1
    t.run(2)
    assert len(wishes(t, Attest)) == 2  # nobody answered
    attested(t, "begun")
    signed = t.last("chain.anchor")
    assert signed.data == {
        "why": "begun",
        "alg": "Ed25519",
        "kid": DEVICE.kid,
        "sig": SIG,
        "statement": SIGNED.statement,
        "key": DEVICE.key,
    }
    t.run(599)
    assert len(wishes(t, Attest)) == 2
    t.run(1)
    assert wishes(t, Attest)[2:] == [Attest("daily")]


def test_what_becomes_due_meanwhile_is_not_forgotten(t):
    t.feed(KeyTurned(t.now, TURN))
    assert t.last("device.key.rotated").data["kid"] == DEVICE.kid
    attested(t, "begun")
    t.run(1)
    assert wishes(t, Attest)[-1] == Attest("rotated")


def test_an_objection_stands_beside_its_event(t):
    before = t.last("uncovered_load.started")
    t.feed(Disputed(t.now, before.subject, SAID, KEY))
    said = t.last("dispute")
    assert (said.stream, said.subject, said.severity) == ("event", before.subject, "notice")
    assert said.data["statement"] == SAID.statement
    attested(t, "begun")
    t.run(1)
    assert wishes(t, Attest)[-1] == Attest("disputed")


def test_a_commissioning_is_a_chained_record_and_a_manifest_of_its_sheet(t):
    sheet, steps = SheetFile("ab" * 32, 9), (StepDone("roi", "skipped", "rain"), StepDone("sky", "ok"))
    t.feed(Commissioned(t.now, "commission-ab", "root", DEVICE.kid, False, sheet, steps))
    said, media = t.last("unit.commissioned"), t.last("commission.sheet")
    assert (said.stream, said.severity, said.subject) == ("life", "notice", "commission-ab")
    assert said.data["steps"][0] == {"step": "roi", "result": "skipped", "reason": "rain"}
    assert said.data["sheet"]["sha256"] == media.data["sha256"] == "ab" * 32
    assert (media.stream, media.subject) == ("media", "commission-ab")


def test_who_looks_at_evidence_is_on_record(timeline):
    t = timeline()
    t.feed(Accessed(t.now, "evidence.exported", "s", "root", "ab" * 32))
    seen = t.last("evidence.exported")
    assert (seen.stream, seen.subject, seen.data) == ("life", "s", {"by": "root", "sha256": "ab" * 32})


def test_settings_from_afar_do_not_take_the_key_away(t):
    t.feed(msgspec.structs.replace(t.settings, mono_ns=t.now, hash="other", device=None, identity={}))
    t.run(1)
    taken(t, decided=True)
    taken(t, decided=False)
    t.run(20, see="uncovered")
    gathered(t, wishes(t, Seal)[0])
    sealed = t.last("evidence.sealed").data
    assert (sealed["settings"], sealed["identity"]) == ("other", {"agent": "1"})
