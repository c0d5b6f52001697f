"""What a simulated receiver knows in one epoch: where it is, what it hears, how sure it is."""

from datetime import datetime

import msgspec

from drivers.readings import Constellation, Mode
from drivers.sim.sky import Dilution


class Pose(msgspec.Struct, frozen=True):
    """Where the truck is: degrees WGS-84, metres above mean sea level, m/s, degrees true."""

    lat: float
    lon: float
    alt: float = 0.0
    speed: float = 0.0
    course: float = 0.0


class Heard(msgspec.Struct, frozen=True):
    """A satellite in the receiver's list: number within its constellation, degrees, C/N0 in dB-Hz.

    Angles are None while the almanac is unknown, `cn0` while no signal is tracked.
    """

    constellation: Constellation
    number: int
    elevation: int | None
    azimuth: int | None
    cn0: int | None
    used: bool


class Solution(msgspec.Struct, frozen=True):
    """One epoch as the receiver will report it; `utc` None: time unknown; `pose` None: no fix.

    `error_m` is the receiver's own estimate of its horizontal error (1 sigma).
    """

    utc: datetime | None
    pose: Pose | None
    mode: Mode
    heard: tuple[Heard, ...] = ()
    dilution: Dilution | None = None
    error_m: float = 1.5

    @property
    def used(self) -> int:
        """How many satellites are in the fix."""
        return sum(heard.used for heard in self.heard)
