"""Stream `coverage`: the ledger of what was observed, and why not."""

from typing import Literal

from msgspec import UNSET, UnsetType

from agent.messages.parts import BootHead, Count, Data, Part, Seconds, Us, Word


class Gap(Data, frozen=True, kw_only=True):
    """Nothing is known from `source` since `since_us`.

    Sources: `fix`, `camera:NAME`, `switch:ROLE`, `link:SINK`, `journal` (it takes no records), `duty` (off
    duty), `ignition` (the unit sleeps), `agent` (it did not run).
    """

    source: Word
    why: str
    since_us: Us


class GapEnded(Data, frozen=True, kw_only=True):
    """It is over. `since_us` is null where a boot lies between.

    `boot`: it was interrupted, and `since_us` counts from that boot. `dropped_fixes` (source journal): lost
    meanwhile, null when nobody knows; `state_lost` (source agent): open facts could not be read back.
    """

    source: Word
    why: str
    since_us: Us | None
    until_us: Us | UnsetType = UNSET
    seconds: Seconds | UnsetType = UNSET
    dropped_fixes: Count | UnsetType | None = UNSET
    state_lost: bool | UnsetType = UNSET
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
