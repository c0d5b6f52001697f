"""The records on disk."""

from agent.doctor.findings import Check, Verdict, fault, fault_if, ok, skip
from agent.doctor.patient import Patient
from agent.doctor.probes.journal import writer
from agent.doctor.probes.place import size

_NEAR = 0.95  # of journal.max_bytes


def _whole(p: Patient) -> Verdict:
    seen = p.journal()
    if not seen.there:
        return skip("early")
    return fault(why=seen.problems[0]) if seen.problems else ok(size(seen.bytes))


def _full(p: Patient) -> Verdict:
    if p.status is None:
        return skip("stopped")
    why = p.word().of("journal", "full")
    return fault_if(why, why=why)


def _near(p: Patient) -> Verdict:
    seen, most = p.journal(), p.config.journal.max_bytes
    return fault_if(seen.bytes > _NEAR * most, taken=size(seen.bytes), most=size(most))


def _reserve(p: Patient) -> Verdict:
    return fault_if(not p.journal().reserve)


def _aside(p: Patient) -> Verdict:
    files = p.journal().aside
    return fault_if(files, file=files[-1] if files else "", folder=p.folder)


def _writer(p: Patient) -> Verdict:
    """Somebody else than the daemon behind the socket, such as one with another configuration."""
    if p.status is not None:
        return skip("none")
    pid = writer(p.config.journal.path, p.machine.text("proc/locks") or "")
    return fault_if(pid, pid=pid)


_FILE = ("storage.folder",)
CHECKS = (
    Check("journal.whole", _whole, needs=_FILE),
    Check("journal.full", _full, needs=("storage.space", "storage.inodes", "storage.read_only")),
    Check("journal.near", _near, needs=("journal.whole", "journal.full")),
    Check("journal.reserve", _reserve, needs=("journal.whole", "journal.full", "storage.space")),
    Check("journal.aside", _aside, needs=_FILE),
    Check("journal.writer", _writer, needs=("unit.answer",)),
)
