"""The date of an epoch: sentences without one inherit it, midnight included. Pure."""

from datetime import UTC, date, datetime, time, timedelta

_DAY = timedelta(days=1)
_STALE = 120_000  # ms after midnight in which a receiver may still send yesterday's date


class DateKeeper:
    """Remembers the last moment and gives the next one its date."""

    def __init__(self) -> None:
        self._last: datetime | None = None
        self._last_date: date | None = None

    def resolve(self, tod: int | None, own: date | None) -> tuple[datetime | None, bool]:
        """UTC of an epoch, None while unknown, and whether the date was concluded rather than read.

        `tod` is ms since midnight, `own` the date that its sentences gave.
        """
        if tod is None:
            return None, False
        moment = _moment(own, tod) if own else self._nearest(tod)
        if moment is None:
            return None, False
        stale = own is not None and self._is_yesterday(own, tod, moment)
        if stale:
            moment += _DAY
        self._last, self._last_date = moment, own or self._last_date
        return moment, stale or own is None

    def hint(self, tod: int | None, day: date | None) -> None:
        """A date beside no epoch: better than none."""
        if self._last is None and tod is not None and day is not None:
            self._last, self._last_date = _moment(day, tod), day

    def _nearest(self, tod: int) -> datetime | None:
        last = self._last
        if last is None:
            return None
        days = (_moment(last.date() + n * _DAY, tod) for n in (0, 1, -1))
        return min(days, key=lambda moment: abs(moment - last))

    def _is_yesterday(self, own: date, tod: int, moment: datetime) -> bool:
        """Whether the time went over midnight and the date did not."""
        if self._last is None or tod >= _STALE or own != self._last_date:
            return False
        return timedelta(hours=23) < self._last - moment < timedelta(hours=25)


def _moment(day: date, tod: int) -> datetime:
    return datetime.combine(day, time(), UTC) + timedelta(milliseconds=tod)
