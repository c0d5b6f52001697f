"""`haulwatch replay`: a flight recording through the rules, and where they say something else than before."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from agent.cli.output import FINDINGS, json_option
from agent.cli.replay_text import print_body, print_differences, print_observations

if TYPE_CHECKING:
    from agent.flight.differences import Body, Difference
    from agent.flight.play import Player

path_type = click.Path(path_type=Path)


class _Line(msgspec.Struct):
    """A line that `replay --json` wrote."""

    boot: str
    mono_ns: int
    time: str | None
    stream: str
    type: str
    subject: str
    data: msgspec.Raw


@click.command()
@click.argument("file", type=path_type)
@click.option("--against", type=path_type, help="Compare with the records of this journal.")
@click.option("--diff", "other", type=path_type, help="Compare with what `replay --json` wrote elsewhere.")
@click.option("--track", is_flag=True, help="Print fixes too.")
@click.option("--observations", is_flag=True, help="Print what reached the rules instead, as JSON lines.")
@json_option
def replay(
    file: Path, against: Path | None, other: Path | None, track: bool, observations: bool, as_json: bool
) -> None:
    """Run FILE, which `haulwatch record --save` wrote, through the rules, and print the records they make.

    The same observations under the same rules give the same type, subject and data, byte for byte. With
    --against or --diff only differences are printed; exit code 1 when there is one.
    """
    from agent.errors import FlightError
    from agent.flight.play import Player
    from agent.flight.segment import pieces
    from agent.settings import rule_set

    if against is not None and other is not None:
        raise click.UsageError("give --against or --diff")
    player = Player(rule_set())
    if observations:
        print_observations(player, file)
        return
    bodies = player.play(pieces(file))
    if against is None and other is None:
        for body in bodies:
            if track or body.stream != "track":
                print_body(body, as_json=as_json)
        found = False
    elif other is not None:
        found = print_differences(_diff(other, bodies), as_json=as_json)
    else:
        found = _against(against or Path(), player, list(bodies), as_json=as_json)
    _report(player, as_json=as_json)
    if not player.spans:  # else a file that is cut in its first second would differ from nothing
        raise FlightError("holds nothing that can be played", where=str(file), remedy="save it anew")
    if found or player.faults:
        sys.exit(FINDINGS)


def _diff(other: Path, bodies: "Iterator[Body]") -> "list[Difference]":
    """Only streams that both could have: fixes where the other has some."""
    from agent.flight.differences import differences

    was = list(_lines(other))
    tracked = any(body.stream == "track" for body in was)
    return differences(was, (body for body in bodies if tracked or body.stream != "track"))


def _against(journal: Path, player: "Player", bodies: "list[Body]", *, as_json: bool) -> bool:
    from agent.flight.against import Against
    from agent.flight.differences import differences

    held = Against(journal)
    was = list(held.bodies(player.spans))
    found = differences(was, bodies)
    judged = [one for one in found if held.judged(one, player.spans)]
    text = f"{len(was)} records of the journal against {len(bodies)} of the replay"
    if len(found) > len(judged):
        text += (
            f"; {len(found) - len(judged)} at the edges of the recording, or of what is held, are not judged"
        )
    click.echo(text, err=True)
    return print_differences(judged, as_json=as_json)


def _lines(path: Path) -> "Iterator[Body]":
    from agent.errors import FlightError
    from agent.flight.differences import Body

    try:
        content = path.read_bytes()
    except OSError as e:
        raise FlightError(f"cannot be read ({e.strerror})", where=str(path), remedy="name a file") from e
    for place, raw in enumerate(content.splitlines(), 1):
        try:
            line = msgspec.json.decode(raw, type=_Line)
        except msgspec.MsgspecError as e:
            raise FlightError(
                f"is not understood ({e})", where=f"{path}:{place}", remedy="give what `replay --json` wrote"
            ) from e
        yield Body(
            line.boot,
            line.mono_ns,
            _utc_ns(line.time),
            line.stream,
            line.type,
            line.subject,
            bytes(line.data),
        )


def _report(player: "Player", *, as_json: bool) -> None:
    """On stderr, so that what is printed can be kept."""
    opening = player.opening
    if opening is not None and not as_json:
        by = f"recorded by {opening.version} on {opening.machine} under rules {opening.rules}"
        again = "played by the same rules" if opening.rules == player.rules else f"played by {player.rules}"
        click.echo(f"{by}; {again}: {player.observations} observations", err=True)
    for line in (*player.notes, *player.faults):
        click.echo(line, err=True)


def _utc_ns(time: str | None) -> int | None:
    from datetime import datetime

    return None if time is None else round(datetime.fromisoformat(time).timestamp() * 1e6) * 1000
