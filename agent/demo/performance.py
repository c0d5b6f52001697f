"""The demo from its first line to its verdict."""

import json
from collections.abc import Callable
from pathlib import Path

import click
import msgspec
from rich.console import Console

from agent.demo import view
from agent.demo.keepsake import bundles, exports, recording
from agent.demo.scenario import TRIP
from agent.demo.stage import Stage
from agent.demo.verdict import Row, compare, pictures, trips, warnings
from agent.pictures.files import stored
from agent.platform.ledger import Vehicle
from agent.zones_file import load_zones
from drivers.sim.broker import Broker, EmbeddedBroker, MosquittoBroker, best_broker
from drivers.sim.truck import truth

_BROKERS: dict[str, Callable[[], Broker]] = {
    "auto": best_broker,
    "embedded": EmbeddedBroker,
    "mosquitto": MosquittoBroker,
}


def perform(folder: Path, broker: str, *, live: bool, as_json: bool, wait: Callable[[float], None]) -> bool:
    """Run the demo in `folder`; whether the platform knows what happened. `wait` sleeps that many seconds."""
    console = Console(stderr=as_json)
    with Stage(folder, _BROKERS[broker]()) as stage:
        view.announce(console, stage)
        console.print("waiting for the daemon to see its truck …", style="dim")
        stage.await_ready()
        stage.begin()
        if live and console.is_terminal:
            view.show_live(console, stage, wait)
        elif not as_json:
            view.show_lines(stage, wait)
        else:
            wait(TRIP.seconds)
        drained = stage.drain() and stage.sealed()
        exit_status, seconds = stage.stop_daemon()
        stage.platform.wait_for(lambda known: any(_stopped(v) for v in known.values()), 5.0)
        rows = judge(stage, drained=drained, exit_status=exit_status)
        rows.append(bundles(folder, _keep_messages(stage)))
        rows.append(recording(folder))
        exports(folder)
    if as_json:
        click.echo(json.dumps(msgspec.to_builtins(rows)))
    else:
        view.show_verdict(console, rows)
        console.print(f"the daemon stopped {seconds:.1f} s after SIGTERM", style="dim")
    return all(row.agrees for row in rows)


def _stopped(vehicle: Vehicle) -> bool:
    return vehicle.state is not None and vehicle.state["status"] == "stopped"


def judge(stage: Stage, *, drained: bool, exit_status: int) -> list[Row]:
    """The comparison of world and platform, and of what the journal wrote with what arrived."""
    if stage.began is None:
        raise ValueError("the trip has not begun")
    vehicle = stage.vehicle()
    zones = load_zones(stage.folder / "zones.geojson")
    events, ledger = vehicle.events(), vehicle.events("coverage")
    rows = [*compare(truth(TRIP), zones, stage.began, events, ledger), *warnings(events)]
    rows += trips(truth(TRIP), zones, vehicle.events("trip"))
    missing = {s: vehicle.gaps(s) for s in vehicle.seqs if vehicle.gaps(s)}
    counts = sum(len(seqs) for seqs in vehicle.seqs.values())
    rows.append(
        Row("records", "all", f"{counts} received, missing {missing or 'none'}", not missing and drained)
    )
    rows.append(pictures(stored(stage.folder / "pictures"), vehicle.pictures))
    state = (vehicle.state or {}).get("status", "-")
    stopped = state == "stopped" and exit_status == 0
    rows.append(Row("daemon", "stopped in order", f"{state}, exit {exit_status}", stopped))
    return rows


def _keep_messages(stage: Stage) -> Path:
    """All that the platform received, beside journal and log."""
    vehicle = stage.vehicle()
    messages = [m for stream in vehicle.streams for m in vehicle.events(stream)]
    path = stage.folder / "platform.jsonl"
    with path.open("w") as file:
        file.writelines(json.dumps(message) + "\n" for message in messages)
    return path
