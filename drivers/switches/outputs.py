"""Something that is switched on and off: a line of a GPIO chip, or a value file."""

from pathlib import Path
from typing import Any, Protocol

from drivers.switches.address import Line, parse_source
from drivers.switches.gpio import CONSUMER, NO_LIBRARY


class Output(Protocol):
    """A lamp or a horn; both methods raise OSError or ValueError."""

    def set(self, *, on: bool) -> None:
        """Switch it."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


def output(address: str) -> Output:
    """The output at an address; raises ValueError for a wrong one."""
    source = parse_source(address)
    return GpioOutput(source) if isinstance(source, Line) else ValueOutput(Path(source.path))


class ValueOutput:
    """A file that 1 or 0 is written to, such as a GPIO's `value` or an LED's `brightness` in /sys."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def set(self, *, on: bool) -> None:
        """Write it; a file that is not there is not made."""
        with self._path.open("r+b", buffering=0) as file:
            file.write(b"1\n" if on else b"0\n")

    def close(self) -> None:
        """Nothing is held."""


class GpioOutput:
    """A line through libgpiod 2; not run on hardware so far."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._request: Any = None

    def set(self, *, on: bool) -> None:
        """Drive it."""
        try:
            import gpiod
            from gpiod.line import Direction, Value
        except ImportError as e:
            raise ValueError(NO_LIBRARY) from e
        value = Value.ACTIVE if on else Value.INACTIVE
        if self._request is None:
            settings = gpiod.LineSettings(direction=Direction.OUTPUT, output_value=value)
            config: Any = {self._line.offset: settings}
            self._request = gpiod.request_lines(self._line.chip, consumer=CONSUMER, config=config)
        else:
            self._request.set_value(self._line.offset, value)

    def close(self) -> None:
        """Give the line back."""
        if self._request is not None:
            self._request.release()
            self._request = None
