"""Who the unit is: its name, its key, whom it trusts; and the machine beneath."""

import platform
from importlib.metadata import version

from agent.commission.bench import Bench
from agent.commission.state import Figure, Measured
from agent.doctor.findings import Finding
from agent.errors import TrustError
from agent.evidence.device import device_key, public_of
from agent.evidence.pem import fingerprint
from agent.evidence.setup import files_of
from agent.remote.live import document_digest, read_document
from agent.trust.keys import public_file
from agent.trust.store import read_store
from agent.uplink.topics import source

CHECKS = ("config", "unit.answer", "unit.worker", "unit.name", "unit.memory", "unit.killed", "unit.heat",
          "power", "storage", "clock", "keys", "updates")  # fmt: skip


def measure(bench: Bench) -> Measured:
    """The key is made where the service has never run."""
    missing = _make_key(bench)
    findings = (*bench.examined(*CHECKS), *missing)
    unit = bench.config.unit
    figures = [Figure("vehicle", source(unit).removeprefix("haulwatch/")), Figure("plate", unit.plate)]
    figures.append(Figure("version", f"{version('haulwatch')}, Python {platform.python_version()}"))
    figures += _keys(bench)
    figures.append(Figure("settings", document_digest(read_document(bench.path))))
    return Measured(tuple(figures), findings=findings)


def _make_key(bench: Bench) -> list[Finding]:
    files = files_of(bench.config)
    if files.key.exists():
        return []
    try:
        device_key(files)
    except (TrustError, OSError) as e:
        return [Finding("commission.key", "fail", "", {"why": getattr(e, "what", None) or str(e)})]
    return []


def _keys(bench: Bench) -> list[Figure]:
    found = []
    try:
        device = public_of(public_file(files_of(bench.config).key))
        found = [Figure("kid", device.kid), Figure("fingerprint", fingerprint(device))]
        known = read_store(bench.config.journal.path.parent / "trust.json").keys
    except TrustError:
        return found  # the self-test says what is wrong with it
    return [*found, Figure("trusts", ", ".join(key.name or key.kid for key in known) or "none")]
