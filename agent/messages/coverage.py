"""Stream `coverage`: the ledger of what was observed, and why not."""

from typing import Literal

from msgspec import UNSET, UnsetType

from agent.ledger.causes import State
from agent.messages.parts import BootHead, Count, Data, Lat, Lon, Part, Seconds, Us, Word


class Gap(Data, frozen=True, kw_only=True):
    """Nothing is known from `source` since `since_us`.

    Sources: `fix`, `camera:NAME`, `switch:ROLE`, `link:SINK`, `journal` (it takes no records), `duty` (off
    duty), `ignition` (off), `agent` (it did not run).
    """

    source: Word
    why: str
    since_us: Us


class LastPlace(Part, frozen=True, kw_only=True):
    """Where the unit was last known to be: `at_us` counts from the boot whose id begins with `boot`."""

    lat: Lat
    lon: Lon
    crs: Literal["WGS-84"]
    boot: Word
    at_us: int


class GapEnded(Data, frozen=True, kw_only=True):
    """It is over. `since_us` is null where nobody knows.

    `boot`: `since_us` counts from that boot, which is over. `place` (source agent): where it was before;
    `dropped_fixes` (source journal): lost
    meanwhile, null when nobody knows; `state_lost` (source agent): open facts could not be read back.
    """

    source: Word
    why: str
    since_us: Us | None
    until_us: Us | UnsetType = UNSET
    seconds: Seconds | UnsetType = UNSET
    dropped_fixes: Count | UnsetType | None = UNSET
    state_lost: bool | UnsetType = UNSET
    place: LastPlace | UnsetType = UNSET
    reason: Literal["interrupted"] | UnsetType = UNSET
    boot: BootHead | UnsetType = UNSET


class BlindTime(Part, frozen=True, kw_only=True):
    """How long one camera's pictures said nothing, and of that by reason, s."""

    blind_s: Seconds
    why: dict[str, Seconds]


class CameraBlind(Data, frozen=True, kw_only=True):
    """Blind time of a shift, a local day, or until the agent stopped, by camera."""

    since_us: Us
    until_us: Us
    seconds: Seconds
    cameras: dict[str, BlindTime]


class CauseTime(Part, frozen=True, kw_only=True):
    """For how many microseconds a source was in this state for this reason."""

    state: State
    why: str
    us: Count


class Totals(Data, frozen=True, kw_only=True):
    """A period by source and cause; of each source the `us` add up to `until_us` - `since_us` exactly.

    It ended with a shift (or the ignition's rest), a local day, a stop in order, or its boot: then `boot` is
    that one, and both moments count from it. Periods of a boot follow each other without a hole.
    """

    why: Literal["shift", "day", "stopped", "boot"]
    since_us: Us
    until_us: Us
    seconds: Seconds
    boot: BootHead | UnsetType = UNSET
    sources: dict[str, tuple[CauseTime, ...]]
