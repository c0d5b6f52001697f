"""Profiles of CASIC, Unicore, SkyTraq and modem receivers say what the documents print, byte by byte.

Each string below is printed in a document or was seen on a module's line; the source is beside it.
"""

import re

import pytest

from drivers.gnss.dialogue.exchange import Dialogue, Exchange
from drivers.gnss.dialogue.frames import Framer
from drivers.gnss.dialogue.template import Template
from drivers.gnss_profile import GnssProfile
from drivers.profiles import gnss_profile

CASIC, SKYTRAQ = "casic-atgm336h", "skytraq-venus"
UM220, UM621, UM982 = "unicore-um220", "unicore-um621", "unicore-um982"
SIM7600, EC20, EG25 = "simcom-sim7600", "quectel-ec20", "quectel-eg25"
State = dict[str, int | str]

# profile, exchange, variables beside the factory state, the bytes that are sent one after another
SENT: list[tuple[str, str, State, bytes]] = [
    # CASIC Multimode Satellite Navigation Receiver Protocol Specification V4.2.0.3, 1.6.1 to 1.6.8
    (CASIC, "save", {}, b"$PCAS00*01\r\n"),
    (CASIC, "baud", {"baud": 9600}, b"$PCAS01,1*1D\r\n"),
    (CASIC, "rate", {"period_ms": 1000}, b"$PCAS02,1000*2E\r\n"),
    (CASIC, "constellations", {"gps": 1, "beidou": 1, "glonass": 0}, b"$PCAS04,3*1A\r\n"),
    (CASIC, "version", {}, b"$PCAS06,0*1B\r\n$PCAS06,1*1A\r\n"),
    (CASIC, "hot start", {}, b"$PCAS10,0*1C\r\n"),
    (CASIC, "warm start", {}, b"$PCAS10,1*1D\r\n"),
    (CASIC, "cold start", {}, b"$PCAS10,2*1E\r\n"),
    (CASIC, "factory reset", {}, b"$PCAS10,3*1F\r\n"),
    # Arduino forum, "Configuration of chinese ATGM336 GNSS"
    (CASIC, "baud", {"baud": 115200}, b"$PCAS01,5*19\r\n"),
    (CASIC, "rate", {"period_ms": 200}, b"$PCAS02,200*1D\r\n"),
    # SoftRF, at65_setup: GGA and RMC alone
    (
        CASIC,
        "sentences",
        {"gll": 0, "gsa": 0, "gsv": 0, "vtg": 0, "zda": 0, "txt": 0},
        b"$PCAS03,1,0,0,0,1,0,0,0,0,0,,,0,0*02\r\n",
    ),
    # an L76K configurator's poll of CFG-MSG
    (CASIC, "read sentences", {}, bytes.fromhex("BACE 0000 0601 0000 0601")),
    # SkyTraq's GNSS viewer, log lines quoted in a driver of a Venus 8
    (SKYTRAQ, "version", {}, bytes.fromhex("A0A1 0002 0201 03 0D0A A0A1 0002 647D 19 0D0A")),
    (SKYTRAQ, "baud", {"baud": 115200}, bytes.fromhex("A0A1 0004 05000500 00 0D0A")),
    (SKYTRAQ, "read sentences", {}, bytes.fromhex("A0A1 0002 6403 67 0D0A")),
    # Arduino examples for the Venus638 after Application Note AN0003
    (SKYTRAQ, "baud", {"baud": 9600}, bytes.fromhex("A0A1 0004 05000100 04 0D0A")),
    (SKYTRAQ, "rate", {"period_ms": 1000}, bytes.fromhex("A0A1 0003 0E0100 0F 0D0A")),
    (SKYTRAQ, "rate", {"period_ms": 100}, bytes.fromhex("A0A1 0003 0E0A00 04 0D0A")),
    (SKYTRAQ, "warm start", {}, bytes.fromhex("A0A1 000F 0102 00000000000000000000000000 03 0D0A")),
    (SKYTRAQ, "factory reset", {}, bytes.fromhex("A0A1 0002 0401 05 0D0A")),
    # a user's driver, after AN0003, 0x08
    (
        SKYTRAQ,
        "sentences",
        {"gsv": 1, "gll": 0, "vtg": 0, "zda": 0},
        bytes.fromhex("A0A1 0009 080101010001000000 08 0D0A"),
    ),
    # Android HAL for the UM220: comments in set_rnss_mode and init_cmds
    (UM220, "constellations", {}, b"$CFGSYS,h11*5F\r\n"),
    (UM220, "constellations", {"gps": 0}, b"$CFGSYS,h10*5E\r\n"),
    (UM220, "baud", {"baud": 115200}, b"$CFGPRT,,0,115200,3,3*0F\r\n"),
    (UM220, "baud", {}, b"$CFGPRT,,0,9600,3,3*07\r\n"),
    # a UC6580's set-up in MicroPython
    (UM621, "sentence gsv", {"gsv": 0}, b"$CFGMSG,0,3,0*04\r\n"),
    (UM621, "sentence rmc", {}, b"$CFGMSG,0,4,1*02\r\n"),
    # jclark/satpulse, a UM980's recorded dialogue, and configs/gpsmsg/unicore/um980.toml
    (UM982, "sentence gga", {"gga": 1}, b"GPGGA 1\r\n"),
    (UM982, "sentence gsv", {"gsv": 0}, b"UNLOG GPGSV\r\n"),
    (UM982, "baud", {"baud": 460800}, b"CONFIG COM1 460800\r\n"),
    # set-ups of the UM980: "UNMASK GPS", "MASK QZSS"
    (UM982, "constellation gps", {}, b"UNMASK GPS\r\n"),
    (UM982, "constellation qzss", {"qzss": 0}, b"MASK QZSS\r\n"),
    # SIM7500_SIM7600 Series AT Command Manual V1.01, AT+CGPS; LilyGO T-SIM7600X examples
    (SIM7600, "start", {}, b"AT+CGPS=1\r\n"),
    (SIM7600, "constellations", {"galileo": 1, "qzss": 1}, b"AT+CGNSSMODE=15,1\r\n"),
    # +CGPSNMEA of three users' modems that were left as they came
    (SIM7600, "sentences", {}, b"AT+CGPSNMEA=198143\r\n"),
    # AutoPi, ec2x.py, after Quectel's GNSS application note
    (EG25, "start", {}, b"AT+QGPS=1\r\n"),
    (EG25, "output port", {}, b'AT+QGPSCFG="outport","usbnmea"\r\n'),
    (EG25, "sentences", {}, b'AT+QGPSCFG="gpsnmeatype",31\r\n'),
    (EC20, "constellations", {}, b'AT+QGPSCFG="gnssconfig",1\r\n'),
]

# profile, exchange, what the module was seen to answer, the variables that this carries
HEARD: list[tuple[str, str, bytes, State]] = [
    # PCAS06 answers of an ATGM332D, URANUS5 V5.2.1.0
    (
        CASIC,
        "version",
        b"$GPTXT,01,01,02,SW=URANUS5,V5.2.1.0*1D\r\n$GPTXT,01,01,02,HW=ATGM332D,0009101407754*16\r\n",
        {"firmware": "URANUS5,V5.2.1.0", "module": "ATGM332D", "serial": "0009101407754"},
    ),
    # the GNSS viewer's log: kernel 2.0.74; intervals of a Venus 8
    (
        SKYTRAQ,
        "version",
        bytes.fromhex("A0A1 000E 8001 0002004A 0001071B 000E0715 C8 0D0A"),
        {"firmware": 2},
    ),
    (
        SKYTRAQ,
        "read sentences",
        bytes.fromhex("A0A1 000E 6481 010103010101010000000000 E6 0D0A"),
        {"gga": 1, "gsa": 1, "gsv": 3, "gll": 1, "rmc": 1, "vtg": 1, "zda": 1, "gns": 0, "gbs": 0, "gst": 0},
    ),
    (SKYTRAQ, "baud", bytes.fromhex("A0A1 0002 8305 86 0D0A"), {}),
    # jclark/satpulse, tests of its Unicore packets
    (
        UM621,
        "version",
        b"$PDTINFO,UM621-02,G1B1L1E1,V1.2,R6.0.0.0Build2810,2310414000033,000101114303845*10\r\n",
        {"module": "UM621-02", "firmware": "R6.0.0.0Build2810"},
    ),
    # an emulator of the UC6580I, after the chip's log
    (UM621, "save", b"$OK*04\r\n", {}),
    (
        UM621,
        "read constellations",
        b"$CFGSYS,H55155*4E\r\n$OK*04\r\n",
        {"gps": 1, "glonass": 1, "galileo": 1, "beidou": 1, "qzss": 1},
    ),
    (UM621, "read rate", b"$CFGNAV,200,200,0*07\r\n$OK*04\r\n", {"period_ms": 200}),
    # a UM980's answer, in a ROS driver's comment
    (
        UM982,
        "version",
        (
            b'#VERSIONA,97,GPS,FINE,2343,48235000,0,0,18,813;"UM980","R4.10Build11833","HRPT00-S10C-P",'
            b'"2310415000001-MD22A2225022497","ff3ba396dcb0478d","2023/11/24"*270a13f7\r\n'
        ),
        {"module": "UM980", "firmware": "R4.10Build11833"},
    ),
    # users' logs of SIM7600 modems
    (SIM7600, "started", b"+CGPS: 1,1\r\nOK\r\n", {}),
    (
        SIM7600,
        "read constellations",
        b"+CGNSSMODE: 3,2\r\n\r\nOK\r\n",
        {"glonass": 1, "beidou": 1, "galileo": 0, "qzss": 0},
    ),
    (
        SIM7600,
        "version",
        b"Model: SIMCOM_SIM7600G-H\r\nRevision: LE20B04SIM7600G22\r\nOK\r\n",
        {"module": "SIMCOM_SIM7600G-H", "firmware": "LE20B04SIM7600G22"},
    ),
    # ATI of an EG25-G and of an EC20
    (
        EG25,
        "version",
        b"Quectel\r\nEG25\r\nRevision: EG25GGBR07A08M2G\r\n\r\nOK\r\n",
        {"module": "EG25", "firmware": "EG25GGBR07A08M2G"},
    ),
    (
        EC20,
        "version",
        b"Quectel\r\nEC20F\r\nRevision: EC20CEFDR02A09M4G\r\n\r\nOK\r\n",
        {"module": "EC20F", "firmware": "EC20CEFDR02A09M4G"},
    ),
    (EG25, "started", b"+QGPS: 1\r\n\r\nOK\r\n", {}),
    (EG25, "read rate", b'+QGPSCFG: "fixfreq",5\r\n\r\nOK\r\n', {"period_ms": 200}),
]

# profile, state of the antenna, the whole line: CASIC specification V4.2.0.3, 1.5.9
ANTENNA = [
    (CASIC, "open", b"$GPTXT,01,01,01,ANTENNA OPEN*25\r\n"),
    (CASIC, "ok", b"$GPTXT,01,01,01,ANTENNA OK*35\r\n"),
    (CASIC, "short", b"$GPTXT,01,01,01,ANTENNA SHORT*63\r\n"),
    (UM220, "open", b"$GNTXT,01,01,01,ANTENNA OPEN*3B\r\n"),  # BeiDou terminals' sources
    (UM220, "ok", b"$GNTXT,01,01,01,ANTENNA OK*2B\r\n"),
    (UM220, "short", b"$GNTXT,01,01,01,ANTENNA SHORT*7D\r\n"),
]


def exchange(profile: GnssProfile, name: str) -> Exchange:
    found = Dialogue(profile).named(name)
    assert found is not None, f"no exchange {name!r}"
    return found


@pytest.mark.parametrize(("name", "said", "state", "printed"), SENT)
def test_what_is_sent_is_what_the_documents_print(name: str, said: str, state: State, printed: bytes) -> None:
    profile = gnss_profile(name)
    values = Dialogue(profile).variables.values({**profile.state, **state})
    assert b"".join(t.encode(values) for t in exchange(profile, said).send) == printed


@pytest.mark.parametrize(("name", "said", "seen", "carried"), HEARD)
def test_what_modules_answered_is_understood(name: str, said: str, seen: bytes, carried: State) -> None:
    profile = gnss_profile(name)
    left = list(exchange(profile, said).answer)
    found: State = {}
    for message in Framer().feed(seen):
        values = left[0].match(message) if left else None
        if values is not None:
            found |= Dialogue(profile).variables.variables(values)
            left.pop(0)
    assert len(left) < len(exchange(profile, said).answer)
    assert found == carried


@pytest.mark.parametrize(("name", "state", "printed"), ANTENNA)
def test_the_antenna_is_told_as_printed(name: str, state: str, printed: bytes) -> None:
    profile = gnss_profile(name)
    [spoken] = getattr(profile.speaks.antenna, state)
    assert Template.parse(spoken).encode({}) == printed
    line = printed.decode().partition("*")[0]
    told = [s for s in ("ok", "open", "short") if re.search(getattr(profile.antenna, s), line)]
    assert told == [state]


def test_a_banner_is_recognized() -> None:
    profile = gnss_profile(CASIC)
    lines = [Template.parse(text).encode({}).decode() for text in profile.speaks.banner]
    assert lines[1] == "$GPTXT,01,01,02,HW=ATGM336H,0001170603610*17\r\n"  # as an ATGM336H prints it
    for pattern in profile.identify.banner:
        assert any(re.search(pattern, line) for line in lines)


@pytest.mark.parametrize("name", [EC20, EG25])
def test_gnss_that_runs_already_counts_as_started(name: str) -> None:
    profile = gnss_profile(name)
    assert profile.start is not None
    heard = Framer().feed(b"AT+QGPS=1\r\r\n+CME ERROR: 504\r\n+QGPS: 1\r\n\r\nOK\r\n")
    for step in (exchange(profile, s) for s in profile.start.exchanges):
        assert not [m for m in heard for t in step.refuse if t.match(m) is not None]
        assert all(any(t.match(m) is not None for m in heard) for t in step.answer)
