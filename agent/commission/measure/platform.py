"""The platforms: links, certificates, rights, and a message there and back, beside the running service."""

import threading
from datetime import UTC, datetime

from agent.commission.bench import Bench
from agent.commission.state import Figure, Measured
from agent.config import Sink
from agent.doctor.findings import Finding
from agent.uplink.trial import Trial

_PATIENCE_S = 20.0


def measure(bench: Bench) -> Measured:
    """The self-test's findings, and a trial of each platform that none of them is about."""
    findings = bench.examined("link", "cert", "platform")
    ill = {found.subject for found in findings if found.level == "fail"}
    figures: list[Figure] = []
    for sink in bench.config.sinks:
        seen, wrong = _try(bench, sink)
        figures += seen
        findings += tuple(f for f in wrong if sink.name not in ill)
    return Measured(tuple(figures), findings=findings)


def _try(bench: Bench, sink: Sink) -> tuple[list[Figure], list[Finding]]:
    figures, wrong, stop = list[Figure](), list[Finding](), threading.Event()
    patience = threading.Timer(_PATIENCE_S * bench.pace, stop.set)
    patience.daemon = True
    patience.start()
    try:
        for step in Trial(sink, bench.config.unit, bench.clock, stop).run():
            if not step.ok:
                facts = {"step": step.name, "why": step.what}
                wrong.append(Finding("commission.trip", "fail", sink.name, facts))
            elif step.name == "connection":
                figures.append(Figure("link", step.what, sink.name))
            elif step.name == "round trip":
                figures.append(Figure("trip", step.ms, sink.name))
            elif step.ends is not None:
                day = f"{datetime.fromtimestamp(step.ends, UTC):%Y-%m-%d}"
                figures.append(Figure("certificate", f"{step.name.partition(chr(39))[0]} {day}", sink.name))
    finally:
        patience.cancel()
    return figures, wrong
