"""Observations of the journal itself."""

import msgspec


class JournalState(msgspec.Struct, frozen=True):
    """The journal stopped or began again to take records.

    `dropped` fixes were lost while it could not; None: nobody knows, the agent was restarted meanwhile.
    """

    mono_ns: int
    writable: bool
    reason: str | None = None
    dropped: int | None = 0


class Skipped(msgspec.Struct, frozen=True):
    """A sink will not get these records, both ends included; `why` as in DESIGN: filtered, dropped, dead…

    `thinned`: it will get about `kept` of them, and the others lie at most `bound_m` metres from these.
    """

    mono_ns: int
    sink: str
    stream: str
    first: int
    last: int
    why: str
    bound_m: int | None = None
    kept: int | None = None


class Released(msgspec.Struct, frozen=True):
    """Nothing is held any more for a sink that is not configured since `since_ns` (UTC).

    `unsettled` counts by stream the records that it has not got.
    """

    mono_ns: int
    sink: str
    since_ns: int
    unsettled: dict[str, int]


class Salvaged(msgspec.Struct, frozen=True):
    """A damaged journal was moved to `path`; what it still held goes on in the present one.

    `generation` and `head` of its chain are the old one's, None when they could not be read. Seqs by stream:
    the present one goes on after `last`; as inclusive ranges, `kept` were carried over under their seqs,
    `lost` are gone. `settled_known`: which ones had been delivered could be read; else all that was found
    is sent again.
    """

    mono_ns: int
    path: str
    generation: str | None
    head: str | None
    settled_known: bool
    last: dict[str, int]
    kept: dict[str, list[tuple[int, int]]]
    lost: dict[str, list[tuple[int, int]]]
