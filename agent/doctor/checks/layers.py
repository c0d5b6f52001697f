"""Permits to haul and zones."""

from functools import partial

from agent.doctor.findings import Check, Verdict, fault, fault_if, ok, skip
from agent.doctor.patient import Patient
from agent.rule_layers import Permits

_DAY_S = 86_400
_SOON_S = 3 * _DAY_S
_SITES = ("loading", "disposal")


def _is_trouble(p: Patient, name: str, kind: str) -> Verdict:
    seen = p.layer(name)
    if seen.found is None and not seen.trouble:
        return skip("none")
    if seen.trouble and seen.trouble != kind:
        return skip("needs", code=f"{name}.{seen.trouble}")
    return fault_if(seen.trouble, why=seen.why, file=seen.file)


def _no_zones(p: Patient) -> Verdict:
    seen = p.layer("zones")
    return fault_if(seen.found is None and not seen.trouble)


def _sites(p: Patient) -> Verdict:
    zones = p.layer("zones").found
    if zones is None or isinstance(zones, Permits):
        return skip("none")
    count = sum(zone.role in _SITES for zone in zones)
    return ok(str(count)) if count else fault(count=len(zones))


def _now(p: Patient) -> int:
    """Seconds since 1970; the clock is set."""
    return (p.clock.stamp().utc_ns or 0) // 1_000_000_000


def _permits(p: Patient) -> Permits | None:
    found = p.layer("permits").found
    return found if isinstance(found, Permits) else None


def _fresh(p: Patient) -> Verdict:
    known, now = _permits(p), _now(p)
    if known is None:
        return skip("none")
    age = now - known.as_of
    stale = age > p.config.haulage.permits_stale_s or (known.ends is not None and now >= known.ends)
    return fault(days=f"{age / _DAY_S:.1f}") if stale else ok()


def _left(p: Patient) -> float | None:
    """How long the last permit that is valid now goes on; None: none is valid."""
    known, now = _permits(p), _now(p)
    ends = [permit.ends for permit in (known.permits if known else ()) if permit.begins <= now < permit.ends]
    return max(ends) - now if ends else None


def _valid(p: Patient) -> Verdict:
    if _permits(p) is None:
        return skip("none")
    unit = p.config.unit
    return fault_if(_left(p) is None, vehicle=f"{unit.fleet}/{unit.vehicle}")


def _soon(p: Patient) -> Verdict:
    left = _left(p)
    if left is None:
        return skip("none")
    return fault(hours=f"{left / 3600:.0f}") if left < _SOON_S else ok(f"{left / _DAY_S:.0f} d")


def _trouble(name: str, kind: str) -> Check:
    return Check(f"{name}.{kind}", partial(_is_trouble, name=name, kind=kind))


_FRESH = ("clock.set", "permits.file", "permits.signature", "permits.crs")
CHECKS = (
    *(_trouble("permits", kind) for kind in ("file", "signature", "crs")),
    Check("permits.fresh", _fresh, needs=_FRESH),
    Check("permits.valid", _valid, needs=(*_FRESH, "permits.fresh")),
    Check("permits.soon", _soon, needs=(*_FRESH, "permits.fresh", "permits.valid")),
    Check("zones.none", _no_zones),
    *(_trouble("zones", kind) for kind in ("file", "signature", "crs")),
    Check("zones.sites", _sites, needs=("zones.none", "zones.file", "zones.signature", "zones.crs")),
)
