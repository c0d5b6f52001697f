"""From what is wanted to the messages that change it. Pure."""

from collections.abc import Collection, Iterable, Mapping

import msgspec

from drivers.gnss.dialogue.exchange import Dialogue, Exchange
from drivers.gnss_profile import CONSTELLATIONS, SENTENCES, Antenna, GnssProfile

State = Mapping[str, int | str]
_MAIN = ("gps", "glonass", "galileo", "beidou")  # the others add a satellite or three
# Bytes of a kind's sentences in an epoch (lengths of NMEA 0183 4.11 with five decimals of minutes); GSA and
# GSV, of eight satellites, come for each constellation.
_BYTES = {"rmc": 77, "vtg": 42, "gga": 79, "gll": 53, "zda": 38, "gns": 82, "gst": 60, "gbs": 50}
_BYTES_EACH = {"gsa": 60, "gsv": 140}


class Wish(msgspec.Struct, frozen=True):
    """What is asked for; all None: what the agent needs. Constellations and sentences: those, no others."""

    rate_hz: float | None = None
    constellations: tuple[str, ...] | None = None
    sentences: tuple[str, ...] | None = None
    baud: int | None = None


class Step(msgspec.Struct, frozen=True):
    """One exchange and the variables it changes: before and after."""

    exchange: Exchange
    old: dict[str, int | str]
    new: dict[str, int | str]


def wanted(wish: Wish, profile: GnssProfile, state: State) -> dict[str, int]:
    """The variables' values that a wish means; raises ValueError when the module can't have them."""
    if wish == Wish():
        needed = {k.lower(): 1 for k in profile.output.required if not state.get(k.lower())}
        period = {"period_ms": round(1000 / profile.rate_hz)}
        return {k: v for k, v in {**period, **needed, "beidou": 1}.items() if k in state}
    found: dict[str, int] = {}
    if wish.rate_hz is not None:
        found["period_ms"] = _period_ms(wish.rate_hz, profile)
    if wish.constellations is not None:
        found |= _only(wish.constellations, CONSTELLATIONS, state, "constellation")
    if wish.sentences is not None:
        found |= _only(wish.sentences, _sentences(wish.sentences, profile), state, "sentence")
    if wish.baud is not None:
        if wish.baud not in (profile.baud, *profile.bauds):
            raise ValueError(f"it has no speed {wish.baud}; there are {_listed(profile.bauds)}")
        found["baud"] = wish.baud
    return found


def steps(dialogue: Dialogue, state: State, target: State) -> tuple[list[Step], list[str]]:
    """The exchanges that lead there, the speed last, and the variables that none of them sets."""
    changed = {k: v for k, v in target.items() if state.get(k) != v}
    stuck = [k for k in changed if dialogue.setting(k) is None]
    used: dict[str, Exchange] = {}
    for name in changed:
        exchange = dialogue.setting(name)
        if exchange is not None:
            used[exchange.name] = exchange
    found = [
        Step(
            e, {k: state[k] for k in changed if k in e.sets}, {k: changed[k] for k in changed if k in e.sets}
        )
        for e in used.values()
    ]
    return sorted(found, key=_turn), stuck


def assumed(dialogue: Dialogue, taken: Iterable[Step], known: Collection[str]) -> list[str]:
    """The variables that the messages also carry, whose present values aren't among the known ones."""
    names = (n for step in taken for template in step.exchange.send for n in template.names)
    return sorted(dialogue.variables.carried(names) - set(known))


def line_load(state: State, baud: int) -> float:
    """The share of the line that the sentences of such a state take."""
    systems = max(1, sum(state.get(c) == 1 for c in _MAIN))
    size = 0.0
    for kind, each in {**_BYTES, **{k: v * systems for k, v in _BYTES_EACH.items()}}.items():
        every = int(state.get(kind, 0))
        size += each / every if every else 0
    return size * 1000 / int(state.get("period_ms", 1000)) * 10 / baud


def overload(before: State, after: State) -> str | None:
    """Why the line can't carry what is wanted; None when it can, or carries more already."""
    if "baud" not in before or "baud" not in after:
        return None
    baud = min(int(before["baud"]), int(after["baud"]))
    load = line_load(after, baud)
    if load <= 1 or load <= line_load(before, int(before["baud"])):
        return None
    return (
        f"{load:.0%} of a line at {baud} baud: raise the speed first (--to-baud, in a run of its own), or ask"
        " for less"
    )


def _turn(step: Step) -> tuple[bool, bool, bool]:
    """Switching off before anything that makes more to send; the speed last."""
    fewer = all(k in SENTENCES and not v for k, v in step.new.items())
    return "baud" in step.new, "period_ms" in step.new, not fewer


def _period_ms(rate_hz: float, profile: GnssProfile) -> int:
    if profile.max_rate_hz and rate_hz > profile.max_rate_hz:
        raise ValueError(f"it does not go beyond {profile.max_rate_hz:g} Hz")
    return round(1000 / rate_hz)


def _sentences(names: tuple[str, ...], profile: GnssProfile) -> tuple[str, ...]:
    """Those that a list decides on: TXT stays as it is where it tells of the antenna, unless it is named."""
    speaks = profile.antenna != Antenna()
    return tuple(k for k in SENTENCES if k != "txt" or k in names or not speaks)


def _only(names: tuple[str, ...], known: tuple[str, ...], state: State, what: str) -> dict[str, int]:
    """Those on, and the others that the module has off."""
    has = [k for k in known if k in state]
    for name in names:
        if name not in has:
            raise ValueError(f"it has no {what} {name!r} that can be set; there are {_listed(has)}")
    return {k: int(k in names) for k in has}


def _listed(names: Iterable[object]) -> str:
    return ", ".join(map(str, names)) or "none"
