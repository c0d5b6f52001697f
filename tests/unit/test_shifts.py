"""Duty hours from the configuration: what a line means, and how local time follows UTC."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.config import DutyConfig
from agent.errors import ConfigError
from agent.model import Shift
from agent.shifts import offsets, parse_hours, shifts

DAY = 24 * 60
SINCE = datetime(2026, 11, 1, tzinfo=UTC)


def test_days_and_hours_are_minutes_of_the_week() -> None:
    assert parse_hours("mon 06:00-22:00") == [Shift(360, 1320)]
    assert parse_hours("Tue-Wed 00:00-24:00") == [Shift(DAY, 2 * DAY), Shift(2 * DAY, 3 * DAY)]
    assert len(parse_hours("06:00-22:00")) == 7


def test_hours_that_end_before_they_begin_end_on_the_next_day() -> None:
    assert parse_hours("sun 22:00-04:00") == [Shift(6 * DAY + 1320, 7 * DAY + 240)]
    assert parse_hours("sat-mon 20:00-20:00")[-1] == Shift(1200, 1200 + DAY)


@pytest.mark.parametrize(
    "text", ["", "mon", "mon 6-22", "mon 06:00-25:00", "mon 06:60-07:00", "dom 06:00-07:00"]
)
def test_what_is_no_line_of_hours_is_named(text: str) -> None:
    with pytest.raises(ConfigError, match=r"\$\.duty\.hours"):
        shifts(DutyConfig(hours=(text,)))


@given(st.text(max_size=24))
def test_any_text_is_hours_or_refused(text: str) -> None:
    try:
        found = parse_hours(text)
    except ValueError:
        return
    assert all(0 <= s.start < 7 * DAY and s.start < s.end <= s.start + DAY for s in found)


def test_a_zone_without_summer_time_has_one_offset() -> None:
    assert offsets(DutyConfig("Asia/Shanghai", ("06:00-22:00",)), SINCE) == ((1793491200, 28800),)


def test_summer_time_changes_to_the_second() -> None:
    found = dict(offsets(DutyConfig("Europe/Berlin", ("06:00-22:00",)), SINCE))
    spring = round(datetime(2027, 3, 28, 1, tzinfo=UTC).timestamp())
    autumn = round(datetime(2027, 10, 31, 1, tzinfo=UTC).timestamp())
    assert (found[spring], found[autumn]) == (7200, 3600)
    assert len(found) == 31


def test_an_unknown_zone_is_named_and_an_unused_one_is_not_asked_for() -> None:
    with pytest.raises(ConfigError, match="no known time zone; correct the name, or install"):
        offsets(DutyConfig("Asia/Atlantis", ("06:00-22:00",)), SINCE)
    assert offsets(DutyConfig("Asia/Atlantis"), SINCE) == ()
