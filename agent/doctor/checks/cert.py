"""Certificates, and whether the link is encrypted at all."""

import ipaddress
from datetime import UTC, datetime
from functools import partial
from typing import Any

from agent.doctor.checks.link import is_trouble
from agent.doctor.findings import Check, Verdict, fault, ok, skip
from agent.doctor.patient import Patient, secured, sinks
from agent.uplink.access import tls_context
from agent.uplink.certificate import not_after
from agent.uplink.reasons import LinkFault

_SOON_S = 30 * 86_400


def _plain(p: Patient, sink: str) -> Verdict:
    found = p.sink(sink)
    return ok() if found.tls or _is_here(found.host) else fault(url=found.url)


def _is_here(host: str) -> bool:
    """Whether it never leaves the machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _files(p: Patient, sink: str) -> Verdict:
    """Authorities, certificate and key can be read and belong together."""
    found = p.sink(sink)
    try:
        tls_context(found)
        if found.cert_file:
            not_after(found.cert_file.read_text())
    except (LinkFault, ValueError, OSError) as e:
        return fault(why=str(e))
    return ok()


def _ends(p: Patient, sink: str, whose: str) -> float | None:
    """When a certificate ends, s since 1970; None when it is not known."""
    found = p.sink(sink)
    if whose == "unit":
        return not_after(found.cert_file.read_text()).timestamp() if found.cert_file else None
    return p.link(sink).ends.get(whose)


def _left(p: Patient, sink: str, whose: str) -> tuple[float, dict[str, Any]] | None:
    """Seconds that are left, and the day; None when one of them is not known."""
    ends, now_ns = _ends(p, sink, whose), p.clock.stamp().utc_ns
    if ends is None or now_ns is None:
        return None
    return ends - now_ns / 1e9, {"day": f"{datetime.fromtimestamp(ends, UTC):%Y-%m-%d}"}


def _valid(p: Patient, sink: str, whose: str) -> Verdict:
    left = _left(p, sink, whose)
    if left and left[0] < 0:
        return fault(reason="", **left[1])
    verdict = is_trouble(p, sink, f"cert.{whose}")
    return fault(day="", reason=p.link(sink).reason) if verdict.kind == "fault" else verdict


def _soon(p: Patient, sink: str, whose: str) -> Verdict:
    left = _left(p, sink, whose)
    if left is None:
        return skip("none")
    return fault(**left[1]) if left[0] < _SOON_S else ok(left[1]["day"])


_SET = ("cert.files", "clock.set")
CHECKS = (
    Check("cert.plain", _plain, sinks),
    Check("cert.files", _files, secured),
    Check("cert.unit", partial(_valid, whose="unit"), secured, needs=_SET),
    Check("cert.unit_soon", partial(_soon, whose="unit"), secured, needs=(*_SET, "cert.unit")),
    Check("cert.broker", partial(_valid, whose="broker"), secured, needs=_SET),
    Check("cert.broker_soon", partial(_soon, whose="broker"), secured, needs=(*_SET, "cert.broker")),
    Check("cert.trust", partial(is_trouble, code="cert.trust"), secured, needs=_SET),
)
