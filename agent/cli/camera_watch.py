"""`haulwatch camera watch`: readings of a camera as they come, and what they amount to."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from agent.cli.camera_watcher import Watcher
from agent.cli.gnss_line import stop_on_signals
from agent.cli.output import config_option, json_option, print_json
from agent.cli.roi_option import corners
from agent.shot import source_of

if TYPE_CHECKING:
    from agent.model import LoadReading
    from agent.rules.smoothing import Belief

_SECOND = 1_000_000_000
_MORE = ("reason", "model", "teaching")


@click.command()
@click.option("--source", help="Device, URL, video file or picture folder.")
@click.option("--camera", "name", help="A camera of the configuration.")
@click.option("--roi", callback=corners, default="", help="Corners of the bed [the configuration's].")
@click.option("--teaching", type=click.Path(path_type=Path), help="A vehicle's taught pictures, a folder.")
@click.option("--fps", type=click.FloatRange(0.01, 25), default=1.0, show_default=True)
@click.option("--count", type=click.IntRange(1), help="Readings, then stop.")
@click.option(
    "--show",
    is_flag=True,
    help="Also the picture and the outline of the bed: in a terminal with colours, else into ./NAME.jpg.",
)
@config_option
@json_option
def watch(source: str | None, name: str | None, config: Path, count: int | None, **more: Any) -> None:
    """Judge a camera's frames until stopped, or to the end of a file; one line per reading.

    It opens the camera itself: V4L2 devices can't be shared with a running daemon.
    """
    if (source is None) == (name is None):
        raise click.UsageError("give either --source or --camera")
    stop = stop_on_signals()
    show, as_json = more.pop("show"), more.pop("as_json")
    watcher = Watcher(source_of(source, name, config), config, more | {"name": name})
    try:
        with _shown(watcher, wanted=show) as shown:
            for number, (reading, belief) in enumerate(watcher.readings(stop), 1):
                tell = print_json if as_json else shown
                tell((_document if as_json else _line)(watcher.began_ns, reading, belief))
                if number == count:
                    break
    finally:
        watcher.close()


@contextlib.contextmanager
def _shown(watcher: "Watcher", *, wanted: bool) -> "Iterator[Callable[[Any], None]]":
    """What takes each line for people: the terminal, with the picture above it or in a file."""
    if not wanted:
        yield click.echo
        return
    from rich.console import Console

    from agent.cli.camera_picture import above, into_file

    console = Console(highlight=False)
    if console.is_terminal and console.color_system in ("truecolor", "256"):
        with above(console, watcher) as shown:
            yield shown
    else:
        yield into_file(watcher)


def _document(began_ns: int, reading: "LoadReading", belief: "Belief") -> dict[str, Any]:
    found = msgspec.to_builtins(reading)
    line = {"t": _seconds(began_ns, reading), **{key: found[key] for key in ("state", "p", "usable")}}
    line |= {"smoothed": belief.state, "confidence": round(belief.confidence, 3)}
    return line | {k: found[k] for k in _MORE}


def _seconds(began_ns: int, reading: "LoadReading") -> float:
    return round((reading.mono_ns - began_ns) / _SECOND, 3)


def _line(began_ns: int, reading: "LoadReading", belief: "Belief") -> str:
    t = _seconds(began_ns, reading)
    p = msgspec.to_builtins(reading.p) or {}
    bars = " ".join(f"{state} {_bar(chance)}" for state, chance in p.items()) or reading.reason
    return f"{t:8.1f} s  {belief.state:9} {belief.confidence:4.0%}  frame {reading.state:9} {bars}"


def _bar(chance: float) -> str:
    """A chance 0..1 as one of nine heights."""
    return " ▁▂▃▄▅▆▇█"[round(8 * min(max(chance, 0.0), 1.0))]
