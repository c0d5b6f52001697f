"""What the workers of switches, supply and warnings take from the configuration."""

from agent.cab.hooks import CabSetup
from agent.config import Config
from agent.config_switches import PowerConfig, Switch, WarningConfig
from drivers.switches.spec import Contact, Scale, SupplySpec, SwitchSpec
from drivers.switches.watch import SwitchSetup


def switch_setup(config: Config) -> SwitchSetup:
    """The switches and the supply of a checked configuration."""
    return SwitchSetup(tuple(_spec(switch) for switch in config.switches), supply_spec(config.power))


def cab_setup(warning: WarningConfig) -> CabSetup:
    """How the driver is warned."""
    return CabSetup(
        language=warning.language,
        sound=warning.sound,
        command=warning.command,
        file=warning.file,
        gpio=warning.gpio,
        gpio_s=warning.gpio_s,
        timeout_s=warning.timeout_s,
    )


def supply_spec(power: PowerConfig) -> SupplySpec | None:
    """Where the supply is measured, if it is."""
    if power.supply is None:
        return None
    return SupplySpec(power.supply, power.volts_per_count, power.floor_v, power.recover_v)


def _spec(switch: Switch) -> SwitchSpec:
    scale = None
    if switch.volts_per_count is not None:
        scale = Scale(switch.volts_per_count, switch.low_v, switch.high_v, switch.short_v, switch.open_v)
    second = None if switch.second is None else Contact(switch.second, switch.second_active, scale)
    return SwitchSpec(
        role=switch.role,
        contact=Contact(switch.source, switch.active, scale),
        second=second,
        debounce_s=switch.debounce_s,
        stuck_s=switch.stuck_s,
        stuck_moves=switch.stuck_moves,
    )
