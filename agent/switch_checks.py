"""What contradicts itself in the configuration of switches, supply and warnings."""

from collections.abc import Iterator

from agent.config import Config
from agent.config_switches import PowerConfig, Switch
from drivers.switches.address import FORMS, ValueFile, parse_source


def switch_contradictions(config: Config) -> Iterator[tuple[str, str]]:
    """What no single value shows: (what, remedy) each."""
    roles = [switch.role for switch in config.switches]
    for role in sorted({r for r in roles if roles.count(r) > 1}):
        yield f"$.switches: the role {role!r} stands twice", "give it a second contact with the key second"
    for i, switch in enumerate(config.switches):
        yield from _of_switch(f"$.switches[{i}]", switch)
    yield from _of_power(config.power)
    if config.warning.gpio is not None:
        yield from _address("$.warning.gpio", config.warning.gpio)
        if config.warning.gpio_s >= config.warning.timeout_s:
            yield "$.warning.gpio_s: is not below timeout_s", "make it shorter"


def _of_switch(path: str, switch: Switch) -> Iterator[tuple[str, str]]:
    yield from _address(f"{path}.source", switch.source, measured=switch.volts_per_count is not None)
    if switch.second is not None:
        yield from _address(f"{path}.second", switch.second, measured=switch.volts_per_count is not None)
    if switch.volts_per_count is None:
        if (switch.short_v, switch.open_v) != (None, None):
            yield f"{path}: short_v and open_v are of a voltage", "add volts_per_count"
        return
    low = switch.low_v if switch.short_v is None else switch.short_v
    high = switch.high_v if switch.open_v is None else switch.open_v
    if not low <= switch.low_v < switch.high_v <= high:
        yield f"{path}: not short_v <= low_v < high_v <= open_v", "correct the voltages"


def _of_power(power: PowerConfig) -> Iterator[tuple[str, str]]:
    if power.supply is None:
        if power.floor_v is not None:
            yield "$.power.floor_v: there is no supply to hold against it", "add supply"
        return
    yield from _address("$.power.supply", power.supply, measured=True)
    if power.recover_v is not None and (power.floor_v is None or power.recover_v < power.floor_v):
        yield "$.power.recover_v: is below floor_v, or there is none", "make it at least floor_v"


def _address(path: str, text: str, *, measured: bool = False) -> Iterator[tuple[str, str]]:
    try:
        source = parse_source(text)
    except ValueError as e:
        yield f"{path}: {e}", f"write {FORMS}"
        return
    if measured and not isinstance(source, ValueFile):
        yield f"{path}: a voltage is read from a value file", 'write "value:/sys/..."'
