"""`haulwatch sim truck`: one world that moves receiver, camera, switches and links, and knows the truth."""

import contextlib
import signal
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import click

from agent.cli.output import print_json

_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command()
@click.argument("scenario")
@click.option(
    "--folder", type=_FOLDER, help="For configuration, value files and state; default: a temporary one."
)
@click.option("--seed", type=int, default=0, show_default=True, help="Of all that the scenario leaves open.")
@click.option("--truth", type=click.File("wb"), help="Write what is really so: a JSON line each second.")
@click.option("--rtsp", is_flag=True, help="The camera over RTSP instead of MJPEG.")
@click.option("--once", is_flag=True, help="Stop when the scenario is over; else the truck stands there.")
def truck(scenario: str, folder: Path | None, once: bool, truth: IO[bytes] | None, **given: Any) -> None:
    """Let SCENARIO (a file, or a shipped one's name) happen to a truck, in real time.

    Prints one JSON line when ready: devices, and the path of a configuration for `haulwatch run`. It begins
    when the camera is first asked for a picture, and stops on SIGTERM. Pulled power takes the devices and the
    links away; what runs the agent has to kill it.
    """
    from agent.scenarios.files import write_files
    from agent.scenarios.score import world_of
    from drivers.sim.broker import best_broker
    from drivers.sim.scenario.rig import Rig

    done = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: done.set())
    world = world_of(scenario, given["seed"])
    with _folder(folder) as where, contextlib.ExitStack() as opened:
        rig = Rig(world, where, best_broker, rtsp=given["rtsp"]).start()
        opened.callback(rig.stop)
        config = write_files(rig)
        print_json({"config": str(config), "seconds": world.seconds, **_devices(rig)})
        rig.play(done, _writer(truth))
        if not once:
            done.wait()


def _devices(rig: Any) -> dict[str, Any]:
    """Where everything is."""
    from agent.scenarios.files import facts_file

    return {
        "folder": str(rig.folder),
        "receiver": str(rig.folder / "gnss"),
        "camera": rig.camera.url,
        "switches": {role: str(file) for role, file in rig.switches.items()},
        "sinks": rig.urls,
        "brokers": rig.brokers,
        "facts": str(facts_file(rig)),
    }


def _writer(truth: IO[bytes] | None) -> Any:
    if truth is None:
        return None

    def write(line: bytes) -> None:
        truth.write(line)
        truth.flush()

    return write


@contextlib.contextmanager
def _folder(given: Path | None) -> Iterator[Path]:
    if given is None:
        with tempfile.TemporaryDirectory(prefix="haulwatch-truck-") as made:
            yield Path(made)
        return
    given.mkdir(parents=True, exist_ok=True)
    yield given.resolve()
