"""The end of a commissioning: the sheet is made, signed, kept, and put on record with its steps."""

import hashlib
from importlib.metadata import version
from pathlib import Path

import msgspec

from agent.commission.bench import Bench
from agent.commission.sheet import Facts, page
from agent.commission.signature import MARK, sealed, statement
from agent.commission.state import Run, complete, summary
from agent.evidence import signer
from agent.evidence.access import Where, commissioned, person
from agent.evidence.device import public_of
from agent.evidence.pem import fingerprint
from agent.evidence.setup import files_of
from agent.evidence.statement import canonical
from agent.language import Language
from agent.trust.keys import public_file


class Sheet(msgspec.Struct, frozen=True):
    """The sheet's file, also under a name that is easy to type, its SHA-256, and where it is on record."""

    file: Path
    newest: Path
    sha256: str
    recorded: Where


def finish(bench: Bench, run: Run, language: Language) -> Sheet:
    """Make the sheet of a run; raises TrustError without a key, JournalError when it can't be recorded."""
    files = files_of(bench.config)
    device = public_of(public_file(files.key))
    time, clock = bench.now()
    facts = Facts(
        plate=bench.config.unit.plate,
        by=person(),
        version=version("haulwatch"),
        kid=device.kid,
        fingerprint=fingerprint(device),
        time=time,
        clock=clock,
        language=language,
    )
    text = page(run, facts, _pictures(bench, run), MARK)
    said = statement(run, facts, text)
    content = sealed(text, device, said, signer.sign(files.key, canonical(said)).sig)
    file = bench.store.keep_sheet(content)
    sha256 = hashlib.sha256(content).hexdigest()
    told = {
        "subject": f"commission-{sha256[:16]}",
        "by": facts.by,
        "kid": device.kid,
        "complete": complete(run),
        "sheet": {"sha256": sha256, "bytes": len(content)},
        "steps": [msgspec.to_builtins(step) for step in summary(run)],
    }
    return Sheet(file, bench.store.newest, sha256, commissioned(bench.config, told))


def _pictures(bench: Bench, run: Run) -> dict[str, bytes]:
    """The pictures that may be shown, by their hashes; one that is gone or altered is not."""
    found = {}
    for done in run.steps.values():
        for shot in done.measured.shown(person=done.person):
            file = bench.store.picture(shot.sha256)
            content = file.read_bytes() if file.exists() else b""
            if hashlib.sha256(content).hexdigest() == shot.sha256:
                found[shot.sha256] = content
    return found
