"""What one sees during the demo: the world beside what the platform receives."""

from collections.abc import Callable
from typing import Any

import click
from rich.console import Console, Group
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from agent.cab.texts import text_of
from agent.demo.scenario import DURATIONS, TRIP
from agent.demo.stage import Stage, backlog
from agent.demo.verdict import Row
from agent.platform.ledger import Vehicle

Message = dict[str, Any]
_LINES = 12
_OTHER_LINES = 14  # of the screen, beside the messages
_PACE_S = 0.25
_STYLE = {"violation": "bold red", "notice": "yellow", "info": "default"}


def announce(console: Console, stage: Stage) -> None:
    """What is about to happen, and what is shorter than in the field."""
    console.print(
        f"One trip of {TRIP.seconds:.0f} s: [bold]{stage.broker.kind}[/] broker, real daemon, real pty."
    )
    short = [
        f"{k.removesuffix('_s')} {v:g} s"
        for values in DURATIONS.values()
        for k, v in values.items()
        if k.endswith("_s")
    ]
    console.print(f"Shorter than in the field: {', '.join(short)}", style="dim", highlight=False)


def show_live(console: Console, stage: Stage, wait: Callable[[float], None]) -> None:
    """Redraw until the trip is over."""
    status: dict[str, Any] | None = None
    with Live(console=console, auto_refresh=False, transient=True) as live:
        turn = 0
        while stage.elapsed() < TRIP.seconds:
            if turn % 4 == 0:
                status = stage.status()
            lines = max(3, min(_LINES, console.height - _OTHER_LINES))
            live.update(screen(stage, stage.vehicle(), status, lines), refresh=True)
            wait(_PACE_S)
            turn += 1


def show_lines(stage: Stage, wait: Callable[[float], None]) -> None:
    """One line for each leg of the world and each message the platform receives."""
    leg, told = -1, 0
    while stage.elapsed() < TRIP.seconds:
        moment = stage.now()
        if moment.number != leg:
            leg = moment.number
            click.echo(f"{stage.elapsed():5.0f} s  world     {moment.leg.says}")
        messages = facts(stage.vehicle())
        for message in messages[told:]:
            click.echo(f"{stage.elapsed():5.0f} s  platform  {describe(message)}")
        told = len(messages)
        wait(_PACE_S)


def screen(stage: Stage, vehicle: Vehicle, status: dict[str, Any] | None, lines: int) -> Group:
    """The world on top, the platform's picture, and the newest messages, so many lines of them."""
    moment = stage.now()
    world = Table.grid(padding=(0, 2))
    world.add_row("truck", Text(moment.leg.says, style="bold"))
    sky = "open sky" if moment.leg.sky else "no sky"
    network = "network" if moment.leg.network else "no network"
    world.add_row("truth", f"{moment.leg.bed}, {moment.leg.speed * 3.6:.0f} km/h, {sky}, {network}")
    title = f"world  {max(0, stage.elapsed()):.0f} of {TRIP.seconds:.0f} s"
    return Group(
        Panel(world, title=title, title_align="left", border_style="cyan"),
        Panel(_known(vehicle, status), title="platform", title_align="left", border_style="green"),
        Panel(
            _newest(vehicle, lines), title="received, newest last", title_align="left", border_style="green"
        ),
    )


def _known(vehicle: Vehicle, status: dict[str, Any] | None) -> Table:
    grid = Table.grid(padding=(0, 2))
    state = (vehicle.state or {}).get("status", "-")
    grid.add_row("state", Text(str(state), style="green" if state == "online" else "red"))
    grid.add_row("position", _position(vehicle.live))
    grid.add_row("load", _load(vehicle))
    depth = backlog(status)
    grid.add_row("journal", "-" if depth is None else f"{depth} records on the truck wait for the platform")
    return grid


def _position(live: Message | None) -> str:
    data = (live or {}).get("data") or {}
    if data.get("lat") is None:
        return "no fix" if live else "-"
    return f"{data['lat']:.6f} {data['lon']:.6f}  {(data['speed'] or 0) * 3.6:.0f} km/h"


def _load(vehicle: Vehicle) -> str:
    changes = [e for e in vehicle.events() if e["type"] == "load.changed"]
    return str(changes[-1]["data"]["to"]) if changes else "unknown"


def _newest(vehicle: Vehicle, count: int) -> Group:
    messages = facts(vehicle)[-count:]
    lines = [Text(describe(m), style=_STYLE.get(str(m["severity"]), "default")) for m in messages]
    return Group(*lines, *[Text("")] * (count - len(lines)))


def facts(vehicle: Vehicle) -> list[Message]:
    """Events, trips, gaps and life records in the order in which they happened."""
    chosen = [m for name in ("life", "event", "trip", "coverage") for m in vehicle.streams.get(name, ())]
    return sorted(chosen, key=lambda m: int(m["monons"]))


def describe(message: Message) -> str:
    """One message in one line."""
    data, kind = message["data"], str(message["type"])
    when = str(message.get("time") or "--------T--:--:--")[11:19]
    late = "  (late)" if message["historical"] else ""
    return f"{when}  {kind:28} {_detail(kind, data)}{late}"


def _detail(kind: str, data: dict[str, Any]) -> str:
    words = _WORDS.get(kind.partition(".")[0] if kind.startswith("gap.") else kind)
    if words is not None:
        return words(data)
    return ", ".join(
        f"{k} {v}" for k, v in data.items() if k in ("version", "origin", "reason", "event", "why")
    )


def _gap(data: dict[str, Any]) -> str:
    length = f", {data['seconds']:.0f} s" if "seconds" in data else ""
    return f"{data['source']}: {data['why']}{length}"


def _warning(data: dict[str, Any]) -> str:
    return f"{text_of(data['kind'], 'zh')} ({data['grace_s']:.0f} s)"


def _change(data: dict[str, Any]) -> str:
    if data["kind"] == "first_seen":
        return f"first seen {data['to']}"
    return f"{data['from']} → {data['to']}, {data['zone']['id'] or data['zone']['state']}"


_WORDS: dict[str, Callable[[dict[str, Any]], str]] = {
    "load.changed": _change,
    "gap": _gap,
    "warning.given": _warning,
    "uncovered_load.started": lambda _: "loaded and uncovered on the road",
    "uncovered_load.ended": lambda data: (
        f"because {data['reason']}, after {(data['until_us'] - data['since_us']) / 1e6:.0f} s"
    ),
    "suspicious_unloading.started": lambda data: (
        f"unloaded at no registered site: {'、'.join(data['authority'])}"
    ),
    "trip.ended": lambda data: f"{data['verdict']}: {', '.join(data['reasons'])}",
}


def show_verdict(console: Console, rows: list[Row]) -> None:
    """The table at the end."""
    table = Table(title="what happened, and what the platform knows", title_justify="left")
    for heading in ("", "fact", "world", "platform"):
        table.add_column(heading)
    for row in rows:
        mark = Text("ok", style="green") if row.agrees else Text("NO", style="bold red")
        table.add_row(mark, row.fact, row.world, row.platform)
    console.print(table)
