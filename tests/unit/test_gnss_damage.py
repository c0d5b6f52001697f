"""Damage that the checksum does not show, and sentences that mean nothing: none may become a position."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.gnss.decode import Decoder
from drivers.readings import Fix
from drivers.sim.nmea import sentence

LAT, LON = "3111.22334", "12133.44556"


def rmc(second: int, status: str = "A", lat: str = LAT, lon: str = LON, day: str = "010320") -> bytes:
    return sentence(
        "GPRMC", f"1200{second:02d}", status, lat, "N", lon, "E", "10.0", "90.0", day, "", "", "A"
    )


def gga(second: int, alt: str = "5.0", lat: str = LAT) -> bytes:
    time = f"1200{second:02d}"
    return sentence("GPGGA", time, lat, "N", LON, "E", "1", "08", "1.0", alt, "M", "9.0", "M", "", "")


def decode(stream: bytes) -> list[Fix]:
    decoder = Decoder()
    return decoder.feed(stream) + decoder.flush()


def places(fixes: list[Fix]) -> set[tuple[float, float]]:
    return {(round(f.lat, 6), round(f.lon, 6)) for f in fixes if f.lat is not None and f.lon is not None}


TRUE = places(decode(rmc(0)))


def lost_pairs(line: bytes) -> list[bytes]:
    """The line without two equal bytes of a number that stand beside each other: its checksum still fits."""
    body = line.partition(b"*")[0]
    twins = [i for i, (a, b) in enumerate(pairwise(body)) if a == b and chr(a).isdigit()]
    return [line[:i] + line[i + 2 :] for i in twins]


def added_pairs(line: bytes) -> list[bytes]:
    end = line.index(b"*")
    return [line[:i] + b"%c%c" % (d, d) + line[i:] for i in range(7, end, 3) for d in b"07"]


@pytest.mark.parametrize("damaged", [*lost_pairs(rmc(60 - 1)), *added_pairs(rmc(59))], ids=repr)
def test_a_pair_lost_or_added_gives_no_other_place(damaged: bytes) -> None:
    before = b"".join(rmc(second) for second in range(58))
    decoder = Decoder()
    fixes = decoder.feed(before + damaged + rmc(58)) + decoder.flush()
    assert decoder.checksum_errors == 0  # it does fit
    far = {p for p in places(fixes) for q in TRUE if max(abs(p[0] - q[0]), abs(p[1] - q[1])) > 0.0005}
    assert not far
    assert places(fixes) >= TRUE


@given(st.integers(1, 60), st.sampled_from([0, 1, 7, 31, 127, 128, 255]))
@settings(deadline=None)
def test_a_byte_that_is_not_text_never_gets_through(where: int, byte: int) -> None:
    line = rmc(1)
    body = bytearray(line)
    body[where], body[where + 1] = body[where] ^ byte, body[where + 1] ^ byte
    if any(not 0x20 <= b <= 0x7E for b in body[where : where + 2]):
        assert len(decode(rmc(0) + bytes(body) + rmc(2))) == 2
    noisy = line[:where] + bytes([byte, byte]) + line[where:]
    if not 0x20 <= byte <= 0x7E:
        assert len(decode(rmc(0) + noisy + rmc(2))) == 2


@given(st.integers(1, 55))
@settings(deadline=None)
def test_a_truncated_sentence_changes_nothing(length: int) -> None:
    whole = decode(rmc(0) + rmc(2))
    for end in (b"", b"\r\n"):
        assert decode(rmc(0) + rmc(1)[:length] + end + rmc(2)) == whole
    for ending in (b"\r\n", b"*00\r\n"):
        assert decode(rmc(0) + b"$GPGGA,120000,4000.0,N,01000.0,E" + ending + rmc(2)) == whole


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("GPRMC,,V,,,,,,,,,,N", False),
        ("GPRMC,120000,A,,,,,0.0,0.0,010120,,,A", False),
        ("GPRMC,120000,A,0000.0000,N,00000.0000,E,0.0,0.0,010120,,,A", False),
        ("GPRMC,120000,V,3100.0000,N,12100.0000,E,0.0,0.0,010120,,,N", False),
        ("GPRMC,120000,A,9100.0000,N,12100.0000,E,0.0,0.0,010120,,,A", False),
        ("GPRMC,120000,A,3100.0000,N,12100.0000,E,0.0,0.0,-1,,,A", True),
        ("GPRMC,120000,A,3100.0000,N,12100.0000,E,0.0,0.0,2208-1,,,A", True),
        ("GNRMC,120000,A,3100.0000,N,12100.0000,E,0.0,0.0,010120,,,A,V", True),
        ("GNRMC,120000,A, 3100.0000,N, 12100.0000 ,E,0.0,0.0,010120,,,A", True),
        ("GPRMC,120000,A,3100,N,12100,E,0.0,0.0,010120,,,A", True),
        ("GPRMC,120000,A,3100.0000000,N,12100.0000000,E,0.0,0.0,010120,,,A", True),
        ("GPGGA,120000,3100.0000,N,12100.0000,E,,08,1.0,5.0,M,9.0,M,,", False),
        ("GNGNS,120000,3100.0000,N,12100.0000,E,NNNN,00,,,,,", False),
    ],
)  # fmt: skip
def test_what_makes_a_position(line: str, place: bool) -> None:
    assert [fix.lat is not None for fix in decode(sentence(*line.split(",")))] in ([place], [place][:place])


def test_a_malformed_year_keeps_the_position_and_is_refused() -> None:
    for day in ("-1", "2208-1", "320120", "000000"):
        (fix,) = decode(rmc(0, day=day))
        assert (fix.utc, fix.lat is not None) == (None, True)


def test_the_altitude_is_never_of_the_epoch_before() -> None:
    fixes = decode(b"".join(rmc(i) + (gga(i, f"{i}.0") if i % 2 else b"") for i in range(8)))
    assert [fix.alt for fix in fixes] == [None, 1.0, None, 3.0, None, 5.0, None, 7.0]


@pytest.mark.parametrize("shifted", ["085.0,M,9.0,M,,,,", "08,,,1.0,5.0,M,9.0,M,,"])
def test_commas_lost_or_added_shift_no_height(shifted: str) -> None:
    (fix,) = decode(sentence("GPGGA", "120000", LAT, "N", LON, "E", "1", *shifted.split(",")))
    assert (fix.alt, fix.geoid) == (None, None)


def test_minus_zero_is_zero() -> None:
    (fix,) = decode(sentence("GPGLL", "0000.0000", "S", "12100.0000", "E", "120000", "A", "A"))
    assert f"{fix.lat}" == "0.0"


def test_stale_positions_are_no_epochs() -> None:
    decoder = Decoder()
    stale = b"".join(rmc(i) + gga(i) for i in (0, 1, 2, 2, 2, 1, 2, 3))
    fixes = decoder.feed(stale) + decoder.flush()
    assert [fix.utc.second for fix in fixes if fix.utc] == [0, 1, 2, 3]


def test_a_clock_that_is_put_back_makes_new_epochs() -> None:
    seconds = [10, 11, 12, 13, 11, 12, 13, 14]  # leap seconds became known
    lats = [f"3111.{2000 + i * 10}" for i in range(len(seconds))]
    fixes = decode(b"".join(rmc(s, lat=lat) + gga(s, lat=lat) for s, lat in zip(seconds, lats, strict=True)))
    assert len(places(fixes)) == len(fixes) == len(seconds)
    assert {fix.alt for fix in fixes} == {5.0}


def test_memory_is_bounded_whatever_comes() -> None:
    decoder = Decoder(eager=True)
    same = gga(1)
    for i in range(3000):
        decoder.feed(same + sentence("GPTXT", "01", "01", "02", str(i)) + sentence(f"PX{i}", "1"))
        decoder.feed(sentence("GPGSV", "9", "1", "33", "01", "10", "10", str(i % 99)))
    assert len(decoder.notices()) == 64
    assert len(decoder.seen()) < 300
    (fix,) = decoder.flush()
    assert fix.alt == 5.0
