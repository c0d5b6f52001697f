"""The receiver of positions, from its port to its word."""

import os
import stat
from functools import partial
from pathlib import Path

from agent.doctor.findings import Check, Verdict, fault, fault_if, ok, skip
from agent.doctor.patient import Patient
from agent.doctor.probes.needs import Rests
from drivers.gnss.source.address import Tty, parse_source
from drivers.profiles import gnss_profile

_HELD = ("in use by", "also read by")
_NOISE = "is the baud right"
_DAMAGED = 0.05  # of the sentences, as agent.toml's gnss.health.checksum_share


def _port(p: Patient) -> Verdict:
    source = p.config.gnss.source
    if isinstance(parse_source(source), Tty):
        return _is_port(source)
    health = p.receiver().health
    closed = health is not None and not health.connected and not health.opened
    return fault_if(closed, port=source, why=health.reason if health else None)


def _control(p: Patient) -> Verdict:
    control = p.config.gnss.control
    return skip("none") if control is None else _is_port(control)


def _is_port(path: str) -> Verdict:
    try:
        mode = Path(path).stat().st_mode
    except OSError as e:
        return fault(port=path, why=e.strerror)
    return fault_if(not stat.S_ISCHR(mode), port=path, why="no serial port")


def _access(p: Patient) -> Verdict:
    source = p.config.gnss.source
    if not isinstance(parse_source(source), Tty):
        return skip("none")
    return fault_if(not os.access(source, os.R_OK | os.W_OK), port=source)


def _reason(p: Patient) -> str | None:
    """Why nothing comes; None while sentences do."""
    heard, health = p.receiver(), p.receiver().health
    if health is None:
        return "nothing heard yet"
    ended = not heard.live and heard.fix is not None  # a recording, which is over by now
    return None if health.connected or ended else health.reason or "silent"


def _busy(p: Patient) -> Verdict:
    reason = _reason(p) or ""
    return fault_if(reason.startswith(_HELD), reason=reason)


def _baud(p: Patient) -> Verdict:
    gnss = p.config.gnss
    baud = gnss.baud or gnss_profile(gnss.profile).baud
    return fault_if(_NOISE in (_reason(p) or ""), baud=baud, profile=gnss.profile)


def _sentences(p: Patient) -> Verdict:
    reason, health = _reason(p), p.receiver().health
    return fault(reason=reason) if reason else ok(str(health.sentences) if health else "")


def _damaged(p: Patient) -> Verdict:
    heard = p.receiver()
    if heard.live:
        return suspected(p, "damaged_line")
    share = heard.health.checksum_error_rate if heard.health else None
    return fault_if((share or 0) >= _DAMAGED, why=f"{share or 0:.0%}")


def suspected(p: Patient, kind: str) -> Verdict:
    """Whether the daemon suspects the receiver of this; only it has listened for long enough."""
    heard = p.receiver()
    if not heard.live:
        return skip("stopped")
    found = [s.why for s in (heard.health.suspicions if heard.health else ()) if s.kind == kind]
    return fault(why=found[0]) if found else ok()


def _fix(p: Patient) -> Verdict:
    fix = p.receiver().fix
    if p.word().of("gaps", "duty"):
        raise Rests  # positions are not kept
    return fault() if fix is None else ok(f"{fix.mode} HDOP {fix.hdop}")


_SENTENCES = ("receiver.sentences",)
_SKY = ("antenna.open", "antenna.short", "antenna.jamming", "antenna.spoofing", "antenna.switch")
CHECKS = (
    Check("receiver.port", _port, needs=("unit.answer",)),
    Check("receiver.access", _access, needs=("receiver.port",)),
    Check("receiver.control", _control),
    Check("receiver.busy", _busy, needs=("receiver.access", "config.profiles")),
    Check("receiver.baud", _baud, needs=("receiver.busy",)),
    Check("receiver.sentences", _sentences, needs=("receiver.port", "receiver.busy", "receiver.baud")),
    Check("receiver.damaged", _damaged, needs=_SENTENCES),
    Check("receiver.slow", partial(suspected, kind="slow"), needs=_SENTENCES),
    Check("receiver.frozen", partial(suspected, kind="frozen"), needs=_SENTENCES),
    Check("receiver.speed", partial(suspected, kind="speed_zero"), needs=_SENTENCES),
    Check("receiver.fix", _fix, needs=(*_SENTENCES, "receiver.damaged", "antenna.weak", *_SKY)),
)
