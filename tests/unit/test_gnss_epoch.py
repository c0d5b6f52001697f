"""Fixes out of sentences: timelines of receivers of several makes, written by hand."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.gnss.decode import Decoder
from drivers.gnss.decode.epoch import Assembler
from drivers.gnss.decode.nmea import Position, Refused, parse
from drivers.readings import Fix
from drivers.sim.nmea import Pose, burst, sentence
from tests.samples import samples

LAT, LON = "3100.00000,N", "12100.00000,E"


def decode(*lines: str) -> list[Fix]:
    decoder = Decoder()
    return decoder.feed(b"".join(nmea(line) for line in lines)) + decoder.flush()


def nmea(line: str) -> bytes:
    return sentence(*line.split(","))


def rmc(time: str, day: str = "010320", lat: str = LAT, status: str = "A", knots: str = "10.0") -> str:
    return f"GPRMC,{time},{status},{lat},{LON},{knots},90.0,{day},,,A"


def gga(time: str, alt: str = "5.0", lat: str = LAT, quality: str = "1") -> str:
    return f"GPGGA,{time},{lat},{LON},{quality},08,1.1,{alt},M,9.0,M,,"


def hours(fixes: list[Fix]) -> list[str]:
    return [f"{fix.utc:%H:%M:%S}" for fix in fixes if fix.utc]


sentences = st.builds(
    lambda kind, fields: parse(",".join([f"$GP{kind}", *fields]).encode()),
    st.sampled_from(["RMC", "GGA", "GLL", "GNS", "VTG", "GSA", "GSV", "GST", "GBS", "ZDA"]),
    st.lists(
        st.sampled_from(
            ["", "A", "N", "E", "T", "3", "120000", "120001", "235959", "3100.5", "12100.5", "010120"]
        ),
        max_size=18,
    ),
)
good = st.builds(
    lambda line: parse(b"$" + line.encode()),
    st.builds(
        lambda make, time: make(time),
        st.sampled_from(
            [rmc, gga, lambda t: f"GPZDA,{t},01,03,2020,00,00", lambda t: f"GPGST,{t},1,,,,3.0,4.0,1"]
        ),
        st.sampled_from(["000000", "000001", "120000", "120001", "235959", "235960"]),
    ),
)


@given(st.lists(st.one_of(sentences, good)), st.booleans(), st.integers(1, 9))
@settings(max_examples=samples(200))
def test_no_sentences_make_it_raise(stream: list[object], eager: bool, pause: int) -> None:
    assembler = Assembler(eager=eager)
    for i, s in enumerate(stream):
        if s is not None and not isinstance(s, Refused):
            assembler.push(s)
        if i % pause == 0:
            assembler.idle()
    assembler.flush()


@given(
    st.floats(-89.9, 89.9),
    st.floats(-179.9, 179.9),
    st.floats(0, 90),
    st.floats(0, 359.9),
    st.datetimes(datetime(1990, 1, 1), datetime(2199, 12, 30)).filter(lambda t: t.year != 2080),  # noqa: DTZ001
)
def test_generated_sentences_come_back(
    lat: float, lon: float, speed: float, course: float, at: datetime
) -> None:
    utc = at.replace(tzinfo=UTC, microsecond=at.microsecond // 10_000 * 10_000)
    decoder = Decoder()
    fixes = decoder.feed(burst(utc, Pose(lat, lon, 12.0, speed, course))) + decoder.flush()
    if abs(lat) < 1e-6 and abs(lon) < 1e-6:
        return  # 0/0 is no position
    (fix,) = fixes
    assert (fix.utc, fix.mode, fix.satellites, fix.in_view) == (utc, "3d", 8, 8)
    assert (fix.lat, fix.lon) == (pytest.approx(lat, abs=1e-6), pytest.approx(lon, abs=1e-6))
    assert fix.speed == pytest.approx(speed, abs=1e-3)
    assert fix.course == pytest.approx(course, abs=0.011)
    assert fix.alt == 12.0


def test_altitude_is_of_the_same_epoch_when_rmc_comes_first() -> None:
    fixes = decode(rmc("120000"), gga("120000", "5.0"), rmc("120001"), gga("120001", "6.0"), rmc("120002"))
    assert [fix.alt for fix in fixes] == [5.0, 6.0, None]


def test_cycle_without_rmc_takes_the_date_from_zda_and_speed_from_vtg() -> None:
    fixes = decode(
        "GPZDA,120000,01,03,2020,00,00", gga("120000"), "GPVTG,45.0,T,,M,,N,36.0,K,A", gga("120001")
    )
    assert fixes[0].utc == datetime(2020, 3, 1, 12, 0, 0, tzinfo=UTC)
    assert (fixes[0].speed, fixes[0].course) == (pytest.approx(10.0), 45.0)
    assert fixes[1].utc == datetime(2020, 3, 1, 12, 0, 1, tzinfo=UTC)
    assert (fixes[1].speed, fixes[1].inferred) == (None, ("utc",))


def test_cycle_without_gga() -> None:
    (fix,) = decode(rmc("120000"), "GNGSA,A,2,01,02,03,,,,,,,,,,2.0,1.5,1.3", "GPGST,120000,1,,,,3.0,4.0,9.0")
    assert (fix.mode, fix.satellites, fix.hdop, fix.pdop, fix.vdop) == ("2d", 3, 1.5, 2.0, 1.3)
    assert (fix.alt, fix.accuracy) == (None, 5.0)


def test_gll_alone_and_gns_alone() -> None:
    gll = decode(*(f"GPGLL,{LAT},{LON},12000{i},A,A" for i in range(3)))
    assert [(fix.mode, fix.utc, fix.inferred) for fix in gll] == [("2d", None, ("mode",))] * 3
    assert len(decode(*[f"GPGLL,{LAT},{LON}"] * 3)) == 3  # before NMEA 0183 1.5: without a time
    (gns,) = decode(f"GNGNS,120000,{LAT},{LON},AANN,15,0.7,30.0,9.0,,")
    assert (gns.mode, gns.satellites, gns.alt, gns.geoid) == ("3d", 15, 30.0, 9.0)


def test_talkers_together() -> None:
    gsa = [f"GNGSA,A,3,{n:02d},{n + 1:02d},,,,,,,,,,,1.5,0.8,1.2,{n}" for n in (1, 2)]
    gsv = [
        "GPGSV,1,1,02,01,10,10,40,02,20,20,41,1",
        "GPGSV,1,1,02,01,10,10,30,8",
        "GLGSV,1,1,03,65,10,10,40,1",
    ]
    (fix,) = decode(rmc("120000").replace("GP", "GN", 1), *gsa, *gsv)
    assert (fix.satellites, fix.in_view) == (4, 5)


def test_the_more_exact_position_wins() -> None:
    (fix,) = decode(rmc("120000", lat="3100.000,N"), gga("120000", lat="3100.0004,N"))
    assert fix.lat == pytest.approx(31.0000066667)


def test_midnight_without_a_new_date() -> None:
    fixes = decode(rmc("235959"), gga("235959"), rmc("000000"), rmc("000001"), rmc("000002", "020320"))
    start = datetime(2020, 3, 1, 23, 59, 59, tzinfo=UTC)
    assert [fix.utc for fix in fixes] == [start + timedelta(seconds=i) for i in range(4)]


def test_midnight_before_the_date_of_the_day() -> None:
    fixes = decode(rmc("235959"), gga("000000"), gga("000001"))
    assert [fix.utc.day for fix in fixes if fix.utc] == [1, 2, 2]


def test_leap_second() -> None:
    fixes = decode(rmc("235959", "311216"), rmc("235960", "311216"), rmc("000001", "010117"))
    assert hours(fixes) == ["23:59:59", "00:00:00", "00:00:01"]


def test_warm_up_has_no_date_and_a_rolled_over_week_is_put_right() -> None:
    cold, fixed = decode(rmc("000010", "060180", status="V"), rmc("000011", "060180"))
    assert (cold.mode, cold.utc) == ("none", None)
    assert (fixed.utc, fixed.inferred) == (datetime(1999, 8, 22, 0, 0, 11, tzinfo=UTC), ("utc", "mode"))


def test_void_rmc_is_an_epoch_without_fix() -> None:
    fixes = decode(
        rmc("120000", status="V"), gga("120000", quality="0"), "GPGSA,A,1,,,,,,,,,,,,,,,", rmc("120001")
    )
    assert [(fix.mode, fix.lat is None) for fix in fixes] == [("none", True), ("2d", False)]
    assert hours(fixes) == ["12:00:00", "12:00:01"]


def test_cycles_without_any_time_are_told_apart_by_repetition() -> None:
    fixes = decode(*["GPRMC,,V,,,,,,,,,,N", "GPGGA,,,,,,0,00,,,M,,M,,"] * 3)
    assert [(fix.mode, fix.utc) for fix in fixes] == [("none", None)] * 3


def test_stale_repeated_epoch_gives_one_fix() -> None:
    assert len(decode(*[rmc("120000"), gga("120000")] * 5, rmc("120001"))) == 2


def test_straggler_finds_its_epoch() -> None:
    fixes = decode(gga("120000"), gga("120001"), rmc("120000"), gga("120002"), rmc("120001"), rmc("120002"))
    assert [fix.alt for fix in fixes] == [5.0] * 3
    assert hours(fixes) == ["12:00:00", "12:00:01", "12:00:02"]


def test_zda_of_another_second_makes_no_epoch() -> None:
    fixes = decode(
        gga("120000"), rmc("120000"), "GPZDA,120002,01,03,2020,00,00", gga("120001"), rmc("120001")
    )
    assert hours(fixes) == ["12:00:00", "12:00:01"]


def test_a_dispute_is_flagged() -> None:
    (fix,) = decode(rmc("120000", status="V"), gga("120000"))
    assert (fix.mode, "mode" in fix.inferred) == ("3d", True)


def test_damage_that_the_checksum_missed() -> None:
    whole = parse(f"$GPRMC,120000,A,{LAT},{LON},1.0,,010320,,,A".encode())
    assert isinstance(whole, Position)
    lost = rmc("120001", lat="3119.00000,N").replace("12100.00000", "210.00000")  # "1" twice lost
    fixes = decode(rmc("120000"), lost, rmc("120002"))
    assert [fix.mode for fix in fixes] == ["2d", "none", "2d"]


def test_a_half_sentence_changes_nothing() -> None:
    decoder = Decoder()
    whole = nmea(rmc("120000"))
    fixes = decoder.feed(whole + nmea(gga("120001"))[:40] + nmea(rmc("120002"))) + decoder.flush()
    assert hours(fixes) == ["12:00:00", "12:00:02"]
    assert (decoder.sentences, decoder.rejected) == (2, 1)


def live(stream: list[str], *, eager: bool = True) -> list[list[str]]:
    """Which epochs came out after each sentence; `-` is a pause of the line."""
    assembler = Assembler(eager=eager)
    steps = []
    for line in stream:
        parsed = parse(b"$" + line.encode()) if line != "-" else None
        assert not isinstance(parsed, Refused)
        steps.append(hours(assembler.idle() if parsed is None else assembler.push(parsed)))
    return steps


def test_the_end_of_a_cycle_is_learnt() -> None:
    cycle = [[rmc(f"12000{i}"), "GPGSA,A,3,01,,,,,,,,,,,,1.0,1.0,1.0", gga(f"12000{i}")] for i in range(6)]
    steps = live([line for lines in cycle for line in lines])
    begins, ends = steps[0::3], steps[2::3]
    assert begins == [[], ["12:00:00"], ["12:00:01"], ["12:00:02"], [], []]
    assert ends == [[], [], [], ["12:00:03"], ["12:00:04"], ["12:00:05"]]


def test_a_pause_ends_an_epoch() -> None:
    assert live([rmc("120000"), gga("120000"), "-", "GPGSA,A,2,01,,,,,,,,,,,,1,1,1", rmc("120001"), "-"]) == [
        [], [], ["12:00:00"], [], [], ["12:00:01"],
    ]  # fmt: skip


def test_a_receiver_that_pauses_within_an_epoch_is_waited_for() -> None:
    stream = [line for i in range(6) for line in (rmc(f"12000{i}"), "-", gga(f"12000{i}"), "-")]
    assembler = Assembler(eager=True)
    fixes: list[Fix] = []
    for line in stream:
        parsed = parse(b"$" + line.encode())
        assert not isinstance(parsed, Refused)
        fixes += assembler.push(parsed) if parsed else assembler.idle()
    fixes += assembler.flush()
    assert hours(fixes) == [f"12:00:0{i}" for i in range(6)]
    assert [fix.alt for fix in fixes] == [None, 5.0, 5.0, 5.0, 5.0, 5.0]
    assert assembler.late == 1
