"""The simulated receiver of a world."""

from datetime import UTC

import msgspec

from drivers.profiles import gnss_profile
from drivers.sim.character import GENERIC, Settings
from drivers.sim.character import World as Poses
from drivers.sim.faults import Schedule
from drivers.sim.module import Module
from drivers.sim.obedience import character
from drivers.sim.scenario.world import World


def module_of(world: World, poses: Poses, faults: Schedule | None = None) -> Module:
    """A module of the scenario's make, whose t = 0 is the scenario's beginning; on a line of any speed."""
    receiver = world.scenario.receiver
    make = character(gnss_profile(receiver.profile)) if receiver.profile else GENERIC
    make = msgspec.structs.replace(make, state={**make.state, "gsv": receiver.gsv_every})
    settings = Settings(
        epoch=world.scenario.begins.astimezone(UTC),
        start=receiver.start,
        ttff_s=receiver.ttff_s,
        seed=world.seed,
        usb=True,
    )
    return Module(poses, settings, faults, make)
