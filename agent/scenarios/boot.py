"""One time with power of a simulated unit, and what was told in it. Pure."""

import msgspec

from agent.model import Emit

SECOND = 1_000_000_000
_BEGIN_S = 10.0  # CLOCK_BOOTTIME when the agent starts after power on


class Boot(msgspec.Struct, frozen=True):
    """One time with power: from `begin` to `end` (s of the world); `name` as boot ids begin."""

    number: int
    begin: int
    end: int

    @property
    def name(self) -> str:
        """The head of the boot's id."""
        return f"boot{self.number:04d}"

    def mono_ns(self, t: float) -> int:
        """CLOCK_BOOTTIME at a moment of the world."""
        return round((t - self.begin + _BEGIN_S) * SECOND)

    def world_s(self, mono_us: int) -> float:
        """The moment of the world at a CLOCK_BOOTTIME, µs."""
        return mono_us / 1e6 - _BEGIN_S + self.begin


class Told(msgspec.Struct, frozen=True):
    """A record that the rules wrote, in which boot, at which s of the world."""

    t: float
    boot: Boot
    record: Emit
