"""What a compact track batch holds: whose fixes they are, and the fixes."""

import msgspec


class TrackFix(msgspec.Struct, frozen=True):
    """A fix of a batch: `mono_ms` CLOCK_BOOTTIME at its arrival, `utc_ms` of its epoch since 1970.

    Degrees WGS-84, m, m/s, degrees true; `quality` as in NMEA 0183 GGA; `unfit` why it decides nothing.
    """

    seq: int
    mono_ms: int
    utc_ms: int | None = None
    mode: str = "none"
    lat: float | None = None
    lon: float | None = None
    alt: float | None = None
    speed: float | None = None
    course: float | None = None
    quality: int | None = None
    satellites: int | None = None
    hdop: float | None = None
    accuracy: float | None = None
    inferred: tuple[str, ...] = ()
    unfit: tuple[str, ...] = ()


class Said(msgspec.Struct):
    """A fix as JSON has it, whoever wrote it: the fields that mean there what they mean in a TrackFix."""

    mode: str = "none"
    lat: float | None = None
    lon: float | None = None
    alt: float | None = None
    speed: float | None = None
    course: float | None = None
    quality: int | None = None
    satellites: int | None = None
    hdop: float | None = None
    accuracy: float | None = None
    inferred: tuple[str, ...] = ()
    unfit: tuple[str, ...] = ()

    def at(self, seq: int, mono_ms: int, utc_ms: int | None) -> TrackFix:
        """The same as a fix of a batch."""
        return TrackFix(seq, mono_ms, utc_ms, **{name: getattr(self, name) for name in _SAID})


_SAID = Said.__struct_fields__


class Origin(msgspec.Struct, frozen=True):
    """Whose the fixes are and when: `clock` says where `utc_ms`, the time at `mono_ms`, is from.

    `clock` as in records, or `anchored`: from a clock anchor of that boot. `utc_ms` None: it was never set.
    `generation` and `boot` are the first 16 hexadecimal digits of these UUIDs, as the records of the stream
    `life` have them in full.
    """

    generation: str
    boot: str
    mono_ms: int = 0
    utc_ms: int | None = None
    clock: str = "unsynced"
