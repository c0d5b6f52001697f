"""The line of the simulated receiver: wrong speeds and too little speed."""

from hypothesis import given
from hypothesis import strategies as st

from drivers.sim.uart import Transmitter, reclocked

BAUDS = st.sampled_from([4800, 9600, 19200, 38400, 57600, 115200, 230400, 460800, 921600])


@given(st.binary(max_size=200), BAUDS)
def test_at_the_right_speed_bytes_stay(sent, baud):
    assert reclocked(sent, baud, baud) == sent


@given(st.binary(max_size=200), BAUDS, BAUDS)
def test_a_wrong_speed_gives_what_edges_allow(sent, sent_baud, read_baud):
    got = reclocked(sent, sent_baud, read_baud)
    assert got == reclocked(sent, sent_baud, read_baud)
    assert bool(got) == bool(sent)
    assert len(got) <= 5 * len(sent)  # at most five falling edges per byte
    if read_baud < sent_baud:  # ten bits of the reader cover several bytes
        assert len(got) <= 1 + len(sent) * read_baud / sent_baud * 10 / 9.5


def test_bytes_by_hand():
    # 0x00 is nine low bits: a reader at twice the speed sees eight zeros, a broken stop, and no new edge
    assert reclocked(b"\x00", 9600, 19200) == b"\x00"
    # 0x55 is 0 10101010 1 on the line, so 00 11 00 11 … at twice the speed: 0x66 with a broken stop bit;
    # the next edge is three bits later, and the idle line gives the last one
    assert reclocked(b"\x55", 9600, 19200) == b"\x66\xe6"
    # at half the speed every second bit of 0101… counts, which are all ones, and ten of them are both bytes
    assert reclocked(b"\x55\x55", 9600, 4800) == b"\xff"


def test_most_text_at_a_wrong_speed_is_no_text():
    text = b"$GNRMC,030405.67,A,0130.00000,N,00215.00000,W,7.775,5.00,010126,,,A,V*1C\r\n" * 10
    for baud in (4800, 19200, 38400, 115200):
        assert b"$G" not in reclocked(text, 9600, baud)


def drain(line, until, baud):
    return b"".join(line.take(until, baud))


def test_a_line_gives_bytes_at_its_pace_and_in_order():
    line = Transmitter()
    text = bytes(range(32, 127)) * 10
    line.put([text[:500], text[500:]], 0.0)
    assert drain(line, 0.5, 9600) == text[:475]  # 25 pieces of 19 bytes in 0.495 s
    rest = drain(line, 1.0, 9600)
    assert text == text[:475] + rest
    assert line.due(9600) is None


def test_a_line_without_speed_gives_all_at_once():
    line = Transmitter()
    line.put([b"a" * 2000, b"b"], 1.0)
    assert drain(line, 1.0, None) == b"a" * 2000 + b"b"


def test_what_finds_no_room_is_lost_whole_and_counted():
    line = Transmitter()
    sentences = [b"%079d\n" % i for i in range(100)]
    line.put(sentences, 0.0)
    got = drain(line, 100.0, 9600)
    assert got == b"".join(sentences[:25])
    assert line.lost == 75


def test_answers_go_before_sentences_that_wait_but_into_none():
    line = Transmitter()
    line.put([b"a" * 60, b"b" * 60], 0.0)
    assert drain(line, 0.02, 9600) == b"a" * 19
    line.answer([b"1" * 10, b"2" * 10], 0.02)
    assert drain(line, 1.0, 9600) == b"a" * 41 + b"1" * 10 + b"2" * 10 + b"b" * 60
    line.put([b"c" * 19], 1.0)
    assert drain(line, 2.0, 9600) == b"c" * 19
    line.answer([b"3"], 2.0)
    line.put([b"d"], 2.0)
    assert drain(line, 3.0, 9600) == b"3d"


@given(st.lists(st.tuples(st.floats(0, 5), st.binary(min_size=1, max_size=90)), max_size=20), BAUDS)
def test_no_byte_is_early_changed_or_doubled(units, baud):
    line, sent, got = Transmitter(), b"", b""
    for t, unit in sorted(units):
        got += drain(line, t, baud)
        line.put([unit], t)
        sent += unit
        assert len(got) <= t * baud / 10 + 1
    got += drain(line, 1000.0, baud)
    assert got == sent
