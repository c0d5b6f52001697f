"""`haulwatch sim receiver`: a GNSS receiver on a pty, for other people's tests too."""

import signal
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from agent.cli.output import json_option, print_json
from drivers.errors import DeviceMissing
from drivers.sim.nmea import Pose
from drivers.sim.receiver import SimReceiver
from drivers.sim.worlds import bursts, straight, track


@click.command()
@click.option("--link", type=click.Path(path_type=Path), help="A name that always leads to the pty.")
@click.option(
    "--rate", type=click.FloatRange(0.01, 50), default=1.0, show_default=True, help="Epochs/s (Hz)."
)
@click.option("--lat", type=click.FloatRange(-90, 90), default=31.2304, show_default=True)
@click.option("--lon", type=click.FloatRange(-180, 180), default=121.4737, show_default=True)
@click.option("--speed", type=click.FloatRange(0, 500), default=0.0, show_default=True, help="m/s.")
@click.option("--course", type=click.FloatRange(0, 360), default=0.0, show_default=True, help="Degrees true.")
@click.option("--track", "track_file", type=click.Path(path_type=Path), help="JSON lines of `gnss decode`.")
@click.option("--nmea", "nmea_file", type=click.Path(path_type=Path), help="A recording to replay as it is.")
@click.option("--epoch", help="UTC of the first epoch, ISO 8601; default: now, or the track's.")
@json_option
def receiver(**options: Any) -> None:
    """A receiver on a pty: prints one JSON line when ready, stops on SIGTERM."""
    done = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: done.set())
    simulated = _simulated(options).start()
    link: Path | None = options["link"]
    print_json({"pty": str(simulated.path), "link": str(link) if link else None})
    while not done.wait(1.0):
        pass
    simulated.stop()


def _simulated(options: dict[str, Any]) -> SimReceiver:
    link, rate = options["link"], options["rate"]
    if options["nmea_file"]:
        return SimReceiver.replay(link, bursts(_read(options["nmea_file"])), rate)
    epoch = _epoch(options["epoch"])
    if options["track_file"]:
        try:
            begin, world = track(_read(options["track_file"]).decode().splitlines())
        except ValueError as e:
            raise click.BadParameter(f"not a track: {e}", param_hint="--track") from e
        return SimReceiver(link, world, rate, epoch or begin)
    pose = Pose(options["lat"], options["lon"], 10.0, options["speed"], options["course"])
    return SimReceiver(link, straight(pose), rate, epoch)


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
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
