"""One contact read now: a level, or what is wrong with it."""

from pathlib import Path

from drivers.clock import Clock
from drivers.switches.address import Line, parse_source
from drivers.switches.sample import Reader, Sample, reason
from drivers.switches.spec import Contact, Scale

_MOST = 64  # bytes; a number is shorter


def reader(contact: Contact, debounce_s: float, clock: Clock) -> Reader:
    """The reader of a contact; raises ValueError for a wrong address."""
    source = parse_source(contact.source)
    if isinstance(source, Line):
        from drivers.switches.gpio import GpioReader

        return GpioReader(source, contact.active, debounce_s, clock)
    return ValueReader(source.path, contact)


class ValueReader:
    """A file that is read anew each time; it may appear and vanish."""

    settled = False

    def __init__(self, path: str, contact: Contact) -> None:
        self._path, self._contact = Path(path), contact
        self._high: bool | None = None

    def read(self) -> Sample:
        """0 or 1, or a voltage against its thresholds."""
        try:
            number = read_number(self._path)
        except (OSError, ValueError) as e:
            return Sample(None, "lost", f"{self._path}: {reason(e)}")
        scale = self._contact.scale
        if scale is not None:
            return self._measured(number * scale.volts_per_count, scale)
        if number not in (0, 1):
            return Sample(None, "lost", f"{self._path}: {number:g} is neither 0 nor 1")
        return self._said(high=number == 1)

    def fileno(self) -> int | None:
        """Nothing to wait for."""
        return None

    def close(self) -> None:
        """Nothing is held."""

    def _measured(self, volts: float, scale: Scale) -> Sample:
        if scale.short_v is not None and volts < scale.short_v:
            return Sample(None, "short", f"{volts:.2f} V, below {scale.short_v:g} V")
        if scale.open_v is not None and volts > scale.open_v:
            return Sample(None, "open", f"{volts:.2f} V, above {scale.open_v:g} V")
        if volts >= scale.high_v:
            self._high = True
        elif volts <= scale.low_v or self._high is None:
            self._high = False
        return self._said(high=self._high)

    def _said(self, *, high: bool) -> Sample:
        return Sample(high == (self._contact.active == "high"))


def read_number(path: Path) -> float:
    """The number in a value file; raises OSError, or ValueError when there is none."""
    with path.open("rb", buffering=0) as file:
        text = file.read(_MOST).decode("ascii", "replace").strip()
    try:
        number = float(text)
    except ValueError as e:
        raise ValueError(f"{text[:20]!r} is no number") from e
    if not -1e12 < number < 1e12:
        raise ValueError(f"{text[:20]!r} is no number")
    return number
