"""What a source's text means, and a recording cut into epochs."""

import contextlib
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.gnss.source.address import Gpsd, Recording, Tty, parse_source
from drivers.gnss.source.recording import bursts, paced


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("/dev/ttyUSB0", Tty("/dev/ttyUSB0")),
        ("/dev/serial/by-path/usb-0:2:1.0", Tty("/dev/serial/by-path/usb-0:2:1.0")),
        ("gpsd://localhost", Gpsd("localhost", 2947)),
        ("gpsd://10.0.0.7:3000/dev/ttyACM0", Gpsd("10.0.0.7", 3000, "/dev/ttyACM0")),
        ("gpsd://[::1]:2947/", Gpsd("::1", 2947)),
        ("file:/var/drive.nmea", Recording("/var/drive.nmea")),
        ("file:///var/a%20drive?rate=2.5", Recording("/var/a drive", 2.5)),
    ],
)
def test_what_a_source_means(text: str, source: object) -> None:
    assert parse_source(text) == source


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("http://localhost:2947", "http: is no kind of source"),
        ("gpsd:localhost", "is no address of a gpsd"),
        ("gpsd://host:x", "Port could not be cast"),
        ("file:drive.nmea", "names no absolute path"),
        ("file://host/drive", "names no absolute path"),
        ("file:/drive?rate=0", "rate=0 is not a number"),
        ("file:/drive?rate=nan", "rate=nan is not a number"),
        ("file:/drive?speed=2", "speed= is not known"),
    ],
)
def test_a_wrong_source(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse_source(text)


@given(st.text())
def test_any_text_is_a_source_or_a_value_error(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert parse_source(text)


LINES = [
    b"$GNGSA,A,3*00\r\n",
    b"$GPRMC,235958.00,A*00\r\n",
    b"$GPGGA,235958.00,1*00\r\n",
    b"$GPGLL,3113.8,N,12128.4,E,235959.00,A*00\r\n",
    b"\xb5\x62\x01\x07",
    b"$GNGNS,000001.50,3113.8*00\r\n",
]


def test_a_recording_is_cut_where_its_time_changes() -> None:
    cut = list(bursts(io.BytesIO(b"".join(LINES))))
    assert cut == [
        (None, LINES[0]),
        (86398.0, LINES[1] + LINES[2]),
        (86399.0, LINES[3] + LINES[4]),
        (1.5, LINES[5]),
    ]
    assert [pause for pause, _ in paced(iter(cut), None)] == [0.0, 0.0, 1.0, 2.5]
    assert [pause for pause, _ in paced(iter(cut), 10.0)] == [0.0, 0.1, 0.1, 0.1]


def test_a_step_back_is_no_pause_and_a_night_is_a_minute() -> None:
    cut = [(100.0, b"a"), (90.0, b"b"), (91.0, b"c"), (30_000.0, b"d")]
    assert [pause for pause, _ in paced(iter(cut), None)] == [0.0, 0.0, 1.0, 60.0]


@given(st.lists(st.sampled_from([*LINES, b"\0" * 40_000, b"$" * 30_000]), max_size=12))
def test_no_byte_of_a_recording_is_lost(parts: list[bytes]) -> None:
    recording = b"".join(parts)
    assert b"".join(burst for _, burst in bursts(io.BytesIO(recording))) == recording
