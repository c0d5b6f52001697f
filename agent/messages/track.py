"""Stream `track`: batches of fixes as JSON, and the volatile newest fix.

The compact form of a batch is in docs/track-format.md.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from agent.messages.envelope import Moment
from agent.messages.parts import Count, Lat, Lon, Mode, Part, Seq, Speed


class Fix(Part, frozen=True, kw_only=True):
    """One position solution; null is what the receiver did not say. The datum is WGS-84.

    `utc` of the epoch by the receiver; `alt` m above mean sea level; `course` degrees true; `quality` as in
    NMEA 0183 GGA; `accuracy` m, 1 sigma; `inferred` names members that were concluded; `unfit` says why it
    decides nothing.
    """

    utc: Moment | None
    mode: Mode
    lat: Lat | None
    lon: Lon | None
    alt: float | None
    speed: Speed | None
    course: Annotated[float, Meta(ge=0, le=360)] | None
    quality: Count | None
    satellites: Count | None
    hdop: float | None
    accuracy: float | None
    inferred: tuple[str, ...]
    unfit: tuple[str, ...] | UnsetType = UNSET


class BatchedFix(Fix, frozen=True, kw_only=True):
    """A fix with its place in the stream; take it once by `generation` and `seq`, never by batch."""

    seq: Seq
    monons: Count
    time: Moment | None


class TrackBatch(Part, frozen=True, kw_only=True):
    """The fixes `from` to `to`; `omitted` are seqs among them that never come, as [lo, hi] each."""

    from_: Seq = msgspec.field(name="from")
    to: Seq
    crs: Literal["EPSG:4326"]
    omitted: tuple[tuple[Seq, Seq], ...]
    fixes: Annotated[tuple[BatchedFix, ...], Meta(min_length=1)]
