"""Profiles of u-blox, Quectel (Airoha, Goke) and MediaTek receivers say what documents print, byte by byte.

Each string below is printed in a document or stands in a public program; the source is beside it.
"""

import re

import pytest

from drivers.gnss.dialogue.exchange import Dialogue, Exchange
from drivers.gnss.dialogue.frames import Framer, Message, frame
from drivers.gnss.dialogue.template import Template
from drivers.gnss_profile import GnssProfile
from drivers.profiles import gnss_profile

M8, M10, F9 = "ublox-neo-m8n", "ublox-max-m10s", "ublox-zed-f9p"
LC29H, LC76G, LC76F, MT3333 = "quectel-lc29h", "quectel-lc76g", "quectel-lc76f", "mediatek-mt3333"
State = dict[str, int | str]

ONLY_RMC_GGA: State = {"gll": 0, "vtg": 0, "gsa": 0, "gsv": 0, "gst": 0, "zda": 0}
RMC_GGA_GSA: State = {**ONLY_RMC_GGA, "gsa": 1}
NONE_BUT_GPS: State = {"glonass": 0, "galileo": 0, "beidou": 0, "qzss": 0}

M8_AT_115200 = bytes.fromhex("B562 0600 1400 01000000 D0080000 00C20100 0700 0300 00000000 C07E")

# profile, exchange, variables beside the factory state, the bytes that are sent one after another
SENT: list[tuple[str, str, State, bytes]] = [
    # set-ups of the NEO-M8: tables of hexadecimal messages in several projects
    (M8, "rate", {"period_ms": 200}, bytes.fromhex("B562 0608 0600 C800 0100 0100 DE6A")),
    (M8, "sentence gll", {"gll": 0}, bytes.fromhex("B562 0601 0300 F00100 FB11")),
    (M8, "sentence zda", {"zda": 1}, bytes.fromhex("B562 0601 0300 F00801 0320")),
    (M8, "baud", {"baud": 115200}, M8_AT_115200),
    # utime-based set-up of an M8: poll of the port; a guide to clones: poll of the constellations
    (M8, "read baud", {}, bytes.fromhex("B562 0600 0100 01 0822")),
    (M8, "read constellations", {}, bytes.fromhex("B562 063E 0000 44D2")),
    # a guide for flight controllers: GPS and SBAS alone, for 10 Hz on an M8N
    (
        M8,
        "constellations",
        NONE_BUT_GPS,
        bytes.fromhex(
            "B562 063E 3C00 00002007 0008100001000101 0101030001000101 0204080000000101"
            "0308100000000101 0400080000000101 0500030000000101 06080E0000000101 2D79"
        ),
    ),
    # Meshtastic and a project on the M10: VALSET into RAM; a driver that polls an M9's rate
    (M10, "sentence gll", {"gll": 0}, bytes.fromhex("B562 068A 0900 00010000 CA009120 00 1516")),
    (M10, "sentence gsv", {"gsv": 0}, bytes.fromhex("B562 068A 0900 00010000 C5009120 00 10FD")),
    (M10, "sentence gga", {"gga": 0}, bytes.fromhex("B562 068A 0900 00010000 BB009120 00 06CB")),
    (M10, "baud", {"baud": 115200}, bytes.fromhex("B562 068A 0C00 00010000 01005240 00C20100 F3A5")),
    (M10, "read rate", {}, bytes.fromhex("B562 068B 0800 00000000 01002130 EB07")),
    # moving base of two ZED-F9P, after u-blox's application note
    (F9, "rate", {"period_ms": 200}, bytes.fromhex("B562 068A 0A00 00010000 01002130 C800 B581")),
    # LC29H and LC79H series GNSS protocol specification, as in CyKibb/lc29h-driver
    (LC29H, "rate", {"period_ms": 1000}, b"$PAIR050,1000*12\r\n"),
    (LC29H, "read rate", {}, b"$PAIR051*3E\r\n"),
    (LC29H, "sentence gga", {"gga": 3}, b"$PAIR062,0,3*3D\r\n"),
    (LC29H, "read sentence gga", {}, b"$PAIR063,0*23\r\n"),
    (LC29H, "constellations", {"qzss": 0}, b"$PAIR066,1,1,1,1,0,0*3A\r\n"),
    (LC29H, "read constellations", {}, b"$PAIR067*3B\r\n"),
    (LC29H, "read baud", {}, b"$PAIR865,0,0*31\r\n"),
    (LC29H, "baud after restart", {"baud": 115200}, b"$PAIR864,0,0,115200*1B\r\n"),
    (LC29H, "save", {}, b"$PAIR513*3D\r\n"),
    # LC26G(AB)&LC76G&LC86G series GNSS protocol specification V1.1; Zephyr, gnss_quectel_lcx6g
    (LC76G, "version", {}, b"$PQTMVERNO*58\r\n"),
    (LC76G, "rate", {"period_ms": 100}, b"$PAIR050,100*22\r\n"),
    (LC76G, "sentence gsv", {"gsv": 0}, b"$PAIR062,3,0*3D\r\n"),
    (LC76G, "read sbas", {}, b"$PAIR411*3E\r\n"),
    # GK9501 input and output format; SoftRF, Air530
    (LC76F, "version", {}, b"$PGKC462*2F\r\n"),
    (LC76F, "rate", {"period_ms": 1000}, b"$PGKC101,1000*02\r\n"),
    (LC76F, "read rate", {}, b"$PGKC201*2C\r\n"),
    (LC76F, "read sentences", {}, b"$PGKC243*2A\r\n"),
    (LC76F, "baud", {"baud": 115200}, b"$PGKC147,115200*06\r\n"),
    (LC76F, "constellations", NONE_BUT_GPS, b"$PGKC115,1,0,0,0*2B\r\n"),
    (LC76F, "constellations", {"glonass": 0, "beidou": 1}, b"$PGKC115,1,0,1,0*2A\r\n"),
    (LC76F, "sentences", RMC_GGA_GSA, b"$PGKC242,0,1,0,1,1,0,0,0,0,0,0,0,0,0,0,0,0,0,0*36\r\n"),
    # Adafruit_GPS, mbed_quectel-l86, Edragon's notes of the L76-L
    (MT3333, "version", {}, b"$PMTK605*31\r\n"),
    (MT3333, "rate", {"period_ms": 1000}, b"$PMTK220,1000*1F\r\n"),
    (MT3333, "rate", {"period_ms": 200}, b"$PMTK220,200*2C\r\n"),
    (MT3333, "read rate", {}, b"$PMTK400*36\r\n"),
    (MT3333, "sentences", ONLY_RMC_GGA, b"$PMTK314,0,1,0,1,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0*28\r\n"),
    (MT3333, "read sentences", {}, b"$PMTK414*33\r\n"),
    (MT3333, "constellations", {}, b"$PMTK353,1,1,0,0,0*2B\r\n"),
    (MT3333, "constellations", {"galileo": 1}, b"$PMTK353,1,1,1,0,0*2A\r\n"),
    (MT3333, "sbas", {}, b"$PMTK313,1*2E\r\n"),
    (MT3333, "baud", {"baud": 38400}, b"$PMTK251,38400*27\r\n"),
]


def ubx(text: str) -> bytes:
    """A frame around class, identifier and payload, for what is printed without its checksum."""
    return frame(Message("ubx", bytes.fromhex(text)))


def mon_ver(*fields: str) -> bytes:
    """UBX-MON-VER as documented: 30 characters of software, 10 of hardware, then strings of 30."""
    software, hardware, *more = (f.encode() for f in fields)
    rest = b"".join(m.ljust(30, b"\0") for m in more)
    return frame(Message("ubx", b"\x0a\x04" + software.ljust(30, b"\0") + hardware.ljust(10, b"\0") + rest))


EXT_M8 = ("EXT CORE 3.01 (107900)", "00080000", "ROM BASE 3.01 (107888)", "FWVER=SPG 3.01", "PROTVER=18.00")
ROM_M8 = ("ROM CORE 3.01 (107888)", "00080000", "FWVER=SPG 3.01", "PROTVER=18.00", "GPS;GLO;GAL;BDS")
SPG_M10 = ("ROM SPG 5.10 (7b202e)", "000A0000", "FWVER=SPG 5.10", "PROTVER=34.10")
GPS_ALONE: State = {"gps": 1, **NONE_BUT_GPS}
ALL_FIVE: State = {**dict.fromkeys(NONE_BUT_GPS, 1), "gps": 1}
NAMED_LC29H: State = {"firmware": "LC29HAANR01A04S"}
NAMED_LC76G: State = {"firmware": "LC76GABNR02A01S"}

# profile, exchange, what the module was seen to answer, the variables that this carries
HEARD: list[tuple[str, str, bytes, State]] = [
    # UBX-13003221 R17, 2.1.4: from flash with a name, from ROM, and SPG 2.01
    (M8, "version", mon_ver(*EXT_M8, "MOD=NEO-M8N-0"), {"firmware": "SPG 3.01", "module": "NEO-M8N-0"}),
    (M8, "version of ROM", mon_ver(*ROM_M8), {"firmware": "SPG 3.01"}),
    (M8, "version in words", mon_ver("2.01 (75331)", "00080000"), {"firmware": "2.01 (75331)"}),
    # a guide for flight controllers: the M8 with Galileo on and QZSS off
    (
        M8,
        "read constellations",
        ubx(
            "063E 00202007 0008100001000101 0101030001000101 0204080001000101 0308100000000101"
            "0400080000000103 0500030000000105 06080E0001000101"
        )
        + ubx("0501 063E"),
        {"gps": 1, "sbas": 1, "galileo": 1, "beidou": 0, "qzss": 0, "glonass": 1},
    ),
    # users' MON-VER of M10 modules, with and without a name
    (M10, "version", mon_ver(*SPG_M10, "MOD=MAX-M10S"), {"firmware": "SPG 5.10", "module": "MAX-M10S"}),
    (M10, "version without name", mon_ver(*SPG_M10, "GPS;GLO;GAL;BDS"), {"firmware": "SPG 5.10"}),
    # a gist of edmonds: galmon's ubxtool on a ZED-F9P
    (
        F9,
        "version",
        mon_ver(
            *("EXT CORE 1.00 (94e56e)", "00190000", "ROM BASE 0x118B2060", "FWVER=HPG 1.11"),
            *("PROTVER=27.10", "MOD=ZED-F9P", "GPS;GLO;GAL;BDS", "QZSS"),
        ),
        {"firmware": "HPG 1.11", "module": "ZED-F9P"},
    ),
    # the examples of the LC29H specification, queries acknowledged before they are answered
    (LC29H, "read rate", b"$PAIR001,051,0*3F\r\n$PAIR051,1000*13\r\n", {"period_ms": 1000}),
    (LC29H, "read sentence gga", b"$PAIR001,063,0*3E\r\n$PAIR063,0,3*3C\r\n", {"gga": 3}),
    (LC29H, "read baud", b"$PAIR001,865,0*30\r\n$PAIR865,115200*1A\r\n", {"baud": 115200}),
    (LC29H, "read constellations", b"$PAIR001,067,0*3A\r\n$PAIR067,1,0,0,0,0,0*3A\r\n", GPS_ALONE),
    # Quectel forum t/29429: a LC29H(DA) at its factory settings
    (LC29H, "read constellations", b"$PAIR001,067,0*3A\r\n$PAIR067,1,1,1,1,1,0*3A\r\n", ALL_FIVE),
    # a fork of pynmea2; the LC76G specification
    (LC29H, "version", b"$PQTMVERNO,LC29HAANR01A04S,2022/11/04,16:39:48*34\r\n", NAMED_LC29H),
    (LC76G, "version", b"$PQTMVERNO,LC76GABNR02A01S,2022/09/14,11:47:03*3D\r\n", NAMED_LC76G),
    # GK9501 input and output format (which prints *02 at the end of the second, and that doesn't fit)
    (LC76F, "version", b"$PGKC463,GOKE9501_1.3_17101100*22\r\n", {"firmware": "GOKE9501_1.3_17101100"}),
    (LC76F, "read rate", b"$PGKC202,1000,0,0,0,0,0*1E\r\n", {"period_ms": 1000}),
    # Adafruit_GPS on a PA1616D; Edragon's notes of the L76-L; public tests of PMTK readers
    (
        MT3333,
        "version",
        b"$PMTK705,AXN_5.1.6_3333_18041700,0005,1616D,1.0*6F\r\n",
        {"firmware": "AXN_5.1.6_3333_18041700", "module": "1616D"},
    ),
    (
        MT3333,
        "version",
        b"$PMTK705,MT3333_AXN5.1.9_MODULE_STD_F1_P1,0007,Quectel-L76L,1.0*08\r\n",
        {"firmware": "MT3333_AXN5.1.9_MODULE_STD_F1_P1", "module": "Quectel-L76L"},
    ),
    (MT3333, "read rate", b"$PMTK500,1000,0,0,0,0*1A\r\n", {"period_ms": 1000}),
    (MT3333, "read sbas", b"$PMTK513,1*28\r\n", {"sbas": 1}),
    (
        MT3333,
        "read sentences",
        b"$PMTK514,1,1,1,1,1,1,0,0,0,0,0,0,0,0,0,0,0,1,0,0*33\r\n",
        {"gll": 1, "rmc": 1, "vtg": 1, "gga": 1, "gsa": 1, "gsv": 1, "gst": 0, "zda": 1},
    ),
]

# profile, exchange, the line that says it was done: specifications and drivers as above
DONE = [
    (M8, "rate", bytes.fromhex("B562 0501 0200 0608 163F")),
    (M8, "sentence gga", bytes.fromhex("B562 0501 0200 0601 0F38")),
    (LC29H, "rate", b"$PAIR001,050,0*3E\r\n"),
    (LC29H, "sentence gga", b"$PAIR001,062,0*3F\r\n"),
    (LC29H, "constellations", b"$PAIR001,066,0*3B\r\n"),
    (LC29H, "save", b"$PAIR001,513,0*3C\r\n"),
    (LC76F, "rate", b"$PGKC001,101,3*2D\r\n"),
    (LC76F, "constellations", b"$PGKC001,115,3,1,0,0,0,0,1*28\r\n"),
    (MT3333, "rate", b"$PMTK001,220,3*30\r\n"),
    (MT3333, "sentences", b"$PMTK001,314,3*36\r\n"),
    (MT3333, "constellations", b"$PMTK001,353,3,1,0,0,0,0,1*35\r\n"),
]

# profile, state of the antenna, the whole line: UBX-20053088 R05, 3.3.1; a fork of pynmea2
ANTENNA = [
    *((name, "ok", b"$GNTXT,01,01,02,ANTSTATUS=OK*25\r\n") for name in (M8, M10, F9)),
    *((name, "open", b"$GNTXT,01,01,02,ANTSTATUS=OPEN*35\r\n") for name in (M8, M10, F9)),
    *((name, "short", b"$GNTXT,01,01,02,ANTSTATUS=SHORT*73\r\n") for name in (M8, M10, F9)),
    (LC29H, "open", b"$PQTMANTENNASTATUS,3,2,1,1*52\r\n"),
]

# profile, a line of its start-up as seen on a module or printed
BANNERS = [
    (M8, b"$GNTXT,01,01,02,HW UBX-M8030 00080000*60\r\n"),
    (M8, b"$GNTXT,01,01,02,PROTVER=18.00*11\r\n"),
    (M10, b"$GNTXT,01,01,02,MOD=MAX-M10S*4E\r\n"),
    (M10, b"$GNTXT,01,01,02,ANTSTATUS=INIT*3B\r\n"),
    (F9, b"$GNTXT,01,01,02,FWVER=HPG 1.12*5D\r\n"),
    (F9, b"$GNTXT,01,01,02,Starting GNSS*5A\r\n"),
    (MT3333, b"$PMTK011,MTKGPS*08\r\n"),
    (MT3333, b"$PMTK010,001*2E\r\n"),
]


def exchange(profile: GnssProfile, name: str) -> Exchange:
    found = Dialogue(profile).named(name)
    assert found is not None, f"no exchange {name!r}"
    return found


@pytest.mark.parametrize(("name", "said", "state", "printed"), SENT)
def test_what_is_sent_is_what_is_printed(name: str, said: str, state: State, printed: bytes) -> None:
    profile = gnss_profile(name)
    values = Dialogue(profile).variables.values({**profile.state, **state})
    assert b"".join(t.encode(values) for t in exchange(profile, said).send) == printed


@pytest.mark.parametrize(("name", "said", "seen", "carried"), HEARD)
def test_what_modules_answer_is_understood(name: str, said: str, seen: bytes, carried: State) -> None:
    profile = gnss_profile(name)
    messages = Framer().feed(seen)
    answer = exchange(profile, said).answer
    assert len(messages) == len(answer)
    found: State = {}
    for template, message in zip(answer, messages, strict=True):
        values = template.match(message)
        assert values is not None, template.text
        found |= Dialogue(profile).variables.variables(values)
    assert found == carried


@pytest.mark.parametrize(("name", "said", "seen"), DONE)
def test_done_is_no_refusal(name: str, said: str, seen: bytes) -> None:
    one = exchange(gnss_profile(name), said)
    [template] = one.answer
    assert template.match(seen) is not None
    assert all(r.match(seen) is None for r in one.refuse)


@pytest.mark.parametrize(("name", "state", "printed"), ANTENNA)
def test_the_antenna_is_told_as_printed(name: str, state: str, printed: bytes) -> None:
    profile = gnss_profile(name)
    [spoken] = getattr(profile.speaks.antenna, state)
    assert Template.parse(spoken).encode({}) == printed
    line = printed.decode().partition("*")[0]
    told = [s for s in ("ok", "open", "short") if re.search(getattr(profile.antenna, s), line)]
    assert told == [state]


@pytest.mark.parametrize(("name", "printed"), BANNERS)
def test_the_start_is_told_as_printed(name: str, printed: bytes) -> None:
    profile = gnss_profile(name)
    lines = [Template.parse(text).encode(profile.state) for text in profile.speaks.banner]
    assert printed in lines
    text = b"".join(lines).decode()
    assert all(re.search(pattern, text) for pattern in profile.identify.banner)


@pytest.mark.parametrize(("name", "line", "level"), [(MT3333, "PMTKSPF,3", 3), (LC76G, "PAIRSPF,1", 1)])
def test_jamming_has_a_level(name: str, line: str, level: int) -> None:
    jamming = gnss_profile(name).jamming
    assert jamming is not None
    found = re.search(jamming.line, line)
    assert found is not None
    assert int(found["level"]) == level


@pytest.mark.parametrize(("glonass", "b1i", "b1c"), [(0, 1, 0), (1, 0, 1)])
def test_an_m10_hears_the_beidou_signal_that_goes_with_glonass(glonass: int, b1i: int, b1c: int) -> None:
    profile = gnss_profile(M10)
    values = Dialogue(profile).variables.values({**profile.state, "glonass": glonass})
    [sent] = (t.encode(values) for t in exchange(profile, "constellations").send)
    assert bytes([0x0D, 0, 0x31, 0x10, b1i, 0x0F, 0, 0x31, 0x10, b1c]) in sent  # MAX-M10S manual, 2.1.3
