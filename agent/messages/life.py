"""Stream `life`: births, stops, clock anchors, what a sink never gets, replies to commands."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from agent.messages.envelope import Moment
from agent.messages.evidence import Device
from agent.messages.parts import Count, Data, Part, Seq, Us, Word

SkipWhy = Literal["filtered", "policy", "thinned", "dropped", "dead", "earlier"]
CommandState = Literal["accepted", "running", "done", "failed", "rejected", "expired"]
Ranges = dict[str, tuple[tuple[int, int], ...]]


class CameraNames(Part, frozen=True, kw_only=True):
    """The cameras that are used, by role."""

    body: tuple[str, ...]
    cab: tuple[str, ...]


class Birth(Data, frozen=True, kw_only=True):
    """The first record of a run. `clean`: the last run ended in order; `settings` is their hash.

    `device`: the unit's own key; `identity`: what judges, by versions and hashes.
    `state_readable`: what the last run knew goes on; `journal_replaced`: where a damaged journal is.
    """

    version: Word
    settings: str
    new_boot: bool
    clean: bool
    state_readable: bool
    journal_replaced: str | None
    cameras: CameraNames
    sinks: tuple[str, ...]
    zones: Count
    device: Device | None
    identity: dict[str, str]


class NewSettings(Data, frozen=True, kw_only=True):
    """Other settings hold from now on, and these cameras and sinks."""

    hash: str
    cameras: CameraNames | UnsetType = UNSET
    sinks: tuple[str, ...] | UnsetType = UNSET


class RemoteSettings(Data, frozen=True, kw_only=True):
    """What became of a platform's settings: on probation, applied or rolled back; `hash` is of what holds."""

    version: int | None
    reason: str | None
    hash: str | None


class Stopped(Data, frozen=True, kw_only=True):
    """The last record of a run that ended in order."""

    reason: str


class Skipped(Data, frozen=True, kw_only=True):
    """A sink never gets the seqs `from` to `to` of a stream.

    filtered: for another sink; policy: kept back by rule; thinned: unsent track made sparser; dropped: the
    unit was full; dead: damaged, or no broker took it; earlier: it came under the generation before.
    With `kept`, so many of them do come, the others lie at most `bound_m` metres from these, and the batches
    of fixes say which are left out: then this record excuses none.
    """

    sink: Word
    stream: Word
    from_: Seq = msgspec.field(name="from")
    to: Seq
    why: SkipWhy
    kept: Count | UnsetType = UNSET
    bound_m: Annotated[int, Meta(ge=0)] | UnsetType = UNSET


class Released(Data, frozen=True, kw_only=True):
    """Nothing is held any more for a sink that is not configured since `since`; `unsettled` by stream."""

    sink: Word
    since: Moment
    unsettled: dict[str, Count]


class Salvaged(Data, frozen=True, kw_only=True):
    """A damaged journal was moved aside, and what it still held goes on under a new generation.

    `continues` is the old one; seqs by stream: `last` existed, `kept` go on, `lost` are gone
    (inclusive ranges).
    """

    file: str
    continues: str | None
    head: str | None
    settled_known: bool
    last: dict[str, int]
    kept: Ranges
    lost: Ranges


class ClockAnchor(Data, frozen=True, kw_only=True):
    """UTC was `utc_us` (microseconds since 1970) at `mono_us` of this boot."""

    utc_us: int
    mono_us: Us
    origin: Literal["gnss"]


class CommandReply(Data, frozen=True, kw_only=True):
    """What became of the command with this id; it comes on the command's reply topic.

    `reason` is one word, `detail` a sentence; `repeated`: the id came again and is answered once more.
    """

    command: Word
    name: str
    state: CommandState
    reason: str | None
    detail: str | None
    result: dict[str, Any] | None
    repeated: bool
