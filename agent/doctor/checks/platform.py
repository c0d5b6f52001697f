"""What the platforms allow, and what they have set."""

from functools import partial

from agent.control.room import remote_file
from agent.doctor.checks.link import is_trouble
from agent.doctor.findings import Check, Verdict, fault, fault_if, ok, skip
from agent.doctor.patient import Patient, sinks
from agent.remote import book


def _none(p: Patient) -> Verdict:
    return fault_if(not p.config.sinks)


def _refused(p: Patient, sink: str) -> Verdict:
    link = p.link(sink)
    if link.trouble:
        return skip("needs", code=link.trouble)
    return fault_if(link.refused, why=link.refused)


def _deaf(p: Patient, sink: str) -> Verdict:
    link = p.link(sink)
    if link.trouble or link.refused:
        return skip("needs", code=link.trouble or "platform.publish")
    return fault_if(link.heard, why=link.heard)


def _settings(p: Patient) -> Verdict:
    page = book.read(remote_file(p.config))
    if page.newest is None:
        return skip("none")
    undone = page.stage in ("rolled_back", "rejected") and page.reason != "forgotten"
    return fault(version=page.newest.version, why=page.reason) if undone else ok(str(page.newest.version))


_SECRETS = ("config.secrets",)
CHECKS = (
    Check("platform.none", _none),
    Check("platform.login", partial(is_trouble, code="platform.login"), sinks, needs=_SECRETS),
    Check("platform.client", partial(is_trouble, code="platform.client"), sinks, needs=_SECRETS),
    Check("platform.publish", _refused, sinks, needs=_SECRETS),
    Check("platform.commands", _deaf, sinks, needs=_SECRETS),
    Check("platform.settings", _settings),
)
