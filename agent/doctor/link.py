"""Each sink's broker: asked from the daemon where it runs, else a connection is made and left."""

import threading
from collections.abc import Iterator
from typing import Any

import msgspec

from agent.config import Config, Sink, Unit
from agent.doctor.findings import Finding, fail, ok
from drivers.clock import Clock

Status = dict[str, Any] | None


def brokers(config: Config, clock: Clock, status: Status) -> Iterator[Finding]:
    """One finding per sink."""
    for sink in config.sinks:
        if status is not None:
            yield _from_status(sink, status["sinks"].get(sink.name))
        else:
            yield _try_broker(sink, config.unit, clock)


def _from_status(sink: Sink, seen: dict[str, Any] | None) -> Finding:
    if seen is None or not seen["connected"]:
        return _down(sink, (seen or {}).get("reason") or "not yet tried")
    if seen["refusals"]:
        what = "; ".join(f"{stream}: {reason}" for stream, reason in seen["refusals"].items())
        return fail("broker.refuses", what, "ask the platform for the right to publish", sink.name)
    return ok("broker.link", f"connected to {sink.url}", sink.name)


def _down(sink: Sink, reason: str) -> Finding:
    return fail("broker.link", f"{sink.url}: {reason}", "check network, address and credentials", sink.name)


def _try_broker(sink: Sink, unit: Unit, clock: Clock) -> Finding:
    """A connection under a client id of its own, so that it never takes over the daemon's."""
    from agent.uplink.access import read_access
    from agent.uplink.dial import Dialler
    from agent.uplink.reasons import LinkFault

    try:
        access = read_access(sink, unit, clock.stamp().utc_ns)
        access = msgspec.structs.replace(access, client_id=f"{access.client_id}-doctor")
        connection, _ = Dialler(clock, threading.Event(), lambda: None).dial(access, None)
    except LinkFault as e:
        return _down(sink, str(e))
    connection.leave()
    return ok("broker.link", f"connected to {sink.url} (MQTT {connection.version})", sink.name)
