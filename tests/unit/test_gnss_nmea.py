"""Sentences out of lines: what fields may mean, and what is refused."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.gnss.decode.nmea import (
    Accuracy,
    Active,
    Calendar,
    Motion,
    Position,
    Refused,
    parse,
)
from drivers.gnss.decode.sky import in_view_by

KINDS = ["RMC", "GGA", "GLL", "GNS", "VTG", "GSA", "GSV", "GST", "GBS", "ZDA"]
FIELD = st.one_of(
    st.sampled_from(
        ["", "A", "V", "N", "S", "E", "W", "T", "K", "1", "3", "120000", "3100.5", "12100.5", "-1", "9" * 30]
    ),
    st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E, exclude_characters="$*,"), max_size=8),
)


def position(line: str) -> Position:
    parsed = parse(line.encode())
    assert isinstance(parsed, Position), parsed
    return parsed


@given(st.sampled_from(KINDS), st.lists(FIELD, max_size=20))
def test_no_fields_make_it_raise(kind: str, fields: list[str]) -> None:
    parse(",".join([f"$GP{kind}", *fields]).encode())


@given(st.binary(max_size=100))
def test_no_bytes_make_it_raise(line: bytes) -> None:
    parse(line)
    parse(b"$GPRMC," + line)


def test_rmc() -> None:
    s = position("$GNRMC,083559.10,A,4717.11437,N,00833.91522,W,1.000,77.52,091202,,,D,V")
    assert s.valid  # whatever the navigational status after the mode says: some receivers always send V
    assert s.place
    assert (s.id, s.tod, s.day) == ("GNRMC", 30_959_100, date(2002, 12, 9))
    assert (s.place.lat, s.place.lon) == pytest.approx((47.2852395, -8.56525367))
    assert (s.speed, s.course, s.quality) == (pytest.approx(0.514444, abs=1e-6), 77.52, 2)


def test_gga_gns_gll() -> None:
    gga = position("$GPGGA,092725.00,4717.11399,N,00833.91590,E,4,12,1.01,499.6,M,48.0,M,,")
    assert (gga.quality, gga.satellites, gga.hdop, gga.alt, gga.geoid) == (4, 12, 1.01, 499.6, 48.0)
    gns = position("$GNGNS,103600.01,5114.51176,N,00012.29380,W,ANNN,07,1.18,111.5,45.6,,,V")
    assert (gns.valid, gns.quality, gns.satellites, gns.alt, gns.geoid) == (True, 1, 7, 111.5, 45.6)
    assert not position("$GNGNS,103600.01,5114.51176,N,00012.29380,W,NNNN,00,,,,,").valid
    assert position("$GPGLL,4717.11634,N,00833.91297,E,092321.00,A,A").valid
    assert position("$GPGLL,4717.116,N,00833.912,E,092321").valid  # before NMEA 0183 2.0
    assert not position("$GPGLL,4717.116,N,00833.912,E,092321,V").valid


def test_the_others() -> None:
    assert parse(b"$GPVTG,77.52,T,,M,0.004,N,3.6,K,A") == Motion(
        "GPVTG", pytest.approx(0.00206, abs=1e-5), 77.52
    )
    assert parse(b"$GPVTG,054.7,034.4,005.5,010.2") == Motion("GPVTG", pytest.approx(2.829, abs=1e-3), 54.7)
    assert parse(b"$GPVTG,,T,,M,0.000,N,0.000,K,N") == Motion("GPVTG", None, None)
    gsa = parse(b"$GNGSA,A,3,23,29,07,,,,,,,,,,1.94,1.18,1.54,1")
    assert gsa == Active("GNGSA", 3, ("23", "29", "07"), 1.94, 1.18, 1.54, "1")
    dead_reckoning = parse(b"$GPGSA,A,E,01,02,,,,,,,,,,,1.5,1.0,1.1")
    assert dead_reckoning == Active("GPGSA", 1, ("01", "02"), 1.5, 1.0, 1.1)
    assert parse(b"$GPGST,082356.00,1.8,,,,3.0,4.0,2.2") == Accuracy("GPGST", 30_236_000, 5.0)
    assert parse(b"$GPGBS,235503.00,0.6,0.8,3.2,,,,") == Accuracy("GPGBS", 86_103_000, 1.0)
    assert parse(b"$GPZDA,082710.00,16,09,2002,00,00") == Calendar("GPZDA", 30_430_000, date(2002, 9, 16))


def test_signal_id_after_the_satellites_is_not_a_satellite() -> None:
    assert in_view_by([b"$GPGSV,1,1,01,23,38,230,44,1"]) == {"gps": 1}


@pytest.mark.parametrize(
    "line",
    [
        "$GPRMC,,V,,,,,,,,,,N",
        "$GPRMC,120000,A,,,,,0.0,0.0,010120,,,A",
        "$GPRMC,120000,A,0000.0000,N,00000.0000,E,0.0,0.0,010120,,,A",
        "$GPRMC,120000,A,3100.0,N,12100.0,E,0.0,0.0,010120,,,N",
        "$GPGGA,120000,,,,,1,05,1.0,,M,,M,,",
        "$GPGGA,120000,8960.000000,N,00000.000000,E,0,0,,137.000,M,13.000,M,,",
    ],
)
def test_a_position_that_is_none(line: str) -> None:
    s = position(line)
    assert not s.valid or s.place is None


@pytest.mark.parametrize(
    "line",
    [
        "$GPRMC,120000,A,9130.0,N,12100.0,E,0.0,0.0,010120,,,A",
        "$GPRMC,120000,A,3160.0,N,12100.0,E,0.0,0.0,010120,,,A",
        "$GPRMC,120000,A,3100.0,N,18100.0,E,0.0,0.0,010120,,,A",
        "$GPRMC,120000,A,3100.0,,12100.0,E,0.0,0.0,010120,,,A",
        "$GPRMC,120000,A,12.0,N,12100.0,E,0.0,0.0,010120,,,A",  # a pair of digits lost
        "$GPRMC,1200,A,3100.0,N,12100.0,E,0.0,0.0,010120,,,A",
        "$GPRMC,246000,A,3100.0,N,12100.0,E,0.0,0.0,010120,,,A",
        "$GPRMC,120000,A,3100.0,N",
        "$GPGGA,120000,31nan,N,12100.0,E,1,05,1.0,5.0,M,,M,,",
        "$GPGSA,A,7,01,02,,,,,,,,,,,1.0,1.0,1.0",
    ],
)
def test_impossible_content_is_refused_as_a_whole(line: str) -> None:
    assert isinstance(parse(line.encode()), Refused)


def test_a_wrong_date_leaves_the_position() -> None:
    for day in ("-1", "2208-1", "310299", "000000"):
        s = position(f"$GPRMC,120000,A,3100.0,N,12100.0,E,0.0,0.0,{day},,,A")
        assert (s.valid, s.day) == (True, None)


def test_leap_second_and_fractions() -> None:
    assert position("$GPRMC,235960,V,,,,,,,311216,,").tod == 86_400_000
    assert position("$GPRMC,120000.,V,,,,,,,311216,,").tod == 43_200_000
    assert position("$GPRMC,120000.7584,V,,,,,,,311216,,").tod == 43_200_758


def test_what_says_nothing_about_a_fix() -> None:
    for line in (
        b"$PGRME,19.2,M,28.7,M,34.6,M",
        b"$GPTXT,01,01,02,hi",
        b"!AIVDM,1,1,,B,1,0",
        b"",
    ):
        assert parse(line) is None
