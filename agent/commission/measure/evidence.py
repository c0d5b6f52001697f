"""The proof's proof: a signature that holds and one that must not, a picture on record, a whole chain."""

import threading
from contextlib import closing
from typing import Any

import msgspec

from agent.commission.bench import Bench
from agent.commission.measure.pictures import bodies
from agent.commission.state import Figure, Measured
from agent.doctor.findings import Finding
from agent.errors import AgentError, PlatformMissing
from agent.evidence import signer
from agent.evidence.device import public_of
from agent.evidence.setup import files_of
from agent.evidence.signers import Trusted
from agent.evidence.statement import canonical, raw
from agent.local_socket import ask
from agent.pictures.check import intact
from agent.pictures.files import stored
from agent.settings import pictures_folder
from agent.trust.keys import PublicKey, public_file
from buffer.errors import JournalError
from buffer.reading import Reading

_TEST = "haulwatch signature test 1"
_PICTURE_S, _LOOK_S = 20.0, 0.2
_LARGE = 64_000_000  # bytes of a journal; the chain of a larger one takes minutes on a card
_UNBROKEN = ("genuine", "signed", "self-consistent", "cut")  # cut: what came after the last anchor
_AFTER = "SELECT type, payload FROM record WHERE stream = 'media' AND seq > ? ORDER BY seq LIMIT 50"


def measure(bench: Bench) -> Measured:
    """All three; the picture only where the service runs, which is a finding by itself."""
    running = bench.patient.status is not None
    findings = [*bench.examined("journal", "storage"), *map(_grave, bench.examined("unit.daemon"))]
    figures = [Figure("daemon", "running" if running else "stopped")]
    for trial in (_sign, _record, _chain):
        seen, wrong = trial(bench)
        figures += seen
        findings += wrong
    return Measured(tuple(figures), findings=tuple(findings))


def _grave(found: Finding) -> Finding:
    """Without the service a unit is not commissioned, whatever it is for the self-test."""
    return msgspec.structs.replace(found, level="fail") if found.bad else found


Found = tuple[list[Figure], list[Finding]]


def _wrong(code: str, why: object, subject: str = "") -> Found:
    return [], [Finding(f"commission.{code}", "fail", subject, {"why": str(why)})]


def _sign(bench: Bench) -> Found:
    """Signed by the private half, as evidence is; the public half must tell an altered copy from it."""
    key = files_of(bench.config).key
    content = canonical({"format": _TEST, "vehicle": bench.vehicle})
    altered = bytes([content[0] ^ 1]) + content[1:]
    try:
        public = PublicKey(public_of(public_file(key)).key)
        sig = raw(signer.sign(key, content).sig)
    except (AgentError, ValueError) as e:
        return _wrong("sign", getattr(e, "what", e))
    if not public.signed(content, sig):
        return _wrong("sign", "the halves of the key do not fit")
    if public.signed(altered, sig):
        return _wrong("sign", "an altered copy is taken for genuine")
    return [Figure("signed", "holds")], []


def _record(bench: Bench) -> Found:
    """The service is asked for a picture; it must be on record, and on disk with the bytes of the record."""
    cameras = bodies(bench)
    if bench.patient.status is None or not cameras:
        return [], []
    name, path = cameras[0].name, bench.config.journal.path
    try:
        with closing(Reading(path)) as reading:
            last = reading.last_seqs().get("media", 0)
            answer = ask(bench.config.status.socket, {"ask": "picture", "camera": name})
            if "error" in answer:
                return _wrong("record", answer["error"], name)
            taken = _await(bench, reading, last)
    except (PlatformMissing, JournalError) as e:
        return _wrong("record", e.what, name)
    return _looked_up(bench, name, taken)


def _looked_up(bench: Bench, name: str, taken: dict[str, Any] | None) -> Found:
    """Whether the file is there as the record says."""
    if taken is None or "original" not in taken:
        return _wrong("record", taken.get("reason") if taken else "no answer yet", name)
    sha256 = taken["original"]["sha256"]
    file = next((f for f in stored(pictures_folder(bench.config)) if f.sha256 == sha256), None)
    if file is None or not intact(file):
        return _wrong("record", "the file is not the one that was recorded", name)
    return [Figure("recorded", f"{sha256[:16]}…", name)], []


def _await(bench: Bench, reading: Reading, last: int) -> dict[str, Any] | None:
    """What became of the wish: the data of the next picture that a command wanted."""
    end = bench.clock.mono_ns() + round(_PICTURE_S * bench.pace * 1e9)
    pause = threading.Event()
    while bench.clock.mono_ns() < end:
        for kind, payload in reading.ask(_AFTER, last):
            told: dict[str, Any] = msgspec.json.decode(payload)
            if kind in ("picture.taken", "picture.failed") and told.get("why") == "command":
                return told
        pause.wait(_LOOK_S)
    return None


def _chain(bench: Bench) -> Found:
    """Every chained record follows from the one before, and each anchor is signed by this unit."""
    from agent.evidence.whole import verify_journal

    path = bench.config.journal.path
    if not path.exists() or path.stat().st_size > _LARGE:
        return [], []
    try:
        with closing(Reading(path)) as reading:
            if not reading.last_seqs():  # nothing was ever recorded
                return [], []
        own = public_of(public_file(files_of(bench.config).key))
        verdict = verify_journal(path, {own.kid: Trusted(own.key)}, [])
    except (AgentError, JournalError) as e:
        return _wrong("chain", e.what)
    if verdict.word not in _UNBROKEN:
        return _wrong("chain", "; ".join(f"{f.where}: {f.what}" for f in verdict.findings[:2]))
    return [Figure("chain", "unbroken")], []
