"""Lines out of bytes, whatever lies between them."""

from hypothesis import given
from hypothesis import strategies as st

from drivers.gnss.decode.line import LineCutter
from drivers.sim.nmea import sentence

GGA = sentence(
    "GPGGA", "120000", "3100.00000", "N", "12100.00000", "E", "1", "08", "1.0", "5.0", "M", "", "M"
)
VTG = sentence("GPVTG", "90.0", "T", "", "M", "10.0", "N", "18.5", "K", "A")
WANTED = [GGA.split(b"*")[0], VTG.split(b"*")[0]]


def cut(*chunks: bytes) -> list[bytes]:
    cutter = LineCutter()
    return [line for chunk in chunks for line in cutter.feed(chunk)] + cutter.flush()


@given(st.lists(st.binary(max_size=300)))
def test_no_bytes_make_it_raise(chunks: list[bytes]) -> None:
    cut(*chunks)


@given(st.lists(st.binary(max_size=80).filter(lambda b: b"$" not in b and b"!" not in b), max_size=4))
def test_noise_without_a_start_hides_no_line(noise: list[bytes]) -> None:
    assert cut(*[n + b"\n" + GGA + VTG for n in noise]) == WANTED * len(noise)


@given(st.integers(1, len(GGA + VTG)))
def test_chunks_may_end_anywhere(size: int) -> None:
    stream = GGA + VTG
    assert cut(*[stream[i : i + size] for i in range(0, len(stream), size)]) == WANTED


def test_line_ends_may_be_any_or_missing() -> None:
    bare = [GGA.rstrip(), VTG.rstrip()]
    for end in (b"\r\n", b"\n", b"\r", b"\r\r\n\r\n", b""):
        assert cut(b"".join(line + end for line in bare)) == WANTED


def test_binary_protocols_between_sentences() -> None:
    ubx = b"\xb5\x62\x01\x07$GP\x00\x01$\xff"
    rtcm = b"\xd3\x00\x13>\xd0$GNRMC,12\x80"
    assert cut(ubx + GGA + rtcm + VTG + ubx) == WANTED


def test_lower_case_checksum() -> None:
    line = sentence("GPVTG", "0.0", "T", "", "M", "0.2", "N", "0.0", "K", "A")
    text, _, checksum = line.rstrip().partition(b"*")
    assert cut(text + b"*" + checksum.lower() + b"\r\n") == [text]


def test_wrong_checksum_is_counted_and_dropped() -> None:
    cutter = LineCutter()
    assert cutter.feed(GGA.replace(b"3100", b"3101") + VTG) == WANTED[1:]
    assert (cutter.checksum_errors, cutter.rejected) == (1, 0)


def test_a_sentence_begun_within_another_is_kept_and_the_half_one_counted() -> None:
    cutter = LineCutter()
    assert cutter.feed(GGA[:30] + VTG + GGA[30:] + GGA) == [WANTED[1], WANTED[0]]
    assert cutter.rejected == 1


def test_encapsulated_line_glued_to_a_sentence() -> None:
    ais = b"!AIVDM,1,1,,B,13njCt031t0DA=lN2:jKmad60l1p,0*12"
    assert cut(VTG.rstrip() + ais + b"\r\n" + ais + b"\r\n") == [WANTED[1], ais[:-3], ais[:-3]]


def test_a_byte_outside_the_printable_range_rejects_the_line_even_if_the_checksum_fits() -> None:
    broken = GGA.replace(b"12100", b"1\x0010\x000")  # two NULs leave the exclusive or as it was
    body = broken[1:].split(b"*")[0]
    checksum = 0
    for byte in body:
        checksum ^= byte
    assert cut(b"$" + body + b"*%02X\r\n" % checksum) == []
    assert cut(VTG.replace(b"T,,M", b"T,\xb0\xb0,M")) == []


def test_lines_without_checksum_only_from_talkers_that_never_send_one() -> None:
    assert cut(WANTED[0] + b"\r\n" + WANTED[1] + b"\r\n") == WANTED
    assert cut(GGA + WANTED[1] + b"\r\n") == WANTED[:1]
    assert cut(WANTED[0] + b"$" + WANTED[1] + b"\x00") == []


def test_an_address_that_never_has_a_checksum_is_believed_in_a_stream_with_checksums() -> None:
    bare = WANTED[1] + b"\r\n"
    assert cut(GGA + bare + GGA + bare + GGA + bare) == [WANTED[0], *WANTED, *WANTED]
    assert cut(VTG + bare + VTG + bare + VTG) == WANTED[1:] * 3


def test_memory_is_bounded() -> None:
    cutter = LineCutter()
    for _ in range(200):
        assert cutter.feed(b"$GPTXT," + b"A" * 100 + b"!" * 10) == []
        assert cutter.feed(b"A" * 1000) == []
    assert cutter.feed(b"\r\n" + GGA) == WANTED[:1]
    assert cutter.rejected > 0
