"""The switches: whether each is sound, and where a person is there, whether each follows the thing itself."""

from agent.commission.bench import Bench, Hands
from agent.commission.state import Figure, Measured
from agent.doctor.findings import Finding
from agent.doctor.probes import daemon, switch

_WAIT_S, _LOOK_S = 120.0, 0.4
_STAYS = ("load",)  # nobody loads a truck for this


def measure(bench: Bench) -> Measured:
    """Every switch is read; `bench.hands` moves them."""
    findings = bench.examined("switch", "warning")
    said = bench.heard(lambda patient: patient.switches()) or {}
    if not bench.config.switches:
        return Measured((Figure("switch", "none"),), findings=findings)
    sound = {role: word["on"] for role, word in said.items() if not word["fault"] and word["on"] is not None}
    both = _moved(bench, bench.hands, sound) if bench.hands else set()
    figures = [
        Figure("switch", "both" if role in both else "on" if on else "off", role)
        for role, on in sound.items()
    ]
    unmoved = [role for role in sound if role not in both and role not in _STAYS]
    if bench.hands:
        findings += tuple(Finding("commission.unmoved", "fail", role) for role in unmoved)
    return Measured(tuple(figures), findings=findings)


def to_move(bench: Bench) -> list[str]:
    """The switches that a person is to move."""
    return [each.role for each in bench.config.switches if each.role not in _STAYS]


def _moved(bench: Bench, hands: Hands, first: dict[str, bool]) -> set[str]:
    """Those that were seen on and off, until all were, the time is over, or the person has enough."""
    last, both = dict(first), set[str]()
    end = bench.clock.mono_ns() + round(_WAIT_S * 1e9)
    wanted = {role for role in first if role not in _STAYS}
    while wanted - both and bench.clock.mono_ns() < end and not hands.enough(_LOOK_S):
        word = daemon.hear(bench.config.status.socket, bench.pace)
        for role, now in switch.ask(bench.config, bench.clock, word).items():
            on = now["on"]
            if on is None or last.get(role) == on:
                continue
            if role in last:
                both.add(role)
            last[role] = on
            hands.moved(role, on)
    return both
