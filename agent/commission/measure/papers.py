"""Zones and permits, as the truck takes them."""

from collections import Counter
from datetime import UTC, datetime

from agent.commission.bench import Bench
from agent.commission.state import Figure, Measured
from agent.rule_layers import Permits


def measure(bench: Bench) -> Measured:
    """How many there are, and until when a permit is valid."""
    findings = bench.examined("zones", "permits")
    figures = []
    zones, permits = (bench.patient.layer(name).found for name in ("zones", "permits"))
    if zones is not None and not isinstance(zones, Permits):
        kinds = Counter(zone.role for zone in zones)
        figures.append(
            Figure("zones", ", ".join(f"{n} {role}" for role, n in sorted(kinds.items())) or "none")
        )
    if isinstance(permits, Permits):
        figures.append(Figure("permits", len(permits.permits)))
        ends = max((permit.ends for permit in permits.permits), default=None)
        if ends is not None:
            figures.append(Figure("until", f"{datetime.fromtimestamp(ends, UTC):%Y-%m-%d}"))
    return Measured(tuple(figures), findings=findings)
