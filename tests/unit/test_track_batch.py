"""The compact track batch: what goes in comes out, and no bytes do harm."""

import struct
import zlib

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agent.uplink.track.batch import MOST_FIXES, decode, encode, span
from agent.uplink.track.bits import Bytes, leb128, rice, unrice, unzigzag, zigzag
from agent.uplink.track.column import read_column, write_column
from agent.uplink.track.columns import MODES, STEP_MS
from agent.uplink.track.errors import TrackFormatError
from agent.uplink.track.fix import Origin, TrackFix

GENERATION, BOOT = "8c7f1d6e-0c1f-4a8e-9a4b-0f5f3a1c2d3e", "313474a5-462e-4f8d-b49d-834d74d03ba7"


def decimal(low: float, high: float, places: int) -> st.SearchStrategy[float | None]:
    whole = st.integers(round(low * 10**places), round(high * 10**places))
    return st.none() | whole.map(lambda n: n / 10**places)


def fixes(seq: int) -> st.SearchStrategy[TrackFix]:
    names = st.lists(st.sampled_from(("mode", "hdop", "卫星", "suspected_jamming")), max_size=2).map(tuple)
    return st.builds(
        TrackFix,
        seq=st.just(seq),
        mono_ms=st.integers(0, 10**10),
        utc_ms=st.none() | st.integers(0, 4 * 10**12),
        mode=st.sampled_from(MODES),
        lat=decimal(-90, 90, 7),
        lon=decimal(-180, 180, 7),
        alt=decimal(-500, 9000, 2),
        speed=decimal(0, 60, 2),
        course=decimal(0, 359.9, 1),
        quality=st.none() | st.integers(0, 9),
        satellites=st.none() | st.integers(0, 64),
        hdop=decimal(0.4, 99, 2),
        accuracy=decimal(0, 1000, 1),
        inferred=names,
        unfit=names,
    )


seqs = st.lists(st.integers(1, 2**40), min_size=1, max_size=40, unique=True).map(sorted)
batches = seqs.flatmap(lambda found: st.tuples(*map(fixes, found)))
origins = st.builds(
    Origin,
    generation=st.just(GENERATION),
    boot=st.just(BOOT),
    mono_ms=st.integers(0, 10**10),
    utc_ms=st.none() | st.integers(0, 4 * 10**12),
    clock=st.sampled_from(("unsynced", "rtc", "ntp", "gnss")),
)


@given(origins, batches)
def test_what_goes_in_comes_out(origin: Origin, given_fixes: tuple[TrackFix, ...]) -> None:
    found, back = decode(encode(origin, given_fixes))
    assert (found.generation, found.boot) == (GENERATION.replace("-", "")[:16], "313474a5462e4f8d")
    assert (found.mono_ms, found.utc_ms, found.clock) == (origin.mono_ms, origin.utc_ms, origin.clock)
    for before, after in zip(given_fixes, back, strict=True):
        assert abs(after.mono_ms - before.mono_ms) <= STEP_MS / 2
        assert msgspec.structs.replace(after, mono_ms=0) == msgspec.structs.replace(before, mono_ms=0)


def drive(count: int, places: int = 5) -> list[TrackFix]:
    """A truck that speeds up and turns, as a receiver with `places` decimals of minutes says it."""
    found, lat, lon, speed = [], 31.2, 121.4, 0.0
    for i in range(count):
        speed = min(14.0, speed + 0.7)
        lat, lon = lat + speed * 0.6 / 111_320, lon + speed * 0.8 / 95_200
        step = 60 * 10**places
        found.append(
            TrackFix(
                seq=i + 1,
                mono_ms=90_000 + 1000 * i,
                utc_ms=1_764_470_000_000 + 1000 * i,
                mode="3d",
                lat=round(round(lat * step) / step, 7),
                lon=round(round(lon * step) / step, 7),
                alt=12.5,
                speed=round(speed, 2),
                course=round(50 + 5 * (i % 3) / 3, 1),
                quality=1,
                satellites=12 + i % 2,
                hdop=0.8,
            )
        )
    return found


ORIGIN = Origin(GENERATION, BOOT, 90_000, 1_764_470_000_000, "gnss")


def test_a_minute_of_driving_takes_few_bytes_and_loses_nothing() -> None:
    given_fixes = drive(60)
    content = encode(ORIGIN, given_fixes)
    assert decode(content)[1] == given_fixes
    assert len(content) <= 5 * 60


def test_seqs_that_are_left_out_are_named() -> None:
    kept = [fix for fix in drive(60) if fix.seq not in {7, 8, 9, 40}]
    assert [fix.seq for fix in decode(encode(ORIGIN, kept))[1]] == [fix.seq for fix in kept]


def test_seqs_left_out_before_the_first_fix_are_named_too() -> None:
    kept = [fix for fix in drive(60) if fix.seq not in (1, 2, 3, 8)]
    content = encode(Origin(GENERATION, BOOT), kept, 1)
    assert decode(content)[1] == decode(encode(Origin(GENERATION, BOOT), kept))[1]
    assert span(content) == (1, 60)
    with pytest.raises(ValueError, match="begins"):
        encode(Origin(GENERATION, BOOT), kept, 5)


def test_the_largest_batch_comes_back() -> None:
    many = [TrackFix(seq=i + 1, mono_ms=1000 * i, lat=i % 7 / 1e7) for i in range(MOST_FIXES)]
    assert [fix.lat for fix in decode(encode(ORIGIN, many))[1]] == [fix.lat for fix in many]
    with pytest.raises(ValueError, match="65536"):
        encode(ORIGIN, [*many, TrackFix(seq=MOST_FIXES + 1, mono_ms=0)])


@pytest.mark.parametrize("wrong", [[], [TrackFix(2, 0), TrackFix(2, 0)], [TrackFix(1, 0, mode="4d")]])
def test_what_is_no_batch_is_refused(wrong: list[TrackFix]) -> None:
    with pytest.raises(ValueError, match="batch"):
        encode(ORIGIN, wrong)


@given(st.data())
def test_a_flipped_bit_or_a_cut_is_seen(data: st.DataObject) -> None:
    content = encode(ORIGIN, drive(20))
    at = data.draw(st.integers(0, len(content) - 1))
    flipped = bytearray(content)
    flipped[at] ^= 1 << data.draw(st.integers(0, 7))
    for wrong in (bytes(flipped), content[:at]):
        with pytest.raises(TrackFormatError):
            decode(wrong)


@given(st.binary(max_size=200))
@example(b"")
@example(b"HT\x02")
def test_bytes_with_a_fitting_checksum_do_no_harm(body: bytes) -> None:
    """Whatever the fields say, it ends in fixes or in TrackFormatError, without a large allocation."""
    content = b"HT\x01" + body
    try:
        decode(content + struct.pack(">I", zlib.crc32(content)))
    except TrackFormatError:
        return


def test_a_batch_that_claims_more_than_it_has_room_for() -> None:
    head = b"HT\x01" + bytes(8) + leb128(1) + leb128(2**40) + leb128(0)
    with pytest.raises(TrackFormatError, match="more than 65536"):
        decode(head + struct.pack(">I", zlib.crc32(head)))


@given(st.lists(st.integers(1 - 2**62, 2**62 - 1)), st.integers(0, 31))
def test_rice_codes_come_back(values: list[int], shift: int) -> None:
    numbers = [zigzag(value) for value in values]
    source = Bytes(rice(numbers, shift))
    assert [unzigzag(number) for number in unrice(source, len(numbers), shift)] == values
    assert source.left == 0


def test_a_number_that_no_batch_can_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="too large"):
        encode(ORIGIN, [TrackFix(1, 0, satellites=2**62), TrackFix(2, 0, satellites=0)])


@given(st.lists(st.none() | st.integers(-(2**50), 2**50), min_size=1), st.integers(0, 15))
def test_a_column_comes_back(values: list[int | None], unit: int) -> None:
    source = Bytes(write_column(values, unit))
    assert read_column(source, len(values)) == (values, unit)
    assert source.left == 0
