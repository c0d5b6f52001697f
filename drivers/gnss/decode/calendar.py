"""The date of an epoch: sentences without one inherit it, midnight included; weeks that rolled over. Pure.

GPS counts weeks in 10 bits, so a receiver whose firmware is older than a period of 1024 weeks (19.6 years)
dates its fixes one or more periods too early. The rule:

1. `weeks` (a quirk of the profile) is added to every date.
2. A date before 1990 is one period too early: no receiver of that time sent NMEA 0183 with such dates.
3. With `not_before` (the build date) the date is moved by whole periods to the one nearest to the clock that
   is trusted, else to the build; what then still lies before the build is impossible and moved one period on.
   It may be a day earlier, because a clock and a receiver may disagree at midnight.
4. Without a fix a date that would have to be moved by 2 or 3 is none: receivers start with the default of
   their clock.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from drivers.readings import DateOrigin

_DAY = timedelta(days=1)
_STALE = 120_000  # ms after midnight in which a receiver may still send yesterday's date
_PERIOD = timedelta(weeks=1024)


class DateKeeper:
    """Remembers the last moment and gives the next one its date."""

    def __init__(
        self, not_before: datetime | None = None, weeks: int = 0, trusted: datetime | None = None
    ) -> None:
        first = not_before.astimezone(UTC).date() - _DAY if not_before else date.min
        self._floor = max(first, date(1990, 1, 1))
        near = max(trusted, not_before) if trusted and not_before else not_before
        self._near = near.astimezone(UTC).date() if near else None
        self._weeks = timedelta(weeks=weeks)
        self._last: datetime | None = None
        self._last_date: date | None = None

    def resolve(
        self, tod: int | None, own: date | None, *, fixed: bool
    ) -> tuple[datetime | None, DateOrigin | None]:
        """UTC of an epoch and where its date is from; both None while unknown.

        `tod` is ms since midnight, `own` the date that its sentences gave, `fixed` whether it has a position.
        """
        day = self._possible(own, fixed=fixed) if own else None
        if tod is None:
            return None, None
        moment = _moment(day, tod) if day else self._nearest(tod)
        if moment is None:
            return None, None
        if day is None:
            same_day = self._last is None or moment.date() == self._last.date()
            origin: DateOrigin = "carried" if same_day else "midnight"
        elif self._is_yesterday(day, tod, moment):
            moment, origin = moment + _DAY, "midnight"
        else:
            origin = "read" if day == own else "rollover"
        self._last, self._last_date = moment, day or self._last_date
        return moment, origin

    def hint(self, tod: int | None, day: date | None) -> None:
        """A date beside no epoch: better than none."""
        day = self._possible(day, fixed=False) if day else None
        if self._last is None and tod is not None and day is not None:
            self._last, self._last_date = _moment(day, tod), day

    def _possible(self, own: date, *, fixed: bool) -> date | None:
        """The date after weeks that rolled over; None when it is impossible."""
        said = own + self._weeks
        day = said - round((said - self._near) / _PERIOD) * _PERIOD if self._near else said
        if day < self._floor:
            day -= (day - self._floor) // _PERIOD * _PERIOD
        return day if fixed or day == said else None

    def _nearest(self, tod: int) -> datetime | None:
        last = self._last
        if last is None:
            return None
        days = (_moment(last.date() + n * _DAY, tod) for n in (0, 1, -1))
        return min(days, key=lambda moment: abs(moment - last))

    def _is_yesterday(self, day: date, tod: int, moment: datetime) -> bool:
        """Whether the time went over midnight and the date did not."""
        if tod >= _STALE or self._last is None or day != self._last_date:
            return False
        return timedelta(hours=23) < self._last - moment < timedelta(hours=25)


def _moment(day: date, tod: int) -> datetime:
    return _midnight(day) + timedelta(milliseconds=tod)


@lru_cache(maxsize=8)
def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
