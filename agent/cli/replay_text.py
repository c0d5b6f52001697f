"""What `haulwatch replay` prints: records, differences, what reached the rules."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from agent.cli.output import print_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.flight.differences import Body, Difference
    from agent.flight.play import Player

_SIGNS = {"missing": "-", "extra": "+", "changed": "~", "order": "^"}


def print_differences(found: "list[Difference]", *, as_json: bool) -> bool:
    """Print them; whether there are any."""
    for one in found:
        if as_json:
            print_json(
                {"difference": one.kind} | _plain(one.body) | {"changes": msgspec.to_builtins(one.changes)}
            )
            continue
        body = one.body
        click.echo(f"{_SIGNS[one.kind]} {_when(body)}  {body.stream:8}  {body.type}  {body.subject}")
        for change in one.changes:
            click.echo(f"    {change.path}: {_shown(change.was)} -> {_shown(change.now)}")
    if not as_json:
        counts = {word: sum(one.kind == word for one in found) for word in _SIGNS}
        said = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
        click.echo(said or "no difference", err=True)
    return bool(found)


def print_body(body: "Body", *, as_json: bool) -> None:
    """Print a record."""
    if as_json:
        print_json(_plain(body))
        return
    severity = msgspec.json.decode(body.data).get("severity", "-")
    click.echo(f"{_when(body)}  {severity:9}  {body.type}  {body.subject}")


def _plain(body: "Body") -> dict[str, Any]:
    plain = msgspec.structs.asdict(body) | {"data": msgspec.Raw(body.data)}
    return {"time": _time(plain.pop("utc_ns"))} | plain


def print_observations(player: "Player", file: Path) -> None:
    """Print what reached the rules, as JSON lines."""
    from agent.flight.segment import pieces
    from agent.flight.tape import Cut, Opening, Same, Seen

    def told() -> "Iterator[Any]":
        for piece in pieces(file):
            if isinstance(piece, Seen | Same):
                seen = player.observed(piece)
                print_json({"observation": type(seen).__name__} | msgspec.to_builtins(seen))
            yield piece
            if isinstance(piece, Opening):
                print_json({"segment": piece.number} | _opened(piece))
            elif isinstance(piece, Cut):
                print_json({"cut": piece.place, "why": piece.why})

    for _ in player.play(told()):
        pass


def _opened(opening: Any) -> dict[str, Any]:
    return {n: getattr(opening, n) for n in opening.__struct_fields__ if n not in ("state", "number")}


def _when(body: "Body") -> str:
    return _time(body.utc_ns) or f"+{body.mono_ns / 1e9:.1f} s"


def _time(utc_ns: int | None) -> str | None:
    from agent.uplink.envelope import rfc3339

    return None if utc_ns is None else rfc3339(utc_ns)


def _shown(value: Any) -> str:
    return msgspec.json.encode(value).decode()
