"""The columns of an export, as docs/export.md has them. Pure.

They only ever grow: a name keeps its type and its meaning, and new ones come last and may be null.
"""

from typing import Literal

import msgspec

Kind = Literal["string", "double", "bigint", "timestamp"]


class Column(msgspec.Struct, frozen=True):
    """A name, its type (`timestamp` is microseconds, UTC) and what it means."""

    name: str
    kind: Kind
    means: str


_PLACE_IN_JOURNAL = (
    Column("vehicle", "string", "the vehicle's name within its fleet"),
    Column("generation", "string", "the journal's UUID; with stream and seq the record's id"),
    Column("stream", "string", "the stream of the journal"),
    Column("seq", "bigint", "position in the stream, from 1"),
    Column("boot", "string", "the boot's UUID"),
    Column("mono_us", "bigint", "CLOCK_BOOTTIME of that boot, µs: for durations and order within it"),
    Column("time", "timestamp", "when it was; null when the boot's clock was never known"),
    Column("clock", "string", "where the time as written is from: gnss, ntp, rtc, unsynced"),
)
TRACK = (
    *_PLACE_IN_JOURNAL,
    Column("utc", "timestamp", "the epoch's own time, by the receiver"),
    Column("mode", "string", "none, 2d, 3d"),
    Column("lat", "double", "degrees north, WGS-84, 7 decimals"),
    Column("lon", "double", "degrees east, WGS-84, 7 decimals"),
    Column("alt", "double", "m above mean sea level"),
    Column("speed", "double", "m/s over ground"),
    Column("course", "double", "degrees true"),
    Column("quality", "bigint", "as in NMEA 0183 GGA"),
    Column("satellites", "bigint", "used for the fix"),
    Column("hdop", "double", "horizontal dilution"),
    Column("accuracy", "double", "m, 1 sigma, as the receiver said"),
    Column("inferred", "string", "columns that were concluded, with commas; empty for none"),
    Column("unfit", "string", "why the fix decides nothing, with commas; empty for a fit one"),
)
RECORD = (
    *_PLACE_IN_JOURNAL,
    Column("type", "string", "the record's type, as in docs/schemas"),
    Column("subject", "string", "what it is about; records of one episode share it"),
    Column("severity", "string", "info, notice, violation, critical"),
    Column("lat", "double", "degrees north of its place, WGS-84; of a trip, where it became empty"),
    Column("lon", "double", "degrees east of its place, WGS-84"),
    Column("zone", "string", "id of the registered zone it speaks of or lies in"),
    Column("zone_role", "string", "loading, disposal, forbidden, slow, risk"),
    Column("since_us", "bigint", "since when, CLOCK_BOOTTIME of this boot, µs; null for another boot's"),
    Column("until_us", "bigint", "until when, likewise"),
    Column("since", "timestamp", "since when; of a trip, when it became empty"),
    Column("until", "timestamp", "until when"),
    Column("reason", "string", "why it ended, or why it is so"),
    Column("change", "string", "of load.changed: became_loaded, became_empty, cover_opened…"),
    Column("load_from", "string", "of load.changed: the load before"),
    Column("load", "string", "the load that lasts, of load.changed and health.report"),
    Column(
        "load_seen", "string", "the load as it is seen at that moment, of the same two; unknown: not seen"
    ),
    Column("version", "bigint", "of a trip: from 1, the highest counts"),
    Column("verdict", "string", "of a trip: regular, suspicious; null while neither"),
    Column("data", "string", "all of it, as JSON"),
)
TABLES = {"track": TRACK, "record": RECORD}
PARTITIONS = (
    Column("fleet", "string", "the fleet, percent-encoded in the folder's name"),
    Column("date", "string", "the UTC day of `time`, YYYY-MM-DD"),
)
