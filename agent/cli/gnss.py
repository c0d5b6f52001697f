"""`haulwatch gnss`: receivers and recordings of them."""

import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import click

from agent.cli.output import config_option, json_option, print_json
from drivers.errors import DeviceMissing
from drivers.readings import Fix, ReceiverHealth


@click.group()
def gnss() -> None:
    """Receivers: decode recordings, watch live, list ports."""


@gnss.command()
@click.argument("file", default="-")
@json_option
def decode(file: str, as_json: bool) -> None:  # noqa: ARG001 - its output is JSON either way
    """Print one JSON object per epoch of FILE (or of standard input)."""
    from drivers.gnss.decode import Decoder

    decoder = Decoder()
    for chunk in _chunks(file):
        for fix in decoder.feed(chunk):
            print_json(row(fix))
    for fix in decoder.flush():
        print_json(row(fix))


@gnss.command()
@click.option("--source", help="The receiver's tty; default: the configuration's.")
@click.option("--baud", type=click.IntRange(1200, 3_000_000), help="Default: the profile's.")
@config_option
@json_option
def watch(source: str | None, baud: int | None, config: Path, as_json: bool) -> None:
    """Print each fix of a live receiver until stopped."""
    from drivers.clock import SystemClock
    from drivers.gnss.port import Port
    from drivers.gnss.receiver import Receiver, ReceiverSetup

    source, speed, silent_s = _line(source, baud, config)
    Port.open(source, speed).close()  # a missing device is an error here, while the worker would wait for it
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    printer = _Printer(stop, as_json=as_json)
    Receiver(ReceiverSetup(source, speed, silent_s), SystemClock(0), printer.put).run(stop, lambda: None)
    if printer.closed:
        raise BrokenPipeError


@gnss.command()
@json_option
def ports(as_json: bool) -> None:
    """List the serial ports, their stable names, and who holds them."""
    from drivers.gnss.ports import serial_ports

    found = serial_ports()
    if as_json:
        print_json(found)
        return
    for port in found:
        held = f"held by {', '.join(port.held_by)}" if port.held_by else "free"
        click.echo("  ".join(filter(None, [port.by_id or port.device, port.description, port.usb, held])))
    if not found:
        click.echo("no serial port found")


def row(fix: Fix) -> dict[str, Any]:
    """The published fields of a fix: ISO 8601 UTC, degrees, m, m/s; unknown is null."""
    return {
        "time": fix.utc.isoformat(timespec="milliseconds").replace("+00:00", "Z") if fix.utc else None,
        "lat": _rounded(fix.lat, 9),
        "lon": _rounded(fix.lon, 9),
        "alt": _rounded(fix.alt, 4),
        "speed": _rounded(fix.speed, 4),
        "course": _rounded(fix.course, 4),
        "mode": fix.mode,
        "satellites": fix.satellites,
        "hdop": fix.hdop,
    }


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


class _Printer:
    """Prints fixes as JSON or as lines for people; a change of the line's health goes to stderr.

    When nobody reads any more, it sets `stop` and is `closed`.
    """

    def __init__(self, stop: threading.Event, *, as_json: bool) -> None:
        self._stop, self._as_json = stop, as_json
        self._health: tuple[bool, str | None] | None = None
        self.closed = False

    def put(self, observation: Fix | ReceiverHealth) -> None:
        """Print one observation."""
        try:
            if isinstance(observation, ReceiverHealth):
                self._show_health(observation)
            elif self._as_json:
                print_json(row(observation))
            else:
                click.echo(_sentence(row(observation)))
        except BrokenPipeError:
            self.closed = True
            self._stop.set()

    def _show_health(self, health: ReceiverHealth) -> None:
        if self._health != (health.connected, health.reason):
            self._health = (health.connected, health.reason)
            words = "connected" if health.connected else health.reason
            click.echo(f"{health.source}: {words}", err=True)


def _sentence(values: dict[str, Any]) -> str:
    def shown(name: str, unit: str, digits: int) -> str:
        value = values[name]
        return f"{'-' if value is None else format(value, f'.{digits}f')}{unit}"

    place = f"{shown('lat', '', 7)} {shown('lon', '', 7)}"
    motion = f"{shown('speed', ' m/s', 2)}  {shown('course', '°', 1)}"
    sky = f"{values['satellites'] or 0} satellites  hdop {shown('hdop', '', 1)}"
    return (
        f"{values['time'] or '-':24}  {values['mode']:4}  {place}  {shown('alt', ' m', 1)}  {motion}  {sky}"
    )


def _line(source: str | None, baud: int | None, config: Path) -> tuple[str, int, float]:
    """The tty, its speed, and the silence that means it is lost: from the options or the configuration."""
    from agent.config_file import load_config
    from drivers.profiles import gnss_profile

    if source is None:
        settings = load_config(config).gnss
        profile = gnss_profile(settings.profile)
        return settings.source, baud or settings.baud or profile.baud, settings.silent_s
    return source, baud or gnss_profile("generic-nmea").baud, 5.0


def _chunks(file: str) -> Iterator[bytes]:
    if file == "-":
        yield from _read(sys.stdin.buffer)
        return
    try:
        with Path(file).open("rb") as recording:
            yield from _read(recording)
    except OSError as e:
        raise DeviceMissing(
            f"cannot be read ({e.strerror})", where=file, remedy="name a recording, or - for standard input"
        ) from e


def _read(stream: BinaryIO) -> Iterator[bytes]:
    """What is there, without waiting for more."""
    read = getattr(stream, "read1", stream.read)
    while chunk := read(4096):
        yield chunk
