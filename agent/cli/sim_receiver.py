"""`haulwatch sim receiver`: a GNSS receiver on a pty, for other people's tests too."""

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import click
import msgspec

from agent.cli.output import json_option, print_json
from drivers.errors import DeviceLost, DeviceMissing
from drivers.profiles import gnss_profile
from drivers.sim.character import GENERIC, Character, Settings, Truth, World
from drivers.sim.fault_file import ScheduleError, read_schedule
from drivers.sim.faults import Schedule
from drivers.sim.module import Module
from drivers.sim.obedience import character
from drivers.sim.receiver import SimReceiver
from drivers.sim.solution import Pose
from drivers.sim.source import Recording
from drivers.sim.worlds import bursts, points, route, straight, track

_FIRST_YEAR, _LAST_YEAR = 1980, 9998  # since there is GPS, until the calendar ends
_FILE = click.Path(path_type=Path)


@click.command()
@click.option("--link", type=_FILE, help="A name that always leads to the pty.")
@click.option("--profile", help="Whose module it is; default: an NMEA receiver that takes any baud.")
@click.option("--usb", is_flag=True, help="A module on a USB port of its own, which takes any baud.")
@click.option("--control", type=_FILE, help="A name that leads to the command port of a modem.")
@click.option("--track", "track_file", type=_FILE, help="JSON lines of `gnss decode` to drive again.")
@click.option("--route", "route_text", help="A file or 'lat,lon lat,lon …' to drive along at --speed.")
@click.option("--lat", type=click.FloatRange(-90, 90), default=31.2304, show_default=True)
@click.option("--lon", type=click.FloatRange(-180, 180), default=121.4737, show_default=True)
@click.option("--alt", type=click.FloatRange(-500, 20000), default=10.0, show_default=True, help="m MSL.")
@click.option("--speed", type=click.FloatRange(0, 500), default=0.0, show_default=True, help="m/s.")
@click.option("--course", type=click.FloatRange(0, 360), default=0.0, show_default=True, help="Degrees true.")
@click.option("--nmea", "nmea_file", type=_FILE, help="A recording to replay as it is.")
@click.option("--faults", "faults_file", type=_FILE, help="TOML or JSON lines: what fails when.")
@click.option("--truth", "truth_file", type=_FILE, help="Write the true pose of each epoch as JSON lines.")
@click.option("--start", type=click.Choice(["cold", "warm", "hot"]), help="Default: it has long been on.")
@click.option("--ttff", type=click.FloatRange(0, 3600), help="Time to first fix (s); default: the start's.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of all noise.")
@click.option("--rate", type=click.FloatRange(0.01, 50), help="Epochs/s (Hz); default: the profile's, or 1.")
@click.option("--baud", type=click.IntRange(1200, 3_000_000), help="Default: the profile's.")
@click.option("--epoch", help="UTC of the first epoch, ISO 8601; default: now, or the track's.")
@json_option
def receiver(**options: Any) -> None:
    """A receiver on a pty: prints one JSON line when ready, stops on SIGTERM."""
    done = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: done.set())
    with _told(options["truth_file"]) as told:
        try:
            simulated = _simulated(options, told).start()
        except OSError as e:
            raise DeviceMissing(
                f"no pty with its link ({e.strerror})",
                where=str(e.filename),
                remedy="give --link and --control names that are free, in a folder that is there",
            ) from e
        link: Path | None = options["link"]
        ready = {"pty": str(simulated.path), "link": str(link) if link else None}
        if simulated.control_path:
            ready["control"] = str(simulated.control_path)
        print_json({**ready, "profile": options["profile"], "baud": simulated.baud})
        while simulated.running and not done.wait(1.0):
            pass
        simulated.stop()
    if not done.is_set():
        raise DeviceLost("stopped by itself", where=str(options["link"]), remedy="see the error above")


def _simulated(options: dict[str, Any], told: Callable[[Truth], None] | None) -> SimReceiver:
    faults = _faults(options["faults_file"])
    if options["nmea_file"]:
        parts = bursts(_read(options["nmea_file"]))
        recording = Recording(parts, options["rate"] or 1.0, faults, options["baud"])
        return SimReceiver.of_recording(options["link"], recording)
    begin, world = _world(options)
    settings = Settings(
        rate_hz=options["rate"],
        baud=options["baud"],
        epoch=_epoch(options["epoch"]) or begin,
        start=options["start"] or "running",
        ttff_s=options["ttff"],
        seed=options["seed"],
        usb=options["usb"],
    )
    make = _make(options["profile"], options["rate"])
    return SimReceiver.of(options["link"], Module(world, settings, faults, make, told), options["control"])


def _make(name: str | None, rate_hz: float | None) -> Character:
    if name is None:
        return GENERIC
    profile = gnss_profile(name)
    if rate_hz and profile.max_rate_hz and rate_hz > profile.max_rate_hz:
        raise click.BadParameter(f"{name} gives {profile.max_rate_hz:g} Hz at most", param_hint="--rate")
    return character(profile)


def _world(options: dict[str, Any]) -> tuple[datetime | None, World]:
    if options["track_file"]:
        try:
            return track(_read(options["track_file"]).decode().splitlines())
        except ValueError as e:
            raise click.BadParameter(f"not a track: {e}", param_hint="--track") from e
    if options["route_text"]:
        try:
            return None, route(_points(options["route_text"]), options["speed"], options["alt"])
        except ValueError as e:
            raise click.BadParameter(f"not a route: {e}", param_hint="--route") from e
    return None, straight(Pose(*[options[name] for name in ("lat", "lon", "alt", "speed", "course")]))


def _points(text: str) -> list[tuple[float, float]]:
    """Of a file where there is one of that name, else of the text itself."""
    return points(_read(Path(text)).decode() if Path(text).exists() else text)


def _faults(file: Path | None) -> Schedule:
    if file is None:
        return Schedule()
    try:
        return Schedule(read_schedule(_read(file).decode()))
    except (ScheduleError, UnicodeDecodeError) as e:
        raise click.BadParameter(f"{file}: {e}", param_hint="--faults") from e


@contextlib.contextmanager
def _told(file: Path | None) -> Iterator[Callable[[Truth], None] | None]:
    """Writes what is true into a file, a line per epoch."""
    if file is None:
        yield None
        return
    try:
        out: IO[bytes] = file.open("wb")
    except OSError as e:
        raise DeviceMissing(
            f"cannot be written ({e.strerror})", where=str(file), remedy="name a writable file"
        ) from e
    with out:

        def tell(truth: Truth) -> None:
            out.write(msgspec.json.encode(truth) + b"\n")
            out.flush()

        yield tell


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as e:
        raise DeviceMissing(
            f"cannot be read ({e.strerror})", where=str(file), remedy="name a readable file"
        ) from e


def _epoch(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as e:
        raise click.BadParameter(str(e), param_hint="--epoch") from e
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise click.BadParameter(f"years are {_FIRST_YEAR} to {_LAST_YEAR}", param_hint="--epoch")
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
