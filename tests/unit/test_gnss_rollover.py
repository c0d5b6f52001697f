"""Dates of receivers whose week count rolled over, of warm-ups, and where each date is from."""

from datetime import UTC, date, datetime

import pytest

from drivers.gnss.decode import Decoder
from drivers.readings import Fix
from drivers.sim.nmea import sentence

BUILT = datetime(2026, 11, 24, tzinfo=UTC)


def rmc(day: str, time: str = "120000", status: str = "A") -> bytes:
    place = ["3111.2233", "N", "12133.4455", "E"] if status == "A" else [""] * 4
    return sentence("GPRMC", time, status, *place, "10.0", "90.0", day, "", "", "A")


def decode(stream: bytes, not_before: datetime | None = None, weeks: int = 0) -> list[Fix]:
    decoder = Decoder(not_before=not_before, weeks=weeks)
    return decoder.feed(stream) + decoder.flush()


@pytest.mark.parametrize(
    ("sent", "true"),
    [
        ("251126", date(2026, 11, 25)),
        ("231126", date(2026, 11, 23)),  # a day before: a clock that differs
        ("100407", date(2026, 11, 24)),  # one period, of a receiver of 2006
        ("221126", date(2046, 7, 8)),  # impossible: whatever it is, it is not this
        ("250887", date(2026, 11, 24)),  # two periods, of a receiver of the nineties
        ("110407", date(2026, 11, 25)),
        ("130107", date(2046, 4, 14)),
        ("010140", date(2040, 1, 1)),  # the build grows old, the future is possible
        ("220899", date(2038, 11, 21)),
    ],
)
def test_the_fewest_periods_that_make_a_date_possible(sent: str, true: date) -> None:
    (fix,) = decode(rmc(sent), BUILT)
    assert fix.utc
    moved = date(2000 + int(sent[4:]) - 100 * (sent[4:] > "79"), int(sent[2:4]), int(sent[:2])) != true
    assert (fix.utc.date(), fix.date_origin) == (true, "rollover" if moved else "read")
    assert ("utc" in fix.inferred) == moved


@pytest.mark.parametrize(
    ("sent", "true"),
    [
        ("010133", date(2033, 1, 1)),
        ("241232", date(2032, 12, 24)),  # a week slow: no period mends that
        ("180513", date(2033, 1, 1)),  # one period
        ("170852", date(2033, 1, 1)),  # a firmware that counts a period too many
        ("010127", date(2027, 1, 1)),
    ],
)
def test_a_trusted_clock_is_nearer_than_the_build(sent: str, true: date) -> None:
    decoder = Decoder(not_before=BUILT, trusted=datetime(2033, 1, 2, tzinfo=UTC))
    (fix,) = decoder.feed(rmc(sent)) + decoder.flush()
    assert fix.utc
    assert fix.utc.date() == true


def test_recordings_are_exempt_unless_asked() -> None:
    for sent, true in (
        ("130402", date(2002, 4, 13)),
        ("010199", date(1999, 1, 1)),
        ("060419", date(2019, 4, 6)),
    ):
        (fix,) = decode(rmc(sent))
        assert fix.utc
        assert (fix.utc.date(), fix.date_origin) == (true, "read")


def test_the_eighties_are_a_period_too_early() -> None:
    (fix,) = decode(rmc("060180"))
    assert (fix.utc, fix.date_origin) == (datetime(1999, 8, 22, 12, tzinfo=UTC), "rollover")


def test_the_weeks_of_a_quirk() -> None:
    (fix,) = decode(rmc("130402"), weeks=1024)
    assert (fix.utc, fix.date_origin) == (datetime(2021, 11, 27, 12, tzinfo=UTC), "rollover")
    (fix,) = decode(rmc("130402"), BUILT, weeks=2048)
    assert fix.utc == datetime(2041, 7, 13, 12, tzinfo=UTC)


def test_an_impossible_date_without_a_fix_is_none_and_the_next_one_is_read() -> None:
    fixes = decode(rmc("060180", "000001", "V") + rmc("010107", "000002", "V") + rmc("251126"), BUILT)
    assert [(f.utc and f.utc.date(), f.date_origin) for f in fixes] == [
        (None, None), (None, None), (date(2026, 11, 25), "read"),
    ]  # fmt: skip


def test_a_zda_before_the_fix_that_cannot_be_is_no_hint() -> None:
    zda = sentence("GPZDA", "000000", "06", "01", "2080", "00", "00")
    gga = sentence(
        "GPGGA", "120000", "3111.2233", "N", "12133.4455", "E", "1", "08", "1.0", "5.0", "M", "", "M"
    )
    (fix,) = decode(zda + gga)
    assert fix.utc is None


def test_carried_and_over_midnight() -> None:
    gga = ["3111.2233", "N", "12133.4455", "E", "1", "08", "1.0", "5.0", "M", "", "M", "", ""]
    times = ["235958", "235959", "000000", "000001"]
    fixes = decode(rmc("010326", "235957") + b"".join(sentence("GPGGA", time, *gga) for time in times))
    assert [f.date_origin for f in fixes] == ["read", "carried", "carried", "midnight", "carried"]
    assert fixes[-1].utc == datetime(2026, 3, 2, 0, 0, 1, tzinfo=UTC)


def test_yesterday_s_date_after_midnight() -> None:
    fixes = decode(rmc("010326", "235959") + rmc("010326", "000000") + rmc("020326", "000001"))
    assert [f.date_origin for f in fixes] == ["read", "midnight", "read"]
    assert [f.utc.day for f in fixes if f.utc] == [1, 2, 2]


def test_a_period_moves_every_date_of_a_drive_alike() -> None:
    fixes = decode(rmc("100407", "235959") + rmc("100407", "000000") + rmc("110407", "000001"), BUILT)
    assert [f.utc.day for f in fixes if f.utc] == [24, 25, 25]
    assert [f.date_origin for f in fixes] == ["rollover", "midnight", "rollover"]
