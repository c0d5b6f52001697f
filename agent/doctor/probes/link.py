"""The link to one platform: the daemon's word where it runs, else a trial beside it."""

import threading

import msgspec

from agent.config import Sink, Unit
from agent.doctor.probes.daemon import Word
from agent.doctor.probes.needs import Needs
from agent.uplink.status import UplinkStatus
from drivers.clock import Clock

_PATIENCE_S = 8.0
_FILES = "cert.files"
_REST = "link.broker"
# Where a phrase of agent.uplink.reasons or agent.uplink.access points to; the first that fits.
_MEANINGS = (
    ("name not found", "link.name"),
    ("client certificate", "cert.unit"),
    ("certificate has expired", "cert.broker"),
    ("not valid yet", "cert.broker"),
    ("the broker's certificate", "cert.trust"),
    ("TLS failed", "cert.trust"),
    ("bad user name or password", "platform.login"),
    ("not authorized", "platform.login"),
    ("banned", "platform.login"),
    ("client id", "platform.client"),
    ("holds no certificate", _FILES),
    ("the certificate", _FILES),
    ("is not the key of", _FILES),
    ("cannot be read", _FILES),
)


class Link(msgspec.Struct, frozen=True):
    """`trouble` is the code of what keeps it from being connected, "" for nothing, and `reason` the phrase.

    `refusals`: what the broker refuses of publications and subscriptions; `heard`: what is sent to the unit
    comes through; `ends` of the certificates `unit` and `broker`, s since 1970; `level`: percent of the
    month's budget that are reached.
    """

    trouble: str = ""
    reason: str = ""
    refused: str = ""
    heard: str = ""
    ends: dict[str, float] = {}
    level: int = 0


def ask(sink: Sink, unit: Unit, clock: Clock, word: Word, pace: float) -> Link:
    """Ask the daemon, or try it; raises Needs."""
    if word.mute:
        raise Needs("unit.answer")
    told = word.of("sinks", sink.name)
    if word.status is None or told is None:
        return _try(sink, unit, clock, _PATIENCE_S * pace)
    status = msgspec.convert(told, UplinkStatus)
    level = status.budget.level if status.budget else 0
    if not status.connected:
        reason = status.reason or "not tried yet"
        return Link(meaning(reason), reason, ends=dict(status.certificates), level=level)
    commands = {topic: why for topic, why in status.refusals.items() if "/" in topic}
    streams = {stream: why for stream, why in status.refusals.items() if "/" not in stream}
    return Link(refused=_said(streams), heard=_said(commands), ends=dict(status.certificates), level=level)


def meaning(reason: str) -> str:
    """The code that a reason belongs to."""
    return next((code for phrase, code in _MEANINGS if phrase in reason), _REST)


def _said(refusals: dict[str, str]) -> str:
    return "; ".join(f"{what}: {why}" for what, why in sorted(refusals.items()))


def _try(sink: Sink, unit: Unit, clock: Clock, patience_s: float) -> Link:
    """A connection under a client id of its own, so that it never takes over the daemon's."""
    from agent.uplink.trial import Trial

    stop = threading.Event()
    patience = threading.Timer(patience_s, stop.set)
    patience.start()
    try:
        steps = {step.name: step for step in Trial(sink, unit, clock, stop).run()}
    finally:
        patience.cancel()
    whose = {"unit": "unit's certificate", "broker": "broker's certificate"}
    ends = {who: step.ends for who, name in whose.items() if (step := steps.get(name)) and step.ends}
    failed = {name: step.what for name, step in steps.items() if not step.ok}
    for name in ("files", "connection"):
        if name in failed:
            return Link(meaning(failed[name]), failed[name], ends=ends)
    return Link(refused=failed.get("publication", ""), heard=failed.get("round trip", ""), ends=ends)
