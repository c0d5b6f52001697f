"""Satellites in view and lines of text, as the decoder hands them out."""

from functools import reduce
from operator import xor

from hypothesis import given
from hypothesis import strategies as st

from drivers.gnss.decode import Decoder
from drivers.readings import Signal


def line(text: str) -> bytes:
    return b"$%s*%02X\r\n" % (text.encode(), reduce(xor, text.encode()))


GPS = [
    line("GPGSV,2,1,05,02,62,074,45,05,41,201,,12,33,288,40,15,25,047,38,1"),
    line("GPGSV,2,2,05,21,,,44,1"),
]
BEIDOU = [line("GBGSV,1,1,01,21,58,130,44")]
FIVE = (
    Signal("gps", 2, 62, 74, 45, "1"),
    Signal("gps", 5, 41, 201, None, "1"),
    Signal("gps", 12, 33, 288, 40, "1"),
    Signal("gps", 15, 25, 47, 38, "1"),
    Signal("gps", 21, None, None, 44, "1"),
)


def hear(*lines: bytes) -> Decoder:
    decoder = Decoder()
    for text in lines:
        decoder.feed(text)
    return decoder


def test_a_whole_set_is_the_sky_and_the_same_until_another_comes() -> None:
    decoder = hear(*GPS, *BEIDOU)
    assert decoder.sky() == (Signal("beidou", 21, 58, 130, 44), *FIVE)
    assert decoder.sky() is decoder.sky()


def test_half_a_set_and_a_damaged_one_change_nothing() -> None:
    assert hear(*GPS, GPS[0]).sky() == FIVE
    assert hear(GPS[1]).sky() == ()
    assert hear(GPS[0], GPS[1].replace(b",44,", b",45,")).sky() == ()


def test_a_constellation_that_is_no_longer_sent_is_gone() -> None:
    decoder = hear(*BEIDOU, *GPS)
    decoder.feed(GPS[0] + GPS[1])
    assert "beidou" in {s.constellation for s in decoder.sky()}  # one round without it may be a damaged line
    for _ in range(10):
        decoder.feed(GPS[0] + GPS[1])
    assert decoder.sky() == FIVE


def test_numbers_tell_constellations_within_gp() -> None:
    decoder = hear(line("GPGSV,1,1,03,41,,,30,70,,,31,195,,,32"))
    assert [s.constellation for s in decoder.sky()] == ["sbas", "glonass", "qzss"]


def test_an_empty_set_empties_the_sky() -> None:
    assert hear(*GPS, line("GPGSV,1,1,00,1")).sky() == ()


def test_notices_are_handed_out_once_and_bounded() -> None:
    decoder = hear(line("GNTXT,01,01,02,ANTSTATUS=OK"), line("PUBX,00"), line("GPGGA,1"))
    assert decoder.notices() == ["GNTXT,01,01,02,ANTSTATUS=OK", "PUBX,00"]
    assert decoder.notices() == []
    decoder.feed(b"".join(line(f"PMTK{n:03}") for n in range(100)))
    assert decoder.notices()[0::63] == ["PMTK036", "PMTK099"]


def test_sentences_are_counted_by_address() -> None:
    assert hear(*GPS, *BEIDOU).seen() == {"GPGSV": 2, "GBGSV": 1}


@given(st.lists(st.sampled_from([*GPS, *BEIDOU, b"$GPGSV,1,1,,x,y*00", b"\0$", b"*"])), st.integers(1, 50))
def test_how_the_bytes_are_cut_does_not_matter(parts: list[bytes], size: int) -> None:
    stream = b"".join(parts)
    assert hear(*[stream[i : i + size] for i in range(0, len(stream), size)]).sky() == hear(stream).sky()


@given(st.lists(st.binary()))
def test_nothing_makes_it_fail(chunks: list[bytes]) -> None:
    hear(*chunks).sky()
