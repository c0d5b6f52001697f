"""Frames and templates: chunking doesn't matter, what is encoded is matched, damage is dropped."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.gnss.dialogue.frames import Framer, Message, frame
from drivers.gnss.dialogue.template import Template

TEXT = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E, exclude_characters="$*"), min_size=1)
MESSAGES = st.one_of(
    st.builds(Message, st.just("nmea"), TEXT.map(str.encode)),
    st.builds(Message, st.just("unicore"), TEXT.map(str.encode)),
    st.builds(Message, st.just("line"), TEXT.map(str.encode)),
    st.builds(Message, st.just("ubx"), st.binary(min_size=2, max_size=64)),
    st.integers(0, 12).flatmap(
        lambda words: st.builds(
            Message, st.just("casic"), st.binary(min_size=2 + 4 * words, max_size=2 + 4 * words)
        )
    ),
    st.builds(Message, st.just("skytraq"), st.binary(min_size=1, max_size=64)),
)


def fed(stream: bytes, cuts: list[int]) -> list[Message]:
    """What comes out when the stream arrives in such pieces."""
    framer, found, at = Framer(), [], 0
    for size in cuts:
        found += framer.feed(stream[at : at + size])
        at += size
    return found + framer.feed(stream[at:])


@pytest.mark.parametrize(
    ("message", "whole"),
    [
        (Message("nmea", b"PMTK605"), b"$PMTK605*31\r\n"),  # Quectel L76 protocol specification
        (  # a log of a UM982
            Message("unicore", b"command,GPGGA 1,response: OK"),
            b"$command,GPGGA 1,response: OK*19\r\n",
        ),
        (Message("line", b"AT+QGPS=1"), b"AT+QGPS=1\r\n"),
        (Message("ubx", b"\x0a\x04"), bytes.fromhex("b5620a0400000e34")),  # the poll of MON-VER
        (Message("ubx", bytes.fromhex("0501068a")), bytes.fromhex("b562050102 00068a98c1".replace(" ", ""))),
        (Message("skytraq", bytes.fromhex("0201")), bytes.fromhex("a0a100020201030d0a")),  # AN0037, version
        (Message("casic", bytes.fromhex("0604e8030000")), bytes.fromhex("bace04000604e8030000ec030604")),
    ],
)
def test_a_frame_is_as_the_documents_have_it(message, whole) -> None:
    assert frame(message) == whole
    assert Framer().feed(whole + b"\r") == [message]


@given(st.lists(MESSAGES, max_size=6), st.lists(st.integers(1, 40), max_size=20))
def test_any_chunking_gives_the_messages_sent(messages, cuts) -> None:
    stream = b"".join(map(frame, messages)) + b"\n"
    assert fed(stream, cuts) == messages


@given(st.binary(max_size=3000), st.lists(st.integers(1, 500), max_size=20))
def test_any_bytes_in_any_chunks_give_the_same(stream, cuts) -> None:
    assert fed(stream, cuts) == Framer().feed(stream)


@given(st.binary(max_size=64).filter(lambda b: not set(b) & {0xB5, 0xBA, 0xA0}))
def test_after_garbage_it_finds_its_way(garbage) -> None:
    ack = Message("ubx", bytes.fromhex("0501068a"))
    assert Framer().feed(garbage + frame(ack))[-1] == ack


def test_damage_is_counted_and_dropped_and_the_rest_is_kept() -> None:
    framer = Framer()
    good = frame(Message("ubx", b"\x05\x01\x06\x8a"))
    bad = bytearray(good)
    bad[6] ^= 1
    found = framer.feed(b"$PMTK001,220,3*00\r\n" + bytes(bad) + good + b"$PMTK605*31\r\n")
    assert found == [Message("ubx", b"\x05\x01\x06\x8a"), Message("nmea", b"PMTK605")]
    assert framer.damaged == 2


def test_endless_text_and_endless_frames_take_bounded_memory() -> None:
    framer = Framer()
    for _ in range(100):
        framer.feed(b"x" * 1000)
        framer.feed(b"\xb5\x62\x01\x01\xff\xff" + b"y" * 1000)
    assert len(framer._rest) <= Framer.PAYLOAD_LIMIT + 16
    ack = Message("nmea", b"PMTK001,220,3")
    assert framer.feed(b"\r\n" + frame(ack))[-1] == ack


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("nmea PMTK220,{period_ms}", {"period_ms": 200}),
        ("nmea PMTK705,{firmware:s},{_},{module:s},{*}", {"firmware": "AXN 5.1", "module": "Quectel-L76L"}),
        ("line $CFGSYS,h{mask}", {"mask": "11"}),
        ("line LOG GPGGA ONTIME {period_s}", {"period_s": "0.2"}),
        ("ubx 06 8A {_:2} {a:u1} {b:i2} {c:u4} {word:c8}", {"a": 7, "b": -2, "c": 115200, "word": "M9N"}),
        ("casic 06 01 {gga:u1} {_:3}", {"gga": 5}),
        ("skytraq 05 {baud:u4}", {"baud": 115200}),
        ("ubx 06 01 {a:u1} F0 {a:u1}", {"a": 3}),
    ],
)
def test_what_is_encoded_is_matched(text, values) -> None:
    template = Template.parse(text)
    assert set(template.names) == set(values)
    whole = template.encode(values)
    matched = template.match(Framer().feed(whole)[0])
    assert matched == {k: int(v) if str(v).isdigit() else v for k, v in values.items()}


@given(st.integers(0, 0xFFFF), st.integers(-(2**31), 2**31 - 1), st.integers(0, 2**32 - 1))
def test_every_number_comes_back(u2, i4, u4) -> None:
    for framing in ("ubx", "skytraq"):
        template = Template.parse(f"{framing} 01 02 {{a:u2}} {{b:i4}} {{c:u4}}")
        assert template.match(template.encode({"a": u2, "b": i4, "c": u4})) == {"a": u2, "b": i4, "c": u4}


def test_skytraq_is_big_endian_and_ubx_little() -> None:
    assert Template.parse("skytraq 01 {a:u2}").encode({"a": 0x0102})[5:7] == b"\x01\x02"
    assert Template.parse("ubx 01 02 {a:u2}").encode({"a": 0x0102})[6:8] == b"\x02\x01"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nmea PMTK001,220,3", Message("nmea", b"PMTK001,220,2")),
        ("nmea PMTK001,220,3", Message("line", b"PMTK001,220,3")),
        ("nmea P,{a}", Message("nmea", b"P,1,2")),
        ("nmea P,{a},{a}", Message("nmea", b"P,1,2")),
        ("ubx 05 01 {a:u1} {a:u1}", Message("ubx", b"\x05\x01\x01\x02")),
        ("ubx 05 01 {a:u2}", Message("ubx", b"\x05\x01\x01")),
        ("ubx 05 01 {a:u1}", Message("ubx", b"\x05\x01\x01\x02")),
    ],
)
def test_another_message_is_no_match(text, message) -> None:
    assert Template.parse(text).match(message) is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nema X", "'nema' is no framing; there are nmea, unicore"),
        ("ubx 06 8", "neither hexadecimal nor a place"),
        ("ubx 06 {a}", r"\{a\} is no place in binary"),
        ("ubx 06 {a:u3}", r"\{a:u3\} is no place in binary"),
        ("ubx {a:u1}", "begins with its class"),
        ("ubx 06 {*} 07", "nothing can follow"),
        ("nmea {*},1", "nothing can follow"),
        ("nmea X,{a:u1}", r"\{a:u1\} is no place in text"),
        ("nmea X,{a", "neither printable ASCII nor a place"),
    ],
)
def test_a_wrong_template_says_what_is_wrong(text, words) -> None:
    with pytest.raises(ValueError, match=words):
        Template.parse(text)


@pytest.mark.parametrize(
    ("text", "values", "words"),
    [
        ("nmea X,{a}", {}, "no value for a"),
        ("nmea X,{a:s}", {"a": "1*00\r\n$PMTK104"}, "can't be written"),
        ("nmea X,{a}", {"a": "two words"}, "can't be written"),
        ("ubx 06 01 {a:u1}", {"a": 256}, "does not fit in u1"),
        ("ubx 06 01 {a:c4}", {"a": "NEO-M9N"}, "does not fit in c4"),
        ("ubx 06 01 {a:u1}", {"a": "on"}, "does not fit in u1"),
    ],
)
def test_a_value_that_does_not_fit_is_not_sent(text, values, words) -> None:
    with pytest.raises(ValueError, match=words):
        Template.parse(text).encode(values)
