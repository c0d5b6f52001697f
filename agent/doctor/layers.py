"""Zones and permits: what is known, and whether the permits are fresh and valid for this vehicle."""

from collections.abc import Iterator

from agent.config import Config
from agent.doctor.findings import Finding, ok, skip, warn
from agent.errors import ConfigError
from agent.layers.gather import gather
from agent.rule_layers import Permits
from drivers.clock import Clock

_DAY_S = 86_400
_SOON_S = 3 * _DAY_S


def layers(config: Config, clock: Clock) -> Iterator[Finding]:
    """Nothing where none are configured, but for sites: without them every open load is accused."""
    try:
        found = gather(config)
    except ConfigError:
        return  # config.references has said so
    if "zones" not in found.layers:
        do = "set zones.file; an open load is accused at every site"
        yield warn("zones.file", "no zones are configured", do)
    else:
        sites = sum(zone.role in ("loading", "disposal") for zone in found.zones)
        yield ok("zones.file", f"{len(found.zones)} zones, {sites} of them sites")
    if found.permits is not None:
        yield _permits(config, found.permits, clock.stamp().utc_ns)


def _permits(config: Config, known: Permits, utc_ns: int | None) -> Finding:
    if utc_ns is None:
        return skip("permits.valid", "the clock is not set")
    now, limits = utc_ns // 1_000_000_000, config.haulage
    age = now - known.as_of
    if age > limits.permits_stale_s or (known.ends is not None and now >= known.ends):
        what = f"the list of permits is {age / _DAY_S:.1f} days old, or its document ended: not used"
        return warn("permits.fresh", what, "have the platform send it anew")
    valid = [p for p in known.permits if p.begins <= now < p.ends]
    if not valid:
        do = "ask the platform for a permit; hauling is reported as no_permit"
        return warn("permits.valid", "no permit of this vehicle is valid now", do)
    left = max(p.ends for p in valid) - now
    if left < _SOON_S:
        do = "have it renewed, and the list sent anew"
        return warn("permits.valid", f"the last permit ends in {left / 3600:.0f} h", do)
    return ok("permits.valid", f"{len(valid)} valid, the last for {left / _DAY_S:.0f} days")
