"""The receiver and the sky that its antenna sees."""

from agent.commission.bench import Bench
from agent.commission.state import Figure, Measured
from agent.doctor.findings import Finding
from agent.doctor.probes.receiver import Heard
from agent.screens.sky import strongest
from drivers.errors import ProfileError
from drivers.profiles import gnss_profile

_HDOP, _SATELLITES, _BEST_DBHZ, _FOUR = 2.0, 10, 40.0, 4  # a good place, in the open


def receiver(bench: Bench) -> Measured:
    """From the port to its sentences."""
    findings = bench.examined("receiver")
    gnss, heard = bench.config.gnss, _heard(bench)
    figures = [Figure("port", gnss.source), Figure("profile", gnss.profile), Figure("baud", _baud(bench))]
    if heard is not None and heard.health is not None:
        health = heard.health
        figures += [Figure("rate", health.rate_hz), Figure("sentences", health.sentences)]
        figures.append(Figure("damaged", health.checksum_errors))
    return Measured(tuple(f for f in figures if f.value is not None), findings=findings)


def sky(bench: Bench) -> Measured:
    """Fix, satellites and their strength; stricter than the self-test, since the truck stands in the open."""
    findings = bench.examined("antenna", "receiver.fix")
    heard = _heard(bench)
    if heard is None or heard.health is None:
        return Measured(findings=findings)
    fix, signals = heard.fix, heard.signals
    figures = [Figure("antenna", heard.health.antenna)]
    if fix is not None:
        figures += [Figure("mode", fix.mode), Figure("satellites", fix.satellites), Figure("hdop", fix.hdop)]
    best = _best(heard)
    figures += [Figure("best", ", ".join(f"{cn0:g}" for cn0 in best))] if best else []
    for name, of in strongest(signals).items():
        figures.append(Figure("heard", f"{sum(bool(s.cn0) for s in of)}/{len(of)}", name))
    if not any(found.bad for found in findings) and (why := _poor(heard)):
        findings = (*findings, Finding("commission.sky", "warn", "", {"why": why}))
    each = tuple(signal for of in strongest(signals).values() for signal in of)
    return Measured(tuple(figures), sky=each, findings=findings)


def _heard(bench: Bench) -> Heard | None:
    found: Heard | None = bench.heard(lambda patient: patient.receiver())
    return found


def _baud(bench: Bench) -> int | None:
    gnss = bench.config.gnss
    try:
        return gnss.baud or gnss_profile(gnss.profile).baud
    except ProfileError:
        return gnss.baud


def _best(heard: Heard) -> list[float]:
    """The four strongest satellites, dB-Hz."""
    each = (s.cn0 for of in strongest(heard.signals).values() for s in of if s.cn0)
    return sorted(map(float, each), reverse=True)[:_FOUR]


def _poor(heard: Heard) -> str:
    """What is less than a good place gives; nothing where all is good."""
    fix, best = heard.fix, _best(heard)
    found = []
    if fix is not None and fix.mode != "3d":
        found.append(fix.mode)
    if fix is not None and fix.hdop is not None and fix.hdop >= _HDOP:
        found.append(f"HDOP {fix.hdop:g}")
    if fix is not None and fix.satellites is not None and fix.satellites < _SATELLITES:
        found.append(f"{fix.satellites} satellites")
    if len(best) == _FOUR and min(best) < _BEST_DBHZ:
        found.append(f"{min(best):g} dB-Hz")
    return ", ".join(found)
