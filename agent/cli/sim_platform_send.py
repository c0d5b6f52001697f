"""`haulwatch sim platform send`: a command to one vehicle, and what became of it."""

import re
from pathlib import Path
from typing import Any

import click

from agent.cli.broker_option import Way, broker_option
from agent.cli.output import FINDINGS, FINE, json_option, print_json
from agent.cli.signing import Scope, document, duration
from agent.errors import PlatformMissing

_PLAIN = ("ping", "get_status")


@click.command()
@click.argument("name", metavar="COMMAND")
@broker_option(required=True)
@click.option("--vehicle", required=True, help="FLEET/VEHICLE.")
@click.option("--args", "text", default="{}", show_default=True, help="A JSON object.")
@click.option("--key", type=click.Path(path_type=Path), help="To sign with; ping and get_status need none.")
@click.option(
    "--valid-for", "valid_s", default="10m", show_default=True, callback=duration, help="As 90s, 2h."
)
@click.option("--timeout", "timeout_s", default="30s", show_default=True, callback=duration)
@json_option
@click.pass_context
def send(ctx: click.Context, /, name: str, way: Way, timeout_s: float, as_json: bool, **options: Any) -> None:
    """Send a command and print each reply; exit 0 when it was done, 1 when not, 3 without an answer."""
    from agent.platform.asking import ask
    from drivers.clock import SystemClock

    command = _command(name, options)
    state = None
    for reply in ask(way.access(), command, SystemClock(0), timeout_s):
        state = reply.get("state")
        if as_json:
            print_json(reply)
            continue
        parts = (state, reply.get("reason"), reply.get("detail"), _shown(reply.get("result")))
        click.echo("  ".join(str(part) for part in parts if part))
    if state is None:
        remedy = "see whether it is online, and whether its sink takes commands"
        raise PlatformMissing(f"does not answer {command.id}", where=command.vehicle, remedy=remedy)
    ctx.exit(FINE if state == "done" else FINDINGS)


def _command(name: str, options: dict[str, Any]) -> Any:
    import msgspec

    from agent.platform.asking import Command, new_id

    vehicle, number = options["vehicle"], new_id()
    if not re.fullmatch(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+", vehicle):
        raise click.BadParameter(f"{vehicle!r} is no FLEET/VEHICLE", param_hint="--vehicle")
    if not re.fullmatch("[a-z_]{1,32}", name):
        raise click.BadParameter(f"{name!r} is no name of a command", param_hint="COMMAND")
    try:
        args = msgspec.json.decode(options["text"], type=dict[str, Any])
    except msgspec.MsgspecError as e:
        raise click.BadParameter(f"no JSON object: {e}", param_hint="--args") from e
    if options["key"]:
        body = {"name": name, "id": number, "args": args}
        made = document(options["key"], "command", body, Scope((vehicle,), options["valid_s"]))
    elif name in _PLAIN:
        made = {"args": args}
    else:
        raise click.UsageError(f"{name} must be signed: give --key")
    return Command(vehicle, name, number, msgspec.json.encode(made))


def _shown(result: object) -> str:
    import msgspec

    return msgspec.json.encode(result).decode() if result else ""
