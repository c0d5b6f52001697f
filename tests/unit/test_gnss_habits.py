"""Habits of receivers: makers' own positions, sentences before their position, rotations, ends of cycles."""

from datetime import UTC, datetime

import pytest

from drivers.gnss.decode import Decoder
from drivers.readings import Fix
from drivers.sim.nmea import sentence

PLACE = "3100.0000,N,12100.0000,E"


def stream(*lines: str) -> bytes:
    return b"".join(sentence(*line.split(",")) for line in lines)


def decode(*lines: str) -> list[Fix]:
    decoder = Decoder()
    return decoder.feed(stream(*lines)) + decoder.flush()


def gga(second: int, hdop: str = "1.0") -> str:
    return f"GPGGA,1200{second:02d},{PLACE},1,08,{hdop},5.0,M,9.0,M,,"


def gsa(hdop: str) -> str:
    return f"GPGSA,A,3,01,02,03,04,,,,,,,,,1.9,{hdop},1.2"


def vtg(knots: float) -> str:
    return f"GPVTG,90.0,T,,M,{knots},N,,K,A"


@pytest.mark.parametrize(
    ("line", "speed", "alt"),
    [
        (f"PUBX,00,120000.00,{PLACE},45.1,G3,2.1,2.0,36.0,90.0,0.007,,0.9,1.1,0.7,8,0,0", 10.0, None),
        (f"PASHR,POS,0,08,120000.00,{PLACE},45.1,,90.0,19.4385,0.1,1.9,0.9,1.1,0.7,GA00", 10.0, 45.1),
        (f"PGRMF,290,293895,160305,120000,13,{PLACE},A,2,36,90,2,1", 10.0, None),
        (f"PTNL,GGK,120000.00,030126,{PLACE},3,08,1.0,EHT45.1,M", None, None),
        (f"PSTI,030,120000.000,A,{PLACE},45.1,0.1,0.2,0.3,010326,A,0.0,0.0", None, 45.1),
    ],
)
def test_a_maker_s_own_position_counts_where_there_is_no_other(
    line: str, speed: float | None, alt: float | None
) -> None:
    (fix,) = decode(line)
    assert (fix.lat, fix.lon, fix.alt) == (31.0, 121.0, alt)
    assert fix.speed == (pytest.approx(speed, abs=1e-3) if speed else None)
    other = line.replace("3100", "3200")
    assert [f.lat for f in decode(gga(0), other, gga(1), other)] == [31.0, 31.0]


def test_a_maker_s_sentence_without_a_position() -> None:
    assert decode("PUBX,00,120000.00,0000.0,N,00000.0,E,0.0,NF,5,5,0,0,0,,99,99,99,0,0,0")[0].mode == "none"
    assert decode("PUBX,00,12", "PASHR,POS,1", "PTNL,GGK,,,", "PGRMF,", "PUBX,04,") == []


def test_the_date_of_pubx_04() -> None:
    position = f"PUBX,00,120000.00,{PLACE},45.1,G3,2.1,2.0,36.0,90.0,0.007,,0.9,1.1,0.7,8,0,0"
    (fix,) = decode(position, "PUBX,04,120000.00,010326,43200,2400,18,0,0,21")
    assert fix.utc == datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_a_gsa_before_its_position_is_learnt_from_the_dilutions() -> None:
    lines = [line for i in range(12) for line in (gsa(f"{i + 1}.0"), vtg(10.0 * i), gga(i, f"{i + 1}.0"))]
    fixes = decode(*lines)
    speeds = [round((fix.speed or 0) * 3600 / 1852) for fix in fixes]
    assert speeds[-6:] == [60, 70, 80, 90, 100, 110]
    after = [line for i in range(12) for line in (gga(i, f"{i + 1}.0"), gsa(f"{i + 1}.0"), vtg(10.0 * i))]
    assert [round((fix.speed or 0) * 3600 / 1852) for fix in decode(*after)] == [10 * i for i in range(12)]


def test_what_an_epoch_does_not_say_is_carried_for_a_while_and_named() -> None:
    gll = [f"GPGLL,{PLACE},1200{i:02d},A,A" for i in range(1, 15)]
    fixes = decode(gga(0), *gll)
    assert (fixes[0].satellites, fixes[0].hdop, fixes[0].inferred) == (8, 1.0, ())
    assert (fixes[5].satellites, fixes[5].hdop, fixes[5].mode) == (8, 1.0, "3d")
    assert fixes[5].inferred == ("mode", "satellites", "hdop")
    assert (fixes[13].satellites, fixes[13].hdop, fixes[13].mode) == (None, None, "2d")


def test_satellites_by_constellation() -> None:
    (fix,) = decode(
        gga(0),
        "GNGSA,A,3,01,02,33,,,,,,,,,,1.5,0.8,1.2,1",
        "GNGSA,A,3,65,66,,,,,,,,,,,1.5,0.8,1.2,2",
        "GNGSA,A,3,01,12,,,,,,,,,,,1.5,0.8,1.2,4",
        "PQGSA,A,3,03,,,,,,,,,,,,1.5,0.8,1.2,5",
        "GPGSV,1,1,03,01,10,10,40,02,20,20,41,193,30,30,30,1",
        "GPGSV,1,1,02,01,10,10,30,03,10,10,30,8",
        "GBGSV,2,1,07,01,10,10,40,02,10,10,,03,10,10,,04,10,10,,1",
        "GLGSV,1,1,02,65,10,10,40,,10,10,30,1",
    )
    assert fix.used_by == {"gps": 2, "sbas": 1, "glonass": 2, "beidou": 2, "qzss": 1}
    assert fix.in_view_by == {"gps": 3, "qzss": 1, "beidou": 7, "glonass": 2}
    assert (fix.in_view, fix.pdop, fix.vdop) == (13, 1.5, 1.2)


def test_the_profile_s_end_is_believed_until_it_is_wrong() -> None:
    decoder = Decoder(eager=True, ends_with="GGA")
    rmc = f"GPRMC,120000,A,{PLACE},1.0,,010326,,,A"
    assert decoder.feed(stream(rmc)) == []
    assert len(decoder.feed(stream(gga(0)))) == 1
    decoder.feed(stream(gsa("1.0")))
    assert decoder.idle() == []  # so GGA is not the last
    assert decoder.feed(stream(rmc.replace("120000", "120001"), gga(1))) == []
    (fix,) = decoder.idle()
    assert fix.pdop is None


def test_a_sentence_that_comes_once_a_second_at_ten_epochs_is_not_lost_live() -> None:
    lines = []
    for i in range(100):
        time = f"1200{i // 10:02d}.{i % 10}0"
        lines.append(gga(0).replace("120000", time))
        lines += [f"GPRMC,{time},A,{PLACE},{i}.0,,010326,,,A"] if i % 10 == 0 else []
    decoder = Decoder(eager=True)
    fixes = decoder.feed(stream(*lines)) + decoder.flush()
    assert len(fixes) == 100
    assert [fix.speed is not None for fix in fixes] == [i % 10 == 0 for i in range(100)]


def test_no_time_at_all_and_time_in_one_sentence_only() -> None:
    timeless = decode(*[f"GPGLL,{PLACE}", f"GPRMC,,A,{PLACE},1.0,,,,,A"] * 3)
    assert [(fix.utc, fix.speed is not None) for fix in timeless] == [(None, True)] * 3
    half = [
        line for i in range(3) for line in (f"GPRMC,1200{i:02d},A,{PLACE},1.0,,010326,,,A", f"GPGLL,{PLACE}")
    ]
    assert [fix.utc.second for fix in decode(*half) if fix.utc] == [0, 1, 2]


def test_fractions_written_differently_are_the_same_instant() -> None:
    (fix,) = decode(f"GPRMC,120000,A,{PLACE},1.0,,010326,,,A", gga(0).replace("120000", "120000.000"))
    assert (fix.alt, fix.speed is not None) == (5.0, True)


def test_position_sentence_one_second_behind() -> None:
    lines = [
        line for i in range(1, 9) for line in (gga(i), f"GPRMC,1200{i - 1:02d},A,{PLACE},{i}.0,,010326,,,A")
    ]
    fixes = decode(*lines)
    assert [fix.utc.second for fix in fixes if fix.utc] == list(range(9))
    assert [fix.alt for fix in fixes] == [None] + [5.0] * 8
    assert [fix.speed is not None for fix in fixes] == [True] * 8 + [False]
